//! HTTP as values: what a session wants sent and what came back. Whoever sends follows no redirect (OpenID4VP 1.0 §14.5).

use citizen_jose::json;
use citizen_primitives::text::is_deceptive;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use url::{Host, Url};

/// The most bytes of an answer, and of a link.
pub const LARGEST: usize = 512 * 1024;
/// The media type of forms.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// The media type of JSON.
pub const JSON: &str = "application/json";

/// Which addresses a session talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// `https` alone.
    #[default]
    Https,
    /// Also plain `http` to the device itself: a city on the same machine.
    OrLoopback,
}

/// Why a text is no address that a session talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no https address")]
pub struct EndpointError;

/// An absolute address without user, password or fragment, as it was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    url: Url,
}

impl Endpoint {
    /// Reads one.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, EndpointError> {
        let url = Url::parse(text).map_err(|_| EndpointError)?;
        let local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        // Neither scheme is parsed without a host.
        let secure =
            url.scheme() == "https" || (url.scheme() == "http" && local && reach == Reach::OrLoopback);
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // It may be shown as it was written (PRIM-5), and `url` passes line breaks over.
        let is_shown = !text.chars().any(|character| is_deceptive(character) || character.is_whitespace());
        if text.len() > 4096 || !secure || !plain || !is_shown || url.host_str().is_none() {
            return Err(EndpointError);
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// Reads one that a browser goes to: it may have a fragment.
    pub fn parse_for_browser(text: &str, reach: Reach) -> Result<Self, EndpointError> {
        let whole = text.split('#').next().unwrap_or_default();
        let checked = Self::parse(whole, reach)?;
        let is_shown = !text.chars().any(|character| is_deceptive(character) || character.is_whitespace());
        if text.len() > 4096 || !is_shown {
            return Err(EndpointError);
        }
        Ok(Self { text: text.to_owned(), url: checked.url })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Its path, without the slash at the end.
    #[must_use]
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// Without query: the `htu` of RFC 9449 §4.2.
    #[must_use]
    pub fn without_query(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.to_string()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.host())
    }
}

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

impl Method {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to send.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// How.
    pub method: Method,
    /// To whom.
    pub url: Endpoint,
    /// Names in lower case, values.
    pub headers: Vec<(&'static str, String)>,
    /// What.
    pub body: String,
}

impl HttpRequest {
    /// A GET.
    #[must_use]
    pub fn get(url: &Endpoint, accept: &str) -> Self {
        let headers = vec![("accept", accept.to_owned())];
        Self { method: Method::Get, url: url.clone(), headers, body: String::new() }
    }

    /// A POST of a form.
    #[must_use]
    pub fn form(url: &Endpoint, accept: &str, fields: &[(&str, &str)]) -> Self {
        let headers = vec![("accept", accept.to_owned()), ("content-type", FORM.to_owned())];
        let body = encode_form(fields);
        Self { method: Method::Post, url: url.clone(), headers, body }
    }

    /// A POST of JSON.
    #[must_use]
    pub fn json(url: &Endpoint, body: &Value) -> Self {
        let headers = vec![("accept", JSON.to_owned()), ("content-type", JSON.to_owned())];
        Self { method: Method::Post, url: url.clone(), headers, body: body.to_string() }
    }

    /// With another header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Bodies and headers hold tokens and personal data.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {:?}, {} bytes)", self.method.name(), self.url, self.body.len())
    }
}

/// What came back.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// Names in any case, values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// Of a status, a media type and a body.
    #[must_use]
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    /// 200 with JSON.
    #[must_use]
    pub fn ok(body: &Value) -> Self {
        Self::new(200, JSON, body.to_string())
    }

    /// With another header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether the status is of success.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the body is of a media type; parameters are nothing.
    #[must_use]
    pub fn is_of(&self, media_type: &str) -> bool {
        let own = self.header("content-type").unwrap_or_default();
        own.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
    }

    /// The body as text; `None` if it is none or too large.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if self.body.len() > LARGEST { None } else { std::str::from_utf8(&self.body).ok() }
    }

    /// The body as a JSON object in which no name stands twice; `None` if it is none or too large.
    #[must_use]
    pub fn object(&self) -> Option<Map<String, Value>> {
        if self.body.len() > LARGEST { None } else { json::parse_object(&self.body).ok() }
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}

/// Fields as a form.
#[must_use]
pub fn encode_form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The fields of a form or of a link's query; `None` if one stands twice (RFC 6749 §3.1) or it is too large.
#[must_use]
pub fn decode_form(text: &str) -> Option<BTreeMap<String, String>> {
    if text.len() > LARGEST {
        return None;
    }
    let mut fields = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(fields)
}

/// The parameters of a link with one of these schemes, as a QR code or an app shows it.
#[must_use]
pub fn link_parameters(link: &str, schemes: &[&str]) -> Option<BTreeMap<String, String>> {
    let link = link.trim();
    let (scheme, rest) = link.split_once(':')?;
    if link.len() > LARGEST || !schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let (_, query) = rest.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    decode_form(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_an_endpoint_and_loopback_where_it_is_allowed() {
        for bad in [
            "http://example.kr/x",
            "ftp://example.kr",
            "https://",
            "https://u@example.kr/",
            "https://u:p@example.kr/",
            "https://example.kr/#f",
            "/x",
            "javascript:alert(1)",
            "http://localhost.example.kr/",
        ] {
            assert!(Endpoint::parse(bad, Reach::OrLoopback).is_err(), "{bad}");
        }
        assert_eq!(Endpoint::parse("https://Example.KR/x?y=1", Reach::Https).unwrap().host(), "example.kr");
        for local in ["http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]/x"] {
            assert!(Endpoint::parse(local, Reach::Https).is_err());
            assert!(Endpoint::parse(local, Reach::OrLoopback).is_ok());
        }
    }

    #[test]
    fn a_parameter_stands_once() {
        assert_eq!(decode_form("a=1&a=2"), None);
        assert_eq!(decode_form("a=%ED%99%8D+b").unwrap()["a"], "홍 b");
        assert_eq!(link_parameters("openid4vp://?a=1#b", &["openid4vp"]).unwrap()["a"], "1");
        assert!(link_parameters("other://?a=1", &["openid4vp"]).is_none());
    }

    #[test]
    fn requests_and_answers_show_nothing_of_their_content() {
        let url = Endpoint::parse("https://example.kr/secret", Reach::Https).unwrap();
        let request = HttpRequest::form(&url, JSON, &[("vp_token", "홍길동")]);
        assert_eq!(format!("{request:?}"), "HttpRequest(POST Endpoint(example.kr), 36 bytes)");
        assert_eq!(format!("{:?}", HttpResponse::new(200, JSON, "홍길동")), "HttpResponse(200, 9 bytes)");
    }
}
