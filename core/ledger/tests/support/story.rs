//! One payment from terms to receipt: 3,000 points and 4,500 won at a bakery.

use super::city::{Block, City, time_of};
use super::parties::Service;
use super::sealer::Validators;
use super::{digest, points, text, won};
use citizen_coin::{Epoch, Lots};
use citizen_keys::Signed;
use citizen_ledger::{Receipt, Renewal, Role, debit_digest, state_key};
use citizen_payment::terms::code_digest;
use citizen_payment::word::{BankDebit, Merchant, MerchantAnswer, MerchantStatus};
use citizen_payment::{PaymentRecord, PaymentState, Salt, Terms};
use citizen_primitives::{AccountId, MerchantId, Month, PaymentId, Seconds, TransactionId};

/// The height of the block in which the payment is captured.
pub const CAPTURED: u64 = 5;

/// Everything that stands behind a receipt, for a test to change before it is sealed.
pub struct Story {
    pub centre: Service,
    pub bank: Service,
    pub terms: Terms,
    pub answer: MerchantAnswer,
    pub debit: Option<BankDebit>,
    pub record: PaymentRecord,
}

impl Story {
    /// Points and won.
    pub fn mixed() -> Self {
        Self::new(3_000, 4_500)
    }

    /// Points alone.
    pub fn points_only() -> Self {
        Self::new(7_500, 0)
    }

    fn new(points_part: u64, won_part: u64) -> Self {
        let (centre, bank) = (Service::new(Role::Centre, 21), Service::new(Role::Bank, 22));
        let terms = terms(points_part, won_part);
        let record = PaymentRecord {
            account: AccountId::from_bytes([1; 32]),
            epoch: Epoch::new(0),
            order: TransactionId::from_bytes([2; 32]),
            lots: Lots::of(Month::new(2031, 11).unwrap(), terms.points),
            won: terms.won,
            commitment: terms.commitment(),
            centre: centre.record.id(),
            bank: bank.record.id(),
            opened: time_of(CAPTURED - 1),
            expires: time_of(CAPTURED + 6),
            state: PaymentState::Held,
        };
        let debit = (won_part > 0).then(|| BankDebit {
            payment: terms.payment,
            order: record.order,
            won: terms.won,
            booking: 17,
            time: time_of(CAPTURED - 1).plus(Seconds::new(2)),
        });
        Self { answer: answer(&terms), centre, bank, terms, debit, record }
    }

    /// The bank's signed word.
    pub fn signed_debit(&self) -> Option<Signed<BankDebit>> {
        self.debit.as_ref().map(|debit| Signed::sign(debit, &self.bank.key))
    }

    /// Puts the capture into the record.
    pub fn captured(mut self) -> Self {
        let debit = self.signed_debit().as_ref().map(debit_digest);
        self.record.state = PaymentState::Captured { at: time_of(CAPTURED), debit };
        self
    }

    /// A city with the registry and the record, one block past the capture; four validators.
    pub fn city(&self) -> City {
        let mut city = City::new(Validators::new(1..5));
        let registry = Block::default()
            .write(self.centre.state_key(), &self.centre.record)
            .write(self.bank.state_key(), &self.bank.record);
        city.seal(registry);
        city.idle(CAPTURED - 2);
        let payment = state_key::payment(&self.terms.payment);
        city.seal(Block::default().write(payment, &self.record).transaction(b"capture", 0));
        city.idle(1);
        city
    }

    /// The receipt under the header after the capture.
    pub fn receipt(&self, city: &City) -> Receipt {
        let mut keys = vec![state_key::payment(&self.terms.payment), self.centre.state_key()];
        if self.debit.is_some() {
            keys.push(self.bank.state_key());
        }
        Receipt {
            terms: self.terms.clone(),
            light_block: city.block(CAPTURED + 1).to_bytes(),
            state: city.state(CAPTURED + 1, &keys),
            merchant: Signed::sign(&self.answer, &self.centre.key),
            debit: self.signed_debit(),
            renewal: None,
        }
    }
}

/// The proof of a receipt's header under the newest header.
pub fn renewal(city: &City) -> Renewal {
    Renewal { light_block: city.newest().to_bytes(), proof: city.header_proof(CAPTURED + 1, city.height()) }
}

fn terms(points_part: u64, won_part: u64) -> Terms {
    Terms {
        payment: PaymentId::from_hash(digest("payment")),
        merchant: MerchantId::new("10002345").unwrap(),
        name: text("시장빵집"),
        code: code_digest("code"),
        points: points(points_part),
        won: won(won_part),
        reference: Some(text("order-77")),
        salt: Salt::from_bytes([9; 32]),
    }
}

fn answer(terms: &Terms) -> MerchantAnswer {
    let merchant = Merchant {
        id: terms.merchant.clone(),
        name: terms.name.clone(),
        name_latin: text("Market Bakery"),
        district: text("종로구"),
        category: text("제과점"),
    };
    MerchantAnswer {
        code: terms.code,
        status: MerchantStatus::Usable,
        merchant: Some(merchant),
        amount: Some(terms.total().unwrap()),
        reference: terms.reference.clone(),
        fee: won(0),
        nonce: [4; 16],
        time: time_of(CAPTURED - 2),
        until: time_of(CAPTURED + 20),
    }
}
