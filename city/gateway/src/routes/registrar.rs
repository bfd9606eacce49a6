//! `/v1/registrars/{key}/…`: citizens register for polls. Several registrars may be behind one gateway.

use super::Answer;
use super::card::{request_object, taken};
use crate::desk::RegistrarDesk;
use crate::message::{Message, decoded, identifier};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use citizen_client::api::{
    BlindKeysAnswer, BlindKeysRequest, ErrorAnswer, RegistrationAnswer, RegistrationRequest,
};
use citizen_primitives::KeyId;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Registrars by their keys.
pub type Registrars = BTreeMap<KeyId, Arc<dyn RegistrarDesk>>;

/// The registrars' routes.
#[must_use]
pub fn registrars(desks: Registrars) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(register_by_card))
        .routes(routes!(keys))
        .route(
            "/v1/registrars/{key}/cards/requests/{handle}",
            get(card_request).post(card_request_with_nonce),
        )
        .route("/v1/registrars/{key}/cards/responses/{handle}", post(card_answer))
        .with_state(Arc::new(desks))
}

/// Registers for a poll: sealed there and back. The first answer says to wait, and the same request asked again gets the signature.
#[utoipa::path(post, path = "/v1/registrars/{key}/registrations", tag = "registrar",
    params(("key" = String, Path, description = "The registrar's key, 64 hexadecimal digits")),
    request_body = RegistrationRequest,
    responses((status = 200, body = RegistrationAnswer), (status = "default", body = ErrorAnswer)))]
async fn register(
    State(desks): State<Arc<Registrars>>,
    Path(key): Path<String>,
    Message(request): Message<RegistrationRequest>,
) -> Answer<RegistrationAnswer> {
    decoded(&request.sealed)?;
    find(&desks, &key)?.register(request).await.map(Json)
}

/// Registers for a poll under nobody's name, sealed there and back: the first answer says where to show the citizen card for it.
#[utoipa::path(post, path = "/v1/registrars/{key}/card-registrations", tag = "registrar",
    params(("key" = String, Path, description = "The registrar's key, 64 hexadecimal digits")),
    request_body = RegistrationRequest,
    responses((status = 200, body = RegistrationAnswer), (status = "default", body = ErrorAnswer)))]
async fn register_by_card(
    State(desks): State<Arc<Registrars>>,
    Path(key): Path<String>,
    Message(request): Message<RegistrationRequest>,
) -> Answer<RegistrationAnswer> {
    decoded(&request.sealed)?;
    find(&desks, &key)?.register_by_card(request).await.map(Json)
}

/// The request for the card of a registration (OpenID4VP 1.0, section 5); as those of verifiers it is not in this gateway's own document.
async fn card_request(
    State(desks): State<Arc<Registrars>>,
    Path((key, handle)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    find(&desks, &key)?.card_request(&handle, None).await.map(request_object)
}

async fn card_request_with_nonce(
    State(desks): State<Arc<Registrars>>,
    Path((key, handle)): Path<(String, String)>,
    body: String,
) -> Result<Response, Refusal> {
    find(&desks, &key)?.card_request(&handle, Some(&body)).await.map(request_object)
}

async fn card_answer(
    State(desks): State<Arc<Registrars>>,
    Path((key, handle)): Path<(String, String)>,
    body: String,
) -> Result<Response, Refusal> {
    find(&desks, &key)?.card_answer(&handle, &body).await.map(taken)
}

/// The election office orders the keys of a poll that it prepares.
#[utoipa::path(post, path = "/v1/registrars/{key}/keys", tag = "registrar",
    params(("key" = String, Path, description = "The registrar's key, 64 hexadecimal digits")),
    request_body = BlindKeysRequest,
    responses((status = 200, body = BlindKeysAnswer), (status = "default", body = ErrorAnswer)))]
async fn keys(
    State(desks): State<Arc<Registrars>>,
    Path(key): Path<String>,
    Message(request): Message<BlindKeysRequest>,
) -> Answer<BlindKeysAnswer> {
    decoded(&request.request)?;
    find(&desks, &key)?.keys(request).await.map(Json)
}

fn find<'a>(desks: &'a Registrars, key: &str) -> Result<&'a Arc<dyn RegistrarDesk>, Refusal> {
    desks.get(&identifier(key, KeyId::from_hex)?).ok_or(Refusal::NotFound)
}
