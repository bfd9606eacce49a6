//! `/v1/bank/…`: won accounts, debits against a proved hold, and their undoing.

use super::{Answer, LONGEST_PROOF};
use crate::desk::BankDesk;
use crate::message::{Message, decoded, identifier};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use citizen_client::api::{
    BalanceAnswer, BankAnswer, BankRefundAnswer, BankSettlementAnswer, DebitRequest, EndingRequest,
    ErrorAnswer, RefundRequest, SettlementRequest, SignedRequest,
};
use citizen_primitives::{PaymentId, RefundId};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

type Desk = State<Arc<dyn BankDesk>>;

/// The bank's routes.
#[must_use]
pub fn bank(desk: Arc<dyn BankDesk>) -> OpenApiRouter {
    let proofs = OpenApiRouter::new()
        .routes(routes!(debit))
        .routes(routes!(end))
        .routes(routes!(refund))
        .routes(routes!(settle))
        .layer(DefaultBodyLimit::max(LONGEST_PROOF));
    OpenApiRouter::new()
        .routes(routes!(open_account))
        .routes(routes!(balance))
        .routes(routes!(standing))
        .routes(routes!(refund_standing))
        .merge(proofs)
        .with_state(desk)
}

/// Connects an account to the holder's won account.
#[utoipa::path(post, path = "/v1/bank/accounts", tag = "bank", request_body = SignedRequest,
    responses((status = 200, body = BalanceAnswer), (status = "default", body = ErrorAnswer)))]
async fn open_account(State(desk): Desk, Message(request): Message<SignedRequest>) -> Answer<BalanceAnswer> {
    decoded(&request.request)?;
    desk.open_account(request).await.map(Json)
}

/// The bank's signed word on a balance.
#[utoipa::path(post, path = "/v1/bank/balances", tag = "bank", request_body = SignedRequest,
    responses((status = 200, body = BalanceAnswer), (status = "default", body = ErrorAnswer)))]
async fn balance(State(desk): Desk, Message(request): Message<SignedRequest>) -> Answer<BalanceAnswer> {
    decoded(&request.request)?;
    desk.balance(request).await.map(Json)
}

/// Debits against the proof of a hold; asked twice, it debits once.
#[utoipa::path(post, path = "/v1/bank/debits", tag = "bank", request_body = DebitRequest,
    responses((status = 200, body = BankAnswer), (status = "default", body = ErrorAnswer)))]
async fn debit(State(desk): Desk, Message(request): Message<DebitRequest>) -> Answer<BankAnswer> {
    for bytes in [&request.light_block, &request.state, &request.order] {
        decoded(bytes)?;
    }
    desk.debit(request).await.map(Json)
}

/// Where the bank stands with a payment.
#[utoipa::path(get, path = "/v1/bank/debits/{payment}", tag = "bank",
    params(("payment" = String, Path, description = "64 hexadecimal digits")),
    responses((status = 200, body = BankAnswer), (status = "default", body = ErrorAnswer)))]
async fn standing(State(desk): Desk, Path(payment): Path<String>) -> Answer<BankAnswer> {
    desk.standing(identifier(&payment, PaymentId::from_hex)?).await.map(Json)
}

/// Anybody brings the proof that a payment ended unpaid; the bank undoes its part.
#[utoipa::path(post, path = "/v1/bank/endings", tag = "bank", request_body = EndingRequest,
    responses((status = 200, body = BankAnswer), (status = "default", body = ErrorAnswer)))]
async fn end(State(desk): Desk, Message(request): Message<EndingRequest>) -> Answer<BankAnswer> {
    identifier(&request.payment, PaymentId::from_hex)?;
    for bytes in [&request.light_block, &request.state] {
        decoded(bytes)?;
    }
    desk.end(request).await.map(Json)
}

/// Anybody brings the proof of a refund; the bank credits its won once.
#[utoipa::path(post, path = "/v1/bank/refunds", tag = "bank", request_body = RefundRequest,
    responses((status = 200, body = BankRefundAnswer), (status = "default", body = ErrorAnswer)))]
async fn refund(State(desk): Desk, Message(request): Message<RefundRequest>) -> Answer<BankRefundAnswer> {
    identifier(&request.refund, RefundId::from_hex)?;
    for bytes in [&request.light_block, &request.state] {
        decoded(bytes)?;
    }
    desk.refund(request).await.map(Json)
}

/// Where the bank stands with a refund.
#[utoipa::path(get, path = "/v1/bank/refunds/{refund}", tag = "bank",
    params(("refund" = String, Path, description = "64 hexadecimal digits")),
    responses((status = 200, body = BankRefundAnswer), (status = "default", body = ErrorAnswer)))]
async fn refund_standing(State(desk): Desk, Path(refund): Path<String>) -> Answer<BankRefundAnswer> {
    desk.refund_standing(identifier(&refund, RefundId::from_hex)?).await.map(Json)
}

/// A centre orders merchants to be paid out for a day, or part of one, once.
#[utoipa::path(post, path = "/v1/bank/settlements", tag = "bank", request_body = SettlementRequest,
    responses((status = 200, body = BankSettlementAnswer), (status = "default", body = ErrorAnswer)))]
async fn settle(
    State(desk): Desk,
    Message(request): Message<SettlementRequest>,
) -> Answer<BankSettlementAnswer> {
    decoded(&request.settlement)?;
    desk.settle(request).await.map(Json)
}
