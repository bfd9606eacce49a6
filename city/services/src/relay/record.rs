//! What a relay keeps: of a ballot on its way its bytes and its slot, under its voting key and digest; of the board what everybody can
//! read there. No address, no time, no order of arrival.

use crate::db::Table;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_ledger::{ProvenState, SignedTransaction};
use citizen_merkle::NodePosition;
use citizen_primitives::{Hash, Height, PollId};
use citizen_voting::ballot::Fingerprint;
use citizen_voting::board::{BallotLeaf, BoardEntry};
use citizen_voting::group::Encoded;
use citizen_voting::identifier::{ElectorateIndex, VotingKey};
use citizen_voting::relay::RelayPromise;

/// [`Active`] by poll: those with ballots on their way.
pub(super) const ACTIVE: Table = Table::new("active");
/// [`Coming`] by poll, electorate, voting key and digest of the entry.
pub(super) const COMING: Table = Table::new("coming");
/// [`There`] by poll and element: those of ballots on their way.
pub(super) const COMING_ELEMENTS: Table = Table::new("coming-elements");
/// [`Batch`] by poll and the digest of its transaction.
pub(super) const BATCHES: Table = Table::new("batches");

/// The [`citizen_merkle::Frontier`] of the board as far as it was read, by poll.
pub(super) const READ: Table = Table::new("board-read");
/// A [`citizen_voting::board::KeyStanding`] by poll, electorate and voting key.
pub(super) const VOTERS: Table = Table::new("voters");
/// [`Stands`] by poll, electorate, voting key and fingerprint.
pub(super) const STANDING: Table = Table::new("standing");
/// [`There`] by poll and element: those on the board.
pub(super) const ELEMENTS: Table = Table::new("elements");
/// A [`Hash`] by poll and position in the board's tree.
pub(super) const NODES: Table = Table::new("nodes");
/// [`Shown`] by poll.
pub(super) const SHOWN: Table = Table::new("shown");

/// A poll with something on its way.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub(super) struct Active(pub(super) PollId);

/// A ballot on its way.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Coming {
    pub(super) entry: BoardEntry,
    pub(super) promise: Signed<RelayPromise>,
    /// The slot in which it came.
    pub(super) slot: u32,
}

/// A batch on its way.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Batch {
    pub(super) transaction: SignedTransaction,
    pub(super) valid_until: Height,
    /// The keys of its ballots in [`COMING`].
    pub(super) ballots: Vec<Vec<u8>>,
}

/// A ballot on the board.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub(super) struct Stands {
    pub(super) index: u64,
    pub(super) leaf: BallotLeaf,
}

/// That something is there.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub(super) struct There;

/// By what the board is proved as far as it was read.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Shown {
    pub(super) light_block: Vec<u8>,
    pub(super) state: ProvenState,
}

citizen_primitives::canonical!(Active = 1, Coming = 1, Batch = 1, Stands = 1, There = 1, Shown = 1);

pub(super) fn voter_key(poll: PollId, electorate: ElectorateIndex, key: &VotingKey) -> Vec<u8> {
    [poll.as_bytes().as_slice(), &[electorate.number()], key.as_bytes()].concat()
}

pub(super) fn coming_key(poll: PollId, leaf: &BallotLeaf) -> Vec<u8> {
    let mut key = voter_key(poll, leaf.electorate, &leaf.voting_key);
    key.extend_from_slice(leaf.entry.as_bytes());
    key
}

pub(super) fn standing_key(
    poll: PollId,
    electorate: ElectorateIndex,
    key: &VotingKey,
    fingerprint: &Fingerprint,
) -> Vec<u8> {
    let mut standing = voter_key(poll, electorate, key);
    standing.extend_from_slice(fingerprint.as_bytes());
    standing
}

pub(super) fn element_key(poll: PollId, element: &Encoded) -> Vec<u8> {
    [poll.as_bytes().as_slice(), element.as_bytes()].concat()
}

pub(super) fn node_key(poll: PollId, position: NodePosition) -> Vec<u8> {
    [poll.as_bytes().as_slice(), &[position.level], &position.index.to_be_bytes()].concat()
}

pub(super) fn batch_key(poll: PollId, transaction: &SignedTransaction) -> Vec<u8> {
    [poll.as_bytes().as_slice(), transaction.id().as_bytes()].concat()
}

/// The elements of a ballot that is cast: each stands on the board once (VOTE-3). An opened one leaves none there.
pub(super) fn elements(entry: &BoardEntry) -> Vec<Encoded> {
    match entry {
        BoardEntry::Cast(cast) => {
            let contests = cast.ballot.ballot.contests.iter();
            contests.flat_map(|contest| &contest.ciphertexts).flat_map(|cell| [cell.a, cell.b]).collect()
        }
        BoardEntry::Slot(_) | BoardEntry::Spoiled(_) => Vec::new(),
    }
}

/// The poll that an entry says it is of.
pub(super) fn poll_of(entry: &BoardEntry) -> Option<PollId> {
    match entry {
        BoardEntry::Slot(_) => None,
        BoardEntry::Cast(cast) => Some(cast.ballot.ballot.poll),
        BoardEntry::Spoiled(spoiled) => Some(spoiled.opening.poll),
    }
}

/// A node's hash as it is kept.
#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
pub(super) struct NodeHash(pub(super) Hash);
citizen_primitives::canonical!(NodeHash = 1);
