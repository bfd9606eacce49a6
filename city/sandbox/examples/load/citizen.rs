//! A citizen's phone, and a merchant's till, as far as a payment needs them.

use crate::town::Town;
use crate::watch::Watch;
use citizen_client::api::{
    Bytes, ConsumerCodeAnswer, MandateAnswer, MandateRequest, OrderAnswer, OrderRequest, RegisterRequest,
    SignedRequest, TillAnswer,
};
use citizen_client::{BankClient, CallError, MANDATE_CONTEXT, ORDER_CONTEXT, TillClient};
use citizen_coin::Epoch;
use citizen_coin::account::account_id;
use citizen_keys::{
    DevicePair, Document as _, HardwareKey, KeyAlias, MemoryBackend, SealingPublicKey, Signed, SigningKey,
    SoftwareKeystore,
};
use citizen_ledger::{Action, Grant, Nonce, OpenAccount, SignedTransaction, Signer, TransactionBody};
use citizen_payment::mandate::{LONGEST_MANDATE, Mandate, SignedMandate};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::terms::code_digest;
use citizen_payment::till::{ChargeNumber, MerchantAct, MerchantApplication, MerchantRequest};
use citizen_payment::word::{ConsumerCode, OrderOpening};
use citizen_payment::{Hold, Salt, Terms};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{
    AccountId, Canonical as _, Clock as _, Hash, KeyId, Label, MerchantId, PaymentId, PersonTag, Place,
    Points, ProgrammeId, Seconds, Text, Won, random,
};
use city_chain::Chain as _;
use city_sandbox::keys::Keys;
use city_sandbox::merchants::{BAKERY, printed_code};
use city_services::centre::default_merchants;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

const ASK: Place = Place::new("load/ask");

/// What every citizen is granted.
pub(crate) const GRANTED: u64 = 5_000;
/// What a payment takes.
const PART: (u64, u64) = (100, 400);
/// After the first try that the gateway has no time for; the waits double up to the longest, each by chance up to twice as long.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Makes citizens from their numbers. They share a hardware key, which small payments do not use.
pub(crate) struct Issuer {
    hardware: HardwareKey,
    treasury: SigningKey,
}

pub(crate) struct Citizen {
    key: SigningKey,
    device: DevicePair,
    salt: [u8; 16],
    number: usize,
    pub(crate) account: AccountId,
}

impl Issuer {
    pub(crate) fn of(town: &Town) -> Self {
        let keystore =
            SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system())).unwrap();
        let hardware = HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap();
        Self { hardware, treasury: Keys::signing(&town.keys.treasury) }
    }

    pub(crate) fn citizen(&self, number: usize) -> Citizen {
        let seed = *Hash::plain(&[&number.to_le_bytes()]).as_bytes();
        let key = SigningKey::from_seed(&seed);
        let device = DevicePair::new(&key.public(), self.hardware.public()).unwrap();
        let salt = *seed.first_chunk().unwrap();
        let account = account_id(&device, &key.public(), &salt);
        Citizen { key, device, salt, number, account }
    }

    pub(crate) fn opening(&self, town: &Town, citizen: &Citizen) -> Vec<u8> {
        let Citizen { key, device, salt, .. } = citizen;
        let action =
            Action::OpenAccount(OpenAccount { device: *device, recovery: key.public(), salt: *salt });
        let body = body(town, Signer::Opening, action);
        let bytes = body.signing_bytes();
        let own = key.sign(Label::Transaction, &bytes);
        body.signed(vec![own, self.hardware.sign(Label::Transaction, &bytes).unwrap(), own]).to_canonical()
    }

    pub(crate) fn grant(&self, town: &Town, citizen: &Citizen) -> Vec<u8> {
        let grant = Grant {
            programme: ProgrammeId::new("eco").unwrap(),
            account: citizen.account,
            points: Points::new(GRANTED).unwrap(),
            person: PersonTag::from_bytes(fresh()),
            evidence: Hash::from_bytes(fresh()),
        };
        let body = body(town, Signer::Party { key: self.treasury.public() }, Action::Grant(grant));
        let signature = self.treasury.sign(Label::Transaction, &body.signing_bytes());
        body.signed(vec![signature]).to_canonical()
    }
}

