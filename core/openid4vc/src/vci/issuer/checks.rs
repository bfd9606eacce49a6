//! What an issuer checks of what comes in: codes, proofs of possession, tokens, key proofs.

use super::{
    Code, Incoming, IssueOrder, Issuer, MOST_ATTEMPTS, NONCE_LIFE, Pushed, SHORT, Token, error, fresh,
};
use crate::dpop::{self, DpopError, Target};
use crate::http::{self, Endpoint, HttpResponse, Method};
use crate::pkce;
use crate::vci::proof::{self, Audience, ProofError};
use citizen_jose::{Jwk, Thumbprint, json};
use citizen_primitives::UnixTime;
use citizen_primitives::random::CryptoRng;
use serde_json::Value;
use std::collections::BTreeMap;

impl Issuer {
    pub(super) fn read_pushed(&self, body: &str, now: UnixTime) -> Option<Pushed> {
        let mut fields = http::decode_form(body)?;
        let pkce = fields.get("code_challenge_method").is_some_and(|method| method == "S256");
        let code = fields.get("response_type").is_some_and(|kind| kind == "code");
        let redirect_uri =
            fields.remove("redirect_uri").filter(|uri| self.config.redirect_uris.contains(uri))?;
        let details = json::parse(fields.get("authorization_details")?.as_bytes()).ok()?;
        let names = details.as_array()?.iter().map(|detail| {
            let name = detail.get("credential_configuration_id")?.as_str()?;
            (detail.get("type")? == "openid_credential" && self.issues(name)).then(|| name.to_owned())
        });
        let configurations: Vec<String> = names.collect::<Option<_>>()?;
        (pkce && code && !configurations.is_empty()).then_some(())?;
        Some(Pushed {
            client_id: fields.remove("client_id")?,
            redirect_uri,
            state: fields.remove("state"),
            challenge: fields.remove("code_challenge")?,
            configurations,
            until: now.plus(SHORT),
        })
    }

    pub(super) fn issues(&self, name: &str) -> bool {
        self.config.configurations.iter().any(|one| one.name == name)
    }

