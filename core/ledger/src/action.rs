//! What a transaction does.

use crate::parameters::Parameters;
use crate::role::{Role, RoleRecord};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::ProgrammeRecord;
use citizen_keys::{DevicePair, PublicKey, Signed};
use citizen_payment::Hold;
use citizen_payment::word::BankDebit;
use citizen_primitives::{AccountId, Hash, KeyId, PaymentId, PersonTag, Points, ProgrammeId};

/// The actions of the ledger. A tag is never reused; new actions are appended.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Action {
    /// A citizen opens an account.
    OpenAccount(OpenAccount),
    /// Another device takes an account over.
    ReplaceDevice(ReplaceDevice),
    /// A treasury grants points.
    Grant(Grant),
    /// A citizen gives points to another account.
    Transfer(Transfer),
    /// A citizen orders a payment.
    Hold(Hold),
    /// The centre takes a payment that is on hold.
    Capture(Capture),
    /// The centre gives a payment up.
    Release(Release),
    /// Governance changes a role, a programme or the parameters.
    Govern(Govern),
}

/// Opens an account; its identifier is the digest of these three.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenAccount {
    /// The device.
    pub device: DevicePair,
    /// The key that may replace it.
    pub recovery: PublicKey,
    /// Random.
    pub salt: [u8; 16],
}

/// Replaces an account's device.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ReplaceDevice {
    /// The account.
    pub account: AccountId,
    /// The device that takes over.
    pub device: DevicePair,
}

/// Grants points under a programme.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Grant {
    /// The programme.
    pub programme: ProgrammeId,
    /// To whom.
    pub account: AccountId,
    /// How many.
    pub points: Points,
    /// The person in this year, as the treasury alone can compute it.
    pub person: PersonTag,
    /// The digest of what the grant rests on: granted once.
    pub evidence: Hash,
}

/// Gives points to another account.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transfer {
    /// To whom.
    pub to: AccountId,
    /// How many.
    pub points: Points,
}

/// Takes a payment that is on hold.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Capture {
    /// The payment.
    pub payment: PaymentId,
    /// The bank's signed debit; needed if won are part of it.
    pub debit: Option<Signed<BankDebit>>,
}

/// Gives a payment up.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Release {
    /// The payment.
    pub payment: PaymentId,
}

/// A decision of the governors.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Govern {
    /// Enters or replaces a role.
    SetRole(RoleRecord),
    /// Ends a role from this block on.
    EndRole {
        /// Which role.
        role: Role,
        /// Whose.
        key: KeyId,
    },
    /// Enters or replaces a programme.
    SetProgramme(ProgrammeRecord),
    /// Replaces the parameters.
    SetParameters(Parameters),
}
