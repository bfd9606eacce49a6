//! Debits in suspense: taken from the customer, and nobody's yet. The ledger's record decides: what was captured is the centre's to
//! be paid out (BANK-7), what has ended unpaid goes back to the customer (BANK-5), whatever a centre has signed meanwhile.

use super::Bank;
use super::books::{self, BookAccount, BookError, Entry, Purpose};
use crate::db::{DbError, Rows, Table, Writer};
use crate::error::ServiceError;
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::state_key;
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{KeyId, PaymentId, UnixTime, Won};

/// [`Suspended`] by centre and payment.
const SUSPENSE: Table = Table::new("suspense");

/// The most payments in one question: the ledger answers about so many records at once.
const MOST_KEYS: usize = 32;
/// The most questions for one settlement; a centre that has more open hands it in again.
const MOST_QUESTIONS: usize = 64;

/// A debit in suspense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Suspended {
    payment: PaymentId,
    won: Won,
}

citizen_primitives::canonical!(Suspended = 1);

/// A debit was booked to the centre's suspense account.
pub(crate) fn enter(
    writer: &Writer<'_>,
    centre: &KeyId,
    payment: &PaymentId,
    won: Won,
) -> Result<(), DbError> {
    writer.put(SUSPENSE, &key(centre, payment), &Suspended { payment: *payment, won })
}

/// A debit was credited back.
pub(super) fn leave(writer: &Writer<'_>, centre: &KeyId, payment: &PaymentId) -> Result<(), DbError> {
    writer.remove(SUSPENSE, &key(centre, payment))
}

/// The payment is proved to be captured: its debit is the centre's, once.
pub(crate) fn capture(
    writer: &Writer<'_>,
    centre: &KeyId,
    payment: &PaymentId,
    time: UnixTime,
) -> Result<(), ServiceError> {
    let Some(Suspended { won, .. }) = writer.find(SUSPENSE, &key(centre, payment))? else { return Ok(()) };
    let (from, to) = (BookAccount::Suspense(*centre), BookAccount::Settlement(*centre));
    match books::post(writer, Entry { from, to, won, purpose: Purpose::Captured(*payment) }, time) {
        Ok(_) => Ok(leave(writer, centre, payment)?),
        Err(BookError::NotEnough) => Err(ServiceError::Unavailable),
        Err(BookError::Db(error)) => Err(error.into()),
    }
}

impl Bank {
    /// Asks the ledger what became of the payments whose debits are in suspense, and books what is decided. The bank asks
    /// itself: it takes nobody's word on what was captured.
    pub(super) async fn clear_suspense(&self, centre: &KeyId) -> Result<(), ServiceError> {
        let open: Vec<(Vec<u8>, Suspended)> =
            self.party.db().read(|rows| rows.under(SUSPENSE, centre.as_bytes()))?;
        let payments: Vec<PaymentId> = open.into_iter().map(|(_, suspended)| suspended.payment).collect();
        for some in payments.chunks(MOST_KEYS).take(MOST_QUESTIONS) {
            let (captured, ended) = self.ask_payments(some).await?;
            self.party.db().commit(places::BANK_CAPTURED, |writer| {
                captured.iter().try_for_each(|payment| capture(writer, centre, payment, self.party.now()))
            })?;
            for payment in &ended {
                self.undo(payment)?;
            }
        }
        Ok(())
    }

    /// Which of these payments are captured, and which have ended unpaid. Both are for ever: their proof does not age.
    async fn ask_payments(
        &self,
        payments: &[PaymentId],
    ) -> Result<(Vec<PaymentId>, Vec<PaymentId>), ServiceError> {
        let keys: Vec<_> = payments.iter().map(state_key::payment).collect();
        let proven = self.party.ledger().state(places::BANK_ASK_PAYMENTS, &keys).await?;
        let (mut captured, mut ended) = (Vec::new(), Vec::new());
        for (payment, key) in payments.iter().zip(&keys) {
            match proven.get::<PaymentRecord>(key)?.into_parts().0.map(|record| record.state) {
                Some(PaymentState::Captured { .. }) => captured.push(*payment),
                Some(state) if state.is_reversed() => ended.push(*payment),
                Some(_) | None => {}
            }
        }
        Ok((captured, ended))
    }
}

fn key(centre: &KeyId, payment: &PaymentId) -> Vec<u8> {
    [centre.as_bytes().as_slice(), payment.as_bytes()].concat()
}
