//! What an issuer has open, as rows that outlive a call: codes, tokens, orders. Keys are digests: whoever reads the rows has no code and no
//! token. Each row says until when it counts.

use citizen_jose::{Jwk, json};
use citizen_primitives::UnixTime;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Where an issuer keeps what is open. All that one call reads and writes belongs in one transaction. What cannot be read is not there: the
/// caller learns by itself that its database has failed, and answers nobody.
pub trait OpenRows {
    /// The row under a key.
    fn find(&self, key: &[u8]) -> Option<Vec<u8>>;
    /// The keys that begin so.
    fn under(&self, prefix: &[u8]) -> Vec<Vec<u8>>;
    /// Writes a row.
    fn put(&mut self, key: &[u8], row: Vec<u8>);
    /// Removes a row.
    fn remove(&mut self, key: &[u8]);
}

/// Rows in memory: a restart ends what is open.
#[derive(Debug, Default)]
pub struct MemoryRows(BTreeMap<Vec<u8>, Vec<u8>>);

impl OpenRows for MemoryRows {
    fn find(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }

    fn under(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let rows = self.0.range(prefix.to_vec()..).map(|(key, _)| key);
        rows.take_while(|key| key.starts_with(prefix)).cloned().collect()
    }

    fn put(&mut self, key: &[u8], row: Vec<u8>) {
        self.0.insert(key.to_vec(), row);
    }

    fn remove(&mut self, key: &[u8]) {
        self.0.remove(key);
    }
}

/// What a row is: the first byte of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A pre-authorised code.
    Grant,
    /// A pushed request.
    Pushed,
    /// The code of a sign-in.
    Code,
    /// An access token.
    Token,
    /// What was asked for with a token.
    Order,
    /// An order that takes a while.
    Deferred,
    /// By which a wallet says what became of an order.
    Notification,
    /// A nonce of a key proof that is used up.
    Nonce,
    /// How many requests were pushed in a while.
    Count,
    /// Whose a row is.
    Subject,
    /// A refresh token.
    Refresh,
}

/// SHA-256 of a text that a wallet holds.
pub(super) type Digest = [u8; 32];

/// A row's key.
pub(super) type RowKey = Vec<u8>;

pub(super) fn digest(parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

pub(super) fn key(kind: Kind, of: &Digest) -> RowKey {
    let mut key = vec![number(kind)];
    key.extend(of);
    key
}

pub(super) fn key_of(kind: Kind, text: &str) -> RowKey {
    key(kind, &digest(&[text.as_bytes()]))
}

const fn number(kind: Kind) -> u8 {
    match kind {
        Kind::Grant => 1,
        Kind::Pushed => 2,
        Kind::Code => 3,
        Kind::Token => 4,
        Kind::Order => 5,
        Kind::Deferred => 6,
        Kind::Notification => 7,
        Kind::Nonce => 8,
        Kind::Count => 9,
        Kind::Subject => 10,
        Kind::Refresh => 11,
    }
}

/// Whether a row is of a kind, by its key.
pub(super) fn is_of(key: &[u8], kind: Kind) -> bool {
    key.first() == Some(&number(kind))
}

/// Whether a row is for one credential, alone or among others.
pub(super) fn names(rows: &dyn OpenRows, key: &[u8], configuration: &str) -> bool {
    let Some(value) = find(rows, key, UnixTime::default()) else { return false };
    let of = value.get("pushed").unwrap_or(&value);
    text(of, "configuration").is_some_and(|one| one == configuration)
        || texts(of, "configurations").is_some_and(|all| all.iter().any(|one| one == configuration))
}

/// Reads what stands in a row, if it counts now.
pub(super) fn find(rows: &dyn OpenRows, key: &[u8], now: UnixTime) -> Option<Value> {
    let row = rows.find(key)?;
    let (until, text) = split(&row)?;
    if now > until { None } else { json::parse(text).ok() }
}

pub(super) fn put(rows: &mut dyn OpenRows, key: &[u8], until: UnixTime, value: &Value) {
    let mut row = until.seconds().to_be_bytes().to_vec();
    row.extend(value.to_string().into_bytes());
    rows.put(key, row);
}

/// Whether a row counts no more, and can be removed.
pub(super) fn is_over(row: &[u8], now: UnixTime) -> bool {
    split(row).is_none_or(|(until, _)| now > until)
}

fn split(row: &[u8]) -> Option<(UnixTime, &[u8])> {
    let (until, text) = row.split_first_chunk::<8>()?;
    Some((UnixTime::from_seconds(u64::from_be_bytes(*until)), text))
}

/// Writes whose a row is, so that it ends with what else is hers.
pub(super) fn put_of(rows: &mut dyn OpenRows, subject: &str, key: &[u8], until: UnixTime) {
    put(rows, &[subject_prefix(subject), key.to_vec()].concat(), until, &Value::Null);
}

pub(super) fn forget_of(rows: &mut dyn OpenRows, subject: &str, key: &[u8]) {
    rows.remove(&[subject_prefix(subject), key.to_vec()].concat());
}

/// The keys of what somebody has open, of one kind or of all.
pub(super) fn of_subject(rows: &dyn OpenRows, subject: &str, kind: Option<Kind>) -> Vec<RowKey> {
    let mut prefix = subject_prefix(subject);
    let length = prefix.len();
    prefix.extend(kind.map(number));
    rows.under(&prefix).into_iter().filter_map(|key| Some(key.get(length..)?.to_vec())).collect()
}

fn subject_prefix(subject: &str) -> Vec<u8> {
    key_of(Kind::Subject, subject)
}

/// A pre-authorised code's.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) subject: String,
    pub(super) configurations: Vec<String>,
    pub(super) transaction_code: Option<String>,
    pub(super) attempts: u64,
    /// Whose key has redeemed it.
    pub(super) redeemed: Option<String>,
}

