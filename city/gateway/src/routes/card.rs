//! What every route has in common at which credentials are shown: OpenID4VP 1.0, sections 5.10 and 8.2.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use city_services::verifier::Taken;
use serde_json::json;

/// A signed request.
pub(super) fn request_object(token: String) -> Response {
    let headers = [(CONTENT_TYPE, "application/oauth-authz-req+jwt"), (CACHE_CONTROL, "no-store")];
    (headers, token).into_response()
}

/// An answer that was taken, whatever came of it, is answered with an empty object.
pub(super) fn taken(taken: Taken) -> Response {
    match taken {
        Taken::Yes => ([(CACHE_CONTROL, "no-store")], Json(json!({}))).into_response(),
        Taken::No => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_request" }))).into_response(),
    }
}
