//! The wallet's root secret, behind the PIN and the hardware at once.
//!
//! ```text
//! root (32 random bytes)
//!   sealed under    derive(Argon2id(PIN, salt))     the PIN's layer
//!   wrapped by      Keystore                        the hardware's layer
//! ```
//! Who copies the files must break the hardware before the first guess; who has the phone must guess through
//! [`crate::guard`]'s waits (KEYS-8).

use crate::guard::PinGuard;
use crate::keystore::{KeyAlias, Keystore, KeystoreError};
use crate::pin::{Pin, PinCost, stretch};
use crate::sealing::{self, SealingError};
use crate::secret::{Purpose, Secret32};
use crate::signing::SigningKey;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical as _, random};
use rand_core::CryptoRng;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

const PIN_LAYER: Purpose = Purpose::new("vault-pin-layer");
const STORE: Purpose = Purpose::new("store");
const ACCOUNT_KEY: Purpose = Purpose::new("account-key");

/// Opens and closes the vault with one alias of a key store.
#[derive(Clone)]
pub struct Vault {
    keystore: Arc<dyn Keystore>,
    alias: KeyAlias,
}

/// The vault as it lies on disk. It may be read by anybody.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct VaultRecord {
    cost: PinCost,
    salt: [u8; 16],
    wrapped: Vec<u8>,
}

citizen_primitives::canonical!(VaultRecord = 1);

/// Why the vault does not open or close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The PIN is not the one.
    #[error("wrong PIN")]
    WrongPin,
    /// The record, or the guard, is not what this vault wrote.
    #[error("the vault is damaged")]
    Damaged,
    /// The key store did not do its part.
    #[error("the key store refused")]
    Keystore(#[from] KeystoreError),
}

/// The root of all keys of an unlocked wallet: wiped when dropped, hidden from `Debug` (KEYS-5).
pub struct RootKey(Secret32);

/// Which of the phone's account keys: a new one is made when the phone replaces its pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct KeyIndex(u32);

impl Vault {
    /// Over one alias of a key store.
    #[must_use]
    pub fn new(keystore: Arc<dyn Keystore>, alias: KeyAlias) -> Self {
        Self { keystore, alias }
    }

    /// Makes a new root and closes it. Persist the record.
    pub fn create(
        &self,
        rng: &mut dyn CryptoRng,
        pin: &Pin,
        cost: PinCost,
    ) -> Result<(VaultRecord, RootKey), VaultError> {
        let root = RootKey(Secret32::generate(rng));
        Ok((self.close(rng, &root, pin, cost)?, root))
    }

    /// Opens the vault. Count the try in the [`PinGuard`] first, and persist that (KEYS-10).
    pub fn unlock(&self, record: &VaultRecord, pin: &Pin) -> Result<RootKey, VaultError> {
        let VaultRecord { cost, salt, wrapped } = record;
        let sealed = self.keystore.unwrap(&self.alias, wrapped)?;
        let key = pin_layer_key(pin, salt, *cost)?;
        let root =
            sealing::open(&key, &pin_layer_context(salt, *cost), &sealed).map_err(|error| match error {
                SealingError::Refused => VaultError::WrongPin,
                SealingError::Malformed => VaultError::Damaged,
            })?;
        let root = root.as_slice().try_into().map_err(|_| VaultError::Damaged)?;
        Ok(RootKey(Secret32::take(Zeroizing::new(root))))
    }

    /// Closes the same root under another PIN. Persist the record in place of the old one.
    pub fn change_pin(
        &self,
        rng: &mut dyn CryptoRng,
        root: &RootKey,
        pin: &Pin,
        cost: PinCost,
    ) -> Result<VaultRecord, VaultError> {
        self.close(rng, root, pin, cost)
    }

    /// The guard as it lies on disk: wrapped by the key store, so that its count cannot be written from outside.
    pub fn seal_guard(&self, guard: &PinGuard) -> Result<Vec<u8>, VaultError> {
        Ok(self.keystore.wrap(&self.alias, &guard.to_canonical())?)
    }

    /// Reads the guard. A wallet that has a vault and no guard is damaged, not fresh.
    pub fn open_guard(&self, sealed: &[u8]) -> Result<PinGuard, VaultError> {
        let bytes = self.keystore.unwrap(&self.alias, sealed)?;
        PinGuard::from_canonical(&bytes).map_err(|_| VaultError::Damaged)
    }

    fn close(
        &self,
        rng: &mut dyn CryptoRng,
        root: &RootKey,
        pin: &Pin,
        cost: PinCost,
    ) -> Result<VaultRecord, VaultError> {
        let salt: [u8; 16] = random::generate_array(rng);
        let key = pin_layer_key(pin, &salt, cost)?;
        let sealed = sealing::seal(rng, &key, &pin_layer_context(&salt, cost), root.0.expose())
            .map_err(|_| VaultError::Damaged)?;
        let wrapped = self.keystore.wrap(&self.alias, &sealed)?;
        Ok(VaultRecord { cost, salt, wrapped })
    }
}

impl RootKey {
    /// The key of the local store.
    #[must_use]
    pub fn store_key(&self) -> Secret32 {
        self.0.derive(STORE, &[])
    }

