//! The one table from the errors of the crates below to the facade's.

use super::reason::{Input, Party, Reason, Subject};
use super::{Amount, Incident, WalletError};
use citizen_coin::LotsError;
use citizen_keys::{BackupError, KeystoreError, PinError, RecoveryCodeError, TooSoon, VaultError};
use citizen_ledger::Rejection;
use citizen_primitives::{AmountError, IdentifierError, TextError};
use citizen_store::StoreError;

impl From<StoreError> for WalletError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::StoreBusy,
            StoreError::Full => Self::StorageFull,
            StoreError::Unwritable => Self::Invalid { input: Input::File },
            StoreError::Damaged | StoreError::WrongKey => Self::StoreDamaged,
            StoreError::TooNew { .. } => Self::NeedsUpdate,
            StoreError::Failed { .. } => Self::Internal { incident: Incident("store") },
        }
    }
}

impl From<KeystoreError> for WalletError {
    fn from(error: KeystoreError) -> Self {
        match error {
            KeystoreError::Cancelled => Self::Cancelled,
            KeystoreError::Invalidated | KeystoreError::Missing => Self::KeyInvalidated,
            KeystoreError::Locked => Self::Locked,
            KeystoreError::Failed => Self::Internal { incident: Incident("keystore") },
        }
    }
}

impl From<VaultError> for WalletError {
    fn from(error: VaultError) -> Self {
        match error {
            // Whoever asks for a PIN answers with the tries left; this is for a vault that does not open otherwise.
            VaultError::WrongPin | VaultError::Damaged => Self::StoreDamaged,
            VaultError::Keystore(error) => error.into(),
        }
    }
}

impl From<TooSoon> for WalletError {
    fn from(TooSoon { wait }: TooSoon) -> Self {
        Self::WrongPin { tries_left: 0, wait }
    }
}

impl From<PinError> for WalletError {
    fn from(error: PinError) -> Self {
        let input = match error {
            PinError::NotSixDigits => Input::PinForm,
            PinError::TooSimple => Input::PinSimple,
        };
        Self::Invalid { input }
    }
}

impl From<RecoveryCodeError> for WalletError {
    fn from(_: RecoveryCodeError) -> Self {
        Self::Invalid { input: Input::RecoveryCode }
    }
}

impl From<BackupError> for WalletError {
    fn from(_: BackupError) -> Self {
        Self::Invalid { input: Input::Backup }
    }
}

impl From<AmountError> for WalletError {
    fn from(_: AmountError) -> Self {
        Self::Invalid { input: Input::AmountRange }
    }
}

impl From<TextError> for WalletError {
    fn from(_: TextError) -> Self {
        Self::Invalid { input: Input::Text }
    }
}

impl From<IdentifierError> for WalletError {
    fn from(_: IdentifierError) -> Self {
        Self::Invalid { input: Input::Text }
    }
}

impl From<LotsError> for WalletError {
    fn from(error: LotsError) -> Self {
        match error {
            LotsError::NotEnough { asked, available } => {
                Self::NotEnough { asked: Amount::Points(asked), available: Amount::Points(available) }
            }
            LotsError::Amount(error) => error.into(),
        }
    }
}

impl From<Rejection> for WalletError {
    fn from(rejection: Rejection) -> Self {
        Self::Refused { by: Party::Ledger, reason: Reason::from(rejection) }
    }
}

/// An answer about something that failed its check.
pub(crate) const fn unverified(what: Subject, source: Party) -> WalletError {
    WalletError::Unverified { what, source }
}
