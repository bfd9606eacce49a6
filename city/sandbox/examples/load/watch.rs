//! The proofs of the ends, fetched for all phones.

use crate::town::Town;
use citizen_ledger::state_key;
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{PaymentId, Place};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const LOOK: Place = Place::new("load/look");

/// Records to a question.
const QUESTION: usize = 32;
/// After so many questions in a row in which nothing has ended, those behind are left for the next round.
const IN_VAIN: u32 = 4;
/// Between two rounds of looks.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Watch {
    town: Arc<Town>,
    /// What the centre has taken, in that order: since when each waits. Those that still knock at the gateway's door are not looked
    /// at, or they would hide what has ended behind them.
    waiting: Mutex<BTreeMap<u64, (PaymentId, Instant)>>,
    ends: Mutex<Ends>,
}

/// What the ledger proves of the payments that have ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ends {
    taken: u64,
    /// How long those that are paid took, from the approval to the proof.
    pub(crate) paid: Vec<Duration>,
    /// How many ended unpaid.
    pub(crate) unpaid: usize,
}

impl Watch {
    pub(crate) fn begin(town: &Arc<Town>) -> Arc<Self> {
        let (waiting, ends) = (Mutex::default(), Mutex::default());
        let watch = Arc::new(Self { town: Arc::clone(town), waiting, ends });
        let looking = Arc::downgrade(&watch);
        tokio::spawn(async move {
            while let Some(watch) = looking.upgrade() {
                watch.look().await;
                drop(watch);
                tokio::time::sleep(PAUSE).await;
            }
        });
        watch
    }

    /// The centre has taken a payment that was approved then.
    pub(crate) fn expect(&self, payment: PaymentId, approved: Instant) {
        let mut ends = self.ends.lock().unwrap();
        ends.taken += 1;
        self.waiting.lock().unwrap().insert(ends.taken, (payment, approved));
    }

    /// What has ended, once so many have or the time is over.
    pub(crate) async fn all(&self, count: usize, patience: Duration) -> Ends {
        let began = Instant::now();
        loop {
            let ends = self.ends.lock().unwrap().clone();
            if ends.paid.len() + ends.unpaid >= count || began.elapsed() >= patience {
                return ends;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn look(&self) {
        let ledger = self.town.ledger();
        let waiting: Vec<_> =
            self.waiting.lock().unwrap().iter().map(|(number, (payment, _))| (*number, *payment)).collect();
        let mut in_vain = 0;
        for some in waiting.chunks(QUESTION) {
            let keys: Vec<_> = some.iter().map(|(_, payment)| state_key::payment(payment)).collect();
            // Without an answer it is asked again in the next round.
            let Ok(proven) = ledger.state(LOOK, &keys).await else { return };
            let ended = some.iter().zip(&keys).filter(|((number, _), key)| {
                let record = proven.get::<PaymentRecord>(key).unwrap().into_parts().0;
                record.is_some_and(|record| self.note(*number, record.state))
            });
            in_vain = if ended.count() == 0 { in_vain + 1 } else { 0 };
            if in_vain == IN_VAIN {
                return;
            }
        }
    }

    /// Whether it has ended.
    fn note(&self, number: u64, state: PaymentState) -> bool {
        if state == PaymentState::Held {
            return false;
        }
        let Some((_, approved)) = self.waiting.lock().unwrap().remove(&number) else { return true };
        let mut ends = self.ends.lock().unwrap();
        match state {
            PaymentState::Captured { .. } => ends.paid.push(approved.elapsed()),
            _ => ends.unpaid += 1,
        }
        true
    }
}
