//! The JSON messages at the HTTP edge. Everything in them that is signed, hashed or proved is canonical bytes in base64url
//! (RFC 4648 §5, no padding); JSON itself is never signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Canonical;
use serde::{Deserialize, Serialize};

/// Bytes in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Bytes(String);

/// The text is not base64url, or not the canonical form of what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed bytes")]
pub struct MalformedBytes;

impl Bytes {
    /// Encodes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Encodes the canonical form of a value.
    #[must_use]
    pub fn of<T: Canonical>(value: &T) -> Self {
        Self::new(&value.to_canonical())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Decodes.
    pub fn decode(&self) -> Result<Vec<u8>, MalformedBytes> {
        URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| MalformedBytes)
    }

    /// Decodes a value from its canonical form.
    pub fn read<T: Canonical>(&self) -> Result<T, MalformedBytes> {
        T::from_canonical(&self.decode()?).map_err(|_| MalformedBytes)
    }
}

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    )+ };
}

mod log;

pub use log::*;

messages! {
    /// `GET /v1/ledger/status`: what the gateway says of the ledger; nothing in it is believed.
    LedgerStatus {
        /// The ledger's name.
        chain_id: String,
        /// The newest header.
        height: u64,
        /// Its time, seconds since 1970.
        time: u64,
        /// The earliest header that is kept.
        earliest: u64,
    }
    /// `GET /v1/ledger/light-blocks/{height}`, `…/latest`.
    LightBlockAnswer {
        /// Signed header and validator set: a protobuf `tendermint.types.LightBlock`.
        light_block: Bytes,
    }
    /// `POST /v1/ledger/transactions`.
    SubmitRequest {
        /// A `SignedTransaction`.
        transaction: Bytes,
    }
    /// The transaction was admitted; whether it is executed, only the state says.
    SubmitAnswer {
        /// Its id, in hexadecimal.
        id: String,
    }
    /// `GET /v1/ledger/transactions/{id}`: where the gateway says a transaction stands.
    TransactionAnswer {
        /// The block.
        height: u64,
        /// Its place in the block.
        index: u32,
        /// 0 for success, else the number of a `Rejection`.
        code: u32,
    }
    /// `POST /v1/ledger/state`: values with proofs under the newest header.
    StateRequest {
        /// State keys, at most 32.
        keys: Vec<Bytes>,
    }
    /// The values asked for, in order.
    StateAnswer {
        /// The header they are proved under.
        light_block: Bytes,
        /// A `ProvenState`.
        state: Bytes,
    }
    /// `GET /v1/ledger/accounts/{id}/entries?from=N`: at most 200 entries from index N.
    EntriesAnswer {
        /// Canonical `Entry` values.
        entries: Vec<Bytes>,
    }
    /// `GET /v1/ledger/recovery-keys/{key}`: the accounts that list a recovery key, at most 8. A hint: each account's record proves it.
    ListedAccountsAnswer {
        /// Their identifiers: 64 hexadecimal digits each.
        accounts: Vec<String>,
    }
    /// `GET /v1/ledger/headers/{height}/proof`: that an old header is in the newest state's history.
    HeaderProofAnswer {
        /// The old header.
        old: Bytes,
        /// The newer header.
        light_block: Bytes,
        /// A `HeaderProof`.
        proof: Bytes,
    }
    /// `POST /v1/centre/codes`.
    CodeRequest {
        /// The text of the code.
        code: String,
        /// 16 random bytes.
        nonce: Bytes,
    }
    /// The centre's word on a code.
    CodeAnswer {
        /// A `Signed<MerchantAnswer>`.
        answer: Bytes,
    }
    /// `POST /v1/centre/orders`.
    OrderRequest {
        /// An `OrderOpening`, sealed to the centre's X25519 key so that the gateway cannot read it.
        sealed: Bytes,
    }
    /// The centre has the order and shall bring it to its end.
    OrderAnswer {
        /// A `Signed<Acceptance>`.
        acceptance: Bytes,
        /// Of an order that is driven only once the citizen card was shown for it: a `Signed<CardRequest>`.
        card: Option<Bytes>,
    }
    /// `GET /v1/centre/payments/{id}`: how far the centre is; the ledger alone decides.
    PaymentAnswer {
        /// The centre's stage, for people who look into things.
        stage: String,
        /// The number of the `Rejection` if the ledger refused the order.
        rejection: Option<u32>,
        /// A `Signed<BankDebit>`, once there is one.
        debit: Option<Bytes>,
        /// A `Signed<BankEnding>`, once there is one.
        ending: Option<Bytes>,
    }
    /// A `Signed<DeviceRequest>`: `POST /v1/bank/accounts`, `/v1/bank/balances`, `/v1/treasury/claims`.
    SignedRequest {
        /// The signed request.
        request: Bytes,
    }
    /// The bank's word on a balance: a `Signed<BankBalance>`.
    BalanceAnswer {
        /// The signed word.
        balance: Bytes,
    }
    /// `POST /v1/bank/debits`: the centre asks for a debit against the proof of a hold.
    DebitRequest {
        /// The header under which the hold is proved.
        light_block: Bytes,
        /// A `ProvenState` with the payment's record.
        state: Bytes,
        /// The order as the citizen signed it: a `SignedTransaction`.
        order: Bytes,
    }
    /// `POST /v1/bank/endings`: anybody brings the proof that a payment ended unpaid.
    EndingRequest {
        /// The payment, in hexadecimal.
        payment: String,
        /// The header under which the end is proved.
        light_block: Bytes,
        /// A `ProvenState` with the payment's record: released or lapsed.
        state: Bytes,
    }
    /// The treasury's word: a `Signed<ClaimAnswer>`.
    ClaimResponse {
        /// The signed word.
        answer: Bytes,
    }
    /// `POST /v1/centre/consumer-codes` is asked with a [`SignedRequest`]; the answer is a code to show.
    ConsumerCodeAnswer {
        /// A `Signed<ConsumerCode>`.
        code: Bytes,
    }
    /// `POST /v1/centre/mandates`: the mandate over a consumer code; from here on the code can be charged.
    MandateRequest {
        /// A `Signed<DeviceRequest>` with the mandate and what it replaces, sealed to the centre's X25519 key so that the gateway
        /// can neither read it nor change it.
        sealed: Bytes,
    }
    /// The centre has the mandate.
    MandateAnswer {
        /// Until when the code may be charged, seconds since 1970.
        until: u64,
    }
    /// `POST /v1/centre/charges` is asked with a [`SignedRequest`]: has my code been charged, and by whom?
    ChargeAnswer {
        /// The centre's stage, for people who look into things: `waiting` before a charge.
        stage: String,
        /// The charging transaction, a `SignedTransaction`, once there is one.
        order: Option<Bytes>,
        /// A `ChargeOpening`, sealed to the key that the request gave.
        sealed: Option<Bytes>,
        /// The number of the `Rejection` if the ledger refused the charge.
        rejection: Option<u32>,
        /// A signed `ChargeRefusal`, sealed to the same key, once a till has tried in vain.
        refusal: Option<Bytes>,
    }
    /// `POST /v1/centre/refund-wishes` is asked with a [`SignedRequest`]; the merchant decides.
    WishAnswer {
        /// `noted`, `refused`, or `refunded`.
        state: String,
    }
    /// `POST /v1/centre/merchants`: a merchant registers with its key.
    RegisterRequest {
        /// A `Signed<MerchantApplication>`.
        application: Bytes,
        /// The key that signed it: a canonical `PublicKey`.
        key: Bytes,
    }
    /// The merchant's number.
    RegisterAnswer {
        /// The number.
        merchant: String,
        /// The text of its printed code.
        printed_code: String,
    }
    /// `POST /v1/centre/tills`: a merchant's signed request.
    TillRequest {
        /// A `Signed<MerchantRequest>`.
        request: Bytes,
    }
    /// The centre's word on it.
    TillResponse {
        /// A `Signed<TillWord>`: the digest of the request, and a [`TillAnswer`].
        answer: Bytes,
    }
    /// `POST /v1/bank/refunds`: anybody brings the proof of a refund; the bank credits it once.
    RefundRequest {
        /// The refund, in hexadecimal.
        refund: String,
        /// The header under which the refund is proved.
        light_block: Bytes,
        /// A `ProvenState` with the refund's record.
        state: Bytes,
    }
    /// `POST /v1/bank/settlements`: the centre's order to pay merchants out.
    SettlementRequest {
        /// A `Signed<Settlement>`.
        settlement: Bytes,
    }
    /// `POST /v1/treasury/certificates` is asked with a [`SignedRequest`].
    CertificateAnswer {
        /// A `Signed<Certificate>`, sealed to the key that the request gave.
        sealed: Bytes,
    }
    /// `GET /v1/parties`: whose keys to look up in the registry. Hints: each is proved before it is used.
    PartiesAnswer {
        /// The centre's key, in hexadecimal.
        centre: String,
        /// The bank's key.
        bank: String,
        /// The treasury's key.
        treasury: String,
        /// The registrars of polls.
        #[serde(default)]
        registrars: Vec<PartyAddress>,
        /// The relays of polls.
        #[serde(default)]
        relays: Vec<PartyAddress>,
        /// The officers of recovery.
        #[serde(default)]
        recovery_officers: Vec<PartyAddress>,
    }
    /// Every refusal of every route.
    ErrorAnswer {
        /// What is wrong.
        error: ErrorBody,
    }
    /// What is wrong, for programs and for people.
    ErrorBody {
        /// A stable word in kebab-case.
        code: String,
        /// Korean.
        ko: String,
        /// English.
        en: String,
        /// The number of the ledger's `Rejection`, where that is the reason.
        rejection: Option<u32>,
    }
}

