//! The embedded chain: one process orders, executes, seals.

use crate::chain::{
    Chain, ChainError, ChainStatus, Proven, ProvenGrowth, ProvenHeader, ProvenLeaf, SubmitError,
};
use crate::mempool::{Mempool, MostAMinute};
use crate::seal::{BLOCK_BYTES, Draft, Sealed, Sealer, ValidatorKey};
use citizen_coin::Entry;
use citizen_ledger::{ProvenState, StateKey};
use citizen_primitives::{AccountId, ChainId, Clock, Height, KeyId, Seconds, TransactionId, UnixTime};
use city_state::{AdmitError, Admitted, Desk, execute_admitted};
use city_storage::{LogLeaf, Snapshot, Storage, StorageError, StoredBlock};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tendermint::Time;
use tokio::sync::{Notify, watch};

/// How fast the chain goes.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// An idle chain seals so often: the freshness of every view rests on it.
    pub heartbeat: Seconds,
    /// Under load the next block waits at least so long, to gather transactions.
    pub gather: Duration,
    /// The most transactions of a block.
    pub most: usize,
    /// The most transactions that wait for a block.
    pub queue: usize,
    /// The most accounts that are opened in a minute: an account is for good and costs whoever opens it nothing.
    pub openings: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            heartbeat: Seconds::new(10),
            gather: Duration::from_millis(20),
            most: 5_000,
            queue: 50_000,
            openings: 600,
        }
    }
}

/// A ledger kept by one process.
pub struct EmbeddedChain {
    storage: Arc<Storage>,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    pace: Pace,
    head: Mutex<Head>,
    mempool: Mutex<Mempool>,
    desk: Mutex<Option<Arc<Desk<Snapshot>>>>,
    proved: Mutex<Option<Arc<Proved>>>,
    wake: Notify,
    heights: watch::Sender<Height>,
}

/// The newest header, and the state that it commits to: read once for a block, whoever asks.
struct Proved {
    height: Height,
    light_block: Vec<u8>,
    snapshot: Snapshot,
}

/// The newest header, and how its block ended.
#[derive(Debug, Default)]
struct Head {
    sealed: Option<Sealed>,
    codes: Vec<u32>,
}

impl EmbeddedChain {
    /// Goes on where the storage stands.
    pub fn open(
        storage: Arc<Storage>,
        keys: Vec<ValidatorKey>,
        clock: Arc<dyn Clock>,
        pace: Pace,
    ) -> Result<Self, ChainError> {
        let sealer = Sealer::new(storage.genesis(), keys)?;
        let latest = storage.latest().height;
        let head = match storage.block(latest)? {
            Some(block) => {
                Head { sealed: Some(Sealed::restore(&block.light_block, block.parts)?), codes: block.codes }
            }
            None => Head::default(),
        };
        let (heights, _) = watch::channel(latest);
        let (head, mempool, wake) = (Mutex::new(head), Mutex::new(Mempool::new(pace.queue)), Notify::new());
        let (desk, proved) = (Mutex::default(), Mutex::default());
        Ok(Self { storage, sealer, clock, pace, head, mempool, desk, proved, wake, heights })
    }

    /// What is gone once the ledger's file is closed.
    #[must_use]
    pub fn lease(&self) -> Weak<()> {
        self.storage.lease()
    }

    /// Seals a block if one is due: transactions wait, the last block changed the state (so that its changes are
    /// provable under the next header), or the heartbeat is due. Returns its height.
    pub fn step(&self) -> Result<Option<Height>, ChainError> {
        let mut head = lock(&self.head);
        let latest = self.storage.latest();
        let height = latest.height.next();
        let admitted = lock(&self.mempool).next(height, self.pace.most, BLOCK_BYTES / 2);
        let transactions: Vec<Vec<u8>> = admitted.iter().map(|waiting| waiting.bytes().to_vec()).collect();
        if transactions.is_empty() && !self.is_due(&head, &latest.root) {
            return Ok(None);
        }
        let draft = Draft {
            height,
            time: self.next_time(&head)?,
            app_hash: latest.root,
            transactions: &transactions,
            last_codes: &head.codes,
            last: head.sealed.as_ref(),
        };
        let sealed = self.sealer.seal(&draft)?;
        let block = self.commit(&sealed, &admitted, transactions)?;
        *head = Head { sealed: Some(sealed), codes: block.codes };
        // Whatever became of it, it was in a block.
        lock(&self.mempool).remove(&admitted.iter().map(|waiting| waiting.transaction().id()).collect());
        self.heights.send_replace(height);
        Ok(Some(height))
    }

