//! The card is received: from a registered issuer, whole, and as it was offered.

use crate::offers::{take, town};
use crate::office::{
    self, CARD, Fault, Office, Shared, receive, register, register_as, restrict, unregister, with_card,
};
use crate::support::ledger::text;
use crate::support::{Gateway, Phone};
use citizen_ledger::CertificateRole;
use citizen_wallet::error::{Input, Party, Reason, Subject};
use citizen_wallet::{Wallet, WalletError};
use std::sync::Arc;

/// A town in which a wallet has refused what an issuer with a fault sent.
async fn refused(fault: Fault) -> (Arc<Gateway>, Shared, Phone, Wallet) {
    let town = town();
    let (_, office, _, wallet) = &town;
    office.lock().unwrap().fault = fault;
    let wrong = WalletError::Unverified { what: Subject::Credential, source: Party::Issuer };
    assert_eq!(receive(wallet, office, "홍 길동").await.unwrap_err(), wrong, "{fault:?}");
    town
}

#[tokio::test]
async fn card_1_an_offer_says_who_issues_what_and_the_card_is_held_with_its_copies() {
    let (_gateway, office, phone, wallet) = town();
    let (link, code) = office.lock().unwrap().offer("홍 길동");
    let review = wallet.review_offer(&link).await.unwrap();
    let view = review.view();
    assert!(*view.can_accept() && *view.needs_code() && *view.is_code_numeric());
    assert_eq!(*view.code_length(), Some(6));
    assert_eq!(view.issuer().name().ko, "서울시청");
    assert!(*view.issuer().is_registered() && view.issuer().verified().is_some());
    assert_eq!(view.credentials()[0].vct().as_deref(), Some(CARD));
    assert_eq!(office.lock().unwrap().issued, 0, "nothing has happened yet");

    let cards = wallet.accept_offer(review, Some(&code)).await.unwrap();
    assert_eq!((cards.len(), *cards[0].copies_left(), *cards[0].state()), (1, 4, "unchecked"));
    assert_eq!(office.lock().unwrap().notified, 1);
    let detail = wallet.credential(cards[0].id()).unwrap();
    let claim = |path: &str| {
        detail.disclosable().iter().find(|claim| claim.path() == path).map(|claim| claim.value().clone())
    };
    assert_eq!(claim("name").as_deref(), Some("홍 길동"));
    assert_eq!(claim("address.district").as_deref(), Some("마포구"));
    assert!(detail.open().is_empty(), "{:?}", detail.open());
    let log = wallet.activity().unwrap();
    assert!(log.iter().any(|line| line.text().ko.contains("서울시청")), "{log:?}");
    // WALLET-21: by the card the phone knows which polls are near, and the card was shown to nobody.
    let near = wallet.polls_near(None).await.unwrap();
    assert_eq!((near.district().as_ref().unwrap().as_str(), *near.whence()), ("마포구", "credential"));
    assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 4);

    drop(wallet);
    let again = phone.reopen().unwrap();
    assert_eq!(again.credentials().unwrap(), cards, "after a restart");
}

#[tokio::test]
async fn card_1_an_issuer_that_the_registry_does_not_have_is_unknown_and_gets_no_answer() {
    let (gateway, office, _phone, wallet) = town();
    let thumbprint = office.lock().unwrap().office.thumbprint();
    let (link, code) = office.lock().unwrap().offer("홍 길동");
    let before = wallet.review_offer(&link).await.unwrap();
    unregister(&gateway, CertificateRole::Issuer, &thumbprint);
    let review = wallet.review_offer(&link).await.unwrap();
    assert!(!*review.view().issuer().is_registered() && !*review.view().can_accept());
    assert!(review.view().text().ko.contains("알 수 없는"));
    let unknown = WalletError::UnknownParty { claims_to_be: Party::Issuer };
    assert_eq!(wallet.accept_offer(review, Some(&code)).await.unwrap_err(), unknown);
    let old = WalletError::Expired { what: Subject::Review };
    assert_eq!(wallet.accept_offer(before, Some(&code)).await.unwrap_err(), old, "registered then, not now");
    assert_eq!(office.lock().unwrap().issued, 0);
    assert!(wallet.credentials().unwrap().is_empty());
}

