//! What an issuer asks of every request, one rule at a time, over HTTP as strangers would.

use crate::vci::{BACK, ISSUER, Server};
use crate::world::{NOW, PID, endpoint};
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};
use citizen_keys::Secret32;
use citizen_openid4vc::dpop::{DpopKey, Target};
use citizen_openid4vc::http::{HttpRequest, HttpResponse, Method, Reach, decode_form, encode_form};
use citizen_openid4vc::pkce::CodeVerifier;
use citizen_openid4vc::vci::offer::PRE_AUTHORIZED;
use citizen_openid4vc::vci::proof::{self, Audience};
use citizen_openid4vc::vci::{Configuration, CredentialFormat, Issuer, IssuerConfig, OpenRows as _, Turn};
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::{Value, json};
use zeroize::Zeroizing;

pub(crate) const CLIENT: &str = "seoul-wallet";

pub(crate) fn later(seconds: u64) -> UnixTime {
    NOW.plus(Seconds::new(seconds))
}

pub(crate) fn word(response: &HttpResponse) -> String {
    response.object().and_then(|body| body.get("error")?.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Somebody with a key for tokens, who sends what she likes.
pub(crate) struct Caller {
    key: DpopKey,
    pub(crate) at: UnixTime,
}

impl Caller {
    pub(crate) fn new() -> Self {
        Self { key: DpopKey::generate(&mut random::system()), at: NOW }
    }

    fn request(&self, server: &Server, name: &str, token: Option<&str>, body: &str) -> HttpRequest {
        let url = endpoint(&format!("{ISSUER}/{name}"));
        let nonce = server.issuer.nonce(self.at, &mut random::system());
        let target = Target { method: Method::Post, url: &url, token, nonce: nonce.header("dpop-nonce") };
        let proof = self.key.prove(&target, self.at, &mut random::system()).unwrap();
        let request = HttpRequest { body: body.to_owned(), ..HttpRequest::form(&url, "", &[]) };
        let request = request.with_header("dpop", proof);
        match token {
            Some(token) => request.with_header("authorization", format!("DPoP {token}")),
            None => request,
        }
    }

    pub(crate) fn call(
        &self,
        server: &mut Server,
        name: &str,
        token: Option<&str>,
        body: &str,
    ) -> HttpResponse {
        let request = self.request(server, name, token, body);
        server.serve(&request, self.at)
    }

    pub(crate) fn redeem(&self, server: &mut Server, fields: &[(&str, &str)]) -> HttpResponse {
        self.call(server, "token", None, &encode_form(fields))
    }

    /// A token by a code in an offer.
    fn token(&self, server: &mut Server, names: &[&str]) -> String {
        let (offer, _) = server.offer("A", names, None, self.at);
        let code = offer.pre_authorized.unwrap().code;
        let fields = [("grant_type", PRE_AUTHORIZED), ("pre-authorized_code", &code)];
        text(&self.redeem(server, &fields), "access_token")
    }

    /// Asks for the card with these proofs.
    pub(crate) fn order(&self, server: &mut Server, token: &str, proofs: &Value) -> HttpResponse {
        let body = json!({ "credential_configuration_id": "citizen-card", "proofs": proofs });
        self.call(server, "credential", Some(token), &body.to_string())
    }
}

pub(crate) fn text(response: &HttpResponse, name: &str) -> String {
    let body = response.object().unwrap();
    body.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} in {body:?}")).to_owned()
}

/// A proof of a fresh key.
fn key_proof(server: &Server, client: Option<&str>) -> String {
    let nonce = text(&server.issuer.nonce(NOW, &mut random::system()), "c_nonce");
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let audience = Audience { issuer: ISSUER, client, nonce: Some(&nonce) };
    let unsigned = proof::unsigned(&signer.jwk(), &audience, NOW).unwrap();
    let signature = signer.sign(unsigned.signing_input()).unwrap();
    unsigned.with_signature(&signature)
}

fn details(names: &[&str]) -> String {
    let detail = |name: &&str| json!({ "type": "openid_credential", "credential_configuration_id": name });
    Value::from_iter(names.iter().map(detail)).to_string()
}

/// Pushes a request with fields changed, or left out.
fn push(server: &mut Server, verifier: &CodeVerifier, changes: &[(&str, Option<&str>)]) -> HttpResponse {
    let challenge = verifier.challenge();
    let details = details(&["citizen-card"]);
    let right = [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", BACK),
        ("state", "s-1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("authorization_details", &details),
    ];
    let changed = |(name, value)| match changes.iter().find(|(changed, _)| *changed == name) {
        None => Some((name, value)),
        Some((_, other)) => other.map(|other| (name, other)),
    };
    let fields: Vec<(&str, &str)> = right.into_iter().filter_map(changed).collect();
    let url = endpoint(&format!("{ISSUER}/par"));
    server.serve(&HttpRequest::form(&url, "", &fields), NOW)
}

fn pushed(server: &mut Server) -> (CodeVerifier, String) {
    let verifier = CodeVerifier::generate(&mut random::system());
    let uri = text(&push(server, &verifier, &[]), "request_uri");
    (verifier, uri)
}

/// VCI-4
#[test]
fn vci_4_a_pushed_request_is_by_s256_for_a_code_back_to_a_known_address_and_for_what_is_issued() {
    let mut server = Server::new();
    let verifier = CodeVerifier::generate(&mut random::system());
    let right = push(&mut server, &verifier, &[]);
    assert_eq!((right.status, right.object().unwrap()["expires_in"].clone()), (201, json!(120)));
    assert!(text(&right, "request_uri").starts_with("urn:ietf:params:oauth:request_uri:"));
    assert_eq!(
        push(&mut server, &verifier, &[("state", None)]).status,
        201,
        "a state is the client's matter"
    );
    let unknown = details(&["citizen-card", "other"]);
    let elsewhere = format!("{BACK}/more");
    let of_type = json!([{ "type": "other", "credential_configuration_id": "citizen-card" }]).to_string();
    for (name, value) in [
        ("code_challenge_method", Some("plain")),
        ("code_challenge_method", None),
        ("code_challenge", None),
        ("response_type", Some("token")),
        ("response_type", None),
        ("redirect_uri", Some("https://evil.example/back")),
        ("redirect_uri", Some(elsewhere.as_str())),
        ("redirect_uri", None),
        ("client_id", None),
        ("authorization_details", None),
        ("authorization_details", Some("[]")),
        ("authorization_details", Some("{}")),
        ("authorization_details", Some("x")),
        ("authorization_details", Some(unknown.as_str())),
        ("authorization_details", Some(of_type.as_str())),
    ] {
        let refused = push(&mut server, &verifier, &[(name, value)]);
        assert_eq!((refused.status, word(&refused)), (400, "invalid_request".to_owned()), "{name} {value:?}");
    }
}

#[test]
fn a_pushed_request_counts_once_in_its_time_and_not_after_three_who_did_not_sign_in() {
    let mut server = Server::new();
    let mut signed_in = |failures: u32, seconds: u64| {
        let (_, uri) = pushed(&mut server);
        for _ in 0..failures {
            let turn = &mut Turn { rows: &mut server.rows, now: later(seconds), rng: &mut random::system() };
            server.issuer.not_signed_in(&uri, turn);
        }
        let first = server.authorize((CLIENT, &uri), "A", later(seconds));
        let second = server.authorize((CLIENT, &uri), "A", later(seconds));
        assert_eq!(second, None, "once");
        first.is_some()
    };
    assert!(signed_in(0, 0) && signed_in(1, 0) && signed_in(2, 0));
    assert!(!signed_in(3, 0) && !signed_in(4, 0));
    assert!(signed_in(0, 120) && signed_in(2, 120));
    assert!(!signed_in(0, 121) && !signed_in(2, 121));
}

#[test]
fn so_many_requests_are_pushed_in_a_while_and_no_more() {
    let mut server = Server::new();
    let verifier = CodeVerifier::generate(&mut random::system());
    let taken = (0..10_010).filter(|_| push(&mut server, &verifier, &[]).status == 201).count();
    assert_eq!(taken, 10_000);
}

/// A sign-in whose browser came back: verifier and code.
pub(crate) fn signed_in(server: &mut Server) -> (CodeVerifier, String) {
    let (verifier, uri) = pushed(server);
    let back = server.authorize((CLIENT, &uri), "A", NOW).unwrap();
    let code = decode_form(back.split_once('?').unwrap().1).unwrap()["code"].clone();
    (verifier, code)
}

/// VCI-4
#[test]
fn vci_4_a_code_is_for_its_client_its_address_its_verifier_and_one_key_and_a_wrong_attempt_ends_it() {
    let mut server = Server::new();
    let other = CodeVerifier::generate(&mut random::system());
    let fields = |verifier: &CodeVerifier, code: &str| {
        [
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", BACK.to_owned()),
            ("client_id", CLIENT.to_owned()),
            ("code_verifier", verifier.expose().to_owned()),
        ]
    };
    fn redeem(caller: &Caller, server: &mut Server, fields: &[(&str, String)]) -> HttpResponse {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        caller.redeem(server, &fields)
    }
    for (at, value) in [(2, "https://evil.example/back"), (3, "other"), (4, other.expose()), (4, "short")] {
        let (caller, (verifier, code)) = (Caller::new(), signed_in(&mut server));
        let mut wrong = fields(&verifier, &code);
        wrong[at].1 = value.to_owned();
        assert_eq!(word(&redeem(&caller, &mut server, &wrong)), "invalid_grant", "{}", wrong[at].0);
        let right = redeem(&caller, &mut server, &fields(&verifier, &code));
        assert_eq!(word(&right), "invalid_grant", "{}: the code is void", wrong[at].0);
    }
    for at in 1..5 {
        let (verifier, code) = signed_in(&mut server);
        let mut less = fields(&verifier, &code).to_vec();
        less.remove(at);
        assert_eq!(word(&redeem(&Caller::new(), &mut server, &less)), "invalid_request", "{at}");
    }
    let (caller, (verifier, code)) = (Caller::new(), signed_in(&mut server));
    let right = fields(&verifier, &code);
    let token = text(&redeem(&caller, &mut server, &right), "access_token");
    // The answer may be lost, and again: the key that has redeemed it hears the same.
    for _ in 0..2 {
        assert_eq!(text(&redeem(&caller, &mut server, &right), "access_token"), token);
    }
    let before = server.issuer.remembered();
    assert_eq!(word(&redeem(&Caller::new(), &mut server, &right)), "invalid_grant");
    assert_eq!(server.issuer.remembered(), before, "of a stranger's proof nothing is remembered");
}

/// VCI-8
#[test]
fn vci_8_a_proof_counts_once_from_the_first_redemption_on_and_a_strangers_takes_no_room() {
    let mut server = Server::new();
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let code = offer.pre_authorized.unwrap().code;
    let body = encode_form(&[("grant_type", PRE_AUTHORIZED), ("pre-authorized_code", &code)]);
    let request = Caller::new().request(&server, "token", None, &body);
    assert_eq!(server.serve(&request, NOW).status, 200);
    let before = server.issuer.remembered();
    assert_eq!(word(&server.serve(&request, NOW)), "invalid_dpop_proof");
    assert_eq!(word(&Caller::new().call(&mut server, "token", None, &body)), "invalid_grant");
    assert_eq!(server.issuer.remembered(), before);
}

/// VCI-3
#[test]
fn vci_3_a_resource_wants_a_token_and_the_token_endpoint_none() {
    let mut server = Server::new();
    let caller = Caller::new();
    let token = caller.token(&mut server, &["citizen-card"]);
    let mut without = caller.request(&server, "credential", Some(&token), "{}");
    without.headers.retain(|(name, _)| *name != "authorization");
    let refused = server.serve(&without, NOW);
    assert_eq!((refused.status, word(&refused).as_str()), (401, "invalid_token"));
    let other = caller.call(&mut server, "credential", Some("none"), "{}");
    assert_eq!((other.status, word(&other).as_str()), (401, "invalid_token"));
    // What stands in a header of the token endpoint is no token, and no proof has to be of it.
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let code = offer.pre_authorized.unwrap().code;
    let body = encode_form(&[("grant_type", PRE_AUTHORIZED), ("pre-authorized_code", &code)]);
    let request = caller.request(&server, "token", None, &body);
    let with = request.clone().with_header("authorization", "DPoP x".to_owned());
    assert_eq!(server.serve(&with, NOW).status, 200);
    // Which refuses in the body, not in a header.
    let mut bare = request;
    bare.headers.retain(|(name, _)| *name != "dpop");
    let refused = server.serve(&bare, NOW);
    assert_eq!((refused.status, word(&refused).as_str()), (400, "invalid_dpop_proof"));
    assert_eq!(refused.header("www-authenticate"), None);
    let unknown = caller.redeem(&mut server, &[("grant_type", "password")]);
    assert_eq!(word(&unknown), "unsupported_grant_type");
}

#[test]
fn what_is_asked_for_is_what_was_granted_named_as_it_was_granted_for_keys_that_are_proved() {
    let mut server = Server::new();
    let caller = Caller::new();
    let token = caller.token(&mut server, &["citizen-card"]);
    let ask = |server: &mut Server, change: &dyn Fn(&mut Value)| {
        let proof = key_proof(server, None);
        let mut body = json!({ "credential_configuration_id": "citizen-card", "proofs": { "jwt": [proof] } });
        change(&mut body);
        let answer = caller.call(server, "credential", Some(&token), &body.to_string());
        if answer.is_success() { "issued".to_owned() } else { word(&answer) }
    };
    assert_eq!(ask(&mut server, &|_| {}), "issued");
    let malformed = "invalid_credential_request";
    assert_eq!(ask(&mut server, &|body| body["credential_identifier"] = json!("citizen-card")), malformed);
    assert_eq!(ask(&mut server, &|body| body["credential_response_encryption"] = json!({})), malformed);
    assert_eq!(ask(&mut server, &|body| body["credential_configuration_id"] = json!(1)), malformed);
    for name in ["certificate", "other", ""] {
        let named = ask(&mut server, &|body| body["credential_configuration_id"] = json!(name));
        assert_eq!(named, "unknown_credential_configuration", "issued here, and not granted: {name}");
    }
    let (one, two) = (key_proof(&server, None), key_proof(&server, None));
    let (three, four) = (key_proof(&server, None), key_proof(&server, None));
    for proofs in [
        json!(null),
        json!({}),
        json!({ "jwt": [] }),
        json!({ "jwt": one }),
        json!({ "jwt": [1] }),
        json!({ "di_vp": [one] }),
        json!({ "jwt": [one], "di_vp": [] }),
        json!({ "jwt": [one, two, three, four] }),
        json!({ "jwt": [key_proof(&server, Some("another-client"))] }),
    ] {
        let refused = ask(&mut server, &|body| body["proofs"] = proofs.clone());
        assert_eq!(refused, "invalid_proof", "{proofs}");
    }
    assert_eq!(ask(&mut server, &|body| body["proofs"] = json!({ "jwt": [one, two, three] })), "issued");

    // After a sign-in it is named as the token response names it.
    let (verifier, code) = signed_in(&mut server);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", BACK),
        ("client_id", CLIENT),
        ("code_verifier", verifier.expose()),
    ];
    let token = text(&caller.redeem(&mut server, &fields), "access_token");
    let proofs = json!({ "jwt": [key_proof(&server, Some(CLIENT))] });
    let by_configuration = caller.order(&mut server, &token, &proofs);
    assert_eq!(word(&by_configuration), malformed);
    let mut named = |name: &str| {
        let body = json!({ "credential_identifier": name, "proofs": proofs }).to_string();
        caller.call(&mut server, "credential", Some(&token), &body)
    };
    assert_eq!(word(&named("certificate")), "unknown_credential_identifier");
    assert_eq!(named("citizen-card").status, 200);
}

#[test]
fn a_token_makes_so_many_orders_and_no_more() {
    let mut server = Server::new();
    let caller = Caller::new();
    let token = caller.token(&mut server, &["citizen-card"]);
    let mut orders = |count: usize| {
        (0..count)
            .filter(|_| {
                let proofs = json!({ "jwt": [key_proof(&server, None)] });
                caller.order(&mut server, &token, &proofs).status == 200
            })
            .count()
    };
    assert_eq!((orders(64), orders(2)), (64, 0));
}

#[test]
fn what_comes_later_is_asked_for_with_the_token_it_was_ordered_with_until_all_is_ended() {
    let mut server = Server::new();
    server.later = 3;
    let (hers, other) = (Caller::new(), Caller::new());
    let (token, others) =
        (hers.token(&mut server, &["citizen-card"]), other.token(&mut server, &["citizen-card"]));
    let proofs = json!({ "jwt": [key_proof(&server, None)] });
    let wait = hers.order(&mut server, &token, &proofs);
    assert_eq!(wait.status, 202);
    let body = json!({ "transaction_id": text(&wait, "transaction_id") }).to_string();
    let refused = other.call(&mut server, "deferred", Some(&others), &body);
    assert_eq!((refused.status, word(&refused).as_str()), (400, "invalid_transaction_id"));
    assert_eq!(hers.call(&mut server, "deferred", Some(&token), &body).status, 202);
    let unknown = hers.call(&mut server, "deferred", Some(&token), r#"{"transaction_id":"x"}"#);
    assert_eq!(word(&unknown), "invalid_transaction_id");
    server.issuer.forget("A", &mut server.rows);
    let left: Vec<u8> = server.rows.under(&[]).iter().map(|key| key[0]).collect();
    assert!(left.iter().all(|kind| [7, 8].contains(kind)), "{left:?}");
}

#[test]
fn a_wallet_says_with_its_own_token_what_became_of_its_own_order() {
    let mut server = Server::new();
    let (hers, other) = (Caller::new(), Caller::new());
    let (token, others) =
        (hers.token(&mut server, &["citizen-card"]), other.token(&mut server, &["citizen-card"]));
    let proofs = json!({ "jwt": [key_proof(&server, None)] });
    let id = text(&hers.order(&mut server, &token, &proofs), "notification_id");
    let say = |id: &str, event: &str| json!({ "notification_id": id, "event": event }).to_string();
    for event in ["credential_accepted", "credential_failure", "credential_deleted", "credential_accepted"] {
        assert_eq!(hers.call(&mut server, "notification", Some(&token), &say(&id, event)).status, 204);
    }
    let accepted = "credential_accepted";
    let refused = |answer: &HttpResponse| (answer.status, word(answer));
    let unknown = hers.call(&mut server, "notification", Some(&token), &say(&id, "credential_eaten"));
    assert_eq!(refused(&unknown), (400, "invalid_notification_request".to_owned()));
    for (caller, token, id) in [(&other, &others, id.as_str()), (&hers, &token, "another")] {
        let answer = caller.call(&mut server, "notification", Some(token), &say(id, accepted));
        assert_eq!(refused(&answer), (400, "invalid_notification_id".to_owned()));
    }
}

/// Removes what is over, ends what is hers, and says of which kinds what is left is.
fn ended(server: &mut Server, now: UnixTime) -> Vec<u8> {
    for key in server.rows.under(&[]) {
        if Issuer::is_over(&server.rows.find(&key).unwrap(), now) {
            server.rows.remove(&key);
        }
    }
    server.issuer.forget("A", &mut server.rows);
    server.rows.under(&[]).iter().map(|key| key[0]).collect()
}

#[test]
fn what_is_open_for_somebody_ends_whatever_was_purged_before() {
    // A code that is redeemed late outlives the offer that it stood in.
    let mut server = Server::new();
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let code = offer.pre_authorized.unwrap().code;
    let caller = Caller { at: later(599), ..Caller::new() };
    let fields = [("grant_type", PRE_AUTHORIZED), ("pre-authorized_code", &code)];
    assert_eq!(caller.redeem(&mut server, &fields).status, 200);
    assert_eq!(ended(&mut server, later(605)), [0_u8; 0]);
    // So does the code of a sign-in.
    let mut server = Server::new();
    let (verifier, code) = signed_in(&mut server);
    let caller = Caller { at: later(119), ..Caller::new() };
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", BACK),
        ("client_id", CLIENT),
        ("code_verifier", verifier.expose()),
    ];
    assert_eq!(caller.redeem(&mut server, &fields).status, 200);
    assert_eq!(ended(&mut server, later(125)), [0_u8; 0]);
}

#[test]
fn a_sign_in_that_nobody_took_up_ends_with_what_else_is_hers() {
    let mut server = Server::new();
    let (verifier, code) = signed_in(&mut server);
    server.issuer.forget("A", &mut server.rows);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", BACK),
        ("client_id", CLIENT),
        ("code_verifier", verifier.expose()),
    ];
    assert_eq!(word(&Caller::new().redeem(&mut server, &fields)), "invalid_grant");
}

