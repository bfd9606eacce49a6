//! Data Integrity with ecdsa-jcs-2019, the suite of keys in hardware: the vectors of vc-di-ecdsa to the byte; and what a holder shows by it, or by
//! eddsa-jcs-2022.

use crate::support::{AUDIENCE, NONCE, NOW, holder, issuer};
use citizen_credential::integrity::{
    self, AUTHENTICATION, CONTEXT, HeldDocument, Holder, IntegrityError, IssuerKey, PresentationExpected,
    ProofExpected, ProofOptions, Suite, VerifiedPresentation,
};
use citizen_credential::jcs;
use citizen_jose::{Algorithm, Jwk, PublicJwk, Signer, SoftwareSigner, json};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// The key pair of the vectors: scalar and point, out of `keyPair.json`.
const SCALAR: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const POINT: &str = "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const METHOD: &str = "did:key:zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP#zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP";
const ISSUER: &str = "did:web:seoul.example";

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../vectors/ecdsa-jcs-2019/", $name)).trim()
    };
}

fn object(text: &str) -> Map<String, Value> {
    json::parse_object(text.as_bytes()).unwrap()
}

fn members(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("{value}") };
    members
}

#[test]
fn integrity_1_ecdsa_hashes_and_signature_are_those_of_the_vectors() {
    let mut document = object(vector!("signed.json"));
    let signed = document.clone();
    let proof = object(vector!("proofConfig.json"));
    document.remove("proof");
    let canonical = |members: &Map<String, Value>| jcs::to_string(&Value::Object(members.clone())).unwrap();
    assert_eq!(canonical(&document), vector!("canonDoc.txt"));
    assert_eq!(canonical(&proof), vector!("proofCanon.txt"));
    let hash = |members: &Map<String, Value>| hex::encode(Sha256::digest(canonical(members)));
    assert_eq!(hash(&document), vector!("docHash.txt"));
    assert_eq!(hash(&proof), vector!("proofHash.txt"));
    assert_eq!(hex::encode(integrity::hash_data(&proof, &document).unwrap()), vector!("combinedHash.txt"));
    let options = ProofOptions {
        verification_method: METHOD.to_owned(),
        purpose: integrity::ASSERTION.to_owned(),
        created: Some("2023-02-24T23:36:38Z".to_owned()),
        domain: None,
        challenge: None,
    };
    let scalar: [u8; 32] = hex::decode(SCALAR).unwrap().try_into().unwrap();
    let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &scalar).unwrap();
    assert_eq!(integrity::sign(&document, &options, &signer).unwrap(), signed);
    // Byte by byte as somebody with a key in hardware would: r ‖ s in base58btc.
    let unsigned = options.prepare(document.clone(), Suite::EcdsaJcs2019).unwrap();
    assert_eq!(hex::encode(unsigned.signing_input()), vector!("combinedHash.txt"));
    let signature: [u8; 64] = hex::decode(vector!("sigHex.txt")).unwrap().try_into().unwrap();
    let made = unsigned.with_signature(&signature);
    assert_eq!((&made["proof"]["proofValue"], made == signed), (&json!(vector!("sigBTC58.txt")), true));

    let key = Jwk::new(PublicJwk::p256(&hex::decode(POINT).unwrap()).unwrap());
    let expected = ProofExpected {
        verification_method: METHOD,
        purpose: integrity::ASSERTION,
        domain: None,
        challenge: None,
        suites: &Suite::ALL,
        now: NOW,
    };
    let judged = |document, key: &Jwk, expected| integrity::verify(document, key, expected).map(drop);
    assert_eq!(judged(signed.clone(), &key, &expected), Ok(()));
    let mut changed = signed.clone();
    changed.insert("name".to_owned(), json!("x"));
    assert_eq!(judged(changed, &key, &expected), Err(IntegrityError::Signature));
    assert_eq!(judged(signed.clone(), &holder().jwk(), &expected), Err(IntegrityError::Signature));
    let only = ProofExpected { suites: &[Suite::EddsaJcs2022], ..expected };
    assert_eq!(judged(signed, &key, &only), Err(IntegrityError::Proof));
}

