//! Presentations of credentials, for whoever takes them: verified under keys of issuers whom the registry proves, and held against
//! status lists that the ledger anchors.

mod examine;
mod issuer;
mod registry;
mod status;

pub(crate) use examine::{Doubt, Examiner, Finding, Shown};
pub(crate) use registry::Registry;
pub(crate) use status::{ListPlaces, Lists};

use crate::certified::Certified;
use crate::error::{Reason, ServiceError};
use crate::party::Party;
use crate::seeded::Seeded;
use citizen_client::authorised::CARD;
use citizen_client::{Authorised, Transport};
use citizen_credential::vc::VerifiedCredential;
use citizen_openid4vc::dcql::{Query, QueryId};
use citizen_openid4vc::http::Endpoint;
use citizen_openid4vc::vp::{Ask, ResponseMode, TransactionData, VerifierSession};
use citizen_primitives::{Hash, Place, Seconds, UnixTime};
use serde_json::Value;
use std::sync::Arc;

/// Where a party asks what it must know of a presentation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    /// For certificates and DIDs of issuers.
    pub(crate) certificate: Place,
    /// For the documents of DIDs that a server has.
    pub(crate) document: Place,
    pub(crate) lists: ListPlaces,
}

/// A party's counter for the citizen card: by which certificate it asks for it, and how it examines it.
pub(crate) struct CardCounter {
    certified: Certified,
    transport: Arc<dyn Transport>,
    at: At,
    lists: Lists,
}

/// A question for the card that can be asked again: out of its seed come its nonce, its state and its encryption key.
pub(crate) struct CardQuestion<'a> {
    pub(crate) seed: [u8; 32],
    pub(crate) asked: UnixTime,
    pub(crate) until: UnixTime,
    /// In DCQL.
    pub(crate) query: &'a Value,
    pub(crate) authorised: Authorised,
}

/// What came of an answer.
pub(crate) enum Examined {
    /// The card, as it was asked for, for what it was asked for.
    Shown(Box<VerifiedCredential>),
    /// No card that counts.
    Refused(Reason),
    /// Nothing that was made for this question.
    NotForThis,
}

impl CardCounter {
    pub(crate) const fn new(certified: Certified, transport: Arc<dyn Transport>, at: At) -> Self {
        Self { certified, transport, at, lists: Lists::new(at.lists) }
    }

    /// The certificate by which it asks.
    pub(crate) fn thumbprint(&self) -> Hash {
        self.certified.thumbprint()
    }

    /// The link of a question under a handle that nobody guesses.
    pub(crate) fn link(&self, handle: &str, question: CardQuestion<'_>) -> Result<String, ServiceError> {
        let requests = self.endpoint("requests", handle)?;
        Ok(self.session(handle, question)?.link(&requests, true))
    }

    /// The signed request, with the nonce of a wallet that posted one.
    pub(crate) fn request_object(
        &self,
        handle: &str,
        question: CardQuestion<'_>,
        (posted, now): (Option<&str>, UnixTime),
    ) -> Result<String, ServiceError> {
        let nonce = posted.and_then(VerifierSession::wallet_nonce);
        let signed =
            self.session(handle, question)?.request_object(nonce.as_deref(), self.certified.signer(), now);
        signed.map_err(|_| ServiceError::Unavailable)
    }

    /// Examines what a wallet posted. What cannot be known now is no refusal: the same answer may come again.
    pub(crate) async fn examine(
        &self,
        party: &Party,
        (handle, question): (&str, CardQuestion<'_>),
        body: &str,
    ) -> Result<Examined, ServiceError> {
        let mut session = self.session(handle, question)?;
        let (now, at) = (party.now(), self.at);
        let examiner = Examiner { party, transport: &*self.transport, lists: &self.lists, at };
        let finding = examiner.examine(now, |registry| Ok(session.verify(body, registry, now))).await?;
        Ok(match finding {
            Finding::Counts(shown) => {
                let mut shown = shown.into_iter();
                match (shown.next(), shown.next()) {
                    (Some((_, card)), None) => Examined::Shown(Box::new(card)),
                    _ => Examined::Refused(Reason::CardNotVerified),
                }
            }
            Finding::Doubt(Doubt::Revoked) => Examined::Refused(Reason::CardRevoked),
            Finding::Doubt(Doubt::StatusUnknown) => return Err(ServiceError::Unavailable),
            // Whoever declines shows no card either.
            Finding::Doubt(Doubt::Declined | Doubt::UnknownIssuer | Doubt::NotVerified) => {
                Examined::Refused(Reason::CardNotVerified)
            }
            Finding::NotForThis => Examined::NotForThis,
        })
    }

    /// The same session for the same question, whenever it is made.
    fn session(&self, handle: &str, question: CardQuestion<'_>) -> Result<VerifierSession, ServiceError> {
        let CardQuestion { seed, asked, until, query, authorised } = question;
        let card = QueryId::new(CARD).ok_or(ServiceError::Unavailable)?;
        let ask = Ask {
            query: Query::from_value(query).map_err(|_| ServiceError::Unavailable)?,
            transactions: vec![TransactionData::encode(authorised.kind, &authorised.fields, &[card])],
            response_uri: self.endpoint("responses", handle)?,
            mode: ResponseMode::DirectPostJwt,
            name: None,
            valid_for: Seconds::new(until.since(asked).count()),
        };
        let identification = self.certified.identification()?;
        Ok(VerifierSession::start(identification, ask, asked, &mut Seeded::new(seed)))
    }

    fn endpoint(&self, path: &str, handle: &str) -> Result<Endpoint, ServiceError> {
        self.certified.endpoint(&format!("{path}/{handle}")).map_err(|_| ServiceError::Unavailable)
    }
}
