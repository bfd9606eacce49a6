//! Both sides of OpenID4VCI, past the proofs of possession that a fuzzer cannot make.

use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};
use citizen_keys::Secret32;
use citizen_openid4vc::dpop::{DpopKey, Target};
use citizen_openid4vc::http::{Endpoint, HttpResponse, JSON, Method, Reach};
use citizen_openid4vc::vci::{
    Acceptance, Client, Configuration, CredentialCall, Flow, Guarded, Incoming, IssuanceSession, Issuer,
    IssuerConfig, MemoryRows, NotificationEvent, Step, Turn,
};
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::json;

const NOW: UnixTime = UnixTime::from_seconds(1_790_000_000);
const ISSUER: &str = "https://issuer.example";
const OFFER: &str = "openid-credential-offer://?credential_offer=%7B%22credential_issuer%22%3A%22https%3A%2F%2Fissuer.example%22%2C%22credential_configuration_ids%22%3A%5B%22card%22%5D%2C%22grants%22%3A%7B%22urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code%22%3A%7B%22pre-authorized_code%22%3A%22x%22%7D%7D%7D";

/// An issuer's answers, one a line; one that begins with `!` is a 400 that names a nonce. Whether credentials came.
pub fn issuance(bytes: &[u8]) -> bool {
    let rng = &mut random::system();
    let client = Client {
        reach: Reach::Https,
        client_id: "wallet".to_owned(),
        redirect_uri: "https://wallet.example/back".to_owned(),
        copies: 2,
    };
    let mut session = IssuanceSession::open(OFFER, client, NOW, rng).unwrap();
    let mut answers = bytes.split(|byte| *byte == b'\n');
    let mut keys: Vec<SoftwareSigner> = Vec::new();
    let mut came = false;
    // Every answer moves it on, and the keys in between.
    for _ in 0..64 {
        let moved = match session.next() {
            Step::Send(_) => {
                let Some(answer) = answers.next() else { return came };
                let answer = match answer.strip_prefix(b"!") {
                    Some(body) => HttpResponse::new(400, JSON, body).with_header("dpop-nonce", "n"),
                    None => HttpResponse::new(200, JSON, answer),
                };
                session.answer(&answer, NOW, rng)
            }
            Step::Review(review) => {
                let flow = Flow::PreAuthorized(None);
                session.accept(&Acceptance { configurations: review.offer.configurations, flow }, NOW, rng)
            }
            Step::Keys { most, .. } => {
                assert!((1..=2).contains(&most));
                keys = (1..=2u8).take(most).map(signer).collect();
                session.keys(keys.iter().map(SoftwareSigner::jwk).collect(), NOW)
            }
            Step::Sign(inputs) => {
                let signed = inputs.iter().zip(&keys).map(|(input, key)| key.sign(input).unwrap());
                session.sign(&signed.collect::<Vec<_>>(), NOW, rng)
            }
            Step::Wait(seconds) => {
                assert!(seconds.count() > 0);
                session.renew(NOW, rng)
            }
            Step::Received(issued) => {
                assert!(issued.iter().all(|one| (1..=one.keys.len()).contains(&one.credentials.len())));
                came = true;
                session.settle(NotificationEvent::Accepted, NOW, rng)
            }
            Step::Browse(_) | Step::Done => return came,
        };
        if moved.is_err() {
            return came;
        }
    }
    came
}

fn signer(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap()
}

/// A wallet's requests, one a line: for a token, for a credential, for a deferred one, a notification. `$` stands for the code of the offer. The
/// wallet has proved its key each time. Whether the token was given; without proofs of keys nothing is issued.
pub fn issuer(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let rng = &mut random::system();
    let config = IssuerConfig {
        issuer: Endpoint::parse(ISSUER, Reach::Https).unwrap(),
        reach: Reach::Https,
        configurations: vec![Configuration {
            name: "card".to_owned(),
            vct: "urn:a".to_owned(),
            metadata: json!({}),
        }],
        batch: 2,
        offer_life: Seconds::new(600),
        token_life: Seconds::new(600),
        redirect_uris: Vec::new(),
    };
    let issuer = Issuer::new(config, Secret32::generate(rng), rng);
    let rows = &mut MemoryRows::default();
    let (offer, _) = issuer.offer("somebody", &["card"], None, &mut Turn { rows, now: NOW, rng }).unwrap();
    let code = offer.pre_authorized.unwrap().code;
    let key = DpopKey::generate(rng);
    let nonce = issuer.nonce(NOW, rng).header("dpop-nonce").unwrap().to_owned();
    let mut token: Option<String> = None;
    let endpoints = [Guarded::Token, Guarded::Credential, Guarded::Deferred, Guarded::Notification];
    for (line, endpoint) in text.lines().zip(endpoints) {
        let body = line.replace('$', &code);
        let url = Endpoint::parse(&format!("{ISSUER}/{}", endpoint.name()), Reach::Https).unwrap();
        let target = Target { method: Method::Post, url: &url, token: token.as_deref(), nonce: Some(&nonce) };
        let dpop = key.prove(&target, NOW, rng).unwrap();
        let authorization = token.as_ref().map(|token| format!("DPoP {token}"));
        let incoming = Incoming { authorization: authorization.as_deref(), dpop: Some(&dpop), body: &body };
        let turn = &mut Turn { rows, now: NOW, rng };
        let call = match (issuer.check(endpoint, &incoming, NOW), endpoint) {
            (Err(answer), _) => CredentialCall::Answer(answer),
            (Ok(request), Guarded::Token) => CredentialCall::Answer(issuer.token(&request, turn)),
            (Ok(request), Guarded::Credential) => issuer.credential(&request, turn),
            (Ok(request), Guarded::Deferred) => issuer.deferred(&request, &|_| true, turn),
            (Ok(request), Guarded::Notification) => {
                CredentialCall::Answer(issuer.notification(&request, turn))
            }
        };
        let CredentialCall::Answer(answer) = call else { panic!("nobody has proved a key") };
        if endpoint == Guarded::Token {
            let given = answer.object().and_then(|body| Some(body.get("access_token")?.as_str()?.to_owned()));
            assert_eq!(given.is_some(), answer.is_success());
            token = given;
        } else {
            assert!(!answer.is_success(), "{endpoint:?}");
        }
    }
    token.is_some()
}
