//! Whose credentials count: by the registry alone (VERIFIER-2).

use super::issuer::{Lookup, Registered, SignedBy, Signer};
use crate::error::ServiceError;
use citizen_client::did::{assertion_key, signing_key};
use citizen_credential::UnverifiedSdJwt;
use citizen_credential::vc::VerifiedCredential;
use citizen_jose::{CertificateThumbprint, Header, Jwk};
use citizen_openid4vc::dcql::{Authority, QueryId};
use citizen_openid4vc::vp::IssuerKeys;
use citizen_primitives::UnixTime;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The most issuers of one answer.
const MOST_ISSUERS: usize = 4;

/// What the registry proves of the issuers in an answer, as far as it was asked.
pub(crate) struct Registry {
    known: BTreeMap<Signer, Option<Registered>>,
    /// Those that it was not asked about.
    wanted: RefCell<BTreeSet<Signer>>,
    now: UnixTime,
}

impl Registry {
    /// One that was asked nothing yet.
    pub(crate) const fn at(now: UnixTime) -> Self {
        Self { known: BTreeMap::new(), wanted: RefCell::new(BTreeSet::new()), now }
    }

    /// Proves the issuers that a look at the answer met (VERIFIER-2).
    pub(crate) async fn ask(&mut self, lookup: Lookup<'_>) -> Result<(), ServiceError> {
        for signer in self.wanted.take() {
            let found = lookup.find(&signer).await?;
            self.known.insert(signer, found);
        }
        Ok(())
    }

    /// Whether a look at the answer met issuers that it was not asked about.
    pub(crate) fn is_curious(&self) -> bool {
        !self.wanted.borrow().is_empty() && self.known.len() < MOST_ISSUERS
    }

    /// Who has signed each of what was shown, if they may say what they say.
    pub(crate) fn granted(&self, shown: &[(QueryId, VerifiedCredential)]) -> Option<Vec<SignedBy>> {
        let by = shown.iter().map(|(_, credential)| {
            let signer = Signer::of(credential.token().header(), credential.issuer())?;
            let Registered { record, document } = self.known.get(&signer)?.as_ref()?;
            let said = credential.statements();
            let may_say = said.iter().all(|path| record.covers_claim(credential.vct(), &path.names()));
            may_say.then(|| SignedBy { signer, document: document.clone() })
        });
        by.collect()
    }

    /// Whether one of them does not count.
    pub(crate) fn has_unknown(&self) -> bool {
        self.known.values().any(Option::is_none)
    }

    /// **VERIFIER-16** The key by which it is signed: the certificate's that the registry names, or one that the DID's document has for it now.
    fn signing_key(
        &self,
        header: &Header,
        (issuer, known): (Option<&str>, &Registered),
    ) -> Option<(Jwk, Vec<Authority>)> {
        let named = CertificateThumbprint::from_bytes(*known.record.thumbprint.as_bytes());
        match (&header.x5c, &known.document) {
            (Some(chain), None) => {
                let key = chain.registered_key(&named, self.now).ok()?;
                Some((key, Authority::of_chain(chain, self.now)))
            }
            // VERIFIER-15: of certificates alone is it known who vouches for them.
            (None, Some(document)) => {
                Some((assertion_key(document, &signing_key(header, issuer)?)?.clone(), Vec::new()))
            }
            _ => None,
        }
    }
}

impl IssuerKeys for Registry {
    fn key(&self, credential: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)> {
        let header = credential.header_unverified()?;
        let payload = credential.payload_unverified().ok()?;
        let issuer = payload.get("iss").and_then(Value::as_str);
        let signer = Signer::of(header, issuer)?;
        let Some(known) = self.known.get(&signer) else {
            self.wanted.borrow_mut().insert(signer);
            return None;
        };
        let known = known.as_ref()?;
        // Every type that it says it has: by any of them it may answer a query.
        let others = payload.get("aka_vcts").and_then(Value::as_array).into_iter().flatten();
        let types: Vec<&str> =
            payload.get("vct").into_iter().chain(others).map(Value::as_str).collect::<Option<_>>()?;
        if !types.iter().all(|vct| known.record.covers(vct)) {
            return None;
        }
        self.signing_key(header, (issuer, known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Hash;

    /// Whoever posts an answer has the ledger asked about so many issuers, and no more.
    #[test]
    fn verifier_2_of_one_answer_four_issuers_are_looked_up() {
        let mut registry = Registry::at(UnixTime::default());
        assert!(!registry.is_curious());
        for number in 0..MOST_ISSUERS {
            let met = Signer::Certificate(Hash::plain(&[&number.to_be_bytes()]));
            registry.wanted.borrow_mut().insert(met.clone());
            assert!(registry.is_curious());
            registry.wanted.take();
            registry.known.insert(met, None);
        }
        registry.wanted.borrow_mut().insert(Signer::Certificate(Hash::ZERO));
        assert!(!registry.is_curious());
    }
}
