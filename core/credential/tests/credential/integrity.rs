//! Data Integrity with eddsa-jcs-2022: the vectors of vc-di-eddsa to the byte, and what no proof may be.

use crate::support::holder;
use citizen_credential::integrity::{
    self, IntegrityError, ProofExpected, ProofOptions, SigningError, Suite, VerifiedDocument,
};
use citizen_credential::jcs;
use citizen_jose::{Algorithm, Jwk, PublicJwk, Signer as _, SoftwareSigner};
use citizen_primitives::UnixTime;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// The key pair of the vectors: seed and public key, out of `keyPair.json`.
const SEED: &str = "c96ef9ea10c5e414c471723aff9de72c35fa5b70fae97e8832ecac7d2e2b8ed6";
const PUBLIC: &str = "b00d8d938e7f773d51565aad36a623f5344f7f5d1960f9cf3e8e12620ea2810f";
const METHOD: &str = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const EXPECTED: ProofExpected<'static> = ProofExpected {
    verification_method: METHOD,
    purpose: "assertionMethod",
    domain: None,
    challenge: None,
    suites: &Suite::ALL,
    now: NOW,
};

fn object(text: &str) -> Map<String, Value> {
    citizen_jose::json::parse_object(text.as_bytes()).unwrap()
}

fn signed() -> Map<String, Value> {
    object(include_str!("../../vectors/eddsa-jcs-2022/signedJCS.json"))
}

fn unsigned() -> Map<String, Value> {
    let mut document = signed();
    document.remove("proof");
    document
}

fn key() -> Jwk {
    let bytes: [u8; 32] = hex::decode(PUBLIC).unwrap().try_into().unwrap();
    Jwk::new(PublicJwk::ed25519(&bytes).unwrap())
}

fn signer() -> SoftwareSigner {
    let seed: [u8; 32] = hex::decode(SEED).unwrap().try_into().unwrap();
    SoftwareSigner::from_bytes(Algorithm::EdDsa, &seed).unwrap()
}

fn verify(document: Map<String, Value>) -> Result<VerifiedDocument, IntegrityError> {
    integrity::verify(document, &key(), &EXPECTED)
}

fn options() -> ProofOptions {
    ProofOptions {
        verification_method: METHOD.to_owned(),
        purpose: "assertionMethod".to_owned(),
        created: Some("2023-02-24T23:36:38Z".to_owned()),
        domain: None,
        challenge: None,
    }
}

#[test]
fn integrity_7_a_proof_is_for_the_domain_and_the_challenge_that_are_asked_for() {
    let (here, asked) = ("https://library.example", "made-up-just-now");
    let shown = |domain: Option<&str>, challenge: Option<&str>| {
        let [domain, challenge] = [domain, challenge].map(|text| text.map(str::to_owned));
        let options = ProofOptions { domain, challenge, ..options() };
        integrity::sign(&unsigned(), &options, &signer()).unwrap()
    };
    let expected = ProofExpected { domain: Some(here), challenge: Some(asked), ..EXPECTED };
    let judged = |document| integrity::verify(document, &key(), &expected).map(drop);
    assert_eq!(judged(shown(Some(here), Some(asked))), Ok(()));
    for other in [None, Some("https://elsewhere.example"), Some("https://library.example/")] {
        assert_eq!(judged(shown(other, Some(asked))), Err(IntegrityError::Domain), "{other:?}");
    }
    for other in [None, Some("made-up-before")] {
        assert_eq!(judged(shown(Some(here), other)), Err(IntegrityError::Challenge), "{other:?}");
    }
    // Neither can be changed, nor taken for another kind of thing.
    let with = |name: &str, value: Value| {
        let mut document = shown(Some(here), Some(asked));
        document["proof"][name] = value;
        judged(document)
    };
    assert_eq!(with("domain", json!([here])), Err(IntegrityError::Signature));
    assert_eq!(with("domain", json!([here, "https://elsewhere.example"])), Err(IntegrityError::Domain));
    for (name, value) in [("domain", json!(7)), ("domain", json!([7])), ("challenge", json!(7))] {
        assert_eq!(with(name, value.clone()), Err(IntegrityError::Proof), "{name} {value}");
    }
    // Who asks for neither takes a proof that has both.
    assert!(verify(shown(Some(here), Some(asked))).is_ok());
}

