//! The order on the ledger: one hold that checks the device's epoch, consumes the payment id, and is the only place of decision.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::{Epoch, Lots};
use citizen_primitives::{AccountId, Hash, KeyId, PaymentId, Points, TransactionId, UnixTime, Won};

/// What the citizen's phone signs: points to hold, won to debit (this is the mandate), to whom as a commitment, until when.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hold {
    /// The payment, chosen at random; it can be used once (PAY-2).
    pub payment: PaymentId,
    /// Points to put on hold; zero for a payment in won alone.
    pub points: Points,
    /// Won the bank may debit against the proof of this hold; zero for a payment in points alone.
    pub won: Won,
    /// The commitment to the terms.
    pub commitment: Hash,
    /// The centre's key: who may capture or release.
    pub centre: KeyId,
    /// The bank's key: whose signed debit a capture of won needs.
    pub bank: KeyId,
    /// When the hold lapses, by block time.
    pub expires: UnixTime,
}

/// What the ledger keeps of a payment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PaymentRecord {
    /// Who pays.
    pub account: AccountId,
    /// The epoch of the device that signed.
    pub epoch: Epoch,
    /// The transaction that opened it: the order as signed.
    pub order: TransactionId,
    /// The points on hold, by month of expiry: where they came from.
    pub lots: Lots,
    /// Won to be debited, or debited.
    pub won: Won,
    /// The commitment to the terms.
    pub commitment: Hash,
    /// The centre's key.
    pub centre: KeyId,
    /// The bank's key.
    pub bank: KeyId,
    /// Block time of the hold.
    pub opened: UnixTime,
    /// When it lapses.
    pub expires: UnixTime,
    /// Where it stands.
    pub state: PaymentState,
}
citizen_primitives::canonical!(PaymentRecord = 1);

/// Where a payment stands on the ledger. All but `Held` are final (PAY-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PaymentState {
    /// Points are on hold, won may be debited.
    Held,
    /// Paid.
    Captured {
        /// Block time of the capture.
        at: UnixTime,
        /// The digest of the bank's signed debit, if won was paid.
        debit: Option<Hash>,
    },
    /// Given up by the centre; the points are back.
    Released {
        /// Block time of the release.
        at: UnixTime,
    },
    /// Run out; the points are back.
    Lapsed {
        /// Block time at which it was seen.
        at: UnixTime,
    },
    /// The citizen took her mandate back before it was charged: nothing was ever held.
    Revoked {
        /// Block time of the revocation.
        at: UnixTime,
    },
}

impl PaymentState {
    /// Whether the payment ended without being paid: the proof that makes the bank undo.
    #[must_use]
    pub const fn is_reversed(&self) -> bool {
        matches!(self, Self::Released { .. } | Self::Lapsed { .. } | Self::Revoked { .. })
    }

    /// Whether nothing can change it any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pay_3_every_state_but_held_is_final_and_only_the_unpaid_ends_undo() {
        let at = UnixTime::from_seconds(1);
        let ends = [
            (PaymentState::Captured { at, debit: None }, false),
            (PaymentState::Released { at }, true),
            (PaymentState::Lapsed { at }, true),
            (PaymentState::Revoked { at }, true),
        ];
        assert!(!PaymentState::Held.is_final() && !PaymentState::Held.is_reversed());
        assert!(ends.iter().all(|(state, reversed)| state.is_final() && state.is_reversed() == *reversed));
    }
}
