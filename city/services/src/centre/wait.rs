//! For what an order waits, between one step and the next. Nothing of it is kept: a centre that starts looks at every order anew.

use citizen_primitives::{Height, PaymentId};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many blocks after a transaction was handed in it is handed in again, if the ledger does not show it.
const PATIENCE: u64 = 4;

/// So many blocks later the header may show what a transaction did that was handed in: the next block executes it, the header after
/// that one commits to it.
const SHOWN_AFTER: u64 = 2;

/// What the centre remembers of the orders that it has seen since it started.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<BTreeMap<PaymentId, Wait>>);

/// Of one order, at its stage.
#[derive(Debug, Clone, Copy, Default)]
struct Wait {
    /// At which height its transaction was handed in.
    handed_in: Option<Height>,
    /// Before a header of this height there is nothing new to see.
    until: Option<Height>,
    /// Nothing was ever sent for it: the stage was written just now.
    is_unsent: bool,
}

impl Waits {
    /// Whether the order is one that this centre has done something about since it started.
    pub(super) fn knows(&self, payment: &PaymentId) -> bool {
        self.lock().contains_key(payment)
    }

    /// Whether a header of this height may show something new of an order.
    pub(super) fn is_due(&self, payment: &PaymentId, newest: Height) -> bool {
        let until = self.lock().get(payment).and_then(|wait| wait.until);
        until.is_none_or(|until| until <= newest)
    }

    /// Its transaction was handed in.
    pub(super) fn hand_in(&self, payment: &PaymentId, at: Height) {
        let until = Some(at.plus(SHOWN_AFTER));
        self.lock().insert(*payment, Wait { handed_in: Some(at), until, is_unsent: false });
    }

    /// Whether its transaction was handed in a few blocks ago, and may be in one of them: it is not handed in again yet.
    pub(super) fn is_handed_in(&self, payment: &PaymentId, newest: Height) -> bool {
        let handed_in = self.lock().get(payment).and_then(|wait| wait.handed_in);
        handed_in.is_some_and(|at| newest < at.plus(PATIENCE))
    }

    /// Nothing is to be done about it under this header: only the next one can change that.
    pub(super) fn pause(&self, payment: &PaymentId, seen: Height) {
        let mut waits = self.lock();
        let wait = waits.entry(*payment).or_default();
        wait.until = wait.until.max(Some(seen.next()));
    }

    /// The order's stage was written, and what was remembered of the one before is over.
    pub(super) fn begin(&self, payment: &PaymentId) {
        self.lock().insert(*payment, Wait { is_unsent: true, ..Wait::default() });
    }

    /// Whether nothing was sent at this stage, as far as this centre knows: from now on something was. After a start it does not know.
    pub(super) fn sends_first(&self, payment: &PaymentId) -> bool {
        self.lock().get_mut(payment).is_some_and(|wait| std::mem::take(&mut wait.is_unsent))
    }

    /// The order is at its end.
    pub(super) fn forget(&self, payment: &PaymentId) {
        self.lock().remove(payment);
    }

    /// Whole at any moment: one that a panic left behind can be used.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<PaymentId, Wait>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_looked_at_again_when_a_header_may_show_something_new() {
        let (waits, payment) = (Waits::default(), PaymentId::from_bytes([1; 32]));
        let due = |height| waits.is_due(&payment, Height::new(height));
        assert!(due(0) && !waits.knows(&payment));
        waits.hand_in(&payment, Height::new(7));
        assert_eq!([8, 9].map(due), [false, true]);
        let handed_in = |height| waits.is_handed_in(&payment, Height::new(height));
        assert_eq!([10, 11].map(handed_in), [true, false]);
        waits.pause(&payment, Height::new(9));
        assert_eq!([9, 10].map(due), [false, true]);
        assert!(!waits.sends_first(&payment));
        waits.begin(&payment);
        assert!(due(9) && waits.sends_first(&payment) && !waits.sends_first(&payment));
        waits.forget(&payment);
        assert!(!waits.knows(&payment));
    }
}
