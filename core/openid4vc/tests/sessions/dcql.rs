//! DCQL over credentials: what may be chosen, and that a choice is never exceeded.

use crate::public_vectors;
use citizen_openid4vc::dcql::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn query(value: Value) -> Query {
    Query::from_value(&value).unwrap()
}

fn id(text: &str) -> QueryId {
    QueryId::new(text).unwrap()
}

fn card(name: &str, vct: &str, claims: Value) -> Candidate {
    Candidate {
        id: CandidateId::new(name),
        format: Format::SdJwtVc,
        types: vec![vct.to_owned()],
        claims,
        authorities: Vec::new(),
        key_bound: true,
    }
}

fn claims(found: &Options, name: &str) -> Vec<Vec<String>> {
    let matches = &found.query(&id(name)).unwrap().matches;
    let all = matches.iter().flat_map(|found| &found.combinations);
    all.map(|combination| combination.iter().map(ToString::to_string).collect()).collect()
}

fn identity() -> Value {
    json!({
        "family_name": "홍", "given_name": "길동", "postal_code": "04524", "locality": "중구", "region": "서울",
        "date_of_birth": "1990-01-01",
        "address": { "street_address": "세종대로 110", "locality": "중구" },
        "nationalities": ["KR", "NL"],
        "age": 36, "resident": true
    })
}

const PID: &str = "https://credentials.example.com/identity_credential";

fn one(more: Value) -> Query {
    let mut credential = json!({ "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": [PID] } });
    for (name, value) in more.as_object().unwrap() {
        credential[name] = value.clone();
    }
    query(json!({ "credentials": [credential] }))
}

#[test]
fn all_public_queries_are_read() {
    let folder = public_vectors::folder("openid4vp/query_lang");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let value = public_vectors::json(&folder, &name);
        let read = Query::from_value(&value).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.credentials().len(), value["credentials"].as_array().unwrap().len());
        count += 1;
    }
    assert_eq!(count, 7);
    let folder = public_vectors::folder("openid4vp/request");
    for name in ["dcql_jwt_vc.json", "dcql_ldp_vc.json"] {
        query(public_vectors::json(&folder, name));
    }
}

#[test]
fn the_public_examples_choose_what_the_standard_says() {
    let folder = public_vectors::folder("openid4vp/query_lang");
    let simple = query(public_vectors::json(&folder, "simple.json"));
    let found = simple.evaluate(&[card("mine", PID, identity())]);
    assert_eq!(claims(&found, "my_credential"), [["family_name", "given_name", "address.street_address"]]);

    let alternatives = query(public_vectors::json(&folder, "claims_alternatives.json"));
    let found = alternatives.evaluate(&[card("mine", PID, identity())]);
    let preferred = ["family_name", "locality", "region", "date_of_birth"];
    let second = ["family_name", "postal_code", "date_of_birth"];
    assert_eq!(claims(&found, "pid"), [preferred.to_vec(), second.to_vec()]);
    let mut without_region = identity();
    without_region.as_object_mut().unwrap().remove("region");
    assert_eq!(claims(&alternatives.evaluate(&[card("mine", PID, without_region)]), "pid"), [second]);

    let values = query(public_vectors::json(&folder, "value_matching_simple.json"));
    let doe = |code: &str| json!({ "family_name": "Doe", "given_name": "J", "address": { "street_address": "x" }, "postal_code": code });
    assert!(values.evaluate(&[card("mine", PID, doe("90211"))]).satisfiable());
    assert!(!values.evaluate(&[card("mine", PID, doe("90212"))]).satisfiable());
}

