//! Transactions and their results under headers (CometBFT v0.38: `Txs.Hash`, `NewResults(…).Hash`).
//!
//! A transaction in a block may have failed: that it is there is never success, and no receipt rests on it.

use crate::verified::{Verified, VerifiedHeader};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_merkle::{Frontier, InclusionProof, leaf_hash};
use citizen_primitives::Hash;
use prost::Message as _;
use tendermint_proto::v0_38::abci::ExecTxResult;

/// The part of a transaction's result that every node agrees on.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Outcome {
    /// 0 for success, else the number of a [`crate::Rejection`].
    pub code: u32,
    /// What the transaction returned.
    pub data: Vec<u8>,
    /// Unused by this ledger: 0.
    pub gas_wanted: i64,
    /// Unused by this ledger: 0.
    pub gas_used: i64,
}

/// That a transaction is in a block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransactionProof {
    /// The transaction's bytes.
    pub transaction: Vec<u8>,
    /// Its place under `data_hash`.
    pub inclusion: InclusionProof,
}

/// That a transaction in a block had this outcome.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransactionOutcomeProof {
    /// The outcome.
    pub outcome: Outcome,
    /// Its place under `last_results_hash` of the next header.
    pub inclusion: InclusionProof,
}
citizen_primitives::canonical!(TransactionProof = 1, TransactionOutcomeProof = 1);

/// Why a transaction or its outcome is not proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The path does not lead to the header's root.
    #[error("not in this block")]
    Refuted,
    /// Results stand under the next block's header.
    #[error("the results stand under the next header")]
    AnotherHeight,
    /// The outcome is another transaction's.
    #[error("the outcome of another transaction")]
    AnotherPlace,
}

impl Outcome {
    /// The outcome of this ledger's transactions: a number, nothing else.
    #[must_use]
    pub const fn of_code(code: u32) -> Self {
        Self { code, data: Vec::new(), gas_wanted: 0, gas_used: 0 }
    }

    /// The deterministic `ExecTxResult` as the results' tree takes it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { code, data, gas_wanted, gas_used } = self;
        let result = ExecTxResult {
            code: *code,
            data: data.clone().into(),
            gas_wanted: *gas_wanted,
            gas_used: *gas_used,
            ..ExecTxResult::default()
        };
        result.encode_to_vec()
    }
}

/// The leaf of a transaction under `data_hash`: the hash of its SHA-256.
#[must_use]
pub fn transaction_leaf(transaction: &[u8]) -> Hash {
    leaf_hash(Hash::plain(&[transaction]).as_bytes())
}

/// `data_hash` of a block with these transactions.
#[must_use]
pub fn data_hash<'a>(transactions: impl IntoIterator<Item = &'a [u8]>) -> Hash {
    root(transactions.into_iter().map(transaction_leaf))
}

/// `last_results_hash` of the header after a block with these outcomes.
#[must_use]
pub fn results_hash<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Hash {
    root(outcomes.into_iter().map(|outcome| leaf_hash(&outcome.to_bytes())))
}

impl TransactionProof {
    /// Checks that the transaction is in the block with this header, and returns its bytes. That it did what it
    /// says, this does not show (LEDGER-12).
    pub fn verify(&self, header: &VerifiedHeader) -> Result<Verified<Vec<u8>>, InclusionError> {
        let root = header.data_hash().ok_or(InclusionError::Refuted)?;
        let leaf = transaction_leaf(&self.transaction);
        self.inclusion.verify(&leaf, root).map_err(|_| InclusionError::Refuted)?;
        Ok(header.vouch(self.transaction.clone()))
    }
}

impl TransactionOutcomeProof {
    /// Checks the outcome of a transaction that is in the block with `header`; `next` is the header after it. The two
    /// trees have one shape, so the same place in both is the same transaction.
    pub fn verify(
        &self,
        of: &TransactionProof,
        header: &VerifiedHeader,
        next: &VerifiedHeader,
    ) -> Result<Verified<Outcome>, InclusionError> {
        of.verify(header)?;
        if next.height() != header.height().next() || next.chain_id() != header.chain_id() {
            return Err(InclusionError::AnotherHeight);
        }
        if (self.inclusion.index, self.inclusion.count) != (of.inclusion.index, of.inclusion.count) {
            return Err(InclusionError::AnotherPlace);
        }
        let root = next.results_hash().ok_or(InclusionError::Refuted)?;
        let leaf = leaf_hash(&self.outcome.to_bytes());
        self.inclusion.verify(&leaf, root).map_err(|_| InclusionError::Refuted)?;
        Ok(next.vouch(self.outcome.clone()))
    }
}

fn root(leaves: impl Iterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.append(leaf);
    }
    frontier.root()
}
