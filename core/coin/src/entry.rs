//! One line of an account's history.

use crate::epoch::Epoch;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{
    AccountId, Canonical as _, Hash, Height, Label, PaymentId, Points, ProgrammeId, RecoveryCaseId,
    RedemptionId, RefundId, TransactionId, UnixTime, Won,
};

/// What brought an entry about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Cause {
    /// The passing of time, seen at the beginning of a block.
    Block,
    /// A transaction.
    Transaction(TransactionId),
}

/// One line of an account's history, in the order of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Entry {
    /// Its place in the history, from 0.
    pub index: u64,
    /// The block it stands in.
    pub height: Height,
    /// That block's time.
    pub time: UnixTime,
    /// What brought it about.
    pub cause: Cause,
    /// What happened.
    pub kind: EntryKind,
}
citizen_primitives::canonical!(Entry = 1);

/// What happened to the account.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum EntryKind {
    /// It was opened.
    Opened,
    /// Another device took over.
    DeviceReplaced {
        /// The new device's epoch.
        epoch: Epoch,
    },
    /// A programme granted points.
    Granted {
        /// The programme.
        programme: ProgrammeId,
        /// How many.
        points: Points,
    },
    /// Points went to another account.
    Sent {
        /// The other account.
        to: AccountId,
        /// How many.
        points: Points,
    },
    /// Points came from another account.
    Received {
        /// The other account.
        from: AccountId,
        /// How many.
        points: Points,
    },
    /// A payment began: points on hold, won to be debited.
    Held {
        /// The payment.
        payment: PaymentId,
        /// Points on hold.
        points: Points,
        /// Won to be debited by the bank.
        won: Won,
    },
    /// The payment was captured.
    Captured {
        /// The payment.
        payment: PaymentId,
    },
    /// The payment was released before it was captured.
    Released {
        /// The payment.
        payment: PaymentId,
        /// Points that came back and had expired meanwhile.
        expired: Points,
    },
    /// The payment lapsed before it was captured.
    Lapsed {
        /// The payment.
        payment: PaymentId,
        /// Points that came back and had expired meanwhile.
        expired: Points,
    },
    /// Lots expired; written when the account is next touched.
    Expired {
        /// How many.
        points: Points,
    },
    /// Part of a captured payment came back.
    Refunded {
        /// The payment.
        payment: PaymentId,
        /// The refund.
        refund: RefundId,
        /// Points that came back into their lots.
        points: Points,
        /// Points of lots that had expired, and stay so.
        expired: Points,
        /// Won that the bank credits.
        won: Won,
    },
    /// Points were changed into a gift certificate.
    Redeemed {
        /// The redemption.
        redemption: RedemptionId,
        /// How many.
        points: Points,
    },
    /// The citizen set her own limits, or took them back.
    LimitsSet,
    /// The recovery key froze the account.
    Frozen,
    /// It let the account go on.
    Unfrozen,
    /// Officers opened a case of recovery: the account stands still.
    RecoveryFiled {
        /// The case.
        case: RecoveryCaseId,
    },
    /// The listed device objected.
    RecoveryObjected {
        /// The case.
        case: RecoveryCaseId,
    },
    /// Other officers stand by the case.
    RecoveryUpheld {
        /// The case.
        case: RecoveryCaseId,
    },
    /// Officers dropped the case.
    RecoveryDismissed {
        /// The case.
        case: RecoveryCaseId,
    },
    /// The case took effect: another device and another recovery key.
    Recovered {
        /// The case.
        case: RecoveryCaseId,
        /// The new device's epoch.
        epoch: Epoch,
    },
}

impl Entry {
    /// The running hash with this entry after `before` (COIN-6).
    #[must_use]
    pub fn extend(&self, before: &Hash) -> Hash {
        let mut bytes = before.as_bytes().to_vec();
        bytes.extend_from_slice(&self.to_canonical());
        Hash::labelled(Label::AccountEntry, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::running_hash;

    fn entry(index: u64) -> Entry {
        Entry {
            index,
            height: Height::new(3),
            time: UnixTime::from_seconds(9),
            cause: Cause::Block,
            kind: EntryKind::Expired { points: Points::new(index).unwrap() },
        }
    }

    #[test]
    fn coin_6_a_history_with_a_gap_has_another_hash() {
        let whole = [entry(0), entry(1), entry(2)];
        let hash = running_hash(&whole);
        assert_ne!(running_hash([&whole[0], &whole[2]]), hash);
        assert_ne!(running_hash([&whole[1], &whole[0], &whole[2]]), hash);
        let mut changed = whole.clone();
        changed[1].kind = EntryKind::Opened;
        assert_ne!(running_hash(&changed), hash);
    }
}
