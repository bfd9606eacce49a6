//! In whose hands an account is: frozen by the recovery key, recovered by officers (core/docs/adr/0011).
//!
//! While an account is frozen or a case is open its device orders nothing (STATE-14); what was ordered before goes to its end, and
//! points still come in. Only who has an account changes here, never what is in it.

use super::{Context, account, registry};
use crate::overlay::{Overlay, Stop};
use citizen_coin::{AccountRecord, EntryKind};
use citizen_keys::{DevicePair, PublicKey};
use citizen_ledger::custody::FiledCase;
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{
    CustodyAction, CustodyRecord, FileRecovery, RecoveryCase, RecoveryRules, RecoveryStage, Rejection, Role,
    Signer, parameters, state_key,
};
use citizen_primitives::{AccountId, KeyId, RecoveryCaseId, Seconds, UnixTime};

/// An act about the custody of an account, where and when it is carried out.
struct Act<'a, 'state> {
    overlay: &'a mut Overlay<'state>,
    context: &'a Context,
    transaction: &'a CheckedTransaction,
    account: &'a AccountId,
}

/// Carries out what is done about the custody of an account.
pub(crate) fn act(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    action: &CustodyAction,
) -> Result<(), Stop> {
    let mut act = Act { overlay, context, transaction, account: action.account() };
    match action {
        CustodyAction::Freeze { account: _ } => act.freeze(),
        CustodyAction::Unfreeze { account: _, device } => act.unfreeze(device.as_ref()),
        CustodyAction::File(filed) => act.file(filed),
        CustodyAction::Object { account: _, case } => act.object(case),
        CustodyAction::Uphold { account: _, case } => act.uphold(case),
        CustodyAction::Dismiss { account: _, case } => act.dismiss(case),
        CustodyAction::Complete { account: _, case, recovery } => act.complete(case, recovery),
    }
}

/// Whether the account's device may order anything now (STATE-14).
pub(crate) fn check_free(overlay: &Overlay<'_>, account: &AccountId) -> Result<(), Stop> {
    find(overlay, account)?.stops_orders().map_or(Ok(()), |rejection| Err(rejection.into()))
}

