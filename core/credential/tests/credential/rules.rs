//! Every rule of RFC 9901 that a token can break, broken once at least; the token beside it that breaks none is verified.

use crate::support::{
    AUDIENCE, Forge, NONCE, NOW, digest, disclosure, holder, issuer, key, sign_raw, to_flattened,
};
use citizen_credential::sd_jwt::{Expected, KeyBinding, Kind, Transaction};
use citizen_credential::{Rule, SdJwtError, UnverifiedSdJwt, VerifiedSdJwt};
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Value, json};

const BOUND: KeyBinding<'static> =
    KeyBinding::Required(Transaction { nonce: NONCE, audience: AUDIENCE, longest: Seconds::new(300) });

fn expected() -> Expected<'static> {
    Expected { now: NOW, kind: Kind::Credential, audience: Some(AUDIENCE), ..Expected::default() }
}

fn verify_with(token: &str, expected: &Expected<'_>) -> Result<VerifiedSdJwt, SdJwtError> {
    UnverifiedSdJwt::parse(token)?.verify(&key(&issuer()), expected)
}

fn rule(token: &str) -> Option<Rule> {
    verify_with(token, &expected()).err().map(SdJwtError::rule)
}

fn bound_rule(token: &str) -> Option<Rule> {
    verify_with(token, &Expected { key_binding: BOUND, ..expected() }).err().map(SdJwtError::rule)
}

/// The payload changed in one place.
fn payload(change: impl FnOnce(&mut Value)) -> String {
    Forge::valid().with(|forge| change(&mut forge.payload)).token()
}

/// The key binding changed in one place.
fn binding(change: impl FnOnce(&mut crate::support::Binding)) -> String {
    Forge::bound().with(|forge| change(forge.binding.as_mut().unwrap())).token()
}

#[test]
fn what_breaks_no_rule_is_verified_and_put_together() {
    let verified = verify_with(&Forge::valid().token(), &expected()).unwrap();
    let claims = verified.claims();
    assert_eq!(claims["name"], "홍 길동");
    assert_eq!(claims["address"], json!({ "city": "서울", "district": "마포구" }));
    // What was not disclosed, and decoys, leave no trace.
    assert_eq!(claims["nationalities"], json!(["KR", "US"]));
    assert_eq!(claims["open"], json!({ "inner": [1, null, {}] }));
    assert!(claims.get("_sd").is_none() && claims.get("_sd_alg").is_none());
    let disclosed: Vec<String> = verified.disclosed().map(ToString::to_string).collect();
    assert_eq!(disclosed, ["address", "address.district", "name", "nationalities[0]"]);
    assert!(verified.key_bound().is_none());

    let bound = verify_with(&Forge::bound().token(), &Expected { key_binding: BOUND, ..expected() }).unwrap();
    assert_eq!(bound.key_bound().unwrap().holder(), &key(&holder()));
}

#[test]
fn an_object_that_loses_all_its_members_stays_an_object() {
    let token = payload(|payload| payload["empty"] = json!({ "_sd": [digest("x")] }));
    assert_eq!(verify_with(&token, &expected()).unwrap().claims()["empty"], json!({}));
}

#[test]
fn sdjwt_1_parts_are_there_with_tildes_between_them() {
    let (jwt, token) = (Forge::valid().jwt(), Forge::valid().token());
    for broken in
        [jwt.clone(), format!("{jwt}~~"), token.replacen('~', "~~", 1), format!("~{token}"), String::new()]
    {
        assert_eq!(rule(&broken), Some(Rule::Parts));
    }
    // A disclosure without its tilde is taken for a key binding, and is none.
    assert_eq!(rule(token.trim_end_matches('~')), Some(Rule::KeyBindingForm));
}

#[test]
fn sdjwt_2_a_disclosure_is_sent_once() {
    let token = Forge::valid().with(|forge| forge.disclosures.push(forge.disclosures[0].clone())).token();
    assert_eq!(rule(&token), Some(Rule::DisclosureTwice));
}

