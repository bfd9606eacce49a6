//! Reading a whole board. Whoever asked a gateway for one voting key's ballot, or for one place, would tell it which address holds
//! which key: so the phone reads all of it and finds its own leaf by itself (BALLOT-11). Memory does not grow with the ballots.

use crate::error::{Party, Subject, WalletError, mapping};
use crate::link::Snapshot;
use crate::place;
use crate::record::{KeptProof, KeptReceipt};
use crate::wallet::Wallet;
use citizen_ledger::{VerifiedHeader, state_key};
use citizen_merkle::{Frontier, InclusionProof, Node, NodePosition, NodeReader, leaf_hash};
use citizen_primitives::{Canonical as _, Hash, PollId};
use citizen_voting::ballot::Fingerprint;
use citizen_voting::board::{BallotLeaf, BoardHead, BoardLeaf, LogHead};
use citizen_voting::receipt::Receipt;
use citizen_voting::{ElectorateIndex, VotingKey};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Whose ballots are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose {
    pub(super) poll: PollId,
    pub(super) electorate: ElectorateIndex,
    pub(super) voting_key: VotingKey,
}

/// A ballot of hers on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) index: u64,
    pub(super) slot: Option<u32>,
    pub(super) opened: bool,
    pub(super) leaf: BallotLeaf,
}

/// A board that was read from its first leaf to its proved head.
pub(super) struct BoardRead {
    /// The head, and by what it is proved.
    pub(super) head: LogHead,
    pub(super) snapshot: Snapshot,
    /// Her ballots, in the board's order.
    pub(super) found: Vec<Found>,
    /// Whether an earlier head that was asked about is a beginning of this board; none if it was not asked.
    pub(super) extends: Option<bool>,
    path: Path,
}

/// What is looked for besides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    /// The ballot whose place is proved.
    pub(super) placed: Option<Fingerprint>,
    /// A head that was seen before.
    pub(super) earlier: Option<LogHead>,
}

impl Wallet {
    /// Reads the board as it stands now.
    pub(super) async fn read_board(&self, whose: Whose, asked: Asked) -> Result<BoardRead, WalletError> {
        let key = state_key::board(&whose.poll);
        let link = self.link().await?;
        let snapshot = link.fresh(std::slice::from_ref(&key)).await?;
        let head = snapshot.get::<Frontier>(&key)?.into_parts().0;
        let head = head.map_or_else(|| LogHead::of(&Frontier::new()), |frontier| LogHead::of(&frontier));
        let mut reading = Reading::new(whose, asked);
        while reading.frontier.count() < head.count {
            let page = link.ledger().log_leaves(place::ASK_BOARD, &key, reading.frontier.count()).await?;
            if page.is_empty() {
                return Err(unproved());
            }
            for leaf in page {
                if reading.frontier.count() < head.count {
                    reading.leaf(&leaf.leaf)?;
                }
            }
        }
        if LogHead::of(&reading.frontier) != head {
            return Err(unproved());
        }
        let extends = asked.earlier.map(|earlier| reading.began_with == Some(earlier));
        Ok(BoardRead { head, snapshot, found: reading.found, extends, path: reading.path })
    }
}

impl BoardRead {
    /// The ballot with this fingerprint, if it was cast and stands there.
    pub(super) fn cast(&self, fingerprint: &Fingerprint) -> Option<&Found> {
        self.found.iter().find(|found| !found.opened && found.leaf.fingerprint == *fingerprint)
    }

    /// The ballot that counts: the last that was cast.
    pub(super) fn counts(&self) -> Option<&Found> {
        self.found.iter().rev().find(|found| !found.opened)
    }

    /// A receipt for the ballot whose place was asked for, made without asking anybody for it.
    pub(super) fn receipt(&self, poll: PollId, found: &Found) -> Option<KeptReceipt> {
        let proof = InclusionProof::prove(&self.path, found.index, self.head.count).ok()?;
        let receipt = Receipt { leaf: found.leaf, proof, head: BoardHead { poll, log: self.head } };
        Some(KeptReceipt { receipt, proof: self.snapshot.keep() })
    }
}

/// The head of a poll's board under a header, by a proof that was kept or brought.
pub(super) fn head_in(header: &VerifiedHeader, poll: &PollId, kept: &KeptProof) -> Option<BoardHead> {
    let frontier = header.prove_in::<Frontier>(&state_key::board(poll), &kept.state).ok()?.present()?;
    Some(BoardHead { poll: *poll, log: LogHead::of(frontier.value()) })
}