#[test]
fn integrity_2_a_key_signs_by_no_suite_but_its_own() {
    let signers: [(&dyn Signer, Suite); 2] =
        [(&holder(), Suite::EddsaJcs2022), (&eddsa(), Suite::EcdsaJcs2019)];
    for (signer, other) in signers {
        let her = Holder::of(&subject(signer)).unwrap();
        let options = ProofOptions {
            verification_method: her.verification_method().to_owned(),
            purpose: integrity::ASSERTION.to_owned(),
            created: None,
            domain: None,
            challenge: None,
        };
        let expected = ProofExpected {
            verification_method: her.verification_method(),
            purpose: integrity::ASSERTION,
            domain: None,
            challenge: None,
            suites: &Suite::ALL,
            now: NOW,
        };
        for (suite, verdict) in [(her.suite(), Ok(())), (other, Err(IntegrityError::Signature))] {
            let unsigned = options.prepare(members(json!({ "a": 1 })), suite).unwrap();
            let signature = signer.sign(unsigned.signing_input()).unwrap();
            let signed = unsigned.with_signature(&signature);
            let judged = integrity::verify(signed, &signer.jwk(), &expected);
            assert_eq!(judged.map(|verified| assert_eq!(verified.suite(), suite)), verdict, "{suite:?}");
        }
    }
}

fn issuer_key(signer: &dyn Signer) -> IssuerKey {
    IssuerKey { issuer: ISSUER.to_owned(), verification_method: format!("{ISSUER}#key-1"), key: signer.jwk() }
}

/// The identifier of whoever has a key.
fn subject(signer: &dyn Signer) -> String {
    citizen_did::jwk::did(&signer.jwk().key).unwrap().to_string()
}

fn issue(signer: &dyn Signer, subject: &str, change: impl FnOnce(&mut Value)) -> Map<String, Value> {
    let mut document = json!({
        "@context": [CONTEXT], "type": ["VerifiableCredential", "CitizenCard"], "issuer": ISSUER,
        "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2028-01-01T00:00:00Z",
        "credentialSubject": { "id": subject, "name": "홍 길동", "district": "마포구" },
    });
    change(&mut document);
    let options = ProofOptions {
        verification_method: format!("{ISSUER}#key-1"),
        purpose: integrity::ASSERTION.to_owned(),
        created: None,
        domain: None,
        challenge: None,
    };
    integrity::sign(&members(document), &options, signer).unwrap()
}

fn card(signer: &dyn Signer) -> Map<String, Value> {
    issue(&issuer(), &subject(signer), |_| ())
}

fn held(signer: &dyn Signer) -> HeldDocument {
    let issuer = issuer_key(&issuer());
    HeldDocument::accept(card(signer), &issuer, &signer.jwk(), (&Suite::ALL, NOW)).unwrap()
}

fn expected() -> PresentationExpected<'static> {
    PresentationExpected {
        domain: AUDIENCE,
        challenge: NONCE,
        longest: Seconds::new(600),
        suites: &Suite::ALL,
        now: NOW,
    }
}

fn judged_by(
    document: Map<String, Value>,
    expected: &PresentationExpected<'_>,
) -> Result<VerifiedPresentation, IntegrityError> {
    let trusts = |credential: &Map<String, Value>| {
        (credential.get("issuer")?.as_str()? == ISSUER).then(|| issuer_key(&issuer()))
    };
    integrity::verify_presentation(document, &trusts, expected)
}

fn judged(document: Map<String, Value>) -> Result<VerifiedPresentation, IntegrityError> {
    judged_by(document, &expected())
}

fn shown_by(signer: &dyn Signer) -> Map<String, Value> {
    let unsigned = held(signer).present((NONCE, AUDIENCE), NOW).unwrap();
    let signature = signer.sign(unsigned.signing_input()).unwrap();
    unsigned.with_signature(&signature)
}

