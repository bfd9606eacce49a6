//! The signature algorithms (RFC 7518, section 3.4; RFC 8037, section 3.1; RFC 9864, section 2.2): two, and no other is read.

use std::fmt;

/// A JWS signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA over P-256 with SHA-256: `ES256`.
    Es256,
    /// Ed25519: written `EdDSA`, read also by its full name `Ed25519`.
    EdDsa,
}

/// No algorithm that is read here: `none`, those with a shared secret, RSA, other curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an algorithm other than ES256 and EdDSA")]
pub struct AlgorithmError;

impl Algorithm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Es256, Self::EdDsa];

    /// Reads the name; letter case counts (JOSE-1).
    pub fn parse(name: &str) -> Result<Self, AlgorithmError> {
        match name {
            "ES256" => Ok(Self::Es256),
            "EdDSA" | "Ed25519" => Ok(Self::EdDsa),
            _ => Err(AlgorithmError),
        }
    }

    /// The name as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jose_1_no_other_algorithm_is_read() {
        for other in [
            "none", "None", "NONE", "nOnE", "", "HS256", "HS512", "RS256", "PS256", "ES384", "ES512",
            "ES256K", "es256", "Ed448", "eddsa", "ES256 ", " none",
        ] {
            assert_eq!(Algorithm::parse(other), Err(AlgorithmError), "{other}");
        }
        assert_eq!(Algorithm::parse("Ed25519"), Ok(Algorithm::EdDsa));
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::parse(algorithm.name()), Ok(algorithm));
        }
    }
}
