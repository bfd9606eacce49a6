//! With programs that nobody here wrote, each as the other side of a session: npm `@openid4vc` is issuer, verifier and wallet,
//! with `@sd-jwt/core`, `dcql` and `jose` for what passes between. Time is the machine's: theirs is.

#[path = "../../../../bindings/xtask/interop/node.rs"]
mod node;

use crate::vci::{BACK, Server, accepted, client, prove};
use crate::vp;
use crate::world::*;
use citizen_credential::sd_jwt::{Expected, Kind, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Jwk, Signer as _, SoftwareSigner};
use citizen_openid4vc::http::{HttpRequest, HttpResponse, Method, decode_form};
use citizen_openid4vc::vci::{Flow, IssuanceError, IssuanceSession, NotificationEvent};
use citizen_openid4vc::vp::{Answer, HolderSession, Outcome, ResponseMode, VerifierSession};
use citizen_primitives::clock::{Clock as _, SystemClock};
use citizen_primitives::{UnixTime, random};
use node::Peer;
use serde_json::{Value, json};
use std::path::Path;
use zeroize::Zeroizing;

const THEIR_ISSUER: &str = "https://issuer.example/card";
const REQUEST_TYPE: &str = "application/oauth-authz-req+jwt";

fn peer(role: &str, setup: &Value) -> Option<Peer> {
    let program =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bindings/xtask/interop/openid4vc/peer.mjs");
    Peer::start(&program, role, setup)
}

fn now() -> UnixTime {
    SystemClock.now()
}

/// Carries a request of ours to them.
fn carry(request: &HttpRequest, peer: &mut Peer) -> HttpResponse {
    let headers: serde_json::Map<String, Value> =
        request.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let (method, url) = (request.method.name(), request.url.as_str());
    peer.say(
        &json!({ "request": { "method": method, "url": url, "headers": headers, "body": request.body } }),
    );
    let answer = peer.hear();
    let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
    let media_type = answer["headers"]["content-type"].as_str().unwrap();
    HttpResponse::new(status, media_type, answer["body"].as_str().unwrap())
}

/// Answers their requests until they say something else.
fn answer(peer: &mut Peer, mut serve: impl FnMut(&HttpRequest) -> HttpResponse) -> Value {
    loop {
        let message = peer.hear();
        let Some(asked) = message.get("fetch") else { return message };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let header = |name: &'static str| Some((name, asked["headers"].get(name)?.as_str()?.to_owned()));
        let request = HttpRequest {
            method: if asked["method"] == "GET" { Method::Get } else { Method::Post },
            url: endpoint(asked["url"].as_str().unwrap()),
            headers: ["accept", "authorization", "content-type", "dpop"]
                .into_iter()
                .filter_map(header)
                .collect(),
            body: text(&asked["body"]),
        };
        let answer = serve(&request);
        let headers: serde_json::Map<String, Value> =
            answer.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let body = String::from_utf8(answer.body).unwrap();
        peer.say(&json!({ "status": answer.status, "headers": headers, "body": body }));
    }
}

/// A key with its private JWK.
fn key(seed: u8) -> (SoftwareSigner, Value) {
    let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &[seed; 32]).unwrap();
    let private = private_jwk(&signer, &[seed; 32]);
    (signer, private)
}

fn send(session: &mut IssuanceSession, issuer: &mut Peer) -> Result<(), IssuanceError> {
    use citizen_openid4vc::vci::Step;
    while let Step::Send(request) = session.next() {
        session.answer(&carry(&request, issuer), now(), &mut random::system())?;
    }
    Ok(())
}

fn opened(offer: &Value, issuer: &mut Peer) -> IssuanceSession {
    let link = offer.as_str().unwrap();
    let mut session = IssuanceSession::open(link, client(), now(), &mut random::system()).unwrap();
    send(&mut session, issuer).unwrap();
    session
}

