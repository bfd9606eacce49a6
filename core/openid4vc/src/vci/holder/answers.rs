//! What an issuance makes of each answer: OpenID4VCI 1.0 §6 to §9, §12; RFC 9449 §8.

use super::{
    Call, IssuanceError, IssuanceSession, Issued, LONGEST_WAIT, MOST_RETRIES, NotificationEvent, State,
    Token, Wanted,
};
use crate::http::{Endpoint, HttpResponse, JSON};
use crate::vci::definition::CredentialDefinition;
use crate::vci::metadata::{self, IssuerMetadata, ServerMetadata};
use crate::vci::offer::{CredentialOffer, TRIES_LEFT};
use citizen_jose::Jwk;
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value};
use std::collections::VecDeque;
use zeroize::Zeroizing;

impl IssuanceSession {
    pub(super) fn take_offer(
        &mut self,
        offer: CredentialOffer,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let address = metadata::well_known(&offer.issuer, "openid-credential-issuer", self.client.reach);
        self.offer = Some(offer);
        self.call(Call::Issuer(address.ok_or(IssuanceError::Metadata)?), now, rng)
    }

    pub(super) fn take_issuer(
        &mut self,
        value: &Map<String, Value>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let offer = self.offer.as_ref().ok_or(IssuanceError::OutOfStep)?;
        let issuer = IssuerMetadata::from_value(value, &offer.issuer, self.client.reach);
        let issuer = issuer.ok_or(IssuanceError::Metadata)?;
        check_offer(offer, &issuer)?;
        let server = self.server_of_grant(&issuer).unwrap_or_else(|| server_of(offer, &issuer))?;
        let base = Endpoint::parse(&server, self.client.reach).map_err(|_| IssuanceError::Metadata)?;
        let address = metadata::well_known(&base, "oauth-authorization-server", self.client.reach);
        self.issuer = Some(issuer);
        self.call(Call::Server(address.ok_or(IssuanceError::Metadata)?, server), now, rng)
    }

    pub(super) fn take_server(
        &mut self,
        value: &Map<String, Value>,
        asked: &str,
    ) -> Result<(), IssuanceError> {
        let server = ServerMetadata::from_value(value, asked, self.client.reach);
        self.server = Some(server.ok_or(IssuanceError::Metadata)?);
        self.state = State::Review;
        Ok(())
    }

    pub(super) fn take_token(
        &mut self,
        value: &Map<String, Value>,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let token = text(value, "access_token")
            .filter(|token| token.len() <= 16 * 1024)
            .ok_or(IssuanceError::Answer)?;
        let kind = text(value, "token_type").ok_or(IssuanceError::Answer)?;
        let wants_bound = self.server.as_ref().is_some_and(|server| server.dpop);
        let bound = kind.eq_ignore_ascii_case("DPoP");
        // A server that binds tokens and gives one that is bound to nothing: somebody between took the proof out.
        if bound != wants_bound || !(bound || kind.eq_ignore_ascii_case("Bearer")) {
            return Err(IssuanceError::Answer);
        }
        self.token = Some(Token { text: Zeroizing::new(token.to_owned()), bound });
        let is_refreshed = self.kept.is_some();
        self.keep_grant(text(value, "refresh_token"));
        if let Some(details) = value.get("authorization_details") {
            self.waiting = identified(&self.waiting, details, is_refreshed).ok_or(IssuanceError::Answer)?;
        }
        self.retries = 0;
        self.ask_for_next(now, rng)
    }

    /// The next credential: with keys and a nonce, or without where it is bound to no key.
    pub(super) fn ask_for_next(
        &mut self,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let Some(wanted) = self.waiting.front().cloned() else {
            self.state = State::Received;
            return Ok(());
        };
        let configuration = self.configuration().ok_or(IssuanceError::Unsupported)?;
        if configuration.proof_algorithms.is_none() {
            return self.call(Call::Credential { wanted, keys: Vec::new(), proofs: Vec::new() }, now, rng);
        }
        match self.issuer.as_ref().and_then(|issuer| issuer.nonce.as_ref()) {
            Some(_) => self.call(Call::Nonce, now, rng),
            None => {
                self.state = State::Keys { nonce: None };
                Ok(())
            }
        }
    }

