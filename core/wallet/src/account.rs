//! Opening the account on the ledger, and connecting the won account at the bank.

use crate::error::{Input, Party, Subject, WalletError};
use crate::place;
use crate::record::{self, AccountRow, ActivityKind, Phase, SettingsRow};
use crate::signing::{Validity, checked};
use crate::view::AccountView;
use crate::wallet::{PATIENCE, PAUSE, Wallet};
use citizen_coin::account::account_id;
use citizen_coin::{AccountRecord, Epoch};
use citizen_keys::{KeyIndex, RecoveryCode};
use citizen_ledger::{Action, OpenAccount, Role, Signer, state_key};
use citizen_payment::request::RequestContent;
use citizen_primitives::{Canonical as _, Height, Label, Text, random};
use citizen_store::ChangeSet;

impl Wallet {
    /// Opens the account: this phone's keys and the recovery code's public key are listed on the ledger.
    ///
    /// The signed opening lies in the outbox before it leaves, so a crash opens one account or none. Called again after
    /// one, it goes on.
    pub async fn open_account(&self, code: &RecoveryCode) -> Result<AccountView, WalletError> {
        self.session().touch()?;
        match self.session().load::<AccountRow>(&record::account_row())? {
            None => self.begin_account(code).await?,
            Some(AccountRow { phase: Phase::Opening { .. } | Phase::Replacing { .. }, .. }) => {}
            Some(_) => return Err(WalletError::Invalid { input: Input::AccountExists }),
        }
        self.settle_account().await
    }

    /// Connects the holder's won account at the bank. `citizen` is how bank and treasury know her, never a resident
    /// registration number; it is remembered.
    pub async fn enrol(&self, citizen: &str) -> Result<(), WalletError> {
        self.session().touch()?;
        let account = self.session().account()?;
        let customer = Text::new(citizen)?;
        let bank = self.city()?.party(Role::Bank).await?;
        let content = RequestContent::OpenBankAccount { customer: customer.clone() };
        let (request, _) = self.session().sign_request(&account, &bank.record().key, content)?;
        let word = self.city()?.open_bank_account(&bank, &request).await?;
        if word.value().account != account.id {
            return Err(WalletError::Unverified { what: Subject::Word, source: Party::Bank });
        }
        let settings = self.settings()?;
        let settings = SettingsRow { citizen: Some(customer), ..settings };
        let changes = record::put(record::settings_row(), &settings)
            .and(self.session().log(ActivityKind::BankConnected));
        self.session().commit(place::SETTINGS, changes)
    }

    /// The account's number.
    pub fn account(&self) -> Result<AccountView, WalletError> {
        Ok(AccountView::of(&self.session().shown_account()?))
    }

    async fn begin_account(&self, code: &RecoveryCode) -> Result<(), WalletError> {
        let start = self.city()?.fresh(&[]).await?;
        let validity = Validity { chain_id: start.chain_id().clone(), valid_until: start.window_end() };
        let chain_id = validity.chain_id.clone();
        let (key, recovery) = (KeyIndex::default(), code.recovery_key());
        let valid_until = validity.valid_until;
        let row = self.session().with(|open| {
            let device = open.device(key)?;
            let salt = random::generate_array(&mut *self.session().rng());
            let action = Action::OpenAccount(OpenAccount { device, recovery: recovery.public(), salt });
            let body = self.session().body(validity, Signer::Opening, action);
            let bytes = body.signing_bytes();
            let signatures = vec![
                open.sign(key, Label::Transaction, &bytes),
                open.hardware.sign(Label::Transaction, &bytes)?,
                recovery.sign(Label::Transaction, &bytes),
            ];
            let transaction = checked(&body, signatures, &chain_id)?.to_canonical();
            let id = account_id(&device, &recovery.public(), &salt);
            let phase = Phase::Opening { transaction, valid_until };
            Ok(AccountRow { id, epoch: Epoch::default(), key, recovery: recovery.public(), phase })
        })?;
        self.session().commit(place::OUTBOX_ACCOUNT, record::put(record::account_row(), &row))
    }

    /// Sends what is signed until the state lists this phone, or never can.
    pub(crate) async fn settle_account(&self) -> Result<AccountView, WalletError> {
        for _ in 0..PATIENCE {
            if let Some(view) = self.advance_account().await? {
                return Ok(view);
            }
            self.session().pause.pause(PAUSE).await;
        }
        Err(WalletError::Offline { can_queue: true })
    }

    /// One step of opening or taking over; the account once the ledger lists this phone.
    async fn advance_account(&self) -> Result<Option<AccountView>, WalletError> {
        let row: AccountRow = self
            .session()
            .load(&record::account_row())?
            .ok_or(WalletError::Invalid { input: Input::AccountMissing })?;
        let (transaction, valid_until) = match &row.phase {
            Phase::Open => return Ok(Some(AccountView::of(&row))),
            Phase::Fenced { since } => return Err(WalletError::Fenced { since: *since }),
            Phase::Opening { transaction, valid_until } | Phase::Replacing { transaction, valid_until } => {
                (transaction.clone(), *valid_until)
            }
        };
        let refused = self.city()?.submit(place::SEND_ACCOUNT, &transaction).await;
        let proved = self.city()?.fresh(&[state_key::account(&row.id)]).await?;
        let record = proved.get::<AccountRecord>(&state_key::account(&row.id))?;
        match record.value() {
            Some(record) if record.device == self.session().device(row.key)? => {
                self.account_is_open(row, record.epoch).map(Some)
            }
            _ if proved.height() >= valid_until => self.account_never(&row, valid_until),
            _ => refused.map(|()| None),
        }
    }

    fn account_is_open(&self, row: AccountRow, epoch: Epoch) -> Result<AccountView, WalletError> {
        let kind = match row.phase {
            Phase::Replacing { .. } => ActivityKind::Restored,
            _ => ActivityKind::AccountOpened,
        };
        let row = AccountRow { epoch, phase: Phase::Open, ..row };
        let changes = record::put(record::account_row(), &row).and(self.session().log(kind));
        self.session().commit(place::ACCOUNT_OPEN, changes)?;
        Ok(AccountView::of(&row))
    }

    /// Its time ran out and the state does not show it: an opening may begin anew, a takeover needs the code again.
    fn account_never(&self, row: &AccountRow, _: Height) -> Result<Option<AccountView>, WalletError> {
        match row.phase {
            Phase::Replacing { .. } => Err(WalletError::NeedsRestore),
            _ => {
                let changes = ChangeSet::new().delete(record::account_row());
                self.session().commit(place::OUTBOX_ACCOUNT, changes)?;
                Err(WalletError::Expired { what: Subject::Answer })
            }
        }
    }
}
