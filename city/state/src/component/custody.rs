//! In whose hands an account is: frozen by the recovery key, recovered by officers (core/docs/adr/0011).
//!
//! While an account is frozen or a case is open its device orders nothing (STATE-14); what was ordered before goes to its end, and
//! points still come in. Only who has an account changes here, never what is in it.

use super::{Context, account, registry};
use crate::overlay::{Overlay, Stop};
use citizen_coin::EntryKind;
use citizen_keys::{DevicePair, PublicKey};
use citizen_ledger::custody::FiledCase;
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{
    CustodyAction, CustodyRecord, FileRecovery, RecoveryCase, RecoveryRules, RecoveryStage, Rejection, Role,
    Signer, parameters, state_key,
};
use citizen_primitives::{AccountId, KeyId, RecoveryCaseId, Seconds, UnixTime};

/// Carries out what is done about the custody of an account.
pub(crate) fn act(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    action: &CustodyAction,
) -> Result<(), Stop> {
    match action {
        CustodyAction::Freeze { account } => freeze(overlay, context, transaction, account),
        CustodyAction::Unfreeze { account, device } => {
            unfreeze(overlay, context, transaction, account, device.as_ref())
        }
        CustodyAction::File(filed) => file(overlay, context, transaction, filed),
        CustodyAction::Object { account: _, case } => object(overlay, context, transaction, case),
        CustodyAction::Uphold { account, case } => uphold(overlay, context, transaction, account, case),
        CustodyAction::Dismiss { account, case } => dismiss(overlay, context, transaction, account, case),
        CustodyAction::Complete { account, case, recovery } => {
            complete(overlay, context, transaction, account, (case, recovery))
        }
    }
}

/// Whether the account's device may order anything now (STATE-14).
pub(crate) fn check_free(overlay: &Overlay<'_>, account: &AccountId) -> Result<(), Stop> {
    find(overlay, account)?.stops_orders().map_or(Ok(()), |rejection| Err(rejection.into()))
}

/// The recovery key does not replace the device of an account that it has frozen: it lets it go on with another one, in one step.
pub(crate) fn check_not_frozen(overlay: &Overlay<'_>, account: &AccountId) -> Result<(), Stop> {
    match find(overlay, account)?.frozen {
        Some(_) => Err(Rejection::Frozen.into()),
        None => Ok(()),
    }
}

/// Rules that leave a question open now, that one officer could act by alone, or that nobody could live with, are refused.
pub(crate) fn check_rules(rules: &RecoveryRules, time: UnixTime) -> Result<(), Rejection> {
    const HOUR: u64 = 3_600;
    const LONGEST: u64 = 30 * 24 * HOUR;
    let RecoveryRules { officers, wait } = rules;
    let livable = parameters::in_force(officers, time).is_some()
        && parameters::in_force(wait, time).is_some()
        && officers.iter().all(|dated| (2..=16).contains(&dated.value))
        && wait.iter().all(|dated| (HOUR..=LONGEST).contains(&dated.value.count()));
    if livable { Ok(()) } else { Err(Rejection::NotDecided) }
}

fn freeze(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    id: &AccountId,
) -> Result<(), Stop> {
    check_recovery_key(overlay, transaction, id)?;
    let mut custody = find(overlay, id)?;
    if custody.frozen.is_some() {
        return Err(Rejection::Frozen.into());
    }
    custody.frozen = Some(context.time);
    store(overlay, id, &custody);
    note(overlay, context, transaction, id, EntryKind::Frozen)
}

fn unfreeze(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    id: &AccountId,
    device: Option<&DevicePair>,
) -> Result<(), Stop> {
    check_recovery_key(overlay, transaction, id)?;
    let mut custody = find(overlay, id)?;
    if custody.frozen.take().is_none() {
        return Err(Rejection::Nothing.into());
    }
    store(overlay, id, &custody);
    note(overlay, context, transaction, id, EntryKind::Unfrozen)?;
    let Some(device) = device else { return Ok(()) };
    let by = context.by(transaction.id());
    let mut record = overlay.account(id)?;
    record.device = *device;
    record.epoch = record.epoch.next();
    let epoch = record.epoch;
    account::append(overlay, *id, &mut record, EntryKind::DeviceReplaced { epoch }, by);
    account::store(overlay, *id, &record);
    Ok(())
}

