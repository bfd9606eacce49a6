//! Public logs: lists that only grow (RFC 6962), whose frontier stands in the state. A leaf's place, and that nothing before was
//! changed or taken out, are proved under a verified header.

use crate::proof::{ProofError, ProvenValue};
use crate::state_key::StateKey;
use crate::verified::{Verified, VerifiedHeader};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_merkle::{ConsistencyProof, Frontier, InclusionProof, leaf_hash};
use citizen_voting::board::{LogError as BoardLogError, LogHead};

/// That a leaf stands at its place in a log.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LogProof {
    /// The log's frontier, proved under a header.
    pub frontier: ProvenValue,
    /// The leaf's place in it.
    pub inclusion: InclusionProof,
}

/// That a log was once the beginning of what it is now.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LogGrowth {
    /// The log's frontier, proved under a header.
    pub frontier: ProvenValue,
    /// From the earlier root to this one.
    pub consistency: ConsistencyProof,
}
citizen_primitives::canonical!(LogProof = 1, LogGrowth = 1);

/// Why something is not proved about a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The log in the state is not proved, or there is none.
    #[error("the log is not proved")]
    Log(#[from] ProofError),
    /// The proof is for another place or length of the log.
    #[error("a proof of another place in the log")]
    AnotherPlace,
    /// The leaf does not stand there, or the log has another beginning.
    #[error("not in this log")]
    Refuted,
}

impl LogProof {
    /// Proves that the leaf stands at `index` of the log under this key (LEDGER-13). What comes back is the log's head.
    pub fn verify(
        &self,
        log: &StateKey,
        index: u64,
        leaf: &[u8],
        header: &VerifiedHeader,
    ) -> Result<Verified<LogHead>, LogError> {
        let head = head(&self.frontier, log, header)?;
        let LogHead { count, root } = head.value();
        if self.inclusion.index != index || self.inclusion.count != *count {
            return Err(LogError::AnotherPlace);
        }
        self.inclusion.verify(&leaf_hash(leaf), root).map_err(|_| LogError::Refuted)?;
        Ok(head)
    }
}

impl LogGrowth {
    /// Proves that the log under this key began as the one that was seen (LEDGER-13). What comes back is its head now.
    pub fn verify(
        &self,
        log: &StateKey,
        seen: &LogHead,
        header: &VerifiedHeader,
    ) -> Result<Verified<LogHead>, LogError> {
        let head = head(&self.frontier, log, header)?;
        head.value().extends(seen, &self.consistency).map_err(|error| match error {
            BoardLogError::OtherHeads => LogError::AnotherPlace,
            BoardLogError::Forked { .. } => LogError::Refuted,
        })?;
        Ok(head)
    }
}

fn head(
    frontier: &ProvenValue,
    log: &StateKey,
    header: &VerifiedHeader,
) -> Result<Verified<LogHead>, LogError> {
    let proved: Verified<Option<Frontier>> = header.prove(log, frontier)?;
    Ok(proved.present().ok_or(ProofError::Missing)?.map(|frontier| LogHead::of(&frontier)))
}
