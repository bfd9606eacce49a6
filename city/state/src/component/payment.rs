//! Payments: the hold is the only place of decision (core/docs/adr/0004).

use super::{Context, account, coin, lapse, limit, registry};
use crate::overlay::{Overlay, Stop};
use citizen_coin::{AccountRecord, EntryKind};
use citizen_keys::Signed;
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Capture, Rejection, Release, Role, debit_digest, state_key};
use citizen_payment::word::BankDebit;
use citizen_payment::{Hold, PaymentRecord, PaymentState};
use citizen_primitives::{AccountId, Hash, KeyId, PaymentId, Points, TransactionId, UnixTime, Won};

/// A payment that is about to be opened, whoever signed for it.
pub(crate) struct Opening {
    pub(crate) payment: PaymentId,
    pub(crate) account: AccountId,
    /// The account's record, touched, its device or mandate checked.
    pub(crate) payer: AccountRecord,
    pub(crate) points: Points,
    pub(crate) won: Won,
    pub(crate) commitment: Hash,
    pub(crate) centre: KeyId,
    pub(crate) bank: KeyId,
    pub(crate) expires: UnixTime,
    pub(crate) transaction: TransactionId,
}

/// Opens a payment: checks the device, consumes the payment id (PAY-2), puts the points on hold. Won-only orders too.
pub(crate) fn hold(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    hold: &Hold,
) -> Result<(), Stop> {
    let Hold { payment, points, won, commitment, centre, bank, expires } = hold;
    check_unused(overlay, payment)?;
    let (account, payer) = account::signing_account(overlay, context, transaction)?;
    account::check_cosignature(context, transaction, *points, *won)?;
    open(
        overlay,
        context,
        Opening {
            payment: *payment,
            account,
            payer,
            points: *points,
            won: *won,
            commitment: *commitment,
            centre: *centre,
            bank: *bank,
            expires: *expires,
            transaction: transaction.id(),
        },
    )
}

/// Opens a payment that the citizen has signed for.
pub(crate) fn open(overlay: &mut Overlay<'_>, context: &Context, opening: Opening) -> Result<(), Stop> {
    let Opening { payment, account, mut payer, points, won, commitment, centre, bank, expires, transaction } =
        opening;
    check_unused(overlay, &payment)?;
    let latest = context.time.plus(context.parameters.longest_hold);
    if expires <= context.time || expires > latest {
        return Err(Rejection::HoldTime.into());
    }
    registry::active(overlay, Role::Centre, &centre, context.time)?.ok_or(Rejection::UnknownParty)?;
    if !won.is_zero() {
        registry::active(overlay, Role::Bank, &bank, context.time)?.ok_or(Rejection::UnknownParty)?;
    }
    limit::count(overlay, context, &account, points, won)?;
    let lots = payer.hold(points, context.month).map_err(coin::refusal)?;
    if !lots.is_empty() {
        coin::with_supply(overlay, |supply| supply.hold(&lots))?;
    }
    let opened = PaymentRecord {
        account,
        epoch: payer.epoch,
        order: transaction,
        lots,
        won,
        commitment,
        centre,
        bank,
        opened: context.time,
        expires,
        state: PaymentState::Held,
    };
    overlay.put(state_key::payment(&payment), &opened);
    lapse::schedule(overlay, payment, expires)?;
    let kind = EntryKind::Held { payment, points, won };
    account::append(overlay, account, &mut payer, kind, context.by(transaction));
    account::store(overlay, account, &payer);
    Ok(())
}

fn check_unused(overlay: &Overlay<'_>, payment: &PaymentId) -> Result<(), Stop> {
    if overlay.find::<PaymentRecord>(&state_key::payment(payment))?.is_some() {
        return Err(Rejection::PaymentExists.into());
    }
    Ok(())
}

