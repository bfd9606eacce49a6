//! Requests that wallets push, and the page on which a citizen signs in for one: RFC 9126, RFC 6749 §4.1, OpenID4VCI 1.0 §5.

use super::open::{self, Code, Kind, Pushed, RowKey};
use super::{Incoming, Issuer, MOST_ATTEMPTS, Turn, error, fresh, uncached};
use crate::dpop::{self, Target};
use crate::http::{self, Endpoint, HttpResponse, Method};
use citizen_jose::json;
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Value, json};

/// How long a pushed request waits for a browser, and the code of a sign-in for its wallet.
const SHORT: Seconds = Seconds::new(120);
/// How long an open page waits for the citizen.
const OPEN: Seconds = Seconds::new(600);
/// The most requests that are pushed in [`SHORT`].
const MOST_PUSHED: u64 = 10_000;
/// The most characters of a client's name and of a state, and the most credentials of a request.
const LONGEST: usize = 512;
const MOST: usize = 32;
/// The characters of a challenge: SHA-256, base64url.
const CHALLENGE: usize = 43;

/// A pushed request that breaks no rule by itself.
#[derive(Debug)]
pub struct CheckedPush(Pushed);

impl Issuer {
    /// RFC 9126 §2.1: reads a request that is pushed, and whose key its code will be for (RFC 9449 §10); else the answer that says what is wrong.
    /// Nothing that is open is looked at.
    pub fn check_push(&self, incoming: &Incoming<'_>, now: UnixTime) -> Result<CheckedPush, HttpResponse> {
        let invalid = || error(400, "invalid_request");
        let mut pushed = self.read_pushed(incoming.body).ok_or_else(invalid)?;
        if let Some(proof) = incoming.dpop {
            let wrong = || error(400, "invalid_dpop_proof");
            let url = Endpoint::parse(&self.address("par"), self.config.reach).map_err(|_| invalid())?;
            let target = Target { method: Method::Post, url: &url, token: None, nonce: None };
            let (key, _) = dpop::verify(proof, &target, now).map_err(|_| wrong())?;
            let key = key.thumbprint().to_string();
            if pushed.key.as_ref().is_some_and(|named| *named != key) {
                return Err(wrong());
            }
            pushed.key = Some(key);
        }
        Ok(CheckedPush(pushed))
    }

    /// RFC 9126 §2.2: the request is open from now on.
    pub fn push(&self, request: CheckedPush, turn: &mut Turn<'_>) -> HttpResponse {
        if !count_pushed(turn) {
            return error(400, "invalid_request");
        }
        let uri = format!("urn:ietf:params:oauth:request_uri:{}", fresh(turn.rng));
        request.0.put(turn.rows, &open::key_of(Kind::Pushed, &uri), turn.now.plus(SHORT));
        let mut answer = uncached(&json!({ "request_uri": uri, "expires_in": SHORT.count() }));
        answer.status = 201;
        answer
    }

    /// A browser opens the page of a pushed request, in time: what is asked for. From the first time on the citizen has ten minutes. `None` if the
    /// request is not open, or another client's.
    pub fn opened(&self, (client_id, request_uri): (&str, &str), turn: &mut Turn<'_>) -> Option<Vec<String>> {
        let key = open::key_of(Kind::Pushed, request_uri);
        let pushed =
            Pushed::find(turn.rows, &key, turn.now).filter(|pushed| pushed.client_id == client_id)?;
        let asked = pushed.configurations.clone();
        if !pushed.opened {
            Pushed { opened: true, ..pushed }.put(turn.rows, &key, turn.now.plus(OPEN));
        }
        Some(asked)
    }

    /// The citizen signed in for a pushed request: where the browser is sent back to. `None` if the request is not open, or another client's.
    pub fn authorize(&self, asked: (&str, &str), subject: &str, turn: &mut Turn<'_>) -> Option<String> {
        let pushed = take(asked, turn)?;
        let code = fresh(turn.rng);
        let address = self.back(&pushed, ("code", &code));
        let (key, until) = (open::key_of(Kind::Code, &code), turn.now.plus(SHORT));
        Code { pushed, subject: subject.to_owned(), redeemed: None }.put(turn.rows, &key, until);
        open::put_of(turn.rows, subject, &key, until);
        Some(address)
    }

