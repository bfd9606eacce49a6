//! What outlives an access token: refresh tokens (RFC 6749 §6), bound to the wallet's key (RFC 9449 §5), and orders that take days (OpenID4VCI 1.0
//! §9). All tokens that come of one offer or one sign-in are a family: an order is the family's, whichever of its access tokens asks.

use super::open::{self, Digest, Kind, RowKey, Token};
use super::{Checked, Issuer, Turn};
use citizen_jose::base64url;
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most refresh tokens of one citizen that are kept, those that wait for the repeat of a lost answer among them. Beyond that a token comes
/// without one.
const MOST_OF_ONE: usize = 64;
/// The most orders of one family in a day: a citizen's wallet makes a handful.
const MOST_ORDERS: u64 = 64;
const DAY: Seconds = Seconds::new(86_400);

/// How long an issuer knows a wallet again without the citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting {
    /// A refresh token, since it was given: as long as what was issued for it counts.
    pub refresh: Seconds,
    /// An order, since it was made, and the answer to a code: so long a lost answer is given again.
    pub order: Seconds,
    /// An order that takes a while.
    pub deferred: Seconds,
}

/// A refresh token's row. It is under the digest of a text that its predecessor, a code or another refresh token, and the key lead to.
#[derive(Debug, Clone)]
struct Refresh {
    key: String,
    client: Option<String>,
    subject: String,
    configurations: Vec<String>,
    family: String,
    since: UnixTime,
    /// The row of the one that it was given for.
    before: Option<String>,
    /// Whether it was used. It waits for the repeat of a lost answer until its successor is used.
    spent: bool,
}

impl Issuer {
    /// With refresh tokens, and with orders that outlive access tokens.
    #[must_use]
    pub fn with_lasting(mut self, lasting: Lasting) -> Self {
        self.lasting = Some(lasting);
        self
    }

    /// **VCI-13** A refresh token counts once, for its key and its client. Who has used it hears the same again until its successor is used.
    pub(super) fn redeem_refresh(
        &self,
        fields: &BTreeMap<String, String>,
        request: &Checked<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<(String, Token), &'static str> {
        let text = fields.get("refresh_token").ok_or("invalid_request")?;
        let row = open::key_of(Kind::Refresh, text);
        let mut used = Refresh::find(turn.rows, &row, turn.now).ok_or("invalid_grant")?;
        let client = fields.get("client_id");
        let is_hers =
            used.key == request.key.to_string() && (client.is_none() || client == used.client.as_ref());
        if !is_hers || (used.client.is_some() && client.is_none()) {
            return Err("invalid_grant");
        }
        if used.spent {
            return self.redeemed(Some(&used.key), (text, &row), request, turn);
        }
        self.remember(&row, request, turn.now)?;
        if let Some(before) = used.before.take().and_then(|before| base64url::decode(&before).ok()) {
            turn.rows.remove(&before);
            open::forget_of(turn.rows, &used.subject, &before);
        }
        used.spent = true;
        let until = open::until(turn.rows, &row).unwrap_or(turn.now);
        used.put(turn.rows, &row, until);
        let token = Token {
            key: used.key,
            client: used.client,
            subject: used.subject,
            configurations: used.configurations,
            family: used.family,
            since: used.since,
            until: turn.now.plus(self.config.token_life),
        };
        Ok((self.give(text, Some(&row), &token, turn), token))
    }

    /// Writes an access token for a code or a refresh token, and its refresh token beside it.
    pub(super) fn give(
        &self,
        from: &str,
        before: Option<&RowKey>,
        token: &Token,
        turn: &mut Turn<'_>,
    ) -> String {
        let text = self.token_text(from, &token.key);
        let row = open::key_of(Kind::Token, &text);
        token.put(turn.rows, &row);
        open::put_of(turn.rows, &token.subject, &row, token.until);
        if let Some(lasting) = &self.lasting {
            let is_room =
                open::of_subject(turn.rows, &token.subject, Some(Kind::Refresh)).len() < MOST_OF_ONE;
            if is_room || before.is_some() {
                let next = Refresh::of(token, before.map(base64url::encode));
                let row = open::key_of(Kind::Refresh, &self.refresh_text(from, &token.key));
                next.put(turn.rows, &row, turn.now.plus(lasting.refresh));
            }
        }
        text
    }

    /// The refresh token that was given for a code or another one, while nobody has used it.
    pub(super) fn refresh_after(&self, from: &str, token: &Token, turn: &Turn<'_>) -> Option<String> {
        let text = self.refresh_text(from, &token.key);
        let row = Refresh::find(turn.rows, &open::key_of(Kind::Refresh, &text), turn.now)?;
        (!row.spent).then_some(text)
    }

