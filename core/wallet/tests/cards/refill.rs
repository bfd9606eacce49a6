//! What comes by itself: the second of two credentials, what a hospital has to say, fresh copies before the last is shown (CARD-20 to CARD-24).

use crate::cut::{Cut, When};
use crate::offers::take_of;
use crate::office::{
    self, CARD, HEALTH, LIBRARY, Office, Shared, anchor, cut_wallet, query, receive, register, with_card,
};
use crate::support::phone::PIN;
use crate::support::{Gateway, Phone};
use citizen_ledger::CertificateRole;
use citizen_primitives::{Place, Seconds};
use citizen_wallet::error::{Input, Party, Reason, Subject};
use citizen_wallet::view::CredentialView;
use citizen_wallet::{Wallet, WalletError, place};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Places of what is put off, refused and refilled, beside those of receiving.
pub const LASTING: [Place; 3] = [place::ISSUANCE_WAITS, place::ISSUANCE_ENDED, place::REFILL_BEGUN];
const NAME: &str = "홍 길동";
const DENIED: WalletError = WalletError::Refused { by: Party::Issuer, reason: Reason::Other };

/// Days go by; a wallet that was left alone has locked itself.
pub fn pass(gateway: &Gateway, office: &Shared, wallet: &Wallet, days: u64) {
    gateway.town(|town| {
        town.chain.pass(Seconds::new(days * 86_400));
        town.chain.idle(1);
    });
    anchor(gateway, office);
    wallet.unlock_again(PIN).unwrap();
}

pub async fn accept(
    wallet: &Wallet,
    office: &Shared,
    what: &[&str],
) -> Result<Vec<CredentialView>, WalletError> {
    take_of(wallet, office, NAME, what).await
}

/// She shows the card; the key of the copy that was shown.
pub async fn show(wallet: &Wallet, office: &Shared, id: &str) -> String {
    let link = office.lock().unwrap().ask(LIBRARY, id, &query(&[&["age_over_19"]]));
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    let office = office.lock().unwrap();
    office.answers.last().unwrap().as_ref().unwrap()[0]["cnf"].to_string()
}

pub fn left(wallet: &Wallet, vct: &str) -> Option<usize> {
    let held = wallet.credentials().unwrap();
    held.iter().find(|held| held.vct() == vct).map(|held| *held.copies_left())
}

pub fn orders(office: &Shared) -> usize {
    office.lock().unwrap().orders.len()
}

/// A wallet with the card, of which two of four copies were shown.
pub async fn few(gateway: &Arc<Gateway>, office: &Shared) -> (Phone, Wallet, BTreeSet<String>) {
    let (phone, wallet) = with_card(gateway, office).await;
    let mut shown = BTreeSet::new();
    for id in ["1", "2"] {
        shown.insert(show(&wallet, office, id).await);
    }
    anchor(gateway, office);
    (phone, wallet, shown)
}

#[tokio::test]
async fn card_20_what_came_is_held_whatever_becomes_of_the_next() {
    for (offered, denied) in [
        (["citizen-card", "health-check"], "health-check"),
        (["health-check", "citizen-card"], "health-check"),
    ] {
        let (gateway, office) = Office::open();
        let (wallet, _) = Phone::new(&gateway, 1).create();
        office.lock().unwrap().denied = Some(denied);
        assert_eq!(accept(&wallet, &office, &offered).await.unwrap_err(), DENIED, "she is told");
        assert_eq!((left(&wallet, CARD), left(&wallet, HEALTH)), (Some(4), None), "{offered:?}");
        show(&wallet, &office, "1").await;
        assert!(wallet.pending_credentials().unwrap().is_empty(), "it is asked for no more");
        anchor(&gateway, &office);
        wallet.refresh_credentials().await.unwrap();
        assert_eq!((orders(&office), office.lock().unwrap().notified), (1, 1));
    }
}

#[tokio::test]
async fn card_20_a_phone_killed_between_two_credentials_gets_each_once() {
    let places = [place::GRANT_KEPT, place::COPY_KEYS, place::KEY_PROOFS, place::SEND_KEY_PROOFS];
    let stored = [place::CREDENTIALS_STORED, place::SEND_ISSUANCE_END];
    for place in places.into_iter().chain(stored) {
        for when in [When::Before, When::After] {
            let (gateway, office) = Office::open();
            let phone = Phone::new(&gateway, 1);
            drop(phone.create());
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            drop(accept(&dying, &office, &["citizen-card", "health-check"]).await);
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            anchor(&gateway, &office);
            wallet.refresh_credentials().await.unwrap();
            assert_eq!((left(&wallet, CARD), left(&wallet, HEALTH)), (Some(4), Some(4)), "{place} {when:?}");
            assert_eq!(orders(&office), 2, "{place} {when:?}");
            show(&wallet, &office, "1").await;
        }
    }
}

