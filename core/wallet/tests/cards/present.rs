//! The card is shown: to whom the registry proves, of it what was approved, each copy once.

use crate::office::{
    Fault, LIBRARY, Office, SPORTS, query, receive, register_as, revoke_all, unregister, with_card,
};
use crate::support::Phone;
use crate::support::ledger::text;
use citizen_ledger::{CertificateRecord, CertificateRole};
use citizen_openid4vc::vp::ResponseMode;
use citizen_primitives::{Hash, Seconds, UnixTime};
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

const VERIFIER: (CertificateRole, &str) = (CertificateRole::Verifier, LIBRARY);

/// The registry says of what, for whom and from when until when a certificate counts.
#[tokio::test]
async fn card_1_a_record_counts_in_its_time_for_its_certificate_and_its_role() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    type Change = fn(&mut CertificateRecord, UnixTime);
    let changes: [(&str, bool, Change); 6] = [
        ("as it is", true, |_, _| {}),
        ("to the end of today", true, |record, now| record.until = now.plus(Seconds::new(86_400))),
        ("over", false, |record, _| record.until = UnixTime::from_seconds(1)),
        ("not yet", false, |record, now| record.from = now.plus(Seconds::new(86_400))),
        ("an issuer's", false, |record, _| record.role = CertificateRole::Issuer),
        ("another's", false, |record, _| record.thumbprint = Hash::plain(&[b"another"])),
    ];
    for (name, counts, change) in changes {
        let now = gateway.town(|town| town.now());
        register_as(&gateway, &office, VERIFIER, |record| change(record, now));
        let review = wallet.review_presentation(&link).await.unwrap();
        assert_eq!(*review.view().verifier().is_registered(), counts, "{name}");
        assert_eq!(*review.view().can_present(), counts, "{name}");
    }
}

#[tokio::test]
async fn card_6_what_the_registry_says_now_is_what_the_review_has_said() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    register_as(&gateway, &office, VERIFIER, |record| record.grants[0].purpose_en = text("Advertising"));
    let old = WalletError::Expired { what: Subject::Review };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), old);
    assert!(office.lock().unwrap().posted.is_empty());
    let review = wallet.review_presentation(&link).await.unwrap();
    assert_eq!(review.view().purposes()[0].en, "Advertising");
    wallet.present_credentials(review, &choice).await.unwrap();
}

/// A request that no wallet of this kind can answer: whoever is registered is told so, nobody else is told anything.
#[tokio::test]
async fn card_6_an_unknown_verifier_does_not_hear_either_what_is_wrong_with_its_request() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let licence =
        json!({ "credentials": [{ "id": "card", "format": "mso_mdoc", "meta": { "doctype_value": "d" } }] });
    let link = office.lock().unwrap().ask(LIBRARY, "1", &licence);
    let wrong = WalletError::Unverified { what: Subject::Request, source: Party::Verifier };
    assert_eq!(wallet.review_presentation(&link).await.unwrap_err(), wrong);
    assert_eq!(std::mem::take(&mut office.lock().unwrap().posted).len(), 1);
    let thumbprint = office.lock().unwrap().library.thumbprint();
    unregister(&gateway, CertificateRole::Verifier, &thumbprint);
    let link = office.lock().unwrap().ask(LIBRARY, "2", &licence);
    let unknown = WalletError::UnknownParty { claims_to_be: Party::Verifier };
    assert_eq!(wallet.review_presentation(&link).await.unwrap_err(), unknown);
    assert!(office.lock().unwrap().posted.is_empty());
}

