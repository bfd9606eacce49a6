//! Whom the ledger lists. A proved record is held against the rows as they stand when the answer is written, not as they stood when it was asked
//! for: looks cross, and one that was overtaken by a change of keys knows less than the rows (WALLET-33).

use crate::custody::listed;
use crate::error::WalletError;
use crate::link::Snapshot;
use crate::record::{self, AccountRow, ActivityKind, CardKeyRow, Phase, RotationRow, card_keys, put};
use crate::session::Open;
use crate::wallet::Wallet;
use citizen_coin::AccountRecord;
use citizen_keys::KeyIndex;
use citizen_ledger::state_key;
use citizen_primitives::UnixTime;
use citizen_store::ChangeSet;

/// How often a look that was overtaken is made again.
pub(crate) const LOOKS: u32 = 3;

/// What a proved record says of this phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listing {
    /// It is listed, as it knows.
    Known,
    /// It is listed, and this is its account.
    Ours(AccountRow),
    /// It is listed by the key that was to come (WALLET-18).
    Changed(AccountRow, CardKeyRow),
    /// The record is older than what was proved before: it says nothing of now.
    Past,
    /// Another phone is.
    Others,
}

/// The account as it stands, beside the records that were read for it.
pub(crate) struct Own {
    pub(crate) account: AccountRow,
    pub(crate) snapshot: Snapshot,
    pub(crate) is_listed: bool,
}

impl Open {
    /// **WALLET-33** The device's epoch only rises: a record of an earlier one than the row's is older than the row.
    pub(crate) fn listing(
        &self,
        account: &AccountRow,
        record: &AccountRecord,
    ) -> Result<Listing, WalletError> {
        let lists = |key: KeyIndex| Ok::<_, WalletError>(record.device == self.device(key)?);
        let listed_by = |key: KeyIndex| AccountRow { key, epoch: record.epoch, ..account.clone() };
        if lists(account.key)? {
            let is_known = record.epoch == account.epoch;
            return Ok(if is_known { Listing::Known } else { Listing::Ours(listed_by(account.key)) });
        }
        if record.epoch < account.epoch {
            return Ok(Listing::Past);
        }
        let (present, coming) = card_keys(&*self.store)?;
        if let Some(RotationRow { new, .. }) = coming
            && account.phase == Phase::Open
            && self.knows(new.key)
            && lists(new.key)?
        {
            return Ok(Listing::Changed(listed_by(new.key), new));
        }
        // The key in force is not the account's: an older build has let a look that was overtaken write over the row.
        match present {
            Some(CardKeyRow { key, .. }) if key != account.key && self.knows(key) && lists(key)? => {
                Ok(Listing::Ours(AccountRow { phase: Phase::Open, ..listed_by(key) }))
            }
            _ => Ok(Listing::Others),
        }
    }

    /// The changes of the rows that a proved record brings. `since` is when another phone came in this one's place, if one did; `as_of` is the
    /// header's time.
    pub(crate) fn follow(
        &mut self,
        record: &AccountRecord,
        (since, as_of): (UnixTime, UnixTime),
        now: UnixTime,
    ) -> Result<ChangeSet, WalletError> {
        let account = self.shown_account()?;
        Ok(match self.listing(&account, record)? {
            // An older build has believed an answer from before a change of keys: the ledger has proved otherwise since.
            Listing::Known if matches!(account.phase, Phase::Fenced { since } if as_of > since) => {
                put(record::account_row(), &AccountRow { phase: Phase::Open, ..account })
            }
            Listing::Known | Listing::Past => ChangeSet::new(),
            Listing::Ours(row) => put(record::account_row(), &row),
            Listing::Changed(row, new) => self.take_up(&row, &new, now)?,
            Listing::Others if account.phase == Phase::Open => {
                let row = AccountRow { phase: Phase::Fenced { since }, ..account };
                put(record::account_row(), &row).and(self.log(now, ActivityKind::Fenced))
            }
            Listing::Others => ChangeSet::new(),
        })
    }

    /// The changes by which the key that was to come is this phone's (WALLET-18).
    pub(crate) fn take_up(
        &mut self,
        account: &AccountRow,
        new: &CardKeyRow,
        now: UnixTime,
    ) -> Result<ChangeSet, WalletError> {
        let changes = put(record::account_row(), account).and(self.change_card_key(new)?);
        Ok(changes.and(self.log(now, ActivityKind::CardKeyChanged)))
    }
}

impl Wallet {
    /// **WALLET-24** The account's record and custody, and the account by the key that the ledger lists, where that is the one that was to come:
    /// nobody else has it, also before this phone has taken it up.
    pub(crate) async fn own(&self) -> Result<Own, WalletError> {
        let id = self.session().shown_account()?.id;
        let keys = [state_key::account(&id), state_key::custody(&id)];
        let link = self.link().await?;
        let mut looks = 1;
        loop {
            let snapshot = link.read(&keys).await?;
            let account = self.session().shown_account()?;
            let record = listed(&snapshot, &account)?;
            let (account, is_listed) = match self.session().with(|open| open.listing(&account, &record))? {
                Listing::Known => (account, true),
                Listing::Ours(row) | Listing::Changed(row, _) => (row, true),
                // The keys were changed while this was on its way: what is there now is read.
                Listing::Past if looks < LOOKS => {
                    looks += 1;
                    continue;
                }
                Listing::Past | Listing::Others => (account, false),
            };
            return Ok(Own { account, snapshot, is_listed });
        }
    }
}