    /// **VCI-7** A code counts once, and not after three wrong transaction codes.
    pub(super) fn redeem_pre_authorized(
        &mut self,
        fields: &BTreeMap<String, String>,
        key: Thumbprint,
        now: UnixTime,
    ) -> Result<Token, &'static str> {
        let code = fields.get("pre-authorized_code").ok_or("invalid_request")?;
        let grant = self.grants.get_mut(code).ok_or("invalid_grant")?;
        match (&grant.transaction_code, fields.get("tx_code")) {
            (None, Some(_)) | (Some(_), None) => return Err("invalid_request"),
            (Some(right), Some(typed)) if right != typed => {
                grant.attempts += 1;
                if grant.attempts >= MOST_ATTEMPTS {
                    self.grants.remove(code);
                }
                return Err("invalid_grant");
            }
            _ => {}
        }
        let grant = self.grants.remove(code).ok_or("invalid_grant")?;
        let until = now.plus(self.config.token_life);
        Ok(Token { key, client: None, subject: grant.subject, configurations: grant.configurations, until })
    }

    /// A code counts once, for the client, the address and the verifier it was given for. A wrong attempt ends it.
    pub(super) fn redeem_code(
        &mut self,
        fields: &BTreeMap<String, String>,
        key: Thumbprint,
        now: UnixTime,
    ) -> Result<Token, &'static str> {
        let field = |name: &str| fields.get(name).map(String::as_str).ok_or("invalid_request");
        let Code { pushed, subject } = self.codes.remove(field("code")?).ok_or("invalid_grant")?;
        let right = field("client_id")? == pushed.client_id
            && field("redirect_uri")? == pushed.redirect_uri
            && pkce::matches(field("code_verifier")?, &pushed.challenge);
        let until = now.plus(self.config.token_life);
        let client = Some(pushed.client_id);
        let configurations = pushed.configurations;
        if right { Ok(Token { key, client, subject, configurations, until }) } else { Err("invalid_grant") }
    }

    /// RFC 9449: a fresh proof with this server's nonce; else the answer that says what is missing.
    pub(super) fn possession(
        &mut self,
        address: &str,
        proof: Option<&str>,
        token: Option<&str>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Thumbprint, Box<HttpResponse>> {
        self.turn_nonce(now, rng);
        let refused = |word: &str| Box::new(dpop_error(word, token.is_some(), &self.dpop_nonce.0));
        let url = Endpoint::parse(address, self.config.reach).map_err(|_| refused("invalid_dpop_proof"))?;
        let proof = proof.ok_or_else(|| refused("invalid_dpop_proof"))?;
        let with = |nonce: &str| {
            dpop::verify(proof, &Target { method: Method::Post, url: &url, token, nonce: Some(nonce) }, now)
        };
        let verified = match with(&self.dpop_nonce.0) {
            Err(DpopError::Nonce) => with(&self.previous_dpop_nonce),
            other => other,
        };
        match verified {
            Err(DpopError::Nonce) => Err(refused("use_dpop_nonce")),
            Err(DpopError::Invalid) => Err(refused("invalid_dpop_proof")),
            Ok((key, jti)) => {
                let refusal = refused("invalid_dpop_proof");
                if self.seen.remember(&jti, now) { Ok(key.thumbprint()) } else { Err(refusal) }
            }
        }
    }

    /// The token of a request, with a proof of its key.
    pub(super) fn authorized(
        &mut self,
        endpoint: &str,
        incoming: &Incoming<'_>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<String, Box<HttpResponse>> {
        let refused = || {
            Box::new(
                error(401, "invalid_token").with_header("www-authenticate", "DPoP error=\"invalid_token\""),
            )
        };
        let text = incoming.authorization.and_then(|header| header.split_once(' '));
        let (_, text) = text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("DPoP")).ok_or_else(refused)?;
        let bound_to = self.tokens.get(text).map(|token| token.key).ok_or_else(refused)?;
        let address = self.address(endpoint);
        let key = self.possession(&address, incoming.dpop, Some(text), now, rng)?;
        if key == bound_to { Ok(text.to_owned()) } else { Err(refused()) }
    }

    pub(super) fn read_order(
        &mut self,
        token: &str,
        body: &str,
        now: UnixTime,
    ) -> Result<IssueOrder, &'static str> {
        let malformed = "invalid_credential_request";
        let granted = self.tokens.get(token).ok_or(malformed)?;
        let body = json::parse_object(body.as_bytes()).map_err(|_| malformed)?;
        let by_identifier = granted.client.is_some();
        let (name, other, unknown) = if by_identifier {
            ("credential_identifier", "credential_configuration_id", "unknown_credential_identifier")
        } else {
            ("credential_configuration_id", "credential_identifier", "unknown_credential_configuration")
        };
        if body.contains_key(other) || body.contains_key("credential_response_encryption") {
            return Err(malformed);
        }
        let configuration = body.get(name).and_then(Value::as_str).ok_or(malformed)?;
        if !granted.configurations.iter().any(|granted| granted == configuration) {
            return Err(unknown);
        }
        let keys = self.proved_keys(body.get("proofs"), granted.client.as_deref(), now)?;
        for nonce in keys.1 {
            self.nonces.remove(&nonce);
        }
        let granted = self.tokens.get(token).ok_or(malformed)?;
        Ok(IssueOrder {
            subject: granted.subject.clone(),
            configuration: configuration.to_owned(),
            keys: keys.0,
            token: token.to_owned(),
        })
    }

    /// Different keys, each proved, with nonces of this issuer; and the nonces, which do not count again.
    pub(super) fn proved_keys(
        &self,
        proofs: Option<&Value>,
        client: Option<&str>,
        now: UnixTime,
    ) -> Result<(Vec<Jwk>, Vec<String>), &'static str> {
        let invalid = "invalid_proof";
        let proofs = proofs.and_then(Value::as_object).filter(|proofs| proofs.len() == 1).ok_or(invalid)?;
        let list = proofs.get("jwt").and_then(Value::as_array).ok_or(invalid)?;
        if !(1..=self.batch()).contains(&list.len()) {
            return Err(invalid);
        }
        let audience = Audience { issuer: self.config.issuer.as_str(), client, nonce: None };
        let used = std::cell::RefCell::new(Vec::new());
        let is_known = |nonce: &str| {
            used.borrow_mut().push(nonce.to_owned());
            self.nonces.contains_key(nonce)
        };
        let mut keys: Vec<Jwk> = Vec::new();
        for proof in list {
            let proof = proof.as_str().ok_or(invalid)?;
            let key = proof::verify(proof, &audience, &is_known, now).map_err(|error| match error {
                ProofError::Invalid => invalid,
                ProofError::Nonce => "invalid_nonce",
            })?;
            if keys.contains(&key) {
                return Err(invalid);
            }
            keys.push(key);
        }
        Ok((keys, used.into_inner()))
    }

    pub(super) fn turn_nonce(&mut self, now: UnixTime, rng: &mut dyn CryptoRng) {
        if now > self.dpop_nonce.1.plus(NONCE_LIFE) {
            let old = std::mem::replace(&mut self.dpop_nonce, (fresh(rng), now));
            self.previous_dpop_nonce = old.0;
        }
    }
}

/// RFC 9449 §7.1 and §8: at the token endpoint in the body, at a resource in the header.
fn dpop_error(word: &str, at_resource: bool, nonce: &str) -> HttpResponse {
    let status = if at_resource { 401 } else { 400 };
    let answer = error(status, word).with_header("dpop-nonce", nonce);
    if at_resource {
        answer.with_header("www-authenticate", &format!("DPoP error=\"{word}\""))
    } else {
        answer
    }
}
