//! An issuance between wallet and issuer: by code in the offer, by sign-in, in batches, later, and what is refused.

use crate::public_vectors;
use crate::world::{NOW, PID, endpoint};
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, base64url, jwt};
use citizen_keys::Secret32;
use citizen_openid4vc::dpop;
use citizen_openid4vc::http::{Endpoint, HttpRequest, HttpResponse, Method, Reach, decode_form, encode_form};
use citizen_openid4vc::vci::proof::{self, Audience};
use citizen_openid4vc::vci::*;
use citizen_primitives::{Seconds, UnixTime, random};
use serde_json::{Value, json};
use zeroize::Zeroizing;

pub(crate) const ISSUER: &str = "https://issuer.seoul.example/card";
pub(crate) const BACK: &str = "https://wallet.seoul.example/back";

pub(crate) fn issuer(secret: [u8; 32]) -> Issuer {
    Issuer::new(config(), Secret32::take(Zeroizing::new(secret)), &mut random::system())
}

pub(crate) fn config() -> IssuerConfig {
    IssuerConfig {
        issuer: endpoint(ISSUER),
        reach: Reach::Https,
        configurations: vec![
            Configuration {
                name: "citizen-card".to_owned(),
                format: CredentialFormat::SdJwtVc(PID.to_owned()),
                metadata: json!({}),
            },
            Configuration {
                name: "certificate".to_owned(),
                format: CredentialFormat::SdJwtVc("urn:seoul:certificate".to_owned()),
                metadata: json!({}),
            },
        ],
        batch: 3,
        offer_life: Seconds::new(600),
        token_life: Seconds::new(300),
        redirect_uris: vec![BACK.to_owned()],
    }
}

pub(crate) fn client() -> Client {
    Client {
        reach: Reach::Https,
        client_id: "seoul-wallet".to_owned(),
        redirect_uri: BACK.to_owned(),
        copies: 5,
    }
}

/// Makes the credential of an order for one key.
type Make = Box<dyn Fn(&IssueOrder, &Jwk) -> String>;

/// The issuer behind HTTP.
pub(crate) struct Server {
    pub(crate) issuer: Issuer,
    pub(crate) rows: MemoryRows,
    /// How often it says "later" before it issues.
    pub(crate) later: u32,
    ready: bool,
    pub(crate) by_reference: Value,
    log: Vec<String>,
    /// Makes the credential for one key.
    pub(crate) make: Make,
}

impl Server {
    pub(crate) fn new() -> Self {
        let name = |order: &IssueOrder, key: &Jwk| {
            format!("{} {} {}", order.subject, order.configuration, key.thumbprint())
        };
        let (by_reference, log, make) = (Value::Null, Vec::new(), Box::new(name));
        let rows = MemoryRows::default();
        Self { issuer: issuer([1; 32]), rows, later: 0, ready: false, by_reference, log, make }
    }

