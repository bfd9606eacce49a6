//! The verifying ledger client: what a gateway answers is proved here or refused, so that a caller holds nothing unproved.

use crate::api::{
    Bytes, EntriesAnswer, HeaderProofAnswer, LightBlockAnswer, MalformedBytes, StateAnswer, StateRequest,
    SubmitAnswer, SubmitRequest, TransactionAnswer,
};
use crate::exchange::{CallError, Exchange};
use citizen_coin::Entry;
use citizen_ledger::{
    Freshness, HeaderError, HeaderProof, HistoryError, LightBlock, LightBlockError, LightClient, LogError,
    ProofError, ProvenState, SignedTransaction, StateKey, TrustedState, Verified, VerifiedHeader,
};
use citizen_primitives::{
    AccountId, Canonical, ChainId, Clock, Height, Place, Seconds, TransactionId, UnixTime,
};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How old the newest header may be, until the proved parameters say otherwise.
pub const STALE_AFTER: Seconds = Seconds::new(60);

/// The most headers that are fetched to follow a change of validators: 2 · log2 of any height, for several changes.
const MOST_STEPS: u32 = 512;

/// Why the ledger could not be asked, or its answer is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No answer, or a refusal by the gateway.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The header is not one to believe.
    #[error("the header does not verify")]
    Header(#[source] HeaderError),
    /// Two headers of one height are signed, or one is forged: somebody shows this client another ledger.
    #[error("another header at height {height} than the one verified before")]
    Conflict {
        /// The height.
        height: Height,
    },
    /// The answer does not prove what was asked.
    #[error("the answer is not proved: {what}")]
    Unverified {
        /// What in it.
        what: Unproved,
    },
    /// The newest header is too old to act on.
    #[error("the newest header is of {as_of}")]
    Stale {
        /// Its time.
        as_of: UnixTime,
    },
    /// This machine's clock is wrong.
    #[error("the clock is wrong by at least {} seconds", by.count())]
    ClockWrong {
        /// By how much.
        by: Seconds,
    },
}

