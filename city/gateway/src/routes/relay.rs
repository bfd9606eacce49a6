//! `/v1/relays/{key}/…`: ballots go out without a name. Several relays may be behind one gateway.

use super::{Answer, LONGEST_PROOF};
use crate::desk::RelayDesk;
use crate::message::{Message, decoded, identifier};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use citizen_client::api::{BallotAnswer, BallotRequest, ErrorAnswer, ReceiptAnswer, ReceiptRequest};
use citizen_primitives::{KeyId, PollId};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Relays by their keys.
pub type Relays = BTreeMap<KeyId, Arc<dyn RelayDesk>>;

/// The relays' routes.
#[must_use]
pub fn relays(desks: Relays) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(ballot))
        .layer(DefaultBodyLimit::max(LONGEST_PROOF))
        .routes(routes!(receipt))
        .with_state(Arc::new(desks))
}

/// Takes a ballot, cast or opened, and promises the slot in which it will stand on the board. Nothing in it names an account.
#[utoipa::path(post, path = "/v1/relays/{key}/ballots", tag = "relay",
    params(("key" = String, Path, description = "The relay's key, 64 hexadecimal digits")),
    request_body = BallotRequest,
    responses((status = 200, body = BallotAnswer), (status = "default", body = ErrorAnswer)))]
async fn ballot(
    State(desks): State<Arc<Relays>>,
    Path(key): Path<String>,
    Message(request): Message<BallotRequest>,
) -> Answer<BallotAnswer> {
    decoded(&request.entry)?;
    find(&desks, &key)?.ballot(request).await.map(Json)
}

/// Where a ballot stands on the board, with its proof.
#[utoipa::path(post, path = "/v1/relays/{key}/receipts", tag = "relay",
    params(("key" = String, Path, description = "The relay's key, 64 hexadecimal digits")),
    request_body = ReceiptRequest,
    responses((status = 200, body = ReceiptAnswer), (status = "default", body = ErrorAnswer)))]
async fn receipt(
    State(desks): State<Arc<Relays>>,
    Path(key): Path<String>,
    Message(request): Message<ReceiptRequest>,
) -> Answer<ReceiptAnswer> {
    identifier(&request.poll, PollId::from_hex)?;
    decoded(&request.voting_key)?;
    decoded(&request.fingerprint)?;
    find(&desks, &key)?.receipt(request).await.map(Json)
}

fn find<'a>(desks: &'a Relays, key: &str) -> Result<&'a Arc<dyn RelayDesk>, Refusal> {
    desks.get(&identifier(key, KeyId::from_hex)?).ok_or(Refusal::NotFound)
}
