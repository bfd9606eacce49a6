//! Issuer and verifiers cut off at every place: nothing that was answered is forgotten, nothing is anchored twice differently.

use super::status::{anchored, served};
use super::wallet::{agree, hong, post, receive};
use super::world::CardWorld;
use citizen_credential::status::Status;
use city_services::verifier::{Outcome, Standing, Taken};
use city_services::{CARD_PLACES, ServiceError, places};
use std::collections::BTreeSet;

/// The places of an issuer's life; what was renewed is tested by itself.
fn of_issuer() -> impl Iterator<Item = citizen_primitives::Place> {
    let all = CARD_PLACES.iter().copied().filter(|place| place.name().starts_with("issuer/"));
    all.filter(|place| *place != places::ISSUER_RENEWED)
}

#[tokio::test]
async fn service_1_an_issuer_that_dies_anywhere_gives_no_index_twice_and_forgets_no_revocation() {
    for (place, before) in of_issuer().flat_map(|place| [(place, true), (place, false)]) {
        let card = CardWorld::new();
        card.world.wires.knife.arm(place, before);
        let mut copies = Vec::new();
        for _ in 0..2 {
            // A citizen whose issuance broke off comes again.
            for _ in 0..3 {
                let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
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
    for (place, before) in mine.flat_map(|place| [(place, true), (place, false)]) {
        // The list's way is the test's own wires, which pass no places.
        if place == places::VERIFIER_FETCH_LIST {
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
