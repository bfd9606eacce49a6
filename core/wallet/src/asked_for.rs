//! **WALLET-32** What the citizen reads beside the finger: what this one signature is for, with whom and how much, in names that were
//! proved or that a registered party signed. It is made of what is signed, never of what a screen was given.

use crate::error::Message;
use crate::record::Submitted;
use citizen_keys::{SigningKind, SigningReason};
use citizen_primitives::Won;
#[cfg(feature = "credentials")]
use citizen_voting::manifest::Bilingual;

fn reason(kind: SigningKind, Message { ko, en }: Message) -> SigningReason {
    SigningReason { kind, ko, en }
}

/// This phone opens an account.
pub(crate) fn account() -> SigningReason {
    reason(SigningKind::Account, Message::of("signing.account"))
}

/// This phone takes an account over.
pub(crate) fn takeover() -> SigningReason {
    reason(SigningKind::Recovery, Message::of("signing.takeover"))
}

/// An order: the whole sum of points and won, and to whom.
pub(crate) fn order(merchant: &str, total: Won) -> SigningReason {
    reason(
        SigningKind::Payment,
        Message::of("signing.payment").with("total", total).with("merchant", merchant),
    )
}

/// A code that a shop may charge once.
pub(crate) fn code(total: Won) -> SigningReason {
    reason(SigningKind::Code, Message::of("signing.code").with("total", total))
}

/// Another key of the card.
pub(crate) fn card_key() -> SigningReason {
    reason(SigningKind::CardKey, Message::of("signing.card-key"))
}

/// What the ledger itself is asked for. What the recovery key signs does not come here.
pub(crate) fn submission(what: &Submitted) -> SigningReason {
    match what {
        Submitted::Gift { points, .. } => {
            reason(SigningKind::Gift, Message::of("signing.gift").with("points", points))
        }
        Submitted::Redemption { points, .. } => {
            reason(SigningKind::Redemption, Message::of("signing.redemption").with("points", points))
        }
        Submitted::Limits { .. } => reason(SigningKind::Limits, Message::of("signing.limits")),
        Submitted::Objection { .. } => reason(SigningKind::Objection, Message::of("signing.objection")),
        Submitted::Freeze
        | Submitted::Unfreeze
        | Submitted::Dismissal { .. }
        | Submitted::FreezeElsewhere { .. } => SigningReason::default(),
    }
}

/// For what a credential is shown.
#[cfg(feature = "credentials")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// She was asked for it.
    Asked,
    /// A payment needs it.
    ForPayment,
    /// She registers for a poll with it.
    #[cfg_attr(not(feature = "voting"), expect(dead_code, reason = "no poll without voting"))]
    ForPoll,
}

/// Copies are received from an issuer.
#[cfg(feature = "credentials")]
pub(crate) fn receiving(issuer: &Bilingual) -> SigningReason {
    let said = Message::of("signing.credential").with_message("issuer", &Message::written(issuer));
    reason(SigningKind::Credential, said)
}

/// A credential is shown: which, and to whom. Whom the registry does not have is an address alone.
#[cfg(feature = "credentials")]
pub(crate) fn showing(
    shown: Shown,
    credential: &Message,
    verifier: Option<&Bilingual>,
    host: &str,
) -> SigningReason {
    let (kind, key) = match (shown, verifier) {
        (Shown::Asked, None) => (SigningKind::Presentation, "signing.presentation-unknown"),
        (Shown::Asked, Some(_)) => (SigningKind::Presentation, "signing.presentation"),
        (Shown::ForPayment, _) => (SigningKind::Payment, "signing.payment-card"),
        (Shown::ForPoll, _) => (SigningKind::Poll, "signing.poll-card"),
    };
    let verifier = verifier.map_or_else(|| Message::same(host), Message::written);
    let said = Message::of(key).with_message("credential", credential).with_message("verifier", &verifier);
    reason(kind, said)
}

/// She signs in.
#[cfg(feature = "credentials")]
pub(crate) fn sign_in(verifier: &Bilingual) -> SigningReason {
    let said = Message::of("signing.sign-in").with_message("verifier", &Message::written(verifier));
    reason(SigningKind::SignIn, said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::{AccountId, Points, RecoveryCaseId, RedemptionId};

    #[test]
    fn wallet_32_each_reason_is_a_sentence_with_sum_and_name() {
        let won = Won::new(1_234_500).unwrap();
        let paid = order("망원빵집 {total}", won);
        assert_eq!(paid.kind, SigningKind::Payment);
        // A name is a name, whatever stands in it; a brace of its own is a wide one.
        assert_eq!(paid.ko, "망원빵집 ｛total}에 1,234,500원을 냅니다.");
        assert_eq!(paid.en, "Pay 망원빵집 ｛total} 1,234,500 won.");
        let points = Points::new(2_000).unwrap();
        let all = [
            account(),
            takeover(),
            code(won),
            card_key(),
            submission(&Submitted::Gift { to: AccountId::from_bytes([1; 32]), points }),
            submission(&Submitted::Redemption {
                redemption: RedemptionId::from_bytes([2; 32]),
                points,
                certificate: None,
            }),
            submission(&Submitted::Limits { limits: None }),
            submission(&Submitted::Objection { case: RecoveryCaseId::from_bytes([3; 32]) }),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(one.ko.ends_with("다.") && one.en.ends_with('.'), "{one:?}");
            assert!(!one.ko.contains('{') && !one.en.contains('{'), "{one:?}");
            assert_ne!(one.kind, SigningKind::Other);
            assert!(all.iter().skip(at + 1).all(|other| other.kind != one.kind && other.ko != one.ko));
        }
    }

    #[test]
    #[cfg(feature = "credentials")]
    fn wallet_32_whom_the_registry_does_not_have_is_an_address_and_nothing_else() {
        let text = |text: &str| citizen_primitives::Text::new(text).unwrap();
        let library = Bilingual { ko: text("마포도서관"), en: text("Mapo Library") };
        let card = Message { ko: "시민카드".to_owned(), en: "citizen card".to_owned() };
        let known = showing(Shown::Asked, &card, Some(&library), "library.example");
        assert_eq!(known.ko, "마포도서관에 「시민카드」 증명서를 보여 줍니다.");
        assert_eq!(known.en, "Show \"citizen card\" to Mapo Library.");
        let unknown = showing(Shown::Asked, &card, None, "library.example");
        assert!(unknown.ko.contains("library.example") && unknown.ko.contains("등록부에 없"));
        for (shown, kind) in [(Shown::ForPayment, SigningKind::Payment), (Shown::ForPoll, SigningKind::Poll)]
        {
            let shown = showing(shown, &card, Some(&library), "library.example");
            assert!(shown.kind == kind && shown.en.contains("Mapo Library") && shown.ko != known.ko);
        }
        assert_eq!(sign_in(&library).en, "Sign in to Mapo Library.");
        assert_eq!(receiving(&library).ko, "마포도서관에서 증명서를 받습니다.");
    }
}
