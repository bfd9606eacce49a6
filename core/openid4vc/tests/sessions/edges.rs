//! The edges of rules: the last that counts beside the first that does not.

use crate::world::{HOST, NOW, PID, endpoint};
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, jwt};
use citizen_openid4vc::dcql::*;
use citizen_openid4vc::dpop::{self, DpopError, SeenProofs, Target};
use citizen_openid4vc::http::{
    Endpoint, HttpResponse, JSON, LARGEST, Method, Reach, decode_form, link_parameters,
};
use citizen_openid4vc::pkce;
use citizen_openid4vc::vci::proof::{self, Audience, ProofError};
use citizen_openid4vc::vci::{CredentialOffer, OfferError};
use citizen_openid4vc::vp::ClientId;
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::{Value, json};

fn later(seconds: u64) -> UnixTime {
    NOW.plus(Seconds::new(seconds))
}

#[test]
fn an_address_is_plain_https_of_4096_characters_at_most() {
    let read = |text: &str| Endpoint::parse(text, Reach::OrLoopback).is_ok();
    for bad in ["ftp://localhost/", "ws://127.0.0.1/", "https://:p@example.kr/", "https:///", "http://"] {
        assert!(!read(bad), "{bad}");
    }
    let long = |length: usize| format!("https://{HOST}/{}", "a".repeat(length - HOST.len() - 9));
    assert!(read(&long(4096)) && !read(&long(4097)));
    let browser = |text: &str| Endpoint::parse_for_browser(text, Reach::Https).is_ok();
    assert!(browser(&format!("{}#b", long(4094))) && !browser(&format!("{}#b", long(4095))));
}

#[test]
fn answers_forms_and_links_are_read_up_to_their_bounds() {
    let body = |length: usize| {
        let mut body = br#"{"a":1}"#.to_vec();
        body.resize(length, b' ');
        HttpResponse::new(200, JSON, body)
    };
    assert!(body(LARGEST).object().is_some() && body(LARGEST).text().is_some());
    assert!(body(LARGEST + 1).object().is_none() && body(LARGEST + 1).text().is_none());
    let form = |length: usize| format!("a={}", "b".repeat(length - 2));
    assert!(decode_form(&form(LARGEST)).is_some() && decode_form(&form(LARGEST + 1)).is_none());
    // What stands behind the fragment counts too.
    let link = |length: usize| format!("openid4vp://?a=1#{}", "b".repeat(length - 17));
    let read = |length: usize| link_parameters(&link(length), &["openid4vp"]).is_some();
    assert!(read(LARGEST) && !read(LARGEST + 1));
}

/// VCI-4
#[test]
fn vci_4_a_verifier_is_of_43_to_128_characters_that_need_no_encoding() {
    let matches = |verifier: &str| pkce::matches(verifier, &pkce::challenge(verifier));
    assert!(matches(&"a".repeat(43)) && matches(&"~".repeat(128)));
    assert!(!matches(&"a".repeat(42)) && !matches(&"a".repeat(129)));
    for odd in [" ", "+", "/", "é", "\0"] {
        assert!(!matches(&format!("{}{odd}", "a".repeat(43))), "{odd:?}");
    }
}

/// VCI-3
#[test]
fn vci_3_a_proof_of_possession_counts_to_the_edges_of_its_time() {
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let url = endpoint("https://issuer.seoul.example/token");
    let verdict = |name: &str, value: Value, nonce: Option<&str>| {
        let mut claims =
            json!({ "jti": "1", "htm": "POST", "htu": url.as_str(), "iat": NOW.seconds(), "nonce": "n" });
        claims[name] = value;
        let header = Header::new(Algorithm::Es256).with_typ("dpop+jwt").with_jwk(signer.jwk());
        let target = Target { method: Method::Post, url: &url, token: None, nonce };
        dpop::verify(&jwt::sign(&header, &claims, &signer).unwrap(), &target, NOW).map(drop)
    };
    let own = Some("n");
    assert_eq!(verdict("iat", json!(NOW.seconds() + 60), own), Ok(()));
    assert_eq!(verdict("iat", json!(NOW.seconds() - 300), own), Ok(()));
    assert_eq!(verdict("jti", json!("j".repeat(256)), own), Ok(()));
    for jti in [String::new(), "j".repeat(257)] {
        assert_eq!(verdict("jti", json!(jti), own), Err(DpopError::Invalid));
    }
    assert_eq!(verdict("jti", json!("1"), None), Ok(()), "a nonce that this server did not ask for");
    assert_eq!(
        verdict("htu", json!(format!("{}?x=1#y", url.as_str())), own),
        Ok(()),
        "query and fragment aside"
    );
}

