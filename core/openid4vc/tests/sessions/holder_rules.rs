//! What a wallet asks of an issuer and its server, one rule at a time: what they say of themselves, and what they answer.

use crate::vci::{BACK, ISSUER, Server, client};
use crate::world::NOW;
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner, base64url};
use citizen_openid4vc::http::{HttpRequest, HttpResponse, JSON, Reach, decode_form, encode_form};
use citizen_openid4vc::vci::*;
use citizen_primitives::{Seconds, random};
use serde_json::{Value, json};
use zeroize::Zeroizing;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/// What issuer and server say, to be changed in one place.
struct Said {
    offer: Value,
    issuer: Value,
    server: Value,
}

type Change<'a> = &'a dyn Fn(&mut Said);

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name);
}

fn said(change: Change<'_>) -> Said {
    let server = Server::new();
    let grants = json!({ GRANT: { "pre-authorized_code": "x" }, "authorization_code": {} });
    let offer = json!({ "credential_issuer": ISSUER, "credential_configuration_ids": ["citizen-card"], "grants": grants });
    let mut said = Said { offer, issuer: server.issuer.metadata(), server: server.issuer.server_metadata() };
    change(&mut said);
    said
}

fn answer(session: &mut IssuanceSession, response: &HttpResponse) -> Result<(), IssuanceError> {
    session.answer(response, NOW, &mut random::system())
}

fn ok(session: &mut IssuanceSession, value: &Value) -> Result<(), IssuanceError> {
    answer(session, &HttpResponse::ok(value))
}

fn sent(session: &IssuanceSession) -> HttpRequest {
    let Step::Send(request) = session.next() else { panic!("{:?}", session.next()) };
    request
}

fn open(said: &Said) -> Result<IssuanceSession, IssuanceError> {
    let link = format!(
        "openid-credential-offer://?{}",
        encode_form(&[("credential_offer", &said.offer.to_string())])
    );
    IssuanceSession::open(&link, client(), NOW, &mut random::system())
}

/// A session at the review.
fn reviewed(change: Change<'_>) -> Result<IssuanceSession, IssuanceError> {
    let said = said(change);
    let mut session = open(&said)?;
    ok(&mut session, &said.issuer)?;
    ok(&mut session, &said.server)?;
    Ok(session)
}

fn take(session: &mut IssuanceSession, names: &[&str], flow: Flow) -> Result<(), IssuanceError> {
    let configurations = names.iter().map(|name| (*name).to_owned()).collect();
    session.accept(&Acceptance { configurations, flow }, NOW, &mut random::system())
}

