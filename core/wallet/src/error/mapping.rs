//! The one table from the errors of the crates below to the facade's.

use super::reason::{Party, Reason, Subject};
use super::{Amount, Incident, Input, WalletError};
use citizen_client::{CallError, LedgerError, RegistryError, TrustFileError, Unproved, WordError};
use citizen_coin::LotsError;
use citizen_keys::{BackupError, KeystoreError, PinError, RecoveryCodeError, TooSoon, VaultError};
use citizen_ledger::{HeaderError, ProofError, ReceiptError, Rejection, Role};
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
            KeystoreError::NotSetUp => Self::Refused { by: Party::Phone, reason: Reason::ScreenLockNeeded },
            KeystoreError::Locked => Self::Locked,
            KeystoreError::Full => Self::StorageFull,
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

impl From<TrustFileError> for WalletError {
    fn from(_: TrustFileError) -> Self {
        Self::Invalid { input: Input::TrustFile }
    }
}

impl From<LedgerError> for WalletError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Call(error) => of_call(error, Party::Ledger),
            LedgerError::Header(error) => of_header(&error),
            LedgerError::Conflict { .. } => unverified(Subject::Header, Party::Ledger),
            LedgerError::Unverified { what } => of_unproved(&what),
            LedgerError::Stale { as_of } => Self::Stale { as_of },
            LedgerError::ClockWrong { by } => Self::ClockWrong { by },
        }
    }
}

impl From<RegistryError> for WalletError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Ledger(error) => error.into(),
            RegistryError::Hint(role) | RegistryError::NotRegistered(role) => {
                Self::UnknownParty { claims_to_be: of_role(role) }
            }
        }
    }
}

/// A call to a party.
pub(crate) fn of_call(error: CallError, by: Party) -> WalletError {
    match error {
        CallError::Offline => WalletError::Offline { can_queue: false },
        CallError::Stopped => WalletError::Cancelled,
        CallError::Malformed => unverified(Subject::Answer, by),
        CallError::Refused(body) => match body.rejection.and_then(Rejection::from_code) {
            Some(rejection) => rejection.into(),
            None => WalletError::Refused { by, reason: Reason::of_word(&body.code) },
        },
    }
}

/// A party's word.
pub(crate) fn of_word(error: WordError, by: Party) -> WalletError {
    match error {
        WordError::Call(error) => of_call(error, by),
        WordError::Unverified(_) | WordError::AboutSomethingElse => unverified(Subject::Word, by),
        WordError::NoSealingKey => WalletError::UnknownParty { claims_to_be: by },
    }
}

/// A receipt that does not prove its payment.
pub(crate) fn of_receipt(error: &ReceiptError, height: u64) -> WalletError {
    match error {
        ReceiptError::Malformed(_) | ReceiptError::LightBlock(_) => {
            WalletError::Invalid { input: Input::Receipt }
        }
        ReceiptError::NeedsRefresh => WalletError::NeedsRefresh { height },
        ReceiptError::Header(HeaderError::Future { by }) => WalletError::ClockWrong { by: *by },
        _ => unverified(Subject::Receipt, Party::File),
    }
}

/// A role of the registry as a party of an error.
pub(crate) const fn of_role(role: Role) -> Party {
    match role {
        Role::Governor => Party::Ledger,
        Role::Treasury => Party::Treasury,
        Role::Centre => Party::Centre,
        Role::Bank => Party::Bank,
        Role::ElectionOffice => Party::ElectionOffice,
        Role::Registrar => Party::Registrar,
        Role::Relay => Party::Relay,
        Role::Trustee => Party::Trustee,
        Role::RecoveryOfficer => Party::RecoveryOfficer,
        Role::Organisation => Party::Organisation,
    }
}

/// An answer about something that failed its check.
pub(crate) const fn unverified(what: Subject, source: Party) -> WalletError {
    WalletError::Unverified { what, source }
}

const fn of_header(error: &HeaderError) -> WalletError {
    match error {
        HeaderError::Future { by } => WalletError::ClockWrong { by: *by },
        HeaderError::TrustExpired { .. } => WalletError::Expired { what: Subject::Trust },
        _ => unverified(Subject::Header, Party::Ledger),
    }
}

const fn of_unproved(what: &Unproved) -> WalletError {
    match what {
        Unproved::Malformed | Unproved::AnotherTransaction => unverified(Subject::Answer, Party::Ledger),
        Unproved::LightBlock(_) | Unproved::AnotherHeight | Unproved::History(_) => {
            unverified(Subject::Header, Party::Ledger)
        }
        // Proved, and not a record this program knows: later rules have written it.
        Unproved::Record(ProofError::Record(_)) => WalletError::NeedsUpdate,
        Unproved::Record(_) | Unproved::Log(_) => unverified(Subject::Record, Party::Ledger),
    }
}