impl Citizen {
    pub(crate) async fn open_bank_account(&self, town: &Town) {
        let customer = Text::new(&format!("citizen {}", self.number)).unwrap();
        let bank = BankClient::new(town.exchange.clone(), town.parties.bank.clone());
        let content = RequestContent::OpenBankAccount { customer };
        let request = self.request(town.parties.bank.value().id(), content);
        bank.open_account(ASK, &request).await.unwrap();
    }

    /// Approves an order of the bakery's printed code, and hands it to the centre until the centre has it, or refuses it.
    pub(crate) async fn pay(&self, town: &Town, watch: &Watch, approved: Instant) -> Result<(), CallError> {
        let terms = bakery();
        let order = self.order(town, &terms);
        let payment = terms.payment;
        let opening = OrderOpening { transaction: order.to_canonical(), terms };
        let sealed = seal(town, ORDER_CONTEXT, &opening.to_canonical());
        let _taken: OrderAnswer = post(town, "v1/centre/orders", &OrderRequest { sealed }).await?;
        watch.expect(payment, approved);
        Ok(())
    }

    /// Shows a code: the centre's text, and the mandate over it. Returns the text and its payment.
    pub(crate) async fn show(&self, town: &Town) -> (String, PaymentId) {
        let centre = town.parties.centre.value().id();
        let request =
            SignedRequest { request: Bytes::of(&self.request(centre, RequestContent::ConsumerCode)) };
        let answer: ConsumerCodeAnswer = post(town, "v1/centre/consumer-codes", &request).await.unwrap();
        let code: Signed<ConsumerCode> = answer.code.read().unwrap();
        let code = code.verify(&town.parties.centre.value().key).unwrap();
        let payment = PaymentId::from_bytes(fresh());
        let from = SystemClock.now();
        let mandate = Mandate {
            chain_id: town.chain.status().chain_id,
            payment,
            account: self.account,
            epoch: Epoch::new(0),
            code: code_digest(&code.qr),
            points: Points::new(PART.0).unwrap(),
            total: Won::new(PART.0 + PART.1).unwrap(),
            centre,
            bank: code.bank,
            from,
            until: code.until.min(from.plus(LONGEST_MANDATE)),
        };
        let mandate = mandate.to_canonical();
        let signature = self.key.sign(Label::Mandate, &mandate);
        let mandate = SignedMandate { mandate, signature, cosignature: None };
        let request = self.request(centre, RequestContent::Mandate { mandate, replaces: None });
        let sealed = seal(town, MANDATE_CONTEXT, &request.to_canonical());
        let _ready: MandateAnswer =
            post(town, "v1/centre/mandates", &MandateRequest { sealed }).await.unwrap();
        (code.qr, payment)
    }

    fn order(&self, town: &Town, terms: &Terms) -> SignedTransaction {
        let hold = Hold {
            payment: terms.payment,
            points: terms.points,
            won: terms.won,
            commitment: terms.commitment(),
            centre: town.parties.centre.value().id(),
            bank: town.parties.bank.value().id(),
            expires: SystemClock.now().plus(Seconds::new(600)),
        };
        let signer = Signer::Device { account: self.account, epoch: Epoch::new(0), device: self.device };
        let body = body(town, signer, Action::Hold(hold));
        body.signed(vec![self.key.sign(Label::Transaction, &body.signing_bytes())])
    }

    fn request(&self, to: KeyId, content: RequestContent) -> Signed<DeviceRequest> {
        let request = DeviceRequest {
            to,
            account: self.account,
            epoch: Epoch::new(0),
            device: self.device,
            content,
            nonce: fresh(),
            time: SystemClock.now(),
        };
        let bytes = request.to_canonical();
        let signature = self.key.sign(DeviceRequest::LABEL, &bytes);
        Signed::from_parts(bytes, self.key.id(), signature)
    }
}

