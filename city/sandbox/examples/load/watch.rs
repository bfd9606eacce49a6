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
/// Between two rounds of looks.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Watch {
    town: Arc<Town>,
    /// Since when each payment waits.
    waiting: Mutex<BTreeMap<PaymentId, Instant>>,
    ended: Mutex<Vec<Duration>>,
}

impl Watch {
    pub(crate) fn begin(town: &Arc<Town>) -> Arc<Self> {
        let watch =
            Arc::new(Self { town: Arc::clone(town), waiting: Mutex::default(), ended: Mutex::default() });
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

    /// A payment is approved now.
    pub(crate) fn expect(&self, payment: PaymentId) {
        self.expect_since(payment, Instant::now());
    }

    pub(crate) fn expect_since(&self, payment: PaymentId, approved: Instant) {
        self.waiting.lock().unwrap().insert(payment, approved);
    }

    /// How long each took, once so many have ended or the time is over.
    pub(crate) async fn all(&self, count: usize, patience: Duration) -> Vec<Duration> {
        let began = Instant::now();
        while self.ended.lock().unwrap().len() < count && began.elapsed() < patience {
            tokio::time::sleep(PAUSE).await;
        }
        self.ended.lock().unwrap().clone()
    }

    async fn look(&self) {
        let ledger = self.town.ledger();
        // The oldest first: what was approved just now is not there yet.
        let mut waiting: Vec<_> =
            self.waiting.lock().unwrap().iter().map(|(payment, since)| (*since, *payment)).collect();
        waiting.sort_unstable();
        for some in waiting.chunks(QUESTION) {
            let keys: Vec<_> = some.iter().map(|(_, payment)| state_key::payment(payment)).collect();
            let proven = ledger.state(LOOK, &keys).await.unwrap();
            let mut any = false;
            for ((since, payment), key) in some.iter().zip(&keys) {
                let record = proven.get::<PaymentRecord>(key).unwrap().into_parts().0;
                match record.map(|record| record.state) {
                    Some(PaymentState::Captured { .. }) => {
                        any = true;
                        self.waiting.lock().unwrap().remove(payment);
                        self.ended.lock().unwrap().push(since.elapsed());
                    }
                    state => {
                        assert!(matches!(state, Some(PaymentState::Held) | None), "{payment}: {state:?}")
                    }
                }
            }
            if !any {
                break;
            }
        }
    }
}
