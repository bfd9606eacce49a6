//! Consumer codes: the text comes from the centre, what it is worth from the citizen's mandate (core/docs/decisions.md, 13).

use super::Centre;
use super::record::{CHARGES, ChargeRecord, ORDERS, OrderRecord, REFUSALS, Stage, charge_key};
use crate::db::{DbError, Rows, Table, Writer};
use crate::device;
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::api::{
    Bytes, ChargeAnswer, ConsumerCodeAnswer, MandateAnswer, MandateRequest, SignedRequest,
};
use citizen_client::{CHARGE_CONTEXT, MANDATE_CONTEXT, REFUSAL_CONTEXT};
use citizen_keys::Signed;
use citizen_ledger::{SignedTransaction, Signer};
use citizen_payment::mandate::{LONGEST_MANDATE, Mandate, SignedMandate};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::terms::code_digest;
use citizen_payment::till::ChargeNumber;
use citizen_payment::word::{ChargeOpening, ChargeRefusal, ConsumerCode};
use citizen_primitives::{AccountId, Canonical as _, Hash, MerchantId, PaymentId, UnixTime};

/// [`ConsumerRecord`] by the digest of the QR symbol's text.
const CONSUMER_CODES: Table = Table::new("consumer-codes");
/// The digest of the QR symbol's text by that of the bar code's.
const BARCODES: Table = Table::new("barcodes");
/// The same by payment.
const MANDATES: Table = Table::new("mandates");
/// [`Replaced`] by account and payment: mandates that were revoked before they arrived.
const REPLACED: Table = Table::new("replaced-mandates");

/// A code that was given to a phone.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ConsumerRecord {
    pub(crate) account: AccountId,
    /// The digest of the QR symbol's text.
    pub(crate) code: Hash,
    pub(crate) until: UnixTime,
    /// What the citizen allowed, once she has.
    pub(crate) mandate: Option<SignedMandate>,
    pub(crate) is_revoked: bool,
    /// By whom it was charged.
    pub(crate) charged: Option<Charged>,
}

/// Which charge took a code.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Charged {
    pub(crate) merchant: MerchantId,
    pub(crate) number: ChargeNumber,
}

/// Which code.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct CodeOf(Hash);

/// Which mandate never will be taken.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct Replaced(PaymentId);

citizen_primitives::canonical!(ConsumerRecord = 1, CodeOf = 1, Replaced = 1);

