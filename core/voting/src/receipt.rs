//! The receipt: one's ballot stands on the board, at this place, under a root that the ledger's state holds.

use crate::ballot::Fingerprint;
use crate::board::{BallotLeaf, BoardHead, BoardLeaf};
use crate::identifier::VotingKey;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_merkle::InclusionProof;

/// What a citizen keeps of a ballot that she cast. It does not say for what.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// Her ballot's leaf.
    pub leaf: BallotLeaf,
    /// Its place.
    pub proof: InclusionProof,
    /// The board in which it stands there.
    pub head: BoardHead,
}
citizen_primitives::canonical!(Receipt = 1);

/// Why a receipt is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is under another head than the one that was verified (VOTE-16).
    #[error("a receipt of another board than the verified one")]
    AnotherBoard,
    /// It is about another citizen's ballot: a clash of receipts (VOTE-5).
    #[error("a receipt for another voting key")]
    AnotherKey,
    /// It is about another ballot of hers.
    #[error("a receipt for another ballot")]
    AnotherBallot,
    /// The proof does not show the leaf under the root.
    #[error("the ballot does not stand at this place of the board")]
    NotIncluded,
}

impl Receipt {
    /// Checks that this citizen's ballot stands on the board whose head was verified.
    ///
    /// Voting key and fingerprint are what the wallet itself knows, never what a server says (VOTE-5).
    pub fn verify(
        &self,
        verified: &BoardHead,
        voting_key: &VotingKey,
        fingerprint: &Fingerprint,
    ) -> Result<(), ReceiptError> {
        if self.head != *verified || self.proof.count != verified.log.count {
            return Err(ReceiptError::AnotherBoard);
        }
        if self.leaf.voting_key != *voting_key {
            return Err(ReceiptError::AnotherKey);
        }
        if self.leaf.fingerprint != *fingerprint {
            return Err(ReceiptError::AnotherBallot);
        }
        let leaf = BoardLeaf::Cast(self.leaf).hash();
        self.proof.verify(&leaf, &verified.log.root).map_err(|_| ReceiptError::NotIncluded)
    }
}