/// A reading under way.
struct Reading {
    whose: Whose,
    asked: Asked,
    frontier: Frontier,
    slot: Option<u32>,
    found: Vec<Found>,
    began_with: Option<LogHead>,
    path: Path,
}

impl Reading {
    fn new(whose: Whose, asked: Asked) -> Self {
        let mut reading = Self {
            whose,
            asked,
            frontier: Frontier::new(),
            slot: None,
            found: Vec::new(),
            began_with: None,
            path: Path::default(),
        };
        reading.compare();
        reading
    }

    fn leaf(&mut self, bytes: &[u8]) -> Result<(), WalletError> {
        let leaf = BoardLeaf::from_canonical(bytes).map_err(|_| unproved())?;
        let index = self.frontier.count();
        match &leaf {
            BoardLeaf::Slot(mark) => self.slot = Some(mark.slot),
            BoardLeaf::Cast(ballot) => self.ballot(index, false, ballot),
            BoardLeaf::Spoiled(ballot) => self.ballot(index, true, ballot),
        }
        let completed = self.frontier.append(leaf_hash(bytes));
        self.path.take(&completed);
        self.compare();
        Ok(())
    }

    fn ballot(&mut self, index: u64, opened: bool, leaf: &BallotLeaf) {
        if (leaf.electorate, leaf.voting_key) != (self.whose.electorate, self.whose.voting_key) {
            return;
        }
        self.found.push(Found { index, slot: self.slot, opened, leaf: *leaf });
        if !opened && self.asked.placed == Some(leaf.fingerprint) {
            self.path.begin(index);
        }
    }

    fn compare(&mut self) {
        if self.asked.earlier.is_some_and(|earlier| earlier.count == self.frontier.count()) {
            self.began_with = Some(LogHead::of(&self.frontier));
        }
    }
}

/// What a proof of one place needs of a tree that is read once: the siblings on the way up. Those to the left are the latest complete
/// subtrees when the leaf comes; those to the right complete later, or are made of the right edge at the end.
#[derive(Debug, Default)]
struct Path {
    index: Option<u64>,
    /// Of each level the latest complete subtree that is a left child.
    edge: BTreeMap<u8, Node>,
    kept: BTreeMap<NodePosition, Hash>,
}

impl Path {
    /// The next leaf is the one whose place is proved.
    fn begin(&mut self, index: u64) {
        self.index = Some(index);
        self.kept = self.edge.values().map(|node| (node.position, node.hash)).collect();
    }

    fn take(&mut self, completed: &[Node]) {
        for node in completed {
            let NodePosition { level, index } = node.position;
            if index & 1 == 0 {
                self.edge.insert(level, *node);
            }
            let is_sibling = self
                .index
                .is_some_and(|of| of.checked_shr(u32::from(level)).unwrap_or_default() ^ 1 == index);
            if is_sibling {
                self.kept.insert(node.position, node.hash);
            }
        }
    }
}

impl NodeReader for Path {
    type Error = Infallible;

    fn node(&self, position: NodePosition) -> Result<Option<Hash>, Infallible> {
        let of_edge = || self.edge.get(&position.level).filter(|node| node.position == position);
        Ok(self.kept.get(&position).copied().or_else(|| of_edge().map(|node| node.hash)))
    }
}

const fn unproved() -> WalletError {
    mapping::unverified(Subject::Board, Party::Ledger)
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_merkle::MemoryTree;

    #[test]
    fn ballot_11_a_place_is_proved_out_of_one_reading_for_every_place_of_every_board() {
        for count in 1..70u64 {
            let leaves: Vec<Hash> = (0..count).map(|leaf| leaf_hash(&leaf.to_le_bytes())).collect();
            let whole = MemoryTree::of(leaves.iter().copied());
            for index in 0..count {
                let (mut frontier, mut path) = (Frontier::new(), Path::default());
                for (at, leaf) in (0u64..).zip(&leaves) {
                    if at == index {
                        path.begin(index);
                    }
                    path.take(&frontier.append(*leaf));
                }
                let proof = InclusionProof::prove(&path, index, count).unwrap();
                assert_eq!(proof, whole.prove_inclusion(index).unwrap(), "{index} of {count}");
                assert!(path.edge.len() + path.kept.len() < 3 * 8, "memory grows with the logarithm alone");
            }
        }
    }
}
