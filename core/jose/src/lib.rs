#![doc = include_str!("../README.md")]

pub mod algorithm;
pub mod base64url;
pub mod header;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod jwt;
pub mod signer;
pub mod x5c;

pub use algorithm::Algorithm;
pub use header::{Header, HeaderError};
pub use jwk::{Jwk, JwkError, KeyUse, KeyUseError, PublicJwk, Thumbprint};
pub use jws::{Expected, JwsError, UnsignedJws, UnverifiedJws, UnverifiedSignature, VerifiedJws};
pub use jwt::{ClaimError, Times, UnsignedJwt, UnverifiedJwt, VerifiedJwt};
pub use signer::{SignError, Signer, SoftwareSigner};
pub use x5c::{Anchor, Certificate, CertificateChain, CertificateThumbprint, ChainError};
