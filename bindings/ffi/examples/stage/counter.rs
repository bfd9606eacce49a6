//! The counter of the stage, where a citizen applies for her card, and whoever asks her to show it: the city's services, and a stranger.

use crate::{Failed, Fields, fields};
use citizen_client::{Https, Method, Transport as _, WebRequest, WebResponse};
use citizen_primitives::Place;
use city_sandbox::stranger::Stranger;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::OnceCell;
use url::Url;

const ASK: Place = Place::new("stage/counter-ask");
/// Number, name and day of birth of the sandbox's residents who apply: the first, if nobody is named.
const RESIDENTS: [(&str, &str, &str); 2] =
    [("SB-1001", "홍길동", "1999-03-02"), ("SB-1003", "김샘플", "1985-12-25")];
/// The issuer's first status list, which it publishes a moment after it has begun.
const LIST: &str = "/v1/issuer/status-lists/0";
const TRIES: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// Asks as a browser asks.
pub(crate) struct Counter {
    https: Https,
    city: Url,
    stranger: OnceCell<Stranger>,
}

/// What a page answers.
struct Page {
    status: u16,
    location: Option<String>,
    text: String,
    body: Value,
}

impl Counter {
    /// Of a city, which is reached directly: no lie is told to it.
    pub(crate) fn of(city: &Url) -> Result<Self, Failed> {
        Ok(Self { https: Https::new()?, city: city.clone(), stranger: OnceCell::new() })
    }

    /// She applies: the offer, the code that she is sent by letter, and another one.
    pub(crate) async fn offer(&self, credential: &str, resident: Option<&str>) -> Result<Fields, Failed> {
        self.list_after("").await?;
        let (number, name, birth_date) = find(resident)?;
        let application =
            json!({ "number": number, "name": name, "birth_date": birth_date, "credentials": [credential] });
        let offered = self.ask(Method::Post, "/v1/issuer/offers", Some(&application)).await?;
        let code = text(&offered.body, "transaction_code")?;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        Ok(fields([
            ("link", text(&offered.body, "offer")?),
            ("code", code),
            ("wrong_code", wrong.to_owned()),
        ]))
    }

    /// She tells the counter that her phone is lost: how many copies are revoked by that, once the issuer's list says so.
    pub(crate) async fn loss(&self, resident: Option<&str>) -> Result<Fields, Failed> {
        let (number, name, birth_date) = find(resident)?;
        let before = self.list_after("").await?;
        let report = json!({ "number": number, "name": name, "birth_date": birth_date });
        let told = self.ask(Method::Post, "/v1/issuer/losses", Some(&report)).await?;
        let revoked = told.body.get("revoked").and_then(Value::as_u64).ok_or("nothing is revoked")?;
        self.list_after(&before).await?;
        Ok(fields([("revoked", revoked.to_string())]))
    }

    /// The link of a poster: an offer to whoever signs in.
    pub(crate) async fn poster(&self, credential: &str) -> Result<Fields, Failed> {
        self.list_after("").await?;
        let offered = self.ask(Method::Get, &format!("/v1/issuer/offers/{credential}"), None).await?;
        Ok(fields([("link", text(&offered.body, "offer")?)]))
    }