    /// How often something was asked for.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.log.iter().filter(|path| path.ends_with(name)).count()
    }

    pub(crate) fn serve(&mut self, request: &HttpRequest, now: UnixTime) -> HttpResponse {
        let rng = &mut random::system();
        let incoming = Incoming {
            authorization: request.header("authorization"),
            dpop: request.header("dpop"),
            body: &request.body,
        };
        let path = request.url.as_str().strip_prefix("https://issuer.seoul.example").unwrap();
        self.log.push(path.to_owned());
        match path {
            "/offers/1" => HttpResponse::ok(&self.by_reference),
            "/.well-known/openid-credential-issuer/card" => HttpResponse::ok(&self.issuer.metadata()),
            "/.well-known/oauth-authorization-server/card" => {
                HttpResponse::ok(&self.issuer.server_metadata())
            }
            "/card/par" => match self.issuer.check_push(&incoming, now) {
                Ok(request) => self.issuer.push(request, &mut Turn { rows: &mut self.rows, now, rng }),
                Err(answer) => answer,
            },
            "/card/nonce" => self.issuer.nonce(now, rng),
            "/card/token" => self.guarded(Guarded::Token, &incoming, now),
            "/card/credential" => self.guarded(Guarded::Credential, &incoming, now),
            "/card/deferred" => self.guarded(Guarded::Deferred, &incoming, now),
            "/card/notification" => self.guarded(Guarded::Notification, &incoming, now),
            other => panic!("{other}"),
        }
    }

    pub(crate) fn guarded(&mut self, at: Guarded, incoming: &Incoming<'_>, now: UnixTime) -> HttpResponse {
        let request = match self.issuer.check(at, incoming, now) {
            Ok(request) => request,
            Err(answer) => return answer,
        };
        let turn = &mut Turn { rows: &mut self.rows, now, rng: &mut random::system() };
        let call = match at {
            Guarded::Token => return self.issuer.token(&request, turn),
            Guarded::Notification => return self.issuer.notification(&request, turn),
            Guarded::Credential => self.issuer.credential(&request, turn),
            Guarded::Deferred => {
                self.later = self.later.saturating_sub(1);
                let ready = self.later == 0;
                self.issuer.deferred(&request, &|_| ready, turn)
            }
        };
        match call {
            CredentialCall::Answer(answer) => answer,
            CredentialCall::Issue(order) if at == Guarded::Credential && self.later > 0 => {
                self.issuer.defer(&order, Seconds::new(5), turn)
            }
            CredentialCall::Issue(order) => {
                self.issuer.ends_older(&order, turn);
                self.ready = true;
                // A W3C credential is made as the text of an object.
                let one = |key: &Jwk| {
                    let text = (self.make)(&order, key);
                    serde_json::from_str(&text).ok().filter(Value::is_object).unwrap_or(text.into())
                };
                let credentials: Vec<Value> = order.keys.iter().map(one).collect();
                self.issuer.issued(&order, &credentials)
            }
        }
    }

    /// An offer, and the digits that are typed for it.
    pub(crate) fn offer(
        &mut self,
        subject: &str,
        names: &[&str],
        digits: Option<(usize, &str)>,
        now: UnixTime,
    ) -> (CredentialOffer, Option<String>) {
        let turn = &mut Turn { rows: &mut self.rows, now, rng: &mut random::system() };
        self.issuer.offer(subject, names, digits, turn).unwrap()
    }

    /// Where the browser goes after a sign-in.
    pub(crate) fn authorize(&mut self, asked: (&str, &str), subject: &str, now: UnixTime) -> Option<String> {
        let turn = &mut Turn { rows: &mut self.rows, now, rng: &mut random::system() };
        self.issuer.authorize(asked, subject, turn)
    }
}

/// Sends what is to be sent until something else is wanted.
pub(crate) fn send(session: &mut IssuanceSession, server: &mut Server) -> Result<(), IssuanceError> {
    while let Step::Send(request) = session.next() {
        let again = session.next();
        assert!(matches!(again, Step::Send(again) if again == request), "asked again, the same bytes");
        session.answer(&server.serve(&request, NOW), NOW, &mut random::system())?;
    }
    Ok(())
}

/// Keys and their proofs, as many as the issuer takes.
pub(crate) fn prove(session: &mut IssuanceSession, now: UnixTime) -> Vec<SoftwareSigner> {
    let Step::Keys { most, algorithms } = session.next() else { panic!("{:?}", session.next()) };
    assert!(algorithms.contains(&"ES256".to_owned()));
    let signers: Vec<_> =
        (0..most).map(|_| SoftwareSigner::generate(Algorithm::Es256, &mut random::system())).collect();
    session.keys(signers.iter().map(SoftwareSigner::jwk).collect(), now).unwrap();
    sign(session, &signers, now);
    signers
}

fn sign(session: &mut IssuanceSession, signers: &[SoftwareSigner], now: UnixTime) {
    let Step::Sign(inputs) = session.next() else { panic!() };
    let signatures: Vec<_> =
        inputs.iter().zip(signers).map(|(bytes, signer)| signer.sign(bytes).unwrap()).collect();
    session.sign(&signatures, now, &mut random::system()).unwrap();
}

pub(crate) fn accept(session: &mut IssuanceSession, names: &[&str], flow: Flow) -> Result<(), IssuanceError> {
    session.accept(&accepted(names, flow), NOW, &mut random::system())
}

pub(crate) fn accepted(names: &[&str], flow: Flow) -> Acceptance {
    Acceptance { configurations: names.iter().map(|name| (*name).to_owned()).collect(), flow }
}

pub(crate) fn open(link: &str) -> IssuanceSession {
    IssuanceSession::open(link, client(), NOW, &mut random::system()).unwrap()
}

pub(crate) fn finish(session: &mut IssuanceSession, server: &mut Server) -> Vec<Issued> {
    let Step::Received(issued) = session.next() else { panic!("{:?}", session.next()) };
    session.settle(NotificationEvent::Accepted, NOW, &mut random::system()).unwrap();
    send(session, server).unwrap();
    assert!(matches!(session.next(), Step::Done));
    issued
}

