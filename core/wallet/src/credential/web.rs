//! What sessions of OpenID want sent, each over a connection of its own (CARD-41).

use crate::error::{Incident, Input, Party, Reason, Subject, WalletError, mapping};
use crate::wallet::Wallet;
use citizen_client::{Method as Way, TransportError, WebRequest};
use citizen_openid4vc::http::{Endpoint, HttpRequest, HttpResponse, Method, Reach};
use citizen_openid4vc::vci::IssuanceError;
use citizen_openid4vc::vp::{ApproveError, PresentError, RequestError};
use citizen_primitives::Place;
use url::Url;

impl Wallet {
    /// Which addresses issuers and verifiers may have: `https`, and this machine itself where the city is on it.
    pub(super) fn web_reach(&self) -> Reach {
        let city = self.trust().url;
        let is_local = Endpoint::parse(&city, Reach::Https).is_err()
            && Endpoint::parse(&city, Reach::OrLoopback).is_ok();
        if is_local { Reach::OrLoopback } else { Reach::Https }
    }

    /// Sends what a session wants sent, over a connection that carries nothing else: an issuer or a verifier may be behind the city's gateway.
    /// Nothing is tried twice: a session says what may be.
    pub(super) async fn send_web(
        &self,
        place: Place,
        request: &HttpRequest,
    ) -> Result<HttpResponse, WalletError> {
        let url = Url::parse(request.url.as_str()).map_err(|_| internal("web-url"))?;
        let method = match request.method {
            Method::Get => Way::Get,
            Method::Post => Way::Post,
        };
        let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let body = request.body.clone().into_bytes();
        let request = WebRequest { place, method, url, headers: headers.collect(), body };
        match self.line().send_web(request).await {
            Ok(answer) => {
                Ok(HttpResponse { status: answer.status, headers: answer.headers, body: answer.body })
            }
            Err(TransportError::Offline | TransportError::Broken) => {
                Err(WalletError::Offline { can_queue: false })
            }
            Err(TransportError::Stopped) => Err(WalletError::Cancelled),
            Err(TransportError::Unsupported) => Err(WalletError::Invalid { input: Input::TransportNeeded }),
        }
    }
}

pub(super) const fn internal(place: &'static str) -> WalletError {
    WalletError::Internal { incident: Incident(place) }
}

/// An issuance that ended.
pub(super) fn of_issuance(error: &IssuanceError) -> WalletError {
    match error {
        IssuanceError::Offer(_) => WalletError::Invalid { input: Input::Offer },
        IssuanceError::Unsupported => WalletError::Invalid { input: Input::OfferKind },
        IssuanceError::Choice => WalletError::Invalid { input: Input::TransactionCode },
        IssuanceError::Metadata | IssuanceError::Answer | IssuanceError::Mixed => {
            mapping::unverified(Subject::Answer, Party::Issuer)
        }
        IssuanceError::AnotherServer => mapping::unverified(Subject::Authorization, Party::Issuer),
        IssuanceError::WrongCode { tries_left } => {
            let reason = if *tries_left == 1 { Reason::CodeWrongOnceMore } else { Reason::CodeWrong };
            WalletError::Refused { by: Party::Issuer, reason }
        }
        IssuanceError::Refused(word) => {
            let reason = match word.as_str() {
                "invalid_grant" => Reason::GrantSpent,
                "access_denied" => Reason::SignInDeclined,
                _ => Reason::Other,
            };
            WalletError::Refused { by: Party::Issuer, reason }
        }
        IssuanceError::Key => internal("copy-key"),
        IssuanceError::OutOfStep => internal("issuance-step"),
    }
}

/// A request that is dropped.
pub(super) const fn of_request(error: &RequestError) -> WalletError {
    match error {
        RequestError::Link | RequestError::ClientId | RequestError::RequestUriMethod => {
            WalletError::Invalid { input: Input::Request }
        }
        RequestError::Fetch => mapping::unverified(Subject::Answer, Party::Verifier),
        RequestError::Unidentified => WalletError::UnknownParty { claims_to_be: Party::Verifier },
        RequestError::ClientIdMismatch
        | RequestError::Token(_)
        | RequestError::NotForThis
        | RequestError::ResponseUri => mapping::unverified(Subject::Request, Party::Verifier),
        RequestError::OutOfStep => internal("request-step"),
    }
}

/// A choice that is not approved.
pub(super) const fn of_approval(error: ApproveError) -> WalletError {
    match error {
        ApproveError::UnknownVerifier => WalletError::UnknownParty { claims_to_be: Party::Verifier },
        ApproveError::Selection(_) | ApproveError::Transaction => {
            WalletError::Invalid { input: Input::Selection }
        }
        ApproveError::OutOfStep => internal("approve-step"),
    }
}

/// Presentations that are not sent.
pub(super) const fn of_presenting(error: PresentError) -> WalletError {
    match error {
        PresentError::Encryption => mapping::unverified(Subject::Request, Party::Verifier),
        PresentError::Key => internal("service-key"),
        PresentError::TooMuch => internal("present-too-much"),
        PresentError::Count => internal("present-count"),
        PresentError::Format => internal("present-format"),
        PresentError::OutOfStep => internal("present-step"),
    }
}