/// Officers open a case. From here on the account stands still, so that a thief's phone spends nothing while the case waits.
fn file(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    filed: &FileRecovery,
) -> Result<(), Stop> {
    let FileRecovery { account: id, case, device, recovery } = filed;
    let officers = deciding(overlay, context, transaction)?;
    let mut custody = find(overlay, id)?;
    if custody.recovery.is_some() {
        return Err(Rejection::UnderRecovery.into());
    }
    let key = state_key::recovery_case(case);
    if overlay.find::<FiledCase>(&key)?.is_some() {
        return Err(Rejection::CaseExists.into());
    }
    overlay.put(key, &FiledCase { account: *id, filed: context.time });
    custody.recovery = Some(RecoveryCase {
        case: *case,
        device: *device,
        recovery: *recovery,
        officers,
        filed: context.time,
        effective: effective(overlay, context)?,
        stage: RecoveryStage::Waiting,
    });
    store(overlay, id, &custody);
    note(overlay, context, transaction, id, EntryKind::RecoveryFiled { case: *case })
}

/// The listed device says that it is not lost: the case goes back to officers, the account stands still until they decide. A device
/// that the recovery key has frozen is heard no more, and none is heard twice in a case: a thief does not veto for ever (STATE-16).
fn object(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    case: &RecoveryCaseId,
) -> Result<(), Stop> {
    let (id, mut record) = account::listed_account(overlay, context, transaction)?;
    let (mut custody, mut open) = open_case(overlay, &id, case)?;
    if custody.frozen.is_some() {
        return Err(Rejection::Frozen.into());
    }
    if !open.is_open_to_objection(context.time) {
        return Err(Rejection::RecoveryTime.into());
    }
    open.stage = RecoveryStage::Objected { at: context.time };
    custody.recovery = Some(open);
    store(overlay, &id, &custody);
    let by = context.by(transaction.id());
    account::append(overlay, id, &mut record, EntryKind::RecoveryObjected { case: *case }, by);
    account::store(overlay, id, &record);
    Ok(())
}

/// Officers who had no part in filing the case stand by it (STATE-17): it waits once more, so that governors can end roles of
/// officers who lie, and other officers drop it.
fn uphold(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    id: &AccountId,
    case: &RecoveryCaseId,
) -> Result<(), Stop> {
    let officers = deciding(overlay, context, transaction)?;
    let (mut custody, mut open) = open_case(overlay, id, case)?;
    if !matches!(open.stage, RecoveryStage::Objected { .. }) {
        return Err(Rejection::RecoveryTime.into());
    }
    if officers.iter().any(|officer| open.officers.contains(officer)) {
        return Err(Rejection::NotAgreed.into());
    }
    open.effective = effective(overlay, context)?;
    open.stage = RecoveryStage::Upheld { at: context.time, officers };
    custody.recovery = Some(open);
    store(overlay, id, &custody);
    note(overlay, context, transaction, id, EntryKind::RecoveryUpheld { case: *case })
}

fn dismiss(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    id: &AccountId,
    case: &RecoveryCaseId,
) -> Result<(), Stop> {
    deciding(overlay, context, transaction)?;
    let (mut custody, _) = open_case(overlay, id, case)?;
    custody.recovery = None;
    store(overlay, id, &custody);
    note(overlay, context, transaction, id, EntryKind::RecoveryDismissed { case: *case })
}

