//! Another phone is lost: its account is frozen from this one by its recovery code alone, whether this wallet has an account or not.
//!
//! The code says which key froze, not which account: an account is named by its phone's keys and a salt. The gateway says which account lists
//! the key, and the account's record proves it (WALLET-30; ADR 0024).

use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::link::Snapshot;
use crate::place;
use crate::record::{SubmissionFate, SubmissionRow, Submitted};
use crate::view::{SubmissionView, VerifiedMark};
use crate::wallet::Wallet;
use citizen_coin::AccountRecord;
use citizen_keys::{PublicKey, RecoveryCode};
use citizen_ledger::{Action, CustodyAction, CustodyRecord, Rejection, state_key};
use citizen_primitives::AccountId;
use citizen_primitives::order::set_of;

impl Wallet {
    /// Signs, keeps and sends the freeze of the account that the code is of. No line of the log: it is not this phone's account.
    pub(crate) async fn freeze_elsewhere(&self, code: &RecoveryCode) -> Result<SubmissionView, WalletError> {
        let _one_at_a_time = self.session().approving.lock().await;
        let (account, snapshot) = self.listed_for(&code.recovery_key().public()).await?;
        let action = Action::Custody(CustodyAction::Freeze { account });
        let signed = self.sign_recovery(code, account, &snapshot, action)?;
        self.submit_signed(signed, Submitted::FreezeElsewhere { account }, None).await
    }

    /// The account whose proved record lists a recovery key and that is not frozen yet.
    async fn listed_for(&self, key: &PublicKey) -> Result<(AccountId, Snapshot), WalletError> {
        let link = self.link().await?;
        let named = set_of(link.ledger().accounts_of(place::ASK_LISTED_ACCOUNTS, &key.id()).await?);
        if named.is_empty() {
            return Err(WalletError::Invalid { input: Input::RecoveryCode });
        }
        let keys: Vec<_> =
            named.iter().flat_map(|id| [state_key::account(id), state_key::custody(id)]).collect();
        let snapshot = link.fresh(&keys).await?;
        let mut is_frozen = false;
        for account in named {
            let record = snapshot.get::<AccountRecord>(&state_key::account(&account))?.into_parts().0;
            if record.is_none_or(|record| record.recovery != *key) {
                continue;
            }
            let custody = snapshot.get::<CustodyRecord>(&state_key::custody(&account))?.into_parts().0;
            if custody.unwrap_or_default().frozen.is_none() {
                return Ok((account, snapshot));
            }
            is_frozen = true;
        }
        let lie = mapping::unverified(Subject::Record, Party::Ledger);
        Err(if is_frozen { Rejection::Frozen.into() } else { lie })
    }

    /// What the account's proved custody says of the freeze: its history is not this phone's to keep.
    pub(crate) async fn look_elsewhere(
        &self,
        row: &SubmissionRow,
        account: &AccountId,
    ) -> Result<(SubmissionFate, VerifiedMark), WalletError> {
        let key = state_key::custody(account);
        let snapshot = self.link().await?.read(std::slice::from_ref(&key)).await?;
        let custody = snapshot.get::<CustodyRecord>(&key)?;
        let verified = VerifiedMark::of(custody.provenance());
        let height = snapshot.header().height();
        let fate = match custody.into_parts().0.and_then(|custody| custody.frozen) {
            Some(_) => SubmissionFate::Done { height },
            None if height > row.valid_until => SubmissionFate::Never,
            None => row.fate,
        };
        Ok((fate, verified))
    }
}