/// The recovery key does not replace the device of an account that it has frozen: it lets it go on with another one, in one step.
pub(crate) fn check_replaceable(
    overlay: &Overlay<'_>,
    context: &Context,
    account: &AccountId,
) -> Result<(), Stop> {
    let custody = find(overlay, account)?;
    match custody.frozen {
        Some(_) => Err(Rejection::Frozen.into()),
        None => check_not_effective(&custody, context.time),
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

impl Act<'_, '_> {
    fn freeze(&mut self) -> Result<(), Stop> {
        self.check_recovery_key()?;
        let mut custody = self.custody()?;
        if custody.frozen.is_some() {
            return Err(Rejection::Frozen.into());
        }
        custody.frozen = Some(self.context.time);
        self.keep(&custody);
        self.note(EntryKind::Frozen)
    }

    fn unfreeze(&mut self, device: Option<&DevicePair>) -> Result<(), Stop> {
        self.check_recovery_key()?;
        let mut custody = self.custody()?;
        if custody.frozen.take().is_none() {
            return Err(Rejection::Nothing.into());
        }
        if device.is_some() {
            check_not_effective(&custody, self.context.time)?;
        }
        self.keep(&custody);
        self.note(EntryKind::Unfrozen)?;
        let Some(device) = device else { return Ok(()) };
        let mut record = self.overlay.account(self.account)?;
        record.device = *device;
        record.epoch = record.epoch.next();
        let epoch = record.epoch;
        self.write(record, EntryKind::DeviceReplaced { epoch });
        Ok(())
    }

    /// Officers open a case. From here on the account stands still, so that a thief's phone spends nothing while the case waits.
    fn file(&mut self, filed: &FileRecovery) -> Result<(), Stop> {
        let FileRecovery { account: _, case, device, recovery } = filed;
        let officers = self.deciding()?;
        let mut custody = self.custody()?;
        if custody.recovery.is_some() {
            return Err(Rejection::UnderRecovery.into());
        }
        let key = state_key::recovery_case(case);
        if self.overlay.find::<FiledCase>(&key)?.is_some() {
            return Err(Rejection::CaseExists.into());
        }
        self.overlay.put(key, &FiledCase { account: *self.account, filed: self.context.time });
        custody.recovery = Some(RecoveryCase {
            case: *case,
            device: *device,
            recovery: *recovery,
            officers,
            filed: self.context.time,
            effective: self.effective()?,
            stage: RecoveryStage::Waiting,
        });
        self.keep(&custody);
        self.note(EntryKind::RecoveryFiled { case: *case })
    }

    /// The listed device says that it is not lost: the case goes back to officers, the account stands still until they decide. A device
    /// that the recovery key has frozen is heard no more, and none is heard twice in a case: a thief does not veto for ever (STATE-16).
    fn object(&mut self, case: &RecoveryCaseId) -> Result<(), Stop> {
        let (_, record) = account::listed_account(self.overlay, self.context, self.transaction)?;
        let (mut custody, mut open) = self.open_case(case)?;
        if custody.frozen.is_some() {
            return Err(Rejection::Frozen.into());
        }
        if !open.is_open_to_objection(self.context.time) {
            return Err(Rejection::RecoveryTime.into());
        }
        open.stage = RecoveryStage::Objected { at: self.context.time };
        custody.recovery = Some(open);
        self.keep(&custody);
        self.write(record, EntryKind::RecoveryObjected { case: *case });
        Ok(())
    }

    /// Officers who had no part in filing the case stand by it (STATE-17): it waits once more, so that governors can end roles of
    /// officers who lie, and other officers drop it.
    fn uphold(&mut self, case: &RecoveryCaseId) -> Result<(), Stop> {
        let officers = self.deciding()?;
        let (mut custody, mut open) = self.open_case(case)?;
        if !matches!(open.stage, RecoveryStage::Objected { .. }) {
            return Err(Rejection::RecoveryTime.into());
        }
        if officers.iter().any(|officer| open.officers.contains(officer)) {
            return Err(Rejection::NotAgreed.into());
        }
        open.effective = self.effective()?;
        open.stage = RecoveryStage::Upheld { at: self.context.time, officers };
        custody.recovery = Some(open);
        self.keep(&custody);
        self.note(EntryKind::RecoveryUpheld { case: *case })
    }

    fn dismiss(&mut self, case: &RecoveryCaseId) -> Result<(), Stop> {
        self.deciding()?;
        let (mut custody, _) = self.open_case(case)?;
        custody.recovery = None;
        self.keep(&custody);
        self.note(EntryKind::RecoveryDismissed { case: *case })
    }

    /// The device of the case takes over, in the next epoch: what the one before signed is fenced off (STATE-5). The new recovery key
    /// stands in the old one's place, so whoever has the old code has nothing.
    fn complete(&mut self, case: &RecoveryCaseId, recovery: &PublicKey) -> Result<(), Stop> {
        let Signer::Device { account: _, epoch, device } = &self.transaction.body().signer else {
            return Err(Rejection::NotAllowed.into());
        };
        let (_, open) = self.open_case(case)?;
        let mut record = self.touched()?;
        if open.device != *device || open.recovery != *recovery || record.epoch.next() != *epoch {
            return Err(Rejection::NotAllowed.into());
        }
        if !open.is_effective(self.context.time) {
            return Err(Rejection::RecoveryTime.into());
        }
        record.device = *device;
        record.recovery = *recovery;
        record.epoch = *epoch;
        self.write(record, EntryKind::Recovered { case: *case, epoch: *epoch });
        // A freeze by the key that is gone goes with it.
        self.keep(&CustodyRecord::default());
        Ok(())
    }

    /// The signer is the account's recovery key.
    fn check_recovery_key(&self) -> Result<(), Stop> {
        let record = self.overlay.account(self.account)?;
        match &self.transaction.body().signer {
            Signer::Recovery { account, key } if account == self.account && *key == record.recovery => Ok(()),
            _ => Err(Rejection::NotAllowed.into()),
        }
    }

    /// The officers who sign, if each has the role now and they are as many as must agree (STATE-15).
    fn deciding(&self) -> Result<Vec<KeyId>, Stop> {
        let Signer::Several { keys } = &self.transaction.body().signer else {
            return Err(Rejection::NotAllowed.into());
        };
        let time = self.context.time;
        let officers: Vec<KeyId> = keys.iter().map(PublicKey::id).collect();
        for officer in &officers {
            registry::active(self.overlay, Role::RecoveryOfficer, officer, time)?
                .ok_or(Rejection::NotAllowed)?;
        }
        let rules = rules(self.overlay)?;
        let needed = parameters::in_force(&rules.officers, time).ok_or(Rejection::NoRules)?;
        if officers.len() < usize::from(*needed) { Err(Rejection::NotAgreed.into()) } else { Ok(officers) }
    }

    /// When what is decided now takes effect. A later change of rules moves no case that is open.
    fn effective(&self) -> Result<UnixTime, Stop> {
        let rules = rules(self.overlay)?;
        let wait: &Seconds =
            parameters::in_force(&rules.wait, self.context.time).ok_or(Rejection::NoRules)?;
        Ok(self.context.time.plus(*wait))
    }

    fn open_case(&self, case: &RecoveryCaseId) -> Result<(CustodyRecord, RecoveryCase), Stop> {
        let custody = self.custody()?;
        let open = custody.recovery.clone().filter(|open| open.case == *case).ok_or(Rejection::NoRecovery)?;
        Ok((custody, open))
    }

    fn custody(&self) -> Result<CustodyRecord, Stop> {
        find(self.overlay, self.account)
    }

    /// An account about which there is nothing to say has no record.
    fn keep(&mut self, custody: &CustodyRecord) {
        let key = state_key::custody(self.account);
        if *custody == CustodyRecord::default() {
            self.overlay.delete(key);
        } else {
            self.overlay.put(key, custody);
        }
    }

    fn touched(&mut self) -> Result<AccountRecord, Stop> {
        let by = self.context.by(self.transaction.id());
        account::touched(self.overlay, self.context, self.account, by)
    }

    /// A line in the account's history.
    fn note(&mut self, kind: EntryKind) -> Result<(), Stop> {
        let record = self.touched()?;
        self.write(record, kind);
        Ok(())
    }

    /// The account as it is from now on, with a line in its history.
    fn write(&mut self, mut record: AccountRecord, kind: EntryKind) {
        let by = self.context.by(self.transaction.id());
        account::append(self.overlay, *self.account, &mut record, kind, by);
        account::store(self.overlay, *self.account, &record);
    }
}

/// From the moment on from which a case is effective the old recovery key lists no device any more: with each one the epoch rises, and
/// whoever has the old code could keep the new device out for ever (STATE-16).
fn check_not_effective(custody: &CustodyRecord, time: UnixTime) -> Result<(), Stop> {
    match &custody.recovery {
        Some(open) if open.is_effective(time) => Err(Rejection::RecoveryTime.into()),
        _ => Ok(()),
    }
}

fn rules(overlay: &Overlay<'_>) -> Result<RecoveryRules, Stop> {
    overlay.find(&state_key::recovery_rules())?.ok_or(Stop::Rejected(Rejection::NoRules))
}

fn find(overlay: &Overlay<'_>, id: &AccountId) -> Result<CustodyRecord, Stop> {
    overlay.find_or_default(&state_key::custody(id))
}
