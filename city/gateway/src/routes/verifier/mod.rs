//! `/v1/verifiers/{name}/…`: services that ask for credentials by OpenID4VP 1.0, each with a page for the citizen's screen. They are not
//! in this gateway's own document.

mod page;

use super::LONGEST_PROOF;
use super::card::{request_object, taken};
use crate::desk::VerifierDesk;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use city_services::verifier::{Begun, Ticket};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// Where verifiers are, under the gateway; the service's name follows.
pub const PATH: &str = "/v1/verifiers";

/// Verifiers by the names of their services.
pub type Verifiers = BTreeMap<String, Arc<dyn VerifierDesk>>;

type Desks = State<Arc<Verifiers>>;

/// The verifiers' routes.
#[must_use]
pub fn verifiers(desks: Verifiers) -> OpenApiRouter {
    let path = |rest: &str| format!("{PATH}/{{name}}{rest}");
    OpenApiRouter::new()
        .route(&path(""), get(welcome))
        .route(&path("/visits"), post(begin))
        .route(&path("/returns"), post(begin_return))
        .route(&path("/visits/{ticket}"), get(visit))
        .route(&path("/visits/{ticket}/standing"), get(standing))
        .route(&path("/requests/{handle}"), get(request).post(request_with_nonce))
        .route(&path("/responses/{handle}"), post(answer))
        .route(&path("/responses"), post(answer_one))
        .layer(DefaultBodyLimit::max(LONGEST_PROOF))
        .with_state(Arc::new(desks))
}

/// The service, and a button.
async fn welcome(State(desks): Desks, Path(name): Path<String>) -> Result<Response, Refusal> {
    Ok(shown(page::welcome(find(&desks, &name)?.service())))
}

/// A visit with the card begins: the browser goes on to its page.
async fn begin(State(desks): Desks, Path(name): Path<String>) -> Result<Redirect, Refusal> {
    Ok(to_visit(&name, &find(&desks, &name)?.begin().await?))
}

/// The visit of somebody who has been here begins: she signs in, and shows nothing.
async fn begin_return(State(desks): Desks, Path(name): Path<String>) -> Result<Redirect, Refusal> {
    Ok(to_visit(&name, &find(&desks, &name)?.begin_return().await?))
}

fn to_visit(name: &str, begun: &Begun) -> Redirect {
    Redirect::to(&format!("{PATH}/{name}/visits/{}", begun.ticket.as_str()))
}

/// The code to scan, and then the outcome.
async fn visit(
    State(desks): Desks,
    Path((name, ticket)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let desk = find(&desks, &name)?;
    let (standing, link) = desk.standing(&Ticket::new(&ticket)).await?;
    page::visit(desk.service(), standing, link.as_deref()).map(shown)
}

/// The same for a program.
async fn standing(
    State(desks): Desks,
    Path((name, ticket)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (standing, link) = find(&desks, &name)?.standing(&Ticket::new(&ticket)).await?;
    let page::Told { word, ko, en, visitor } = page::told(standing);
    let body = json!({ "standing": word, "ko": ko, "en": en, "link": link, "visitor": visitor });
    Ok(([(CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

async fn request(
    State(desks): Desks,
    Path((name, handle)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    find(&desks, &name)?.request_object(&handle, None).await.map(request_object)
}

async fn request_with_nonce(
    State(desks): Desks,
    Path((name, handle)): Path<(String, String)>,
    body: String,
) -> Result<Response, Refusal> {
    find(&desks, &name)?.request_object(&handle, Some(&body)).await.map(request_object)
}

async fn answer(
    State(desks): Desks,
    Path((name, handle)): Path<(String, String)>,
    body: String,
) -> Result<Response, Refusal> {
    find(&desks, &name)?.answer(&handle, &body).await.map(taken)
}

/// Where a verifier has one address for all answers, because whoever vouches for it names that one.
async fn answer_one(
    State(desks): Desks,
    Path(name): Path<String>,
    body: String,
) -> Result<Response, Refusal> {
    find(&desks, &name)?.answer_one(&body).await.map(taken)
}

/// Nothing is loaded from elsewhere, nothing is kept, and the address with the ticket is told nobody.
fn shown(html: String) -> Response {
    let headers = [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ];
    (headers, Html(html)).into_response()
}

fn find<'a>(desks: &'a Verifiers, name: &str) -> Result<&'a Arc<dyn VerifierDesk>, Refusal> {
    desks.get(name).ok_or(Refusal::NotFound)
}
