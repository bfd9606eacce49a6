//! Board, issuance log, shares, results, promises and receipts.

use super::super::{Case, Kind};
use super::{bytes, promise, receipt, receipt_board, receipt_head};
use crate::support::city::Citizen;
use crate::support::manifest::*;
use crate::support::record::{HELD, open, shares, slot};
use citizen_keys::Signed;
use citizen_primitives::{Canonical, Hash};
use citizen_voting::BoardEntry;
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::relay::RelayPromise;

fn case<T: Canonical>(
    name: &'static str,
    kind: Kind,
    (rule, reason): (&'static str, &'static str),
    inputs: &[T],
) -> Case {
    Case { name, kind, rule, reason, inputs: bytes(inputs) }
}

pub(super) fn cases() -> Vec<Case> {
    [boards(), logs(), rows(), decryption(), promises(), receipts()].into_iter().flatten().collect()
}

fn boards() -> Vec<Case> {
    let citizen = Citizen::register(1, COMMITTEE);
    let (first, second) = (citizen.cast(1), citizen.cast(2));
    let board = |name, rule, reason, entries: &[BoardEntry]| case(name, Kind::Board, (rule, reason), entries);
    let opened: Vec<_> = (1..=4).map(|sequence| citizen.spoil(sequence)).collect();
    let mut copy = Citizen::register(2, COMMITTEE).cast(1);
    if let (BoardEntry::Cast(copy), BoardEntry::Cast(first)) = (&mut copy, &first) {
        copy.ballot.ballot.contests[0].ciphertexts[2] = first.ballot.ballot.contests[0].ciphertexts[4];
    }
    vec![
        board("board-ballot-before-any-slot", "VOTE-52", "no slot has begun", std::slice::from_ref(&first)),
        board("board-slot-after-closing", "VOTE-52", "slot 6 of 6: the board is closed", &[slot(0), slot(6)]),
        board("board-slot-again", "VOTE-52", "slots go forward", &[slot(2), slot(2)]),
        board("board-slot-backwards", "VOTE-52", "slots go forward", &[slot(2), slot(1)]),
        board(
            "board-old-ballot-after-a-re-vote",
            "VOTE-22",
            "number 1 after number 2 of the same key",
            &[slot(0), first.clone(), second.clone(), first.clone()],
        ),
        board("board-ballot-twice", "VOTE-22", "number 2 twice", &[slot(0), second.clone(), second.clone()]),
        board(
            "board-cast-with-an-opened-number",
            "VOTE-22",
            "number 1 was opened",
            &[slot(0), opened[0].clone(), first.clone()],
        ),
        board(
            "board-repeated-ciphertext",
            "VOTE-3",
            "a ciphertext of another ballot on the board",
            &[slot(0), first, copy],
        ),
        board(
            "board-number-far-ahead",
            "VOTE-60",
            "number 66 after number 1 of the same key",
            &[slot(0), citizen.cast(1), citizen.cast(66)],
        ),
        board(
            "board-highest-number",
            "VOTE-60",
            "the highest number of all: nothing could follow it",
            &[slot(0), citizen.cast(u32::MAX)],
        ),
        board(
            "board-too-many-opened",
            "VOTE-54",
            "4 opened ballots where 3 are allowed",
            &[&[slot(0)], &opened[..]].concat(),
        ),
    ]
}

fn logs() -> Vec<Case> {
    let head = receipt_head().log.to_canonical();
    let log = |name, reason, entries: Vec<BoardEntry>| Case {
        name,
        kind: Kind::Log,
        rule: "VOTE-16",
        reason,
        inputs: [vec![head.clone()], bytes(&entries)].concat(),
    };
    let whole = receipt_board();
    let mut removed = whole.clone();
    removed.remove(1);
    let mut reordered = whole.clone();
    reordered.swap(1, 2);
    let mut replaced = whole.clone();
    replaced[1] = Citizen::register(4, CITIZENS).cast(1);
    let mut other_form = whole;
    if let BoardEntry::Cast(cast) = &mut other_form[1] {
        cast.ballot = cast.ballot.compact();
    }
    vec![
        log("log-entry-removed", "an entry is missing", removed),
        log("log-entries-reordered", "two entries have changed places", reordered),
        log("log-entry-replaced", "another ballot in its place", replaced),
        log("log-entry-in-another-form", "the bytes of an entry are in its leaf", other_form),
    ]
}

fn rows() -> Vec<Case> {
    let first = HELD.rows[0];
    let twice = IssuanceRow { blinded: Hash::ZERO, ..first };
    let many: Vec<_> = (0..=ROLL)
        .map(|person| IssuanceRow { voter: roll_entry(CITIZENS, person).tag(POLL.id()), ..first })
        .collect();
    let stranger = IssuanceRow { registrar: 3, ..first };
    vec![
        case(
            "rows-two-for-one-person",
            Kind::Rows,
            ("VOTE-51", "a registrar signed twice for one person"),
            &[first, twice],
        ),
        case("rows-more-than-the-roll", Kind::Rows, ("VOTE-13", "61 rows for a roll of 60"), &many),
        case("rows-of-no-registrar", Kind::Rows, ("VOTE-13", "registrar 3 of 0 to 2"), &[stranger]),
    ]
}

