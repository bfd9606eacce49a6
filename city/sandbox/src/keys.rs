//! The sandbox's own keys: four validators, four governors, and one or two for each party, as files that the owner alone can read.
//!
//! In a real city each of these lives in a house of its own; here one process plays them all, and says so.

use crate::folder::{Folder, FolderError, Secrecy, at};
use citizen_keys::{SealingKey, Secret32, SigningKey};
use citizen_primitives::random::{CryptoRng, generate_array};
use std::array;
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// How many validators, and how many governors.
pub const HOUSES: usize = 4;
/// How many registrars sign a voting key.
pub const REGISTRARS: usize = 3;
/// How many relays carry ballots.
pub const RELAYS: usize = 2;
/// How many trustees make election keys.
pub const TRUSTEES: usize = 5;
/// How many services ask for credentials.
pub const VERIFIERS: usize = 4;
/// How many officers see to the recovery of accounts.
pub const OFFICERS: usize = 5;

/// Seeds of everybody in the sandbox.
pub struct Keys {
    /// Who signs headers.
    pub validators: [[u8; 32]; HOUSES],
    /// Who decides on roles and parameters.
    pub governors: [[u8; 32]; HOUSES],
    /// The treasury's signing key.
    pub treasury: [u8; 32],
    /// The secret by which the treasury names persons and evidence.
    pub treasury_secret: [u8; 32],
    /// The centre's signing key.
    pub centre: [u8; 32],
    /// The centre's X25519 key, to which orders are sealed.
    pub centre_sealing: [u8; 32],
    /// The bank's signing key.
    pub bank: [u8; 32],
    /// The election office's signing key.
    pub office: [u8; 32],
    /// The secret by which the office names persons on its rolls.
    pub office_secret: [u8; 32],
    /// The registrars' signing keys,
    pub registrars: [[u8; 32]; REGISTRARS],
    /// and the X25519 keys to which requests are sealed.
    pub registrars_sealing: [[u8; 32]; REGISTRARS],
    /// The relays' signing keys.
    pub relays: [[u8; 32]; RELAYS],
    /// The trustees' signing keys,
    pub trustees: [[u8; 32]; TRUSTEES],
    /// and the X25519 keys to which shares are sealed.
    pub trustees_sealing: [[u8; 32]; TRUSTEES],
    /// The keys of the officers of recovery,
    pub officers: [[u8; 32]; OFFICERS],
    /// and the X25519 keys to which what they are told is sealed.
    pub officers_sealing: [[u8; 32]; OFFICERS],
    /// The issuer's key on the ledger, which anchors its status lists.
    pub issuer: [u8; 32],
    /// The secret with which it makes nonces and tokens.
    pub issuer_secret: [u8; 32],
    /// The keys of verifiers,
    pub verifiers: [[u8; 32]; VERIFIERS],
    /// and the secrets by which they name those who sign in.
    pub verifier_secrets: [[u8; 32]; VERIFIERS],
}