/// VCI-8
#[test]
fn vci_8_a_proof_is_remembered_as_long_as_it_could_be_taken_again() {
    for wait in [0, 1, 299, 300, 301, 360] {
        let mut seen = SeenProofs::default();
        assert!(seen.remember(b"t", "1", NOW));
        assert!(!seen.remember(b"t", "1", later(wait)), "{wait}");
    }
    let mut seen = SeenProofs::default();
    assert!(seen.remember(b"t", "1", NOW) && seen.remember(b"t", "1", later(361)));
    // Between two sweeps as well: whoever is full has room again as soon as the first is forgotten.
    let mut seen = SeenProofs::default();
    let fill = |seen: &mut SeenProofs, at| {
        (0..SeenProofs::MOST).filter(|n| seen.remember(b"t", &format!("{n}"), at)).count()
    };
    assert_eq!(fill(&mut seen, NOW), SeenProofs::MOST);
    assert!(!seen.remember(b"t", "x", later(300)), "swept, and all of them count still");
    assert!(seen.remember(b"t", "x", later(361)));
    assert_eq!(seen.count(), 1);
}

/// VCI-5
#[test]
fn vci_5_a_key_proof_counts_to_the_edges_of_its_time_and_brings_no_other_key() {
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let audience = Audience { issuer: "https://issuer.example", client: None, nonce: Some("n") };
    let header = || Header::new(Algorithm::Es256).with_typ(proof::TYPE).with_jwk(signer.jwk());
    let verdict = |header: &Header, name: &str, value: Value| {
        let mut claims = json!({ "aud": audience.issuer, "iat": NOW.seconds(), "nonce": "n" });
        claims[name] = value;
        let proof = jwt::sign(header, &claims, &signer).unwrap();
        proof::verify(&proof, &audience, &|nonce| nonce == "n", NOW).map(drop)
    };
    let iat = |seconds: u64| verdict(&header(), "iat", json!(seconds));
    assert_eq!((iat(NOW.seconds() + 60), iat(NOW.seconds() - 600)), (Ok(()), Ok(())));
    let invalid = Err(ProofError::Invalid);
    assert_eq!((iat(NOW.seconds() + 61), iat(NOW.seconds() - 601)), (invalid, invalid));
    for client in [json!(1), json!(null), json!("seoul-wallet")] {
        assert_eq!(
            verdict(&header(), "iss", client.clone()),
            invalid,
            "{client}: an anonymous client has no name"
        );
    }
    let mut attested = header();
    attested.extra.insert("key_attestation".to_owned(), json!("x"));
    assert_eq!(verdict(&attested, "nonce", json!("n")), invalid);
    let certified = header().with_x5c(crate::world::Party::new(&[HOST]).chain);
    assert_eq!(verdict(&certified, "nonce", json!("n")), invalid);
}

/// VCI-1
#[test]
fn vci_1_texts_of_an_offer_have_bounds() {
    let grant = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
    let right = json!({ "credential_issuer": "https://i.example", "credential_configuration_ids": ["a"],
        "grants": { grant: { "pre-authorized_code": "x", "tx_code": {} }, "authorization_code": {} } });
    let read = |edit: &dyn Fn(&mut Value)| {
        let mut value = right.clone();
        edit(&mut value["grants"]);
        CredentialOffer::from_value(&value, Reach::Https).map(drop)
    };
    let refused = Err(OfferError::Offer);
    let code =
        |length: usize| read(&|grants| grants[grant]["pre-authorized_code"] = json!("x".repeat(length)));
    assert_eq!((code(0), code(4096), code(4097)), (refused, Ok(()), refused));
    let state = |length: usize| {
        read(&|grants| grants["authorization_code"]["issuer_state"] = json!("x".repeat(length)))
    };
    assert_eq!((state(4096), state(4097)), (Ok(()), refused));
    let words =
        |count: usize| read(&|grants| grants[grant]["tx_code"]["description"] = json!("가".repeat(count)));
    assert_eq!((words(300), words(301)), (Ok(()), refused));
    for other in [json!(1), json!([]), json!("x"), json!(null)] {
        assert_eq!(read(&|grants| grants["authorization_code"] = other.clone()), refused, "{other}");
        assert_eq!(read(&|grants| grants[grant]["tx_code"] = other.clone()), refused, "{other}");
    }
    let length = |length: u64| read(&|grants| grants[grant]["tx_code"]["length"] = json!(length));
    assert_eq!((length(64), length(65)), (Ok(()), refused));
}

#[test]
fn a_client_identifier_has_a_prefix_and_something_behind_it() {
    for bad in ["x509_san_dns:", "x509_san_dns", ":x", "openid_federation:x", "X509_SAN_DNS:x"] {
        assert_eq!(ClientId::parse(bad), None, "{bad}");
    }
    let long = |length: usize| ClientId::parse(&format!("x509_hash:{}", "a".repeat(length - 10)));
    assert!(long(2048).is_some() && long(2049).is_none());
}

fn sd_jwt(id: &str, more: Value) -> Value {
    let mut asked = json!({ "id": id, "format": "dc+sd-jwt", "meta": { "vct_values": [PID] } });
    for (name, value) in more.as_object().unwrap() {
        asked[name] = value.clone();
    }
    asked
}

fn query(value: &Value) -> Result<Query, QueryError> {
    Query::from_value(value)
}

