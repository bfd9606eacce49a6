//! `/v1/recovery-officers/{key}/…`: phone and recovery code are lost. Several officers may be behind one gateway.

use super::Answer;
use crate::desk::RecoveryDesk;
use crate::message::{Message, decoded, identifier};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, State};
use citizen_client::api::{
    DecisionAnswer, EnrolmentAnswer, ErrorAnswer, OfficerRequest, OfficerSignatureAnswer,
    OfficerSignatureRequest, RecoveryApproval,
};
use citizen_primitives::KeyId;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Officers by their keys.
pub type RecoveryOfficers = BTreeMap<KeyId, Arc<dyn RecoveryDesk>>;

/// The officers' routes.
#[must_use]
pub fn recovery_officers(desks: RecoveryOfficers) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(enrol))
        .routes(routes!(request))
        .routes(routes!(decide))
        .routes(routes!(sign))
        .with_state(Arc::new(desks))
}

/// Notes who may ask for an account when its phone and its recovery code are lost: a request that the listed device has signed, sealed to the officer.
#[utoipa::path(post, path = "/v1/recovery-officers/{key}/enrolments", tag = "recovery",
    params(("key" = String, Path, description = "The officer's key, 64 hexadecimal digits")),
    request_body = OfficerRequest,
    responses((status = 200, body = EnrolmentAnswer), (status = "default", body = ErrorAnswer)))]
async fn enrol(
    State(desks): State<Arc<RecoveryOfficers>>,
    Path(key): Path<String>,
    Message(request): Message<OfficerRequest>,
) -> Answer<EnrolmentAnswer> {
    decoded(&request.sealed)?;
    find(&desks, &key)?.enrol(request).await.map(Json)
}

/// Approves the request of somebody who shows who she is, and says which account is hers.
#[utoipa::path(post, path = "/v1/recovery-officers/{key}/cases", tag = "recovery",
    params(("key" = String, Path, description = "The officer's key, 64 hexadecimal digits")),
    request_body = OfficerRequest,
    responses((status = 200, body = RecoveryApproval), (status = "default", body = ErrorAnswer)))]
async fn request(
    State(desks): State<Arc<RecoveryOfficers>>,
    Path(key): Path<String>,
    Message(request): Message<OfficerRequest>,
) -> Answer<RecoveryApproval> {
    decoded(&request.sealed)?;
    find(&desks, &key)?.request(request).await.map(Json)
}

/// Looks again at a case to which the listed phone has objected.
#[utoipa::path(post, path = "/v1/recovery-officers/{key}/decisions", tag = "recovery",
    params(("key" = String, Path, description = "The officer's key, 64 hexadecimal digits")),
    request_body = OfficerRequest,
    responses((status = 200, body = DecisionAnswer), (status = "default", body = ErrorAnswer)))]
async fn decide(
    State(desks): State<Arc<RecoveryOfficers>>,
    Path(key): Path<String>,
    Message(request): Message<OfficerRequest>,
) -> Answer<DecisionAnswer> {
    decoded(&request.sealed)?;
    find(&desks, &key)?.decide(request).await.map(Json)
}

/// Signs a transaction that files, upholds or drops a case, if the officer has agreed to just that.
#[utoipa::path(post, path = "/v1/recovery-officers/{key}/signatures", tag = "recovery",
    params(("key" = String, Path, description = "The officer's key, 64 hexadecimal digits")),
    request_body = OfficerSignatureRequest,
    responses((status = 200, body = OfficerSignatureAnswer), (status = "default", body = ErrorAnswer)))]
async fn sign(
    State(desks): State<Arc<RecoveryOfficers>>,
    Path(key): Path<String>,
    Message(request): Message<OfficerSignatureRequest>,
) -> Answer<OfficerSignatureAnswer> {
    decoded(&request.body)?;
    find(&desks, &key)?.sign(request).await.map(Json)
}

fn find<'a>(desks: &'a RecoveryOfficers, key: &str) -> Result<&'a Arc<dyn RecoveryDesk>, Refusal> {
    desks.get(&identifier(key, KeyId::from_hex)?).ok_or(Refusal::NotFound)
}