#[test]
fn we_receive_what_their_issuer_issues_for_a_typed_code_and_after_a_sign_in() {
    use citizen_openid4vc::vci::Step;
    for code in [Some("493536"), None] {
        let setup = json!({ "issuer": THEIR_ISSUER, "configuration": "citizen-card", "vct": PID,
            "claims": identity(), "txCode": code, "batch": 3 });
        let Some(mut issuer) = peer("issue", &setup) else { return };
        let begun = issuer.hear();
        let their_key = Jwk::from_value(&begun["key"]).unwrap();
        let typed = |text: &str| Flow::PreAuthorized(Some(Zeroizing::new(text.to_owned())));
        if code.is_some() {
            let mut session = opened(&begun["offer"], &mut issuer);
            let wrong = accepted(&["citizen-card"], typed("000000"));
            session.accept(&wrong, now(), &mut random::system()).unwrap();
            let refused = Err(IssuanceError::Refused("invalid_grant".to_owned()));
            assert_eq!(send(&mut session, &mut issuer), refused);
        }
        let mut session = opened(&begun["offer"], &mut issuer);
        let choice = accepted(&["citizen-card"], code.map_or(Flow::Authorization, typed));
        session.accept(&choice, now(), &mut random::system()).unwrap();
        send(&mut session, &mut issuer).unwrap();
        if let Step::Browse(address) = session.next() {
            issuer.say(&json!({ "signIn": address.as_str() }));
            let back = issuer.hear();
            session.returned(back["back"].as_str().unwrap(), now(), &mut random::system()).unwrap();
            send(&mut session, &mut issuer).unwrap();
        }
        let keys = prove(&mut session, now());
        send(&mut session, &mut issuer).unwrap();
        let Step::Received(issued) = session.next() else { panic!("{:?}", session.next()) };
        assert_eq!((issued.len(), issued[0].credentials.len(), keys.len()), (1, 3, 3));
        for (credential, key) in issued[0].credentials.iter().zip(&keys) {
            let expected = Expected { now: now(), kind: Kind::Credential, ..Expected::default() };
            let held = UnverifiedSdJwt::parse(credential).unwrap().accept(&their_key, &expected).unwrap();
            let claims = held.verified().claims();
            let bound = Jwk::from_value(&claims["cnf"]["jwk"]).unwrap();
            assert_eq!(bound.thumbprint(), key.jwk().thumbprint());
            for (name, value) in identity().as_object().unwrap() {
                assert_eq!(&claims[name.as_str()], value);
            }
        }
        session.settle(NotificationEvent::Accepted, now(), &mut random::system()).unwrap();
        send(&mut session, &mut issuer).unwrap();
        assert!(matches!(session.next(), Step::Done));
        issuer.say(&json!({ "end": true }));
        let heard = json!([{ "notification_id": "notification-1", "event": "credential_accepted" }]);
        assert_eq!(issuer.hear()["heard"], heard);
    }
}

#[test]
fn their_wallet_receives_what_we_issue_for_a_typed_code_and_after_a_sign_in() {
    for by_code in [true, false] {
        let registry = Registry::new();
        let (key, algorithm) = (registry.signer.jwk().to_value(), "EdDSA");
        let mut server = Server::new();
        let names = ["citizen-card", "certificate"];
        let digits = Some((6, "시청에서 보낸 문자를 보세요"));
        let (link, code) = if by_code {
            let (offer, code) = server.offer("홍 길동", &names, digits, now());
            server.by_reference = offer.to_value();
            let by_reference = [("credential_offer_uri", "https://issuer.seoul.example/offers/1")];
            let fields = citizen_openid4vc::http::encode_form(&by_reference);
            (format!("openid-credential-offer://?{fields}"), code)
        } else {
            (server.issuer.offer_after_sign_in(&names).to_link(), None)
        };
        server.make = Box::new(move |order, key| {
            registry.issue(&order.configuration, &json!({ "name": order.subject }), key)
        });
        let setup = json!({ "offer": link, "clientId": "their-wallet", "redirectUri": BACK,
            "txCode": code.as_deref(), "copies": 2, "issuerKey": key, "algorithm": algorithm });
        let Some(mut wallet) = peer("receive", &setup) else { return };
        let mut message = answer(&mut wallet, |request| server.serve(request, now()));
        if let Some(address) = message["browse"].as_str() {
            let fields = decode_form(address.split_once('?').unwrap().1).unwrap();
            let asked = (fields["client_id"].as_str(), fields["request_uri"].as_str());
            let back = server.authorize(asked, "홍 길동", now()).unwrap();
            wallet.say(&json!({ "back": back }));
            message = answer(&mut wallet, |request| server.serve(request, now()));
        }
        let received = message["received"].as_array().unwrap();
        let seen: Vec<_> = received.iter().map(|one| (one["vct"].as_str().unwrap(), &one["name"])).collect();
        let name = json!("홍 길동");
        let wanted = names.iter().flat_map(|vct| [(*vct, &name), (*vct, &name)]).collect::<Vec<_>>();
        assert_eq!(seen, wanted);
        assert_eq!(server.count("notification"), 2, "they say what became of each");
    }
}

