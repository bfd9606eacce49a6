//! Names within a poll: small numbers that cannot be mixed up, and the voting key.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::PublicKey;
use std::fmt;

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident($number:ty)),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name($number);

        impl $name {
            /// From the number.
            #[must_use]
            pub const fn new(number: $number) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn number(self) -> $number {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )+ };
}

index! {
    /// An electorate, by its place in the manifest, from 0.
    ElectorateIndex(u8),
    /// A contest, by its place in the manifest, from 0.
    ContestIndex(u8),
    /// A sum of a contest, from 0: an option, or, in a ranking, an option at a place.
    CellIndex(u16),
    /// A trustee, by her place in the manifest, from 1: the point at which her share is taken.
    TrusteeIndex(u8),
    /// The number of a ballot under its voting key, from 1; the highest counts.
    Sequence(u32),
}

/// The Ed25519 key that signs the ballots of one citizen in one poll.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct VotingKey([u8; 32]);

impl VotingKey {
    /// Takes the 32 bytes of RFC 8032 as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key to verify with. Whoever lists it checks it first ([`PublicKey::check`]).
    #[must_use]
    pub const fn public(&self) -> PublicKey {
        PublicKey::Ed25519(self.0)
    }
}

impl fmt::Debug for VotingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VotingKey(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, ")")
    }
}
