//! Reading requests: JSON bodies and the identifiers in an address, each refused by its own word (GATEWAY-3).

use crate::refusal::Refusal;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use citizen_client::api::Bytes as EncodedBytes;
use citizen_primitives::Height;
use serde::de::DeserializeOwned;

/// A body in JSON, at most as long as the route allows (GATEWAY-2).
pub(crate) struct Message<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Message<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge,
                _ => Refusal::Malformed,
            }
        })?;
        serde_json::from_slice(&body).map(Self).map_err(|_| Refusal::Malformed)
    }
}

/// Reads an identifier.
pub(crate) fn identifier<T, E>(text: &str, read: fn(&str) -> Result<T, E>) -> Result<T, Refusal> {
    read(text).map_err(|_| Refusal::MalformedIdentifier)
}

/// Reads a height in decimal: no sign, no leading zero, not 0.
pub(crate) fn height(text: &str) -> Result<Height, Refusal> {
    number(text).filter(|height| *height > 0).map(Height::new).ok_or(Refusal::MalformedIdentifier)
}

/// Reads a number in the one way it is written.
pub(crate) fn number(text: &str) -> Option<u64> {
    text.parse::<u64>().ok().filter(|number| number.to_string() == text)
}

/// Decodes base64url.
pub(crate) fn decoded(bytes: &EncodedBytes) -> Result<Vec<u8>, Refusal> {
    bytes.decode().map_err(|_| Refusal::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateway_3_a_height_has_one_spelling() {
        assert_eq!(height("12"), Ok(Height::new(12)));
        for bad in ["", "0", "012", "+1", "-1", "1 ", "1.0", "latest ", "18446744073709551616"] {
            assert_eq!(height(bad), Err(Refusal::MalformedIdentifier), "{bad}");
        }
    }
}