#[test]
fn their_verifier_accepts_what_we_present_and_sees_nothing_else() {
    use citizen_openid4vc::vp::Step;
    let payment = json!([{ "type": "kr.seoul.payment", "credential_ids": ["pid"],
        "merchant": "광장시장", "won": 120_000 }]);
    for (mode, transactions) in [("direct_post", Value::Null), ("direct_post.jwt", payment)] {
        let (party, registry) = (Party::new(&[HOST]), Registry::new());
        let setup = json!({ "host": HOST, "x5c": party.chain.to_value(), "key": party.private, "query": query(),
            "issuerKey": registry.signer.jwk().to_value(), "transactionData": transactions, "mode": mode });
        let Some(mut verifier) = peer("ask", &setup) else { return };
        let link = verifier.hear()["link"].as_str().unwrap().to_owned();
        let mut session = HolderSession::open(&link, vp::profile(), &mut random::system()).unwrap();
        let Step::Send(fetch) = session.next() else { panic!("{:?}", session.next()) };
        session.answer(&carry(&fetch, &mut verifier)).unwrap();
        session.identify(party.known(), now(), &mut random::system()).unwrap();
        Wallet::with(&registry, &[("card", PID, identity())]).agree_at(&mut session, now());
        let Step::Send(post) = session.next() else { panic!("{:?}", session.next()) };
        let is_clear = post.body.contains("vp_token");
        assert_eq!(is_clear, mode == "direct_post");
        session.answer(&carry(&post, &mut verifier)).unwrap();
        assert!(matches!(session.next(), Step::Done(Outcome::Presented(None))));
        verifier.say(&json!({ "end": true }));
        let verified = verifier.hear()["verified"]["pid"].clone();
        let claims = verified["claims"].as_object().unwrap();
        let names: Vec<&str> = claims.keys().map(String::as_str).collect();
        assert_eq!(names, ["address", "age_over_19", "cnf", "iss", "vct"]);
        assert_eq!(claims["address"], json!({ "locality": "마포구" }));
        assert_eq!(verified["binding"].get("transaction_data_hashes").is_some(), !transactions.is_null());
    }
}

#[test]
fn our_verifier_accepts_what_their_wallet_presents_and_sees_nothing_else() {
    for mode in [ResponseMode::DirectPost, ResponseMode::DirectPostJwt] {
        let (party, registry, (holder, private)) = (Party::new(&[HOST]), Registry::new(), key(7));
        let ask = vp::ask(mode);
        let mut verifier =
            VerifierSession::start(vp::identification(&party), ask, now(), &mut random::system());
        let link = verifier.link(&endpoint(&format!("https://{HOST}/request/1")), false);
        let credential = registry.issue(PID, &identity(), &holder.jwk());
        let shown = json!({ "age_over_19": true, "address": { "locality": true } });
        let setup = json!({ "link": link, "credential": credential, "key": private, "frame": shown });
        let Some(mut wallet) = peer("present", &setup) else { return };
        let mut posted = String::new();
        let message = answer(&mut wallet, |request| {
            if request.url.path() == "/request/1" {
                let token = verifier.request_object(None, &party.signer, now()).unwrap();
                return HttpResponse::new(200, REQUEST_TYPE, token);
            }
            posted = request.body.clone();
            HttpResponse::ok(&json!({}))
        });
        assert_eq!((&message["presented"], &message["to"]), (&json!(200), &json!("마포도서관")));
        let Answer::Presented(list) = verifier.verify(&posted, &registry, now()).unwrap() else { panic!() };
        let claims = list[0].1.token().claims();
        assert_eq!((list.len(), &claims["age_over_19"]), (1, &json!(true)));
        assert_eq!(claims["address"], json!({ "locality": "마포구" }));
        assert!(claims.get("family_name").is_none() && claims.get("birthdate").is_none());
    }
}
