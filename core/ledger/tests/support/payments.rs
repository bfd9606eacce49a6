//! Examples of what stands under the rules of payments: shown codes, refunds, redemptions, limits, and the words about them.

use super::parties::Phone;
use super::story::Story;
use super::transactions::ACCOUNT;
use super::{GENESIS, chain_id, digest, points, text, won};
use citizen_coin::{Epoch, LapsedRefund, Limits, Lots, Refunded, Spending};
use citizen_keys::Signed;
use citizen_ledger::{
    Action, Charge, Dated, Govern, PaymentRules, Redeem, RedemptionRule, Refund, Revoke, SetLimits,
};
use citizen_payment::mandate::{LONGEST_MANDATE, Mandate, SignedMandate};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::till::{
    ChargeNumber, MerchantAct, MerchantApplication, MerchantRequest, ReceiptOpening,
};
use citizen_payment::word::{
    BankRefund, BankSettlement, Certificate, ChargeOpening, ConsumerCode, Payout, Settlement,
};
use citizen_payment::{RedemptionRecord, RefundRecord, RefundTerms, Salt};
use citizen_primitives::{
    Canonical as _, Day, KeyId, Label, MerchantId, Month, PaymentId, PollId, RedemptionId, RefundId, Seconds,
    TransactionId,
};
use citizen_voting::blind::{BlindedMessage, BlindedOutcome, RsaSignature};
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::reward::RewardToken;

const PAYMENT: PaymentId = PaymentId::from_bytes([7; 32]);
const REFUND: RefundId = RefundId::from_bytes([0x21; 32]);
const REDEMPTION: RedemptionId = RedemptionId::from_bytes([0x22; 32]);

fn lots() -> Lots {
    Lots::of(Month::new(2031, 11).unwrap(), points(1_667))
}

fn limits() -> Limits {
    Limits { per_payment: won(50_000), per_day: won(80_000), per_month: won(200_000) }
}

/// A mandate over a consumer code for a centre.
pub fn mandate(centre: KeyId) -> Mandate {
    Mandate {
        chain_id: chain_id(),
        payment: PAYMENT,
        account: ACCOUNT,
        epoch: Epoch::new(0),
        code: digest("consumer code"),
        points: points(5_000),
        total: won(20_000),
        centre,
        bank: KeyId::from_bytes([5; 32]),
        from: GENESIS,
        until: GENESIS.plus(LONGEST_MANDATE),
    }
}

/// The mandate signed by both keys of a phone. ECDSA signatures here are deterministic (RFC 6979).
pub fn signed_mandate(phone: &Phone, centre: KeyId) -> SignedMandate {
    let bytes = mandate(centre).to_canonical();
    let signature = phone.key.sign(Label::Mandate, &bytes);
    let cosignature = phone.hardware.sign(Label::Mandate, &bytes).unwrap();
    SignedMandate { mandate: bytes, signature, cosignature: Some(cosignature) }
}

pub fn rules() -> PaymentRules {
    fn dated<T>(value: T) -> Vec<Dated<T>> {
        vec![Dated { from: GENESIS, value, source: text("a source") }]
    }
    PaymentRules {
        limits: dated(limits()),
        refundable: dated(Seconds::new(7_776_000)),
        lapsed_refund: [dated(LapsedRefund::StayExpired), dated(LapsedRefund::Grace { months: 1 })].concat(),
        redemption: dated(RedemptionRule { step: points(10_000), most: points(50_000) }),
    }
}

/// The actions, with who signs them.
pub fn actions(phone: &Phone, centre: KeyId) -> Vec<(&'static str, &'static str, Action)> {
    let charge = Charge {
        mandate: signed_mandate(phone, centre),
        points: points(3_000),
        won: won(4_500),
        commitment: digest("terms"),
        expires: GENESIS.plus(Seconds::new(300)),
    };
    let refund = Refund {
        refund: REFUND,
        payment: PAYMENT,
        amount: won(4_001),
        commitment: refund_terms().commitment(),
    };
    let redeem =
        Redeem { redemption: REDEMPTION, points: points(20_000), treasury: KeyId::from_bytes([6; 32]) };
    vec![
        ("charge", "party", Action::Charge(charge)),
        ("revoke", "device", Action::Revoke(Revoke { payment: PAYMENT })),
        ("refund", "party", Action::Refund(refund)),
        ("redeem", "device", Action::Redeem(redeem)),
        ("set-limits", "device", Action::SetLimits(SetLimits { limits: Some(limits()) })),
        ("set-payment-rules", "governors", Action::Govern(Govern::SetPaymentRules(rules()))),
    ]
}

