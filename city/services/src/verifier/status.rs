//! Status lists: fetched whole, so that the issuer does not learn whose status is looked up; counted only if the ledger proves that this is
//! the newest (VERIFIER-3).

use super::Verifier;
use super::answer::thumbprint;
use super::verdict::Refused;
use crate::error::ServiceError;
use crate::places;
use citizen_client::{Method, Request, TransportError};
use citizen_credential::status::{
    Fetched, Status, StatusExpected, StatusReference, UnverifiedStatusList, VerifiedStatusList,
};
use citizen_credential::vc::VerifiedCredential;
use citizen_jose::CertificateChain;
use citizen_primitives::{Hash, UnixTime};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// How many lists are kept.
const MOST_KEPT: usize = 16;
/// How often a list is fetched until the one comes that the ledger names: a new version may come between.
const TRIES: usize = 2;

/// Lists that were fetched, by address.
#[derive(Default)]
pub(super) struct Lists(Mutex<BTreeMap<String, Arc<Kept>>>);

struct Kept {
    token: Hash,
    fetched: Fetched,
    list: VerifiedStatusList,
}

impl Verifier {
    /// Whether a credential still counts.
    pub(super) async fn check_status(
        &self,
        credential: &VerifiedCredential,
    ) -> Result<Result<(), Refused>, ServiceError> {
        let chain = credential.token().header().x5c.as_ref();
        let Some((chain, reference)) = chain.zip(credential.status()) else {
            return Ok(Err(Refused::StatusUnknown));
        };
        let Some(kept) = self.newest(chain, reference).await? else { return Ok(Err(Refused::StatusUnknown)) };
        Ok(match kept.list.status_of(reference, kept.fetched, self.party.now()) {
            Ok(Status::Valid) => Ok(()),
            Ok(Status::Invalid | Status::Suspended | Status::Other(_)) => Err(Refused::Revoked),
            Err(_) => Err(Refused::StatusUnknown),
        })
    }

    /// The version that the ledger names as the newest, from memory or from its issuer. `None` if it cannot be had.
    async fn newest(
        &self,
        chain: &CertificateChain,
        reference: &StatusReference,
    ) -> Result<Option<Arc<Kept>>, ServiceError> {
        let (issuer, uri) = (thumbprint(chain), reference.uri());
        for _ in 0..TRIES {
            let place = places::VERIFIER_ASK_ANCHOR;
            let anchor = self.party.ledger().status_anchor(place, &issuer, uri).await?;
            let Some(anchor) = anchor.map(|anchor| anchor.into_parts().0) else { return Ok(None) };
            let now = self.party.now();
            if let Some(kept) = self.lists.find(uri, &anchor.token, now) {
                return Ok(Some(kept));
            }
            let Some(token) = self.fetch(uri).await? else { return Ok(None) };
            if Hash::plain(&[token.as_bytes()]) == anchor.token {
                return Ok(self.read(chain, uri, &token));
            }
        }
        Ok(None)
    }

    fn read(&self, chain: &CertificateChain, uri: &str, token: &str) -> Option<Arc<Kept>> {
        let now = self.party.now();
        let expected = StatusExpected { now, issuer: None, longest: None };
        let list =
            UnverifiedStatusList::parse(token).ok()?.verify(&chain.leaf().key().ok()?, &expected).ok()?;
        let kept = Arc::new(Kept { token: Hash::plain(&[token.as_bytes()]), fetched: Fetched(now), list });
        self.lists.keep(uri, &kept);
        Some(kept)
    }

    async fn fetch(&self, uri: &str) -> Result<Option<String>, ServiceError> {
        let Ok(url) = uri.parse::<Url>() else { return Ok(None) };
        let request =
            Request { place: places::VERIFIER_FETCH_LIST, method: Method::Get, url, body: Vec::new() };
        match self.transport.send(request).await {
            Ok(response) if response.status == 200 => Ok(String::from_utf8(response.body).ok()),
            Err(TransportError::Stopped) => Err(ServiceError::Stopped),
            Ok(_) | Err(_) => Ok(None),
        }
    }
}

impl Lists {
    /// A kept list, if it is this version and may still be used.
    fn find(&self, uri: &str, token: &Hash, now: UnixTime) -> Option<Arc<Kept>> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = lists.get(uri).filter(|kept| kept.token == *token)?;
        let is_fresh = kept.list.fresh_until(kept.fetched).is_none_or(|until| now <= until);
        is_fresh.then(|| Arc::clone(kept))
    }

    fn keep(&self, uri: &str, kept: &Arc<Kept>) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= MOST_KEPT && !lists.contains_key(uri) {
            lists.clear();
        }
        lists.insert(uri.to_owned(), Arc::clone(kept));
    }
}
