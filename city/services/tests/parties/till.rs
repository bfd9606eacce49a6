//! A merchant's till, as far as the parties see it.

use crate::world::{World, role, text, won};
use citizen_client::api::{Bytes, RegisterRequest, TillAnswer, TillRequest};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::Role;
use citizen_payment::terms::code_digest;
use citizen_payment::till::{ChargeNumber, MerchantAct, MerchantApplication, MerchantRequest};
use citizen_primitives::{Clock as _, Day, MerchantId, PaymentId, RefundId};
use city_services::ServiceError;
use std::sync::atomic::{AtomicU8, Ordering};

pub(crate) struct Till {
    pub(crate) key: SigningKey,
    pub(crate) merchant: MerchantId,
    pub(crate) nonces: AtomicU8,
}

impl Till {
    /// A merchant that has registered, with what it sold last year.
    pub(crate) fn register(world: &World, seed: u8, sales: u64) -> Self {
        Self::try_register(world, seed, sales).unwrap()
    }

    pub(crate) fn try_register(world: &World, seed: u8, sales: u64) -> Result<Self, ServiceError> {
        let key = SigningKey::from_seed(&[seed; 32]);
        let application = MerchantApplication {
            to: role(Role::Centre).id(),
            name: text("연남만두"),
            name_latin: text("YEONNAM MANDU"),
            district: text("마포구"),
            category: text("음식점"),
            category_code: text("5812"),
            prior_year_sales: won(sales),
            time: world.clock.now(),
        };
        let request = RegisterRequest {
            application: Bytes::of(&Signed::sign(&application, &key)),
            key: Bytes::of(&key.public()),
        };
        let answer = world.centre().enrol_merchant(&request)?;
        Ok(Self { key, merchant: MerchantId::new(&answer.merchant).unwrap(), nonces: AtomicU8::new(1) })
    }

    /// The request as it is signed.
    pub(crate) fn request(&self, world: &World, act: MerchantAct) -> TillRequest {
        let request = MerchantRequest {
            to: role(Role::Centre).id(),
            merchant: self.merchant.clone(),
            counter: text("1"),
            act,
            nonce: [self.nonces.fetch_add(1, Ordering::Relaxed); 16],
            time: world.clock.now(),
        };
        TillRequest { request: Bytes::of(&Signed::sign(&request, &self.key)) }
    }

    pub(crate) async fn ask(&self, world: &World, act: MerchantAct) -> Result<TillAnswer, ServiceError> {
        world.centre().till(self.request(world, act)).await
    }

    pub(crate) async fn charge(
        &self,
        world: &World,
        number: u8,
        code: &str,
        amount: u64,
    ) -> Result<TillAnswer, ServiceError> {
        let number = ChargeNumber::from_bytes([number; 16]);
        self.ask(world, MerchantAct::Charge { number, code: code_digest(code), amount: won(amount) }).await
    }

    pub(crate) async fn inquire(&self, world: &World, number: u8) -> TillAnswer {
        let number = ChargeNumber::from_bytes([number; 16]);
        self.ask(world, MerchantAct::Inquire { number }).await.unwrap()
    }

    pub(crate) async fn reverse(&self, world: &World, number: u8) -> TillAnswer {
        self.try_reverse(world, number).await.unwrap()
    }

    pub(crate) async fn try_reverse(&self, world: &World, number: u8) -> Result<TillAnswer, ServiceError> {
        let number = ChargeNumber::from_bytes([number; 16]);
        self.ask(world, MerchantAct::Reverse { number }).await
    }

    pub(crate) async fn refund(
        &self,
        world: &World,
        refund: u8,
        payment: PaymentId,
        amount: u64,
    ) -> Result<TillAnswer, ServiceError> {
        let act = MerchantAct::Refund {
            refund: RefundId::from_bytes([refund; 32]),
            payment,
            amount: won(amount),
            reason: text("반품"),
        };
        self.ask(world, act).await
    }

    pub(crate) async fn refund_state(&self, world: &World, refund: u8) -> TillAnswer {
        let refund = RefundId::from_bytes([refund; 32]);
        self.ask(world, MerchantAct::InquireRefund { refund }).await.unwrap()
    }

    pub(crate) async fn settlement(&self, world: &World, day: Day) -> (String, bool) {
        match self.ask(world, MerchantAct::Settlement { day }).await.unwrap() {
            TillAnswer::Settlement { file, paid, records: _ } => (file, paid),
            other => panic!("{other:?}"),
        }
    }
}

/// The word of a charge's answer, and its payment.
pub(crate) fn charge_state(answer: &TillAnswer) -> (&str, Option<PaymentId>) {
    match answer {
        TillAnswer::Charge { state, payment, .. } => {
            (state, payment.as_deref().map(|payment| PaymentId::from_hex(payment).unwrap()))
        }
        other => panic!("{other:?}"),
    }
}