#[tokio::test]
async fn card_1_an_issuer_whom_the_registry_lets_issue_something_else_is_asked_for_nothing() {
    let (gateway, office, _phone, wallet) = town();
    let issuer = (CertificateRole::Issuer, "issuer");
    register_as(&gateway, &office, issuer, |record| record.grants[0].credential = text("urn:seoul:other:1"));
    let refused = WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant };
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), refused);
    let office = office.lock().unwrap();
    assert_eq!((office.issued, office.notified), (0, 0));
}

/// A credential that can only be shown whole, beside one that cannot: nothing of the offer is taken.
#[tokio::test]
async fn card_71_an_offer_of_what_is_shown_whole_is_refused_before_anybody_is_asked_for_anything() {
    let (gateway, office) = Office::open();
    let (wallet, _) = Phone::new(&gateway, 1).create();
    let kind = WalletError::Invalid { input: Input::OfferKind };
    for offered in [&["diploma"][..], &["citizen-card", "diploma"]] {
        let (link, _) = office.lock().unwrap().offer_of("홍 길동", offered);
        assert_eq!(wallet.review_offer(&link).await.err(), Some(kind.clone()), "{offered:?}");
    }
    assert!(wallet.credentials().unwrap().is_empty() && wallet.activity().unwrap().len() <= 1);
    assert_eq!(office.lock().unwrap().issued, 0);
}

#[tokio::test]
async fn card_2_what_is_not_as_it_was_offered_is_refused_as_a_whole() {
    let faults = [
        Fault::AnotherType,
        Fault::AnotherTypeToo,
        Fault::AnotherGranted,
        Fault::ConcealedType,
        Fault::AnotherKey,
        Fault::AnotherSigner,
    ];
    for fault in faults {
        let (_gateway, office, _phone, wallet) = refused(fault).await;
        assert!(wallet.credentials().unwrap().is_empty());
        assert_eq!(office.lock().unwrap().notified, 1, "the issuer hears that it was not taken");
    }
}

#[tokio::test]
async fn card_2_an_issuer_says_nothing_that_the_registry_does_not_let_it() {
    let (gateway, office, _phone, wallet) = town();
    restrict(&gateway, &office, &["age_over_19", "birthdate", "address"]);
    let wrong = WalletError::Unverified { what: Subject::Credential, source: Party::Issuer };
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), wrong, "her name");
    restrict(&gateway, &office, &["age_over_19", "birthdate", "address", "name"]);
    receive(&wallet, &office, "홍 길동").await.unwrap();
}

#[tokio::test]
async fn card_4_copies_that_can_be_matched_are_refused() {
    let faults = [
        Fault::OneStatus,
        Fault::Times,
        Fault::Days,
        Fault::TwoLists,
        Fault::Decoy,
        Fault::NameOfOne,
        Fault::OpenInOne,
        Fault::TypeOfOne,
        Fault::OneKey,
        Fault::Identifier,
    ];
    for fault in faults {
        refused(fault).await;
    }
}

/// What all of her copies have alike, and nobody else's have, joins them as well.
#[tokio::test]
async fn card_31_nothing_that_all_copies_have_alike_could_be_hers_alone() {
    let faults = [
        Fault::Second,
        Fault::ListElsewhere,
        Fault::ListQuery,
        Fault::StatusMember,
        Fault::StatusMechanism,
        Fault::IssuerForHer,
        Fault::KeyName,
        Fault::HeaderMember,
        Fault::IntegrityOption,
        Fault::HolderName,
        Fault::HeaderKey,
        Fault::BindingMember,
        Fault::NotBefore,
        Fault::IntegrityTwice,
    ];
    for fault in faults {
        let (_gateway, office, _phone, wallet) = refused(fault).await;
        office.lock().unwrap().fault = Fault::None;
        receive(&wallet, &office, "홍 길동").await.unwrap();
    }
}

