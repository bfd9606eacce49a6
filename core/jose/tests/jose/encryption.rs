//! What is encrypted opens for its receiver, unchanged, and for nobody else.

use citizen_jose::jwe::{self, ContentEncryption, Curve, EncryptError, JweHeader, SoftwareKeyAgreement};
use citizen_jose::{
    Algorithm, HeaderError, JweError, Jwk, KeyAgreement, Signer, SoftwareSigner, UnverifiedJwe, base64url,
};
use citizen_primitives::random;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn receiver(curve: Curve) -> SoftwareKeyAgreement {
    SoftwareKeyAgreement::generate(curve, &mut random::system()).with_kid("enc-1")
}

fn header(enc: ContentEncryption) -> JweHeader {
    let mut header = JweHeader::new(enc);
    (header.apu, header.apv) = (b"wallet".to_vec(), "마포구".as_bytes().to_vec());
    header.extra.insert("iss".to_owned(), json!("x"));
    header
}

fn encrypt(to: &Jwk, enc: ContentEncryption) -> String {
    jwe::encrypt(to, &header(enc), "홍 길동".as_bytes(), &mut random::system()).unwrap()
}

fn open(text: &str, own: &dyn KeyAgreement) -> Result<Vec<u8>, JweError> {
    UnverifiedJwe::parse(text)?.decrypt(own).map(|opened| opened.plaintext().to_vec())
}

/// The same JWE with another header.
fn with_header(text: &str, change: impl Fn(&mut Map<String, Value>)) -> String {
    let (protected, rest) = text.split_once('.').unwrap();
    let mut members: Map<String, Value> =
        serde_json::from_slice(&base64url::decode(protected).unwrap()).unwrap();
    change(&mut members);
    format!("{}.{rest}", base64url::encode(Value::Object(members).to_string()))
}

fn with_member(text: &str, name: &str, value: Value) -> String {
    with_header(text, |members| drop(members.insert(name.to_owned(), value.clone())))
}

#[test]
fn what_is_encrypted_opens_for_the_receiver_on_both_curves_and_at_both_lengths() {
    for curve in [Curve::P256, Curve::X25519] {
        for enc in ContentEncryption::ALL {
            let own = receiver(curve);
            let text = encrypt(&own.jwk(), enc);
            let opened = UnverifiedJwe::parse(&text).unwrap().decrypt(&own).unwrap();
            assert_eq!(opened.plaintext(), "홍 길동".as_bytes());
            assert_eq!((opened.header().enc, opened.header().kid.as_deref()), (enc, Some("enc-1")));
            assert_eq!(
                (&opened.header().apu, &opened.header().extra),
                (&header(enc).apu, &header(enc).extra)
            );
            assert_eq!(format!("{opened:?}"), "Decrypted(hidden)");
            assert_eq!(open(&text, &receiver(curve)), Err(JweError::Refused));
            // No two are alike: each has a key of its own.
            assert_ne!(text, encrypt(&own.jwk(), enc));
        }
    }
    // A private key in its JSON form is the same key.
    let own = receiver(Curve::X25519);
    let again = SoftwareKeyAgreement::from_private_jwk(&own.dangerous_private_jwk()).unwrap();
    assert!(open(&encrypt(&own.jwk(), ContentEncryption::A256Gcm), &again).is_ok());
    assert!(!format!("{own:?}").contains(own.dangerous_private_jwk()["d"].as_str().unwrap()));
}

#[test]
fn jose_12_no_other_encryption_is_read() {
    let own = receiver(Curve::P256);
    let good = encrypt(&own.jwk(), ContentEncryption::A256Gcm);
    for (name, value) in [
        ("alg", json!("dir")),
        ("alg", json!("none")),
        ("alg", json!("ECDH-ES+A128KW")),
        ("alg", json!("RSA1_5")),
        ("enc", json!("A192GCM")),
        ("enc", json!("A128CBC-HS256")),
        ("enc", json!("none")),
        ("zip", json!("DEF")),
    ] {
        assert_eq!(open(&with_member(&good, name, value), &own), Err(JweError::Algorithm), "{name}");
    }
    for missing in ["alg", "enc"] {
        let text = with_header(&good, |members| drop(members.remove(missing)));
        assert_eq!(open(&text, &own), Err(JweError::Algorithm), "{missing}");
    }
    // An encrypted key where there is none; parts missing or too many; a short tag; a short nonce.
    let parts: Vec<&str> = good.split('.').collect();
    let join = |parts: &[&str]| parts.join(".");
    for bad in [
        join(&[parts[0], "AAAA", parts[2], parts[3], parts[4]]),
        join(&parts[..4]),
        format!("{good}."),
        join(&[parts[0], "", parts[2], parts[3], &parts[4][..16]]),
        join(&[parts[0], "", &parts[2][..12], parts[3], parts[4]]),
        join(&[parts[0], "", parts[2], parts[3], ""]),
    ] {
        assert_eq!(open(&bad, &own), Err(JweError::Malformed), "{bad}");
    }
    assert_eq!(open(&"a".repeat(citizen_jose::jws::LARGEST + 1), &own), Err(JweError::TooLarge));
}