impl Centre {
    /// A fresh code for the phone of an account. It is worth nothing without a mandate (CENTRE-7).
    pub async fn consumer_code(&self, request: SignedRequest) -> Result<ConsumerCodeAnswer, ServiceError> {
        let request = device::read(&self.party, &request)?;
        let RequestContent::ConsumerCode = request.content else { return Err(ServiceError::Malformed) };
        device::prove(&self.party, places::CENTRE_ASK_ACCOUNT, &request, &[]).await?;
        let time = self.party.now();
        let word = ConsumerCode {
            account: request.account,
            qr: format!("3-{}", self.digits(23)),
            barcode: format!("800088{}", self.digits(18)),
            bank: self.bank.key,
            time,
            until: time.plus(LONGEST_MANDATE),
        };
        let (code, barcode) = (code_digest(&word.qr), code_digest(&word.barcode));
        let record = ConsumerRecord {
            account: word.account,
            code,
            until: word.until,
            mandate: None,
            is_revoked: false,
            charged: None,
        };
        let keep = |writer: &Writer<'_>| {
            writer.put(CONSUMER_CODES, code.as_bytes(), &record)?;
            writer.put(BARCODES, barcode.as_bytes(), &CodeOf(code))
        };
        self.party.db().commit_beside(places::CENTRE_CONSUMER_CODE, keep).await?;
        Ok(ConsumerCodeAnswer { code: Bytes::of(&self.party.sign(&word)) })
    }

    /// Takes the mandate over a code. The code that it replaces is revoked in the same commit, unless it was charged already:
    /// then the new mandate is refused, so that never two codes of a screen are worth something (CENTRE-7). What it replaces is
    /// sealed and signed with it: nobody on the way keeps both alive, or revokes one.
    pub async fn mandate(&self, request: MandateRequest) -> Result<MandateAnswer, ServiceError> {
        let request = device::check(&self.party, &self.open_mandate(&request.sealed)?)?;
        let RequestContent::Mandate { mandate: signed, replaces } = &request.content else {
            return Err(ServiceError::Malformed);
        };
        let mandate = signed.dangerous_unverified().map_err(|_| ServiceError::Malformed)?;
        if *replaces == Some(mandate.payment) {
            return Err(ServiceError::Malformed);
        }
        self.check_mandate(&request, signed, &mandate).await?;
        let take = |writer: &Writer<'_>| {
            if let Some(replaced) = replaces {
                revoke(writer, replaced, &mandate.account)?;
            }
            self.take_mandate(writer, signed, &mandate)
        };
        self.party.db().commit_beside(places::CENTRE_MANDATE, take).await?;
        Ok(MandateAnswer { until: mandate.until.seconds() })
    }

    /// Whether a phone's code was charged, by whom and for how much, or why a till that tried did not charge it; or what an order of
    /// its account was, for a phone that was restored. Sealed, for the phone that asks alone, which the ledger lists for the account.
    pub async fn charged(&self, request: SignedRequest) -> Result<ChargeAnswer, ServiceError> {
        let request = device::read(&self.party, &request)?;
        let RequestContent::Charged { payment, reply } = request.content else {
            return Err(ServiceError::Malformed);
        };
        device::prove(&self.party, places::CENTRE_ASK_ACCOUNT, &request, &[]).await?;
        if let Some((order, opening)) = self.ordered(&payment, &request.account)? {
            return self.told(&order, &opening, None, &reply);
        }
        let found = self.party.db().read(|rows| {
            let Some(record) = of_payment(rows, &payment)? else { return Ok::<_, DbError>(None) };
            let charge = match &record.charged {
                Some(Charged { merchant, number }) => rows.find(CHARGES, &charge_key(merchant, number))?,
                None => None,
            };
            let order = rows.find::<OrderRecord>(ORDERS, payment.as_bytes())?;
            Ok(Some((record, charge, order, rows.find(REFUSALS, payment.as_bytes())?)))
        })?;
        let (record, charge, order, refusal) = found.ok_or(ServiceError::NotFound)?;
        if record.account != request.account {
            return Err(ServiceError::NotFound);
        }
        let (Some(ChargeRecord::Taken { opening, .. }), Some(order)) = (charge, order) else {
            return Ok(ChargeAnswer {
                stage: "waiting".to_owned(),
                order: None,
                sealed: None,
                rejection: None,
                refusal: self.sealed_refusal(refusal.as_ref(), &reply)?,
            });
        };
        // What was refused before a charge that holds is over.
        let refusal = refusal.filter(|_| order.stage == Stage::Failed);
        self.told(&order, &opening, refusal.as_ref(), &reply)
    }

    fn sealed_refusal(
        &self,
        refusal: Option<&Signed<ChargeRefusal>>,
        reply: &[u8; 32],
    ) -> Result<Option<Bytes>, ServiceError> {
        let Some(word) = refusal else { return Ok(None) };
        Ok(Some(Bytes::new(&self.party.seal(reply, REFUSAL_CONTEXT, &word.to_canonical())?)))
    }

    /// An order that this account's device has signed, and what it paid for.
    fn ordered(
        &self,
        payment: &PaymentId,
        account: &AccountId,
    ) -> Result<Option<(OrderRecord, ChargeOpening)>, ServiceError> {
        let order: Option<OrderRecord> =
            self.party.db().read(|rows| rows.find(ORDERS, payment.as_bytes()))?;
        let is_of_account = |order: &OrderRecord| {
            SignedTransaction::decode(&order.order.to_canonical()).is_ok_and(
                |(_, body)| matches!(body.signer, Signer::Device { account: payer, .. } if payer == *account),
            )
        };
        let Some(order) = order.filter(is_of_account) else { return Ok(None) };
        let shop = self.merchant(&order.terms.merchant)?;
        let merchant = self.merchant_word(&shop, &order.terms)?;
        let opening = ChargeOpening { terms: order.terms.clone(), merchant };
        Ok(Some((order, opening)))
    }

    fn told(
        &self,
        order: &OrderRecord,
        opening: &ChargeOpening,
        refusal: Option<&Signed<ChargeRefusal>>,
        reply: &[u8; 32],
    ) -> Result<ChargeAnswer, ServiceError> {
        let sealed = self.party.seal(reply, CHARGE_CONTEXT, &opening.to_canonical())?;
        Ok(ChargeAnswer {
            stage: order.stage.name().to_owned(),
            order: Some(Bytes::of(&order.order)),
            sealed: Some(Bytes::new(&sealed)),
            rejection: order.rejection,
            refusal: self.sealed_refusal(refusal, reply)?,
        })
    }

    fn open_mandate(&self, sealed: &Bytes) -> Result<Signed<DeviceRequest>, ServiceError> {
        let sealed = sealed.decode().map_err(|_| ServiceError::Malformed)?;
        let plain = self.sealing.open(MANDATE_CONTEXT, &sealed).map_err(|_| ServiceError::Malformed)?;
        Signed::from_canonical(&plain).map_err(|_| ServiceError::Malformed)
    }

    /// What the ledger would refuse at the charge is refused while the citizen looks.
    async fn check_mandate(
        &self,
        request: &DeviceRequest,
        signed: &SignedMandate,
        mandate: &Mandate,
    ) -> Result<(), ServiceError> {
        if mandate.centre != self.party.id() || mandate.chain_id != self.party.ledger().chain_id() {
            return Err(Reason::WrongParty.into());
        }
        if mandate.bank != self.bank.key {
            return Err(Reason::UnknownBank.into());
        }
        if mandate.until.since(mandate.from) > LONGEST_MANDATE || mandate.until <= self.party.now() {
            return Err(Reason::Expired.into());
        }
        if mandate.account != request.account || mandate.epoch != request.epoch {
            return Err(Reason::Fenced.into());
        }
        device::prove(&self.party, places::CENTRE_ASK_ACCOUNT, request, &[]).await?;
        signed.verify(&request.device).map_err(|_| Reason::Fenced)?;
        Ok(())
    }

    fn take_mandate(
        &self,
        writer: &Writer<'_>,
        signed: &SignedMandate,
        mandate: &Mandate,
    ) -> Result<(), ServiceError> {
        let key = mandate.code.as_bytes().to_vec();
        let mut record: ConsumerRecord = writer.find(CONSUMER_CODES, &key)?.ok_or(Reason::UnknownCode)?;
        if record.mandate.as_ref() == Some(signed) {
            return Ok(());
        }
        if record.mandate.is_some()
            || of_payment(writer, &mandate.payment)?.is_some()
            || writer.find::<OrderRecord>(ORDERS, mandate.payment.as_bytes())?.is_some()
        {
            return Err(Reason::Used.into());
        }
        if record.account != mandate.account {
            return Err(Reason::AnotherCustomer.into());
        }
        if mandate.until > record.until {
            return Err(Reason::Expired.into());
        }
        if writer.find::<Replaced>(REPLACED, &replaced_key(&mandate.account, &mandate.payment))?.is_some() {
            return Err(Reason::Revoked.into());
        }
        record.mandate = Some(signed.clone());
        writer.put(CONSUMER_CODES, &key, &record)?;
        Ok(writer.put(MANDATES, mandate.payment.as_bytes(), &CodeOf(mandate.code))?)
    }

    /// Random decimal digits.
    fn digits(&self, count: usize) -> String {
        let bytes: [u8; 32] = self.party.random();
        // 250 values of a byte stand for a digit evenly; what is left over is drawn again from the digest of what was drawn.
        let mut digits = String::new();
        let mut pool = bytes.to_vec();
        while digits.len() < count {
            for byte in &pool {
                if *byte < 250 && digits.len() < count {
                    digits.push(char::from(b'0'.saturating_add(byte % 10)));
                }
            }
            pool = Hash::plain(&[&pool]).as_bytes().to_vec();
        }
        digits
    }
}

