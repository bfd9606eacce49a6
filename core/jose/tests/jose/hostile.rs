//! Tokens that must not be believed.

use crate::rfc::{ES256_SIGNATURE, PAYLOAD, ed25519_key, es256_key};
use citizen_jose::{
    Algorithm, ClaimError, Expected, Header, HeaderError, Jwk, JwkError, JwsError, Signer, SoftwareSigner,
    UnverifiedJws, UnverifiedJwt, base64url, jws, jwt,
};
use citizen_primitives::{Seconds, UnixTime, random};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn signers() -> [SoftwareSigner; 2] {
    [es256_key(), ed25519_key()].map(|key| SoftwareSigner::from_private_jwk(&key).unwrap())
}

/// A token with a header as it pleases, signed properly.
fn forged(header: Value, signer: &dyn Signer) -> String {
    let input = format!("{}.{}", base64url::encode(header.to_string()), base64url::encode("{}"));
    format!("{input}.{}", base64url::encode(signer.sign(input.as_bytes()).unwrap()))
}

fn verify(token: &str, key: &Jwk) -> Result<(), JwsError> {
    UnverifiedJwt::parse(token)?.verify(key, &Expected::any()).map(drop)
}

#[test]
fn jose_1_none_and_shared_secrets_are_refused_whatever_the_key() {
    for signer in signers() {
        for alg in ["none", "None", "nOnE", "HS256", "RS256", "ES384", "ES256K", "Ed448", ""] {
            let token = forged(json!({ "alg": alg }), &signer);
            assert_eq!(verify(&token, &signer.jwk()), Err(JwsError::Header(HeaderError::Algorithm)), "{alg}");
            let (unsigned, _) = token.rsplit_once('.').unwrap();
            assert!(verify(&format!("{unsigned}."), &signer.jwk()).is_err(), "{alg}");
        }
    }
}

#[test]
fn jose_2_the_algorithm_is_the_keys_and_one_that_is_expected() {
    let [es256, eddsa] = signers();
    // The header says one algorithm, the key is for the other.
    assert_eq!(verify(&forged(json!({ "alg": "EdDSA" }), &es256), &es256.jwk()), Err(JwsError::Key));
    assert_eq!(verify(&forged(json!({ "alg": "ES256" }), &eddsa), &eddsa.jwk()), Err(JwsError::Key));
    // Good, and not what is wanted here.
    let token = forged(json!({ "alg": "EdDSA" }), &eddsa);
    let only_es256 = Expected { typ: None, algorithms: &[Algorithm::Es256] };
    let jwt = UnverifiedJwt::parse(&token).unwrap();
    assert_eq!(jwt.clone().verify(&eddsa.jwk(), &only_es256), Err(JwsError::Algorithm));
    assert_eq!(jwt.verify(&eddsa.jwk(), &Expected { typ: None, algorithms: &[] }), Err(JwsError::Algorithm));
    // A signer is not given a header of another algorithm.
    assert!(jws::sign(&Header::new(Algorithm::Es256), b"", &eddsa).is_err());
}

#[test]
fn jose_2_a_key_is_used_for_what_it_says_alone() {
    let [es256, _] = signers();
    let token = forged(json!({ "alg": "ES256" }), &es256);
    for (said, allowed) in [
        (json!({}), true),
        (json!({ "use": "sig", "alg": "ES256", "key_ops": ["sign", "verify"] }), true),
        (json!({ "use": "enc" }), false),
        (json!({ "use": "Sig" }), false),
        (json!({ "alg": "ECDH-ES" }), false),
        (json!({ "alg": "ES384" }), false),
        (json!({ "alg": "EdDSA" }), false),
        (json!({ "key_ops": ["deriveBits"] }), false),
    ] {
        let mut jwk = es256.jwk().to_value();
        jwk.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        let expected = if allowed { Ok(()) } else { Err(JwsError::Key) };
        assert_eq!(verify(&token, &Jwk::from_value(&jwk).unwrap()), expected, "{said}");
    }
}

