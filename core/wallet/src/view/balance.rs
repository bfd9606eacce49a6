//! What the citizen has: points by proof, won by the bank's word.

use crate::error::Message;
use crate::view::{AttestedMark, Freshness, VerifiedMark, serial::plain, view};
use citizen_coin::AccountRecord;
use citizen_ledger::{Attested, Provenance, Verified};
use citizen_payment::word::BankBalance;
use citizen_primitives::{AmountError, Month, Points, TimeError, Won};

view! {
    /// Points that expire at the end of one month.
    ExpiringView {
        /// The month.
        #[serde(serialize_with = "plain")]
        month: Month,
        /// How many.
        #[serde(serialize_with = "plain")]
        points: Points,
    }
}

view! {
    /// Points, proved by the ledger.
    PointsView {
        /// What can be spent.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// On hold for payments that have not ended.
        #[serde(serialize_with = "plain")]
        points_held: Points,
        /// The same points by the month in which they expire, first to expire first.
        expiring: Vec<ExpiringView>,
        /// Of these, what expires in the month of the header.
        #[serde(serialize_with = "plain")]
        expiring_this_month: Points,
        /// How the phone knows.
        verified: VerifiedMark,
        /// Whether it may be taken for the present.
        freshness: Freshness,
        /// For a screen reader.
        spoken: Message,
    }
}

view! {
    /// Won, by the bank's word.
    WonView {
        /// What can be spent.
        #[serde(serialize_with = "plain")]
        krw: Won,
        /// Who said so, and when.
        attested: AttestedMark,
        /// For a screen reader.
        #[serde(rename = "krw_spoken")]
        spoken: Message,
    }
}

view! {
    /// Points and won. What could not be had now is absent, never zero.
    BalanceView {
        /// The points.
        #[serde(flatten)]
        points: PointsView,
        /// The won, if the bank has said.
        #[serde(flatten)]
        won: Option<WonView>,
    }
}

view! {
    /// The one home screen.
    HomeView {
        /// Points and won.
        balance: BalanceView,
        /// Payments that have not ended.
        open_payments: Vec<crate::view::PaymentView>,
        /// The newest entries of the history.
        recent: Vec<crate::view::EntryView>,
    }
}

/// Why a proved record makes no view: an amount or a month that no ledger of these rules writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record out of range")]
pub(crate) struct OutOfRange;

impl PointsView {
    /// Of a proved record, in the month of its header: the phone's clock decides nothing here.
    pub(crate) fn from_verified(
        record: Verified<AccountRecord>,
        freshness: Freshness,
    ) -> Result<Self, OutOfRange> {
        let (lots, provenance) = record.try_map(Spendable::of)?.into_parts();
        let Spendable { points, held, lots, this_month } = lots;
        let spoken = if this_month.is_zero() {
            Message::of("spoken.points").with("points", points)
        } else {
            Message::of("spoken.points-expiring").with("points", points).with("expiring", this_month)
        };
        Ok(Self {
            points,
            points_held: held,
            expiring: lots.into_iter().map(|(month, points)| ExpiringView { month, points }).collect(),
            expiring_this_month: this_month,
            verified: VerifiedMark::of(&provenance),
            freshness,
            spoken,
        })
    }
}

impl WonView {
    /// Of the bank's word.
    pub(crate) fn from_attested(word: &Attested<BankBalance>) -> Self {
        let krw = word.value().won;
        Self { krw, attested: AttestedMark::of(word), spoken: Message::of("spoken.krw").with("won", krw) }
    }
}

impl BalanceView {
    pub(crate) const fn new(points: PointsView, won: Option<WonView>) -> Self {
        Self { points, won }
    }
}

/// What can be spent of a record at a header's time.
struct Spendable {
    points: Points,
    held: Points,
    lots: Vec<(Month, Points)>,
    this_month: Points,
}

impl Spendable {
    fn of(record: AccountRecord, provenance: &Provenance) -> Result<Self, OutOfRange> {
        let now = provenance.time.month_in_seoul()?;
        let points = record.spendable(now)?;
        let lots: Vec<_> = record.lots.iter().filter(|(month, _)| *month >= now).collect();
        let this_month = lots.iter().find(|(month, _)| *month == now).map(|(_, points)| *points);
        Ok(Self { points, held: record.held, lots, this_month: this_month.unwrap_or_default() })
    }
}

impl From<AmountError> for OutOfRange {
    fn from(_: AmountError) -> Self {
        Self
    }
}

impl From<TimeError> for OutOfRange {
    fn from(_: TimeError) -> Self {
        Self
    }
}
