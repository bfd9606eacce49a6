//! A receipt says that one's own ballot stands on the verified board, and of no other ballot.

use super::support::ballot_leaf;
use super::support::city::Citizen;
use super::support::manifest::*;
use citizen_merkle::MemoryTree;
use citizen_primitives::Canonical as _;
use citizen_voting::board::*;
use citizen_voting::receipt::{Receipt, ReceiptError};

struct Board {
    entries: Vec<BoardEntry>,
    tree: MemoryTree,
}

impl Board {
    fn of(entries: Vec<BoardEntry>) -> Self {
        let tree = MemoryTree::of(entries.iter().map(|entry| entry.leaf().hash()));
        Self { entries, tree }
    }

    fn head(&self) -> BoardHead {
        BoardHead { poll: POLL.id(), log: LogHead { count: self.tree.count(), root: self.tree.root() } }
    }

    fn receipt(&self, index: u64) -> Receipt {
        let entry = &self.entries[usize::try_from(index).unwrap()];
        let proof = self.tree.prove_inclusion(index).unwrap();
        Receipt { leaf: ballot_leaf(&entry.leaf()), proof, head: self.head() }
    }
}

fn board() -> Board {
    let mut entries = vec![BoardEntry::Slot(SlotMark { slot: 0 })];
    entries.extend((1..=6).map(|person| Citizen::register(person, CITIZENS).cast(1)));
    Board::of(entries)
}

#[test]
fn a_receipt_shows_that_the_ballot_stands_on_the_board() {
    let board = board();
    for person in 1..=6u32 {
        let citizen = Citizen::register(person, CITIZENS);
        let receipt = board.receipt(u64::from(person));
        let fingerprint = citizen.ballot(1).ballot.fingerprint();
        assert_eq!(receipt.verify(&board.head(), &citizen.voting_key(), &fingerprint), Ok(()));
        assert!(receipt.to_canonical().len() < 500, "small enough for a picture");
    }
}

#[test]
fn vote_5_two_citizens_are_not_content_with_one_receipt() {
    let board = board();
    let (first, second) = (Citizen::register(1, CITIZENS), Citizen::register(2, CITIZENS));
    let fingerprint = first.ballot(1).ballot.fingerprint();
    let shown = board.receipt(1);
    assert_eq!(shown.verify(&board.head(), &first.voting_key(), &fingerprint), Ok(()));
    assert_eq!(
        shown.verify(&board.head(), &second.voting_key(), &fingerprint),
        Err(ReceiptError::AnotherKey)
    );
    let hers = second.ballot(1).ballot.fingerprint();
    assert_eq!(shown.verify(&board.head(), &first.voting_key(), &hers), Err(ReceiptError::AnotherBallot));
    // A server that writes the second's key over the first's leaf.
    let mut forged = shown;
    forged.leaf.voting_key = second.voting_key();
    forged.leaf.fingerprint = hers;
    assert_eq!(forged.verify(&board.head(), &second.voting_key(), &hers), Err(ReceiptError::NotIncluded));
}

#[test]
fn vote_16_a_receipt_of_another_board_than_the_verified_one_is_none() {
    let (board, citizen) = (board(), Citizen::register(1, CITIZENS));
    let fingerprint = citizen.ballot(1).ballot.fingerprint();
    let fork = Board::of(board.entries[..4].to_vec());
    let check =
        |receipt: &Receipt, head: &BoardHead| receipt.verify(head, &citizen.voting_key(), &fingerprint);
    assert_eq!(check(&fork.receipt(1), &board.head()), Err(ReceiptError::AnotherBoard));
    let relabelled = Receipt { head: board.head(), ..fork.receipt(1) };
    assert_eq!(check(&relabelled, &board.head()), Err(ReceiptError::AnotherBoard));
    let mut moved = board.receipt(1);
    moved.proof.index = 2;
    assert_eq!(check(&moved, &board.head()), Err(ReceiptError::NotIncluded));
}

#[test]
fn vote_54_an_opened_ballot_gets_no_receipt() {
    let citizen = Citizen::register(1, CITIZENS);
    let board = Board::of(vec![BoardEntry::Slot(SlotMark { slot: 0 }), citizen.spoil(1)]);
    let fingerprint = citizen.opening(1).fingerprint;
    let refused = board.receipt(1).verify(&board.head(), &citizen.voting_key(), &fingerprint);
    assert_eq!(refused, Err(ReceiptError::NotIncluded));
}