    /// Seals blocks until told to stop.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) -> Result<(), ChainError> {
        loop {
            let chain = Arc::clone(&self);
            let stepped = tokio::task::spawn_blocking(move || chain.step()).await;
            let sealed = stepped.map_err(|_| ChainError::Seal("the sealing thread died".to_owned()))??;
            let pause = if sealed.is_some() { self.pace.gather } else { Duration::from_millis(250) };
            tokio::select! {
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return Ok(()) },
                () = self.pause(pause, sealed.is_some()) => {}
            }
        }
    }

    /// Waits; an idle chain wakes as soon as a transaction comes.
    async fn pause(&self, pause: Duration, is_busy: bool) {
        if is_busy {
            tokio::time::sleep(pause).await;
        } else {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.wake.notified() => {}
            }
        }
    }

    /// Executes and writes a block; only then is its header visible (CHAIN-2).
    fn commit(
        &self,
        sealed: &Sealed,
        admitted: &[Arc<Admitted>],
        transactions: Vec<Vec<u8>>,
    ) -> Result<StoredBlock, ChainError> {
        let header = sealed.signed_header.header();
        let (height, time) = (Height::new(header.height.value()), seconds(header.time)?);
        let at = city_state::Head { height, time, hash: sealed.hash };
        // What admission has read, the execution need not read again.
        let desk = self.desk(time)?;
        let outcome = execute_admitted(desk.state(), at, admitted)?;
        let block = StoredBlock {
            height,
            time,
            hash: sealed.hash,
            light_block: self.sealer.light_block(sealed)?,
            codes: outcome.results.iter().map(|result| result.code).collect(),
            parts: sealed.parts,
            transactions,
        };
        self.storage.commit_on(desk.state(), &block, &outcome)?;
        Ok(block)
    }

    fn is_due(&self, head: &Head, root: &citizen_primitives::Hash) -> bool {
        let Some(sealed) = &head.sealed else { return true };
        let header = sealed.signed_header.header();
        let is_unproved = header.app_hash.as_bytes() != root.as_bytes();
        let age = seconds(header.time).map(|time| self.clock.now().since(time)).unwrap_or_default();
        is_unproved || age >= self.pace.heartbeat
    }

    /// The clock's time; later than the last header's in any case, as Tendermint demands.
    fn next_time(&self, head: &Head) -> Result<Time, ChainError> {
        let now = i64::try_from(self.clock.now().seconds()).map_err(range)?;
        let now = Time::from_unix_timestamp(now, 0).map_err(range)?;
        let genesis = i64::try_from(self.storage.genesis().time.seconds()).map_err(range)?;
        let last = match &head.sealed {
            Some(sealed) => sealed.signed_header.header().time,
            None => Time::from_unix_timestamp(genesis, 0).map_err(range)?,
        };
        let after_last = (last + Duration::from_millis(1)).map_err(range)?;
        Ok(now.max(after_last))
    }

    /// The state that the newest header commits to.
    fn proved_state(&self) -> Result<Option<Arc<Proved>>, StorageError> {
        let latest = self.storage.latest().height;
        let mut kept = lock(&self.proved);
        if let Some(proved) = kept.as_ref().filter(|proved| proved.height == latest) {
            return Ok(Some(Arc::clone(proved)));
        }
        let (Some(block), Some(before)) = (self.storage.block(latest)?, latest.value().checked_sub(1)) else {
            return Ok(None);
        };
        let snapshot = self.storage.snapshot_after(Height::new(before))?;
        let proved = Arc::new(Proved { height: latest, light_block: block.light_block, snapshot });
        *kept = Some(Arc::clone(&proved));
        Ok(Some(proved))
    }

    /// Admits over the state after the last block, then queues, each under its own verdict.
    fn admit(
        &self,
        judge: impl FnOnce(&Desk<Snapshot>, &ChainId, UnixTime) -> Vec<Result<Admitted, AdmitError>>,
    ) -> Result<Vec<Result<TransactionId, SubmitError>>, ChainError> {
        let now = self.clock.now();
        let desk = self.desk(now)?;
        let judged = judge(&desk, &self.storage.genesis().chain_id, now);
        let most = MostAMinute { by_account: desk.parameters().account_rate, openings: self.pace.openings };
        let mut mempool = lock(&self.mempool);
        let queued = judged.into_iter().map(|admitted| {
            let admitted = admitted.map_err(refusal)?;
            let id = admitted.transaction().id();
            mempool.push(admitted, now, most).map(|()| id)
        });
        let queued = queued.collect();
        drop(mempool);
        self.wake.notify_one();
        Ok(queued)
    }

    /// Where transactions are admitted now: over the state after the last block.
    fn desk(&self, now: UnixTime) -> Result<Arc<Desk<Snapshot>>, ChainError> {
        let next = self.storage.latest().height.next();
        let mut kept = lock(&self.desk);
        if let Some(desk) = kept.as_ref().filter(|desk| desk.height() == next) {
            return Ok(Arc::clone(desk));
        }
        let snapshot = self.storage.snapshot()?;
        let height = snapshot.height().next();
        let desk = Arc::new(Desk::open(snapshot, height, now)?);
        *kept = Some(Arc::clone(&desk));
        Ok(desk)
    }
}

fn refusal(error: AdmitError) -> SubmitError {
    match error {
        AdmitError::Rejected(rejection) => SubmitError::Rejected(rejection),
        AdmitError::Read(_) | AdmitError::Record => SubmitError::Broken,
    }
}

