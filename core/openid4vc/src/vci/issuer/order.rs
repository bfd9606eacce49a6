//! What is asked for with a token: OpenID4VCI 1.0 §8, §9, §11. The same request is the same order, however often it comes.

use super::open::{self, Digest, Kind, Token};
use super::{Checked, Issuer, Turn, checks, error, uncached};
use crate::http::HttpResponse;
use citizen_jose::{Jwk, base64url, json};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value, json};

/// What is asked for at the credential endpoint.
#[derive(Debug)]
pub enum CredentialCall {
    /// Nothing to issue: answer this.
    Answer(HttpResponse),
    /// This is to be issued, once to each key: [`Issuer::issued`], [`Issuer::defer`] or [`Issuer::deny`] make the answer.
    Issue(IssueOrder),
}

/// Something to issue.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueOrder {
    /// Its name: the same when the same request comes again, because its answer was lost. Whoever issues keeps to what it has issued for it.
    pub id: [u8; 32],
    /// To whom, as the issuer named her when it made the offer or she signed in.
    pub subject: String,
    /// What.
    pub configuration: String,
    /// The keys that she proved to have.
    pub keys: Vec<Jwk>,
    /// Until when it can come again.
    pub until: UnixTime,
    pub(super) family: String,
    pub(super) since: UnixTime,
}

impl Issuer {
    /// §8: the credential endpoint.
    pub fn credential(&self, request: &Checked<'_>, turn: &mut Turn<'_>) -> CredentialCall {
        let token = match self.authorized(request, turn) {
            Ok(token) => token,
            Err(answer) => return CredentialCall::Answer(*answer),
        };
        let id = open::digest(&[b"order", token.family.as_bytes(), request.body.as_bytes()]);
        if let Some(order) = IssueOrder::find(turn, id) {
            return CredentialCall::Issue(order);
        }
        if !Self::count_order(&token, turn) {
            return CredentialCall::Answer(error(400, "invalid_credential_request"));
        }
        let (configuration, keys) = match self.read_order(&token, request.body, turn) {
            Ok(wanted) => wanted,
            Err(word) => return CredentialCall::Answer(error(400, word)),
        };
        let until = self.order_until(&token, turn.now);
        let Token { subject, family, since, .. } = token;
        let order = IssueOrder { id, subject, configuration, keys, until, family, since };
        self.keep(&order, turn);
        CredentialCall::Issue(order)
    }

    /// The answer with the credentials, one for each key or fewer: texts, or objects if they are W3C credentials with Data Integrity (VCI-15). `of` is the
    /// order from [`Self::credential`] or [`Self::deferred`].
    #[must_use]
    pub fn issued<C: Clone + Into<Value>>(&self, of: &IssueOrder, credentials: &[C]) -> HttpResponse {
        let one = |credential: &C| json!({ "credential": credential.clone().into() });
        let list: Vec<Value> = credentials.iter().map(one).collect();
        uncached(&json!({ "credentials": list, "notification_id": self.notification_id(&of.id) }))
    }

    /// The answer that it takes a while (§8.3): 202.
    pub fn defer(&self, order: &IssueOrder, interval: Seconds, turn: &mut Turn<'_>) -> HttpResponse {
        let transaction = self.nonces.text_for("transaction", &order.id);
        let key = open::key_of(Kind::Deferred, &transaction);
        let value = json!({ "order": base64url::encode(order.id), "interval": interval.count() });
        let until = self.deferred_until(&key, order.until, turn);
        open::put(turn.rows, &key, until, &value);
        open::put_of(turn.rows, &order.subject, &key, until);
        self.keep(&IssueOrder { until, ..order.clone() }, turn);
        not_yet(&transaction, interval)
    }

    /// The answer that it is not issued (§8.3.1.2).
    #[must_use]
    pub fn deny() -> HttpResponse {
        error(400, "credential_request_denied")
    }

