//! What the citizen has: balance, history, home screen, activity log.

use crate::error::{Party, WalletError, mapping};
use crate::place;
use crate::record::{self, ActivityKind, ActivityRow, BankWordRow};
use crate::sync::Pulled;
use crate::view::{ActivityView, BalanceView, HistoryView, HomeView, Names, PointsView, WonView};
use crate::wallet::Wallet;
use citizen_ledger::{Attested, Role, RoleRecord, state_key};
use citizen_payment::request::RequestContent;
use citizen_payment::word::BankBalance;
use citizen_store::Table;

/// How many entries the home screen shows.
const RECENT: usize = 10;

impl Wallet {
    /// Points by proof, won by the bank's word. Without a connection: the last verified numbers, marked stale.
    pub async fn balance(&self) -> Result<BalanceView, WalletError> {
        self.session().touch()?;
        let pulled = self.pull_or_kept().await?;
        Ok(BalanceView::new(points(&pulled)?, self.won_or_kept().await?))
    }

    /// Won, by the bank's fresh word.
    pub async fn won(&self) -> Result<WonView, WalletError> {
        self.session().touch()?;
        Ok(WonView::from_attested(&self.ask_bank().await?))
    }

    /// The whole history: no entry is missing, by the record's count and running hash.
    pub async fn history(&self) -> Result<HistoryView, WalletError> {
        self.session().touch()?;
        Ok(HistoryView::of(&self.pull_or_kept().await?.history()))
    }

    /// The one home screen.
    pub async fn home(&self) -> Result<HomeView, WalletError> {
        self.session().touch()?;
        let pulled = self.pull_or_kept().await?;
        let balance = BalanceView::new(points(&pulled)?, self.won_or_kept().await?);
        let history = HistoryView::of(&pulled.history());
        let recent = history.entries.into_iter().rev().take(RECENT).collect();
        let open_payments = self.payments()?.into_iter().filter(|payment| !payment.is_final()).collect();
        Ok(HomeView { balance, open_payments, recent })
    }

    /// The activity log, oldest first: who saw what, when, and why.
    pub fn activity(&self) -> Result<Vec<ActivityView>, WalletError> {
        self.session().touch()?;
        let rows: Vec<ActivityRow> =
            self.session().with(|open| Ok(record::list(&*open.store, Table::Activity)?))?;
        let names = self.session().with(|open| Ok(Names::of(record::names(&*open.store)?)))?;
        Ok(rows.iter().map(|row| ActivityView::of(row, &names)).collect())
    }

    /// The bank's word on the balance, asked for now and kept.
    pub(crate) async fn ask_bank(&self) -> Result<Attested<BankBalance>, WalletError> {
        self.session().account()?;
        let link = self.link().await?;
        let (snapshot, parties) = link.with_parties(&[]).await?;
        // The keys may have been changed meanwhile.
        let account = self.session().account()?;
        let bank = link.bank(parties.bank);
        let key = &bank.party().value().key;
        let request = self.session().sign_request(&account, key, RequestContent::BankBalance)?;
        let answer = bank
            .balance(place::SEND_BANK_BALANCE, &request)
            .await
            .map_err(|error| mapping::of_word(error, Party::Bank))?;
        let row = BankWordRow { word: answer.signed, bank: key.id(), proof: snapshot.keep() };
        let changes = record::put(record::bank_row(), &row).and(self.session().log(ActivityKind::BankAsked)?);
        self.session().commit(place::BANK_WORD, changes)?;
        Ok(answer.word)
    }

    /// The bank's word: a fresh one, or the last one with its date where the bank does not answer. A phone that took the account over asks
    /// though it does not know the name: the bank goes by the account (WALLET-23).
    async fn won_or_kept(&self) -> Result<Option<WonView>, WalletError> {
        if self.settings()?.citizen.is_none() && !self.asks_bank()? {
            return Ok(None);
        }
        match self.ask_bank().await {
            Ok(word) => Ok(Some(WonView::from_attested(&word))),
            Err(
                WalletError::Offline { .. }
                | WalletError::Stale { .. }
                | WalletError::Fenced { .. }
                | WalletError::Refused { .. },
            ) => self.kept_won(),
            Err(error) => Err(error),
        }
    }

    fn asks_bank(&self) -> Result<bool, WalletError> {
        let row = record::bank_unknown_row();
        self.session().with(|open| Ok(open.store.load(&row)?.is_some()))
    }

    fn kept_won(&self) -> Result<Option<WonView>, WalletError> {
        let row: Option<BankWordRow> = self.session().load(&record::bank_row())?;
        let Some((row, light)) = row.zip(self.light_client()) else { return Ok(None) };
        let Ok(header) = crate::link::verify_kept(&light, &row.proof, self.session().now()) else {
            return Ok(None);
        };
        let proved = header.prove_in::<RoleRecord>(&state_key::role(Role::Bank, &row.bank), &row.proof.state);
        let bank =
            proved.map_err(|_| WalletError::StoreDamaged)?.present().ok_or(WalletError::StoreDamaged)?;
        let word = Attested::verify(&row.word, &bank).map_err(|_| WalletError::StoreDamaged)?;
        Ok(Some(WonView::from_attested(&word)))
    }
}

fn points(pulled: &Pulled) -> Result<PointsView, WalletError> {
    PointsView::from_verified(pulled.record.clone(), pulled.freshness)
        .map_err(|_| mapping::unverified(crate::error::Subject::Record, Party::Ledger))
}