#[test]
fn a_code_in_the_offer_and_a_typed_one_give_a_batch_each_for_its_own_key() {
    let mut server = Server::new();
    let digits = Some((6, "시청에서 보낸 문자를 보세요"));
    let names = ["citizen-card", "certificate"];
    let (offer, code) = server.offer("홍 길동", &names, digits, NOW);
    server.by_reference = offer.to_value();
    let link = format!(
        "openid-credential-offer://?{}",
        encode_form(&[("credential_offer_uri", "https://issuer.seoul.example/offers/1")])
    );
    let mut session = open(&link);
    send(&mut session, &mut server).unwrap();
    let Step::Review(review) = session.next() else { panic!() };
    assert!(review.pre_authorized && !review.authorization);
    let asked = review.offer.pre_authorized.clone().unwrap().transaction_code.unwrap();
    assert_eq!((asked.numeric, asked.length), (true, Some(6)));

    let typed = |text: &str| Flow::PreAuthorized(Some(Zeroizing::new(text.to_owned())));
    for wrong in [Flow::PreAuthorized(None), typed("12345"), typed("abcdef"), Flow::Authorization] {
        assert_eq!(accept(&mut session, &names, wrong), Err(IssuanceError::Choice));
    }
    assert_eq!(accept(&mut session, &["other"], typed("123456")), Err(IssuanceError::Choice));
    accept(&mut session, &names, typed(&code.unwrap())).unwrap();
    send(&mut session, &mut server).unwrap();
    let first = prove(&mut session, NOW);
    send(&mut session, &mut server).unwrap();
    let second = prove(&mut session, NOW);
    send(&mut session, &mut server).unwrap();
    let issued = finish(&mut session, &mut server);
    for (issued, (name, signers)) in issued.iter().zip([("citizen-card", first), ("certificate", second)]) {
        let expected: Vec<_> =
            signers.iter().map(|signer| format!("홍 길동 {name} {}", signer.jwk().thumbprint())).collect();
        assert_eq!(
            (issued.configuration.as_str(), issued.credentials.len(), &issued.credentials),
            (name, 3, &expected)
        );
    }
    assert_eq!(server.count("notification"), 2);
}

#[test]
fn a_citizen_who_signs_in_gets_it_by_pushed_request_and_pkce() {
    let mut server = Server::new();
    let link = server.issuer.offer_after_sign_in(&["citizen-card"]).to_link();
    let mut session = open(&link);
    send(&mut session, &mut server).unwrap();
    accept(&mut session, &["citizen-card"], Flow::Authorization).unwrap();
    send(&mut session, &mut server).unwrap();
    let Step::Browse(address) = session.next() else { panic!() };
    let (base, query) = address.as_str().split_once('?').unwrap();
    assert_eq!(base, format!("{ISSUER}/authorize"));
    let fields = decode_form(query).unwrap();
    assert_eq!(
        fields.keys().collect::<Vec<_>>(),
        ["client_id", "request_uri"],
        "nothing else passes the browser"
    );
    let request = (fields["client_id"].as_str(), fields["request_uri"].as_str());
    assert_eq!(server.authorize(("other", request.1), "선우 용녀", NOW), None);
    // That ended the request: the honest one begins again.
    let mut session = open(&link);
    send(&mut session, &mut server).unwrap();
    accept(&mut session, &["citizen-card"], Flow::Authorization).unwrap();
    send(&mut session, &mut server).unwrap();
    let Step::Browse(address) = session.next() else { panic!() };
    let fields = decode_form(address.as_str().split_once('?').unwrap().1).unwrap();
    let request = (fields["client_id"].as_str(), fields["request_uri"].as_str());
    let back = server.authorize(request, "선우 용녀", NOW).unwrap();

    /// VCI-6
    fn vci_6_refuses(session: &mut IssuanceSession, back: &str) {
        let mut refused = |address: &str| session.returned(address, NOW, &mut random::system()).unwrap_err();
        let denied = format!("{BACK}?error=access_denied");
        for mixed in [
            back.replace(BACK, "https://evil.example/back"),
            back.replace(BACK, &format!("{BACK}/")),
            back.replace("state=", "state=x"),
            back.replace("&state=", "&was="),
            format!("{back}&code=other"),
            BACK.to_owned(),
            denied.clone(),
        ] {
            assert_eq!(refused(&mixed), IssuanceError::Mixed, "{mixed}");
        }
        let (_, state) = back.split_once("&state=").unwrap();
        for another in [
            back.replace("issuer.seoul", "issuer.evil"),
            back.replace("&iss=", "&was="),
            format!("{denied}&state={state}"),
        ] {
            assert_eq!(refused(&another), IssuanceError::AnotherServer, "RFC 9207: {another}");
        }
        let iss = encode_form(&[("iss", ISSUER)]);
        let said = IssuanceError::Refused("access_denied".to_owned());
        assert_eq!(refused(&format!("{denied}&state={state}&{iss}")), said);
        let nothing = format!("{BACK}?state={state}&{iss}");
        assert_eq!(refused(&nothing), IssuanceError::Answer, "neither a code nor a word");
    }
    vci_6_refuses(&mut session, &back);
    session.returned(&back, NOW, &mut random::system()).unwrap();
    send(&mut session, &mut server).unwrap();
    prove(&mut session, NOW);
    send(&mut session, &mut server).unwrap();
    assert!(finish(&mut session, &mut server)[0].credentials[0].starts_with("선우 용녀 citizen-card"));
}

