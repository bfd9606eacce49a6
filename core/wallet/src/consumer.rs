//! Codes that the citizen shows: each an approved, signed mandate, for one charge within caps and a few minutes (PAY-8).

use crate::asked_for;
use crate::error::{Input, Party, Reason, Subject, WalletError, mapping};
use crate::place;
use crate::present::Present;
use crate::record::{self, ActivityKind, CodeFate, CodeRow, OutboxKind};
use crate::review::Coins;
use crate::signing::Cosigning;
use crate::view::{CodeReviewView, ShownCodeView, VerifiedMark};
use crate::wallet::Wallet;
use citizen_client::CentreClient;
use citizen_ledger::{Action, Revoke, SignedTransaction};
use citizen_payment::mandate::LONGEST_MANDATE;
use citizen_payment::request::RequestContent;
use citizen_payment::terms::code_digest;
use citizen_payment::word::ConsumerCode;
use citizen_payment::{Mandate, SignedMandate};
use citizen_primitives::{Canonical as _, Label, PaymentId, Points, Won, random};

/// The showing of a code before it is approved. Approving takes it.
pub struct CodeReview {
    view: CodeReviewView,
    plan: CodePlan,
}

/// What an approval signs.
struct CodePlan {
    present: Present,
    points: Points,
    total: Won,
    cosigning: Cosigning,
}

impl CodeReview {
    /// What to show.
    #[must_use]
    pub const fn view(&self) -> &CodeReviewView {
        &self.view
    }
}

impl Wallet {
    /// Says what showing a code will allow: `total` at most, of which so much in points.
    pub async fn review_code(&self, total: Won, coins: Coins) -> Result<CodeReview, WalletError> {
        self.session().touch()?;
        if total.is_zero() {
            return Err(WalletError::Invalid { input: Input::AmountZero });
        }
        self.settle_submissions().await?;
        let present = self.orderable(&[]).await?;
        present.must_be_within_limits(total)?;
        let spendable = self.less_requested(present.proved_points()?, present.as_of(self.session().now()))?;
        let points = crate::review::part_in_points(total, coins, spendable, &self.settings()?)?;
        let cosigning = present.cosigning(total);
        let verified = VerifiedMark::of(present.record.provenance());
        let until = present.fresh_until();
        let view = CodeReviewView::new((points, total), (LONGEST_MANDATE, until), cosigning, verified);
        Ok(CodeReview { view, plan: CodePlan { present, points, total, cosigning } })
    }