/// Takes a payment that is on hold; won only with the bank's signed debit (PAY-6).
pub(crate) fn capture(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    capture: &Capture,
) -> Result<(), Stop> {
    let Capture { payment, debit } = capture;
    let mut record = held_payment(overlay, context, transaction, payment)?;
    // From this second on the hold is over, even if the block that writes so has not come yet (PAY-7).
    if context.time >= record.expires {
        return Err(Rejection::HoldExpired.into());
    }
    let debit = check_debit(overlay, payment, &record, debit.as_ref())?;
    let by = context.by(transaction.id());
    let mut payer = account::touched(overlay, context, &record.account, by)?;
    payer.end_hold(&record.lots).map_err(|_| Stop::Unbalanced)?;
    if !record.lots.is_empty() {
        coin::with_supply(overlay, |supply| supply.capture(&record.lots))?;
    }
    record.state = PaymentState::Captured { at: context.time, debit };
    account::append(overlay, record.account, &mut payer, EntryKind::Captured { payment: *payment }, by);
    account::store(overlay, record.account, &payer);
    overlay.put(state_key::payment(payment), &record);
    lapse::unschedule(overlay, payment, record.expires)
}

/// Gives a payment up: the points go back into the lots they came from (COIN-5).
pub(crate) fn release(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    release: &Release,
) -> Result<(), Stop> {
    let Release { payment } = release;
    let mut record = held_payment(overlay, context, transaction, payment)?;
    let by = context.by(transaction.id());
    let mut payer = account::touched(overlay, context, &record.account, by)?;
    let expired = payer.give_back(&record.lots, context.month).map_err(|_| Stop::Unbalanced)?;
    if !record.lots.is_empty() {
        coin::with_supply(overlay, |supply| supply.give_back(&record.lots, context.month))?;
    }
    limit::uncount(overlay, &record.account, record.lots.total()?, record.won, record.opened)?;
    record.state = PaymentState::Released { at: context.time };
    account::append(
        overlay,
        record.account,
        &mut payer,
        EntryKind::Released { payment: *payment, expired },
        by,
    );
    account::store(overlay, record.account, &payer);
    overlay.put(state_key::payment(payment), &record);
    lapse::unschedule(overlay, payment, record.expires)
}

/// The payment, if it is on hold and the signer is the centre it names (PAY-3).
fn held_payment(
    overlay: &Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    payment: &PaymentId,
) -> Result<PaymentRecord, Stop> {
    let centre: KeyId = registry::acting_party(overlay, context, transaction, Role::Centre)?;
    let record: Option<PaymentRecord> = overlay.find(&state_key::payment(payment))?;
    let record = record.ok_or(Rejection::NoPayment)?;
    if record.centre != centre {
        return Err(Rejection::NotAllowed.into());
    }
    if record.state.is_final() {
        return Err(Rejection::PaymentEnded.into());
    }
    Ok(record)
}

/// The bank's debit fits the payment: its bank, its order, its won. Returns the digest that the record keeps.
fn check_debit(
    overlay: &Overlay<'_>,
    payment: &PaymentId,
    record: &PaymentRecord,
    debit: Option<&Signed<BankDebit>>,
) -> Result<Option<Hash>, Stop> {
    let Some(signed) = debit else {
        return if record.won.is_zero() { Ok(None) } else { Err(Rejection::DebitMissing.into()) };
    };
    if record.won.is_zero() || signed.key() != record.bank {
        return Err(Rejection::DebitMissing.into());
    }
    let bank = registry::find(overlay, Role::Bank, &record.bank)?.ok_or(Rejection::UnknownParty)?;
    let BankDebit { payment: paid, order, won, booking: _, time } =
        signed.verify(&bank.key).map_err(|_| Rejection::DebitMissing)?;
    // As whoever checks the receipt will ask: was it the bank's to say when it said so?
    if !bank.is_active(time) {
        return Err(Rejection::UnknownParty.into());
    }
    if paid != *payment || order != record.order || won != record.won {
        return Err(Rejection::DebitMissing.into());
    }
    Ok(Some(debit_digest(signed)))
}
