//! Payments that the account's history shows and this phone does not know: those that another phone made before this one was restored.
//!
//! A backup holds no order: nobody shall be able to send one from it. The centre has the orders, and tells them, sealed, to the
//! phone that the ledger lists for the account; what it tells counts where it opens the record's commitment (WALLET-15).

use crate::charged::{goes_on, opens, told_row};
use crate::error::WalletError;
use crate::place;
use crate::record::{self, PaymentRow};
use crate::wallet::Wallet;
use citizen_coin::{Entry, EntryKind};
use citizen_ledger::state_key;
use citizen_payment::PaymentRecord;
use citizen_primitives::PaymentId;
use citizen_primitives::order::set_of;

/// The most payments that are asked for in one synchronisation: the next one asks for more.
const MOST_AT_ONCE: usize = 16;

impl Wallet {
    /// Takes up payments of the proved history that this phone does not know and that are paid or still under way; they are followed
    /// to their ends with the others. That the centre does not tell stops nothing.
    pub(crate) async fn recover_payments(&self, entries: &[Entry]) -> Result<(), WalletError> {
        for payment in self.unknown_payments(entries)?.iter().take(MOST_AT_ONCE) {
            goes_on(self.recover_payment(payment).await)?;
        }
        Ok(())
    }

    /// The newest first. What came back needs no order: the history shows it.
    fn unknown_payments(&self, entries: &[Entry]) -> Result<Vec<PaymentId>, WalletError> {
        let mut known = set_of(self.payment_rows()?.iter().map(|row| row.terms.payment));
        known.extend(self.code_rows()?.iter().filter_map(|row| Some(row.mandate()?.payment)));
        let mut unknown = Vec::new();
        for entry in entries.iter().rev() {
            match &entry.kind {
                EntryKind::Released { payment, .. } | EntryKind::Lapsed { payment, .. } => {
                    known.insert(*payment);
                }
                EntryKind::Held { payment, .. } if !known.contains(payment) => unknown.push(*payment),
                _ => {}
            }
        }
        let has_receipt = |payment: &PaymentId| {
            self.session().with(|open| Ok(open.store.load(&record::receipt_row(payment))?.is_some()))
        };
        let mut wanted = Vec::new();
        for payment in unknown {
            if !has_receipt(&payment)? {
                wanted.push(payment);
            }
        }
        Ok(wanted)
    }

    async fn recover_payment(&self, payment: &PaymentId) -> Result<(), WalletError> {
        let link = self.link().await?;
        let key = state_key::payment(payment);
        let (snapshot, parties) = link.with_parties(std::slice::from_ref(&key)).await?;
        let Some(record) = snapshot.get::<PaymentRecord>(&key)?.into_parts().0 else { return Ok(()) };
        let is_ours = record.account == self.session().account()?.id;
        if !is_ours || record.state.is_reversed() || record.centre != parties.centre.value().id() {
            return Ok(());
        }
        let Some(seen) = self.ask_charged(&link.centre(parties.centre), *payment, None).await? else {
            return Ok(());
        };
        if seen.order.id() != record.order || !opens(&seen.terms, payment, &record) {
            tracing::info!("the centre's terms do not open the record's commitment");
            return Ok(());
        }
        let row: PaymentRow = told_row(seen, (record.opened, None), &record)?;
        // Another look may have taken it up meanwhile, and brought it further: a step once seen is never taken back (WALLET-10).
        let (new, changes) = (record::payment_row(payment), record::put(record::payment_row(payment), &row));
        self.session().commit_if::<PaymentRow>(place::PAYMENT_PROGRESS, (&new, None), changes).map(drop)
    }
}
