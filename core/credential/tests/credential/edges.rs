//! The edges of rules: the last that counts beside the first that does not, and what must not be refused.

use crate::support::{AUDIENCE, Forge, NONCE, NOW, holder, issuer, key, to_flattened};
use citizen_credential::sd_jwt::{Expected, KeyBinding, Kind, SdJwtIssuer, Transaction};
use citizen_credential::status::{
    Bits, LARGEST, Publication, Status, StatusError, StatusExpected, StatusList, StatusReference,
    UnverifiedStatusList,
};
use citizen_credential::vc::VerifiedCredential;
use citizen_credential::{Rule, SdJwtError, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Header, SignError, Signer as _, SoftwareSigner, UnverifiedJwt, base64url};
use citizen_primitives::{Seconds, random};
use serde_json::{Map, Value, json};

const URI: &str = "https://seoul.example/status/1";

fn expected() -> Expected<'static> {
    Expected { now: NOW, audience: Some(AUDIENCE), ..Expected::default() }
}

fn broken(token: &str, expected: &Expected<'_>) -> Option<Rule> {
    let verified = UnverifiedSdJwt::parse(token).and_then(|token| token.verify(&key(&issuer()), expected));
    verified.err().map(SdJwtError::rule)
}

/// The README names a test for each step of RFC 9901, section 7.
#[test]
fn every_step_of_section_7_has_the_test_that_the_readme_names() {
    let readme = include_str!("../../README.md");
    let tests = [include_str!("rules.rs"), include_str!("hold.rs")];
    let steps: Vec<&str> = readme.lines().filter(|line| line.starts_with("| 7.")).collect();
    assert_eq!(steps.len(), 32);
    for step in steps {
        let name = step.trim_end_matches(" |").rsplit_once("| ").unwrap().1.trim_matches('`');
        let is_test = |text: &&str| text.contains(&format!("#[test]\nfn {name}() {{"));
        assert!(tests.iter().any(is_test), "{step}");
    }
}

#[test]
fn sdjwt_24_a_type_may_be_concealed_in_what_is_no_credential() {
    for name in ["vct", "vct#integrity", "aka_vcts"] {
        let forge = Forge::valid().with(|forge| drop(forge.payload.as_object_mut().unwrap().remove(name)));
        let token = forge.property(&json!(["s", name, "urn:x"]).to_string()).token();
        assert_eq!(broken(&token, &expected()), None, "{name}");
        let credential = Expected { kind: Kind::Credential, ..expected() };
        assert_eq!(broken(&token, &credential), Some(Rule::Concealed), "{name}");
    }
}

#[test]
fn sdjwt_37_a_key_binding_may_have_times_of_its_own_and_counts_between_them() {
    let transaction = Transaction { nonce: NONCE, audience: AUDIENCE, longest: Seconds::new(300) };
    let bound = Expected { key_binding: KeyBinding::Required(transaction), ..expected() };
    let with = |name: &str, time: u64| {
        let change = |forge: &mut Forge| forge.binding.as_mut().unwrap().claims[name] = json!(time);
        broken(&Forge::bound().with(change).token(), &bound)
    };
    let (now, form) = (NOW.seconds(), Some(Rule::KeyBindingForm));
    assert_eq!([with("exp", now + 1), with("exp", now)], [None, form]);
    assert_eq!([with("nbf", now), with("nbf", now + 60), with("nbf", now + 61)], [None, None, form]);
}

#[test]
fn sdjwt_39_drafts_may_have_another_header_beside_their_disclosures() {
    let mut draft = to_flattened(&Forge::valid().token());
    draft["disclosures"] = draft["header"]["disclosures"].take();
    draft["header"] = json!({ "kid": "first" });
    let token = UnverifiedSdJwt::parse(&draft.to_string()).unwrap();
    assert_eq!(token.verify(&key(&issuer()), &expected()).unwrap().disclosed().count(), 4);
}

#[test]
fn an_issuer_signs_under_its_own_algorithm_and_writes_no_empty_list_of_digests() {
    let claims = json!({ "vct": "urn:seoul:card:1", "name": "선우 용녀" }).as_object().unwrap().clone();
    let plan = SdJwtIssuer::new(claims, Kind::Credential).unwrap();
    let issued = |algorithm| plan.issue(&Header::new(algorithm), &issuer(), &mut random::system());
    assert_eq!(issued(Algorithm::EdDsa).err(), Some(SignError::NotForThis));
    let text = issued(Algorithm::Es256).unwrap().to_compact();
    let jwt = UnverifiedJwt::parse(text.trim_end_matches('~')).unwrap();
    let own = json!({ "vct": "urn:seoul:card:1", "name": "선우 용녀", "_sd_alg": "sha-256" });
    assert_eq!(jwt.claims_unverified(), &own);
}

#[test]
fn vc_1_the_type_of_the_drafts_is_read() {
    let token = Forge::valid().with(|forge| forge.typ = Some("vc+sd-jwt")).token();
    let verified = UnverifiedSdJwt::parse(&token).unwrap().verify(&key(&issuer()), &expected()).unwrap();
    assert_eq!(VerifiedCredential::of(verified).unwrap().vct(), "urn:seoul:card:1");
}

