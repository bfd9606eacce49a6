//! A relay's promise is worth something because a broken one can be shown.

use super::support::ballot_leaf;
use super::support::city::Citizen;
use super::support::manifest::*;
use super::support::seeded::Seeded;
use citizen_keys::Signed;
use citizen_primitives::UnixTime;
use citizen_voting::board::{BallotLeaf, BoardEntry, SlotMark};
use citizen_voting::manifest::{Poll, Revote};
use citizen_voting::relay::*;

fn leaf(person: u32, sequence: u32) -> BallotLeaf {
    ballot_leaf(&Citizen::register(person, CITIZENS).cast(sequence).leaf())
}

fn begun<'a>(poll: &'a Poll, promise: RelayPromise, ballot: &BoardEntry, rows: u64) -> PromiseAudit<'a> {
    PromiseAudit::new(poll, promise, ballot, rows).unwrap()
}

/// Of the first ballot of person 1.
fn audit(promise: RelayPromise, board: &[BoardEntry]) -> Kept {
    let mut audit = begun(&POLL, promise, &Citizen::register(1, CITIZENS).cast(1), 60);
    board.iter().for_each(|entry| audit.entry(entry));
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
    let a_slot_late = [slot(0), second.clone(), slot(1), third.clone(), slot(2), mine.cast(1)];
    assert_eq!(audit(promise, &a_slot_late), Kept::Yes { index: 5 }, "a slot of grace");
    let too_late = [slot(0), second, slot(1), third, slot(3), mine.cast(1)];
    assert_eq!(audit(promise, &too_late), Kept::No, "in slot 3, promised for slot 1");
    // Opened by somebody else's hand it is not what was promised.
    assert_eq!(audit(promise, &[slot(0), slot(1), mine.spoil(1)]), Kept::Overtaken);
    let another = PromiseAudit::new(&POLL, promise, &mine.cast(2), 60);
    assert_eq!(another.err(), Some(PromiseError::AnotherBallot));
}

#[test]
fn vote_53_a_relay_is_not_blamed_when_the_ledger_stood_still() {
    let promise = RelayPromise::new(POLL.id(), &leaf(1, 1), 0);
    let board =
        [slot(0), Citizen::register(2, CITIZENS).cast(1), slot(3), Citizen::register(3, CITIZENS).cast(1)];
    assert_eq!(audit(promise, &board), Kept::Unclear, "nothing stands in slots 1 and 2");
    for (slot, verdict) in [(0, Kept::Unclear), (1, Kept::No), (2, Kept::No), (3, Kept::Unclear)] {
        let mut audit = begun(&POLL, promise, &Citizen::register(1, CITIZENS).cast(1), 60);
        board.iter().for_each(|entry| audit.entry(entry));
        audit.block(UnixTime::from_seconds(OPENS + slot * SLOT));
        assert_eq!(audit.verdict(), verdict, "a block in slot {slot}");
    }
}

#[test]
fn vote_53_a_ballot_that_its_citizen_replaced_herself_is_no_broken_promise() {
    let mine = Citizen::register(1, CITIZENS);
    let promise = RelayPromise::new(POLL.id(), &leaf(1, 1), 0);
    assert_eq!(audit(promise, &[slot(0), mine.cast(2), slot(1)]), Kept::Overtaken);
    let promise = RelayPromise::new(POLL.id(), &leaf(1, 2), 0);
    let mut second = begun(&POLL, promise, &mine.cast(2), 60);
    [slot(0), mine.cast(1), slot(1)].iter().for_each(|entry| second.entry(entry));
    assert_eq!(second.verdict(), Kept::No, "the earlier one does not excuse");
}

/// VOTE-53: what a citizen can do to make an honest relay look as if it had broken its word.
#[test]
fn vote_53_nobody_is_blamed_for_what_the_board_refuses() {
    let mine = Citizen::register(1, CITIZENS);
    let verdict = |poll: &Poll, promised: &BoardEntry, before: &[BoardEntry], rows| {
        let promise = RelayPromise::new(poll.id(), &ballot_leaf(&promised.leaf()), 0);
        let mut audit = begun(poll, promise, promised, rows);
        [&[slot(0)], before, &[slot(1)]].concat().iter().for_each(|entry| audit.entry(entry));
        audit.verdict()
    };
    // Number 1 over one relay, number 2 over another, where each casts once.
    let mut once = manifest();
    once.revote = Revote::Once;
    let once = Poll::new(once).unwrap();
    assert_eq!(verdict(&once, &mine.cast(2), &[mine.cast(1)], 60), Kept::Overtaken);
    assert_eq!(verdict(&POLL, &mine.cast(2), &[mine.cast(1)], 60), Kept::No);
    // More openings than she has, over several relays.
    let three: Vec<_> = (1..=3).map(|sequence| mine.spoil(sequence)).collect();
    assert_eq!(verdict(&POLL, &mine.spoil(4), &three, 60), Kept::Overtaken);
    assert_eq!(verdict(&POLL, &mine.spoil(4), &three[..2], 60), Kept::No);
    // A number too far ahead.
    assert_eq!(verdict(&POLL, &mine.cast(65), &[], 60), Kept::Overtaken);
    // Two citizens who share an r: only one of their ballots can stand.
    let mut accomplice = Citizen::register(2, CITIZENS).cast(1);
    assert_eq!(verdict(&POLL, &mine.cast(1), std::slice::from_ref(&accomplice), 60), Kept::No);
    if let (BoardEntry::Cast(hers), BoardEntry::Cast(mine)) = (&mut accomplice, &mine.cast(1)) {
        hers.ballot.ballot.contests[0].ciphertexts[0].a = mine.ballot.ballot.contests[2].ciphertexts[3].a;
    }
    assert_eq!(verdict(&POLL, &mine.cast(1), &[accomplice], 60), Kept::Overtaken);
    // A key for which there is no row: as many as the registrars have written are there already.
    let two = [Citizen::register(2, CITIZENS).cast(1), Citizen::register(3, CITIZENS).cast(1)];
    assert_eq!(verdict(&POLL, &mine.cast(1), &two, 2), Kept::Overtaken);
    assert_eq!(verdict(&POLL, &mine.cast(1), &two, 3), Kept::No);
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
