//! The centre's codes: printed ones for many payments, codes for one order, and whose they are.

use super::Centre;
use super::merchant::{MERCHANTS, MerchantRecord};
use crate::db::{DbError, Rows, Table};
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::api::{Bytes, CodeAnswer, CodeRequest};
use citizen_payment::code::{LONGEST_TEXT, SandboxCode};
use citizen_payment::terms::code_digest;
use citizen_payment::word::{MerchantAnswer, MerchantStatus};
use citizen_primitives::{Hash, MerchantId, PaymentId, Seconds, Text, UnixTime, Won};

/// [`CodeRecord`] by the digest of the code's text.
const CODES: Table = Table::new("codes");

/// For how long a code for one order may be paid (FSC QR code payment standard of 2018-11-06: three minutes).
pub const ORDER_CODE_LIFE: Seconds = Seconds::new(180);

/// For how long the answer about a printed code may be used.
const ANSWER_LIFE: Seconds = Seconds::new(300);

/// A code this centre has given out. What is not here is unknown to it, however it looks: a code with one digit of its
/// amount changed, another scheme's code (CENTRE-1).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct CodeRecord {
    pub(crate) merchant: MerchantId,
    /// The order, if the code is for one.
    pub(crate) order: Option<OrderCode>,
}

/// What a code for one order says.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct OrderCode {
    pub(crate) reference: Text,
    pub(crate) amount: Won,
    pub(crate) expires: UnixTime,
    /// The payment that pays it, or tries to.
    pub(crate) used_by: Option<PaymentId>,
}

citizen_primitives::canonical!(CodeRecord = 1);

impl Centre {
    /// The text of a merchant's printed code: the payer types the amount. The same each time.
    pub fn printed_code(&self, merchant: &MerchantId) -> Result<String, ServiceError> {
        let record = self.merchant(merchant)?;
        let text = complete(SandboxCode::printed(merchant.as_str()), &record)?;
        self.adopt_code(&text, merchant)?;
        Ok(text)
    }

    /// The text of a code for one order, to be paid once and within three minutes.
    pub fn order_code(&self, merchant: &MerchantId, amount: Won) -> Result<String, ServiceError> {
        self.order_code_for(merchant, amount, ORDER_CODE_LIFE)
    }

    /// The same with a shorter life; never a longer one.
    pub fn order_code_for(
        &self,
        merchant: &MerchantId,
        amount: Won,
        life: Seconds,
    ) -> Result<String, ServiceError> {
        if amount.is_zero() {
            return Err(Reason::Amount.into());
        }
        let record = self.merchant(merchant)?;
        let reference = format!("S{:020}", u64::from_be_bytes(self.party.random()));
        let text = complete(SandboxCode::for_order(merchant.as_str(), &reference, amount), &record)?;
        let order = OrderCode {
            reference: Text::new(&reference).map_err(|_| ServiceError::Malformed)?,
            amount,
            expires: self.party.now().plus(life.min(ORDER_CODE_LIFE)),
            used_by: None,
        };
        self.enter(&text, CodeRecord { merchant: merchant.clone(), order: Some(order) })?;
        Ok(text)
    }

    /// Takes a text as a merchant's printed code: a sticker of another make, a ZeroPay code by its shape.
    pub fn adopt_code(&self, text: &str, merchant: &MerchantId) -> Result<(), ServiceError> {
        self.enter(text, CodeRecord { merchant: merchant.clone(), order: None })
    }

    /// Whose code is this? Signed, with the asker's nonce (CENTRE-1).
    pub async fn code(&self, request: CodeRequest) -> Result<CodeAnswer, ServiceError> {
        let nonce = request.nonce.decode().ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
        let nonce = nonce.ok_or(ServiceError::Malformed)?;
        if request.code.len() > LONGEST_TEXT {
            return Err(ServiceError::Malformed);
        }
        let found = self.party.db().read(|rows| known(rows, &key(&request.code)))?;
        let answer = self.answer(&request.code, nonce, found);
        Ok(CodeAnswer { answer: Bytes::of(&self.party.sign(&answer)) })
    }

    fn answer(
        &self,
        text: &str,
        nonce: [u8; 16],
        found: Option<(CodeRecord, MerchantRecord)>,
    ) -> MerchantAnswer {
        let time = self.party.now();
        let mut answer = MerchantAnswer {
            code: code_digest(text),
            status: MerchantStatus::Unknown,
            merchant: None,
            amount: None,
            reference: None,
            fee: Won::ZERO,
            nonce,
            time,
            until: time.plus(ANSWER_LIFE),
        };
        if let Some((code, merchant)) = found {
            answer.status = status(&code, &merchant, time);
            answer.merchant = Some(merchant.merchant);
            if let Some(order) = code.order {
                answer.amount = Some(order.amount);
                answer.reference = Some(order.reference);
                answer.until = order.expires.min(answer.until);
            }
        }
        answer
    }

    fn enter(&self, text: &str, record: CodeRecord) -> Result<(), ServiceError> {
        self.party.db().commit(places::CENTRE_CODE, |writer| {
            let key = key(text);
            match writer.find::<CodeRecord>(CODES, key.as_bytes())? {
                Some(known) if known == record => Ok(()),
                Some(_) => Err(Reason::Used.into()),
                None => Ok(writer.put(CODES, key.as_bytes(), &record)?),
            }
        })
    }
}

/// Whether a code may be paid now (CENTRE-2).
pub(crate) fn status(code: &CodeRecord, merchant: &MerchantRecord, now: UnixTime) -> MerchantStatus {
    match &code.order {
        _ if merchant.is_suspended => MerchantStatus::Suspended,
        Some(order) if order.used_by.is_some() => MerchantStatus::Used,
        Some(order) if now >= order.expires => MerchantStatus::Expired,
        _ => MerchantStatus::Usable,
    }
}

/// A code and its merchant, by the code's digest.
pub(crate) fn known(
    rows: &impl Rows,
    digest: &Hash,
) -> Result<Option<(CodeRecord, MerchantRecord)>, DbError> {
    let Some(code) = rows.find::<CodeRecord>(CODES, digest.as_bytes())? else { return Ok(None) };
    let merchant = rows.find::<MerchantRecord>(MERCHANTS, code.merchant.as_str().as_bytes())?;
    Ok(merchant.map(|merchant| (code, merchant)))
}

/// Marks a code for one order as being paid, or as free again.
pub(crate) fn mark(
    writer: &crate::db::Writer<'_>,
    digest: &Hash,
    used_by: Option<PaymentId>,
) -> Result<(), DbError> {
    let Some(mut code) = writer.find::<CodeRecord>(CODES, digest.as_bytes())? else { return Ok(()) };
    match &mut code.order {
        Some(order) => order.used_by = used_by,
        None => return Ok(()),
    }
    writer.put(CODES, digest.as_bytes(), &code)
}

/// A scanner may leave a blank around the text.
fn key(text: &str) -> Hash {
    code_digest(text.trim())
}

fn complete(code: citizen_payment::code::Builder, record: &MerchantRecord) -> Result<String, ServiceError> {
    let merchant = &record.merchant;
    let code = code
        .merchant(record.category_code.as_str(), merchant.name_latin.as_str(), "SEOUL")
        .in_korean(merchant.name.as_str(), merchant.district.as_str());
    code.build().map_err(|_| ServiceError::Malformed)
}
