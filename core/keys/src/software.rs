//! A key store in software: for desktops, servers and tests, where no hardware holds the keys.

use crate::keystore::{KeyAlias, KeyPurpose, Keystore, KeystoreError};
use crate::sealing;
use crate::secret::Secret32;
use crate::signing_reason::SigningReason;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Canonical as _;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::Generate as _;
use rand_core::CryptoRng;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use zeroize::{Zeroize as _, Zeroizing};

/// Where a software key store keeps its bytes. They are secret: they hold every key in the clear.
pub trait KeystoreBackend: Send {
    /// What was saved last; `None` if nothing ever was.
    fn load(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError>;

    /// Saves, durably and all or nothing.
    fn save(&mut self, bytes: &[u8]) -> Result<(), KeystoreError>;
}

/// Keeps the bytes in memory; clones share them, so a test can drop a key store and open it again.
#[derive(Clone, Default)]
pub struct MemoryBackend(Arc<Mutex<Option<Zeroizing<Vec<u8>>>>>);

impl KeystoreBackend for MemoryBackend {
    fn load(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
        Ok(self.0.lock().map_err(|_| KeystoreError::Failed)?.clone())
    }

    fn save(&mut self, bytes: &[u8]) -> Result<(), KeystoreError> {
        *self.0.lock().map_err(|_| KeystoreError::Failed)? = Some(Zeroizing::new(bytes.to_vec()));
        Ok(())
    }
}

impl fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryBackend(hidden)")
    }
}

/// A [`Keystore`] in software. Every change is saved before the method returns.
pub struct SoftwareKeystore(Mutex<Inner>);

struct Inner {
    backend: Box<dyn KeystoreBackend>,
    rng: Box<dyn CryptoRng + Send>,
    keys: Keys,
}

#[derive(Clone, Default, BorshSerialize, BorshDeserialize)]
struct Keys(BTreeMap<KeyAlias, Entry>);

citizen_primitives::canonical!(Keys = 1);

#[derive(Clone, Default, BorshSerialize, BorshDeserialize)]
struct Entry {
    signing: Option<[u8; 32]>,
    wrapping: Option<[u8; 32]>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.signing.zeroize();
        self.wrapping.zeroize();
    }
}

impl SoftwareKeystore {
    /// Opens what the backend holds, or starts empty.
    pub fn open(
        mut backend: Box<dyn KeystoreBackend>,
        rng: Box<dyn CryptoRng + Send>,
    ) -> Result<Self, KeystoreError> {
        let keys = match backend.load()? {
            Some(bytes) => Keys::from_canonical(&bytes).map_err(|_| KeystoreError::Failed)?,
            None => Keys::default(),
        };
        Ok(Self(Mutex::new(Inner { backend, rng, keys })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> Result<T, KeystoreError>) -> Result<T, KeystoreError> {
        act(&mut *self.0.lock().map_err(|_| KeystoreError::Failed)?)
    }
}

impl fmt::Debug for SoftwareKeystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareKeystore(hidden)")
    }
}

impl Keystore for SoftwareKeystore {
    fn create_key(&self, alias: &KeyAlias, _: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        self.with(|inner| {
            let key = SigningKey::generate_from_rng(&mut *inner.rng);
            inner.change(|keys| {
                keys.entry(alias.clone()).or_default().signing = Some(key.to_bytes().into())
            })?;
            Ok(compressed(&key))
        })
    }

    fn public_key(&self, alias: &KeyAlias) -> Result<Vec<u8>, KeystoreError> {
        self.with(|inner| Ok(compressed(&inner.signing_key(alias)?)))
    }

    fn sign(&self, alias: &KeyAlias, message: &[u8], _: &SigningReason) -> Result<[u8; 64], KeystoreError> {
        self.with(|inner| {
            let signature: Signature = inner.signing_key(alias)?.sign(message);
            Ok(signature.to_bytes().into())
        })
    }

    fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.with(|inner| {
            let key = match inner.wrapping_key(alias) {
                Ok(key) => key,
                Err(_) => inner.create_wrapping_key(alias)?,
            };
            sealing::seal(&mut *inner.rng, &key, alias.as_str().as_bytes(), plain)
                .map_err(|_| KeystoreError::Failed)
        })
    }

    fn unwrap(&self, alias: &KeyAlias, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        self.with(|inner| {
            sealing::open(&inner.wrapping_key(alias)?, alias.as_str().as_bytes(), wrapped)
                .map_err(|_| KeystoreError::Failed)
        })
    }

    fn delete(&self, alias: &KeyAlias) -> Result<(), KeystoreError> {
        self.with(|inner| inner.change(|keys| drop(keys.remove(alias))))
    }
}

