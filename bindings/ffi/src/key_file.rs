//! Keys in a file, for the tests of an app's own key store: what a phone has in hardware, a desktop can hand on to.

use crate::error::WalletError;
use crate::keystore::{KeyPurpose, KeystoreError};
use crate::live::Live;
use crate::work::{Obeyed, run};
use citizen_wallet::{
    KeyAlias, Keystore as _, KeystoreError as CoreError, KeystoreFile, Randomness as _,
    SigningReason as CoreReason, SoftwareKeystore, SystemRandomness, WalletError as Core,
};
use std::fmt;
use std::sync::Arc;

/// The methods of [`Keystore`](crate::Keystore) over keys in a file, and whoever can read the file has them. Not for phones: it lets
/// the tests of an app hand questions on, or answer them otherwise.
#[derive(uniffi::Object)]
pub struct KeyFile {
    keys: Arc<SoftwareKeystore>,
    _live: Live,
}

#[uniffi::export]
impl KeyFile {
    /// Opens the file, or makes it with the first key.
    #[uniffi::constructor]
    pub async fn open(path: String) -> Result<Arc<Self>, WalletError> {
        let keys = run(Obeyed::default(), async move || {
            let file = Box::new(KeystoreFile::new(path.into()));
            Ok(SoftwareKeystore::open(file, SystemRandomness.generator())?)
        });
        Ok(Arc::new(Self { keys: Arc::new(keys.await?), _live: Live::new() }))
    }

    /// See [`Keystore::create_key`](crate::Keystore::create_key).
    pub async fn create_key(&self, alias: String, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        self.ask(alias, move |keys, alias| keys.create_key(alias, purpose.into())).await
    }

    /// See [`Keystore::public_key`](crate::Keystore::public_key).
    pub async fn public_key(&self, alias: String) -> Result<Vec<u8>, KeystoreError> {
        self.ask(alias, |keys, alias| keys.public_key(alias)).await
    }

    /// See [`Keystore::sign`](crate::Keystore::sign). A file asks nobody, so it is told no reason.
    pub async fn sign(&self, alias: String, message: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.ask(alias, move |keys, alias| Ok(keys.sign(alias, &message, &CoreReason::default())?.to_vec()))
            .await
    }

    /// See [`Keystore::wrap`](crate::Keystore::wrap).
    pub async fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.ask(alias, move |keys, alias| keys.wrap(alias, &plain)).await
    }

    /// See [`Keystore::unwrap`](crate::Keystore::unwrap).
    pub async fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeystoreError> {
        self.ask(alias, move |keys, alias| Ok(keys.unwrap(alias, &wrapped)?.to_vec())).await
    }

    /// See [`Keystore::delete`](crate::Keystore::delete).
    pub async fn delete(&self, alias: String) -> Result<(), KeystoreError> {
        self.ask(alias, |keys, alias| keys.delete(alias)).await
    }

    /// See [`Keystore::attest`](crate::Keystore::attest): nothing attests a file.
    pub async fn attest(&self, alias: String, challenge: Vec<u8>) -> Result<Option<Vec<u8>>, KeystoreError> {
        self.ask(alias, move |keys, alias| keys.attestation(alias, &challenge)).await
    }
}

impl KeyFile {
    async fn ask<T: Send + 'static>(
        &self,
        alias: String,
        question: impl FnOnce(&SoftwareKeystore, &KeyAlias) -> Result<T, CoreError> + Send + 'static,
    ) -> Result<T, KeystoreError> {
        let keys = Arc::clone(&self.keys);
        let answered = run(Obeyed::default(), async move || {
            let Ok(alias) = KeyAlias::new(&alias) else { return Ok(Err(CoreError::Missing)) };
            Ok::<_, Core>(question(&keys, &alias))
        });
        answered.await.map_err(|_| KeystoreError::Failed)?.map_err(KeystoreError::from)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyFile")
    }
}