/// The request never left, and a day later its proofs are too old for the issuer: it gets others, and she the card.
#[tokio::test]
async fn card_16_proofs_that_have_grown_old_before_they_were_sent_are_made_anew() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    drop(phone.create());
    let cut = Cut::at(place::KEY_PROOFS, When::After);
    let dying = cut_wallet(&phone, &cut);
    drop(accept(&dying, &office, &["citizen-card"]).await);
    assert!(cut.is_dead());
    drop(dying);
    let wallet = phone.reopen().unwrap();
    pass(&gateway, &office, &wallet, 1);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((left(&wallet, CARD), orders(&office)), (Some(4), 1));
    assert!(crate::keys::are_those_that_are_bound(&phone, &wallet));
}

#[tokio::test]
async fn card_21_what_is_put_off_for_days_comes_after_a_restart_without_the_citizen() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.create();
    office.lock().unwrap().put_off = true;
    let came = accept(&wallet, &office, &["health-check", "citizen-card"]).await.unwrap();
    assert_eq!((came.len(), left(&wallet, CARD)), (1, Some(4)), "the card is not held up");
    let [awaited] = wallet.pending_credentials().unwrap().try_into().unwrap();
    assert_eq!(
        (*awaited.state(), awaited.vcts().as_slice()),
        ("being-issued", [HEALTH.to_owned()].as_slice())
    );
    assert!(
        awaited.text().ko.contains("서울시청") && awaited.text().en.contains("issuing"),
        "{:?}",
        awaited.text()
    );
    drop(wallet);

    let wallet = phone.reopen().unwrap();
    anchor(&gateway, &office);
    let asked = office.lock().unwrap().asked;
    wallet.refresh_credentials().await.unwrap();
    assert!(office.lock().unwrap().asked <= asked + 1, "before its time nobody is asked but for the list");
    for _ in 0..3 {
        pass(&gateway, &office, &wallet, 3);
        wallet.refresh_credentials().await.unwrap();
        assert_eq!(*wallet.pending_credentials().unwrap()[0].state(), "being-issued");
    }
    office.lock().unwrap().put_off = false;
    pass(&gateway, &office, &wallet, 3);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((left(&wallet, HEALTH), orders(&office)), (Some(4), 2), "long after the token");
    assert!(wallet.pending_credentials().unwrap().is_empty());
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(orders(&office), 2, "once");
}

#[tokio::test]
async fn card_22_fresh_copies_come_before_the_last_is_shown_with_what_the_register_says_then() {
    let (gateway, office) = Office::open();
    let (_, wallet, shown) = few(&gateway, &office).await;
    let before = wallet.credentials().unwrap()[0].clone();
    assert!(*before.needs_refill() && *before.copies_left() == 2);
    office.lock().unwrap().voter = Some("ab12".to_owned());
    pass(&gateway, &office, &wallet, 1);
    let after = wallet.refresh_credentials().await.unwrap();
    assert_eq!((after.len(), after[0].id(), *after[0].copies_left()), (1, before.id(), 4));
    assert_eq!((after[0].vct(), *after[0].state()), (before.vct(), "valid"));
    let detail = wallet.credential(before.id()).unwrap();
    assert!(detail.disclosable().iter().any(|claim| claim.path() == "voter"));
    for id in ["3", "4"] {
        assert!(!shown.contains(&show(&wallet, &office, id).await), "a copy is shown once");
    }
    assert_eq!(orders(&office), 2);
    pass(&gateway, &office, &wallet, 1);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((orders(&office), left(&wallet, CARD)), (3, Some(4)), "and again, by the next refresh token");
}

#[tokio::test]
async fn card_22_fresh_copies_come_before_the_others_end() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    let ends = wallet.credentials().unwrap()[0].expires().unwrap();
    pass(&gateway, &office, &wallet, 80);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(orders(&office), 1, "not so early");
    pass(&gateway, &office, &wallet, 8);
    let held = wallet.refresh_credentials().await.unwrap();
    assert!(held[0].expires().unwrap() > ends);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(orders(&office), 2);
}

#[tokio::test]
async fn card_22_a_phone_killed_during_a_refill_holds_the_old_copies_or_the_new_ones_and_gets_one_batch() {
    let sends = [place::ASK_OFFER, place::SEND_GRANT, place::SEND_KEY_PROOFS, place::SEND_ISSUANCE_END];
    let commits = [
        place::REFILL_BEGUN,
        place::GRANT_KEPT,
        place::COPY_KEYS,
        place::KEY_PROOFS,
        place::CREDENTIALS_STORED,
    ];
    for place in sends.into_iter().chain(commits).chain([place::COPY_KEYS_CLEARED]) {
        for when in [When::Before, When::After] {
            let (gateway, office) = Office::open();
            let (phone, wallet, mut shown) = few(&gateway, &office).await;
            drop(wallet);
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            drop(dying.refresh_credentials().await);
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            assert!(shown.insert(show(&wallet, &office, "3").await), "{place} {when:?}");
            wallet.refresh_credentials().await.unwrap();
            wallet.refresh_credentials().await.unwrap();
            assert!(left(&wallet, CARD) >= Some(3), "{place} {when:?}");
            assert_eq!(orders(&office), 2, "{place} {when:?}");
            assert!(shown.insert(show(&wallet, &office, "4").await), "{place} {when:?}");
        }
    }
}

