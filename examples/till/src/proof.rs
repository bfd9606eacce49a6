//! What the ledger proves of payments and refunds to this merchant.

use crate::failure::Failure;
use citizen_client::Proven;
use citizen_coin::Refunded;
use citizen_ledger::{Provenance, StateKey, state_key};
use citizen_payment::{PaymentRecord, PaymentState, RefundRecord, Terms};
use citizen_primitives::{KeyId, PaymentId, Points, RefundId, UnixTime, Won};

/// A payment that was proved to be paid to this merchant. Made here alone.
#[derive(Debug, Clone)]
pub(crate) struct Paid {
    pub(crate) payment: PaymentId,
    pub(crate) points: Points,
    pub(crate) won: Won,
    /// Given back so far, points and won together.
    pub(crate) refunded: Won,
    /// Block time of the capture.
    pub(crate) captured_at: UnixTime,
    pub(crate) provenance: Provenance,
}

/// What the ledger proves of a payment.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// There is no such payment. It may still come.
    Absent,
    /// It is somebody else's, or of other amounts.
    NotOurs,
    /// On hold.
    Held,
    /// Released, lapsed or revoked: it never will be paid.
    Reversed,
    /// Paid.
    Paid(Paid),
}

/// A refund that was proved.
#[derive(Debug, Clone)]
pub(crate) struct GivenBack {
    pub(crate) points: Points,
    pub(crate) won: Won,
    /// How many of the points stay expired.
    pub(crate) expired: Points,
    pub(crate) time: UnixTime,
    pub(crate) provenance: Provenance,
}

impl Paid {
    /// Points and won together.
    pub(crate) fn total(&self) -> Result<Won, Failure> {
        sum(self.points, self.won)
    }
}

/// The keys under which a payment is proved.
pub(crate) fn payment_keys(payment: &PaymentId) -> [StateKey; 2] {
    [state_key::payment(payment), state_key::refunded(payment)]
}

/// Where a payment of these terms stands: the record's commitment opens with them, its amounts are theirs, and this centre
/// captured it (TILL-2). The ledger captures won only against the bank's signed debit.
pub(crate) fn payment(proven: &Proven, terms: &Terms, centre: &KeyId) -> Result<Standing, Failure> {
    let [record_key, refunded_key] = payment_keys(&terms.payment);
    let Some(record) = proven.get::<PaymentRecord>(&record_key)?.present() else {
        return Ok(Standing::Absent);
    };
    let (record, provenance) = record.into_parts();
    let points = record.lots.total().map_err(|_| out_of_range())?;
    let opens = record.commitment == terms.commitment()
        && points == terms.points
        && record.won == terms.won
        && record.centre == *centre;
    if !opens {
        return Ok(Standing::NotOurs);
    }
    let captured_at = match record.state {
        PaymentState::Held => return Ok(Standing::Held),
        PaymentState::Released { .. } | PaymentState::Lapsed { .. } | PaymentState::Revoked { .. } => {
            return Ok(Standing::Reversed);
        }
        PaymentState::Captured { at, debit: _ } => at,
    };
    let refunded = match proven.get::<Refunded>(&refunded_key)?.present() {
        Some(refunded) => refunded.value().total().map_err(|_| out_of_range())?,
        None => Won::ZERO,
    };
    let payment = terms.payment;
    Ok(Standing::Paid(Paid { payment, points, won: record.won, refunded, captured_at, provenance }))
}

/// A refund of a payment by this centre; nothing if the ledger does not have it yet.
pub(crate) fn refund(
    proven: &Proven,
    refund: &RefundId,
    payment: &PaymentId,
    centre: &KeyId,
) -> Result<Option<GivenBack>, Failure> {
    let Some(record) = proven.get::<RefundRecord>(&state_key::refund(refund))?.present() else {
        return Ok(None);
    };
    let (record, provenance) = record.into_parts();
    if record.payment != *payment || record.centre != *centre {
        return Err(Failure::unverified("refund", "ledger"));
    }
    let points = record.lots.total().map_err(|_| out_of_range())?;
    let RefundRecord { won, expired, time, .. } = record;
    Ok(Some(GivenBack { points, won, expired, time, provenance }))
}

/// Points count as won.
pub(crate) fn sum(points: Points, won: Won) -> Result<Won, Failure> {
    let points = Won::new(points.amount()).map_err(|_| out_of_range())?;
    won.plus(points).map_err(|_| out_of_range())
}

fn out_of_range() -> Failure {
    Failure::unverified("record", "ledger")
}
