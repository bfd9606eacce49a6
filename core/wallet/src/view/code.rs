//! A code that was read, with the centre's word on whose it is.

use crate::error::Message;
use crate::view::{AttestedMark, serial::plain, view};
use citizen_keys::Signed;
use citizen_ledger::Attested;
use citizen_payment::code::Reading;
use citizen_payment::word::{MerchantAnswer, MerchantStatus};
use citizen_primitives::{Text, UnixTime, Won};

view! {
    /// Who a code belongs to, by the centre's signed answer.
    MerchantView {
        /// `usable`, `suspended`, `expired`, `used` or `unknown`.
        status: &'static str,
        /// The name as it is written.
        #[serde(serialize_with = "plain")]
        name: Option<Text>,
        /// The name in Latin letters.
        #[serde(serialize_with = "plain")]
        name_latin: Option<Text>,
        /// The district.
        #[serde(serialize_with = "plain")]
        district: Option<Text>,
        /// The kind of business.
        #[serde(serialize_with = "plain")]
        category: Option<Text>,
        /// The amount, if the code carries one.
        #[serde(serialize_with = "plain")]
        amount: Option<Won>,
        /// The fee the citizen pays.
        #[serde(serialize_with = "plain")]
        fee: Won,
        /// Until when the answer may be used.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// Who said so, and when.
        attested: AttestedMark,
        /// For a screen reader.
        spoken: Message,
    }
}

/// A code that was read and asked about. The reading is unverified: a stranger printed it. The merchant is the centre's word.
#[derive(Debug, Clone)]
pub struct ScannedCode {
    pub(crate) reading: Reading,
    pub(crate) answer: Attested<MerchantAnswer>,
    pub(crate) signed: Signed<MerchantAnswer>,
}

impl ScannedCode {
    /// The code as it was read: unverified.
    #[must_use]
    pub const fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Whose it is, by the centre's word.
    #[must_use]
    pub fn merchant(&self) -> MerchantView {
        MerchantView::from_attested(&self.answer)
    }

    /// Whether it may be paid.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.answer.value().status == MerchantStatus::Usable
    }
}

impl MerchantView {
    pub(crate) fn from_attested(word: &Attested<MerchantAnswer>) -> Self {
        let answer = word.value();
        let merchant = answer.merchant.as_ref();
        let spoken = merchant.map_or_else(
            || Message::of("reason.merchant-unknown"),
            |merchant| {
                Message::of("spoken.merchant")
                    .with("merchant", merchant.name.as_str())
                    .with("district", merchant.district.as_str())
            },
        );
        Self {
            status: status_word(answer.status),
            name: merchant.map(|merchant| merchant.name.clone()),
            name_latin: merchant.map(|merchant| merchant.name_latin.clone()),
            district: merchant.map(|merchant| merchant.district.clone()),
            category: merchant.map(|merchant| merchant.category.clone()),
            amount: answer.amount,
            fee: answer.fee,
            until: answer.until,
            attested: AttestedMark::of(word),
            spoken,
        }
    }
}

const fn status_word(status: MerchantStatus) -> &'static str {
    match status {
        MerchantStatus::Usable => "usable",
        MerchantStatus::Suspended => "suspended",
        MerchantStatus::Expired => "expired",
        MerchantStatus::Used => "used",
        MerchantStatus::Unknown => "unknown",
    }
}
