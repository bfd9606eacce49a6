//! A new phone, and neither backup nor recovery code: it asks the officers, files the case with their signatures, and follows it.

use super::{Agreement, Officers, Unsigned};
use crate::error::{Input, Party, WalletError, mapping};
use crate::link::Snapshot;
use crate::place;
use crate::record::{self, AccountRow, ActivityKind, Phase, RecoveryRow, Who, put, recovery_row};
use crate::view::{RecoveryView, VerifiedMark};
use crate::wallet::{PATIENCE, PAUSE, Wallet};
use citizen_client::CallError;
use citizen_client::api::{Bytes, Identity, RecoveryRequest};
use citizen_keys::{KeyIndex, RecoveryCode};
use citizen_ledger::custody::FiledCase;
use citizen_ledger::{
    CustodyAction, CustodyRecord, FileRecovery, RecoveryCase, RecoveryStage, SignedTransaction, Verified,
    state_key,
};
use citizen_primitives::{AccountId, Canonical as _, Height, KeyId, RecoveryCaseId, random};
use citizen_store::ChangeSet;
use std::collections::BTreeSet;

/// A case as it was looked at.
pub(super) struct Look {
    pub(super) row: RecoveryRow,
    pub(super) open: Option<RecoveryCase>,
    pub(super) officers: Officers,
    pub(super) snapshot: Snapshot,
    verified: VerifiedMark,
}

