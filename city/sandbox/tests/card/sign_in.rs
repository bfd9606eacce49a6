//! She signs in at the issuer's page for what her wallet has pushed (RFC 9126), over HTTP.

use super::{City, Folder, Ipv4Addr, SocketAddr, SystemClock, http, send};
use citizen_jose::{Algorithm, Signer as _, SoftwareSigner};
use citizen_openid4vc::http::{HttpResponse, Reach, encode_form};
use citizen_openid4vc::vci::{
    Acceptance, Client, Flow, IssuanceSession, Issued, NotificationEvent, ServerMetadata, Step,
};
use citizen_primitives::{Clock as _, random};
use city_services::issuer::WALLET_ADDRESS;

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

/// What somebody of this name does in the browser: opens the page, fills it in, and posts it with the page's cookie.
async fn in_the_browser(city: &City, address: &str, name: &str) -> HttpResponse {
    let path = address.strip_prefix(city.url().as_str().trim_end_matches('/')).unwrap();
    let page = http(city, "GET", path, &[], "").await;
    if page.status != 200 {
        return page;
    }
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(html.contains("서울시민카드"), "it says what is asked for");
    let hidden = |name: &str| {
        let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let form = encode_form(&[
        ("client_id", &hidden("client_id")),
        ("request_uri", &hidden("request_uri")),
        ("word", &hidden("word")),
        ("decision", "agree"),
        ("number", "SB-1001"),
        ("name", name),
        ("birth_date", "1999-03-02"),
    ]);
    let stolen = http(city, "POST", "/v1/issuer/authorize", FORM, &form).await;
    assert_eq!(stolen.status, 400, "ISSUER-10: without the cookie of the page");
    let headers = [FORM[0], ("cookie", cookie.as_str())];
    http(city, "POST", "/v1/issuer/authorize", &headers, &form).await
}

/// From the poster's offer to the copies.
async fn receive_signed_in(city: &City) -> Vec<Issued> {
    let offer = http(city, "GET", "/v1/issuer/offers/citizen-card", &[], "").await.object().unwrap();
    let client = Client {
        reach: Reach::OrLoopback,
        client_id: "wallet".to_owned(),
        redirect_uri: WALLET_ADDRESS.to_owned(),
        copies: 3,
    };
    let (now, rng) = (|| SystemClock.now(), &mut random::system());
    let mut session = IssuanceSession::open(offer["offer"].as_str().unwrap(), client, now(), rng).unwrap();
    let (mut signers, mut received) = (Vec::new(), Vec::new());
    loop {
        match session.next() {
            Step::Send(request) => {
                let response = send(city, &request).await;
                session.answer(&response, now(), rng).unwrap();
            }
            Step::Review(review) => {
                assert!(review.authorization && !review.pre_authorized);
                let configurations = review.offer.configurations.clone();
                let acceptance = Acceptance { configurations, flow: Flow::Authorization };
                session.accept(&acceptance, now(), rng).unwrap();
            }
            Step::Browse(address) => {
                assert_eq!(in_the_browser(city, address.as_str(), "홍길순").await.status, 403);
                let back = in_the_browser(city, address.as_str(), "홍 길동").await;
                assert_eq!(back.status, 303);
                session.returned(back.header("location").unwrap(), now(), rng).unwrap();
                let again = in_the_browser(city, address.as_str(), "홍 길동").await;
                assert_eq!(again.status, 404, "a request counts once");
            }
            Step::Keys { most, .. } => {
                signers = (0..most).map(|_| SoftwareSigner::generate(Algorithm::Es256, rng)).collect();
                session.keys(signers.iter().map(SoftwareSigner::jwk).collect(), now()).unwrap();
            }
            Step::Sign(inputs) => {
                let pairs = inputs.iter().zip(&signers);
                let signatures: Vec<_> = pairs.map(|(bytes, signer)| signer.sign(bytes).unwrap()).collect();
                session.sign(&signatures, now(), rng).unwrap();
            }
            Step::Received(issued) => {
                received = issued;
                session.settle(NotificationEvent::Accepted, now(), rng).unwrap();
            }
            Step::Done => return received,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issuer_9_a_citizen_signs_in_in_her_browser_and_gets_her_card_without_the_counter() {
    let folder = tempfile::tempdir().unwrap();
    let home = Folder::open(&folder.path().join("city")).unwrap();
    let city = City::start(home, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    let path = "/.well-known/oauth-authorization-server/v1/issuer";
    let metadata = http(&city, "GET", path, &[], "").await.object().unwrap();
    let issuer = metadata["issuer"].as_str().unwrap();
    let read = ServerMetadata::from_value(&metadata, issuer, Reach::OrLoopback).unwrap();
    assert!(read.pushed.is_some() && read.authorization.is_some() && read.names_itself);
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    let received = receive_signed_in(&city).await;
    assert_eq!((received.len(), received[0].credentials.len()), (1, 3));
    city.stop().await.unwrap();
}