    /// §9: the deferred credential endpoint. `is_ready` says whether an order can be issued now.
    pub fn deferred(
        &self,
        request: &Checked<'_>,
        is_ready: &dyn Fn(&IssueOrder) -> bool,
        turn: &mut Turn<'_>,
    ) -> CredentialCall {
        let token = match self.authorized(request, turn) {
            Ok(token) => token,
            Err(answer) => return CredentialCall::Answer(*answer),
        };
        let body = json::parse_object(request.body.as_bytes()).unwrap_or_default();
        let transaction = text(&body, "transaction_id");
        let row = open::find(turn.rows, &open::key_of(Kind::Deferred, transaction), turn.now);
        let found = row.and_then(|row| {
            let id = base64url::decode(row.get("order")?.as_str()?).ok()?.try_into().ok()?;
            let interval = Seconds::new(row.get("interval")?.as_u64()?);
            let order = IssueOrder::find(turn, id).filter(|order| order.family == token.family);
            Some((order?, interval))
        });
        match found {
            None => CredentialCall::Answer(error(400, "invalid_transaction_id")),
            Some((order, _)) if is_ready(&order) => CredentialCall::Issue(order),
            Some((_, interval)) => CredentialCall::Answer(not_yet(transaction, interval)),
        }
    }

    /// §11: the notification endpoint. The same notification again is answered the same; what a wallet says changes nothing.
    pub fn notification(&self, request: &Checked<'_>, turn: &mut Turn<'_>) -> HttpResponse {
        let token = match self.authorized(request, turn) {
            Ok(token) => token,
            Err(answer) => return *answer,
        };
        let body = json::parse_object(request.body.as_bytes()).unwrap_or_default();
        let known = ["credential_accepted", "credential_failure", "credential_deleted"];
        if !known.contains(&text(&body, "event")) {
            return error(400, "invalid_notification_request");
        }
        let row = open::key_of(Kind::Notification, text(&body, "notification_id"));
        let of = open::find(turn.rows, &row, turn.now);
        if of.and_then(|of| open::text(&of, "family")) == Some(token.family) {
            HttpResponse { status: 204, headers: Vec::new(), body: Vec::new() }
        } else {
            error(400, "invalid_notification_id")
        }
    }

    /// **VCI-8** The token of a request, whose key has made the proof; the proof was not seen with it before.
    fn authorized(&self, request: &Checked<'_>, turn: &Turn<'_>) -> Result<Token, Box<HttpResponse>> {
        let refused = || Box::new(checks::invalid_token());
        let key = open::key_of(Kind::Token, request.token.ok_or_else(refused)?);
        let token = Token::find(turn.rows, &key, turn.now).ok_or_else(refused)?;
        if token.key != request.key.to_string() {
            return Err(refused());
        }
        if !self.seen().remember(&key, &request.jti, turn.now) {
            return Err(Box::new(self.dpop_error("invalid_dpop_proof", true, turn.now)));
        }
        Ok(token)
    }

    /// An order, and by which name the wallet will say what became of it.
    fn keep(&self, order: &IssueOrder, turn: &mut Turn<'_>) {
        let keys: Vec<Value> = order.keys.iter().map(Jwk::to_value).collect();
        let value = json!({ "subject": order.subject, "configuration": order.configuration, "keys": keys,
            "family": order.family, "since": order.since.seconds() });
        let key = open::key(Kind::Order, &order.id);
        open::put(turn.rows, &key, order.until, &value);
        open::put_of(turn.rows, &order.subject, &key, order.until);
        let notification = open::key_of(Kind::Notification, &self.notification_id(&order.id));
        open::put(turn.rows, &notification, order.until, &json!({ "family": order.family }));
    }

    fn notification_id(&self, order: &Digest) -> String {
        self.nonces.text_for("notification", order)
    }
}

impl IssueOrder {
    fn find(turn: &Turn<'_>, id: Digest) -> Option<Self> {
        let key = open::key(Kind::Order, &id);
        let value = open::find(turn.rows, &key, turn.now)?;
        Some(Self {
            id,
            subject: open::text(&value, "subject")?,
            configuration: open::text(&value, "configuration")?,
            keys: open::keys_of(&value)?,
            until: open::until(turn.rows, &key)?,
            family: open::text(&value, "family")?,
            since: UnixTime::from_seconds(value.get("since")?.as_u64()?),
        })
    }
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn not_yet(transaction: &str, interval: Seconds) -> HttpResponse {
    let mut answer = uncached(&json!({ "transaction_id": transaction, "interval": interval.count().max(1) }));
    answer.status = 202;
    answer
}
