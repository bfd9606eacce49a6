//! Voting: polls, registration, a ballot that is checked or cast, its receipt, what verifies it, the reward.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::once::Once;
use crate::wallet::Wallet;
use citizen_wallet::error::Input;
use citizen_wallet::view::{
    BallotReviewView, CountedView, OpenedBallotView, PollReportView, PollView, PollsNearView,
    RegistrationView, RewardView, VoteReceiptView, VoteView,
};
use citizen_wallet::{BallotReview as CoreReview, Choice, PollId, Text, WalletError as Core};
use std::sync::Arc;

/// A ballot before she decides: nothing was sent. Checking or casting takes what is in it.
#[derive(Debug, uniffi::Object)]
pub struct BallotReview {
    view: BallotReviewView,
    once: Once<CoreReview>,
}

#[uniffi::export]
impl BallotReview {
    /// What to show, its fingerprint first, before the question "check or cast?".
    #[must_use]
    pub fn view(&self) -> BallotReviewView {
        self.view.clone()
    }
}

impl BallotReview {
    fn of(review: CoreReview) -> Arc<Self> {
        Arc::new(Self { view: review.view().clone(), once: Once::new(review) })
    }
}

/// What is chosen in a contest. Everything is numbered from 0, as in the poll's view.
#[derive(Clone, uniffi::Record)]
pub struct BallotChoice {
    /// The contest.
    pub contest: u8,
    /// Where one chooses, the chosen options; where one scores, a score for each option; in a ranking all options, the preferred first.
    pub numbers: Vec<u8>,
}

impl std::fmt::Debug for BallotChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BallotChoice(hidden)")
    }
}

#[uniffi::export]
impl Wallet {
    /// All polls of the city, the newest first, by proof.
    #[uniffi::method(default(cancel = None))]
    pub async fn polls(&self, cancel: Option<Arc<CancelToken>>) -> Result<Vec<PollView>, WalletError> {
        self.call(cancel, async |wallet| wallet.polls().await).await
    }

    /// All polls, those of her district first, which is told to nobody: the one that she chose by its Korean name, or without it the one
    /// that a credential of hers says.
    #[uniffi::method(default(district = None, cancel = None))]
    pub async fn polls_near(
        &self,
        district: Option<String>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PollsNearView, WalletError> {
        self.call(cancel, async move |wallet| {
            wallet.polls_near(district.as_deref().map(Text::new).transpose()?).await
        })
        .await
    }

    /// One poll: what is asked, of whom, when, and where it stands.
    #[uniffi::method(default(cancel = None))]
    pub async fn poll(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PollView, WalletError> {
        self.call(cancel, async move |wallet| wallet.poll(&poll_id(&poll)?).await).await
    }

    /// Has every registrar sign the voting key without seeing it; called again, those that were down are asked again. As a member of the
    /// first electorate, unless another is named.
    #[uniffi::method(default(electorate = None, cancel = None))]
    pub async fn register_for_poll(
        &self,
        poll: String,
        electorate: Option<u8>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RegistrationView, WalletError> {
        self.call(cancel, async move |wallet| wallet.register_for_poll(&poll_id(&poll)?, electorate).await)
            .await
    }

    /// How far a registration is, without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn poll_registration(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RegistrationView, WalletError> {
        self.call(cancel, async move |wallet| wallet.poll_registration(&poll_id(&poll)?)).await
    }

    /// Encrypts a ballot, away from the screen's thread, and says what it is. Nothing is sent.
    #[uniffi::method(default(cancel = None))]
    pub async fn review_ballot(
        &self,
        poll: String,
        choices: Vec<BallotChoice>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<BallotReview>, WalletError> {
        self.call(cancel, async move |wallet| {
            let choices: Vec<Choice> =
                choices.into_iter().map(|choice| Choice::new(choice.contest, choice.numbers)).collect();
            Ok(BallotReview::of(wallet.review_ballot(&poll_id(&poll)?, &choices).await?))
        })
        .await
    }

    /// Opens a ballot instead of casting it, for the second device that scanned its fingerprint before. It never counts.
    #[uniffi::method(default(cancel = None))]
    pub async fn check_ballot(
        &self,
        review: Arc<BallotReview>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<OpenedBallotView, WalletError> {
        self.call(cancel, async move |wallet| wallet.check_ballot(review.once.take()?).await).await
    }

    /// Casts a ballot. Without a relay's promise it lies in the outbox and is sent again.
    #[uniffi::method(default(cancel = None))]
    pub async fn cast_ballot(
        &self,
        review: Arc<BallotReview>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<VoteView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            let vote = wallet.cast_ballot(review.once.take()?).await?;
            events.vote(&vote);
            Ok(vote)
        })
        .await
    }

    /// Follows a vote until its ballot stands on the board, or never will, and tells the listener of each step. `Offline` with
    /// `can_queue` if it is not there after a minute: it gets there without the app, and `sync` finds out.
    #[uniffi::method(default(cancel = None))]
    pub async fn follow_vote(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<VoteView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            wallet.follow_vote(&poll_id(&poll)?, |step| events.vote(step)).await
        })
        .await
    }

    /// One look at it.
    #[uniffi::method(default(cancel = None))]
    pub async fn advance_vote(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<VoteView, WalletError> {
        let events = self.events();
        self.call(cancel, async move |wallet| {
            let vote = wallet.advance_vote(&poll_id(&poll)?).await?;
            events.vote(&vote);
            Ok(vote)
        })
        .await
    }

    /// How far a vote is, without asking anybody.
    #[uniffi::method(default(cancel = None))]
    pub async fn vote(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<VoteView, WalletError> {
        self.call(cancel, async move |wallet| wallet.vote(&poll_id(&poll)?)).await
    }

    /// The proof that the ballot stands on the board. It does not say for what.
    #[uniffi::method(default(cancel = None))]
    pub async fn vote_receipt(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<VoteReceiptView, WalletError> {
        self.call(cancel, async move |wallet| wallet.vote_receipt(&poll_id(&poll)?)).await
    }

    /// Whether the ballot counts: the whole board is read, and nobody is asked about it.
    #[uniffi::method(default(cancel = None))]
    pub async fn verify_counted(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<CountedView, WalletError> {
        self.call(cancel, async move |wallet| wallet.verify_counted(&poll_id(&poll)?).await).await
    }

    /// The whole result, every check, on this phone.
    #[uniffi::method(default(cancel = None))]
    pub async fn verify_poll(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<PollReportView, WalletError> {
        self.call(cancel, async move |wallet| wallet.verify_poll(&poll_id(&poll)?, |_| {}).await).await
    }

    /// The next step to the reward for taking part.
    #[uniffi::method(default(cancel = None))]
    pub async fn reward(
        &self,
        poll: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<RewardView, WalletError> {
        self.call(cancel, async move |wallet| wallet.reward(&poll_id(&poll)?).await).await
    }
}

pub(crate) fn poll_id(text: &str) -> Result<PollId, Core> {
    PollId::from_hex(text).map_err(|_| Core::Invalid { input: Input::PollUnknown })
}
