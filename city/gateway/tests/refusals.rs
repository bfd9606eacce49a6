//! Bad input of every route: a clear refusal in both languages, and no party sees it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod desks;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use citizen_client::api::{Bytes, ErrorAnswer, SettlementRequest};
use citizen_keys::{Signed, SigningKey};
use citizen_payment::word::{Payout, Settlement};
use citizen_primitives::{Day, MerchantId, Points, UnixTime, Won};
use city_gateway::Limits;
use city_gateway::guard::Rate;
use city_services::centre::LARGEST_PART;
use desks::{Desk, PANIC, REJECT, SLEEP, gateway_of};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tower::ServiceExt as _;

async fn send(router: &Router, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method(method).uri(path).body(body.into()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    (answer.status(), to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec())
}

async fn refused(router: &Router, method: &str, path: &str, body: impl Into<Body>) -> (u16, ErrorAnswer) {
    let (status, body) = send(router, method, path, body).await;
    let text = String::from_utf8_lossy(&body).into_owned();
    let answer: ErrorAnswer =
        serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{method} {path}: {status} {text}"));
    assert!(!answer.error.ko.is_empty() && !answer.error.en.is_empty());
    (status.as_u16(), answer)
}

const POSTS: [&str; 30] = [
    "/v1/ledger/transactions",
    "/v1/ledger/state",
    "/v1/centre/codes",
    "/v1/centre/orders",
    "/v1/centre/consumer-codes",
    "/v1/centre/mandates",
    "/v1/centre/charges",
    "/v1/centre/refund-wishes",
    "/v1/centre/merchants",
    "/v1/centre/tills",
    "/v1/bank/refunds",
    "/v1/bank/settlements",
    "/v1/bank/accounts",
    "/v1/bank/balances",
    "/v1/bank/debits",
    "/v1/bank/endings",
    "/v1/treasury/claims",
    "/v1/treasury/certificates",
    "/v1/treasury/rewards",
    "/v1/treasury/rewards/keys",
    "/v1/treasury/rewards/redeem",
    "/v1/registrars/{key}/keys",
    "/v1/registrars/{key}/registrations",
    "/v1/registrars/{key}/card-registrations",
    "/v1/relays/{key}/ballots",
    "/v1/relays/{key}/receipts",
    "/v1/recovery-officers/{key}/cases",
    "/v1/recovery-officers/{key}/decisions",
    "/v1/recovery-officers/{key}/enrolments",
    "/v1/recovery-officers/{key}/signatures",
];

/// The address of a route, at the party whose key it names.
fn address(route: &str) -> String {
    route.replace("{key}", &"07".repeat(32))
}

/// A route that is new in the document has to be in the list, and so gets the bad bodies.
#[test]
fn gateway_3_the_routes_that_get_bad_bodies_are_all_that_take_one() {
    let document: serde_json::Value = serde_json::from_str(city_gateway::OPENAPI).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut posts: Vec<_> =
        paths.iter().filter(|(_, item)| item.get("post").is_some()).map(|(path, _)| path.as_str()).collect();
    let mut listed = POSTS.to_vec();
    posts.sort_unstable();
    listed.sort_unstable();
    assert_eq!(posts, listed);
}

#[tokio::test]
async fn gateway_3_no_malformed_body_reaches_a_party() {
    let desk = Arc::new(Desk::default());
    let router = gateway_of(&desk).into_router();
    let bad_fields = r#"{"transaction":"=","keys":["="],"code":"x","nonce":"=","sealed":"=","request":"=",
        "light_block":"=","state":"=","order":"=","payment":"x","refund":"x","settlement":"=","application":"=","key":"=",
        "entry":"=","poll":"x","electorate":0,"voting_key":"=","fingerprint":"="}"#;
    for path in POSTS.map(address) {
        let path = path.as_str();
        for body in ["", "{", "null", "[]", "{}", "\u{0}", "{\"transaction\":1}", bad_fields] {
            let (status, answer) = refused(&router, "POST", path, body).await;
            assert_eq!(status, 400, "{path} {body}");
            assert!(answer.error.code.starts_with("malformed"), "{path} {body}");
        }
        assert_eq!(refused(&router, "POST", path, vec![0xff; 100]).await.0, 400, "{path}");
        // As deep as the bound allows: a parser that recurses without a limit would overflow its stack.
        for (open, close) in [("[", "]"), ("{\"request\":", "}")] {
            let deep = format!("{}1{}", open.repeat(5_000 / open.len()), close.repeat(5_000 / open.len()));
            assert_eq!(refused(&router, "POST", path, deep).await.0, 400, "{path}");
        }
    }
    assert_eq!(desk.reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn gateway_3_no_malformed_identifier_reaches_a_party() {
    let desk = Arc::new(Desk::default());
    let router = gateway_of(&desk).into_router();
    let id = "07".repeat(32);
    for path in [
        "/v1/ledger/light-blocks/0".to_owned(),
        "/v1/ledger/light-blocks/-1".to_owned(),
        "/v1/ledger/light-blocks/newest".to_owned(),
        "/v1/ledger/headers/1e3/proof".to_owned(),
        "/v1/ledger/transactions/07".to_owned(),
        format!("/v1/ledger/transactions/{id}0"),
        "/v1/ledger/accounts/x/entries".to_owned(),
        "/v1/ledger/recovery-keys/x".to_owned(),
        format!("/v1/ledger/accounts/{id}/entries?from=-1"),
        format!("/v1/ledger/accounts/{id}/entries?from="),
        format!("/v1/ledger/accounts/{id}/entries?to=1"),
        // Not base64url; a key of the state that is no log; a log of no poll; a place and a mark that are none.
        "/v1/ledger/logs/cG9sbHM=/leaves".to_owned(),
        "/v1/ledger/logs/c3VwcGx5/leaves".to_owned(),
        "/v1/ledger/logs/Ym9hcmQv/growth".to_owned(),
        "/v1/ledger/logs/cG9sbHM/leaves?from=x".to_owned(),
        "/v1/ledger/logs/cG9sbHM/leaves/-1/proof".to_owned(),
        "/v1/ledger/logs/cG9sbHM/growth?from=01".to_owned(),
        "/v1/ledger/logs/cG9sbHM/marks/07".to_owned(),
        "/v1/centre/payments/%20".to_owned(),
        "/v1/bank/debits/%ED%95%9C".to_owned(),
    ] {
        let (status, answer) = refused(&router, "GET", &path, Body::empty()).await;
        assert_eq!((status, answer.error.code.as_str()), (400, "malformed-identifier"), "{path}");
    }
    assert_eq!(desk.reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn gateway_2_a_body_beyond_its_routes_bound_is_refused() {
    let desk = Arc::new(Desk::default());
    let router = gateway_of(&desk).into_router();
    for path in POSTS.map(address) {
        let path = path.as_str();
        let bound = match path {
            "/v1/ledger/state" => 16 * 1024,
            "/v1/ledger/transactions" => 256 * 1024,
            ballots if ballots.ends_with("/ballots") => 256 * 1024,
            "/v1/bank/debits" | "/v1/bank/endings" | "/v1/bank/refunds" | "/v1/bank/settlements" => {
                256 * 1024
            }
            _ => 64 * 1024,
        };
        let (status, answer) = refused(&router, "POST", path, vec![b' '; bound + 1]).await;
        assert_eq!((status, answer.error.code.as_str()), (413, "too-large"), "{path}");
        let (status, _) = refused(&router, "POST", path, vec![b' '; bound]).await;
        assert_eq!(status, 400, "{path}: the bound itself is read");
    }
    assert_eq!(desk.reached.load(Ordering::SeqCst), 0);
}

/// CENTRE-12: a day with more merchants is handed in in parts, each of which the bank's door lets in.
#[tokio::test]
async fn the_largest_part_of_a_settlement_fits_through_the_banks_door() {
    let number = |number: usize| MerchantId::new(&format!("{number:020}")).unwrap();
    let (won, points) = (Won::new(u64::from(u32::MAX)).unwrap(), Points::new(u64::from(u32::MAX)).unwrap());
    let payouts = (0..LARGEST_PART)
        .map(|merchant| Payout { merchant: number(merchant), won, points, fee: won })
        .collect();
    let settlement = Settlement { day: Day::new(20_778), part: u32::MAX, payouts, time: UnixTime::default() };
    let signed = Signed::sign(&settlement, &SigningKey::from_seed(&[21; 32]));
    let body = serde_json::to_vec(&SettlementRequest { settlement: Bytes::of(&signed) }).unwrap();
    let desk = Arc::new(Desk::default());
    let (status, _) = send(&gateway_of(&desk).into_router(), "POST", "/v1/bank/settlements", body).await;
    assert_eq!((status.as_u16(), desk.reached.load(Ordering::SeqCst)), (200, 1));
}

#[tokio::test]
async fn a_question_has_one_to_thirty_two_keys() {
    let router = gateway_of(&Arc::new(Desk::default())).into_router();
    let keys = |number| format!(r#"{{"keys":[{}]}}"#, vec!["\"YQ\""; number].join(","));
    for (number, expected) in [(0, 400), (1, 200), (32, 200), (33, 400)] {
        let (status, _) = send(&router, "POST", "/v1/ledger/state", keys(number)).await;
        assert_eq!(status.as_u16(), expected, "{number}");
    }
}

#[tokio::test]
async fn gateway_1_unknown_routes_and_wrong_methods_are_refused_in_json() {
    let router = gateway_of(&Arc::new(Desk::default())).into_router();
    for path in ["/", "/v1", "/v1/ledger", "/v2/ledger/status", "/v1/ledger/status/", "/..%2f"] {
        let (status, answer) = refused(&router, "GET", path, Body::empty()).await;
        assert_eq!((status, answer.error.code.as_str()), (404, "no-route"), "{path}");
    }
    let (status, answer) = refused(&router, "POST", "/v1/ledger/status", Body::empty()).await;
    assert_eq!((status, answer.error.code.as_str()), (405, "wrong-method"));
}

fn transaction(byte: u8) -> String {
    let bytes = Bytes::new(&[byte]);
    serde_json::to_string(&citizen_client::api::SubmitRequest { transaction: bytes }).unwrap()
}

#[tokio::test]
async fn gateway_1_the_ledgers_refusal_comes_with_its_number_and_sentence() {
    let router = gateway_of(&Arc::new(Desk::default())).into_router();
    let (status, answer) = refused(&router, "POST", "/v1/ledger/transactions", transaction(REJECT)).await;
    assert_eq!((status, answer.error.code.as_str(), answer.error.rejection), (422, "rejected", Some(10)));
    assert!(answer.error.en.contains("Another device"));
}

#[tokio::test]
async fn gateway_6_a_panic_is_one_requests_500_and_tells_nothing() {
    let router = gateway_of(&Arc::new(Desk::default())).into_router();
    let (status, answer) = refused(&router, "POST", "/v1/ledger/transactions", transaction(PANIC)).await;
    assert_eq!((status, answer.error.code.as_str()), (500, "internal"));
    assert!(!format!("{answer:?}").contains("secret"));
    assert_eq!(send(&router, "POST", "/v1/ledger/transactions", transaction(9)).await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn gateway_5_a_request_that_takes_too_long_and_one_too_many_are_refused() {
    let limits = Limits { at_once: 1, longest: Duration::from_secs(5), ..Limits::default() };
    let router = gateway_of(&Arc::new(Desk::default())).with_limits(limits).into_router();
    let slow = tokio::spawn({
        let router = router.clone();
        async move { refused(&router, "POST", "/v1/ledger/transactions", transaction(SLEEP)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (status, answer) = refused(&router, "GET", "/v1/ledger/status", Body::empty()).await;
    assert_eq!((status, answer.error.code.as_str()), (503, "busy"));
    let (status, answer) = slow.await.unwrap();
    assert_eq!((status, answer.error.code.as_str()), (504, "too-slow"));
    assert_eq!(send(&router, "GET", "/v1/ledger/status", Body::empty()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn gateway_4_a_caller_who_asks_too_often_is_told_so() {
    let limits = Limits { rate: Rate { burst: 2, per_second: 0 }, ..Limits::default() };
    let router = gateway_of(&Arc::new(Desk::default())).with_limits(limits).into_router();
    let ask = |peer: &str| {
        let mut request = Request::builder().uri("/v1/ledger/status").body(Body::empty()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        router.clone().oneshot(request)
    };
    let mut statuses = Vec::new();
    for peer in ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3", "10.0.0.2:1"] {
        statuses.push(ask(peer).await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 429, 200]);
}

const GET: &[u8] = b"GET /v1/ledger/status HTTP/1.1\r\nhost: city\r\n\r\n";
const POST: &[u8] = b"POST /v1/ledger/transactions HTTP/1.1\r\nhost: city\r\ncontent-length: 1\r\n\r\n{";
/// It promises more than it sends.
const HALF: &[u8] = b"POST /v1/ledger/transactions HTTP/1.1\r\nhost: city\r\ncontent-length: 9\r\n\r\n{";

/// A gateway that listens.
async fn listening(limits: Limits) -> SocketAddr {
    let router = gateway_of(&Arc::new(Desk::default())).with_limits(limits).into_router();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// Sends these bytes from 127.0.0.`from`.
async fn call(from: u8, to: SocketAddr, bytes: &[u8]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, from], 0).into()).unwrap();
    let mut stream = socket.connect(to).await.unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.write_all(bytes).unwrap();
    stream
}

fn status(mut stream: TcpStream) -> u16 {
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    std::str::from_utf8(&head[9..]).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_4_a_caller_who_sends_bodies_slowly_shuts_nobody_out() {
    let longest_body = Duration::from_secs(600);
    let limits = Limits { at_once: 8, receiving_each: 12, receiving: 20, longest_body, ..Limits::default() };
    let address = listening(limits).await;
    // Twelve are on their way in as soon as one of thirteen is refused.
    let mut slow = Vec::new();
    for _ in 0..13 {
        slow.push(call(2, address, HALF).await);
    }
    let answered = |stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let answered = stream.peek(&mut [0]).is_ok();
        stream.set_nonblocking(false).unwrap();
        answered
    };
    let refused = loop {
        if let Some(at) = slow.iter().position(answered) {
            break slow.remove(at);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(status(refused), 429, "one of thirteen");
    assert_eq!(status(call(1, address, GET).await), 200);
    assert_eq!(status(call(1, address, POST).await), 400, "read, and found wanting");
    assert_eq!(status(call(2, address, HALF).await), 429, "the slow one is told so");
    assert_eq!(status(call(2, address, GET).await), 200, "and served where nothing is missing");
    drop(slow);
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_5_a_body_that_does_not_come_is_not_waited_for() {
    let address = listening(Limits { longest_body: Duration::from_millis(50), ..Limits::default() }).await;
    assert_eq!(status(call(1, address, HALF).await), 504);
}

#[tokio::test]
async fn gateway_8_metrics_name_routes_by_template_and_tell_ledger_and_orders() {
    let router = gateway_of(&Arc::new(Desk::default())).into_router();
    let id = "ab".repeat(32);
    send(&router, "GET", &format!("/v1/centre/payments/{id}"), Body::empty()).await;
    send(&router, "GET", "/private/name", Body::empty()).await;
    let (status, body) = send(&router, "GET", "/metrics", Body::empty()).await;
    let text = String::from_utf8(body).unwrap();
    assert_eq!(status, StatusCode::OK);
    for line in [
        "city_requests_total{route=\"/v1/centre/payments/{id}\",status=\"200\"} 1",
        "city_requests_total{route=\"none\",status=\"404\"} 1",
        "city_ledger_height 42",
        "city_ledger_waiting 3",
        "city_orders{stage=\"captured\"} 5",
        "city_centre_open{kind=\"refunds\"} 4",
        "city_centre_open{kind=\"settlement-parts\"} 1",
        "city_recovery_cases{stage=\"filed\"} 2",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(text.contains("city_request_seconds_bucket"));
    assert!(!text.contains(&id) && !text.contains("private"));
}
