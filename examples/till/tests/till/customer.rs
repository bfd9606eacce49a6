//! A customer's phone, as far as a till sees it: it opens an account, earns, shows codes, pays codes and shows receipts.

use crate::town::{PATIENCE, Town};
use citizen_client::{
    BankClient, CentreClient, Exchange, Https, LedgerClient, Parties, TreasuryClient, WordError,
};
use citizen_coin::account::account_id;
use citizen_coin::{AccountRecord, Epoch};
use citizen_keys::{
    DevicePair, Document as _, HardwareKey, KeyAlias, MemoryBackend, SealingKey, Signed, SigningKey,
    SoftwareKeystore,
};
use citizen_ledger::{
    Action, LightClient, Nonce, OpenAccount, RoleRecord, SignedTransaction, Signer, TransactionBody,
    Verified, state_key,
};
use citizen_payment::mandate::{LONGEST_MANDATE, Mandate, SignedMandate};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::terms::code_digest;
use citizen_payment::till::ReceiptOpening;
use citizen_payment::word::OrderOpening;
use citizen_payment::{Hold, PaymentRecord, PaymentState, Salt, Terms};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{
    AccountId, Canonical as _, Clock as _, Label, PaymentId, Place, Points, ProgrammeId, Seconds, Text, Won,
    random,
};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;
use std::time::Duration;

const HERE: Place = Place::new("test/phone");

pub(crate) struct Customer {
    exchange: Exchange,
    pub(crate) ledger: LedgerClient,
    parties: Parties,
    key: SigningKey,
    hardware: HardwareKey,
    account: AccountId,
    rng: StdRng,
}

/// A code on a customer's screen.
pub(crate) struct Shown {
    pub(crate) qr: String,
    pub(crate) barcode: String,
    pub(crate) payment: PaymentId,
}

pub(crate) fn points(amount: u64) -> Points {
    Points::new(amount).unwrap()
}

pub(crate) fn won(amount: u64) -> Won {
    Won::new(amount).unwrap()
}

impl Customer {
    /// A customer with 50,000 points and 100,000 won.
    pub(crate) async fn of(town: &Town, seed: u8, name: &str) -> Self {
        let transport = Arc::new(Https::new().unwrap());
        let exchange = Exchange::new(transport, &town.url.parse().unwrap());
        let anchor = town.city.as_ref().unwrap().trust().anchor().clone();
        let ledger = LedgerClient::new(exchange.clone(), LightClient::new(anchor), Arc::new(SystemClock));
        let parties = Parties::find(&exchange, &ledger, HERE).await.unwrap();
        let mut rng = StdRng::seed_from_u64(u64::from(seed));
        let store = Box::new(StdRng::seed_from_u64(500 + u64::from(seed)));
        let keystore = SoftwareKeystore::open(Box::new(MemoryBackend::default()), store).unwrap();
        let hardware = HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap();
        let key = SigningKey::from_seed(&random::generate_array(&mut rng));
        let recovery = SigningKey::from_seed(&random::generate_array(&mut rng));
        let device = DevicePair::new(&key.public(), hardware.public()).unwrap();
        let account = account_id(&device, &recovery.public(), &[seed; 16]);
        let mut customer = Self { exchange, ledger, parties, key, hardware, account, rng };
        let open = OpenAccount { device, recovery: recovery.public(), salt: [seed; 16] };
        let body = customer.body(Signer::Opening, Action::OpenAccount(open)).await;
        let bytes = body.signing_bytes();
        let signatures = vec![
            customer.key.sign(Label::Transaction, &bytes),
            customer.hardware.sign(Label::Transaction, &bytes).unwrap(),
            recovery.sign(Label::Transaction, &bytes),
        ];
        customer.ledger.submit(HERE, &body.signed(signatures)).await.unwrap();
        customer.until(|account| account.is_some()).await;
        customer.fill(name).await;
        customer
    }

