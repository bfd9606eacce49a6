//! Another phone is lost: its account is frozen from this one by its recovery code alone, whether this wallet has an account or not.
//!
//! The code says which key froze, not which account: an account is named by its phone's keys and a salt. The gateway says which account lists
//! the key, and the account's record proves it (WALLET-30; ADR 0024).

use crate::custody::VALID_FOR;
use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::link::{Link, Snapshot};
use crate::place;
use crate::record::{SubmissionFate, SubmissionRow, Submitted, put, submission_row};
use crate::sync::fetch_entries;
use crate::view::{SubmissionView, VerifiedMark};
use crate::wallet::Wallet;
use citizen_coin::{AccountRecord, Entry, EntryKind};
use citizen_keys::{PublicKey, RecoveryCode};
use citizen_ledger::{Action, CustodyAction, CustodyRecord, Rejection, state_key};
use citizen_primitives::order::set_of;
use citizen_primitives::{AccountId, Height};
use citizen_store::ChangeSet;

impl Wallet {
    /// Signs, keeps and sends the freeze of the account that the code is of. No line of the log: it is not this phone's account.
    ///
    /// **WALLET-38** It waits for nothing that this wallet does besides: nothing of this account is signed from what another call has seen.
    pub(crate) async fn freeze_elsewhere(&self, code: &RecoveryCode) -> Result<SubmissionView, WalletError> {
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

    /// What the account's proved history says of the freeze; it is not this phone's to keep, and is asked for only where the custody or the
    /// time says that there is something to find.
    ///
    /// **WALLET-37** When this was signed the account was proved to be free: the first time that it is frozen after that is what was asked
    /// for, also if it goes on again since. A header from before says nothing, whatever it shows.
    pub(crate) async fn look_elsewhere(
        &self,
        row: &SubmissionRow,
        account: &AccountId,
    ) -> Result<(SubmissionFate, VerifiedMark), WalletError> {
        let keys = [state_key::account(account), state_key::custody(account)];
        let link = self.link().await?;
        let snapshot = link.read(&keys).await?;
        let custody = snapshot.get::<CustodyRecord>(&state_key::custody(account))?;
        let verified = VerifiedMark::of(custody.provenance());
        let height = snapshot.header().height();
        let signed = signed_at(row, &snapshot);
        let is_frozen = custody.into_parts().0.is_some_and(|custody| custody.frozen.is_some());
        // The header at h commits to the state after block h - 1.
        let is_over = height > row.valid_until;
        if height <= signed || !(is_frozen || is_over) {
            return Ok((row.fate, verified));
        }
        let fate = match self.frozen_since(link, &snapshot, account, signed).await {
            Ok(Some(height)) => SubmissionFate::Done { height },
            Ok(None) if is_over => SubmissionFate::Never,
            Ok(None) => row.fate,
            Err(stop @ (WalletError::Cancelled | WalletError::Locked)) => return Err(stop),
            // Who keeps the history back does not keep this from being sent again.
            Err(error) if !is_over => {
                tracing::info!(code = error.code(), "the history of a frozen account did not come");
                row.fate
            }
            Err(error) => return Err(error),
        };
        Ok((fate, verified))
    }

    /// The first block in which the account was frozen from a height on, by its whole history.
    async fn frozen_since(
        &self,
        link: &Link,
        snapshot: &Snapshot,
        account: &AccountId,
        since: Height,
    ) -> Result<Option<Height>, WalletError> {
        let record = snapshot.get::<AccountRecord>(&state_key::account(account))?.into_parts().0;
        let record = record.ok_or(mapping::unverified(Subject::Record, Party::Ledger))?;
        let mut entries = Vec::new();
        fetch_entries(link, account, &record, &mut entries).await?;
        let is_it = |entry: &&Entry| entry.kind == EntryKind::Frozen && entry.height >= since;
        Ok(entries.iter().find(is_it).map(|entry| entry.height))
    }

    /// The change that takes freezes of an account back that are on their way, as far as this phone can: it is this phone's own again, and
    /// would be stopped by them. What becomes of those that were sent is looked at still.
    pub(crate) fn withdrawn(rows: Vec<SubmissionRow>, account: &AccountId) -> ChangeSet {
        let what = Submitted::FreezeElsewhere { account: *account };
        let open = rows.into_iter().filter(|row| row.is_open() && row.what == what);
        open.fold(ChangeSet::new(), |changes, row| {
            let row = SubmissionRow { transaction: Vec::new(), ..row };
            changes.and(put(submission_row(&row.id), &row))
        })
    }
}

/// The height of the header under which the account was proved to be free when this was signed, by the rule that set its last height. Where
/// that rule was another one then, an earlier height.
fn signed_at(row: &SubmissionRow, snapshot: &Snapshot) -> Height {
    let blocks = VALID_FOR.min(snapshot.parameters().validity_window);
    Height::new(row.valid_until.value().saturating_sub(blocks))
}
