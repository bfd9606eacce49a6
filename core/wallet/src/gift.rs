//! Points for another citizen: she shows a code of her account, and nothing leaves before the ledger proves that it is there.

use crate::error::{Amount, Input, WalletError};
use crate::present::{AsOf, Present};
use crate::record::{ActivityKind, Submitted};
use crate::view::{GiftReviewView, SubmissionView, VerifiedMark};
use crate::wallet::Wallet;
use citizen_coin::AccountRecord;
use citizen_ledger::{Action, Transfer, state_key};
use citizen_payment::gift::GiftCode;
use citizen_primitives::{AccountId, Points, UnixTime, Won};

/// A gift before it is approved. Approving takes it.
pub struct GiftReview {
    view: GiftReviewView,
    present: Present,
    as_of: AsOf,
    to: AccountId,
}

impl GiftReview {
    /// What to show.
    #[must_use]
    pub const fn view(&self) -> &GiftReviewView {
        &self.view
    }
}

impl Wallet {
    /// The code to show to somebody who wants to give points. Whoever reads it can read this account's points and history.
    pub async fn gift_code(&self) -> Result<String, WalletError> {
        self.session().touch()?;
        let account = self.session().account()?;
        let chain_id = self.link().await?.ledger().chain_id();
        Ok(GiftCode { chain_id, account: account.id }.to_text())
    }

    /// Says what a gift will be. The other account is there by proof, or nothing is planned.
    pub async fn review_gift(&self, code: &str, points: Points) -> Result<GiftReview, WalletError> {
        self.session().touch()?;
        let unknown = WalletError::Invalid { input: Input::GiftCode };
        let code = GiftCode::from_text(code).map_err(|_| unknown.clone())?;
        if points.is_zero() {
            return Err(WalletError::Invalid { input: Input::AmountZero });
        }
        self.settle_submissions().await?;
        let key = state_key::account(&code.account);
        let present = self.present(std::slice::from_ref(&key)).await?;
        let is_there = !present.snapshot.get::<AccountRecord>(&key)?.is_absent();
        if !is_there || code.chain_id != *present.snapshot.header().chain_id() {
            return Err(unknown);
        }
        if code.account == present.account.id {
            return Err(WalletError::Invalid { input: Input::GiftToOneself });
        }
        let sum = Won::new(points.amount())?;
        present.must_be_within_limits(sum)?;
        let as_of = present.as_of(self.session().now());
        let points_left = self.enough((&present, as_of), points)?;
        let view = GiftReviewView::new(
            (code.account, points, points_left),
            present.fresh_until(),
            present.cosigning(sum),
            VerifiedMark::of(present.record.provenance()),
        );
        Ok(GiftReview { view, present, as_of, to: code.account })
    }

    /// Gives. The answer is `sent`; [`Wallet::follow_submission`] shows how it ends.
    pub async fn approve_gift(&self, review: GiftReview) -> Result<SubmissionView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let GiftReview { view, present, as_of, to } = review;
        self.must_be_in_time(*view.until())?;
        let points = *view.points();
        self.enough((&present, as_of), points)?;
        let action = Action::Transfer(Transfer { to, points });
        let cosigning = present.cosigning(Won::new(points.amount())?);
        self.submit(
            &present,
            (Submitted::Gift { to, points }, action),
            cosigning,
            ActivityKind::Gave { points },
        )
        .await
    }

    /// What is left after so many points, those of open orders taken off.
    pub(crate) fn enough(
        &self,
        (present, as_of): (&Present, AsOf),
        points: Points,
    ) -> Result<Points, WalletError> {
        let available = self.less_requested(present.proved_points()?, as_of)?;
        available.minus(points).map_err(|_| WalletError::NotEnough {
            asked: Amount::Points(points),
            available: Amount::Points(available),
        })
    }

    /// A review that is too old is made anew.
    pub(crate) fn must_be_in_time(&self, until: UnixTime) -> Result<(), WalletError> {
        let expired = WalletError::Expired { what: crate::error::Subject::Review };
        if self.session().now() >= until { Err(expired) } else { Ok(()) }
    }
}
