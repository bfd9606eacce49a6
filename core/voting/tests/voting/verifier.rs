//! The universal verifier: each test takes a poll that was held well and does one thing wrong in it. Taking the check out of the
//! verifier turns the test red (VOTE-9).

use super::support::ballot_leaf;
use super::support::city::{Citizen, KEYS};
use super::support::manifest::*;
use super::support::record::{HELD, Held, shares, slot};
use citizen_primitives::Hash;
use citizen_voting::board::{BoardEntry, BoardError};
use citizen_voting::ceremony::{Ceremony, Taken};
use citizen_voting::decryption::{DecryptError, DecryptionMemory};
use citizen_voting::result::ElectorateResult;
use citizen_voting::spoil::SpoiledBallot;
use citizen_voting::verify::{CheckName, Effort, Failure, FailureReason, Report};
use citizen_voting::{CastBallot, Poll, Sequence, TrusteeIndex};
use std::num::NonZeroUsize;

/// What the verifier says of the poll with this change, logs and roots following it.
fn changed(change: impl FnOnce(&mut Held)) -> Report {
    let mut held = HELD.clone();
    change(&mut held);
    held.verify()
}

/// The same after trustees have decrypted what now stands on the board: everybody but the one who did it is honest.
fn changed_and_published(change: impl FnOnce(&mut Held)) -> Report {
    changed(|held| {
        change(held);
        held.publish(&[0, 1, 2]);
    })
}

fn first(report: &Report) -> (CheckName, Option<u64>, FailureReason) {
    let Failure { check, index, reason } = report.first_failure.clone().unwrap();
    (check, index, reason)
}

fn failed(report: &Report, name: CheckName) -> u64 {
    report.checks.iter().find(|check| check.name == name).unwrap().failed
}

fn cast(entry: &mut BoardEntry) -> &mut CastBallot {
    match entry {
        BoardEntry::Cast(cast) => cast,
        _ => panic!("not a cast ballot"),
    }
}

fn is_spoiled(entry: &BoardEntry) -> bool {
    matches!(entry, BoardEntry::Spoiled(_))
}

#[test]
fn a_poll_that_was_held_well_passes_every_check() {
    let report = HELD.verify();
    assert_eq!(report.first_failure, None);
    assert_eq!((report.counted, report.spoiled, report.replaced), (45, 1, 1));
    let of = |name| report.checks.iter().find(|check| check.name == name).unwrap().count;
    assert_eq!(of(CheckName::Ballots), 46);
    assert_eq!(of(CheckName::Ciphertexts), 46);
    assert_eq!(of(CheckName::Openings), 1);
    assert_eq!(of(CheckName::Tokens), 47);
    assert_eq!(of(CheckName::Sequences), 47);
    assert_eq!(of(CheckName::IssuedOnce), 135);
    assert_eq!(of(CheckName::Issued), 6);
    assert_eq!(of(CheckName::Shares), 10);
    assert!(report.checks.iter().all(|check| check.count > 0 && check.failed == 0), "{:?}", report.checks);
    assert_eq!(report.result.as_ref(), Some(&HELD.record.result));
}

#[test]
fn the_result_is_what_was_chosen() {
    let mut expected = [0u64; 5];
    for person in 0..24 {
        let chosen: &[usize] = [&[0][..], &[0, 2, 3], &[1, 4]][person % 3];
        chosen.iter().for_each(|option| expected[*option] += 1);
    }
    let citizens = HELD.record.result.electorates[0].sums.as_ref().unwrap();
    assert_eq!(citizens[0].cells, expected);
    let votes = HELD.record.result.votes(&POLL);
    assert_eq!(votes.len(), 5 + 2 + 3);
    let committee = HELD.record.result.electorates[1].sums.as_ref().unwrap();
    assert_eq!(votes[0].votes, expected[0] + committee[0].cells[0]);
    // 60 parts of what citizens, 40 of what the committee gave the first option per ballot: both two thirds.
    assert_eq!(votes[0].weighted, 666_666);
}

