//! Who takes part: services with their keys, a phone with its two.

use super::{GENESIS, text};
use citizen_keys::{
    DevicePair, HardwareKey, KeyAlias, MemoryBackend, Signature, SigningKey, SoftwareKeystore,
};
use citizen_ledger::{Role, RoleRecord, StateKey, TransactionBody, state_key};
use citizen_primitives::{Label, UnixTime};
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::sync::Arc;

/// A service.
pub struct Service {
    pub key: SigningKey,
    pub record: RoleRecord,
}

impl Service {
    pub fn new(role: Role, seed: u8) -> Self {
        let key = SigningKey::from_seed(&[seed; 32]);
        let record = RoleRecord {
            role,
            key: key.public(),
            sealing: None,
            name_ko: text("서울제로페이센터"),
            name_en: text("Seoul ZeroPay Centre"),
            from: GENESIS,
            until: None,
        };
        Self { key, record }
    }

    pub fn until(mut self, until: UnixTime) -> Self {
        self.record.until = Some(until);
        self
    }

    pub fn state_key(&self) -> StateKey {
        state_key::role(self.record.role, &self.record.id())
    }
}

/// A phone: a key in memory and one in its hardware.
pub struct Phone {
    pub key: SigningKey,
    pub hardware: HardwareKey,
}

impl Phone {
    pub fn new(seed: u8) -> Self {
        let keystore =
            SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(Counting(seed))).unwrap();
        let hardware = HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap();
        Self { key: SigningKey::from_seed(&[seed; 32]), hardware }
    }

    pub fn pair(&self) -> DevicePair {
        DevicePair::new(&self.key.public(), self.hardware.public()).unwrap()
    }

    /// Both signatures over a body.
    pub fn sign(&self, body: &TransactionBody) -> Vec<Signature> {
        let bytes = body.signing_bytes();
        vec![
            self.key.sign(Label::Transaction, &bytes),
            self.hardware.sign(Label::Transaction, &bytes).unwrap(),
        ]
    }
}

/// Counts from its seed on: frozen vectors must not depend on a generator's version.
pub struct Counting(pub u8);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}
