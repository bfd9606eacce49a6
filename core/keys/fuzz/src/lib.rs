//! What the fuzz target does with a stranger's bytes; a test replays the kept corpus through the same function.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fuzz target fails by panicking"
)]

use citizen_keys::{BatchItem, PublicKey, Signature, verify_batch, verify_zip215};
use citizen_primitives::Label;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest as _, Sha512};

const LABEL: Label = Label::Transaction;
/// A point of order 8.
const ORDER_8: [u8; 32] = [
    0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
    0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
];

struct Claim {
    key: PublicKey,
    message: Vec<u8>,
    signature: Signature,
}

/// Nine bytes for each signature: secrets of key and `R`, their parts (below 8 a part of small order, else an encoding of small order alone that is not
/// the point's own), how much the scalar is too large, a bit to flip in key or signature (none beyond them), and the message. Whether all hold; a
/// batch says so, each alone says so, and the validators' software does. If the first byte is 255 the rest is key, signature and message as they are.
pub fn zip_215(bytes: &[u8]) -> bool {
    if let [255, rest @ ..] = bytes {
        let Some((key, rest)) = rest.split_first_chunk::<32>() else { return false };
        let Some((signature, message)) = rest.split_first_chunk::<64>() else { return false };
        let accepted = verify_zip215(key, message, signature).is_ok();
        assert_eq!(accepted, consensus(key, message, signature));
        return accepted;
    }
    let claims: Vec<Claim> = bytes.as_chunks::<9>().0.iter().take(32).map(made).collect();
    let verdicts: Vec<bool> = claims.iter().map(verdict).collect();
    let items: Vec<_> = claims
        .iter()
        .map(|Claim { key, message, signature }| BatchItem { key, label: LABEL, bytes: message, signature })
        .collect();
    let together = verify_batch(&items).is_ok();
    assert_eq!(together, verdicts.iter().all(|holds| *holds), "{verdicts:?}");
    together && !claims.is_empty()
}

fn verdict(claim: &Claim) -> bool {
    let Claim { key, message, signature } = claim;
    let alone = key.verify(LABEL, message, signature).is_ok();
    let key = key.as_bytes().try_into().unwrap();
    assert_eq!(alone, consensus(key, &LABEL.message(message), signature.as_bytes()));
    alone
}

fn consensus(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let key = ed25519_consensus::VerificationKey::try_from(*key);
    key.and_then(|key| key.verify(&(*signature).into(), message)).is_ok()
}

fn made([of_key, of_r, key_part, r_part, off, flipped, bit, message @ ..]: &[u8; 9]) -> Claim {
    let (a, mut key) = part(*of_key, *key_part);
    let (r, point) = part(*of_r, *r_part);
    let digest = Sha512::new().chain_update(point).chain_update(key).chain_update(LABEL.message(message));
    let k = Scalar::from_bytes_mod_order_wide(&digest.finalize().into());
    let s = r + k * a + Scalar::from(off & 3);
    let mut signature: [u8; 64] = [point, s.to_bytes()].concat().try_into().unwrap();
    match usize::from(*flipped) {
        place @ 0..64 => signature[place] ^= 1 << (bit & 7),
        place @ 64..96 => key[place - 64] ^= 1 << (bit & 7),
        _ => {}
    }
    Claim {
        key: PublicKey::Ed25519(key),
        message: message.to_vec(),
        signature: Signature::Ed25519(signature),
    }
}

/// A secret number and the encoding of its point with a part of small order; or nothing, and an encoding of small order.
fn part(secret: u8, part: u8) -> (Scalar, [u8; 32]) {
    if let Some(encoding) = part.checked_sub(8).and_then(|part| not_canonical(part % 6)) {
        return (Scalar::ZERO, encoding);
    }
    let secret = Scalar::from(u64::from(secret) + 2).invert();
    let generator = CompressedEdwardsY(ORDER_8).decompress().unwrap();
    let small = (0..part & 7).fold(EdwardsPoint::identity(), |point, _| point + generator);
    (secret, (EdwardsPoint::mul_base(&secret) + small).compress().to_bytes())
}

/// `p` and `p + 1` with either sign; and 1 and -1 with the sign that they have not.
fn not_canonical(number: u8) -> Option<[u8; 32]> {
    let ends = |low: u8, middle: u8, high: u8| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (low, high);
        bytes
    };
    let all = [
        ends(0xed, 0xff, 0x7f),
        ends(0xed, 0xff, 0xff),
        ends(0xee, 0xff, 0x7f),
        ends(0xee, 0xff, 0xff),
        ends(0x01, 0x00, 0x80),
        ends(0xec, 0xff, 0xff),
    ];
    all.get(usize::from(number)).copied()
}
