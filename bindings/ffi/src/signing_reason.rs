//! **FFI-17** What a citizen signs for, as her key store's prompt says it.

use citizen_wallet::{Message, SigningKind as CoreKind, SigningReason as CoreReason};

/// What a signature in the key store is for. The list grows: draw what is new by the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SigningKind {
    /// An account is opened.
    Account,
    /// An account goes over to this phone: from a backup, or by officers.
    Recovery,
    /// A payment, or the card that one needs.
    Payment,
    /// A code that a shop may charge.
    Code,
    /// Points for another citizen.
    Gift,
    /// Points for a gift certificate.
    Redemption,
    /// Limits of her own that are looser.
    Limits,
    /// An objection to a recovery.
    Objection,
    /// Another key of the card in the place of the old.
    CardKey,
    /// A credential is received.
    Credential,
    /// A credential is shown.
    Presentation,
    /// She signs in to a service.
    SignIn,
    /// The card is shown to register for a poll.
    Poll,
    /// Anything else.
    Other,
}

/// What a signature in the key store is for. It is for her eyes: it is in nothing that is signed.
#[derive(Debug, Clone, uniffi::Record)]
pub struct SigningReason {
    /// For an app that says it in words of its own, or with a picture.
    pub kind: SigningKind,
    /// What the prompt says beside the finger: with whom, and how much, of what is signed. Names are those that the registry proves or a registered party
    /// signed; whom the registry does not have is an address, and is said to be.
    pub text: Message,
}

impl From<&CoreReason> for SigningReason {
    fn from(reason: &CoreReason) -> Self {
        let text = Message { ko: reason.ko.clone(), en: reason.en.clone() };
        Self { kind: reason.kind.into(), text }
    }
}

impl From<CoreKind> for SigningKind {
    fn from(kind: CoreKind) -> Self {
        match kind {
            CoreKind::Account => Self::Account,
            CoreKind::Recovery => Self::Recovery,
            CoreKind::Payment => Self::Payment,
            CoreKind::Code => Self::Code,
            CoreKind::Gift => Self::Gift,
            CoreKind::Redemption => Self::Redemption,
            CoreKind::Limits => Self::Limits,
            CoreKind::Objection => Self::Objection,
            CoreKind::CardKey => Self::CardKey,
            CoreKind::Credential => Self::Credential,
            CoreKind::Presentation => Self::Presentation,
            CoreKind::SignIn => Self::SignIn,
            CoreKind::Poll => Self::Poll,
            CoreKind::Other => Self::Other,
        }
    }
}
