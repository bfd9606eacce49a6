//! The page: the same device behind HTTP, for itself alone.

use crate::device::{device, text};
use crate::polling::city::Citizen;
use crate::polling::manifest::*;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use ballot_check::page::router;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const HOST: &str = "127.0.0.1:4711";

async fn ask(page: &Router, path: &str, body: &Value, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut request = Request::builder().method("POST").uri(path).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = page.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 16).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn page() -> (tempfile::TempDir, Router) {
    let folder = tempfile::tempdir().unwrap();
    let (device, polls) = device(folder.path()).await;
    (folder, router(device, polls, HOST.parse().unwrap()))
}

#[tokio::test]
async fn check_1_the_page_scans_first_and_then_checks() {
    let (_folder, page) = page().await;
    let opening = Citizen::register(8, CITIZENS).opening(1);
    let own = [("host", HOST), ("origin", "http://127.0.0.1:4711")];
    let (_, said) = ask(&page, "/open", &json!({ "text": text(&opening) }), &own).await;
    assert_eq!(said["error"]["code"], "not-scanned");
    let (_, said) = ask(&page, "/scan", &json!({ "text": opening.fingerprint.to_string() }), &own).await;
    assert_eq!(said["ok"], true);
    let (_, said) = ask(&page, "/open", &json!({ "text": text(&opening) }), &own).await;
    assert_eq!((&said["ok"], &said["choices"][0]["chosen"][1]["en"]), (&json!(true), &json!("Shelter")));
}

#[tokio::test]
async fn check_4_no_other_page_and_no_other_name_uses_a_fingerprint_up() {
    let (_folder, page) = page().await;
    let opening = Citizen::register(8, CITIZENS).opening(1);
    let own = [("host", HOST)];
    ask(&page, "/scan", &json!({ "text": opening.fingerprint.to_string() }), &own).await;
    let strangers: [&[(&str, &str)]; 3] = [
        &[("host", HOST), ("origin", "http://elsewhere.example")],
        &[("host", "elsewhere.example:4711")],
        &[],
    ];
    for stranger in strangers {
        let (status, _) = ask(&page, "/open", &json!({ "text": text(&opening) }), stranger).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let (status, said) = ask(&page, "/open", &json!({ "text": text(&opening) }), &own).await;
    assert_eq!((status, &said["ok"]), (StatusCode::OK, &json!(true)), "it is still there");
}

#[tokio::test]
async fn check_4_the_page_loads_nothing_from_elsewhere() {
    let (_folder, page) = page().await;
    let request = Request::builder().uri("/").header("host", HOST).body(Body::empty()).unwrap();
    let answer = page.oneshot(request).await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("connect-src 'self'"));
    let html = String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap();
    assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("innerHTML"), "{html}");
}
