//! The ceremony, run over the ledger by trustees who die, lie and keep silent.

use super::world::PollWorld;
use crate::polling::manifest::*;
use citizen_ledger::poll::CeremonyStanding;
use citizen_primitives::Place;
use citizen_voting::TrusteeIndex;
use citizen_voting::ceremony::{Phase, Round};
use city_services::POLL_PLACES;
use city_services::trustee::{Conduct, Standing};

/// A ceremony with a knife at one place of the second trustee.
async fn ceremony_with_a_cut(place: Place, before: bool) -> PollWorld {
    let mut world = PollWorld::new();
    world.wires[1].knife.arm(place, before);
    world.hold_ceremony().await;
    assert!(matches!(world.record(&POLL.id()).ceremony, CeremonyStanding::Done(_)), "{place} {before}");
    world.nobody_said_two_things();
    let visited = world.wires[1].knife.visited.lock().unwrap().clone();
    assert!(visited.iter().all(|place| POLL_PLACES.contains(place)), "{visited:?}");
    world
}

fn of_a_trustee() -> impl Iterator<Item = Place> {
    POLL_PLACES.iter().copied().filter(|place| place.name().starts_with("trustee/"))
}

/// What a trustee comes by once the board is closed, and not before.
const AFTER_CLOSING: [&str; 4] = ["trustee/ask-board", "trustee/opening", "trustee/open", "trustee/ended"];

#[tokio::test]
async fn trustee_1_and_2_a_trustee_who_dies_anywhere_in_the_ceremony_never_says_two_things() {
    for place in of_a_trustee() {
        for before in [true, false] {
            let world = ceremony_with_a_cut(place, before).await;
            let is_later = AFTER_CLOSING.contains(&place.name());
            assert_eq!(world.wires[1].knife.has_cut(), !is_later, "{place} {before}");
        }
    }
}

#[tokio::test]
async fn trustee_1_and_2_a_trustee_who_dies_anywhere_while_sums_are_opened_opens_them_once() {
    let places = of_a_trustee().filter(|place| AFTER_CLOSING.contains(&place.name()));
    for place in places.chain([Place::new("trustee/ask-state")]) {
        for before in [true, false] {
            let mut world = PollWorld::new();
            world.hold_ceremony().await;
            world.cast(20);
            world.close();
            // The first and the fourth are gone, so that the sums need her.
            world.dead.extend([0, 3]);
            world.wires[1].knife.arm(place, before);
            world.work(6).await;
            assert!(world.wires[1].knife.has_cut(), "{place} {before}");
            let record = world.record(&POLL.id());
            let result = record.electorates[0].result.clone().unwrap_or_else(|| panic!("{place} {before}"));
            assert_eq!(result.counted, 20, "{place}");
            assert_eq!(world.standing(1), Some(Standing::Opened), "{place}");
            world.nobody_said_two_things();
        }
    }
}

#[tokio::test]
async fn trustee_3_a_wrong_share_ends_the_ceremony_and_everybody_says_whose_it_was() {
    let mut world = PollWorld::new();
    world.conduct[2] = Conduct::DealsWrongly;
    world.hold_ceremony().await;
    assert_eq!(world.record(&POLL.id()).ceremony, CeremonyStanding::Failed);
    for number in 0..TRUSTEES {
        let blamed = Standing::Failed(Some(TrusteeIndex::new(3)));
        assert_eq!(world.standing(number), Some(blamed), "trustee {number}");
    }
}

#[tokio::test]
async fn trustee_3_a_share_that_cannot_be_opened_is_complained_of_and_answered() {
    let mut world = PollWorld::new();
    world.conduct[0] = Conduct::Garbles;
    world.hold_ceremony().await;
    assert!(matches!(world.ceremony(&POLL), Phase::Done(_)));
    world.nobody_said_two_things();
}

#[tokio::test]
async fn trustee_3_whoever_keeps_silent_is_named_when_casting_should_begin() {
    let mut world = PollWorld::new();
    world.dead.extend([1, 4]);
    world.hold_ceremony().await;
    let silent = vec![TrusteeIndex::new(2), TrusteeIndex::new(5)];
    let waiting = Phase::Waiting { round: Round::Commitment, missing: silent.clone() };
    assert_eq!(world.ceremony(&POLL), waiting);
    world.at(OPENS);
    world.work(1).await;
    assert_eq!(world.standing(0), Some(Standing::Unfinished(silent)));
    // They come too late, and see that they do.
    world.dead.clear();
    world.work(2).await;
    assert!(matches!(world.standing(1), Some(Standing::Unfinished(_))));
    assert_eq!(world.record(&POLL.id()).ceremony, CeremonyStanding::Running);
}
