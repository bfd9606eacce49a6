//! A citizen's phone, as far as the parties see it.

use crate::world::{World, chain_id, merchant, points, role, won};
use citizen_client::ORDER_CONTEXT;
use citizen_client::api::{BalanceAnswer, Bytes, CodeRequest, OrderAnswer, OrderRequest, SignedRequest};
use citizen_coin::Epoch;
use citizen_coin::account::account_id;
use citizen_keys::{
    DevicePair, Document as _, HardwareKey, KeyAlias, MemoryBackend, SealingPublicKey, Signed, SigningKey,
    SoftwareKeystore,
};
use citizen_ledger::{
    Action, CustodyAction, Grant, Nonce, OpenAccount, ReplaceDevice, Role, SignedTransaction, Signer,
    TransactionBody,
};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::terms::code_digest;
use citizen_payment::word::{MerchantAnswer, OrderOpening};
use citizen_payment::{Hold, Salt, Terms};
use citizen_primitives::{
    AccountId, Canonical as _, Clock as _, Hash, Height, KeyId, Label, PaymentId, PersonTag, ProgrammeId,
    Seconds, random,
};
use city_chain::Chain as _;
use city_services::ServiceError;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;

pub(crate) struct Phone {
    pub(crate) key: SigningKey,
    hardware: HardwareKey,
    recovery: SigningKey,
    pub(crate) account: AccountId,
    pub(crate) epoch: Epoch,
    pub(crate) rng: StdRng,
}

/// An order that is ready to be handed over.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) terms: Terms,
    pub(crate) transaction: SignedTransaction,
}

impl Phone {
    /// A phone whose account is open, with so many points and a won account in the name of `customer`.
    pub(crate) async fn rich(world: &World, seed: u8, granted: u64, customer: &str) -> Self {
        let mut phone = Self::open(world, seed);
        if granted > 0 {
            phone.grant(world, granted);
        }
        phone.open_bank_account(world, customer).await.unwrap();
        phone
    }

    /// A phone whose account nobody has heard of.
    pub(crate) fn unheard_of(seed: u8) -> Self {
        let (key, recovery) = (SigningKey::from_seed(&[seed; 32]), SigningKey::from_seed(&[seed + 100; 32]));
        let hardware = hardware(seed);
        let device = DevicePair::new(&key.public(), hardware.public()).unwrap();
        let account = account_id(&device, &recovery.public(), &[seed; 16]);
        let rng = StdRng::seed_from_u64(u64::from(seed));
        Self { key, hardware, recovery, account, epoch: Epoch::new(0), rng }
    }

    /// A phone whose account is open on the ledger.
    pub(crate) fn open(world: &World, seed: u8) -> Self {
        let mut phone = Self::unheard_of(seed);
        let (device, recovery) = (phone.device(), phone.recovery.public());
        let open = OpenAccount { device, recovery, salt: [seed; 16] };
        let body = phone.body(world, Signer::Opening, Action::OpenAccount(open));
        let bytes = body.signing_bytes();
        let signatures = vec![
            phone.key.sign(Label::Transaction, &bytes),
            phone.hardware.sign(Label::Transaction, &bytes).unwrap(),
            phone.recovery.sign(Label::Transaction, &bytes),
        ];
        world.submit(&body.signed(signatures));
        phone
    }

    /// The key behind the account.
    pub(crate) fn recovery_key(&self) -> citizen_keys::PublicKey {
        self.recovery.public()
    }

    /// Signed by both keys.
    pub(crate) fn sign_with_hardware(&mut self, world: &World, action: Action) -> SignedTransaction {
        let signer = Signer::Device { account: self.account, epoch: self.epoch, device: self.device() };
        let body = self.body(world, signer, action);
        let bytes = body.signing_bytes();
        let hardware = self.hardware.sign(Label::Transaction, &bytes).unwrap();
        body.signed(vec![self.key.sign(Label::Transaction, &bytes), hardware])
    }

