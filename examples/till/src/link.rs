//! Asking the centre, and asking again until something has ended: an answer that did not come, or does not verify, decides nothing.

use crate::desk::{Centre, Desk, now};
use crate::failure::{Failure, of_call, of_word};
use crate::proof::{self, GivenBack, Standing};
use citizen_client::api::TillAnswer;
use citizen_client::{TillClient, TillWord, WordError};
use citizen_keys::Signed;
use citizen_ledger::{Attested, state_key};
use citizen_payment::Terms;
use citizen_payment::till::{MerchantAct, MerchantRequest};
use citizen_primitives::{PaymentId, Place, RefundId, random};
use std::time::{Duration, Instant};

/// The pause between two inquiries.
const PAUSE: Duration = Duration::from_millis(250);

const ASK_CENTRE: Place = Place::new("till/ask-centre");
const ASK_STATE: Place = Place::new("till/ask-state");

/// What came back.
pub(crate) enum Asked {
    /// The centre's word on this request, checked (TILL-3).
    Answered(Box<Attested<TillWord>>),
    /// The centre's signed refusal of this request, with its reason.
    Refused(String),
    /// No answer that can be believed, an unsigned refusal too: nothing is known.
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
            Ok(word) => match &word.word.value().answer {
                TillAnswer::Refused { reason } => Asked::Refused(reason.clone()),
                _ => Asked::Answered(Box::new(word.word)),
            },
            // Whoever was asked on the way refuses without the centre's word.
            Err(WordError::Call(error)) => Asked::Unanswered(of_call(&error, "gateway")),
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

    /// What the ledger has of refunds of payments.
    pub(crate) async fn all_given_back(
        &self,
        centre: &Centre,
        all: &[(RefundId, PaymentId)],
    ) -> Result<Vec<Option<GivenBack>>, Failure> {
        let mut given_back = Vec::new();
        for some in all.chunks(32) {
            let keys: Vec<_> = some.iter().map(|(refund, _)| state_key::refund(refund)).collect();
            let proven = self.city.ledger.state(ASK_STATE, &keys).await?.fresh()?;
            for (refund, payment) in some {
                given_back.push(proof::refund(&proven, refund, payment, &centre.id())?);
            }
        }
        Ok(given_back)
    }

    /// What the ledger has of a refund.
    pub(crate) async fn given_back(
        &self,
        centre: &Centre,
        refund: &RefundId,
        payment: &PaymentId,
    ) -> Result<Option<GivenBack>, Failure> {
        Ok(self.all_given_back(centre, &[(*refund, *payment)]).await?.pop().flatten())
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
