//! OpenID for Verifiable Credential Issuance 1.0.

pub mod display;
pub mod holder;
pub mod issuer;
pub mod metadata;
pub mod offer;
pub mod proof;

pub use display::{ClaimNames, Names};
pub use holder::{
    Acceptance, Client, Flow, IssuanceError, IssuanceSession, Issued, NotificationEvent, OfferReview, Step,
};
pub use issuer::{
    Checked, Configuration, CredentialCall, Guarded, Incoming, IssueOrder, Issuer, IssuerConfig, MemoryRows,
    OpenRows, Turn,
};
pub use metadata::{IssuerMetadata, ServerMetadata};
pub use offer::{CredentialOffer, OfferError, OfferLink, TransactionCode};
