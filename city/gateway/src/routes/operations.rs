//! What operators and apps ask of the gateway itself.

use super::Answer;
use crate::measures::Measures;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use citizen_client::api::{ErrorAnswer, PartiesAnswer};
use serde::Serialize;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Whether the gateway lives.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Health {
    /// `ok`.
    status: &'static str,
    /// The newest header, where this process serves the ledger.
    height: Option<u64>,
}

/// What these routes know.
#[derive(Clone)]
pub(crate) struct Operations {
    pub(crate) measures: Arc<Measures>,
    pub(crate) parties: Option<Arc<PartiesAnswer>>,
}

pub(crate) fn operations(state: Operations) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(metrics))
        .routes(routes!(openapi))
        .routes(routes!(parties))
        .with_state(state)
}

/// Answers as long as the ledger does.
#[utoipa::path(get, path = "/health", tag = "operations",
    responses((status = 200, body = Health), (status = "default", body = ErrorAnswer)))]
async fn health(State(operations): State<Operations>) -> Answer<Health> {
    let height = operations.measures.height().await?;
    Ok(Json(Health { status: "ok", height }))
}

/// Prometheus metrics in the OpenMetrics text format.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"),
              (status = "default", body = ErrorAnswer)))]
async fn metrics(State(operations): State<Operations>) -> Result<Response, Refusal> {
    let text = operations.measures.encode().await?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "operations",
    responses((status = 200, body = String, content_type = "application/json"),
              (status = "default", body = ErrorAnswer)))]
async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], crate::OPENAPI).into_response()
}

/// The parties' keys as hints: a phone proves them in the registry.
#[utoipa::path(get, path = "/v1/parties", tag = "operations",
    responses((status = 200, body = PartiesAnswer), (status = "default", body = ErrorAnswer)))]
async fn parties(State(operations): State<Operations>) -> Answer<PartiesAnswer> {
    operations.parties.as_deref().cloned().map(Json).ok_or(Refusal::NotFound)
}