/// The verifier is told that there is no such format here, as every wallet of this kind would say: not what is held.
#[tokio::test]
async fn card_71_a_question_for_what_is_shown_whole_finds_nothing() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let diploma = json!({ "credentials": [{ "id": "d", "format": "ldp_vc", "meta": { "type_values": [["Diploma"]] } }] });
    let link = office.lock().unwrap().ask(LIBRARY, "1", &diploma);
    let wrong = WalletError::Unverified { what: Subject::Request, source: Party::Verifier };
    assert_eq!(wallet.review_presentation(&link).await.unwrap_err(), wrong);
    let posted = std::mem::take(&mut office.lock().unwrap().posted);
    assert!(format!("{posted:?}").contains("vp_formats_not_supported"), "{posted:?}");
    assert_eq!(*wallet.credentials().unwrap()[0].copies_left(), 4);
}

/// Two cards of one phone, of two people: what is shown is hers whom the citizen chose.
#[tokio::test]
async fn card_6_the_card_that_was_chosen_is_shown_and_no_other() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    receive(&wallet, &office, "김 샘플").await.unwrap();
    let held = wallet.credentials().unwrap();
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    let mut choice = review.suggested().unwrap();
    let first = choice.picks[0].credential;
    let other = *held.iter().find(|card| *card.id() != first).unwrap().id();
    choice.picks[0].credential = other;
    wallet.present_credentials(review, &choice).await.unwrap();
    for card in wallet.credentials().unwrap() {
        assert_eq!(*card.copies_left(), if *card.id() == other { 3 } else { 4 });
    }
}

/// Even without a claim a card says of what type it is, and that she has it.
#[tokio::test]
async fn card_7_a_verifier_that_asks_for_a_type_which_the_registry_does_not_grant_gets_nothing() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    register_as(&gateway, &office, VERIFIER, |record| {
        record.grants[0].credential = text("urn:seoul:other:1")
    });
    let mut bare = query(LITTLE);
    bare["credentials"][0].as_object_mut().unwrap().remove("claims");
    let link = office.lock().unwrap().ask(LIBRARY, "1", &bare);
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    let refused = WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), refused);
    assert!(office.lock().unwrap().posted.is_empty());
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

/// An issuer that leaves claims in the open, everywhere or beside what is asked for.
#[tokio::test]
async fn card_7_a_verifier_sees_nothing_beside_what_it_asks_for_that_the_registry_does_not_grant() {
    for (fault, path, value) in
        [(Fault::OpenName, "name", "홍 길동"), (Fault::OpenStreet, "address.street", "월드컵로 212")]
    {
        let (gateway, office) = Office::open();
        office.lock().unwrap().fault = fault;
        let phone = Phone::new(&gateway, 1);
        let (wallet, _) = phone.create();
        receive(&wallet, &office, "홍 길동").await.unwrap();
        let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
        let review = wallet.review_presentation(&link).await.unwrap();
        let showable = &review.view().asked()[0].showable()[0];
        let open: Vec<_> = showable.open().iter().map(|claim| (&**claim.path(), &**claim.value())).collect();
        assert_eq!(open, [(path, value)], "{fault:?}: she is told");
        assert_eq!(showable.beyond(), &[path.to_owned()]);
        let choice = review.suggested().unwrap();
        let refused = WalletError::Refused { by: Party::Phone, reason: Reason::BeyondGrant };
        assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), refused, "{fault:?}");
        assert!(office.lock().unwrap().posted.is_empty());
        // Of an address that stays hidden nothing is seen.
        let link = office.lock().unwrap().ask(LIBRARY, "2", &query(&[&["age_over_19"]]));
        let review = wallet.review_presentation(&link).await.unwrap();
        let choice = review.suggested().unwrap();
        let shown = wallet.present_credentials(review, &choice).await;
        assert_eq!(shown.is_ok(), fault == Fault::OpenStreet);
    }
}

#[tokio::test]
async fn a_card_that_was_revoked_since_the_review_is_not_shown() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(LITTLE));
    let review = wallet.review_presentation(&link).await.unwrap();
    revoke_all(&gateway, &office);
    wallet.refresh_credentials().await.unwrap();
    let choice = review.suggested().unwrap();
    let old = WalletError::Expired { what: Subject::Review };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), old);
    assert!(office.lock().unwrap().posted.is_empty());
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
