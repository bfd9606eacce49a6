//! A lost phone or a lost code: the account is frozen at once, goes on again, and this phone objects to a recovery that is not hers.

use crate::error::{Input, Party, Reason, Subject, WalletError, mapping};
use crate::link::Snapshot;
use crate::listing::Own;
use crate::record::{AccountRow, ActivityKind, Submitted};
use crate::signing::{Cosigning, Validity, checked};
use crate::view::{CustodyView, SubmissionView};
use crate::wallet::Wallet;
use citizen_coin::AccountRecord;
use citizen_keys::RecoveryCode;
use citizen_ledger::{Action, CustodyAction, CustodyRecord, Rejection, SignedTransaction, Signer, state_key};
use citizen_primitives::{AccountId, Height, Label};

/// For how many blocks a freeze may be executed.
pub(crate) const VALID_FOR: u64 = 100;

impl Wallet {
    /// Whether the account is frozen or under recovery, proved; and until when this phone may object.
    pub async fn custody(&self) -> Result<CustodyView, WalletError> {
        self.session().touch()?;
        let Own { account, snapshot, is_listed } = self.own().await?;
        let custody = snapshot.get::<CustodyRecord>(&state_key::custody(&account.id))?;
        let freshness = crate::sync::freshness(&snapshot)?;
        Ok(CustodyView::from_verified(custody, is_listed, freshness))
    }

    /// Stops the account that the recovery code is of: from the next block on no phone pays, gives or redeems anything from it, and none
    /// takes it over. The answer is `sent`; [`Wallet::follow_submission`] shows that it is so.
    ///
    /// It is this wallet's own account, or, for a phone that is lost, any other one: this wallet needs no account for that (WALLET-30). A
    /// code that no account lists is [`Input::RecoveryCode`].
    ///
    /// The code is used here and forgotten. To let the account go on with another phone, [`Wallet::restore`] there: it does both at
    /// once.
    pub async fn freeze(&self, code: &RecoveryCode) -> Result<SubmissionView, WalletError> {
        self.session().touch()?;
        let own = match self.session().shown_account() {
            Ok(AccountRow { id: account, .. }) => {
                let action = CustodyAction::Freeze { account };
                self.by_recovery(code, (Submitted::Freeze, action), ActivityKind::Frozen).await
            }
            Err(error) => Err(error),
        };
        match own {
            Err(WalletError::Invalid { input: Input::RecoveryCode | Input::AccountMissing }) => {
                self.freeze_elsewhere(code).await
            }
            own => own,
        }
    }

    /// Lets a frozen account go on with the phone that is listed.
    pub async fn unfreeze(&self, code: &RecoveryCode) -> Result<SubmissionView, WalletError> {
        self.session().touch()?;
        let account = self.session().shown_account()?.id;
        let action = CustodyAction::Unfreeze { account, device: None };
        self.by_recovery(code, (Submitted::Unfreeze, action), ActivityKind::Unfrozen).await
    }

    /// Objects to the recovery that officers have filed: this phone is not lost. Its hardware key signs too. The account stands
    /// still until officers have looked again.
    pub async fn object_to_recovery(&self) -> Result<SubmissionView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        self.settle_submissions().await?;
        let present = self.present(&[]).await?;
        if present.custody.frozen.is_some() {
            return Err(Rejection::Frozen.into());
        }
        let open = present.custody.recovery.as_ref().ok_or(WalletError::from(Rejection::NoRecovery))?;
        if !open.is_open_to_objection(present.time()) {
            return Err(Rejection::RecoveryTime.into());
        }
        let case = open.case;
        let action = Action::Custody(CustodyAction::Object { account: present.account.id, case });
        let what = (Submitted::Objection { case }, action);
        self.submit(&present, what, Cosigning::Signed, ActivityKind::Objected).await
    }

    async fn by_recovery(
        &self,
        code: &RecoveryCode,
        (what, action): (Submitted, CustodyAction),
        log: ActivityKind,
    ) -> Result<SubmissionView, WalletError> {
        // **WALLET-38** Nobody who is slow holds a freeze up: neither whoever is asked while something else is approved, nor what else is on its
        // way. Whoever approves something then is stopped by the ledger.
        let _one_at_a_time = match &what {
            Submitted::Freeze => None,
            _ => {
                let alone = self.session().approving.lock().await;
                self.settle_submissions().await?;
                Some(alone)
            }
        };
        let account = self.session().shown_account()?;
        let keys = [state_key::account(&account.id), state_key::custody(&account.id)];
        let snapshot = self.link().await?.fresh(&keys).await?;
        // By the proved record: what this phone remembers may be of a code that is no longer the account's.
        if listed(&snapshot, &account)?.recovery != code.recovery_key().public() {
            return Err(WalletError::Invalid { input: Input::RecoveryCode });
        }
        let custody = snapshot.get::<CustodyRecord>(&state_key::custody(&account.id))?.into_parts().0;
        match (&what, custody.unwrap_or_default().frozen) {
            (Submitted::Freeze, Some(_)) => return Err(Rejection::Frozen.into()),
            (Submitted::Unfreeze, None) => {
                return Err(WalletError::Refused { by: Party::Ledger, reason: Reason::Nothing });
            }
            _ => {}
        }
        let signed = self.sign_recovery(code, account.id, &snapshot, Action::Custody(action))?;
        self.submit_signed(signed, what, Some(log)).await
    }

    pub(crate) fn sign_recovery(
        &self,
        code: &RecoveryCode,
        account: AccountId,
        snapshot: &Snapshot,
        action: Action,
    ) -> Result<(SignedTransaction, Height), WalletError> {
        let key = code.recovery_key();
        let chain_id = snapshot.header().chain_id().clone();
        let valid_until = snapshot.valid_until(VALID_FOR);
        let signer = Signer::Recovery { account, key: key.public() };
        let validity = Validity { chain_id: chain_id.clone(), valid_until };
        let body = self.session().body(validity, signer, action);
        let signature = key.sign(Label::Transaction, &body.signing_bytes());
        Ok((checked(&body, vec![signature], &chain_id)?, valid_until))
    }
}

/// The account's record and what is kept of its custody.
pub(crate) fn listed_at(
    snapshot: &Snapshot,
    account: &AccountId,
) -> Result<(AccountRecord, CustodyRecord), WalletError> {
    let record = snapshot.get::<AccountRecord>(&state_key::account(account))?.into_parts().0;
    let record = record.ok_or(mapping::unverified(Subject::Record, Party::Ledger))?;
    let custody = snapshot.get::<CustodyRecord>(&state_key::custody(account))?.into_parts().0;
    Ok((record, custody.unwrap_or_default()))
}

/// The account's record; the ledger has had it since the account was opened.
pub(crate) fn listed(snapshot: &Snapshot, account: &AccountRow) -> Result<AccountRecord, WalletError> {
    let record = snapshot.get::<AccountRecord>(&state_key::account(&account.id))?.into_parts().0;
    record.ok_or(mapping::unverified(Subject::Record, Party::Ledger))
}