    /// The phone's Ed25519 account key. It is derived, so no backup and no file ever holds it.
    #[must_use]
    pub fn account_key(&self, index: KeyIndex) -> SigningKey {
        SigningKey::from_seed(self.0.derive(ACCOUNT_KEY, &index.0.to_le_bytes()).expose())
    }

    /// The key for any other purpose.
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> Secret32 {
        self.0.derive(purpose, &[])
    }
}

impl KeyIndex {
    /// The index after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vault").field(&self.alias).finish()
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey(hidden)")
    }
}

fn pin_layer_key(pin: &Pin, salt: &[u8; 16], cost: PinCost) -> Result<Secret32, VaultError> {
    Ok(stretch(pin, salt, cost).map_err(|_| VaultError::Damaged)?.derive(PIN_LAYER, &[]))
}

fn pin_layer_context(salt: &[u8; 16], cost: PinCost) -> Vec<u8> {
    let mut context = b"vault".to_vec();
    context.extend_from_slice(salt);
    context.extend_from_slice(&cost.to_bytes());
    context
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::software::{MemoryBackend, SoftwareKeystore};
    use crate::testing::Counting;

    const CHEAP: PinCost = PinCost::dangerous_cheap();

    fn vault(backend: &MemoryBackend) -> Vault {
        let keystore =
            SoftwareKeystore::open(Box::new(backend.clone()), Box::new(Counting::default())).unwrap();
        Vault::new(Arc::new(keystore), KeyAlias::new("vault").unwrap())
    }

    fn pin(text: &str) -> Pin {
        Pin::entered(text).unwrap()
    }

    #[test]
    fn the_right_pin_opens_and_another_does_not() {
        let backend = MemoryBackend::default();
        let (record, root) = vault(&backend).create(&mut Counting::default(), &pin("739182"), CHEAP).unwrap();
        let read = VaultRecord::from_canonical(&record.to_canonical()).unwrap();
        let opened = vault(&backend).unlock(&read, &pin("739182")).unwrap();
        assert_eq!(opened.store_key().expose(), root.store_key().expose());
        assert_eq!(vault(&backend).unlock(&record, &pin("739183")).unwrap_err(), VaultError::WrongPin);
    }

    #[test]
    fn keys_8_the_files_alone_do_not_even_allow_a_guess() {
        let (record, _) =
            vault(&MemoryBackend::default()).create(&mut Counting::default(), &pin("739182"), CHEAP).unwrap();
        // The thief has the files and the right PIN, on hardware of her own.
        let thief = MemoryBackend::default();
        let missing = VaultError::Keystore(KeystoreError::Missing);
        assert_eq!(vault(&thief).unlock(&record, &pin("739182")).unwrap_err(), missing);
        // And without the hardware's layer the PIN's layer is not there to be guessed at.
        let key = pin_layer_key(&pin("739182"), &record.salt, CHEAP).unwrap();
        assert!(sealing::open(&key, &pin_layer_context(&record.salt, CHEAP), &record.wrapped).is_err());
    }

    #[test]
    fn keys_8_the_hardware_alone_does_not_open() {
        let backend = MemoryBackend::default();
        let (record, root) = vault(&backend).create(&mut Counting::default(), &pin("739182"), CHEAP).unwrap();
        let vault = vault(&backend);
        let inner = vault.keystore.unwrap(&vault.alias, &record.wrapped).unwrap();
        assert!(!inner.windows(32).any(|window| window == root.0.expose()));
    }

    #[test]
    fn a_changed_record_is_refused() {
        let backend = MemoryBackend::default();
        let (record, _) = vault(&backend).create(&mut Counting::default(), &pin("739182"), CHEAP).unwrap();
        let bytes = record.to_canonical();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            if let Ok(record) = VaultRecord::from_canonical(&changed) {
                assert!(vault(&backend).unlock(&record, &pin("739182")).is_err(), "byte {position}");
            }
        }
    }

    #[test]
    fn a_changed_pin_opens_the_same_root_and_the_old_one_no_more() {
        let backend = MemoryBackend::default();
        let vault = vault(&backend);
        let (_, root) = vault.create(&mut Counting::default(), &pin("739182"), CHEAP).unwrap();
        let record = vault.change_pin(&mut Counting::default(), &root, &pin("284615"), CHEAP).unwrap();
        let opened = vault.unlock(&record, &pin("284615")).unwrap();
        assert_eq!(opened.account_key(KeyIndex::default()).id(), root.account_key(KeyIndex::default()).id());
        assert_eq!(vault.unlock(&record, &pin("739182")).unwrap_err(), VaultError::WrongPin);
    }

    #[test]
    fn keys_10_the_guard_on_disk_cannot_be_written_from_outside() {
        let vault = vault(&MemoryBackend::default());
        let sealed = vault.seal_guard(&PinGuard::default()).unwrap();
        assert_eq!(vault.open_guard(&sealed).unwrap(), PinGuard::default());
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(vault.open_guard(&changed).is_err(), "byte {position}");
        }
        assert!(vault.open_guard(&PinGuard::default().to_canonical()).is_err());
    }

    #[test]
    fn keys_5_a_root_key_does_not_show_itself() {
        let root = RootKey(Secret32::generate(&mut Counting::default()));
        assert_eq!(format!("{root:?}"), "RootKey(hidden)");
    }
}
