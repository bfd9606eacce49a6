//! What an app shows. A view is built from [`Verified`](citizen_ledger::Verified) or
//! [`Attested`](citizen_ledger::Attested) alone; its fields can be read and not written, so nobody can make one up (WALLET-1).
//!
//! ```compile_fail,E0451
//! // A number cannot be dressed up as a verified one: the fields are private and there is no public constructor.
//! let forged = citizen_wallet::view::PointsView { points: citizen_wallet::Points::ZERO };
//! ```

mod account;
mod activity;
#[cfg(feature = "credentials")]
mod authorization;
mod balance;
mod card;
mod code;
mod consumer;
#[cfg(feature = "credentials")]
mod credential;
#[cfg(feature = "credentials")]
mod credential_log;
mod custody;
mod earn;
mod entry;
#[cfg(feature = "uniffi")]
mod foreign;
mod limits;
mod mark;
mod names;
mod order_card;
mod payment;
#[cfg(feature = "credentials")]
mod pending;
#[cfg(feature = "preview")]
mod preview;
mod receipt;
mod recovery;
mod refund;
mod review;
mod serial;
#[cfg(feature = "credentials")]
mod service;
#[cfg(feature = "credentials")]
mod status;
mod submission;
#[cfg(feature = "voting")]
mod vote;

pub use account::AccountView;
pub use activity::ActivityView;
#[cfg(feature = "credentials")]
pub use authorization::AuthorizationView;
pub use balance::{BalanceView, ExpiringView, HomeView, PointsView, WonView};
pub use card::CardView;
pub(crate) use card::NamedKey;
pub use code::{MerchantView, ScannedCode};
pub use consumer::{CodeReviewView, RefusedChargeView, ShownCodeView};
#[cfg(feature = "credentials")]
pub(crate) use credential::FEW_COPIES;
#[cfg(feature = "credentials")]
pub use credential::{
    AskedView, ClaimView, CredentialDetailView, CredentialView, OfferReviewView, OfferedCredentialView,
    PresentationReviewView, PresentedView, RegisteredView, ShowableView,
};
#[cfg(feature = "credentials")]
pub use credential_log::CredentialEventView;
pub use custody::CustodyView;
pub use earn::EarnView;
pub(crate) use entry::WholeHistory;
pub use entry::{EntryView, HistoryView};
pub use limits::{LimitSetView, LimitsView};
pub use mark::{AttestedMark, Freshness, TrustOrigin, VerifiedMark};
pub(crate) use names::Names;
pub use order_card::{OrderCardReviewView, OrderCardView};
pub use payment::PaymentView;
#[cfg(feature = "credentials")]
pub use pending::PendingCredentialView;
#[cfg(feature = "preview")]
pub use preview::{CardViews, PollViews, PreviewState, PreviewViews};
pub use receipt::ReceiptView;
pub(crate) use recovery::Bench;
pub use recovery::{EnrolmentView, LossView, RecoveryView};
pub use refund::{RefundView, RefundsView};
pub use review::ReviewView;
#[cfg(feature = "credentials")]
pub use service::{ServiceView, SignInView};
#[cfg(feature = "credentials")]
pub use status::StatusView;
pub use submission::{CertificateView, GiftReviewView, RedemptionReviewView, SubmissionView};
#[cfg(feature = "voting")]
pub(crate) use vote::Whence;
#[cfg(all(feature = "voting", feature = "credentials"))]
pub use vote::{AskingRegistrarView, RegistrationCardView, RegistrationReviewView};
#[cfg(feature = "voting")]
pub use vote::{
    BallotReviewView, BrokenPromiseView, CheckView, ChosenView, ContestView, CountedView, ElectorateView,
    OpenedBallotView, OptionView, PollReportView, PollView, PollsNearView, RegistrarView, RegistrationView,
    ResultView, RewardView, VoteReceiptView, VoteView,
};

/// Declares a view: public to read, private to make. `@"voting"` before a field: in builds with this feature alone.
macro_rules! view {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_meta:meta])* $(@$feature:literal)? $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        #[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
        pub struct $name {
            $($(#[cfg(feature = $feature)])? $(#[$field_meta])* pub(crate) $field: $type),+
        }

        impl $name {
            $(
                $(#[cfg(feature = $feature)])?
                #[doc = concat!("The `", stringify!($field), "`; see the type.")]
                #[must_use]
                pub const fn $field(&self) -> &$type {
                    &self.$field
                }
            )+
        }
    };
}
pub(crate) use view;
