//! Merchants at the counter: they register with a key, and every request of a till is signed by it.

use super::Centre;
use super::charge::Asked;
use super::line;
use super::merchant::{self, MERCHANTS, MerchantRecord};
use super::record::{ORDERS, OrderRecord};
use super::refund::{self, Give};
use super::settlement_file::{Detail, SettlementFile};
use super::wish::{self, Wished};
use crate::db::{Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::TillWord;
use citizen_client::api::{
    Bytes, RegisterAnswer, RegisterRequest, SettledRecord, SignedRequest, TillAnswer, TillPayment,
    TillRequest, TillResponse, Wish, WishAnswer,
};
use citizen_client::till::request_digest;
use citizen_keys::{PublicKey, Signed};
use citizen_payment::request::RequestContent;
use citizen_payment::till::{MerchantAct, MerchantApplication, MerchantRequest, ReceiptOpening};
use citizen_payment::word::Merchant;
use citizen_primitives::{Day, MerchantId, PaymentId, Text, UnixTime};

/// [`Served`] by payment.
const SERVED: Table = Table::new("served");
/// [`Number`] of a registered key.
const KEYS: Table = Table::new("merchant-keys");
/// [`Counter`], the one.
const COUNTER: Table = Table::new("merchant-counter");

/// How old a request may be, in seconds; and how far ahead.
const OLDEST: u64 = 300;
/// The first number that is given to a merchant that registers.
const FIRST: u64 = 2_000_001;

/// Who served a payment's customer.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Served {
    counter: Text,
    nonce: [u8; 16],
    time: UnixTime,
}

#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
struct Number(MerchantId);

#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct Counter(u64);

citizen_primitives::canonical!(Served = 1, Number = 1, Counter = 1);

impl Centre {
    /// Registers a merchant by its key; the same key again gets the same number (CENTRE-14). The sandbox's centre takes
    /// everybody's word on name and sales; a real one would look at papers.
    pub fn enrol_merchant(&self, request: &RegisterRequest) -> Result<RegisterAnswer, ServiceError> {
        let signed: Signed<MerchantApplication> =
            request.application.read().map_err(|_| ServiceError::Malformed)?;
        let key: PublicKey = request.key.read().map_err(|_| ServiceError::Malformed)?;
        key.check().map_err(|_| Reason::Signature)?;
        let application = signed.verify(&key).map_err(|_| Reason::Signature)?;
        if application.to != self.party.id() {
            return Err(Reason::WrongParty.into());
        }
        self.check_time(application.time)?;
        check_names(&application)?;
        let id = self.party.db().commit(places::CENTRE_MERCHANTS, |writer| {
            if let Some(Number(id)) = writer.find(KEYS, key.id().as_bytes())? {
                return Ok::<_, ServiceError>(id);
            }
            let id = next_number(writer)?;
            let record = MerchantRecord {
                merchant: Merchant {
                    id: id.clone(),
                    name: application.name.clone(),
                    name_latin: application.name_latin.clone(),
                    district: application.district.clone(),
                    category: application.category.clone(),
                },
                category_code: application.category_code.clone(),
                is_suspended: false,
                prior_year_sales: application.prior_year_sales,
                key: Some(key),
            };
            writer.put(MERCHANTS, id.as_str().as_bytes(), &record)?;
            writer.put(KEYS, key.id().as_bytes(), &Number(id.clone()))?;
            Ok(id)
        })?;
        Ok(RegisterAnswer { merchant: id.as_str().to_owned(), printed_code: self.printed_code(&id)? })
    }

    /// What a till asks, answered over this centre's signature, a refusal too: no gateway can answer in its place (CENTRE-14).
    /// What is refused before it is known whose request it is, and whether it is one of now, is refused without a word.
    pub async fn till_word(&self, request: TillRequest) -> Result<TillResponse, ServiceError> {
        let signed: Signed<MerchantRequest> = request.request.read().map_err(|_| ServiceError::Malformed)?;
        let request = self.admit_till(&signed)?;
        let answer = match self.act(&request).await {
            Err(ServiceError::Refused(reason)) => TillAnswer::Refused { reason: reason.word().to_owned() },
            answer => answer?,
        };
        let word = TillWord { request: request_digest(&signed), answer, time: self.party.now() };
        Ok(TillResponse { answer: Bytes::of(&self.party.sign(&word)) })
    }