#[test]
fn vote_57_the_verdict_is_the_same_with_little_memory_and_with_several_threads() {
    let number = |number| NonZeroUsize::new(number).unwrap();
    let little = Effort { threads: number(3), remembered: number(40), batch: number(5) };
    assert_eq!(HELD.verify_under(&HELD.anchor(), little), HELD.verify());
    let mut held = HELD.clone();
    let twice = held.board[3].clone();
    held.board.insert(20, twice);
    held.rows.push(held.rows[7]);
    assert_eq!(held.verify_under(&held.anchor(), little), held.verify());
}

#[test]
fn vote_4_the_manifest_of_another_poll_is_refused() {
    let report = changed(|held| {
        let last = held.record.manifest.len() - 1;
        held.record.manifest[last] ^= 1;
    });
    assert_eq!(first(&report).0, CheckName::Manifest);
    assert!(report.result.is_none());
}

#[test]
fn vote_9_a_ceremony_that_is_not_whole_gives_no_key() {
    let report = changed(|held| drop(held.record.ceremony.pop()));
    assert_eq!(first(&report).0, CheckName::Ceremony);
    let report = changed(|held| held.record.ceremony.swap(0, 9));
    assert_eq!(first(&report).0, CheckName::Ceremony);
}

/// What was said before changes nothing, under whatever signature: so whoever keeps messages learns that this is no new one.
#[test]
fn vote_34_the_same_words_again_are_known() {
    let mut ceremony = Ceremony::new(POLL.ceremony().unwrap());
    let first = &KEYS.messages[0];
    let again = super::prover::signed_with_another_nonce(first, &trustee_key(0));
    assert_ne!(again, *first);
    assert_eq!(ceremony.clone().take(&again), Ok(Taken::New), "its signature holds");
    assert_eq!(ceremony.take(first), Ok(Taken::New));
    assert_eq!(ceremony.take(first), Ok(Taken::Known));
    assert_eq!(ceremony.take(&again), Ok(Taken::Known));
}

#[test]
fn vote_16_a_board_from_which_something_was_taken_is_another() {
    let anchor = HELD.anchor();
    let mut removed = HELD.clone();
    removed.board.remove(5);
    let mut reordered = HELD.clone();
    reordered.board.swap(5, 6);
    let mut longer = HELD.clone();
    longer.board.push(Citizen::register(50, CITIZENS).cast(1));
    for held in [removed, reordered, longer] {
        let report = held.verify_under(&anchor, Effort::default());
        assert!(failed(&report, CheckName::BoardLog) > 0);
    }
    let mut rows = HELD.clone();
    rows.rows.swap(0, 1);
    let report = rows.verify_under(&anchor, Effort::default());
    assert_eq!(first(&report).0, CheckName::IssuanceLog);
}

#[test]
fn vote_12_bytes_that_are_no_entry_are_named() {
    let (mut board, mut rows) = HELD.logs();
    let mut entries = Vec::new();
    while let Some(entry) = citizen_voting::verify::LogReader::next_entry(&mut board).unwrap() {
        entries.push(entry);
    }
    entries[4].truncate(100);
    let mut board = citizen_voting::verify::MemoryLog::new(entries);
    let logs = (&mut board, &mut rows);
    let report =
        citizen_voting::verify_poll(&HELD.anchor(), &HELD.record, logs, Effort::default(), &mut |_| {});
    let report = report.unwrap();
    assert_eq!(failed(&report, CheckName::Entries), 1);
    assert!(failed(&report, CheckName::BoardLog) > 0);
}

#[test]
fn vote_52_a_ballot_after_closing_and_one_before_any_slot_are_named() {
    let report = changed(|held| held.board.push(slot(u32::try_from(SLOTS).unwrap())));
    assert_eq!(first(&report).2, FailureReason::Board(BoardError::Slot { slot: 6 }));
    let report = changed(|held| drop(held.board.remove(0)));
    assert_eq!(first(&report), (CheckName::Slots, Some(0), FailureReason::Board(BoardError::NoSlot)));
    let report = changed(|held| held.board.push(slot(3)));
    assert_eq!(first(&report).0, CheckName::Slots);
}

#[test]
fn vote_22_an_old_ballot_after_a_re_vote_is_named() {
    let report = changed_and_published(|held| {
        let old = held.board[2].clone();
        held.board.push(old);
    });
    let (check, index, reason) = first(&report);
    assert_eq!((check, index), (CheckName::Sequences, Some(50)));
    let sequence = Sequence::new(1);
    assert_eq!(reason, FailureReason::Board(BoardError::Sequence { sequence, highest: 2 }));
}