/// A code by the digest of either of its texts.
pub(crate) fn find(rows: &impl Rows, digest: &Hash) -> Result<Option<ConsumerRecord>, DbError> {
    if let Some(CodeOf(code)) = rows.find(BARCODES, digest.as_bytes())? {
        return rows.find(CONSUMER_CODES, code.as_bytes());
    }
    rows.find(CONSUMER_CODES, digest.as_bytes())
}

/// Writes by which charge a code was taken.
pub(crate) fn take(writer: &Writer<'_>, record: &ConsumerRecord, charged: Charged) -> Result<(), DbError> {
    let taken = ConsumerRecord { charged: Some(charged), ..record.clone() };
    writer.put(CONSUMER_CODES, record.code.as_bytes(), &taken)
}

/// Whether a payment is the charge of a shown code.
pub(crate) fn is_of_code(rows: &impl Rows, payment: &PaymentId) -> Result<bool, DbError> {
    Ok(rows.find::<CodeOf>(MANDATES, payment.as_bytes())?.is_some())
}

fn of_payment(rows: &impl Rows, payment: &PaymentId) -> Result<Option<ConsumerRecord>, DbError> {
    match rows.find::<CodeOf>(MANDATES, payment.as_bytes())? {
        Some(CodeOf(code)) => rows.find(CONSUMER_CODES, code.as_bytes()),
        None => Ok(None),
    }
}

