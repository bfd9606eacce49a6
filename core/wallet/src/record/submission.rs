//! What this phone asks of the ledger itself: a gift, a redemption, limits, that the account be frozen.

use super::{Added, KeptProof};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::Limits;
use citizen_keys::Signed;
use citizen_payment::word::Certificate;
use citizen_primitives::{
    AccountId, Height, KeyId, Points, RecoveryCaseId, RedemptionId, TransactionId, UnixTime,
};
use citizen_store::Row;

/// A transaction. It is written before it leaves, and the same bytes are sent until the ledger shows them or never can.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct SubmissionRow {
    /// The bytes: a `SignedTransaction`. None once it shall not be sent any more; what becomes of what was sent is looked at still.
    pub(crate) transaction: Vec<u8>,
    /// Its identifier.
    pub(crate) id: TransactionId,
    /// The last height at which it may be executed.
    pub(crate) valid_until: Height,
    /// When the citizen approved it.
    pub(crate) approved: UnixTime,
    /// What it is about.
    pub(crate) what: Submitted,
    /// What became of it, by proof.
    pub(crate) fate: SubmissionFate,
    /// Its number among what this phone has done: those of before numbers were written have none.
    pub(crate) number: Added<u64>,
}
citizen_primitives::canonical!(SubmissionRow = 1);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Submitted {
    /// Points for another citizen.
    Gift {
        /// Her account.
        to: AccountId,
        /// How many.
        points: Points,
    },
    /// Points for a certificate.
    Redemption {
        /// Which.
        redemption: RedemptionId,
        /// How many.
        points: Points,
        /// The certificate, once the treasury has issued it.
        certificate: Option<Box<KeptCertificate>>,
    },
    /// The citizen's own limits.
    Limits {
        /// Which; none takes them back.
        limits: Option<Limits>,
    },
    /// The recovery key freezes the account.
    Freeze,
    /// It lets the account go on.
    Unfreeze,
    /// This phone objects to a recovery.
    Objection {
        /// The case.
        case: RecoveryCaseId,
    },
    /// Officers drop a recovery because this phone is not lost.
    Dismissal {
        /// The case.
        case: RecoveryCaseId,
    },
    /// A recovery key freezes an account that is not this wallet's.
    FreezeElsewhere {
        /// Which.
        account: AccountId,
    },
}

/// A certificate, and what proves that whoever signed it is a treasury.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct KeptCertificate {
    /// As the treasury signed it.
    pub(crate) word: Signed<Certificate>,
    /// The treasury's key.
    pub(crate) treasury: KeyId,
    /// The treasury's role and the redemption's record.
    pub(crate) proof: KeptProof,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum SubmissionFate {
    /// It may still be executed.
    Open,
    /// It is in the account's history.
    Done {
        /// The block.
        height: Height,
    },
    /// Its last height has passed, and it is not there.
    Never,
}

impl SubmissionRow {
    /// Whether it may still be executed.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.fate, SubmissionFate::Open)
    }

    /// Points that it takes, as long as the history does not show it.
    pub(crate) fn points(&self) -> Points {
        match self.what {
            Submitted::Gift { points, .. } | Submitted::Redemption { points, .. } => points,
            Submitted::Limits { .. }
            | Submitted::Freeze
            | Submitted::FreezeElsewhere { .. }
            | Submitted::Unfreeze
            | Submitted::Objection { .. }
            | Submitted::Dismissal { .. } => Points::ZERO,
        }
    }

    /// Whether it changes in whose hands the account is.
    #[cfg(feature = "credentials")]
    pub(crate) const fn is_about_custody(&self) -> bool {
        matches!(
            self.what,
            Submitted::Freeze
                | Submitted::Unfreeze
                | Submitted::Objection { .. }
                | Submitted::Dismissal { .. }
        )
    }

    /// Whether it is about an account that is not this wallet's: nothing of its own is needed to send it and to look at it.
    pub(crate) const fn is_elsewhere(&self) -> bool {
        matches!(self.what, Submitted::FreezeElsewhere { .. })
    }

    /// Whether it was taken back before it was executed, as far as this phone can: it is sent no more.
    pub(crate) const fn is_withdrawn(&self) -> bool {
        self.transaction.is_empty()
    }

    /// Whether something is still to come: its end, or its certificate.
    pub(crate) const fn needs_work(&self) -> bool {
        match self.fate {
            SubmissionFate::Open => true,
            SubmissionFate::Done { .. } => {
                matches!(self.what, Submitted::Redemption { certificate: None, .. })
            }
            SubmissionFate::Never => false,
        }
    }
}

/// The row of a submission.
pub(crate) fn submission_row(id: &TransactionId) -> Row {
    super::outbox_row(super::OutboxKind::Submission, id.as_bytes())
}
