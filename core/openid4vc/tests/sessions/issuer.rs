//! What an issuer keeps: through a restart, through lost answers, through a flood.

use crate::vci::{ISSUER, Server, accept, finish, issuer, open, prove, send, simple};
use crate::world::{NOW, endpoint};
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, base64url, jwt};
use citizen_openid4vc::dpop::{DpopKey, SeenProofs};
use citizen_openid4vc::http::{HttpRequest, HttpResponse};
use citizen_openid4vc::vci::{
    Flow, Guarded, Incoming, IssuanceError, IssuanceSession, Issuer, MemoryRows, OpenRows as _, Step, Turn,
};
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::{Value, json};

/// A session that has its token, and the keys' proofs to send.
fn begun(server: &mut Server) -> IssuanceSession {
    let mut session = simple(server);
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    send(&mut session, server).unwrap();
    prove(&mut session, NOW);
    session
}

fn request(session: &IssuanceSession) -> HttpRequest {
    let Step::Send(request) = session.next() else { panic!("{:?}", session.next()) };
    request
}

fn again(session: &mut IssuanceSession, now: UnixTime) -> HttpRequest {
    session.renew(now, &mut random::system()).unwrap();
    request(session)
}

fn member(response: &HttpResponse, name: &str) -> Value {
    response.object().unwrap()[name].clone()
}

/// The issuer's process ends and begins anew over the rows that it kept.
fn restart(server: &mut Server) {
    server.issuer = issuer([1; 32]);
}

