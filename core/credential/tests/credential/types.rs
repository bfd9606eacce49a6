//! Credentials of a type, and what a type says of its claims.

use crate::support::{AUDIENCE, Forge, NOW, issuer, key};
use base64::Engine as _;
use citizen_credential::sd_jwt::{Expected, Rule};
use citizen_credential::vc::{self, CredentialError, MetadataError, TypeMetadata, VerifiedCredential};
use citizen_credential::{SdJwtError, UnverifiedSdJwt};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha384};

const CARD: &str = "urn:seoul:card:1";

fn credential(forge: &Forge) -> Result<VerifiedCredential, CredentialError> {
    let expected = Expected { now: NOW, audience: Some(AUDIENCE), ..Expected::default() };
    vc::verify(&UnverifiedSdJwt::parse(&forge.token())?, &key(&issuer()), &expected)
}

fn changed(change: impl FnOnce(&mut Value)) -> Result<VerifiedCredential, CredentialError> {
    credential(&Forge::valid().with(|forge| change(&mut forge.payload)))
}

#[test]
fn vc_1_a_credential_says_by_its_type_that_it_is_one() {
    assert_eq!(credential(&Forge::valid()).unwrap().issuer(), Some("https://seoul.example"));
    let other = credential(&Forge::valid().with(|forge| forge.typ = Some("example+sd-jwt")));
    assert_eq!(other.unwrap_err(), CredentialError::SdJwt(SdJwtError::from(Rule::Type)));
    // Nor does a token become one that was verified as something else.
    let token = Forge::valid().with(|forge| forge.typ = Some("example+sd-jwt")).token();
    let any = Expected { now: NOW, ..Expected::default() };
    let verified = UnverifiedSdJwt::parse(&token).unwrap().verify(&key(&issuer()), &any).unwrap();
    assert_eq!(
        VerifiedCredential::of(verified).unwrap_err(),
        CredentialError::SdJwt(SdJwtError::from(Rule::Type))
    );
}

#[test]
fn vc_2_a_credential_has_a_type() {
    for vct in [json!(null), json!(""), json!(1), json!([CARD])] {
        assert_eq!(
            changed(|payload| payload["vct"] = vct.clone()).unwrap_err(),
            CredentialError::Type,
            "{vct}"
        );
    }
    let without = changed(|payload| drop(payload.as_object_mut().unwrap().remove("vct")));
    assert_eq!(without.unwrap_err(), CredentialError::Type);
    for (name, value) in [("aka_vcts", json!("x")), ("aka_vcts", json!([1])), ("vct#integrity", json!(1))] {
        assert_eq!(changed(|payload| payload[name] = value).unwrap_err(), CredentialError::Type, "{name}");
    }
    let also = changed(|payload| payload["aka_vcts"] = json!(["urn:seoul:resident:1"])).unwrap();
    assert!(also.is_of_type(CARD) && also.is_of_type("urn:seoul:resident:1") && !also.is_of_type("urn:x"));
    assert_eq!(also.types(), [CARD, "urn:seoul:resident:1"]);
    assert!(also.statements().iter().all(|path| path.top() != Some("aka_vcts")), "that is no statement");
}

#[test]
fn vc_3_a_status_refers_to_a_list() {
    let status = json!({ "status_list": { "idx": 4, "uri": "https://seoul.example/status/1" } });
    let with = changed(|payload| payload["status"] = status).unwrap();
    assert_eq!(with.status().unwrap().index(), 4);
    let broken = changed(|payload| payload["status"] = json!({ "status_list": {} }));
    assert!(matches!(broken.unwrap_err(), CredentialError::Status(_)));
    assert!(changed(|payload| payload["status"] = json!({ "other": 1 })).unwrap().status().is_none());
}

fn integrity(document: &[u8]) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(document)))
}

#[test]
fn vc_4_a_description_has_the_digest_that_was_given_for_it() {
    let document = json!({ "vct": CARD }).to_string();
    let right = integrity(document.as_bytes());
    let strong = base64::engine::general_purpose::STANDARD.encode(Sha384::digest(&document));
    let wrong = integrity(b"x");
    let holds = |text: &str| vc::check_integrity(document.as_bytes(), text).is_ok();
    assert!(
        holds(&right) && holds(&format!("{wrong} {right}")) && holds(&format!("sha384-{strong} {wrong}"))
    );
    assert!(holds(&format!("{right}?x=y")));
    // The strongest decides, by digests that are given as its own.
    for text in [
        format!("sha384-{} sha256-{strong}", &wrong[7..]),
        wrong.clone(),
        format!("sha384-{} {right}", &wrong[7..]),
        String::new(),
        "md5-x".to_owned(),
        "sha256".to_owned(),
    ] {
        assert!(!holds(&text), "{text}");
    }
    let fetch = |_: &str| Some(document.clone().into_bytes());
    assert!(TypeMetadata::load(CARD, Some(&right), &fetch).is_ok());
    assert_eq!(TypeMetadata::load(CARD, Some(&wrong), &fetch), Err(MetadataError::Integrity));
    assert_eq!(TypeMetadata::load("urn:other", None, &fetch), Err(MetadataError::OtherType));
}

