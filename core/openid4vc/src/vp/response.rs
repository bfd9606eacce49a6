//! The authorization response on its way: OpenID4VP 1.0 §8.2, §8.3 and §8.5.

use crate::http::{Endpoint, HttpRequest, JSON};
use crate::vp::error::ErrorCode;
use citizen_jose::Jwk;
use citizen_jose::jwe::{self, ContentEncryption, JweHeader};
use citizen_primitives::random::CryptoRng;
use serde_json::{Map, Value};

/// Where an answer goes, and how.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) to: Endpoint,
    pub(crate) state: Option<String>,
    pub(crate) encryption: Option<(Jwk, ContentEncryption)>,
}

impl Reply {
    /// Presentations, an ID token, or both in one; `None` if they cannot be encrypted to the verifier's key.
    pub(crate) fn tokens(
        &self,
        vp_token: Option<Value>,
        id_token: Option<String>,
        rng: &mut dyn CryptoRng,
    ) -> Option<HttpRequest> {
        let vp_token = vp_token.map(|token| ("vp_token".to_owned(), token));
        let id_token = id_token.map(|token| ("id_token".to_owned(), Value::from(token)));
        self.send(vp_token.into_iter().chain(id_token).collect(), rng)
    }

    /// Why there are none. Encrypted if presentations would be; if that fails as it is (§8.3.1).
    pub(crate) fn refusal(&self, code: ErrorCode, rng: &mut dyn CryptoRng) -> HttpRequest {
        let members = Map::from_iter([("error".to_owned(), Value::from(code.name()))]);
        self.send(members.clone(), rng).unwrap_or_else(|| self.form(members))
    }

    fn send(&self, mut members: Map<String, Value>, rng: &mut dyn CryptoRng) -> Option<HttpRequest> {
        let Some((key, encryption)) = &self.encryption else { return Some(self.form(members)) };
        members.extend(self.state.iter().map(|state| ("state".to_owned(), Value::from(state.as_str()))));
        let plaintext = Value::Object(members).to_string();
        let token = jwe::encrypt(key, &JweHeader::new(*encryption), plaintext.as_bytes(), rng).ok()?;
        Some(HttpRequest::form(&self.to, JSON, &[("response", &token)]))
    }

    fn form(&self, members: Map<String, Value>) -> HttpRequest {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let texts: Vec<(String, String)> =
            members.into_iter().map(|(name, value)| (name, text(value))).collect();
        let mut fields: Vec<(&str, &str)> =
            texts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend(self.state.iter().map(|state| ("state", state.as_str())));
        HttpRequest::form(&self.to, JSON, &fields)
    }
}