pub(crate) fn simple(server: &mut Server) -> IssuanceSession {
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let mut session = open(&offer.to_link());
    send(&mut session, server).unwrap();
    session
}

#[test]
fn a_deferred_credential_is_asked_for_until_it_is_there() {
    let mut server = Server::new();
    server.later = 2;
    let mut session = simple(&mut server);
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    send(&mut session, &mut server).unwrap();
    prove(&mut session, NOW);
    send(&mut session, &mut server).unwrap();
    for _ in 0..2 {
        assert!(matches!(session.next(), Step::Wait(seconds) if seconds == Seconds::new(5)));
        assert!(matches!(session.next(), Step::Wait(_)), "asking changes nothing");
        session.renew(NOW, &mut random::system()).unwrap();
        send(&mut session, &mut server).unwrap();
    }
    assert_eq!(finish(&mut session, &mut server)[0].credentials.len(), 3);
}

#[test]
fn a_lost_answer_is_asked_for_again_with_a_fresh_proof() {
    let mut server = Server::new();
    let mut session = simple(&mut server);
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    let Step::Send(lost) = session.next() else { panic!() };
    assert_eq!(server.serve(&lost, NOW).status, 400, "no nonce yet");
    assert_eq!(server.serve(&lost, NOW).status, 400);
    session.renew(NOW, &mut random::system()).unwrap();
    let Step::Send(fresh) = session.next() else { panic!() };
    assert_eq!(fresh.body, lost.body);
    assert_ne!(fresh.header("dpop"), lost.header("dpop"));
    send(&mut session, &mut server).unwrap();
    assert!(matches!(session.next(), Step::Keys { .. }));
}

/// VCI-7
#[test]
fn vci_7_a_code_counts_once_and_not_after_three_wrong_transaction_codes() {
    let mut server = Server::new();
    let (offer, code) = server.offer("A", &["citizen-card"], Some((6, "SMS")), NOW);
    let code = code.unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let typed = |text: &str| Flow::PreAuthorized(Some(Zeroizing::new(text.to_owned())));
    let mut attempt = |text: &str| {
        let mut session = open(&offer.to_link());
        send(&mut session, &mut server).unwrap();
        accept(&mut session, &["citizen-card"], typed(text)).unwrap();
        send(&mut session, &mut server)
    };
    let refused = || Err(IssuanceError::Refused("invalid_grant".to_owned()));
    assert_eq!(attempt(wrong), Err(IssuanceError::WrongCode { tries_left: 2 }), "the same offer still works");
    assert_eq!(attempt(&code), Ok(()));
    assert_eq!(attempt(&code), refused(), "once");

    let (offer, code) = server.offer("A", &["citizen-card"], Some((6, "SMS")), NOW);
    let code = code.unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for (text, tries_left) in [(wrong, 2), (wrong, 1), (wrong, 0), (&code, 0)] {
        let mut session = open(&offer.to_link());
        send(&mut session, &mut server).unwrap();
        accept(&mut session, &["citizen-card"], typed(text)).unwrap();
        let again = Err(IssuanceError::WrongCode { tries_left });
        assert_eq!(send(&mut session, &mut server), if tries_left == 0 { refused() } else { again });
    }
}

