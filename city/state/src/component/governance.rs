//! Decisions of the governors, k of n.

use super::{Context, registry};
use crate::overlay::{Overlay, Stop};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::ProgrammeRecord;
use citizen_ledger::{Govern, Parameters, Rejection, Role, RoleRecord, Signer, state_key};
use citizen_primitives::ProgrammeId;

/// Identifiers of programmes, sorted.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
pub(crate) struct ProgrammeNames(pub(crate) Vec<ProgrammeId>);
citizen_primitives::canonical!(ProgrammeNames = 1);

/// Carries out a decision that enough governors signed, if the ledger can live with what it leads to (STATE-8).
pub(crate) fn govern(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    signer: &Signer,
    decision: &Govern,
) -> Result<(), Stop> {
    check_signers(overlay, context, signer)?;
    match decision {
        Govern::SetRole(record) => set_role(overlay, record)?,
        Govern::EndRole { role, key } => {
            let mut record =
                registry::active(overlay, *role, key, context.time)?.ok_or(Rejection::UnknownParty)?;
            record.until = Some(context.time);
            registry::enter(overlay, &record)?;
        }
        Govern::SetProgramme(record) => enter_programme(overlay, record)?,
        Govern::SetParameters(parameters) => {
            check_parameters(parameters)?;
            overlay.put(state_key::parameters(), parameters);
        }
    }
    check_governability(overlay, context)
}

fn check_signers(overlay: &Overlay<'_>, context: &Context<'_>, signer: &Signer) -> Result<(), Stop> {
    let Signer::Governors { keys } = signer else { return Err(Rejection::NotAllowed.into()) };
    for key in keys {
        registry::active(overlay, Role::Governor, &key.id(), context.time)?.ok_or(Rejection::NotAllowed)?;
    }
    if keys.len() < usize::from(context.parameters.governors) {
        return Err(Rejection::NotDecided.into());
    }
    Ok(())
}

fn set_role(overlay: &mut Overlay<'_>, record: &RoleRecord) -> Result<(), Stop> {
    record.key.check().map_err(|_| Rejection::WeakKey)?;
    registry::enter(overlay, record)
}

/// Enters or replaces a programme.
pub(crate) fn enter_programme(overlay: &mut Overlay<'_>, record: &ProgrammeRecord) -> Result<(), Stop> {
    let key = state_key::programmes();
    let mut names: ProgrammeNames = overlay.find_or_default(&key)?;
    if let Err(place) = names.0.binary_search(&record.id) {
        names.0.insert(place, record.id.clone());
        overlay.put(key, &names);
    }
    overlay.put(state_key::programme(&record.id), record);
    Ok(())
}

/// Parameters nobody could live with are refused.
pub(crate) fn check_parameters(parameters: &Parameters) -> Result<(), Rejection> {
    let Parameters {
        validity_window,
        longest_hold,
        expiry_years,
        cosign_above: _,
        governors,
        account_rate,
        stale_after,
        rules,
    } = parameters;
    let livable = (1..=100_000).contains(validity_window)
        && (30..=86_400).contains(&longest_hold.count())
        && !expiry_years.is_empty()
        && expiry_years.iter().all(|dated| (1..=20).contains(&dated.value))
        && *governors > 0
        && *account_rate > 0
        && stale_after.count() >= 10
        && *rules > 0;
    if livable { Ok(()) } else { Err(Rejection::NotDecided) }
}

/// After any decision there must still be enough governors for the next.
fn check_governability(overlay: &Overlay<'_>, context: &Context<'_>) -> Result<(), Stop> {
    let parameters: Parameters = overlay.find(&state_key::parameters())?.ok_or(Stop::Record)?;
    let governors = registry::count_active(overlay, Role::Governor, context.time)?;
    if governors < usize::from(parameters.governors) { Err(Rejection::NotDecided.into()) } else { Ok(()) }
}
