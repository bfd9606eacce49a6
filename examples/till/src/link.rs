//! Asking the centre, and asking again until something has ended: an answer that did not come, or does not verify, decides nothing.

use crate::desk::{Centre, Desk, now};
use crate::failure::{Failure, of_word};
use crate::proof::{self, Standing};
use citizen_client::api::TillAnswer;
use citizen_client::{CallError, TillClient, TillWord, WordError};
use citizen_keys::Signed;
use citizen_ledger::Attested;
use citizen_payment::Terms;
use citizen_payment::till::{MerchantAct, MerchantRequest};
use citizen_primitives::{Place, random};
use std::time::{Duration, Instant};

/// The pause between two inquiries.
const PAUSE: Duration = Duration::from_millis(250);

const ASK_CENTRE: Place = Place::new("till/ask-centre");
const ASK_STATE: Place = Place::new("till/ask-state");

/// What gateways refuse with by themselves, and the centre before it looks anything up: whoever was asked did not decide; an
/// earlier try of the same request may have been taken.
const UNDECIDED: [&str; 11] = [
    "request-too-old",
    "wrong-party",
    "unavailable",
    "too-slow",
    "busy",
    "internal",
    "too-many",
    "too-large",
    "malformed",
    "no-route",
    "wrong-method",
];

/// What came back.
pub(crate) enum Asked {
    /// The centre's word on this request, checked (TILL-3).
    Answered(Box<Attested<TillWord>>),
    /// A refusal, with its reason.
    Refused(String),
    /// No answer that can be believed: nothing is known.
    Unanswered(Failure),
}

impl Asked {
    /// The answer of a question that changes nothing: everything else is a refusal.
    pub(crate) fn into_answer(self) -> Result<Attested<TillWord>, Failure> {
        match self {
            Self::Answered(word) => Ok(*word),
            Self::Refused(reason) => Err(Failure::refused("centre", &reason)),
            Self::Unanswered(failure) => Err(failure),
        }
    }
}

/// A fresh nonce.
pub(crate) fn nonce() -> [u8; 16] {
    random::generate_array(&mut random::system())
}

impl Desk {
    /// Asks, and again where no answer comes.
    pub(crate) async fn ask(&self, centre: &Centre, act: MerchantAct) -> Asked {
        self.send(&centre.patient, act, nonce()).await
    }

    /// Asks once: for what is taken back where no answer comes.
    pub(crate) async fn ask_once(&self, centre: &Centre, act: MerchantAct) -> Asked {
        self.send(&centre.once, act, nonce()).await
    }

    /// Asks under a nonce that was used before: the centre knows the request again.
    pub(crate) async fn ask_again(&self, centre: &Centre, act: MerchantAct, nonce: [u8; 16]) -> Asked {
        self.send(&centre.patient, act, nonce).await
    }

    async fn send(&self, client: &TillClient, act: MerchantAct, nonce: [u8; 16]) -> Asked {
        let request = MerchantRequest {
            to: client.party().value().id(),
            merchant: self.shop.merchant.clone(),
            counter: self.shop.counter.clone(),
            act,
            nonce,
            time: now(),
        };
        match client.ask(ASK_CENTRE, &Signed::sign(&request, &self.key)).await {
            Ok(word) => Asked::Answered(Box::new(word.word)),
            Err(WordError::Call(CallError::Refused(body))) if !UNDECIDED.contains(&body.code.as_str()) => {
                Asked::Refused(body.code)
            }
            Err(error) => Asked::Unanswered(of_word(&error, "centre")),
        }
    }

    /// Where a payment stands, under a header that is at most 60 seconds old.
    pub(crate) async fn standing(&self, centre: &Centre, terms: &Terms) -> Result<Standing, Failure> {
        let keys = proof::payment_keys(&terms.payment);
        let proven = self.city.ledger.state(ASK_STATE, &keys).await?.fresh()?;
        self.journal.keep_trusted(&self.city.ledger.trusted())?;
        proof::payment(&proven, terms, &centre.id())
    }

    /// Where payments stand; as many proofs to a question as a gateway gives.
    pub(crate) async fn standings(&self, centre: &Centre, all: &[Terms]) -> Result<Vec<Standing>, Failure> {
        let mut standings = Vec::new();
        for some in all.chunks(16) {
            let keys: Vec<_> = some.iter().flat_map(|terms| proof::payment_keys(&terms.payment)).collect();
            let proven = self.city.ledger.state(ASK_STATE, &keys).await?.fresh()?;
            for terms in some {
                standings.push(proof::payment(&proven, terms, &centre.id())?);
            }
        }
        Ok(standings)
    }

    /// What the ledger has of a refund.
    pub(crate) async fn given_back(
        &self,
        centre: &Centre,
        refund: &citizen_primitives::RefundId,
        payment: &citizen_primitives::PaymentId,
    ) -> Result<Option<proof::GivenBack>, Failure> {
        let key = citizen_ledger::state_key::refund(refund);
        let proven = self.city.ledger.state(ASK_STATE, std::slice::from_ref(&key)).await?.fresh()?;
        proof::refund(&proven, refund, payment, &centre.id())
    }
}

/// Until when to ask again.
pub(crate) struct Patience(Instant);

impl Patience {
    /// For so many seconds; an hour at most.
    pub(crate) fn of(seconds: u64) -> Self {
        Self(Instant::now() + Duration::from_secs(seconds.min(3600)))
    }

    /// Waits a little; no if the time is over.
    pub(crate) async fn goes_on(&self) -> bool {
        if Instant::now() >= self.0 {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
        true
    }
}

/// An answer of another kind than was asked for is no answer.
pub(crate) fn of_another_kind(_: &TillAnswer) -> Failure {
    Failure::unverified("answer", "centre")
}
