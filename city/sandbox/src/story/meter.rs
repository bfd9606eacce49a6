//! Between the wallet and its gateway: remembers the last proof, to say what it cost.

use crate::failure::Failure;
use crate::narrator::Line;
use async_trait::async_trait;
use citizen_client::api::StateAnswer;
use citizen_client::{Request, Response, Transport, TransportError, TrustFile, WebRequest, WebResponse};
use citizen_coin::AccountRecord;
use citizen_ledger::{LightBlock, LightClient, ProvenState, StateKey};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Canonical as _, Clock as _};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Hands everything through.
pub(super) struct Meter {
    gateway: Arc<dyn Transport>,
    last: Mutex<Option<StateAnswer>>,
}

/// What checking the account's record costs.
pub(super) struct Cost {
    /// Record and proof.
    pub(super) kilobytes: f64,
    /// Signatures and proof.
    pub(super) milliseconds: f64,
}

impl Meter {
    pub(super) fn before(gateway: Arc<dyn Transport>) -> Self {
        Self { gateway, last: Mutex::new(None) }
    }

    /// Checks the last proof of an account again, from the trust file on, with a watch in hand.
    pub(super) fn check_again(&self, trust: &TrustFile) -> Result<Cost, Failure> {
        self.try_again(trust).ok_or_else(|| Failure(Line::of("story.no-proof")))
    }

    fn try_again(&self, trust: &TrustFile) -> Option<Cost> {
        let answer = self.last.lock().ok()?.clone()?;
        let (block, state) = (answer.light_block.decode().ok()?, answer.state.read::<ProvenState>().ok()?);
        let proven = state.values.iter().find(|value| is_account(&value.key, value.value.as_deref()))?;
        let key = StateKey::from_bytes(proven.key.clone());
        let began = Instant::now();
        let header = LightClient::new(trust.anchor().clone())
            .verify(&LightBlock::decode(&block).ok()?, SystemClock.now())
            .ok()?;
        header.prove::<AccountRecord>(&key, proven).ok()?;
        let milliseconds = began.elapsed().as_secs_f64() * 1_000.0;
        let bytes = proven.proof.len() + proven.value.as_ref().map_or(0, Vec::len);
        Some(Cost { kilobytes: f64::from(u32::try_from(bytes).ok()?) / 1_000.0, milliseconds })
    }
}

#[async_trait]
impl Transport for Meter {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let asks_state = request.url.path() == "/v1/ledger/state";
        let answer = self.gateway.send(request).await?;
        if asks_state
            && let Ok(told) = serde_json::from_slice::<StateAnswer>(&answer.body)
            && holds_account(&told)
            && let Ok(mut last) = self.last.lock()
        {
            *last = Some(told);
        }
        Ok(answer)
    }

    /// Nothing about credentials is measured.
    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.gateway.send_web(request).await
    }
}

fn holds_account(answer: &StateAnswer) -> bool {
    let state = answer.state.read::<ProvenState>();
    state.is_ok_and(|state| state.values.iter().any(|value| is_account(&value.key, value.value.as_deref())))
}

fn is_account(key: &[u8], value: Option<&[u8]>) -> bool {
    key.starts_with(b"account/") && value.is_some_and(|value| AccountRecord::from_canonical(value).is_ok())
}
