//! What the phone asks of the ledger itself: written before it leaves, sent until the ledger shows it or never can.

use crate::asked_for;
use crate::error::{Input, WalletError};
use crate::place;
use crate::present::Present;
use crate::record::{self, ActivityKind, Added, OutboxKind, SubmissionFate, SubmissionRow, Submitted};
use crate::signing::Cosigning;
use crate::sync::Pulled;
use crate::view::{CertificateView, SubmissionView, VerifiedMark};
use crate::wallet::{PATIENCE, PAUSE, Wallet};
use citizen_coin::Cause;
use citizen_ledger::{Action, SignedTransaction};
use citizen_primitives::order::sort_by_key;
use citizen_primitives::{Canonical as _, Height, TransactionId};

impl Wallet {
    /// Gifts, redemptions, changes of limits and freezes of this phone, as far as they are known without asking anybody.
    pub fn submissions(&self) -> Result<Vec<SubmissionView>, WalletError> {
        self.session().touch()?;
        let mut rows = self.submission_rows()?;
        // WALLET-31: of one second by their numbers.
        sort_by_key(&mut rows, |row| (row.approved, row.number.0));
        Ok(rows.iter().map(|row| self.shown(row, None)).collect())
    }

    /// Follows one to its end: until the account's proved history has it, or its last height has passed without it.
    pub async fn follow_submission(&self, id: &TransactionId) -> Result<SubmissionView, WalletError> {
        for _ in 0..PATIENCE {
            match self.advance_submission(id).await {
                Ok(view) if view.is_final() => return Ok(view),
                Ok(_) | Err(WalletError::Offline { .. } | WalletError::Stale { .. }) => {}
                Err(error) => return Err(error),
            }
            self.session().timer.sleep(PAUSE).await;
        }
        Err(WalletError::Offline { can_queue: true })
    }

    /// One look: sends it again while it can still be executed, and keeps what the history proves.
    pub async fn advance_submission(&self, id: &TransactionId) -> Result<SubmissionView, WalletError> {
        let _one_look_at_a_time = self.session().advancing.lock().await;
        let row = self.submission_row(id)?;
        if !row.needs_work() {
            return Ok(self.shown(&row, None));
        }
        let (fate, verified) = match &row.what {
            Submitted::FreezeElsewhere { account } => self.look_elsewhere(&row, account).await?,
            _ => {
                let pulled = self.pull().await?;
                (fate(&row, &pulled), VerifiedMark::of(pulled.record.provenance()))
            }
        };
        let row = self.settle(row, fate)?;
        let mut said = None;
        if row.is_open() && !row.is_withdrawn() {
            // Whether it was taken at the door says nothing: the history will.
            said = self.send_submission(&row).await.err();
            if let Some(error @ (WalletError::Cancelled | WalletError::Locked)) = said {
                return Err(error);
            }
        }
        let row = self.fetch_certificate(row).await?;
        Ok(self.shown(&row, Some(verified)).with_hint(said.as_ref()))
    }

    /// Signs, keeps and sends. From the commit on the answer is `sent`, whatever comes back: a door's refusal is no proof, it may be
    /// the echo of a try that arrived, and who took it for an end would give or redeem twice.
    pub(crate) async fn submit(
        &self,
        present: &Present,
        (what, action): (Submitted, Action),
        cosigning: Cosigning,
        log: ActivityKind,
    ) -> Result<SubmissionView, WalletError> {
        let validity = present.validity();
        let valid_until = validity.valid_until;
        // By the keys that are in force now: they may have been changed since the review.
        let account = self.session().account()?;
        let cosigned = cosigning.asking(|| asked_for::submission(&what));
        let transaction = self.session().sign_action(&account, validity, action, cosigned)?;
        self.submit_signed((transaction, valid_until), what, Some(log)).await
    }

