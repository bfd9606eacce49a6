//! What a party says and signs: the bank on won, the centre on merchants and orders, the treasury on claims.
//!
//! A word is one party's, not the ledger's: a screen shows it as such, with who said it and when.

use crate::terms::Terms;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, Signed};
use citizen_primitives::{
    AccountId, Day, Hash, KeyId, Label, MerchantId, PaymentId, Points, ProgrammeId, RedemptionId, RefundId,
    Text, TransactionId, UnixTime, Won,
};

/// The bank: "I have debited so much for this payment." A capture of won needs it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BankDebit {
    /// The payment.
    pub payment: PaymentId,
    /// The order against whose proof it was debited.
    pub order: TransactionId,
    /// How much.
    pub won: Won,
    /// The bank's own number of the booking.
    pub booking: u64,
    /// When.
    pub time: UnixTime,
}

/// How the bank ended a payment that was not captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Undoing {
    /// The debit was credited back.
    CreditedBack {
        /// How much.
        won: Won,
        /// The bank's number of the booking.
        booking: u64,
    },
    /// There had been no debit, and there never will be one.
    Tombstoned,
}

/// The bank: "this payment's won are back, or will never be taken."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BankEnding {
    /// The payment.
    pub payment: PaymentId,
    /// What was done.
    pub undoing: Undoing,
    /// When.
    pub time: UnixTime,
}

/// The bank: "the account holds so much."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BankBalance {
    /// Whose.
    pub account: AccountId,
    /// How much can be spent.
    pub won: Won,
    /// What the asker chose, so that an old answer is not a new one.
    pub nonce: [u8; 16],
    /// When.
    pub time: UnixTime,
}

/// Whether a code may be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MerchantStatus {
    /// It may.
    Usable,
    /// The merchant has closed or is suspended.
    Suspended,
    /// A dynamic code past its three minutes.
    Expired,
    /// A dynamic code whose order is paid already, or being paid.
    Used,
    /// The centre does not know the code.
    Unknown,
}

/// Who a code belongs to.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Merchant {
    /// The merchant's number.
    pub id: MerchantId,
    /// Its name as it is written.
    pub name: Text,
    /// Its name in Latin letters.
    pub name_latin: Text,
    /// Its district.
    pub district: Text,
    /// Its kind of business.
    pub category: Text,
}

/// The centre: "this code belongs to this merchant, and may be paid or not."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MerchantAnswer {
    /// The digest of the code asked about.
    pub code: Hash,
    /// May it be paid?
    pub status: MerchantStatus,
    /// The merchant, if the centre knows the code.
    pub merchant: Option<Merchant>,
    /// The amount, if the code carries one.
    pub amount: Option<Won>,
    /// The merchant's reference of the order, if the code carries one.
    pub reference: Option<Text>,
    /// The fee the citizen pays.
    pub fee: Won,
    /// What the asker chose.
    pub nonce: [u8; 16],
    /// When it was said.
    pub time: UnixTime,
    /// Until when the answer may be used.
    pub until: UnixTime,
}

/// The centre: "I have this order and shall bring it to its end."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Acceptance {
    /// The payment.
    pub payment: PaymentId,
    /// The order.
    pub order: TransactionId,
    /// The commitment to the terms it was shown.
    pub commitment: Hash,
    /// When.
    pub time: UnixTime,
}

/// The centre: "this order needs the citizen card, and here I ask for it."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CardRequest {
    /// The payment.
    pub payment: PaymentId,
    /// The order.
    pub order: TransactionId,
    /// The link of an authorization request: OpenID4VP 1.0, section 5.
    pub link: String,
    /// The certificate by which the centre asks: SHA-256 of its DER.
    pub certificate: Hash,
    /// When.
    pub time: UnixTime,
}

/// How the treasury answered a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ClaimOutcome {
    /// Granted by this transaction; the ledger is to be asked whether it stands.
    Granted {
        /// How many points.
        points: Points,
        /// The granting transaction.
        transaction: TransactionId,
    },
    /// Refused.
    Refused {
        /// Why.
        reason: ClaimRefusal,
    },
}

/// Why the treasury refuses a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ClaimRefusal {
    /// Its records do not show what is claimed.
    NotFound,
    /// It was granted before.
    AlreadyGranted,
    /// A yearly cap is reached.
    CapReached,
    /// The account belongs to somebody else.
    AnotherPerson,
}

/// The treasury: "your claim is granted, or refused for this reason."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClaimAnswer {
    /// For which account.
    pub account: AccountId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// The digest of the evidence: granted once.
    pub evidence: Hash,
    /// What came of it.
    pub outcome: ClaimOutcome,
    /// When.
    pub time: UnixTime,
}