    /// What she does in the browser at an address, and where it sends her back: rightly, to somebody else's sign-in, from another server.
    pub(crate) async fn sign_in(&self, address: &str, decision: &str) -> Result<Fields, Failed> {
        let page = self.open(Method::Get, address, Vec::new(), String::new()).await?;
        if page.status != 200 {
            return Ok(fields([("page", page.status.to_string())]));
        }
        let html = String::from_utf8(page.body)?;
        let hidden = |name: &str| {
            let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\""))?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let [(number, name, birth_date), _] = RESIDENTS;
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for field in ["client_id", "request_uri", "word"] {
            form.append_pair(field, &hidden(field).ok_or("a page without a form")?);
        }
        form.append_pair("decision", decision).append_pair("number", number);
        form.append_pair("name", name).append_pair("birth_date", birth_date);
        let headers = vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("cookie".to_owned(), header(&page.headers, "set-cookie").ok_or("a page without a cookie")?),
        ];
        let action = Url::parse(address)?.join("/v1/issuer/authorize")?;
        let posted = self.open(Method::Post, action.as_str(), headers, form.finish()).await?;
        let back = header(&posted.headers, "location").ok_or("the browser was not sent back")?;
        let foreign = back.replace("state=", "state=x");
        let mixed = back.replace("iss=http", "iss=https");
        Ok(fields([
            ("page", posted.status.to_string()),
            ("back", back),
            ("foreign", foreign),
            ("mixed", mixed),
        ]))
    }

    async fn open(
        &self,
        method: Method,
        address: &str,
        headers: Vec<(String, String)>,
        body: String,
    ) -> Result<WebResponse, Failed> {
        let (url, body) = (Url::parse(address)?, body.into_bytes());
        Ok(self.https.send_web(WebRequest { place: ASK, method, url, headers, body }).await?)
    }

    /// A service's page shows a code after one of its buttons was pressed, or a stranger does.
    pub(crate) async fn request(&self, service: &str, button: &str) -> Result<Fields, Failed> {
        if service == "stranger" {
            let stranger = self.stranger.get_or_try_init(Stranger::open).await?;
            return Ok(fields([("link", stranger.link().to_owned())]));
        }
        let begun = self.ask(Method::Post, &format!("/v1/verifiers/{service}/{button}"), None).await?;
        let visit = begun.location.ok_or("no such service, or no such button")?;
        let standing = self.ask(Method::Get, &format!("{visit}/standing"), None).await?;
        let link = text(&standing.body, "link")?;
        let answers_at = format!("/responses/{}", handle(&link)?);
        Ok(fields([("link", link), ("visit", visit), ("answers_at", answers_at)]))
    }

    /// What the service's page says of a visit.
    pub(crate) async fn standing(&self, visit: &str) -> Result<Fields, Failed> {
        let standing = self.ask(Method::Get, &format!("{visit}/standing"), None).await?;
        let mut told = fields([("standing", text(&standing.body, "standing")?)]);
        if let Ok(visitor) = text(&standing.body, "visitor") {
            told.extend(fields([("visitor", visitor)]));
        }
        Ok(told)
    }

    /// How often the stranger was answered.
    pub(crate) fn heard(&self) -> Fields {
        let heard = self.stranger.get().map_or(0, Stranger::heard);
        fields([("answers", heard.to_string())])
    }

    /// The list that the issuer publishes after another.
    async fn list_after(&self, before: &str) -> Result<String, Failed> {
        for _ in 0..TRIES {
            let page = self.ask(Method::Get, LIST, None).await?;
            if page.status == 200 && page.text != before {
                return Ok(page.text);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err("the issuer publishes no list".into())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Page, Failed> {
        let url = self.city.join(path)?;
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let answer = self.https.send_web(WebRequest { place: ASK, method, url, headers, body }).await?;
        let location = answer.headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        let (text, location) =
            (String::from_utf8_lossy(&answer.body).into_owned(), location.map(|(_, value)| value));
        Ok(Page { status: answer.status, location, text, body })
    }
}

fn find(resident: Option<&str>) -> Result<(&'static str, &'static str, &'static str), Failed> {
    let number = resident.unwrap_or(RESIDENTS[0].0);
    let found = RESIDENTS.into_iter().find(|(own, _, _)| *own == number);
    found.ok_or_else(|| format!("nobody is {number}").into())
}

/// What the service calls a request, in its link: an answer is posted under the same name.
fn handle(link: &str) -> Result<String, Failed> {
    let link = Url::parse(link)?;
    let request =
        link.query_pairs().find(|(name, _)| name == "request_uri").ok_or("a link without a request")?;
    let request = Url::parse(&request.1)?;
    let handle = request.path_segments().and_then(|mut path| path.next_back()).map(str::to_owned);
    handle.ok_or_else(|| "a request without a name".into())
}

/// A header, without what a cookie says beside itself.
fn header(headers: &[(String, String)], name: &str) -> Option<String> {
    let found = headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
    let value = found.map(|(_, value)| value.as_str())?;
    Some(if name == "set-cookie" { value.split(';').next()? } else { value }.to_owned())
}

fn text(body: &Value, name: &str) -> Result<String, Failed> {
    let text = body.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("no {name} in {body}").into())
}
