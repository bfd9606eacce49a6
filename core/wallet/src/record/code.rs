//! A code that this phone shows, as it is kept: what was signed over it, and what became of it.

use super::KeptProof;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_payment::{Mandate, SignedMandate};
use citizen_primitives::Canonical as _;
use citizen_primitives::PaymentId;
use citizen_store::Row;

/// A shown code. It is written before the mandate leaves.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct CodeRow {
    /// The text of the QR symbol.
    pub(crate) qr: String,
    /// The text of the bar code.
    pub(crate) barcode: String,
    /// What was signed: a `SignedMandate`.
    pub(crate) mandate: Vec<u8>,
    /// The code before it on the screen.
    pub(crate) replaces: Option<PaymentId>,
    /// Whether the centre has said that it has the mandate.
    pub(crate) ready: bool,
    /// The revocation, once it is signed: a `SignedTransaction`.
    pub(crate) revocation: Option<Vec<u8>>,
    /// What became of it, by proof.
    pub(crate) fate: CodeFate,
}
citizen_primitives::canonical!(CodeRow = 1);

/// What became of a shown code.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum CodeFate {
    /// It may still be charged.
    Open,
    /// It was charged: the payment is among the payments.
    Charged,
    /// Its time passed, and the ledger proves that nobody charged it.
    Expired,
    /// The ledger proves that it was revoked.
    Revoked,
    /// It was charged, and the ledger proves that nothing was paid in the end.
    Undone,
    /// It was charged and paid, by this proof of the payment's record; the centre has not told by whom.
    Paid(Box<KeptProof>),
}

impl CodeRow {
    /// The mandate as signed.
    pub(crate) fn signed(&self) -> Option<SignedMandate> {
        SignedMandate::from_canonical(&self.mandate).ok()
    }

    /// What it allows.
    pub(crate) fn mandate(&self) -> Option<Mandate> {
        self.signed()?.dangerous_unverified().ok()
    }

    /// Whether something may still become of it.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.fate, CodeFate::Open)
    }

    /// Whether something is still to be learned of it: what becomes of it, or who has charged it.
    pub(crate) const fn needs_work(&self) -> bool {
        matches!(self.fate, CodeFate::Open | CodeFate::Paid(_) | CodeFate::Undone)
    }
}

/// The row of a code.
pub(crate) fn code_row(payment: &PaymentId) -> Row {
    super::outbox_row(super::OutboxKind::Code, payment.as_bytes())
}
