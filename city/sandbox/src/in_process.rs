//! A transport without a network: each host is a router in this process. For tests and for the torture harness.

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use citizen_client::transport::LONGEST_ANSWER;
use citizen_client::{Method, Request, Response, Transport, TransportError, WebRequest, WebResponse};
use std::collections::HashMap;
use std::fmt;
use std::sync::RwLock;
use tower::ServiceExt as _;

/// Hosts and their routers. A host without a router is offline.
#[derive(Default)]
pub struct InProcess {
    hosts: RwLock<HashMap<String, Router>>,
}

impl InProcess {
    /// Connects a host, in the place of what it was before.
    pub fn connect(&self, host: &str, router: Router) {
        if let Ok(mut hosts) = self.hosts.write() {
            hosts.insert(host.to_owned(), router);
        }
    }

    /// Takes a host off the net.
    pub fn disconnect(&self, host: &str) {
        if let Ok(mut hosts) = self.hosts.write() {
            hosts.remove(host);
        }
    }

    fn router(&self, host: &str) -> Option<Router> {
        self.hosts.read().ok()?.get(host).cloned()
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let Request { place, method, url, body } = request;
        let headers = vec![(CONTENT_TYPE.as_str().to_owned(), "application/json".to_owned())];
        let WebResponse { status, headers: _, body } =
            self.send_web(WebRequest { place, method, url, headers, body }).await?;
        Ok(Response { status, body })
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let WebRequest { place: _, method, url, headers, body } = request;
        let router = url.host_str().and_then(|host| self.router(host)).ok_or(TransportError::Offline)?;
        let target =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let verb = match method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let request = axum::http::Request::builder().method(verb).uri(target);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = request.body(Body::from(body)).map_err(|_| TransportError::Offline)?;
        // A router's error type has no values.
        let answer = router.oneshot(request).await.map_err(|_| TransportError::Offline)?;
        let (parts, body) = answer.into_parts();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = parts.headers.iter();
        let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)));
        let headers = headers.collect();
        let body = to_bytes(body, LONGEST_ANSWER).await.map_err(|_| TransportError::Broken)?;
        Ok(WebResponse { status: parts.status.as_u16(), headers, body: body.to_vec() })
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Place;

    #[tokio::test]
    async fn a_host_answers_while_it_is_connected() {
        let net = InProcess::default();
        let send = |method| Request {
            place: Place::new("test/send"),
            method,
            url: "http://city.test/echo?a=1".parse().unwrap(),
            body: b"{}".to_vec(),
        };
        assert_eq!(net.send(send(Method::Post)).await, Err(TransportError::Offline));
        let echo = |uri: axum::http::Uri, body: String| async move { format!("{uri} {body}") };
        net.connect("city.test", Router::new().route("/echo", axum::routing::post(echo)));
        let answer = net.send(send(Method::Post)).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"/echo?a=1 {}".as_slice()));
        assert_eq!(net.send(send(Method::Get)).await.unwrap().status, 405);
        let headers = vec![("x-more".to_owned(), "a b".to_owned())];
        let web = |headers| WebRequest {
            place: Place::new("test/send-web"),
            method: Method::Post,
            url: "http://city.test/said".parse().unwrap(),
            headers,
            body: b"a=1".to_vec(),
        };
        let said = |headers: axum::http::HeaderMap, body: String| async move {
            let more = headers["x-more"].clone();
            let has_type = headers.contains_key(CONTENT_TYPE);
            ([("x-back", more)], format!("{body} {has_type}"))
        };
        net.connect("city.test", Router::new().route("/said", axum::routing::post(said)));
        let answer = net.send_web(web(headers)).await.unwrap();
        assert_eq!(answer.body, b"a=1 false", "no header is added");
        assert!(answer.headers.contains(&("x-back".to_owned(), "a b".to_owned())));
        net.disconnect("city.test");
        assert_eq!(net.send_web(web(Vec::new())).await.unwrap_err(), TransportError::Offline);
        assert_eq!(net.send(send(Method::Post)).await, Err(TransportError::Offline));
    }
}
