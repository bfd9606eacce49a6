//! What must be refused, made from what is in order by one wrong step each.

mod ballots;
mod logs;
mod manifests;
mod tokens;

use super::{Case, Kind, frozen};
use crate::support::ballot_leaf;
use crate::support::city::{Citizen, KEYS};
use crate::support::manifest::*;
use crate::support::record::{HELD, slot};
use citizen_keys::Signed;
use citizen_merkle::MemoryTree;
use citizen_primitives::Canonical;
use citizen_voting::BoardEntry;
use citizen_voting::board::BoardHead;
use citizen_voting::receipt::Receipt;
use citizen_voting::relay::RelayPromise;

/// The ballot that promises and receipts are about: `cast-entry`.
pub(super) fn mine() -> BoardEntry {
    Citizen::register(1, CITIZENS).cast(1)
}

/// The board of the receipts.
fn receipt_board() -> Vec<BoardEntry> {
    vec![slot(0), Citizen::register(2, CITIZENS).cast(1), mine(), Citizen::register(3, CITIZENS).spoil(1)]
}

pub(super) fn receipt_head() -> BoardHead {
    super::refuse::head_of(&receipt_board())
}

pub(super) fn receipt(index: u64) -> Receipt {
    let board = receipt_board();
    let tree = MemoryTree::of(board.iter().map(|entry| entry.leaf().hash()));
    let leaf = ballot_leaf(&board[usize::try_from(index).unwrap()].leaf());
    Receipt { leaf, proof: tree.prove_inclusion(index).unwrap(), head: receipt_head() }
}

pub(super) fn promise(slot: u32) -> RelayPromise {
    RelayPromise::new(POLL.id(), &ballot_leaf(&mine().leaf()), slot)
}

fn bytes<T: Canonical>(values: &[T]) -> Vec<Vec<u8>> {
    values.iter().map(Canonical::to_canonical).collect()
}

/// What each kind accepts.
pub(super) fn neighbours() -> Vec<(Kind, Vec<Vec<u8>>)> {
    let citizen = Citizen::register(1, CITIZENS);
    let (BoardEntry::Cast(cast), BoardEntry::Spoiled(spoiled)) = (mine(), citizen.spoil(1)) else {
        unreachable!("a ballot that is cast, one that is opened")
    };
    let head = receipt_head().log.to_canonical();
    vec![
        (Kind::Manifest, bytes(&[manifest()])),
        (Kind::Ceremony, bytes(&KEYS.messages)),
        (Kind::Ballot, bytes(std::slice::from_ref(&cast.ballot))),
        (Kind::Ballot, bytes(&[cast.ballot.compact()])),
        (Kind::Token, bytes(&[cast])),
        (Kind::Opening, bytes(&[spoiled])),
        (Kind::Board, bytes(&HELD.board)),
        (Kind::Log, [vec![head], bytes(&receipt_board())].concat()),
        (Kind::Rows, bytes(&HELD.rows)),
        (Kind::Shares, bytes(&HELD.record.shares[0][..1])),
        (Kind::Result, bytes(std::slice::from_ref(&HELD.record.result))),
        (Kind::Promise, bytes(&[Signed::sign(&promise(1), &relay_key(0))])),
        (Kind::Receipt, bytes(&[receipt(2)])),
    ]
}

fn cases() -> Vec<Case> {
    [manifests::cases(), ballots::cases(), tokens::cases(), logs::cases()].into_iter().flatten().collect()
}

#[test]
fn the_invalid_vectors_are_the_frozen_ones() {
    let cases = cases();
    let mut lines = Vec::new();
    for Case { name, kind, rule, reason, inputs } in &cases {
        lines.push(format!("case = {name} | {} | {rule} | {reason}", kind.text()));
        lines.extend(inputs.iter().map(|input| format!("input = {}", hex::encode(input))));
        assert!(!super::refuse::accepted(*kind, inputs), "{name}");
    }
    let names: std::collections::BTreeSet<_> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len());
    let head = "citizen-voting, version 1: what must be refused. `case = name | kind | rule of the README | reason`, then its inputs in\n\
                hexadecimal. What each kind is, and what it is held against: ../SPEC.md, the last section; how each is made:\n\
                ../tests/voting/vectors/invalid.";
    frozen("invalid.txt", head, &lines);
}