mod poll;
mod recovery;

pub use poll::*;
pub use recovery::*;

/// `GET /v1/bank/debits/{payment}` and the answer to `POST /v1/bank/debits` and `/v1/bank/endings`: where the bank stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum BankAnswer {
    /// The bank knows nothing of it. This decides nothing: a debit may still arrive.
    NotFound,
    /// The bank is not sure yet; ask again.
    Unsure,
    /// Debited.
    Debited {
        /// A `Signed<BankDebit>`.
        debit: Bytes,
    },
    /// Will never be debited, or was credited back.
    Ended {
        /// A `Signed<BankEnding>`.
        ending: Bytes,
    },
    /// Refused for good, before anything was debited.
    Refused {
        /// A stable word: `not-enough`, `no-account`, …
        reason: String,
    },
}

/// A payment as the merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TillPayment {
    /// The payment, in hexadecimal.
    pub payment: String,
    /// When it was captured, seconds since 1970.
    pub time: u64,
    /// The part in points.
    pub points: u64,
    /// The part in won.
    pub krw: u64,
    /// Given back so far, points and won together.
    pub refunded: u64,
    /// The text of its receipt code: what opens the ledger's record for this merchant.
    pub receipt: String,
}

/// What a record of a settlement file is of.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SettledRecord {
    /// The refund, in hexadecimal, if it is one.
    pub refund: Option<String>,
    /// The text of the payment's receipt code: what opens the ledger's record for this merchant.
    pub receipt: String,
}