    pub(super) fn take_nonce(&mut self, value: &Map<String, Value>) -> Result<(), IssuanceError> {
        let nonce = text(value, "c_nonce").filter(|nonce| (1..=1024).contains(&nonce.len()));
        self.state = State::Keys { nonce: Some(nonce.ok_or(IssuanceError::Answer)?.to_owned()) };
        Ok(())
    }

    pub(super) fn take_credential(
        &mut self,
        wanted: Wanted,
        keys: Vec<Jwk>,
        response: &HttpResponse,
        (now, rng): (UnixTime, &mut dyn CryptoRng),
    ) -> Result<(), IssuanceError> {
        if !response.is_success() {
            let error = refusal(response);
            let is = |word: &str| error == IssuanceError::Refused(word.to_owned());
            // VCI-9: an old proof may be refused for its own time before anybody looks at its nonce.
            let stale = is("invalid_nonce") || (std::mem::take(&mut self.repeats) && is("invalid_proof"));
            if stale && self.retries < MOST_RETRIES {
                self.retries += 1;
                return self.call(Call::Nonce, now, rng);
            }
            return Err(error);
        }
        let value = success(response)?;
        if let Some(transaction) = text(&value, "transaction_id") {
            let seconds = value.get("interval").and_then(Value::as_u64).filter(|seconds| *seconds > 0);
            let seconds = Seconds::new(seconds.ok_or(IssuanceError::Answer)?.min(LONGEST_WAIT));
            let call = Call::Deferred { wanted, keys, transaction: transaction.to_owned() };
            self.state = State::Wait { seconds, call };
            return Ok(());
        }
        let definition = self.configuration().and_then(|known| known.definition.as_ref());
        let came = credentials(&value, definition, keys.len().max(1)).ok_or(IssuanceError::Answer)?;
        let (credentials, documents) = came;
        let notification = text(&value, "notification_id").map(str::to_owned);
        let configuration = wanted.configuration;
        self.issued.push(Issued { configuration, credentials, documents, keys, notification });
        self.waiting.pop_front();
        self.retries = 0;
        self.ask_for_next(now, rng)
    }

    pub(super) fn notify(
        &mut self,
        mut ids: Vec<String>,
        event: NotificationEvent,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        if ids.is_empty() {
            self.state = State::Done;
            return Ok(());
        }
        let id = ids.remove(0);
        self.call(Call::Notification { id, rest: ids, event }, now, rng)
    }

    /// RFC 9449 §8 and §9: takes the server's nonce; whether the request is to be made again with it.
    pub(super) fn wants_another_nonce(&mut self, response: &HttpResponse, call: &Call) -> bool {
        if let Some(nonce) = response.header("dpop-nonce").filter(|nonce| (1..=1024).contains(&nonce.len())) {
            self.dpop_nonce = Some(nonce.to_owned());
        } else {
            return false;
        }
        let proves = !matches!(call, Call::Offer(_) | Call::Issuer(_) | Call::Server(..) | Call::Nonce);
        let in_body = response.object().is_some_and(|value| text(&value, "error") == Some("use_dpop_nonce"));
        let in_header =
            response.header("www-authenticate").is_some_and(|words| words.contains("use_dpop_nonce"));
        proves && !response.is_success() && (in_body || in_header) && self.retries < MOST_RETRIES
    }
}

pub(super) fn text<'a>(value: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// At most so much of a server's word.
pub(super) fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(64).collect()
}

pub(super) fn success(response: &HttpResponse) -> Result<Map<String, Value>, IssuanceError> {
    if !response.is_success() {
        return Err(refusal(response));
    }
    response.object().filter(|_| response.is_of(JSON)).ok_or(IssuanceError::Answer)
}

