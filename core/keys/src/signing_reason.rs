//! What a citizen signs for, as the prompt of her key store says it.

/// What a signature in the key store is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum SigningKind {
    /// An account is opened.
    Account,
    /// An account goes over to this phone.
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
    /// It was not said.
    #[default]
    Other,
}

/// What a signature is for: told to the key store beside what is signed, so that its prompt can say it. It decides nothing, and is in nothing
/// that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningReason {
    /// Of a closed list.
    pub kind: SigningKind,
    /// The sentence in Korean: with whom and how much, where there is that.
    pub ko: String,
    /// The same in English.
    pub en: String,
}

impl Default for SigningReason {
    /// Of who has not said it: a program that asks nobody.
    fn default() -> Self {
        Self { kind: SigningKind::Other, ko: "본인 확인".to_owned(), en: "Confirm it is you".to_owned() }
    }
}