/// What a customer asked to be given back.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Wish {
    /// The payment, in hexadecimal.
    pub payment: String,
    /// How much, points and won together.
    pub amount: u64,
    /// Why.
    pub reason: String,
}

/// What the centre answers a till: it stands in the signed word of a [`TillResponse`].
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TillAnswer {
    /// A code for one order.
    OrderCode {
        /// Its text.
        code: String,
        /// Until when it may be paid, seconds since 1970.
        until: u64,
    },
    /// Where a charge stands.
    Charge {
        /// `checking` (ask again), `captured`, `refused`, `reversed`, or `failed`.
        state: String,
        /// The payment, in hexadecimal, once the charge was taken.
        payment: Option<String>,
        /// The part in points.
        points: u64,
        /// The part in won.
        krw: u64,
        /// Why it was refused; while it is checked, what a node of the ledger says against it, which decides nothing.
        reason: Option<String>,
        /// The text of the payment's receipt code, once the charge was taken: what opens the ledger's record for this merchant.
        receipt: Option<String>,
    },
    /// Where a refund or a cancel stands.
    Refund {
        /// `checking` (ask again), `refunded`, or `refused`.
        state: String,
        /// Points given back, once the ledger has decided.
        points: u64,
        /// Won given back.
        krw: u64,
        /// Whether the bank has credited the won.
        credited: bool,
        /// Why it was refused; while it is checked, what a node of the ledger says against it, which decides nothing.
        reason: Option<String>,
    },
    /// The payments of a day.
    Payments {
        /// In the order they were captured.
        payments: Vec<TillPayment>,
    },
    /// Whether a payment was marked as served by this request.
    Served {
        /// True if it had not been served before.
        first: bool,
        /// Which counter served it, and when, seconds since 1970.
        counter: String,
        /// When.
        time: u64,
    },
    /// The settlement of a day.
    Settlement {
        /// The fixed-width file.
        file: String,
        /// Whether the bank has paid it out.
        paid: bool,
        /// What the file's records are of, in its order: with it the till proves each of them.
        records: Vec<SettledRecord>,
    },
    /// What customers asked for.
    Wishes {
        /// Open wishes.
        wishes: Vec<Wish>,
    },
    /// The centre does not do it, and never will on this request.
    Refused {
        /// A stable word.
        reason: String,
    },
}

/// Where the bank stands with a refund: the answer to `POST /v1/bank/refunds` and `GET /v1/bank/refunds/{refund}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum BankRefundAnswer {
    /// Not credited yet. This decides nothing.
    NotFound,
    /// The bank is not sure yet; ask again.
    Unsure,
    /// Credited.
    Credited {
        /// A `Signed<BankRefund>`.
        refund: Bytes,
    },
}

/// The answer to `POST /v1/bank/settlements`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum BankSettlementAnswer {
    /// The bank is not sure yet; send it again.
    Unsure,
    /// Booked, now or before.
    Booked {
        /// A `Signed<BankSettlement>`.
        settlement: Bytes,
    },
    /// Refused: another settlement is booked as that part of the day.
    Refused {
        /// A stable word.
        reason: String,
    },
}
