//! Public logs: leaves as a gateway tells them, and their places and growth as the ledger proves them (CLIENT-10).

use crate::api::{LogGrowthAnswer, LogLeafMessage, LogLeavesAnswer, LogMarkAnswer, LogProofAnswer};
use crate::exchange::CallError;
use crate::ledger::{LedgerClient, LedgerError, malformed, read_block, unverified};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizen_ledger::{
    Freshness, LightBlock, LogGrowth, LogHead, LogProof, StateKey, Verified, VerifiedHeader,
};
use citizen_merkle::InclusionProof;
use citizen_primitives::{Hash, Place};
use citizen_voting::verify::LogReader;
use std::collections::VecDeque;

/// A leaf of a public log. It counts once it is proved at its place, or all leaves together lead to the proved head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLeaf {
    /// The leaf.
    pub leaf: Vec<u8>,
    /// What it holds the digest of, if it does not say everything itself.
    pub content: Vec<u8>,
}

/// A leaf that is proved to stand at its place.
#[derive(Debug, Clone)]
pub struct ProvenLeaf {
    /// The leaf. Its content is not proved by this: whoever reads it holds its digest against the leaf.
    pub leaf: LogLeaf,
    /// The log's head under the header.
    pub head: Verified<LogHead>,
    /// From the leaf to the head.
    pub inclusion: InclusionProof,
    /// What the head is proved by.
    pub seal: Seal,
    /// The whole proof, to keep it or to hand it on.
    pub proof: LogProof,
}

/// A log that is proved to have begun as it was seen before.
#[derive(Debug, Clone)]
pub struct ProvenGrowth {
    /// The log's head under the header.
    pub head: Verified<LogHead>,
    /// What the head is proved by.
    pub seal: Seal,
}

/// The header under which something is proved.
#[derive(Debug, Clone)]
pub struct Seal {
    /// The header.
    pub header: VerifiedHeader,
    /// The block, to keep it or to hand it on.
    pub light_block: LightBlock,
    /// Whether it may be taken for the present.
    pub freshness: Freshness,
}

impl LedgerClient {
    /// Leaves of a log from an index on, as many as the gateway puts into one answer; none at the end. Nothing is proved yet.
    pub async fn log_leaves(
        &self,
        place: Place,
        log: &StateKey,
        from: u64,
    ) -> Result<Vec<LogLeaf>, LedgerError> {
        let path = format!("{}/leaves?from={from}", address(log));
        let answer: LogLeavesAnswer = self.exchange().get(place, &path).await?;
        answer.leaves.iter().map(read_leaf).collect()
    }

    /// Proves the leaf at an index (CLIENT-10). Nothing if the gateway has none there, which decides nothing.
    pub async fn prove_leaf(
        &self,
        place: Place,
        log: &StateKey,
        index: u64,
    ) -> Result<Option<ProvenLeaf>, LedgerError> {
        let path = format!("{}/leaves/{index}/proof", address(log));
        let asked: Result<LogProofAnswer, CallError> = self.exchange().get(place, &path).await;
        let Some(answer) = found(asked)? else { return Ok(None) };
        let proof: LogProof = answer.proof.read().map_err(malformed)?;
        let leaf = read_leaf(&answer.leaf)?;
        let seal = self.seal(place, &answer.light_block).await?;
        let head =
            proof.verify(log, index, &leaf.leaf, &seal.header).map_err(|error| unverified(error.into()))?;
        let inclusion = proof.inclusion.clone();
        Ok(Some(ProvenLeaf { leaf, head, inclusion, seal, proof }))
    }

