//! W3C Data Integrity over canonical JSON: `eddsa-jcs-2022` (vc-di-eddsa, 3.3) and `ecdsa-jcs-2019` with P-256 (vc-di-ecdsa, 3.3), for credentials and
//! presentations of the Verifiable Credentials Data Model 2.0.

mod credential;
mod presentation;
mod proof;
mod suite;

pub use credential::{Holder, IssuerKey, verify_credential};
pub use presentation::{HeldDocument, PresentationExpected, VerifiedPresentation, verify_presentation};
pub use proof::{
    ProofExpected, ProofOptions, SigningError, UnsignedDocument, VerifiedDocument, hash_data, sign, verify,
};
pub use suite::Suite;

/// The context that stands first in every credential and presentation of the data model 2.0.
pub const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
/// What an issuer's proof is for.
pub const ASSERTION: &str = "assertionMethod";
/// What a holder's proof is for.
pub const AUTHENTICATION: &str = "authentication";

/// Why a document is not signed, or not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntegrityError {
    /// No object, or a number in it that canonical JSON does not know.
    #[error("a document without a canonical form")]
    Document,
    /// No proof, or one without what it needs, or of a suite that is not taken (INTEGRITY-2).
    #[error("no proof of a suite that is taken")]
    Proof,
    /// The proof was made for another purpose, or names another key (INTEGRITY-3).
    #[error("a proof for another purpose, or by another key")]
    Purpose,
    /// The proof was not made for this domain (INTEGRITY-7).
    #[error("a proof for another domain")]
    Domain,
    /// The proof does not answer this challenge (INTEGRITY-7).
    #[error("a proof that answers another challenge")]
    Challenge,
    /// The document's contexts do not begin with the proof's (INTEGRITY-4).
    #[error("the proof is of a document with other contexts")]
    Context,
    /// The signature is not this key's over this (INTEGRITY-1).
    #[error("the signature does not verify")]
    Signature,
    /// It is no credential of the data model 2.0 (INTEGRITY-5).
    #[error("no verifiable credential of the data model 2.0")]
    Credential,
    /// Not valid yet, or not any more (INTEGRITY-6); made too long ago, or in the future (INTEGRITY-11).
    #[error("not valid at this time")]
    Time,
    /// It is no presentation of the data model 2.0, or one of nothing (INTEGRITY-8).
    #[error("no verifiable presentation of the data model 2.0")]
    Presentation,
    /// It is about somebody else, or about nobody whose key could be known (INTEGRITY-9).
    #[error("the subject is not the holder of this key")]
    Holder,
    /// Nobody has a key for its issuer, or the key is another issuer's (INTEGRITY-10).
    #[error("not by an issuer whose key is known")]
    Issuer,
    /// It has a status that nobody here can look up (INTEGRITY-12).
    #[error("a status that is not looked up here")]
    Status,
}
