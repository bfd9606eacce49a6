//! The audit: every block from genesis on, signatures, hashes, results and roots, executed again on an empty disk.

use crate::seal::genesis_validators;
use citizen_coin::Supply;
use citizen_ledger::inclusion::{data_hash, results_hash};
use citizen_ledger::{LightBlock, LightClient, Outcome, Trust, TrustAnchor, state_key};
use citizen_primitives::{Canonical as _, Hash, Height, Seconds};
use city_state::Block;
use city_storage::faults::Disk;
use city_storage::{Options, Storage, StorageError, StoredBlock};

/// What an audit has gone through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Blocks.
    pub blocks: u64,
    /// Transactions.
    pub transactions: u64,
    /// Those that failed.
    pub failed: u64,
    /// Signatures of validators.
    pub signatures: u64,
    /// The root of the state after the last block.
    pub root: Hash,
    /// All points ever issued, by what has become of them.
    pub supply: Supply,
}

/// The first thing that is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A block is missing.
    #[error("block {0} is missing")]
    Missing(Height),
    /// Something in a block is not what its header or its execution says.
    #[error("block {height}: {what} differs")]
    Differs {
        /// The block.
        height: Height,
        /// What.
        what: &'static str,
    },
    /// A header's signatures do not hold.
    #[error("block {height}: {source}")]
    Header {
        /// The block.
        height: Height,
        /// Why.
        #[source]
        source: citizen_ledger::HeaderError,
    },
    /// A block cannot be executed.
    #[error("block {height} cannot be executed")]
    Execute {
        /// The block.
        height: Height,
        /// Why.
        #[source]
        source: city_state::ExecuteError,
    },
    /// The ledger cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Audits a ledger from its genesis to its last block (CHAIN-4). `progress` hears of every height.
pub fn audit(storage: &Storage, mut progress: impl FnMut(Height)) -> Result<AuditReport, AuditError> {
    // Blocks may come meanwhile: what is held against the replica is what stood at the beginning.
    let snapshot = storage.snapshot()?;
    let mut auditor = Auditor::begin(storage)?;
    for height in 1..=snapshot.height().value() {
        let height = Height::new(height);
        auditor.check(&storage.block(height)?.ok_or(AuditError::Missing(height))?)?;
        progress(height);
    }
    auditor.finish(&snapshot.root()?, &snapshot.marks_digest()?)
}

struct Auditor {
    client: LightClient,
    /// The same ledger, executed again.
    replica: Storage,
    last_block: Option<Hash>,
    last_codes: Vec<u32>,
    report: AuditReport,
}

impl Auditor {
    fn begin(storage: &Storage) -> Result<Self, AuditError> {
        let genesis = storage.genesis();
        let zero = Height::new(0);
        let validators_hash = genesis_validators(genesis)
            .map_err(|_| AuditError::Differs { height: zero, what: "the validators" })?;
        let anchor = TrustAnchor {
            chain_id: genesis.chain_id.clone(),
            height: zero,
            header_hash: Hash::ZERO,
            time: genesis.time,
            validators_hash,
            trust: Trust::File,
            trusting_period: Seconds::new(u64::from(u32::MAX)),
        };
        let replica = Storage::open_with_backend(Disk::default().backend(), genesis, Options::default())?;
        let report = AuditReport {
            blocks: 0,
            transactions: 0,
            failed: 0,
            signatures: 0,
            root: replica.latest().root,
            supply: Supply::default(),
        };
        Ok(Self {
            client: LightClient::new(anchor),
            replica,
            last_block: None,
            last_codes: Vec::new(),
            report,
        })
    }

    fn check(&mut self, block: &StoredBlock) -> Result<(), AuditError> {
        let height = block.height;
        let light_block = LightBlock::decode(&block.light_block)
            .map_err(|_| AuditError::Differs { height, what: "the header's form" })?;
        self.check_header(block, &light_block)?;
        self.execute(block)?;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        self.report.blocks = self.report.blocks.saturating_add(1);
        self.report.transactions = self.report.transactions.saturating_add(count(block.transactions.len()));
        let failed = block.codes.iter().filter(|code| **code != 0).count();
        self.report.failed = self.report.failed.saturating_add(count(failed));
        self.last_block = Some(block.hash);
        self.last_codes.clone_from(&block.codes);
        Ok(())
    }

    fn check_header(&mut self, block: &StoredBlock, light_block: &LightBlock) -> Result<(), AuditError> {
        let height = block.height;
        let header = light_block.signed_header().header();
        let results: Vec<Outcome> = self.last_codes.iter().map(|code| Outcome::of_code(*code)).collect();
        let last_block = header.last_block_id.map(|id| id.hash);
        let data = data_hash(block.transactions.iter().map(Vec::as_slice));
        let checks = [
            ("the height", light_block.height() == height),
            ("the time", light_block.time() == block.time),
            ("the header's hash", light_block.header_hash() == block.hash),
            ("the block before", is_hash(last_block, self.last_block)),
            ("the state's root", light_block.app_hash() == self.report.root),
            ("the transactions' root", is_hash(header.data_hash, Some(data))),
            ("the results' root", is_hash(header.last_results_hash, Some(results_hash(&results)))),
        ];
        if let Some((what, _)) = checks.iter().find(|(_, holds)| !holds) {
            return Err(AuditError::Differs { height, what });
        }
        let verified = self.client.verify(light_block, light_block.time());
        let verified = verified.map_err(|source| AuditError::Header { height, source })?;
        let signers = u64::from(verified.provenance().signers);
        self.report.signatures = self.report.signatures.saturating_add(signers);
        self.client.advance(&verified);
        Ok(())
    }

    fn execute(&mut self, block: &StoredBlock) -> Result<(), AuditError> {
        let height = block.height;
        let chain_id = self.replica.genesis().chain_id.clone();
        let again = Block {
            chain_id: &chain_id,
            height,
            time: block.time,
            hash: block.hash,
            transactions: &block.transactions,
        };
        let threads = std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN);
        let outcome = city_state::execute_with(&self.replica.snapshot()?, &again, threads)
            .map_err(|source| AuditError::Execute { height, source })?;
        if !outcome.results.iter().map(|result| result.code).eq(block.codes.iter().copied()) {
            return Err(AuditError::Differs { height, what: "a result" });
        }
        self.report.root = self.replica.commit(block, &outcome)?;
        Ok(())
    }

    /// The last block's state has no header yet: it is compared with what the storage says.
    fn finish(mut self, root: &Hash, marks: &Hash) -> Result<AuditReport, AuditError> {
        let height = self.replica.latest().height;
        if self.report.root != *root {
            return Err(AuditError::Differs { height, what: "the last root" });
        }
        // No root covers the marks, and yet they decide what may stand on a log.
        if self.replica.snapshot()?.marks_digest()? != *marks {
            return Err(AuditError::Differs { height, what: "the marks of the logs" });
        }
        let bytes = self.replica.snapshot()?.value(&state_key::supply())?.unwrap_or_default();
        self.report.supply = Supply::from_canonical(&bytes).map_err(StorageError::from)?;
        let adds_up = self.report.supply.check().is_ok();
        if adds_up { Ok(self.report) } else { Err(AuditError::Differs { height, what: "the supply" }) }
    }
}

fn is_hash(found: Option<tendermint::Hash>, wanted: Option<Hash>) -> bool {
    found.as_ref().map(tendermint::Hash::as_bytes) == wanted.as_ref().map(|hash| hash.as_bytes().as_slice())
}
