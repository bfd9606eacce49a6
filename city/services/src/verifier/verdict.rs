//! How a visit ends, in words for a screen. Nothing in them is about the citizen.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Hash;

/// How a visit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The wallet has not answered.
    Waiting,
    /// At its end.
    Ended(Outcome),
    /// Nobody came in time, or there was no such visit.
    Over,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Outcome {
    /// What was asked for is proved.
    Accepted {
        /// How many credentials were shown: more than the required ones where the citizen chose to.
        credentials: u8,
        /// Who signed in: a keyed digest that no other service has, the same at her next visit.
        subject: Option<Hash>,
    },
    /// It is not.
    Refused(Refused),
}

/// Why it is not proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Refused {
    /// The citizen, or her wallet, said no.
    Declined,
    /// A credential of an issuer that the registry does not prove, or not for this type.
    UnknownIssuer,
    /// A credential was revoked.
    Revoked,
    /// Nothing fresh is known of a credential's status: it does not count.
    StatusUnknown,
    /// The answer does not verify.
    NotVerified,
}

impl Refused {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Declined, Self::UnknownIssuer, Self::Revoked, Self::StatusUnknown, Self::NotVerified];

    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::UnknownIssuer => "unknown-issuer",
            Self::Revoked => "credential-revoked",
            Self::StatusUnknown => "status-unknown",
            Self::NotVerified => "not-verified",
        }
    }

    /// In Korean and in English.
    #[must_use]
    pub const fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Declined => ("제시하지 않기로 하셨습니다.", "You chose not to show it."),
            Self::UnknownIssuer => (
                "등록되지 않은 기관이 발급한 증명서입니다.",
                "The credential is from an issuer that is not in the registry.",
            ),
            Self::Revoked => ("폐기된 증명서입니다.", "The credential was revoked."),
            Self::StatusUnknown => (
                "증명서의 상태를 지금 확인할 수 없습니다. 다시 시도해 주세요.",
                "Whether the credential still counts cannot be checked now. Please try again.",
            ),
            Self::NotVerified => ("증명서를 확인하지 못했습니다.", "What was shown does not verify."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifier_5_every_refusal_has_a_word_and_both_languages() {
        let words: std::collections::BTreeSet<_> =
            Refused::ALL.iter().map(|refused| refused.word()).collect();
        assert_eq!(words.len(), Refused::ALL.len());
        for refused in Refused::ALL {
            let (ko, en) = refused.sentences();
            assert!(ko.chars().any(|c| ('가'..='힣').contains(&c)) && en.is_ascii());
        }
    }
}
