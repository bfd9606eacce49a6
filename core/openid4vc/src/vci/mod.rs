//! OpenID for Verifiable Credential Issuance 1.0.

pub mod definition;
pub mod display;
pub mod holder;
pub mod issuer;
pub mod metadata;
pub mod offer;
pub mod proof;

pub use definition::CredentialDefinition;
pub use display::{ClaimNames, Names};
pub use holder::{
    Acceptance, Client, Flow, IssuanceError, IssuanceSession, Issued, KeptGrant, NotificationEvent,
    OfferReview, SignIn, Step,
};
pub use issuer::{
    Checked, CheckedPush, Configuration, CredentialCall, CredentialFormat, Guarded, Incoming, IssueOrder,
    Issuer, IssuerConfig, Lasting, MemoryRows, OpenRows, Turn,
};
pub use metadata::{IssuerMetadata, ServerMetadata};
pub use offer::{CredentialOffer, OfferError, OfferLink, TransactionCode};
