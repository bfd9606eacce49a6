//! Issuer and verifiers cut off at every place: nothing that was answered is forgotten, nothing is anchored twice differently.

use super::status::{anchored, served};
use super::wallet::{agree, hong, post, receive, receive_all_the_same};
use super::world::CardWorld;
use citizen_credential::status::Status;
use citizen_primitives::Place;
use city_services::issuer::OfferAnswer;
use city_services::verifier::{Outcome, Standing, Taken};
use city_services::{CARD_PLACES, ServiceError, places};
use std::collections::BTreeSet;

/// The places of an issuer's life; what was renewed, what a hospital says, what is over and who signs in is tested by itself.
fn of_issuer() -> impl Iterator<Item = Place> {
    let all = CARD_PLACES.iter().copied().filter(|place| place.name().starts_with("issuer/"));
    let apart = [
        places::ISSUER_RENEWED,
        places::ISSUER_HOSPITAL,
        places::ISSUER_PURGE,
        places::ISSUER_PUSHED,
        places::ISSUER_PAGE,
        places::ISSUER_SIGN_IN,
    ];
    all.filter(move |place| !apart.contains(place))
}

fn both(places: impl IntoIterator<Item = Place>) -> impl Iterator<Item = (Place, bool)> {
    places.into_iter().flat_map(|place| [(place, true), (place, false)])
}

/// She comes to the counter until she has her offer.
fn offered(card: &CardWorld, credentials: &[&str]) -> OfferAnswer {
    loop {
        match card.issuer().offer(&hong(credentials)) {
            Ok(offer) => return offer,
            Err(error) => assert_eq!(error, ServiceError::Stopped),
        }
        card.revive();
    }
}

#[tokio::test]
async fn issuer_6_an_issuer_that_dies_anywhere_goes_on_with_the_citizen_and_gives_her_one_batch() {
    let mine = [places::ISSUER_OFFER, places::ISSUER_TOKEN, places::ISSUER_COPIES, places::ISSUER_HOSPITAL];
    for (place, before) in both(mine) {
        let card = CardWorld::new();
        card.world.wires.knife.arm(place, before);
        let offer = offered(&card, &["citizen-card", "health-check"]);
        let copies = receive_all_the_same(&card, &offer).await.unwrap();
        assert!(card.world.wires.knife.has_cut(), "{place} was not visited");
        let indexes: BTreeSet<u64> = copies.iter().map(super::wallet::Copy::index).collect();
        assert_eq!((copies.len(), indexes.len()), (8, 8), "{place} {before}");
        // No index was given beside those: all that she is said to hold is what she has.
        assert_eq!(card.issuer().revoke("SB-1001", None), Ok(8), "{place} {before}");
    }
}

#[tokio::test]
async fn issuer_7_an_issuer_that_dies_while_it_forgets_forgets_the_rest_later() {
    for before in [true, false] {
        let card = CardWorld::with_capacity(Some(16));
        let offer = offered(&card, &["citizen-card"]);
        let copies = receive(&card, &offer).await.unwrap();
        card.world.wires.knife.arm(places::ISSUER_PURGE, before);
        card.wait_days(93).await;
        assert!(card.world.wires.knife.has_cut());
        assert_eq!(card.issuer().revoke("SB-1001", None), Ok(0), "nobody holds anything");
        let next = receive(&card, &offered(&card, &["citizen-card"])).await.unwrap();
        let of = |copies: &[super::wallet::Copy]| -> BTreeSet<_> {
            copies.iter().map(|copy| copy.claims()["status"].to_string()).collect()
        };
        assert!(of(&copies).is_disjoint(&of(&next)), "an index stays given");
    }
}

#[tokio::test]
async fn service_1_an_issuer_that_dies_anywhere_gives_no_index_twice_and_forgets_no_revocation() {
    for (place, before) in both(of_issuer()) {
        let card = CardWorld::new();
        card.world.wires.knife.arm(place, before);
        let mut copies = Vec::new();
        for _ in 0..2 {
            // A citizen whose issuance broke off comes again.
            for _ in 0..3 {
                let offer = offered(&card, &["citizen-card"]);
                if let Ok(received) = receive(&card, &offer).await {
                    copies.extend(received);
                    break;
                }
                card.revive();
            }
            card.settle().await;
        }
        let indexes: BTreeSet<u64> = copies.iter().map(super::wallet::Copy::index).collect();
        assert_eq!(indexes.len(), 8, "{place} {before}");
        while let Err(error) = card.issuer().revoke("SB-1001", None) {
            assert_eq!(error, ServiceError::Stopped);
            card.revive();
        }
        card.settle().await;
        for index in indexes {
            let status = served(&card).list().status(usize::try_from(index).unwrap());
            assert_eq!(status, Ok(Status::Invalid), "{place} {before}");
        }
        assert!(card.world.wires.knife.has_cut(), "{place} was not visited");
        assert!(anchored(&card).unwrap().version >= 2);
    }
}

#[tokio::test]
async fn service_1_a_verifier_answers_a_wallet_only_after_the_outcome_is_on_the_disk() {
    let mine = CARD_PLACES.iter().copied().filter(|place| place.name().starts_with("verifier/"));
    for (place, before) in both(mine) {
        // The ways of a list and of a DID's document are the tests' own wires, which pass no places.
        if [places::VERIFIER_FETCH_LIST, places::VERIFIER_FETCH_DOCUMENT].contains(&place) {
            continue;
        }
        let card = CardWorld::new();
        let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
        let copies = receive(&card, &offer).await.unwrap();
        card.settle().await;
        let library = card.verifier("mapo-library");
        let begun = library.begin().unwrap();
        let answer = agree(&card, &library, &begun, &[&copies[0]]);
        card.world.wires.knife.arm(place, before);
        assert_eq!(post(&library, &answer).await, Err(ServiceError::Stopped), "{place} {before}");
        card.world.wires.knife.take_dead();
        let written = place == places::VERIFIER_OUTCOME && !before;
        let standing = library.standing(&begun.ticket).unwrap().0;
        assert_eq!(
            matches!(standing, Standing::Ended(Outcome::Accepted { .. })),
            written,
            "{place} {before}"
        );
        let next = library.begin().unwrap();
        let answer = agree(&card, &library, &next, &[&copies[1]]);
        assert_eq!(post(&library, &answer).await, Ok(Taken::Yes));
    }
}
