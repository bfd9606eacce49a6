#![doc = include_str!("../README.md")]

// The scaffolding has to stand in the crate's root; what it is for is in `view`.
#[cfg(feature = "uniffi")]
uniffi::setup_scaffolding!();

pub mod config;
pub mod error;
pub mod place;
pub mod platform;
pub mod view;

mod wallet;

mod create;
mod unlock;

mod account;
mod balance;
mod earn;

mod deep_link;
mod scan;

mod present;
mod review;

mod approve;
mod payment;
mod receipt;

mod charged;
mod consumer;
mod gift;
mod limits;
mod redeem;
mod refund;
mod submission;

#[cfg(feature = "voting")]
mod vote;

#[cfg(feature = "credentials")]
mod credential;

mod sync;

mod backup;
mod card;
mod card_keys;
mod custody;
mod listing;
mod lost;
mod officers;
mod recover;
mod rotate;

mod apart;
mod asked_for;
mod id;
mod left_out;
mod link;
mod order_card;
mod record;
mod session;
mod signing;
mod standing;
mod voting_root;

pub use backup::BackupContent;
pub use config::{City, StorePlace, Trust, WalletConfig};
pub use consumer::CodeReview;
#[cfg(feature = "credentials")]
pub use credential::{
    CheckedCredential, CredentialCheck, CredentialCheckError, OfferReview, PresentationChoice,
    PresentationPick, PresentationReview, Presented, ReturnAddress, check_credential,
};
pub use deep_link::{DeepLink, OWN_SCHEME};
pub use earn::Claim;
pub use error::{Message, WalletError};
pub use gift::GiftReview;
pub use id::{CredentialId, IssuanceId, ServiceId};
#[cfg(feature = "reqwest")]
pub use platform::FreshHttps;
pub use platform::{Connections, KeystoreFile, NoConnections, Randomness, SystemRandomness, SystemTimer};
pub use receipt::{Refresh, refresh_receipt, verify_receipt};
pub use redeem::RedemptionReview;
pub use review::{Coins, PaymentReview};
#[cfg(feature = "scan")]
pub use scan::read_image;
pub use scan::{inspect, only_code};
pub use sync::{SyncReport, SyncStep};
pub use unlock::LockedWallet;
pub use view::ScannedCode;
#[cfg(all(feature = "voting", feature = "credentials"))]
pub use vote::RegistrationReview;
#[cfg(feature = "voting")]
pub use vote::{BallotReview, Choice, VerifyProgress};

/// Shown codes as pictures.
#[cfg(feature = "draw")]
pub mod draw {
    pub use citizen_payment::render::{ErrorCorrection, RenderError, code128_png, qr_png};
}

pub use wallet::Wallet;

// What an app needs of the crates below, under one roof.
#[cfg(feature = "reqwest")]
pub use citizen_client::Https;
pub use citizen_client::api::Identity;
pub use citizen_client::transport::LONGEST_ANSWER;
pub use citizen_client::{
    Method, NoWait, Request, Response, Timer, Transport, TransportError, TrustFile, WebRequest, WebResponse,
};
pub use citizen_coin::Limits;
#[cfg(feature = "credentials")]
pub use citizen_credential::ClaimPath;
/// What an app brings that resolves DIDs of a method of its own.
#[cfg(feature = "credentials")]
pub use citizen_did as did;
pub use citizen_keys::{
    KeyAlias, KeyPurpose, Keystore, KeystoreError, PinCost, PinPolicy, RecoveryCode, SigningKind,
    SigningReason, SoftwareKeystore,
};
#[cfg(feature = "credentials")]
pub use citizen_openid4vc::vp::{Insistence, UnknownVerifiers};
pub use citizen_payment::code::{self, Kind, Leniency, Reading};
pub use citizen_primitives::clock::SystemClock;
/// Anybody's text as a screen or a terminal may be given it.
pub use citizen_primitives::text::to_shown;
pub use citizen_primitives::{
    AccountId, Clock, Height, Month, PaymentId, Points, PollId, ProgrammeId, Seconds, Text, TransactionId,
    UnixTime, Won,
};
