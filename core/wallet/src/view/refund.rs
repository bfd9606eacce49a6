//! What came back of a payment, as the account's history proves it.

use crate::record::PaymentRow;
use crate::view::{VerifiedMark, WholeHistory, serial::plain, view};
use citizen_coin::{Entry, EntryKind};
use citizen_payment::Progress;
use citizen_primitives::{AmountError, Height, PaymentId, Points, UnixTime, Won};

view! {
    /// One refund.
    RefundView {
        /// Points that came back into the lots they had come from.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// Points whose lot had expired, and that stay so.
        #[serde(serialize_with = "plain")]
        points_expired: Points,
        /// Won that the bank credits against the ledger's proof.
        #[serde(serialize_with = "plain")]
        krw: Won,
        /// Block time.
        #[serde(serialize_with = "plain")]
        time: UnixTime,
        /// The block.
        #[serde(serialize_with = "plain")]
        height: Height,
    }
}

view! {
    /// The refunds of one payment.
    RefundsView {
        /// The payment.
        #[serde(serialize_with = "plain")]
        payment_id: PaymentId,
        /// Each, oldest first.
        refunds: Vec<RefundView>,
        /// What came back in all, points and won together.
        #[serde(serialize_with = "plain")]
        refunded: Won,
        /// What can still be given back.
        #[serde(serialize_with = "plain")]
        left: Won,
        /// How the phone knows that none is missing.
        verified: VerifiedMark,
    }
}

impl RefundsView {
    pub(crate) fn of(row: &PaymentRow, history: &WholeHistory<'_>) -> Result<Self, AmountError> {
        let payment = row.terms.payment;
        let refunds: Vec<RefundView> =
            history.entries.iter().filter_map(|entry| refund(entry, payment)).collect();
        let mut refunded = Won::ZERO;
        for refund in &refunds {
            let points = Won::new(refund.points.plus(refund.points_expired)?.amount())?;
            refunded = refunded.plus(points)?.plus(refund.krw)?;
        }
        let paid = if row.progress == Progress::Captured { row.terms.total()? } else { Won::ZERO };
        let left = paid.minus(refunded).unwrap_or(Won::ZERO);
        let verified = VerifiedMark::of(&history.provenance);
        Ok(Self { payment_id: payment, refunds, refunded, left, verified })
    }
}

fn refund(entry: &Entry, of: PaymentId) -> Option<RefundView> {
    match entry.kind {
        EntryKind::Refunded { payment, refund: _, points, expired, won } if payment == of => {
            Some(RefundView {
                points,
                points_expired: expired,
                krw: won,
                time: entry.time,
                height: entry.height,
            })
        }
        _ => None,
    }
}