    /// What a till asks, signed by its merchant (CENTRE-14).
    pub async fn till(&self, request: TillRequest) -> Result<TillAnswer, ServiceError> {
        let signed: Signed<MerchantRequest> = request.request.read().map_err(|_| ServiceError::Malformed)?;
        self.act(&self.admit_till(&signed)?).await
    }

    fn admit_till(&self, signed: &Signed<MerchantRequest>) -> Result<MerchantRequest, ServiceError> {
        let named = signed.dangerous_unverified().map_err(|_| ServiceError::Malformed)?;
        let key = self.merchant(&named.merchant)?.key.ok_or(Reason::Signature)?;
        let request = signed.verify(&key).map_err(|_| Reason::Signature)?;
        if request.to != self.party.id() {
            return Err(Reason::WrongParty.into());
        }
        self.check_time(request.time)?;
        Ok(request)
    }

    /// A customer asks for money back; the merchant decides.
    pub async fn wish(&self, request: SignedRequest) -> Result<WishAnswer, ServiceError> {
        let request = crate::device::read(&self.party, &request)?;
        let RequestContent::AskRefund { payment, amount, reason } = &request.content else {
            return Err(ServiceError::Malformed);
        };
        let key = citizen_ledger::state_key::payment(payment);
        let also = std::slice::from_ref(&key);
        let proven = crate::device::prove(&self.party, places::CENTRE_ASK_ACCOUNT, &request, also).await?;
        let record = proven.get::<citizen_payment::PaymentRecord>(&key)?.present().ok_or(Reason::NotPaid)?;
        if record.value().account != request.account {
            return Err(Reason::NotPaid.into());
        }
        self.book(payment).await?;
        self.party.db().commit(places::CENTRE_WISH, |writer| {
            let left = refund::left(writer, payment)?;
            let taking = merchant::taking(writer, payment)?.ok_or(Reason::NotPaid)?;
            if amount.is_zero() || *amount > left {
                return Err(ServiceError::Refused(Reason::TooMuch));
            }
            let wished = Wished {
                payment: *payment,
                account: request.account,
                amount: *amount,
                reason: reason.clone(),
            };
            Ok(wish::note(writer, &taking.merchant, &wished)?)
        })?;
        Ok(WishAnswer { state: "noted".to_owned() })
    }

    async fn act(&self, request: &MerchantRequest) -> Result<TillAnswer, ServiceError> {
        let merchant = &request.merchant;
        match &request.act {
            MerchantAct::OrderCode { amount } => {
                let code = self.order_code(merchant, *amount)?;
                let until = self.party.now().plus(super::ORDER_CODE_LIFE).seconds();
                Ok(TillAnswer::OrderCode { code, until })
            }
            MerchantAct::Charge { number, code, amount } => {
                self.charge(Asked { request, number: *number, code: *code, amount: *amount }).await
            }
            MerchantAct::Inquire { number } => self.inquire(merchant, number),
            MerchantAct::Reverse { number } => self.reverse(request, number),
            MerchantAct::Payments { day } => self.payments_of(merchant, *day),
            MerchantAct::Refund { refund, payment, amount, reason } => {
                let (refund, payment, amount) = (*refund, *payment, *amount);
                self.book(&payment).await?;
                self.refund(&Give { request, refund, payment, amount, reason: reason.as_str() })
            }
            MerchantAct::Cancel { refund, payment } => {
                self.book(payment).await?;
                self.cancel(request, *refund, *payment)
            }
            MerchantAct::InquireRefund { refund } => self.inquire_refund(merchant, refund),
            MerchantAct::Serve { payment } => {
                self.book(payment).await?;
                self.serve(request, payment)
            }
            MerchantAct::Settlement { day } => {
                let (file, paid) = self.settlement_file(merchant, *day)?;
                let records = self.records(&file)?;
                Ok(TillAnswer::Settlement { file: file.to_text()?, paid, records })
            }
            MerchantAct::Wishes => self.wishes(merchant),
        }
    }

    fn check_time(&self, time: UnixTime) -> Result<(), ServiceError> {
        let now = self.party.now();
        let off = now.since(time).count().max(time.since(now).count());
        if off > OLDEST { Err(Reason::TooOld.into()) } else { Ok(()) }
    }