fn refusal(response: &HttpResponse) -> IssuanceError {
    let value = response.object().unwrap_or_default();
    let is_of_grant = text(&value, "error") == Some("invalid_grant");
    let tries_left = value.get(TRIES_LEFT).and_then(Value::as_u64).filter(|tries| is_of_grant && *tries > 0);
    if let Some(tries_left) = tries_left {
        return IssuanceError::WrongCode { tries_left };
    }
    text(&value, "error").map_or(IssuanceError::Answer, |error| IssuanceError::Refused(word(error)))
}

/// Everything offered must be known to the issuer's metadata, and possible here.
fn check_offer(offer: &CredentialOffer, issuer: &IssuerMetadata) -> Result<(), IssuanceError> {
    if issuer.needs_encryption {
        return Err(IssuanceError::Unsupported);
    }
    for name in &offer.configurations {
        let known = issuer.configurations.get(name).ok_or(IssuanceError::Metadata)?;
        let provable = known.proof_algorithms.as_ref().is_none_or(|names| {
            names.iter().any(|name| matches!(name.as_str(), "ES256" | "EdDSA" | "Ed25519"))
        });
        let nameable = known.proof_algorithms.is_none() || known.key_name.is_some();
        if known.needs_attestation || !provable || !nameable {
            return Err(IssuanceError::Unsupported);
        }
    }
    Ok(())
}

/// §4.1.1: the one that the grant names, which must be one of the issuer's; else its first, or itself.
fn server_of(offer: &CredentialOffer, issuer: &IssuerMetadata) -> Result<String, IssuanceError> {
    let pre_authorized = offer.pre_authorized.as_ref().and_then(|grant| grant.server.as_ref());
    let named = pre_authorized.or(offer.authorization.as_ref().and_then(|grant| grant.server.as_ref()));
    match named {
        Some(name) if issuer.servers.contains(name) => Ok(name.clone()),
        Some(_) => Err(IssuanceError::Metadata),
        None => Ok(issuer.servers.first().cloned().unwrap_or_else(|| issuer.issuer.as_str().to_owned())),
    }
}

/// §6.2: for each that is wanted, the identifiers that the server gave; those that it did not grant are left out. A token that was refreshed may be for more
/// than is wanted now.
fn identified(wanted: &VecDeque<Wanted>, details: &Value, is_refreshed: bool) -> Option<VecDeque<Wanted>> {
    let mut all = VecDeque::new();
    for detail in details.as_array()? {
        let name = detail.get("credential_configuration_id")?.as_str()?;
        if !wanted.iter().any(|one| one.configuration == name) {
            if is_refreshed {
                continue;
            }
            return None;
        }
        for identifier in detail.get("credential_identifiers")?.as_array()? {
            let identifier = Some(identifier.as_str()?.to_owned());
            all.push_back(Wanted { configuration: name.to_owned(), identifier });
        }
    }
    (1..=64).contains(&all.len()).then_some(all)
}

/// Texts, or documents: one of both lists is empty.
type Credentials = (Vec<String>, Vec<Map<String, Value>>);

/// **VCI-15** §8.3: at least one and no more than there were keys. Those of a configuration of `ldp_vc` are objects, of what its definition says (A.1.2.4);
/// all others are texts.
fn credentials(
    value: &Map<String, Value>,
    definition: Option<&CredentialDefinition>,
    most: usize,
) -> Option<Credentials> {
    let list = value.get("credentials")?.as_array().filter(|list| (1..=most).contains(&list.len()))?;
    let all = list.iter().map(|one| one.get("credential"));
    let Some(definition) = definition else {
        return Some((all.map(|one| one?.as_str().map(str::to_owned)).collect::<Option<_>>()?, Vec::new()));
    };
    let document = |one: Option<&Value>| one?.as_object().filter(|one| definition.fits(one)).cloned();
    Some((Vec::new(), all.map(document).collect::<Option<_>>()?))
}