#[test]
fn vote_56_the_last_ballot_counts_and_no_other() {
    // Trustees who counted the first ballot of somebody who voted again.
    let report = changed(|held| {
        let second = held.place(|entry| match entry {
            BoardEntry::Cast(cast) => {
                cast.ballot.ballot.sequence == Sequence::new(2)
                    && cast.ballot.ballot.voting_key == Citizen::register(1, CITIZENS).voting_key()
            }
            _ => false,
        });
        let mut without = held.clone();
        without.board.remove(second);
        without.publish(&[0, 1, 2, 3, 4]);
        held.record = without.record;
    });
    let trustee = TrusteeIndex::new(1);
    let expected = FailureReason::AnotherTally { electorate: CITIZENS, trustee };
    assert_eq!(first(&report), (CheckName::Shares, None, expected));
}

#[test]
fn vote_54_an_opened_ballot_does_not_count() {
    let report = HELD.verify();
    let only_opened = changed_and_published(|held| {
        held.board.push(Citizen::register(46, CITIZENS).spoil(1));
        held.rows.extend(Citizen::register(46, CITIZENS).rows());
    });
    assert_eq!(only_opened.first_failure, None);
    assert_eq!((only_opened.counted, only_opened.spoiled), (report.counted, report.spoiled + 1));
}

#[test]
fn vote_54_a_wrong_opening_is_named() {
    let report = changed(|held| {
        let place = held.place(is_spoiled);
        let citizen = Citizen::register(20, CITIZENS);
        let mut opening = citizen.opening(1);
        opening.choices[0] = citizen_voting::ContestChoice::Choose(vec![0, 2]);
        let signed = SpoiledBallot::sign(opening, citizen.token.clone(), &citizen.signing_key());
        held.board[place] = BoardEntry::Spoiled(signed);
    });
    let (check, _, reason) = first(&report);
    assert_eq!(check, CheckName::Openings);
    assert!(reason.to_string().starts_with("wrong opening"), "{reason}");
}

#[test]
fn vote_3_a_ballot_copied_under_another_key_is_named_twice() {
    let report = changed(|held| {
        let (copier, victim) = (Citizen::register(3, CITIZENS), Citizen::register(2, CITIZENS));
        let mut ballot = victim.ballot(1).ballot;
        ballot.voting_key = copier.voting_key();
        let copy = citizen_voting::SignedBallot::sign(ballot, &copier.signing_key());
        held.board[4] = BoardEntry::Cast(CastBallot { ballot: copy, token: copier.token });
    });
    assert_eq!(first(&report), (CheckName::Ciphertexts, Some(4), FailureReason::RepeatedCiphertext));
    assert_eq!(failed(&report, CheckName::Ballots), 1, "and its proof is bound to the other key");
}

#[test]
fn vote_3_a_single_repeated_half_of_a_ciphertext_is_named() {
    let report = changed(|held| {
        let b = cast(&mut held.board[2]).ballot.ballot.contests[0].ciphertexts[0].b;
        cast(&mut held.board[30]).ballot.ballot.contests[1].ciphertexts[1].a = b;
    });
    assert_eq!(first(&report), (CheckName::Ciphertexts, Some(30), FailureReason::RepeatedCiphertext));
}

#[test]
fn vote_9_a_ballot_with_a_wrong_proof_or_signature_is_named() {
    let report = changed(|held| {
        let proof = &mut cast(&mut held.board[7]).ballot.ballot.contests[1].proof;
        proof.responses.swap(0, 1);
    });
    assert_eq!((first(&report).0, first(&report).1), (CheckName::Ballots, Some(7)));
    let report = changed(|held| cast(&mut held.board[8]).ballot.signature[3] ^= 1);
    assert_eq!((first(&report).0, first(&report).1), (CheckName::Ballots, Some(8)));
    assert_eq!(failed(&report, CheckName::Ballots), 1);
}

