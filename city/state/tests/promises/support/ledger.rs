//! The state in memory, and what must hold after every block whatever a test is about.

use citizen_coin::account::running_hash;
use citizen_coin::{AccountRecord, Entry, Lots, Supply};
use citizen_ledger::{Genesis, StateKey, state_key};
use citizen_merkle::{Frontier, leaf_hash};
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{AccountId, Canonical, Hash, Height, Points, TransactionId};
use city_state::{Block, HeaderNews, Leaf, Outcome, ReadError, StateRead, begin};
use std::collections::{BTreeMap, BTreeSet};

/// A ledger's state, with what storage keeps beside the tree.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Ledger {
    pub(crate) records: BTreeMap<StateKey, Vec<u8>>,
    /// Ids by the height that consumed them; forgotten as soon as the state forgets their digest: the least that the
    /// contract of [`StateRead::was_consumed`] asks.
    pub(crate) consumed: BTreeMap<Height, BTreeSet<TransactionId>>,
    pub(crate) waiting: Vec<Hash>,
    pub(crate) histories: BTreeMap<AccountId, Vec<Entry>>,
    pub(crate) logs: BTreeMap<StateKey, Vec<Leaf>>,
}

impl StateRead for Ledger {
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.records.get(key).cloned())
    }

    fn was_consumed(&self, id: &TransactionId) -> Result<bool, ReadError> {
        Ok(self.consumed.values().any(|ids| ids.contains(id)))
    }

    fn find_mark(&self, log: &StateKey, mark: &[u8; 32]) -> Result<Option<u64>, ReadError> {
        let leaves = self.logs.get(log).into_iter().flatten();
        Ok(leaves.rev().find(|leaf| leaf.marks.contains(mark)).map(|leaf| leaf.index))
    }

    fn leaf_content(&self, log: &StateKey, index: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let leaves = self.logs.get(log).into_iter().flatten();
        Ok(leaves.filter(|leaf| leaf.index == index).map(|leaf| leaf.content.clone()).next())
    }

    fn pending_headers(&self) -> Result<Vec<Hash>, ReadError> {
        Ok(self.waiting.clone())
    }
}

impl Ledger {
    pub(crate) fn begin(genesis: &Genesis) -> Self {
        Self {
            records: begin(genesis).unwrap(),
            consumed: BTreeMap::new(),
            waiting: Vec::new(),
            histories: BTreeMap::new(),
            logs: BTreeMap::new(),
        }
    }

    pub(crate) fn record<T: Canonical>(&self, key: &StateKey) -> Option<T> {
        self.records.get(key).map(|bytes| T::from_canonical(bytes).unwrap())
    }

    pub(crate) fn account(&self, id: &AccountId) -> AccountRecord {
        self.record(&state_key::account(id)).unwrap()
    }

    pub(crate) fn supply(&self) -> Supply {
        self.record(&state_key::supply()).unwrap()
    }

    /// Takes a block's outcome in, and checks all that must hold after every block.
    pub(crate) fn take_in(&mut self, block: &Block<'_>, outcome: &Outcome) {
        self.check_form(block, outcome);
        self.remember(block, outcome);
        for (key, value) in &outcome.writes {
            match value {
                Some(bytes) => {
                    self.records.insert(key.clone(), bytes.clone());
                }
                None => assert!(self.records.remove(key).is_some(), "only what is there is deleted"),
            }
        }
        for (account, entry) in &outcome.entries {
            self.histories.entry(*account).or_default().push(entry.clone());
        }
        for leaf in &outcome.leaves {
            self.logs.entry(leaf.log.clone()).or_default().push(leaf.clone());
        }
        self.check_headers(block, outcome);
        self.check_logs();
        self.check_histories();
        self.check_sums();
    }

    fn check_form(&self, block: &Block<'_>, outcome: &Outcome) {
        assert_eq!(outcome.results.len(), block.transactions.len());
        let consumed: BTreeSet<_> = outcome.consumed.iter().copied().collect();
        assert!(outcome.consumed.is_sorted() && consumed.len() == outcome.consumed.len());
        assert_eq!(
            outcome.writes.contains_key(&state_key::consumed(block.height)),
            !consumed.is_empty(),
            "a block commits to the ids it consumed"
        );
    }

    fn remember(&mut self, block: &Block<'_>, outcome: &Outcome) {
        self.consumed.insert(block.height, outcome.consumed.iter().copied().collect());
        self.consumed.retain(|height, _| outcome.writes.get(&state_key::consumed(*height)) != Some(&None));
    }

    /// The history in the state counts every header that does not wait.
    fn check_headers(&mut self, block: &Block<'_>, outcome: &Outcome) {
        match &outcome.headers {
            HeaderNews::Waiting => {
                assert!(outcome.writes.is_empty());
                self.waiting.push(block.hash);
            }
            HeaderNews::Appended(hashes) => {
                self.waiting.push(block.hash);
                assert_eq!(*hashes, std::mem::take(&mut self.waiting));
                let frontier: Frontier = self.record(&state_key::header_history()).unwrap();
                assert_eq!(frontier.count(), block.height.value());
            }
        }
    }

    /// STATE-10: each log's frontier in the state is that of the leaves that storage was given.
    fn check_logs(&self) {
        for (log, leaves) in &self.logs {
            let mut frontier = Frontier::new();
            for leaf in leaves {
                assert_eq!(leaf.index, frontier.count());
                frontier.append(leaf_hash(&leaf.bytes));
            }
            assert_eq!(self.record::<Frontier>(log), Some(frontier));
        }
    }

    /// COIN-6: each account's running hash is that of the lines that storage was given.
    fn check_histories(&self) {
        for (id, entries) in &self.histories {
            let record = self.account(id);
            assert_eq!(record.history, running_hash(entries));
            assert!((0..).zip(entries).all(|(index, entry)| entry.index == index));
            assert_eq!(record.entries, u64::try_from(entries.len()).unwrap());
        }
    }

    /// COIN-3: the supply is the sum of accounts and payments, month by month.
    fn check_sums(&self) {
        let supply = self.supply();
        supply.check().unwrap();
        let mut spendable = Lots::new();
        let mut held_by_accounts = Points::ZERO;
        for record in self.all::<AccountRecord>(b"account/") {
            let mut lots = record.lots;
            lots.split_expired(supply.month.unwrap());
            spendable.add_all(&lots).unwrap();
            held_by_accounts = held_by_accounts.plus(record.held).unwrap();
        }
        assert_eq!(supply.spendable, spendable);
        let mut held = Lots::new();
        for payment in self.all::<PaymentRecord>(b"payment/") {
            if payment.state == PaymentState::Held {
                held.add_all(&payment.lots).unwrap();
            }
        }
        assert_eq!(supply.held, held);
        assert_eq!(held.total().unwrap(), held_by_accounts);
    }

    fn all<T: Canonical>(&self, prefix: &[u8]) -> Vec<T> {
        let records = self.records.iter().filter(|(key, _)| key.as_bytes().starts_with(prefix));
        records.map(|(_, bytes)| T::from_canonical(bytes).unwrap()).collect()
    }
}
