//! Names that cannot be mixed up: each is its own type over 32 bytes.

use crate::hash::Hash;
use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use std::io::{self, Read};

/// Why a text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {0}")]
pub struct IdentifierError(pub &'static str);

macro_rules! identifier {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name(Hash);

        impl $name {
            /// Takes a digest as this name.
            #[must_use]
            pub const fn from_hash(hash: Hash) -> Self {
                Self(hash)
            }

            /// Takes 32 bytes as this name.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(Hash::from_bytes(bytes))
            }

            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                self.0.as_bytes()
            }

            /// Reads 64 hexadecimal digits.
            pub fn from_hex(text: &str) -> Result<Self, IdentifierError> {
                Hash::from_hex(text).map(Self).ok_or(IdentifierError(stringify!($name)))
            }

            /// Lower-case hexadecimal.
            #[must_use]
            pub fn to_hex(&self) -> String {
                self.0.to_hex()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )+ };
}

identifier! {
    /// An account on the ledger. It is not a key: keys come and go under it.
    AccountId,
    /// A public key, by its digest.
    KeyId,
    /// A payment, chosen at random by the phone.
    PaymentId,
    /// A person as one office knows her: a keyed hash that nobody else can make.
    PersonTag,
    /// A poll, by the digest of its manifest.
    PollId,
    /// A transaction, by the digest of its body.
    TransactionId,
    /// A refund, chosen at random by the merchant's till.
    RefundId,
    /// An exchange of points for a gift certificate, chosen at random by the phone.
    RedemptionId,
    /// An organisation's DID, by the digest of what created it: what stands behind `did:seoul:`, in hexadecimal.
    SeoulDid,
    /// A case of recovery as the officers' house alone can name it: a keyed hash of the file in which they saw who is asking.
    RecoveryCaseId,
}

macro_rules! name {
    ($($(#[$doc:meta])* $name:ident, $longest:literal);+ $(;)?) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
        pub struct $name(String);

        impl $name {
            /// Checks the characters (`a-z A-Z 0-9 - _ .`) and the length.
            pub fn new(text: &str) -> Result<Self, IdentifierError> {
                let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
                if text.is_empty() || text.len() > $longest || !text.chars().all(allowed) {
                    return Err(IdentifierError(stringify!($name)));
                }
                Ok(Self(text.to_owned()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl BorshDeserialize for $name {
            fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
                let text = String::deserialize_reader(reader)?;
                Self::new(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )+ };
}

name! {
    /// A ledger's name, as in its Tendermint headers: at most 50 characters.
    ChainId, 50;
    /// A merchant's number at the ZeroPay centre: at most 20 characters.
    MerchantId, 20;
    /// A programme that grants points: at most 40 characters.
    ProgrammeId, 40;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_in_text_and_in_bytes() {
        assert!(ChainId::new("seoul-1").is_ok());
        assert!(ChainId::new("").is_err());
        assert!(ChainId::new("서울").is_err());
        assert!(MerchantId::new(&"1".repeat(21)).is_err());
        assert!(borsh::from_slice::<ChainId>(&borsh::to_vec("a b").unwrap()).is_err());
    }

    #[test]
    fn identifiers_round_trip_through_hexadecimal() {
        let id = PaymentId::from_bytes([7; 32]);
        assert_eq!(PaymentId::from_hex(&id.to_hex()), Ok(id));
        assert!(PaymentId::from_hex("07").is_err());
    }
}