/// What in an answer does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// The bytes are not what they should be.
    #[error("malformed")]
    Malformed,
    /// The bytes of a header.
    #[error(transparent)]
    LightBlock(#[from] LightBlockError),
    /// A header of another height than the one asked for.
    #[error("a header of another height")]
    AnotherHeight,
    /// A record.
    #[error(transparent)]
    Record(#[from] ProofError),
    /// An old header.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The leaf of a public log, or its growth.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The gateway names another transaction than the one it was given.
    #[error("another transaction")]
    AnotherTransaction,
}

/// The newest header that was verified.
#[derive(Debug, Clone)]
pub struct Latest {
    /// The header.
    pub header: VerifiedHeader,
    /// Whether it may be taken for the present.
    pub freshness: Freshness,
}

/// Records under a verified header.
#[derive(Debug, Clone)]
pub struct Proven {
    block: Arc<VerifiedBlock>,
    state: ProvenState,
    freshness: Freshness,
}

/// How many verified blocks are remembered: those who ask for one another's proofs are a few headers apart.
const REMEMBERED: usize = 4;

/// A block as it came, and the header that was verified in it.
#[derive(Debug)]
struct VerifiedBlock {
    bytes: Bytes,
    block: LightBlock,
    header: VerifiedHeader,
}

/// Asks one gateway about one ledger. Every method takes the place it is called from.
pub struct LedgerClient {
    exchange: Exchange,
    light: Mutex<LightClient>,
    /// The last blocks that were verified, as they came: the same bytes are not verified again.
    verified: Mutex<VecDeque<Arc<VerifiedBlock>>>,
    clock: Arc<dyn Clock>,
    stale_after: Seconds,
}

impl LedgerClient {
    /// Goes on from where `light` stands.
    #[must_use]
    pub const fn new(exchange: Exchange, light: LightClient, clock: Arc<dyn Clock>) -> Self {
        let light = Mutex::new(light);
        let verified = Mutex::new(VecDeque::new());
        Self { exchange, light, verified, clock, stale_after: STALE_AFTER }
    }

    /// With another limit of freshness: the one in the proved parameters.
    #[must_use]
    pub const fn with_stale_after(mut self, stale_after: Seconds) -> Self {
        self.stale_after = stale_after;
        self
    }

    /// The newest trusted header: what a phone keeps.
    #[must_use]
    pub fn trusted(&self) -> TrustedState {
        *self.light().state()
    }

    /// The light client as it stands: for receipts, which bring their own header.
    #[must_use]
    pub fn light_client(&self) -> LightClient {
        self.light().clone()
    }

    /// Takes a header that another client of the same ledger has verified: trust is one, over whichever connection it came (CLIENT-1).
    pub fn learn(&self, header: &VerifiedHeader) -> Result<(), LedgerError> {
        let mut light = self.light();
        let known = light.state();
        if header.height() == known.height && header.header_hash() != known.header_hash {
            return Err(LedgerError::Conflict { height: header.height() });
        }
        light.advance(header);
        Ok(())
    }

    /// The ledger's name.
    #[must_use]
    pub fn chain_id(&self) -> ChainId {
        self.light().chain_id().clone()
    }

    /// Fetches the newest header and verifies it (CLIENT-1).
    pub async fn refresh(&self, place: Place) -> Result<Latest, LedgerError> {
        let from = self.light_client();
        let answer: LightBlockAnswer = self.exchange.get(place, "v1/ledger/light-blocks/latest").await?;
        let known = self.recall(&answer.light_block, from.state().height);
        let block = match known {
            Some(known) => known,
            None => self.verify_newest(place, from, answer.light_block).await?,
        };
        let freshness = self.freshness(&block.header);
        Ok(Latest { header: block.header.clone(), freshness })
    }

    /// Fetches records with their proofs under the newest header (CLIENT-2).
    pub async fn state(&self, place: Place, keys: &[StateKey]) -> Result<Proven, LedgerError> {
        let from = self.light_client();
        let request = StateRequest { keys: keys.iter().map(|key| Bytes::new(key.as_bytes())).collect() };
        let answer: StateAnswer = self.exchange.post(place, "v1/ledger/state", &request).await?;
        let state: ProvenState = answer.state.read().map_err(malformed)?;
        if let Some(known) = self.recall(&answer.light_block, from.state().height) {
            return self.accept(known, state);
        }
        self.accept(self.verify_newest(place, from, answer.light_block).await?, state)
    }

    /// Takes records with their proofs that somebody else brought (CLIENT-2). Their header may be older than what this
    /// client has seen since: it is verified as one that was kept, or in the history under the newest (CLIENT-3).
    pub async fn check(
        &self,
        place: Place,
        light_block: &Bytes,
        state: &Bytes,
    ) -> Result<Proven, LedgerError> {
        let (bytes, state) = (light_block, state.read().map_err(malformed)?);
        if let Some(known) = self.recall(bytes, Height::new(0)) {
            return self.accept(known, state);
        }
        let light_block = read_block(bytes)?;
        let known = self.light_client();
        let header = if light_block.height() < known.state().height {
            self.verify_older(place, &known, &light_block).await?
        } else {
            self.verify(place, known, &light_block).await?
        };
        self.accept(self.remember(bytes.clone(), light_block, header), state)
    }

    /// Hands a transaction in. That it was admitted says nothing; only the state does.
    pub async fn submit(
        &self,
        place: Place,
        transaction: &SignedTransaction,
    ) -> Result<TransactionId, LedgerError> {
        let request = SubmitRequest { transaction: Bytes::of(transaction) };
        let answer: SubmitAnswer = self.exchange.post(place, "v1/ledger/transactions", &request).await?;
        let id = transaction.id();
        if answer.id == id.to_hex() { Ok(id) } else { Err(unverified(Unproved::AnotherTransaction)) }
    }

    /// Where the gateway says a transaction stands: a hint, never a proof. Nothing if it knows of none.
    pub async fn transaction(
        &self,
        place: Place,
        id: &TransactionId,
    ) -> Result<Option<TransactionAnswer>, LedgerError> {
        match self.exchange.get(place, &format!("v1/ledger/transactions/{id}")).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_refused_with("not-found") => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Entries of an account's history from an index on. They count once their running hash is the proved record's.
    pub async fn entries(
        &self,
        place: Place,
        account: &AccountId,
        from: u64,
    ) -> Result<Vec<Entry>, LedgerError> {
        let path = format!("v1/ledger/accounts/{account}/entries?from={from}");
        let answer: EntriesAnswer = self.exchange.get(place, &path).await?;
        answer.entries.iter().map(|entry| entry.read().map_err(malformed)).collect()
    }

    /// Proves an old header through the newest one: returns the old block, the newer block and the proof, as a receipt's
    /// renewal keeps them, after they were verified (CLIENT-3).
    pub async fn header_proof(&self, place: Place, height: Height) -> Result<HistoricHeader, LedgerError> {
        let from = self.light_client();
        let path = format!("v1/ledger/headers/{}/proof", height.value());
        let answer: HeaderProofAnswer = self.exchange.get(place, &path).await?;
        let (old, newer) = (read_block(&answer.old)?, read_block(&answer.light_block)?);
        if old.height() != height {
            return Err(unverified(Unproved::AnotherHeight));
        }
        let proof: HeaderProof = answer.proof.read().map_err(malformed)?;
        let through = self.verify(place, from, &newer).await?;
        let header = proof.verify(&old, &through).map_err(|error| unverified(error.into()))?;
        Ok(HistoricHeader { header, old, newer, proof })
    }

    /// What was verified in exactly these bytes, if its header is not below what is asked for, and this machine's clock has not been
    /// put back since.
    fn recall(&self, bytes: &Bytes, at_least: Height) -> Option<Arc<VerifiedBlock>> {
        let verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        let known = verified.iter().find(|known| known.bytes == *bytes)?;
        let is_usable = known.header.height() >= at_least
            && !matches!(self.freshness(&known.header), Freshness::ClockWrong { .. });
        is_usable.then(|| Arc::clone(known))
    }

    fn remember(&self, bytes: Bytes, block: LightBlock, header: VerifiedHeader) -> Arc<VerifiedBlock> {
        let verified_block = Arc::new(VerifiedBlock { bytes, block, header });
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.truncate(REMEMBERED.saturating_sub(1));
        verified.push_front(Arc::clone(&verified_block));
        verified_block
    }

    fn accept(&self, block: Arc<VerifiedBlock>, state: ProvenState) -> Result<Proven, LedgerError> {
        if state.height != block.header.height() {
            return Err(unverified(ProofError::AnotherHeight(state.height).into()));
        }
        let freshness = self.freshness(&block.header);
        Ok(Proven { block, state, freshness })
    }

    /// Verifies a block that is said to be the newest, and remembers it.
    async fn verify_newest(
        &self,
        place: Place,
        from: LightClient,
        bytes: Bytes,
    ) -> Result<Arc<VerifiedBlock>, LedgerError> {
        let block = read_block(&bytes)?;
        let header = self.verify(place, from, &block).await?;
        Ok(self.remember(bytes, block, header))
    }

    /// Verifies a header below the newest that this client has seen.
    async fn verify_older(
        &self,
        place: Place,
        known: &LightClient,
        block: &LightBlock,
    ) -> Result<VerifiedHeader, LedgerError> {
        match known.verify_kept(block, self.clock.now()) {
            Ok(header) => return Ok(header),
            // Below the anchor, too long after it, or signed by validators in between: the history knows it, whoever signed.
            Err(
                HeaderError::Behind { .. }
                | HeaderError::TrustExpired { .. }
                | HeaderError::NeedsIntermediate { .. },
            ) => {}
            Err(error) => return Err(header_error(error)),
        }
        let historic = self.header_proof(place, block.height()).await?;
        if historic.old.header_hash() == block.header_hash() {
            Ok(historic.header)
        } else {
            Err(LedgerError::Conflict { height: block.height() })
        }
    }

    /// The calls to the gateway.
    pub(crate) const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Verifies a header from where this client stood when it asked: two calls at once may be answered in any order.
    pub(crate) async fn verify(
        &self,
        place: Place,
        from: LightClient,
        block: &LightBlock,
    ) -> Result<VerifiedHeader, LedgerError> {
        let header = self.follow(place, from, block).await?;
        self.learn(&header)?;
        Ok(header)
    }

    /// Verifies a header, through headers between if the validators have changed: each found by halving the distance.
    async fn follow(
        &self,
        place: Place,
        mut light: LightClient,
        block: &LightBlock,
    ) -> Result<VerifiedHeader, LedgerError> {
        let mut ahead = vec![block.clone()];
        for _ in 0..MOST_STEPS {
            let Some(next) = ahead.last() else { break };
            match light.verify(next, self.clock.now()) {
                Ok(header) if ahead.len() == 1 => return Ok(header),
                Ok(header) => {
                    light.advance(&header);
                    ahead.pop();
                }
                Err(HeaderError::NeedsIntermediate { trusted, height }) => {
                    let middle = Height::new(trusted.value().midpoint(height.value()));
                    let between = self.fetch(place, &middle.value().to_string()).await?;
                    if between.height() != middle {
                        return Err(unverified(Unproved::AnotherHeight));
                    }
                    ahead.push(between);
                }
                Err(error) => return Err(header_error(error)),
            }
        }
        Err(LedgerError::Header(HeaderError::Invalid))
    }

    async fn fetch(&self, place: Place, which: &str) -> Result<LightBlock, LedgerError> {
        let answer: LightBlockAnswer =
            self.exchange.get(place, &format!("v1/ledger/light-blocks/{which}")).await?;
        read_block(&answer.light_block)
    }

    pub(crate) fn freshness(&self, header: &VerifiedHeader) -> Freshness {
        Freshness::of(header.time(), self.clock.now(), self.stale_after)
    }

    /// A light client is whole at any moment: one that a panic left behind can be used.
    fn light(&self) -> MutexGuard<'_, LightClient> {
        self.light.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An old header, proved through a newer one.
#[derive(Debug, Clone)]
pub struct HistoricHeader {
    /// The old header, verified.
    pub header: VerifiedHeader,
    /// The old block.
    pub old: LightBlock,
    /// The newer block.
    pub newer: LightBlock,
    /// That the old header is in the history under the newer.
    pub proof: HeaderProof,
}

impl Proven {
    /// The record under a key that was asked for, or its proved absence.
    pub fn get<T: Canonical>(&self, key: &StateKey) -> Result<Verified<Option<T>>, LedgerError> {
        self.block.header.prove_in(key, &self.state).map_err(|error| unverified(error.into()))
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &VerifiedHeader {
        &self.block.header
    }

    /// Whether it may be taken for the present.
    #[must_use]
    pub const fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// Itself, if it may be acted on: neither stale nor from the future (CLIENT-4).
    pub fn fresh(self) -> Result<Self, LedgerError> {
        match self.freshness {
            Freshness::Fresh => Ok(self),
            Freshness::Stale { as_of } => Err(LedgerError::Stale { as_of }),
            Freshness::ClockWrong { by } => Err(LedgerError::ClockWrong { by }),
        }
    }

    /// The block, to hand the proof on or to keep it.
    #[must_use]
    pub fn light_block(&self) -> &LightBlock {
        &self.block.block
    }

    /// The block as it came: canonical, so it is handed on as it is.
    pub(crate) fn block_bytes(&self) -> Bytes {
        self.block.bytes.clone()
    }

    /// The proofs of these records alone, to hand them on.
    #[must_use]
    pub fn only(&self, keys: &[StateKey]) -> Self {
        let is_one = |key: &[u8]| keys.iter().any(|wanted| wanted.as_bytes() == key);
        let values = self.state.values.iter().filter(|value| is_one(&value.key)).cloned().collect();
        let state = ProvenState { height: self.state.height, values };
        Self { block: Arc::clone(&self.block), state, freshness: self.freshness }
    }

    /// The proofs, to hand them on or to keep them.
    #[must_use]
    pub const fn proofs(&self) -> &ProvenState {
        &self.state
    }
}

impl fmt::Debug for LedgerClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerClient")
            .field("exchange", &self.exchange)
            .field("trusted", &self.trusted().height)
            .finish_non_exhaustive()
    }
}

pub(crate) fn read_block(bytes: &Bytes) -> Result<LightBlock, LedgerError> {
    let bytes = bytes.decode().map_err(malformed)?;
    LightBlock::decode(&bytes).map_err(|error| unverified(error.into()))
}

const fn header_error(error: HeaderError) -> LedgerError {
    match error {
        HeaderError::Conflict(height) => LedgerError::Conflict { height },
        HeaderError::Future { by } => LedgerError::ClockWrong { by },
        error => LedgerError::Header(error),
    }
}

pub(crate) const fn unverified(what: Unproved) -> LedgerError {
    LedgerError::Unverified { what }
}

// By value: it stands in `map_err`.
pub(crate) const fn malformed(_: MalformedBytes) -> LedgerError {
    unverified(Unproved::Malformed)
}
