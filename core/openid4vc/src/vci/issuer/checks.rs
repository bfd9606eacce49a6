//! What an issuer checks of what comes in: codes, proofs of possession, key proofs.

use super::open::{self, Code, Grant, Kind, RowKey, Token};
use super::{Checked, Guarded, Incoming, Issuer, MOST_ATTEMPTS, Turn, error};
use crate::dpop::{self, DpopError, Target};
use crate::http::{Endpoint, HttpResponse, Method};
use crate::pkce;
use crate::vci::proof::{self, Audience, ProofError};
use citizen_jose::{Jwk, base64url, json};
use citizen_primitives::UnixTime;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Keys, and the nonces that their proofs have used up, each with the end of its life.
type ProvedKeys = (Vec<Jwk>, Vec<(String, UnixTime)>);

impl Issuer {
    /// RFC 9449: looks at a request's proof of possession, fresh and with this server's nonce; else the answer that says what is missing.
    /// Nothing is remembered and nothing that is open is looked at: whoever proves a key of her own a hundred thousand times fills nothing.
    pub fn check<'a>(
        &self,
        at: Guarded,
        incoming: &Incoming<'a>,
        now: UnixTime,
    ) -> Result<Checked<'a>, HttpResponse> {
        let at_resource = at != Guarded::Token;
        let token = match incoming.authorization.and_then(|header| header.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("DPoP") => Some(token),
            _ if at_resource => return Err(invalid_token()),
            _ => None,
        };
        let token = token.filter(|_| at_resource);
        let refused = |word: &str| self.dpop_error(word, at_resource, now);
        let url = Endpoint::parse(&self.address(at.name()), self.config.reach)
            .map_err(|_| refused("invalid_dpop_proof"))?;
        let proof = incoming.dpop.ok_or_else(|| refused("invalid_dpop_proof"))?;
        let with = |nonce: &str| {
            dpop::verify(proof, &Target { method: Method::Post, url: &url, token, nonce: Some(nonce) }, now)
        };
        let [newest, previous] = self.nonces.for_dpop(now);
        let verified = match with(&newest) {
            Err(DpopError::Nonce) => with(&previous),
            other => other,
        };
        match verified {
            Err(DpopError::Nonce) => Err(refused("use_dpop_nonce")),
            Err(DpopError::Invalid) => Err(refused("invalid_dpop_proof")),
            Ok((key, jti)) => Ok(Checked { body: incoming.body, token, key: key.thumbprint(), jti }),
        }
    }

    pub(super) fn issues(&self, name: &str) -> bool {
        self.config.configurations.iter().any(|one| one.name == name)
    }

    /// **VCI-7** A code counts once, for one key, and not after three wrong transaction codes. The key that has redeemed it hears the same
    /// again: the answer may have been lost.
    pub(super) fn redeem_pre_authorized(
        &self,
        fields: &BTreeMap<String, String>,
        request: &Checked<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<(String, Token), &'static str> {
        let code = fields.get("pre-authorized_code").ok_or("invalid_request")?;
        let key = open::key_of(Kind::Grant, code);
        let mut grant = Grant::find(turn.rows, &key, turn.now).ok_or("invalid_grant")?;
        match (&grant.transaction_code, fields.get("tx_code")) {
            (None, Some(_)) | (Some(_), None) => return Err("invalid_request"),
            (Some(right), Some(typed)) if right != typed => {
                grant.attempts += 1;
                if grant.attempts >= MOST_ATTEMPTS {
                    turn.rows.remove(&key);
                } else {
                    let until = open::until(turn.rows, &key).unwrap_or(turn.now);
                    grant.put(turn.rows, &key, until);
                }
                return Err("invalid_grant");
            }
            _ => {}
        }
        if grant.redeemed.is_some() {
            return self.redeemed(grant.redeemed.as_deref(), (code, &key), request, turn);
        }
        grant.redeemed = Some(request.key.to_string());
        let (subject, configurations) = (grant.subject.clone(), grant.configurations.clone());
        let redeemed = self.redeem((code, &key), (None, subject, configurations), request, turn)?;
        let until = self.known_until(&redeemed.1, turn.now);
        grant.put(turn.rows, &key, until);
        open::put_of(turn.rows, &grant.subject, &key, until);
        Ok(redeemed)
    }

    /// How often another transaction code may still be typed, if the one that came was wrong and the offer is open.
    pub(super) fn tries_left(fields: &BTreeMap<String, String>, turn: &Turn<'_>) -> Option<u64> {
        let (code, typed) = (fields.get("pre-authorized_code")?, fields.get("tx_code")?);
        let grant = Grant::find(&*turn.rows, &open::key_of(Kind::Grant, code), turn.now)?;
        let is_wrong = grant.transaction_code.as_ref().is_some_and(|right| right != typed);
        is_wrong.then(|| MOST_ATTEMPTS.saturating_sub(grant.attempts))
    }

    /// A code counts once, for the client, the address and the verifier it was given for, and for one key: the one that the request was pushed
    /// with, if it was with one (VCI-10). A wrong attempt ends it.
    pub(super) fn redeem_code(
        &self,
        fields: &BTreeMap<String, String>,
        request: &Checked<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<(String, Token), &'static str> {
        let field = |name: &str| fields.get(name).map(String::as_str).ok_or("invalid_request");
        let code = field("code")?;
        let key = open::key_of(Kind::Code, code);
        let mut found = Code::find(turn.rows, &key, turn.now).ok_or("invalid_grant")?;
        let known = open::until(turn.rows, &key).unwrap_or(turn.now);
        turn.rows.remove(&key);
        let right = field("client_id")? == found.pushed.client_id
            && field("redirect_uri")? == found.pushed.redirect_uri
            && pkce::matches(field("code_verifier")?, &found.pushed.challenge)
            && found.pushed.key.as_ref().is_none_or(|key| *key == request.key.to_string());
        if !right {
            return Err("invalid_grant");
        }
        if found.redeemed.is_none() {
            found.redeemed = Some(request.key.to_string());
            let client = Some(found.pushed.client_id.clone());
            let whose = (client, found.subject.clone(), found.pushed.configurations.clone());
            let redeemed = self.redeem((code, &key), whose, request, turn)?;
            let until = self.known_until(&redeemed.1, turn.now);
            found.put(turn.rows, &key, until);
            open::put_of(turn.rows, &found.subject, &key, until);
            return Ok(redeemed);
        }
        let redeemed = self.redeemed(found.redeemed.as_deref(), (code, &key), request, turn)?;
        found.put(turn.rows, &key, known);
        Ok(redeemed)
    }

    /// A token for a code that nobody has redeemed. Its text is drawn from code and key, so that it need not be kept.
    fn redeem(
        &self,
        (code, key): (&str, &RowKey),
        (client, subject, configurations): (Option<String>, String, Vec<String>),
        request: &Checked<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<(String, Token), &'static str> {
        self.remember(key, request, turn.now)?;
        let until = turn.now.plus(self.config.token_life);
        let family = base64url::encode(open::digest(&[b"family", key]));
        let key = request.key.to_string();
        let token = Token { key, client, subject, configurations, family, since: turn.now, until };
        Ok((self.give(code, None, &token, turn), token))
    }

    /// **VCI-8** A proof is remembered with the code or the token that it came with, once they are found right, and with nothing else.
    pub(super) fn remember(
        &self,
        key: &RowKey,
        request: &Checked<'_>,
        now: UnixTime,
    ) -> Result<(), &'static str> {
        if self.seen().remember(key, &request.jti, now) { Ok(()) } else { Err("invalid_dpop_proof") }
    }

    /// What is wanted, and the keys that are proved; their nonces are used up.
    pub(super) fn read_order(
        &self,
        token: &Token,
        body: &str,
        turn: &mut Turn<'_>,
    ) -> Result<(String, Vec<Jwk>), &'static str> {
        let malformed = "invalid_credential_request";
        let body = json::parse_object(body.as_bytes()).map_err(|_| malformed)?;
        let by_identifier = token.client.is_some();
        let (name, other, unknown) = if by_identifier {
            ("credential_identifier", "credential_configuration_id", "unknown_credential_identifier")
        } else {
            ("credential_configuration_id", "credential_identifier", "unknown_credential_configuration")
        };
        if body.contains_key(other) || body.contains_key("credential_response_encryption") {
            return Err(malformed);
        }
        let configuration = body.get(name).and_then(Value::as_str).ok_or(malformed)?;
        if !token.configurations.iter().any(|granted| granted == configuration) {
            return Err(unknown);
        }
        let (keys, nonces) = self.proved_keys(body.get("proofs"), token.client.as_deref(), turn)?;
        for (nonce, until) in nonces {
            open::put(turn.rows, &open::key_of(Kind::Nonce, &nonce), until, &Value::Null);
        }
        Ok((configuration.to_owned(), keys))
    }

    /// Different keys, each proved, with nonces of this issuer that were not used; and the nonces, with the end of their life.
    fn proved_keys(
        &self,
        proofs: Option<&Value>,
        client: Option<&str>,
        turn: &Turn<'_>,
    ) -> Result<ProvedKeys, &'static str> {
        let invalid = "invalid_proof";
        let proofs = proofs.and_then(Value::as_object).filter(|proofs| proofs.len() == 1).ok_or(invalid)?;
        let list = proofs.get("jwt").and_then(Value::as_array).ok_or(invalid)?;
        if !(1..=self.batch()).contains(&list.len()) {
            return Err(invalid);
        }
        let audience = Audience { issuer: self.config.issuer.as_str(), client, nonce: None };
        let used = RefCell::new(Vec::new());
        let is_known = |nonce: &str| {
            let until = self.nonces.key_proof(nonce, turn.now);
            let until = until.filter(|_| turn.rows.find(&open::key_of(Kind::Nonce, nonce)).is_none());
            used.borrow_mut().extend(until.map(|until| (nonce.to_owned(), until)));
            until.is_some()
        };
        let mut keys: Vec<Jwk> = Vec::new();
        for proof in list {
            let proof = proof.as_str().ok_or(invalid)?;
            let key = proof::verify(proof, &audience, &is_known, turn.now).map_err(|error| match error {
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

    /// RFC 9449 §7.1 and §8: at the token endpoint in the body, at a resource in the header.
    pub(super) fn dpop_error(&self, word: &str, at_resource: bool, now: UnixTime) -> HttpResponse {
        let [nonce, _] = self.nonces.for_dpop(now);
        let status = if at_resource { 401 } else { 400 };
        let answer = error(status, word).with_header("dpop-nonce", &nonce);
        if at_resource {
            answer.with_header("www-authenticate", &format!("DPoP error=\"{word}\""))
        } else {
            answer
        }
    }
}

pub(super) fn invalid_token() -> HttpResponse {
    error(401, "invalid_token").with_header("www-authenticate", "DPoP error=\"invalid_token\"")
}
