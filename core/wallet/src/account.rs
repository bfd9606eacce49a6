//! Opening the account on the ledger, and connecting the won account at the bank.

use crate::asked_for;
use crate::error::{Input, Party, Reason, Subject, WalletError, mapping};
use crate::place;
use crate::record::{self, AccountRow, ActivityKind, BankWordRow, Phase, SettingsRow};
use crate::signing::{Validity, checked};
use crate::view::{AccountView, WonView};
use crate::wallet::{PATIENCE, PAUSE, Wallet};
use citizen_coin::account::account_id;
use citizen_coin::{AccountRecord, Epoch};
use citizen_keys::{KeyIndex, RecoveryCode};
use citizen_ledger::{Action, OpenAccount, SignedTransaction, Signer, state_key};
use citizen_payment::request::RequestContent;
use citizen_primitives::{Canonical as _, Label, Text, random};
use citizen_store::ChangeSet;

/// For how many blocks the opening of an account may be executed.
pub(crate) const VALID_FOR: u64 = 200;

impl Wallet {
    /// Opens the account: this phone's keys and the recovery code's public key are listed on the ledger.
    ///
    /// The signed opening lies in the outbox before it leaves, so a crash opens one account or none. Called again after
    /// one, it goes on.
    pub async fn open_account(&self, code: &RecoveryCode) -> Result<AccountView, WalletError> {
        self.session().touch()?;
        // Until this call's code is the account's: another call may have begun meanwhile.
        while self.must_begin(code)? {
            self.begin_account(code).await?;
        }
        self.settle_account().await
    }

    fn must_begin(&self, code: &RecoveryCode) -> Result<bool, WalletError> {
        match self.session().load::<AccountRow>(&record::account_row())? {
            None => Ok(true),
            // An opening under a code that was lost before it was written down is left behind: nothing hangs on it yet.
            Some(AccountRow { phase: Phase::Opening { .. }, recovery, .. }) => {
                Ok(recovery != code.recovery_key().public())
            }
            Some(AccountRow { phase: Phase::Replacing { .. }, .. }) => Ok(false),
            Some(_) => Err(WalletError::Invalid { input: Input::AccountExists }),
        }
    }

    /// Connects the holder's won account at the bank. `citizen` is how bank and treasury know her, never a resident
    /// registration number; it is remembered. Asked twice, it stays one account.
    pub async fn enrol(&self, citizen: &str) -> Result<WonView, WalletError> {
        self.session().touch()?;
        self.session().account()?;
        let customer = Text::new(citizen)?;
        let link = self.link().await?;
        let (snapshot, parties) = link.with_parties(&[]).await?;
        let account = self.session().account()?;
        let bank = link.bank(parties.bank);
        let key = &bank.party().value().key;
        let content = RequestContent::OpenBankAccount { customer: customer.clone() };
        let request = self.session().sign_request(&account, key, content)?;
        let answer = bank
            .open_account(place::SEND_BANK_ACCOUNT, &request)
            .await
            .map_err(|error| mapping::of_word(error, Party::Bank))?;
        let kept = BankWordRow { word: answer.signed, bank: key.id(), proof: snapshot.keep() };
        let changes = record::put(record::bank_row(), &kept)
            .delete(record::bank_unknown_row())
            .and(self.session().log(ActivityKind::BankConnected)?);
        self.set(|settings| SettingsRow { citizen: Some(customer), ..settings }, changes)?;
        Ok(WonView::from_attested(&answer.word))
    }

    /// The account's number.
    pub fn account(&self) -> Result<AccountView, WalletError> {
        Ok(AccountView::of(&self.session().shown_account()?))
    }

    async fn begin_account(&self, code: &RecoveryCode) -> Result<(), WalletError> {
        let before: Option<AccountRow> = self.session().load(&record::account_row())?;
        let start = self.link().await?.fresh(&[]).await?;
        let chain_id = start.header().chain_id().clone();
        let validity = Validity { chain_id, valid_until: start.valid_until(VALID_FOR) };
        let chain_id = validity.chain_id.clone();
        let (key, recovery) = (KeyIndex::default(), code.recovery_key());
        let valid_until = validity.valid_until;
        let device = self.session().device(key)?;
        let salt = random::generate_array(&mut *self.session().rng());
        let action = Action::OpenAccount(OpenAccount { device, recovery: recovery.public(), salt });
        let body = self.session().body(validity, Signer::Opening, action);
        let bytes = body.signing_bytes();
        let (signature, cosignature) =
            self.session().sign_by_both((key, asked_for::account()), Label::Transaction, &bytes)?;
        let signatures = vec![signature, cosignature, recovery.sign(Label::Transaction, &bytes)];
        let transaction = checked(&body, signatures, &chain_id)?.to_canonical();
        let id = account_id(&device, &recovery.public(), &salt);
        let phase = Phase::Opening { transaction, valid_until };
        let row = AccountRow { id, epoch: Epoch::default(), key, recovery: recovery.public(), phase };
        // An opening that another call has signed meanwhile may have left already.
        let (read, changes) = (record::account_row(), record::put(record::account_row(), &row));
        self.session().commit_if(place::OUTBOX_ACCOUNT, (&read, before.as_ref()), changes).map(drop)
    }

