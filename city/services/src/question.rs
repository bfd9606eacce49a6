//! Questions to the ledger that come while others are being answered are asked together next: one header, one call for many callers.
//! Nobody waits for company.

use citizen_client::{LedgerError, Proven};
use citizen_ledger::StateKey;
use citizen_primitives::Place;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, oneshot};

/// The most records in one question to the ledger: it answers no more.
pub(crate) const MOST_KEYS: usize = 32;

/// The most questions on their way: a slow answer does not hold up everybody.
const MOST_AT_ONCE: usize = 4;

/// A question, and who waits for the answer.
struct Waiting {
    place: Place,
    keys: Vec<StateKey>,
    tell: oneshot::Sender<Result<Proven, LedgerError>>,
}

/// Where questions wait for their turn.
pub(crate) struct Questions {
    waiting: Mutex<Vec<Waiting>>,
    turns: Semaphore,
}

impl Default for Questions {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turns: Semaphore::new(MOST_AT_ONCE) }
    }
}

impl Questions {
    /// Has records proved, by a question that is asked after this call, from this place. Whoever stops waiting in the middle of a
    /// question leaves it to the others to ask again.
    pub(crate) async fn ask<F>(
        &self,
        place: Place,
        keys: &[StateKey],
        question: impl Fn(Place, Vec<StateKey>) -> F,
    ) -> Result<Proven, LedgerError>
    where
        F: Future<Output = Result<Proven, LedgerError>>,
    {
        let mut told = self.join(place, keys);
        // Never closed.
        let _turn = self.turns.acquire().await;
        loop {
            match told.try_recv() {
                Ok(answer) => return answer,
                // The one who was asking went away.
                Err(oneshot::error::TryRecvError::Closed) => told = self.join(place, keys),
                Err(oneshot::error::TryRecvError::Empty) => match self.company() {
                    Some((place, company)) => answer(company, |keys| question(place, keys)).await,
                    // Another turn has it under way.
                    None => match (&mut told).await {
                        Ok(answer) => return answer,
                        Err(_) => told = self.join(place, keys),
                    },
                },
            }
        }
    }

    fn join(&self, place: Place, keys: &[StateKey]) -> oneshot::Receiver<Result<Proven, LedgerError>> {
        let (tell, told) = oneshot::channel();
        self.waiting().push(Waiting { place, keys: keys.to_vec(), tell });
        told
    }

