//! The merchant's side: what a till asks of the centre, signed by the merchant's key, and the receipt that a customer's phone
//! shows to the till.

use crate::terms::{Salt, Terms};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Document;
use citizen_primitives::{
    Canonical as _, Day, Hash, KeyId, Label, MerchantId, PaymentId, Points, RefundId, Text, UnixTime, Won,
};

/// A merchant's request.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MerchantRequest {
    /// The centre it is for: nobody else can use it.
    pub to: KeyId,
    /// The merchant.
    pub merchant: MerchantId,
    /// The counter of the shop that asks.
    pub counter: Text,
    /// What is asked.
    pub act: MerchantAct,
    /// Random: one request, one answer. The same request again gets the same answer.
    pub nonce: [u8; 16],
    /// When it was signed; the centre refuses one that is older than a few minutes.
    pub time: UnixTime,
}

/// What a merchant says of itself when it registers.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MerchantApplication {
    /// The centre it is for.
    pub to: KeyId,
    /// Its name as it is written.
    pub name: Text,
    /// Its name in Latin letters, at most 25.
    pub name_latin: Text,
    /// Its district.
    pub district: Text,
    /// Its kind of business.
    pub category: Text,
    /// The category code: four digits (ISO 18245).
    pub category_code: Text,
    /// What it sold in the year before: the fee depends on it.
    pub prior_year_sales: Won,
    /// When it was signed.
    pub time: UnixTime,
}

/// What a till asks.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MerchantAct {
    /// A code for one order.
    OrderCode {
        /// How much.
        amount: Won,
    },
    /// Charge a consumer code.
    Charge {
        /// The till's own number of this charge: another try of the same charge carries it again.
        number: ChargeNumber,
        /// The digest of the code that was read.
        code: Hash,
        /// How much.
        amount: Won,
    },
    /// What became of a charge?
    Inquire {
        /// Which.
        number: ChargeNumber,
    },
    /// No answer came: undo the charge, or see that it never happens (the network cancel of a terminal).
    Reverse {
        /// Which.
        number: ChargeNumber,
    },
    /// The payments of a day.
    Payments {
        /// Which day.
        day: Day,
    },
    /// Give part of a payment back.
    Refund {
        /// The till's own name for it: another try carries it again.
        refund: RefundId,
        /// The payment.
        payment: PaymentId,
        /// How much, points and won together.
        amount: Won,
        /// Why.
        reason: Text,
    },
    /// Give all that is left of a payment back.
    Cancel {
        /// The till's own name for it.
        refund: RefundId,
        /// The payment.
        payment: PaymentId,
    },
    /// What became of a refund or a cancel?
    InquireRefund {
        /// Which.
        refund: RefundId,
    },
    /// A customer showed this payment's receipt: mark it as served, once.
    Serve {
        /// The payment.
        payment: PaymentId,
    },
    /// The settlement of a day, as a file.
    Settlement {
        /// Which day.
        day: Day,
    },
    /// What customers have asked to be given back.
    Wishes,
}

/// A till's number of a charge: 128 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ChargeNumber([u8; 16]);

impl ChargeNumber {
    /// Takes 16 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

citizen_primitives::canonical!(MerchantApplication = 1, MerchantRequest = 1, ReceiptOpening = 1);

impl Document for MerchantApplication {
    const LABEL: Label = Label::MerchantApplication;
}

impl Document for MerchantRequest {
    const LABEL: Label = Label::MerchantRequest;
}

/// What begins the text of a customer's receipt code.
pub const RECEIPT_PREFIX: &str = "SWR1.";

/// What a customer shows to prove a payment at the till: the payment, and what opens its commitment besides what the merchant
/// knows of itself. Less than 200 characters; the till fetches and proves the record itself.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ReceiptOpening {
    /// The payment.
    pub payment: PaymentId,
    /// The digest of the code that was read.
    pub code: Hash,
    /// The part in points.
    pub points: Points,
    /// The part in won.
    pub won: Won,
    /// The reference, if the code had one.
    pub reference: Option<Text>,
    /// The salt.
    pub salt: Salt,
}

/// A text is no receipt code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a receipt code")]
pub struct ReceiptCodeError;

impl ReceiptOpening {
    /// Of a payment's terms.
    #[must_use]
    pub fn of(terms: &Terms) -> Self {
        let Terms { payment, merchant: _, name: _, code, points, won, reference, salt } = terms.clone();
        Self { payment, code, points, won, reference, salt }
    }

    /// The terms, if this merchant was paid: the record's commitment tells whether it was.
    #[must_use]
    pub fn terms(&self, merchant: MerchantId, name: Text) -> Terms {
        let Self { payment, code, points, won, reference, salt } = self.clone();
        Terms { payment, merchant, name, code, points, won, reference, salt }
    }

    /// The code's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{RECEIPT_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.to_canonical()))
    }

    /// Reads a code's text.
    pub fn from_text(text: &str) -> Result<Self, ReceiptCodeError> {
        let body = text.trim().strip_prefix(RECEIPT_PREFIX).ok_or(ReceiptCodeError)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| ReceiptCodeError)?;
        Self::from_canonical(&bytes).map_err(|_| ReceiptCodeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            payment: PaymentId::from_bytes([1; 32]),
            merchant: MerchantId::new("1000001").unwrap(),
            name: Text::new("망원빵집").unwrap(),
            code: Hash::from_bytes([2; 32]),
            points: Points::new(5_000).unwrap(),
            won: Won::new(7_000).unwrap(),
            reference: Some(Text::new("S00000000000000000001").unwrap()),
            salt: Salt::from_bytes([3; 32]),
        }
    }

    #[test]
    fn a_receipt_code_is_short_and_opens_the_commitment_for_its_merchant_alone() {
        let terms = terms();
        let text = ReceiptOpening::of(&terms).to_text();
        assert!(text.len() < 200, "{}", text.len());
        let opening = ReceiptOpening::from_text(&text).unwrap();
        assert_eq!(
            opening.terms(terms.merchant.clone(), terms.name.clone()).commitment(),
            terms.commitment()
        );
        let other = MerchantId::new("1000002").unwrap();
        assert_ne!(opening.terms(other, terms.name.clone()).commitment(), terms.commitment());
        for changed in ["", "SWR1.", &text[1..], &text[..text.len() - 4], "SWR1.가"] {
            assert_eq!(ReceiptOpening::from_text(changed), Err(ReceiptCodeError));
        }
    }
}
