//! Transactions that come while others are being admitted are admitted together next: the signatures of many are checked in one
//! batch, for about half the work. Nobody waits for company.

use citizen_primitives::TransactionId;
use city_chain::SubmitError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as Turn, oneshot};

/// The most transactions that are admitted together: a batch of more is hardly quicker, and its last one waits longer.
const MOST: usize = 256;

/// What is told of a transaction.
pub(super) type Verdict = Result<TransactionId, SubmitError>;

/// A transaction, and who waits for the verdict.
type Waiting = (Vec<u8>, oneshot::Sender<Verdict>);

/// Where transactions wait for their turn.
#[derive(Clone, Default)]
pub(super) struct Intake {
    waiting: Arc<Mutex<Vec<Waiting>>>,
    turn: Arc<Turn<()>>,
}

impl Intake {
    /// Has a transaction admitted, with those that came meanwhile. `admit` gives a verdict on each, in their order. Whoever stops
    /// waiting leaves the transaction to the next one's turn.
    pub(super) async fn submit(
        &self,
        transaction: Vec<u8>,
        admit: impl Fn(Vec<Vec<u8>>) -> Vec<Verdict> + Clone + Send + 'static,
    ) -> Verdict {
        let (tell, mut told) = oneshot::channel();
        self.queue().push((transaction, tell));
        let _turn = self.turn.lock().await;
        loop {
            match told.try_recv() {
                Ok(verdict) => return verdict,
                Err(oneshot::error::TryRecvError::Empty) => self.serve(admit.clone()).await,
                // The thread that had it died.
                Err(oneshot::error::TryRecvError::Closed) => return Err(SubmitError::Broken),
            }
        }
    }

    /// Admits those that have waited longest.
    async fn serve(&self, admit: impl FnOnce(Vec<Vec<u8>>) -> Vec<Verdict> + Send + 'static) {
        let company: Vec<Waiting> = {
            let mut queue = self.queue();
            let most = queue.len().min(MOST);
            queue.drain(..most).collect()
        };
        let answer = move || {
            let (transactions, waiting): (Vec<_>, Vec<_>) = company.into_iter().unzip();
            for (tell, verdict) in waiting.into_iter().zip(admit(transactions)) {
                // Whoever has gone away asks again.
                let _ = tell.send(verdict);
            }
        };
        // A thread of its own, which goes on if the one who has the turn goes away. If it dies, those who wait are told so.
        let _ = tokio::task::spawn_blocking(answer).await;
    }

    fn queue(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_ledger::Rejection;
    use citizen_primitives::{Hash, Label};
    use std::time::Duration;

    fn id(transaction: &[u8]) -> TransactionId {
        TransactionId::from_hash(Hash::labelled(Label::Transaction, transaction))
    }

    /// Judges by the first byte, slowly, and writes down how many came together.
    fn judge(
        seen: &Arc<Mutex<Vec<usize>>>,
    ) -> impl Fn(Vec<Vec<u8>>) -> Vec<Verdict> + Clone + Send + 'static {
        let seen = Arc::clone(seen);
        move |company| {
            seen.lock().unwrap().push(company.len());
            std::thread::sleep(Duration::from_millis(100));
            let verdict = |transaction: Vec<u8>| match transaction.first() {
                Some(0) => Err(SubmitError::Rejected(Rejection::Signature)),
                _ => Ok(id(&transaction)),
            };
            company.into_iter().map(verdict).collect()
        }
    }

    #[tokio::test]
    async fn each_hears_its_own_verdict_and_those_that_wait_go_together() {
        let (intake, seen) = (Intake::default(), Arc::default());
        let tasks: Vec<_> = (0..700_u32)
            .map(|number| {
                let (intake, judge) = (intake.clone(), judge(&seen));
                let transaction = [vec![u8::from(number % 7 != 0)], number.to_le_bytes().to_vec()].concat();
                (transaction.clone(), tokio::spawn(async move { intake.submit(transaction, judge).await }))
            })
            .collect();
        for (transaction, task) in tasks {
            match task.await.unwrap() {
                Ok(told) => assert_eq!((told, transaction[0]), (id(&transaction), 1)),
                Err(error) => {
                    assert!(
                        matches!(error, SubmitError::Rejected(Rejection::Signature)) && transaction[0] == 0
                    );
                }
            }
        }
        let seen = seen.lock().unwrap();
        assert_eq!(seen.iter().sum::<usize>(), 700);
        assert!(seen.len() < 10 && seen.iter().all(|company| *company <= MOST), "{seen:?}");
    }

    #[tokio::test]
    async fn one_that_goes_away_in_its_turn_leaves_nobody_waiting() {
        let (intake, seen) = (Intake::default(), Arc::default());
        let gone = intake.submit(vec![1, 1], judge(&seen));
        // It is asked once, which begins its turn, and goes away.
        assert!(tokio::time::timeout(Duration::ZERO, gone).await.is_err());
        assert_eq!(intake.submit(vec![1, 2], judge(&seen)).await.unwrap(), id(&[1, 2]));
    }

    #[tokio::test]
    async fn a_thread_that_dies_is_told_of_and_the_next_transaction_is_taken() {
        let intake = Intake::default();
        let dies = |_: Vec<Vec<u8>>| -> Vec<Verdict> { panic!("a judge that dies") };
        assert!(matches!(intake.submit(vec![1], dies).await, Err(SubmitError::Broken)));
        assert_eq!(intake.submit(vec![1, 3], judge(&Arc::default())).await.unwrap(), id(&[1, 3]));
    }
}
