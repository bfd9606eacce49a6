//! Credentials: whatever says something about a citizen and is signed by whoever says it.

mod check;

pub use check::{CheckedCredential, CredentialCheck, CredentialCheckError, Presented, check_credential};