#[test]
fn a_token_counts_to_the_last_second_of_its_life_for_its_own_key() {
    let mut server = Server::new();
    let mut caller = Caller::new();
    let token = caller.token(&mut server, &["citizen-card"]);
    assert_eq!(Caller::new().call(&mut server, "deferred", Some(&token), "{}").status, 401);
    for (seconds, status) in [(300, 400), (301, 401)] {
        caller.at = later(seconds);
        assert_eq!(caller.call(&mut server, "deferred", Some(&token), "{}").status, status, "{seconds}");
    }
    let row = later(300).seconds().to_be_bytes();
    assert_eq!([300, 301].map(|seconds| Issuer::is_over(&row, later(seconds))), [false, true]);
}

#[test]
fn a_batch_is_announced_where_there_is_one() {
    let announced = |batch: usize| {
        let configurations = vec![Configuration {
            name: "citizen-card".to_owned(),
            format: CredentialFormat::SdJwtVc(PID.to_owned()),
            metadata: json!({}),
        }];
        let config = IssuerConfig {
            issuer: endpoint(ISSUER),
            reach: Reach::Https,
            configurations,
            batch,
            offer_life: Seconds::new(600),
            token_life: Seconds::new(300),
            redirect_uris: Vec::new(),
        };
        let secret = Secret32::take(Zeroizing::new([1; 32]));
        let issuer = Issuer::new(config, secret, &mut random::system());
        issuer.metadata()["batch_credential_issuance"]["batch_size"].clone()
    };
    assert_eq!((announced(1), announced(2), announced(3)), (Value::Null, json!(2), json!(3)));
}