/// VCI-3
#[test]
fn vci_3_a_token_is_of_no_use_without_a_fresh_proof_of_its_key() {
    let mut server = Server::new();
    let mut session = simple(&mut server);
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    send(&mut session, &mut server).unwrap();
    prove(&mut session, NOW);
    let Step::Send(request) = session.next() else { panic!() };
    let without = |name: &str| {
        let mut request = request.clone();
        request.headers.retain(|(own, _)| *own != name);
        request
    };
    assert_eq!(server.serve(&without("dpop"), NOW).status, 401);
    assert_eq!(server.serve(&without("authorization"), NOW).status, 401);
    // A thief with a key of her own.
    let token = request.header("authorization").unwrap().strip_prefix("DPoP ").unwrap().to_owned();
    let nonce = server.serve(&without("dpop"), NOW).header("dpop-nonce").unwrap().to_owned();
    let thief = dpop::DpopKey::generate(&mut random::system());
    let target =
        dpop::Target { method: Method::Post, url: &request.url, token: Some(&token), nonce: Some(&nonce) };
    let stolen = thief.prove(&target, NOW, &mut random::system()).unwrap();
    assert_eq!(server.serve(&without("dpop").with_header("dpop", stolen), NOW).status, 401);
    assert_eq!(
        server
            .serve(&without("authorization").with_header("authorization", format!("Bearer {token}")), NOW)
            .status,
        401
    );
    assert_eq!(server.serve(&request, NOW).status, 200);
    assert_eq!(server.serve(&request, NOW).status, 401, "a proof counts once");
}

/// VCI-3
#[test]
fn vci_3_every_rule_of_a_dpop_proof_is_checked() {
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let url = endpoint("https://issuer.seoul.example/token?x=1");
    let target = dpop::Target { method: Method::Post, url: &url, token: Some("t"), nonce: Some("n") };
    let right = json!({ "jti": "1", "htm": "POST", "htu": "https://issuer.seoul.example/token", "iat": NOW.seconds(),
        "ath": base64url::encode(<sha2::Sha256 as sha2::Digest>::digest(b"t")), "nonce": "n" });
    let header = || Header::new(Algorithm::Es256).with_typ("dpop+jwt").with_jwk(signer.jwk());
    let verdict = |header: &Header, edit: &dyn Fn(&mut Value)| {
        let mut claims = right.clone();
        edit(&mut claims);
        dpop::verify(&jwt::sign(header, &claims, &signer).unwrap(), &target, NOW)
            .map(|(key, _)| key.thumbprint())
    };
    assert_eq!(verdict(&header(), &|_| {}), Ok(signer.jwk().thumbprint()));
    let invalid = |edit: &dyn Fn(&mut Value)| verdict(&header(), edit) == Err(dpop::DpopError::Invalid);
    assert!(invalid(&|c| c["htm"] = json!("GET")));
    assert!(invalid(&|c| c["htu"] = json!("https://issuer.seoul.example/other")));
    assert!(invalid(&|c| c["ath"] = json!("x")));
    assert!(invalid(&|c| drop(c.as_object_mut().unwrap().remove("ath"))));
    assert!(invalid(&|c| drop(c.as_object_mut().unwrap().remove("jti"))));
    assert!(invalid(&|c| c["iat"] = json!(NOW.seconds() - 301)));
    assert!(invalid(&|c| c["iat"] = json!(NOW.seconds() + 61)));
    assert_eq!(verdict(&header(), &|c| c["nonce"] = json!("old")), Err(dpop::DpopError::Nonce));
    assert_eq!(
        verdict(&header(), &|c| drop(c.as_object_mut().unwrap().remove("nonce"))),
        Err(dpop::DpopError::Nonce)
    );
    let mut typed = header();
    typed.typ = Some("jwt".to_owned());
    assert_eq!(verdict(&typed, &|_| {}), Err(dpop::DpopError::Invalid));
    let mut other = header();
    other.jwk = Some(SoftwareSigner::generate(Algorithm::Es256, &mut random::system()).jwk());
    assert_eq!(verdict(&other, &|_| {}), Err(dpop::DpopError::Invalid));
}

