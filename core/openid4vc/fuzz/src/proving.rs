//! The issuer's side of OpenID4VCI, and the proofs that it takes.

use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, json, jwt};
use citizen_keys::Secret32;
use citizen_openid4vc::dpop::{self, DpopKey, Target};
use citizen_openid4vc::http::{Endpoint, Method, Reach};
use citizen_openid4vc::vci::{
    Configuration, CredentialCall, CredentialFormat, Guarded, Incoming, Issuer, IssuerConfig, MemoryRows,
    Turn, proof,
};
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::{Value, json};

pub(crate) const NOW: UnixTime = UnixTime::from_seconds(1_790_000_000);
pub(crate) const ISSUER: &str = "https://issuer.example";

pub(crate) fn signer(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap()
}

/// An issuer with one offer open, and a wallet that has proved its key.
struct Counter {
    issuer: Issuer,
    rows: MemoryRows,
    code: String,
    key: DpopKey,
    nonce: String,
    token: Option<String>,
}

impl Counter {
    fn open() -> Self {
        let rng = &mut random::system();
        let config = IssuerConfig {
            issuer: Endpoint::parse(ISSUER, Reach::Https).unwrap(),
            reach: Reach::Https,
            configurations: vec![Configuration {
                name: "card".to_owned(),
                format: CredentialFormat::SdJwtVc("urn:a".to_owned()),
                metadata: json!({}),
            }],
            batch: 2,
            offer_life: Seconds::new(600),
            token_life: Seconds::new(600),
            redirect_uris: Vec::new(),
        };
        let issuer = Issuer::new(config, Secret32::generate(rng), rng);
        let mut rows = MemoryRows::default();
        let turn = &mut Turn { rows: &mut rows, now: NOW, rng };
        let (offer, _) = issuer.offer("somebody", &["card"], None, turn).unwrap();
        let nonce = issuer.nonce(NOW, rng).header("dpop-nonce").unwrap().to_owned();
        let code = offer.pre_authorized.unwrap().code;
        Self { issuer, rows, code, key: DpopKey::generate(rng), nonce, token: None }
    }

    fn ask(&mut self, endpoint: Guarded, body: &str) -> CredentialCall {
        let rng = &mut random::system();
        let url = Endpoint::parse(&format!("{ISSUER}/{}", endpoint.name()), Reach::Https).unwrap();
        let token = self.token.as_deref();
        let target = Target { method: Method::Post, url: &url, token, nonce: Some(&self.nonce) };
        let dpop = self.key.prove(&target, NOW, rng).unwrap();
        let authorization = self.token.as_ref().map(|token| format!("DPoP {token}"));
        let incoming = Incoming { authorization: authorization.as_deref(), dpop: Some(&dpop), body };
        let issuer = &self.issuer;
        let turn = &mut Turn { rows: &mut self.rows, now: NOW, rng };
        match (issuer.check(endpoint, &incoming, NOW), endpoint) {
            (Err(answer), _) => CredentialCall::Answer(answer),
            (Ok(request), Guarded::Token) => CredentialCall::Answer(issuer.token(&request, turn)),
            (Ok(request), Guarded::Credential) => issuer.credential(&request, turn),
            (Ok(request), Guarded::Deferred) => issuer.deferred(&request, &|_| true, turn),
            (Ok(request), Guarded::Notification) => {
                CredentialCall::Answer(issuer.notification(&request, turn))
            }
        }
    }
}

/// A wallet's requests, one a line: for a token, for a credential, for a deferred one, a notification. `$` stands for the code of the offer. The
/// wallet has proved its key each time. Whether the token was given; without proofs of keys nothing is issued.
pub fn issuer(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut counter = Counter::open();
    let endpoints = [Guarded::Token, Guarded::Credential, Guarded::Deferred, Guarded::Notification];
    for (line, endpoint) in text.lines().zip(endpoints) {
        let body = line.replace('$', &counter.code);
        let CredentialCall::Answer(answer) = counter.ask(endpoint, &body) else {
            panic!("nobody has proved a key")
        };
        if endpoint == Guarded::Token {
            let given = answer.object().and_then(|body| Some(body.get("access_token")?.as_str()?.to_owned()));
            assert_eq!(given.is_some(), answer.is_success());
            counter.token = given;
        } else {
            assert!(!answer.is_success(), "{endpoint:?}");
        }
    }
    counter.token.is_some()
}

