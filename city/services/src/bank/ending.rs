//! The end of a payment that was not paid: its debit is credited back, or there never will be one.

use super::Bank;
use super::books::{self, BookAccount, Entry, Purpose};
use super::record::{PAYMENTS, Stand};
use super::suspense;
use crate::db::{Rows, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{BankAnswer, EndingRequest};
use citizen_ledger::state_key;
use citizen_payment::PaymentRecord;
use citizen_payment::word::{BankEnding, Undoing};
use citizen_primitives::{PaymentId, Won};

/// A debit that is to be undone.
struct Debit {
    from: BookAccount,
    to: BookAccount,
    won: Won,
}

impl Bank {
    /// Undoes a payment whose end without payment is proved, whoever brings the proof (BANK-5). A payment that was never
    /// on hold needs nothing: without the proof of a hold there is no debit.
    pub async fn end(&self, request: EndingRequest) -> Result<BankAnswer, ServiceError> {
        let whim = self.temper.begin().await;
        let payment = PaymentId::from_hex(&request.payment).map_err(|_| ServiceError::Malformed)?;
        let known: Option<Stand> = self.party.db().read(|rows| rows.find(PAYMENTS, payment.as_bytes()))?;
        let stand = match known {
            Some(ended @ Stand::Ended { .. }) => ended,
            Some(Stand::Debited { .. } | Stand::Refused { .. }) | None => {
                self.prove_end(&request, &payment).await?;
                self.undo(&payment)?
            }
        };
        whim.answer(stand.answer())
    }

    /// An end is for ever, so its proof does not age.
    async fn prove_end(&self, request: &EndingRequest, payment: &PaymentId) -> Result<(), ServiceError> {
        let (block, state) = (&request.light_block, &request.state);
        let proven = self.party.ledger().check(places::BANK_ASK_HEADERS, block, state).await?;
        let record = proven.get::<PaymentRecord>(&state_key::payment(payment))?;
        let record = record.present().ok_or(Reason::NotEnded)?;
        if record.value().bank != self.party.id() {
            return Err(Reason::WrongParty.into());
        }
        if record.value().state.is_reversed() { Ok(()) } else { Err(Reason::NotEnded.into()) }
    }

    pub(super) fn undo(&self, payment: &PaymentId) -> Result<Stand, ServiceError> {
        self.party.db().commit(places::BANK_ENDING, |writer| {
            let debit = match writer.find::<Stand>(PAYMENTS, payment.as_bytes())? {
                Some(ended @ Stand::Ended { .. }) => return Ok(ended),
                Some(Stand::Debited { debit: _, from, to, won }) => Some(Debit { from, to, won }),
                Some(Stand::Refused { .. }) | None => None,
            };
            let undoing =
                debit.map_or(Ok(Undoing::Tombstoned), |debit| self.credit_back(writer, payment, &debit))?;
            let word = BankEnding { payment: *payment, undoing, time: self.party.now() };
            let stand = Stand::Ended { ending: self.party.sign(&word) };
            writer.put(PAYMENTS, payment.as_bytes(), &stand)?;
            Ok(stand)
        })
    }

    fn credit_back(
        &self,
        writer: &Writer<'_>,
        payment: &PaymentId,
        debit: &Debit,
    ) -> Result<Undoing, ServiceError> {
        let entry =
            Entry { from: debit.to, to: debit.from, won: debit.won, purpose: Purpose::CreditBack(*payment) };
        let booking = books::post(writer, entry, self.party.now()).map_err(|_| ServiceError::Unavailable)?;
        if let BookAccount::Suspense(centre) = &debit.to {
            suspense::leave(writer, centre, payment)?;
        }
        Ok(Undoing::CreditedBack { won: debit.won, booking })
    }
}