#[test]
fn jose_5_and_6_a_key_is_public_whole_and_on_its_curve() {
    let good = signers().map(|signer| signer.jwk().to_value());
    let with = |at: usize, name: &str, value: Value| {
        let mut jwk = good[at].clone();
        jwk[name] = value;
        Jwk::from_value(&jwk).map(drop)
    };
    assert_eq!(with(0, "d", json!("")), Err(JwkError::Private));
    assert_eq!(with(1, "d", json!(null)), Err(JwkError::Private));
    for curve in ["P-384", "P-521", "secp256k1", "p-256", "Ed25519", ""] {
        assert_eq!(with(0, "crv", json!(curve)), Err(JwkError::Unsupported), "{curve}");
    }
    for curve in ["Ed448", "X448", "P-256", "ed25519"] {
        assert_eq!(with(1, "crv", json!(curve)), Err(JwkError::Unsupported), "{curve}");
    }
    for kty in ["oct", "RSA", "OKP", "AKP", "ec"] {
        assert_eq!(with(0, "kty", json!(kty)), Err(JwkError::Unsupported), "{kty}");
    }
    // Not on the curve; the coordinates exchanged; a coordinate past the field's prime; zeros left out, or too many.
    assert_eq!(with(0, "y", json!(base64url::encode([1; 32]))), Err(JwkError::Point));
    assert_eq!(with(0, "x", good[0]["y"].clone()), Err(JwkError::Point));
    assert_eq!(with(0, "x", json!(base64url::encode([255; 32]))), Err(JwkError::Point));
    for length in [0, 31, 33, 64] {
        assert_eq!(with(0, "x", json!(base64url::encode(vec![0; length]))), Err(JwkError::Malformed));
        assert_eq!(with(1, "x", json!(base64url::encode(vec![0; length]))), Err(JwkError::Malformed));
    }
    assert_eq!(with(0, "x", json!(7)), Err(JwkError::Malformed));
    assert_eq!(with(0, "kid", json!(7)), Err(JwkError::Malformed));
    assert_eq!(with(0, "key_ops", json!("verify")), Err(JwkError::Malformed));
    // Ed25519: the eight points of small order begin with these; a key that is its field's prime plus something.
    let mut one = [0; 32];
    one[0] = 1;
    let mut prime_plus_one = [255; 32];
    (prime_plus_one[0], prime_plus_one[31]) = (0xee, 0x7f);
    for weak in [[0; 32], one, prime_plus_one] {
        assert_eq!(with(1, "x", json!(base64url::encode(weak))), Err(JwkError::Point), "{weak:?}");
    }
    for no_object in [json!(null), json!([]), json!("x")] {
        assert_eq!(Jwk::from_value(&no_object), Err(JwkError::Malformed));
    }
}

#[test]
fn jose_7_a_key_in_the_header_is_no_reason_to_believe_the_token() {
    let [es256, _] = signers();
    let thief = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    // The thief puts her own key in, under the victim's name.
    let header = Header::new(Algorithm::Es256).with_kid("victim").with_jwk(thief.jwk().with_kid("victim"));
    let token = jwt::sign(&header, &json!({ "iss": "victim" }), &thief).unwrap();
    assert_eq!(verify(&token, &es256.jwk().with_kid("victim")), Err(JwsError::Signature));
    // `jku` and `x5u` stay where they are: nobody fetches anything.
    let token = forged(
        json!({ "alg": "ES256", "jku": "https://thief.example", "x5u": "https://thief.example" }),
        &thief,
    );
    assert_eq!(verify(&token, &es256.jwk()), Err(JwsError::Signature));
}

#[test]
fn jose_10_a_token_of_another_type_is_refused_before_its_signature_is_looked_at() {
    let [es256, _] = signers();
    for (typ, expected, taken) in [
        (json!("kb+jwt"), Some("kb+jwt"), true),
        (json!("application/KB+jwt"), Some("kb+jwt"), true),
        (json!("dc+sd-jwt"), Some("kb+jwt"), false),
        (json!("kb+jwt"), None, true),
    ] {
        let token = forged(json!({ "alg": "ES256", "typ": typ }), &es256);
        let jwt = UnverifiedJwt::parse(&token).unwrap();
        let outcome = jwt.verify(&es256.jwk(), &Expected { typ: expected, algorithms: &Algorithm::ALL });
        assert_eq!(outcome.map(drop), if taken { Ok(()) } else { Err(JwsError::Typ) }, "{typ}");
    }
    let untyped = UnverifiedJwt::parse(&forged(json!({ "alg": "ES256" }), &es256)).unwrap();
    assert_eq!(untyped.verify(&es256.jwk(), &Expected::typ("kb+jwt")), Err(JwsError::Typ));
    let mistyped = forged(json!({ "alg": "ES256", "typ": 7 }), &es256);
    assert_eq!(verify(&mistyped, &es256.jwk()), Err(JwsError::Header(HeaderError::Malformed)));
}