    /// **VCI-7**, **VCI-13** What was given before, to the key that has redeemed it. An access token whose time is over counts anew, if the refresh
    /// token that came with it was not used: its answer may have been lost, and the wallet was away.
    pub(super) fn redeemed(
        &self,
        by: Option<&str>,
        (from, row): (&str, &RowKey),
        request: &Checked<'_>,
        turn: &mut Turn<'_>,
    ) -> Result<(String, Token), &'static str> {
        let key = request.key.to_string();
        if by != Some(key.as_str()) {
            return Err("invalid_grant");
        }
        self.remember(row, request, turn.now)?;
        let text = self.token_text(from, &key);
        let token_row = open::key_of(Kind::Token, &text);
        let refresh = open::key_of(Kind::Refresh, &self.refresh_text(from, &key));
        let refresh = Refresh::find(turn.rows, &refresh, turn.now).filter(|refresh| !refresh.spent);
        let found = Token::find(turn.rows, &token_row, turn.now);
        let renewed = || {
            let token = refresh?.token(turn.now.plus(self.config.token_life));
            token.put(turn.rows, &token_row);
            open::put_of(turn.rows, &token.subject, &token_row, token.until);
            Some(token)
        };
        let token = found.or_else(renewed).ok_or("invalid_grant")?;
        Ok((text, token))
    }

    /// Until when a code that was redeemed is known, to give the same again.
    pub(super) fn known_until(&self, token: &Token, now: UnixTime) -> UnixTime {
        self.lasting.map_or(token.until, |lasting| now.plus(lasting.order))
    }

    /// Until when an order that is made now can come again.
    pub(super) fn order_until(&self, token: &Token, now: UnixTime) -> UnixTime {
        self.known_until(token, now)
    }

    /// Until when an order is waited for: since it was put off first.
    pub(super) fn deferred_until(&self, row: &RowKey, until: UnixTime, turn: &Turn<'_>) -> UnixTime {
        let before = open::find(turn.rows, row, turn.now).and_then(|_| open::until(turn.rows, row));
        before.unwrap_or_else(|| self.lasting.map_or(until, |lasting| turn.now.plus(lasting.deferred)))
    }

    /// One order more of a family; whether it may have it today.
    pub(super) fn count_order(token: &Token, turn: &mut Turn<'_>) -> bool {
        let day = turn.now.seconds() / DAY.count();
        let key = open::key_of(Kind::Count, &format!("orders {} {day}", token.family));
        let count =
            open::find(turn.rows, &key, turn.now).and_then(|count| count.as_u64()).unwrap_or_default();
        if count >= MOST_ORDERS {
            return false;
        }
        let until = turn.now.plus(DAY);
        open::put(turn.rows, &key, until, &Value::from(count.saturating_add(1)));
        open::put_of(turn.rows, &token.subject, &key, until);
        true
    }

    /// **VCI-14** Somebody gets this credential anew: what came of earlier offers and sign-ins of hers asks for no more copies of it.
    pub fn ends_older(&self, order: &super::IssueOrder, turn: &mut Turn<'_>) {
        for row in open::of_subject(turn.rows, &order.subject, Some(Kind::Refresh)) {
            let Some(refresh) = Refresh::find(turn.rows, &row, turn.now) else { continue };
            if refresh.family != order.family && refresh.since < order.since {
                without(turn.rows, &row, refresh, &order.configuration);
            }
        }
    }

    /// Ends what is open for somebody of one credential: offers, sign-ins and orders of it, and that tokens ask for it.
    pub fn forget_one(&self, subject: &str, configuration: &str, rows: &mut dyn open::OpenRows) {
        let always = UnixTime::default();
        for row in open::of_subject(rows, subject, None) {
            if let Some(refresh) = Refresh::find(rows, &row, always) {
                without(rows, &row, refresh, configuration);
            } else if let Some(mut token) =
                open::is_of(&row, Kind::Token).then(|| Token::find(rows, &row, always)).flatten()
            {
                token.configurations.retain(|one| one != configuration);
                token.put(rows, &row);
            } else if open::names(rows, &row, configuration) {
                rows.remove(&row);
                open::forget_of(rows, subject, &row);
            }
        }
    }

    pub(super) fn token_text(&self, from: &str, key: &str) -> String {
        self.nonces.text_for("access token", &drawn(from, key))
    }

    fn refresh_text(&self, from: &str, key: &str) -> String {
        self.nonces.text_for("refresh token", &drawn(from, key))
    }
}

impl Refresh {
    fn of(token: &Token, before: Option<String>) -> Self {
        let Token { key, client, subject, configurations, family, since, until: _ } = token.clone();
        Self { key, client, subject, configurations, family, since, before, spent: false }
    }

    fn token(self, until: UnixTime) -> Token {
        let Self { key, client, subject, configurations, family, since, before: _, spent: _ } = self;
        Token { key, client, subject, configurations, family, since, until }
    }

    fn find(rows: &dyn open::OpenRows, row: &[u8], now: UnixTime) -> Option<Self> {
        if !open::is_of(row, Kind::Refresh) {
            return None;
        }
        let value = open::find(rows, row, now)?;
        Some(Self {
            key: open::text(&value, "key")?,
            client: open::text(&value, "client"),
            subject: open::text(&value, "subject")?,
            configurations: open::texts(&value, "configurations")?,
            family: open::text(&value, "family")?,
            since: UnixTime::from_seconds(value.get("since")?.as_u64()?),
            before: open::text(&value, "before"),
            spent: value.get("spent")?.as_bool()?,
        })
    }

    fn put(&self, rows: &mut dyn open::OpenRows, row: &[u8], until: UnixTime) {
        let value = json!({ "key": self.key, "client": self.client, "subject": self.subject,
            "configurations": self.configurations, "family": self.family, "since": self.since.seconds(),
            "before": self.before, "spent": self.spent });
        open::put(rows, row, until, &value);
        open::put_of(rows, &self.subject, row, until);
    }
}

/// A refresh token without one of its credentials; gone with the last.
fn without(rows: &mut dyn open::OpenRows, row: &RowKey, mut refresh: Refresh, configuration: &str) {
    refresh.configurations.retain(|one| one != configuration);
    if refresh.configurations.is_empty() {
        rows.remove(row);
        open::forget_of(rows, &refresh.subject, row);
    } else {
        let until = open::until(rows, row).unwrap_or_default();
        refresh.put(rows, row, until);
    }
}

fn drawn(from: &str, key: &str) -> Digest {
    open::digest(&[from.as_bytes(), key.as_bytes()])
}
