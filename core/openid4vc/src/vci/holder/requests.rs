//! The requests of an issuance: OpenID4VCI 1.0 §5 to §11, RFC 9126, with proofs of possession by RFC 9449.

use super::{Call, IssuanceError, IssuanceSession, State, Wanted};
use crate::dpop::Target;
use crate::http::{HttpRequest, JSON, Method};
use crate::vci::metadata::IssuerMetadata;
use crate::vci::offer::{PRE_AUTHORIZED, PreAuthorized};
use citizen_primitives::UnixTime;
use citizen_primitives::random::CryptoRng;
use serde_json::{Value, json};

impl IssuanceSession {
    pub(super) fn call(
        &mut self,
        call: Call,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let request = self.request(&call, now, rng)?;
        self.state = State::Call { call, request };
        Ok(())
    }

    pub(super) fn request(
        &self,
        call: &Call,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<HttpRequest, IssuanceError> {
        let lost = || IssuanceError::OutOfStep;
        let issuer = || self.issuer.as_ref().ok_or_else(lost);
        let server = || self.server.as_ref().ok_or_else(lost);
        match call {
            Call::Offer(address) | Call::Issuer(address) | Call::Server(address, _) => {
                Ok(HttpRequest::get(address, JSON))
            }
            Call::Nonce => Ok(HttpRequest::form(issuer()?.nonce.as_ref().ok_or_else(lost)?, JSON, &[])),
            Call::Pushed(fields) => {
                let address = server()?.pushed.as_ref().ok_or_else(lost)?;
                self.proved(HttpRequest::form(address, JSON, &borrowed(fields)), now, rng)
            }
            Call::Token(fields) => {
                self.proved(HttpRequest::form(&server()?.token, JSON, &borrowed(fields)), now, rng)
            }
            Call::Credential { wanted, proofs, .. } => {
                let request = HttpRequest::json(&issuer()?.credential, &credential_request(wanted, proofs));
                self.authorized(request, now, rng)
            }
            Call::Deferred { transaction, .. } => {
                let address = issuer()?.deferred.as_ref().ok_or(IssuanceError::Unsupported)?;
                self.authorized(
                    HttpRequest::json(address, &json!({ "transaction_id": transaction })),
                    now,
                    rng,
                )
            }
            Call::Notification { id, event, .. } => {
                let address = issuer()?.notification.as_ref().ok_or_else(lost)?;
                let body = json!({ "notification_id": id, "event": event.name() });
                self.authorized(HttpRequest::json(address, &body), now, rng)
            }
        }
    }

    /// With a proof of possession, where the server binds tokens.
    pub(super) fn proved(
        &self,
        request: HttpRequest,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<HttpRequest, IssuanceError> {
        if !self.server.as_ref().is_some_and(|server| server.dpop) {
            return Ok(request);
        }
        self.with_proof(request, None, now, rng)
    }

    pub(super) fn authorized(
        &self,
        request: HttpRequest,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<HttpRequest, IssuanceError> {
        let token = self.token.as_ref().ok_or(IssuanceError::OutOfStep)?;
        let text = token.text.as_str();
        if !token.bound {
            return Ok(request.with_header("authorization", format!("Bearer {text}")));
        }
        let request = request.with_header("authorization", format!("DPoP {text}"));
        self.with_proof(request, Some(text), now, rng)
    }

    pub(super) fn with_proof(
        &self,
        request: HttpRequest,
        token: Option<&str>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<HttpRequest, IssuanceError> {
        let nonce = self.dpop_nonce.as_deref();
        let target = Target { method: Method::Post, url: &request.url, token, nonce };
        let proof = self.dpop.prove(&target, now, rng).map_err(|_| IssuanceError::Key)?;
        Ok(request.with_header("dpop", proof))
    }
}

pub(super) fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

pub(super) fn token_fields(
    grant: &PreAuthorized,
    typed: Option<&str>,
) -> Result<Vec<(&'static str, String)>, IssuanceError> {
    let mut fields =
        vec![("grant_type", PRE_AUTHORIZED.to_owned()), ("pre-authorized_code", grant.code.clone())];
    match (&grant.transaction_code, typed) {
        (None, None) => Ok(fields),
        (Some(code), Some(typed)) if code.fits(typed) => {
            fields.push(("tx_code", typed.to_owned()));
            Ok(fields)
        }
        _ => Err(IssuanceError::Choice),
    }
}

/// RFC 9396, with `locations` where the issuer has servers of others (§5.1.1).
pub(super) fn authorization_details(configurations: &[String], issuer: &IssuerMetadata) -> Value {
    let detail = |name: &String| {
        let mut detail = json!({ "type": "openid_credential", "credential_configuration_id": name });
        if let (false, Some(members)) = (issuer.servers.is_empty(), detail.as_object_mut()) {
            members.insert("locations".to_owned(), json!([issuer.issuer.as_str()]));
        }
        detail
    };
    configurations.iter().map(detail).collect()
}

/// §8.2: by identifier where the server gave one, else by configuration.
fn credential_request(wanted: &Wanted, proofs: &[String]) -> Value {
    let mut request = match &wanted.identifier {
        Some(identifier) => json!({ "credential_identifier": identifier }),
        None => json!({ "credential_configuration_id": wanted.configuration }),
    };
    if let (false, Some(members)) = (proofs.is_empty(), request.as_object_mut()) {
        members.insert("proofs".to_owned(), json!({ "jwt": proofs }));
    }
    request
}