    /// As [`Self::submit`], of what is signed already.
    pub(crate) async fn submit_signed(
        &self,
        (transaction, valid_until): (SignedTransaction, Height),
        what: Submitted,
        log: Option<ActivityKind>,
    ) -> Result<SubmissionView, WalletError> {
        let row = SubmissionRow {
            id: transaction.id(),
            transaction: transaction.to_canonical(),
            valid_until,
            approved: self.session().now(),
            what,
            fate: SubmissionFate::Open,
            number: Added(Some(self.session().number()?)),
        };
        // With how far the ledger is known: after a restart nobody shows it as it was before this was signed.
        let mut changes = record::put(record::submission_row(&row.id), &row).and(self.keep_trust());
        if let Some(log) = log {
            changes = changes.and(self.session().log(log)?);
        }
        self.session().commit(place::OUTBOX_SUBMISSION, changes)?;
        let said = self.send_submission(&row).await.err();
        Ok(self.shown(&row, None).with_hint(said.as_ref()))
    }

    pub(crate) fn submission_rows(&self) -> Result<Vec<SubmissionRow>, WalletError> {
        self.session().with(|open| Ok(record::outbox(&*open.store, OutboxKind::Submission)?))
    }

    fn submission_row(&self, id: &TransactionId) -> Result<SubmissionRow, WalletError> {
        let row: Option<SubmissionRow> = self.session().load(&record::submission_row(id))?;
        row.ok_or(WalletError::Invalid { input: Input::SubmissionUnknown })
    }

    async fn send_submission(&self, row: &SubmissionRow) -> Result<(), WalletError> {
        let transaction = SignedTransaction::from_canonical(&row.transaction);
        let transaction = transaction.map_err(|_| WalletError::StoreDamaged)?;
        self.link().await?.ledger().submit(place::SEND_SUBMISSION, &transaction).await?;
        Ok(())
    }

    fn settle(&self, row: SubmissionRow, fate: SubmissionFate) -> Result<SubmissionRow, WalletError> {
        if fate == row.fate {
            return Ok(row);
        }
        let row = SubmissionRow { fate, ..row };
        let changes = record::put(record::submission_row(&row.id), &row);
        self.session().commit(place::SUBMISSION_PROGRESS, changes)?;
        Ok(row)
    }

    /// Brings what is still open to what the ledger shows, so that points that have left are not taken off twice.
    pub(crate) async fn settle_submissions(&self) -> Result<(), WalletError> {
        for row in self.submission_rows()?.iter().filter(|row| row.is_open()) {
            match self.advance_submission(&row.id).await {
                Err(error @ (WalletError::Cancelled | WalletError::Locked)) => return Err(error),
                Err(error) => tracing::debug!(code = error.code(), "not settled now"),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    fn shown(&self, row: &SubmissionRow, verified: Option<VerifiedMark>) -> SubmissionView {
        SubmissionView::of(row, verified, self.certificate_of(row))
    }

    /// The certificate of a redemption, verified again by the proof that was kept with it.
    fn certificate_of(&self, row: &SubmissionRow) -> Option<CertificateView> {
        let Submitted::Redemption { certificate: Some(kept), .. } = &row.what else { return None };
        let light = self.light_client()?;
        let header = crate::link::verify_kept(&light, &kept.proof, self.session().now()).ok()?;
        crate::redeem::certificate(&header, kept)
    }
}

/// What the whole history up to a proved record says. The state under a header at height `h` is that after block `h - 1`:
/// what is not in it by `valid_until + 1` comes in no later block.
fn fate(row: &SubmissionRow, pulled: &Pulled) -> SubmissionFate {
    let found = pulled.entries.iter().find(|entry| entry.cause == Cause::Transaction(row.id));
    let proved: Height = pulled.record.provenance().height;
    match (found, row.fate) {
        (Some(entry), _) => SubmissionFate::Done { height: entry.height },
        (None, SubmissionFate::Open) if proved > row.valid_until => SubmissionFate::Never,
        (None, known) => known,
    }
}
