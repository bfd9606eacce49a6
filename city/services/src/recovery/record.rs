//! What a recovery officer keeps.

use crate::db::Table;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{DevicePair, PublicKey};
use citizen_primitives::{AccountId, RecoveryCaseId, Text, UnixTime};

/// [`Enrolled`] by account.
pub(super) const ENROLLED: Table = Table::new("enrolled");
/// [`AccountOf`] by a resident's number.
pub(super) const ACCOUNTS: Table = Table::new("accounts-of-residents");
/// [`Approved`] by account.
pub(super) const APPROVED: Table = Table::new("approved");
/// [`Superseded`] by account and case.
pub(super) const SUPERSEDED: Table = Table::new("superseded");
/// [`Decided`] by case.
pub(super) const DECIDED: Table = Table::new("decided");

/// Who may ask for an account.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Enrolled {
    /// Her number in the register.
    pub(super) resident: Text,
}

/// The account that a resident has enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct AccountOf(pub(super) AccountId);

/// A request that this officer has approved.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Approved {
    pub(super) case: RecoveryCaseId,
    pub(super) device: DevicePair,
    pub(super) recovery: PublicKey,
    /// When.
    pub(super) at: UnixTime,
    /// Whether the ledger has the case.
    pub(super) is_filed: bool,
    /// What the issuer is still to be told, and nothing once it was.
    pub(super) loss: Option<Loss>,
}

/// A request in the place of which a later one of the same person was approved: the ledger may have its case all the same, and the phone is
/// lost then.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Superseded {
    /// When it was approved.
    pub(super) at: UnixTime,
    /// What the issuer is told if the ledger has its case.
    pub(super) loss: Loss,
}

/// The key of [`SUPERSEDED`].
pub(super) fn superseded_key(account: &AccountId, case: &RecoveryCaseId) -> Vec<u8> {
    [account.as_bytes().as_slice(), case.as_bytes()].concat()
}

/// What somebody showed who has lost her phone.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Loss {
    pub(super) number: Text,
    pub(super) name: Text,
    pub(super) birth_date: Text,
}

/// What this officer stands by in a case that was objected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Decided {
    pub(super) account: AccountId,
    /// Whether the case is upheld; else it is dropped.
    pub(super) is_upheld: bool,
}

citizen_primitives::canonical!(Enrolled = 1, AccountOf = 1, Approved = 1, Superseded = 1, Decided = 1);
