//! Bringing the wallet up to date: the account's record, the entries that lead to it, payments, receipts; polls and credentials where a build has them.

use crate::charged::goes_on;
use crate::error::{Party, Subject, WalletError, mapping};
use crate::link::{Link, Snapshot};
use crate::place;
use crate::record::{self, AccountRow, KeptProof, PaymentRow, SubmissionRow};
#[cfg(feature = "credentials")]
use crate::view::CredentialView;
#[cfg(feature = "voting")]
use crate::view::VoteView;
use crate::view::{
    AccountView, Freshness, PaymentView, ShownCodeView, SubmissionView, VerifiedMark, WholeHistory, view,
};
use crate::wallet::Wallet;
use citizen_coin::account::running_hash;
use citizen_coin::{AccountRecord, Entry, EntryKind};
use citizen_ledger::{LightBlock, Verified, state_key};
use citizen_primitives::{AccountId, Canonical as _, UnixTime};
use citizen_store::Table;

view! {
    /// What a synchronisation brought.
    SyncReport {
        /// The account; nothing in a wallet without one.
        account: Option<AccountView>,
        /// The header up to which everything of the account is known.
        verified: Option<VerifiedMark>,
        /// Whether it may be taken for the present.
        freshness: Option<Freshness>,
        /// How many entries are new.
        new_entries: usize,
        /// Payments that had not ended before.
        payments: Vec<PaymentView>,
        /// Shown codes of which nothing had become before.
        codes: Vec<ShownCodeView>,
        /// Gifts, redemptions and changes of limits that had not ended before.
        submissions: Vec<SubmissionView>,
        /// Registrations and ballots that had not ended before.
        @"voting" votes: Vec<VoteView>,
        /// Credentials that issuers had put off, or that were issued again before their copies ran out.
        @"credentials" credentials: Vec<CredentialView>,
        /// How many receipts got a newer proof.
        renewed_receipts: usize,
    }
}

/// What a synchronisation has brought so far. What goes wrong with one thing does not stop the others.
#[derive(Default)]
pub(crate) struct News {
    payments: Vec<PaymentView>,
    codes: Vec<ShownCodeView>,
    submissions: Vec<SubmissionView>,
    #[cfg(feature = "voting")]
    pub(crate) votes: Vec<VoteView>,
    #[cfg(feature = "credentials")]
    pub(crate) credentials: Vec<CredentialView>,
    first_error: Option<WalletError>,
}

impl News {
    pub(crate) fn unless_stopped<T>(
        &mut self,
        result: Result<T, WalletError>,
    ) -> Result<Option<T>, WalletError> {
        match result {
            Ok(view) => Ok(Some(view)),
            Err(error @ (WalletError::Cancelled | WalletError::Locked)) => Err(error),
            Err(error) => {
                self.first_error.get_or_insert(error);
                Ok(None)
            }
        }
    }
}

/// The account's record with every entry that leads to it.
pub(crate) struct Pulled {
    pub(crate) record: Verified<AccountRecord>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) freshness: Freshness,
    pub(crate) new_entries: usize,
}

impl Pulled {
    /// The history, of which count and running hash were checked against the record.
    pub(crate) fn history(&self) -> WholeHistory<'_> {
        WholeHistory { entries: &self.entries, provenance: *self.record.provenance() }
    }
}

/// How far a synchronisation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncStep {
    /// The account is open.
    Account,
    /// Record and history are proved.
    Balance,
    /// A code that had not ended was looked at.
    Code(Box<ShownCodeView>),
    /// A payment that had not ended was looked at.
    Payment(Box<PaymentView>),
    /// A ballot that had not ended was looked at.
    #[cfg(feature = "voting")]
    Vote(Box<VoteView>),
}

impl Wallet {
    /// Brings everything up to date. What is in the outbox is sent again; what has ended is settled.
    ///
    /// A wallet without an account has less of that, and is brought up to date all the same: freezes of a lost phone's account, and
    /// credentials. Nor do these wait for an account that cannot be looked at now; what was wrong with it is told in the end (WALLET-35).
    pub async fn sync(&self) -> Result<SyncReport, WalletError> {
        self.sync_with(|_| {}).await
    }

