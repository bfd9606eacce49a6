//! What a wallet does without the citizen: goes on with what the issuer puts off for days, and has a credential issued again (OpenID4VCI 1.0 §6, §9;
//! RFC 6749 §6; RFC 9449 §5).

use super::again::keys_of;
use super::{
    Call, Client, IssuanceError, IssuanceSession, Issued, NotificationEvent, OfferReview, State, wanted,
};
use crate::dpop::DpopKey;
use crate::http::{Endpoint, HttpRequest};
use crate::vci::metadata::IssuerMetadata;
use crate::vci::offer::CredentialOffer;
use citizen_primitives::UnixTime;
use citizen_primitives::random::CryptoRng;
use serde_json::json;
use zeroize::Zeroizing;

/// By which a wallet gets another access token. It is of use with the key of the session that got it ([`IssuanceSession::with_token_key`]).
#[derive(Clone, PartialEq, Eq)]
pub struct KeptGrant {
    /// The authorization server.
    pub server: String,
    /// The refresh token.
    pub token: Zeroizing<String>,
    /// Whether the wallet has named itself as a client: after a sign-in.
    pub named: bool,
}

impl std::fmt::Debug for KeptGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeptGrant({})", self.server)
    }
}

impl IssuanceSession {
    /// A session without an offer: asks what the issuer says of itself, up to [`super::Step::Review`]. Then [`Self::take_up`].
    pub fn of_issuer(
        issuer: &str,
        configurations: Vec<String>,
        kept: &KeptGrant,
        client: Client,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, IssuanceError> {
        let issuer = Endpoint::parse(issuer, client.reach).map_err(|_| IssuanceError::Metadata)?;
        let mut session = Self::new(client, DpopKey::generate(rng));
        session.kept_server = Some(kept.server.clone());
        let offer = CredentialOffer { issuer, configurations, pre_authorized: None, authorization: None };
        session.take_offer(offer, now, rng)?;
        Ok(session)
    }

    /// In place of [`Self::accept`]: another access token by a refresh token, at the server that gave it, for some of what the session is about.
    pub fn take_up(
        &mut self,
        kept: &KeptGrant,
        configurations: &[String],
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let (State::Review, Some(offer), Some(server)) = (&self.state, &self.offer, &self.server) else {
            return Err(IssuanceError::OutOfStep);
        };
        if configurations.is_empty() || configurations.iter().any(|name| !offer.configurations.contains(name))
        {
            return Err(IssuanceError::Choice);
        }
        if server.issuer != kept.server {
            return Err(IssuanceError::Metadata);
        }
        let mut fields =
            vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", kept.token.to_string())];
        fields.extend(kept.named.then(|| ("client_id", self.client.client_id.clone())));
        self.waiting = wanted(configurations);
        self.kept = Some(kept.clone());
        self.call(Call::Token(fields), now, rng)
    }

    /// By which the session can be taken up again, once there is a token: to be kept before the token is used. A server that rotates refresh tokens
    /// gives the same answer to the last one until the next is used.
    #[must_use]
    pub fn grant(&self) -> Option<&KeptGrant> {
        self.kept.as_ref().filter(|_| self.token.is_some())
    }

    /// Whether there is an access token.
    #[must_use]
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The credential that is asked for now, by its name in the issuer's metadata.
    #[must_use]
    pub fn wanted(&self) -> Option<&str> {
        self.waiting.front().map(|one| one.configuration.as_str())
    }

    /// Whether it is asked for still, or once more: a server may have several of a kind for her.
    #[must_use]
    pub fn still_wants(&self, configuration: &str) -> bool {
        self.waiting.iter().any(|one| one.configuration == configuration)
    }

    /// What has come so far, in the order in which it came: each can be kept at once, whatever becomes of the rest.
    #[must_use]
    pub fn issued(&self) -> &[Issued] {
        &self.issued
    }

    /// By which the issuer knows what it has put off.
    #[must_use]
    pub fn transaction(&self) -> Option<&str> {
        match &self.state {
            State::Wait { call: Call::Deferred { transaction, .. }, .. } => Some(transaction),
            _ => None,
        }
    }

    /// The credential of now is asked for no more in this session: it was put off, or refused. The next one, if there is one.
    pub fn set_aside(&mut self, now: UnixTime, rng: &mut dyn CryptoRng) -> Result<(), IssuanceError> {
        let is_asked = match &self.state {
            State::Wait { .. } | State::Keys { .. } | State::Sign { .. } => true,
            State::Call { call, .. } => {
                matches!(call, Call::Nonce | Call::Credential { .. } | Call::Deferred { .. })
            }
            _ => false,
        };
        if !is_asked || self.waiting.pop_front().is_none() {
            return Err(IssuanceError::OutOfStep);
        }
        self.retries = 0;
        self.ask_for_next(now, rng)
    }

    /// In place of fresh keys: asks for what another session was told to wait for, with the proofs that were sent then.
    pub fn ask_deferred(
        &mut self,
        proofs: &[String],
        transaction: &str,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), IssuanceError> {
        let State::Keys { .. } = self.state else { return Err(IssuanceError::OutOfStep) };
        let wanted = self.waiting.front().cloned().ok_or(IssuanceError::OutOfStep)?;
        let keys = keys_of(proofs).ok_or(IssuanceError::Key)?;
        self.call(Call::Deferred { wanted, keys, transaction: transaction.to_owned() }, now, rng)
    }

    /// What tells the issuer what became of a batch, if it wants to hear it (§11). The session does not wait for the answer, which changes nothing.
    #[must_use]
    pub fn notification(
        &self,
        issued: &Issued,
        event: NotificationEvent,
        now: UnixTime,
        rng: &mut dyn CryptoRng,
    ) -> Option<HttpRequest> {
        let address = self.issuer.as_ref()?.notification.as_ref()?;
        let body = json!({ "notification_id": issued.notification.as_ref()?, "event": event.name() });
        self.authorized(HttpRequest::json(address, &body), now, rng).ok()
    }

    /// The server that gave the refresh token, if it is one of the issuer's still.
    pub(super) fn server_of_grant(&self, issuer: &IssuerMetadata) -> Option<Result<String, IssuanceError>> {
        let kept = self.kept_server.as_ref()?;
        let is_itself = issuer.servers.is_empty() && kept == issuer.issuer.as_str();
        let is_one = is_itself || issuer.servers.contains(kept);
        Some(if is_one { Ok(kept.clone()) } else { Err(IssuanceError::Metadata) })
    }

    /// RFC 6749 §6: the server may give another refresh token, which takes the place of the one before.
    pub(super) fn keep_grant(&mut self, token: Option<&str>) {
        let named = self.is_named();
        let server = self.server.as_ref().map(|server| server.issuer.clone()).unwrap_or_default();
        if let Some(token) = token.filter(|token| (1..=16 * 1024).contains(&token.len())) {
            self.kept = Some(KeptGrant { server, token: Zeroizing::new(token.to_owned()), named });
        }
    }

    /// Whether the wallet is known to the server by its name.
    pub(super) fn is_named(&self) -> bool {
        self.sign_in.is_some() || self.kept.as_ref().is_some_and(|kept| kept.named)
    }
}

impl OfferReview {
    /// The type that the issuer says a configuration is of.
    #[must_use]
    pub fn vct(&self, configuration: &str) -> Option<&str> {
        self.issuer.configurations.get(configuration)?.vct.as_deref()
    }
}