/// Types by name.
fn load(types: &[(&str, Value)]) -> Result<TypeMetadata, MetadataError> {
    let fetch = |name: &str| {
        let found = types.iter().find(|(other, _)| *other == name);
        found.map(|(name, rest)| {
            let mut document = rest.clone();
            document["vct"] = json!(name);
            document.to_string().into_bytes()
        })
    };
    TypeMetadata::load(types[0].0, None, &fetch)
}

#[test]
fn vc_5_types_extend_one_another_without_a_circle() {
    let chain =
        load(&[(CARD, json!({ "extends": "a" })), ("a", json!({ "extends": "b" })), ("b", json!({}))]);
    assert_eq!(chain.unwrap().types(), [CARD, "a", "b"]);
    for types in [
        vec![(CARD, json!({ "extends": CARD }))],
        vec![(CARD, json!({ "extends": "a" })), ("a", json!({ "extends": CARD }))],
        vec![(CARD, json!({ "extends": "a" }))],
    ] {
        assert_eq!(load(&types), Err(MetadataError::Chain));
    }
    // Eight at most, and nothing is fetched twice.
    let chain = |length: usize| {
        let asked = std::cell::RefCell::new(Vec::new());
        let fetch = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            let place: usize = name.parse().unwrap();
            let next = if place + 1 < length { json!((place + 1).to_string()) } else { json!("0") };
            let mut document = json!({ "vct": name, "extends": next });
            if place + 1 == length && length > 1 {
                document.as_object_mut().unwrap().remove("extends");
            }
            Some(document.to_string().into_bytes())
        };
        let loaded = TypeMetadata::load("0", None, &fetch).map(|types| types.types().len());
        (loaded, asked.into_inner().len())
    };
    assert_eq!(chain(8), (Ok(8), 8));
    assert_eq!(chain(9), (Err(MetadataError::Chain), 8));
    assert_eq!(chain(1), (Err(MetadataError::Chain), 1), "it extends itself");
    let parent = json!({ "vct": "a" }).to_string();
    let child =
        |digest: &str| json!({ "vct": CARD, "extends": "a", "extends#integrity": digest }).to_string();
    for (digest, outcome) in [(integrity(parent.as_bytes()), true), (integrity(b"x"), false)] {
        let fetch = |name: &str| Some(if name == "a" { parent.clone() } else { child(&digest) }.into_bytes());
        assert_eq!(TypeMetadata::load(CARD, None, &fetch).is_ok(), outcome);
    }
}

#[test]
fn vc_6_a_type_loosens_nothing_that_it_extends() {
    let pair = |parent: Value, child: Value| {
        let claims = |mut claim: Value| {
            claim["path"] = json!(["name"]);
            json!([claim])
        };
        load(&[
            (CARD, json!({ "extends": "a", "claims": claims(child) })),
            ("a", json!({ "claims": claims(parent) })),
        ])
    };
    for (parent, child) in [
        (json!({ "sd": "always" }), json!({ "sd": "never" })),
        (json!({ "sd": "never" }), json!({ "sd": "allowed" })),
        (json!({ "mandatory": true }), json!({ "mandatory": false })),
    ] {
        assert_eq!(pair(parent, child), Err(MetadataError::Loosened));
    }
    let tightened = pair(json!({ "display": [1] }), json!({ "sd": "always", "mandatory": true })).unwrap();
    assert_eq!(tightened.claims()[0].display(), Some(&json!([1])));
    assert_eq!(tightened.check_shown(&credential(&Forge::valid()).unwrap()), Ok(()));
    for claims in [
        json!({}),
        json!([{}]),
        json!([{ "path": [] }]),
        json!([{ "path": [1.5] }]),
        json!([{ "path": ["a"], "sd": "x" }]),
        json!([{ "path": ["a"], "mandatory": "yes" }]),
        json!([{ "path": ["a"], "display": {} }]),
        json!([{ "path": ["a"] }, { "path": ["a"] }]),
    ] {
        assert_eq!(load(&[(CARD, json!({ "claims": claims }))]), Err(MetadataError::Malformed), "{claims}");
    }
}

