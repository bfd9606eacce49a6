//! Tokens and encrypted texts to and from a library that nobody here wrote: `joserfc` of PyPI.

#[path = "../../../../bindings/xtask/interop/python.rs"]
mod python;

use citizen_jose::jwe::{self, ContentEncryption, Curve, JweHeader, SoftwareKeyAgreement};
use citizen_jose::{
    Algorithm, Expected, Header, KeyAgreement as _, Signer as _, SoftwareSigner, UnverifiedJwe,
    UnverifiedJwt, jwt,
};
use citizen_primitives::random;
use serde_json::{Value, json};
use std::path::Path;

/// Names as citizens write them; the last is decomposed (NFD).
const NAMES: [&str; 3] =
    ["홍 길동", "선우 용녀", "\u{1112}\u{1169}\u{11bc} \u{1100}\u{1175}\u{11af}\u{1103}\u{1169}\u{11bc}"];

fn ask(questions: &[Value]) -> Option<Vec<Value>> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/jose/joserfc_peer.py");
    let answers = python::ask(&program, &Value::from(questions))?;
    let answers = answers.as_array().unwrap().clone();
    assert_eq!(answers.len(), questions.len());
    Some(answers)
}

fn claims() -> Value {
    json!({ "names": NAMES, "number": 9_007_199_254_740_991_u64, "quoted": "\"\\/\u{1f984}\n" })
}

#[test]
fn they_verify_what_we_sign_and_refuse_what_was_changed() {
    let mut questions = Vec::new();
    for algorithm in Algorithm::ALL {
        let signer = SoftwareSigner::generate(algorithm, &mut random::system()).with_kid("k");
        let header = Header::new(algorithm).with_typ("kb+jwt").with_kid("k").with_jwk(signer.jwk());
        let token = jwt::sign(&header, &claims(), &signer).unwrap();
        let (start, _) = token.rsplit_once('.').unwrap();
        let other = jwt::sign(&header, &json!({}), &signer).unwrap();
        let mixed = format!("{start}.{}", other.rsplit_once('.').unwrap().1);
        for token in [token, mixed] {
            questions.push(json!({ "do": "verify", "key": signer.jwk().to_value(), "token": token }));
        }
        questions.push(json!({ "do": "thumbprint", "key": signer.jwk().to_value() }));
    }
    let Some(answers) = ask(&questions) else { return };
    for (answers, questions) in answers.chunks(3).zip(questions.chunks(3)) {
        assert_eq!(answers[0]["claims"], claims(), "{}", answers[0]);
        assert_eq!(answers[0]["header"]["typ"], "kb+jwt");
        assert!(answers[1]["refused"].is_string(), "{}", answers[1]);
        let key = citizen_jose::Jwk::from_value(&questions[2]["key"]).unwrap();
        assert_eq!(answers[2]["thumbprint"], key.thumbprint().to_string());
    }
}

#[test]
fn we_verify_what_they_sign_with_keys_that_they_made() {
    let questions: Vec<Value> = (0..20)
        .flat_map(|_| ["ES256", "EdDSA", "Ed25519"])
        .map(|alg| json!({ "do": "sign", "alg": alg, "typ": "JWT", "claims": claims() }))
        .collect();
    let Some(answers) = ask(&questions) else { return };
    for answer in answers {
        let signer = SoftwareSigner::from_private_jwk(&answer["private"]).unwrap();
        assert_eq!(signer.jwk().to_value(), answer["public"]);
        let token = UnverifiedJwt::parse(answer["token"].as_str().unwrap()).unwrap();
        let verified = token.clone().verify(&signer.jwk(), &Expected::typ("JWT")).unwrap();
        assert_eq!(Value::Object(verified.into_claims()), claims());
        let other = SoftwareSigner::generate(signer.algorithm(), &mut random::system());
        assert!(token.verify(&other.jwk(), &Expected::typ("JWT")).is_err());
    }
}

#[test]
fn they_open_what_we_encrypt() {
    let mut questions = Vec::new();
    for (curve, enc) in variants() {
        let own = SoftwareKeyAgreement::generate(curve, &mut random::system()).with_kid("enc");
        for names in [(&b""[..], &b""[..]), ("지갑".as_bytes(), b"verifier")] {
            let mut header = JweHeader::new(enc);
            (header.apu, header.apv) = (names.0.to_vec(), names.1.to_vec());
            let text = claims().to_string();
            let token = jwe::encrypt(&own.jwk(), &header, text.as_bytes(), &mut random::system()).unwrap();
            questions
                .push(json!({ "do": "decrypt", "private": own.dangerous_private_jwk(), "token": token }));
        }
    }
    let Some(answers) = ask(&questions) else { return };
    for answer in answers {
        let plain = answer["plaintext"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(serde_json::from_str::<Value>(plain).unwrap(), claims());
        assert_eq!(answer["header"]["kid"], "enc");
    }
}

#[test]
fn we_open_what_they_encrypt() {
    let mut keys = Vec::new();
    let mut questions = Vec::new();
    for (curve, enc) in variants() {
        for header in
            [json!({}), json!({ "apu": "7KeA6rCR", "apv": "dmVyaWZpZXI", "typ": "JWT", "cty": "json" })]
        {
            let own = SoftwareKeyAgreement::generate(curve, &mut random::system());
            let mut header = header.clone();
            header["enc"] = json!(enc.name());
            questions.push(json!({ "do": "encrypt", "key": own.jwk().to_value(), "header": header,
                "plaintext": claims().to_string() }));
            keys.push(own);
        }
    }
    let Some(answers) = ask(&questions) else { return };
    for (answer, own) in answers.iter().zip(&keys) {
        let text = answer["token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let opened = UnverifiedJwe::parse(text).unwrap().decrypt(own).unwrap();
        assert_eq!(opened.plaintext(), claims().to_string().as_bytes());
        assert!(UnverifiedJwe::parse(text).unwrap().decrypt(&another(own)).is_err());
    }
}

fn variants() -> impl Iterator<Item = (Curve, ContentEncryption)> {
    [Curve::P256, Curve::X25519].into_iter().flat_map(|curve| ContentEncryption::ALL.map(|enc| (curve, enc)))
}

fn another(own: &SoftwareKeyAgreement) -> SoftwareKeyAgreement {
    SoftwareKeyAgreement::generate(Curve::of(&own.jwk().key).unwrap(), &mut random::system())
}