#[test]
fn credential_sets_offer_each_way_that_is_there_and_ask_for_optional_ones_apart() {
    let folder = public_vectors::folder("openid4vp/query_lang");
    let query = query(public_vectors::json(&folder, "credentials_alternatives.json"));
    let reduced = card("reduced", "https://credentials.example.com/reduced_identity_credential", identity());
    let residence = card("residence", "https://cred.example/residence_credential", identity());
    let rewards = card("rewards", "https://company.example/company_rewards", json!({ "rewards_number": 7 }));

    assert!(!query.evaluate(&[reduced.clone(), rewards.clone()]).satisfiable(), "half of an option is none");
    let found = query.evaluate(&[reduced, residence, rewards]);
    assert!(found.satisfiable());
    assert_eq!(found.sets()[0].options, [[id("pid_reduced_cred_1"), id("pid_reduced_cred_2")]]);
    assert!(found.query(&id("nice_to_have")).unwrap().optional && !found.query(&id("pid")).unwrap().optional);
    let preferred = found.preferred().unwrap();
    let queries: Vec<_> = preferred.picks.iter().map(|pick| pick.query.as_str()).collect();
    assert_eq!(queries, ["pid_reduced_cred_1", "pid_reduced_cred_2"], "nothing optional by itself");

    let mut with_rewards = preferred.clone();
    with_rewards.picks.push(Pick {
        query: id("nice_to_have"),
        candidate: CandidateId::new("rewards"),
        claims: vec![ClaimsPointer::claim("rewards_number")],
    });
    assert_eq!(found.approve(&with_rewards).unwrap().disclosures().len(), 3);
    let mut half = preferred;
    half.picks.pop();
    assert_eq!(found.approve(&half), Err(SelectionError::Incomplete));
}

#[test]
fn optional_mdoc_sets_of_the_public_example_are_optional() {
    let folder = public_vectors::folder("openid4vp/query_lang");
    let query = query(public_vectors::json(&folder, "complex_mdoc.json"));
    let licence = Candidate {
        format: Format::MsoMdoc,
        ..card(
            "mdl",
            "org.iso.18013.5.1.mDL",
            json!({ "org.iso.18013.5.1": { "given_name": "길동", "family_name": "홍", "portrait": "…" } }),
        )
    };
    let found = query.evaluate(&[licence]);
    assert!(found.satisfiable());
    assert_eq!(claims(&found, "mdl-id").len(), 1);
    assert!(claims(&found, "mdl-address").is_empty() && found.query(&id("mdl-address")).unwrap().optional);
}

/// DCQL-2
#[test]
fn dcql_2_type_format_holder_binding_and_authority_decide_what_matches() {
    let matches = |query: &Query, candidate: Candidate| query.evaluate(&[candidate]).satisfiable();
    let mine = || card("mine", PID, identity());
    let plain = one(json!({}));
    assert!(matches(&plain, mine()));
    assert!(!matches(&plain, card("other", "urn:other", identity())));
    assert!(!matches(&plain, Candidate { format: Format::JwtVcJson, ..mine() }));
    let inherits = Candidate { types: vec!["urn:child".to_owned(), PID.to_owned()], ..mine() };
    assert!(matches(&plain, inherits));
    let unbound = Candidate { key_bound: false, ..mine() };
    assert!(!matches(&plain, unbound.clone()));
    assert!(matches(&one(json!({ "require_cryptographic_holder_binding": false })), unbound));

    let vouched = |kind: &str, value: &str| Candidate {
        authorities: vec![Authority { kind: kind.to_owned(), value: value.to_owned() }],
        ..mine()
    };
    let trusted = one(json!({ "trusted_authorities": [
        { "type": "openid_federation", "values": ["https://anchor.example"] }, { "type": "aki", "values": ["x", "s9tIpPmhxdiuNkHMEWNpYim8S8Y"] } ] }));
    assert!(matches(&trusted, vouched("aki", "s9tIpPmhxdiuNkHMEWNpYim8S8Y")));
    assert!(matches(&trusted, vouched("openid_federation", "https://anchor.example")));
    assert!(!matches(&trusted, vouched("openid_federation", "x")), "a value counts for its own type only");
    assert!(!matches(&trusted, mine()));

    let w3c = query(json!({ "credentials": [{ "id": "a", "format": "ldp_vc",
        "meta": { "type_values": [["A", "B"], ["C"]] } }] }));
    let of_types = |types: &[&str]| Candidate {
        format: Format::LdpVc,
        types: types.iter().map(|name| (*name).to_owned()).collect(),
        ..mine()
    };
    assert!(matches(&w3c, of_types(&["X", "C"])) && matches(&w3c, of_types(&["B", "A"])));
    assert!(!matches(&w3c, of_types(&["A"])));
}