impl Wallet {
    /// Asks the officers of recovery for the account of the resident who shows number, name and day of birth. `code` is the new recovery
    /// code: it is on paper before this is called, and it is needed again to take over.
    ///
    /// The request is on the disk, sealed, before anybody is asked; called again after a crash, it goes on. It is refused on a phone that
    /// has an account. Once the officers have signed, another code or another name needs another case: the ledger is looked at first, and says
    /// whether the one that was sent stands, or never can.
    pub async fn recover_by_office(
        &self,
        identity: &Identity,
        code: &RecoveryCode,
    ) -> Result<RecoveryView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        if self.session().load::<AccountRow>(&record::account_row())?.is_some() {
            return Err(WalletError::Invalid { input: Input::AccountExists });
        }
        let (who, recovery) = (Who::of(identity)?, code.recovery_key().public());
        match self.session().load::<RecoveryRow>(&recovery_row())? {
            Some(row) if !row.is_over && row.who.is_called(&who) && row.recovery == recovery => {}
            Some(row) if row.is_under_way() && self.look_at_recovery().await?.row.is_under_way() => {
                return Err(WalletError::Invalid { input: Input::RecoveryCode });
            }
            _ => {
                let case = RecoveryCaseId::from_bytes(random::generate_array(&mut *self.session().rng()));
                let (approvals, sent, filed) = (Vec::new(), None, None);
                let row = RecoveryRow { case, recovery, who, approvals, sent, filed, is_over: false };
                let log = self.session().log(ActivityKind::RecoveryAsked)?;
                self.session().commit(place::RECOVERY_ASKED, put(recovery_row(), &row).and(log))?;
            }
        }
        self.advance_recovery().await
    }

    /// How far the recovery is that this phone has asked for, with a proof; goes on with it as far as it goes now.
    pub async fn recovery(&self) -> Result<RecoveryView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        self.advance_recovery().await
    }

    /// As [`Self::recovery`], until the ledger shows what the officers have signed, or they have not signed.
    pub async fn follow_recovery(&self) -> Result<RecoveryView, WalletError> {
        for _ in 0..PATIENCE {
            let view = self.recovery().await?;
            if *view.state() != "sent" {
                return Ok(view);
            }
            self.session().timer.sleep(PAUSE).await;
        }
        Err(WalletError::Offline { can_queue: true })
    }

    async fn advance_recovery(&self) -> Result<RecoveryView, WalletError> {
        let mut look = self.look_at_recovery().await?;
        if let Some((transaction, _)) = &look.row.sent {
            let transaction = SignedTransaction::from_canonical(transaction);
            self.send_case(&transaction.map_err(|_| WalletError::StoreDamaged)?).await?;
        } else if look.row.filed.is_none() && !look.row.is_over {
            self.ask_and_file(&mut look).await?;
        }
        look.view()
    }

    /// The row, brought to what the ledger proves.
    pub(super) async fn look_at_recovery(&self) -> Result<Look, WalletError> {
        let row: Option<RecoveryRow> = self.session().load(&recovery_row())?;
        let mut row = row.ok_or(WalletError::Invalid { input: Input::RecoveryMissing })?;
        if self.is_completed().await? {
            return self.completed();
        }
        let account = row.account();
        let filed = state_key::recovery_case(&row.case);
        let custody = account.map(|account| state_key::custody(&account));
        let keys: Vec<_> = custody.iter().cloned().chain([filed.clone()]).collect();
        let (officers, snapshot) = self.officers(&keys).await?;
        let named: Verified<Option<FiledCase>> = snapshot.get(&filed)?;
        let verified = VerifiedMark::of(named.provenance());
        let mut open = None;
        if let Some(key) = &custody {
            let found = snapshot.get::<CustodyRecord>(key)?.into_parts().0.unwrap_or_default();
            open = found.recovery.filter(|open| open.case == row.case);
        }
        let before = row.clone();
        match (&open, named.value()) {
            (Some(_), _) => row.filed = account,
            // Its name was used, and it is open no more: it was completed a moment ago, or dropped.
            (None, Some(_)) if self.is_completed().await? => return self.completed(),
            (None, Some(_)) => row.is_over = true,
            (None, None) => {}
        }
        // Only what was objected to waits for something to be sent: that other officers uphold it.
        let is_settled = row.is_over
            || open.as_ref().is_some_and(|open| !matches!(open.stage, RecoveryStage::Objected { .. }));
        let height = snapshot.header().height();
        row.sent = row.sent.filter(|(_, valid_until)| !is_settled && height <= *valid_until);
        if row != before {
            self.session().commit(place::RECOVERY_PROGRESS, put(recovery_row(), &row))?;
        }
        Ok(Look { row, open, officers, snapshot, verified })
    }

    /// Who has asked is forgotten: this phone has asked for nothing any more.
    fn completed(&self) -> Result<Look, WalletError> {
        self.session().commit(place::RECOVERY_DONE, ChangeSet::new().delete(recovery_row()))?;
        Err(WalletError::Invalid { input: Input::RecoveryMissing })
    }

    /// Whether the account is taken over. What was signed to that end and left, or not, is gone on with: a phone that was killed then shall not
    /// say that the case is over because the ledger has it no more.
    async fn is_completed(&self) -> Result<bool, WalletError> {
        let own: Option<AccountRow> = self.session().load(&record::account_row())?;
        match own.map(|own| own.phase) {
            Some(Phase::Open | Phase::Fenced { .. }) => Ok(true),
            Some(Phase::Replacing { .. }) => match self.advance_account().await {
                Ok(view) => Ok(view.is_some()),
                Err(stop @ (WalletError::Cancelled | WalletError::Locked)) => Err(stop),
                // Of what else goes wrong this look will tell, or the completion.
                Err(_) => Ok(false),
            },
            Some(Phase::Opening { .. }) | None => Ok(false),
        }
    }

    /// Asks until enough have approved, and files the case. An officer who approves and does not sign then holds nobody up: another one is
    /// asked in her place.
    async fn ask_and_file(&self, look: &mut Look) -> Result<(), WalletError> {
        let mut passed = BTreeSet::new();
        loop {
            self.ask_for_approvals(look, &passed).await?;
            let missing = self.file_case(look, &passed).await?;
            if missing.is_empty() {
                return Ok(());
            }
            passed.extend(missing.into_iter().map(|unsigned| unsigned.officer));
        }
    }

    /// Asks officers who have not approved yet, but for those who are passed over, until as many as must agree have named the same account.
    async fn ask_for_approvals(&self, look: &mut Look, passed: &BTreeSet<KeyId>) -> Result<(), WalletError> {
        let device = self.session().device(KeyIndex::default())?;
        let request = RecoveryRequest {
            identity: look.row.who.identity(),
            case: look.row.case.to_hex(),
            device: Bytes::of(&device),
            recovery: Bytes::of(&look.row.recovery),
        };
        let mut said = None;
        for officer in &look.officers.all {
            let id = officer.party().value().id();
            let is_known =
                passed.contains(&id) || look.row.approvals.iter().any(|(officer, _)| *officer == id);
            if is_known || look.has_enough(passed) {
                continue;
            }
            let mut rng = self.session().rng();
            match officer.request(place::SEND_RECOVERY_REQUEST, &mut *rng, &request).await {
                Ok(account) => look.row.approvals.push((id, account)),
                Err(CallError::Stopped) => return Err(WalletError::Cancelled),
                Err(error) => said = Some(mapping::of_call(error, Party::RecoveryOfficer)),
            }
        }
        match said {
            // Nobody knows her: it is for her to say who she is.
            Some(error) if look.row.approvals.is_empty() && passed.is_empty() => Err(error),
            _ => self.session().commit(place::RECOVERY_PROGRESS, put(recovery_row(), &look.row)),
        }
    }

    /// Files the case, if enough have approved it; else says who has not signed.
    async fn file_case(
        &self,
        look: &mut Look,
        passed: &BTreeSet<KeyId>,
    ) -> Result<Vec<Unsigned>, WalletError> {
        if !look.has_enough(passed) {
            return Ok(Vec::new());
        }
        let Some(account) = look.row.account() else { return Ok(Vec::new()) };
        let RecoveryRow { case, recovery, .. } = look.row;
        let device = self.session().device(KeyIndex::default())?;
        let action = CustodyAction::File(Box::new(FileRecovery { account, case, device, recovery }));
        let willing = look.willing(&account, passed);
        match self.agree(&look.officers, &willing, action, &look.snapshot).await? {
            Agreement::Reached(transaction, valid_until) => {
                self.keep_and_send(look, &transaction, valid_until).await?;
                Ok(Vec::new())
            }
            // An approval that is no more is asked for anew.
            Agreement::Missing(missing) => {
                let refuses = |id: &KeyId| missing.iter().any(|one| one.refuses && one.officer == *id);
                look.row.approvals.retain(|(officer, _)| !refuses(officer));
                self.session().commit(place::RECOVERY_PROGRESS, put(recovery_row(), &look.row))?;
                Ok(missing)
            }
        }
    }

    /// What officers have signed is on the disk before it is sent.
    pub(super) async fn keep_and_send(
        &self,
        look: &mut Look,
        transaction: &SignedTransaction,
        valid_until: Height,
    ) -> Result<(), WalletError> {
        look.row.sent = Some((transaction.to_canonical(), valid_until));
        self.session().commit(place::OUTBOX_CASE, put(recovery_row(), &look.row))?;
        self.send_case(transaction).await
    }

    /// Whether it was taken at the door says nothing: the ledger will.
    async fn send_case(&self, transaction: &SignedTransaction) -> Result<(), WalletError> {
        match self.link().await?.ledger().submit(place::SEND_CASE, transaction).await {
            Err(error) => match WalletError::from(error) {
                stop @ (WalletError::Cancelled | WalletError::Locked) => Err(stop),
                error => {
                    tracing::info!(code = error.code(), "the case was not taken at the door");
                    Ok(())
                }
            },
            Ok(_) => Ok(()),
        }
    }
}

impl Look {
    /// Who has approved it for this account, but for those who are passed over. Two approvals of one officer are one.
    fn willing(&self, account: &AccountId, passed: &BTreeSet<KeyId>) -> Vec<KeyId> {
        let mut willing = self.row.approved_for(account);
        willing.retain(|officer| !passed.contains(officer));
        willing
    }

    /// Whether as many officers as must agree have named one account.
    fn has_enough(&self, passed: &BTreeSet<KeyId>) -> bool {
        let willing = |account| self.willing(&account, passed).len();
        self.row.account().is_some_and(|account| willing(account) >= self.officers.needed)
    }

    pub(super) fn view(self) -> Result<RecoveryView, WalletError> {
        let freshness = crate::sync::freshness(&self.snapshot)?;
        let bench = self.officers.bench();
        let known = (&self.snapshot, self.verified);
        Ok(RecoveryView::from_verified(&self.row, self.open.as_ref(), bench, known, freshness))
    }
}
