//! A wallet's answer: opened, verified under keys whose certificates the registry proves, held against status lists, and forgotten but
//! for its outcome (VERIFIER-2 to VERIFIER-5).

use super::account::{Arrival, enter};
use super::record::{ENDED, Ended};
use super::verdict::{Outcome, Refused};
use super::{Ticket, Verifier};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::places;
use citizen_credential::UnverifiedSdJwt;
use citizen_credential::vc::VerifiedCredential;
use citizen_jose::{Anchor, CertificateChain, Jwk};
use citizen_ledger::{CertificateRecord, CertificateRole};
use citizen_openid4vc::dcql::{Authority, QueryId};
use citizen_openid4vc::vp::{Answer, IssuerKeys, Subject, VerifyError};
use citizen_primitives::{Hash, UnixTime};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The most issuers of one answer.
const MOST_ISSUERS: usize = 4;

/// What the registry proves of the issuers in an answer, as far as it was asked.
struct Registry {
    known: BTreeMap<Hash, Option<CertificateRecord>>,
    /// Those that it was not asked about.
    wanted: RefCell<BTreeSet<Hash>>,
    now: UnixTime,
}

/// What an answer comes to, before the books are looked at.
enum Judged {
    /// Its end.
    Ended(Outcome),
    /// Somebody signs in: her account decides.
    Arrived(Arrival),
}

/// What the wallet is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Its answer was taken, whatever came of it.
    Yes,
    /// It is no answer to this request: the request stays open.
    No,
}

impl Verifier {
    /// Takes what a wallet posted.
    pub async fn answer(&self, handle: &str, body: &str) -> Result<Taken, ServiceError> {
        let now = self.party.now();
        let mut registry = Registry { known: BTreeMap::new(), wanted: RefCell::default(), now };
        loop {
            let (verified, subject, ticket) = {
                let mut visits = self.visits();
                let visit = visits.get_mut(handle).filter(|visit| now <= visit.until);
                let visit = visit.ok_or(ServiceError::NotFound)?;
                let verified = visit.session.verify(body, &registry, now);
                (verified, visit.session.subject().cloned(), visit.ticket.clone())
            };
            let refused = |why| Judged::Ended(Outcome::Refused(why));
            let judged = match verified {
                Ok(Answer::Presented(shown)) if !registry.grants(&shown) => refused(Refused::UnknownIssuer),
                Ok(Answer::Presented(shown)) => match self.judge(&shown, subject.as_ref()).await {
                    // The session has had its answer: nobody could ask again.
                    Err(ServiceError::Unavailable) => refused(Refused::StatusUnknown),
                    judged => judged?,
                },
                Ok(Answer::Refused(_)) => refused(Refused::Declined),
                Err(VerifyError::Presentation(_)) if registry.is_curious() => {
                    self.ask_registry(&mut registry).await?;
                    continue;
                }
                Err(error) => {
                    tracing::debug!(%error, "an answer does not verify");
                    match error {
                        VerifyError::Presentation(_) if registry.has_unknown() => {
                            refused(Refused::UnknownIssuer)
                        }
                        VerifyError::Presentation(_)
                        | VerifyError::Query(_)
                        | VerifyError::Transaction
                        | VerifyError::IdToken(_)
                        | VerifyError::Mixed(_) => refused(Refused::NotVerified),
                        // Nothing that was made for this request: whoever posts it ends nobody's visit.
                        VerifyError::Closed | VerifyError::Malformed | VerifyError::State => {
                            return Ok(Taken::No);
                        }
                    }
                }
            };
            self.end(handle, &ticket, &judged)?;
            return Ok(Taken::Yes);
        }
    }