    /// As [`Wallet::sync`], and tells of each step.
    pub async fn sync_with(
        &self,
        mut on_step: impl FnMut(SyncStep) + Send,
    ) -> Result<SyncReport, WalletError> {
        let mut news = News::default();
        // **WALLET-35** A lost phone's account stays open until this leaves: it needs no account here, and waits for none.
        self.advance_submissions(&mut news, SubmissionRow::is_elsewhere).await?;
        let has_account = self.session().load::<AccountRow>(&record::account_row())?.is_some();
        let mut pulled = None;
        if has_account {
            let synced = self.sync_account(&mut news, &mut on_step).await;
            pulled = news.unless_stopped(synced)?;
        }
        self.advance_credentials(&mut news).await?;
        let renewed_receipts = if pulled.is_some() { self.renew_receipts().await? } else { 0 };
        if let Some(error) = news.first_error {
            return Err(error);
        }
        Ok(SyncReport {
            account: pulled.is_some().then(|| self.account()).transpose()?,
            verified: pulled.as_ref().map(|pulled| VerifiedMark::of(pulled.record.provenance())),
            freshness: pulled.as_ref().map(|pulled| pulled.freshness),
            new_entries: pulled.map_or(0, |pulled| pulled.new_entries),
            payments: news.payments,
            codes: news.codes,
            submissions: news.submissions,
            #[cfg(feature = "voting")]
            votes: news.votes,
            #[cfg(feature = "credentials")]
            credentials: news.credentials,
            renewed_receipts,
        })
    }

    /// What there is only with an account.
    async fn sync_account(
        &self,
        news: &mut News,
        on_step: &mut (impl FnMut(SyncStep) + Send),
    ) -> Result<Pulled, WalletError> {
        self.settle_open_account().await?;
        // A phone that the ledger lists no more learns so below.
        goes_on(self.advance_rotation().await.map(drop))?;
        on_step(SyncStep::Account);
        let pulled = self.pull().await?;
        on_step(SyncStep::Balance);
        self.advance_codes(news).await?;
        news.codes.iter().for_each(|code| on_step(SyncStep::Code(Box::new(code.clone()))));
        self.advance_submissions(news, |row| !row.is_elsewhere()).await?;
        self.recover_payments(&pulled.entries).await?;
        self.advance_payments(news).await?;
        news.payments.iter().for_each(|payment| on_step(SyncStep::Payment(Box::new(payment.clone()))));
        self.advance_votes(news, on_step).await?;
        Ok(pulled)
    }

    async fn advance_codes(&self, news: &mut News) -> Result<(), WalletError> {
        for row in self.code_rows()?.iter().filter(|row| row.needs_work()) {
            let mandate = row.mandate().ok_or(WalletError::StoreDamaged)?;
            let view = news.unless_stopped(self.advance_code(&mandate.payment).await)?;
            news.codes.extend(view);
        }
        Ok(())
    }

    async fn advance_submissions(
        &self,
        news: &mut News,
        which: impl Fn(&SubmissionRow) -> bool,
    ) -> Result<(), WalletError> {
        for row in self.submission_rows()?.iter().filter(|row| row.needs_work() && which(row)) {
            let view = news.unless_stopped(self.advance_submission(&row.id).await)?;
            news.submissions.extend(view);
        }
        Ok(())
    }

    async fn advance_payments(&self, news: &mut News) -> Result<(), WalletError> {
        for row in self.payment_rows()?.iter().filter(|row| row.needs_work()) {
            let view = news.unless_stopped(self.advance_payment(&row.terms.payment).await)?;
            news.payments.extend(view);
        }
        Ok(())
    }

    /// The account's record and history from the city; from the store, dated, when the city cannot be reached (WALLET-9).
    pub(crate) async fn pull_or_kept(&self) -> Result<Pulled, WalletError> {
        match self.pull().await {
            Err(WalletError::Offline { .. }) => self.kept(),
            pulled => pulled,
        }
    }

    /// The account's record, proved, and its history, whole: fetched, checked, and kept in one commit (WALLET-8).
    pub(crate) async fn pull(&self) -> Result<Pulled, WalletError> {
        let account = self.session().shown_account()?;
        let [key, custody] = [state_key::account(&account.id), state_key::custody(&account.id)];
        let link = self.link().await?;
        // With the custody, so that whoever is shown a credential later is shown it without a question about the account (CARD-42); a stop that it
        // says counts from this commit on (CARD-82).
        let snapshot = link.read(&[key.clone(), custody]).await?;
        let record = snapshot.get::<AccountRecord>(&key)?.present();
        let record = record.ok_or(mapping::unverified(Subject::Record, Party::Ledger))?;
        let mut entries: Vec<Entry> =
            self.session().with(|open| Ok(record::list(&*open.store, Table::Entries)?))?;
        let known = entries.len();
        fetch_entries(link, &account.id, record.value(), &mut entries).await?;
        let freshness = freshness(&snapshot)?;
        self.keep_pulled(&snapshot, record.value(), entries.get(known..).unwrap_or_default())?;
        self.remove_retired_keys();
        let new_entries = entries.len().saturating_sub(known);
        Ok(Pulled { record, entries, freshness, new_entries })
    }

