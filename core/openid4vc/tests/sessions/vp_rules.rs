//! Rules of a presentation that no whole story breaks, one at a time.

use crate::vp::*;
use crate::world::*;
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, base64url, jwt};
use citizen_openid4vc::dcql::*;
use citizen_openid4vc::http::{decode_form, encode_form};
use citizen_openid4vc::vp::*;
use citizen_primitives::{Seconds, random};
use serde_json::{Value, json};

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name);
}

/// What was presented under each query, as it was sent.
fn sent(session: &HolderSession) -> Value {
    serde_json::from_str(&decode_form(&to_send(session).body).unwrap()["vp_token"]).unwrap()
}

fn binding(presentation: &Value) -> Value {
    let token = presentation.as_str().unwrap().rsplit_once('~').unwrap().1.to_owned();
    serde_json::from_slice(&base64url::decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// VP-2
#[test]
fn vp_2_a_request_is_for_wallets_and_one_that_names_a_nonce_nobody_sent_is_read() {
    let not_for_this =
        |audience: Value| matches!(verdict(&with(|c| c["aud"] = audience)), Err(RequestError::NotForThis));
    assert!(not_for_this(json!([])) && not_for_this(json!(["https://x.example"])) && not_for_this(json!(1)));
    assert!(is_reviewed(&with(|c| c["wallet_nonce"] = json!("of another fetch"))));
}

/// VP-3
#[test]
fn vp_3_a_did_is_one_and_counts_if_the_registry_proves_it() {
    let signer = SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system());
    let open = |name: &str, registered: bool, edit: &dyn Fn(&mut Value)| {
        let client = format!("decentralized_identifier:{name}");
        let mut request = with(|c| c["client_id"] = json!(client));
        edit(&mut request);
        let header =
            Header::new(Algorithm::EdDsa).with_typ("oauth-authz-req+jwt").with_kid(&format!("{name}#k"));
        let mut session = by_value(&client, &jwt::sign(&header, &request, &signer).unwrap())?;
        session.identify(Known::DidKey { key: signer.jwk(), registered }, NOW, &mut random::system())?;
        Ok::<_, RequestError>(session)
    };
    let trust = |registered: bool| {
        let session = open("did:seoul:library", registered, &|_| {}).unwrap_or_else(|e| panic!("{e}"));
        let Step::Review(review) = session.next() else { panic!() };
        review.verifier.trust
    };
    assert_eq!((trust(true), trust(false)), (Trust::Registered, Trust::Unknown));
    assert_eq!(open("urn:seoul:library", true, &|_| {}).err(), Some(RequestError::Unidentified));
    let nowhere = open("did:seoul:library", true, &|c| remove(c, "response_uri"));
    assert_eq!(nowhere.err(), Some(RequestError::ResponseUri));
}

/// VP-4
#[test]
fn vp_4_an_address_is_named_unless_the_client_is_the_address() {
    let party = Party::new(&[]);
    let hash = format!("x509_hash:{}", party.chain.leaf().thumbprint());
    let to = |address: &str| {
        let claims = with(|c| {
            c["client_id"] = json!(hash);
            c["response_uri"] = json!(address);
        });
        ask_with(&party, &typed(&party), &claims).map(drop)
    };
    assert!(to("https://anywhere.example/response").is_err(), "a certificate without names names no host");

    // A client that is no address is not taken for one, even if its name looks like it.
    let issuer = SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system());
    let own = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let address = format!("https://{HOST}/response");
    let client = format!("verifier_attestation:{address}");
    let attested = json!({ "iss": "https://registry.example", "sub": address, "exp": NOW.seconds() + 60,
        "redirect_uris": [address], "cnf": { "jwk": own.jwk().to_value() } });
    let attestation = Header::new(Algorithm::EdDsa).with_typ("verifier-attestation+jwt");
    let mut header = Header::new(Algorithm::Es256).with_typ("oauth-authz-req+jwt");
    header.extra.insert("jwt".to_owned(), jwt::sign(&attestation, &attested, &issuer).unwrap().into());
    let attempt = |edit: &dyn Fn(&mut Value)| {
        let mut request = with(|c| c["client_id"] = json!(client));
        edit(&mut request);
        let mut session = by_value(&client, &jwt::sign(&header, &request, &own).unwrap())?;
        session.identify(
            Known::AttestationKey { key: issuer.jwk(), registered: true },
            NOW,
            &mut random::system(),
        )
    };
    assert_eq!(attempt(&|_| {}), Ok(()));
    assert_eq!(attempt(&|c| remove(c, "response_uri")), Err(RequestError::ResponseUri));
}