/// A counter that charges codes.
pub(crate) struct Till {
    key: SigningKey,
    merchant: MerchantId,
    client: TillClient,
}

impl Till {
    pub(crate) fn open(town: &Town) -> Self {
        let key = SigningKey::from_seed(&fresh());
        let text = |text| Text::new(text).unwrap();
        let application = MerchantApplication {
            to: town.parties.centre.value().id(),
            name: text("연남만두"),
            name_latin: text("YEONNAM MANDU"),
            district: text("마포구"),
            category: text("음식점"),
            category_code: text("5812"),
            prior_year_sales: Won::new(250_000_000).unwrap(),
            time: SystemClock.now(),
        };
        let application = Bytes::of(&Signed::sign(&application, &key));
        let request = RegisterRequest { application, key: Bytes::of(&key.public()) };
        let merchant = MerchantId::new(&town.centre.enrol_merchant(&request).unwrap().merchant).unwrap();
        town.tills.lock().unwrap().push(merchant.clone());
        Self { key, merchant, client: TillClient::new(town.exchange.clone(), town.parties.centre.clone()) }
    }

    /// Charges a code for all that it allows.
    pub(crate) async fn charge(&self, code: &str) {
        let number = ChargeNumber::from_bytes(fresh());
        let amount = Won::new(PART.0 + PART.1).unwrap();
        let request = MerchantRequest {
            to: self.client.party().value().id(),
            merchant: self.merchant.clone(),
            counter: Text::new("1").unwrap(),
            act: MerchantAct::Charge { number, code: code_digest(code), amount },
            nonce: fresh(),
            time: SystemClock.now(),
        };
        let word = self.client.ask(ASK, &Signed::sign(&request, &self.key)).await.unwrap();
        assert!(matches!(&word.word.value().answer, TillAnswer::Charge { .. }), "{word:?}");
    }
}

/// What every order says; a phone reads the code once.
static TERMS: LazyLock<Terms> = LazyLock::new(|| {
    let all = default_merchants().unwrap();
    let shop = all.into_iter().find(|record| record.merchant.id.as_str() == BAKERY).unwrap().merchant;
    Terms {
        payment: PaymentId::from_bytes(fresh()),
        merchant: shop.id,
        name: shop.name,
        code: code_digest(&printed_code(BAKERY).unwrap()),
        points: Points::new(PART.0).unwrap(),
        won: Won::new(PART.1).unwrap(),
        reference: None,
        salt: Salt::from_bytes(fresh()),
    }
});

fn bakery() -> Terms {
    Terms { payment: PaymentId::from_bytes(fresh()), salt: Salt::from_bytes(fresh()), ..TERMS.clone() }
}

fn body(town: &Town, signer: Signer, action: Action) -> TransactionBody {
    let status = town.chain.status();
    let valid_until = status.latest.plus(900);
    TransactionBody {
        chain_id: status.chain_id,
        valid_until,
        nonce: Nonce::from_bytes(fresh()),
        signer,
        action,
    }
}

fn seal(town: &Town, context: &[u8], plain: &[u8]) -> Bytes {
    let key = SealingPublicKey::from_bytes(town.parties.centre.value().sealing.unwrap());
    Bytes::new(&key.seal(&mut random::system(), context, plain).unwrap())
}

/// Again where the gateway is busy or gives no answer, as a phone does with what is in its outbox.
async fn post<A: DeserializeOwned>(
    town: &Town,
    path: &str,
    question: &(impl Serialize + Sync),
) -> Result<A, CallError> {
    let mut pause = PAUSE;
    loop {
        match town.phones.post(ASK, path, question).await {
            Err(CallError::Refused(body)) if matches!(body.code.as_str(), "busy" | "too-slow") => {}
            Err(CallError::Offline) => {}
            answer => return answer,
        }
        let [chance] = fresh();
        tokio::time::sleep(pause + pause * u32::from(chance) / 255).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn fresh<const N: usize>() -> [u8; N] {
    random::generate_array(&mut random::system())
}
