//! W3C credentials with Data Integrity: what neither side takes, one rule at a time.

use crate::vp::to_send;
use crate::w3c::*;
use crate::world::*;
use citizen_credential::integrity::{AUTHENTICATION, HeldDocument, Holder, ProofOptions, sign};
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};
use citizen_openid4vc::dcql::*;
use citizen_openid4vc::vp::*;
use citizen_primitives::{Seconds, random};
use serde_json::{Map, Value, json};

#[test]
fn vp_23_all_of_a_w3c_credential_is_approved_or_nothing_of_it() {
    let (office, key) = (Office::new(), key(Algorithm::Es256));
    let held = office.card(&key);
    let mut meeting = Meeting::asking(&asked());
    let Step::Review(review) = meeting.wallet.next() else { panic!() };
    let candidates = [candidate(&held)];
    let options = review.query.evaluate(&candidates);
    let selection = options.preferred().unwrap();
    let mut listed: Vec<String> = selection.picks[0].claims.iter().map(ToString::to_string).collect();
    listed.sort();
    let subject = ["address", "district", "id", "name"].map(|name| format!("credentialSubject.{name}"));
    assert_eq!(listed[..1], ["@context"]);
    assert_eq!(listed[1..5], subject);
    assert_eq!(listed[5..], ["issuer", "type", "validFrom"]);
    let mut less = selection.clone();
    less.picks[0].claims.retain(|claim| claim.to_string() == "credentialSubject.district");
    let refused = meeting.wallet.approve(&candidates, &less, Insistence::No);
    assert_eq!(
        refused,
        Err(ApproveError::Selection(SelectionError::Claims)),
        "that is not what she would show"
    );
    meeting.wallet.approve(&candidates, &selection, Insistence::No).unwrap();
    // Another document than the one that she saw, with a member more.
    for more in [
        json!({ "name": "card" }),
        json!({ "credentialSubject": {
        "id": held.holder().id(), "district": "마포구", "phone": "010" } }),
    ] {
        let other = office.held(office.issue(&key.jwk(), more), &key);
        assert_eq!(meeting.present(&other), Err(PresentError::TooMuch));
    }
    assert_eq!(meeting.present(&held), Ok(()));
}

#[test]
fn vp_23_a_credential_that_has_not_what_is_asked_for_is_not_offered() {
    let (office, key) = (Office::new(), key(Algorithm::Es256));
    let held = office.card(&key);
    let matches = |change: &dyn Fn(&mut Value)| {
        let mut query = asked();
        change(&mut query["credentials"][0]);
        asks(&query).evaluate(&[candidate(&held)]).satisfiable()
    };
    assert!(matches(&|_| ()));
    assert!(!matches(&|asked| asked["claims"][0]["path"] = json!(["credentialSubject", "salary"])));
    assert!(!matches(&|asked| asked["claims"][0]["values"] = json!(["종로구"])));
    assert!(matches(&|asked| asked["claims"][0]["values"] = json!(["마포구"])));
    assert!(!matches(&|asked| asked["claims"][0]["path"] = json!(["district"])), "paths begin at the root");
    assert!(!matches(&|asked| asked["meta"] = json!({ "type_values": [["CitizenCard", "Other"]] })));
}

/// What the wallet says to a request that is changed so.
fn answered(edit: impl FnOnce(&mut Value)) -> Result<Meeting, String> {
    let ask = Ask { query: asks(&asked()), ..crate::vp::ask(ResponseMode::DirectPost) };
    refused(Meeting::of(ask, None, presents_both(), edit))
}

fn refused(meeting: Meeting) -> Result<Meeting, String> {
    match meeting.wallet.next() {
        Step::Review(_) => Ok(meeting),
        Step::Send(request) => {
            Err(citizen_openid4vc::http::decode_form(&request.body).unwrap()["error"].clone())
        }
        other => panic!("{other:?}"),
    }
}

fn with_suites(ldp: Value) -> impl FnOnce(&mut Value) {
    move |request| request["client_metadata"]["vp_formats_supported"]["ldp_vc"] = ldp
}