#[tokio::test]
async fn card_22_what_the_issuer_refills_no_more_stays_as_it_is_and_says_that_few_are_left() {
    let (gateway, office) = Office::open();
    let (_, wallet, _) = few(&gateway, &office).await;
    office.lock().unwrap().denied = Some("citizen-card");
    wallet.refresh_credentials().await.unwrap();
    let asked = orders(&office);
    office.lock().unwrap().denied = None;
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((left(&wallet, CARD), orders(&office)), (Some(2), asked), "not at once again");
    office.lock().unwrap().forget();
    pass(&gateway, &office, &wallet, 2);
    wallet.refresh_credentials().await.unwrap();
    let held = wallet.credentials().unwrap();
    assert!(*held[0].needs_refill() && *held[0].copies_left() == 2);
    assert!(wallet.pending_credentials().unwrap().is_empty());
    let asked = office.lock().unwrap().asked;
    wallet.refresh_credentials().await.unwrap();
    assert!(office.lock().unwrap().asked <= asked + 1, "nobody is asked but for the list");
    show(&wallet, &office, "3").await;
}

#[tokio::test]
async fn card_22_what_she_has_removed_or_received_anew_is_not_refilled_by_what_was_before() {
    let (gateway, office) = Office::open();
    let (_, wallet, _) = few(&gateway, &office).await;
    receive(&wallet, &office, NAME).await.unwrap();
    assert_eq!((wallet.credentials().unwrap().len(), left(&wallet, CARD)), (1, Some(4)));
    anchor(&gateway, &office);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(orders(&office), 2);
    for id in ["3", "4"] {
        show(&wallet, &office, id).await;
    }
    let id = *wallet.credentials().unwrap()[0].id();
    wallet.forget_credential(&id).await.unwrap();
    assert!(wallet.refresh_credentials().await.unwrap().is_empty());
    assert_eq!(orders(&office), 2);
}

#[tokio::test]
async fn card_22_what_was_revoked_is_not_refilled() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    office::revoke_all(&gateway, &office);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(*wallet.credentials().unwrap()[0].state(), "revoked");
    pass(&gateway, &office, &wallet, 88);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(orders(&office), 1, "though its time is nearly over");
}

#[tokio::test]
async fn card_23_so_much_is_awaited_and_no_more_and_she_may_give_it_up() {
    let (gateway, office) = Office::open();
    let (wallet, _) = Phone::new(&gateway, 1).create();
    office.lock().unwrap().put_off = true;
    for _ in 0..16 {
        assert!(accept(&wallet, &office, &["health-check"]).await.unwrap().is_empty());
    }
    let full = WalletError::Refused { by: Party::Phone, reason: Reason::TooManyAwaited };
    assert_eq!(accept(&wallet, &office, &["health-check"]).await.unwrap_err(), full);
    assert!(full.message().ko.contains("너무 많") && full.message().en.contains("Too many"));
    let awaited = wallet.pending_credentials().unwrap();
    assert_eq!(awaited.len(), 16);
    wallet.forget_pending(awaited[0].id()).await.unwrap();
    let unknown = WalletError::Invalid { input: Input::IssuanceUnknown };
    assert_eq!(wallet.forget_pending(awaited[0].id()).await.unwrap_err(), unknown);
    accept(&wallet, &office, &["citizen-card"]).await.unwrap();
    assert_eq!(wallet.pending_credentials().unwrap().len(), 15);
}

#[tokio::test]
async fn card_24_what_the_issuer_says_when_it_is_asked_again_must_be_what_she_reviewed() {
    let (gateway, office) = Office::open();
    let (_, wallet, _) = few(&gateway, &office).await;
    office.lock().unwrap().put_off = true;
    accept(&wallet, &office, &["health-check"]).await.unwrap();
    let before = orders(&office);
    pass(&gateway, &office, &wallet, 1);
    let wrong = WalletError::Unverified { what: Subject::Answer, source: Party::Issuer };

    office.lock().unwrap().relabelled = true;
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((left(&wallet, CARD), orders(&office)), (Some(2), before), "another type is no refill");
    office.lock().unwrap().relabelled = false;
    office.lock().unwrap().put_off = false;
    pass(&gateway, &office, &wallet, 1);
    let first =
        std::mem::replace(&mut office.lock().unwrap().office, office::Party::new("issuer.seoul.example"));
    register(&gateway, &office, CertificateRole::Issuer, "issuer");
    assert_eq!(wallet.refresh_credentials().await.unwrap_err(), wrong, "another certificate");
    assert_eq!((left(&wallet, HEALTH), orders(&office)), (None, before));
    office.lock().unwrap().office = first;
    pass(&gateway, &office, &wallet, 1);
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((left(&wallet, HEALTH), left(&wallet, CARD)), (Some(4), Some(4)));
}