#[test]
fn jose_8_and_4_no_extension_is_passed_over_and_no_member_stands_twice() {
    let own = receiver(Curve::P256);
    let good = encrypt(&own.jwk(), ContentEncryption::A128Gcm);
    let critical = with_member(&good, "crit", json!(["exp"]));
    assert_eq!(open(&critical, &own), Err(JweError::Header(HeaderError::Critical)));
    let twice = base64url::encode(r#"{"alg":"ECDH-ES","enc":"A128GCM","enc":"A256GCM"}"#);
    assert_eq!(
        open(&format!("{twice}..AAAA.AAAA.AAAA"), &own),
        Err(JweError::Header(HeaderError::Malformed))
    );
}

#[test]
fn jose_13_the_senders_key_is_a_point_of_the_receivers_curve() {
    let own = receiver(Curve::P256);
    let good = encrypt(&own.jwk(), ContentEncryption::A128Gcm);
    let other = receiver(Curve::P256).jwk().to_value();
    let mut off_curve = other.clone();
    off_curve["y"] = other["x"].clone();
    let mut private = other.clone();
    private["d"] = other["x"].clone();
    for (epk, error) in [
        (other, JweError::Refused),
        (off_curve, JweError::Header(HeaderError::Key)),
        (private, JweError::Header(HeaderError::Key)),
        (receiver(Curve::X25519).jwk().to_value(), JweError::Key),
        (json!("x"), JweError::Header(HeaderError::Key)),
    ] {
        assert_eq!(open(&with_member(&good, "epk", epk.clone()), &own), Err(error), "{epk}");
    }
    // A point of small order: both sides would agree on nothing but zeros.
    let own = receiver(Curve::X25519);
    let small = json!({ "kty": "OKP", "crv": "X25519", "x": base64url::encode([0; 32]) });
    let good = encrypt(&own.jwk(), ContentEncryption::A128Gcm);
    assert_eq!(open(&with_member(&good, "epk", small.clone()), &own), Err(JweError::Key));
    let to = Jwk::from_value(&small).unwrap();
    let refused = jwe::encrypt(&to, &header(ContentEncryption::A128Gcm), b"", &mut random::system());
    assert_eq!(refused, Err(EncryptError::Key));
}

#[test]
fn jose_2_nothing_is_encrypted_to_a_key_that_is_for_something_else() {
    let own = receiver(Curve::P256);
    for (said, allowed) in [
        (json!({ "use": "enc", "alg": "ECDH-ES" }), true),
        (json!({ "key_ops": ["deriveKey"] }), true),
        (json!({ "key_ops": ["deriveBits"] }), true),
        (json!({ "key_ops": [] }), true),
        (json!({ "use": "sig" }), false),
        (json!({ "alg": "ES256" }), false),
        (json!({ "alg": "ECDH-ES+A256KW" }), false),
        (json!({ "key_ops": ["verify"] }), false),
    ] {
        let mut jwk = own.jwk().to_value();
        jwk.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let to = Jwk::from_value(&jwk).unwrap();
        let outcome = jwe::encrypt(&to, &header(ContentEncryption::A128Gcm), b"", &mut random::system());
        assert_eq!(outcome.is_ok(), allowed, "{said}");
    }
    let signer = SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system());
    let outcome =
        jwe::encrypt(&signer.jwk(), &header(ContentEncryption::A128Gcm), b"", &mut random::system());
    assert_eq!(outcome, Err(EncryptError::Key));
}

#[test]
fn who_sends_and_who_receives_is_in_the_key() {
    let own = receiver(Curve::P256);
    let good = encrypt(&own.jwk(), ContentEncryption::A128Gcm);
    for name in ["apu", "apv"] {
        assert_eq!(open(&with_member(&good, name, json!("QQ")), &own), Err(JweError::Refused), "{name}");
    }
    // And the rest of the header is under the tag.
    assert_eq!(open(&with_member(&good, "iss", json!("y")), &own), Err(JweError::Refused));
    // `extra` cannot stand for a member of its own.
    let mut sly = header(ContentEncryption::A128Gcm);
    for name in ["alg", "enc", "epk", "zip", "crit", "kid"] {
        sly.extra.insert(name.to_owned(), json!("x"));
    }
    let text = jwe::encrypt(&own.jwk(), &sly, b"x", &mut random::system()).unwrap();
    assert_eq!(open(&text, &own), Ok(b"x".to_vec()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn content_of_any_length_opens_and_no_changed_character_does(
        plain in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..1000, to in "[A-Za-z0-9_.-]"
    ) {
        let own = receiver(Curve::X25519);
        let text = jwe::encrypt(&own.jwk(), &header(ContentEncryption::A256Gcm), &plain, &mut random::system()).unwrap();
        prop_assert_eq!(open(&text, &own), Ok(plain));
        let at = at % text.len();
        let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
        prop_assert_eq!(open(&changed, &own).is_ok(), changed == text);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}", json in r#"[\[\]{}":,a-z0-9.]{0,100}"#) {
        let _ = UnverifiedJwe::parse(&text);
        let encoded = base64url::encode(&json);
        let _ = UnverifiedJwe::parse(&format!("{encoded}..{encoded}.{encoded}.{encoded}"));
    }
}
