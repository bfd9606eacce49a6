//! Verifying with ring. It says the same of every signature as the portable way does (a test holds them against each other).

use super::{BlindError, BlindKey, BlindedOutcome, EXPONENT};
use ring::signature::{RSA_PSS_2048_8192_SHA384, RsaPublicKeyComponents};

/// RSASSA-PSS-VERIFY (RFC 8017, section 8.1.2) with SHA-384, a salt as long as the digest, over the randomizer and the message.
pub(super) fn verify(modulus: &BlindKey, message: &[u8], outcome: &BlindedOutcome) -> Result<(), BlindError> {
    let exponent = EXPONENT.to_be_bytes();
    // ring wants numbers without leading zeros.
    let [_, exponent @ ..] = &exponent;
    let key = RsaPublicKeyComponents { n: &modulus.as_bytes()[..], e: exponent };
    let message = [&outcome.randomizer[..], message].concat();
    key.verify(&RSA_PSS_2048_8192_SHA384, &message, outcome.signature.as_bytes())
        .map_err(|_| BlindError::Signature)
}