    /// Those that have waited longest, as many as fit into one question from the first one's place.
    fn company(&self) -> Option<(Place, Vec<Waiting>)> {
        let mut waiting = self.waiting();
        waiting.retain(|waiting| !waiting.tell.is_closed());
        let place = waiting.first()?.place;
        let mut keys = BTreeSet::new();
        let mut fits = |next: &Waiting| {
            let is_first = keys.is_empty();
            keys.extend(next.keys.iter().cloned());
            next.place == place && (is_first || keys.len() <= MOST_KEYS)
        };
        let fitting = waiting.iter().take_while(|next| fits(next)).count();
        Some((place, waiting.drain(..fitting).collect()))
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for all of them, each record once; everybody gets the proofs that were asked for, and no others.
async fn answer<F>(company: Vec<Waiting>, question: impl Fn(Vec<StateKey>) -> F)
where
    F: Future<Output = Result<Proven, LedgerError>>,
{
    let keys: BTreeSet<&StateKey> = company.iter().flat_map(|waiting| &waiting.keys).collect();
    let answer = question(keys.into_iter().cloned().collect()).await;
    for Waiting { keys, tell, .. } in company {
        // Whoever has gone away asks again.
        let _ = tell.send(answer.as_ref().map(|proven| proven.only(&keys)).map_err(Clone::clone));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_client::CallError;
    use citizen_ledger::state_key;
    use citizen_primitives::AccountId;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    const HERE: Place = Place::new("test/ask");
    const THERE: Place = Place::new("test/ask-elsewhere");

    /// A ledger that is slow, away, and remembers what it was asked from where.
    #[derive(Default)]
    struct Away(Mutex<Vec<(Place, Vec<StateKey>)>>);

    impl Away {
        async fn answer(&self, place: Place, keys: Vec<StateKey>) -> Result<Proven, LedgerError> {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.0.lock().unwrap().push((place, keys));
            Err(LedgerError::Call(CallError::Offline))
        }
    }

    fn account(number: u8) -> StateKey {
        state_key::account(&AccountId::from_bytes([number; 32]))
    }

    async fn ask(questions: &Questions, ledger: &Away, place: Place, number: u8) -> bool {
        let keys = [account(number), state_key::parameters()];
        let answer = questions.ask(place, &keys, |place, keys| ledger.answer(place, keys)).await;
        answer.is_err()
    }

    #[tokio::test]
    async fn questions_at_once_are_asked_together_and_each_has_its_answer() {
        let (questions, ledger) = (Arc::<Questions>::default(), Arc::<Away>::default());
        let asking: Vec<_> = (0..200)
            .map(|number| {
                let (questions, ledger) = (Arc::clone(&questions), Arc::clone(&ledger));
                let place = if number % 50 == 7 { THERE } else { HERE };
                tokio::spawn(async move { ask(&questions, &ledger, place, number).await })
            })
            .collect();
        for asked in asking {
            assert!(asked.await.unwrap());
        }
        let asked = ledger.0.lock().unwrap();
        assert!(asked.len() < 30, "{}", asked.len());
        assert!(asked.iter().all(|(_, keys)| keys.len() <= MOST_KEYS));
        let of = |place: Place| -> BTreeSet<&StateKey> {
            asked.iter().filter(|(at, _)| *at == place).flat_map(|(_, keys)| keys).collect()
        };
        assert_eq!((of(HERE).len(), of(THERE).len()), (196 + 1, 4 + 1), "each record, and the one of all");
    }

    /// A ledger that answers as often as it is told to, and counts the questions that have begun.
    struct Gated {
        begun: AtomicUsize,
        answers: Semaphore,
    }

    impl Gated {
        async fn answer(&self) -> Result<Proven, LedgerError> {
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.answers.acquire().await.unwrap().forget();
            Err(LedgerError::Call(CallError::Malformed))
        }

        async fn begins(&self, count: usize) {
            while self.begun.load(Ordering::SeqCst) < count {
                tokio::task::yield_now().await;
            }
        }
    }

    /// When two turns come free, the first one asks for all thirty, and the second waits for the first one's answer.
    #[tokio::test]
    async fn one_that_goes_away_in_the_middle_leaves_nobody_without_an_answer() {
        let questions = Arc::<Questions>::default();
        let ledger = Arc::new(Gated { begun: AtomicUsize::new(0), answers: Semaphore::new(0) });
        let ask = |number: u8| {
            let (questions, ledger) = (Arc::clone(&questions), Arc::clone(&ledger));
            tokio::spawn(async move {
                let keys = [account(number), state_key::parameters()];
                let answer = questions.ask(HERE, &keys, |_, _| ledger.answer()).await;
                matches!(answer, Err(LedgerError::Call(CallError::Malformed)))
            })
        };
        let turns: Vec<_> = (0..4).map(ask).collect();
        ledger.begins(4).await;
        let mut company: Vec<_> = (10..40).map(ask).collect();
        while questions.waiting().len() < company.len() {
            tokio::task::yield_now().await;
        }
        ledger.answers.add_permits(2);
        ledger.begins(5).await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            ledger.begun.load(Ordering::SeqCst),
            5,
            "the second turn waits for the first one's answer"
        );
        let first = company.remove(0);
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled(), "it was in the middle");
        ledger.answers.add_permits(Semaphore::MAX_PERMITS / 2);
        for asking in turns.into_iter().chain(company) {
            assert!(tokio::time::timeout(Duration::from_secs(120), asking).await.unwrap().unwrap());
        }
        assert!(ledger.begun.load(Ordering::SeqCst) > 5, "what it had asked for is asked again");
    }
}
