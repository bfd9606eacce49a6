//! How far a payment has come, as the phone shows it: each step rests on a proof or a signed word (core/docs/adr/0004).

use crate::order::PaymentState;
use borsh::{BorshDeserialize, BorshSerialize};

/// The steps of a payment. `Captured`, `Reversed` and `NeverHeld` are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum Progress {
    /// Signed and in the outbox; nothing is known yet.
    Requested,
    /// The ledger holds the points (proved).
    Held,
    /// The bank has debited the won (its signed word); not yet captured.
    Debited,
    /// Paid (proved).
    Captured,
    /// Released or lapsed (proved); the bank's word that won are back is still awaited.
    Reversing,
    /// Not paid: points are back (proved), won are back or were never taken (the bank's word).
    Reversed,
    /// The ledger never held it and never can: its time ran out or it was refused (proved).
    NeverHeld,
}

/// What the phone has learnt of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findings {
    /// The record in the proved state, if it is there.
    pub record: Option<PaymentState>,
    /// Whether the proved state is past the order's last height, so that an absent record stays absent.
    pub past_validity: bool,
    /// Whether won are part of it.
    pub has_won: bool,
    /// Whether the bank's signed debit is at hand.
    pub debited: bool,
    /// Whether the bank's signed ending is at hand.
    pub undone: bool,
}

impl Progress {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Captured | Self::Reversed | Self::NeverHeld)
    }

    /// Where a payment stands by what is known: the ledger decides, a word only adds (PAY-4).
    #[must_use]
    pub const fn of(findings: &Findings) -> Self {
        match findings.record {
            None if findings.past_validity => Self::NeverHeld,
            None => Self::Requested,
            Some(PaymentState::Held) if findings.debited => Self::Debited,
            Some(PaymentState::Held) => Self::Held,
            Some(PaymentState::Captured { .. }) => Self::Captured,
            Some(PaymentState::Revoked { .. }) => Self::Reversed,
            Some(PaymentState::Released { .. } | PaymentState::Lapsed { .. }) => {
                if findings.has_won && !findings.undone { Self::Reversing } else { Self::Reversed }
            }
        }
    }

    /// Whether a payment can go from here to `next`; the phone never shows a step backwards (PAY-5).
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Requested => true,
            Self::Held => !matches!(next, Self::Requested | Self::NeverHeld),
            Self::Debited => !matches!(next, Self::Requested | Self::NeverHeld | Self::Held),
            Self::Reversing => matches!(next, Self::Reversing | Self::Reversed),
            Self::Captured => matches!(next, Self::Captured),
            Self::Reversed => matches!(next, Self::Reversed),
            Self::NeverHeld => matches!(next, Self::NeverHeld),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::UnixTime;

    const NOTHING: Findings =
        Findings { record: None, past_validity: false, has_won: true, debited: false, undone: false };
    const AT: UnixTime = UnixTime::from_seconds(1);

    #[test]
    fn pay_4_no_word_makes_a_payment_paid_and_absence_decides_only_past_validity() {
        let debited = Findings { debited: true, ..NOTHING };
        assert_eq!(Progress::of(&debited), Progress::Requested);
        assert_eq!(Progress::of(&NOTHING), Progress::Requested);
        assert_eq!(Progress::of(&Findings { past_validity: true, ..debited }), Progress::NeverHeld);
        let captured = PaymentState::Captured { at: AT, debit: None };
        assert_eq!(Progress::of(&Findings { record: Some(captured), ..NOTHING }), Progress::Captured);
    }

    #[test]
    fn pay_4_a_reversal_waits_for_the_banks_word_only_where_won_were_part() {
        let released = Findings { record: Some(PaymentState::Released { at: AT }), ..NOTHING };
        assert_eq!(Progress::of(&released), Progress::Reversing);
        assert_eq!(Progress::of(&Findings { undone: true, ..released }), Progress::Reversed);
        assert_eq!(Progress::of(&Findings { has_won: false, ..released }), Progress::Reversed);
    }

    #[test]
    fn pay_5_an_end_stays_an_end() {
        use Progress::*;
        for end in [Captured, Reversed, NeverHeld] {
            for next in [Requested, Held, Debited, Captured, Reversing, Reversed, NeverHeld] {
                assert_eq!(end.may_become(next), end == next);
            }
        }
        assert!(!Debited.may_become(Held));
        assert!(!Held.may_become(NeverHeld));
    }
}
