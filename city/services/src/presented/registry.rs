//! Whose credentials count: by the registry alone (VERIFIER-2).

use crate::error::ServiceError;
use crate::party::Party;
use citizen_credential::UnverifiedSdJwt;
use citizen_credential::vc::VerifiedCredential;
use citizen_jose::{CertificateChain, CertificateThumbprint, Jwk};
use citizen_ledger::{CertificateRecord, CertificateRole};
use citizen_openid4vc::dcql::{Authority, QueryId};
use citizen_openid4vc::vp::IssuerKeys;
use citizen_primitives::{Hash, Place, UnixTime};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The most issuers of one answer.
const MOST_ISSUERS: usize = 4;

/// What the registry proves of the issuers in an answer, as far as it was asked.
pub(crate) struct Registry {
    known: BTreeMap<Hash, Option<CertificateRecord>>,
    /// Those that it was not asked about.
    wanted: RefCell<BTreeSet<Hash>>,
    now: UnixTime,
}

impl Registry {
    /// One that was asked nothing yet.
    pub(crate) const fn at(now: UnixTime) -> Self {
        Self { known: BTreeMap::new(), wanted: RefCell::new(BTreeSet::new()), now }
    }

    /// Proves the certificates that a look at the answer met (VERIFIER-2).
    pub(crate) async fn ask(&mut self, party: &Party, place: Place) -> Result<(), ServiceError> {
        for thumbprint in self.wanted.take() {
            let record = party.ledger().certificate(place, CertificateRole::Issuer, &thumbprint).await?;
            self.known.insert(thumbprint, record.map(|record| record.into_parts().0));
        }
        Ok(())
    }

    /// Whether a look at the answer met certificates that it was not asked about.
    pub(crate) fn is_curious(&self) -> bool {
        !self.wanted.borrow().is_empty() && self.known.len() < MOST_ISSUERS
    }

    /// Whether each issuer may say what it says.
    pub(crate) fn grants(&self, shown: &[(QueryId, VerifiedCredential)]) -> bool {
        shown.iter().all(|(_, credential)| {
            let chain = credential.token().header().x5c.as_ref();
            let record = chain.and_then(|chain| self.known.get(&thumbprint(chain))?.as_ref());
            let said = credential.statements();
            let may_say = |record: &CertificateRecord| {
                said.iter().all(|path| record.covers_claim(credential.vct(), &path.names()))
            };
            record.is_some_and(may_say)
        })
    }

    /// Whether one of them does not count.
    pub(crate) fn has_unknown(&self) -> bool {
        self.known.values().any(Option::is_none)
    }
}

impl IssuerKeys for Registry {
    fn key(&self, credential: &UnverifiedSdJwt) -> Option<(Jwk, Vec<Authority>)> {
        let chain = credential.header_unverified()?.x5c.as_ref()?;
        let Some(record) = self.known.get(&thumbprint(chain)) else {
            self.wanted.borrow_mut().insert(thumbprint(chain));
            return None;
        };
        let payload = credential.payload_unverified().ok()?;
        // Every type that it says it has: by any of them it may answer a query.
        let others = payload.get("aka_vcts").and_then(Value::as_array).into_iter().flatten();
        let types: Vec<&str> =
            payload.get("vct").into_iter().chain(others).map(Value::as_str).collect::<Option<_>>()?;
        record.as_ref().filter(|record| types.iter().all(|vct| record.covers(vct)))?;
        let named = CertificateThumbprint::from_bytes(*record.as_ref()?.thumbprint.as_bytes());
        Some((chain.registered_key(&named, self.now).ok()?, Authority::of_chain(chain, self.now)))
    }
}

/// The name of a chain's leaf in the registry.
pub(crate) fn thumbprint(chain: &CertificateChain) -> Hash {
    Hash::from_bytes(*chain.leaf().thumbprint().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever posts an answer has the ledger asked about so many certificates, and no more.
    #[test]
    fn verifier_2_of_one_answer_four_issuers_are_looked_up() {
        let mut registry = Registry::at(UnixTime::default());
        assert!(!registry.is_curious());
        for number in 0..MOST_ISSUERS {
            let met = Hash::plain(&[&number.to_be_bytes()]);
            registry.wanted.borrow_mut().insert(met);
            assert!(registry.is_curious());
            registry.wanted.take();
            registry.known.insert(met, None);
        }
        registry.wanted.borrow_mut().insert(Hash::ZERO);
        assert!(!registry.is_curious());
    }
}