/// A presentation that is changed before its holder signs it: document, and what its proof says.
fn forged(
    change: impl FnOnce(&mut Value, &mut ProofOptions),
) -> Result<VerifiedPresentation, IntegrityError> {
    let signer = holder();
    let her = Holder::of(&subject(&signer)).unwrap();
    let mut document = json!({ "@context": [CONTEXT], "type": ["VerifiablePresentation"], "holder": her.id(),
        "verifiableCredential": [card(&signer)] });
    let mut options = ProofOptions {
        verification_method: her.verification_method().to_owned(),
        purpose: AUTHENTICATION.to_owned(),
        created: Some(NOW.to_rfc3339()),
        domain: Some(AUDIENCE.to_owned()),
        challenge: Some(NONCE.to_owned()),
    };
    change(&mut document, &mut options);
    judged(integrity::sign(&members(document), &options, &signer).unwrap())
}

fn eddsa() -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::EdDsa, &[9; 32]).unwrap()
}

#[test]
fn a_holder_shows_a_credential_whole_by_a_key_of_either_kind_for_one_verifier() {
    let signers: [(&dyn Signer, Suite); 2] =
        [(&holder(), Suite::EcdsaJcs2019), (&eddsa(), Suite::EddsaJcs2022)];
    for (signer, suite) in signers {
        let shown = shown_by(signer);
        assert_eq!(shown["proof"]["cryptosuite"], suite.name());
        let verified = judged(shown).unwrap();
        assert_eq!((verified.holder().id(), verified.credentials().len()), (subject(signer).as_str(), 1));
        assert_eq!(verified.holder().key().key, signer.jwk().key);
        let [credential] = verified.credentials() else { panic!() };
        assert_eq!(credential.document()["credentialSubject"]["name"], "홍 길동");
        assert_eq!(credential.types(), ["VerifiableCredential", "CitizenCard"]);
        assert_eq!(held(signer).verified(), credential);
        assert_eq!(held(signer).verified().suite(), Suite::EcdsaJcs2019, "the issuer's");
        assert_eq!(*held(signer).to_members(), card(signer), "kept as it was issued");
    }
    let by_key = citizen_did::key::did(&holder().jwk().key).unwrap().to_string();
    assert_eq!(Holder::of(&by_key).unwrap().key().key, holder().jwk().key);
    assert!(
        forged(|document, options| {
            document["holder"] = json!({ "id": by_key });
            document["verifiableCredential"] = Value::Object(issue(&issuer(), &by_key, |_| ()));
            options.verification_method = Holder::of(&by_key).unwrap().verification_method().to_owned();
            options.created = None;
        })
        .is_ok()
    );
}

#[test]
fn integrity_7_a_presentation_is_for_one_domain_and_answers_one_challenge() {
    for (change, error) in [
        (PresentationExpected { domain: "https://elsewhere.example", ..expected() }, IntegrityError::Domain),
        (PresentationExpected { challenge: "another", ..expected() }, IntegrityError::Challenge),
    ] {
        assert_eq!(judged_by(shown_by(&holder()), &change), Err(error));
    }
    assert_eq!(forged(|_, options| options.domain = None), Err(IntegrityError::Domain));
    assert_eq!(forged(|_, options| options.challenge = None), Err(IntegrityError::Challenge));
}

#[test]
fn integrity_2_and_3_a_presentation_is_signed_for_authentication_by_a_suite_that_is_taken() {
    assert!(forged(|_, _| ()).is_ok());
    let assertion = forged(|_, options| options.purpose = integrity::ASSERTION.to_owned());
    assert_eq!(assertion, Err(IntegrityError::Purpose));
    let only = PresentationExpected { suites: &[Suite::EddsaJcs2022], ..expected() };
    assert_eq!(judged_by(shown_by(&holder()), &only), Err(IntegrityError::Proof));
    let only = PresentationExpected { suites: &[Suite::EcdsaJcs2019], ..expected() };
    assert!(judged_by(shown_by(&holder()), &only).is_ok());
    let hers = PresentationExpected { suites: &[Suite::EddsaJcs2022], ..expected() };
    assert_eq!(
        judged_by(shown_by(&eddsa()), &hers),
        Err(IntegrityError::Proof),
        "the issuer's suite, not hers"
    );
    assert_eq!(
        judged_by(shown_by(&eddsa()), &only),
        Err(IntegrityError::Proof),
        "her suite, not the issuer's"
    );
}