#[test]
fn vp_24_proofs_are_of_suites_that_the_verifier_takes() {
    for unknown in [
        json!({ "cryptosuite_values": ["bbs-2023", "ecdsa-rdfc-2019"] }),
        json!({ "proof_type_values": ["Ed25519Signature2020"] }),
    ] {
        let error = answered(with_suites(unknown.clone())).err();
        assert_eq!(error.as_deref(), Some("vp_formats_not_supported"), "{unknown}");
    }
    for malformed in [
        json!({ "cryptosuite_values": [] }),
        json!({ "cryptosuite_values": "ecdsa-jcs-2019" }),
        json!({ "cryptosuite_values": [7] }),
        json!({ "proof_type_values": [] }),
        json!({ "cryptosuite_values": vec!["x"; 65] }),
    ] {
        let error = answered(with_suites(malformed.clone())).err();
        assert_eq!(error.as_deref(), Some("invalid_request"), "{malformed}");
    }
    // The issuer signs by ecdsa-jcs-2019, the holder by the suite of her key: both have to be taken.
    let office = Office::new();
    let presented = |suites: Value, algorithm: Algorithm| {
        let key = key(algorithm);
        let held = office.card(&key);
        let mut meeting = answered(with_suites(json!({ "cryptosuite_values": suites }))).ok().unwrap();
        meeting.approved(&held);
        meeting.present(&held)
    };
    assert_eq!(presented(json!(["ecdsa-jcs-2019"]), Algorithm::Es256), Ok(()));
    assert_eq!(presented(json!(["ecdsa-jcs-2019"]), Algorithm::EdDsa), Err(PresentError::Format));
    assert_eq!(presented(json!(["eddsa-jcs-2022"]), Algorithm::Es256), Err(PresentError::Format));
    assert_eq!(presented(json!(["eddsa-jcs-2022"]), Algorithm::EdDsa), Err(PresentError::Format));
    assert_eq!(presented(json!(["eddsa-jcs-2022", "ecdsa-jcs-2019"]), Algorithm::EdDsa), Ok(()));
}

#[test]
fn vp_24_each_query_is_answered_in_its_own_format() {
    let (registry, office, key) = (Registry::new(), Office::new(), key(Algorithm::Es256));
    let (held, wallet) = (office.card(&key), crate::vp::wallet(&registry));
    let mut meeting = Meeting::asking(&asked());
    meeting.approved(&held);
    let token = wallet.held[0].credential.select_whole(&[]).unwrap();
    let made = vec![(token, Algorithm::Es256)];
    assert_eq!(meeting.wallet.present(made, NOW), Err(PresentError::Format));
    let mut meeting = Meeting::asking(&query());
    let Step::Review(review) = meeting.wallet.next() else { panic!() };
    let candidates = wallet.candidates();
    let selection = review.query.evaluate(&candidates).preferred().unwrap();
    meeting.wallet.approve(&candidates, &selection, Insistence::No).unwrap();
    assert_eq!(meeting.present(&held), Err(PresentError::Format));
    // A wallet that presents no W3C credentials says so, and shows nothing.
    let ask = Ask { query: asks(&asked()), ..crate::vp::ask(ResponseMode::DirectPost) };
    let error = refused(Meeting::of(ask, None, crate::vp::profile(), |_| ())).err();
    assert_eq!(error.as_deref(), Some("vp_formats_not_supported"));
}

/// A presentation for this question, made by whoever signs it.
fn by_hand(meeting: &Meeting, held: &HeldDocument, domain: &str, signer: &SoftwareSigner) -> Value {
    let unsigned = held.present((&meeting.text("nonce"), domain), NOW).unwrap();
    let signature = signer.sign(unsigned.signing_input()).unwrap();
    Value::Object(unsigned.with_signature(&signature))
}

fn unbound() -> Value {
    let mut query = asked();
    query["credentials"][0]["require_cryptographic_holder_binding"] = json!(false);
    query
}

#[test]
fn vp_24_and_25_a_credential_goes_alone_where_no_holder_is_asked_for_and_only_there() {
    let (office, key) = (Office::new(), key(Algorithm::Es256));
    let held = office.card(&key);
    let mut meeting = Meeting::asking(&unbound());
    meeting.approved(&held);
    meeting.present(&held).unwrap();
    let Step::Sign(inputs) = meeting.wallet.next() else { panic!() };
    assert!(inputs.is_empty(), "nobody asked for her signature");
    meeting.wallet.sign(&[], &mut random::system()).unwrap();
    let body = to_send(&meeting.wallet).body;
    let alone = Meeting::presented(&body);
    assert_eq!(alone, Value::Object(held.to_members().clone()));
    meeting.verifier.verify(&body, &office, NOW).unwrap();
    assert_eq!(meeting.verifier.documents().len(), 1);
    // The same where the holder is asked for; and a presentation where none is.
    let is_refused = |verdict| matches!(verdict, Err(VerifyError::Presentation(_)));
    assert!(is_refused(Meeting::asking(&asked()).verdict(&json!([alone]), &office)));
    let mut unasked = Meeting::asking(&unbound());
    let shown = by_hand(&unasked, &held, &unasked.text("client_id"), &key);
    assert!(is_refused(unasked.verdict(&json!([shown]), &office)));
}