#[test]
fn jose_11_a_token_counts_within_its_times_and_no_time_is_something_else() {
    let [es256, _] = signers();
    let outcome = |claims: Value, now: u64, leeway: u64| {
        let token = jwt::sign(&Header::new(Algorithm::Es256), &claims, &es256).unwrap();
        let token = UnverifiedJwt::parse(&token).unwrap().verify(&es256.jwk(), &Expected::any()).unwrap();
        token.times(UnixTime::from_seconds(now), Seconds::new(leeway)).map(drop)
    };
    for (claims, before, from, error) in [
        (json!({ "exp": 100 }), 99, 100, ClaimError::Expired),
        (json!({ "exp": 100.9 }), 99, 100, ClaimError::Expired),
        (json!({ "nbf": 100 }), 100, 99, ClaimError::NotYet),
        (json!({ "iat": 100 }), 100, 99, ClaimError::IssuedInFuture),
        (json!({ "iat": 1, "nbf": 1, "exp": 100 }), 99, 100, ClaimError::Expired),
    ] {
        assert_eq!(outcome(claims.clone(), before, 0), Ok(()), "{claims}");
        assert_eq!(outcome(claims.clone(), from, 0), Err(error), "{claims}");
        assert_eq!(outcome(claims.clone(), from, 1), Ok(()), "{claims}");
    }
    assert_eq!(outcome(json!({}), 0, 0), Ok(()));
    for bad in [json!("100"), json!(-1), json!(-0.5), json!(1e300), json!(null), json!([100])] {
        for name in ["exp", "nbf", "iat"] {
            assert_eq!(outcome(json!({ name: bad }), 50, 0), Err(ClaimError::Malformed), "{name} {bad}");
        }
    }
    // The largest number that there is does not wrap around.
    assert_eq!(outcome(json!({ "exp": u64::MAX }), u64::MAX - 1, 10), Ok(()));
}

#[test]
fn a_token_is_for_whom_it_says() {
    let [es256, _] = signers();
    for (aud, is_for) in [
        (json!("https://a.example"), true),
        (json!(["https://b.example", "https://a.example"]), true),
        (json!("https://b.example"), false),
        (json!("https://a.example/"), false),
        (json!([]), false),
        (json!([["https://a.example"]]), false),
        (json!({ "https://a.example": 1 }), false),
    ] {
        let token = jwt::sign(&Header::new(Algorithm::Es256), &json!({ "aud": aud }), &es256).unwrap();
        let token = UnverifiedJwt::parse(&token).unwrap().verify(&es256.jwk(), &Expected::any()).unwrap();
        assert_eq!(token.is_for("https://a.example"), is_for, "{aud}");
    }
}

#[test]
fn jose_3_the_form_is_the_one_form() {
    let [es256, _] = signers();
    let key = es256.jwk();
    let good = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{ES256_SIGNATURE}");
    assert_eq!(verify(&good, &key), Ok(()));
    for bad in [
        String::new(),
        "..".to_owned(),
        good.replace('.', ""),
        format!("{good}."),
        format!("{good}.e30"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("{good}=="),
        format!(".{PAYLOAD}.{ES256_SIGNATURE}"),
        format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}."),
        // 63 and 65 bytes of signature; DER.
        format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{}", base64url::encode([1; 63])),
        format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{}", base64url::encode([1; 65])),
        // The last character's unused bits: another text of the same bytes.
        good.replace("NU1Q", "NU1R"),
    ] {
        assert!(verify(&bad, &key).is_err(), "{bad}");
    }
    // r or s of zero, or past the order.
    for signature in [[0; 64], [255; 64]] {
        let bad = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{}", base64url::encode(signature));
        assert_eq!(verify(&bad, &key), Err(JwsError::Signature));
    }
}