    /// Sends what is signed until the state lists this phone, or never can.
    pub(crate) async fn settle_account(&self) -> Result<AccountView, WalletError> {
        for _ in 0..PATIENCE {
            if let Some(view) = self.advance_account().await? {
                return Ok(view);
            }
            self.session().timer.sleep(PAUSE).await;
        }
        Err(WalletError::Offline { can_queue: true })
    }

    /// Goes on with an opening or a takeover that a crash has interrupted.
    pub(crate) async fn settle_open_account(&self) -> Result<(), WalletError> {
        let row: Option<AccountRow> = self.session().load(&record::account_row())?;
        match row.map(|row| row.phase) {
            Some(Phase::Opening { .. } | Phase::Replacing { .. }) => self.settle_account().await.map(drop),
            Some(Phase::Open | Phase::Fenced { .. }) => Ok(()),
            None => Err(WalletError::Invalid { input: Input::AccountMissing }),
        }
    }

    /// One step of opening or taking over; the account once the ledger lists this phone.
    pub(crate) async fn advance_account(&self) -> Result<Option<AccountView>, WalletError> {
        let row: Option<AccountRow> = self.session().load(&record::account_row())?;
        let row = row.ok_or(WalletError::Invalid { input: Input::AccountMissing })?;
        let (transaction, valid_until) = match &row.phase {
            Phase::Open => return Ok(Some(AccountView::of(&row))),
            Phase::Fenced { since } => return Err(WalletError::Fenced { since: *since }),
            Phase::Opening { transaction, valid_until } | Phase::Replacing { transaction, valid_until } => (
                SignedTransaction::from_canonical(transaction).map_err(|_| WalletError::StoreDamaged)?,
                *valid_until,
            ),
        };
        let link = self.link().await?;
        let key = state_key::account(&row.id);
        let snapshot = link.fresh(std::slice::from_ref(&key)).await?;
        match snapshot.get::<AccountRecord>(&key)?.value() {
            Some(record) if record.device == self.session().device(row.key)? => {
                self.account_is_open(row, record.epoch)
            }
            // The header at h commits to the state after block h - 1.
            _ if snapshot.header().height() > valid_until => self.account_never(&row),
            _ => {
                match link.ledger().submit(place::SEND_ACCOUNT, &transaction).await.map_err(WalletError::from)
                {
                    Ok(_) | Err(WalletError::Refused { reason: Reason::Replayed, .. }) => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// Nothing if another call was faster: the next look sees what it has made of it (WALLET-33).
    fn account_is_open(&self, row: AccountRow, epoch: Epoch) -> Result<Option<AccountView>, WalletError> {
        let kind = match row.phase {
            Phase::Replacing { .. } => ActivityKind::Restored,
            _ => ActivityKind::AccountOpened,
        };
        let open = AccountRow { epoch, phase: Phase::Open, ..row.clone() };
        let changes = record::put(record::account_row(), &open).and(self.session().log(kind)?);
        let read = (&record::account_row(), Some(&row));
        let is_as_read = self.session().commit_if(place::ACCOUNT_OPEN, read, changes)?;
        Ok(is_as_read.then(|| AccountView::of(&open)))
    }

    /// Its time ran out and the state does not show it: an opening may begin anew, a takeover needs the code again.
    fn account_never(&self, row: &AccountRow) -> Result<Option<AccountView>, WalletError> {
        match row.phase {
            Phase::Replacing { .. } => Err(WalletError::NeedsRestore),
            _ => {
                let changes = ChangeSet::new().delete(record::account_row());
                let read = (&record::account_row(), Some(row));
                match self.session().commit_if(place::OUTBOX_ACCOUNT, read, changes)? {
                    true => Err(WalletError::Expired { what: Subject::Answer }),
                    false => Ok(None),
                }
            }
        }
    }
}
