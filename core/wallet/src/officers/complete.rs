//! The wait is over: the new phone takes the account over, with the new recovery code.

use super::VALID_FOR;
use crate::asked_for;
use crate::custody::listed_at;
use crate::error::{Input, WalletError};
use crate::place;
use crate::record::{self, AccountRow, Phase, RecoveryRow, put, recovery_row};
use crate::signing::{Validity, checked};
use crate::view::AccountView;
use crate::wallet::Wallet;
use citizen_coin::AccountRecord;
use citizen_keys::{KeyIndex, RecoveryCode};
use citizen_ledger::{Action, CustodyAction, Rejection, Signer, state_key};
use citizen_primitives::{AccountId, Canonical as _, Label};
use citizen_store::ChangeSet;

impl Wallet {
    /// Takes the account over, once the case is effective by the ledger's time. The code shows that it was written down: its key signs, and
    /// from then on it stands behind the account; the old code is worth nothing, and the old phone can only show.
    ///
    /// From then on the balance has the won too, if the bank has the account; its name for her this phone does not know, and what needs it
    /// ([`Self::earn`]) asks for [`Self::enrol`].
    ///
    /// What is signed is on the disk before it leaves. Called again after a crash, it goes on; what ran out is signed anew.
    pub async fn complete_recovery(&self, code: &RecoveryCode) -> Result<AccountView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let row: Option<RecoveryRow> = self.session().load(&recovery_row())?;
        let row = row.ok_or(WalletError::Invalid { input: Input::RecoveryMissing })?;
        if code.recovery_key().public() != row.recovery {
            return Err(WalletError::Invalid { input: Input::RecoveryCode });
        }
        let account = row.filed.or_else(|| row.account());
        let account = account.ok_or(WalletError::from(Rejection::NoRecovery))?;
        let begun: Option<AccountRow> = self.session().load(&record::account_row())?;
        if self.must_sign(&account, begun.as_ref()).await? {
            let signed = self.sign_completion(&row, &account, code).await?;
            // Whether the bank has the account, nobody has told this phone (WALLET-23).
            let changes = put(record::account_row(), &signed).put(record::bank_unknown_row(), []);
            let read = (&record::account_row(), begun.as_ref());
            if !self.session().commit_if(place::OUTBOX_COMPLETION, read, changes)? {
                // An account was opened here meanwhile.
                return Err(WalletError::Invalid { input: Input::AccountExists });
            }
        }
        let view = self.settle_account().await?;
        // Who asked is forgotten with the row.
        self.session().commit(place::RECOVERY_DONE, ChangeSet::new().delete(recovery_row()))?;
        Ok(view)
    }

    /// Whether nothing is signed yet, or what was has run out.
    async fn must_sign(&self, account: &AccountId, begun: Option<&AccountRow>) -> Result<bool, WalletError> {
        let Some(begun) = begun else { return Ok(true) };
        let Phase::Replacing { valid_until, .. } = begun.phase else { return Ok(false) };
        let key = state_key::account(account);
        let snapshot = self.link().await?.fresh(std::slice::from_ref(&key)).await?;
        let listed = snapshot.get::<AccountRecord>(&key)?.into_parts().0;
        let is_ours = listed.is_some_and(|record| self.session().device(begun.key) == Ok(record.device));
        Ok(!is_ours && snapshot.header().height() > valid_until)
    }

    /// The completion, signed by both keys of this phone and by the new recovery key (STATE-5).
    async fn sign_completion(
        &self,
        row: &RecoveryRow,
        account: &AccountId,
        code: &RecoveryCode,
    ) -> Result<AccountRow, WalletError> {
        let (case, recovery, id) = (row.case, row.recovery, *account);
        let keys = [state_key::account(account), state_key::custody(account)];
        let snapshot = self.link().await?.fresh(&keys).await?;
        let (record, custody) = listed_at(&snapshot, account)?;
        let open = custody.recovery.filter(|open| open.case == case);
        let open = open.ok_or(WalletError::from(Rejection::NoRecovery))?;
        if !open.is_effective(snapshot.header().time()) {
            return Err(Rejection::RecoveryTime.into());
        }
        let chain_id = snapshot.header().chain_id().clone();
        let valid_until = snapshot.valid_until(VALID_FOR);
        let (key, epoch) = (KeyIndex::default(), record.epoch.next());
        let signer = Signer::Device { account: id, epoch, device: self.session().device(key)? };
        let action = Action::Custody(CustodyAction::Complete { account: id, case, recovery });
        let validity = Validity { chain_id: chain_id.clone(), valid_until };
        let body = self.session().body(validity, signer, action);
        let bytes = body.signing_bytes();
        let (signature, cosignature) =
            self.session().sign_by_both((key, asked_for::takeover()), Label::Transaction, &bytes)?;
        let signatures = vec![signature, cosignature, code.recovery_key().sign(Label::Transaction, &bytes)];
        let transaction = checked(&body, signatures, &chain_id)?.to_canonical();
        let phase = Phase::Replacing { transaction, valid_until };
        Ok(AccountRow { id, epoch: record.epoch, key, recovery, phase })
    }
}