/// VCI-5
#[test]
fn vci_5_a_key_proof_is_by_the_key_for_this_issuer_with_its_nonce() {
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    let audience = Audience { issuer: ISSUER, client: Some("seoul-wallet"), nonce: Some("n") };
    let right = json!({ "aud": ISSUER, "iat": NOW.seconds(), "nonce": "n", "iss": "seoul-wallet" });
    let header = || Header::new(Algorithm::Es256).with_typ(proof::TYPE).with_jwk(signer.jwk());
    let verdict = |header: &Header, edit: &dyn Fn(&mut Value)| {
        let mut claims = right.clone();
        edit(&mut claims);
        proof::verify(&jwt::sign(header, &claims, &signer).unwrap(), &audience, &|nonce| nonce == "n", NOW)
            .map(|key| key.thumbprint())
    };
    assert_eq!(verdict(&header(), &|_| {}), Ok(signer.jwk().thumbprint()));
    let invalid = |edit: &dyn Fn(&mut Value)| verdict(&header(), edit) == Err(proof::ProofError::Invalid);
    assert!(invalid(&|c| c["aud"] = json!("https://other.example")));
    assert!(invalid(&|c| c["aud"] = json!([ISSUER])), "a string, the standard says");
    assert!(invalid(&|c| c["iss"] = json!("other")));
    assert!(invalid(&|c| c["iat"] = json!(NOW.seconds() - 601)));
    assert!(invalid(&|c| drop(c.as_object_mut().unwrap().remove("iat"))));
    assert!(invalid(&|c| drop(c.as_object_mut().unwrap().remove("nonce"))));
    assert_eq!(verdict(&header(), &|c| c["nonce"] = json!("old")), Err(proof::ProofError::Nonce));
    let headers = [
        Header::new(Algorithm::Es256).with_typ(proof::TYPE),
        Header::new(Algorithm::Es256).with_jwk(signer.jwk()),
        header().with_typ("JWT"),
        header().with_kid("also"),
        header().with_jwk(SoftwareSigner::generate(Algorithm::Es256, &mut random::system()).jwk()),
    ];
    for header in headers {
        assert_eq!(verdict(&header, &|_| {}), Err(proof::ProofError::Invalid));
    }
}

/// VCI-5
#[test]
fn vci_5_an_issuers_nonce_counts_once_and_no_key_twice() {
    let mut server = Server::new();
    let mut session = simple(&mut server);
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    send(&mut session, &mut server).unwrap();
    let signer = SoftwareSigner::generate(Algorithm::Es256, &mut random::system());
    assert_eq!(session.keys(Vec::new(), NOW), Err(IssuanceError::Key));
    assert_eq!(
        session.keys(vec![signer.jwk(); 4], NOW),
        Err(IssuanceError::Key),
        "more than the issuer's batch"
    );
    session.keys(vec![signer.jwk(), signer.jwk()], NOW).unwrap();
    let Step::Sign(inputs) = session.next() else { panic!() };
    let signatures: Vec<_> = inputs.iter().map(|bytes| signer.sign(bytes).unwrap()).collect();
    session.sign(&signatures, NOW, &mut random::system()).unwrap();
    assert_eq!(send(&mut session, &mut server), Err(IssuanceError::Refused("invalid_proof".to_owned())));

    let mut session = simple(&mut server);
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    send(&mut session, &mut server).unwrap();
    prove(&mut session, NOW);
    let Step::Send(first) = session.next() else { panic!() };
    assert_eq!(server.serve(&first, NOW).status, 200);
    // Another request with the same proofs: their nonce is used up.
    session.renew(NOW, &mut random::system()).unwrap();
    let Step::Send(mut other) = session.next() else { panic!() };
    other.body.push(' ');
    let refused = server.serve(&other, NOW);
    assert_eq!(refused.object().unwrap()["error"], json!("invalid_nonce"));
    // The first request again, whose answer was lost: with a fresh DPoP proof it is the same order.
    session.renew(NOW, &mut random::system()).unwrap();
    let Step::Send(again) = session.next() else { panic!() };
    assert_eq!(again.body, first.body);
    send(&mut session, &mut server).unwrap();
    assert_eq!(finish(&mut session, &mut server).len(), 1);
}

