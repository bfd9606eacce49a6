//! `/v1/ledger/…`: transactions in, signed headers and proofs out.

use super::{Answer, LONGEST_PROOF, LONGEST_QUESTION, logs};
use crate::desk::LedgerDesk;
use crate::message::{Message, decoded, height, identifier, number};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use citizen_client::api::{
    EntriesAnswer, ErrorAnswer, HeaderProofAnswer, LedgerStatus, LightBlockAnswer, ListedAccountsAnswer,
    StateAnswer, StateRequest, SubmitAnswer, SubmitRequest, TransactionAnswer,
};
use citizen_ledger::StateKey;
use citizen_primitives::{AccountId, KeyId, TransactionId};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The most keys of one question.
pub const MOST_KEYS: usize = 32;

pub(super) type Desk = State<Arc<dyn LedgerDesk>>;

/// The ledger's routes.
#[must_use]
pub fn ledger(desk: Arc<dyn LedgerDesk>) -> OpenApiRouter {
    let question = OpenApiRouter::new().routes(routes!(state)).layer(DefaultBodyLimit::max(LONGEST_QUESTION));
    // A batch of ballots is longer than what any other transaction may be.
    let entrance = OpenApiRouter::new().routes(routes!(submit)).layer(DefaultBodyLimit::max(LONGEST_PROOF));
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(light_block))
        .merge(entrance)
        .routes(routes!(transaction))
        .routes(routes!(entries))
        .routes(routes!(listed_accounts))
        .routes(routes!(header_proof))
        .merge(question)
        .merge(logs::logs())
        .with_state(desk)
}

/// What the gateway says of the ledger; nothing in it is believed.
#[utoipa::path(get, path = "/v1/ledger/status", tag = "ledger",
    responses((status = 200, body = LedgerStatus), (status = "default", body = ErrorAnswer)))]
async fn status(State(desk): Desk) -> Answer<LedgerStatus> {
    desk.status().await.map(Json)
}

/// A signed header with its validators.
#[utoipa::path(get, path = "/v1/ledger/light-blocks/{height}", tag = "ledger",
    params(("height" = String, Path, description = "A height, or `latest`")),
    responses((status = 200, body = LightBlockAnswer), (status = "default", body = ErrorAnswer)))]
async fn light_block(State(desk): Desk, Path(at): Path<String>) -> Answer<LightBlockAnswer> {
    let at = if at == "latest" { None } else { Some(height(&at)?) };
    desk.light_block(at).await.map(Json)
}

/// Hands a transaction in. That it was admitted is not that it is executed.
#[utoipa::path(post, path = "/v1/ledger/transactions", tag = "ledger", request_body = SubmitRequest,
    responses((status = 200, body = SubmitAnswer), (status = "default", body = ErrorAnswer)))]
async fn submit(State(desk): Desk, Message(request): Message<SubmitRequest>) -> Answer<SubmitAnswer> {
    desk.submit(decoded(&request.transaction)?).await.map(Json)
}

/// Where the gateway says a transaction stands.
#[utoipa::path(get, path = "/v1/ledger/transactions/{id}", tag = "ledger",
    params(("id" = String, Path, description = "64 hexadecimal digits")),
    responses((status = 200, body = TransactionAnswer), (status = "default", body = ErrorAnswer)))]
async fn transaction(State(desk): Desk, Path(id): Path<String>) -> Answer<TransactionAnswer> {
    desk.transaction(identifier(&id, TransactionId::from_hex)?).await.map(Json)
}

/// Values of the state with proofs under the newest header.
#[utoipa::path(post, path = "/v1/ledger/state", tag = "ledger", request_body = StateRequest,
    responses((status = 200, body = StateAnswer), (status = "default", body = ErrorAnswer)))]
async fn state(State(desk): Desk, Message(request): Message<StateRequest>) -> Answer<StateAnswer> {
    if request.keys.is_empty() || request.keys.len() > MOST_KEYS {
        return Err(Refusal::TooManyKeys);
    }
    let keys =
        request.keys.iter().map(|key| decoded(key).map(StateKey::from_bytes)).collect::<Result<_, _>>()?;
    desk.state(keys).await.map(Json)
}

/// An account's entries, at most 200, from an index on.
#[utoipa::path(get, path = "/v1/ledger/accounts/{id}/entries", tag = "ledger",
    params(("id" = String, Path, description = "64 hexadecimal digits"),
           ("from" = Option<u64>, Query, description = "The first index; 0 if not given")),
    responses((status = 200, body = EntriesAnswer), (status = "default", body = ErrorAnswer)))]
async fn entries(
    State(desk): Desk,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<EntriesAnswer> {
    let account = identifier(&id, AccountId::from_hex)?;
    let from = match query.as_deref() {
        None | Some("") => 0,
        Some(query) => query.strip_prefix("from=").and_then(number).ok_or(Refusal::MalformedIdentifier)?,
    };
    desk.entries(account, from).await.map(Json)
}

/// The accounts that list a recovery key, at most 8: who has lost her phone has the recovery code alone. A hint: the records prove it.
#[utoipa::path(get, path = "/v1/ledger/recovery-keys/{key}", tag = "ledger",
    params(("key" = String, Path, description = "The id of a public key: 64 hexadecimal digits")),
    responses((status = 200, body = ListedAccountsAnswer), (status = "default", body = ErrorAnswer)))]
async fn listed_accounts(State(desk): Desk, Path(key): Path<String>) -> Answer<ListedAccountsAnswer> {
    desk.accounts_of(identifier(&key, KeyId::from_hex)?).await.map(Json)
}

/// That an old header is in the newest state's history.
#[utoipa::path(get, path = "/v1/ledger/headers/{height}/proof", tag = "ledger",
    params(("height" = u64, Path, description = "The old header's height")),
    responses((status = 200, body = HeaderProofAnswer), (status = "default", body = ErrorAnswer)))]
async fn header_proof(State(desk): Desk, Path(at): Path<String>) -> Answer<HeaderProofAnswer> {
    desk.header_proof(height(&at)?).await.map(Json)
}