#[test]
fn vp_25_a_presentation_counts_for_its_own_question_by_the_subjects_key_and_a_trusted_issuer() {
    let (office, key) = (Office::new(), key(Algorithm::Es256));
    let held = office.card(&key);
    let is_refused = |verdict| matches!(verdict, Err(VerifyError::Presentation(_)));
    // Another question's.
    let shown = Meeting::presented(&Meeting::asking(&asked()).shown(&held, &key));
    assert!(is_refused(Meeting::asking(&asked()).verdict(&json!([shown]), &office)));
    // Made for this one, by somebody's own hand.
    let made =
        |meeting: &Meeting, domain: &str, signer: &SoftwareSigner| by_hand(meeting, &held, domain, signer);
    let here = format!("x509_san_dns:{HOST}");
    let mut meeting = Meeting::asking(&asked());
    let right = made(&meeting, &here, &key);
    let elsewhere = made(&meeting, HOST, &key);
    assert!(is_refused(meeting.verdict(&json!([elsewhere]), &office)), "not the full identifier");
    let thief = crate::w3c::key(Algorithm::Es256);
    let stolen = made(&meeting, &here, &thief);
    assert!(is_refused(meeting.verdict(&json!([stolen]), &office)));
    assert!(is_refused(meeting.verdict(&json!([right]), &Office::new())), "another office's key");
    let mut two = right.as_object().unwrap().clone();
    two.remove("proof");
    two.insert("verifiableCredential".to_owned(), json!([held.to_members(), held.to_members()]));
    let options = ProofOptions {
        verification_method: held.holder().verification_method().to_owned(),
        purpose: AUTHENTICATION.to_owned(),
        created: None,
        domain: Some(here.clone()),
        challenge: Some(meeting.text("nonce")),
    };
    let two = sign(&two, &options, &key).unwrap();
    assert!(is_refused(meeting.verdict(&json!([two]), &office)), "which of them answers?");
    for nothing in
        [json!({}), json!({ "verifiableCredential": [] }), json!({ "verifiableCredential": "eyJ" })]
    {
        assert!(is_refused(meeting.verdict(&json!([nothing]), &office)), "{nothing}");
    }
    assert!(matches!(meeting.verdict(&json!([7]), &office), Err(VerifyError::Malformed)));
    assert!(matches!(meeting.verdict(&json!(["eyJ"]), &office), Err(VerifyError::Presentation(_))));
    let late = NOW.plus(Seconds::new(200));
    assert!(meeting.verifier.documents().is_empty(), "nothing of it was taken");
    let token = json!({ "card": [right] }).to_string();
    let body =
        citizen_openid4vc::http::encode_form(&[("vp_token", &token), ("state", meeting.verifier.state())]);
    assert!(meeting.verifier.verify(&body, &office, late).is_ok());
}

#[test]
fn vp_25_a_verifier_that_trusts_no_issuer_of_documents_takes_none() {
    let (office, key) = (Office::new(), key(Algorithm::Es256));
    let mut meeting = Meeting::asking(&asked());
    let body = meeting.shown(&office.card(&key), &key);
    let verdict = meeting.verifier.verify(&body, &Registry::new(), NOW);
    assert!(matches!(verdict, Err(VerifyError::Presentation(_))));
}

