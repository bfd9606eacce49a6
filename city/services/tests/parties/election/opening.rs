//! Opening sums: after closing, over what stands on the board, above the turnout, with one trustee dead and one who lies.

use super::world::PollWorld;
use crate::polling::manifest::*;
use citizen_ledger::poll::TallyShares;
use citizen_ledger::state_key;
use citizen_voting::TrusteeIndex;
use city_services::office::Opener;
use city_services::trustee::{Conduct, Standing};
use std::sync::atomic::Ordering;

fn shares(world: &PollWorld) -> usize {
    let shares: Option<TallyShares> = world.read(state_key::tally_shares(&POLL.id(), CITIZENS));
    shares.unwrap_or_default().0.len()
}

#[tokio::test]
async fn trustee_4_three_of_five_open_the_sums_with_one_dead_and_one_who_lies_and_she_is_named() {
    let mut world = PollWorld::new();
    // The liar speaks before the honest ones.
    world.conduct[0] = Conduct::OpensWrongly;
    world.hold_ceremony().await;
    world.cast(21);
    world.dead.insert(4);
    world.close();
    world.work(5).await;
    let result = world.record(&POLL.id()).electorates[0].result.clone().unwrap();
    assert_eq!(result.counted, 21);
    // Every citizen votes as her number says.
    let person = |at: u64| u64::try_from((0..21_u64).filter(|number| number % 3 == at).count()).unwrap();
    assert_eq!(result.contests[0].1[0], person(0) + person(1));
    assert_eq!(result.contests[0].1[4], person(2));
    let office = world.open_office();
    let progress = office.watch(&POLL.id()).await.unwrap().unwrap();
    let opener = |number, is_right| Opener { trustee: TrusteeIndex::new(number), is_right };
    let opened: Vec<_> = [opener(1, false), opener(2, true), opener(3, true), opener(4, true)].into();
    assert_eq!(progress.opened[0], opened);
    assert!(progress.is_opened());
    for number in 1..4 {
        assert_eq!(world.standing(number), Some(Standing::Opened));
    }
    world.nobody_said_two_things();
}

#[tokio::test]
async fn trustee_5_nothing_is_opened_while_the_gateway_shows_another_board_than_the_states() {
    let mut world = PollWorld::new();
    world.hold_ceremony().await;
    world.cast(21);
    world.close();
    world.wires.iter().for_each(|wire| wire.lies.store(true, Ordering::SeqCst));
    world.work(3).await;
    assert_eq!((shares(&world), world.standing(0)), (0, Some(Standing::Attending)));
    world.wires.iter().for_each(|wire| wire.lies.store(false, Ordering::SeqCst));
    world.work(4).await;
    assert!(world.record(&POLL.id()).electorates[0].result.is_some());
}

#[tokio::test]
async fn trustee_6_nothing_is_opened_before_closing_nor_below_the_turnout() {
    let mut world = PollWorld::new();
    world.hold_ceremony().await;
    world.cast(19);
    world.work(3).await;
    assert_eq!((shares(&world), world.standing(0)), (0, Some(Standing::Attending)));
    world.close();
    world.work(3).await;
    assert_eq!(shares(&world), 0);
    for number in 0..TRUSTEES {
        assert_eq!(world.standing(number), Some(Standing::Opened), "there is nothing to open");
    }
}

#[tokio::test]
async fn trustee_7_a_trustee_forgets_the_seed_once_there_is_nothing_left_to_open() {
    let mut world = PollWorld::new();
    world.hold_ceremony().await;
    world.cast(20);
    assert!(world.trustee(2).keeps_a_seed(&POLL.id()).unwrap());
    world.close();
    world.work(4).await;
    for number in 0..TRUSTEES {
        assert_eq!(world.standing(number), Some(Standing::Opened));
        assert!(!world.trustee(number).keeps_a_seed(&POLL.id()).unwrap());
    }
}