#[tokio::test]
async fn card_30_names_are_the_issuers_in_both_languages_and_only_a_proved_issuers() {
    let (gateway, office, _phone, wallet) = town();
    let (link, code) = office.lock().unwrap().offer("홍 길동");
    let review = wallet.review_offer(&link).await.unwrap();
    let offered = &review.view().credentials()[0];
    assert_eq!((&*offered.name().ko, &*offered.name().en), ("서울시민카드", "Seoul Citizen Card"));
    wallet.accept_offer(review, Some(&code)).await.unwrap();
    let card = &wallet.credentials().unwrap()[0];
    assert_eq!((&*card.name().ko, card.vct().as_str()), ("서울시민카드", CARD));
    let detail = wallet.credential(card.id()).unwrap();
    let label = |path: &str| {
        let claim = detail.disclosable().iter().find(|claim| *claim.path() == path).unwrap();
        claim.label().clone().map(|label| label.ko)
    };
    assert_eq!((label("age_over_19").as_deref(), label("name")), (Some("19세 이상"), None));
    let line = &wallet.credential_log().unwrap()[0];
    assert_eq!(line.name().as_ref().unwrap().en, "Seoul Citizen Card");
    assert!(line.text().ko.contains("서울시민카드") && line.text().ko.contains(CARD));

    let thumbprint = office.lock().unwrap().office.thumbprint();
    unregister(&gateway, CertificateRole::Issuer, &thumbprint);
    let (link, _) = office.lock().unwrap().offer("홍 길동");
    let review = wallet.review_offer(&link).await.unwrap();
    assert_eq!(review.view().credentials()[0].name().ko, CARD, "nobody's word is no name");
    assert!(wallet.refresh_credentials().await.unwrap().iter().all(|card| card.name().ko == CARD));
}

#[tokio::test]
async fn card_34_what_an_issuer_signed_is_shown_on_one_line_and_hides_nothing() {
    let (_gateway, office, _phone, wallet) = town();
    office.lock().unwrap().fault = Fault::LyingName;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    let detail = wallet.credential(wallet.credentials().unwrap()[0].id()).unwrap();
    let name = detail.disclosable().iter().find(|claim| *claim.path() == "name").unwrap();
    assert_eq!(name.value(), "홍\\u{1b}[2K길\\u{202e}동\\u{200b}\\u{a}등록부가 증명합니다");
}

#[tokio::test]
async fn a_wrong_code_gives_nothing_and_the_right_one_still_does() {
    let (_gateway, office, _phone, wallet) = town();
    let (link, code) = office.lock().unwrap().offer("선우 용녀");
    let none = WalletError::Invalid { input: Input::TransactionCode };
    assert_eq!(take(&wallet, &link, None).await.unwrap_err(), none);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = |reason| WalletError::Refused { by: Party::Issuer, reason };
    assert_eq!(take(&wallet, &link, Some(wrong)).await.unwrap_err(), refused(Reason::CodeWrong));
    let last = take(&wallet, &link, Some(wrong)).await.unwrap_err();
    assert_eq!(last, refused(Reason::CodeWrongOnceMore));
    assert!(last.message().ko.contains("한 번만"));
    assert_eq!(take(&wallet, &link, Some(&code)).await.unwrap().len(), 1);
    let bad = WalletError::Invalid { input: Input::Offer };
    assert_eq!(wallet.review_offer("openid-credential-offer://?x=1").await.unwrap_err(), bad);
}

#[tokio::test]
async fn card_8_a_refill_takes_the_place_of_the_same_credential() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let first = wallet.credentials().unwrap();
    receive(&wallet, &office, "홍 길동").await.unwrap();
    let second = wallet.credentials().unwrap();
    assert_eq!((second.len(), second[0].id()), (1, first[0].id()));
    receive(&wallet, &office, "홍 길순").await.unwrap();
    assert_eq!(wallet.credentials().unwrap().len(), 2, "somebody else's is another one");
}

#[tokio::test]
async fn card_1_a_registered_certificate_counts_for_the_hosts_that_it_names_and_for_no_other() {
    let (gateway, office, _phone, wallet) = town();
    for (host, counts) in [("elsewhere.seoul.example", false), ("ISSUER.seoul.example", true)] {
        office.lock().unwrap().office = office::Party::new(host);
        register(&gateway, &office, CertificateRole::Issuer, "issuer");
        let (link, _) = office.lock().unwrap().offer("홍 길동");
        let review = wallet.review_offer(&link).await.unwrap();
        assert_eq!(*review.view().issuer().is_registered(), counts, "{host}");
    }
}

/// Whoever saw a copy of before would know one of the new ones.
#[tokio::test]
async fn card_4_a_refill_that_can_be_matched_with_what_it_replaces_is_refused() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let before = wallet.credentials().unwrap();
    office.lock().unwrap().next_status = 3;
    let wrong = WalletError::Unverified { what: Subject::Credential, source: Party::Issuer };
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), wrong, "a place of a status again");
    assert_eq!(wallet.credentials().unwrap(), before);
    receive(&wallet, &office, "홍 길동").await.unwrap();
}
