//! Status lists: fetched whole, so that the issuer does not learn whose status is looked up; counted only if the ledger proves that this is
//! the newest (VERIFIER-3).

use super::issuer::{SignedBy, Signer};
use crate::error::ServiceError;
use crate::party::Party;
use citizen_client::did::key_of_header;
use citizen_client::{Method, Request, Transport, TransportError};
use citizen_credential::status::{
    self, Fetched, StatusExpected, StatusReference, UnverifiedStatusList, VerifiedStatusList,
};
use citizen_credential::vc::VerifiedCredential;
use citizen_jose::CertificateChain;
use citizen_primitives::{Hash, Place, UnixTime};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// How many lists are kept.
const MOST_KEPT: usize = 16;
/// How often a list is fetched until the one comes that the ledger names: a new version may come between.
const TRIES: usize = 2;

/// Where a party asks about lists: for the ledger's word on the newest, and for the list itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListPlaces {
    pub(crate) anchor: Place,
    pub(crate) list: Place,
}

/// Lists that were fetched, by address.
pub(crate) struct Lists {
    at: ListPlaces,
    kept: Mutex<BTreeMap<String, Arc<Kept>>>,
}

/// What is known of a credential's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Valid,
    Revoked,
    /// Nothing fresh: it does not count.
    Unknown,
}

struct Kept {
    token: Hash,
    /// Whose list it is.
    by: Signer,
    fetched: Fetched,
    list: VerifiedStatusList,
}

impl Lists {
    pub(crate) const fn new(at: ListPlaces) -> Self {
        Self { at, kept: Mutex::new(BTreeMap::new()) }
    }

    /// Whether a credential still counts.
    pub(crate) async fn status_of(
        &self,
        party: &Party,
        transport: &dyn Transport,
        (credential, by): (&VerifiedCredential, &SignedBy),
    ) -> Result<Status, ServiceError> {
        let Some(reference) = credential.status() else { return Ok(Status::Unknown) };
        let chain = credential.token().header().x5c.as_ref();
        let newest = self.newest(party, transport, (by, chain, reference)).await?;
        let Some(kept) = newest else { return Ok(Status::Unknown) };
        Ok(match kept.list.status_of(reference, kept.fetched, party.now()) {
            Ok(status::Status::Valid) => Status::Valid,
            Ok(status::Status::Invalid | status::Status::Suspended | status::Status::Other(_)) => {
                Status::Revoked
            }
            Err(_) => Status::Unknown,
        })
    }

    /// The version that the ledger names as the newest, from memory or from its issuer. `None` if it cannot be had.
    async fn newest(
        &self,
        party: &Party,
        transport: &dyn Transport,
        (by, chain, reference): (&SignedBy, Option<&CertificateChain>, &StatusReference),
    ) -> Result<Option<Arc<Kept>>, ServiceError> {
        let (issuer, uri) = (by.signer.name(), reference.uri());
        for _ in 0..TRIES {
            let anchor = party.ledger().status_anchor(self.at.anchor, &issuer, uri).await?;
            let Some(anchor) = anchor.map(|anchor| anchor.into_parts().0) else { return Ok(None) };
            let now = party.now();
            if let Some(kept) = self.find(uri, (&by.signer, &anchor.token), now) {
                return Ok(Some(kept));
            }
            let Some(token) = self.fetch(transport, uri).await? else { return Ok(None) };
            if Hash::plain(&[token.as_bytes()]) == anchor.token {
                return Ok(self.read((by, chain), (uri, &token), now));
            }
        }
        Ok(None)
    }

    /// **VERIFIER-17** A list is believed under whoever has signed the credential: the certificate (STATUS-6), or a key that the DID has now.
    fn read(
        &self,
        (by, chain): (&SignedBy, Option<&CertificateChain>),
        (uri, token): (&str, &str),
        now: UnixTime,
    ) -> Option<Arc<Kept>> {
        let list = UnverifiedStatusList::parse(token).ok()?;
        let expected = StatusExpected { now, issuer: None, longest: None };
        let list = match (&by.document, chain) {
            (None, Some(chain)) => list.verify_by(chain, &expected),
            (Some(document), None) => {
                let key = key_of_header(document, list.header())?.clone();
                list.verify(&key, &StatusExpected { issuer: Some(document.id().as_str()), ..expected })
            }
            _ => return None,
        };
        let (token, by) = (Hash::plain(&[token.as_bytes()]), by.signer.clone());
        let kept = Arc::new(Kept { token, by, fetched: Fetched(now), list: list.ok()? });
        self.keep(uri, &kept);
        Some(kept)
    }

    async fn fetch(&self, transport: &dyn Transport, uri: &str) -> Result<Option<String>, ServiceError> {
        let Ok(url) = uri.parse::<Url>() else { return Ok(None) };
        let request = Request { place: self.at.list, method: Method::Get, url, body: Vec::new() };
        match transport.send(request).await {
            Ok(response) if response.status == 200 => Ok(String::from_utf8(response.body).ok()),
            Err(TransportError::Stopped) => Err(ServiceError::Stopped),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// A kept list, if it is this version by this issuer and may still be used.
    fn find(&self, uri: &str, (by, token): (&Signer, &Hash), now: UnixTime) -> Option<Arc<Kept>> {
        let lists = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lists.get(uri).filter(|kept| kept.token == *token && kept.by == *by)?;
        let is_fresh = kept.list.fresh_until(kept.fetched).is_none_or(|until| now <= until);
        is_fresh.then(|| Arc::clone(kept))
    }

    fn keep(&self, uri: &str, kept: &Arc<Kept>) {
        let mut lists = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= MOST_KEPT && !lists.contains_key(uri) {
            lists.clear();
        }
        lists.insert(uri.to_owned(), Arc::clone(kept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_credential::status::{Bits, Publication, StatusList};
    use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};

    /// Addresses are an issuer's to choose: as many as it likes.
    #[test]
    fn verifier_3_so_many_lists_are_kept_and_one_that_is_kept_anew_puts_out_no_other() {
        let now = UnixTime::from_seconds(1_795_219_200);
        let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &[7; 32]).unwrap();
        let uri = "https://card.seoul.example/lists/0".to_owned();
        let signed = Publication { uri, issued_at: now, expires: None, time_to_live: None }
            .sign(&StatusList::new(Bits::One, 8).unwrap(), &signer);
        let expected = StatusExpected { now, issuer: None, longest: None };
        let list = UnverifiedStatusList::parse(&signed.unwrap()).unwrap().verify(&signer.jwk(), &expected);
        let by = Signer::Certificate(Hash::ZERO);
        let kept = Arc::new(Kept { token: Hash::ZERO, by, fetched: Fetched(now), list: list.unwrap() });
        let place = Place::new("test/list");
        let lists = Lists::new(ListPlaces { anchor: place, list: place });
        let count = || lists.kept.lock().unwrap().len();
        for number in 0..MOST_KEPT {
            lists.keep(&number.to_string(), &kept);
        }
        lists.keep("0", &kept);
        assert_eq!(count(), MOST_KEPT);
        for number in 0..3 * MOST_KEPT {
            lists.keep(&number.to_string(), &kept);
            assert!(count() <= MOST_KEPT);
        }
    }
}