#[test]
fn vci_7_a_lost_token_is_given_again_to_the_key_that_has_redeemed_the_code_and_to_no_other() {
    let mut server = Server::new();
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let mut session = open(&offer.to_link());
    send(&mut session, &mut server).unwrap();
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    let refused = server.serve(&request(&session), NOW);
    session.answer(&refused, NOW, &mut random::system()).unwrap();
    let lost = server.serve(&request(&session), NOW);
    restart(&mut server);
    let replayed = server.serve(&request(&session), NOW);
    assert_eq!(
        member(&replayed, "error"),
        json!("use_dpop_nonce"),
        "a proof from before the restart is dead"
    );
    session.answer(&replayed, NOW, &mut random::system()).unwrap();
    let proof = request(&session);
    let given = server.serve(&proof, NOW);
    assert_eq!(member(&given, "access_token"), member(&lost, "access_token"));
    assert_eq!(
        member(&server.serve(&proof, NOW), "error"),
        json!("invalid_dpop_proof"),
        "a proof counts once"
    );
    let mut other = open(&offer.to_link());
    send(&mut other, &mut server).unwrap();
    accept(&mut other, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    let refused = Err(IssuanceError::Refused("invalid_grant".to_owned()));
    assert_eq!(send(&mut other, &mut server), refused);
}

/// VCI-9
#[test]
fn vci_9_a_wallet_that_kept_its_token_key_and_its_proofs_gets_the_same_order_in_another_session() {
    let key = || SoftwareSigner::from_bytes(Algorithm::Es256, &[7; 32]).unwrap();
    let mut server = Server::new();
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let begin = |server: &mut Server| {
        let mut session = open(&offer.to_link()).with_token_key(DpopKey::new(key()));
        send(&mut session, server).unwrap();
        accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
        send(&mut session, server).unwrap();
        session
    };
    let mut session = begin(&mut server);
    assert_eq!(session.proofs(), None);
    prove(&mut session, NOW);
    let proofs = session.proofs().unwrap().to_vec();
    let first = server.serve(&request(&session), NOW);
    drop(session);

    let mut session = begin(&mut server);
    assert_eq!(session.repeat(Vec::new(), NOW, &mut random::system()), Err(IssuanceError::Key));
    session.repeat(proofs.clone(), NOW, &mut random::system()).unwrap();
    assert_eq!(session.proofs(), Some(proofs.as_slice()));
    send(&mut session, &mut server).unwrap();
    let issued = finish(&mut session, &mut server);
    let given: Vec<Value> = issued[0].credentials.iter().map(|text| json!({ "credential": text })).collect();
    assert_eq!(json!(given), member(&first, "credentials"));
    assert_eq!(issued[0].keys.len(), 3);
}

/// VCI-9
#[test]
fn vci_9_proofs_that_the_issuer_never_had_and_whose_nonce_is_over_are_made_anew() {
    let mut server = Server::new();
    let proofs = begun(&mut server).proofs().unwrap().to_vec();
    // Of another secret, of which no nonce counts here.
    server.issuer = issuer([2; 32]);
    let mut session = simple(&mut server);
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    send(&mut session, &mut server).unwrap();
    session.repeat(proofs, NOW, &mut random::system()).unwrap();
    send(&mut session, &mut server).unwrap();
    assert!(matches!(session.next(), Step::Keys { .. }));
    prove(&mut session, NOW);
    send(&mut session, &mut server).unwrap();
    assert_eq!(finish(&mut session, &mut server)[0].credentials.len(), 3);
}

#[test]
fn an_issuance_goes_on_after_a_restart_at_every_step() {
    for stop in 0..8 {
        let mut server = Server::new();
        server.later = 2;
        let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
        let mut session = open(&offer.to_link());
        let mut sent = 0;
        let issued = loop {
            match session.next() {
                Step::Send(request) => {
                    let lost = server.serve(&request, NOW);
                    if sent == stop {
                        restart(&mut server);
                        session.renew(NOW, &mut random::system()).unwrap();
                    } else {
                        session.answer(&lost, NOW, &mut random::system()).unwrap();
                    }
                    sent += 1;
                }
                Step::Review(_) => {
                    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
                }
                Step::Keys { .. } => drop(prove(&mut session, NOW)),
                Step::Wait(_) => session.renew(NOW, &mut random::system()).unwrap(),
                Step::Received(_) => break finish(&mut session, &mut server),
                other => panic!("{other:?}"),
            }
        };
        assert!(sent > stop, "{stop}: the restart was after the end");
        assert_eq!((issued.len(), issued[0].credentials.len()), (1, 3), "{stop}");
    }
}

#[test]
fn the_same_request_is_the_same_order_after_a_restart_too_and_a_nonce_outlives_it() {
    let mut server = Server::new();
    let mut session = begun(&mut server);
    restart(&mut server);
    let stale = server.serve(&request(&session), NOW);
    assert!(stale.header("www-authenticate").unwrap().contains("use_dpop_nonce"));
    session.answer(&stale, NOW, &mut random::system()).unwrap();
    let first = server.serve(&request(&session), NOW);
    assert_eq!(first.status, 200, "the key proofs' nonce counts still");
    restart(&mut server);
    let refused = server.serve(&request(&session), NOW);
    // It has been told of new nonces often enough to give up; whoever holds it goes on.
    drop(session.answer(&refused, NOW, &mut random::system()));
    assert_eq!(server.serve(&again(&mut session, NOW), NOW).body, first.body);
}

#[test]
fn a_citizen_for_whom_all_was_ended_gets_nothing_by_a_token_or_an_order_of_before() {
    let mut server = Server::new();
    let mut session = begun(&mut server);
    assert_eq!(server.serve(&request(&session), NOW).status, 200);
    server.issuer.forget("A", &mut server.rows);
    assert_eq!(server.serve(&again(&mut session, NOW), NOW).status, 401);
    let left: Vec<u8> = server.rows.under(&[]).iter().map(|key| key[0]).collect();
    // What is hers is gone; a used nonce and a notification's name say nothing of her.
    assert!(left.iter().all(|kind| [7, 8].contains(kind)), "{left:?}");
}

#[test]
fn what_is_kept_holds_no_code_and_no_token() {
    let mut server = Server::new();
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let code = offer.pre_authorized.as_ref().unwrap().code.clone();
    let mut session = open(&offer.to_link());
    send(&mut session, &mut server).unwrap();
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    send(&mut session, &mut server).unwrap();
    prove(&mut session, NOW);
    let token = request(&session).header("authorization").unwrap().strip_prefix("DPoP ").unwrap().to_owned();
    send(&mut session, &mut server).unwrap();
    for key in server.rows.under(&[]) {
        let row = server.rows.find(&key).unwrap();
        for secret in [&code, &token] {
            let raw = base64url::decode(secret).unwrap();
            let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            assert!(!holds(&row, secret.as_bytes()) && !holds(&key, &raw));
        }
    }
}

#[test]
fn what_is_over_says_so_and_counts_no_more() {
    let mut server = Server::new();
    let session = begun(&mut server);
    let late = NOW.plus(Seconds::new(601));
    assert_eq!(server.serve(&request(&session), late).status, 401);
    let over = |key: &Vec<u8>| Issuer::is_over(&server.rows.find(key).unwrap(), late);
    assert!(server.rows.under(&[]).iter().all(over));
    let not_over = |key: &Vec<u8>| !Issuer::is_over(&server.rows.find(key).unwrap(), NOW);
    assert!(server.rows.under(&[]).iter().all(not_over));
}

#[test]
fn a_citizen_has_so_many_offers_and_no_more_and_another_has_hers() {
    let server = Server::new();
    let mut rows = MemoryRows::default();
    let mut offered = |name: &str, now| {
        let turn = &mut Turn { rows: &mut rows, now, rng: &mut random::system() };
        server.issuer.offer(name, &["citizen-card"], None, turn).is_some()
    };
    assert_eq!((0..100).filter(|_| offered("A", NOW)).count(), 32);
    assert!(offered("B", NOW));
    assert!(offered("A", NOW.plus(Seconds::new(601))), "once the others are over");
}

/// VCI-8: proofs of strangers' keys, at the token endpoint and with a token that is none. None is remembered, so that their number is all one;
/// it is more than are remembered of any token.
#[test]
fn vci_8_a_flood_of_proofs_by_strangers_takes_nobodys_room() {
    let mut server = Server::new();
    let mut session = begun(&mut server);
    let nonce = server.serve(&HttpRequest::form(&endpoint(&format!("{ISSUER}/nonce")), "", &[]), NOW);
    let nonce = nonce.header("dpop-nonce").unwrap().to_owned();
    let before = server.issuer.remembered();
    let stranger = SoftwareSigner::generate(Algorithm::EdDsa, &mut random::system());
    let header = Header::new(Algorithm::EdDsa).with_typ("dpop+jwt").with_jwk(stranger.jwk());
    for (at, token) in [(Guarded::Token, None), (Guarded::Credential, Some("none"))] {
        let ath = token.map(|token: &str| base64url::encode(<sha2::Sha256 as sha2::Digest>::digest(token)));
        let authorization = token.map(|token| format!("DPoP {token}"));
        for number in 0..FLOOD {
            let mut claims = json!({ "jti": number.to_string(), "htm": "POST", "iat": NOW.seconds(),
                "htu": format!("{ISSUER}/{}", at.name()), "nonce": nonce });
            if let Some(ath) = &ath {
                claims["ath"] = json!(ath);
            }
            let proof = jwt::sign(&header, &claims, &stranger).unwrap();
            let incoming = Incoming {
                authorization: authorization.as_deref(),
                dpop: Some(&proof),
                body: "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=x",
            };
            let answer = server.guarded(at, &incoming, NOW);
            let word = if token.is_some() { "invalid_token" } else { "invalid_grant" };
            assert_eq!(member(&answer, "error"), json!(word));
        }
    }
    assert_eq!(server.issuer.remembered(), before);
    send(&mut session, &mut server).unwrap();
    assert_eq!(finish(&mut session, &mut server)[0].credentials.len(), 3, "she gets hers at once");
}

/// At each of two endpoints.
const FLOOD: u32 = 500;

/// VCI-8
#[test]
fn vci_8_whoever_floods_with_her_own_token_stops_her_own_token_for_a_while() {
    let mut seen = SeenProofs::default();
    let taken = (0..1_000).filter(|number: &u32| seen.remember(b"hers", &number.to_string(), NOW)).count();
    assert_eq!((taken, seen.count()), (SeenProofs::MOST, SeenProofs::MOST));
    assert!(seen.remember(b"another's", "1", NOW), "another's token is not hers");
    assert!(!seen.remember(b"another's", "1", NOW), "a proof counts once");
    let later = NOW.plus(Seconds::new(361));
    assert!(seen.remember(b"hers", "next", later));
    assert_eq!(seen.count(), 1, "what could not be taken again is forgotten");
}

/// VCI-8
#[test]
fn vci_8_a_proof_dies_with_the_servers_nonce_within_two_minutes() {
    let mut server = Server::new();
    let session = begun(&mut server);
    let kept = request(&session);
    let at = |seconds| NOW.plus(Seconds::new(seconds));
    assert_eq!(
        server.serve(&kept, at(120)).header("www-authenticate").unwrap(),
        "DPoP error=\"use_dpop_nonce\""
    );
    assert_eq!(server.serve(&kept, at(59)).status, 200, "until then it is good");
}

#[test]
fn nonces_fill_nothing_and_only_this_issuers_count() {
    let mut server = Server::new();
    let before = server.rows.under(&[]).len();
    for _ in 0..1_000 {
        assert_eq!(server.issuer.nonce(NOW, &mut random::system()).status, 200);
    }
    assert_eq!(server.rows.under(&[]).len(), before);
    let mut session = begun(&mut server);
    server.issuer = issuer([2; 32]);
    let stale = server.serve(&request(&session), NOW);
    session.answer(&stale, NOW, &mut random::system()).unwrap();
    let refused = server.serve(&request(&session), NOW);
    assert_eq!(member(&refused, "error"), json!("invalid_nonce"), "of another secret");
}