/// Claims of proofs, one a line, each signed by a key of its own; `$` stands for a nonce of the issuer. Whether something is issued: then to just
/// these keys, each by a proof for this issuer, with the nonce, of now.
pub fn proved_keys(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut counter = Counter::open();
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code";
    let body = format!("grant_type={grant}&pre-authorized_code={}", counter.code);
    let CredentialCall::Answer(given) = counter.ask(Guarded::Token, &body) else { unreachable!("a token") };
    counter.token = Some(given.object().unwrap()["access_token"].as_str().unwrap().to_owned());
    let nonce = counter.issuer.nonce(NOW, &mut random::system()).object().unwrap();
    let nonce = nonce["c_nonce"].as_str().unwrap();
    let (mut claims, mut proofs, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for (line, seed) in text.replace('$', nonce).lines().zip(1..=3) {
        let Ok(said) = json::parse_object(line.as_bytes()) else { return false };
        let key = signer(seed);
        let header = Header::new(Algorithm::EdDsa).with_typ(proof::TYPE).with_jwk(Jwk::new(key.jwk().key));
        let Ok(proof) = jwt::sign(&header, &Value::Object(said.clone()), &key) else { return false };
        claims.push(said);
        proofs.push(proof);
        keys.push(key.jwk().thumbprint());
    }
    let body = json!({ "credential_configuration_id": "card", "proofs": { "jwt": proofs } }).to_string();
    let CredentialCall::Issue(order) = counter.ask(Guarded::Credential, &body) else { return false };
    assert_eq!(order.keys.iter().map(Jwk::thumbprint).collect::<Vec<_>>(), keys);
    assert!((1..=2).contains(&keys.len()));
    for said in claims {
        assert_eq!((&said["aud"], &said["nonce"]), (&Value::from(ISSUER), &Value::from(nonce)));
        assert!(said["iat"].as_u64().unwrap().abs_diff(NOW.seconds()) <= 600);
    }
    // The nonce counts once: the same again is the same order, with another body it is none.
    let other = format!("{body} ");
    assert!(matches!(counter.ask(Guarded::Credential, &other), CredentialCall::Answer(_)));
    true
}

/// Claims of a proof of possession, signed by a stranger. Whether it is taken: then it is for this request, this token, this nonce and now.
pub fn dpop(bytes: &[u8]) -> bool {
    let Ok(claims) = json::parse_object(bytes) else { return false };
    let key = signer(4);
    let header = Header::new(Algorithm::EdDsa).with_typ(dpop::TYPE).with_jwk(Jwk::new(key.jwk().key));
    let Ok(proof) = jwt::sign(&header, &Value::Object(claims.clone()), &key) else { return false };
    let url = Endpoint::parse("https://issuer.example/token?a=b", Reach::Https).unwrap();
    let target = |nonce, token| Target { method: Method::Post, url: &url, token, nonce };
    let taken = dpop::verify(&proof, &target(Some("n"), None), NOW);
    assert!(dpop::verify(&proof, &target(Some("n"), Some("another token")), NOW).is_err());
    assert_eq!(
        dpop::verify(&proof, &target(None, None), NOW).is_err(),
        matches!(taken, Err(dpop::DpopError::Invalid))
    );
    let Ok((by, jti)) = taken else { return false };
    assert_eq!(by.thumbprint(), key.jwk().thumbprint());
    assert_eq!(
        (&claims["htm"], &claims["nonce"], &claims["jti"]),
        (&"POST".into(), &"n".into(), &jti.into())
    );
    assert!(claims["iat"].as_u64().unwrap().abs_diff(NOW.seconds()) <= 300);
    let named =
        Endpoint::parse(claims["htu"].as_str().unwrap().split('#').next().unwrap(), Reach::Https).unwrap();
    assert_eq!(named.without_query(), "https://issuer.example/token");
    true
}
