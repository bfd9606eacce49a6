//! The platform's key store: Android Keystore, Secure Enclave.

use crate::signing_reason::SigningReason;
use crate::work;
use citizen_wallet::{
    KeyAlias, KeyPurpose as CorePurpose, Keystore as CoreKeystore, KeystoreError as CoreError,
    SigningReason as CoreReason,
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Why the key store did not do it. Anything else an implementation throws counts as `Failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeystoreError {
    /// The citizen cancelled the finger, the face or the prompt.
    #[error("cancelled")]
    Cancelled,
    /// The platform threw the key away: a new fingerprint was enrolled, the screen lock was taken off.
    #[error("invalidated")]
    Invalidated,
    /// The phone keeps no such key: it has no screen lock, or no finger where one is needed.
    #[error("not set up")]
    NotSetUp,
    /// The phone is locked or the key store asks for a wait.
    #[error("locked")]
    Locked,
    /// No key has this alias.
    #[error("missing")]
    Missing,
    /// No room is left for the key: the disk is full. Nothing was changed.
    #[error("full")]
    Full,
    /// The key store failed, or the bytes are not what it made.
    #[error("failed")]
    Failed,
}

/// What a key is for, and with it how often the citizen is asked before it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum KeyPurpose {
    /// It signs what costs her something or binds her: every signature asks for the finger.
    Approval,
    /// It signs that a copy of a credential is hers, or that a service knows her. Ten copies come at once: a finger within the last
    /// 30 seconds is enough for each.
    Token,
}

impl From<KeyPurpose> for CorePurpose {
    fn from(purpose: KeyPurpose) -> Self {
        match purpose {
            KeyPurpose::Approval => Self::Approval,
            KeyPurpose::Token => Self::Token,
        }
    }
}

impl From<CorePurpose> for KeyPurpose {
    fn from(purpose: CorePurpose) -> Self {
        match purpose {
            CorePurpose::Approval => Self::Approval,
            CorePurpose::Token => Self::Token,
        }
    }
}

/// A phone's key store. An answer may take as long as a finger takes; a call that nobody waits for any more is cancelled.
///
/// One alias names one signing key and, apart from it, one wrapping key. When a method answers, what it did outlives a crash. What
/// `wrap` is given and `unwrap` answers is half of what opens the store (the PIN is the other): wipe the array after use.
#[uniffi::export(foreign)]
#[async_trait::async_trait]
pub trait Keystore: Send + Sync {
    /// Makes a P-256 key that never leaves the key store and answers its public key, SEC 1, compressed or not. A key that had the
    /// alias before is replaced.
    async fn create_key(&self, alias: String, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError>;

    /// The public key, SEC 1.
    async fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError>;

    /// Signs the SHA-256 of the message by ECDSA and answers 64 bytes, raw `r ‖ s`; not the DER that platforms like to answer. Where the
    /// citizen is asked, the prompt says the reason (FFI-17): with a key for tokens it is that of the first signature of a prompt.
    async fn sign(
        &self,
        alias: String,
        message: Vec<u8>,
        reason: SigningReason,
    ) -> Result<Vec<u8>, KeystoreError>;

    /// Encrypts under the alias's wrapping key, which the first call makes.
    async fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeystoreError>;

    /// Decrypts what `wrap` made; changed bytes are `Failed`.
    async fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeystoreError>;

    /// Removes the alias's keys; removing what is not there is fine.
    async fn delete(&self, alias: String) -> Result<(), KeystoreError>;

    /// The platform's statement over a challenge that the signing key lives in hardware, if it makes one. `Wallet.attest` asks for the
    /// one of the card's key.
    async fn attest(&self, alias: String, challenge: Vec<u8>) -> Result<Option<Vec<u8>>, KeystoreError>;
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeystoreError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

impl From<KeystoreError> for CoreError {
    fn from(error: KeystoreError) -> Self {
        match error {
            KeystoreError::Cancelled => Self::Cancelled,
            KeystoreError::Invalidated => Self::Invalidated,
            KeystoreError::NotSetUp => Self::NotSetUp,
            KeystoreError::Locked => Self::Locked,
            KeystoreError::Missing => Self::Missing,
            KeystoreError::Full => Self::Full,
            KeystoreError::Failed => Self::Failed,
        }
    }
}

#[cfg(feature = "desktop")]
impl From<CoreError> for KeystoreError {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::Cancelled => Self::Cancelled,
            CoreError::Invalidated => Self::Invalidated,
            CoreError::NotSetUp => Self::NotSetUp,
            CoreError::Locked => Self::Locked,
            CoreError::Missing => Self::Missing,
            CoreError::Full => Self::Full,
            CoreError::Failed => Self::Failed,
        }
    }
}

/// The app's key store as the wallet asks it: on the thread of a call, which waits.
pub(crate) struct Foreign(pub(crate) Arc<dyn Keystore>);

impl CoreKeystore for Foreign {
    fn create_key(&self, alias: &KeyAlias, purpose: CorePurpose) -> Result<Vec<u8>, CoreError> {
        answer(self.0.create_key(name(alias), purpose.into()))
    }

    fn public_key(&self, alias: &KeyAlias) -> Result<Vec<u8>, CoreError> {
        answer(self.0.public_key(name(alias)))
    }

    fn sign(&self, alias: &KeyAlias, message: &[u8], reason: &CoreReason) -> Result<[u8; 64], CoreError> {
        let signature = answer(self.0.sign(name(alias), message.to_vec(), reason.into()))?;
        signature.try_into().map_err(|_| CoreError::Failed)
    }

    fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, CoreError> {
        answer(self.0.wrap(name(alias), plain.to_vec()))
    }

    fn unwrap(&self, alias: &KeyAlias, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CoreError> {
        answer(self.0.unwrap(name(alias), wrapped.to_vec())).map(Zeroizing::new)
    }

    fn delete(&self, alias: &KeyAlias) -> Result<(), CoreError> {
        answer(self.0.delete(name(alias)))
    }

    fn attestation(&self, alias: &KeyAlias, challenge: &[u8]) -> Result<Option<Vec<u8>>, CoreError> {
        answer(self.0.attest(name(alias), challenge.to_vec()))
    }
}

/// A stopped call believes no answer: a finger that came too late signs nothing.
fn answer<T>(asked: impl Future<Output = Result<T, KeystoreError>>) -> Result<T, CoreError> {
    let answer = work::wait(asked).ok_or(CoreError::Cancelled)??;
    if work::is_stopped() { Err(CoreError::Cancelled) } else { Ok(answer) }
}

fn name(alias: &KeyAlias) -> String {
    alias.as_str().to_owned()
}
