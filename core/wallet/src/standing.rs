//! Where a payment stands, by proofs and signed words alone.

use crate::record::PaymentRow;
use citizen_ledger::{Attested, Provenance, Verified};
use citizen_payment::progress::Findings;
use citizen_payment::word::{BankDebit, BankEnding};
use citizen_payment::{PaymentRecord, Progress};

/// What is known of a payment.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// The payment's record in the proved state, or its absence.
    pub(crate) record: Option<Verified<Option<PaymentRecord>>>,
    /// The bank's word that it debited.
    pub(crate) debit: Option<Attested<BankDebit>>,
    /// The bank's word that nothing was taken, or all is back.
    pub(crate) ending: Option<Attested<BankEnding>>,
}

impl Standing {
    /// How far the payment is; never a step back from what was known before (PAY-5).
    pub(crate) fn progress(&self, row: &PaymentRow) -> Progress {
        let now = Progress::of(&self.findings(row));
        if row.progress.may_become(now) { now } else { row.progress }
    }

    /// By what the step is proved: an absence proves only that it will never be.
    pub(crate) fn provenance(&self) -> Option<&Provenance> {
        self.record.as_ref().map(Verified::provenance)
    }

    fn findings(&self, row: &PaymentRow) -> Findings {
        let record = self.record.as_ref().and_then(|record| record.value().as_ref());
        let ours = record.filter(|record| is_ours(record, row));
        Findings {
            record: ours.map(|record| record.state),
            // Another order under this id has consumed it: ours can never be held.
            past_validity: self.is_past_validity(row) || (record.is_some() && ours.is_none()),
            has_won: !row.terms.won.is_zero(),
            debited: self.debit.is_some(),
            undone: self.ending.is_some(),
        }
    }

    /// The header at `h` commits to the state after block `h - 1`, and block `h` refuses a hold whose end is not after
    /// its own time: what is not in the state by then comes in no later block.
    fn is_past_validity(&self, row: &PaymentRow) -> bool {
        self.provenance()
            .is_some_and(|provenance| provenance.height > row.valid_until || provenance.time >= row.expires)
    }
}

/// Whether a record is of the order that this phone signed.
pub(crate) fn is_ours(record: &PaymentRecord, row: &PaymentRow) -> bool {
    record.order == row.order && record.commitment == row.terms.commitment()
}

/// Whether the bank's word is about this payment.
pub(crate) fn is_debit_of(debit: &BankDebit, row: &PaymentRow) -> bool {
    let BankDebit { payment, order, won, booking: _, time: _ } = debit;
    *payment == row.terms.payment && *order == row.order && *won == row.terms.won
}

/// Whether the bank's word is about the end of this payment.
pub(crate) fn is_ending_of(ending: &BankEnding, row: &PaymentRow) -> bool {
    use citizen_payment::word::Undoing;
    let whole = match ending.undoing {
        Undoing::CreditedBack { won, booking: _ } => won == row.terms.won,
        Undoing::Tombstoned => true,
    };
    ending.payment == row.terms.payment && whole
}
