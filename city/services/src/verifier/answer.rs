//! A wallet's answer: opened, verified under keys of issuers whom the registry proves, held against status lists, and forgotten but
//! for its outcome (VERIFIER-2 to VERIFIER-5).

use super::account::{Arrival, enter};
use super::record::{ENDED, Ended};
use super::verdict::{Outcome, Refused};
use super::{LISTS, Ticket, Verifier};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::places;
use crate::presented::{At, Doubt, Examiner, Finding, Registry, Shown};
use citizen_credential::vc::VerifiedCredential;
use citizen_jose::Jwk;
use citizen_openid4vc::vp::{AnswerAddress, Subject};
use citizen_primitives::Hash;

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
    /// **VERIFIER-18** Takes what a wallet posted to the one address of a verifier that somebody vouches for: it says by its key, or by its state where it is in the
    /// clear, which visit it is for.
    pub async fn answer_one(&self, body: &str) -> Result<Taken, ServiceError> {
        let address = AnswerAddress::of(body).ok_or(ServiceError::NotFound)?;
        let handle = {
            let visits = self.visits();
            let found = visits.iter().find(|(_, visit)| visit.session.is_addressed_by(&address));
            found.map(|(handle, _)| handle.clone()).ok_or(ServiceError::NotFound)?
        };
        self.answer(&handle, body).await
    }

    /// Takes what a wallet posted for a visit.
    pub async fn answer(&self, handle: &str, body: &str) -> Result<Taken, ServiceError> {
        let now = self.party.now();
        let mut visitor = None;
        let verify = |registry: &Registry| {
            let mut visits = self.visits();
            let visit = visits.get_mut(handle).filter(|visit| now <= visit.until);
            let visit = visit.ok_or(ServiceError::NotFound)?;
            let verified = visit.session.verify(body, registry, now);
            visitor = Some((visit.session.subject().cloned(), visit.ticket.clone()));
            Ok(verified)
        };
        let (certificate, document) = (places::VERIFIER_ASK_CERTIFICATE, places::VERIFIER_FETCH_DOCUMENT);
        let at = At { certificate, document, lists: LISTS };
        let examiner = Examiner { party: &self.party, transport: &*self.transport, lists: &self.lists, at };
        let finding = examiner.examine(now, verify).await?;
        let (subject, ticket) = visitor.ok_or(ServiceError::NotFound)?;
        let judged = match finding {
            Finding::Counts(shown) => self.judge(&shown, subject.as_ref()),
            // Also of a status that may be known later: the session has had its answer, and nobody could ask again.
            Finding::Doubt(doubt) => Judged::Ended(Outcome::Refused(doubt.into())),
            Finding::NotForThis => return Ok(Taken::No),
        };
        self.end(handle, &ticket, &judged)?;
        Ok(Taken::Yes)
    }

    /// Who comes with what counts.
    fn judge(&self, shown: &Shown, subject: Option<&Subject>) -> Judged {
        let credentials = u8::try_from(shown.len()).unwrap_or(u8::MAX);
        let Some(subject) = subject else {
            return Judged::Ended(Outcome::Accepted { credentials, visitor: None });
        };
        let opening = self.service.opening().and_then(|query| shown.iter().find(|(of, _)| of == query));
        let said = opening.map(|(_, credential)| self.said(credential));
        Judged::Arrived(Arrival { subject: self.subject(&subject.key), said, credentials })
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

impl From<Doubt> for Refused {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Declined => Self::Declined,
            Doubt::UnknownIssuer => Self::UnknownIssuer,
            Doubt::Revoked => Self::Revoked,
            Doubt::StatusUnknown => Self::StatusUnknown,
            Doubt::NotVerified => Self::NotVerified,
        }
    }
}
