//! `/v1/registrars/{key}/…`: citizens register for polls. Several registrars may be behind one gateway.

use super::Answer;
use crate::desk::RegistrarDesk;
use crate::message::{Message, decoded, identifier};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, State};
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
    OpenApiRouter::new().routes(routes!(register)).routes(routes!(keys)).with_state(Arc::new(desks))
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
