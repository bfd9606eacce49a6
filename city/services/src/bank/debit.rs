//! A debit: only against the proof of a hold, once for each payment, never after its tombstone.

use super::Bank;
use super::books::{self, BookAccount, BookError, Entry, Purpose};
use super::record::{ACCOUNTS, FinalRefusal, PAYMENTS, Stand, WonAccount};
use super::suspense;
use crate::db::{Rows, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{BankAnswer, Bytes, DebitRequest};
use citizen_ledger::{Action, SignedTransaction, Signer, state_key};
use citizen_payment::word::BankDebit;
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{AccountId, PaymentId, TransactionId, Won};

/// The order that opened the payment: signed by the citizen's device, or charged by the mandate that her device signed.
struct Mandate {
    id: TransactionId,
    payment: PaymentId,
    account: AccountId,
    won: Won,
}

impl Bank {
    /// Debits against the proof of a hold (BANK-3, BANK-4). A payment the bank knows already is answered as before.
    pub async fn debit(&self, request: DebitRequest) -> Result<BankAnswer, ServiceError> {
        let whim = self.temper.begin().await;
        let mandate = self.mandate(&request.order)?;
        let payment = mandate.payment;
        let known: Option<Stand> = self.party.db().read(|rows| rows.find(PAYMENTS, payment.as_bytes()))?;
        let stand = match known {
            Some(stand) => stand,
            None => {
                let record = self.held(&request, &mandate).await?;
                self.decide(&payment, &record, whim.declines()).await?
            }
        };
        whim.answer_debit(stand.answer())
    }

    fn mandate(&self, order: &Bytes) -> Result<Mandate, ServiceError> {
        let bytes = order.decode().map_err(|_| ServiceError::Malformed)?;
        let order = SignedTransaction::check_stateless(&bytes, &self.party.ledger().chain_id())
            .map_err(|_| Reason::Order)?;
        let (payment, account, won) = match (&order.body().action, &order.body().signer) {
            (Action::Hold(hold), Signer::Device { account, .. }) => (hold.payment, *account, hold.won),
            // Whether the device that signed the mandate is the account's, the ledger has decided: its record is proved.
            (Action::Charge(charge), _) => {
                let mandate = charge.mandate.dangerous_unverified().map_err(|_| Reason::Order)?;
                (mandate.payment, mandate.account, charge.won)
            }
            _ => return Err(Reason::Order.into()),
        };
        Ok(Mandate { id: order.id(), payment, account, won })
    }

    /// The payment's record, proved on hold, and the order that opened it.
    async fn held(&self, request: &DebitRequest, mandate: &Mandate) -> Result<PaymentRecord, ServiceError> {
        let (block, state) = (&request.light_block, &request.state);
        let proven = self.party.ledger().check(places::BANK_ASK_HEADERS, block, state).await?;
        // A stale proof could show a hold that has ended since.
        let proven = proven.fresh().map_err(|_| Reason::NotHeld)?;
        let record = proven.get::<PaymentRecord>(&state_key::payment(&mandate.payment))?;
        let record = record.present().ok_or(Reason::NotHeld)?.into_parts().0;
        if record.state != PaymentState::Held || self.party.now() >= record.expires {
            return Err(Reason::NotHeld.into());
        }
        if record.bank != self.party.id() {
            return Err(Reason::WrongParty.into());
        }
        let agrees =
            record.order == mandate.id && record.won == mandate.won && record.account == mandate.account;
        if agrees && !record.won.is_zero() { Ok(record) } else { Err(Reason::Order.into()) }
    }

    /// Booking and answer in one commit: whoever asks again gets the same (BANK-3).
    async fn decide(
        &self,
        payment: &PaymentId,
        record: &PaymentRecord,
        declines: bool,
    ) -> Result<Stand, ServiceError> {
        let decide = |writer: &Writer<'_>| {
            // Another call may have been here since it was looked up.
            if let Some(stand) = writer.find(PAYMENTS, payment.as_bytes())? {
                return Ok(stand);
            }
            let stand = if declines {
                Stand::Refused { reason: FinalRefusal::Declined }
            } else {
                self.book(writer, payment, record)?
            };
            writer.put(PAYMENTS, payment.as_bytes(), &stand)?;
            Ok(stand)
        };
        self.party.db().commit_beside(places::BANK_DEBIT, decide).await
    }

    fn book(
        &self,
        writer: &Writer<'_>,
        payment: &PaymentId,
        record: &PaymentRecord,
    ) -> Result<Stand, ServiceError> {
        let account: Option<WonAccount> = writer.find(ACCOUNTS, record.account.as_bytes())?;
        if account.is_none() {
            return Ok(Stand::Refused { reason: FinalRefusal::NoAccount });
        }
        let (from, to) = (BookAccount::Customer(record.account), BookAccount::Suspense(record.centre));
        let time = self.party.now();
        let entry = Entry { from, to, won: record.won, purpose: Purpose::Debit(*payment) };
        let booking = match books::post(writer, entry, time) {
            Ok(booking) => booking,
            Err(BookError::NotEnough) => return Ok(Stand::Refused { reason: FinalRefusal::NotEnough }),
            Err(BookError::Db(error)) => return Err(error.into()),
        };
        suspense::enter(writer, &record.centre, payment, record.won)?;
        let word = BankDebit { payment: *payment, order: record.order, won: record.won, booking, time };
        Ok(Stand::Debited { debit: self.party.sign(&word), from, to, won: record.won })
    }
}
