#![doc = include_str!("../README.md")]

pub mod backup;
pub mod batch;
pub mod device;
pub mod guard;
pub mod keystore;
pub mod padding;
pub mod pin;
pub mod public;
pub mod recovery;
pub mod sealed_box;
pub mod sealing;
pub mod secret;
pub mod signature;
pub mod signed;
pub mod signing;
pub mod signing_reason;
pub mod software;
pub mod token_key;
pub mod vault;

mod hex;
mod zip215;

pub use backup::{BackupEnvelope, BackupError};
pub use batch::{BatchItem, verify_batch};
pub use device::DevicePair;
pub use guard::{PinGuard, PinPolicy, TooSoon};
pub use keystore::{HardwareKey, KeyAlias, KeyPurpose, Keystore, KeystoreError};
pub use pin::{Pin, PinCost, PinCostError, PinError};
pub use public::{Algorithm, KeyError, PublicKey};
pub use recovery::{RecoveryCode, RecoveryCodeError};
pub use sealed_box::{SealingKey, SealingPublicKey};
pub use sealing::SealingError;
pub use secret::{Purpose, Secret32};
pub use signature::{Signature, SignatureError};
pub use signed::{Document, Signed, SignedError};
pub use signing::SigningKey;
pub use signing_reason::{SigningKind, SigningReason};
pub use software::{KeystoreBackend, MemoryBackend, SoftwareKeystore};
pub use token_key::{TokenKey, TokenKeyError};
pub use vault::{KeyIndex, RootKey, Vault, VaultError, VaultRecord};
pub use zip215::verify_zip215;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod vectors;