    /// What was last pulled, verified again.
    fn kept(&self) -> Result<Pulled, WalletError> {
        let offline = WalletError::Offline { can_queue: false };
        let account = self.session().shown_account()?;
        let kept: Option<KeptProof> = self.session().load(&record::balance_row())?;
        let (kept, light) = kept.zip(self.light_client()).ok_or(offline.clone())?;
        let header =
            crate::link::verify_kept(&light, &kept, self.session().now()).map_err(|_| offline.clone())?;
        let proved = header.prove_in::<AccountRecord>(&state_key::account(&account.id), &kept.state);
        let record = proved.map_err(|_| WalletError::StoreDamaged)?.present().ok_or(offline)?;
        let mut entries: Vec<Entry> =
            self.session().with(|open| Ok(record::list(&*open.store, Table::Entries)?))?;
        // A look that crossed this one may have kept newer entries beside an older proof.
        entries.truncate(usize::try_from(record.value().entries).unwrap_or(usize::MAX));
        if !is_whole(&entries, record.value()) {
            return Err(WalletError::StoreDamaged);
        }
        Ok(Pulled { record, entries, freshness: Freshness::Stale, new_entries: 0 })
    }

    /// In one commit, judged by the rows as they stand now: a look that was overtaken by another adds what it knows, and takes nothing back.
    fn keep_pulled(
        &self,
        snapshot: &Snapshot,
        record: &AccountRecord,
        new: &[Entry],
    ) -> Result<(), WalletError> {
        let mut changes = self.keep_trust();
        for entry in new {
            changes = changes.put(record::entry_row(entry.index), entry.to_canonical());
        }
        let as_of = snapshot.header().time();
        let since = replaced_at(new).unwrap_or(as_of);
        let now = self.session().now();
        self.session().decide(place::SYNC, move |open| {
            let kept: Option<KeptProof> = record::load(&*open.store, &record::balance_row())?;
            if !kept.is_some_and(|kept| is_newer(&kept, snapshot)) {
                changes = changes.and(record::put(record::balance_row(), &snapshot.keep()));
            }
            Ok((changes.and(open.follow(record, (since, as_of), now)?), ()))
        })
    }

    pub(crate) fn payment_rows(&self) -> Result<Vec<PaymentRow>, WalletError> {
        self.session().with(|open| Ok(record::list(&*open.store, Table::Payments)?))
    }
}

/// Fetches entries until the history is as long as the proved record says, then compares the running hash: an entry
/// left out, added or changed is found (COIN-6, WALLET-8).
pub(crate) async fn fetch_entries(
    link: &Link,
    account: &AccountId,
    record: &AccountRecord,
    entries: &mut Vec<Entry>,
) -> Result<(), WalletError> {
    let gap = mapping::unverified(Subject::History, Party::Ledger);
    let whole = usize::try_from(record.entries).map_err(|_| gap.clone())?;
    while entries.len() < whole {
        let from = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let more = link.ledger().entries(place::ASK_ENTRIES, account, from).await?;
        if more.is_empty() {
            return Err(gap);
        }
        entries.extend(more);
    }
    // The gateway may know newer entries than the header proves.
    entries.truncate(whole);
    if is_whole(entries, record) { Ok(()) } else { Err(gap) }
}

fn is_whole(entries: &[Entry], record: &AccountRecord) -> bool {
    u64::try_from(entries.len()) == Ok(record.entries) && running_hash(entries) == record.history
}

/// A freeze that was proved is not hidden behind an older proof that took longer to come.
fn is_newer(kept: &KeptProof, snapshot: &Snapshot) -> bool {
    LightBlock::decode(&kept.light_block).is_ok_and(|block| block.height() > snapshot.header().height())
}

fn replaced_at(entries: &[Entry]) -> Option<UnixTime> {
    let replaced =
        |entry: &&Entry| matches!(entry.kind, EntryKind::DeviceReplaced { .. } | EntryKind::Recovered { .. });
    entries.iter().rev().find(replaced).map(|entry| entry.time)
}

/// A stale header is shown with its date; a phone whose clock is wrong is told so.
pub(crate) fn freshness(snapshot: &Snapshot) -> Result<Freshness, WalletError> {
    match snapshot.freshness() {
        citizen_ledger::Freshness::Fresh => Ok(Freshness::Fresh),
        citizen_ledger::Freshness::Stale { .. } => Ok(Freshness::Stale),
        citizen_ledger::Freshness::ClockWrong { by } => Err(WalletError::ClockWrong { by }),
    }
}