/// A pushed request's.
#[derive(Debug, Clone)]
pub(super) struct Pushed {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) challenge: String,
    pub(super) configurations: Vec<String>,
    /// The thumbprint of the key that its code is for.
    pub(super) key: Option<String>,
    /// Whether its page was opened.
    pub(super) opened: bool,
    /// How often somebody did not show who she is.
    pub(super) attempts: u64,
}

/// A sign-in's.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) pushed: Pushed,
    pub(super) subject: String,
    pub(super) redeemed: Option<String>,
}

/// An access token's.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// The thumbprint of the key that it is bound to.
    pub(super) key: String,
    pub(super) client: Option<String>,
    pub(super) subject: String,
    pub(super) configurations: Vec<String>,
    /// The family of tokens that it is of,
    pub(super) family: String,
    /// and since when there is one.
    pub(super) since: UnixTime,
    pub(super) until: UnixTime,
}

impl Grant {
    pub(super) fn find(rows: &dyn OpenRows, key: &[u8], now: UnixTime) -> Option<Self> {
        let value = find(rows, key, now)?;
        Some(Self {
            subject: text(&value, "subject")?,
            configurations: texts(&value, "configurations")?,
            transaction_code: text(&value, "transaction_code"),
            attempts: value.get("attempts")?.as_u64()?,
            redeemed: text(&value, "redeemed"),
        })
    }

    pub(super) fn put(&self, rows: &mut dyn OpenRows, key: &[u8], until: UnixTime) {
        let value = json!({ "subject": self.subject, "configurations": self.configurations,
            "transaction_code": self.transaction_code, "attempts": self.attempts,
            "redeemed": self.redeemed });
        put(rows, key, until, &value);
    }
}

/// Until when a row counts.
pub(super) fn until(rows: &dyn OpenRows, key: &[u8]) -> Option<UnixTime> {
    split(&rows.find(key)?).map(|(until, _)| until)
}

impl Pushed {
    pub(super) fn find(rows: &dyn OpenRows, key: &[u8], now: UnixTime) -> Option<Self> {
        Self::of(&find(rows, key, now)?)
    }

    pub(super) fn put(&self, rows: &mut dyn OpenRows, key: &[u8], until: UnixTime) {
        put(rows, key, until, &self.to_value());
    }

    fn of(value: &Value) -> Option<Self> {
        Some(Self {
            client_id: text(value, "client_id")?,
            redirect_uri: text(value, "redirect_uri")?,
            state: text(value, "state"),
            challenge: text(value, "challenge")?,
            configurations: texts(value, "configurations")?,
            key: text(value, "key"),
            opened: value.get("opened").and_then(Value::as_bool).unwrap_or_default(),
            attempts: value.get("attempts").and_then(Value::as_u64).unwrap_or_default(),
        })
    }

    fn to_value(&self) -> Value {
        json!({ "client_id": self.client_id, "redirect_uri": self.redirect_uri, "state": self.state,
            "challenge": self.challenge, "configurations": self.configurations, "key": self.key,
            "opened": self.opened, "attempts": self.attempts })
    }
}

impl Code {
    pub(super) fn find(rows: &dyn OpenRows, key: &[u8], now: UnixTime) -> Option<Self> {
        let value = find(rows, key, now)?;
        let pushed = Pushed::of(value.get("pushed")?)?;
        Some(Self { pushed, subject: text(&value, "subject")?, redeemed: text(&value, "redeemed") })
    }

    pub(super) fn put(&self, rows: &mut dyn OpenRows, key: &[u8], until: UnixTime) {
        let pushed = self.pushed.to_value();
        let value = json!({ "pushed": pushed, "subject": self.subject, "redeemed": self.redeemed });
        put(rows, key, until, &value);
    }
}

impl Token {
    pub(super) fn find(rows: &dyn OpenRows, key: &[u8], now: UnixTime) -> Option<Self> {
        let value = find(rows, key, now)?;
        Some(Self {
            key: text(&value, "key")?,
            client: text(&value, "client"),
            subject: text(&value, "subject")?,
            configurations: texts(&value, "configurations")?,
            family: text(&value, "family")?,
            since: UnixTime::from_seconds(value.get("since")?.as_u64()?),
            until: until(rows, key)?,
        })
    }

    pub(super) fn put(&self, rows: &mut dyn OpenRows, key: &[u8]) {
        let value = json!({ "key": self.key, "client": self.client, "subject": self.subject,
            "configurations": self.configurations, "family": self.family, "since": self.since.seconds() });
        put(rows, key, self.until, &value);
    }
}

/// Keys as JWK.
pub(super) fn keys_of(value: &Value) -> Option<Vec<Jwk>> {
    value.get("keys")?.as_array()?.iter().map(|key| Jwk::from_value(key).ok()).collect()
}

pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

pub(super) fn texts(value: &Value, name: &str) -> Option<Vec<String>> {
    value.get(name)?.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect()
}
