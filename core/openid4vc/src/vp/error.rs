//! Why a request is not answered: to the wallet's app, and in the words of OpenID4VP 1.0 §8.5 to the verifier.

use citizen_jose::JwsError;

/// What a verifier is told (§8.5; RFC 6749 §4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request breaks a rule.
    InvalidRequest,
    /// The citizen declined, or has not what is asked for: the verifier does not learn which.
    AccessDenied,
    /// No format that is asked for is one of the wallet's.
    VpFormatsNotSupported,
    /// Transaction data of an unknown type or with fields that its type does not have.
    InvalidTransactionData,
    /// The verifier knows citizens by no kind of identifier that the wallet has (SIOPv2, "Authorization Error Response").
    SubjectSyntaxTypesNotSupported,
}

impl ErrorCode {
    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::AccessDenied => "access_denied",
            Self::VpFormatsNotSupported => "vp_formats_not_supported",
            Self::InvalidTransactionData => "invalid_transaction_data",
            Self::SubjectSyntaxTypesNotSupported => "subject_syntax_types_not_supported",
        }
    }
}

/// Why a request is dropped without a word to anybody: it is not known who asks, or where an answer may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No link of a presentation request, or one whose parameters contradict each other.
    #[error("not a presentation request")]
    Link,
    /// A client identifier without a prefix that is understood, or one that is not what its prefix says.
    #[error("the verifier's identifier is not understood")]
    ClientId,
    /// The request object names another client than the link.
    #[error("link and request name different verifiers")]
    ClientIdMismatch,
    /// `request_uri_method` is neither `get` nor `post`.
    #[error("unknown way to fetch the request")]
    RequestUriMethod,
    /// The request object could not be fetched.
    #[error("the verifier did not answer with a request")]
    Fetch,
    /// Not a signed request object of this type, or its signature does not verify.
    #[error("the request is not rightly signed: {0}")]
    Token(#[source] JwsError),
    /// Not meant for this wallet, not valid now, or without the nonce that the wallet sent.
    #[error("the request is not for this wallet and this moment")]
    NotForThis,
    /// The certificate, document or attestation that should say who asks does not.
    #[error("it is not proved who asks")]
    Unidentified,
    /// Where the answer should go is missing, or is not the verifier's.
    #[error("the answer would go to an address that is not the verifier's")]
    ResponseUri,
    /// The session is at another step.
    #[error("not the step that this session is at")]
    OutOfStep,
}