#[test]
fn integrity_1_every_hash_on_the_way_and_the_signature_are_those_of_the_vectors() {
    let proof = object(include_str!("../../vectors/eddsa-jcs-2022/proofConfigJCS.json"));
    let canonical = |members: &Map<String, Value>| jcs::to_string(&Value::Object(members.clone())).unwrap();
    assert_eq!(canonical(&unsigned()), include_str!("../../vectors/eddsa-jcs-2022/canonDocJCS.txt").trim());
    assert_eq!(canonical(&proof), include_str!("../../vectors/eddsa-jcs-2022/proofCanonJCS.txt").trim());
    let hash = |members: &Map<String, Value>| hex::encode(Sha256::digest(canonical(members)));
    assert_eq!(hash(&unsigned()), include_str!("../../vectors/eddsa-jcs-2022/docHashJCS.txt").trim());
    assert_eq!(hash(&proof), include_str!("../../vectors/eddsa-jcs-2022/proofHashJCS.txt").trim());
    let both = integrity::hash_data(&proof, &unsigned()).unwrap();
    assert_eq!(hex::encode(both), include_str!("../../vectors/eddsa-jcs-2022/combinedHashJCS.txt").trim());
    let signature = signer().sign(&both).unwrap();
    assert_eq!(hex::encode(signature), include_str!("../../vectors/eddsa-jcs-2022/sigHexJCS.txt").trim());
    assert_eq!(integrity::sign(&unsigned(), &options(), &signer()).unwrap(), signed());
}

#[test]
fn integrity_1_the_signed_credential_is_verified_and_nothing_of_it_may_change() {
    assert_eq!(verify(signed()).unwrap().document(), &unsigned());
    for (name, value) in
        [("name", json!("x")), ("validFrom", json!("2024-01-01T00:00:00Z")), ("more", json!(1))]
    {
        let mut document = signed();
        document.insert(name.to_owned(), value);
        assert_eq!(verify(document), Err(IntegrityError::Signature), "{name}");
    }
    let outcome = integrity::verify(signed(), &holder().jwk(), &EXPECTED);
    assert_eq!(outcome, Err(IntegrityError::Signature));
    let stranger = SoftwareSigner::from_bytes(Algorithm::EdDsa, &[1; 32]).unwrap();
    assert_eq!(integrity::verify(signed(), &stranger.jwk(), &EXPECTED), Err(IntegrityError::Signature));
}

fn proof(change: impl FnOnce(&mut Map<String, Value>)) -> Result<VerifiedDocument, IntegrityError> {
    let mut document = signed();
    change(document["proof"].as_object_mut().unwrap());
    verify(document)
}

#[test]
fn integrity_2_the_proof_is_of_this_suite_and_whole() {
    for (name, value) in [
        ("type", json!("Ed25519Signature2020")),
        ("cryptosuite", json!("eddsa-rdfc-2022")),
        ("cryptosuite", json!("EdDSA-jcs-2022")),
        ("cryptosuite", json!("ecdsa-rdfc-2019")),
        ("cryptosuite", json!(null)),
        ("proofValue", json!("u2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHX")),
        ("proofValue", json!("z2HnF")),
        ("proofValue", json!(1)),
        ("created", json!("yesterday")),
        ("created", json!("2023-02-24T23:36:38")),
    ] {
        let outcome = proof(|proof| drop(proof.insert(name.to_owned(), value.clone())));
        assert_eq!(outcome, Err(IntegrityError::Proof), "{name}: {value}");
    }
    // The name of the other suite makes another proof of it, and one that is not taken is none.
    let other = proof(|proof| drop(proof.insert("cryptosuite".to_owned(), json!("ecdsa-jcs-2019"))));
    assert_eq!(other, Err(IntegrityError::Signature));
    let only = ProofExpected { suites: &[Suite::EcdsaJcs2019], ..EXPECTED };
    assert_eq!(integrity::verify(signed(), &key(), &only), Err(IntegrityError::Proof));
    assert_eq!(verify(unsigned()), Err(IntegrityError::Proof));
    let mut list = signed();
    list.insert("proof".to_owned(), json!([]));
    assert_eq!(verify(list), Err(IntegrityError::Proof));
}

#[test]
fn integrity_3_the_proof_is_for_this_purpose_and_by_this_key() {
    for (name, value) in [("proofPurpose", "authentication"), ("verificationMethod", "did:key:z6Mk#other")] {
        let outcome = proof(|proof| drop(proof.insert(name.to_owned(), json!(value))));
        assert_eq!(outcome, Err(IntegrityError::Purpose), "{name}");
    }
}