/// The device of the case takes over, in the next epoch: what the one before signed is fenced off (STATE-5). The new recovery key
/// stands in the old one's place, so whoever has the old code has nothing.
fn complete(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    id: &AccountId,
    (case, recovery): (&RecoveryCaseId, &PublicKey),
) -> Result<(), Stop> {
    let Signer::Device { account: _, epoch, device } = &transaction.body().signer else {
        return Err(Rejection::NotAllowed.into());
    };
    let (_, open) = open_case(overlay, id, case)?;
    let by = context.by(transaction.id());
    let mut record = account::touched(overlay, context, id, by)?;
    if open.device != *device || open.recovery != *recovery || record.epoch.next() != *epoch {
        return Err(Rejection::NotAllowed.into());
    }
    if !open.is_effective(context.time) {
        return Err(Rejection::RecoveryTime.into());
    }
    record.device = *device;
    record.recovery = *recovery;
    record.epoch = *epoch;
    account::append(overlay, *id, &mut record, EntryKind::Recovered { case: *case, epoch: *epoch }, by);
    account::store(overlay, *id, &record);
    // A freeze by the key that is gone goes with it.
    store(overlay, id, &CustodyRecord::default());
    Ok(())
}

/// The signer is the account's recovery key.
fn check_recovery_key(
    overlay: &Overlay<'_>,
    transaction: &CheckedTransaction,
    id: &AccountId,
) -> Result<(), Stop> {
    let record = overlay.account(id)?;
    match &transaction.body().signer {
        Signer::Recovery { account, key } if account == id && *key == record.recovery => Ok(()),
        _ => Err(Rejection::NotAllowed.into()),
    }
}

/// The officers who sign, if each has the role now and they are as many as must agree (STATE-15).
fn deciding(
    overlay: &Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
) -> Result<Vec<KeyId>, Stop> {
    let Signer::Several { keys } = &transaction.body().signer else {
        return Err(Rejection::NotAllowed.into());
    };
    let officers: Vec<KeyId> = keys.iter().map(PublicKey::id).collect();
    for officer in &officers {
        registry::active(overlay, Role::RecoveryOfficer, officer, context.time)?
            .ok_or(Rejection::NotAllowed)?;
    }
    let rules = rules(overlay)?;
    let needed = parameters::in_force(&rules.officers, context.time).ok_or(Rejection::NoRules)?;
    if officers.len() < usize::from(*needed) { Err(Rejection::NotAgreed.into()) } else { Ok(officers) }
}

fn rules(overlay: &Overlay<'_>) -> Result<RecoveryRules, Stop> {
    overlay.find(&state_key::recovery_rules())?.ok_or(Stop::Rejected(Rejection::NoRules))
}

/// When what is decided now takes effect. A later change of rules moves no case that is open.
fn effective(overlay: &Overlay<'_>, context: &Context) -> Result<UnixTime, Stop> {
    let rules = rules(overlay)?;
    let wait: &Seconds = parameters::in_force(&rules.wait, context.time).ok_or(Rejection::NoRules)?;
    Ok(context.time.plus(*wait))
}

fn open_case(
    overlay: &Overlay<'_>,
    id: &AccountId,
    case: &RecoveryCaseId,
) -> Result<(CustodyRecord, RecoveryCase), Stop> {
    let custody = find(overlay, id)?;
    let open = custody.recovery.clone().filter(|open| open.case == *case).ok_or(Rejection::NoRecovery)?;
    Ok((custody, open))
}

fn find(overlay: &Overlay<'_>, id: &AccountId) -> Result<CustodyRecord, Stop> {
    overlay.find_or_default(&state_key::custody(id))
}

/// An account about which there is nothing to say has no record.
fn store(overlay: &mut Overlay<'_>, id: &AccountId, custody: &CustodyRecord) {
    let key = state_key::custody(id);
    if *custody == CustodyRecord::default() {
        overlay.delete(key);
    } else {
        overlay.put(key, custody);
    }
}

/// A line in the account's history.
fn note(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    id: &AccountId,
    kind: EntryKind,
) -> Result<(), Stop> {
    let by = context.by(transaction.id());
    let mut record = account::touched(overlay, context, id, by)?;
    account::append(overlay, *id, &mut record, kind, by);
    account::store(overlay, *id, &record);
    Ok(())
}
