//! `/v1/treasury/…`: claims of what was earned.

use super::Answer;
use crate::desk::TreasuryDesk;
use crate::message::{Message, decoded};
use axum::Json;
use axum::extract::State;
use citizen_client::api::{CertificateAnswer, ClaimResponse, ErrorAnswer, SignedRequest};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The treasury's routes.
#[must_use]
pub fn treasury(desk: Arc<dyn TreasuryDesk>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(claim)).routes(routes!(certificate)).with_state(desk)
}

/// Claims points; the treasury signs whether it grants them.
#[utoipa::path(post, path = "/v1/treasury/claims", tag = "treasury", request_body = SignedRequest,
    responses((status = 200, body = ClaimResponse), (status = "default", body = ErrorAnswer)))]
async fn claim(
    State(desk): State<Arc<dyn TreasuryDesk>>,
    Message(request): Message<SignedRequest>,
) -> Answer<ClaimResponse> {
    decoded(&request.request)?;
    desk.claim(request).await.map(Json)
}

/// The gift certificate of a redemption that stands on the ledger, sealed to the phone that asks.
#[utoipa::path(post, path = "/v1/treasury/certificates", tag = "treasury", request_body = SignedRequest,
    responses((status = 200, body = CertificateAnswer), (status = "default", body = ErrorAnswer)))]
async fn certificate(
    State(desk): State<Arc<dyn TreasuryDesk>>,
    Message(request): Message<SignedRequest>,
) -> Answer<CertificateAnswer> {
    decoded(&request.request)?;
    desk.certificate(request).await.map(Json)
}