fn replaced_key(account: &AccountId, payment: &PaymentId) -> Vec<u8> {
    [account.as_bytes().as_slice(), payment.as_bytes()].concat()
}

/// Revokes the code of a payment; one that was charged stays charged, and one whose mandate is still on its way is refused when it
/// arrives.
fn revoke(writer: &Writer<'_>, payment: &PaymentId, account: &AccountId) -> Result<(), ServiceError> {
    let Some(record) = of_payment(writer, payment)? else {
        return Ok(writer.put(REPLACED, &replaced_key(account, payment), &Replaced(*payment))?);
    };
    if record.account != *account {
        return Err(Reason::AnotherCustomer.into());
    }
    if record.charged.is_some() {
        return Err(Reason::Used.into());
    }
    let revoked = ConsumerRecord { is_revoked: true, ..record };
    Ok(writer.put(CONSUMER_CODES, revoked.code.as_bytes(), &revoked)?)
}

/// The mandate of a code that may be charged now by any merchant.
pub(crate) fn chargeable(record: &ConsumerRecord, now: UnixTime) -> Result<Mandate, ServiceError> {
    if record.is_revoked {
        return Err(Reason::Revoked.into());
    }
    if record.charged.is_some() {
        return Err(Reason::Used.into());
    }
    let signed = record.mandate.as_ref().ok_or(Reason::Unready)?;
    let mandate = signed.dangerous_unverified().map_err(|_| ServiceError::Malformed)?;
    if now >= mandate.until { Err(Reason::Expired.into()) } else { Ok(mandate) }
}

impl ConsumerRecord {
    /// The mandate as it was signed.
    pub(crate) fn signed(&self) -> Result<SignedMandate, ServiceError> {
        self.mandate.clone().ok_or_else(|| Reason::Unready.into())
    }
}
