//! The card is shown: to whom the registry proves, of it what was approved, each copy once.

use crate::office::{LIBRARY, Office, SPORTS, query, receive, unregister, with_card};
use crate::support::Phone;
use citizen_ledger::CertificateRole;
use citizen_openid4vc::vp::ResponseMode;
use citizen_wallet::error::{Input, Party, Reason, Subject};
use citizen_wallet::{PresentationChoice, WalletError};
use serde_json::{Value, json};

const LITTLE: &[&[&str]] = &[&["age_over_19"], &["address", "district"]];

#[tokio::test]
async fn card_6_the_library_is_shown_what_was_approved_and_nothing_else() {
    for mode in [ResponseMode::DirectPost, ResponseMode::DirectPostJwt] {
        let (gateway, office) = Office::open();
        let (_, wallet) = with_card(&gateway, &office).await;
        let link = office.lock().unwrap().ask_by(LIBRARY, "1", &query(LITTLE), mode);
        let review = wallet.review_presentation(&link).await.unwrap();
        let view = review.view();
        assert!(*view.verifier().is_registered() && *view.can_present());
        assert_eq!(view.verifier().name().ko, "마포구립도서관");
        assert_eq!(view.claimed_name().as_deref(), Some("우리가 도서관입니다"));
        assert_eq!(view.purposes()[0].en, "Membership");
        let showable = &view.asked()[0].showable()[0];
        assert!(showable.beyond().is_empty() && showable.open().is_empty());
        assert_eq!(showable.combinations()[0].len(), 2);
        assert!(office.lock().unwrap().answers.is_empty());

        let choice = review.suggested().unwrap();
        let shown = wallet.present_credentials(review, &choice).await.unwrap();
        assert!(shown.text().ko.contains("마포구립도서관"));
        let answers = std::mem::take(&mut office.lock().unwrap().answers);
        let claims = answers[0].clone().unwrap()[0].clone();
        assert_eq!(claims["age_over_19"], json!(true));
        assert_eq!(claims["address"], json!({ "district": "마포구" }));
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        assert_eq!(names, ["address", "age_over_19", "cnf", "exp", "iat", "iss", "status", "vct"]);
        assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 3);
        let log = wallet.activity().unwrap();
        let line = &log.last().unwrap().text().ko;
        for word in ["마포구립도서관", LIBRARY, "age_over_19", "address.district", "회원 가입"] {
            assert!(line.contains(word), "{word}: {line}");
        }
    }
}

#[tokio::test]
async fn card_6_an_unknown_verifier_is_shown_nothing_and_hears_nothing() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let thumbprint = office.lock().unwrap().library.thumbprint();
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let before = wallet.review_presentation(&link).await.unwrap();
    unregister(&gateway, CertificateRole::Verifier, &thumbprint);
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().verifier().is_registered() && !*review.view().can_present());
    assert!(review.view().text().ko.contains("알 수 없는"));
    let choice = review.suggested().unwrap();
    let unknown = WalletError::UnknownParty { claims_to_be: Party::Verifier };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), unknown);
    let old = WalletError::Expired { what: Subject::Review };
    assert_eq!(
        wallet.present_credentials(before, &choice).await.unwrap_err(),
        old,
        "registered then, not now"
    );
    let review = wallet.review_presentation(&link).await.unwrap();
    wallet.decline_presentation(review).await.unwrap();
    assert!(office.lock().unwrap().posted.is_empty());
    assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 4);
}

#[tokio::test]
async fn card_7_a_verifier_that_asks_for_more_than_the_registry_grants_gets_nothing() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(&[&["age_over_19"], &["name"]]));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert_eq!(review.view().asked()[0].showable()[0].beyond(), &["name".to_owned()]);
    let choice = review.suggested().unwrap();
    let refused = WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), refused);
    assert!(office.lock().unwrap().posted.is_empty());
    assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 4);
}

#[tokio::test]
async fn card_10_a_phone_whose_account_is_frozen_shows_nothing_and_takes_nothing() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let before = wallet.review_presentation(&link).await.unwrap();
    let choice = before.suggested().unwrap();

    let sent = wallet.freeze(&code).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    let frozen = WalletError::Refused { by: Party::Ledger, reason: Reason::Frozen };
    assert_eq!(wallet.present_credentials(before, &choice).await.unwrap_err(), frozen);
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), frozen);
    assert!(office.lock().unwrap().posted.is_empty(), "nothing left the phone");
    assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 4, "and no copy is used up");

    let sent = wallet.unfreeze(&code).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    let review = wallet.review_presentation(&link).await.unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert_eq!(office.lock().unwrap().answers.len(), 1);
}

#[tokio::test]
async fn a_choice_that_is_not_what_was_asked_for_is_refused_before_anything_is_signed() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let wrong = WalletError::Invalid { input: Input::Selection };
    let review = wallet.review_presentation(&link).await.unwrap();
    let mut more = review.suggested().unwrap();
    more.picks[0].claims.push("name".parse().unwrap());
    assert_eq!(wallet.present_credentials(review, &more).await.unwrap_err(), wrong);
    let review = wallet.review_presentation(&link).await.unwrap();
    let less = review.suggested().unwrap().without_claim(&"age_over_19".parse().unwrap());
    assert_eq!(wallet.present_credentials(review, &less).await.unwrap_err(), wrong);
    let review = wallet.review_presentation(&link).await.unwrap();
    assert_eq!(wallet.present_credentials(review, &PresentationChoice::default()).await.unwrap_err(), wrong);
    assert!(office.lock().unwrap().posted.is_empty());
}

#[tokio::test]
async fn a_citizen_who_declines_shows_nothing_and_the_verifier_hears_it() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let link = office.lock().unwrap().ask(SPORTS, "1", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    wallet.decline_presentation(review).await.unwrap();
    assert_eq!(office.lock().unwrap().answers, [Err::<Value, _>("access_denied".to_owned())]);
    assert!(wallet.activity().unwrap().last().unwrap().text().ko.contains("거절"));
    assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 4);
}

#[tokio::test]
async fn card_8_a_copy_is_shown_once_and_none_is_used_again_when_all_are_gone() {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    for number in 0..4 {
        let link = office.lock().unwrap().ask(LIBRARY, &format!("{number}"), &query(LITTLE));
        let review = wallet.review_presentation(&link).await.unwrap();
        let choice = review.suggested().unwrap();
        wallet.present_credentials(review, &choice).await.unwrap();
    }
    let card = &wallet.credentials().unwrap()[0];
    assert_eq!((*card.copies_left(), *card.needs_refill()), (0, true));
    drop(wallet);
    let wallet = phone.reopen().unwrap();
    let link = office.lock().unwrap().ask(LIBRARY, "5", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().can_present() && review.suggested().is_none());
    assert_eq!(office.lock().unwrap().posted.len(), 4);
}