#[test]
fn values_match_by_type_and_value_and_null_discloses_only_what_matches() {
    let asks = |path: Value, values: Value| one(json!({ "claims": [{ "path": path, "values": values }] }));
    let found = |query: Query| claims(&query.evaluate(&[card("mine", PID, identity())]), "pid");
    assert_eq!(found(asks(json!(["age"]), json!([36]))), [["age"]]);
    assert!(found(asks(json!(["age"]), json!(["36"]))).is_empty());
    assert!(found(asks(json!(["resident"]), json!([1]))).is_empty());
    assert_eq!(found(asks(json!(["resident"]), json!([false, true]))), [["resident"]]);
    assert_eq!(found(asks(json!(["nationalities", null]), json!(["KR"]))), [["nationalities.0"]]);
    assert_eq!(
        found(one(json!({ "claims": [{ "path": ["nationalities", null] }] }))),
        [["nationalities.0", "nationalities.1"]]
    );
    assert!(found(asks(json!(["family_name"]), json!(["홍", "선우"]))) == [["family_name"]]);
}

#[test]
fn a_claim_asked_for_twice_is_disclosed_once() {
    let twice = one(json!({ "claims": [{ "path": ["age"] }, { "path": ["age"] }] }));
    assert_eq!(claims(&twice.evaluate(&[card("mine", PID, identity())]), "pid"), [["age"]]);
}

#[test]
fn without_claims_nothing_selectively_disclosable_is_disclosed() {
    let found = one(json!({})).evaluate(&[card("mine", PID, identity())]);
    assert_eq!(found.query(&id("pid")).unwrap().matches[0].combinations, [Vec::new()]);
}

/// DCQL-3
#[test]
fn dcql_3_a_selection_holds_what_was_asked_for_and_nothing_else() {
    let asked = one(json!({ "claims": [{ "path": ["age"] }, { "path": ["resident"] }] }));
    let found = asked.evaluate(&[card("mine", PID, identity()), card("second", PID, identity())]);
    let right = found.preferred().unwrap();
    assert_eq!(found.approve(&right).unwrap().disclosures()[0].claims.len(), 2);
    let change = |edit: &dyn Fn(&mut Selection)| {
        let mut selection = right.clone();
        edit(&mut selection);
        found.approve(&selection)
    };
    assert!(change(&|s| s.picks[0].claims.reverse()).is_ok(), "order is nothing");
    let family_name = || ClaimsPointer::claim("family_name");
    assert_eq!(change(&|s| s.picks[0].claims.push(family_name())), Err(SelectionError::Claims));
    assert_eq!(change(&|s| s.picks[0].claims.truncate(1)), Err(SelectionError::Claims));
    assert_eq!(change(&|s| s.picks[0].claims.clear()), Err(SelectionError::Claims));
    assert_eq!(change(&|s| s.picks[0].candidate = CandidateId::new("third")), Err(SelectionError::NoMatch));
    assert_eq!(change(&|s| s.picks[0].query = id("other")), Err(SelectionError::NoMatch));
    assert_eq!(change(&|s| s.picks.push(s.picks[0].clone())), Err(SelectionError::TooMany));
    let second = |s: &mut Selection| {
        s.picks.push(Pick { candidate: CandidateId::new("second"), ..s.picks[0].clone() })
    };
    assert_eq!(change(&second), Err(SelectionError::TooMany));
    assert_eq!(change(&|s| s.picks.clear()), Err(SelectionError::Incomplete));

    let several = one(json!({ "multiple": true, "claims": [{ "path": ["age"] }, { "path": ["resident"] }] }));
    let found = several.evaluate(&[card("mine", PID, identity()), card("second", PID, identity())]);
    let mut both = right.clone();
    second(&mut both);
    assert_eq!(found.approve(&both).unwrap().disclosures().len(), 2);
    both.picks.push(both.picks[0].clone());
    assert_eq!(found.approve(&both), Err(SelectionError::TooMany), "never the same one twice");
}