impl Keys {
    /// Fresh ones.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self {
            validators: array::from_fn(|_| generate_array(rng)),
            governors: array::from_fn(|_| generate_array(rng)),
            treasury: generate_array(rng),
            treasury_secret: generate_array(rng),
            centre: generate_array(rng),
            centre_sealing: generate_array(rng),
            bank: generate_array(rng),
            office: generate_array(rng),
            office_secret: generate_array(rng),
            registrars: array::from_fn(|_| generate_array(rng)),
            registrars_sealing: array::from_fn(|_| generate_array(rng)),
            relays: array::from_fn(|_| generate_array(rng)),
            trustees: array::from_fn(|_| generate_array(rng)),
            trustees_sealing: array::from_fn(|_| generate_array(rng)),
            officers: array::from_fn(|_| generate_array(rng)),
            officers_sealing: array::from_fn(|_| generate_array(rng)),
            issuer: generate_array(rng),
            verifiers: array::from_fn(|_| generate_array(rng)),
            verifier_secrets: array::from_fn(|_| generate_array(rng)),
            issuer_secret: generate_array(rng),
        }
    }

    /// Reads them from the folder; what is missing is made, so a start that was cut off is taken up again.
    pub fn open(folder: &Folder, rng: &mut dyn CryptoRng) -> Result<Self, FolderError> {
        folder.room("keys")?;
        let keys = Self::generate(rng);
        for (name, fresh) in keys.named() {
            let name = format!("keys/{name}.seed");
            if folder.read(&name)?.is_none() {
                folder.write(&name, format!("{}\n", hex::encode(fresh)).as_bytes(), Secrecy::OwnerOnly)?;
            }
        }
        Self::read(folder.path())
    }

    /// Reads them from a city's folder that another process may have open; all of them are there.
    pub fn read(city: &Path) -> Result<Self, FolderError> {
        let mut keys = Self::blank();
        for (name, seed) in keys.named_mut() {
            let path = city.join("keys").join(format!("{name}.seed"));
            let text = std::fs::read_to_string(&path).map_err(at(&path))?;
            hex::decode_to_slice(text.trim_end(), seed).map_err(|_| FolderError::Damaged(path))?;
        }
        Ok(keys)
    }

    /// The signing key of a seed.
    #[must_use]
    pub fn signing(seed: &[u8; 32]) -> SigningKey {
        SigningKey::from_seed(seed)
    }

    const fn blank() -> Self {
        let none = [0; 32];
        Self {
            validators: [none; HOUSES],
            governors: [none; HOUSES],
            treasury: none,
            treasury_secret: none,
            centre: none,
            centre_sealing: none,
            bank: none,
            office: none,
            office_secret: none,
            registrars: [none; REGISTRARS],
            registrars_sealing: [none; REGISTRARS],
            relays: [none; RELAYS],
            trustees: [none; TRUSTEES],
            trustees_sealing: [none; TRUSTEES],
            officers: [none; OFFICERS],
            officers_sealing: [none; OFFICERS],
            issuer: none,
            issuer_secret: none,
            verifiers: [none; VERIFIERS],
            verifier_secrets: [none; VERIFIERS],
        }
    }

    fn named(&self) -> Vec<(String, [u8; 32])> {
        let mut copy = Self { ..*self };
        copy.named_mut().map(|(name, seed)| (name, *seed)).collect()
    }

    fn named_mut(&mut self) -> impl Iterator<Item = (String, &mut [u8; 32])> {
        let single = [
            ("treasury", &mut self.treasury),
            ("treasury-secret", &mut self.treasury_secret),
            ("centre", &mut self.centre),
            ("centre-sealing", &mut self.centre_sealing),
            ("bank", &mut self.bank),
            ("election-office", &mut self.office),
            ("election-office-secret", &mut self.office_secret),
            ("issuer", &mut self.issuer),
            ("issuer-secret", &mut self.issuer_secret),
        ];
        let several = [
            ("validator-#", self.validators.as_mut_slice()),
            ("governor-#", &mut self.governors),
            ("registrar-#", &mut self.registrars),
            ("registrar-#-sealing", &mut self.registrars_sealing),
            ("relay-#", &mut self.relays),
            ("trustee-#", &mut self.trustees),
            ("trustee-#-sealing", &mut self.trustees_sealing),
            ("recovery-officer-#", &mut self.officers),
            ("recovery-officer-#-sealing", &mut self.officers_sealing),
            ("verifier-#", &mut self.verifiers),
            ("verifier-#-secret", &mut self.verifier_secrets),
        ];
        let several = several.into_iter().flat_map(|(name, seeds)| {
            seeds.iter_mut().enumerate().map(move |(at, seed)| (name.replace('#', &at.to_string()), seed))
        });
        single.into_iter().map(|(name, seed)| (name.to_owned(), seed)).chain(several)
    }

    /// The X25519 key of a seed.
    #[must_use]
    pub fn sealing(seed: &[u8; 32]) -> SealingKey {
        SealingKey::from_secret(&Secret32::take(Zeroizing::new(*seed)))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::random::system;

    #[test]
    fn keys_are_made_once_and_a_damaged_one_is_named() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        let first = Keys::open(&folder, &mut system()).unwrap();
        let second = Keys::open(&folder, &mut system()).unwrap();
        assert_eq!(first.validators, second.validators);
        assert_eq!((first.bank, first.governors), (second.bank, second.governors));
        std::fs::write(folder.file("keys/bank.seed"), "00").unwrap();
        match Keys::open(&folder, &mut system()) {
            Err(FolderError::Damaged(path)) => assert!(path.ends_with("bank.seed")),
            other => panic!("{other:?}"),
        }
        assert_eq!(format!("{first:?}"), "Keys(…)");
    }
}
