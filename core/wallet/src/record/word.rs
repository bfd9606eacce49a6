//! The bank's last word on the balance, with the proof that it is the bank's.

use super::KeptProof;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_payment::word::BankBalance;
use citizen_primitives::KeyId;

/// A word and the proof of its speaker's role.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct BankWordRow {
    /// As it was signed.
    pub(crate) word: Signed<BankBalance>,
    /// The bank's key.
    pub(crate) bank: KeyId,
    /// The bank's record in the registry.
    pub(crate) proof: KeptProof,
}
citizen_primitives::canonical!(BankWordRow = 1);
