//! Decisions of the governors, k of n.

use super::{Context, certificate, custody, registry};
use crate::overlay::{Overlay, Stop};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::{LapsedRefund, ProgrammeRecord};
use citizen_ledger::parameters::{RULES, in_force};
use citizen_ledger::{Govern, Parameters, PaymentRules, Rejection, Role, RoleRecord, Signer, state_key};
use citizen_primitives::{KeyId, ProgrammeId, UnixTime};

/// Identifiers of programmes, sorted.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
pub(crate) struct ProgrammeNames(pub(crate) Vec<ProgrammeId>);
citizen_primitives::canonical!(ProgrammeNames = 1);

/// Carries out a decision that enough governors signed, if the ledger can live with what it leads to (STATE-8).
pub(crate) fn govern(
    overlay: &mut Overlay<'_>,
    context: &Context,
    signer: &Signer,
    decision: &Govern,
) -> Result<(), Stop> {
    check_signers(overlay, context, signer)?;
    match decision {
        Govern::SetRole(record) => set_role(overlay, record)?,
        Govern::EndRole { role, key } => end_role(overlay, context, *role, key)?,
        Govern::SetProgramme(record) => set_programme(overlay, record)?,
        Govern::SetParameters(parameters) => {
            check_parameters(parameters, context.time)?;
            overlay.put(state_key::parameters(), parameters);
        }
        Govern::SetPaymentRules(rules) => {
            check_payment_rules(rules, context.time)?;
            overlay.put(state_key::payment_rules(), rules);
        }
        Govern::SetCertificate(record) => certificate::set(overlay, record)?,
        Govern::RemoveCertificate { role, thumbprint } => certificate::remove(overlay, *role, thumbprint)?,
        Govern::SetRecoveryRules(rules) => {
            custody::check_rules(rules, context.time)?;
            overlay.put(state_key::recovery_rules(), rules);
        }
        Govern::SetCardRules(rules) => {
            rules.check()?;
            overlay.put(state_key::card_rules(), rules);
        }
    }
    check_governability(overlay, context)
}

fn check_signers(overlay: &Overlay<'_>, context: &Context, signer: &Signer) -> Result<(), Stop> {
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
    if is_some_time(record) { registry::enter(overlay, record) } else { Err(Rejection::NotDecided.into()) }
}

/// Whether the party has its role at any time at all.
pub(crate) fn is_some_time(record: &RoleRecord) -> bool {
    record.until.is_none_or(|until| record.from < until)
}

/// Ends a role that has not ended, from this block on; one that has not begun never will.
fn end_role(overlay: &mut Overlay<'_>, context: &Context, role: Role, key: &KeyId) -> Result<(), Stop> {
    let record = registry::find(overlay, role, key)?;
    let not_ended = |record: &RoleRecord| record.until.is_none_or(|until| context.time < until);
    let mut record = record.filter(not_ended).ok_or(Rejection::UnknownParty)?;
    record.until = Some(context.time);
    registry::enter(overlay, &record)
}

fn set_programme(overlay: &mut Overlay<'_>, record: &ProgrammeRecord) -> Result<(), Stop> {
    registry::find(overlay, Role::Treasury, &record.granter)?.ok_or(Rejection::UnknownParty)?;
    enter_programme(overlay, record)
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
pub(crate) fn check_parameters(parameters: &Parameters, time: UnixTime) -> Result<(), Rejection> {
    let Parameters {
        validity_window,
        longest_hold,
        expiry_years,
        cosign_above,
        governors,
        account_rate,
        stale_after,
        rules,
    } = parameters;
    let livable = (1..=100_000).contains(validity_window)
        && (30..=86_400).contains(&longest_hold.count())
        && in_force(expiry_years, time).is_some()
        && in_force(cosign_above, time).is_some()
        && expiry_years.iter().all(|dated| (1..=20).contains(&dated.value))
        && *governors > 0
        && *account_rate > 0
        && stale_after.count() >= 10
        && (1..=RULES).contains(rules);
    if livable { Ok(()) } else { Err(Rejection::NotDecided) }
}

/// Rules that leave a question open now, or that nobody could live with, are refused.
fn check_payment_rules(rules: &PaymentRules, time: UnixTime) -> Result<(), Rejection> {
    let PaymentRules { limits, refundable, lapsed_refund, redemption } = rules;
    let livable = in_force(limits, time).is_some()
        && in_force(refundable, time).is_some()
        && in_force(lapsed_refund, time).is_some()
        && in_force(redemption, time).is_some()
        && limits.iter().all(|dated| !dated.value.per_payment.is_zero())
        && redemption.iter().all(|dated| !dated.value.step.is_zero())
        && lapsed_refund.iter().all(|dated| match dated.value {
            LapsedRefund::StayExpired => true,
            LapsedRefund::Grace { months } => months <= 60,
        });
    if livable { Ok(()) } else { Err(Rejection::NotDecided) }
}

/// After any decision there must be enough governors for the next, now and at any later time.
fn check_governability(overlay: &Overlay<'_>, context: &Context) -> Result<(), Stop> {
    let parameters: Parameters = overlay.find(&state_key::parameters())?.ok_or(Stop::Record)?;
    let governors = registry::members(overlay, Role::Governor)?;
    if is_governable(&governors, parameters.governors, context.time) {
        Ok(())
    } else {
        Err(Rejection::NotDecided.into())
    }
}

/// Whether at `time` and after each later end of a governor's role there are as many governors as must agree.
pub(crate) fn is_governable(governors: &[RoleRecord], needed: u16, time: UnixTime) -> bool {
    let ends = governors.iter().filter_map(|record| record.until).filter(|until| *until > time);
    std::iter::once(time)
        .chain(ends)
        .all(|then| governors.iter().filter(|record| record.is_active(then)).count() >= usize::from(needed))
}
