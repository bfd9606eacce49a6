//! What a wallet calls a credential it holds: drawn at random, told to nobody.

use crate::error::{Input, WalletError};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_openid4vc::dcql::CandidateId;
use citizen_primitives::random::{CryptoRng, generate_array};
use std::fmt;
use std::str::FromStr;

/// The wallet's own name for a credential: 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct CredentialId([u8; 16]);

impl CredentialId {
    pub(crate) fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(generate_array(rng))
    }

    /// For previews: a name that is the same every day.
    #[cfg(feature = "preview")]
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(crate) fn candidate(&self) -> CandidateId {
        CandidateId::new(&self.to_string())
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for CredentialId {
    type Err = WalletError;

    fn from_str(text: &str) -> Result<Self, WalletError> {
        let unknown = || WalletError::Invalid { input: Input::CredentialUnknown };
        let is_lower = text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
        let number = u128::from_str_radix(text, 16).map_err(|_| unknown())?;
        if text.len() == 32 && is_lower { Ok(Self(number.to_be_bytes())) } else { Err(unknown()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let id = CredentialId([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "07", "zz070707070707070707070707070707", "+7070707070707070707070707070707"] {
            assert!(bad.parse::<CredentialId>().is_err(), "{bad}");
        }
    }
}
