//! In whose hands an account is when a phone or a recovery code is lost: frozen at once by the recovery key, recovered by officers
//! who have seen who is asking (core/docs/decisions.md, 20; core/docs/adr/0011).

use crate::parameters::Dated;
use crate::rejection::Rejection;
use crate::transaction::Signer;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{DevicePair, PublicKey};
use citizen_primitives::{AccountId, KeyId, RecoveryCaseId, Seconds, UnixTime};

/// What is done about the custody of an account.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum CustodyAction {
    /// The recovery key stops the account: from this block on its device orders nothing.
    Freeze {
        /// The account.
        account: AccountId,
    },
    /// The recovery key lets it go on, with another device if the one before is in a stranger's hands: in one step, so that the
    /// stranger's never acts in between.
    Unfreeze {
        /// The account.
        account: AccountId,
        /// The device that takes over; none leaves the one that is listed.
        device: Option<DevicePair>,
    },
    /// Officers open a case: after the wait the account goes to another device and another recovery key.
    File(Box<FileRecovery>),
    /// The listed device says that it is not lost. Both its keys sign.
    Object {
        /// The account.
        account: AccountId,
        /// The case.
        case: RecoveryCaseId,
    },
    /// Other officers than those who filed the case have looked again, and stand by it.
    Uphold {
        /// The account.
        account: AccountId,
        /// The case.
        case: RecoveryCaseId,
    },
    /// Officers drop the case.
    Dismiss {
        /// The account.
        account: AccountId,
        /// The case.
        case: RecoveryCaseId,
    },
    /// The device that the case names takes over; it and the new recovery key show that they are held.
    Complete {
        /// The account.
        account: AccountId,
        /// The case.
        case: RecoveryCaseId,
        /// The recovery key that the case names.
        recovery: PublicKey,
    },
}

/// A case as it is filed.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FileRecovery {
    /// The account.
    pub account: AccountId,
    /// The case: used once.
    pub case: RecoveryCaseId,
    /// The device that shall have the account.
    pub device: DevicePair,
    /// The recovery key that shall stand behind it.
    pub recovery: PublicKey,
}

/// What the state keeps of an account's custody, as long as there is something to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CustodyRecord {
    /// Since when the recovery key has it frozen.
    pub frozen: Option<UnixTime>,
    /// The case that is open.
    pub recovery: Option<RecoveryCase>,
}

/// A case that is open. While it is, the account's device orders nothing.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RecoveryCase {
    /// Its name.
    pub case: RecoveryCaseId,
    /// The device that shall have the account.
    pub device: DevicePair,
    /// The recovery key that shall stand behind it.
    pub recovery: PublicKey,
    /// The officers who filed it.
    pub officers: Vec<KeyId>,
    /// When.
    pub filed: UnixTime,
    /// From when it takes effect, unless it is stopped.
    pub effective: UnixTime,
    /// How far it is.
    pub stage: RecoveryStage,
}

/// How far a case is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RecoveryStage {
    /// It waits for its time; the listed device may object.
    Waiting,
    /// The listed device has objected: nothing happens until officers decide again.
    Objected {
        /// When.
        at: UnixTime,
    },
    /// Other officers stand by it: it waits once more, and no device can object.
    Upheld {
        /// When.
        at: UnixTime,
        /// Who.
        officers: Vec<KeyId>,
    },
}

/// That a case was filed: its name is used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FiledCase {
    /// For which account.
    pub account: AccountId,
    /// When.
    pub filed: UnixTime,
}

/// The rules of recovery, which governors set. A ledger without them takes no cases; freezing needs none.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RecoveryRules {
    /// How many officers must agree.
    pub officers: Vec<Dated<u16>>,
    /// How long a case waits, by block time.
    pub wait: Vec<Dated<Seconds>>,
}

citizen_primitives::canonical!(CustodyRecord = 1, FiledCase = 1, RecoveryRules = 1);

impl CustodyRecord {
    /// Why the account's device may order nothing now, if it may not.
    #[must_use]
    pub const fn stops_orders(&self) -> Option<Rejection> {
        match (self.frozen, &self.recovery) {
            (Some(_), _) => Some(Rejection::Frozen),
            (None, Some(_)) => Some(Rejection::UnderRecovery),
            (None, None) => None,
        }
    }
}

impl RecoveryCase {
    /// Whether the listed device may object at `time`. That a frozen one may not is the account's matter.
    #[must_use]
    pub fn is_open_to_objection(&self, time: UnixTime) -> bool {
        matches!(self.stage, RecoveryStage::Waiting) && time < self.effective
    }

    /// Whether the new device may take over at `time`.
    #[must_use]
    pub fn is_effective(&self, time: UnixTime) -> bool {
        match self.stage {
            RecoveryStage::Waiting | RecoveryStage::Upheld { .. } => self.effective <= time,
            RecoveryStage::Objected { .. } => false,
        }
    }
}

impl CustodyAction {
    /// The account it is about.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        match self {
            Self::File(file) => &file.account,
            Self::Freeze { account }
            | Self::Unfreeze { account, .. }
            | Self::Object { account, .. }
            | Self::Uphold { account, .. }
            | Self::Dismiss { account, .. }
            | Self::Complete { account, .. } => account,
        }
    }

    /// The keys that sign besides the signer: who lists a key shows that it is held. A case lists keys of somebody who is not
    /// there; they sign when it is completed.
    pub(crate) fn further_keys(&self) -> Vec<PublicKey> {
        match self {
            Self::Unfreeze { device: Some(device), .. } => vec![device.ed25519(), device.p256()],
            Self::Complete { recovery, .. } => vec![*recovery],
            Self::Freeze { .. }
            | Self::Unfreeze { device: None, .. }
            | Self::File(_)
            | Self::Object { .. }
            | Self::Uphold { .. }
            | Self::Dismiss { .. } => Vec::new(),
        }
    }

    /// The signer that it takes, and keys that can be registered.
    pub(crate) fn check_form(&self, signer: &Signer) -> Result<(), Rejection> {
        let is_signed = match (self, signer) {
            (
                Self::Freeze { account } | Self::Unfreeze { account, .. },
                Signer::Recovery { account: signed, .. },
            )
            | (
                Self::Object { account, .. } | Self::Complete { account, .. },
                Signer::Device { account: signed, .. },
            ) => account == signed,
            (Self::File(_) | Self::Uphold { .. } | Self::Dismiss { .. }, Signer::Several { .. }) => true,
            _ => false,
        };
        if !is_signed {
            return Err(Rejection::NotAllowed);
        }
        let checked = match self {
            Self::Unfreeze { device: Some(device), .. } => device.check(),
            Self::File(file) => file.device.check().and(file.recovery.check()),
            _ => Ok(()),
        };
        checked.map_err(|_| Rejection::WeakKey)
    }
}