#[test]
fn integrity_8_a_presentation_is_of_the_data_model_and_of_something() {
    for (name, value) in [
        ("@context", json!(["https://www.w3.org/2018/credentials/v1"])),
        ("@context", json!(CONTEXT)),
        ("type", json!("VerifiableCredential")),
        ("verifiableCredential", json!([])),
        ("verifiableCredential", json!(["eyJ"])),
        ("verifiableCredential", json!("eyJ")),
        ("verifiableCredential", json!(vec![card(&holder()); 17])),
    ] {
        let outcome = forged(|document, _| document[name] = value.clone());
        assert_eq!(outcome, Err(IntegrityError::Presentation), "{name}: {value}");
    }
    let none = forged(|document, _| drop(document.as_object_mut().unwrap().remove("verifiableCredential")));
    assert_eq!(none, Err(IntegrityError::Presentation));
    assert!(forged(|document, _| document["type"] = json!("VerifiablePresentation")).is_ok());
    let two = forged(|document, _| document["verifiableCredential"] = json!(vec![card(&holder()); 2]));
    assert_eq!(two.unwrap().into_credentials().len(), 2);
}

#[test]
fn integrity_9_who_shows_it_is_the_subject_of_every_credential() {
    let others = [card(&eddsa()), issue(&issuer(), "did:web:her.example", |_| ())];
    for other in others {
        let outcome = forged(|document, _| document["verifiableCredential"] = json!([other]));
        assert!(matches!(outcome, Err(IntegrityError::Holder | IntegrityError::Purpose)), "{outcome:?}");
        let beside = forged(|document, _| document["verifiableCredential"] = json!([card(&holder()), other]));
        assert_eq!(beside, Err(IntegrityError::Holder));
    }
    // Another's card under her name, and hers under another's.
    for named in [json!(subject(&eddsa())), json!({ "id": "did:web:x" }), json!({}), json!(7), json!(null)] {
        let outcome = forged(|document, _| document["holder"] = named.clone());
        assert_eq!(outcome, Err(IntegrityError::Holder), "{named}");
    }
    for subjects in [
        json!([{ "id": subject(&holder()), "a": 1 }, { "id": subject(&holder()), "b": 2 }]),
        json!({ "name": "홍 길동" }),
        json!([]),
    ] {
        let about = issue(&issuer(), "", |document| document["credentialSubject"] = subjects.clone());
        let outcome = forged(|document, _| document["verifiableCredential"] = json!([about]));
        assert!(matches!(outcome, Err(IntegrityError::Holder | IntegrityError::Credential)), "{outcome:?}");
    }
    // By another key than the subject's, whatever the proof says of it.
    let mut stolen = shown_by(&holder());
    stolen.remove("proof");
    let her = Holder::of(&subject(&holder())).unwrap();
    let options = ProofOptions {
        verification_method: her.verification_method().to_owned(),
        purpose: AUTHENTICATION.to_owned(),
        created: None,
        domain: Some(AUDIENCE.to_owned()),
        challenge: Some(NONCE.to_owned()),
    };
    let thief = SoftwareSigner::from_bytes(Algorithm::Es256, &[66; 32]).unwrap();
    let signed = integrity::sign(&stolen, &options, &thief).unwrap();
    assert_eq!(judged(signed), Err(IntegrityError::Signature));
    let method = Holder::of(&subject(&thief)).unwrap().verification_method().to_owned();
    let options = ProofOptions { verification_method: method, ..options };
    assert_eq!(judged(integrity::sign(&stolen, &options, &thief).unwrap()), Err(IntegrityError::Purpose));
    // A key for encryption signs nobody in.
    let key = Jwk { usage: Some(citizen_jose::KeyUse::Encryption), ..holder().jwk() };
    let encoded = citizen_jose::base64url::encode(key.to_value().to_string());
    assert_eq!(Holder::of(&format!("did:jwk:{encoded}")), None);
}