    async fn fill(&mut self, name: &str) {
        let bank = BankClient::new(self.exchange.clone(), self.parties.bank.clone());
        let customer = Text::new(name).unwrap();
        let content = RequestContent::OpenBankAccount { customer: customer.clone() };
        let request = self.request(&self.parties.bank.clone(), content);
        bank.open_account(HERE, &request).await.unwrap();
        let treasury = TreasuryClient::new(self.exchange.clone(), self.parties.treasury.clone());
        let content = RequestContent::Claim {
            programme: ProgrammeId::new("eco").unwrap(),
            evidence: Text::new("eco-2025-h2").unwrap(),
            citizen: customer,
        };
        let request = self.request(&self.parties.treasury.clone(), content);
        treasury.claim(HERE, &request).await.unwrap();
        self.until(|account| account.is_some_and(|it| it.lots.total().unwrap() == points(50_000))).await;
    }

    /// Points by proof.
    pub(crate) async fn points(&self) -> u64 {
        self.record().await.unwrap().lots.total().unwrap().amount()
    }

    /// Won by the bank's word.
    pub(crate) async fn won(&mut self) -> u64 {
        let bank = BankClient::new(self.exchange.clone(), self.parties.bank.clone());
        let request = self.request(&self.parties.bank.clone(), RequestContent::BankBalance);
        bank.balance(HERE, &request).await.unwrap().word.value().won.amount()
    }

    /// A code on the screen, worth so many points and so much in all.
    pub(crate) async fn show(&mut self, most_points: u64, total: u64) -> Shown {
        self.show_for(most_points, total, LONGEST_MANDATE, None).await.unwrap()
    }

    /// The same for so long, in place of another.
    pub(crate) async fn show_for(
        &mut self,
        most_points: u64,
        total: u64,
        life: Seconds,
        replaces: Option<&PaymentId>,
    ) -> Result<Shown, WordError> {
        let centre = self.centre();
        let request = self.request(&self.parties.centre.clone(), RequestContent::ConsumerCode);
        let code = centre.consumer_code(HERE, &request).await?.word.value().clone();
        let from = SystemClock.now();
        let payment = PaymentId::from_bytes(random::generate_array(&mut self.rng));
        let mandate = Mandate {
            chain_id: self.ledger.chain_id(),
            payment,
            account: self.account,
            epoch: Epoch::new(0),
            code: code_digest(&code.qr),
            points: points(most_points),
            total: won(total),
            centre: self.parties.centre.value().id(),
            bank: self.parties.bank.value().id(),
            from,
            until: from.plus(life).min(code.until),
        };
        let bytes = mandate.to_canonical();
        let signature = self.key.sign(Label::Mandate, &bytes);
        let mandate = SignedMandate { mandate: bytes, signature, cosignature: None };
        let content = RequestContent::Mandate { mandate, replaces: replaces.copied() };
        let request = self.request(&self.parties.centre.clone(), content);
        centre.mandate(HERE, &mut self.rng, &request).await?;
        Ok(Shown { qr: code.qr, barcode: code.barcode, payment })
    }

    /// What the centre tells this phone of a charge, and how far it is.
    pub(crate) async fn charged(&mut self, shown: &Shown) -> (String, Option<Terms>) {
        let reply = SealingKey::generate(&mut self.rng);
        let content = RequestContent::Charged { payment: shown.payment, reply: *reply.public().as_bytes() };
        let request = self.request(&self.parties.centre.clone(), content);
        let report = self.centre().charged(HERE, &request, Some(&shown.qr), &reply).await.unwrap();
        (report.stage, report.charge.map(|charge| charge.terms))
    }

