//! With programs that nobody here wrote, both ways: PyPI `sd-jwt` for tokens, PyPI `rfc8785` for canonical JSON.

#[path = "../../../../bindings/xtask/interop/python.rs"]
mod python;

use crate::specifications::Specification;
use citizen_credential::sd_jwt::{Expected, KeyBinding, Kind, SdJwtIssuer};
use citizen_credential::{ClaimPath, Step, UnverifiedSdJwt, jcs};
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, json};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};
use std::path::Path;

fn ask(questions: &[Value]) -> Option<Vec<Value>> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/credential/sd_jwt_peer.py");
    let answers = python::ask(&program, &Value::from(questions))?;
    let answers = answers.as_array().unwrap().clone();
    assert_eq!(answers.len(), questions.len());
    Some(answers)
}

#[test]
fn we_verify_what_they_issue_and_present_of_every_specification() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/sd-jwt-specs");
    let Some(answers) = ask(&[json!({ "do": "specs", "folder": folder })]) else { return };
    let specifications = answers[0].as_array().unwrap();
    assert_eq!(specifications.len(), 15);
    for specification in specifications {
        Specification(specification.clone()).verify();
    }
}

/// A specification issued by us, with the same claims concealed.
fn issued(specification: &Specification) -> (String, Value) {
    let path = |steps: &Value| {
        let step = |step: &Value| match step {
            Value::String(name) => Step::Name(name.clone()),
            index => Step::Index(usize::try_from(index.as_u64().unwrap()).unwrap()),
        };
        ClaimPath::new(steps.as_array().unwrap().iter().map(step))
    };
    let plain = specification.0["plain"].as_object().unwrap().clone();
    let plan = SdJwtIssuer::new(plain, Kind::Any).unwrap();
    let holder = SoftwareSigner::from_private_jwk(&specification.0["holder_key"]).unwrap();
    let plan = if specification.0["nonce"].is_string() { plan.holder(&holder.jwk()) } else { plan };
    let plan = plan.conceal(specification.0["concealed"].as_array().unwrap().iter().map(path)).unwrap();
    let plan = plan.decoys(ClaimPath::root(), 3).unwrap();
    let issuer = SoftwareSigner::from_bytes(Algorithm::Es256, &[5; 32]).unwrap();
    let token = plan.issue(&Header::new(Algorithm::Es256), &issuer, &mut StdRng::seed_from_u64(7)).unwrap();
    (token.to_compact(), issuer.jwk().to_value())
}

#[test]
fn they_verify_what_we_issue_and_present_of_every_specification() {
    let (mut questions, mut wanted) = (Vec::new(), Vec::new());
    for specification in Specification::kept() {
        let (token, issuer_key) = issued(&specification);
        let unbound = Expected { key_binding: KeyBinding::NotRequired, ..specification.expected() };
        let key = citizen_jose::Jwk::from_value(&issuer_key).unwrap();
        let held = UnverifiedSdJwt::parse(&token).unwrap().accept(&key, &unbound).unwrap();
        questions.push(json!({ "do": "verify", "token": token, "issuer_key": issuer_key }));
        wanted.push(held.verified().claims().clone());

        let paths: Vec<ClaimPath> = held.disclosable().cloned().collect();
        let some: Vec<&ClaimPath> = paths.iter().step_by(2).collect();
        let shown = held.select(some).unwrap();
        let read = UnverifiedSdJwt::parse(&shown.to_compact()).unwrap();
        wanted.push(read.verify(&key, &unbound).unwrap().claims().clone());
        let token = match (specification.0["nonce"].as_str(), specification.0["audience"].as_str()) {
            (Some(nonce), Some(audience)) => {
                let signer = SoftwareSigner::from_private_jwk(&specification.0["holder_key"]).unwrap();
                let unsigned = shown.bind(Algorithm::Es256, (nonce, audience), unbound.now, Map::new());
                let signature = signer.sign(unsigned.signing_input()).unwrap();
                unsigned.with_signature(&signature).to_compact()
            }
            _ => shown.to_compact(),
        };
        let (nonce, audience) = (&specification.0["nonce"], &specification.0["audience"]);
        questions.push(json!({ "do": "verify", "token": token, "issuer_key": issuer_key, "nonce": nonce, "audience": audience }));

        // In JSON they hash the JSON text for a key binding, against the RFC: so without one.
        let json = held.select(&paths).unwrap().to_flattened().unwrap().to_string();
        questions.push(json!({ "do": "verify", "token": json, "issuer_key": issuer_key }));
        wanted.push(held.verified().claims().clone());
    }
    let Some(answers) = ask(&questions) else { return };
    for (answer, wanted) in answers.iter().zip(&wanted) {
        assert_eq!(&answer["claims"], wanted, "{answer}");
    }
}

#[test]
fn they_present_what_we_issue_and_we_verify_it() {
    let kept = Specification::kept();
    let tokens: Vec<(String, Value)> = kept.iter().map(issued).collect();
    let question = |(specification, (token, _)): (&Specification, &(String, Value))| {
        let Value::Object(mut question) = specification.0.clone() else { panic!() };
        question.insert("do".to_owned(), json!("present"));
        question.insert("token".to_owned(), json!(token));
        Value::Object(question)
    };
    let questions: Vec<Value> = kept.iter().zip(&tokens).map(question).collect();
    let Some(answers) = ask(&questions) else { return };
    for ((specification, (_, issuer_key)), answer) in kept.iter().zip(&tokens).zip(&answers) {
        let key = citizen_jose::Jwk::from_value(issuer_key).unwrap();
        let token = UnverifiedSdJwt::parse(answer["token"].as_str().unwrap()).unwrap();
        // They sign with the clock of the machine.
        let now = token_time(answer["token"].as_str().unwrap()).unwrap_or(specification.expected().now);
        let verified = token.verify(&key, &Expected { now, ..specification.expected() }).unwrap();
        let mut wanted = specification.0["presented_claims"].clone();
        if let (Some(cnf), Some(wanted)) = (verified.claim("cnf"), wanted.as_object_mut()) {
            wanted.insert("cnf".to_owned(), cnf.clone());
        }
        assert_eq!(verified.claims(), &wanted, "{}", specification.0["name"]);
    }
}

/// When the key binding of a token was made.
fn token_time(token: &str) -> Option<citizen_primitives::UnixTime> {
    let (_, binding) = token.rsplit_once('~')?;
    let claims = citizen_jose::UnverifiedJwt::parse(binding).ok()?.claims_unverified().clone();
    claims["iat"].as_u64().map(citizen_primitives::UnixTime::from_seconds)
}

#[test]
fn jcs_1_and_2_ten_thousand_random_documents_have_the_same_text_on_both_sides() {
    let Some(answers) = ask(&[json!({ "do": "jcs", "seed": 20_261_121, "count": 10_000 })]) else { return };
    let documents = answers[0].as_array().unwrap();
    assert_eq!(documents.len(), 10_000);
    for document in documents {
        let text = document["document"].as_str().unwrap();
        let value = json::parse(text.as_bytes()).unwrap();
        assert_eq!(jcs::to_string(&value).unwrap(), document["canonical"].as_str().unwrap(), "{text}");
    }
}
