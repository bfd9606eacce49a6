//! Consumer codes: charged once within the citizen's mandate, or revoked (PAY-8).

use super::payment::{Opening, open};
use super::{Context, account, custody, registry};
use crate::overlay::{Overlay, Stop};
use citizen_coin::Lots;
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Charge, Rejection, Revoke, Role, state_key};
use citizen_payment::mandate::{ChargeError, MandateError};
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{Hash, KeyId, Won};

/// Opens a payment by the citizen's mandate. What a charge may not do is what an order may not do, and more.
pub(crate) fn charge(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    charge: &Charge,
) -> Result<(), Stop> {
    let Charge { mandate, points, won, commitment, expires } = charge;
    let centre = registry::acting_party(overlay, context, transaction, Role::Centre)?;
    context.rules()?;
    let unverified = mandate.dangerous_unverified().map_err(|_| Rejection::Malformed)?;
    let record = overlay.account(&unverified.account)?;
    let checked = mandate.verify(&record.device).map_err(|error| match error {
        MandateError::Malformed => Rejection::Malformed,
        // Another device's signature: it was replaced, or never was the account's.
        MandateError::Signature => Rejection::Fenced,
    })?;
    let signed = checked.mandate;
    if signed.epoch != record.epoch {
        return Err(Rejection::Fenced.into());
    }
    // Whoever has the phone may have shown the code: it is charged no more than an order is taken.
    custody::check_free(overlay, &signed.account)?;
    // That the mandate names this ledger and this centre is form, checked without the state.
    signed.allows(*points, *won, context.time).map_err(|error| match error {
        ChargeError::Time => Rejection::MandateTime,
        ChargeError::OverCap => Rejection::MandateExceeded,
        ChargeError::Nothing => Rejection::Nothing,
    })?;
    // What the citizen allowed counts, not what is taken of it: she signed before the amount was known.
    account::check_cosigned(context, checked.is_cosigned, signed.total)?;
    let by = context.by(transaction.id());
    let payer = account::touched(overlay, context, &signed.account, by)?;
    open(
        overlay,
        context,
        Opening {
            payment: signed.payment,
            account: signed.account,
            payer,
            points: *points,
            won: *won,
            commitment: *commitment,
            centre,
            bank: signed.bank,
            expires: *expires,
            transaction: transaction.id(),
        },
    )
}

/// Consumes a payment's id, so that its mandate can never be charged.
pub(crate) fn revoke(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    revoke: &Revoke,
) -> Result<(), Stop> {
    let Revoke { payment } = revoke;
    let key = state_key::payment(payment);
    if overlay.find::<PaymentRecord>(&key)?.is_some() {
        return Err(Rejection::PaymentExists.into());
    }
    let (id, record) = account::signing_account(overlay, context, transaction)?;
    let revoked = PaymentRecord {
        account: id,
        epoch: record.epoch,
        order: transaction.id(),
        lots: Lots::new(),
        won: Won::ZERO,
        commitment: Hash::ZERO,
        centre: KeyId::from_hash(Hash::ZERO),
        bank: KeyId::from_hash(Hash::ZERO),
        opened: context.time,
        expires: context.time,
        state: PaymentState::Revoked { at: context.time },
    };
    overlay.put(key, &revoked);
    account::store(overlay, id, &record);
    Ok(())
}
