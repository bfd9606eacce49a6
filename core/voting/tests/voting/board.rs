//! What may stand on the board, and where.

use super::support::ballot_leaf;
use super::support::city::Citizen;
use super::support::manifest::*;
use citizen_merkle::{Frontier, MemoryTree};
use citizen_primitives::Canonical;
use citizen_voting::board::*;
use citizen_voting::manifest::{Poll, Revote};
use citizen_voting::{ElectorateIndex, Sequence};

fn after(poll: &Poll, entries: &[BoardEntry]) -> Result<KeyStanding, BoardError> {
    entries.iter().try_fold(KeyStanding::default(), |standing, entry| standing.after(poll, &entry.leaf()))
}

#[test]
fn vote_22_an_old_ballot_does_not_come_back_after_a_re_vote() {
    let citizen = Citizen::register(5, CITIZENS);
    let (first, second) = (citizen.cast(1), citizen.cast(2));
    assert_eq!(after(&POLL, &[first.clone(), second.clone()]).unwrap().highest, 2);
    let again = after(&POLL, &[first.clone(), second.clone(), first]);
    assert_eq!(again, Err(BoardError::Sequence { sequence: Sequence::new(1), highest: 2 }));
    assert!(after(&POLL, &[second.clone(), second]).is_err(), "nor the same one twice");
}

#[test]
fn vote_22_an_opened_ballot_uses_its_number_up() {
    let citizen = Citizen::register(5, CITIZENS);
    assert!(after(&POLL, &[citizen.spoil(1), citizen.cast(2)]).is_ok());
    assert!(after(&POLL, &[citizen.spoil(1), citizen.cast(1)]).is_err());
}

#[test]
fn vote_56_without_re_voting_a_key_casts_once() {
    let citizen = Citizen::register(5, CITIZENS);
    let mut once = manifest();
    once.revote = Revote::Once;
    let once = Poll::new(once).unwrap();
    assert!(after(&once, &[citizen.spoil(1), citizen.cast(2)]).is_ok());
    assert_eq!(after(&once, &[citizen.cast(1), citizen.cast(2)]), Err(BoardError::CastBefore));
}

#[test]
fn vote_54_only_so_many_ballots_are_opened() {
    let citizen = Citizen::register(5, CITIZENS);
    let spoiled: Vec<_> = (1..=4).map(|sequence| citizen.spoil(sequence)).collect();
    assert!(after(&POLL, &spoiled[..3]).is_ok());
    assert_eq!(after(&POLL, &spoiled), Err(BoardError::OpenedTooMany));
}

/// VOTE-59: a citizen who votes all day fills no board.
#[test]
fn vote_59_a_voting_key_casts_so_many_ballots_and_no_more() {
    let leaf = ballot_leaf(&Citizen::register(5, CITIZENS).cast(1).leaf());
    let cast = |sequence| BoardLeaf::Cast(BallotLeaf { sequence: Sequence::new(sequence), ..leaf });
    let all = (1..=KeyStanding::MOST_CAST)
        .try_fold(KeyStanding::default(), |standing, sequence| standing.after(&POLL, &cast(sequence)));
    let all = all.unwrap();
    assert_eq!((all.cast, all.highest), (64, 64));
    assert_eq!(all.after(&POLL, &cast(65)), Err(BoardError::CastTooOften));
    let opened = BoardLeaf::Spoiled(BallotLeaf { sequence: Sequence::new(65), ..leaf });
    assert!(all.after(&POLL, &opened).is_ok(), "what is opened is counted apart");
}

/// VOTE-60: whoever has a phone for a minute cannot take its voter's last word from her.
#[test]
fn vote_60_no_number_is_so_far_ahead_that_nothing_could_follow() {
    let leaf = ballot_leaf(&Citizen::register(5, CITIZENS).cast(1).leaf());
    for wrap in [BoardLeaf::Cast, BoardLeaf::Spoiled] {
        let at = |sequence| wrap(BallotLeaf { sequence: Sequence::new(sequence), ..leaf });
        let far = KeyStanding::default().after(&POLL, &at(u32::MAX));
        assert_eq!(far, Err(BoardError::TooFarAhead { sequence: Sequence::new(u32::MAX), highest: 0 }));
        let next = KeyStanding::default().after(&POLL, &at(64)).unwrap();
        assert_eq!(
            next.after(&POLL, &at(129)).unwrap_err().to_string(),
            "ballot 129 of a voting key that is at 64: too far ahead"
        );
        assert!(next.after(&POLL, &at(128)).is_ok());
    }
}

#[test]
fn an_electorate_that_is_none_has_no_ballots() {
    let leaf = ballot_leaf(&Citizen::register(5, CITIZENS).cast(1).leaf());
    let leaf = BoardLeaf::Cast(BallotLeaf { electorate: ElectorateIndex::new(2), ..leaf });
    assert_eq!(KeyStanding::default().after(&POLL, &leaf), Err(BoardError::Electorate));
}

