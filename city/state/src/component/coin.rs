//! Points: granted, given, counted.

use super::{Context, account, limit, registry};
use crate::overlay::{Overlay, Stop};
use citizen_coin::programme::CapExceeded;
use citizen_coin::{EntryKind, GrantCount, Lots, LotsError, ProgrammeRecord, Supply};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Grant, Rejection, Role, Transfer, parameters, state_key};
use citizen_primitives::{Hash, Points};

/// The supply at the beginning of a block: what expired with a month's end is counted (COIN-4).
pub(crate) fn begin_block(overlay: &mut Overlay<'_>, context: &Context) -> Result<(), Stop> {
    let mut supply: Supply = overlay.find_or_default(&state_key::supply())?;
    if supply.begin_month(context.month)? {
        overlay.put(state_key::supply(), &supply);
    }
    Ok(())
}

/// Changes the supply by one step that keeps its sum (COIN-3).
pub(crate) fn with_supply(
    overlay: &mut Overlay<'_>,
    step: impl FnOnce(&mut Supply) -> Result<(), citizen_coin::SupplyError>,
) -> Result<(), Stop> {
    let mut supply: Supply = overlay.find_or_default(&state_key::supply())?;
    step(&mut supply)?;
    overlay.put(state_key::supply(), &supply);
    Ok(())
}

/// Grants points under a programme, once for its evidence, within both caps (COIN-7).
pub(crate) fn grant(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    grant: &Grant,
) -> Result<(), Stop> {
    let Grant { programme, account: to, points, person: _, evidence } = grant;
    let key = registry::acting_party(overlay, context, transaction, Role::Treasury)?;
    let record: Option<ProgrammeRecord> = overlay.find(&state_key::programme(programme))?;
    let record = record.filter(|record| record.is_open(context.time)).ok_or(Rejection::NoProgramme)?;
    if record.granter != key {
        return Err(Rejection::NotAllowed.into());
    }
    let evidence_key = state_key::evidence(programme, evidence);
    if overlay.find::<GrantedBy>(&evidence_key)?.is_some() {
        return Err(Rejection::AlreadyGranted.into());
    }
    let by = context.by(transaction.id());
    let mut account = account::touched(overlay, context, to, by)?;
    count_caps(overlay, context, &record, grant)?;
    let years =
        parameters::in_force(&context.parameters.expiry_years, context.time).ok_or(Rejection::NoProgramme)?;
    let month = context.month.plus_years(*years)?;
    account.lots.add(month, *points)?;
    with_supply(overlay, |supply| supply.grant(month, *points))?;
    overlay.put(evidence_key, &GrantedBy(Hash::from_bytes(*transaction.id().as_bytes())));
    let kind = EntryKind::Granted { programme: programme.clone(), points: *points };
    account::append(overlay, *to, &mut account, kind, by);
    account::store(overlay, *to, &account);
    Ok(())
}

/// The transaction that granted on an evidence.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
struct GrantedBy(Hash);
citizen_primitives::canonical!(GrantedBy = 1);

fn count_caps(
    overlay: &mut Overlay<'_>,
    context: &Context,
    programme: &ProgrammeRecord,
    grant: &Grant,
) -> Result<(), Stop> {
    let year = context.time.year_in_seoul()?;
    let person_key = state_key::person_year(&programme.id, year, &grant.person);
    let programme_key = state_key::programme_year(&programme.id, year);
    let (person, all): (GrantCount, GrantCount) =
        (overlay.find_or_default(&person_key)?, overlay.find_or_default(&programme_key)?);
    let counted = programme.count(grant.points, person, all);
    let (person, all) = counted.map_err(|error| match error {
        CapExceeded::Person { .. } | CapExceeded::Programme { .. } => Rejection::CapReached,
    })?;
    overlay.put(person_key, &person);
    overlay.put(programme_key, &all);
    Ok(())
}

/// Gives points to another account; each lot keeps its month.
pub(crate) fn transfer(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    transfer: &Transfer,
) -> Result<(), Stop> {
    let Transfer { to, points } = transfer;
    let by = context.by(transaction.id());
    let (from, mut giver) = account::signing_account(overlay, context, transaction)?;
    account::check_cosignature(context, transaction, *points, citizen_primitives::Won::ZERO)?;
    limit::count(overlay, context, &from, *points, citizen_primitives::Won::ZERO)?;
    let mut taker = account::touched(overlay, context, to, by)?;
    let lots = take(&mut giver.lots, *points, context)?;
    taker.lots.add_all(&lots)?;
    account::append(overlay, from, &mut giver, EntryKind::Sent { to: *to, points: *points }, by);
    account::append(overlay, *to, &mut taker, EntryKind::Received { from, points: *points }, by);
    account::store(overlay, from, &giver);
    account::store(overlay, *to, &taker);
    Ok(())
}

fn take(lots: &mut Lots, points: Points, context: &Context) -> Result<Lots, Stop> {
    lots.take(points, context.month).map_err(refusal)
}

/// A refusal of lots as the ledger's.
pub(crate) fn refusal(error: LotsError) -> Stop {
    match error {
        LotsError::NotEnough { .. } => Rejection::NotEnough.into(),
        LotsError::Amount(_) => Rejection::Amount.into(),
    }
}