/// VCI-4
#[test]
fn vci_4_a_code_of_a_sign_in_is_of_no_use_without_its_verifier() {
    let mut server = Server::new();
    let link = server.issuer.offer_after_sign_in(&["citizen-card"]).to_link();
    let begin = |server: &mut Server| {
        let mut session = open(&link);
        send(&mut session, server).unwrap();
        accept(&mut session, &["citizen-card"], Flow::Authorization).unwrap();
        send(&mut session, server).unwrap();
        let Step::Browse(address) = session.next() else { panic!() };
        let fields = decode_form(address.as_str().split_once('?').unwrap().1).unwrap();
        let request = (fields["client_id"].as_str(), fields["request_uri"].as_str());
        (session, server.authorize(request, "A", NOW).unwrap())
    };
    let (_, victims) = begin(&mut server);
    let (mut thief, own) = begin(&mut server);
    let code = |address: &str| decode_form(address.split_once('?').unwrap().1).unwrap()["code"].clone();
    let injected = own.replace(&code(&own), &code(&victims));
    thief.returned(&injected, NOW, &mut random::system()).unwrap();
    assert_eq!(send(&mut thief, &mut server), Err(IssuanceError::Refused("invalid_grant".to_owned())));
}

/// VCI-1
#[test]
fn vci_1_offers_are_read_by_the_standards_rules() {
    let right = json!({ "credential_issuer": ISSUER, "credential_configuration_ids": ["a"], "grants": {
        "urn:ietf:params:oauth:grant-type:pre-authorized_code": { "pre-authorized_code": "x", "tx_code": { "length": 6 } },
        "unknown": {} }, "unknown": 1 });
    let read = |value: &Value| CredentialOffer::from_value(value, Reach::Https);
    let offer = read(&right).unwrap();
    assert_eq!(read(&offer.to_value()), Ok(offer.clone()));
    assert_eq!(OfferLink::parse(&offer.to_link(), Reach::Https), Ok(OfferLink::Value(Box::new(offer))));
    let grant = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
    let refused = |edit: &dyn Fn(&mut Value)| {
        let mut value = right.clone();
        edit(&mut value);
        read(&value) == Err(OfferError::Offer)
    };
    assert!(refused(&|o| drop(o.as_object_mut().unwrap().remove("credential_issuer"))));
    assert!(refused(&|o| o["credential_issuer"] = json!("http://issuer.example")));
    assert!(refused(&|o| o["credential_issuer"] = json!("https://issuer.example/?x=1")));
    assert!(refused(&|o| o["credential_configuration_ids"] = json!([])));
    assert!(refused(&|o| o["credential_configuration_ids"] = json!(["a", "a"])));
    assert!(refused(&|o| o["credential_configuration_ids"] = json!([1])));
    assert!(refused(&|o| o["grants"] = json!([])));
    assert!(refused(&|o| o["grants"][grant] = json!({})));
    assert!(refused(&|o| o["grants"][grant]["tx_code"] = json!("1")));
    assert!(refused(&|o| o["grants"][grant]["tx_code"]["input_mode"] = json!("picture")));
    assert!(refused(&|o| o["grants"][grant]["tx_code"]["length"] = json!(0)));
    assert!(refused(&|o| o["grants"][grant]["tx_code"]["description"] = json!("가".repeat(301))));
    // What she reads before she trusts anybody makes no screen lie.
    for lying in
        ["\u{1b}[2J", "문자\n등록부가 발급 기관을 증명합니다.", "\u{202e}", "\u{2067}a", "\u{200b}", "\u{85}"]
    {
        assert!(
            refused(&|o| o["grants"][grant]["tx_code"]["description"] = json!(lying)),
            "{}",
            lying.escape_unicode()
        );
        assert!(
            refused(&|o| o["credential_configuration_ids"] = json!([lying])),
            "{}",
            lying.escape_unicode()
        );
    }
    let mut nfd = right.clone();
    nfd["grants"][grant]["tx_code"]["description"] = json!("\u{1112}\u{1161}\u{11ab}");
    let code = read(&nfd).unwrap().pre_authorized.unwrap().transaction_code.unwrap();
    assert_eq!(code.description.as_deref(), Some("한"));

    let link = |query: &str| OfferLink::parse(&format!("openid-credential-offer://?{query}"), Reach::Https);
    assert_eq!(link("credential_offer=%7B%7D"), Err(OfferError::Offer));
    assert_eq!(link("credential_offer_uri=http%3A%2F%2Fx.example"), Err(OfferError::Link));
    assert_eq!(
        link("credential_offer_uri=https%3A%2F%2Fx.example&credential_offer=%7B%7D"),
        Err(OfferError::Link)
    );
    assert_eq!(
        link("credential_offer=%7B%22a%22%3A1%2C%22a%22%3A2%7D"),
        Err(OfferError::Offer),
        "no name twice"
    );
}

