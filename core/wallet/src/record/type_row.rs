//! A type's description as its address gave it: public, and the same for everybody.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Hash, UnixTime};
use citizen_store::{Row, Table};

/// The kind of row: the first byte of its key. Others of the table are in `record/credential.rs`.
const TYPE: u8 = 10;

/// A description.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct TypeRow {
    /// The document, byte for byte: digests are over it.
    pub(crate) document: Vec<u8>,
    /// When it was fetched.
    pub(crate) fetched: UnixTime,
}
citizen_primitives::canonical!(TypeRow = 1);

/// The row of a type's description, by the type's address.
pub(crate) fn type_row(vct: &str) -> Row {
    let name = Hash::plain(&[vct.as_bytes()]);
    Row::new(Table::Credentials, [&[TYPE], name.as_bytes().as_slice()].concat())
}