pub fn refund_terms() -> RefundTerms {
    RefundTerms {
        refund: REFUND,
        payment: PAYMENT,
        merchant: MerchantId::new("1000001").unwrap(),
        amount: won(4_001),
        reason: text("반품"),
        salt: Salt::from_bytes([0x23; 32]),
    }
}

pub fn refund_record() -> RefundRecord {
    RefundRecord {
        payment: PAYMENT,
        account: ACCOUNT,
        lots: lots(),
        expired: points(0),
        won: won(2_334),
        commitment: refund_terms().commitment(),
        centre: KeyId::from_bytes([4; 32]),
        bank: KeyId::from_bytes([5; 32]),
        transaction: TransactionId::from_bytes([2; 32]),
        time: GENESIS,
    }
}

pub fn refunded() -> Refunded {
    Refunded { lots: lots(), won: won(2_334), count: 1 }
}

pub fn redemption_record() -> RedemptionRecord {
    RedemptionRecord {
        account: ACCOUNT,
        points: points(20_000),
        treasury: KeyId::from_bytes([6; 32]),
        transaction: TransactionId::from_bytes([2; 32]),
        time: GENESIS,
    }
}

pub fn spending() -> Spending {
    Spending {
        day: Day::new(20_778),
        in_day: won(7_500),
        month: Some(Month::new(2026, 11).unwrap()),
        in_month: won(9_000),
        own: Some(limits()),
    }
}

pub fn bank_refund() -> BankRefund {
    BankRefund { refund: REFUND, payment: PAYMENT, won: won(2_334), booking: 12, time: GENESIS }
}

pub fn consumer_code() -> ConsumerCode {
    ConsumerCode {
        account: ACCOUNT,
        qr: "3-12345678901234567890123".to_owned(),
        barcode: "800088123456789012345678".to_owned(),
        bank: KeyId::from_bytes([5; 32]),
        time: GENESIS,
        until: GENESIS.plus(LONGEST_MANDATE),
    }
}

pub fn settlement() -> Settlement {
    let merchant = MerchantId::new("1000001").unwrap();
    let payout = Payout { merchant, won: won(11_964), points: points(5_000), fee: won(36) };
    Settlement { day: Day::new(20_778), part: 0, payouts: vec![payout], time: GENESIS }
}

pub fn bank_settlement() -> BankSettlement {
    BankSettlement {
        day: Day::new(20_778),
        settlement: digest("settlement"),
        won: won(11_964),
        fees: won(36),
        time: GENESIS,
    }
}

pub fn certificate() -> Certificate {
    Certificate {
        redemption: REDEMPTION,
        account: ACCOUNT,
        number: text("1234-5678-9012-3456"),
        won: won(20_000),
        time: GENESIS,
        until: GENESIS.plus(Seconds::new(157_766_400)),
    }
}

pub fn charge_opening(story: &Story) -> ChargeOpening {
    ChargeOpening { terms: story.terms.clone(), merchant: Signed::sign(&story.answer, &story.centre.key) }
}

pub fn receipt_opening(story: &Story) -> ReceiptOpening {
    ReceiptOpening::of(&story.terms)
}

