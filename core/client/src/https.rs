//! The default transport: `reqwest` over rustls.

use crate::transport::{
    LONGEST_ANSWER, Method, Request, Response, Transport, TransportError, WebRequest, WebResponse,
};
use async_trait::async_trait;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a call may take in all.
const TOTAL: Duration = Duration::from_secs(30);

/// Whether a plain connection is allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// To this machine alone: for the sandbox.
    #[default]
    LoopbackOnly,
    /// To anywhere: for tests in a network of one's own.
    Anywhere,
}

/// A client with timeouts and a bounded answer; it follows no redirect.
#[derive(Debug, Clone)]
pub struct Https {
    client: reqwest::Client,
    plain: PlainHttp,
}

/// The TLS stack cannot be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the TLS stack cannot be set up")]
pub struct HttpsError;

impl Https {
    /// `https:` to anywhere, `http:` to this machine alone (CLIENT-6).
    pub fn new() -> Result<Self, HttpsError> {
        Self::with_plain_http(PlainHttp::LoopbackOnly)
    }

    /// As [`Self::new`], with another rule for plain connections.
    pub fn with_plain_http(plain: PlainHttp) -> Result<Self, HttpsError> {
        // ring and Mozilla's roots: no C++ build of aws-lc, and no JNI start-up on Android, which the platform's verifier needs.
        let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| HttpsError)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .redirect(reqwest::redirect::Policy::none())
            // A proxy named in the environment would see where the citizen pays.
            .no_proxy()
            .build()
            .map_err(|_| HttpsError)?;
        Ok(Self { client, plain })
    }

    fn allows(&self, url: &Url) -> bool {
        match (url.scheme(), self.plain) {
            ("https", _) | ("http", PlainHttp::Anywhere) => true,
            ("http", PlainHttp::LoopbackOnly) => is_loopback(url),
            _ => false,
        }
    }
}

#[async_trait]
impl Transport for Https {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let Request { place: _, method, url, body } = request;
        if !self.allows(&url) {
            return Err(TransportError::Offline);
        }
        let call = match method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).header("content-type", "application/json").body(body),
        };
        let answer = call.send().await.map_err(|_| TransportError::Offline)?;
        let status = answer.status().as_u16();
        let body = bounded(answer).await?;
        Ok(Response { status, body })
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let WebRequest { place: _, method, url, headers, body } = request;
        if !self.allows(&url) {
            return Err(TransportError::Offline);
        }
        let call = match method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).body(body),
        };
        let call = headers.into_iter().fold(call, |call, (name, value)| call.header(name, value));
        let answer = call.send().await.map_err(|_| TransportError::Offline)?;
        let status = answer.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = answer.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
        Ok(WebResponse { status, headers, body: bounded(answer).await? })
    }
}

/// The body, if it is whole and not too long.
async fn bounded(mut answer: reqwest::Response) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| TransportError::Broken)? {
        if body.len().saturating_add(chunk.len()) > LONGEST_ANSWER {
            return Err(TransportError::Broken);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Place;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn request(url: &str) -> Request {
        Request {
            place: Place::new("test/send"),
            method: Method::Get,
            url: url.parse().unwrap(),
            body: Vec::new(),
        }
    }

    /// A server that answers one call with these bytes.
    async fn answering(bytes: Vec<u8>) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await.unwrap();
            // The reader may hang up before everything is written.
            let _ = stream.write_all(&bytes).await;
        });
        format!("http://{address}/")
    }

    #[tokio::test]
    async fn client_6_plain_http_goes_to_this_machine_alone() {
        let https = Https::new().unwrap();
        for (url, allowed) in [
            ("https://city.example/", true),
            ("http://127.0.0.1:8080/", true),
            ("http://localhost/", true),
            ("http://[::1]/", true),
            ("http://city.example/", false),
            ("http://localhost.example/", false),
            ("http://10.0.0.1/", false),
            ("ftp://127.0.0.1/", false),
        ] {
            assert_eq!(https.allows(&url.parse().unwrap()), allowed, "{url}");
        }
        assert_eq!(https.send(request("http://city.example/")).await, Err(TransportError::Offline));
    }

    #[tokio::test]
    async fn an_answer_comes_through_and_a_dead_server_is_offline() {
        let https = Https::new().unwrap();
        let url = answering(b"HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n{}".to_vec()).await;
        let answer = https.send(request(&url)).await.unwrap();
        assert_eq!(answer, Response { status: 404, body: b"{}".to_vec() });
        assert_eq!(https.send(request("http://127.0.0.1:9/")).await, Err(TransportError::Offline));
    }

    #[tokio::test]
    async fn client_6_an_answer_beyond_the_bound_or_cut_short_is_broken() {
        let https = Https::new().unwrap();
        let mut long = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        long.resize(long.len() + LONGEST_ANSWER + 1, b'x');
        let url = answering(long).await;
        assert_eq!(https.send(request(&url)).await, Err(TransportError::Broken));
        let url = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}".to_vec()).await;
        assert_eq!(https.send(request(&url)).await, Err(TransportError::Broken));
    }

    #[tokio::test]
    async fn client_6_no_redirect_is_followed() {
        let https = Https::new().unwrap();
        let target = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec()).await;
        let moved = format!("HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let url = answering(moved.into_bytes()).await;
        assert_eq!(https.send(request(&url)).await.unwrap().status, 302);
    }
}
