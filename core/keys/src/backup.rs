//! The sealed envelope of a backup. What goes in is the wallet's affair; here it is bytes.

use crate::padding::{pad, unpad};
use crate::recovery::RecoveryCode;
use crate::sealing::{self, SealingError};
use crate::secret::{Purpose, Secret32};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Label, random};
use rand_core::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

const ENVELOPE: Purpose = Purpose::new("backup-envelope");

/// A backup, sealed under a recovery code (KEYS-12). It may be kept anywhere.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BackupEnvelope {
    salt: [u8; 32],
    sealed: Vec<u8>,
}

citizen_primitives::canonical!(BackupEnvelope = 1);

/// Why a backup does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// The code is another, or the backup was changed: nobody can tell which.
    #[error("the backup does not open with this recovery code")]
    Refused,
    /// Not a backup, or more than can be sealed.
    #[error("not a backup")]
    Malformed,
}

impl BackupEnvelope {
    /// Seals the content; its length is padded, so that the envelope does not tell how much there is.
    pub fn seal(rng: &mut dyn CryptoRng, code: &RecoveryCode, content: &[u8]) -> Result<Self, BackupError> {
        let salt: [u8; 32] = random::generate_array(rng);
        let sealed = sealing::seal(rng, &envelope_key(code, &salt), &context(), &pad(content))
            .map_err(|_| BackupError::Malformed)?;
        Ok(Self { salt, sealed })
    }

    /// Opens the envelope.
    pub fn open(&self, code: &RecoveryCode) -> Result<Zeroizing<Vec<u8>>, BackupError> {
        let Self { salt, sealed } = self;
        let padded =
            sealing::open(&envelope_key(code, salt), &context(), sealed).map_err(|error| match error {
                SealingError::Refused => BackupError::Refused,
                SealingError::Malformed => BackupError::Malformed,
            })?;
        let content = unpad(&padded).ok_or(BackupError::Malformed)?;
        Ok(Zeroizing::new(content.to_vec()))
    }
}

impl fmt::Debug for BackupEnvelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupEnvelope").field("length", &self.sealed.len()).finish_non_exhaustive()
    }
}

fn envelope_key(code: &RecoveryCode, salt: &[u8; 32]) -> Secret32 {
    code.backup_key().derive(ENVELOPE, salt)
}

fn context() -> Vec<u8> {
    Label::Backup.prefix()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use citizen_primitives::Canonical as _;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_backed_up_comes_back(content in prop::collection::vec(any::<u8>(), 0..2000)) {
            let rng = &mut Counting::default();
            let code = RecoveryCode::generate(rng);
            let bytes = BackupEnvelope::seal(rng, &code, &content).unwrap().to_canonical();
            let opened = BackupEnvelope::from_canonical(&bytes).unwrap().open(&code).unwrap();
            prop_assert_eq!(opened.as_slice(), content.as_slice());
        }
    }

    #[test]
    fn keys_12_another_code_does_not_open() {
        let rng = &mut Counting::default();
        let (code, other) = (RecoveryCode::generate(rng), RecoveryCode::generate(rng));
        let envelope = BackupEnvelope::seal(rng, &code, b"receipts").unwrap();
        assert_eq!(envelope.open(&other).unwrap_err(), BackupError::Refused);
    }

    #[test]
    fn keys_12_a_backup_with_one_byte_changed_or_lost_is_refused() {
        let rng = &mut Counting::default();
        let code = RecoveryCode::generate(rng);
        let bytes = BackupEnvelope::seal(rng, &code, b"receipts").unwrap().to_canonical();
        let opens =
            |bytes: &[u8]| BackupEnvelope::from_canonical(bytes).is_ok_and(|it| it.open(&code).is_ok());
        assert!(opens(&bytes));
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            assert!(!opens(&changed), "byte {position}");
            assert!(!opens(&bytes[..position]), "cut at {position}");
        }
    }
}