    pub(crate) fn device(&self) -> DevicePair {
        DevicePair::new(&self.key.public(), self.hardware.public()).unwrap()
    }

    fn body(&mut self, world: &World, signer: Signer, action: Action) -> TransactionBody {
        TransactionBody {
            chain_id: chain_id(),
            valid_until: world.wires.chain.status().latest.plus(50),
            nonce: Nonce::from_bytes(random::generate_array(&mut self.rng)),
            signer,
            action,
        }
    }

    pub(crate) fn sign(&mut self, world: &World, action: Action) -> SignedTransaction {
        let signer = Signer::Device { account: self.account, epoch: self.epoch, device: self.device() };
        let body = self.body(world, signer, action);
        body.signed(vec![self.key.sign(Label::Transaction, &body.signing_bytes())])
    }

    /// Points from the treasury's key itself, past its desk.
    pub(crate) fn grant(&mut self, world: &World, amount: u64) {
        let treasury = SigningKey::from_seed(&[23; 32]);
        let mut left = amount;
        while left > 0 {
            let part = left.min(50_000);
            left -= part;
            let grant = Grant {
                programme: ProgrammeId::new("eco").unwrap(),
                account: self.account,
                points: points(part),
                person: PersonTag::from_bytes(random::generate_array(&mut self.rng)),
                evidence: Hash::from_bytes(random::generate_array(&mut self.rng)),
            };
            let signer = Signer::Party { key: treasury.public() };
            let body = self.body(world, signer, Action::Grant(grant));
            let signature = treasury.sign(Label::Transaction, &body.signing_bytes());
            world.submit(&body.signed(vec![signature]));
        }
    }

    /// The recovery key stops the account, or lets it go on with the same device.
    pub(crate) fn freezes(&mut self, world: &World, frozen: bool) {
        let account = self.account;
        let action = if frozen {
            CustodyAction::Freeze { account }
        } else {
            CustodyAction::Unfreeze { account, device: None }
        };
        let signer = Signer::Recovery { account, key: self.recovery.public() };
        let body = self.body(world, signer, Action::Custody(action));
        let signature = self.recovery.sign(Label::Transaction, &body.signing_bytes());
        world.submit(&body.signed(vec![signature]));
    }

    /// The same citizen on a new phone: the recovery key replaces the device.
    pub(crate) fn replaced(mut self, world: &World, seed: u8) -> (Self, Self) {
        let mut new = Self {
            key: SigningKey::from_seed(&[seed; 32]),
            hardware: hardware(seed),
            recovery: SigningKey::from_seed(self.recovery.dangerous_seed().as_slice().first_chunk().unwrap()),
            account: self.account,
            epoch: self.epoch.next(),
            rng: StdRng::seed_from_u64(u64::from(seed)),
        };
        let replace = ReplaceDevice { account: self.account, device: new.device() };
        let signer = Signer::Recovery { account: self.account, key: self.recovery.public() };
        let body = self.body(world, signer, Action::ReplaceDevice(replace));
        let bytes = body.signing_bytes();
        let signatures = vec![
            self.recovery.sign(Label::Transaction, &bytes),
            new.key.sign(Label::Transaction, &bytes),
            new.hardware.sign(Label::Transaction, &bytes).unwrap(),
        ];
        world.submit(&body.signed(signatures));
        new.rng = StdRng::seed_from_u64(u64::from(seed) + 7);
        (self, new)
    }

    pub(crate) fn request(&mut self, world: &World, to: Role, content: RequestContent) -> SignedRequest {
        SignedRequest { request: Bytes::of(&self.signed(world, role(to).id(), content)) }
    }

    pub(crate) fn signed(
        &mut self,
        world: &World,
        to: KeyId,
        content: RequestContent,
    ) -> Signed<DeviceRequest> {
        let request = DeviceRequest {
            to,
            account: self.account,
            epoch: self.epoch,
            device: self.device(),
            content,
            nonce: random::generate_array(&mut self.rng),
            time: world.clock.now(),
        };
        let bytes = request.to_canonical();
        let signature = self.key.sign(DeviceRequest::LABEL, &bytes);
        Signed::from_parts(bytes, self.key.id(), signature)
    }

