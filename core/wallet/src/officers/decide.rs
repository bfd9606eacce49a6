//! The old phone has objected: whoever shows again who she is says which phone is hers, the new one or the old one.

use super::{Agreement, Officers};
use crate::error::{Party, WalletError, mapping};
use crate::link::Snapshot;
use crate::place;
use crate::record::{ActivityKind, Submitted};
use crate::view::{RecoveryView, SubmissionView};
use crate::wallet::Wallet;
use citizen_client::CallError;
use citizen_client::api::{DecisionRequest, Identity, RecoveryDecision};
use citizen_ledger::{CustodyAction, RecoveryStage, Rejection};
use citizen_primitives::{KeyId, RecoveryCaseId};

impl Wallet {
    /// The new phone stands by its request after an objection: officers who did not file the case look again, and sign that it goes on. It
    /// waits once more then, and nobody objects any more.
    pub async fn uphold_recovery(&self) -> Result<RecoveryView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let mut look = self.look_at_recovery().await?;
        let open = look.open.clone().ok_or(WalletError::from(Rejection::NoRecovery))?;
        let account = look.row.filed.ok_or(WalletError::from(Rejection::NoRecovery))?;
        if !matches!(open.stage, RecoveryStage::Objected { .. }) {
            return Err(Rejection::RecoveryTime.into());
        }
        if look.row.sent.is_none() {
            let identity = look.row.who.identity();
            let uphold = RecoveryDecision::Uphold;
            let asked = (&identity, &open.case, uphold);
            let action = CustodyAction::Uphold { account, case: open.case };
            let decided =
                self.decide_together(&look.officers, &open.officers, asked, (action, &look.snapshot)).await?;
            if let Agreement::Reached(transaction, valid_until) = decided {
                self.keep_and_send(&mut look, &transaction, valid_until).await?;
            }
        }
        look.view()
    }

    /// The old phone, with whoever shows who she is: the officers drop the case, and the account goes on. The answer is `sent`;
    /// [`Wallet::follow_submission`] shows that it is so.
    pub async fn dismiss_recovery(&self, identity: &Identity) -> Result<SubmissionView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        self.settle_submissions().await?;
        let present = self.present(&[]).await?;
        let open = present.custody.recovery.as_ref().ok_or(WalletError::from(Rejection::NoRecovery))?;
        let (account, case) = (present.account.id, open.case);
        let (officers, snapshot) = self.officers(&[]).await?;
        let asked = (identity, &case, RecoveryDecision::Dismiss);
        let action = CustodyAction::Dismiss { account, case };
        match self.decide_together(&officers, &[], asked, (action, &snapshot)).await? {
            Agreement::Missing(_) => Err(Rejection::NotAgreed.into()),
            Agreement::Reached(transaction, valid_until) => {
                let what = Submitted::Dismissal { case };
                self.submit_signed((transaction, valid_until), what, Some(ActivityKind::RecoveryDismissed))
                    .await
            }
        }
    }

    /// Has officers decide, and sign it. One who decides and does not sign then holds nobody up: another one is asked in her place.
    async fn decide_together(
        &self,
        officers: &Officers,
        not: &[KeyId],
        asked: (&Identity, &RecoveryCaseId, RecoveryDecision),
        (action, snapshot): (CustodyAction, &Snapshot),
    ) -> Result<Agreement, WalletError> {
        let mut not = not.to_vec();
        loop {
            let willing = self.ask_to_decide(officers, &not, asked).await?;
            match self.agree(officers, &willing, action.clone(), snapshot).await? {
                Agreement::Missing(missing) if !missing.is_empty() => {
                    not.extend(missing.iter().map(|unsigned| unsigned.officer));
                }
                agreement => return Ok(agreement),
            }
        }
    }

    /// Asks officers, but for those who may not, until as many as must agree stand by the decision.
    async fn ask_to_decide(
        &self,
        officers: &Officers,
        not: &[KeyId],
        (identity, case, decision): (&Identity, &RecoveryCaseId, RecoveryDecision),
    ) -> Result<Vec<KeyId>, WalletError> {
        let request = DecisionRequest { identity: identity.clone(), case: case.to_hex(), decision };
        let (mut willing, mut said) = (Vec::new(), None);
        for officer in &officers.all {
            let id = officer.party().value().id();
            if not.contains(&id) || willing.len() >= officers.needed {
                continue;
            }
            let mut rng = self.session().rng();
            match officer.decide(place::SEND_RECOVERY_DECISION, &mut *rng, &request).await {
                Ok(standing) if standing == decision => willing.push(id),
                Ok(_) => said = Some(WalletError::from(Rejection::NotAgreed)),
                Err(CallError::Stopped) => return Err(WalletError::Cancelled),
                Err(error) => said = Some(mapping::of_call(error, Party::RecoveryOfficer)),
            }
        }
        match said {
            Some(error) if willing.len() < officers.needed => Err(error),
            _ => Ok(willing),
        }
    }
}
