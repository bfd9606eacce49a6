//! How a bank answers when it does not answer well: a switch for tests and the sandbox.

use crate::error::ServiceError;
use citizen_client::Timer;
use citizen_client::api::{BankAnswer, BankRefundAnswer, BankSettlementAnswer};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How the bank answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    /// At once.
    #[default]
    Prompt,
    /// After a while.
    Late(Duration),
    /// It does its work, and the answer never arrives; an inquiry tells.
    Lost,
    /// It debits and says that it is not sure; an inquiry tells.
    Doubtful,
    /// It declines every new debit for good.
    Declining,
    /// Any of these, call by call, by a seed.
    Mixed {
        /// The seed.
        seed: u64,
    },
}

/// The mood and the count of calls, from which a mixed mood is drawn.
pub(super) struct Temper {
    mood: Mutex<Mood>,
    calls: AtomicU64,
    timer: Arc<dyn Timer>,
}

/// How one call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whim(Mood);

impl Temper {
    pub(super) const fn new(timer: Arc<dyn Timer>) -> Self {
        Self { mood: Mutex::new(Mood::Prompt), calls: AtomicU64::new(0), timer }
    }

    pub(super) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// At the beginning of a call.
    pub(super) async fn begin(&self) -> Whim {
        let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let drawn = match mood {
            Mood::Mixed { seed } => draw(seed, call),
            mood => mood,
        };
        if let Mood::Late(wait) = drawn {
            self.timer.sleep(wait).await;
        }
        Whim(drawn)
    }
}

impl Whim {
    /// At its end.
    pub(super) fn answer(self, answer: BankAnswer) -> Result<BankAnswer, ServiceError> {
        if self.0 == Mood::Lost { Err(ServiceError::Unavailable) } else { Ok(answer) }
    }

    /// The answer to a debit.
    pub(super) fn answer_debit(self, answer: BankAnswer) -> Result<BankAnswer, ServiceError> {
        if self.0 == Mood::Doubtful { Ok(BankAnswer::Unsure) } else { self.answer(answer) }
    }

    /// The answer to a refund, which cannot be declined.
    pub(super) fn answer_refund(self, answer: BankRefundAnswer) -> Result<BankRefundAnswer, ServiceError> {
        match self.0 {
            Mood::Doubtful => Ok(BankRefundAnswer::Unsure),
            Mood::Lost => Err(ServiceError::Unavailable),
            _ => Ok(answer),
        }
    }

    /// The answer to a settlement.
    pub(super) fn answer_settlement(
        self,
        answer: BankSettlementAnswer,
    ) -> Result<BankSettlementAnswer, ServiceError> {
        match self.0 {
            Mood::Doubtful => Ok(BankSettlementAnswer::Unsure),
            Mood::Lost => Err(ServiceError::Unavailable),
            _ => Ok(answer),
        }
    }

    pub(super) fn declines(self) -> bool {
        self.0 == Mood::Declining
    }
}

/// Half of the calls are answered well.
const fn draw(seed: u64, call: u64) -> Mood {
    let mut mixed = seed.wrapping_add(call.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    match (mixed >> 32) % 10 {
        0 | 1 => Mood::Lost,
        2 => Mood::Doubtful,
        3 => Mood::Late(Duration::from_millis(50)),
        4 => Mood::Declining,
        _ => Mood::Prompt,
    }
}
