//! A receipt that was verified.

use crate::view::{AttestedMark, VerifiedMark, serial::plain, view};
use citizen_ledger::VerifiedReceipt;
use citizen_primitives::{PaymentId, Points, Text, UnixTime, Won};

view! {
    /// A payment that is proved to be captured, with the parties' words.
    ReceiptView {
        /// The payment.
        #[serde(serialize_with = "plain")]
        payment_id: PaymentId,
        /// The merchant's name, as the centre signed it.
        #[serde(serialize_with = "plain")]
        merchant: Text,
        /// Its district.
        #[serde(serialize_with = "plain")]
        district: Option<Text>,
        /// Paid in points.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// Paid in won.
        #[serde(serialize_with = "plain")]
        krw: Won,
        /// Block time of the capture.
        #[serde(serialize_with = "plain")]
        captured_at: UnixTime,
        /// How it is proved.
        verified: VerifiedMark,
        /// The centre's word on the merchant.
        merchant_attested: AttestedMark,
        /// The bank's word on the won, if won was paid.
        debit_attested: Option<AttestedMark>,
    }
}

impl ReceiptView {
    pub(crate) fn from_verified(receipt: &VerifiedReceipt) -> Self {
        let terms = receipt.terms().value();
        let merchant = receipt.merchant().value().merchant.as_ref();
        Self {
            payment_id: terms.payment,
            merchant: terms.name.clone(),
            district: merchant.map(|merchant| merchant.district.clone()),
            points: terms.points,
            krw: terms.won,
            captured_at: receipt.captured_at(),
            verified: VerifiedMark::of(receipt.provenance()),
            merchant_attested: AttestedMark::of(receipt.merchant()),
            debit_attested: receipt.debit().map(AttestedMark::of),
        }
    }
}