#[test]
fn vote_13_a_ballot_without_the_signature_of_every_registrar_is_named() {
    let report = changed(|held| {
        let token = &mut cast(&mut held.board[9]).token;
        token.signatures[2] = token.signatures[1];
    });
    assert_eq!((first(&report).0, first(&report).1), (CheckName::Tokens, Some(9)));
    let report = changed(|held| {
        let place = held.place(is_spoiled);
        let BoardEntry::Spoiled(spoiled) = &mut held.board[place] else { unreachable!() };
        spoiled.token.signatures.pop();
    });
    assert_eq!(first(&report).0, CheckName::Tokens, "an opened ballot needs a token as well");
}

/// VOTE-49: a citizen's token in the committee's electorate.
#[test]
fn vote_49_a_token_of_another_electorate_is_named() {
    let report = changed_and_published(|held| {
        let citizen = Citizen::register(0, CITIZENS);
        let mut intruder = Citizen::register(47, COMMITTEE);
        intruder.token = citizen.token;
        held.rows.extend(intruder.rows());
        held.board.push(intruder.cast(1));
    });
    assert_eq!((first(&report).0, first(&report).1), (CheckName::Tokens, Some(50)));
}

/// VOTE-13: all registrars but one sign for people who are not there. The honest one's rows bound the count.
#[test]
fn vote_13_a_ballot_that_one_registrar_has_no_row_for_is_one_too_many() {
    let report = changed_and_published(|held| {
        let stuffed = Citizen::register(48, CITIZENS);
        held.rows.extend(stuffed.rows().into_iter().filter(|row| row.registrar != 1));
        held.board.push(stuffed.cast(1));
    });
    let expected = FailureReason::MoreKeysThanRows { electorate: CITIZENS, registrar: 1, keys: 25, rows: 24 };
    assert_eq!(first(&report), (CheckName::Issued, None, expected));
    assert_eq!(failed(&report, CheckName::Issued), 1);
}

#[test]
fn vote_13_a_registrar_with_more_rows_than_people_is_named() {
    let report = changed(|held| {
        for person in 24..61 {
            let mut row = held.rows[0];
            row.voter = roll_entry(CITIZENS, person).tag(POLL.id());
            held.rows.push(row);
        }
    });
    let expected =
        FailureReason::MoreRowsThanPeople { electorate: CITIZENS, registrar: 0, rows: 61, roll: ROLL };
    assert_eq!(first(&report), (CheckName::Issued, None, expected));
}

#[test]
fn vote_51_two_rows_for_one_person_are_named() {
    let report = changed(|held| {
        let mut row = held.rows[6];
        row.blinded = Hash::ZERO;
        held.rows.push(row);
    });
    let place = Some(u64::try_from(HELD.rows.len()).unwrap());
    assert_eq!(first(&report), (CheckName::IssuedOnce, place, FailureReason::IssuedTwice { registrar: 0 }));
    let report = changed(|held| {
        let mut row = held.rows[6];
        row.registrar = 3;
        held.rows.push(row);
    });
    assert_eq!(first(&report).2, FailureReason::NoSuchRegistrar);
}

#[test]
fn vote_55_sums_below_the_minimum_turnout_stay_closed() {
    let small = |held: &mut Held| {
        held.board.truncate(held.board.len() - 2);
    };
    let closed = changed_and_published(small);
    assert_eq!(closed.first_failure, None);
    let withheld = ElectorateResult { counted: 19, sums: None };
    assert_eq!(closed.result.unwrap().electorates[1], withheld);
    // The trustees decrypt it nevertheless.
    let opened = changed(|held| {
        small(held);
        held.publish(&[0, 1, 2]);
        held.record.shares[1] = shares(&held.tally(COMMITTEE), &[0, 1, 2]);
    });
    let reason = FailureReason::OpenedBelowTurnout { electorate: COMMITTEE, counted: 19, minimum: 20 };
    assert_eq!(first(&opened), (CheckName::Turnout, None, reason));
    let hidden = changed(|held| {
        held.record.shares[0].clear();
        held.record.result.electorates[0].sums = None;
    });
    assert_eq!(first(&hidden).2, FailureReason::NotOpened { electorate: CITIZENS, counted: 24 });
}

