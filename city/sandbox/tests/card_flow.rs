//! A citizen gets her card from the city over HTTP, shows the library that she lives in Mapo-gu and is over 19 and nothing else, and loses the card.
//! The wallet is made of the sessions of `citizen-openid4vc`; issuer, verifier, registry and lists are the city's own.

#![cfg(test)]

/// Without the counter.
#[path = "card/sign_in.rs"]
mod sign_in;

use citizen_client::{Exchange, Https, LedgerClient};
use citizen_credential::sd_jwt::{Expected, Kind, UnverifiedSdJwt};
use citizen_jose::{Algorithm, Anchor, CertificateChain, Signer as _, SoftwareSigner};
use citizen_ledger::{CertificateRole, LightClient};
use citizen_openid4vc::dcql::{Candidate, CandidateId, Format};
use citizen_openid4vc::http::{HttpRequest, HttpResponse, Method, Reach};
use citizen_openid4vc::vci::{self, Acceptance, Client, Flow, IssuanceSession, NotificationEvent};
use citizen_openid4vc::vp::holder::claim_path;
use citizen_openid4vc::vp::{self, HolderSession, Insistence, Known, Outcome, Profile};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, Hash, Place, random};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

const HERE: Place = Place::new("test/card-flow");

/// One request over a connection of its own.
async fn http(city: &City, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> HttpResponse {
    let host = format!("127.0.0.1:{}", city.url().port().unwrap());
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    let mut stream = TcpStream::connect(&host).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> =
        lines.map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    assert!(!headers.iter().any(|(name, _)| name == "transfer-encoding"));
    HttpResponse { status, headers, body: bytes[end + 4..].to_vec() }
}

async fn send(city: &City, request: &HttpRequest) -> HttpResponse {
    let path = request.url.as_str().strip_prefix(city.url().as_str().trim_end_matches('/')).unwrap();
    let headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let method = if request.method == Method::Get { "GET" } else { "POST" };
    http(city, method, path, &headers, &request.body).await
}

struct Copy {
    held: citizen_credential::sd_jwt::HeldSdJwt,
    key: SoftwareSigner,
}

/// The certificate of whoever signs, as the registry proves it for a role.
async fn is_proved(city: &City, role: CertificateRole, chain: &CertificateChain) -> Option<String> {
    let exchange = Exchange::new(Arc::new(Https::new().unwrap()), city.url());
    let light = LightClient::new(city.trust().anchor().clone());
    let ledger = LedgerClient::new(exchange, light, Arc::new(SystemClock));
    let thumbprint = Hash::from_bytes(*chain.leaf().thumbprint().as_bytes());
    let record = ledger.certificate(HERE, role, &thumbprint).await.unwrap()?;
    Some(record.value().name_en.as_str().to_owned())
}

async fn receive(city: &City) -> Vec<Copy> {
    let application = json!({ "number": "SB-1001", "name": "홍길동", "birth_date": "1999-03-02", "credentials": ["citizen-card"] });
    let offered =
        http(city, "POST", "/v1/issuer/offers", &[], &application.to_string()).await.object().unwrap();
    let rng = &mut random::system();
    let client = Client {
        reach: Reach::OrLoopback,
        client_id: "wallet".to_owned(),
        redirect_uri: "https://wallet.example/".to_owned(),
        copies: 3,
    };
    let now = || SystemClock.now();
    let link = offered["offer"].as_str().unwrap();
    let mut session = IssuanceSession::open(link, client, now(), rng).unwrap();
    let (mut signers, mut texts) = (Vec::new(), Vec::new());
    loop {
        match session.next() {
            vci::Step::Send(request) => {
                let response = send(city, &request).await;
                session.answer(&response, now(), rng).unwrap();
            }
            vci::Step::Review(review) => {
                let code = offered["transaction_code"].as_str().unwrap().to_owned();
                let configurations = review.offer.configurations.clone();
                let flow = Flow::PreAuthorized(Some(Zeroizing::new(code)));
                session.accept(&Acceptance { configurations, flow }, now(), rng).unwrap();
            }
            vci::Step::Keys { most, .. } => {
                signers = (0..most).map(|_| SoftwareSigner::generate(Algorithm::Es256, rng)).collect();
                session.keys(signers.iter().map(SoftwareSigner::jwk).collect(), now()).unwrap();
            }
            vci::Step::Sign(inputs) => {
                let pairs = inputs.iter().zip(&signers);
                let signatures: Vec<_> = pairs.map(|(bytes, signer)| signer.sign(bytes).unwrap()).collect();
                session.sign(&signatures, now(), rng).unwrap();
            }
            vci::Step::Received(issued) => {
                texts = issued.into_iter().flat_map(|issued| issued.credentials).collect::<Vec<String>>();
                session.settle(NotificationEvent::Accepted, now(), rng).unwrap();
            }
            vci::Step::Done => break,
            other => panic!("{other:?}"),
        }
    }
    let mut copies = Vec::new();
    for (text, key) in texts.iter().zip(signers) {
        let credential = UnverifiedSdJwt::parse(text).unwrap();
        let chain = credential.header_unverified().unwrap().x5c.clone().unwrap();
        assert_eq!(
            is_proved(city, CertificateRole::Issuer, &chain).await.as_deref(),
            Some("Sandbox City Issuer")
        );
        let expected = Expected { now: now(), kind: Kind::Credential, ..Expected::default() };
        let held = credential.accept(&chain.leaf().key().unwrap(), &expected).unwrap();
        copies.push(Copy { held, key });
    }
    copies
}

/// A visit at the library's page, answered by the wallet; the word at its end, and the names of the claims that were shown.
async fn visit(city: &City, copy: &Copy) -> (String, usize) {
    let (rng, service) = (&mut random::system(), "/v1/verifiers/mapo-library");
    let welcome = http(city, "GET", service, &[], "").await;
    assert!(welcome.text().unwrap().contains("샌드박스 마포도서관"));
    let begun = http(city, "POST", &format!("{service}/visits"), &[], "").await;
    assert_eq!(begun.status, 303);
    let page = begun.header("location").unwrap().to_owned();
    assert!(http(city, "GET", &page, &[], "").await.text().unwrap().contains("<svg"));
    let standing = async || http(city, "GET", &format!("{page}/standing"), &[], "").await.object().unwrap();
    let waiting = standing().await;
    assert_eq!(waiting["standing"], json!("waiting"));

    let profile = Profile { reach: Reach::OrLoopback, ..Profile::default() };
    let mut session = HolderSession::open(waiting["link"].as_str().unwrap(), profile, rng).unwrap();
    let mut shown = 0;
    let known_by = SoftwareSigner::generate(Algorithm::Es256, rng);
    loop {
        match session.next() {
            vp::Step::Send(request) => session.answer(&send(city, &request).await).unwrap(),
            vp::Step::Identify(vp::Question::Certificates(chain)) => {
                let name = is_proved(city, CertificateRole::Verifier, &chain).await;
                assert_eq!(name.as_deref(), Some("Sandbox Mapo Library"));
                let anchors = vec![Anchor::Thumbprint(chain.leaf().thumbprint())];
                session.identify(Known::Anchors(anchors), SystemClock.now(), rng).unwrap();
            }
            vp::Step::Review(asked) => {
                let candidates = [candidate(copy)];
                let selection = asked.query.evaluate(&candidates).preferred().unwrap();
                session.approve(&candidates, &selection, Insistence::No).unwrap();
            }
            vp::Step::BeKnown(_) => session.be_known_by(&known_by.jwk(), SystemClock.now()).unwrap(),
            vp::Step::SignIn(bytes) => session.sign_in(&known_by.sign(&bytes).unwrap(), rng).unwrap(),
            vp::Step::Present(orders) => {
                let paths: Vec<_> = orders[0].claims.iter().map(|claim| claim_path(claim).unwrap()).collect();
                shown = paths.len();
                let made = copy.held.select_whole(&paths).unwrap();
                session.present(vec![(made, Algorithm::Es256)], SystemClock.now()).unwrap();
            }
            vp::Step::Sign(asked) => {
                let signatures: Vec<_> =
                    asked.iter().map(|(_, bytes)| copy.key.sign(bytes).unwrap()).collect();
                session.sign(&signatures, rng).unwrap();
            }
            vp::Step::Done(outcome) => {
                assert!(matches!(outcome, Outcome::Presented(_)), "{outcome:?}");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    let word = standing().await["standing"].as_str().unwrap().to_owned();
    assert!(!http(city, "GET", &page, &[], "").await.text().unwrap().contains("<svg"));
    (word, shown)
}

fn candidate(copy: &Copy) -> Candidate {
    let claims: Value = copy.held.verified().claims().clone();
    Candidate {
        id: CandidateId::new("card"),
        format: Format::SdJwtVc,
        types: vec![claims["vct"].as_str().unwrap().to_owned()],
        claims,
        authorities: Vec::new(),
        key_bound: true,
    }
}

/// The first list, once it says something else than before.
async fn published(city: &City, before: &str) -> String {
    for _ in 0..1_800 {
        let list = http(city, "GET", "/v1/issuer/status-lists/0", &[], "").await;
        let text = String::from_utf8(list.body.clone()).unwrap();
        if list.status == 200 && text != before {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no list was published")
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_11_a_citizen_gets_her_card_shows_that_she_lives_in_mapo_and_is_over_19_and_loses_it() {
    let folder = tempfile::tempdir().unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let city = City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap();
    let list = published(&city, "").await;
    let copies = receive(&city).await;
    assert_eq!(copies.len(), 3);
    assert_eq!(visit(&city, &copies[0]).await, ("accepted".to_owned(), 2));
    assert_eq!(city.cards().issuer.revoke("SB-1001", None), Ok(3));
    published(&city, &list).await;
    assert_eq!(visit(&city, &copies[1]).await.0, "credential-revoked");
    city.stop().await.unwrap();
}