#[test]
fn integrity_4_the_documents_contexts_begin_with_the_proofs() {
    let mut reordered = signed();
    reordered["@context"].as_array_mut().unwrap().reverse();
    assert_eq!(verify(reordered), Err(IntegrityError::Context));
    let mut without = signed();
    without.remove("@context");
    assert_eq!(verify(without), Err(IntegrityError::Context));
    // What stands behind them was not signed, and is not handed on.
    let mut more = signed();
    more["@context"].as_array_mut().unwrap().push(json!("https://other.example"));
    assert_eq!(verify(more).unwrap().document()["@context"].as_array().unwrap().len(), 2);
}

fn credential(change: impl FnOnce(&mut Map<String, Value>)) -> Result<String, IntegrityError> {
    let mut document = unsigned();
    change(&mut document);
    let signed = integrity::sign(&document, &options(), &signer()).unwrap();
    verify(signed).unwrap().credential(NOW).map(str::to_owned)
}

#[test]
fn integrity_5_a_credential_has_what_the_data_model_asks_for() {
    assert_eq!(credential(|_| {}).unwrap(), "https://vc.example/issuers/5678");
    let named = credential(|document| document["issuer"] = json!({ "id": "did:seoul:1", "name": "서울시" }));
    assert_eq!(named.unwrap(), "did:seoul:1");
    for (name, value) in [
        ("@context", json!(["https://www.w3.org/2018/credentials/v1"])),
        ("@context", json!(integrity::CONTEXT)),
        ("type", json!(["AlumniCredential"])),
        ("issuer", json!({})),
        ("credentialSubject", json!([])),
        ("credentialSubject", json!({})),
        ("credentialSubject", json!([{ "id": "did:seoul:1" }, {}])),
        ("credentialSubject", json!([{ "id": "did:seoul:1" }, "x"])),
        ("credentialSubject", json!("x")),
        ("validFrom", json!(2023)),
        ("validUntil", json!("2030-01-01")),
    ] {
        let outcome = credential(|document| drop(document.insert(name.to_owned(), value.clone())));
        assert_eq!(outcome, Err(IntegrityError::Credential), "{name}: {value}");
    }
}

/// The credential of the vectors with a member more in its proof, signed with it.
fn signed_with(name: &str, value: Value) -> Map<String, Value> {
    let mut document = signed();
    let proof = document["proof"].as_object_mut().unwrap();
    proof.remove("proofValue");
    proof.insert(name.to_owned(), value);
    let signature = signer().sign(&integrity::hash_data(proof, &unsigned()).unwrap()).unwrap();
    proof.insert("proofValue".to_owned(), json!(format!("z{}", citizen_did::multibase::encode(&signature))));
    document
}

#[test]
fn integrity_6_nothing_counts_outside_its_time() {
    for (name, value) in [("validFrom", "2027-01-16T00:00:00Z"), ("validUntil", "2027-01-15T16:59:59+09:00")]
    {
        let outcome = credential(|document| drop(document.insert(name.to_owned(), json!(value))));
        assert_eq!(outcome, Err(IntegrityError::Time), "{name}");
    }
    // It counts at both ends of its time.
    for (name, value) in [("validFrom", "2027-01-15T08:00:00Z"), ("validUntil", "2027-01-15T17:00:00+09:00")]
    {
        let outcome = credential(|document| drop(document.insert(name.to_owned(), json!(value))));
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
    assert!(
        credential(|document| drop(document.insert("validUntil".to_owned(), json!("2030-01-01T00:00:00Z"))))
            .is_ok()
    );
    let ending = |expires: &str| verify(signed_with("expires", json!(expires))).map(drop);
    assert_eq!(ending("2027-01-15T08:00:01Z"), Ok(()));
    assert_eq!(ending("2027-01-15T08:00:00Z"), Err(IntegrityError::Time));
    let mut document = signed();
    document["proof"]["expires"] = json!("2027-01-15T07:59:59Z");
    assert_eq!(verify(document), Err(IntegrityError::Time));
}

#[test]
fn integrity_2_what_cannot_be_signed_so_is_not() {
    let refused = Err(SigningError::Document(IntegrityError::Document));
    assert_eq!(integrity::sign(&signed(), &options(), &signer()), refused);
    let mut document = unsigned();
    document.insert("number".to_owned(), json!(9_007_199_254_740_993_u64));
    assert_eq!(integrity::sign(&document, &options(), &signer()), refused);
}