impl Inner {
    /// Saves the changed keys first and takes them over only then: a failed save changes nothing.
    fn change(&mut self, change: impl FnOnce(&mut BTreeMap<KeyAlias, Entry>)) -> Result<(), KeystoreError> {
        let mut keys = self.keys.clone();
        change(&mut keys.0);
        self.backend.save(&Zeroizing::new(keys.to_canonical()))?;
        self.keys = keys;
        Ok(())
    }

    fn signing_key(&self, alias: &KeyAlias) -> Result<SigningKey, KeystoreError> {
        let bytes = self.keys.0.get(alias).and_then(|entry| entry.signing).map(Zeroizing::new);
        SigningKey::from_slice(&*bytes.ok_or(KeystoreError::Missing)?).map_err(|_| KeystoreError::Failed)
    }

    fn wrapping_key(&self, alias: &KeyAlias) -> Result<Secret32, KeystoreError> {
        let bytes = self.keys.0.get(alias).and_then(|entry| entry.wrapping);
        bytes.map(|bytes| Secret32::take(Zeroizing::new(bytes))).ok_or(KeystoreError::Missing)
    }

    fn create_wrapping_key(&mut self, alias: &KeyAlias) -> Result<Secret32, KeystoreError> {
        let key = Secret32::generate(&mut *self.rng);
        self.change(|keys| keys.entry(alias.clone()).or_default().wrapping = Some(*key.expose()))?;
        Ok(key)
    }
}

fn compressed(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(true).as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    fn open(backend: &MemoryBackend) -> SoftwareKeystore {
        SoftwareKeystore::open(Box::new(backend.clone()), Box::new(Counting::default())).unwrap()
    }

    fn alias(name: &str) -> KeyAlias {
        KeyAlias::new(name).unwrap()
    }

    #[test]
    fn keys_outlive_the_program() {
        let backend = MemoryBackend::default();
        let public = open(&backend).create_key(&alias("card"), KeyPurpose::Approval).unwrap();
        let wrapped = open(&backend).wrap(&alias("card"), b"root").unwrap();
        assert_eq!(open(&backend).public_key(&alias("card")).unwrap(), public);
        assert_eq!(open(&backend).unwrap(&alias("card"), &wrapped).unwrap().as_slice(), b"root");
    }

    #[test]
    fn a_wrapped_secret_opens_under_its_own_alias_only_and_not_after_deletion() {
        let keystore = open(&MemoryBackend::default());
        let wrapped = keystore.wrap(&alias("a"), b"root").unwrap();
        keystore.wrap(&alias("b"), b"other").unwrap();
        assert_eq!(keystore.unwrap(&alias("b"), &wrapped).unwrap_err(), KeystoreError::Failed);
        assert_eq!(keystore.unwrap(&alias("c"), &wrapped).unwrap_err(), KeystoreError::Missing);
        keystore.delete(&alias("a")).unwrap();
        keystore.delete(&alias("a")).unwrap();
        assert_eq!(keystore.unwrap(&alias("a"), &wrapped).unwrap_err(), KeystoreError::Missing);
    }

    #[test]
    fn a_save_that_fails_changes_nothing() {
        struct Full;
        impl KeystoreBackend for Full {
            fn load(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, KeystoreError> {
                Ok(None)
            }
            fn save(&mut self, _bytes: &[u8]) -> Result<(), KeystoreError> {
                Err(KeystoreError::Failed)
            }
        }
        let keystore = SoftwareKeystore::open(Box::new(Full), Box::new(Counting::default())).unwrap();
        assert_eq!(keystore.create_key(&alias("card"), KeyPurpose::Approval), Err(KeystoreError::Failed));
        assert_eq!(keystore.public_key(&alias("card")), Err(KeystoreError::Missing));
    }

    #[test]
    fn keys_5_a_software_key_store_does_not_show_its_keys() {
        let backend = MemoryBackend::default();
        let keystore = open(&backend);
        keystore.create_key(&alias("card"), KeyPurpose::Approval).unwrap();
        assert_eq!(format!("{keystore:?}"), "SoftwareKeystore(hidden)");
        assert_eq!(format!("{backend:?}"), "MemoryBackend(hidden)");
    }
}
