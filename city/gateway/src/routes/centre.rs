//! `/v1/centre/…`: whose code is this, and: bring this order to its end.

use super::Answer;
use super::card::{request_object, taken};
use crate::desk::CentreDesk;
use crate::message::{Message, decoded, identifier};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use citizen_client::api::{
    ChargeAnswer, CodeAnswer, CodeRequest, ConsumerCodeAnswer, ErrorAnswer, MandateAnswer, MandateRequest,
    OrderAnswer, OrderRequest, PaymentAnswer, RegisterAnswer, RegisterRequest, SignedRequest, TillRequest,
    TillResponse, WishAnswer,
};
use citizen_payment::code::LONGEST_TEXT;
use citizen_primitives::PaymentId;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

type Desk = State<Arc<dyn CentreDesk>>;

/// The centre's routes.
#[must_use]
pub fn centre(desk: Arc<dyn CentreDesk>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(code))
        .routes(routes!(order))
        .routes(routes!(payment))
        .routes(routes!(consumer_code))
        .routes(routes!(mandate))
        .routes(routes!(charged))
        .routes(routes!(wish))
        .routes(routes!(register))
        .routes(routes!(till))
        .route("/v1/centre/cards/requests/{handle}", get(card_request).post(card_request_with_nonce))
        .route("/v1/centre/cards/responses/{handle}", post(card_answer))
        .with_state(desk)
}

/// Whose code is this? The centre signs the answer.
#[utoipa::path(post, path = "/v1/centre/codes", tag = "centre", request_body = CodeRequest,
    responses((status = 200, body = CodeAnswer), (status = "default", body = ErrorAnswer)))]
async fn code(State(desk): Desk, Message(request): Message<CodeRequest>) -> Answer<CodeAnswer> {
    if request.code.len() > LONGEST_TEXT || decoded(&request.nonce)?.len() != 16 {
        return Err(Refusal::Malformed);
    }
    desk.code(request).await.map(Json)
}

/// Takes an order, sealed to the centre's key.
#[utoipa::path(post, path = "/v1/centre/orders", tag = "centre", request_body = OrderRequest,
    responses((status = 200, body = OrderAnswer), (status = "default", body = ErrorAnswer)))]
async fn order(State(desk): Desk, Message(request): Message<OrderRequest>) -> Answer<OrderAnswer> {
    decoded(&request.sealed)?;
    desk.order(request).await.map(Json)
}

/// How far the centre is with a payment; the ledger alone decides.
#[utoipa::path(get, path = "/v1/centre/payments/{id}", tag = "centre",
    params(("id" = String, Path, description = "64 hexadecimal digits")),
    responses((status = 200, body = PaymentAnswer), (status = "default", body = ErrorAnswer)))]
async fn payment(State(desk): Desk, Path(id): Path<String>) -> Answer<PaymentAnswer> {
    desk.payment(identifier(&id, PaymentId::from_hex)?).await.map(Json)
}

/// A code for the phone of an account to show; worth nothing without a mandate.
#[utoipa::path(post, path = "/v1/centre/consumer-codes", tag = "centre", request_body = SignedRequest,
    responses((status = 200, body = ConsumerCodeAnswer), (status = "default", body = ErrorAnswer)))]
async fn consumer_code(
    State(desk): Desk,
    Message(request): Message<SignedRequest>,
) -> Answer<ConsumerCodeAnswer> {
    decoded(&request.request)?;
    desk.consumer_code(request).await.map(Json)
}

/// The citizen's mandate over a code, sealed to the centre's key.
#[utoipa::path(post, path = "/v1/centre/mandates", tag = "centre", request_body = MandateRequest,
    responses((status = 200, body = MandateAnswer), (status = "default", body = ErrorAnswer)))]
async fn mandate(State(desk): Desk, Message(request): Message<MandateRequest>) -> Answer<MandateAnswer> {
    decoded(&request.sealed)?;
    desk.mandate(request).await.map(Json)
}

/// Whether a phone's code was charged; sealed to the phone that asks.
#[utoipa::path(post, path = "/v1/centre/charges", tag = "centre", request_body = SignedRequest,
    responses((status = 200, body = ChargeAnswer), (status = "default", body = ErrorAnswer)))]
async fn charged(State(desk): Desk, Message(request): Message<SignedRequest>) -> Answer<ChargeAnswer> {
    decoded(&request.request)?;
    desk.charged(request).await.map(Json)
}

/// A customer asks for money back; the merchant decides.
#[utoipa::path(post, path = "/v1/centre/refund-wishes", tag = "centre", request_body = SignedRequest,
    responses((status = 200, body = WishAnswer), (status = "default", body = ErrorAnswer)))]
async fn wish(State(desk): Desk, Message(request): Message<SignedRequest>) -> Answer<WishAnswer> {
    decoded(&request.request)?;
    desk.wish(request).await.map(Json)
}

/// A merchant registers with its key.
#[utoipa::path(post, path = "/v1/centre/merchants", tag = "centre", request_body = RegisterRequest,
    responses((status = 200, body = RegisterAnswer), (status = "default", body = ErrorAnswer)))]
async fn register(State(desk): Desk, Message(request): Message<RegisterRequest>) -> Answer<RegisterAnswer> {
    decoded(&request.application)?;
    decoded(&request.key)?;
    desk.register(request).await.map(Json)
}

/// A merchant's signed request.
#[utoipa::path(post, path = "/v1/centre/tills", tag = "centre", request_body = TillRequest,
    responses((status = 200, body = TillResponse), (status = "default", body = ErrorAnswer)))]
async fn till(State(desk): Desk, Message(request): Message<TillRequest>) -> Answer<TillResponse> {
    decoded(&request.request)?;
    desk.till(request).await.map(Json)
}

/// The request for the card that an order needs (OpenID4VP 1.0, section 5); as those of verifiers it is not in this gateway's own document.
async fn card_request(State(desk): Desk, Path(handle): Path<String>) -> Result<Response, Refusal> {
    desk.card_request(&handle, None).await.map(request_object)
}

async fn card_request_with_nonce(
    State(desk): Desk,
    Path(handle): Path<String>,
    body: String,
) -> Result<Response, Refusal> {
    desk.card_request(&handle, Some(&body)).await.map(request_object)
}

async fn card_answer(
    State(desk): Desk,
    Path(handle): Path<String>,
    body: String,
) -> Result<Response, Refusal> {
    desk.card_answer(&handle, &body).await.map(taken)
}