    /// Signs the mandate and shows the code. A code that is still open is replaced: never two codes of one screen are worth
    /// something. [`Wallet::follow_code`] tells what becomes of it.
    pub async fn show_code(&self, review: CodeReview) -> Result<ShownCodeView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let CodeReview { view, plan } = review;
        self.must_be_in_time(*view.until())?;
        let centre = self.link().await?.centre(plan.present.parties.centre.clone());
        let code = self.ask_code(&centre, &plan).await?;
        let replaces = self.code_before(&centre).await?;
        let row = self.sign_code(&plan, &code, replaces)?;
        let payment = row.mandate().ok_or(WalletError::StoreDamaged)?.payment;
        // The mandate is on the disk before it leaves: whatever happens next, the phone knows what it allowed (WALLET-7).
        let log = self.session().log(ActivityKind::CodeShown { total: plan.total })?;
        let changes = record::put(record::code_row(&payment), &row).and(log);
        self.session().commit(place::OUTBOX_CODE, changes)?;
        let _one_look_at_a_time = self.session().advancing.lock().await;
        // A synchronisation may have brought it further meanwhile.
        let row = self.code(&payment)?;
        if row.ready || !row.is_open() {
            return ShownCodeView::of(&row, None, None);
        }
        let row = self.send_mandate(&centre, row).await?;
        ShownCodeView::of(&row, None, None)
    }

    /// Another code with the same caps in the place of one that is shown; the old one is worth nothing any more, neither at the
    /// centre nor, as soon as the revocation is executed, on the ledger. A code that was charged or taken back is not renewed:
    /// the answer is what became of it.
    pub async fn renew_code(&self, payment: &PaymentId) -> Result<ShownCodeView, WalletError> {
        let known = self.advance_code(payment).await?;
        if matches!(*known.state(), "charged" | "charging" | "paid" | "undone" | "revoked") {
            return Ok(known);
        }
        let review = self.review_code(*known.total(), Coins::Exactly(*known.points())).await?;
        self.hide_code(payment).await?;
        self.show_code(review).await
    }

    /// Takes a code back: the ledger will refuse its charge, whoever brings it. [`Wallet::advance_code`] tells whether the
    /// revocation came in time.
    pub async fn hide_code(&self, payment: &PaymentId) -> Result<ShownCodeView, WalletError> {
        self.session().touch()?;
        let _one_look_at_a_time = self.session().advancing.lock().await;
        let mut row = self.code(payment)?;
        if !row.is_open() {
            return ShownCodeView::of(&row, None, None);
        }
        if row.revocation.is_none() {
            let present = self.present(&[]).await?;
            let action = Action::Revoke(Revoke { payment: *payment });
            let account = self.session().account()?;
            let signed = self.session().sign_action(&account, present.validity(), action, None)?;
            row.revocation = Some(signed.to_canonical());
            let log = self.session().log(ActivityKind::CodeHidden)?;
            let changes = record::put(record::code_row(payment), &row).and(log);
            self.session().commit(place::OUTBOX_REVOCATION, changes)?;
        }
        // Refused or lost, it decides nothing: the next look asks the ledger what came first.
        crate::charged::goes_on(self.send_revocation(&row).await)?;
        ShownCodeView::of(&row, None, None)
    }

    /// All codes of this phone, as far as they are known without asking anybody.
    pub fn codes(&self) -> Result<Vec<ShownCodeView>, WalletError> {
        self.session().touch()?;
        self.code_rows()?.iter().map(|row| self.kept_code(row)).collect()
    }

    pub(crate) fn code_rows(&self) -> Result<Vec<CodeRow>, WalletError> {
        self.session().with(|open| Ok(record::outbox(&*open.store, OutboxKind::Code)?))
    }

    pub(crate) fn code(&self, payment: &PaymentId) -> Result<CodeRow, WalletError> {
        let row: Option<CodeRow> = self.session().load(&record::code_row(payment))?;
        row.ok_or(WalletError::Invalid { input: Input::CodeUnknown })
    }

    /// The mandate again, while the centre has not said that it has it.
    pub(crate) async fn send_mandate(
        &self,
        centre: &CentreClient,
        mut row: CodeRow,
    ) -> Result<CodeRow, WalletError> {
        let mandate = row.signed().ok_or(WalletError::StoreDamaged)?;
        let payment = row.mandate().ok_or(WalletError::StoreDamaged)?.payment;
        let content = RequestContent::Mandate { mandate, replaces: row.replaces };
        let account = self.session().account()?;
        let request = self.session().sign_request(&account, &centre.party().value().key, content)?;
        let mut rng = self.session().rng();
        let handed = centre.mandate(place::SEND_MANDATE, &mut *rng, &request).await;
        handed.map_err(|error| mapping::of_word(error, Party::Centre))?;
        row.ready = true;
        self.session().commit(place::CODE_READY, record::put(record::code_row(&payment), &row))?;
        Ok(row)
    }

    pub(crate) async fn send_revocation(&self, row: &CodeRow) -> Result<(), WalletError> {
        let Some(bytes) = &row.revocation else { return Ok(()) };
        let revocation = SignedTransaction::from_canonical(bytes).map_err(|_| WalletError::StoreDamaged)?;
        self.link().await?.ledger().submit(place::SEND_REVOCATION, &revocation).await?;
        Ok(())
    }

    /// The code that the next one replaces: the one that the centre has and no later one has replaced. Those of which it is not
    /// known whether they arrived are brought to an answer first, or one of them would stay good beside the new one (CENTRE-7).
    async fn code_before(&self, centre: &CentreClient) -> Result<Option<PaymentId>, WalletError> {
        let _one_look_at_a_time = self.session().advancing.lock().await;
        let mut arrived = Vec::new();
        for row in self.live_codes()? {
            let payment = row.mandate().ok_or(WalletError::StoreDamaged)?.payment;
            let replaces = row.replaces;
            if !row.ready {
                match self.send_mandate(centre, row).await {
                    Ok(_) => {}
                    // It was replaced before it arrived: the one before it counts.
                    Err(WalletError::Refused { reason: Reason::CodeRevoked, .. }) => continue,
                    Err(error) => return Err(error),
                }
            }
            arrived.push((payment, replaces));
        }
        let is_last =
            |payment: &PaymentId| arrived.iter().all(|(_, replaces)| replaces.as_ref() != Some(payment));
        Ok(arrived.iter().map(|(payment, _)| *payment).find(is_last))
    }

    /// The codes that a shop might charge now.
    fn live_codes(&self) -> Result<Vec<CodeRow>, WalletError> {
        let now = self.session().now();
        let is_live =
            |row: &CodeRow| row.is_open() && row.mandate().is_some_and(|mandate| now < mandate.until);
        Ok(self.code_rows()?.into_iter().filter(is_live).collect())
    }

    async fn ask_code(&self, centre: &CentreClient, plan: &CodePlan) -> Result<ConsumerCode, WalletError> {
        let key = &centre.party().value().key;
        let account = self.session().account()?;
        let request = self.session().sign_request(&account, key, RequestContent::ConsumerCode)?;
        let answer = centre.consumer_code(place::SEND_CONSUMER_CODE, &request).await;
        let word = answer.map_err(|error| mapping::of_word(error, Party::Centre))?.word;
        let code = word.value().clone();
        // A bank that the registry does not know debits nothing; a code whose time is over is none.
        if code.bank != plan.present.parties.bank.value().id() {
            return Err(mapping::unverified(Subject::Word, Party::Centre));
        }
        if code.until <= self.session().now() {
            return Err(WalletError::Expired { what: Subject::Code });
        }
        // The word on an earlier question is none on this one: each code is shown for one mandate.
        if self.code_rows()?.iter().any(|row| row.qr == code.qr || row.barcode == code.barcode) {
            return Err(mapping::unverified(Subject::Word, Party::Centre));
        }
        Ok(code)
    }

    fn sign_code(
        &self,
        plan: &CodePlan,
        code: &ConsumerCode,
        replaces: Option<PaymentId>,
    ) -> Result<CodeRow, WalletError> {
        let from = self.session().now();
        // By the keys that are in force now: they may have been changed since the review.
        let account = self.session().account()?;
        let mandate = Mandate {
            chain_id: plan.present.snapshot.header().chain_id().clone(),
            payment: PaymentId::from_bytes(random::generate_array(&mut *self.session().rng())),
            account: account.id,
            epoch: account.epoch,
            code: code_digest(&code.qr),
            points: plan.points,
            total: plan.total,
            centre: plan.present.parties.centre.value().id(),
            bank: code.bank,
            from,
            until: code.until.min(from.plus(LONGEST_MANDATE)),
        };
        let bytes = mandate.to_canonical();
        let label = (Label::Mandate, bytes.as_slice());
        let reason = plan.cosigning.asking(|| asked_for::code(plan.total));
        let (signature, cosignature) = self.session().sign_as_device(&account, label, reason)?;
        let signed = SignedMandate { mandate: bytes, signature, cosignature };
        Ok(CodeRow {
            qr: code.qr.clone(),
            barcode: code.barcode.clone(),
            mandate: signed.to_canonical(),
            replaces,
            ready: false,
            revocation: None,
            fate: CodeFate::Open,
        })
    }
}