    /// Proves the certificates that a look at the answer met (VERIFIER-2).
    async fn ask_registry(&self, registry: &mut Registry) -> Result<(), ServiceError> {
        for thumbprint in registry.wanted.take() {
            let place = places::VERIFIER_ASK_CERTIFICATE;
            let role = CertificateRole::Issuer;
            let record = self.party.ledger().certificate(place, role, &thumbprint).await?;
            registry.known.insert(thumbprint, record.map(|record| record.into_parts().0));
        }
        Ok(())
    }

    /// Each credential's status, and who signs in.
    async fn judge(
        &self,
        shown: &[(QueryId, VerifiedCredential)],
        subject: Option<&Subject>,
    ) -> Result<Judged, ServiceError> {
        for (_, credential) in shown {
            if let Err(refused) = self.check_status(credential).await? {
                return Ok(Judged::Ended(Outcome::Refused(refused)));
            }
        }
        let credentials = u8::try_from(shown.len()).unwrap_or(u8::MAX);
        let Some(subject) = subject else {
            return Ok(Judged::Ended(Outcome::Accepted { credentials, visitor: None }));
        };
        let opening = self.service.opening().and_then(|query| shown.iter().find(|(of, _)| of == query));
        let said = opening.map(|(_, credential)| self.said(credential));
        Ok(Judged::Arrived(Arrival { subject: self.subject(&subject.key), said, credentials }))
    }

    /// One citizen at this service: the key by which she signs in here and nowhere else, hashed under this service's secret (VERIFIER-4).
    fn subject(&self, key: &Jwk) -> Hash {
        Hash::from_bytes(self.secret.keyed_hash(key.thumbprint().to_string().as_bytes()))
    }

    /// What a card says of its holder, by type and claim, hashed under the secret: so that another's is told apart, and nothing is kept.
    fn said(&self, credential: &VerifiedCredential) -> Hash {
        let claims = credential.token().claims();
        let mut said: Vec<String> = credential
            .statements()
            .iter()
            .filter_map(|path| Some(format!("{path}={}", path.find(claims)?)))
            .collect();
        said.sort();
        let text = format!("{}\n{}", credential.vct(), said.join("\n"));
        Hash::from_bytes(self.secret.keyed_hash(text.as_bytes()))
    }

    /// The outcome, and the account with it, is on the disk before the wallet is answered. The first outcome of a visit stands.
    fn end(&self, handle: &str, ticket: &Ticket, judged: &Judged) -> Result<(), ServiceError> {
        let now = self.party.now();
        let over = self.over()?;
        self.party.db().commit(places::VERIFIER_OUTCOME, |writer| {
            let key = ticket.digest();
            for key in &over {
                writer.remove(ENDED, key)?;
            }
            if writer.find::<Ended>(ENDED, key.as_bytes())?.is_some() {
                return Ok::<(), ServiceError>(());
            }
            let outcome = match judged {
                Judged::Ended(outcome) => *outcome,
                Judged::Arrived(arrival) => enter(writer, arrival, now, self.most_accounts)?,
            };
            let ended = Ended { outcome, day: now.day_in_seoul().start() };
            Ok(writer.put(ENDED, key.as_bytes(), &ended)?)
        })?;
        self.visits().remove(handle);
        Ok(())
    }
}

impl Registry {
    fn is_curious(&self) -> bool {
        !self.wanted.borrow().is_empty() && self.known.len() < MOST_ISSUERS
    }

    /// Whether each issuer may say what it says.
    fn grants(&self, shown: &[(QueryId, VerifiedCredential)]) -> bool {
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

    fn has_unknown(&self) -> bool {
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
        // The leaf itself is what the registry names; it must be valid now, and be for signatures.
        chain.verify(&[Anchor::Thumbprint(chain.leaf().thumbprint())], self.now).ok()?;
        Some((chain.leaf().key().ok()?, Vec::new()))
    }
}

/// The name of a chain's leaf in the registry.
pub(super) fn thumbprint(chain: &CertificateChain) -> Hash {
    Hash::from_bytes(*chain.leaf().thumbprint().as_bytes())
}