/// A session that asks for its token.
fn accepted(change: Change<'_>) -> IssuanceSession {
    let mut session = reviewed(change).unwrap();
    take(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    session
}

fn token(kind: &str) -> Value {
    json!({ "access_token": "t", "token_type": kind })
}

/// A session that has its token and asks for a nonce.
fn with_token(change: Change<'_>) -> IssuanceSession {
    let mut session = accepted(change);
    ok(&mut session, &token("DPoP")).unwrap();
    session
}

fn prove(session: &mut IssuanceSession) -> SoftwareSigner {
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    session.keys(vec![signer.jwk()], NOW).unwrap();
    let Step::Sign(inputs) = session.next() else { panic!() };
    let signatures: Vec<_> = inputs.iter().map(|bytes| signer.sign(bytes).unwrap()).collect();
    session.sign(&signatures, NOW, &mut random::system()).unwrap();
    signer
}

/// A session that asks for its credential.
fn ordered(change: Change<'_>) -> IssuanceSession {
    let mut session = with_token(change);
    ok(&mut session, &json!({ "c_nonce": "n" })).unwrap();
    prove(&mut session);
    session
}

fn refused(word: &str) -> Result<(), IssuanceError> {
    Err(IssuanceError::Refused(word.to_owned()))
}

fn error(status: u16, word: &str) -> HttpResponse {
    HttpResponse::new(status, JSON, json!({ "error": word }).to_string())
}

/// VCI-2
#[test]
fn vci_2_what_is_offered_must_be_possible_here() {
    let outcome = |change: Change<'_>| reviewed(change).map(drop);
    assert_eq!(outcome(&|_| {}), Ok(()));
    let card = |said: &mut Said, member: &str, value: Value| {
        said.issuer["credential_configurations_supported"]["citizen-card"][member] = value;
    };
    let proofs = |names: Value| json!({ "jwt": { "proof_signing_alg_values_supported": names } });
    for names in [json!(["ES256"]), json!(["RS256", "EdDSA"]), json!(["Ed25519"])] {
        assert_eq!(outcome(&|said| card(said, "proof_types_supported", proofs(names.clone()))), Ok(()));
    }
    for names in [json!([]), json!(["RS256"]), json!(["ES384", "es256"])] {
        let outcome = outcome(&|said| card(said, "proof_types_supported", proofs(names.clone())));
        assert_eq!(outcome, Err(IssuanceError::Unsupported), "{names}");
    }
    let attested = |said: &mut Said| {
        let mut types = proofs(json!(["ES256"]));
        types["jwt"]["key_attestations_required"] = json!({});
        card(said, "proof_types_supported", types);
    };
    assert_eq!(outcome(&attested), Err(IssuanceError::Unsupported));
    for name in ["credential_request_encryption", "credential_response_encryption"] {
        let encrypted =
            |needed: bool| outcome(&|said| said.issuer[name] = json!({ "encryption_required": needed }));
        assert_eq!((encrypted(false), encrypted(true)), (Ok(()), Err(IssuanceError::Unsupported)), "{name}");
    }
    let batch =
        |size: u64| outcome(&|said| said.issuer["batch_credential_issuance"]["batch_size"] = json!(size));
    assert_eq!((batch(1), batch(2)), (Err(IssuanceError::Metadata), Ok(())));
    let many = |count: usize| {
        outcome(&|said| {
            let one = said.issuer["credential_configurations_supported"]["certificate"].clone();
            let all = said.issuer["credential_configurations_supported"].as_object_mut().unwrap();
            for number in all.len()..count {
                all.insert(number.to_string(), one.clone());
            }
        })
    };
    assert_eq!((many(256), many(257)), (Ok(()), Err(IssuanceError::Metadata)));
}

/// VCI-2
#[test]
fn vci_2_the_server_is_one_of_the_issuers_and_the_one_that_the_grant_names() {
    let asked = |change: Change<'_>| {
        let said = said(change);
        let mut session = open(&said)?;
        ok(&mut session, &said.issuer)?;
        Ok(sent(&session).url.as_str().to_owned())
    };
    let servers =
        |count: usize| (0..count).map(|n| json!(format!("https://as{n}.example"))).collect::<Value>();
    let at = |n: usize| Ok(format!("https://as{n}.example/.well-known/oauth-authorization-server"));
    assert_eq!(asked(&|said| said.issuer["authorization_servers"] = servers(16)), at(0));
    assert_eq!(
        asked(&|said| said.issuer["authorization_servers"] = servers(17)),
        Err(IssuanceError::Metadata)
    );
    for grant in [GRANT, "authorization_code"] {
        let named = |name: &str| {
            asked(&|said| {
                said.issuer["authorization_servers"] = servers(2);
                said.offer["grants"][grant]["authorization_server"] = json!(name);
            })
        };
        assert_eq!(named("https://as1.example"), at(1), "{grant}");
        assert_eq!(named("https://evil.example"), Err(IssuanceError::Metadata), "{grant}");
    }
}