impl Chain for EmbeddedChain {
    fn submit(&self, transaction: Vec<u8>) -> Result<TransactionId, SubmitError> {
        let admit =
            |desk: &Desk<Snapshot>, chain_id: &ChainId, now| vec![desk.admit(transaction, chain_id, now)];
        let admitted = self.admit(admit).map_err(|_| SubmitError::Broken)?;
        admitted.into_iter().next().unwrap_or(Err(SubmitError::Broken))
    }

    fn submit_all(&self, transactions: Vec<Vec<u8>>) -> Vec<Result<TransactionId, SubmitError>> {
        let most = transactions.len();
        self.admit(|desk, chain_id, now| desk.admit_all(transactions, chain_id, now))
            .unwrap_or_else(|_| (0..most).map(|_| Err(SubmitError::Broken)).collect())
    }

    fn status(&self) -> ChainStatus {
        let latest = self.storage.latest().height;
        let sealed = lock(&self.head).sealed.clone();
        let time = sealed.and_then(|sealed| seconds(sealed.signed_header.header().time).ok());
        ChainStatus {
            chain_id: self.storage.genesis().chain_id.clone(),
            latest,
            latest_time: time.unwrap_or(self.storage.genesis().time),
            earliest: Height::new(1),
            queued: lock(&self.mempool).len(),
        }
    }

    fn light_block(&self, height: Option<Height>) -> Result<Option<Vec<u8>>, StorageError> {
        let Some(height) = height else {
            return Ok(self.proved_state()?.map(|proved| proved.light_block.clone()));
        };
        Ok(self.storage.block(height)?.map(|block| block.light_block))
    }

    fn prove(&self, keys: &[StateKey]) -> Result<Option<Proven>, StorageError> {
        let Some(proved) = self.proved_state()? else { return Ok(None) };
        let values = keys.iter().map(|key| proved.snapshot.prove(key)).collect::<Result<_, _>>()?;
        let state = ProvenState { height: proved.height, values };
        Ok(Some(Proven { light_block: proved.light_block.clone(), state }))
    }

    fn transaction(&self, id: &TransactionId) -> Result<Option<(Height, u32, u32)>, StorageError> {
        self.storage.transaction(id)
    }

    fn entries(&self, account: &AccountId, from: u64, most: usize) -> Result<Vec<Entry>, StorageError> {
        match self.proved_state()? {
            Some(proved) => proved.snapshot.entries(account, from, most),
            None => Ok(Vec::new()),
        }
    }

    fn accounts_of(&self, recovery: &KeyId, most: usize) -> Result<Vec<AccountId>, StorageError> {
        match self.proved_state()? {
            Some(proved) => proved.snapshot.accounts_of(recovery, most),
            None => Ok(Vec::new()),
        }
    }

    fn prove_header(&self, old: Height) -> Result<Option<ProvenHeader>, StorageError> {
        let (Some(old_block), Some(proved)) = (self.storage.block(old)?, self.proved_state()?) else {
            return Ok(None);
        };
        let proof = proved.snapshot.prove_header(old)?;
        Ok(proof.map(|proof| ProvenHeader {
            old: old_block.light_block,
            light_block: proved.light_block.clone(),
            proof,
        }))
    }

    fn leaves(
        &self,
        log: &StateKey,
        from: u64,
        most: usize,
        most_bytes: usize,
    ) -> Result<Vec<LogLeaf>, StorageError> {
        match self.proved_state()? {
            Some(proved) => proved.snapshot.leaves(log, from, most, most_bytes),
            None => Ok(Vec::new()),
        }
    }

    fn prove_leaf(&self, log: &StateKey, index: u64) -> Result<Option<ProvenLeaf>, StorageError> {
        let Some(proved) = self.proved_state()? else { return Ok(None) };
        let leaf = proved.snapshot.leaves(log, index, 1, 0)?.into_iter().next();
        let proven = leaf.zip(proved.snapshot.prove_leaf(log, index)?);
        Ok(proven.map(|(leaf, proof)| ProvenLeaf { light_block: proved.light_block.clone(), leaf, proof }))
    }

    fn prove_growth(&self, log: &StateKey, from: u64) -> Result<Option<ProvenGrowth>, StorageError> {
        let Some(proved) = self.proved_state()? else { return Ok(None) };
        let growth = proved.snapshot.prove_growth(log, from)?;
        Ok(growth.map(|growth| ProvenGrowth { light_block: proved.light_block.clone(), growth }))
    }

    fn find_mark(&self, log: &StateKey, mark: &[u8; 32]) -> Result<Option<u64>, StorageError> {
        self.storage.snapshot()?.find_mark(log, mark)
    }

    fn block(&self, height: Height) -> Result<Option<StoredBlock>, StorageError> {
        self.storage.block(height)
    }

    fn watch(&self) -> watch::Receiver<Height> {
        self.heights.subscribe()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn seconds(time: Time) -> Result<UnixTime, ChainError> {
    u64::try_from(time.unix_timestamp()).map(UnixTime::from_seconds).map_err(range)
}

fn range(error: impl std::fmt::Display) -> ChainError {
    ChainError::Seal(error.to_string())
}
