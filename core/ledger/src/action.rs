//! What a transaction does.

use crate::certificate::{AnchorStatus, CertificateRecord, CertificateRole};
use crate::custody::{CustodyAction, RecoveryRules};
use crate::did::DidAction;
use crate::parameters::{CardRules, Parameters, PaymentRules};
use crate::poll::PollAction;
use crate::role::{Role, RoleRecord};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::{Limits, ProgrammeRecord};
use citizen_keys::{DevicePair, PublicKey, Signed};
use citizen_payment::word::BankDebit;
use citizen_payment::{Hold, SignedMandate};
use citizen_primitives::{
    AccountId, Hash, KeyId, PaymentId, PersonTag, Points, ProgrammeId, RedemptionId, RefundId, UnixTime, Won,
};

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
    /// The centre charges a consumer code: a hold by the citizen's mandate.
    Charge(Charge),
    /// A citizen takes a mandate back before it is charged.
    Revoke(Revoke),
    /// The centre gives back part of a captured payment.
    Refund(Refund),
    /// A citizen changes points into a gift certificate.
    Redeem(Redeem),
    /// A citizen sets her own limits, or takes them back.
    SetLimits(SetLimits),
    /// A party of a poll does its part.
    Poll(PollAction),
    /// An account is frozen, let go on, or recovered.
    Custody(CustodyAction),
    /// An organisation's DID is created or changed.
    Did(DidAction),
    /// An issuer says which status list is the newest.
    AnchorStatus(AnchorStatus),
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
    /// The person, as the treasury alone can compute it; the same in every year, since the ledger counts by the block's.
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

/// Charges a consumer code.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Charge {
    /// What the citizen signed.
    pub mandate: SignedMandate,
    /// Points to hold.
    pub points: Points,
    /// Won the bank may debit.
    pub won: Won,
    /// The commitment to the terms.
    pub commitment: Hash,
    /// When the hold lapses, by block time.
    pub expires: UnixTime,
}

/// Takes a mandate back: its payment's id is consumed, so it can never be charged.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Revoke {
    /// The payment the mandate was for.
    pub payment: PaymentId,
}

/// Gives back part of a captured payment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Refund {
    /// The refund: used once.
    pub refund: RefundId,
    /// The payment.
    pub payment: PaymentId,
    /// How much, points and won together; how it is split, the ledger decides.
    pub amount: Won,
    /// The commitment to the refund's terms, which the merchant signed.
    pub commitment: Hash,
}

/// Changes points into a gift certificate; for good.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Redeem {
    /// The redemption: used once.
    pub redemption: RedemptionId,
    /// How many.
    pub points: Points,
    /// The treasury that shall issue the certificate.
    pub treasury: KeyId,
}

/// Sets or takes back the citizen's own limits.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SetLimits {
    /// The limits; none leaves the legal ones alone in force.
    pub limits: Option<Limits>,
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
    /// Replaces the rules of payments.
    SetPaymentRules(PaymentRules),
    /// Enters or replaces a certificate.
    SetCertificate(Box<CertificateRecord>),
    /// Takes a certificate out: its absence can be proved from then on.
    RemoveCertificate {
        /// As what it counted.
        role: CertificateRole,
        /// SHA-256 of its DER.
        thumbprint: Hash,
    },
    /// Replaces the rules of recovery.
    SetRecoveryRules(RecoveryRules),
    /// Replaces the rules of when the citizen card is asked for.
    SetCardRules(CardRules),
}
