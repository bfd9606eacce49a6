#![doc = include_str!("../README.md")]

pub mod jcs;
pub mod path;

pub mod sd_jwt;
pub mod vc;

pub mod status;

pub mod integrity;

pub use path::{ClaimPath, Step};
pub use sd_jwt::{Rule, SdJwtError, UnverifiedSdJwt, VerifiedSdJwt};
