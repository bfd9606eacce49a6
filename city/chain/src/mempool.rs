//! Transactions that wait for a block: bounded, each once, in the order they came.

use crate::chain::SubmitError;
use citizen_ledger::Signer;
use citizen_ledger::transaction::CheckedTransaction;
use citizen_primitives::{AccountId, Height, TransactionId, UnixTime};
use city_state::Admitted;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// The most bytes that wait.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// The most takeovers by one account's recovery key in a minute.
const RECOVERIES: u32 = 6;

/// The queue.
#[derive(Debug)]
pub(crate) struct Mempool {
    /// The most transactions that wait.
    most: usize,
    queue: VecDeque<Arc<Admitted>>,
    ids: BTreeSet<TransactionId>,
    bytes: usize,
    rates: Rates,
}

/// How much is admitted in a minute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MostAMinute {
    /// Transactions of one account.
    pub(crate) by_account: u32,
    /// Accounts opened, by all together.
    pub(crate) openings: u32,
}

/// What was admitted in the current minute.
#[derive(Debug, Default)]
struct Rates {
    minute: u64,
    by_account: BTreeMap<AccountId, u32>,
    recoveries: BTreeMap<AccountId, u32>,
    openings: u32,
}

impl Mempool {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, queue: VecDeque::new(), ids: BTreeSet::new(), bytes: 0, rates: Rates::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn holds(&self, id: &TransactionId) -> bool {
        self.ids.contains(id)
    }

    /// Appends an admitted transaction; one that waits already is not taken twice.
    pub(crate) fn push(
        &mut self,
        admitted: Admitted,
        now: UnixTime,
        most: MostAMinute,
    ) -> Result<(), SubmitError> {
        let (transaction, length) = (admitted.transaction(), admitted.bytes().len());
        let id = transaction.id();
        if self.holds(&id) {
            return Ok(());
        }
        if self.queue.len() >= self.most || self.bytes.saturating_add(length) > MOST_BYTES {
            return Err(SubmitError::Full);
        }
        self.rates.count(&transaction.body().signer, now, most)?;
        self.bytes = self.bytes.saturating_add(length);
        self.ids.insert(id);
        self.queue.push_back(Arc::new(admitted));
        Ok(())
    }

    /// The next block's transactions; they stay until [`Self::remove`]. Those whose time has passed are dropped.
    pub(crate) fn next(&mut self, height: Height, most: usize, most_bytes: usize) -> Vec<Arc<Admitted>> {
        let late: BTreeSet<TransactionId> = self
            .queue
            .iter()
            .map(|waiting| waiting.transaction())
            .filter(|waiting| waiting.body().valid_until < height)
            .map(CheckedTransaction::id)
            .collect();
        self.remove(&late);
        let mut room = most_bytes;
        let fits = self.queue.iter().take(most).take_while(|waiting| {
            let rest = room.checked_sub(waiting.bytes().len());
            room = rest.unwrap_or(0);
            rest.is_some()
        });
        fits.cloned().collect()
    }

    /// Takes out what is in a block now.
    pub(crate) fn remove(&mut self, ids: &BTreeSet<TransactionId>) {
        if ids.is_empty() {
            return;
        }
        self.queue.retain(|waiting| !ids.contains(&waiting.transaction().id()));
        self.ids.retain(|id| !ids.contains(id));
        self.bytes = self.queue.iter().map(|waiting| waiting.bytes().len()).sum();
    }
}

impl Rates {
    /// Counts what anybody can make without end. Parties and governors sign by roles that they can lose.
    fn count(&mut self, signer: &Signer, now: UnixTime, most: MostAMinute) -> Result<(), SubmitError> {
        let minute = now.seconds() / 60;
        if minute != self.minute {
            *self = Self { minute, ..Self::default() };
        }
        let (count, most) = match signer {
            Signer::Device { account, .. } => (self.by_account.entry(*account).or_default(), most.by_account),
            Signer::Opening => (&mut self.openings, most.openings),
            // For itself: a thief's phone must not use up what its owner needs to take the account back.
            Signer::Recovery { account, .. } => (self.recoveries.entry(*account).or_default(), RECOVERIES),
            Signer::Party { .. } | Signer::Governors { .. } | Signer::Several { .. } => return Ok(()),
        };
        if *count >= most {
            return Err(SubmitError::TooMany);
        }
        *count = count.saturating_add(1);
        Ok(())
    }
}
