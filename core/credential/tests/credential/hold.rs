//! Issuing, holding, selecting, presenting: a story of three, and what none of them may do.

use crate::support::{AUDIENCE, NONCE, NOW, holder, issuer, key};
use citizen_credential::sd_jwt::{
    Expected, HashAlgorithm, HeldSdJwt, IssueError, KeyBinding, Kind, SdJwtIssuer, Transaction,
};
use citizen_credential::{ClaimPath, Rule, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Header, Signer as _, UnverifiedJwt};
use citizen_primitives::Seconds;
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

fn claims() -> Map<String, Value> {
    let claims = json!({
        "iss": "https://seoul.example", "vct": "urn:seoul:card:1", "exp": NOW.seconds() + 1000,
        "name": "홍 길동", "birthdate": "1990-01-02",
        "address": { "city": "서울", "district": "마포구", "lines": ["월드컵북로 396", "3층"] },
        "nationalities": ["KR", "US"],
    });
    claims.as_object().unwrap().clone()
}

fn path(text: &str) -> ClaimPath {
    text.parse().unwrap()
}

fn paths(texts: &[&str]) -> Vec<ClaimPath> {
    texts.iter().map(|text| path(text)).collect()
}

const CONCEALED: [&str; 7] = [
    "name",
    "birthdate",
    "address",
    "address.district",
    "address.lines[1]",
    "nationalities[0]",
    "nationalities[1]",
];

fn header() -> Header {
    Header::new(Algorithm::Es256).with_typ("dc+sd-jwt")
}

fn plan() -> SdJwtIssuer {
    let plan = SdJwtIssuer::new(claims(), Kind::Credential).unwrap().holder(&key(&holder()));
    plan.conceal(paths(&CONCEALED)).unwrap()
}

fn expected() -> Expected<'static> {
    Expected { now: NOW, kind: Kind::Credential, ..Expected::default() }
}

fn held(plan: &SdJwtIssuer) -> HeldSdJwt {
    let issued = plan.issue(&header(), &issuer(), &mut StdRng::seed_from_u64(1)).unwrap();
    UnverifiedSdJwt::parse(&issued.to_compact()).unwrap().accept(&key(&issuer()), &expected()).unwrap()
}