    /// Proves that the log began as it was seen (CLIENT-10). Nothing if the gateway's is not so long yet, which decides nothing.
    pub async fn prove_growth(
        &self,
        place: Place,
        log: &StateKey,
        seen: &LogHead,
    ) -> Result<Option<ProvenGrowth>, LedgerError> {
        let path = format!("{}/growth?from={}", address(log), seen.count);
        let asked: Result<LogGrowthAnswer, CallError> = self.exchange().get(place, &path).await;
        let Some(answer) = found(asked)? else { return Ok(None) };
        let growth: LogGrowth = answer.growth.read().map_err(malformed)?;
        let seal = self.seal(place, &answer.light_block).await?;
        let head = growth.verify(log, seen, &seal.header).map_err(|error| unverified(error.into()))?;
        Ok(Some(ProvenGrowth { head, seal }))
    }

    /// Where the gateway says that the last leaf with a mark stands: a hint, to be proved by [`Self::prove_leaf`].
    ///
    /// Whoever is asked learns who asks for which mark. A phone never asks for a voting key: it asks its relay for its receipt, which
    /// knows the ballot already, or reads the whole board.
    pub async fn find_mark(
        &self,
        place: Place,
        log: &StateKey,
        mark: &Hash,
    ) -> Result<Option<u64>, LedgerError> {
        let path = format!("{}/marks/{}", address(log), mark.to_hex());
        let asked: Result<LogMarkAnswer, CallError> = self.exchange().get(place, &path).await;
        Ok(found(asked)?.map(|answer| answer.index))
    }

    async fn seal(&self, place: Place, block: &crate::api::Bytes) -> Result<Seal, LedgerError> {
        let from = self.light_client();
        let light_block = read_block(block)?;
        let header = self.verify(place, from, &light_block).await?;
        let freshness = self.freshness(&header);
        Ok(Seal { header, light_block, freshness })
    }
}

/// Reads a log of a known length page by page, for a verifier that goes through it several times and never holds it.
///
/// What it reads is worth what the verifier finds: the leaves must lead to the proved head.
#[derive(Debug, Clone)]
pub struct LogPages<F> {
    count: u64,
    fetch: F,
    page: VecDeque<LogLeaf>,
    next: u64,
}

impl<F, E> LogPages<F>
where
    F: FnMut(u64) -> Result<Vec<LogLeaf>, E>,
{
    /// The first `head.count` leaves of a log. `fetch` gives leaves from an index on, as [`LedgerClient::log_leaves`] does, and may
    /// wait: a verifier runs on a thread of its own.
    #[must_use]
    pub const fn new(head: &LogHead, fetch: F) -> Self {
        Self { count: head.count, fetch, page: VecDeque::new(), next: 0 }
    }
}

impl<F, E> LogReader for LogPages<F>
where
    F: FnMut(u64) -> Result<Vec<LogLeaf>, E>,
{
    type Error = E;

    fn restart(&mut self) -> Result<(), E> {
        self.page.clear();
        self.next = 0;
        Ok(())
    }

    fn next_entry(&mut self) -> Result<Option<Vec<u8>>, E> {
        if self.next >= self.count {
            return Ok(None);
        }
        if self.page.is_empty() {
            self.page = (self.fetch)(self.next)?.into();
        }
        let Some(leaf) = self.page.pop_front() else { return Ok(None) };
        self.next = self.next.saturating_add(1);
        Ok(Some(leaf.into_entry()))
    }
}

impl LogLeaf {
    /// What a verifier reads: the content if there is one, else the leaf.
    #[must_use]
    pub fn into_entry(self) -> Vec<u8> {
        if self.content.is_empty() { self.leaf } else { self.content }
    }
}

fn address(log: &StateKey) -> String {
    format!("v1/ledger/logs/{}", URL_SAFE_NO_PAD.encode(log.as_bytes()))
}

fn read_leaf(message: &LogLeafMessage) -> Result<LogLeaf, LedgerError> {
    let leaf = message.leaf.decode().map_err(malformed)?;
    Ok(LogLeaf { leaf, content: message.content.decode().map_err(malformed)? })
}

fn found<A>(answer: Result<A, CallError>) -> Result<Option<A>, LedgerError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_refused_with("not-found") => Ok(None),
        Err(error) => Err(error.into()),
    }
}
