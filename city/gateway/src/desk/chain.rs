//! A ledger's node behind the routes.

use super::LedgerDesk;
use super::intake::Intake;
use crate::refusal::Refusal;
use async_trait::async_trait;
use citizen_client::api::{
    Bytes, EntriesAnswer, HeaderProofAnswer, LedgerStatus, LightBlockAnswer, ListedAccountsAnswer,
    LogGrowthAnswer, LogLeafMessage, LogLeavesAnswer, LogMarkAnswer, LogProofAnswer, StateAnswer,
    SubmitAnswer, TransactionAnswer,
};
use citizen_ledger::StateKey;
use citizen_primitives::{AccountId, Hash, Height, KeyId, TransactionId};
use city_chain::{Chain, SubmitError};
use city_storage::{LogLeaf, StorageError};
use std::fmt;
use std::sync::Arc;

/// The most entries of one answer.
const MOST_ENTRIES: usize = 200;

/// The most accounts of one recovery key: a wallet makes a code for one.
const MOST_ACCOUNTS: usize = 8;

/// The most leaves of one answer, and the most bytes of them: 4/3 of it in JSON, well below what a client takes in.
const MOST_LEAVES: usize = 4_096;
const MOST_LEAF_BYTES: usize = 1024 * 1024;

/// Any [`Chain`], whoever orders its blocks.
#[derive(Clone)]
pub struct ChainDesk {
    chain: Arc<dyn Chain>,
    intake: Intake,
}

impl ChainDesk {
    /// Of this node.
    #[must_use]
    pub fn of(chain: Arc<dyn Chain>) -> Self {
        Self { chain, intake: Intake::default() }
    }
}

#[async_trait]
impl LedgerDesk for ChainDesk {
    async fn status(&self) -> Result<LedgerStatus, Refusal> {
        let status = self.chain.status();
        Ok(LedgerStatus {
            chain_id: status.chain_id.as_str().to_owned(),
            height: status.latest.value(),
            time: status.latest_time.seconds(),
            earliest: status.earliest.value(),
        })
    }

    async fn light_block(&self, height: Option<Height>) -> Result<LightBlockAnswer, Refusal> {
        let block = self.chain.light_block(height).map_err(refuse)?.ok_or(Refusal::NotFound)?;
        Ok(LightBlockAnswer { light_block: Bytes::new(&block) })
    }

    async fn submit(&self, transaction: Vec<u8>) -> Result<SubmitAnswer, Refusal> {
        let chain = Arc::clone(&self.chain);
        match self.intake.submit(transaction, move |company| chain.submit_all(company)).await {
            Ok(id) => Ok(SubmitAnswer { id: id.to_hex() }),
            Err(SubmitError::Rejected(rejection)) => Err(Refusal::Rejected(rejection)),
            Err(SubmitError::TooMany) => Err(Refusal::TooMany),
            Err(SubmitError::Full) => Err(Refusal::Busy),
            Err(SubmitError::Broken) => Err(Refusal::Unavailable),
        }
    }

    async fn transaction(&self, id: TransactionId) -> Result<TransactionAnswer, Refusal> {
        let found = self.chain.transaction(&id).map_err(refuse)?;
        let (height, index, code) = found.ok_or(Refusal::NotFound)?;
        Ok(TransactionAnswer { height: height.value(), index, code })
    }

    async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Refusal> {
        let proven = self.chain.prove(&keys).map_err(refuse)?.ok_or(Refusal::NotFound)?;
        Ok(StateAnswer { light_block: Bytes::new(&proven.light_block), state: Bytes::of(&proven.state) })
    }

    async fn entries(&self, account: AccountId, from: u64) -> Result<EntriesAnswer, Refusal> {
        let entries = self.chain.entries(&account, from, MOST_ENTRIES).map_err(refuse)?;
        Ok(EntriesAnswer { entries: entries.iter().map(Bytes::of).collect() })
    }

    async fn accounts_of(&self, recovery: KeyId) -> Result<ListedAccountsAnswer, Refusal> {
        let accounts = self.chain.accounts_of(&recovery, MOST_ACCOUNTS).map_err(refuse)?;
        Ok(ListedAccountsAnswer { accounts: accounts.iter().map(AccountId::to_hex).collect() })
    }

    async fn header_proof(&self, height: Height) -> Result<HeaderProofAnswer, Refusal> {
        let proven = self.chain.prove_header(height).map_err(refuse)?.ok_or(Refusal::NotFound)?;
        Ok(HeaderProofAnswer {
            old: Bytes::new(&proven.old),
            light_block: Bytes::new(&proven.light_block),
            proof: Bytes::of(&proven.proof),
        })
    }

    async fn leaves(&self, log: StateKey, from: u64) -> Result<LogLeavesAnswer, Refusal> {
        let leaves = self.chain.leaves(&log, from, MOST_LEAVES, MOST_LEAF_BYTES).map_err(refuse)?;
        Ok(LogLeavesAnswer { leaves: leaves.iter().map(message).collect() })
    }

    async fn leaf_proof(&self, log: StateKey, index: u64) -> Result<LogProofAnswer, Refusal> {
        let proven = self.chain.prove_leaf(&log, index).map_err(refuse)?.ok_or(Refusal::NotFound)?;
        Ok(LogProofAnswer {
            light_block: Bytes::new(&proven.light_block),
            leaf: message(&proven.leaf),
            proof: Bytes::of(&proven.proof),
        })
    }

    async fn growth(&self, log: StateKey, from: u64) -> Result<LogGrowthAnswer, Refusal> {
        let proven = self.chain.prove_growth(&log, from).map_err(refuse)?.ok_or(Refusal::NotFound)?;
        Ok(LogGrowthAnswer {
            light_block: Bytes::new(&proven.light_block),
            growth: Bytes::of(&proven.growth),
        })
    }

    async fn mark(&self, log: StateKey, mark: Hash) -> Result<LogMarkAnswer, Refusal> {
        let index = self.chain.find_mark(&log, mark.as_bytes()).map_err(refuse)?.ok_or(Refusal::NotFound)?;
        Ok(LogMarkAnswer { index })
    }

    fn waiting(&self) -> u64 {
        u64::try_from(self.chain.status().queued).unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for ChainDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainDesk")
    }
}

fn message(leaf: &LogLeaf) -> LogLeafMessage {
    LogLeafMessage { leaf: Bytes::new(&leaf.bytes), content: Bytes::new(&leaf.content) }
}

fn refuse(error: StorageError) -> Refusal {
    match error {
        StorageError::NotKept(_) => Refusal::NotFound,
        error => {
            tracing::error!(%error, "the ledger cannot be read");
            Refusal::Unavailable
        }
    }
}
