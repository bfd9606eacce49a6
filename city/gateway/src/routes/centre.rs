//! `/v1/centre/…`: whose code is this, and: bring this order to its end.

use super::Answer;
use crate::desk::CentreDesk;
use crate::message::{Message, decoded, identifier};
use crate::refusal::Refusal;
use axum::Json;
use axum::extract::{Path, State};
use citizen_client::api::{CodeAnswer, CodeRequest, ErrorAnswer, OrderAnswer, OrderRequest, PaymentAnswer};
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
