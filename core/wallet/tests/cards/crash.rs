//! Killed at every place: the card is held with keys that sign, or it is not held and can be received; no copy is shown twice.

use crate::browser::SIGNING_IN;
use crate::cut::{Cut, When};
use crate::office::{LIBRARY, Office, cut_wallet, query, receive, with_card};
use crate::refill::LASTING;
use crate::support::Phone;
use citizen_primitives::Place;
use citizen_wallet::place::{self, CARD_PLACES};
use std::collections::BTreeSet;

pub const RECEIVING: [Place; 9] = [
    place::ASK_OFFER,
    place::ISSUANCE_BEGUN,
    place::SEND_GRANT,
    place::GRANT_KEPT,
    place::COPY_KEYS,
    place::KEY_PROOFS,
    place::SEND_KEY_PROOFS,
    place::CREDENTIALS_STORED,
    place::SEND_ISSUANCE_END,
];
/// Those of an order that needs the card: `order.rs`.
pub const ORDERING: [Place; 4] =
    [place::ASK_REQUEST, place::OUTBOX_ORDER_CARD, place::SEND_ORDER_CARD, place::ORDER_CARD_ANSWERED];
const PRESENTING: [Place; 3] = [place::ASK_REQUEST, place::COPIES_USED, place::SEND_PRESENTATION];

#[test]
fn wallet_13_the_places_of_credentials_are_those_that_are_cut() {
    let named: BTreeSet<_> =
        RECEIVING.iter().chain(&PRESENTING).chain(&ORDERING).map(|place| place.name()).collect();
    let named: BTreeSet<_> = named.into_iter().chain([place::COPY_KEYS_CLEARED.name()]).collect();
    let named: BTreeSet<_> = named.into_iter().chain(SIGNING_IN.iter().map(|place| place.name())).collect();
    let named: BTreeSet<_> = named.into_iter().chain(LASTING.iter().map(|place| place.name())).collect();
    let elsewhere = CARD_PLACES.iter().filter(|place| !named.contains(place.name())).count();
    let others = "status lists, removal, refusals are cut in `torture`; keys that are to go in `keys`, those of services in `sign_in`, types in `types`, registrations in `votes`";
    assert_eq!(elsewhere, 12, "{others}");
}

#[tokio::test]
async fn card_3_a_phone_killed_while_receiving_holds_the_card_or_can_receive_it_again() {
    for place in RECEIVING {
        for when in [When::Before, When::After] {
            let (gateway, office) = Office::open();
            let phone = Phone::new(&gateway, 1);
            drop(phone.create());
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            drop(receive(&dying, &office, "홍 길동").await);
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            let is_held = !wallet.credentials().unwrap().is_empty();
            let told = office.lock().unwrap().notified > 0;
            assert!(is_held || !told, "{place} {when:?}: acknowledged and not held");
            if !is_held {
                receive(&wallet, &office, "홍 길동").await.unwrap();
            }
            let link = office.lock().unwrap().ask(LIBRARY, "1", &query(&[&["age_over_19"]]));
            let review = wallet.review_presentation(&link).await.unwrap();
            let choice = review.suggested().unwrap();
            wallet.present_credentials(review, &choice).await.unwrap();
            assert_eq!(office.lock().unwrap().answers.len(), 1, "{place} {when:?}");
        }
    }
}

#[tokio::test]
async fn card_8_a_phone_killed_while_presenting_never_shows_a_copy_twice() {
    for place in PRESENTING {
        for when in [When::Before, When::After] {
            let (gateway, office) = Office::open();
            let (phone, wallet) = with_card(&gateway, &office).await;
            drop(wallet);
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            let link = office.lock().unwrap().ask(LIBRARY, "1", &query(&[&["age_over_19"]]));
            if let Ok(review) = dying.review_presentation(&link).await {
                let choice = review.suggested().unwrap();
                assert!(dying.present_credentials(review, &choice).await.is_err(), "{place} {when:?}");
            }
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            let link = office.lock().unwrap().ask(LIBRARY, "2", &query(&[&["age_over_19"]]));
            let review = wallet.review_presentation(&link).await.unwrap();
            let choice = review.suggested().unwrap();
            wallet.present_credentials(review, &choice).await.unwrap();
            let office = office.lock().unwrap();
            let keys: BTreeSet<String> =
                office.answers.iter().map(|answer| answer.as_ref().unwrap()[0]["cnf"].to_string()).collect();
            assert_eq!(keys.len(), office.answers.len(), "{place} {when:?}: a copy was shown twice");
        }
    }
}
