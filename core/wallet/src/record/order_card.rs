//! The citizen card that an order needs: which credential, for what, and what became of showing it.

use super::OutboxKind;
use crate::id::CredentialId;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::PaymentCardRule;
use citizen_primitives::{Hash, PaymentId};
use citizen_store::Row;

/// It is written with the order, and the answer of the copy that was taken for it is sent until the centre has it: never another copy.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct OrderCardRow {
    /// The payment.
    pub(crate) payment: PaymentId,
    /// The credential that the review named.
    pub(crate) credential: CredentialId,
    /// The rule that the review rested on: no more than it says is shown.
    pub(crate) rule: PaymentCardRule,
    /// What became of it.
    pub(crate) showing: Showing,
}

/// What became of showing the card.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Showing {
    /// The centre has not asked.
    Awaited,
    /// The centre asks, by its signed word.
    Asked {
        /// Where.
        link: String,
        /// By which certificate.
        certificate: Hash,
    },
    /// A copy is used up for it, and this is what is sent.
    Shown {
        /// To where.
        url: String,
        /// The form.
        body: String,
    },
    /// The centre has it.
    Taken,
    /// It is not shown, or does not count, for this reason.
    Refused {
        /// The reason's word.
        reason: String,
    },
}

citizen_primitives::canonical!(OrderCardRow = 1);

/// A presentation is nobody's to read.
impl std::fmt::Debug for Showing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl Showing {
    /// The stable word.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Awaited => "awaited",
            Self::Asked { .. } => "asked",
            Self::Shown { .. } => "shown",
            Self::Taken => "taken",
            Self::Refused { .. } => "refused",
        }
    }
}

/// The row of an order's card.
pub(crate) fn order_card_row(payment: &PaymentId) -> Row {
    super::outbox_row(OutboxKind::OrderCard, payment.as_bytes())
}