#[test]
fn sdjwt_3_a_disclosure_is_base64url_of_json_with_one_meaning() {
    for content in ["[", "x", r#"["s","a",{"b":1,"b":2}]"#, r#"["s","a",1]x"#, r#"["s","a",01]"#] {
        assert_eq!(rule(&Forge::valid().property(content).token()), Some(Rule::DisclosureText), "{content}");
    }
    let plain = disclosure(r#"["s-9","x",1]"#);
    for text in [format!("{plain}="), format!("{plain}!"), plain.replace('W', "+"), format!(" {plain}")] {
        let token = Forge::valid().with(|forge| {
            forge.payload["_sd"].as_array_mut().unwrap().push(digest(&text).into());
            forge.disclosures.push(text.clone());
        });
        assert_eq!(rule(&token.token()), Some(Rule::DisclosureText), "{text}");
    }
}

#[test]
fn sdjwt_4_salt_and_name_are_strings() {
    for content in [r#"[1,"a",1]"#, r#"["s",1,1]"#, r#"["s",null,1]"#] {
        assert_eq!(rule(&Forge::valid().property(content).token()), Some(Rule::DisclosureSalt), "{content}");
    }
    assert_eq!(rule(&Forge::valid().element("[1,1]").token()), Some(Rule::DisclosureSalt));
}

#[test]
fn sdjwt_5_no_algorithm_is_taken_that_is_not_secure() {
    let text = Forge::valid().payload.to_string();
    for algorithm in ["none", "None", "HS256", "RS256", "ES384", ""] {
        let jwt = sign_raw(&json!({ "alg": algorithm, "typ": "dc+sd-jwt" }), &text, &issuer());
        assert_eq!(rule(&format!("{jwt}~")), Some(Rule::Algorithm), "{algorithm}");
    }
    let unsigned = sign_raw(&json!({ "alg": "none" }), &text, &issuer());
    let (start, _) = unsigned.rsplit_once('.').unwrap();
    assert!(rule(&format!("{start}.~")).is_some());
}

#[test]
fn sdjwt_6_the_signature_is_the_issuers_over_these_bytes() {
    let token = Forge::valid().token();
    let stranger = SoftwareSigner::from_bytes(Algorithm::Es256, &[9; 32]).unwrap();
    let by =
        |signer: &SoftwareSigner| UnverifiedSdJwt::parse(&token).unwrap().verify(&key(signer), &expected());
    assert_eq!(by(&stranger).unwrap_err().rule(), Rule::Signature);
    let other_curve = SoftwareSigner::from_bytes(Algorithm::EdDsa, &[7; 32]).unwrap();
    assert_eq!(by(&other_curve).unwrap_err().rule(), Rule::Signature);
    // Another payload under the same signature.
    let (jwt, other) = (Forge::valid().jwt(), payload(|payload| payload["vct"] = json!("urn:x:1")));
    let parts: Vec<&str> = jwt.split('.').collect();
    let other_payload = other.split('.').nth(1).unwrap();
    assert_eq!(rule(&format!("{}.{other_payload}.{}~", parts[0], parts[2])), Some(Rule::Signature));
    // The key that a stranger brings along counts for nothing.
    let header = json!({ "alg": "ES256", "typ": "dc+sd-jwt", "jwk": stranger.jwk().to_value() });
    let own = sign_raw(&header, &json!({ "vct": "urn:x:1" }).to_string(), &stranger);
    assert_eq!(rule(&format!("{own}~")), Some(Rule::Signature));
}

#[test]
fn sdjwt_7_the_issuer_is_whose_key_it_is() {
    let token = Forge::valid().token();
    let by = |issuer| verify_with(&token, &Expected { issuer: Some(issuer), ..expected() });
    assert!(by("https://seoul.example").is_ok());
    assert_eq!(by("https://busan.example").unwrap_err().rule(), Rule::Issuer);
    assert_eq!(rule(&payload(|payload| payload["iss"] = json!(["x"]))), Some(Rule::ClaimForm));
}

#[test]
fn sdjwt_8_the_hash_algorithm_is_understood_and_secure() {
    for name in [
        json!("md5"),
        json!("sha-256-32"),
        json!("SHA-256"),
        json!("sha-1"),
        json!(""),
        json!(256),
        json!(null),
    ] {
        assert_eq!(
            rule(&payload(|payload| payload["_sd_alg"] = name.clone())),
            Some(Rule::HashAlgorithm),
            "{name}"
        );
    }
    // SHA-256 is meant where nothing stands.
    let silent = payload(|payload| drop(payload.as_object_mut().unwrap().remove("_sd_alg")));
    assert_eq!(verify_with(&silent, &expected()).unwrap().disclosed().count(), 4);
    // Digests by another algorithm than is named refer to nothing.
    assert_eq!(rule(&payload(|payload| payload["_sd_alg"] = json!("sha-512"))), Some(Rule::Unreferenced));
}

#[test]
fn sdjwt_9_the_hash_algorithm_stands_at_the_top_alone() {
    let token = payload(|payload| payload["open"]["_sd_alg"] = json!("sha-256"));
    assert_eq!(rule(&token), Some(Rule::HashAlgorithmPlace));
    let within = Forge::valid().property(r#"["s","x",[{"_sd_alg":"sha-256"}]]"#).token();
    assert_eq!(rule(&within), Some(Rule::HashAlgorithmPlace));
    let as_claim = Forge::valid().property(r#"["s","_sd_alg","sha-512"]"#).token();
    assert_eq!(rule(&as_claim), Some(Rule::HashAlgorithmPlace));
}

#[test]
fn sdjwt_10_digests_of_members_are_an_array_of_strings() {
    for list in [json!("x"), json!({}), json!(null), json!([1]), json!([[digest("x")]]), json!([null])] {
        let token = payload(|payload| payload["open"]["_sd"] = list.clone());
        assert_eq!(rule(&token), Some(Rule::DigestList), "{list}");
        let within = Forge::valid().property(&format!(r#"["s","x",{{"_sd":{list}}}]"#)).token();
        assert_eq!(rule(&within), Some(Rule::DigestList), "{list}");
    }
    assert_eq!(rule(&payload(|payload| payload["open"]["_sd"] = json!([]))), None);
}

#[test]
fn sdjwt_11_the_digest_of_an_element_stands_alone_in_its_object() {
    for element in [
        json!({ "...": digest("x"), "a": 1 }),
        json!({ "...": 1 }),
        json!({ "...": null }),
        json!({ "...": [] }),
    ] {
        let token = payload(|payload| payload["open"]["inner"] = json!([element]));
        assert_eq!(rule(&token), Some(Rule::DigestElement), "{element}");
    }
    assert_eq!(rule(&payload(|payload| payload["open"]["inner"] = json!([[{ "...": digest("x") }]]))), None);
}

#[test]
fn sdjwt_12_reserved_names_are_used_for_digests_alone() {
    assert_eq!(rule(&payload(|payload| payload["..."] = json!("x"))), Some(Rule::ReservedName));
    assert_eq!(
        rule(&payload(|payload| payload["open"] = json!({ "...": digest("x") }))),
        Some(Rule::ReservedName)
    );
    let value = Forge::valid().element(&format!(r#"["s",{{"...":"{}"}}]"#, digest("x"))).token();
    assert_eq!(rule(&value), Some(Rule::ReservedName));
}

#[test]
fn sdjwt_13_a_members_disclosure_has_three_elements() {
    for content in [r#"["s","KR"]"#, r#"["s","a",1,2]"#, "[]", r#"["s"]"#, r#"{"s":1}"#, "1", "null"] {
        assert_eq!(rule(&Forge::valid().property(content).token()), Some(Rule::PropertyForm), "{content}");
    }
}

#[test]
fn sdjwt_14_no_disclosure_names_a_claim_as_what_digests_stand_in() {
    for content in [r#"["s","_sd",[]]"#, r#"["s","...","x"]"#, r#"["s","\u005fsd",1]"#] {
        assert_eq!(rule(&Forge::valid().property(content).token()), Some(Rule::PropertyName), "{content}");
    }
}

#[test]
fn sdjwt_15_no_disclosure_overwrites_a_claim() {
    for content in [r#"["s","vct","urn:other"]"#, r#"["s","open",1]"#, r#"["s","name","임꺽정"]"#] {
        assert_eq!(rule(&Forge::valid().property(content).token()), Some(Rule::PropertyExists), "{content}");
    }
    // At another level it may.
    let inner = disclosure(r#"["s","vct","urn:other"]"#);
    let token = Forge::valid().with(|forge| {
        forge.payload["open"]["_sd"] = json!([digest(&inner)]);
        forge.disclosures.push(inner);
    });
    assert_eq!(rule(&token.token()), None);
}

#[test]
fn sdjwt_16_an_elements_disclosure_has_two_elements() {
    for content in [r#"["s","name2","KR"]"#, r#"["s"]"#, "[]", r#"["s",1,2,3]"#, "{}", "\"KR\""] {
        let found = rule(&Forge::valid().element(content).token());
        assert_eq!(found, Some(Rule::ElementForm), "{content}");
    }
}

#[test]
fn sdjwt_17_no_digest_stands_twice() {
    let name = Forge::valid().disclosures[3].clone();
    // One of the name as an element breaks another rule before.
    let as_element = payload(|payload| payload["open"]["inner"] = json!([{ "...": digest(&name) }]));
    assert_eq!(rule(&as_element), Some(Rule::ElementForm));
    for (twice, is_decoy) in [(digest(&name), false), (digest("a decoy"), true)] {
        let twice = &twice;
        let same_list = payload(|payload| payload["_sd"].as_array_mut().unwrap().push(json!(twice)));
        let other_level = payload(|payload| payload["open"]["_sd"] = json!([twice]));
        let element = payload(|payload| payload["open"]["inner"] = json!([{ "...": twice }]));
        let disclosed = Forge::valid().property(&format!(r#"["s","x",{{"_sd":["{twice}"]}}]"#)).token();
        let tokens = [same_list, other_level, disclosed].into_iter().chain(is_decoy.then_some(element));
        for token in tokens {
            assert_eq!(rule(&token), Some(Rule::DigestTwice));
        }
    }
}

#[test]
fn sdjwt_18_every_disclosure_is_referred_to() {
    let stray = |content: &str| {
        let text = disclosure(content);
        Forge::valid().with(|forge| forge.disclosures.push(text)).token()
    };
    for content in [r#"["s","x",1]"#, r#"["s",1]"#, "[]", "{}"] {
        assert_eq!(rule(&stray(content)), Some(Rule::Unreferenced), "{content}");
    }
    // One within another, without that one.
    let token = Forge::valid().with(|forge| drop(forge.disclosures.remove(0))).token();
    assert_eq!(rule(&token), Some(Rule::Unreferenced));
    // A digest in a value that is no list of digests refers to nothing.
    let text = disclosure(r#"["s","x",1]"#);
    let token = Forge::valid().with(|forge| {
        forge.payload["open"]["digest"] = json!([digest(&text)]);
        forge.disclosures.push(text);
    });
    assert_eq!(rule(&token.token()), Some(Rule::Unreferenced));
}

#[test]
fn sdjwt_19_and_20_it_counts_between_its_times() {
    let token = Forge::valid().token();
    let at = |seconds| {
        let now = UnixTime::from_seconds(seconds);
        verify_with(&token, &Expected { now, ..expected() }).err().map(SdJwtError::rule)
    };
    assert_eq!(at(1_800_099_999), None);
    assert_eq!(at(1_800_100_000), Some(Rule::Expired));
    assert_eq!(at(1_799_990_000), None);
    assert_eq!(at(1_799_989_940), None);
    assert_eq!(at(1_799_989_939), Some(Rule::NotYetValid));
    assert_eq!(rule(&payload(|payload| payload["exp"] = json!(1_799_999_999.5))), Some(Rule::Expired));
}

#[test]
fn sdjwt_21_it_is_for_this_verifier_if_it_says_for_whom() {
    let named = |audience: Value| rule(&payload(|payload| payload["aud"] = audience));
    assert_eq!(named(json!(AUDIENCE)), None);
    assert_eq!(named(json!(["x", AUDIENCE])), None);
    for other in [json!("x"), json!([]), json!(["x"])] {
        assert_eq!(named(other.clone()), Some(Rule::Audience), "{other}");
    }
    let nameless = payload(|payload| payload["aud"] = json!(AUDIENCE));
    let outcome = verify_with(&nameless, &Expected { audience: None, ..expected() });
    assert_eq!(outcome.unwrap_err().rule(), Rule::Audience);
}

#[test]
fn sdjwt_22_claims_that_control_validity_are_of_their_type() {
    for (name, value) in [
        ("exp", json!("1900000000")),
        ("nbf", json!(null)),
        ("iat", json!([])),
        ("aud", json!(1)),
        ("exp", json!(-1)),
    ] {
        let token = payload(|payload| payload[name] = value.clone());
        assert_eq!(rule(&token), Some(Rule::ClaimForm), "{name}: {value}");
    }
}

#[test]
fn sdjwt_23_what_is_required_is_there() {
    let needing = |required| verify_with(&Forge::valid().token(), &Expected { required, ..expected() });
    assert!(needing(&["exp", "name"]).is_ok());
    assert_eq!(needing(&["exp", "status"]).unwrap_err().rule(), Rule::ClaimMissing);
    // A claim that is not disclosed is not there.
    let token = Forge::valid().with(|forge| drop(forge.disclosures.pop())).token();
    let outcome = verify_with(&token, &Expected { required: &["name"], ..expected() });
    assert_eq!(outcome.unwrap_err().rule(), Rule::ClaimMissing);
}

#[test]
fn sdjwt_24_nothing_is_concealed_that_validity_hangs_on() {
    for name in ["iss", "aud", "exp", "nbf", "cnf", "status", "vct", "vct#integrity", "aka_vcts"] {
        let forge = Forge::valid().with(|forge| drop(forge.payload.as_object_mut().unwrap().remove(name)));
        let value = match name {
            "exp" | "nbf" => json!(1_800_000_000 + i32::from(name == "exp") * 9),
            "cnf" => json!({ "jwk": holder().jwk().to_value() }),
            _ => json!(AUDIENCE),
        };
        let token = forge.property(&json!(["s", name, value]).to_string()).token();
        assert_eq!(rule(&token), Some(Rule::Concealed), "{name}");
    }
    // Nor a part of it.
    let key = disclosure(&json!(["s", "jwk", holder().jwk().to_value()]).to_string());
    let token = Forge::valid().with(|forge| {
        forge.payload["cnf"] = json!({ "_sd": [digest(&key)] });
        forge.disclosures.push(key);
    });
    assert_eq!(rule(&token.token()), Some(Rule::Concealed));
    // Entries of `aud` may be.
    let entry = disclosure(&json!(["s", AUDIENCE]).to_string());
    let token = Forge::valid().with(|forge| {
        forge.payload["aud"] = json!(["x", { "...": digest(&entry) }]);
        forge.disclosures.push(entry);
    });
    assert_eq!(rule(&token.token()), None);
}

#[test]
fn sdjwt_25_a_token_of_another_type_is_none() {
    let typed = |typ, kind| {
        let token = Forge::valid().with(|forge| forge.typ = typ).token();
        verify_with(&token, &Expected { kind, ..expected() }).err().map(SdJwtError::rule)
    };
    for typ in ["dc+sd-jwt", "vc+sd-jwt", "application/dc+sd-jwt", "DC+SD-JWT"] {
        assert_eq!(typed(Some(typ), Kind::Credential), None, "{typ}");
        assert_eq!(typed(Some(typ), Kind::Any), None, "{typ}");
    }
    for typ in [None, Some("JWT"), Some("example+sd-jwt")] {
        assert_eq!(typed(typ, Kind::Any), None, "{typ:?}");
        assert_eq!(typed(typ, Kind::Credential), Some(Rule::Type), "{typ:?}");
    }
    for typ in ["kb+jwt", "statuslist+jwt", "oauth-authz-req+jwt", "dc+sd-jwt2", ""] {
        assert_eq!(typed(Some(typ), Kind::Any), Some(Rule::Type), "{typ}");
    }
}

#[test]
fn sdjwt_26_a_holder_is_given_no_key_binding() {
    let accept = |token: &str| UnverifiedSdJwt::parse(token).unwrap().accept(&key(&issuer()), &expected());
    assert!(accept(&Forge::valid().token()).is_ok());
    assert_eq!(accept(&Forge::bound().token()).unwrap_err().rule(), Rule::HolderKeyBinding);
}

#[test]
fn sdjwt_28_a_key_binding_that_is_required_is_there() {
    assert_eq!(bound_rule(&Forge::valid().token()), Some(Rule::KeyBindingMissing));
    // One that nobody asked for counts for nothing, and must hold all the same.
    let unasked = verify_with(&Forge::bound().token(), &expected()).unwrap();
    assert!(unasked.key_bound().is_none() && unasked.has_unasked_key_binding());
    assert_eq!(rule(&binding(|binding| binding.typ = "JWT")), Some(Rule::KeyBindingType));
}

#[test]
fn sdjwt_29_it_names_the_holders_key() {
    let private = json!({ "jwk": holder().dangerous_private_jwk() });
    for confirmation in
        [json!(null), json!({}), json!({ "kid": "x" }), json!({ "jwk": {} }), json!({ "jwk": "x" }), private]
    {
        let token = Forge::bound().with(|forge| forge.payload["cnf"] = confirmation.clone()).token();
        assert_eq!(bound_rule(&token), Some(Rule::HolderKey), "{confirmation}");
    }
    let without = Forge::bound().with(|forge| drop(forge.payload.as_object_mut().unwrap().remove("cnf")));
    assert_eq!(bound_rule(&without.token()), Some(Rule::HolderKey));
}

/// The key binding of a token made again, by another key or with another header.
fn rebound(header: &Value, signer: &SoftwareSigner) -> String {
    let token = Forge::bound().token();
    let (start, binding) = token.rsplit_once('~').unwrap();
    let claims = citizen_jose::UnverifiedJwt::parse(binding).unwrap().claims_unverified().to_string();
    format!("{start}~{}", sign_raw(header, &claims, signer))
}

#[test]
fn sdjwt_30_and_31_the_key_binding_is_signed_by_the_holders_key_in_a_secure_way() {
    let header = |algorithm: &str| json!({ "alg": algorithm, "typ": "kb+jwt" });
    assert_eq!(bound_rule(&rebound(&header("ES256"), &holder())), None);
    for algorithm in ["none", "HS256", "RS256", "nOnE"] {
        assert_eq!(bound_rule(&rebound(&header(algorithm), &holder())), Some(Rule::KeyBindingAlgorithm));
    }
    assert_eq!(bound_rule(&rebound(&header("ES256"), &issuer())), Some(Rule::KeyBindingSignature));
    let other_curve = SoftwareSigner::from_bytes(Algorithm::EdDsa, &[8; 32]).unwrap();
    assert_eq!(bound_rule(&rebound(&header("EdDSA"), &other_curve)), Some(Rule::KeyBindingSignature));
    // A stranger's key in the header counts for nothing.
    let stranger = SoftwareSigner::from_bytes(Algorithm::Es256, &[9; 32]).unwrap();
    let own = json!({ "alg": "ES256", "typ": "kb+jwt", "jwk": stranger.jwk().to_value() });
    assert_eq!(bound_rule(&rebound(&own, &stranger)), Some(Rule::KeyBindingSignature));
}

#[test]
fn sdjwt_32_the_key_binding_says_that_it_is_one() {
    for typ in ["JWT", "dc+sd-jwt", "kb", ""] {
        assert_eq!(bound_rule(&binding(|binding| binding.typ = typ)), Some(Rule::KeyBindingType), "{typ}");
    }
    assert_eq!(bound_rule(&rebound(&json!({ "alg": "ES256" }), &holder())), Some(Rule::KeyBindingType));
}

#[test]
fn sdjwt_33_the_key_binding_was_made_just_now() {
    let made_at = |seconds: u64| bound_rule(&binding(|binding| binding.claims["iat"] = json!(seconds)));
    assert_eq!(made_at(NOW.seconds() - 300), None);
    assert_eq!(made_at(NOW.seconds() - 301), Some(Rule::KeyBindingTime));
    assert_eq!(made_at(NOW.seconds() + 60), None);
    assert_eq!(made_at(NOW.seconds() + 61), Some(Rule::KeyBindingTime));
    assert_eq!(bound_rule(&binding(|binding| binding.without = "iat")), Some(Rule::KeyBindingTime));
    // From the future it is not taken by those either who did not ask for it.
    let token = binding(|binding| binding.claims["iat"] = json!(NOW.seconds() + 61));
    assert_eq!(rule(&token), Some(Rule::KeyBindingTime));
}

#[test]
fn sdjwt_34_and_35_the_key_binding_is_of_this_transaction_and_for_this_verifier() {
    for nonce in [json!("another"), json!(""), json!(1), json!([NONCE])] {
        let token = binding(|binding| binding.claims["nonce"] = nonce.clone());
        assert_eq!(bound_rule(&token), Some(Rule::KeyBindingNonce), "{nonce}");
    }
    for audience in [json!("https://other.example"), json!(""), json!([AUDIENCE]), json!(null)] {
        let token = binding(|binding| binding.claims["aud"] = audience.clone());
        assert_eq!(bound_rule(&token), Some(Rule::KeyBindingAudience), "{audience}");
    }
    assert_eq!(bound_rule(&binding(|binding| binding.without = "nonce")), Some(Rule::KeyBindingNonce));
    assert_eq!(bound_rule(&binding(|binding| binding.without = "aud")), Some(Rule::KeyBindingAudience));
}

#[test]
fn sdjwt_36_the_key_binding_is_over_what_was_sent_and_nothing_else() {
    assert_eq!(bound_rule(&binding(|binding| binding.without = "sd_hash")), Some(Rule::KeyBindingHash));
    for hash in [json!("x"), json!(1), json!(digest(&Forge::valid().jwt()))] {
        let token = binding(|binding| binding.claims["sd_hash"] = hash.clone());
        assert_eq!(bound_rule(&token), Some(Rule::KeyBindingHash), "{hash}");
    }
    let token = Forge::bound().token();
    let parts: Vec<&str> = token.split('~').collect();
    // One disclosure less, and the same in another order.
    let less = [&parts[..4], &parts[5..]].concat().join("~");
    let turned = [parts[0], parts[2], parts[1], parts[3], parts[4], parts[5]].join("~");
    for token in [less, turned] {
        assert_eq!(bound_rule(&token), Some(Rule::KeyBindingHash));
        assert_eq!(rule(&token), Some(Rule::KeyBindingHash));
    }
}

#[test]
fn sdjwt_37_the_key_binding_is_a_valid_jwt() {
    let token = Forge::valid().token();
    for broken in ["x", "a.b", "a.b.c", "....", "~"] {
        let found = bound_rule(&format!("{token}{broken}"));
        assert!(
            matches!(found, Some(Rule::KeyBindingForm | Rule::Parts | Rule::KeyBindingMissing)),
            "{broken}: {found:?}"
        );
    }
    for (name, value) in [("exp", json!(1)), ("nbf", json!(NOW.seconds() + 90)), ("exp", json!("x"))] {
        let token = binding(|binding| binding.claims[name] = value.clone());
        assert_eq!(bound_rule(&token), Some(Rule::KeyBindingForm), "{name}");
    }
    let critical = json!({ "alg": "ES256", "typ": "kb+jwt", "crit": ["x"], "x": 1 });
    assert_eq!(bound_rule(&rebound(&critical, &holder())), Some(Rule::KeyBindingForm));
}

#[test]
fn sdjwt_38_the_json_form_is_that_of_a_jws() {
    let whole = Forge::valid().flattened();
    assert_eq!(rule(&whole.to_string()), None);
    for name in ["payload", "protected", "signature"] {
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(rule(&without.to_string()), Some(Rule::JsonForm), "{name}");
    }
    for (name, value) in
        [("header", json!([])), ("payload", json!(1)), ("signatures", json!([])), ("signatures", json!({}))]
    {
        let mut other = whole.clone();
        other[name] = value;
        assert_eq!(rule(&other.to_string()), Some(Rule::JsonForm), "{name}");
    }
    for (name, value) in [("disclosures", json!("x")), ("disclosures", json!([1])), ("kb_jwt", json!(1))] {
        let mut other = whole.clone();
        other["header"][name] = value;
        assert_eq!(rule(&other.to_string()), Some(Rule::JsonForm), "{name}");
    }
    assert_eq!(rule("{"), Some(Rule::JsonForm));
    assert_eq!(rule(&whole.to_string().replacen('{', r#"{"payload":"e30","#, 1)), Some(Rule::JsonForm));
}

/// The general form, with a second signature by another key.
fn general(token: &str) -> Value {
    let mut flat = to_flattened(token);
    let first = json!({ "protected": flat["protected"].take(), "signature": flat["signature"].take(), "header": flat["header"].take() });
    let stranger = SoftwareSigner::from_bytes(Algorithm::EdDsa, &[3; 32]).unwrap();
    let protected = citizen_jose::base64url::encode(json!({ "alg": "EdDSA" }).to_string());
    let input = format!("{protected}.{}", flat["payload"].as_str().unwrap());
    let signature = citizen_jose::base64url::encode(stranger.sign(input.as_bytes()).unwrap());
    let second = json!({ "protected": protected, "signature": signature, "header": { "kid": "second" } });
    json!({ "payload": flat["payload"], "signatures": [first, second] })
}

#[test]
fn sdjwt_39_disclosures_stand_in_the_first_unprotected_header_alone() {
    let whole = general(&Forge::bound().token());
    assert_eq!(bound_rule(&whole.to_string()), None);
    for name in ["disclosures", "kb_jwt"] {
        let mut other = whole.clone();
        other["signatures"][1]["header"][name] = whole["signatures"][0]["header"][name].clone();
        assert_eq!(bound_rule(&other.to_string()), Some(Rule::JsonHeaders), "{name}");
    }
    let mut moved = whole.clone();
    moved["signatures"][1]["header"] = moved["signatures"][0]["header"].take();
    moved["signatures"][0].as_object_mut().unwrap().remove("header");
    assert_eq!(bound_rule(&moved.to_string()), Some(Rule::JsonHeaders));
    let header = json!({ "alg": "ES256", "typ": "dc+sd-jwt", "disclosures": [] });
    let protected = sign_raw(&header, &json!({ "vct": "urn:x:1" }).to_string(), &issuer());
    let mut flat = to_flattened(&format!("{protected}~"));
    flat.as_object_mut().unwrap().remove("header");
    assert_eq!(rule(&flat.to_string()), Some(Rule::JsonHeaders));
}

#[test]
fn the_json_forms_say_the_same_as_the_compact_one() {
    let token = Forge::bound().token();
    let expected = Expected { key_binding: BOUND, ..expected() };
    let compact = verify_with(&token, &expected).unwrap();
    for json in [to_flattened(&token), general(&token)] {
        let verified = verify_with(&format!(" {json}\n"), &expected).unwrap();
        assert_eq!(verified.claims(), compact.claims());
        assert!(verified.key_bound().is_some());
    }
    // As drafts had it: beside the headers.
    let mut draft = to_flattened(&token);
    let header = draft["header"].take();
    draft["disclosures"] = header["disclosures"].clone();
    draft["kb_jwt"] = header["kb_jwt"].clone();
    draft.as_object_mut().unwrap().remove("header");
    assert_eq!(verify_with(&draft.to_string(), &expected).unwrap().claims(), compact.claims());
}

#[test]
fn sdjwt_40_the_issuers_part_is_a_jwt_of_an_object() {
    for text in ["[]", "1", "x", r#"{"vct":"a","vct":"b"}"#] {
        let jwt = sign_raw(&json!({ "alg": "ES256", "typ": "dc+sd-jwt" }), text, &issuer());
        assert_eq!(rule(&format!("{jwt}~")), Some(Rule::Jwt), "{text}");
    }
    for token in ["x~", "a.b~", "a.b.c~", "....~"] {
        assert_eq!(rule(token), Some(Rule::Jwt), "{token}");
    }
    let critical = sign_raw(&json!({ "alg": "ES256", "crit": ["x"], "x": 1 }), "{}", &issuer());
    assert_eq!(rule(&format!("{critical}~")), Some(Rule::Jwt));
}

#[test]
fn sdjwt_41_disclosures_within_disclosures_do_not_exhaust_the_stack() {
    let chain = |length: usize| {
        let mut disclosures = vec![disclosure(r#"["s",0]"#)];
        for level in 1..length {
            let inner = digest(disclosures.last().unwrap());
            disclosures.push(disclosure(&format!(r#"["s{level}",[[[[[[[[{{"...":"{inner}"}}]]]]]]]]]"#)));
        }
        let outer = digest(disclosures.last().unwrap());
        Forge::valid().with(|forge| {
            forge.payload["deep"] = json!([{ "...": outer }]);
            forge.disclosures.extend(disclosures);
        })
    };
    assert_eq!(rule(&chain(15).token()), None);
    assert_eq!(rule(&chain(5_000).token()), Some(Rule::Depth));
}

#[test]
fn every_rule_has_a_name_a_mark_and_a_section_of_its_own_words() {
    let mut seen = std::collections::BTreeSet::new();
    let readme = include_str!("../../README.md");
    for rule in Rule::ALL {
        assert!(seen.insert(rule.name()) && seen.insert(rule.mark()), "{rule}");
        assert!(rule.section().starts_with("RFC "), "{rule}");
        assert!(readme.contains(&format!("**{}**", rule.mark())), "{} is not in the README", rule.mark());
    }
}
