//! Ed25519 by ZIP-215: what is valid alone is valid in a batch and the other way round, on the edge cases where
//! libraries are known to differ (H. de Valence, "It's 255:19AM. Do you know what your validation criteria are?").

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use citizen_keys::{BatchItem, KeyError, PublicKey, Signature, SigningKey, verify_batch};
use citizen_primitives::Label;
use proptest::prelude::*;

/// Every encoding of the eight points of small order that decompresses, the non-canonical ones last.
const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// The order of the prime subgroup, little-endian.
const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

fn bytes(hex: &str) -> [u8; 32] {
    std::array::from_fn(|place| u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).unwrap())
}

fn signature(r: [u8; 32], s: [u8; 32]) -> Signature {
    Signature::Ed25519([r, s].concat().try_into().unwrap())
}

/// What the validators' software says.
fn consensus(key: &PublicKey, message: &[u8], signature: &Signature) -> Option<bool> {
    let (PublicKey::Ed25519(key), Signature::Ed25519(signature)) = (key, signature) else { return None };
    let message = Label::Transaction.message(message);
    let key = ed25519_consensus::VerificationKey::try_from(*key);
    Some(key.and_then(|key| key.verify(&(*signature).into(), &message)).is_ok())
}

/// The verdict, after making sure that the validators' software and a batch give the same one: alone, twice, and among good signatures.
fn verdict(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let alone = key.verify(Label::Transaction, message, signature).is_ok();
    assert!(consensus(key, message, signature).is_none_or(|valid| valid == alone), "{key:?} {signature:?}");
    let item = BatchItem { key, label: Label::Transaction, bytes: message, signature };
    let good = SigningKey::from_seed(&[9; 32]);
    let (public, good_signature) = (good.public(), good.sign(Label::Transaction, b"good"));
    let good =
        BatchItem { key: &public, label: Label::Transaction, bytes: b"good", signature: &good_signature };
    for batch in [vec![item], vec![item, item], vec![good, item, good]] {
        assert_eq!(verify_batch(&batch).is_ok(), alone, "{item:?}");
    }
    alone
}

#[test]
fn keys_1_small_order_and_non_canonical_encodings_are_judged_by_zip_215_alone_and_in_a_batch() {
    for key in SMALL_ORDER {
        for r in SMALL_ORDER {
            let key = PublicKey::Ed25519(bytes(key));
            assert!(verdict(&key, b"any", &signature(bytes(r), [0; 32])), "{key:?} {r}");
        }
    }
}

#[test]
fn keys_4_what_zip_215_accepts_is_still_no_key_to_register() {
    for key in SMALL_ORDER {
        assert_eq!(PublicKey::Ed25519(bytes(key)).check(), Err(KeyError::SmallOrder), "{key}");
    }
    let not_a_point = bytes("0200000000000000000000000000000000000000000000000000000000000000");
    assert_eq!(PublicKey::Ed25519(not_a_point).check(), Err(KeyError::NotAPoint));
    // y = 3 has a point; y = 3 + p is the same point in a second encoding.
    let canonical = bytes("0300000000000000000000000000000000000000000000000000000000000000");
    let second = bytes("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    assert_eq!(PublicKey::Ed25519(canonical).check(), Ok(()));
    assert_eq!(PublicKey::Ed25519(second).check(), Err(KeyError::NotAPoint));
    assert_eq!(PublicKey::P256([2; 33]).check().is_ok(), PublicKey::from_sec1(&[2; 33]).is_ok());
}

#[test]
fn keys_4_a_p256_point_is_registered_in_its_compressed_encoding_alone() {
    // The generator of P-256 (SEC 2, section 2.4.2), whose y is odd.
    let mut point = [0; 33];
    point[1..].copy_from_slice(&bytes("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"));
    for tag in 0..=255 {
        point[0] = tag;
        let usable = matches!(tag, 2 | 3);
        assert_eq!(
            PublicKey::P256(point).check(),
            if usable { Ok(()) } else { Err(KeyError::NotAPoint) },
            "{tag}"
        );
    }
}

#[test]
fn keys_1_a_scalar_that_is_not_reduced_is_refused_alone_and_in_a_batch() {
    let key = SigningKey::from_seed(&[1; 32]);
    let good = *key.sign(Label::Transaction, b"m").as_bytes();
    let (r, s) = good.split_at(32);
    let mut carry = 0;
    let unreduced: Vec<u8> = s
        .iter()
        .zip(bytes(ORDER))
        .map(|(a, b)| {
            carry += u16::from(*a) + u16::from(b);
            let low = u8::try_from(carry & 0xff).unwrap();
            carry >>= 8;
            low
        })
        .collect();
    let unreduced = signature(r.try_into().unwrap(), unreduced.try_into().unwrap());
    assert!(!verdict(&key.public(), b"m", &unreduced));
}

#[test]
fn keys_1_bytes_that_are_no_point_are_refused_alone_and_in_a_batch() {
    let not_a_point = bytes("0200000000000000000000000000000000000000000000000000000000000000");
    let identity = bytes(SMALL_ORDER[0]);
    assert!(!verdict(&PublicKey::Ed25519(not_a_point), b"m", &signature(identity, [0; 32])));
    assert!(!verdict(&PublicKey::Ed25519(identity), b"m", &signature(not_a_point, [0; 32])));
}

#[test]
fn keys_1_a_signature_of_the_other_algorithm_is_refused_in_a_batch_too() {
    let key = SigningKey::from_seed(&[1; 32]);
    let signature = Signature::P256(*key.sign(Label::Transaction, b"m").as_bytes());
    assert!(!verdict(&key.public(), b"m", &signature));
}

#[test]
fn keys_1_wrong_signatures_that_would_cancel_each_other_out_are_refused_in_a_batch() {
    // One too much in the first scalar, one too little in the second: their plain sum is right.
    let key = SigningKey::from_seed(&[1; 32]);
    let shifted = |message: &[u8], up: bool| {
        let mut signature = *key.sign(Label::Transaction, message).as_bytes();
        signature[32] = if up { signature[32].checked_add(1)? } else { signature[32].checked_sub(1)? };
        Some(Signature::Ed25519(signature))
    };
    let (up, down) = (shifted(b"a", true).unwrap(), shifted(b"b", false).unwrap());
    let public = key.public();
    let item = |bytes, signature| BatchItem { key: &public, label: Label::Transaction, bytes, signature };
    assert!(verify_batch(&[item(b"a", &up), item(b"b", &down)]).is_err());
}

#[test]
fn an_empty_batch_holds_nothing_wrong() {
    assert!(verify_batch(&[]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn keys_1_a_batch_is_valid_exactly_if_each_is(
        items in prop::collection::vec((0u8..4, any::<u8>(), prop::option::weighted(0.1, 0usize..64)), 1..12),
    ) {
        let signed: Vec<_> = items
            .iter()
            .map(|(seed, message, broken)| {
                let key = SigningKey::from_seed(&[*seed; 32]);
                let mut signature = *key.sign(Label::Transaction, &[*message]).as_bytes();
                if let Some(place) = broken {
                    signature[*place] ^= 4;
                }
                (key.public(), [*message], Signature::Ed25519(signature))
            })
            .collect();
        let batch: Vec<_> = signed
            .iter()
            .map(|(key, bytes, signature)| BatchItem { key, label: Label::Transaction, bytes, signature })
            .collect();
        let each = signed.iter().all(|(key, bytes, signature)| verdict(key, bytes, signature));
        prop_assert_eq!(verify_batch(&batch).is_ok(), each);
    }
}