    /// Pays a merchant's code, and has the receipt's code in hand once it is captured.
    pub(crate) async fn pay(&mut self, code: &str, points_part: u64, won_part: u64) -> Terms {
        let (terms, order) = self.order(code, points_part, won_part).await;
        self.hand_over(&terms, &order).await;
        for _ in 0..PATIENCE {
            if matches!(self.state(&terms.payment).await, Some(PaymentState::Captured { .. })) {
                return terms;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not captured");
    }

    /// An order that is signed, not handed over.
    pub(crate) async fn order(
        &mut self,
        code: &str,
        points_part: u64,
        won_part: u64,
    ) -> (Terms, SignedTransaction) {
        let terms = self.terms(code, points_part, won_part).await;
        let order = self.hold(&terms, terms.won).await;
        (terms, order)
    }

    /// An order that commits to `said` won and holds another sum.
    pub(crate) async fn order_of(&mut self, code: &str, said: u64, held: u64) -> (Terms, SignedTransaction) {
        let terms = self.terms(code, 0, said).await;
        let order = self.hold(&terms, won(held)).await;
        (terms, order)
    }

    async fn terms(&mut self, code: &str, points_part: u64, won_part: u64) -> Terms {
        let nonce = random::generate_array(&mut self.rng);
        let answer = self.centre().code(HERE, code, nonce).await.unwrap();
        let said = answer.word.value().clone();
        let merchant = said.merchant.unwrap();
        Terms {
            payment: PaymentId::from_bytes(random::generate_array(&mut self.rng)),
            merchant: merchant.id,
            name: merchant.name,
            code: code_digest(code),
            points: points(points_part),
            won: won(won_part),
            reference: said.reference,
            salt: Salt::from_bytes(random::generate_array(&mut self.rng)),
        }
    }

    async fn hold(&mut self, terms: &Terms, held: Won) -> SignedTransaction {
        let hold = Hold {
            payment: terms.payment,
            points: terms.points,
            won: held,
            commitment: terms.commitment(),
            centre: self.parties.centre.value().id(),
            bank: self.parties.bank.value().id(),
            expires: SystemClock.now().plus(Seconds::new(300)),
        };
        let device = DevicePair::new(&self.key.public(), self.hardware.public()).unwrap();
        let signer = Signer::Device { account: self.account, epoch: Epoch::new(0), device };
        let body = self.body(signer, Action::Hold(hold)).await;
        let signature = self.key.sign(Label::Transaction, &body.signing_bytes());
        body.signed(vec![signature])
    }

    pub(crate) async fn hand_over(&mut self, terms: &Terms, order: &SignedTransaction) {
        let opening = OrderOpening { transaction: order.to_canonical(), terms: terms.clone() };
        self.centre().order(HERE, &mut self.rng, &opening).await.unwrap();
    }

    /// Asks the merchant to give back.
    pub(crate) async fn wish(&mut self, payment: PaymentId, amount: u64) {
        let reason = Text::new("색이 달라요").unwrap();
        let content = RequestContent::AskRefund { payment, amount: won(amount), reason };
        let request = self.request(&self.parties.centre.clone(), content);
        self.centre().wish(HERE, &request).await.unwrap();
    }

    fn centre(&self) -> CentreClient {
        CentreClient::new(self.exchange.clone(), self.parties.centre.clone())
    }

    pub(crate) async fn state(&self, payment: &PaymentId) -> Option<PaymentState> {
        let key = state_key::payment(payment);
        let proven = self.ledger.state(HERE, std::slice::from_ref(&key)).await.unwrap();
        proven.get::<PaymentRecord>(&key).unwrap().into_parts().0.map(|record| record.state)
    }

    async fn record(&self) -> Option<AccountRecord> {
        let key = state_key::account(&self.account);
        let proven = self.ledger.state(HERE, std::slice::from_ref(&key)).await.unwrap();
        proven.get(&key).unwrap().into_parts().0
    }

    async fn until(&self, is_so: impl Fn(Option<&AccountRecord>) -> bool) {
        for _ in 0..PATIENCE {
            if is_so(self.record().await.as_ref()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it did not come about");
    }

    async fn body(&mut self, signer: Signer, action: Action) -> TransactionBody {
        let latest = self.ledger.refresh(HERE).await.unwrap().header.height();
        TransactionBody {
            chain_id: self.ledger.chain_id(),
            valid_until: latest.plus(50),
            nonce: Nonce::from_bytes(random::generate_array(&mut self.rng)),
            signer,
            action,
        }
    }

    fn request(&mut self, to: &Verified<RoleRecord>, content: RequestContent) -> Signed<DeviceRequest> {
        let request = DeviceRequest {
            to: to.value().id(),
            account: self.account,
            epoch: Epoch::new(0),
            device: DevicePair::new(&self.key.public(), self.hardware.public()).unwrap(),
            content,
            nonce: random::generate_array(&mut self.rng),
            time: SystemClock.now(),
        };
        let bytes = request.to_canonical();
        let signature = self.key.sign(DeviceRequest::LABEL, &bytes);
        Signed::from_parts(bytes, self.key.id(), signature)
    }
}

/// What a phone shows after a payment.
pub(crate) fn receipt(terms: &Terms) -> String {
    ReceiptOpening::of(terms).to_text()
}