#[test]
fn a_citizen_accepts_something_that_was_offered_and_signs_in_where_she_can() {
    let review = |change: Change<'_>| {
        let session = reviewed(change).unwrap();
        let Step::Review(review) = session.next() else { panic!() };
        (review.pre_authorized, review.authorization)
    };
    assert_eq!(review(&|_| {}), (true, true));
    assert_eq!(review(&|said| remove(&mut said.server, "authorization_endpoint")), (true, false));
    assert_eq!(review(&|said| remove(&mut said.offer["grants"], "authorization_code")), (true, false));
    assert_eq!(review(&|said| remove(&mut said.offer["grants"], GRANT)), (false, true));
    let mut session = reviewed(&|_| {}).unwrap();
    assert_eq!(take(&mut session, &[], Flow::PreAuthorized(None)), Err(IssuanceError::Choice));
    assert_eq!(take(&mut session, &["certificate"], Flow::Authorization), Err(IssuanceError::Choice));
    let mut nowhere = reviewed(&|said| remove(&mut said.server, "authorization_endpoint")).unwrap();
    let refused = take(&mut nowhere, &["citizen-card"], Flow::Authorization);
    assert_eq!(refused, Err(IssuanceError::Unsupported));
}

/// Where the browser goes, without a pushed request: the address before the question mark, and the fields behind it.
fn browsed(change: Change<'_>) -> (IssuanceSession, String) {
    let mut session = reviewed(&|said| {
        remove(&mut said.server, "pushed_authorization_request_endpoint");
        change(said);
    })
    .unwrap();
    take(&mut session, &["citizen-card"], Flow::Authorization).unwrap();
    let Step::Browse(address) = session.next() else { panic!("{:?}", session.next()) };
    (session, address.as_str().to_owned())
}

#[test]
fn a_sign_in_that_is_not_pushed_says_all_in_the_address() {
    let fields = |address: &str| decode_form(address.split_once('?').unwrap().1).unwrap();
    let (_, address) = browsed(&|_| {});
    assert!(address.starts_with(&format!("{ISSUER}/authorize?")));
    let plain = fields(&address);
    let text = |name: &str| plain[name].as_str();
    assert_eq!((text("response_type"), text("code_challenge_method")), ("code", "S256"));
    assert_eq!((text("client_id"), text("redirect_uri")), ("seoul-wallet", BACK));
    assert!(
        text("state").len() >= 43
            && text("code_challenge").len() == 43
            && !plain.contains_key("issuer_state")
    );
    let detail = json!([{ "type": "openid_credential", "credential_configuration_id": "citizen-card" }]);
    assert_eq!(serde_json::from_str::<Value>(text("authorization_details")).unwrap(), detail);

    let (_, address) = browsed(&|said| {
        said.server["authorization_endpoint"] = json!(format!("{ISSUER}/authorize?tenant=1"));
        said.offer["grants"]["authorization_code"]["issuer_state"] = json!("opened at the desk");
        said.issuer["authorization_servers"] = json!([ISSUER]);
    });
    assert!(address.starts_with(&format!("{ISSUER}/authorize?tenant=1&")));
    let more = fields(&address);
    assert_eq!(more["issuer_state"], "opened at the desk");
    let detail: Value = serde_json::from_str(&more["authorization_details"]).unwrap();
    assert_eq!(detail[0]["locations"], json!([ISSUER]), "RFC 9396: whose it is, where servers are others'");
}

/// VCI-6
#[test]
fn vci_6_a_browser_says_from_which_server_it_comes_where_that_says_that_it_will() {
    let back = |change: Change<'_>, more: &[(&str, &str)]| {
        let (mut session, address) = browsed(change);
        let state = decode_form(address.split_once('?').unwrap().1).unwrap()["state"].clone();
        let fields = [&[("state", state.as_str())], more].concat();
        let outcome =
            session.returned(&format!("{BACK}?{}", encode_form(&fields)), NOW, &mut random::system());
        outcome.map(|()| decode_form(&sent(&session).body).unwrap()["code"].clone())
    };
    let silent = |said: &mut Said| remove(&mut said.server, "authorization_response_iss_parameter_supported");
    let denies =
        |said: &mut Said| said.server["authorization_response_iss_parameter_supported"] = json!(false);
    let code = ("code", "c");
    assert_eq!(back(&|_| {}, &[code, ("iss", ISSUER)]), Ok("c".to_owned()));
    assert!(back(&|_| {}, &[code]).is_err());
    let quiet: [Change<'_>; 2] = [&silent, &denies];
    for change in quiet {
        assert_eq!(back(change, &[code]), Ok("c".to_owned()));
        assert!(back(change, &[code, ("iss", "https://evil.example")]).is_err(), "what is said must be true");
    }
    let denied = [("error", "access_denied"), ("iss", ISSUER)];
    assert_eq!(back(&|_| {}, &denied), Err(IssuanceError::Refused("access_denied".to_owned())));
}

