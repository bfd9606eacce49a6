//! Proof Key for Code Exchange: RFC 7636, method S256 alone.

use citizen_jose::base64url;
use citizen_primitives::random::{CryptoRng, generate_array};
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// What the wallet keeps until it redeems the code.
pub struct CodeVerifier(Zeroizing<String>);

impl CodeVerifier {
    /// 256 bits, as 43 characters (§4.1).
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Zeroizing::new(base64url::encode(generate_array::<32>(rng))))
    }

    /// Its characters, for the token request.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the authorization request shows of it (§4.2).
    #[must_use]
    pub fn challenge(&self) -> String {
        challenge(&self.0)
    }
}

impl fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeVerifier(…)")
    }
}

/// The challenge of a verifier: SHA-256, base64url.
#[must_use]
pub fn challenge(verifier: &str) -> String {
    base64url::encode(Sha256::digest(verifier.as_bytes()))
}

/// **VCI-4** Whether a verifier is the one of a challenge (§4.6), and one at all (§4.1).
#[must_use]
pub fn matches(verifier: &str, expected: &str) -> bool {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    (43..=128).contains(&verifier.len())
        && verifier.chars().all(unreserved)
        && challenge(verifier) == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, Appendix B.
    #[test]
    fn the_example_of_the_rfc() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(matches(verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(!matches("short", &challenge("short")));
    }

    #[test]
    fn a_verifier_shows_nothing_of_itself() {
        let verifier = CodeVerifier::generate(&mut citizen_primitives::random::system());
        assert_eq!(format!("{verifier:?}"), "CodeVerifier(…)");
        assert!(matches(verifier.expose(), &verifier.challenge()));
    }
}
