//! Gateways that lie: they stand between a wallet and the city, and change what comes back.

use async_trait::async_trait;
use citizen_client::api::{Bytes, CodeAnswer, StateAnswer};
use citizen_client::{Request, Response, Transport, TransportError, WebRequest, WebResponse};
use citizen_coin::AccountRecord;
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::ProvenState;
use citizen_payment::word::MerchantAnswer;
use citizen_primitives::{Canonical as _, Month, Points, Text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::{Arc, Mutex};

/// What a lying gateway does to an answer.
pub trait Lie: Send + Sync {
    /// The answer as the wallet gets it.
    fn tell(&self, path: &str, answer: Response) -> Response;
}

/// A gateway that lies while it has a lie to tell, and hands everything through otherwise.
pub struct LyingGateway {
    city: Arc<dyn Transport>,
    lie: Mutex<Option<Arc<dyn Lie>>>,
}

impl LyingGateway {
    /// Honest so far.
    #[must_use]
    pub fn before(city: Arc<dyn Transport>) -> Self {
        Self { city, lie: Mutex::new(None) }
    }

    /// From now on tells this lie, or none.
    pub fn tell(&self, lie: Option<Arc<dyn Lie>>) {
        if let Ok(mut slot) = self.lie.lock() {
            *slot = lie;
        }
    }

    fn lie(&self) -> Option<Arc<dyn Lie>> {
        self.lie.lock().ok()?.clone()
    }
}

#[async_trait]
impl Transport for LyingGateway {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.url.path().to_owned();
        let answer = self.city.send(request).await?;
        Ok(match self.lie() {
            Some(lie) => lie.tell(&path, answer),
            None => answer,
        })
    }

    /// Issuers and verifiers are other people: what they say passes as it is.
    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.city.send_web(request).await
    }
}

impl fmt::Debug for LyingGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LyingGateway")
    }
}

/// Adds a million points to every account in an answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct MorePoints;

impl Lie for MorePoints {
    fn tell(&self, path: &str, answer: Response) -> Response {
        if path != "/v1/ledger/state" {
            return answer;
        }
        changed::<StateAnswer>(answer, |told| {
            let mut state: ProvenState = told.state.read().ok()?;
            for value in &mut state.values {
                if let Some(richer) = value.value.as_deref().and_then(richer) {
                    value.value = Some(richer);
                }
            }
            told.state = Bytes::of(&state);
            Some(())
        })
    }
}

/// Answers what it answered the first time it was asked for the state, however long ago that was.
#[derive(Debug, Default)]
pub struct OldState(Mutex<Option<Response>>);

impl Lie for OldState {
    fn tell(&self, path: &str, answer: Response) -> Response {
        let Ok(mut first) = self.0.lock() else { return answer };
        if path == "/v1/ledger/state" { first.get_or_insert(answer).clone() } else { answer }
    }
}

/// Says that a code is another merchant's, and signs that with a key of its own.
#[derive(Debug)]
pub struct ForgedMerchant(pub SigningKey);

impl Lie for ForgedMerchant {
    fn tell(&self, path: &str, answer: Response) -> Response {
        if path != "/v1/centre/codes" {
            return answer;
        }
        changed::<CodeAnswer>(answer, |told| {
            let signed: Signed<MerchantAnswer> = told.answer.read().ok()?;
            let mut word = signed.dangerous_unverified().ok()?;
            word.merchant.as_mut()?.name = Text::new("가짜가게").ok()?;
            told.answer = Bytes::of(&Signed::sign(&word, &self.0));
            Some(())
        })
    }
}

fn richer(record: &[u8]) -> Option<Vec<u8>> {
    let mut account = AccountRecord::from_canonical(record).ok()?;
    // Somebody without a point is lied to as well.
    let month =
        account.lots.iter().last().map_or_else(|| Month::new(2099, 12), |(month, _)| Ok(month)).ok()?;
    account.lots.add(month, Points::new(1_000_000).ok()?).ok()?;
    Some(account.to_canonical())
}

/// The answer with its message changed; as it is, if it is no such message.
fn changed<T: DeserializeOwned + Serialize>(
    answer: Response,
    change: impl FnOnce(&mut T) -> Option<()>,
) -> Response {
    let Ok(mut told) = serde_json::from_slice::<T>(&answer.body) else { return answer };
    match change(&mut told).and_then(|()| serde_json::to_vec(&told).ok()) {
        Some(body) => Response { body, ..answer },
        None => answer,
    }
}