/// VCI-3
#[test]
fn vci_3_a_token_is_bound_where_the_server_binds_tokens_and_borne_where_it_does_not() {
    let outcome = |change: Change<'_>, kind: &str| ok(&mut accepted(change), &token(kind));
    for kind in ["DPoP", "dpop"] {
        assert_eq!(outcome(&|_| {}, kind), Ok(()));
    }
    for kind in ["Bearer", "mac", ""] {
        assert_eq!(outcome(&|_| {}, kind), Err(IssuanceError::Answer), "{kind}");
    }
    let none = |said: &mut Said| remove(&mut said.server, "dpop_signing_alg_values_supported");
    let others = |said: &mut Said| said.server["dpop_signing_alg_values_supported"] = json!(["RS256"]);
    let unbound: [Change<'_>; 2] = [&none, &others];
    for change in unbound {
        assert_eq!(outcome(change, "bearer"), Ok(()));
        for kind in ["DPoP", "mac"] {
            assert_eq!(outcome(change, kind), Err(IssuanceError::Answer), "{kind}");
        }
        let mut session = accepted(change);
        assert_eq!(sent(&session).header("dpop"), None);
        ok(&mut session, &token("Bearer")).unwrap();
        ok(&mut session, &json!({ "c_nonce": "n" })).unwrap();
        prove(&mut session);
        let request = sent(&session);
        assert_eq!((request.header("authorization"), request.header("dpop")), (Some("Bearer t"), None));
    }
    let long = |length: usize| {
        ok(&mut accepted(&|_| {}), &json!({ "access_token": "t".repeat(length), "token_type": "DPoP" }))
    };
    assert_eq!((long(16 * 1024), long(16 * 1024 + 1)), (Ok(()), Err(IssuanceError::Answer)));
}

#[test]
fn a_token_is_for_what_the_wallet_asked_for_under_the_servers_own_names() {
    let granted = |details: Value| {
        let mut session = accepted(&|_| {});
        let mut token = token("DPoP");
        token["authorization_details"] = details;
        ok(&mut session, &token)?;
        ok(&mut session, &json!({ "c_nonce": "n" }))?;
        prove(&mut session);
        let body: Value = serde_json::from_str(&sent(&session).body).unwrap();
        Ok((body["credential_identifier"].clone(), body["credential_configuration_id"].clone()))
    };
    let detail = |name: &str, identifiers: Value| json!([{ "type": "openid_credential", "credential_configuration_id": name, "credential_identifiers": identifiers }]);
    assert_eq!(granted(detail("citizen-card", json!(["hers-1"]))), Ok((json!("hers-1"), Value::Null)));
    let many = (0..65).map(|n| json!(n.to_string())).collect::<Vec<_>>();
    assert!(granted(detail("citizen-card", json!(many[..64]))).is_ok());
    for details in [
        detail("certificate", json!(["x"])),
        detail("citizen-card", json!([])),
        detail("citizen-card", json!([1])),
        detail("citizen-card", json!(many)),
        json!([]),
        json!({}),
    ] {
        assert_eq!(granted(details.clone()), Err(IssuanceError::Answer), "{details}");
    }
}

/// The claims of the one key proof that a session wants signed.
fn proof_claims(session: &mut IssuanceSession) -> Value {
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    session.keys(vec![signer.jwk()], NOW).unwrap();
    let Step::Sign(inputs) = session.next() else { panic!() };
    let text = String::from_utf8(inputs[0].clone()).unwrap();
    serde_json::from_slice(&base64url::decode(text.split_once('.').unwrap().1).unwrap()).unwrap()
}

/// VCI-5
#[test]
fn vci_5_a_key_proof_names_the_nonce_and_the_client_where_there_is_one() {
    let mut session = with_token(&|_| {});
    ok(&mut session, &json!({ "c_nonce": "n-1" })).unwrap();
    let claims = proof_claims(&mut session);
    assert_eq!((&claims["aud"], &claims["nonce"], claims.get("iss")), (&json!(ISSUER), &json!("n-1"), None));
    let Step::Sign(_) = session.next() else { panic!() };
    for count in [0, 2] {
        let outcome = session.sign(&vec![[0; 64]; count], NOW, &mut random::system());
        assert_eq!(outcome, Err(IssuanceError::Key), "{count} signatures");
    }
    // Without a nonce endpoint there is none.
    let mut session = with_token(&|said| remove(&mut said.issuer, "nonce_endpoint"));
    assert_eq!(proof_claims(&mut session).get("nonce"), None);
    // Of a credential that is bound to no key none is asked for.
    let mut unbound = with_token(&|said| {
        let card = &mut said.issuer["credential_configurations_supported"]["citizen-card"];
        remove(card, "proof_types_supported");
    });
    let body: Value = serde_json::from_str(&sent(&unbound).body).unwrap();
    assert_eq!(body, json!({ "credential_configuration_id": "citizen-card" }));
    ok(&mut unbound, &json!({ "credentials": [{ "credential": "x" }] })).unwrap();
    // Whoever has signed in is named.
    let (mut session, address) = browsed(&|_| {});
    let state = decode_form(address.split_once('?').unwrap().1).unwrap()["state"].clone();
    let back = encode_form(&[("code", "c"), ("state", &state), ("iss", ISSUER)]);
    session.returned(&format!("{BACK}?{back}"), NOW, &mut random::system()).unwrap();
    ok(&mut session, &token("DPoP")).unwrap();
    ok(&mut session, &json!({ "c_nonce": "n" })).unwrap();
    assert_eq!(proof_claims(&mut session)["iss"], json!("seoul-wallet"));
    for (length, outcome) in
        [(0, Err(IssuanceError::Answer)), (1024, Ok(())), (1025, Err(IssuanceError::Answer))]
    {
        let nonce = json!({ "c_nonce": "n".repeat(length) });
        assert_eq!(ok(&mut with_token(&|_| {}), &nonce), outcome, "{length}");
    }
}

#[test]
fn a_server_asks_for_another_nonce_twice_and_no_more() {
    let stale = || error(400, "invalid_nonce");
    let mut session = ordered(&|_| {});
    let again = |session: &mut IssuanceSession| {
        answer(session, &stale()).unwrap();
        ok(session, &json!({ "c_nonce": "other" })).unwrap();
        prove(session);
    };
    again(&mut session);
    again(&mut session);
    assert_eq!(answer(&mut session, &stale()), refused("invalid_nonce"));

    // Each credential anew.
    let both = json!(["citizen-card", "certificate"]);
    let mut session = reviewed(&|said| said.offer["credential_configuration_ids"] = both.clone()).unwrap();
    take(&mut session, &["citizen-card", "certificate"], Flow::PreAuthorized(None)).unwrap();
    ok(&mut session, &token("DPoP")).unwrap();
    for _ in 0..2 {
        ok(&mut session, &json!({ "c_nonce": "n" })).unwrap();
        prove(&mut session);
        again(&mut session);
        again(&mut session);
        ok(&mut session, &json!({ "credentials": [{ "credential": "x" }] })).unwrap();
    }
    assert!(matches!(session.next(), Step::Received(issued) if issued.len() == 2));

    // The same for proofs of possession: in the body, or at a resource in the header.
    let asks = |status: u16, word: &str| error(status, word).with_header("dpop-nonce", "d-1");
    let in_header = || {
        let header = "DPoP error=\"use_dpop_nonce\"";
        HttpResponse::new(401, JSON, "{}")
            .with_header("dpop-nonce", "d-2")
            .with_header("www-authenticate", header)
    };
    let nonce = |session: &IssuanceSession| {
        let proof = sent(session).header("dpop").unwrap().to_owned();
        let claims = base64url::decode(proof.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice::<Value>(&claims).unwrap()["nonce"].clone()
    };
    let mut session = accepted(&|_| {});
    assert_eq!(nonce(&session), Value::Null);
    answer(&mut session, &asks(400, "use_dpop_nonce")).unwrap();
    assert_eq!(nonce(&session), json!("d-1"));
    answer(&mut session, &asks(400, "use_dpop_nonce")).unwrap();
    assert_eq!(answer(&mut session, &asks(400, "use_dpop_nonce")), refused("use_dpop_nonce"));

    // What was asked for at one address does not count at the next.
    let mut session = accepted(&|_| {});
    answer(&mut session, &asks(400, "use_dpop_nonce")).unwrap();
    answer(&mut session, &asks(400, "use_dpop_nonce")).unwrap();
    ok(&mut session, &token("DPoP")).unwrap();
    ok(&mut session, &json!({ "c_nonce": "n" })).unwrap();
    prove(&mut session);
    answer(&mut session, &in_header()).unwrap();
    assert_eq!(nonce(&session), json!("d-2"));
    answer(&mut session, &in_header()).unwrap();
    assert_eq!(answer(&mut session, &in_header()), Err(IssuanceError::Answer));
}

#[test]
fn a_nonce_that_nobody_wants_used_makes_no_request_again() {
    let with_nonce = |response: HttpResponse, nonce: &str| response.with_header("dpop-nonce", nonce);
    // With another refusal, with success, without a nonce or with one beyond all measure.
    let mut session = accepted(&|_| {});
    assert_eq!(answer(&mut session, &with_nonce(error(400, "invalid_grant"), "d")), refused("invalid_grant"));
    let header = "DPoP error=\"invalid_token\"";
    let other = with_nonce(HttpResponse::new(401, JSON, "{}"), "d").with_header("www-authenticate", header);
    assert_eq!(answer(&mut accepted(&|_| {}), &other), Err(IssuanceError::Answer));
    let odd =
        HttpResponse::ok(&json!({ "access_token": "t", "token_type": "DPoP", "error": "use_dpop_nonce" }));
    let mut session = accepted(&|_| {});
    answer(&mut session, &with_nonce(odd, "d")).unwrap();
    assert!(sent(&session).url.as_str().ends_with("/nonce"), "it was taken");
    let asks = || error(400, "use_dpop_nonce");
    assert_eq!(answer(&mut accepted(&|_| {}), &asks()), refused("use_dpop_nonce"));
    for length in [0, 1025] {
        let outcome = answer(&mut accepted(&|_| {}), &with_nonce(asks(), &"d".repeat(length)));
        assert_eq!(outcome, refused("use_dpop_nonce"), "{length}");
    }
    assert_eq!(answer(&mut accepted(&|_| {}), &with_nonce(asks(), &"d".repeat(1024))), Ok(()));
    // Nor where no proof was sent.
    assert_eq!(answer(&mut with_token(&|_| {}), &with_nonce(asks(), "d")), refused("use_dpop_nonce"));
}

#[test]
fn an_answer_is_json_and_says_that_it_is() {
    let said = said(&|_| {});
    let outcome = |media_type: &str| {
        let answered = HttpResponse::new(200, media_type, said.issuer.to_string());
        answer(&mut open(&said).unwrap(), &answered)
    };
    assert_eq!((outcome(JSON), outcome("Application/JSON; charset=utf-8")), (Ok(()), Ok(())));
    for other in ["text/html", "application/jsonp", ""] {
        assert_eq!(outcome(other), Err(IssuanceError::Answer), "{other}");
    }
    let by_word = answer(&mut open(&said).unwrap(), &error(404, "not_here"));
    assert_eq!(by_word, refused("not_here"));
    assert_eq!(
        answer(&mut open(&said).unwrap(), &HttpResponse::new(500, JSON, "")),
        Err(IssuanceError::Answer)
    );
}

#[test]
fn what_comes_is_no_more_than_was_asked_for_or_comes_after_a_while() {
    let given = |value: Value| {
        let mut session = ordered(&|_| {});
        ok(&mut session, &value).map(|()| session.next())
    };
    assert!(matches!(given(json!({ "credentials": [{ "credential": "x" }] })), Ok(Step::Received(_))));
    for value in [
        json!({}),
        json!({ "credentials": [] }),
        json!({ "credentials": [{}] }),
        json!({ "credentials": [{ "credential": {} }] }),
        json!({ "credentials": [{ "credential": "x" }, { "credential": "y" }] }),
        json!({ "transaction_id": "t" }),
        json!({ "transaction_id": "t", "interval": 0 }),
        json!({ "transaction_id": "t", "interval": "5" }),
    ] {
        assert!(matches!(given(value.clone()), Err(IssuanceError::Answer)), "{value}");
    }
    for (interval, seconds) in [(1, 1), (30 * 86_400, 30 * 86_400), (u64::MAX, 30 * 86_400)] {
        let step = given(json!({ "transaction_id": "t", "interval": interval }));
        assert!(matches!(step, Ok(Step::Wait(wait)) if wait == Seconds::new(seconds)), "{interval}");
    }
}

#[test]
fn an_issuer_hears_what_became_of_it_where_it_wants_to() {
    let settled = |change: Change<'_>, credential: Value| {
        let mut session = ordered(change);
        ok(&mut session, &credential).unwrap();
        session.settle(NotificationEvent::Accepted, NOW, &mut random::system()).unwrap();
        session.next()
    };
    let plain = json!({ "credentials": [{ "credential": "x" }] });
    let mut named = plain.clone();
    named["notification_id"] = json!("n-1");
    let Step::Send(told) = settled(&|_| {}, named.clone()) else { panic!() };
    let body: Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(body, json!({ "notification_id": "n-1", "event": "credential_accepted" }));
    assert!(matches!(settled(&|_| {}, plain), Step::Done));
    let deaf = |said: &mut Said| remove(&mut said.issuer, "notification_endpoint");
    assert!(matches!(settled(&deaf, named), Step::Done));
}

/// VCI-1
#[test]
fn vci_1_an_offer_is_written_as_it_is_read() {
    let whole = json!({ "credential_issuer": ISSUER, "credential_configuration_ids": ["a", "b"], "grants": {
        GRANT: { "pre-authorized_code": "x", "authorization_server": "https://as.example",
            "tx_code": { "input_mode": "text", "length": 8, "description": "편지에 있는 말" } },
        "authorization_code": { "issuer_state": "s", "authorization_server": "https://as.example" } } });
    let read = |value: &Value| CredentialOffer::from_value(value, Reach::Https);
    assert_eq!(read(&whole).unwrap().to_value(), whole);
    let named = |length: usize, count: usize| {
        let mut offer = whole.clone();
        let names = (0..count).map(|number| format!("{number:0>length$}"));
        offer["credential_configuration_ids"] = names.collect();
        read(&offer).is_ok()
    };
    assert!(named(4096, 1) && named(2, 32) && !named(4097, 1) && !named(2, 33));
    let mut nameless = whole.clone();
    nameless["credential_configuration_ids"] = json!([""]);
    assert_eq!(read(&nameless), Err(OfferError::Offer));

    let code = |numeric: bool, length: Option<usize>| TransactionCode { numeric, length, description: None };
    let words = code(false, Some(3));
    assert!(words.fits("가나다") && words.fits("a-1") && !words.fits("ab") && !words.fits("abcd"));
    let digits = code(true, None);
    assert!(
        digits.fits("1")
            && digits.fits(&"1".repeat(256))
            && !digits.fits("")
            && !digits.fits(&"1".repeat(257))
    );
    assert!(!digits.fits("12a") && !digits.fits("١٢٣"));
    let mut session = reviewed(&|said| {
        said.offer["grants"][GRANT]["tx_code"] = json!({ "input_mode": "text" });
    })
    .unwrap();
    let typed = |text: &str| Flow::PreAuthorized(Some(Zeroizing::new(text.to_owned())));
    assert_eq!(take(&mut session, &["citizen-card"], typed("")), Err(IssuanceError::Choice));
    take(&mut session, &["citizen-card"], typed("홍 길동")).unwrap();
    assert_eq!(decode_form(&sent(&session).body).unwrap()["tx_code"], "홍 길동");
}
