//! A sign-in in the browser that outlives its session (VCI-11), and the key that its code is for (VCI-10).

use crate::vci::{BACK, ISSUER, Server, accept, client, finish, prove, send};
use crate::world::NOW;
use citizen_jose::{Algorithm, SoftwareSigner};
use citizen_openid4vc::dpop::{DpopKey, Target};
use citizen_openid4vc::http::{Endpoint, Method, Reach, decode_form, encode_form};
use citizen_openid4vc::vci::*;
use citizen_primitives::random;
use serde_json::json;

const KEPT: [u8; 32] = [7; 32];

fn open(server: &mut Server, key: [u8; 32]) -> IssuanceSession {
    let link = server.issuer.offer_after_sign_in(&["citizen-card"]).to_link();
    let key = DpopKey::new(SoftwareSigner::from_bytes(Algorithm::Es256, &key).unwrap());
    let session = IssuanceSession::open(&link, client(), NOW, &mut random::system()).unwrap();
    let mut session = session.with_token_key(key);
    send(&mut session, server).unwrap();
    session
}

/// What a wallet keeps, and where the browser comes back to.
fn begun(server: &mut Server) -> (SignIn, String) {
    let mut session = open(server, KEPT);
    accept(&mut session, &["citizen-card"], Flow::Authorization).unwrap();
    assert!(session.begun_sign_in().is_none(), "not before the request is pushed");
    send(&mut session, server).unwrap();
    let kept = session.begun_sign_in().unwrap().clone();
    let Step::Browse(address) = session.next() else { panic!("{:?}", session.next()) };
    assert_eq!((kept.address.as_str(), kept.server.as_str()), (address.as_str(), ISSUER));
    assert!(kept.names_itself && kept.opens_until == Some(NOW.plus(citizen_primitives::Seconds::new(120))));
    let fields = decode_form(kept.address.split_once('?').unwrap().1).unwrap();
    let back = server.authorize((&fields["client_id"], &fields["request_uri"]), "선우 용녀", NOW);
    (kept, back.unwrap())
}

fn came_back(session: &mut IssuanceSession, back: &str) -> Result<(), IssuanceError> {
    session.returned(back, NOW, &mut random::system())
}

#[test]
fn vci_11_a_sign_in_is_gone_on_with_in_another_session() {
    let mut server = Server::new();
    let (kept, back) = begun(&mut server);
    let mut session = open(&mut server, KEPT);
    assert_eq!(came_back(&mut session, &back), Err(IssuanceError::OutOfStep), "before it is taken up");
    session.resume(kept).unwrap();
    assert!(matches!(session.next(), Step::Browse(_)));
    assert_eq!(came_back(&mut session, &back.replace("&state=", "&state=x")), Err(IssuanceError::Mixed));
    came_back(&mut session, &back).unwrap();
    send(&mut session, &mut server).unwrap();
    prove(&mut session, NOW);
    send(&mut session, &mut server).unwrap();
    assert!(finish(&mut session, &mut server)[0].credentials[0].starts_with("선우 용녀 citizen-card"));
}

#[test]
fn vci_11_only_with_the_server_that_was_asked_and_for_what_is_offered() {
    let mut server = Server::new();
    let (kept, _) = begun(&mut server);
    let mut session = open(&mut server, KEPT);
    let another = SignIn { server: "https://evil.example".to_owned(), ..kept.clone() };
    assert_eq!(session.resume(another), Err(IssuanceError::AnotherServer));
    let more = SignIn { configurations: vec!["certificate".to_owned()], ..kept.clone() };
    assert_eq!(session.resume(more), Err(IssuanceError::Choice));
    session.resume(kept.clone()).unwrap();
    assert_eq!(session.resume(kept), Err(IssuanceError::OutOfStep));
}

#[test]
fn vci_10_a_code_is_for_the_key_that_the_request_was_pushed_with() {
    let mut server = Server::new();
    let (kept, back) = begun(&mut server);
    let mut thief = open(&mut server, [8; 32]);
    thief.resume(kept.clone()).unwrap();
    came_back(&mut thief, &back).unwrap();
    let refused = Err(IssuanceError::Refused("invalid_grant".to_owned()));
    assert_eq!(send(&mut thief, &mut server), refused, "verifier and code, and another key");
}

#[test]
fn vci_10_a_key_may_be_named_and_must_then_be_the_one_that_proves() {
    let mut server = Server::new();
    let key = |seed: u8| DpopKey::new(SoftwareSigner::from_bytes(Algorithm::Es256, &[seed; 32]).unwrap());
    let details = json!([{ "type": "openid_credential", "credential_configuration_id": "citizen-card" }]);
    let (details, named) = (details.to_string(), key(7).thumbprint().to_string());
    let body = encode_form(&[
        ("response_type", "code"),
        ("client_id", "w"),
        ("redirect_uri", BACK),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("authorization_details", &details),
        ("dpop_jkt", &named),
    ]);
    let push = |proof: Option<&str>| {
        let incoming = Incoming { authorization: None, dpop: proof, body: &body };
        server.issuer.check_push(&incoming, NOW).map(drop).map_err(|answer| answer.status)
    };
    let prove = |seed: u8, at: &str| {
        let url = Endpoint::parse(&format!("{ISSUER}/{at}"), Reach::Https).unwrap();
        let target = Target { method: Method::Post, url: &url, token: None, nonce: None };
        key(seed).prove(&target, NOW, &mut random::system()).unwrap()
    };
    assert_eq!(push(None), Ok(()));
    assert_eq!(push(Some(&prove(7, "par"))), Ok(()));
    assert_eq!(push(Some(&prove(8, "par"))), Err(400), "another key");
    assert_eq!(push(Some(&prove(7, "token"))), Err(400), "for another address");
    assert_eq!(push(Some("no proof")), Err(400));
    let pushed = Incoming { authorization: None, dpop: None, body: &body };
    let request = server.issuer.check_push(&pushed, NOW).unwrap();
    let turn = &mut Turn { rows: &mut server.rows, now: NOW, rng: &mut random::system() };
    let answer = server.issuer.push(request, turn).object().unwrap();
    let uri = answer["request_uri"].as_str().unwrap().to_owned();
    let back = server.authorize(("w", &uri), "A", NOW).unwrap();
    let code = decode_form(back.split_once('?').unwrap().1).unwrap().remove("code").unwrap();
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let grant = encode_form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", BACK),
        ("client_id", "w"),
        ("code_verifier", verifier),
    ]);
    let nonce = server.issuer.nonce(NOW, &mut random::system());
    let url = Endpoint::parse(&format!("{ISSUER}/token"), Reach::Https).unwrap();
    let target = Target { method: Method::Post, url: &url, token: None, nonce: nonce.header("dpop-nonce") };
    let proof = key(8).prove(&target, NOW, &mut random::system()).unwrap();
    let incoming = Incoming { authorization: None, dpop: Some(&proof), body: &grant };
    assert_eq!(server.guarded(Guarded::Token, &incoming, NOW).status, 400, "named, and another came");
}
