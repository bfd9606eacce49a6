//! The suites: canonical JSON, SHA-256, and a signature by an Ed25519 or a P-256 key.

use citizen_jose::Algorithm;

/// How a proof is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suite {
    /// `eddsa-jcs-2022` (Data Integrity EdDSA Cryptosuites 1.0, 3.3): Ed25519.
    EddsaJcs2022,
    /// `ecdsa-jcs-2019` (Data Integrity ECDSA Cryptosuites 1.0, 3.3) with P-256: `r ‖ s` over SHA-256. With P-384 it has other hashes, and is not read
    /// here: no such key is.
    EcdsaJcs2019,
}

impl Suite {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::EddsaJcs2022, Self::EcdsaJcs2019];

    /// Its identifier.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EddsaJcs2022 => "eddsa-jcs-2022",
            Self::EcdsaJcs2019 => "ecdsa-jcs-2019",
        }
    }

    /// By its identifier; letter case counts.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    /// The one that keys of this algorithm sign by.
    #[must_use]
    pub const fn by(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::EdDsa => Self::EddsaJcs2022,
            Algorithm::Es256 => Self::EcdsaJcs2019,
        }
    }

    /// The algorithm of its keys.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::EddsaJcs2022 => Algorithm::EdDsa,
            Self::EcdsaJcs2019 => Algorithm::Es256,
        }
    }
}