/// VP-5
#[test]
fn vp_5_an_answer_is_encrypted_to_a_key_that_is_for_it() {
    let key = SoftwareSigner::generate(Algorithm::Es256, &mut random::system()).jwk().to_value();
    let encrypted = |edit: &dyn Fn(&mut Value)| {
        let mut jwk = key.clone();
        (jwk["alg"], jwk["use"]) = (json!("ECDH-ES"), json!("enc"));
        let mut request = with(|c| {
            c["response_mode"] = json!("direct_post.jwt");
            c["client_metadata"]["jwks"] = json!({ "keys": [jwk] });
        });
        edit(&mut request["client_metadata"]);
        request
    };
    assert!(is_reviewed(&encrypted(&|_| {})));
    for (name, value) in [("alg", json!("ECDH-ES+A128KW")), ("alg", json!("ES256")), ("use", json!("sig"))] {
        let other = encrypted(&|metadata| metadata["jwks"]["keys"][0][name] = value.clone());
        assert_eq!(told(&other), "invalid_request", "{name} {value}");
    }
    assert_eq!(
        told(&encrypted(&|metadata| remove(&mut metadata["jwks"]["keys"][0], "alg"))),
        "invalid_request"
    );
    let enc = |names: Value| {
        encrypted(&|metadata| metadata["encrypted_response_enc_values_supported"] = names.clone())
    };
    assert!(is_reviewed(&enc(json!(["A192GCM", "A256GCM"]))));
    for names in [json!([]), json!(["A128CBC-HS256"]), json!([1]), json!("A256GCM")] {
        assert_eq!(told(&enc(names.clone())), "invalid_request", "{names}");
    }
}

/// VP-7
#[test]
fn vp_7_transaction_data_has_16_kibibytes_at_most() {
    // Base64url of so many bytes of JSON is that long.
    let of_length = |length: usize| {
        let text = |memo: usize| {
            payment(|data| data["memo"] = json!("m".repeat(memo)))[0].as_str().unwrap().to_owned()
        };
        let room = (length - text(0).len()) * 3 / 4;
        let memo = (room - 3..room + 3).rev().find(|memo| text(*memo).len() <= length).unwrap();
        assert!(text(memo).len() + 2 > length);
        json!([text(memo)])
    };
    let asked = |data: Value| with(|c| c["transaction_data"] = data);
    assert!(is_reviewed(&asked(of_length(16 * 1024))));
    assert_eq!(told(&asked(of_length(16 * 1024 + 2))), "invalid_transaction_data");
}