/// VOTE-17: the minimum is the manifest's, not what somebody asks for.
#[test]
fn vote_17_a_trustee_takes_the_minimum_turnout_from_the_manifest() {
    let (share, key) = (&KEYS.shares[0], trustee_key(0));
    let mut small = HELD.clone();
    small.board.truncate(small.board.len() - 2);
    let memory = &mut DecryptionMemory::default();
    let below = share.decrypt(&small.tally(COMMITTEE), &POLL, memory, &key);
    assert_eq!(below, Err(DecryptError::BelowTurnout { counted: 19, minimum: 20 }));
    let mut another = manifest();
    another.checks = 4;
    let another = share.decrypt(&HELD.tally(COMMITTEE), &Poll::new(another).unwrap(), memory, &key);
    assert_eq!(another, Err(DecryptError::AnotherElection));
    assert_eq!(share.decrypt(&HELD.tally(COMMITTEE), &POLL, memory, &key).unwrap(), HELD.record.shares[1][0]);
}

/// VOTE-17: a second tally, over the counted set without one ballot: the difference would be that ballot.
#[test]
fn vote_17_shares_of_a_second_tally_are_named_with_their_trustee() {
    let report = changed(|held| {
        let mut without_one = held.clone();
        without_one.board.pop();
        let second = shares(&without_one.tally(COMMITTEE), &[2]);
        held.record.shares[1].extend(second);
    });
    let expected = FailureReason::AnotherTally { electorate: COMMITTEE, trustee: TrusteeIndex::new(3) };
    assert_eq!(first(&report), (CheckName::Shares, None, expected));
}

#[test]
fn vote_11_a_lying_trustee_is_named_and_the_others_open_the_result() {
    let lie = |held: &mut Held, trustee: usize| {
        let list = &mut held.record.shares[0];
        let mut lie = list[trustee].dangerous_unverified().unwrap();
        lie.contests[0][1].share = lie.contests[0][0].share;
        list[trustee] = citizen_keys::Signed::sign(&lie, &trustee_key(trustee));
    };
    let report = changed(|held| {
        lie(held, 1);
        held.record.shares[0].remove(4);
    });
    assert_eq!(report.first_failure, None, "3 of 5 are right");
    assert_eq!(report.blamed, [(CITIZENS, TrusteeIndex::new(2))]);
    let report = changed(|held| {
        lie(held, 1);
        lie(held, 2);
        held.record.shares[0].remove(4);
    });
    assert_eq!(first(&report).0, CheckName::Shares, "2 of 5 are too few");
    assert_eq!(report.blamed.len(), 2);
}

#[test]
fn vote_9_a_share_that_no_trustee_signed_is_named() {
    let report = changed(|held| {
        let share = held.record.shares[0][0].dangerous_unverified().unwrap();
        held.record.shares[0].push(citizen_keys::Signed::sign(&share, &registrar_key(0)));
    });
    assert_eq!(first(&report).2, FailureReason::StrayShares { electorate: CITIZENS });
    let report = changed(|held| {
        let of_others = held.record.shares[1][0].clone();
        held.record.shares[0].push(of_others);
    });
    assert_eq!(first(&report).2, FailureReason::StrayShares { electorate: CITIZENS });
    assert!(report.blamed.is_empty(), "who put it there is not known");
}

#[test]
fn vote_9_a_published_result_that_does_not_follow_is_named() {
    let report = changed(|held| {
        held.record.result.electorates[0].sums.as_mut().unwrap()[0].cells.swap(0, 1);
    });
    assert_eq!(first(&report).2, FailureReason::WrongResult { electorate: CITIZENS });
    assert_eq!(report.result.as_ref(), Some(&HELD.record.result), "what follows is said all the same");
    let report = changed(|held| held.record.result.electorates[1].counted += 1);
    assert_eq!(first(&report).2, FailureReason::WrongResult { electorate: COMMITTEE });
    let report = changed(|held| drop(held.record.result.electorates.pop()));
    assert_eq!(first(&report).2, FailureReason::AnotherResult);
}

#[test]
fn vote_56_a_key_that_stands_in_two_electorates_is_two_keys() {
    let leaf = ballot_leaf(&Citizen::register(0, CITIZENS).cast(1).leaf());
    let other = ballot_leaf(&Citizen::register(0, COMMITTEE).cast(1).leaf());
    assert_ne!(leaf.voting_key, other.voting_key, "a wallet never uses one key in both");
}
