//! `/v1/ledger/logs/…`: what stands in the public logs, and proofs of place and growth.

use super::Answer;
use super::ledger::Desk;
use crate::desk::LedgerDesk;
use crate::message::number;
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizen_client::api::{ErrorAnswer, LogGrowthAnswer, LogLeavesAnswer, LogMarkAnswer, LogProofAnswer};
use citizen_ledger::StateKey;
use citizen_primitives::Hash;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of public logs.
pub(super) fn logs() -> OpenApiRouter<Arc<dyn LedgerDesk>> {
    OpenApiRouter::new()
        .routes(routes!(leaves))
        .routes(routes!(leaf_proof))
        .routes(routes!(growth))
        .routes(routes!(mark))
}

/// Leaves of a public log from an index on, at most 1 MiB of them.
#[utoipa::path(get, path = "/v1/ledger/logs/{log}/leaves", tag = "ledger",
    params(("log" = String, Path, description = "The log's state key, base64url"),
           ("from" = Option<u64>, Query, description = "The first index; 0 if not given")),
    responses((status = 200, body = LogLeavesAnswer), (status = "default", body = ErrorAnswer)))]
async fn leaves(
    State(desk): Desk,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<LogLeavesAnswer> {
    desk.leaves(log(&key)?, from(query.as_deref())?).await.map(Json)
}

/// That a leaf stands at its place in a public log.
#[utoipa::path(get, path = "/v1/ledger/logs/{log}/leaves/{index}/proof", tag = "ledger",
    params(("log" = String, Path, description = "The log's state key, base64url"),
           ("index" = u64, Path, description = "The leaf's index, from 0")),
    responses((status = 200, body = LogProofAnswer), (status = "default", body = ErrorAnswer)))]
async fn leaf_proof(State(desk): Desk, Path((key, index)): Path<(String, String)>) -> Answer<LogProofAnswer> {
    let index = number(&index).ok_or(Refusal::MalformedIdentifier)?;
    desk.leaf_proof(log(&key)?, index).await.map(Json)
}

/// That a public log began with its first leaves, so many.
#[utoipa::path(get, path = "/v1/ledger/logs/{log}/growth", tag = "ledger",
    params(("log" = String, Path, description = "The log's state key, base64url"),
           ("from" = Option<u64>, Query, description = "How many leaves were seen; 0 if not given")),
    responses((status = 200, body = LogGrowthAnswer), (status = "default", body = ErrorAnswer)))]
async fn growth(
    State(desk): Desk,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<LogGrowthAnswer> {
    desk.growth(log(&key)?, from(query.as_deref())?).await.map(Json)
}

/// Where the last leaf with a mark stands: a hint.
#[utoipa::path(get, path = "/v1/ledger/logs/{log}/marks/{mark}", tag = "ledger",
    params(("log" = String, Path, description = "The log's state key, base64url"),
           ("mark" = String, Path, description = "64 hexadecimal digits")),
    responses((status = 200, body = LogMarkAnswer), (status = "default", body = ErrorAnswer)))]
async fn mark(State(desk): Desk, Path((key, mark)): Path<(String, String)>) -> Answer<LogMarkAnswer> {
    let mark = Hash::from_hex(&mark).ok_or(Refusal::MalformedIdentifier)?;
    desk.mark(log(&key)?, mark).await.map(Json)
}

/// A key of the state that is a public log's; no other is looked at (GATEWAY-3).
fn log(text: &str) -> Result<StateKey, Refusal> {
    let key = URL_SAFE_NO_PAD.decode(text).map(StateKey::from_bytes);
    key.ok().filter(StateKey::is_log).ok_or(Refusal::MalformedIdentifier)
}

fn from(query: Option<&str>) -> Result<u64, Refusal> {
    match query {
        None | Some("") => Ok(0),
        Some(query) => query.strip_prefix("from=").and_then(number).ok_or(Refusal::MalformedIdentifier),
    }
}
