//! The three hashes of RFC 6962, section 2.1: a leaf and a node can never have the same preimage.

use citizen_primitives::Hash;

/// The hash of a leaf: SHA-256 of `0x00` and the bytes.
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash::plain(&[&[0x00], bytes])
}

/// The hash of a node: SHA-256 of `0x01`, the left and the right hash.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::plain(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// The root of a tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::plain(&[])
}
