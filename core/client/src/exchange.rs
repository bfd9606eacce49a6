//! One call: JSON there, JSON back, and what went wrong by type.

use crate::api::{ErrorAnswer, ErrorBody};
use crate::retry::Retry;
use crate::transport::{Method, Request, Response, Transport, TransportError};
use citizen_primitives::Place;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Why a call brought no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Nobody answered, or not in full. Nothing is known: the request may have arrived.
    #[error("no connection")]
    Offline,
    /// The other side refused, and says why.
    #[error("refused: {}", .0.code)]
    Refused(ErrorBody),
    /// The answer is not the message that was expected.
    #[error("the answer is malformed")]
    Malformed,
    /// The caller stopped.
    #[error("stopped")]
    Stopped,
}

impl CallError {
    /// Whether the other side refused with this word.
    #[must_use]
    pub fn is_refused_with(&self, code: &str) -> bool {
        matches!(self, Self::Refused(body) if body.code == code)
    }
}

/// Calls to one address.
#[derive(Clone)]
pub struct Exchange {
    transport: Arc<dyn Transport>,
    base: Url,
    retry: Retry,
}

impl Exchange {
    /// Calls under `base`, each tried once.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, base: &Url) -> Self {
        let mut base = base.clone();
        // A base without a slash at its end would lose its last segment when a path is joined to it.
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Self { transport, base, retry: Retry::never() }
    }

    /// With another rule for trying again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Where the calls go.
    #[must_use]
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// Asks. `path` is relative: `v1/ledger/status`.
    pub async fn get<A: DeserializeOwned>(&self, place: Place, path: &str) -> Result<A, CallError> {
        self.call(self.request(place, Method::Get, path, Vec::new())?).await
    }

    /// Hands over.
    pub async fn post<Q, A>(&self, place: Place, path: &str, question: &Q) -> Result<A, CallError>
    where
        Q: Serialize + Sync,
        A: DeserializeOwned,
    {
        let body = serde_json::to_vec(question).map_err(|_| CallError::Malformed)?;
        self.call(self.request(place, Method::Post, path, body)?).await
    }

    fn request(&self, place: Place, method: Method, path: &str, body: Vec<u8>) -> Result<Request, CallError> {
        let url = self.base.join(path).map_err(|_| CallError::Malformed)?;
        Ok(Request { place, method, url, body })
    }

    async fn call<A: DeserializeOwned>(&self, request: Request) -> Result<A, CallError> {
        let mut failed = 0u32;
        loop {
            match read(self.transport.send(request.clone()).await) {
                Err(CallError::Offline) => {
                    failed = failed.saturating_add(1);
                    tracing::debug!(place = %request.place, failed, "no answer");
                    if !self.retry.allows(failed) {
                        return Err(CallError::Offline);
                    }
                    self.retry.wait(failed).await;
                }
                answer => return answer,
            }
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("base", &self.base.as_str())
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

fn read<A: DeserializeOwned>(answer: Result<Response, TransportError>) -> Result<A, CallError> {
    let Response { status, body } = answer.map_err(|error| match error {
        TransportError::Offline | TransportError::Broken | TransportError::Unsupported => CallError::Offline,
        TransportError::Stopped => CallError::Stopped,
    })?;
    match status {
        200..=299 => serde_json::from_slice(&body).map_err(|_| CallError::Malformed),
        // Something between here and there, which knows nothing of the call.
        502..=504 => Err(CallError::Offline),
        400..=599 => {
            let refusal: ErrorAnswer = serde_json::from_slice(&body).map_err(|_| CallError::Malformed)?;
            Err(CallError::Refused(refusal.error))
        }
        _ => Err(CallError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::SubmitAnswer;
    use crate::timer::NoWait;
    use async_trait::async_trait;
    use std::sync::Mutex;
    use std::time::Duration;

    const HERE: Place = Place::new("test/call");

    /// Answers with what it was given, last first, and remembers what was asked.
    #[derive(Default)]
    struct Script {
        answers: Mutex<Vec<Result<Response, TransportError>>>,
        asked: Mutex<Vec<String>>,
    }

    #[async_trait]
    impl Transport for Script {
        async fn send(&self, request: Request) -> Result<Response, TransportError> {
            self.asked.lock().unwrap().push(request.url.to_string());
            self.answers.lock().unwrap().pop().unwrap_or(Err(TransportError::Offline))
        }
    }

    fn answer(status: u16, body: &str) -> Result<Response, TransportError> {
        Ok(Response { status, body: body.as_bytes().to_vec() })
    }

    async fn call(
        answers: Vec<Result<Response, TransportError>>,
        attempts: u32,
    ) -> (Result<SubmitAnswer, CallError>, usize) {
        let script = Arc::new(Script { answers: Mutex::new(answers), asked: Mutex::default() });
        let retry = Retry::new(attempts, Duration::ZERO, 1, Arc::new(NoWait));
        let base = "http://city.example/api".parse().unwrap();
        let transport: Arc<dyn Transport> = script.clone();
        let exchange = Exchange::new(transport, &base).with_retry(retry);
        let result = exchange.get(HERE, "v1/x").await;
        let asked = script.asked.lock().unwrap();
        assert!(asked.iter().all(|url| url == "http://city.example/api/v1/x"));
        (result, asked.len())
    }

    #[tokio::test]
    async fn client_5_a_call_without_an_answer_is_tried_again_and_a_refused_one_is_not() {
        let good = || answer(200, r#"{"id":"07"}"#);
        let (result, asked) = call(vec![good(), answer(503, ""), Err(TransportError::Broken)], 3).await;
        assert_eq!((result, asked), (Ok(SubmitAnswer { id: "07".to_owned() }), 3));
        let (result, asked) = call(vec![good(), Err(TransportError::Offline)], 1).await;
        assert_eq!((result, asked), (Err(CallError::Offline), 1));
        let refused = answer(409, r#"{"error":{"code":"used","ko":"","en":"","rejection":17}}"#);
        let (result, asked) = call(vec![good(), refused], 3).await;
        assert!(result.unwrap_err().is_refused_with("used"));
        assert_eq!(asked, 1);
        let (result, asked) = call(vec![good(), Err(TransportError::Stopped)], 3).await;
        assert_eq!((result, asked), (Err(CallError::Stopped), 1));
    }

    #[tokio::test]
    async fn an_answer_that_is_no_such_message_is_malformed() {
        for (status, body) in [(200, "{}"), (200, "<html>"), (404, "not found"), (301, ""), (100, "{}")] {
            assert_eq!(
                call(vec![answer(status, body)], 1).await.0,
                Err(CallError::Malformed),
                "{status} {body}"
            );
        }
    }
}
