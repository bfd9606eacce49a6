#![doc = include_str!("../README.md")]

pub mod algorithm;
pub mod base64url;
pub mod hardware;
pub mod header;
pub mod json;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod jwt;
pub mod signer;
pub mod x5c;

pub use algorithm::Algorithm;
pub use hardware::HardwareSigner;
pub use header::{Header, HeaderError};
pub use jwe::{
    ContentEncryption, Decrypted, JweError, JweHeader, KeyAgreement, SoftwareKeyAgreement, UnverifiedJwe,
};
pub use jwk::{Jwk, JwkError, KeyUse, KeyUseError, PublicJwk, Thumbprint};
pub use jws::{Expected, JwsError, UnsignedJws, UnverifiedJws, UnverifiedSignature, VerifiedJws};
pub use jwt::{ClaimError, Times, UnsignedJwt, UnverifiedJwt, VerifiedJwt};
pub use signer::{SignError, Signer, SoftwareSigner};
pub use x5c::{Anchor, Certificate, CertificateChain, CertificateThumbprint, ChainError};