fn decryption() -> Vec<Case> {
    let honest = HELD.record.shares[0][0].dangerous_unverified().unwrap();
    let signed = |change: &dyn Fn(&mut citizen_voting::decryption::DecryptionShares)| {
        let mut changed = honest.clone();
        change(&mut changed);
        [Signed::sign(&changed, &trustee_key(0))]
    };
    let mut smaller = HELD.clone();
    let last = smaller.place(|entry| *entry == Citizen::register(23, CITIZENS).cast(2));
    smaller.board.remove(last);
    let second_tally = shares(&smaller.tally(CITIZENS), &[0]);
    let share = |name, rule, reason, inputs: &[_]| case(name, Kind::Shares, (rule, reason), inputs);
    let mut wrong = HELD.record.result.clone();
    wrong.electorates[0].sums.as_mut().unwrap()[0].cells.swap(0, 1);
    let mut hidden = HELD.record.result.clone();
    hidden.electorates[0].sums = None;
    let mut foreign = HELD.record.result.clone();
    foreign.electorates[1].sums = Some(open(&HELD.tally(CITIZENS), &HELD.record.shares[0]));
    vec![
        share(
            "shares-of-a-second-tally",
            "VOTE-17",
            "one ballot less: the difference would be that ballot",
            &second_tally,
        ),
        share(
            "shares-of-another-electorate",
            "VOTE-17",
            "the other electorate's",
            &HELD.record.shares[1][..1],
        ),
        share(
            "shares-with-a-wrong-share",
            "VOTE-2",
            "the share is in the challenge",
            &signed(&|shares| {
                shares.contests[0][0].share = shares.contests[0][1].share;
            }),
        ),
        share(
            "shares-with-a-wrong-response",
            "VOTE-2",
            "the proof does not hold",
            &signed(&|shares| {
                shares.contests[0][0].response = shares.contests[0][1].response;
            }),
        ),
        share(
            "shares-under-another-trustees-number",
            "VOTE-11",
            "trustee 1 signs for trustee 2",
            &signed(&|shares| {
                shares.trustee = citizen_voting::TrusteeIndex::new(2);
            }),
        ),
        share(
            "shares-with-a-cell-missing",
            "VOTE-11",
            "not one share for each sum",
            &signed(&|shares| {
                shares.contests[0].pop();
            }),
        ),
        share(
            "shares-signed-by-a-stranger",
            "VOTE-11",
            "no trustee signed this",
            &[Signed::sign(&honest, &registrar_key(0))],
        ),
        case(
            "result-with-two-options-swapped",
            Kind::Result,
            ("VOTE-9", "not what the shares open"),
            &[wrong],
        ),
        case("result-not-opened", Kind::Result, ("VOTE-55", "24 ballots are enough to be opened"), &[hidden]),
        case(
            "result-of-another-electorate",
            Kind::Result,
            ("VOTE-9", "not what the shares open"),
            &[foreign],
        ),
    ]
}

fn promises() -> Vec<Case> {
    let case = |name, reason, promise: RelayPromise, key| {
        case(name, Kind::Promise, ("VOTE-53", reason), &[Signed::sign(&promise, &key)])
    };
    let mut other = promise(1);
    other.sequence = citizen_voting::Sequence::new(2);
    vec![
        case("promise-of-no-relay", "a registrar's signature", promise(1), registrar_key(0)),
        case("promise-about-another-ballot", "another number", other, relay_key(0)),
        case("promise-for-too-late-a-slot", "slot 3 where 2 is the next", promise(2), relay_key(0)),
        case("promise-after-closing", "there is no slot 6", promise(5), relay_key(1)),
    ]
}

fn receipts() -> Vec<Case> {
    let case = |name, rule, reason, receipt| case(name, Kind::Receipt, (rule, reason), &[receipt]);
    let mut clash = receipt(2);
    clash.leaf.voting_key = Citizen::register(2, CITIZENS).voting_key();
    let mut forged = receipt(1);
    forged.leaf = receipt(2).leaf;
    let mut moved = receipt(2);
    moved.proof.index = 1;
    let mut shorter = receipt(2);
    shorter.proof.count -= 1;
    let mut other_board = receipt(2);
    other_board.head.log.root = Hash::ZERO;
    vec![
        case("receipt-of-another-key", "VOTE-5", "another citizen's receipt", clash),
        case("receipt-of-another-ballot", "VOTE-5", "the leaf of the ballot beside it", receipt(1)),
        case("receipt-with-a-forged-leaf", "VOTE-5", "the path is another leaf's", forged),
        case("receipt-at-another-place", "VOTE-16", "the path leads to another place", moved),
        case(
            "receipt-of-a-shorter-board",
            "VOTE-16",
            "another number of entries than the verified head",
            shorter,
        ),
        case("receipt-of-another-board", "VOTE-16", "another root than the verified one", other_board),
        case("receipt-of-an-opened-ballot", "VOTE-54", "an opened ballot does not count", receipt(3)),
    ]
}
