//! The card's key after it was changed, and a change that is under way.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{KeyAlias, KeyIndex};
use citizen_primitives::Height;
use citizen_store::{Row, Store, StoreError, Table};

/// Under which alias the key store has the P-256 key of an index. Without this row it is the key that the wallet was made with.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct CardKeyRow {
    /// Of which of the phone's account keys it is the pair.
    pub(crate) key: KeyIndex,
    /// Its alias.
    pub(crate) alias: KeyAlias,
}

/// A change of the card's key. It is on the disk before the key is made, so that no key is left behind.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RotationRow {
    /// The new key.
    pub(crate) new: CardKeyRow,
    /// Once it is signed: the `SignedTransaction`, and the last height at which it may be executed.
    pub(crate) signed: Option<(Vec<u8>, Height)>,
}

/// Aliases of card keys that nothing names any more, until the key store has removed them. Written in the commit by which they lost their
/// name: killed after it, the phone still knows what to remove (WALLET-34).
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RetiredKeysRow(pub(crate) Vec<KeyAlias>);

citizen_primitives::canonical!(CardKeyRow = 1, RotationRow = 1, RetiredKeysRow = 1);

/// The row of the changed key.
pub(crate) fn card_key_row() -> Row {
    Row::new(Table::Account, b"card-key")
}

/// The row of the one change that may be under way.
pub(crate) fn rotation_row() -> Row {
    Row::new(Table::Account, b"rotation")
}

/// The row of the keys that are to be removed.
pub(crate) fn retired_keys_row() -> Row {
    Row::new(Table::Account, b"retired-card-keys")
}

/// The keys besides the first: that in force, and the one that may come to be.
pub(crate) fn card_keys(store: &dyn Store) -> Result<(Option<CardKeyRow>, Option<RotationRow>), StoreError> {
    Ok((super::load(store, &card_key_row())?, super::load(store, &rotation_row())?))
}