/// The bank: "I have credited this refund."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BankRefund {
    /// The refund.
    pub refund: RefundId,
    /// The payment it is part of.
    pub payment: PaymentId,
    /// How much.
    pub won: Won,
    /// The bank's own number of the booking; 0 if the refund has no won.
    pub booking: u64,
    /// When.
    pub time: UnixTime,
}

/// The centre: "this is the code to show; it becomes worth something once you have signed a mandate over it."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsumerCode {
    /// Who asked.
    pub account: AccountId,
    /// The text of the QR symbol: `3-` and 23 digits.
    pub qr: String,
    /// The text of the bar code: `800088` and 18 digits.
    pub barcode: String,
    /// The bank the centre would debit at.
    pub bank: KeyId,
    /// When it was made.
    pub time: UnixTime,
    /// Until when a mandate over it may be charged.
    pub until: UnixTime,
}

/// Why a shown code was not charged though a till tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum NotCharged {
    /// More than the code allows.
    OverCap,
    /// Nothing, or what is no amount.
    Amount,
    /// The merchant has closed or is suspended.
    Suspended,
    /// The ledger refused it.
    Ledger {
        /// The number of the ledger's rejection.
        rejection: u32,
    },
    /// The sum needs the citizen card, which a shown code does not bring.
    CardNeeded,
}

/// The centre: "this shop tried to charge your code, and it was not charged, for this reason." Said to the phone that shows the
/// code and to nobody else; of other codes and other customers it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ChargeRefusal {
    /// The payment that the charge would have been.
    pub payment: PaymentId,
    /// The name of the merchant whose till tried.
    pub merchant: Text,
    /// How much it wanted, points and won together.
    pub amount: Won,
    /// Why not.
    pub reason: NotCharged,
    /// When.
    pub time: UnixTime,
}

/// A merchant paid out for a day.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payout {
    /// The merchant.
    pub merchant: MerchantId,
    /// What is credited to the merchant's account, after refunds and fees.
    pub won: Won,
    /// The part of it that was paid in points, which the city owes.
    pub points: Points,
    /// The centre's fee, with tax.
    pub fee: Won,
}

/// The centre: "pay these merchants out for this day." Once for each part of a day; a day with many merchants has several.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Settlement {
    /// The day: `20261121`.
    pub day: Day,
    /// Which part of the day, from 0.
    pub part: u32,
    /// Whom to pay how much, by merchant, each once.
    pub payouts: Vec<Payout>,
    /// When the centre made it.
    pub time: UnixTime,
}

/// The bank: "this part of the day's settlement is booked."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BankSettlement {
    /// The day.
    pub day: Day,
    /// The digest of the settlement that was booked.
    pub settlement: Hash,
    /// The sum of what merchants were credited.
    pub won: Won,
    /// The sum of fees.
    pub fees: Won,
    /// When.
    pub time: UnixTime,
}

/// The treasury: "this gift certificate stands for these points."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Certificate {
    /// The redemption it was issued for, once.
    pub redemption: RedemptionId,
    /// The account that redeemed.
    pub account: AccountId,
    /// Its number: four groups of four digits.
    pub number: Text,
    /// Its face.
    pub won: Won,
    /// When it was issued.
    pub time: UnixTime,
    /// Until when it may be used.
    pub until: UnixTime,
}

/// What the phone hands to the centre besides the order: the opened terms.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OrderOpening {
    /// The signed transaction, as it goes to the ledger.
    pub transaction: Vec<u8>,
    /// The terms behind its commitment.
    pub terms: Terms,
}

/// What the centre tells the phone of a charge: the opened terms, and who the merchant is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ChargeOpening {
    /// The terms behind the charge's commitment.
    pub terms: Terms,
    /// The centre's word on the merchant, over the consumer code's digest.
    pub merchant: Signed<MerchantAnswer>,
}

citizen_primitives::canonical!(
    ChargeOpening = 1,
    BankDebit = 1,
    BankEnding = 1,
    BankBalance = 1,
    MerchantAnswer = 1,
    Acceptance = 1,
    CardRequest = 1,
    ClaimAnswer = 1,
    OrderOpening = 1,
    BankRefund = 1,
    ConsumerCode = 1,
    ChargeRefusal = 1,
    Settlement = 2,
    BankSettlement = 1,
    Certificate = 1,
);

macro_rules! document {
    ($($type:ident: $label:ident),+ $(,)?) => {
        $(impl Document for $type { const LABEL: Label = Label::$label; })+
    };
}

document! {
    BankDebit: BankDebit,
    BankEnding: BankEnding,
    BankBalance: BankBalance,
    MerchantAnswer: CentreMerchant,
    Acceptance: CentreAcceptance,
    CardRequest: CentreCard,
    ClaimAnswer: TreasuryAnswer,
    BankRefund: BankRefund,
    ConsumerCode: ConsumerCode,
    ChargeRefusal: ChargeRefusal,
    Settlement: Settlement,
    BankSettlement: BankSettlement,
    Certificate: Certificate,
}
