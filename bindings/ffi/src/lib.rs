#![doc = include_str!("../README.md")]

mod error;

mod cancel;
mod secret;

mod clock;
mod events;
#[cfg(feature = "desktop")]
mod key_file;
mod keystore;
mod signing_reason;
mod transport;

mod platform;

mod account;
mod card;
mod code;
#[cfg(feature = "credentials")]
mod credential;
mod giving;
mod link;
mod money;
mod paying;
#[cfg(feature = "preview")]
mod preview;
mod receipt;
mod recovery;
mod refunding;
#[cfg(all(feature = "voting", feature = "credentials"))]
mod registering;
#[cfg(feature = "scan")]
mod scan;
mod shown;
#[cfg(feature = "voting")]
mod voting;
mod wallet;

mod live;
mod once;
mod work;

pub use cancel::CancelToken;
pub use clock::{Clock, ClockError};
pub use code::{CodeField, CodeFinding, CodeReading, ScannedCode, inspect_code};
#[cfg(feature = "credentials")]
pub use credential::{OfferReview, PresentationPick, PresentationReview};
pub use error::{Amount, Language, WalletError};
pub use events::{EventListener, ListenerError, WalletEvent};
pub use giving::{GiftReview, OwnLimits, RedemptionReview};
#[cfg(feature = "desktop")]
pub use key_file::KeyFile;
pub use keystore::{KeyPurpose, Keystore, KeystoreError};
pub use link::{Link, open_link};
#[cfg(feature = "counting")]
pub use live::live_objects;
pub use paying::{Coins, Review};
pub use platform::{CityAddress, Platform, TrustSource, WalletPlace};
#[cfg(feature = "preview")]
pub use preview::{Preview, preview, preview_states};
pub use receipt::{ReceiptFile, refresh_receipt, verify_receipt};
pub use recovery::Identity;
#[cfg(all(feature = "voting", feature = "credentials"))]
pub use registering::RegistrationReview;
#[cfg(feature = "scan")]
pub use scan::read_image;
pub use secret::Secret;
pub use shown::CodeReview;
pub use signing_reason::{SigningKind, SigningReason};
pub use transport::{
    Connections, HttpHeader, HttpMethod, HttpRequest, HttpResponse, Transport, TransportError,
};
#[cfg(feature = "voting")]
pub use voting::{BallotChoice, BallotReview};
pub use wallet::Wallet;
#[cfg(feature = "counting")]
pub use work::calls_under_way;

uniffi::setup_scaffolding!();