/// DCQL-1
#[test]
fn dcql_1_a_query_is_read_up_to_its_bounds() {
    let one = |more: Value| query(&json!({ "credentials": [sd_jwt("a", more)] })).map(drop);
    let text = |length: usize| "x".repeat(length);
    assert!(one(json!({ "id": "A-z_0" })).is_ok());
    assert!(one(json!({ "id": text(1024) })).is_ok() && one(json!({ "id": text(1025) })).is_err());
    assert!(QueryId::new(&text(1024)).is_some() && QueryId::new(&text(1025)).is_none());
    let path = |component: String| one(json!({ "claims": [{ "path": [component] }] })).is_ok();
    assert!(path(text(1024)) && !path(text(1025)));
    let many = |count: usize| {
        let all: Vec<Value> = (0..count).map(|number| sd_jwt(&format!("q{number}"), json!({}))).collect();
        query(&json!({ "credentials": all })).is_ok()
    };
    assert!(many(32) && !many(33));
    for value in [json!(-5), json!(u64::MAX), json!(i64::MIN), json!(true)] {
        assert!(one(json!({ "claims": [{ "path": ["x"], "values": [value] }] })).is_ok(), "{value}");
    }
    let other = |meta: Value| {
        query(&json!({ "credentials": [{ "id": "a", "format": "x", "meta": meta }] }))
            .map_err(|error| error.fault)
    };
    assert!(other(json!({})).is_ok());
    assert_eq!(other(json!([])).unwrap_err(), QueryFault::WrongType);
    let mdoc = |path: Value| {
        let asked = json!({ "id": "a", "format": "mso_mdoc", "meta": { "doctype_value": "d" },
            "claims": [{ "path": path }] });
        query(&json!({ "credentials": [asked] })).is_ok()
    };
    assert!(mdoc(json!(["org.iso.18013.5.1", "family_name"])));
    assert!(!mdoc(json!(["family_name"])) && !mdoc(json!(["a", 0])) && !mdoc(json!(["a", "b", "c"])));
    assert_eq!(ClaimsPointer::new(Vec::new()), None);
}

fn card(id: &str) -> Candidate {
    Candidate {
        id: CandidateId::new(id),
        format: Format::SdJwtVc,
        types: vec![PID.to_owned()],
        claims: json!({ "age": 36, "district": "마포구" }),
        authorities: Vec::new(),
        key_bound: true,
    }
}

/// DCQL-2
#[test]
fn dcql_2_what_no_required_set_asks_for_can_be_left_out() {
    let nobody = json!({ "meta": { "vct_values": ["urn:nobody"] } });
    let all = [sd_jwt("a", json!({})), sd_jwt("b", json!({})), sd_jwt("c", json!({})), sd_jwt("d", nobody)];
    let sets = json!([
        { "options": [["a"], ["d"]] },
        { "options": [["b"], ["c"]], "required": false },
        { "options": [["c"]], "required": false }]);
    let found =
        query(&json!({ "credentials": all, "credential_sets": sets })).unwrap().evaluate(&[card("1")]);
    let optional: Vec<bool> = found.queries().iter().map(|query| query.optional).collect();
    assert_eq!(optional, [false, true, true, false]);
    assert_eq!(found.unmatched().map(QueryId::as_str).collect::<Vec<_>>(), ["d"]);
    let plain = query(&json!({ "credentials": all[..2] })).unwrap().evaluate(&[card("1")]);
    assert!(plain.queries().iter().all(|query| !query.optional), "without sets all is asked for");
}

/// DCQL-2
#[test]
fn dcql_2_combinations_of_claims_are_those_of_the_claim_sets() {
    let claims = json!([{ "id": "x", "path": ["age"] }, { "id": "y", "path": ["district"] }, { "id": "z", "path": ["no"] }]);
    let with = |sets: Value| {
        let asked =
            query(&json!({ "credentials": [sd_jwt("a", json!({ "claims": claims, "claim_sets": sets }))] }));
        let found = asked.unwrap().evaluate(&[card("1")]);
        let matches = &found.queries()[0].matches;
        let texts = |claims: &Vec<ClaimsPointer>| claims.iter().map(ToString::to_string).collect::<Vec<_>>();
        matches.iter().flat_map(|found| found.combinations.iter().map(texts)).collect::<Vec<_>>()
    };
    assert_eq!(with(json!([["z"], ["y"], ["x", "y"]])), [vec!["district"], vec!["age", "district"]]);
    assert!(with(json!([["z"], ["x", "z"]])).is_empty());
}

/// DCQL-4
#[test]
fn dcql_4_several_are_presented_where_several_are_asked_for() {
    let asked = |multiple: bool| {
        query(&json!({ "credentials": [sd_jwt("a", json!({ "multiple": multiple }))] })).unwrap()
    };
    let id = QueryId::new("a").unwrap();
    let two = ["1", "2"].map(|name| Presented { query: id.clone(), credential: card(name) });
    assert_eq!(asked(true).check_response(&two), Ok(()));
    assert_eq!(asked(false).check_response(&two), Err(ResponseError::TooMany));
    assert_eq!(asked(true).check_response(&[]), Err(ResponseError::Unsatisfied));
}
