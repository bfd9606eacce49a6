//! Why a request is refused: a status, a stable word, and a sentence in both languages.

use crate::catalogue::sentences;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use citizen_client::api::{ErrorAnswer, ErrorBody};
use citizen_ledger::Rejection;

/// A refusal; on the wire it is an [`ErrorAnswer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not the JSON that the route takes, or bytes in it that are not what they should be.
    #[error("malformed request")]
    Malformed,
    /// Not an identifier, a height or an index.
    #[error("malformed identifier")]
    MalformedIdentifier,
    /// More keys than one question may have.
    #[error("too many keys")]
    TooManyKeys,
    /// Nothing there.
    #[error("not found")]
    NotFound,
    /// No such route.
    #[error("no such route")]
    NoRoute,
    /// The route does not take this method.
    #[error("wrong method")]
    WrongMethod,
    /// More bytes than the route takes.
    #[error("too large")]
    TooLarge,
    /// The ledger does not admit it.
    #[error("rejected: {0}")]
    Rejected(Rejection),
    /// A party refuses with a word of its own.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// This caller asks too often.
    #[error("too many requests")]
    TooMany,
    /// A fault of the program.
    #[error("internal fault")]
    Internal,
    /// More requests at once than can be served.
    #[error("busy")]
    Busy,
    /// It took too long. Whether it was done is not known.
    #[error("too slow")]
    TooSlow,
    /// The party cannot do it now: its disk is full, the ledger does not answer.
    #[error("unavailable")]
    Unavailable,
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::MalformedIdentifier | Self::TooManyKeys => StatusCode::BAD_REQUEST,
            Self::NotFound | Self::NoRoute => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Rejected(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::MalformedIdentifier => "malformed-identifier",
            Self::TooManyKeys => "too-many-keys",
            Self::NotFound => "not-found",
            Self::NoRoute => "no-route",
            Self::WrongMethod => "wrong-method",
            Self::TooLarge => "too-large",
            Self::Rejected(_) => "rejected",
            Self::Refused(word) => word,
            Self::TooMany => "too-many",
            Self::Internal => "internal",
            Self::Busy => "busy",
            Self::TooSlow => "too-slow",
            Self::Unavailable => "unavailable",
        }
    }

    /// The message (GATEWAY-1).
    #[must_use]
    pub fn answer(self) -> ErrorAnswer {
        let rejection = match self {
            Self::Rejected(rejection) => Some(rejection.code()),
            _ => None,
        };
        let sentence = match rejection {
            Some(number) => sentences(&format!("rejection.{number}")),
            None => sentences(self.code()).or_else(|| sentences("refused")),
        };
        let (ko, en) = sentence.unwrap_or_default();
        let code = self.code().to_owned();
        ErrorAnswer { error: ErrorBody { code, ko: ko.to_owned(), en: en.to_owned(), rejection } }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status(), Json(self.answer())).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateway_1_every_refusal_has_a_word_and_a_sentence_in_both_languages() {
        let all = [
            Refusal::Malformed,
            Refusal::MalformedIdentifier,
            Refusal::TooManyKeys,
            Refusal::NotFound,
            Refusal::NoRoute,
            Refusal::WrongMethod,
            Refusal::TooLarge,
            Refusal::Rejected(Rejection::Fenced),
            Refusal::Refused("not-enough"),
            Refusal::TooMany,
            Refusal::Internal,
            Refusal::Busy,
            Refusal::TooSlow,
            Refusal::Unavailable,
        ];
        for refusal in all {
            let ErrorBody { code, ko, en, rejection } = refusal.answer().error;
            assert!(!ko.is_empty() && !en.is_empty(), "{refusal:?}");
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            assert_eq!(rejection.is_some(), matches!(refusal, Refusal::Rejected(_)));
            assert!(refusal.status().is_client_error() || refusal.status().is_server_error());
        }
        assert_eq!(Refusal::Rejected(Rejection::Fenced).answer().error.rejection, Some(10));
    }
}