    /// The citizen declined (RFC 6749 §4.1.2.1): where the browser is sent back to. The request is open no more.
    pub fn declined(&self, asked: (&str, &str), turn: &mut Turn<'_>) -> Option<String> {
        take(asked, turn).map(|pushed| self.back(&pushed, ("error", "access_denied")))
    }

    /// Somebody did not show who she is for a pushed request: after the third time it is open no more.
    pub fn not_signed_in(&self, request_uri: &str, turn: &mut Turn<'_>) {
        let key = open::key_of(Kind::Pushed, request_uri);
        let Some(mut pushed) = Pushed::find(turn.rows, &key, turn.now) else { return };
        pushed.attempts += 1;
        if pushed.attempts >= MOST_ATTEMPTS {
            turn.rows.remove(&key);
        } else {
            let until = open::until(turn.rows, &key).unwrap_or(turn.now);
            pushed.put(turn.rows, &key, until);
        }
    }

    /// A word that only this issuer can make, of what a page was opened for: whoever posts it back has opened that page.
    #[must_use]
    pub fn form_word(&self, request_uri: &str, browser: &str) -> String {
        let of = open::digest(&[request_uri.as_bytes(), browser.as_bytes()]);
        self.nonces.text_for("form", &of)
    }

    /// Whether a word is that of this request and this browser. How long the comparison takes says nothing of the right one.
    #[must_use]
    pub fn is_form_word(&self, word: &str, request_uri: &str, browser: &str) -> bool {
        open::digest(&[word.as_bytes()]) == open::digest(&[self.form_word(request_uri, browser).as_bytes()])
    }

    /// RFC 9207: with the state of the request and the name of this server.
    fn back(&self, pushed: &Pushed, said: (&str, &str)) -> String {
        let mut fields = vec![said, ("iss", self.config.issuer.as_str())];
        fields.extend(pushed.state.as_deref().map(|state| ("state", state)));
        format!("{}?{}", pushed.redirect_uri, http::encode_form(&fields))
    }

    fn read_pushed(&self, body: &str) -> Option<Pushed> {
        let mut fields = http::decode_form(body)?;
        let is = |name: &str, value: &str| fields.get(name).is_some_and(|own| own == value);
        (is("code_challenge_method", "S256") && is("response_type", "code")).then_some(())?;
        let details = json::parse(fields.get("authorization_details")?.as_bytes()).ok()?;
        let mut configurations: Vec<String> = Vec::new();
        for detail in details.as_array().filter(|details| (1..=MOST).contains(&details.len()))? {
            let name = detail.get("credential_configuration_id")?.as_str()?;
            let is_new = !configurations.iter().any(|one| one == name);
            (detail.get("type")? == "openid_credential" && self.issues(name) && is_new).then_some(())?;
            configurations.push(name.to_owned());
        }
        let mut text = |name: &str| fields.remove(name).map(|text| (text.len() <= LONGEST).then_some(text));
        Some(Pushed {
            client_id: text("client_id")??,
            redirect_uri: text("redirect_uri")?.filter(|uri| self.config.redirect_uris.contains(uri))?,
            state: optional(text("state"))?,
            challenge: text("code_challenge")?.filter(|text| text.len() == CHALLENGE)?,
            configurations,
            key: optional(text("dpop_jkt"))?,
            opened: false,
            attempts: 0,
        })
    }
}

/// The outer `None` if it is there and none.
fn optional(text: Option<Option<String>>) -> Option<Option<String>> {
    text.map_or(Some(None), |text| text.map(Some))
}

/// Takes a request that is open out: it counts once, for its client. Whoever names another ends it.
fn take((client_id, request_uri): (&str, &str), turn: &mut Turn<'_>) -> Option<Pushed> {
    let key: RowKey = open::key_of(Kind::Pushed, request_uri);
    let pushed = Pushed::find(turn.rows, &key, turn.now);
    turn.rows.remove(&key);
    pushed.filter(|pushed| pushed.client_id == client_id)
}

/// One request more was pushed, by whomever; whether that is few enough for now.
fn count_pushed(turn: &mut Turn<'_>) -> bool {
    let key = open::key_of(Kind::Count, &(turn.now.seconds() / SHORT.count()).to_string());
    let count = open::find(turn.rows, &key, turn.now).and_then(|count| count.as_u64()).unwrap_or_default();
    open::put(turn.rows, &key, turn.now.plus(SHORT), &Value::from(count.saturating_add(1)));
    count < MOST_PUSHED
}
