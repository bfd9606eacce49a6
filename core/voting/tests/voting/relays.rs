//! A relay's promise is worth something because a broken one can be shown.

use super::support::ballot_leaf;
use super::support::city::Citizen;
use super::support::manifest::*;
use super::support::seeded::Seeded;
use citizen_keys::Signed;
use citizen_voting::board::{BallotLeaf, BoardEntry, SlotMark};
use citizen_voting::relay::*;

fn leaf(person: u32, sequence: u32) -> BallotLeaf {
    ballot_leaf(&Citizen::register(person, CITIZENS).cast(sequence).leaf())
}

fn audit(promise: RelayPromise, board: &[BoardEntry]) -> Kept {
    let mut audit = PromiseAudit::new(promise);
    board.iter().for_each(|entry| audit.leaf(&entry.leaf()));
    audit.verdict()
}

fn slot(slot: u32) -> BoardEntry {
    BoardEntry::Slot(SlotMark { slot })
}

#[test]
fn vote_53_a_promise_is_one_relays_about_one_ballot_for_the_next_slot() {
    let mine = leaf(1, 1);
    let promise = RelayPromise::new(POLL.id(), &mine, 2);
    let signed = Signed::sign(&promise, &relay_key(1));
    assert_eq!(check_promise(&POLL, &mine, 2, &signed), Ok(promise));
    assert_eq!(check_promise(&POLL, &leaf(2, 1), 2, &signed), Err(PromiseError::AnotherBallot));
    assert_eq!(check_promise(&POLL, &leaf(1, 2), 2, &signed), Err(PromiseError::AnotherBallot));
    assert_eq!(check_promise(&POLL, &mine, 1, &signed), Err(PromiseError::TooLate(3)));
    let strange = Signed::sign(&promise, &registrar_key(0));
    assert_eq!(check_promise(&POLL, &mine, 2, &strange), Err(PromiseError::NotARelay));
}

#[test]
fn vote_53_nothing_is_promised_for_a_slot_after_closing() {
    let mine = leaf(1, 1);
    let last = u32::try_from(SLOTS).unwrap() - 1;
    let in_time = RelayPromise::new(POLL.id(), &mine, last - 1);
    assert!(check_promise(&POLL, &mine, last - 1, &Signed::sign(&in_time, &relay_key(0))).is_ok());
    let late = RelayPromise::new(POLL.id(), &mine, last);
    let refused = check_promise(&POLL, &mine, last, &Signed::sign(&late, &relay_key(0)));
    assert_eq!(refused, Err(PromiseError::TooLate(last + 1)));
}

#[test]
fn vote_53_a_broken_promise_shows_on_the_board() {
    let mine = Citizen::register(1, CITIZENS);
    let promise = RelayPromise::new(POLL.id(), &leaf(1, 1), 0);
    let others = [Citizen::register(2, CITIZENS).cast(1), Citizen::register(3, CITIZENS).cast(1)];
    let [second, third] = others;
    let kept = [slot(0), second.clone(), slot(1), mine.cast(1)];
    assert_eq!(audit(promise, &kept), Kept::Yes { index: 3 });
    assert_eq!(audit(promise, &[slot(0), second.clone(), slot(1), third.clone()]), Kept::No);
    let too_late = [slot(0), second, slot(1), third, slot(2), mine.cast(1)];
    assert_eq!(audit(promise, &too_late), Kept::No, "in slot 2, promised for slot 1");
}

#[test]
fn vote_53_a_ballot_that_its_citizen_replaced_herself_is_no_broken_promise() {
    let mine = Citizen::register(1, CITIZENS);
    let promise = RelayPromise::new(POLL.id(), &leaf(1, 1), 0);
    assert_eq!(audit(promise, &[slot(0), mine.cast(2)]), Kept::Overtaken);
    let promise = RelayPromise::new(POLL.id(), &leaf(1, 2), 0);
    assert_eq!(audit(promise, &[slot(0), mine.cast(1)]), Kept::No, "the earlier one does not excuse");
}

#[test]
fn vote_15_a_batch_is_shuffled_so_that_every_order_is_as_likely() {
    let mut first_places = [0u32; 6];
    let rng = &mut Seeded::new("shuffle");
    for _ in 0..6_000 {
        let mut batch = [0usize, 1, 2, 3, 4, 5];
        shuffle(&mut batch, rng);
        first_places[batch[0]] += 1;
        batch.sort_unstable();
        assert_eq!(batch, [0, 1, 2, 3, 4, 5]);
    }
    // 1,000 expected; 6 standard deviations are 173.
    assert!(first_places.iter().all(|count| (827..=1_173).contains(count)), "{first_places:?}");
}
