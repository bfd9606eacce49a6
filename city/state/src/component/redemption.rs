//! Points changed into a gift certificate: final; the treasury owes the certificate against the record's proof (COIN-9).

use super::{Context, account, coin, registry};
use crate::overlay::{Overlay, Stop};
use citizen_coin::EntryKind;
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Redeem, Rejection, Role, parameters, state_key};
use citizen_payment::RedemptionRecord;
use citizen_primitives::Won;

/// Redeems points of the signing account.
pub(crate) fn redeem(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    redeem: &Redeem,
) -> Result<(), Stop> {
    let Redeem { redemption, points, treasury } = redeem;
    let rules = context.rules()?;
    let key = state_key::redemption(redemption);
    if overlay.find::<RedemptionRecord>(&key)?.is_some() {
        return Err(Rejection::RedemptionExists.into());
    }
    let (id, mut record) = account::signing_account(overlay, context, transaction)?;
    account::check_cosignature(context, transaction, *points, Won::ZERO)?;
    let rule = parameters::in_force(&rules.redemption, context.time).ok_or(Rejection::NoRules)?;
    if !rule.allows(*points) {
        return Err(Rejection::RedeemAmount.into());
    }
    registry::active(overlay, Role::Treasury, treasury, context.time)?.ok_or(Rejection::UnknownParty)?;
    let lots = record.lots.take(*points, context.month).map_err(coin::refusal)?;
    coin::with_supply(overlay, |supply| supply.redeem(&lots))?;
    let by = context.by(transaction.id());
    account::append(
        overlay,
        id,
        &mut record,
        EntryKind::Redeemed { redemption: *redemption, points: *points },
        by,
    );
    account::store(overlay, id, &record);
    overlay.put(
        key,
        &RedemptionRecord {
            account: id,
            points: *points,
            treasury: *treasury,
            transaction: transaction.id(),
            time: context.time,
        },
    );
    Ok(())
}
