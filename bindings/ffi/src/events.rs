//! What happens while the app looks elsewhere.

use citizen_wallet::SyncStep;
#[cfg(feature = "voting")]
use citizen_wallet::view::VoteView;
use citizen_wallet::view::{PaymentView, ShownCodeView};
use std::sync::Arc;

/// Something happened.
// An event is made, written to the foreign side's buffer and gone.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum WalletEvent {
    /// A payment was looked at: how far it is.
    Payment {
        /// The payment.
        payment: PaymentView,
    },
    /// A code that this phone shows was looked at: charged, expired, revoked, or still open.
    Code {
        /// The code.
        code: ShownCodeView,
    },
    /// A vote was looked at: how far its ballot is.
    #[cfg(feature = "voting")]
    Vote {
        /// The vote. Nothing in it says for what.
        vote: VoteView,
    },
    /// A synchronisation found the account open.
    AccountSynced,
    /// A synchronisation proved balance and history.
    BalanceSynced,
}

/// The listener failed. Nobody minds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ListenerError {
    /// It failed.
    #[error("failed")]
    Failed,
}

/// Hears of events, on a thread of the wallet: hand the event on and return. A listener that throws is not heard of again in that
/// event and misses nothing later.
#[uniffi::export(foreign)]
pub trait EventListener: Send + Sync {
    /// Something happened.
    fn on_event(&self, event: WalletEvent) -> Result<(), ListenerError>;
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ListenerError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

/// Who is told, if anybody is.
#[derive(Clone, Default)]
pub(crate) struct Events(pub(crate) Option<Arc<dyn EventListener>>);

impl Events {
    pub(crate) fn payment(&self, payment: &PaymentView) {
        self.tell(|| WalletEvent::Payment { payment: payment.clone() });
    }

    pub(crate) fn code(&self, code: &ShownCodeView) {
        self.tell(|| WalletEvent::Code { code: code.clone() });
    }

    #[cfg(feature = "voting")]
    pub(crate) fn vote(&self, vote: &VoteView) {
        self.tell(|| WalletEvent::Vote { vote: vote.clone() });
    }

    pub(crate) fn synced(&self, step: SyncStep) {
        self.tell(|| match step {
            SyncStep::Account => WalletEvent::AccountSynced,
            SyncStep::Balance => WalletEvent::BalanceSynced,
            SyncStep::Code(code) => WalletEvent::Code { code: *code },
            SyncStep::Payment(payment) => WalletEvent::Payment { payment: *payment },
            #[cfg(feature = "voting")]
            SyncStep::Vote(vote) => WalletEvent::Vote { vote: *vote },
        });
    }

    fn tell(&self, event: impl FnOnce() -> WalletEvent) {
        if let Some(listener) = &self.0 {
            // A listener's trouble is not the wallet's.
            let _ = listener.on_event(event());
        }
    }
}
