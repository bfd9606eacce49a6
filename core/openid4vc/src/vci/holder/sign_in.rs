//! A sign-in in the browser: OpenID4VCI 1.0 §5, RFC 9126, RFC 7636, RFC 9207. What a wallet keeps of it outlives the session: the browser may be open
//! while the app is stopped.

use super::answers::{text, word};
use super::requests::{authorization_details, borrowed};
use super::{Call, IssuanceError, IssuanceSession, State, wanted};
use crate::http::{self, Endpoint};
use crate::pkce::CodeVerifier;
use crate::vci::offer::AuthorizationGrant;
use citizen_jose::base64url;
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// The longest that a pushed request is believed to be open.
const LONGEST_OPEN: u64 = 86_400;

/// A sign-in that was begun. Whoever has it and what the browser brings back gets the credentials, if she has the key of the tokens as well.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// What the browser opens.
    pub address: String,
    /// Until when it can be opened, where the server says so (`expires_in`, RFC 9126 §2.2).
    pub opens_until: Option<UnixTime>,
    /// `code_verifier` (RFC 7636 §4.1).
    pub verifier: Zeroizing<String>,
    /// `state` (RFC 6749 §4.1.1).
    pub state: String,
    /// The authorization server's identifier,
    pub server: String,
    /// and whether it names itself in its answers (RFC 9207 §3).
    pub names_itself: bool,
    /// What was asked for.
    pub configurations: Vec<String>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(…)")
    }
}

impl SignIn {
    /// **VCI-6** The code in what the browser came back with, if it is this sign-in's: at this wallet's address, with this state, from the server that
    /// was asked. Before that, nothing it says is believed, also not that it was declined.
    pub fn code_in(&self, returned: &str, redirect_uri: &str) -> Result<String, IssuanceError> {
        let (base, query) = returned.split_once('?').ok_or(IssuanceError::Mixed)?;
        let query = query.split('#').next().unwrap_or_default();
        let fields = http::decode_form(query).ok_or(IssuanceError::Mixed)?;
        if base != redirect_uri || fields.get("state") != Some(&self.state) {
            return Err(IssuanceError::Mixed);
        }
        if !fields.get("iss").map_or(!self.names_itself, |iss| *iss == self.server) {
            return Err(IssuanceError::AnotherServer);
        }
        match fields.get("error") {
            Some(error) => Err(IssuanceError::Refused(word(error))),
            None => fields.get("code").cloned().ok_or(IssuanceError::Answer),
        }
    }
}

impl IssuanceSession {
    /// The sign-in that the browser is open for, to keep.
    #[must_use]
    pub fn begun_sign_in(&self) -> Option<&SignIn> {
        self.sign_in.as_ref().filter(|_| matches!(self.state, State::Browse(_)))
    }

    /// **VCI-11** In place of [`Self::accept`]: takes up a sign-in that another session began, with the same key for tokens
    /// ([`Self::with_token_key`]). The server must be the one that was asked then, whatever the issuer says now.
    pub fn resume(&mut self, kept: SignIn) -> Result<(), IssuanceError> {
        let (State::Review, Some(offer), Some(server)) = (&self.state, &self.offer, &self.server) else {
            return Err(IssuanceError::OutOfStep);
        };
        if kept.configurations.iter().any(|name| !offer.configurations.contains(name)) {
            return Err(IssuanceError::Choice);
        }
        if server.issuer != kept.server {
            return Err(IssuanceError::AnotherServer);
        }
        let address = Endpoint::parse(&kept.address, self.client.reach);
        self.state = State::Browse(address.map_err(|_| IssuanceError::Mixed)?);
        self.sign_in = Some(kept);
        Ok(())
    }

    /// Where the browser came back to (RFC 6749 §4.1.2, RFC 9207).
    pub fn returned(
        &mut self,
        address: &str,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let Some(sign_in) = self.begun_sign_in() else { return Err(IssuanceError::OutOfStep) };
        let code = sign_in.code_in(address, &self.client.redirect_uri)?;
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code),
            ("redirect_uri", self.client.redirect_uri.clone()),
            ("client_id", self.client.client_id.clone()),
            ("code_verifier", sign_in.verifier.as_str().to_owned()),
        ];
        self.waiting = wanted(&sign_in.configurations);
        self.call(Call::Token(form), now, rng)
    }

    /// RFC 9126 where the server has it; else the request stands in the browser's address.
    pub(super) fn begin_sign_in(
        &mut self,
        configurations: Vec<String>,
        grant: &AuthorizationGrant,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let (Some(server), Some(issuer)) = (&self.server, &self.issuer) else {
            return Err(IssuanceError::OutOfStep);
        };
        let verifier = CodeVerifier::generate(rng);
        let state = base64url::encode(generate_array::<32>(rng));
        let mut fields = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.client.client_id.clone()),
            ("redirect_uri", self.client.redirect_uri.clone()),
            ("state", state.clone()),
            ("code_challenge", verifier.challenge()),
            ("code_challenge_method", "S256".to_owned()),
            ("authorization_details", authorization_details(&configurations, issuer).to_string()),
        ];
        fields.extend(grant.issuer_state.clone().map(|state| ("issuer_state", state)));
        let pushed = server.pushed.is_some();
        let authorization = server.authorization.clone().ok_or(IssuanceError::Unsupported)?;
        self.sign_in = Some(SignIn {
            address: String::new(),
            opens_until: None,
            verifier: Zeroizing::new(verifier.expose().to_owned()),
            state,
            server: server.issuer.clone(),
            names_itself: server.names_itself,
            configurations,
        });
        if pushed {
            return self.call(Call::Pushed(fields), now, rng);
        }
        self.browse(&authorization, &borrowed(&fields), None)
    }

    pub(super) fn take_pushed(
        &mut self,
        value: &Map<String, Value>,
        now: UnixTime,
    ) -> Result<(), IssuanceError> {
        let uri = text(value, "request_uri").ok_or(IssuanceError::Answer)?.to_owned();
        let seconds = value.get("expires_in").and_then(Value::as_u64);
        let until = seconds.map(|seconds| now.plus(Seconds::new(seconds.min(LONGEST_OPEN))));
        let authorization = self.server.as_ref().and_then(|server| server.authorization.clone());
        let client = self.client.client_id.clone();
        let authorization = authorization.ok_or(IssuanceError::Unsupported)?;
        self.retries = 0;
        self.browse(&authorization, &[("client_id", &client), ("request_uri", &uri)], until)
    }

    fn browse(
        &mut self,
        authorization: &Endpoint,
        fields: &[(&str, &str)],
        until: Option<UnixTime>,
    ) -> Result<(), IssuanceError> {
        let joint = if authorization.as_str().contains('?') { '&' } else { '?' };
        let address = format!("{}{joint}{}", authorization.as_str(), http::encode_form(fields));
        let opened = Endpoint::parse(&address, self.client.reach).map_err(|_| IssuanceError::Unsupported)?;
        if let Some(sign_in) = &mut self.sign_in {
            (sign_in.address, sign_in.opens_until) = (address, until);
        }
        self.state = State::Browse(opened);
        Ok(())
    }
}
