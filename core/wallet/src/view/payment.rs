//! A payment on its way: each step rests on a proof or on a signed word.

use crate::error::Message;
use crate::record::{OrderCardRow, PaymentRow};
use crate::standing::Standing;
use crate::view::{AttestedMark, OrderCardView, VerifiedMark, serial::plain, view};
use citizen_payment::Progress;
use citizen_primitives::{PaymentId, Points, Text, UnixTime, Won};

view! {
    /// A payment of this phone: what was approved, in the phone's own words, and how far it is known to be.
    PaymentView {
        /// The payment.
        #[serde(serialize_with = "plain")]
        payment_id: PaymentId,
        /// How far it is: `requested`, `held`, `debited`, `captured`, `reversing`, `reversed`, `never-held`.
        state: &'static str,
        /// The merchant's name, as the centre signed it.
        #[serde(serialize_with = "plain")]
        merchant: Text,
        /// The part in points.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// The part in won.
        #[serde(serialize_with = "plain")]
        krw: Won,
        /// When it was approved.
        #[serde(serialize_with = "plain")]
        approved: UnixTime,
        /// What of it is proved. Absent while the ledger has not shown the order, and where the proof is older than the
        /// trust file.
        verified: Option<VerifiedMark>,
        /// The bank's word that it debited.
        debited: Option<AttestedMark>,
        /// The bank's word that nothing was taken or all is back.
        undone: Option<AttestedMark>,
        /// The citizen card, if the payment needs it.
        card: Option<OrderCardView>,
        /// For people, and for a screen reader.
        text: Message,
        #[serde(skip)]
        progress: Progress,
    }
}

impl PaymentView {
    pub(crate) fn of(row: &PaymentRow, standing: &Standing, card: Option<&OrderCardRow>) -> Self {
        let progress = standing.progress(row);
        Self {
            payment_id: row.terms.payment,
            state: state_word(progress),
            merchant: row.terms.name.clone(),
            points: row.terms.points,
            krw: row.terms.won,
            approved: row.approved,
            verified: standing.provenance().map(VerifiedMark::of),
            debited: standing.debit.as_ref().map(AttestedMark::of),
            undone: standing.ending.as_ref().map(AttestedMark::of),
            card: card.map(OrderCardView::of),
            text: Message::of(&format!("progress.{}", state_word(progress))),
            progress,
        }
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.progress.is_final()
    }

    /// Whether it is paid: proved, never said.
    #[must_use]
    pub const fn is_captured(&self) -> bool {
        matches!(self.progress, Progress::Captured)
    }
}

/// The stable word of a step.
pub(crate) const fn state_word(progress: Progress) -> &'static str {
    match progress {
        Progress::Requested => "requested",
        Progress::Held => "held",
        Progress::Debited => "debited",
        Progress::Captured => "captured",
        Progress::Reversing => "reversing",
        Progress::Reversed => "reversed",
        Progress::NeverHeld => "never-held",
    }
}
