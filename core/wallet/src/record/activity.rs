//! A line of the activity log: who saw what of the citizen, when, and why.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{PaymentId, Points, Text, UnixTime, Won};
use citizen_store::{Row, Store, StoreError, Table};
use citizen_voting::manifest::Bilingual;

/// A line. The words come from the catalogue, so an old line is read in today's language.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ActivityRow {
    /// When.
    pub(crate) time: UnixTime,
    /// What.
    pub(crate) kind: ActivityKind,
}
citizen_primitives::canonical!(ActivityRow = 1);

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum ActivityKind {
    /// The account was opened.
    AccountOpened,
    /// The bank account was connected.
    BankConnected,
    /// The bank was asked for the balance.
    BankAsked,
    /// Points were claimed.
    Claimed {
        /// The programme.
        programme: Text,
    },
    /// The centre was asked about a code.
    CodeAsked,
    /// A payment was approved.
    Approved(PaymentLine),
    /// It was captured.
    Captured(PaymentLine),
    /// It was reversed.
    Reversed(PaymentLine),
    /// It never happened.
    NeverHeld(PaymentLine),
    /// A backup was made.
    BackedUp,
    /// This phone took the wallet over.
    Restored,
    /// Another phone did.
    Fenced,
    /// A code was shown.
    CodeShown {
        /// The most that it allows.
        total: Won,
    },
    /// It was charged.
    Charged(PaymentLine),
    /// A code was taken back.
    CodeHidden,
    /// The merchant was asked to give back.
    RefundAsked {
        /// Of which payment.
        payment: PaymentLine,
        /// How much.
        amount: Won,
    },
    /// Points were given away.
    Gave {
        /// How many.
        points: Points,
    },
    /// Points were changed into a certificate.
    Redeemed {
        /// How many.
        points: Points,
    },
    /// Own limits were set or taken back.
    LimitsSet,
    /// The registrars of a poll were asked.
    PollRegistered {
        /// Of which.
        title: Bilingual,
    },
    /// A ballot was opened to be checked.
    BallotOpened {
        /// In which poll.
        title: Bilingual,
    },
    /// A ballot was cast. For what is nowhere.
    BallotCast {
        /// In which poll.
        title: Bilingual,
    },
    /// It stands on the board.
    BallotPlaced {
        /// In which poll.
        title: Bilingual,
    },
    /// A relay broke its word.
    PromiseBroken {
        /// Which.
        relay: Bilingual,
    },
    /// The reward for taking part was redeemed.
    PollRewarded {
        /// Of which poll.
        title: Bilingual,
    },
    /// The account was to be frozen by the recovery code.
    Frozen,
    /// It was to go on.
    Unfrozen,
    /// An objection to a recovery was sent.
    Objected,
    /// A credential came.
    CredentialReceived {
        /// Its type.
        credential: String,
        /// From whom, by the registry.
        issuer: Bilingual,
    },
    /// A credential was removed.
    CredentialForgotten {
        /// Its type.
        credential: String,
    },
    /// A verifier was shown claims.
    Presented(Box<DisclosureLine>),
    /// A verifier's request was declined.
    Declined {
        /// Whose, by the registry or by its own name.
        verifier: Bilingual,
        /// Where the answer would have gone.
        host: String,
    },
    /// The card's key was changed.
    CardKeyChanged,
    /// She signed in to a service.
    SignedIn(Box<SignInLine>),
    /// The key by which a service knew her was removed.
    ServiceForgotten {
        /// Whose, by the registry.
        verifier: Bilingual,
    },
    /// Officers of recovery were told whose account it is.
    RecoveryEnrolled,
    /// Officers of recovery were asked for an account.
    RecoveryAsked,
    /// Officers of recovery were asked to drop a case.
    RecoveryDismissed,
    /// The issuer was told that a phone is lost, and revoked so many copies.
    LossReported {
        /// How many.
        revoked: u64,
    },
    /// Somebody whom the registry does not prove was shown claims: she insisted.
    PresentedToUnknown(Box<DisclosureLine>),
}

/// Who knows her again.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct SignInLine {
    /// Who, by the registry.
    pub(crate) verifier: Bilingual,
    /// Where the answer went.
    pub(crate) host: String,
    /// Whether it was the first time.
    pub(crate) is_first: bool,
}

/// Who was shown what of which credential, and to what end.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct DisclosureLine {
    /// To whom, by the registry.
    pub(crate) verifier: Bilingual,
    /// Where the answer went.
    pub(crate) host: String,
    /// Of which type of credential.
    pub(crate) credential: String,
    /// Which claims, by their paths.
    pub(crate) claims: Vec<String>,
    /// To what end, by the registry.
    pub(crate) purpose: Option<Bilingual>,
}

/// A payment in the log.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct PaymentLine {
    /// Which.
    pub(crate) payment: PaymentId,
    /// To whom.
    pub(crate) merchant: Text,
    /// How much in all.
    pub(crate) total: Won,
}

/// The row of a line: keys in the order of writing.
pub(crate) fn activity_row(number: u64) -> Row {
    Row::new(Table::Activity, number.to_be_bytes())
}

/// The number of the next line.
pub(crate) fn next_activity(store: &dyn Store) -> Result<u64, StoreError> {
    let last = store.list(Table::Activity)?.pop().map(|entry| entry.key);
    let last = last.map(|key| <[u8; 8]>::try_from(key).map_err(|_| StoreError::Damaged)).transpose()?;
    Ok(last.map_or(0, |last| u64::from_be_bytes(last).saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(kind: &ActivityKind) -> u8 {
        let bytes = borsh::to_vec(kind).unwrap();
        assert_eq!(borsh::from_slice::<ActivityKind>(&bytes).unwrap(), *kind);
        bytes[0]
    }

    #[test]
    fn a_line_about_a_poll_or_a_credential_is_the_same_in_every_build() {
        let text = || Text::new("망원동").unwrap();
        let title = || Bilingual { ko: text(), en: text() };
        assert_eq!(place(&ActivityKind::LimitsSet), 18);
        assert_eq!(place(&ActivityKind::PollRegistered { title: title() }), 19);
        assert_eq!(place(&ActivityKind::PollRewarded { title: title() }), 24);
        assert_eq!(place(&ActivityKind::Frozen), 25);
        assert_eq!(place(&ActivityKind::CredentialForgotten { credential: "card".to_owned() }), 29);
        assert_eq!(place(&ActivityKind::ServiceForgotten { verifier: title() }), 34);
        assert_eq!(place(&ActivityKind::RecoveryDismissed), 37);
        assert_eq!(place(&ActivityKind::LossReported { revoked: 1 }), 38);
        let line = DisclosureLine {
            verifier: title(),
            host: "library.example".to_owned(),
            credential: "card".to_owned(),
            claims: Vec::new(),
            purpose: None,
        };
        assert_eq!(place(&ActivityKind::PresentedToUnknown(Box::new(line))), 39);
    }
}