#[test]
fn vc_6_a_type_inherits_what_it_does_not_say_and_says_more_where_it_may() {
    let extended = |parent: Value, child: Value| {
        let claims = |claims: Value| json!({ "claims": claims });
        let (mut child, parent) = (claims(child), claims(parent));
        child["extends"] = json!("a");
        load(&[(CARD, child), ("a", parent)])
    };
    let of = |claim: Value| {
        let mut claim = claim;
        claim["path"] = json!(["name"]);
        json!([claim])
    };
    // Nothing is taken back: the same again, or no word.
    for (parent, child) in [
        (json!({ "sd": "always" }), json!({ "sd": "always" })),
        (json!({ "sd": "always" }), json!({})),
        (json!({ "mandatory": true }), json!({})),
        (json!({ "mandatory": true }), json!({ "mandatory": true })),
        (json!({ "mandatory": false }), json!({ "mandatory": true })),
        (json!({}), json!({ "mandatory": false })),
    ] {
        assert!(extended(of(parent.clone()), of(child.clone())).is_ok(), "{parent} {child}");
    }
    // What it says counts, and what its parent says of the same claim, and of others.
    let shown = credential(&Forge::valid()).unwrap();
    let without_name = credential(&Forge::valid().with(|forge| drop(forge.disclosures.pop()))).unwrap();
    let never = extended(of(json!({})), of(json!({ "sd": "never" }))).unwrap();
    assert_eq!(never.check_shown(&shown), Err(MetadataError::Disclosability));
    for (parent, child) in [
        (json!({}), json!({ "mandatory": true })),
        (json!({ "mandatory": true }), json!({})),
        (json!({ "mandatory": false }), json!({ "mandatory": true })),
    ] {
        let mandatory = extended(of(parent), of(child)).unwrap();
        assert_eq!(mandatory.check_whole(&without_name), Err(MetadataError::Missing));
        assert_eq!(mandatory.check_whole(&shown), Ok(()));
    }
    let open = json!([{ "path": ["open"], "sd": "never" }]);
    let both = extended(open, of(json!({ "sd": "always", "display": [2] }))).unwrap();
    assert_eq!((both.claims().len(), both.check_shown(&shown)), (2, Ok(())));
    let labelled = extended(of(json!({ "display": [1] })), of(json!({ "display": [2] }))).unwrap();
    assert_eq!(labelled.claims()[0].display(), Some(&json!([2])));
    // The same for the label of the type itself.
    let parent = ("a", json!({ "display": ["parent"] }));
    let inherits = load(&[(CARD, json!({ "extends": "a" })), parent.clone()]).unwrap();
    assert_eq!(inherits.display(), Some(&json!(["parent"])));
    let own = load(&[(CARD, json!({ "extends": "a", "display": ["own"] })), parent]).unwrap();
    assert_eq!(own.display(), Some(&json!(["own"])));
}

#[test]
fn vc_7_a_credentials_claims_are_as_its_type_demands() {
    let whole = credential(&Forge::valid()).unwrap();
    let check = |claim: Value, credential: &VerifiedCredential, is_whole: bool| {
        let metadata = load(&[(CARD, json!({ "claims": [claim] }))]).unwrap();
        if is_whole { metadata.check_whole(credential) } else { metadata.check_shown(credential) }
    };
    for (path, disclosability, outcome) in [
        (json!(["name"]), "always", Ok(())),
        (json!(["name"]), "never", Err(MetadataError::Disclosability)),
        (json!(["open"]), "always", Err(MetadataError::Disclosability)),
        (json!(["open"]), "never", Ok(())),
        // What stands within something disclosable is not so by itself.
        (json!(["address", "city"]), "never", Ok(())),
        (json!(["address", "district"]), "never", Err(MetadataError::Disclosability)),
        // Places are those of the array as it was issued: the last was not disclosed.
        (json!(["nationalities", 1]), "never", Ok(())),
        (json!(["nationalities", 1]), "always", Err(MetadataError::Disclosability)),
        (json!(["nationalities", 2]), "never", Err(MetadataError::Disclosability)),
        (json!(["nationalities", 2]), "always", Ok(())),
        (json!(["nationalities", null]), "always", Err(MetadataError::Disclosability)),
        (json!(["name", "first"]), "allowed", Err(MetadataError::Path)),
        (json!(["open", 0]), "allowed", Err(MetadataError::Path)),
        (json!(["address", null]), "allowed", Err(MetadataError::Path)),
        (json!(["phone"]), "always", Ok(())),
    ] {
        let claim = json!({ "path": path, "sd": disclosability });
        assert_eq!(check(claim.clone(), &whole, false), outcome, "{claim}");
    }
    let phone = json!({ "path": ["phone"], "mandatory": true });
    assert_eq!(check(phone.clone(), &whole, true), Err(MetadataError::Missing));
    // A verifier does not know what was not shown.
    assert_eq!(check(phone, &whole, false), Ok(()));
    assert_eq!(check(json!({ "path": ["phone"], "mandatory": false }), &whole, true), Ok(()));
    assert_eq!(check(json!({ "path": ["phone"] }), &whole, true), Ok(()));
    assert_eq!(check(json!({ "path": ["name"], "mandatory": true }), &whole, true), Ok(()));
    let other = load(&[("urn:other", json!({}))]).unwrap();
    assert_eq!(other.check_whole(&whole), Err(MetadataError::OtherType));
}
