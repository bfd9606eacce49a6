//! `/v1/treasury/…`: claims of what was earned, rewards of polls.

use super::Answer;
use crate::desk::TreasuryDesk;
use crate::message::{Message, decoded};
use axum::Json;
use axum::extract::State;
use citizen_client::api::{
    BlindKeysAnswer, BlindKeysRequest, CertificateAnswer, ClaimResponse, ErrorAnswer, RewardSigningAnswer,
    RewardSigningRequest, SignedRequest,
};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The treasury's routes.
#[must_use]
pub fn treasury(desk: Arc<dyn TreasuryDesk>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(claim))
        .routes(routes!(certificate))
        .routes(routes!(reward))
        .routes(routes!(redeem_reward))
        .routes(routes!(reward_key))
        .with_state(desk)
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

/// Signs blindly for a ballot that stands on the board. Nothing in it names an account.
#[utoipa::path(post, path = "/v1/treasury/rewards", tag = "treasury", request_body = RewardSigningRequest,
    responses((status = 200, body = RewardSigningAnswer), (status = "default", body = ErrorAnswer)))]
async fn reward(
    State(desk): State<Arc<dyn TreasuryDesk>>,
    Message(request): Message<RewardSigningRequest>,
) -> Answer<RewardSigningAnswer> {
    decoded(&request.request)?;
    desk.reward(request).await.map(Json)
}

/// Redeems a reward for an account; the treasury signs whether it grants it.
#[utoipa::path(post, path = "/v1/treasury/rewards/redeem", tag = "treasury", request_body = SignedRequest,
    responses((status = 200, body = ClaimResponse), (status = "default", body = ErrorAnswer)))]
async fn redeem_reward(
    State(desk): State<Arc<dyn TreasuryDesk>>,
    Message(request): Message<SignedRequest>,
) -> Answer<ClaimResponse> {
    decoded(&request.request)?;
    desk.redeem_reward(request).await.map(Json)
}

/// The election office orders the key of a poll's reward.
#[utoipa::path(post, path = "/v1/treasury/rewards/keys", tag = "treasury", request_body = BlindKeysRequest,
    responses((status = 200, body = BlindKeysAnswer), (status = "default", body = ErrorAnswer)))]
async fn reward_key(
    State(desk): State<Arc<dyn TreasuryDesk>>,
    Message(request): Message<BlindKeysRequest>,
) -> Answer<BlindKeysAnswer> {
    decoded(&request.request)?;
    desk.reward_key(request).await.map(Json)
}
