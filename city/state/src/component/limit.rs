//! What an account spends, counted against the law's limits and its own (COIN-10).

use super::{Context, account};
use crate::overlay::{Overlay, Stop};
use citizen_coin::{EntryKind, Limits, Spending, SpendingError};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, SetLimits, parameters, state_key};
use citizen_primitives::{AccountId, Points, UnixTime, Won};

/// Counts what is about to be spent, unless a limit forbids it. A ledger without rules for payments limits nothing.
pub(crate) fn count(
    overlay: &mut Overlay<'_>,
    context: &Context,
    account: &AccountId,
    points: Points,
    won: Won,
) -> Result<(), Stop> {
    let Some(legal) = legal(context) else { return Ok(()) };
    let sum = Won::new(points.amount())?.plus(won)?;
    let spending: Spending = overlay.find_or_default(&state_key::spending(account))?;
    let counted = spending.count(sum, legal, context.time).map_err(refusal)?;
    overlay.put(state_key::spending(account), &counted);
    Ok(())
}

/// Takes back what was counted for a payment that was not paid in the end.
pub(crate) fn uncount(
    overlay: &mut Overlay<'_>,
    account: &AccountId,
    points: Points,
    won: Won,
    counted: UnixTime,
) -> Result<(), Stop> {
    let key = state_key::spending(account);
    let Some(spending) = overlay.find::<Spending>(&key)? else { return Ok(()) };
    let sum = Won::new(points.amount())?.plus(won)?;
    overlay.put(key, &spending.uncount(sum, counted).map_err(|_| Stop::Record)?);
    Ok(())
}

/// The citizen's own limits: stricter ones at once; looser ones only with the hardware key, as a thief would want them.
pub(crate) fn set(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    set: &SetLimits,
) -> Result<(), Stop> {
    let SetLimits { limits } = set;
    let legal = legal(context).ok_or(Rejection::NoRules)?;
    let (id, mut record) = account::signing_account(overlay, context, transaction)?;
    let key = state_key::spending(&id);
    let before: Spending = overlay.find_or_default(&key)?;
    let in_force = |own: Option<Limits>| own.map_or(legal, |own| own.and(legal));
    let is_stricter = in_force(*limits).is_within(in_force(before.own));
    if !is_stricter && !transaction.is_cosigned() {
        return Err(Rejection::CosignatureNeeded.into());
    }
    overlay.put(key, &Spending { own: *limits, ..before });
    account::append(overlay, id, &mut record, EntryKind::LimitsSet, context.by(transaction.id()));
    account::store(overlay, id, &record);
    Ok(())
}

/// The legal limits in force, if the ledger has rules for payments.
fn legal(context: &Context) -> Option<Limits> {
    parameters::in_force(&context.rules.as_ref()?.limits, context.time).copied()
}

fn refusal(error: SpendingError) -> Stop {
    match error {
        SpendingError::Limit(_) => Rejection::OverLimit.into(),
        SpendingError::Amount(_) => Rejection::Amount.into(),
        SpendingError::Time(_) => Stop::Record,
    }
}