    pub(crate) async fn open_bank_account(
        &mut self,
        world: &World,
        customer: &str,
    ) -> Result<BalanceAnswer, ServiceError> {
        let content = RequestContent::OpenBankAccount { customer: crate::world::text(customer) };
        let request = self.request(world, Role::Bank, content);
        world.bank().open_account(request).await
    }

    /// What the centre says about a code.
    pub(crate) async fn ask_code(world: &World, code: &str) -> MerchantAnswer {
        let request = CodeRequest { code: code.to_owned(), nonce: Bytes::new(&[7; 16]) };
        let answer = world.centre().code(request).await.unwrap();
        let signed: Signed<MerchantAnswer> = answer.answer.read().unwrap();
        signed.verify(&role(Role::Centre).key).unwrap()
    }

    /// An order of the bakery's printed code.
    pub(crate) async fn order(&mut self, world: &World, points_part: u64, won_part: u64) -> Order {
        let code = world.centre().printed_code(&merchant()).unwrap();
        self.order_of(world, &code, points_part, won_part).await
    }

    /// An order of a code, by what the centre says about it.
    pub(crate) async fn order_of(
        &mut self,
        world: &World,
        code: &str,
        points_part: u64,
        won_part: u64,
    ) -> Order {
        let answer = Self::ask_code(world, code).await;
        let known = answer.merchant.unwrap();
        let terms = Terms {
            payment: PaymentId::from_bytes(random::generate_array(&mut self.rng)),
            merchant: known.id,
            name: known.name,
            code: code_digest(code),
            points: points(points_part),
            won: won(won_part),
            reference: answer.reference,
            salt: Salt::from_bytes(random::generate_array(&mut self.rng)),
        };
        self.order_for(world, terms, role(Role::Bank).id(), 300)
    }

    /// An order for terms of one's own.
    pub(crate) fn order_for(&mut self, world: &World, terms: Terms, bank: KeyId, seconds: u64) -> Order {
        let hold = Hold {
            payment: terms.payment,
            points: terms.points,
            won: terms.won,
            commitment: terms.commitment(),
            centre: role(Role::Centre).id(),
            bank,
            expires: world.clock.now().plus(Seconds::new(seconds)),
        };
        Order { transaction: self.sign(world, Action::Hold(hold)), terms }
    }

    /// The same order, signed for another last height.
    pub(crate) fn order_until(&self, order: &Order, valid_until: Height) -> Order {
        let body = TransactionBody {
            valid_until,
            ..SignedTransaction::decode(&order.transaction.to_canonical()).unwrap().1
        };
        let signature = self.key.sign(Label::Transaction, &body.signing_bytes());
        Order { transaction: body.signed(vec![signature]), terms: order.terms.clone() }
    }
}

impl Order {
    pub(crate) fn payment(&self) -> PaymentId {
        self.terms.payment
    }

    /// Hands it to the centre.
    pub(crate) async fn hand_over(&self, world: &World) -> Result<OrderAnswer, ServiceError> {
        let opening =
            OrderOpening { transaction: self.transaction.to_canonical(), terms: self.terms.clone() };
        let key = SealingPublicKey::from_bytes(role(Role::Centre).sealing.unwrap());
        let rng = &mut StdRng::seed_from_u64(9);
        let sealed = key.seal(rng, ORDER_CONTEXT, &opening.to_canonical()).unwrap();
        world.centre().order(OrderRequest { sealed: Bytes::new(&sealed) }).await
    }
}

fn hardware(seed: u8) -> HardwareKey {
    let rng = StdRng::seed_from_u64(500 + u64::from(seed));
    let keystore = SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(rng)).unwrap();
    HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap()
}
