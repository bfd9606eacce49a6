//! A key store that is watched: which keys it has, and what happens when one is made or removed.

use citizen_keys::{KeyAlias, KeyPurpose, Keystore, KeystoreError, SigningReason, SoftwareKeystore};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Made,
    Removed,
}

type Hook = Box<dyn Fn(Act) + Send>;

/// What outlives a restart, and what the test does meanwhile.
#[derive(Clone, Default)]
pub struct Watch {
    aliases: Arc<Mutex<BTreeSet<String>>>,
    newest: Arc<Mutex<Option<KeyAlias>>>,
    hook: Arc<Mutex<Option<Hook>>>,
}

pub struct Watched {
    pub inner: SoftwareKeystore,
    pub watch: Watch,
}

impl Watch {
    /// The keys that came in the first one's place and are still there.
    pub fn card_keys(&self) -> usize {
        self.aliases.lock().unwrap().iter().filter(|alias| alias.starts_with("card-key-")).count()
    }

    /// Of the keys of the card the last that was made.
    pub fn forget_the_newest(&self) -> KeyAlias {
        let newest = self.newest.lock().unwrap().take().unwrap();
        assert!(self.aliases.lock().unwrap().remove(newest.as_str()));
        newest
    }

    pub fn whenever(&self, hook: impl Fn(Act) + Send + 'static) {
        *self.hook.lock().unwrap() = Some(Box::new(hook));
    }

    pub fn leave_alone(&self) {
        *self.hook.lock().unwrap() = None;
    }

    fn tell(&self, act: Act) {
        if let Some(hook) = &*self.hook.lock().unwrap() {
            hook(act);
        }
    }
}

impl Keystore for Watched {
    fn create_key(&self, alias: &KeyAlias, purpose: KeyPurpose) -> Result<Vec<u8>, KeystoreError> {
        let made = self.inner.create_key(alias, purpose)?;
        self.watch.aliases.lock().unwrap().insert(alias.as_str().to_owned());
        *self.watch.newest.lock().unwrap() = Some(alias.clone());
        self.watch.tell(Act::Made);
        Ok(made)
    }

    fn public_key(&self, alias: &KeyAlias) -> Result<Vec<u8>, KeystoreError> {
        self.inner.public_key(alias)
    }

    fn sign(
        &self,
        alias: &KeyAlias,
        message: &[u8],
        reason: &SigningReason,
    ) -> Result<[u8; 64], KeystoreError> {
        self.inner.sign(alias, message, reason)
    }

    fn wrap(&self, alias: &KeyAlias, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.inner.wrap(alias, plain)
    }

    fn unwrap(&self, alias: &KeyAlias, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        self.inner.unwrap(alias, wrapped)
    }

    fn delete(&self, alias: &KeyAlias) -> Result<(), KeystoreError> {
        self.inner.delete(alias)?;
        self.watch.aliases.lock().unwrap().remove(alias.as_str());
        self.watch.tell(Act::Removed);
        Ok(())
    }
}
