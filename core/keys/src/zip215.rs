//! Ed25519 verified by [ZIP-215](https://zips.z.cash/zip-0215), the ledger's rule, alone and many at once.
//!
//! Written here over the curve that signs, so that a phone carries one curve25519 and one SHA-512 and not two of each; the tests hold it
//! against `ed25519-consensus`, which the validators' software uses. The rule:
//!
//! - `A` (the key) and `R` are encodings of points, also ones that are not canonical;
//! - `s` is less than the group's order;
//! - `8sB = 8R + 8kA`, with `k = SHA-512(R ‖ A ‖ message)` modulo the order.

use crate::signature::SignatureError;
use curve25519_dalek::constants::ED25519_BASEPOINT_POINT as B;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::{IsIdentity as _, VartimeMultiscalarMul as _};
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest as _, Sha512};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A signature with its key and the digest that joins them to the message. None of it is known to be a point or a scalar yet.
pub(crate) struct Claim {
    key: [u8; 32],
    r: [u8; 32],
    s: [u8; 32],
    k: Scalar,
}

/// Whether the signature holds over the bytes as they are: for what others sign, the ledger's validators. All that this project signs has
/// a label before it ([`PublicKey::verify`](crate::PublicKey::verify)).
pub fn verify_zip215(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureError> {
    let claim = Claim::new(key, message, signature);
    let (a, r, s) = (point(claim.key)?, point(claim.r)?, scalar(claim.s)?);
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&claim.k, &-a, &s);
    vanishes(&(r - expected))
}

/// Signatures to be checked together.
#[derive(Default)]
pub(crate) struct Batch {
    /// What the base point is multiplied with, in the end.
    base: Scalar,
    /// Each key once, however many signatures it made: half the work where one party signed all of them.
    keys: BTreeMap<[u8; 32], (EdwardsPoint, Scalar)>,
    points: Vec<EdwardsPoint>,
    factors: Vec<Scalar>,
}

impl Batch {
    /// Adds one, with a coefficient that nobody could foresee who chose the signatures.
    pub(crate) fn add(&mut self, claim: &Claim, coefficient: u128) -> Result<(), SignatureError> {
        let z = Scalar::from(coefficient);
        self.base -= z * scalar(claim.s)?;
        self.points.push(point(claim.r)?);
        self.factors.push(z);
        let (_, factor) = match self.keys.entry(claim.key) {
            Entry::Occupied(key) => key.into_mut(),
            Entry::Vacant(key) => key.insert((point(claim.key)?, Scalar::ZERO)),
        };
        *factor += z * claim.k;
        Ok(())
    }

    /// Whether all of them hold.
    pub(crate) fn verify(self) -> Result<(), SignatureError> {
        let Self { base, keys, mut points, mut factors } = self;
        for (point, factor) in keys.into_values().chain([(B, base)]) {
            points.push(point);
            factors.push(factor);
        }
        vanishes(&EdwardsPoint::vartime_multiscalar_mul(factors, points))
    }
}

impl Claim {
    pub(crate) fn new(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Self {
        let (mut r, mut s) = ([0; 32], [0; 32]);
        let (first, second) = signature.split_at(32);
        r.copy_from_slice(first);
        s.copy_from_slice(second);
        let digest = Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize();
        Self { key: *key, r, s, k: Scalar::from_bytes_mod_order_wide(&digest.into()) }
    }
}

/// A point, also from an encoding that is not canonical.
fn point(bytes: [u8; 32]) -> Result<EdwardsPoint, SignatureError> {
    CompressedEdwardsY(bytes).decompress().ok_or(SignatureError)
}

/// A number less than the order.
fn scalar(bytes: [u8; 32]) -> Result<Scalar, SignatureError> {
    Option::from(Scalar::from_canonical_bytes(bytes)).ok_or(SignatureError)
}

fn vanishes(point: &EdwardsPoint) -> Result<(), SignatureError> {
    if point.mul_by_cofactor().is_identity() { Ok(()) } else { Err(SignatureError) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::traits::Identity as _;

    /// `p = 2^255 - 19` and so much more, with the sign bit.
    fn encoding(above: u8, sign: bool) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed + above, if sign { 0xff } else { 0x7f });
        bytes
    }

    #[test]
    fn keys_1_an_encoding_beyond_the_prime_is_the_point_that_it_is_modulo_the_prime() {
        let mut points = 0;
        for (y, sign) in (0..19).flat_map(|y| [(y, false), (y, true)]) {
            let mut canonical = [0; 32];
            (canonical[0], canonical[31]) = (y, if sign { 0x80 } else { 0 });
            let beyond = encoding(y, sign);
            assert_eq!(point(beyond), point(canonical), "{y} {sign}");
            let consensus = ed25519_consensus::VerificationKey::try_from(beyond);
            assert_eq!(point(beyond).is_ok(), consensus.is_ok(), "{y} {sign}");
            points += usize::from(point(beyond).is_ok());
        }
        assert!((19..38).contains(&points), "{points}");
        // The sign of nothing is passed over.
        assert_eq!(point(encoding(1, true)), Ok(EdwardsPoint::identity()));
    }
}