#[test]
fn a_holder_gets_all_claims_and_shows_what_she_selects_and_no_more() {
    let held = held(&plan());
    let mut all = held.verified().claims().clone();
    all.as_object_mut().unwrap().remove("cnf");
    assert_eq!(all, Value::Object(claims()));
    let mut disclosable: Vec<String> = held.disclosable().map(ToString::to_string).collect();
    disclosable.sort();
    let mut concealed = CONCEALED.map(str::to_owned);
    concealed.sort();
    assert_eq!(disclosable, concealed);

    let shown = held.select(&paths(&["address.district", "nationalities[1]"])).unwrap();
    let unsigned = shown.bind(Algorithm::Es256, (NONCE, AUDIENCE), NOW, Map::new());
    let signature = holder().sign(unsigned.signing_input()).unwrap();
    let presented = unsigned.with_signature(&signature);
    let transaction = Transaction { nonce: NONCE, audience: AUDIENCE, longest: Seconds::new(60) };
    let asked = Expected { key_binding: KeyBinding::Required(transaction), ..expected() };
    for text in [presented.to_compact(), presented.to_flattened().unwrap().to_string()] {
        let verified = UnverifiedSdJwt::parse(&text).unwrap().verify(&key(&issuer()), &asked).unwrap();
        let claims = verified.claims();
        assert_eq!(
            claims["address"],
            json!({ "city": "서울", "district": "마포구", "lines": ["월드컵북로 396"] })
        );
        assert_eq!(claims["nationalities"], json!(["US"]));
        assert!(claims.get("name").is_none() && claims.get("birthdate").is_none());
        assert_eq!(verified.key_bound().unwrap().issued_at(), NOW);
    }
    // Nothing of the rest is in the bytes, in the open or in base64url.
    let text = presented.to_compact();
    let sent: Vec<String> = text
        .split(['~', '.'])
        .filter_map(|part| citizen_jose::base64url::decode(part).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    for hidden in ["홍 길동", "1990-01-02", "3층", "KR"] {
        assert!(sent.iter().all(|part| !part.contains(hidden)), "{hidden}");
    }
}

#[test]
fn a_claim_is_shown_alone_or_with_all_that_stands_in_it() {
    let held = held(&plan());
    let shown = |texts: &[&str], whole: bool| {
        let paths = paths(texts);
        let shown = if whole { held.select_whole(&paths) } else { held.select(&paths) }.unwrap();
        let verified =
            UnverifiedSdJwt::parse(&shown.to_compact()).unwrap().verify(&key(&issuer()), &expected());
        verified.unwrap().claims().get("address").cloned()
    };
    assert_eq!(shown(&["name"], false), None);
    assert_eq!(shown(&["address"], false), Some(json!({ "city": "서울", "lines": ["월드컵북로 396"] })));
    assert_eq!(shown(&["address"], true), Some(claims()["address"].clone()));
    let lines = Some(json!({ "city": "서울", "lines": ["월드컵북로 396", "3층"] }));
    assert_eq!(shown(&["address.lines[1]"], false), lines);
}

#[test]
fn sdjwt_27_only_claims_of_the_credential_are_selected_and_each_is_connected() {
    let held = held(&plan());
    for text in ["phone", "address.street", "nationalities[2]", "name.first"] {
        assert_eq!(held.select(&[path(text)]).unwrap_err().rule(), Rule::Selection, "{text}");
    }
    for text in CONCEALED {
        let shown = held.select(&[path(text)]).unwrap();
        let token = UnverifiedSdJwt::parse(&shown.to_compact()).unwrap();
        assert!(token.verify(&key(&issuer()), &expected()).is_ok(), "{text}");
    }
}

#[test]
fn what_a_holder_keeps_is_what_was_issued() {
    let first = held(&plan());
    let again =
        UnverifiedSdJwt::parse(&first.dangerous_to_compact()).unwrap().accept(&key(&issuer()), &expected());
    assert_eq!(again.unwrap().dangerous_to_compact(), first.dangerous_to_compact());
    let debug = format!("{first:?} {:?}", UnverifiedSdJwt::parse(&first.dangerous_to_compact()).unwrap());
    assert!(!debug.contains("길동") && !debug.contains("1990"), "{debug}");
}

#[test]
fn further_claims_of_a_key_binding_cannot_stand_for_its_own() {
    let extra =
        json!({ "nonce": "x", "iat": 1, "sd_hash": "x", "aud": "x", "transaction_data_hashes": ["h"] });
    let shown = held(&plan()).select(&[]).unwrap();
    let unsigned = shown.bind(Algorithm::Es256, (NONCE, AUDIENCE), NOW, extra.as_object().unwrap().clone());
    let token =
        format!("{}.{}", String::from_utf8(unsigned.signing_input().to_vec()).unwrap(), "A".repeat(86));
    let token = UnverifiedJwt::parse(&token).unwrap();
    let claims = token.claims_unverified();
    assert_eq!((&claims["nonce"], &claims["aud"]), (&json!(NONCE), &json!(AUDIENCE)));
    assert_eq!((&claims["iat"], &claims["transaction_data_hashes"]), (&json!(NOW.seconds()), &json!(["h"])));
    assert_ne!(claims["sd_hash"], "x");
}

#[test]
fn sdjwt_12_and_24_an_issuer_conceals_nothing_that_may_not_be() {
    let plan = || SdJwtIssuer::new(claims(), Kind::Credential).unwrap();
    for text in ["iss", "exp", "vct"] {
        assert_eq!(plan().conceal([path(text)]).err(), Some(IssueError::NeverConcealed), "{text}");
    }
    let bound = plan().holder(&key(&holder()));
    assert_eq!(bound.conceal([path("cnf.jwk")]).err(), Some(IssueError::NeverConcealed));
    for text in ["phone", "nationalities[2]", "name.x"] {
        assert_eq!(plan().conceal([path(text)]).err(), Some(IssueError::NoSuchClaim), "{text}");
    }
    assert_eq!(plan().conceal([ClaimPath::root()]).err(), Some(IssueError::NoSuchClaim));
    assert_eq!(plan().decoys(path("name"), 3).err(), Some(IssueError::NoPlaceForDecoys));
    for reserved in
        [json!({ "_sd": [] }), json!({ "a": [{ "...": "x" }] }), json!({ "a": { "_sd_alg": "sha-256" } })]
    {
        let claims = reserved.as_object().unwrap().clone();
        assert_eq!(SdJwtIssuer::new(claims, Kind::Any).err(), Some(IssueError::ReservedName), "{reserved}");
    }
}

#[test]
fn decoys_look_like_digests_and_change_nothing() {
    let plan = plan().decoys(ClaimPath::root(), 5).unwrap().decoys(path("nationalities"), 4).unwrap();
    let held = held(&plan);
    assert_eq!(held.verified().claims()["nationalities"], json!(["KR", "US"]));
    assert_eq!(held.disclosable().count(), CONCEALED.len());
    let token = held.dangerous_to_compact();
    let payload = UnverifiedSdJwt::parse(&token).unwrap().payload_unverified().unwrap();
    let digests: Vec<&str> =
        payload["_sd"].as_array().unwrap().iter().map(|digest| digest.as_str().unwrap()).collect();
    assert_eq!(digests.len(), 3 + 5);
    // Their order says nothing of that of the claims.
    assert!(digests.is_sorted() && digests.iter().all(|digest| digest.len() == 43));
    assert_eq!(payload["nationalities"].as_array().unwrap().len(), 2 + 4);
}

#[test]
fn every_salt_is_new() {
    let token = |seed| {
        let issued = plan().issue(&header(), &issuer(), &mut StdRng::seed_from_u64(seed)).unwrap();
        issued.to_compact()
    };
    let (one, other) = (token(1), token(2));
    let disclosures = |token: &str| {
        token.split('~').skip(1).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let all = [disclosures(&one), disclosures(&other)].concat();
    let salts: std::collections::BTreeSet<String> = all
        .iter()
        .map(|text| {
            serde_json::from_slice::<Value>(&citizen_jose::base64url::decode(text).unwrap()).unwrap()[0]
                .to_string()
        })
        .collect();
    assert_eq!(salts.len(), 2 * CONCEALED.len());
    assert!(salts.iter().all(|salt| salt.len() == 24));
}

/// Names and values of any kind, NFD Hangul among them.
fn any_claims() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z한글\u{1112}\u{1161}\u{11ab} \"\\\\~.]{0,8}".prop_map(Value::from),
    ];
    let nested = leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z가-힣.]{0,5}", inner, 0..5).prop_map(|members| Value::Object(
                members.into_iter().filter(|(name, _)| name != "...").collect()
            )),
        ]
    });
    prop::collection::btree_map("청[a-z가-힣]{0,5}", nested, 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

fn all_paths(value: &Value, path: &ClaimPath, found: &mut Vec<ClaimPath>) {
    let inner: Vec<(ClaimPath, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (path.clone().name(name), value)).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, value)| (path.clone().index(index), value)).collect()
        }
        _ => Vec::new(),
    };
    for (path, value) in inner {
        all_paths(value, &path, found);
        found.push(path);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_concealed_the_claims_come_out_again(claims in any_claims(), chosen in any::<u64>(), algorithm in 0..3) {
        let mut paths = Vec::new();
        all_paths(&claims, &ClaimPath::root(), &mut paths);
        let concealed = paths.into_iter().enumerate().filter(|(place, _)| chosen >> (place % 64) & 1 == 1).map(|(_, path)| path);
        let algorithm = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512][usize::try_from(algorithm).unwrap()];
        let plan = SdJwtIssuer::new(claims.as_object().unwrap().clone(), Kind::Any).unwrap().algorithm(algorithm);
        let plan = plan.conceal(concealed).unwrap().decoys(ClaimPath::root(), 2).unwrap();
        let issued = plan.issue(&Header::new(Algorithm::Es256), &issuer(), &mut StdRng::seed_from_u64(chosen)).unwrap();
        let any = Expected { now: NOW, ..Expected::default() };
        let held = UnverifiedSdJwt::parse(&issued.to_compact()).unwrap().accept(&key(&issuer()), &any).unwrap();
        prop_assert_eq!(held.verified().claims(), &claims);
        for path in held.disclosable() {
            let shown = held.select_whole([path]).unwrap().to_compact();
            let verified = UnverifiedSdJwt::parse(&shown).unwrap().verify(&key(&issuer()), &any).unwrap();
            let arrays_in_between = path.steps().iter().any(|step| matches!(step, citizen_credential::Step::Index(_)));
            if !arrays_in_between {
                prop_assert_eq!(path.find(verified.claims()), path.find(&claims));
            }
        }
    }
}