/// A request for two credentials of one type.
fn two(more: Value) -> Value {
    let asked = |id: &str| {
        let mut asked = query()["credentials"][0].clone();
        asked["id"] = json!(id);
        asked
    };
    let mut request = with(|c| c["dcql_query"] = json!({ "credentials": [asked("one"), asked("two")] }));
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

/// VP-7
#[test]
fn vp_7_each_transaction_is_authorised_by_one_credential_that_may_and_names_its_hash_as_asked() {
    let registry = Registry::new();
    let of = |ids: Value, algorithm: bool| {
        let data = payment(|data| {
            data["credential_ids"] = ids;
            if algorithm {
                data["transaction_data_hashes_alg"] = json!(["sha-256"]);
            }
        });
        let mut session = verdict(&two(json!({ "transaction_data": data }))).unwrap();
        wallet(&registry).agree(&mut session);
        let token = sent(&session);
        ["one", "two"].map(|id| {
            let claims = binding(&token[id][0]);
            (
                claims["transaction_data_hashes"].as_array().map(Vec::len),
                claims["transaction_data_hashes_alg"].clone(),
            )
        })
    };
    let (none, plain) = ((None, Value::Null), (Some(1), Value::Null));
    assert_eq!(of(json!(["one"]), false), [plain.clone(), none.clone()]);
    assert_eq!(of(json!(["two"]), false), [none.clone(), plain.clone()]);
    assert_eq!(of(json!(["two", "one"]), false), [plain, none.clone()], "the first that may, and no other");
    assert_eq!(of(json!(["two"]), true), [none, (Some(1), json!("sha-256"))]);
}

/// VP-7: the verifier's side of it.
#[test]
fn vp_7_a_verifier_takes_a_transaction_from_a_credential_that_may_authorise_it_and_from_no_other() {
    let (party, registry) = (Party::new(&[HOST]), Registry::new());
    let data =
        |id: &str| payment(|data| data["credential_ids"] = json!([id]))[0].as_str().unwrap().to_owned();
    let asked = Ask {
        query: asks(&two(json!({}))["dcql_query"]),
        transactions: vec![data("two")],
        ..ask(ResponseMode::DirectPost)
    };
    let mut verifier = VerifierSession::start(identification(&party), asked, NOW, &mut random::system());
    let token = verifier.request_object(None, &party.signer, NOW).unwrap();
    let request = base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
    let request: Value = serde_json::from_slice(&request).unwrap();
    let answered = |change: &dyn Fn(&mut Value)| {
        let mut session = ask_with(&party, &typed(&party), &request).unwrap();
        wallet(&registry).agree(&mut session);
        let mut token = sent(&session);
        change(&mut token);
        let fields = decode_form(&to_send(&session).body).unwrap();
        encode_form(&[("vp_token", &token.to_string()), ("state", &fields["state"])])
    };
    // The one that may not, under the name of the one that may: the same bytes, the same hash.
    let turned = |token: &mut Value| {
        let (one, two) = (token["one"].take(), token["two"].take());
        (token["one"], token["two"]) = (two, one);
    };
    let wrong = verifier.verify(&answered(&turned), &registry, NOW);
    assert!(matches!(wrong, Err(VerifyError::Transaction)));
    let surplus = answered(&|token| token["three"] = json!([]));
    assert!(matches!(verifier.verify(&surplus, &registry, NOW), Err(VerifyError::Malformed)));
    assert!(verifier.verify(&answered(&|_| {}), &registry, NOW).is_ok());
}

/// VP-8
#[test]
fn vp_8_a_claim_that_was_approved_is_shown_with_all_that_is_in_it() {
    let registry = Registry::new();
    let wallet = wallet(&registry);
    let request = with(|c| c["dcql_query"]["credentials"][0]["claims"] = json!([{ "path": ["address"] }]));
    let mut session = verdict(&request).unwrap();
    wallet.agree(&mut session);
    assert_eq!(shown(sent(&session)["pid"][0].as_str().unwrap()), ["address", "locality", "region"]);
}

#[test]
fn a_credential_is_shown_without_its_key_where_nobody_asks_for_it() {
    let (party, registry) = (Party::new(&[HOST]), Registry::new());
    let mut value = query();
    value["credentials"][0]["require_cryptographic_holder_binding"] = json!(false);
    let asked = Ask { query: asks(&value), ..ask(ResponseMode::DirectPost) };
    let mut verifier = VerifierSession::start(identification(&party), asked, NOW, &mut random::system());
    let token = verifier.request_object(None, &party.signer, NOW).unwrap();
    let mut session = by_value(&format!("x509_san_dns:{HOST}"), &token).unwrap();
    session.identify(party.known(), NOW, &mut random::system()).unwrap();
    let wallet = wallet(&registry);
    wallet.agree(&mut session);
    let text = sent(&session)["pid"][0].as_str().unwrap().to_owned();
    assert!(text.ends_with('~'), "nothing is signed");
    let list = presented(verifier.verify(&to_send(&session).body, &registry, NOW).unwrap());
    assert!(list[0].1.token().key_bound().is_none());
}

#[test]
fn several_credentials_stand_under_one_query_where_it_asks_for_several() {
    let (party, registry) = (Party::new(&[HOST]), Registry::new());
    let mut value = query();
    value["credentials"][0]["multiple"] = json!(true);
    let asked = Ask { query: asks(&value), ..ask(ResponseMode::DirectPost) };
    let mut verifier = VerifierSession::start(identification(&party), asked, NOW, &mut random::system());
    let token = verifier.request_object(None, &party.signer, NOW).unwrap();
    let mut session = by_value(&format!("x509_san_dns:{HOST}"), &token).unwrap();
    session.identify(party.known(), NOW, &mut random::system()).unwrap();
    let wallet = Wallet::with(&registry, &[("card", PID, identity()), ("other", PID, identity())]);
    let Step::Review(review) = session.next() else { panic!() };
    let candidates = wallet.candidates();
    let mut selection = review.query.evaluate(&candidates).preferred().unwrap();
    selection.picks.push(Pick { candidate: CandidateId::new("other"), ..selection.picks[0].clone() });
    session.approve(&candidates, &selection, Insistence::No).unwrap();
    let Step::Present(orders) = session.next() else { panic!() };
    let made = orders.iter().map(|order| (wallet.presentation(order), Algorithm::Es256)).collect();
    session.present(made, NOW).unwrap();
    wallet.sign(&mut session).unwrap();
    assert_eq!(sent(&session)["pid"].as_array().unwrap().len(), 2);
    assert_eq!(presented(verifier.verify(&to_send(&session).body, &registry, NOW).unwrap()).len(), 2);
}

/// VP-9
#[test]
fn vp_9_an_answer_is_taken_to_the_last_second() {
    let at = |seconds: u64| {
        let (mut verifier, post, registry) = whole(ask(ResponseMode::DirectPost), false);
        verifier.verify(&post.body, &registry, NOW.plus(Seconds::new(seconds))).is_ok()
    };
    assert!(at(300) && !at(301));
    // A word of a refusal is a text, whatever it looks like.
    let (mut verifier, _, registry) = whole(ask(ResponseMode::DirectPost), false);
    let refusal = encode_form(&[("error", "7"), ("state", verifier.state())]);
    assert!(matches!(verifier.verify(&refusal, &registry, NOW), Ok(Answer::Refused(word)) if word == "7"));
    for (nonce, taken) in [("a-Z.0_~", true), ("a b", false), ("", false), ("홍", false)] {
        let body = encode_form(&[("wallet_nonce", nonce)]);
        assert_eq!(VerifierSession::wallet_nonce(&body).is_some(), taken, "{nonce}");
    }
}

#[test]
fn a_request_says_what_it_is_for_and_until_when_and_asks_for_nobody_to_sign_in_by_itself() {
    let party = Party::new(&[HOST]);
    let read = |sign_in: bool| {
        let mut verifier = VerifierSession::start(
            identification(&party),
            ask(ResponseMode::DirectPost),
            NOW,
            &mut random::system(),
        );
        if sign_in {
            verifier = verifier.with_sign_in(SignIn::Bound, &mut random::system());
        }
        let token = verifier.request_object(None, &party.signer, NOW).unwrap();
        let payload = base64url::decode(token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice::<Value>(&payload).unwrap()
    };
    let plain = read(false);
    let times = |request: &Value| (request["iat"].as_u64(), request["exp"].as_u64());
    assert_eq!(times(&plain), (Some(NOW.seconds()), Some(NOW.seconds() + 300)));
    let metadata = &plain["client_metadata"];
    for absent in ["scope", "id_token_type"] {
        assert_eq!(plain.get(absent), None, "{absent}");
    }
    for absent in ["subject_syntax_types_supported", "id_token_signed_response_alg", "jwks"] {
        assert_eq!(metadata.get(absent), None, "{absent}");
    }
    let asking = read(true);
    assert_eq!(
        (&asking["scope"], &asking["id_token_type"]),
        (&json!("openid"), &json!("subject_signed_id_token"))
    );
    let metadata = &asking["client_metadata"];
    assert_eq!(metadata["id_token_signed_response_alg"], "ES256");
    assert_eq!(metadata["encrypted_response_enc_values_supported"], json!(["A256GCM", "A128GCM"]));
    let key = &metadata["jwks"]["keys"][0];
    assert_eq!((&key["alg"], &key["use"]), (&json!("ECDH-ES"), &json!("enc")));
}

#[test]
fn a_link_with_the_whole_request_is_read_as_it_is_written() {
    let address = format!("https://{HOST}/response");
    let request = with(|_| {});
    let texts = |state: &str| {
        [
            ("client_id", format!("redirect_uri:{address}")),
            ("response_type", "vp_token".to_owned()),
            ("response_mode", "direct_post".to_owned()),
            ("nonce", "123456".to_owned()),
            ("state", state.to_owned()),
            ("dcql_query", request["dcql_query"].to_string()),
        ]
    };
    let opened = |state: &str| {
        let texts = texts(state);
        let fields: Vec<(&str, &str)> = texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        HolderSession::open(
            &format!("openid4vp://?{}", encode_form(&fields)),
            profile(),
            &mut random::system(),
        )
    };
    // A nonce and a state of digits are texts, and the answer goes to the client's own address.
    let session = opened("789").unwrap();
    let Step::Review(review) = session.next() else { panic!("{:?}", session.next()) };
    assert_eq!(review.verifier.host, HOST);
}
