//! A wallet's answer: opened, verified under keys whose certificates the registry proves, held against status lists, and forgotten but
//! for its outcome (VERIFIER-2 to VERIFIER-5).

use super::record::{ENDED, Ended};
use super::verdict::{Outcome, Refused};
use super::{Ticket, Verifier};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::places;
use crate::presented::{Registry, Status};
use citizen_credential::vc::VerifiedCredential;
use citizen_jose::Jwk;
use citizen_openid4vc::dcql::QueryId;
use citizen_openid4vc::vp::{Answer, VerifyError};
use citizen_primitives::Hash;

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
        let mut registry = Registry::at(now);
        loop {
            let (verified, ticket) = {
                let mut visits = self.visits();
                let visit = visits.get_mut(handle).filter(|visit| now <= visit.until);
                let visit = visit.ok_or(ServiceError::NotFound)?;
                (visit.session.verify(body, &registry, now), visit.ticket.clone())
            };
            let outcome = match verified {
                Ok(Answer::Presented(shown)) if !registry.grants(&shown) => {
                    Outcome::Refused(Refused::UnknownIssuer)
                }
                Ok(Answer::Presented(shown)) => match self.judge(&shown).await {
                    // The session has had its answer: nobody could ask again.
                    Err(ServiceError::Unavailable) => Outcome::Refused(Refused::StatusUnknown),
                    judged => judged?,
                },
                Ok(Answer::Refused(_)) => Outcome::Refused(Refused::Declined),
                Err(VerifyError::Presentation(_)) if registry.is_curious() => {
                    registry.ask(&self.party, places::VERIFIER_ASK_CERTIFICATE).await?;
                    continue;
                }
                Err(error) => {
                    tracing::debug!(%error, "an answer does not verify");
                    match error {
                        VerifyError::Presentation(_) if registry.has_unknown() => {
                            Outcome::Refused(Refused::UnknownIssuer)
                        }
                        VerifyError::Presentation(_) | VerifyError::Query(_) | VerifyError::Transaction => {
                            Outcome::Refused(Refused::NotVerified)
                        }
                        // Nothing that was made for this request: whoever posts it ends nobody's visit.
                        VerifyError::Closed | VerifyError::Malformed | VerifyError::State => {
                            return Ok(Taken::No);
                        }
                    }
                }
            };
            self.end(handle, &ticket, outcome)?;
            return Ok(Taken::Yes);
        }
    }

    /// Each credential's status, and who signs in.
    async fn judge(&self, shown: &[(QueryId, VerifiedCredential)]) -> Result<Outcome, ServiceError> {
        for (_, credential) in shown {
            match self.lists.status_of(&self.party, &*self.transport, credential).await? {
                Status::Valid => {}
                Status::Revoked => return Ok(Outcome::Refused(Refused::Revoked)),
                Status::Unknown => return Ok(Outcome::Refused(Refused::StatusUnknown)),
            }
        }
        let credentials = u8::try_from(shown.len()).unwrap_or(u8::MAX);
        let signed_in = self.service.sign_in_query().and_then(|query| {
            let (_, credential) = shown.iter().find(|(of, _)| of == query)?;
            credential.token().holder_key().ok()?
        });
        Ok(Outcome::Accepted { credentials, subject: signed_in.map(|key| self.subject(&key)) })
    }

    /// One citizen at this service: the key of the copy that she shows here alone, hashed under this service's secret (VERIFIER-4).
    fn subject(&self, key: &Jwk) -> Hash {
        Hash::from_bytes(self.secret.keyed_hash(key.thumbprint().to_string().as_bytes()))
    }

    /// The outcome is on the disk before the wallet is answered. The first outcome of a visit stands.
    fn end(&self, handle: &str, ticket: &Ticket, outcome: Outcome) -> Result<(), ServiceError> {
        let ended = Ended { outcome, day: self.party.now().day_in_seoul().start() };
        self.party.db().commit(places::VERIFIER_OUTCOME, |writer| {
            let key = ticket.digest();
            match writer.find::<Ended>(ENDED, key.as_bytes())? {
                Some(_) => Ok::<(), ServiceError>(()),
                None => Ok(writer.put(ENDED, key.as_bytes(), &ended)?),
            }
        })?;
        self.visits().remove(handle);
        Ok(())
    }
}