    fn payments_of(&self, merchant: &MerchantId, day: Day) -> Result<TillAnswer, ServiceError> {
        let payments = self.party.db().read(|rows| {
            let takings = line::takings_of(rows, merchant, day)?;
            let seen = takings.into_iter().map(|(payment, taking)| {
                Ok(TillPayment {
                    payment: payment.to_hex(),
                    time: taking.time.seconds(),
                    points: taking.points.amount(),
                    krw: taking.won.amount(),
                    refunded: refund::given(rows, &payment)?.amount(),
                    receipt: receipt_code(rows, &payment)?,
                })
            });
            seen.collect::<Result<Vec<_>, ServiceError>>()
        })?;
        Ok(TillAnswer::Payments { payments })
    }

    /// Marks a payment as served: the first counter is told so, every other one who was first. Whether the payment is one, the
    /// till has proved by itself.
    fn serve(&self, request: &MerchantRequest, payment: &PaymentId) -> Result<TillAnswer, ServiceError> {
        let served = self.party.db().commit(places::CENTRE_SERVED, |writer| {
            let taking = merchant::taking(writer, payment)?.ok_or(Reason::NotPaid)?;
            if taking.merchant != request.merchant {
                return Err(ServiceError::Refused(Reason::NotPaid));
            }
            if let Some(served) = writer.find::<Served>(SERVED, payment.as_bytes())? {
                return Ok(served);
            }
            let served =
                Served { counter: request.counter.clone(), nonce: request.nonce, time: self.party.now() };
            writer.put(SERVED, payment.as_bytes(), &served)?;
            Ok(served)
        })?;
        Ok(TillAnswer::Served {
            first: served.nonce == request.nonce,
            counter: served.counter.as_str().to_owned(),
            time: served.time.seconds(),
        })
    }

    /// With what the till proves each record of a file.
    fn records(&self, file: &SettlementFile) -> Result<Vec<SettledRecord>, ServiceError> {
        self.party.db().read(|rows| {
            let record = |detail: &Detail| {
                let refund = detail.refund.map(|refund| refund.to_hex());
                Ok(SettledRecord { refund, receipt: receipt_code(rows, &detail.payment)? })
            };
            file.details.iter().map(record).collect()
        })
    }

    fn wishes(&self, merchant: &MerchantId) -> Result<TillAnswer, ServiceError> {
        let wishes = self.party.db().read(|rows| {
            let mut wishes = Vec::new();
            for Wished { payment, amount, reason, .. } in wish::wishes_of(rows, merchant)? {
                if refund::left(rows, &payment)? >= amount {
                    let (amount, reason) = (amount.amount(), reason.as_str().to_owned());
                    wishes.push(Wish { payment: payment.to_hex(), amount, reason });
                }
            }
            Ok::<_, ServiceError>(wishes)
        })?;
        Ok(TillAnswer::Wishes { wishes })
    }
}

/// What opens a payment's record for its merchant.
fn receipt_code(rows: &impl Rows, payment: &PaymentId) -> Result<String, ServiceError> {
    let order: OrderRecord = rows.find(ORDERS, payment.as_bytes())?.ok_or(ServiceError::Unavailable)?;
    Ok(ReceiptOpening::of(&order.terms).to_text())
}

fn next_number(writer: &Writer<'_>) -> Result<MerchantId, ServiceError> {
    let Counter(next) = writer.find(COUNTER, b"")?.unwrap_or(Counter(FIRST));
    writer.put(COUNTER, b"", &Counter(next.saturating_add(1)))?;
    MerchantId::new(&next.to_string()).map_err(|_| ServiceError::Malformed)
}

/// What will not fit a payment code is refused at the door (EMV QRCPS MPM: names of at most 25 characters, category of four
/// digits).
fn check_names(application: &MerchantApplication) -> Result<(), ServiceError> {
    let latin = application.name_latin.as_str();
    let category = application.category_code.as_str();
    let fits = !latin.is_empty()
        && latin.len() <= 25
        && latin.bytes().all(|byte| (0x20..0x7f).contains(&byte))
        && category.len() == 4
        && category.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=25).contains(&application.name.as_str().chars().count())
        && (1..=15).contains(&application.district.as_str().chars().count());
    if fits { Ok(()) } else { Err(Reason::Name.into()) }
}
