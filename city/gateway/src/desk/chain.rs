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

    /// Reads where reading holds up nobody: a block that is being sealed has the node to itself until it is on the disk.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Chain) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let chain = Arc::clone(&self.chain);
        let read = tokio::task::spawn_blocking(move || read(&*chain)).await;
        read.map_err(|_| Refusal::Unavailable)?.map_err(refuse)
    }
}

#[async_trait]
impl LedgerDesk for ChainDesk {
    async fn status(&self) -> Result<LedgerStatus, Refusal> {
        let status = self.read(|chain| Ok(chain.status())).await?;
        Ok(LedgerStatus {
            chain_id: status.chain_id.as_str().to_owned(),
            height: status.latest.value(),
            time: status.latest_time.seconds(),
            earliest: status.earliest.value(),
        })
    }

    async fn light_block(&self, height: Option<Height>) -> Result<LightBlockAnswer, Refusal> {
        let block = self.read(move |chain| chain.light_block(height)).await?.ok_or(Refusal::NotFound)?;
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
        let found = self.read(move |chain| chain.transaction(&id)).await?;
        let (height, index, code) = found.ok_or(Refusal::NotFound)?;
        Ok(TransactionAnswer { height: height.value(), index, code })
    }

    async fn state(&self, keys: Vec<StateKey>) -> Result<StateAnswer, Refusal> {
        let proven = self.read(move |chain| chain.prove(&keys)).await?.ok_or(Refusal::NotFound)?;
        Ok(StateAnswer { light_block: Bytes::new(&proven.light_block), state: Bytes::of(&proven.state) })
    }

    async fn entries(&self, account: AccountId, from: u64) -> Result<EntriesAnswer, Refusal> {
        let entries = self.read(move |chain| chain.entries(&account, from, MOST_ENTRIES)).await?;
        Ok(EntriesAnswer { entries: entries.iter().map(Bytes::of).collect() })
    }

    async fn accounts_of(&self, recovery: KeyId) -> Result<ListedAccountsAnswer, Refusal> {
        let accounts = self.read(move |chain| chain.accounts_of(&recovery, MOST_ACCOUNTS)).await?;
        Ok(ListedAccountsAnswer { accounts: accounts.iter().map(AccountId::to_hex).collect() })
    }

    async fn header_proof(&self, height: Height) -> Result<HeaderProofAnswer, Refusal> {
        let proven = self.read(move |chain| chain.prove_header(height)).await?.ok_or(Refusal::NotFound)?;
        Ok(HeaderProofAnswer {
            old: Bytes::new(&proven.old),
            light_block: Bytes::new(&proven.light_block),
            proof: Bytes::of(&proven.proof),
        })
    }

    async fn leaves(&self, log: StateKey, from: u64) -> Result<LogLeavesAnswer, Refusal> {
        let leaves = self.read(move |chain| chain.leaves(&log, from, MOST_LEAVES, MOST_LEAF_BYTES)).await?;
        Ok(LogLeavesAnswer { leaves: leaves.iter().map(message).collect() })
    }

    async fn leaf_proof(&self, log: StateKey, index: u64) -> Result<LogProofAnswer, Refusal> {
        let proven = self.read(move |chain| chain.prove_leaf(&log, index)).await?.ok_or(Refusal::NotFound)?;
        Ok(LogProofAnswer {
            light_block: Bytes::new(&proven.light_block),
            leaf: message(&proven.leaf),
            proof: Bytes::of(&proven.proof),
        })
    }

    async fn growth(&self, log: StateKey, from: u64) -> Result<LogGrowthAnswer, Refusal> {
        let proven =
            self.read(move |chain| chain.prove_growth(&log, from)).await?.ok_or(Refusal::NotFound)?;
        Ok(LogGrowthAnswer {
            light_block: Bytes::new(&proven.light_block),
            growth: Bytes::of(&proven.growth),
        })
    }

    async fn mark(&self, log: StateKey, mark: Hash) -> Result<LogMarkAnswer, Refusal> {
        let index =
            self.read(move |chain| chain.find_mark(&log, mark.as_bytes())).await?.ok_or(Refusal::NotFound)?;
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
