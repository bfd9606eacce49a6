//! The page: served on this machine, for this machine.

use crate::device::Device;
use crate::polls::Polls;
use crate::said;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Mutex;

const PAGE: &str = include_str!("page.html");
/// The most bytes of what is scanned: an opening of the largest ballot is below 2 KiB.
const LONGEST: usize = 64 * 1024;
/// Nothing from elsewhere is loaded, and nothing is sent elsewhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";

/// What the page asks.
#[derive(Debug, Deserialize)]
struct Scanned {
    text: String,
}

#[derive(Clone)]
struct Desk {
    device: Arc<Mutex<Device>>,
    polls: Polls,
}

/// The page and what it asks, for an address of this machine.
#[must_use]
pub fn router(device: Device, polls: Polls, address: SocketAddr) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/scan", post(scan))
        .route("/open", post(open))
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(from_fn_with_state(address, own))
        .with_state(Desk { device: Arc::new(Mutex::new(device)), polls })
}

async fn page() -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::X_FRAME_OPTIONS, "DENY")];
    (headers, Html(PAGE)).into_response()
}

async fn scan(State(desk): State<Desk>, Json(Scanned { text }): Json<Scanned>) -> Json<Value> {
    let outcome = desk.device.lock().await.scan(&text);
    Json(outcome.map_or_else(|error| said::refused(&error), said::scanned))
}

async fn open(State(desk): State<Desk>, Json(Scanned { text }): Json<Scanned>) -> Json<Value> {
    let outcome = desk.device.lock().await.check(&text, &desk.polls).await;
    Json(outcome.map_or_else(|error| said::refused(&error), |checked| said::checked(&checked)))
}

/// Takes requests from the page alone (CHECK-4): another page in the same browser, or a name that leads here, could use fingerprints up.
async fn own(State(address): State<SocketAddr>, request: Request, next: Next) -> Response {
    let is_own = |headers: &HeaderMap| {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let host = address.to_string();
        let origin = format!("http://{host}");
        text(header::HOST) == Some(host.as_str())
            && text(header::ORIGIN).is_none_or(|other| other == origin.as_str())
    };
    if is_own(request.headers()) { next.run(request).await } else { StatusCode::FORBIDDEN.into_response() }
}