#[test]
fn dcql_4_what_was_shown_is_of_the_type_and_has_the_claims_that_were_asked_for() {
    let key = key(Algorithm::Es256);
    let judged = |office: &Office, more: Value, meta: Value| {
        let mut query = asked();
        query["credentials"][0]["meta"] = json!({ "type_values": meta });
        let mut meeting = Meeting::asking(&query);
        let held = office.held(office.issue(&key.jwk(), more), &key);
        let session = (meeting.text("nonce"), meeting.text("client_id"));
        let unsigned = held.present((&session.0, &session.1), NOW).unwrap();
        let signature = key.sign(unsigned.signing_input()).unwrap();
        meeting.verdict(&json!([unsigned.with_signature(&signature)]), office).map(drop)
    };
    let mismatch = |verdict| matches!(verdict, Err(VerifyError::Query(ResponseError::Mismatch(_))));
    let mut office = Office::new();
    assert!(judged(&office, json!({}), json!([["CitizenCard"]])).is_ok());
    assert!(mismatch(judged(&office, json!({}), json!([["OtherCard"]]))));
    let her = Holder::of(&citizen_did::jwk::did(&key.jwk().key).unwrap().to_string()).unwrap();
    let less = json!({ "credentialSubject": { "id": her.id(), "name": "선우" } });
    assert!(mismatch(judged(&office, less, json!([["CitizenCard"]]))));
    // Types are compared as what they mean: that of the data model here, all others by what the verifier knows of the issuer's contexts.
    let base = "https://www.w3.org/2018/credentials#VerifiableCredential";
    assert!(judged(&office, json!({}), json!([[base, "CitizenCard"]])).is_ok());
    assert!(mismatch(judged(&office, json!({}), json!([["VerifiableCredential"]]))));
    office.terms = vec![("CitizenCard", "https://seoul.example/terms#Card")];
    assert!(judged(&office, json!({}), json!([["https://seoul.example/terms#Card"]])).is_ok());
    assert!(mismatch(judged(&office, json!({}), json!([["CitizenCard"]]))));
}

#[test]
fn vp_7_no_w3c_credential_authorises_a_transaction() {
    let (office, key) = (Office::new(), key(Algorithm::Es256));
    let held = office.card(&key);
    let fields = Map::from_iter([("merchant".to_owned(), json!("빵집")), ("won".to_owned(), json!(1))]);
    let ids = [QueryId::new("card").unwrap()];
    let ask = Ask {
        query: asks(&asked()),
        transactions: vec![TransactionData::encode("kr.seoul.payment", &fields, &ids)],
        ..crate::vp::ask(ResponseMode::DirectPost)
    };
    let mut meeting = Meeting::of(ask, None, presents_both(), |_| ());
    let Step::Review(review) = meeting.wallet.next() else { panic!("{:?}", meeting.wallet.next()) };
    let candidates = [candidate(&held)];
    let selection = review.query.evaluate(&candidates).preferred().unwrap();
    let approved = meeting.wallet.approve(&candidates, &selection, Insistence::No);
    assert_eq!(approved, Err(ApproveError::Transaction));
    // Whoever shows one all the same has authorised nothing.
    let unsigned = held.present((&meeting.text("nonce"), &meeting.text("client_id")), NOW).unwrap();
    let signature = key.sign(unsigned.signing_input()).unwrap();
    let verdict = meeting.verdict(&json!([unsigned.with_signature(&signature)]), &office);
    assert!(matches!(verdict, Err(VerifyError::Transaction)), "{verdict:?}");
}

#[test]
fn vp_13_a_w3c_credential_beside_an_id_token_is_taken_where_no_bond_is_asked_for() {
    let (office, key, known_by) = (Office::new(), key(Algorithm::Es256), key(Algorithm::Es256));
    let held = office.card(&key);
    for (sign_in, is_taken) in [(SignIn::AsStandard, true), (SignIn::Bound, false)] {
        let ask = Ask { query: asks(&asked()), ..crate::vp::ask(ResponseMode::DirectPostJwt) };
        let mut meeting = Meeting::of(ask, Some(sign_in), presents_both(), |_| ());
        meeting.approved(&held);
        meeting.wallet.be_known_by(&known_by.jwk(), NOW).unwrap();
        meeting.present(&held).unwrap();
        meeting.sign(&key);
        let Step::SignIn(bytes) = meeting.wallet.next() else { panic!() };
        meeting.wallet.sign_in(&known_by.sign(&bytes).unwrap(), &mut random::system()).unwrap();
        let verdict = meeting.verifier.verify(&to_send(&meeting.wallet).body, &office, NOW);
        match verdict {
            Ok(_) => assert!(is_taken && meeting.verifier.subject().is_some()),
            Err(error) => {
                assert!(!is_taken && matches!(error, VerifyError::Mixed(_)), "{error:?}");
                assert!(meeting.verifier.documents().is_empty());
            }
        }
    }
}