/// What devices ask of parties.
pub fn device_requests(phone: &Phone) -> Vec<(&'static str, DeviceRequest)> {
    let centre = KeyId::from_bytes([4; 32]);
    let contents = [
        ("open-bank-account", RequestContent::OpenBankAccount { customer: text("김지우") }),
        ("bank-balance", RequestContent::BankBalance),
        ("consumer-code", RequestContent::ConsumerCode),
        ("charged", RequestContent::Charged { payment: PAYMENT, reply: [0x24; 32] }),
        (
            "ask-refund",
            RequestContent::AskRefund { payment: PAYMENT, amount: won(4_001), reason: text("반품") },
        ),
        ("certificate", RequestContent::Certificate { redemption: REDEMPTION, reply: [0x24; 32] }),
        (
            "mandate",
            RequestContent::Mandate {
                mandate: signed_mandate(phone, centre),
                replaces: Some(PaymentId::from_bytes([8; 32])),
            },
        ),
    ];
    contents.into_iter().map(|(name, content)| (name, request(phone, centre, content))).collect()
}

/// What devices ask of the parties of polls.
pub fn poll_requests(phone: &Phone) -> Vec<(&'static str, DeviceRequest)> {
    let party = KeyId::from_bytes([0x50; 32]);
    let poll = PollId::from_bytes([0x51; 32]);
    let register = RequestContent::Register {
        poll,
        electorate: ElectorateIndex::new(1),
        blinded: Box::new(BlindedMessage::from_bytes([0x52; 384])),
        reply: [0x24; 32],
    };
    let signature =
        BlindedOutcome { randomizer: [0x54; 32], signature: RsaSignature::from_bytes([0x55; 384]) };
    let token = RewardToken { nonce: [0x53; 32], signature };
    let reward = RequestContent::Reward { poll, token: Box::new(token) };
    vec![("register", request(phone, party, register)), ("reward", request(phone, party, reward))]
}

fn request(phone: &Phone, to: KeyId, content: RequestContent) -> DeviceRequest {
    DeviceRequest {
        to,
        account: ACCOUNT,
        epoch: Epoch::new(0),
        device: phone.pair(),
        content,
        nonce: [0x25; 16],
        time: GENESIS,
    }
}

/// What tills ask of the centre.
pub fn merchant_requests() -> Vec<(&'static str, MerchantRequest)> {
    let number = ChargeNumber::from_bytes([0x26; 16]);
    let day = Day::new(20_778);
    let acts = [
        ("order-code", MerchantAct::OrderCode { amount: won(12_000) }),
        ("charge", MerchantAct::Charge { number, code: digest("consumer code"), amount: won(12_000) }),
        ("inquire", MerchantAct::Inquire { number }),
        ("reverse", MerchantAct::Reverse { number }),
        ("payments", MerchantAct::Payments { day }),
        (
            "refund",
            MerchantAct::Refund {
                refund: REFUND,
                payment: PAYMENT,
                amount: won(4_001),
                reason: text("반품"),
            },
        ),
        ("cancel", MerchantAct::Cancel { refund: REFUND, payment: PAYMENT }),
        ("inquire-refund", MerchantAct::InquireRefund { refund: REFUND }),
        ("serve", MerchantAct::Serve { payment: PAYMENT }),
        ("settlement", MerchantAct::Settlement { day }),
        ("wishes", MerchantAct::Wishes),
    ];
    let request = |act| MerchantRequest {
        to: KeyId::from_bytes([4; 32]),
        merchant: MerchantId::new("1000001").unwrap(),
        counter: text("1"),
        act,
        nonce: [0x25; 16],
        time: GENESIS,
    };
    acts.into_iter().map(|(name, act)| (name, request(act))).collect()
}

/// A merchant that registers.
pub fn application() -> MerchantApplication {
    MerchantApplication {
        to: KeyId::from_bytes([4; 32]),
        name: text("연남만두"),
        name_latin: text("YEONNAM MANDU"),
        district: text("마포구"),
        category: text("음식점"),
        category_code: text("5812"),
        prior_year_sales: won(900_000_000),
        time: GENESIS,
    }
}

/// A document signed by a key made from a seed.
pub fn signed<T: citizen_keys::Document>(document: &T, seed: u8) -> Signed<T> {
    Signed::sign(document, &citizen_keys::SigningKey::from_seed(&[seed; 32]))
}
