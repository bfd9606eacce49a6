//! One line of the account's history.

use crate::error::Message;
use crate::view::{VerifiedMark, serial::plain, view};
use citizen_coin::{Entry, EntryKind};
use citizen_ledger::Provenance;
use citizen_primitives::{Height, PaymentId, Points, UnixTime, Won};

view! {
    /// An entry of the history, proved by the account's count and running hash.
    EntryView {
        /// Its place, from 0.
        index: u64,
        /// Block time.
        #[serde(serialize_with = "plain")]
        time: UnixTime,
        /// The block.
        #[serde(serialize_with = "plain")]
        height: Height,
        /// What happened: a stable word.
        kind: &'static str,
        /// Points that came or went; zero if none.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// Won of a payment; zero if none.
        #[serde(serialize_with = "plain")]
        krw: Won,
        /// The payment it belongs to.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        payment_id: Option<PaymentId>,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// The history up to one proved record.
    HistoryView {
        /// The entries, oldest first.
        entries: Vec<EntryView>,
        /// How the phone knows that none is missing.
        verified: VerifiedMark,
    }
}

/// A history whose count and running hash are those of a proved record.
#[derive(Debug)]
pub(crate) struct WholeHistory<'a> {
    pub(crate) entries: &'a [Entry],
    pub(crate) provenance: Provenance,
}

impl HistoryView {
    pub(crate) fn of(history: &WholeHistory<'_>) -> Self {
        Self {
            entries: history.entries.iter().map(EntryView::of).collect(),
            verified: VerifiedMark::of(&history.provenance),
        }
    }
}

impl EntryView {
    /// Of an entry in a [`WholeHistory`].
    pub(super) fn of(entry: &Entry) -> Self {
        let line = Line::of(&entry.kind);
        let text = Message::of(&format!("entry.{}", line.kind))
            .with("points", line.points)
            .with("won", line.krw)
            .with("programme", line.name);
        Self {
            index: entry.index,
            time: entry.time,
            height: entry.height,
            kind: line.kind,
            points: line.points,
            krw: line.krw,
            payment_id: line.payment,
            text,
        }
    }
}

/// What an entry says, taken apart.
struct Line<'a> {
    kind: &'static str,
    points: Points,
    krw: Won,
    payment: Option<PaymentId>,
    name: &'a str,
}

impl<'a> Line<'a> {
    fn of(kind: &'a EntryKind) -> Self {
        match kind {
            EntryKind::Opened => Self::plain("opened"),
            EntryKind::DeviceReplaced { epoch: _ } => Self::plain("device-replaced"),
            EntryKind::Granted { programme, points } => {
                Self { points: *points, name: programme.as_str(), ..Self::plain("granted") }
            }
            EntryKind::Sent { to: _, points } => Self { points: *points, ..Self::plain("sent") },
            EntryKind::Received { from: _, points } => Self { points: *points, ..Self::plain("received") },
            EntryKind::Held { payment, points, won } => {
                Self { points: *points, krw: *won, ..Self::payment("held", *payment) }
            }
            EntryKind::Captured { payment } => Self::payment("captured", *payment),
            EntryKind::Released { payment, expired: _ } => Self::payment("released", *payment),
            EntryKind::Lapsed { payment, expired: _ } => Self::payment("lapsed", *payment),
            EntryKind::Expired { points } => Self { points: *points, ..Self::plain("expired") },
            EntryKind::Refunded { payment, refund: _, points, expired: _, won } => {
                Self { points: *points, krw: *won, ..Self::payment("refunded", *payment) }
            }
            EntryKind::Redeemed { redemption: _, points } => {
                Self { points: *points, ..Self::plain("redeemed") }
            }
            EntryKind::LimitsSet => Self::plain("limits-set"),
            EntryKind::Frozen => Self::plain("frozen"),
            EntryKind::Unfrozen => Self::plain("unfrozen"),
            EntryKind::RecoveryFiled { case: _ } => Self::plain("recovery-filed"),
            EntryKind::RecoveryObjected { case: _ } => Self::plain("recovery-objected"),
            EntryKind::RecoveryUpheld { case: _ } => Self::plain("recovery-upheld"),
            EntryKind::RecoveryDismissed { case: _ } => Self::plain("recovery-dismissed"),
            EntryKind::Recovered { case: _, epoch: _ } => Self::plain("recovered"),
        }
    }

    const fn plain(kind: &'static str) -> Self {
        Self { kind, points: Points::ZERO, krw: Won::ZERO, payment: None, name: "" }
    }

    const fn payment(kind: &'static str, payment: PaymentId) -> Self {
        Self { payment: Some(payment), ..Self::plain(kind) }
    }
}
