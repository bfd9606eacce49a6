//! Old headers under new ones: the state holds the tree of all earlier header hashes (core/docs/decisions.md, 7).

use crate::light_block::LightBlock;
use crate::proof::{ProofError, ProvenValue};
use crate::state_key;
use crate::verified::{Provenance, VerifiedHeader};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_merkle::{Frontier, InclusionProof, leaf_hash};
use citizen_primitives::{Hash, Height};

/// That a header is in the history of the state under a newer header.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HeaderProof {
    /// The frontier of the tree of header hashes, proved under the newer header.
    pub history: ProvenValue,
    /// The old header's place in that tree: leaf `height - 1`.
    pub inclusion: InclusionProof,
}
citizen_primitives::canonical!(HeaderProof = 1);

/// Why a header is not proved to be in the history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// The header is of another ledger.
    #[error("a header of another ledger")]
    WrongChain,
    /// The history in the state is not proved, or there is none.
    #[error("the history is not proved")]
    History(#[from] ProofError),
    /// The proof is for another place or size of the tree.
    #[error("a proof of another place in the history")]
    AnotherPlace,
    /// The header is not at its place in the history.
    #[error("not a header of this history")]
    Refuted,
}

/// The leaf of a header in the tree: its hash, hashed as a leaf.
#[must_use]
pub fn leaf(header_hash: &Hash) -> Hash {
    leaf_hash(header_hash.as_bytes())
}

/// The place of a header in the tree; the first block has height 1. There is none for height 0.
#[must_use]
pub const fn leaf_index(height: Height) -> Option<u64> {
    height.value().checked_sub(1)
}

impl HeaderProof {
    /// Proves an old header through a newer one (LEDGER-10). Its own signatures are not looked at: the newer header's
    /// validators vouch for the whole history.
    pub fn verify(&self, old: &LightBlock, newer: &VerifiedHeader) -> Result<VerifiedHeader, HistoryError> {
        if old.chain_id() != newer.chain_id() {
            return Err(HistoryError::WrongChain);
        }
        let frontier: Option<Frontier> =
            newer.prove(&state_key::header_history(), &self.history)?.into_parts().0;
        let frontier = frontier.ok_or(ProofError::Missing)?;
        let same_place = Some(self.inclusion.index) == leaf_index(old.height());
        if !same_place || self.inclusion.count != frontier.count() {
            return Err(HistoryError::AnotherPlace);
        }
        self.inclusion
            .verify(&leaf(&old.header_hash()), &frontier.root())
            .map_err(|_| HistoryError::Refuted)?;
        let facts = old.facts().clone();
        let provenance = Provenance {
            height: facts.height,
            time: facts.time,
            header_hash: facts.hash,
            app_hash: facts.app_hash,
            through: Some(newer.height()),
            ..*newer.provenance()
        };
        Ok(VerifiedHeader::new(facts, provenance, false))
    }
}