#[test]
fn vote_52_slots_go_forward_and_end_with_the_poll() {
    let mut standing = SlotStanding::default();
    assert_eq!(standing.current(), Err(BoardError::NoSlot));
    let mut begin = |slot| standing.begin(&POLL, SlotMark { slot });
    assert_eq!(begin(0), Ok(()));
    assert_eq!(begin(0), Err(BoardError::Slot { slot: 0 }));
    assert_eq!(begin(5), Ok(()));
    assert_eq!(begin(4), Err(BoardError::Slot { slot: 4 }));
    // After closing.
    assert_eq!(begin(6), Err(BoardError::Slot { slot: 6 }));
    assert_eq!(standing.current(), Ok(5));
}

#[test]
fn vote_16_a_board_that_lost_an_entry_or_changed_its_order_does_not_extend_the_earlier_one() {
    let citizen = Citizen::register(5, CITIZENS);
    let entries = [
        BoardEntry::Slot(SlotMark { slot: 0 }),
        citizen.cast(1),
        citizen.spoil(2),
        citizen.cast(3),
        BoardEntry::Slot(SlotMark { slot: 1 }),
    ];
    let head = |entries: &[BoardEntry]| {
        let mut frontier = Frontier::new();
        entries.iter().for_each(|entry| drop(frontier.append(entry.leaf().hash())));
        LogHead::of(&frontier)
    };
    let tree = |entries: &[BoardEntry]| MemoryTree::of(entries.iter().map(|entry| entry.leaf().hash()));
    let earlier = head(&entries[..3]);
    let proof = tree(&entries).prove_consistency(3).unwrap();
    assert_eq!(head(&entries).extends(&earlier, &proof), Ok(()));

    let mut reordered = entries.clone();
    reordered.swap(1, 2);
    let forked = tree(&reordered).prove_consistency(3).unwrap();
    assert_eq!(head(&reordered).extends(&earlier, &forked), Err(LogError::Forked { earlier: 3 }));
    let removed = [&entries[..1], &entries[2..]].concat();
    let forked = tree(&removed).prove_consistency(3).unwrap();
    assert_eq!(head(&removed).extends(&earlier, &forked), Err(LogError::Forked { earlier: 3 }));
    assert_eq!(head(&entries).extends(&head(&entries[..2]), &proof), Err(LogError::OtherHeads));
}

/// VOTE-15: no column of what is published could hold a time, an address, an account or a person. The records are taken apart
/// whole: a new field does not compile before it is looked at here.
#[test]
fn vote_15_the_board_knows_slots_and_no_times() {
    let BoardEntry::Cast(CastBallot { ballot, token }) = Citizen::register(5, CITIZENS).cast(1) else {
        unreachable!("a cast ballot")
    };
    let citizen_voting::SignedBallot { ballot, signature: [..] } = ballot;
    let citizen_voting::Ballot { poll: _, electorate: _, voting_key: _, sequence: _, contests: _ } = ballot;
    let citizen_voting::token::Token { signatures: _ } = token;
    let SlotMark { slot: _ } = SlotMark { slot: 0 };
    let BallotLeaf { electorate: _, voting_key: _, sequence: _, fingerprint: _, entry: _ } =
        ballot_leaf(&Citizen::register(5, CITIZENS).cast(1).leaf());
    let row = Citizen::register(5, CITIZENS).rows()[0];
    let citizen_voting::issuance::IssuanceRow { registrar: _, electorate: _, voter: _, blinded: _ } = row;
}

/// VOTE-15: the board says nothing of the roll, and the issuance log nothing of the board; nor does the length of an entry.
#[test]
fn vote_15_board_and_issuance_log_have_nothing_in_common() {
    let (citizen, person) = (Citizen::register(5, CITIZENS), roll_entry(CITIZENS, 5));
    let contains = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    for entry in [citizen.cast(1), citizen.spoil(1)] {
        let published = [entry.to_canonical(), entry.leaf().to_canonical()].concat();
        assert!(contains(&published, citizen.voting_key().as_bytes()));
        for hers in [person.tag(POLL.id()).as_bytes(), &person.salt, person.person.as_bytes()] {
            assert!(!contains(&published, hers));
        }
        for row in citizen.rows() {
            assert!(!contains(&published, row.blinded.as_bytes()));
            assert!(!contains(&row.to_canonical(), citizen.voting_key().as_bytes()));
            assert!(!contains(&row.to_canonical(), person.person.as_bytes()));
        }
    }
    let lengths = |person| {
        let citizen = Citizen::register(person, CITIZENS);
        [citizen.cast(1), citizen.cast(2)].map(|entry| entry.to_canonical().len())
    };
    assert_eq!(lengths(5), lengths(6), "whatever is chosen");
}

#[test]
fn vote_12_and_19_bytes_that_are_no_entry_are_an_error() {
    let bytes = Citizen::register(5, COMMITTEE).cast(1).to_canonical();
    assert!(BoardEntry::from_canonical(&bytes).is_ok());
    for length in (0..bytes.len()).step_by(7) {
        assert!(BoardEntry::from_canonical(&bytes[..length]).is_err());
    }
    assert!(BoardEntry::from_canonical(&[&bytes[..], &[0]].concat()).is_err());
    for at in (0..bytes.len()).step_by(11) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x80;
        if let Ok(entry) = BoardEntry::from_canonical(&changed) {
            assert_eq!(entry.to_canonical(), changed, "one form of each value");
        }
    }
}
