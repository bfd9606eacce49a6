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
        /// Who signed in, at a service that knows its visitors.
        visitor: Option<Visitor>,
    },
    /// It is not.
    Refused(Refused),
}

/// Who signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Visitor {
    /// Her account: a keyed digest of the key by which this service knows her. No other service has it.
    pub subject: Hash,
    /// Whether she has been here before.
    pub is_known: bool,
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
    /// She signs in without her card, and nobody of that name is known here.
    NoAccount,
    /// She signs in without her card, and it was shown too long ago.
    CardAgain,
    /// The card says something else than what the account was opened with.
    AnotherPerson,
    /// No more accounts can be opened.
    Full,
}

impl Refused {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Declined,
        Self::UnknownIssuer,
        Self::Revoked,
        Self::StatusUnknown,
        Self::NotVerified,
        Self::NoAccount,
        Self::CardAgain,
        Self::AnotherPerson,
        Self::Full,
    ];

    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::UnknownIssuer => "unknown-issuer",
            Self::Revoked => "credential-revoked",
            Self::StatusUnknown => "status-unknown",
            Self::NotVerified => "not-verified",
            Self::NoAccount => "no-account",
            Self::CardAgain => "card-again",
            Self::AnotherPerson => "another-person",
            Self::Full => "full",
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
            Self::Revoked => ("취소된 증명서입니다.", "The credential was revoked."),
            Self::StatusUnknown => (
                "증명서의 상태를 지금 확인할 수 없습니다. 다시 시도해 주세요.",
                "Whether the credential still counts cannot be checked now. Please try again.",
            ),
            Self::NotVerified => ("증명서를 확인하지 못했습니다.", "What was shown does not verify."),
            Self::NoAccount => (
                "여기서 알아보지 못했습니다. 처음이거나 휴대전화를 바꾸셨다면 시민카드로 시작해 주세요.",
                "You are not known here. For a first visit, or with a new phone, begin with the citizen card.",
            ),
            Self::CardAgain => (
                "시민카드를 보여 주신 지 오래되었습니다. 시민카드로 다시 시작해 주세요.",
                "It is long since you showed your card. Please begin with the citizen card.",
            ),
            Self::AnotherPerson => (
                "가입할 때와 다른 내용의 카드입니다. 창구에 문의해 주세요.",
                "The card says something else than when you joined. Please ask at the counter.",
            ),
            Self::Full => ("지금은 새로 가입할 수 없습니다.", "Nobody can join now."),
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