/// VCI-2
#[test]
fn vci_2_metadata_is_that_of_the_issuer_and_server_that_were_asked() {
    let mut server = Server::new();
    let (offer, _) = server.offer("A", &["citizen-card"], None, NOW);
    let answer = |edit: &dyn Fn(&mut Value)| {
        let mut metadata = server.issuer.metadata();
        edit(&mut metadata);
        open(&offer.to_link()).answer(&HttpResponse::ok(&metadata), NOW, &mut random::system())
    };
    assert_eq!(answer(&|_| {}), Ok(()));
    let refused = |edit: &dyn Fn(&mut Value)| answer(edit) == Err(IssuanceError::Metadata);
    assert!(refused(&|m| m["credential_issuer"] = json!("https://evil.example/card")));
    assert!(refused(&|m| m["credential_issuer"] = json!(format!("{ISSUER}/"))), "compared as it is written");
    assert!(refused(&|m| m["credential_endpoint"] = json!("http://issuer.seoul.example/x")));
    assert!(refused(&|m| drop(m.as_object_mut().unwrap().remove("credential_endpoint"))));
    assert!(
        refused(&|m| m["credential_configurations_supported"] = json!({})),
        "what is offered is not there"
    );
    assert!(refused(&|m| m["authorization_servers"] = json!([])));
    assert!(refused(&|m| m["batch_credential_issuance"] = json!({ "batch_size": 1 })));
    let unsupported = |edit: &dyn Fn(&mut Value)| answer(edit) == Err(IssuanceError::Unsupported);
    let proofs = |m: &mut Value| {
        m["credential_configurations_supported"]["citizen-card"]["proof_types_supported"].take()
    };
    assert!(unsupported(&|m| m["credential_response_encryption"] = json!({ "encryption_required": true })));
    assert!(unsupported(&|m| {
        proofs(m);
        m["credential_configurations_supported"]["citizen-card"]["proof_types_supported"] =
            json!({ "di_vp": {} });
    }));

    let mut session = open(&offer.to_link());
    session.answer(&HttpResponse::ok(&server.issuer.metadata()), NOW, &mut random::system()).unwrap();
    let mut other = server.issuer.server_metadata();
    other["issuer"] = json!("https://evil.example");
    let mixed = session.answer(&HttpResponse::ok(&other), NOW, &mut random::system());
    assert_eq!(mixed, Err(IssuanceError::Metadata));
}

#[test]
fn a_server_that_binds_tokens_and_gives_an_unbound_one_is_refused() {
    let mut server = Server::new();
    let mut session = simple(&mut server);
    accept(&mut session, &["citizen-card"], Flow::PreAuthorized(None)).unwrap();
    let unbound = json!({ "access_token": "t", "token_type": "Bearer" });
    let refused = session.answer(&HttpResponse::ok(&unbound), NOW, &mut random::system());
    assert_eq!(refused, Err(IssuanceError::Answer));
}

#[test]
fn all_public_offers_and_metadata_are_read() {
    let folder = public_vectors::folder("openid4vci");
    for name in [
        "credential_offer_by_reference.json",
        "credential_offer_multiple_credentials.json",
        "credential_offer_pre-authz_code.json",
    ] {
        let offer = CredentialOffer::from_value(&public_vectors::json(&folder, name), Reach::Https).unwrap();
        assert!(offer.pre_authorized.is_some_and(|grant| grant.transaction_code.is_some()), "{name}");
    }
    let response = std::fs::read_to_string(folder.join("credential_offer_authz_code.txt")).unwrap();
    let body = response.split_once("\n\n").unwrap().1;
    let offer = CredentialOffer::from_value(&serde_json::from_str(body).unwrap(), Reach::Https).unwrap();
    assert!(offer.authorization.is_some_and(|grant| grant.issuer_state.is_some()));

    let metadata = public_vectors::json(&folder, "credential_issuer_metadata_sd_jwt_long.json");
    let asked = Endpoint::parse("https://credential-issuer.example.com", Reach::Https).unwrap();
    let read = IssuerMetadata::from_value(metadata.as_object().unwrap(), &asked, Reach::Https).unwrap();
    assert!(read.needs_encryption && read.batch == 10);
    let known = &read.configurations["SD_JWT_VC_example_in_OpenID4VCI"];
    assert!(known.needs_attestation && known.proof_algorithms == Some(vec!["ES256".to_owned()]));
}
