//! An issuance that the issuer has not answered to its end: all that it takes to ask for the same again.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_store::{Row, Table};

/// The kind of row: the first byte of its key. Others of the table are in `record/credential.rs`, `record/service.rs` and
/// `record/authorization.rs`.
const UNANSWERED: u8 = 4;

/// What was accepted and asked for. The store seals it; it is gone with the issuance.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct UnansweredRow {
    /// The offer, as a link with all of it.
    pub(crate) offer: String,
    /// What she typed.
    pub(crate) code: Option<String>,
    /// The P-256 key that the issuer's tokens are bound to (RFC 9449).
    pub(crate) token_key: [u8; 32],
    /// The key proofs of each request for credentials, in the order in which they left.
    pub(crate) proofs: Vec<Vec<String>>,
}
citizen_primitives::canonical!(UnansweredRow = 1);

/// What it says is as good as the credential.
impl std::fmt::Debug for UnansweredRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UnansweredRow({} requests)", self.proofs.len())
    }
}

/// The row of the one issuance that may be under way.
pub(crate) fn unanswered_row() -> Row {
    Row::new(Table::Credentials, [UNANSWERED])
}
