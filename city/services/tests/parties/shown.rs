//! A citizen's phone that shows codes, redeems and asks for certificates.

use crate::phone::Phone;
use crate::world::{World, chain_id, points, role, won};
use citizen_client::api::{Bytes, ChargeAnswer, MandateRequest};
use citizen_client::{CERTIFICATE_CONTEXT, CHARGE_CONTEXT, MANDATE_CONTEXT, REFUSAL_CONTEXT};
use citizen_keys::{SealingKey, SealingPublicKey, Signed};
use citizen_ledger::{Action, Redeem, Revoke, Role};
use citizen_payment::mandate::{LONGEST_MANDATE, Mandate, SignedMandate};
use citizen_payment::request::RequestContent;
use citizen_payment::terms::code_digest;
use citizen_payment::word::{Certificate, ChargeOpening, ChargeRefusal, ConsumerCode};
use citizen_primitives::{Canonical as _, Clock as _, Label, PaymentId, RedemptionId, random};
use city_services::ServiceError;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

impl Phone {
    pub(crate) async fn ask_consumer_code(&mut self, world: &World) -> Result<ConsumerCode, ServiceError> {
        let request = self.request(world, Role::Centre, RequestContent::ConsumerCode);
        let answer = world.centre().consumer_code(request).await?;
        let signed: Signed<ConsumerCode> = answer.code.read().unwrap();
        Ok(signed.verify(&role(Role::Centre).key).unwrap())
    }

    /// A code on the screen, worth so many points and so much in all; its payment.
    pub(crate) async fn show(
        &mut self,
        world: &World,
        most_points: u64,
        total: u64,
        replaces: Option<PaymentId>,
    ) -> Result<(String, PaymentId), ServiceError> {
        let (code, payment, sealed) = self.allow(world, most_points, total, replaces).await?;
        world.centre().mandate(MandateRequest { sealed }).await?;
        Ok((code, payment))
    }

    /// A fresh code, its payment, and the mandate over it as it leaves the phone.
    pub(crate) async fn allow(
        &mut self,
        world: &World,
        most_points: u64,
        total: u64,
        replaces: Option<PaymentId>,
    ) -> Result<(String, PaymentId, Bytes), ServiceError> {
        let code = self.ask_consumer_code(world).await?;
        let payment = PaymentId::from_bytes(random::generate_array(&mut self.rng));
        let until = world.clock.now().plus(LONGEST_MANDATE).min(code.until);
        let mandate = Mandate {
            code: code_digest(&code.qr),
            points: points(most_points),
            total: won(total),
            until,
            ..self.blank_mandate(world, payment)
        };
        let content = RequestContent::Mandate { mandate: self.sign_mandate(&mandate), replaces };
        let request = self.request(world, Role::Centre, content).request.decode().unwrap();
        Ok((code.qr, payment, self.sealed_for_centre(&request)))
    }

    /// A mandate of one won for a payment, over a code.
    pub(crate) fn mandate_for(&self, world: &World, payment: PaymentId, code: &str) -> SignedMandate {
        let mandate = Mandate { code: code_digest(code), ..self.blank_mandate(world, payment) };
        self.sign_mandate(&mandate)
    }

    fn blank_mandate(&self, world: &World, payment: PaymentId) -> Mandate {
        let from = world.clock.now();
        Mandate {
            chain_id: chain_id(),
            payment,
            account: self.account,
            epoch: self.epoch,
            code: code_digest(""),
            points: points(0),
            total: won(1),
            centre: role(Role::Centre).id(),
            bank: role(Role::Bank).id(),
            from,
            until: from.plus(LONGEST_MANDATE),
        }
    }

    fn sign_mandate(&self, mandate: &Mandate) -> SignedMandate {
        let bytes = mandate.to_canonical();
        let signature = self.key.sign(Label::Mandate, &bytes);
        SignedMandate { mandate: bytes, signature, cosignature: None }
    }

    /// So that the gateway reads nothing; anybody can seal.
    pub(crate) fn sealed_for_centre(&mut self, request: &[u8]) -> Bytes {
        let key = SealingPublicKey::from_bytes(role(Role::Centre).sealing.unwrap());
        Bytes::new(&key.seal(&mut self.rng, MANDATE_CONTEXT, request).unwrap())
    }

    /// Takes a mandate back on the ledger.
    pub(crate) fn revoke(&mut self, world: &World, payment: PaymentId) {
        let transaction = self.sign(world, Action::Revoke(Revoke { payment }));
        world.submit(&transaction);
    }

    /// By whom a shown code was charged.
    pub(crate) async fn charged(
        &mut self,
        world: &World,
        payment: PaymentId,
    ) -> Result<ChargeOpening, ServiceError> {
        let (answer, reply) = self.ask_charged(world, payment).await?;
        let opened = reply.open(CHARGE_CONTEXT, &answer.sealed.unwrap().decode().unwrap()).unwrap();
        Ok(ChargeOpening::from_canonical(&opened).unwrap())
    }

    async fn ask_charged(
        &mut self,
        world: &World,
        payment: PaymentId,
    ) -> Result<(ChargeAnswer, SealingKey), ServiceError> {
        let reply = SealingKey::generate(&mut StdRng::seed_from_u64(77));
        let content = RequestContent::Charged { payment, reply: *reply.public().as_bytes() };
        let request = self.request(world, Role::Centre, content);
        Ok((world.centre().charged(request).await?, reply))
    }

    /// Why a shown code was not charged by the last till that tried, if one did.
    pub(crate) async fn refusal(
        &mut self,
        world: &World,
        payment: PaymentId,
    ) -> Result<Option<ChargeRefusal>, ServiceError> {
        let (answer, reply) = self.ask_charged(world, payment).await?;
        let Some(sealed) = answer.refusal else { return Ok(None) };
        let opened = reply.open(REFUSAL_CONTEXT, &sealed.decode().unwrap()).unwrap();
        let signed: Signed<ChargeRefusal> = Signed::from_canonical(&opened).unwrap();
        Ok(Some(signed.verify(&role(Role::Centre).key).unwrap()))
    }

    /// Changes points into a certificate, on the ledger.
    pub(crate) fn redeem(&mut self, world: &World, amount: u64) -> RedemptionId {
        let redemption = RedemptionId::from_bytes(random::generate_array(&mut self.rng));
        let redeem = Redeem { redemption, points: points(amount), treasury: role(Role::Treasury).id() };
        let transaction = self.sign(world, Action::Redeem(redeem));
        world.submit(&transaction);
        redemption
    }

    pub(crate) async fn certificate(
        &mut self,
        world: &World,
        redemption: RedemptionId,
    ) -> Result<Certificate, ServiceError> {
        let reply = SealingKey::generate(&mut StdRng::seed_from_u64(78));
        let content = RequestContent::Certificate { redemption, reply: *reply.public().as_bytes() };
        let request = self.request(world, Role::Treasury, content);
        let answer = world.treasury().certificate(request).await?;
        let opened = reply.open(CERTIFICATE_CONTEXT, &answer.sealed.decode().unwrap()).unwrap();
        let signed: Signed<Certificate> = Signed::from_canonical(&opened).unwrap();
        Ok(signed.verify(&role(Role::Treasury).key).unwrap())
    }
}