#[test]
fn what_a_credential_says_of_its_holder_is_every_value_with_nothing_within_it() {
    let token = Forge::valid().with(|forge| forge.payload["open"]["none"] = json!([])).token();
    let verified = UnverifiedSdJwt::parse(&token).unwrap().verify(&key(&issuer()), &expected()).unwrap();
    let statements = VerifiedCredential::of(verified).unwrap().statements();
    let statements: Vec<String> = statements.iter().map(ToString::to_string).collect();
    assert_eq!(
        statements,
        [
            "address.city",
            "address.district",
            "name",
            "nationalities[0]",
            "nationalities[1]",
            "open.inner[0]",
            "open.inner[1]",
            "open.inner[2]",
            "open.none"
        ]
    );
}

#[test]
fn status_1_a_list_is_named_by_an_absolute_uri() {
    let read = |uri: &str| {
        StatusReference::from_claim(&json!({ "status_list": { "idx": 0, "uri": uri } })).map(|_| ())
    };
    for good in [URI, "urn:status:1", "a+b-c.d:x", "h2:x"] {
        assert_eq!(read(good), Ok(()), "{good}");
    }
    for bad in ["2h:x", ":x", "a b:x", "a_b:x", "가:x", "urn:", "https://a b", "https://도서관", "urn:x\n"]
    {
        assert_eq!(read(bad), Err(StatusError::Reference), "{bad}");
    }
}

#[test]
fn status_3_a_list_has_8_mebibytes_at_most() {
    assert!(StatusList::new(Bits::Eight, LARGEST).is_ok());
    assert_eq!(StatusList::new(Bits::Eight, LARGEST).unwrap().capacity(), LARGEST);
}

/// A list with a claim more.
fn list_with(name: &str, time: u64) -> String {
    let packed = base64url::encode(StatusList::new(Bits::One, 8).unwrap().compress());
    let mut claims = json!({ "sub": URI, "iat": NOW.seconds(), "status_list": { "bits": 1, "lst": packed } });
    claims[name] = json!(time);
    let header = Header::new(Algorithm::Es256).with_typ("statuslist+jwt");
    citizen_jose::jwt::sign(&header, &claims, &issuer()).unwrap()
}

#[test]
fn status_4_a_list_counts_to_the_edges_of_its_times() {
    let (now, expected) = (NOW.seconds(), StatusExpected { now: NOW, issuer: None, longest: None });
    let verify = |token: &str, expected: &StatusExpected<'_>| {
        UnverifiedStatusList::parse(token)?.verify(&key(&issuer()), expected).map(|list| list.issued_at())
    };
    for (name, time) in
        [("nbf", now - 1), ("nbf", now), ("nbf", now + 60), ("iat", now + 60), ("exp", now + 1)]
    {
        assert!(verify(&list_with(name, time), &expected).is_ok(), "{name} {time}");
    }
    // As old as is allowed, and a second older.
    let within = |age: u64| {
        let expected = StatusExpected { longest: Some(Seconds::new(60)), ..expected };
        verify(&list_with("iat", now - age), &expected)
    };
    assert!(within(0).is_ok() && within(60).is_ok());
    assert_eq!(within(61), Err(StatusError::Stale));
}

#[test]
fn status_2_a_list_names_the_key_that_signed_it() {
    let publication = Publication { uri: URI.to_owned(), issued_at: NOW, expires: None, time_to_live: None };
    let mut list = StatusList::new(Bits::One, 8).unwrap();
    list.set(3, Status::Invalid).unwrap();
    let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &[7; 32]).unwrap().with_kid("lists-1");
    let token = publication.sign(&list, &signer).unwrap();
    let token = UnverifiedStatusList::parse(&token).unwrap();
    assert_eq!(token.header().kid.as_deref(), Some("lists-1"));
    let expected = StatusExpected { now: NOW, issuer: None, longest: None };
    assert_eq!(token.verify(&signer.jwk(), &expected).unwrap().list(), &list);
}

#[test]
fn a_key_binding_is_made_for_the_holders_key_alone() {
    let claims: Map<String, Value> = json!({ "vct": "urn:seoul:card:1" }).as_object().unwrap().clone();
    let plan = SdJwtIssuer::new(claims, Kind::Credential).unwrap().holder(&key(&holder()));
    let issued =
        plan.issue(&Header::new(Algorithm::Es256).with_typ("dc+sd-jwt"), &issuer(), &mut random::system());
    let held =
        UnverifiedSdJwt::parse(&issued.unwrap().to_compact()).unwrap().accept(&key(&issuer()), &expected());
    let unsigned =
        held.unwrap().select(&[]).unwrap().bind(Algorithm::Es256, (NONCE, AUDIENCE), NOW, Map::new());
    let signature = issuer().sign(unsigned.signing_input()).unwrap();
    let transaction = Transaction { nonce: NONCE, audience: AUDIENCE, longest: Seconds::new(300) };
    let bound = Expected { key_binding: KeyBinding::Required(transaction), ..expected() };
    let presented = unsigned.with_signature(&signature).to_compact();
    assert_eq!(broken(&presented, &bound), Some(Rule::KeyBindingSignature));
}
