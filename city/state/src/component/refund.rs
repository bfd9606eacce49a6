//! Refunds of captured payments: final when they are here; the bank owes the won against the record's proof (PAY-9).

use super::{Context, account, coin, registry};
use crate::overlay::{Overlay, Stop};
use citizen_coin::{EntryKind, Paid, RefundError, RefundShare, Refunded};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{PaymentRules, Refund, Rejection, Role, parameters, state_key};
use citizen_payment::{PaymentRecord, PaymentState, RefundRecord};
use citizen_primitives::{PaymentId, Seconds};

/// Gives back part of a payment: points into the lots they came from, the rest in won (COIN-8).
pub(crate) fn refund(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    refund: &Refund,
) -> Result<(), Stop> {
    let Refund { refund: id, payment, amount, commitment } = refund;
    let centre = registry::acting_party(overlay, context, transaction, Role::Centre)?;
    let rules = context.rules()?;
    if overlay.find::<RefundRecord>(&state_key::refund(id))?.is_some() {
        return Err(Rejection::RefundExists.into());
    }
    let record: PaymentRecord = overlay.find(&state_key::payment(payment))?.ok_or(Rejection::NoPayment)?;
    if record.centre != centre {
        return Err(Rejection::NotAllowed.into());
    }
    check_time(context, rules, &record)?;
    let share = share(overlay, payment, &record, *amount)?;
    let policy = parameters::in_force(&rules.lapsed_refund, context.time).ok_or(Rejection::NoRules)?;
    let (live, expired) = policy.apply(&share.lots, context.month).map_err(refusal)?;
    let by = context.by(transaction.id());
    let mut payer = account::touched(overlay, context, &record.account, by)?;
    payer.lots.add_all(&live)?;
    if !share.lots.is_empty() {
        coin::with_supply(overlay, |supply| supply.refund(&live, expired))?;
    }
    let kind = EntryKind::Refunded {
        payment: *payment,
        refund: *id,
        points: live.total()?,
        expired,
        won: share.won,
    };
    account::append(overlay, record.account, &mut payer, kind, by);
    account::store(overlay, record.account, &payer);
    let RefundShare { lots, won } = share;
    overlay.put(
        state_key::refund(id),
        &RefundRecord {
            payment: *payment,
            account: record.account,
            lots,
            expired,
            won,
            commitment: *commitment,
            centre,
            bank: record.bank,
            transaction: transaction.id(),
            time: context.time,
        },
    );
    Ok(())
}

/// Only what was captured, and not too long ago.
fn check_time(context: &Context, rules: &PaymentRules, record: &PaymentRecord) -> Result<(), Stop> {
    let PaymentState::Captured { at, debit: _ } = record.state else {
        return Err(Rejection::NotCaptured.into());
    };
    let refundable: &Seconds =
        parameters::in_force(&rules.refundable, context.time).ok_or(Rejection::NoRules)?;
    if context.time.since(at) > *refundable { Err(Rejection::RefundTooLate.into()) } else { Ok(()) }
}

/// This refund's share, counted with all refunds of the payment.
fn share(
    overlay: &mut Overlay<'_>,
    payment: &PaymentId,
    record: &PaymentRecord,
    amount: citizen_primitives::Won,
) -> Result<RefundShare, Stop> {
    let key = state_key::refunded(payment);
    let before: Refunded = overlay.find_or_default(&key)?;
    let paid = Paid { lots: &record.lots, won: record.won };
    let share = paid.share(&before, amount).map_err(refusal)?;
    overlay.put(key, &before.with(&share)?);
    Ok(share)
}

fn refusal(error: RefundError) -> Stop {
    match error {
        RefundError::TooMuch { .. } => Rejection::RefundTooMuch.into(),
        RefundError::Amount(_) => Rejection::Amount.into(),
    }
}
