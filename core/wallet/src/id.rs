//! What a wallet calls a credential it holds, or a service that knows it: drawn at random, told to nobody.

use crate::error::{Input, WalletError};
use borsh::{BorshDeserialize, BorshSerialize};
#[cfg(feature = "credentials")]
use citizen_primitives::random::{CryptoRng, generate_array};
use std::fmt;
use std::str::FromStr;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $unknown:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name([u8; 16]);

        #[cfg(feature = "credentials")]
        impl $name {
            pub(crate) fn generate(rng: &mut dyn CryptoRng) -> Self {
                Self(generate_array(rng))
            }

            pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// For previews: a name that is the same every day.
            #[cfg(feature = "preview")]
            #[allow(dead_code, reason = "not every name has a preview")]
            pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl FromStr for $name {
            type Err = WalletError;

            fn from_str(text: &str) -> Result<Self, WalletError> {
                read(text).map(Self).ok_or(WalletError::Invalid { input: Input::$unknown })
            }
        }
    )+};
}

names! {
    /// The wallet's own name for a credential: 32 hexadecimal digits.
    CredentialId, CredentialUnknown;
    /// The wallet's own name for what was accepted of an issuer: 32 hexadecimal digits.
    IssuanceId, IssuanceUnknown;
    /// The wallet's own name for a service that she signs in to: 32 hexadecimal digits.
    ServiceId, ServiceUnknown;
}

fn read(text: &str) -> Option<[u8; 16]> {
    let is_lower = text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
    let number = u128::from_str_radix(text, 16).ok()?;
    (text.len() == 32 && is_lower).then(|| number.to_be_bytes())
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