#[test]
fn jose_4_claims_stand_once_and_are_an_object() {
    let [es256, _] = signers();
    let header = Header::new(Algorithm::Es256);
    for bad in ["[]", "\"x\"", "", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}", "{} {}", "\u{feff}{}"] {
        let token = jws::sign(&header, bad.as_bytes(), &es256).unwrap();
        assert_eq!(verify(&token, &es256.jwk()), Err(JwsError::Payload), "{bad}");
        // A JWS over bytes does not care.
        assert!(UnverifiedJws::parse(&token).unwrap().verify(&es256.jwk(), &Expected::any()).is_ok());
    }
}

#[test]
fn jose_8_unsigned_members_say_nothing_about_the_signature() {
    let [es256, _] = signers();
    let token = forged(json!({ "alg": "ES256", "kid": "a" }), &es256);
    let flattened = |name: &str, value: Value| {
        let unprotected = Map::from_iter([(name.to_owned(), value)]);
        UnverifiedJws::from_object(
            jws::to_flattened(&token, unprotected).unwrap().as_object().unwrap().clone(),
        )
    };
    assert!(flattened("disclosures", json!([])).is_ok());
    for name in ["alg", "crit", "b64", "kid"] {
        assert_eq!(
            flattened(name, json!("a")).unwrap_err(),
            JwsError::Header(HeaderError::Malformed),
            "{name}"
        );
    }
    // Both forms in one; no signature; too many.
    let mut both = jws::to_flattened(&token, Map::new()).unwrap();
    let one = json!({ "protected": both["protected"], "signature": both["signature"] });
    both["signatures"] = json!([one]);
    assert!(UnverifiedJws::parse_json(&both.to_string()).is_err());
    let general =
        |count: usize| json!({ "payload": both["payload"], "signatures": vec![one.clone(); count] });
    for (count, read) in
        [(0, false), (1, true), (jws::MOST_SIGNATURES, true), (jws::MOST_SIGNATURES + 1, false)]
    {
        assert_eq!(UnverifiedJws::parse_json(&general(count).to_string()).is_ok(), read, "{count}");
    }
}

#[test]
fn huge_tokens_are_refused_before_they_are_read() {
    let huge = "a".repeat(jws::LARGEST + 1);
    assert_eq!(UnverifiedJws::parse(&huge), Err(JwsError::TooLarge));
    assert_eq!(UnverifiedJws::parse_json(&huge), Err(JwsError::TooLarge));
    // Many parts, and deep ones, are as quick.
    assert!(UnverifiedJws::parse(&".".repeat(jws::LARGEST)).is_err());
    let deep = base64url::encode(format!("{{\"alg\":{}", "[".repeat(1_000_000)));
    assert!(UnverifiedJws::parse(&format!("{deep}.e30.e30")).is_err());
}

#[test]
fn names_stay_as_they_were_written() {
    let [es256, _] = signers();
    // The first is decomposed (NFD): what is signed is bytes, so nothing here normalises it.
    for name in
        ["\u{1112}\u{1169}\u{11bc} \u{1100}\u{1175}\u{11af}\u{1103}\u{1169}\u{11bc}", "홍 길동", "선우 용녀"]
    {
        let token = jwt::sign(&Header::new(Algorithm::Es256), &json!({ name: name }), &es256).unwrap();
        let jwt = UnverifiedJwt::parse(&token).unwrap().verify(&es256.jwk(), &Expected::any()).unwrap();
        assert_eq!(jwt.text(name), Ok(Some(name)));
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,200}", json in r#"[\[\]{}":,a-z0-9.]{0,100}"#) {
        let _ = UnverifiedJwt::parse(&text);
        let _ = UnverifiedJws::parse_json(&json);
        let _ = Header::parse(json.as_bytes());
        let encoded = base64url::encode(&json);
        let _ = UnverifiedJwt::parse(&format!("{encoded}.{encoded}.{encoded}"));
    }

    #[test]
    fn a_token_with_a_character_changed_does_not_verify(at in 0usize..200, to in "[A-Za-z0-9_.-]") {
        for signer in signers() {
            let token = jwt::sign(&Header::new(signer.algorithm()).with_typ("x"), &json!({ "sub": "홍 길동" }), &signer).unwrap();
            let at = at % token.len();
            let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
            prop_assert_eq!(verify(&changed, &signer.jwk()).is_ok(), changed == token);
        }
    }
}