#[test]
fn integrity_10_each_credential_is_by_its_issuers_key_and_holds_by_itself() {
    let her = subject(&holder());
    let with = |credential: Map<String, Value>| {
        forged(|document, _| document["verifiableCredential"] = json!([credential]))
    };
    let stranger = issue(&issuer(), &her, |document| document["issuer"] = json!("did:web:other.example"));
    assert_eq!(with(stranger.clone()), Err(IntegrityError::Issuer), "nobody has its key");
    // A key that is trusted for one issuer says nothing in another's name.
    let named = integrity::verify_credential(stranger, &issuer_key(&issuer()), (&Suite::ALL, NOW));
    assert_eq!(named, Err(IntegrityError::Issuer));
    assert_eq!(with(issue(&eddsa(), &her, |_| ())), Err(IntegrityError::Signature), "another's key");
    let mut changed = card(&holder());
    changed["credentialSubject"]["name"] = json!("홍 길순");
    assert_eq!(with(changed), Err(IntegrityError::Signature));
    let over = issue(&issuer(), &her, |document| document["validUntil"] = json!("2026-12-31T00:00:00Z"));
    assert_eq!(with(over), Err(IntegrityError::Time));
    let early = issue(&issuer(), &her, |document| document["validFrom"] = json!("2027-12-31T00:00:00Z"));
    assert_eq!(with(early), Err(IntegrityError::Time));
    let mut bare = card(&holder());
    bare.remove("proof");
    assert_eq!(with(bare), Err(IntegrityError::Proof));
}

#[test]
fn integrity_11_a_presentation_was_made_just_now() {
    let made = |at: UnixTime| forged(|_, options| options.created = Some(at.to_rfc3339())).map(drop);
    let ago = |seconds: u64| UnixTime::from_seconds(NOW.seconds() - seconds);
    assert_eq!(made(ago(600)), Ok(()));
    assert_eq!(made(ago(601)), Err(IntegrityError::Time));
    assert_eq!(made(NOW.plus(Seconds::new(60))), Ok(()));
    assert_eq!(made(NOW.plus(Seconds::new(61))), Err(IntegrityError::Time));
}

#[test]
fn integrity_12_a_status_that_nobody_looks_up_is_not_taken_for_valid() {
    let status = json!({ "type": "BitstringStatusListEntry", "statusPurpose": "revocation" });
    let listed = issue(&issuer(), &subject(&holder()), |document| document["credentialStatus"] = status);
    let outcome = forged(|document, _| document["verifiableCredential"] = json!([listed]));
    assert_eq!(outcome, Err(IntegrityError::Status));
    let accepted = HeldDocument::accept(listed, &issuer_key(&issuer()), &holder().jwk(), (&Suite::ALL, NOW));
    assert_eq!(accepted, Err(IntegrityError::Status));
}

#[test]
fn integrity_13_a_holder_takes_what_is_about_her_key_alone() {
    let accept = |document, signer: &dyn Signer, suites: &[Suite]| {
        HeldDocument::accept(document, &issuer_key(&issuer()), &signer.jwk(), (suites, NOW)).map(drop)
    };
    assert_eq!(accept(card(&holder()), &holder(), &Suite::ALL), Ok(()));
    assert_eq!(accept(card(&eddsa()), &holder(), &Suite::ALL), Err(IntegrityError::Holder));
    let nobody = issue(&issuer(), "urn:uuid:1", |_| ());
    assert_eq!(accept(nobody, &holder(), &Suite::ALL), Err(IntegrityError::Holder));
    let only = [Suite::EddsaJcs2022];
    assert_eq!(accept(card(&holder()), &holder(), &only), Err(IntegrityError::Proof));
    // A context behind those that were signed is not shown to anybody.
    let mut more = card(&holder());
    more["@context"].as_array_mut().unwrap().push(json!("https://other.example"));
    let held =
        HeldDocument::accept(more, &issuer_key(&issuer()), &holder().jwk(), (&Suite::ALL, NOW)).unwrap();
    assert_eq!(held.to_members()["@context"], json!([CONTEXT]));
}
