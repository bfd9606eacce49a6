//! Who takes part: services with a key and a role, phones with their three.

use citizen_coin::Epoch;
use citizen_coin::account::account_id;
use citizen_keys::{DevicePair, HardwareKey, KeyAlias, MemoryBackend, SigningKey, SoftwareKeystore};
use citizen_ledger::{OpenAccount, Role, RoleRecord, Signer};
use citizen_primitives::{AccountId, KeyId, Text, UnixTime};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;

/// A party.
pub(crate) struct Service {
    pub(crate) key: SigningKey,
    pub(crate) role: Role,
}

impl Service {
    pub(crate) fn new(role: Role, seed: u8) -> Self {
        Self { key: SigningKey::from_seed(&[seed; 32]), role }
    }

    pub(crate) fn id(&self) -> KeyId {
        self.key.id()
    }

    /// Its record, from a time on.
    pub(crate) fn record(&self, from: UnixTime) -> RoleRecord {
        RoleRecord {
            role: self.role,
            key: self.key.public(),
            sealing: None,
            name_ko: Text::new("시험").unwrap(),
            name_en: Text::new("Test").unwrap(),
            from,
            until: None,
        }
    }
}

/// A phone with the account it stands for.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) hardware: HardwareKey,
    pub(crate) recovery: Arc<SigningKey>,
    pub(crate) account: AccountId,
    pub(crate) epoch: Epoch,
}

impl Phone {
    /// A phone whose account is not opened yet.
    pub(crate) fn new(seed: u8) -> Self {
        let keystore = SoftwareKeystore::open(
            Box::new(MemoryBackend::default()),
            Box::new(StdRng::seed_from_u64(seed.into())),
        );
        let alias = KeyAlias::new("card").unwrap();
        let hardware = HardwareKey::create(Arc::new(keystore.unwrap()), alias).unwrap();
        let key = Arc::new(SigningKey::from_seed(&[seed; 32]));
        let recovery = Arc::new(SigningKey::from_seed(&[seed ^ 0x80; 32]));
        let mut phone =
            Self { key, hardware, recovery, account: AccountId::from_bytes([0; 32]), epoch: Epoch::new(0) };
        let OpenAccount { device, recovery, salt } = phone.opening();
        phone.account = account_id(&device, &recovery, &salt);
        phone
    }

    pub(crate) fn opening(&self) -> OpenAccount {
        OpenAccount { device: self.pair(), recovery: self.recovery.public(), salt: [7; 16] }
    }

    pub(crate) fn pair(&self) -> DevicePair {
        DevicePair::new(&self.key.public(), self.hardware.public()).unwrap()
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer::Device { account: self.account, epoch: self.epoch, device: self.pair() }
    }

    /// A new phone that takes this one's account over: another key pair, the next epoch.
    pub(crate) fn successor(&self, seed: u8) -> Self {
        Self {
            account: self.account,
            epoch: self.epoch.next(),
            recovery: self.recovery.clone(),
            ..Self::new(seed)
        }
    }
}
