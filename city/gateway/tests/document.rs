//! GATEWAY-7: the checked-in document is the one of the routes, and every route in it answers.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod desks;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use desks::whole_gateway;
use serde_json::Value;
use tower::ServiceExt as _;

fn document() -> Value {
    serde_json::to_value(whole_gateway().openapi()).unwrap()
}

/// Method and path of every operation.
fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, item): (&String, &Value)| {
        let methods: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

#[test]
fn gateway_7_the_checked_in_document_is_the_generated_one() {
    let generated = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
        std::fs::write(file, &generated).unwrap();
        return;
    }
    assert_eq!(city_gateway::OPENAPI, generated, "run this test with UPDATE_OPENAPI=1");
}

#[test]
fn gateway_7_the_document_holds_the_announced_routes() {
    let expected = [
        "GET /health",
        "GET /metrics",
        "GET /openapi.json",
        "GET /v1/bank/debits/{payment}",
        "GET /v1/bank/refunds/{refund}",
        "GET /v1/centre/payments/{id}",
        "GET /v1/ledger/accounts/{id}/entries",
        "GET /v1/ledger/headers/{height}/proof",
        "GET /v1/ledger/light-blocks/{height}",
        "GET /v1/ledger/logs/{log}/growth",
        "GET /v1/ledger/logs/{log}/leaves",
        "GET /v1/ledger/logs/{log}/leaves/{index}/proof",
        "GET /v1/ledger/logs/{log}/marks/{mark}",
        "GET /v1/ledger/recovery-keys/{key}",
        "GET /v1/ledger/status",
        "GET /v1/ledger/transactions/{id}",
        "GET /v1/parties",
        "POST /v1/bank/accounts",
        "POST /v1/bank/balances",
        "POST /v1/bank/debits",
        "POST /v1/bank/endings",
        "POST /v1/bank/refunds",
        "POST /v1/bank/settlements",
        "POST /v1/centre/charges",
        "POST /v1/centre/codes",
        "POST /v1/centre/consumer-codes",
        "POST /v1/centre/mandates",
        "POST /v1/centre/merchants",
        "POST /v1/centre/orders",
        "POST /v1/centre/refund-wishes",
        "POST /v1/centre/tills",
        "POST /v1/ledger/state",
        "POST /v1/ledger/transactions",
        "POST /v1/recovery-officers/{key}/cases",
        "POST /v1/recovery-officers/{key}/decisions",
        "POST /v1/recovery-officers/{key}/enrolments",
        "POST /v1/recovery-officers/{key}/signatures",
        "POST /v1/registrars/{key}/card-registrations",
        "POST /v1/registrars/{key}/keys",
        "POST /v1/registrars/{key}/registrations",
        "POST /v1/relays/{key}/ballots",
        "POST /v1/relays/{key}/receipts",
        "POST /v1/treasury/certificates",
        "POST /v1/treasury/claims",
        "POST /v1/treasury/rewards",
        "POST /v1/treasury/rewards/keys",
        "POST /v1/treasury/rewards/redeem",
    ];
    let mut found: Vec<_> = operations(&document()).iter().map(|(m, p)| format!("{m} {p}")).collect();
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn gateway_7_every_route_of_the_document_answers_and_no_other_method_does() {
    let router = whole_gateway().into_router();
    for (method, path) in operations(&document()) {
        let path = path
            .replace("{height}", "1")
            .replace("{id}", &"07".repeat(32))
            .replace("{key}", &"07".repeat(32));
        let path = path.replace("{payment}", &"07".repeat(32)).replace("{refund}", &"07".repeat(32));
        // `polls`, in base64url.
        let path =
            path.replace("{log}", "cG9sbHM").replace("{index}", "0").replace("{mark}", &"07".repeat(32));
        let send = |method: &str| Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(send(&method)).await.unwrap();
        let expected = if method == "GET" { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        assert_eq!(answer.status(), expected, "{method} {path}");
        let answer = router.clone().oneshot(send("DELETE")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
}
