//! What the treasury keeps of citizens and claims.

use crate::db::Table;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_ledger::{Grant, SignedTransaction};
use citizen_payment::word::{ClaimAnswer, ClaimRefusal};
use citizen_primitives::{AccountId, Hash, Height, Text};

/// [`Claim`] by the evidence's keyed hash.
pub(crate) const CLAIMS: Table = Table::new("claims");
/// [`Undelivered`] by the evidence's keyed hash: the grants that are not proved yet.
pub(crate) const OUTBOX: Table = Table::new("outbox");
/// [`CitizensAccount`] by citizen.
pub(crate) const CITIZENS: Table = Table::new("citizens");
/// [`AccountsCitizen`] by account.
pub(crate) const ACCOUNTS: Table = Table::new("accounts");

/// A claim that was granted, and how far the grant is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Claim {
    pub(crate) grant: Grant,
    pub(crate) transaction: SignedTransaction,
    pub(crate) valid_until: Height,
    pub(crate) answer: Signed<ClaimAnswer>,
    pub(crate) delivery: Delivery,
}

/// How far a grant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Delivery {
    /// On its way.
    Sent,
    /// On the ledger, proved.
    Proved,
    /// The ledger has refused it for good.
    Refused(Refused),
}

/// Why the ledger has refused a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Refused(pub(crate) ClaimRefusal);

/// A grant that is not proved yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Undelivered(pub(crate) Hash);

/// Which account is a citizen's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct CitizensAccount(pub(crate) AccountId);

/// Whose an account is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct AccountsCitizen(pub(crate) Text);

/// What the ledger keeps under a grant's evidence: the granting transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct GrantedBy(pub(crate) Hash);

citizen_primitives::canonical!(
    Claim = 1,
    Undelivered = 1,
    CitizensAccount = 1,
    AccountsCitizen = 1,
    GrantedBy = 1,
);
