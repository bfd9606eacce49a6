//! Which account this phone has, and how far it is in opening it or taking it over.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::Epoch;
use citizen_keys::{KeyIndex, PublicKey};
use citizen_primitives::{AccountId, Height, UnixTime};

/// The account of this phone.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct AccountRow {
    /// Its identifier.
    pub(crate) id: AccountId,
    /// The device's epoch, once the ledger lists it.
    pub(crate) epoch: Epoch,
    /// Which of the phone's account keys is listed.
    pub(crate) key: KeyIndex,
    /// The public recovery key: a backup is sealed only under its code.
    pub(crate) recovery: PublicKey,
    /// How far it is.
    pub(crate) phase: Phase,
}
citizen_primitives::canonical!(AccountRow = 1);

/// How far the account is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Phase {
    /// Its opening is signed; the same bytes are sent again until the state shows it, or never can.
    Opening {
        /// The `SignedTransaction`.
        transaction: Vec<u8>,
        /// The last height at which it may be executed.
        valid_until: Height,
    },
    /// The replacement of its device by this phone is signed.
    Replacing {
        /// The `SignedTransaction`.
        transaction: Vec<u8>,
        /// The last height at which it may be executed.
        valid_until: Height,
    },
    /// The ledger lists this phone.
    Open,
    /// The ledger lists another phone.
    Fenced {
        /// Since when, by block time.
        since: UnixTime,
    },
}
