//! The card is held: its status by a whole list that is anchored, its end, its removal.

use crate::keys::keys;
use crate::office::{
    Fault, LIBRARY, Office, anchor, query, receive, register, revoke_all, unregister, with_card,
};
use crate::refill::pass;
use crate::support::phone::PIN;
use citizen_credential::status::Status;
use citizen_ledger::CertificateRole;
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::vp::SignIn;
use citizen_primitives::Seconds;
use citizen_wallet::WalletError;
use citizen_wallet::error::{Input, Party, Subject};

#[tokio::test]
async fn card_5_the_status_is_that_of_the_list_which_the_issuer_anchored_last() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    office.lock().unwrap().statuses.set(7, Status::Suspended).unwrap();
    let wrong = WalletError::Unverified { what: Subject::StatusList, source: Party::Issuer };
    assert_eq!(wallet.refresh_credentials().await.unwrap_err(), wrong, "a list that is not anchored");
    assert_eq!(*wallet.credentials().unwrap()[0].state(), "unchecked");
    office.lock().unwrap().statuses.set(7, Status::Valid).unwrap();
    anchor(&gateway, &office);
    let cards = wallet.refresh_credentials().await.unwrap();
    assert_eq!(*cards[0].state(), "valid");
    assert!(cards[0].checked().is_some());

    office.lock().unwrap().statuses.set(7, Status::Suspended).unwrap();
    assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "valid", "nor is it fetched");
    anchor(&gateway, &office);
    assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "suspended");
    revoke_all(&gateway, &office);
    assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "revoked");
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(&[&["age_over_19"]]));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().can_present(), "what is revoked is not offered");
}

#[tokio::test]
async fn card_5_a_list_that_comes_a_moment_after_its_anchor_is_waited_for_and_not_for_long() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let old = office.lock().unwrap().list();
    revoke_all(&gateway, &office);
    office.lock().unwrap().old_list = Some((old.clone(), 1));
    assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "revoked");
    assert_eq!(
        *wallet.polls_near(None).await.unwrap().whence(),
        "unknown",
        "WALLET-21: nor does it say where she lives"
    );
    office.lock().unwrap().statuses.set(0, Status::Suspended).unwrap();
    anchor(&gateway, &office);
    office.lock().unwrap().old_list = Some((old, 100));
    let wrong = WalletError::Unverified { what: Subject::StatusList, source: Party::Issuer };
    assert_eq!(wallet.refresh_credentials().await.unwrap_err(), wrong);
    assert_eq!(*wallet.credentials().unwrap()[0].state(), "revoked", "what was seen stays");
}

#[tokio::test]
async fn card_1_a_card_whose_issuer_was_struck_off_is_unproved_from_the_next_look_on_and_not_shown() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let thumbprint = office.lock().unwrap().office.thumbprint();
    unregister(&gateway, CertificateRole::Issuer, &thumbprint);
    let whence = async || *wallet.polls_near(None).await.unwrap().whence();
    assert_eq!(whence().await, "credential");
    assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "unproved");
    assert_eq!(whence().await, "unknown", "WALLET-21: nor does it say where she lives");
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(&[&["age_over_19"]]));
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().can_present() && review.suggested().is_none());
    register(&gateway, &office, CertificateRole::Issuer, "issuer");
    anchor(&gateway, &office);
    assert_eq!(*wallet.refresh_credentials().await.unwrap()[0].state(), "valid", "entered again");
}

#[tokio::test]
async fn card_60_the_key_store_has_a_key_as_long_as_a_copy_or_a_service_is_bound_to_it() {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    assert_eq!(keys(&phone, "card-"), 4);
    office.lock().unwrap().fault = Fault::OneStatus;
    receive(&wallet, &office, "홍 길순").await.unwrap_err();
    office.lock().unwrap().fault = Fault::None;
    assert_eq!(keys(&phone, "card-"), 4, "those of a batch that is refused are deleted");
    receive(&wallet, &office, "홍 길동").await.unwrap();
    assert_eq!(
        (wallet.credentials().unwrap().len(), keys(&phone, "card-")),
        (1, 4),
        "and of copies replaced"
    );
    let link = office.lock().unwrap().ask_to_sign_in(LIBRARY, "1", Query::nothing(), SignIn::Bound);
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert_eq!(keys(&phone, "service-"), 1);
    wallet.forget_service(wallet.services().unwrap()[0].id()).await.unwrap();
    wallet.forget_credential(wallet.credentials().unwrap()[0].id()).await.unwrap();
    assert_eq!((keys(&phone, "service-"), keys(&phone, "card-")), (0, 0), "and of what she removes");
}

#[tokio::test]
async fn wallet_21_of_two_cards_the_newest_says_where_she_lives() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    for (name, district) in [("홍 길순", "강남구"), ("홍 길자", "마포구"), ("홍 길동", "도봉구")]
    {
        pass(&gateway, &office, &wallet, 1);
        office.lock().unwrap().district = district;
        receive(&wallet, &office, name).await.unwrap();
        let near = wallet.polls_near(None).await.unwrap();
        assert_eq!(near.district().as_ref().unwrap().as_str(), district);
    }
}

#[tokio::test]
async fn card_5_a_list_that_cannot_be_had_keeps_no_other_card_from_being_looked_up() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let good = *wallet.credentials().unwrap()[0].id();
    office.lock().unwrap().fault = Fault::AnotherList;
    for number in 0..8 {
        receive(&wallet, &office, &format!("홍 길동 {number}")).await.unwrap();
    }
    revoke_all(&gateway, &office);
    let wrong = WalletError::Unverified { what: Subject::StatusList, source: Party::Issuer };
    assert_eq!(wallet.refresh_credentials().await.unwrap_err(), wrong, "she is told that not all is known");
    for card in wallet.credentials().unwrap() {
        assert_eq!(*card.state(), if *card.id() == good { "revoked" } else { "unchecked" });
    }
}

#[tokio::test]
async fn an_expired_card_can_be_looked_at_and_not_shown_and_removed() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let card = wallet.credentials().unwrap()[0].clone();
    assert_eq!(*card.state(), "unchecked");
    gateway.clock.set(card.received().plus(Seconds::new(101 * 86_400)));
    assert_eq!(wallet.credentials().unwrap_err(), WalletError::Locked, "after so long it has locked itself");
    wallet.unlock_again(PIN).unwrap();
    assert_eq!(*wallet.credentials().unwrap()[0].state(), "expired");
    assert!(!wallet.credential(card.id()).unwrap().disclosable().is_empty());
    wallet.forget_credential(card.id()).await.unwrap();
    assert!(wallet.credentials().unwrap().is_empty());
    let unknown = WalletError::Invalid { input: Input::CredentialUnknown };
    assert_eq!(wallet.credential(card.id()).unwrap_err(), unknown);
}
