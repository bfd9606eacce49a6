//! A transport without a network: each host is a router in this process. For tests and for the torture harness.

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use citizen_client::transport::LONGEST_ANSWER;
use citizen_client::{Method, Request, Response, Transport, TransportError};
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
        let Request { place: _, method, url, body } = request;
        let router = url.host_str().and_then(|host| self.router(host)).ok_or(TransportError::Offline)?;
        let target =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let verb = match method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let request = axum::http::Request::builder()
            .method(verb)
            .uri(target)
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .map_err(|_| TransportError::Offline)?;
        // A router's error type has no values.
        let answer = router.oneshot(request).await.map_err(|_| TransportError::Offline)?;
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), LONGEST_ANSWER).await.map_err(|_| TransportError::Broken)?;
        Ok(Response { status, body: body.to_vec() })
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
        net.disconnect("city.test");
        assert_eq!(net.send(send(Method::Post)).await, Err(TransportError::Offline));
    }
}
