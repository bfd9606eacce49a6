//! How rolls know a resident who has the citizen card: by a number that the election office makes, that stands in her card, and that nobody
//! else can match with her (ISSUER-8).

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Secret32;
use citizen_primitives::Hash;
use std::fmt;
use zeroize::Zeroizing;

/// A resident as rolls know her.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Voter([u8; 32]);

/// Makes [`Voter`]s out of numbers of residents. The office and the issuer have one; a registrar does not.
pub struct Voters(Secret32);

impl Voter {
    /// Takes the bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As it stands in the card: 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        Hash::from_bytes(self.0).to_hex()
    }

    /// Reads that, and nothing like it.
    #[must_use]
    pub fn of_hex(text: &str) -> Option<Self> {
        let read = Hash::from_hex(text)?;
        // Upper-case digits would be a second text of the same number.
        (read.to_hex() == text).then_some(Self(*read.as_bytes()))
    }
}

impl Voters {
    /// By the office's secret.
    #[must_use]
    pub fn new(office: &Secret32) -> Self {
        // Apart from the persons that the office hashes under the secret itself.
        Self(Secret32::take(Zeroizing::new(office.keyed_hash(b"\0seoul-wallet/voters"))))
    }

    /// Who has this number in the register of residents.
    #[must_use]
    pub fn of(&self, resident: &str) -> Voter {
        Voter(self.0.keyed_hash(resident.as_bytes()))
    }
}

impl fmt::Debug for Voter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Voter(…)")
    }
}

impl fmt::Debug for Voters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Voters(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_8_a_number_of_the_rolls_is_made_by_the_offices_secret_and_read_in_one_form() {
        let voters = |secret| Voters::new(&Secret32::take(Zeroizing::new([secret; 32])));
        let hers = voters(1).of("SB-1001");
        assert_eq!(voters(1).of("SB-1001"), hers);
        assert!(voters(1).of("SB-1002") != hers && voters(2).of("SB-1001") != hers);
        assert_eq!(Voter::of_hex(&hers.to_hex()), Some(hers));
        let upper = hers.to_hex().to_uppercase();
        for wrong in ["", "ab", &hers.to_hex()[1..], &format!("{}0", hers.to_hex()), upper.as_str()] {
            assert_eq!(Voter::of_hex(wrong), None, "{wrong}");
        }
        assert_eq!(format!("{hers:?} {:?}", voters(1)), "Voter(…) Voters(…)");
    }
}
