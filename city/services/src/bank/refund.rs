//! Refunds: credited against the proof of the ledger's record, once, whoever brings it.

use super::Bank;
use super::books::{self, BookAccount, BookError, Entry, Purpose};
use super::record::{ACCOUNTS, Credited, REFUNDS, WonAccount};
use super::suspense;
use crate::db::{Rows, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{BankRefundAnswer, Bytes, RefundRequest};
use citizen_ledger::state_key;
use citizen_payment::RefundRecord;
use citizen_payment::word::BankRefund;
use citizen_primitives::RefundId;

impl Bank {
    /// Credits a refund that is proved to stand on the ledger (BANK-6).
    pub async fn refund(&self, request: RefundRequest) -> Result<BankRefundAnswer, ServiceError> {
        let whim = self.temper.begin().await;
        let refund = RefundId::from_hex(&request.refund).map_err(|_| ServiceError::Malformed)?;
        let credited = match self.credited(&refund)? {
            Some(credited) => credited,
            None => {
                let record = self.prove_refund(&request, &refund).await?;
                self.credit(&refund, &record)?
            }
        };
        whim.answer_refund(BankRefundAnswer::Credited { refund: Bytes::of(&credited.0) })
    }

    /// Where it stands with a refund. Not knowing it decides nothing.
    pub async fn refund_standing(&self, refund: RefundId) -> Result<BankRefundAnswer, ServiceError> {
        self.temper.begin().await;
        Ok(self.credited(&refund)?.map_or(BankRefundAnswer::NotFound, |credited| {
            BankRefundAnswer::Credited { refund: Bytes::of(&credited.0) }
        }))
    }

    fn credited(&self, refund: &RefundId) -> Result<Option<Credited>, ServiceError> {
        Ok(self.party.db().read(|rows| rows.find(REFUNDS, refund.as_bytes()))?)
    }

    /// A refund is for ever, so its proof does not age.
    async fn prove_refund(
        &self,
        request: &RefundRequest,
        refund: &RefundId,
    ) -> Result<RefundRecord, ServiceError> {
        let (block, state) = (&request.light_block, &request.state);
        let proven = self.party.ledger().check(places::BANK_ASK_HEADERS, block, state).await?;
        let record = proven.get::<RefundRecord>(&state_key::refund(refund))?;
        let record = record.present().ok_or(Reason::NotRefunded)?.into_parts().0;
        if !record.won.is_zero() && record.bank != self.party.id() {
            return Err(Reason::WrongParty.into());
        }
        Ok(record)
    }

    /// Booking and word in one commit: whoever brings the proof again gets the same.
    fn credit(&self, refund: &RefundId, record: &RefundRecord) -> Result<Credited, ServiceError> {
        self.party.db().commit(places::BANK_REFUND, |writer| {
            if let Some(credited) = writer.find(REFUNDS, refund.as_bytes())? {
                return Ok(credited);
            }
            let booking = self.book_refund(writer, refund, record)?;
            let RefundRecord { payment, won, .. } = record;
            let word =
                BankRefund { refund: *refund, payment: *payment, won: *won, booking, time: self.party.now() };
            let credited = Credited(self.party.sign(&word));
            writer.put(REFUNDS, refund.as_bytes(), &credited)?;
            Ok(credited)
        })
    }

    fn book_refund(
        &self,
        writer: &Writer<'_>,
        refund: &RefundId,
        record: &RefundRecord,
    ) -> Result<u64, ServiceError> {
        if record.won.is_zero() {
            return Ok(0);
        }
        let account: Option<WonAccount> = writer.find(ACCOUNTS, record.account.as_bytes())?;
        account.ok_or(Reason::NoAccount)?;
        // Only a captured payment has a refund on the ledger.
        suspense::capture(writer, &record.centre, &record.payment, self.party.now())?;
        let entry = Entry {
            from: BookAccount::Settlement(record.centre),
            to: BookAccount::Customer(record.account),
            won: record.won,
            purpose: Purpose::Refund(*refund),
        };
        match books::post(writer, entry, self.party.now()) {
            Ok(booking) => Ok(booking),
            // An honest centre refunds only out of what it has not paid out; another one has to pay in first.
            Err(BookError::NotEnough) => Err(ServiceError::Unavailable),
            Err(BookError::Db(error)) => Err(error.into()),
        }
    }
}
