//! OpenID for Verifiable Presentations 1.0.

pub mod client_id;
pub mod error;
pub mod holder;
pub mod id_token;
pub mod identity;
pub mod metadata;
pub mod request;
pub mod response;
pub mod transaction;
pub mod verifier;

pub use client_id::{ClientId, Prefix};
pub use error::{ErrorCode, RequestError};
pub use holder::{
    ApproveError, HolderSession, Insistence, Made, Outcome, PresentError, Profile, Review, Step,
    UnknownVerifiers,
};
pub use id_token::{IdTokenError, SignInRequest, Subject, SubjectSyntax};
pub use identity::{ATTESTATION_TYPE, Attester, Known, Question, Trust, Verifier};
pub use metadata::VerifierMetadata;
pub use request::{AuthorizationRequest, ResponseMode};
pub use transaction::{Field, FieldKind, TransactionData, TransactionType};
pub use verifier::{
    Answer, AnswerAddress, Ask, DocumentIssuer, Identification, IssuerKeys, SignIn, VerifierSession,
    VerifyError,
};