#[test]
fn two_ways_at_once_are_more_than_was_asked_for() {
    let asked = |sets: Value| {
        query(json!({
            "credentials": [
                { "id": "a", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:a"] } },
                { "id": "b", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:b"] } },
                { "id": "c", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:c"] } },
            ],
            "credential_sets": sets,
        }))
    };
    let held = ["a", "b", "c"].map(|name| card(name, &format!("urn:{name}"), json!({})));
    let pick = |name: &str| Pick { query: id(name), candidate: CandidateId::new(name), claims: Vec::new() };
    let chosen = |names: &[&str]| Selection { picks: names.iter().map(|name| pick(name)).collect() };

    let either = asked(json!([{ "options": [["a"], ["b"]] }])).evaluate(&held);
    assert!(either.approve(&chosen(&["a"])).is_ok() && either.approve(&chosen(&["b"])).is_ok());
    assert_eq!(either.approve(&chosen(&["a", "b"])), Err(SelectionError::Surplus));
    assert_eq!(either.approve(&chosen(&["a", "c"])), Err(SelectionError::Surplus), "c is in no set");

    let larger = asked(json!([{ "options": [["a"], ["a", "b"]] }])).evaluate(&held);
    assert!(larger.approve(&chosen(&["a", "b"])).is_ok());
    let optional = asked(json!([{ "options": [["a"]] }, { "required": false, "options": [["b", "c"]] }]))
        .evaluate(&held);
    assert_eq!(
        optional.approve(&chosen(&["a", "b"])),
        Err(SelectionError::Surplus),
        "half of an optional set"
    );
    assert!(optional.approve(&chosen(&["a", "b", "c"])).is_ok());

    let crossed =
        asked(json!([{ "options": [["a"], ["b", "c"]] }, { "options": [["b"]] }, { "options": [["c"]] }]));
    let found = crossed.evaluate(&held);
    assert_eq!(found.preferred().unwrap(), chosen(&["b", "c"]), "what others make needless is left out");
}

/// DCQL-4
#[test]
fn dcql_4_a_verifier_checks_every_presentation_and_all_of_them() {
    let asked = query(json!({ "credentials": [
        { "id": "a", "format": "dc+sd-jwt", "meta": { "vct_values": [PID] }, "claims": [{ "path": ["age"], "values": [36] }] },
        { "id": "b", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:b"] } },
    ] }));
    let presented = |name: &str, credential: Candidate| Presented { query: id(name), credential };
    let a = || presented("a", card("1", PID, json!({ "age": 36 })));
    let b = || presented("b", card("2", "urn:b", json!({})));
    assert_eq!(asked.check_response(&[a(), b()]), Ok(()));
    assert_eq!(asked.check_response(&[a()]), Err(ResponseError::Unsatisfied));
    assert_eq!(asked.check_response(&[a(), b(), b()]), Err(ResponseError::TooMany));
    assert_eq!(
        asked.check_response(&[a(), b(), presented("c", card("3", "urn:b", json!({})))]),
        Err(ResponseError::Unrequested)
    );
    let mismatch =
        |wrong: Presented| asked.check_response(&[wrong, b()]) == Err(ResponseError::Mismatch(id("a")));
    assert!(mismatch(presented("a", card("1", PID, json!({ "age": 35 })))));
    assert!(mismatch(presented("a", card("1", PID, json!({})))));
    assert!(mismatch(presented("a", card("1", "urn:b", json!({ "age": 36 })))));
    assert!(mismatch(presented("a", Candidate { key_bound: false, ..card("1", PID, json!({ "age": 36 })) })));
}

/// A query over three types and claims with sets made from seeds.
fn any_query() -> impl Strategy<Value = Query> {
    let claims = prop::collection::vec(0..6_usize, 0..4);
    let credentials = prop::collection::vec((0..3_usize, claims, any::<bool>()), 1..5);
    let sets = prop::collection::vec(
        (any::<bool>(), prop::collection::vec(prop::collection::vec(0..5_usize, 1..3), 1..3)),
        0..3,
    );
    (credentials, sets).prop_map(|(credentials, sets)| {
        let count = credentials.len();
        let credentials: Vec<_> = credentials.iter().enumerate().map(|(at, (vct, claims, multiple))| {
            let mut credential = json!({ "id": format!("q{at}"), "format": "dc+sd-jwt", "multiple": multiple,
                "meta": { "vct_values": [format!("urn:{vct}")] } });
            if !claims.is_empty() {
                credential["claims"] = claims.iter().map(|claim| json!({ "path": [format!("c{claim}")] })).collect();
            }
            credential
        }).collect();
        let mut all = json!({ "credentials": credentials });
        if !sets.is_empty() {
            all["credential_sets"] = sets.iter().map(|(required, options)| {
                let options: Vec<Vec<String>> =
                    options.iter().map(|option| option.iter().map(|at| format!("q{}", at % count)).collect()).collect();
                json!({ "required": required, "options": options })
            }).collect();
        }
        query(all)
    })
}

fn any_card() -> impl Strategy<Value = Candidate> {
    (0..3_usize, prop::collection::vec(0..6_usize, 0..6), 0..100_u32).prop_map(|(vct, claims, number)| {
        let claims = claims.into_iter().map(|claim| (format!("c{claim}"), json!(claim))).collect();
        card(&number.to_string(), &format!("urn:{vct}"), Value::Object(claims))
    })
}

proptest! {
    /// What the wallet offers by itself is approved, and a verifier that gets just that is satisfied.
    #[test]
    fn the_preferred_selection_is_approved_and_satisfies_the_verifier(
        query in any_query(), cards in prop::collection::vec(any_card(), 0..6)
    ) {
        let found = query.evaluate(&cards);
        prop_assert_eq!(found.preferred().is_some(), found.satisfiable());
        let Some(preferred) = found.preferred() else { return Ok(()) };
        let approved = found.approve(&preferred).unwrap();
        let presented: Vec<_> = approved.disclosures().iter().map(|disclosure| {
            let held = cards.iter().find(|held| held.id == disclosure.candidate && {
                let asked = query.credential(&disclosure.query).unwrap();
                matches!(&asked.meta, Meta::Vct(vct) if held.types.iter().any(|t| vct.contains(t)))
                    && disclosure.claims.iter().all(|claim| !claim.select(&held.claims).is_empty())
            }).unwrap();
            let shown = disclosure.claims.iter().map(|claim| (claim.to_string(), claim.select(&held.claims)[0].value.clone()));
            Presented { query: disclosure.query.clone(), credential: Candidate { claims: Value::Object(shown.collect()), ..held.clone() } }
        }).collect();
        prop_assert_eq!(query.check_response(&presented), Ok(()));
    }

    /// Any JSON is either a query or refused.
    #[test]
    fn no_json_makes_the_reader_panic(text in r#"[\[\]{}",:a-c0-9 ]{0,40}"#) {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let _ = Query::from_value(&value);
            let _ = Query::from_value(&json!({ "credentials": [{ "id": "a", "format": "x", "meta": value.clone(), "claims": value }] }));
        }
    }
}

/// DCQL-5
#[test]
fn dcql_5_values_are_compared_as_they_are_written_and_a_verifier_of_this_house_writes_them_in_nfc() {
    let nfd = "\u{1106}\u{1161}\u{1111}\u{1169}\u{1100}\u{116e}";
    let asks = |values: Value| one(json!({ "claims": [{ "path": ["district"], "values": values }] }));
    let lives = card("mine", PID, json!({ "district": "마포구" }));
    let as_written = asks(json!([nfd, 7, true]));
    assert!(!as_written.evaluate(std::slice::from_ref(&lives)).satisfiable(), "exactly: OpenID4VP 6.4.1");
    let normal = as_written.with_values_in_nfc();
    assert!(normal.evaluate(&[lives]).satisfiable());
    assert_eq!(normal.to_value()["credentials"][0]["claims"][0]["values"], json!(["마포구", 7, true]));
    assert_eq!(Query::nothing().with_values_in_nfc(), Query::nothing());
}
