//! The centre's client for a merchant's till.

use crate::api::{Bytes, RegisterAnswer, RegisterRequest, TillAnswer, TillRequest};
use crate::exchange::{CallError, Exchange};
use citizen_keys::{PublicKey, Signed};
use citizen_payment::till::{MerchantApplication, MerchantRequest};
use citizen_primitives::Place;

/// Asks one centre on behalf of a merchant. What the centre says of a payment, the till checks on the ledger.
#[derive(Debug, Clone)]
pub struct TillClient {
    exchange: Exchange,
}

impl TillClient {
    /// Asks through this exchange.
    #[must_use]
    pub const fn new(exchange: Exchange) -> Self {
        Self { exchange }
    }

    /// Registers a merchant by its key.
    pub async fn register(
        &self,
        place: Place,
        application: &Signed<MerchantApplication>,
        key: &PublicKey,
    ) -> Result<RegisterAnswer, CallError> {
        let request = RegisterRequest { application: Bytes::of(application), key: Bytes::of(key) };
        self.exchange.post(place, "v1/centre/merchants", &request).await
    }

    /// Hands a request in.
    pub async fn ask(
        &self,
        place: Place,
        request: &Signed<MerchantRequest>,
    ) -> Result<TillAnswer, CallError> {
        let request = TillRequest { request: Bytes::of(request) };
        self.exchange.post(place, "v1/centre/tills", &request).await
    }
}
