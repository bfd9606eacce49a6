//! The board: everything that was cast, in an RFC 6962 log that only grows.
//!
//! An entry's leaf says whose and which ballot it is, and holds the digest of the entry's bytes: a receipt is small, and no two
//! citizens can be shown the same one (VOTE-5). The board knows slots and not times (VOTE-15).

use crate::ballot::{Fingerprint, SignedBallot};
use crate::identifier::{ElectorateIndex, Sequence, VotingKey};
use crate::manifest::{Poll, Revote};
use crate::spoil::SpoiledBallot;
use crate::token::Token;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_merkle::{ConsistencyProof, Frontier, leaf_hash};
use citizen_primitives::{Canonical, Hash, Label, PollId};

/// What stands on the board.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum BoardEntry {
    /// A slot begins: what follows came in it, in no order.
    Slot(SlotMark),
    /// A ballot that counts unless a later one of the same voting key replaces it.
    Cast(CastBallot),
    /// A ballot that is opened and never counts.
    Spoiled(SpoiledBallot),
}
citizen_primitives::canonical!(BoardEntry = 1);

/// The beginning of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SlotMark {
    /// The slot, from 0 at the beginning of casting.
    pub slot: u32,
}

/// A ballot with what entitles to it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CastBallot {
    /// The ballot.
    pub ballot: SignedBallot,
    /// That its voting key is one of the electorate's.
    pub token: Token,
}
citizen_primitives::canonical!(CastBallot = 1);

/// A leaf of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum BoardLeaf {
    /// A slot begins.
    Slot(SlotMark),
    /// A ballot was cast.
    Cast(BallotLeaf),
    /// A ballot was opened.
    Spoiled(BallotLeaf),
}
citizen_primitives::canonical!(BoardLeaf = 1);

/// Whose and which ballot it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BallotLeaf {
    /// The electorate.
    pub electorate: ElectorateIndex,
    /// The voting key.
    pub voting_key: VotingKey,
    /// The ballot's number.
    pub sequence: Sequence,
    /// The ballot's fingerprint.
    pub fingerprint: Fingerprint,
    /// The digest of the entry's canonical bytes: signature and token are in it.
    pub entry: Hash,
}

impl BoardEntry {
    /// The entry's leaf.
    #[must_use]
    pub fn leaf(&self) -> BoardLeaf {
        let digest = || Hash::labelled(Label::BoardEntry, &self.to_canonical());
        match self {
            Self::Slot(mark) => BoardLeaf::Slot(*mark),
            Self::Cast(cast) => BoardLeaf::Cast(cast.leaf(digest())),
            Self::Spoiled(spoiled) => BoardLeaf::Spoiled(spoiled.leaf(digest())),
        }
    }
}

impl CastBallot {
    fn leaf(&self, entry: Hash) -> BallotLeaf {
        let ballot = &self.ballot.ballot;
        BallotLeaf {
            electorate: ballot.electorate,
            voting_key: ballot.voting_key,
            sequence: ballot.sequence,
            fingerprint: ballot.fingerprint(),
            entry,
        }
    }
}

impl SpoiledBallot {
    fn leaf(&self, entry: Hash) -> BallotLeaf {
        let opening = &self.opening;
        BallotLeaf {
            electorate: opening.electorate,
            voting_key: opening.voting_key,
            sequence: opening.sequence,
            fingerprint: opening.fingerprint,
            entry,
        }
    }
}

impl BoardLeaf {
    /// Its hash in the log: RFC 6962 over the canonical bytes.
    #[must_use]
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.to_canonical())
    }

    /// The ballot, if it is one.
    #[must_use]
    pub const fn ballot(&self) -> Option<&BallotLeaf> {
        match self {
            Self::Slot(_) => None,
            Self::Cast(leaf) | Self::Spoiled(leaf) => Some(leaf),
        }
    }
}

/// A log's state: the ledger's state holds the one of every poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LogHead {
    /// How many leaves.
    pub count: u64,
    /// The root over them.
    pub root: Hash,
}
citizen_primitives::canonical!(LogHead = 1);

/// Two heads of one log do not belong together (VOTE-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Two roots for one number of leaves, or a later log that does not begin with the earlier one.
    #[error("the log was forked: of its {earlier} leaves not all are where they were")]
    Forked {
        /// How many leaves the earlier head has.
        earlier: u64,
    },
    /// The proof is about other heads.
    #[error("a proof about other heads")]
    OtherHeads,
}

impl LogHead {
    /// Of a log as it grows.
    #[must_use]
    pub fn of(frontier: &Frontier) -> Self {
        Self { count: frontier.count(), root: frontier.root() }
    }

    /// Whether this head's log begins with the earlier one's: nothing was removed, changed or put in between (VOTE-16).
    pub fn extends(&self, earlier: &Self, proof: &ConsistencyProof) -> Result<(), LogError> {
        if (proof.old, proof.new) != (earlier.count, self.count) {
            return Err(LogError::OtherHeads);
        }
        proof.verify(&earlier.root, &self.root).map_err(|_| LogError::Forked { earlier: earlier.count })
    }
}

/// What the board knows of a voting key in its electorate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeyStanding {
    /// The highest number so far, cast or opened; 0 before the first.
    pub highest: u32,
    /// How many were cast.
    pub cast: u32,
    /// How many were opened.
    pub opened: u8,
}
citizen_primitives::canonical!(KeyStanding = 1);

/// Why an entry does not go on the board, whatever its proofs say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// Not a later slot than the last, or none of the poll (VOTE-52).
    #[error("slot {slot} cannot begin here")]
    Slot {
        /// The slot.
        slot: u32,
    },
    /// No slot has begun (VOTE-52).
    #[error("a ballot before the first slot")]
    NoSlot,
    /// An electorate that the poll does not have.
    #[error("no such electorate")]
    Electorate,
    /// Not a higher number than the last of the same voting key: an old ballot again (VOTE-22).
    #[error("ballot {sequence} of a voting key that is at {highest}")]
    Sequence {
        /// Its number.
        sequence: Sequence,
        /// The highest before it.
        highest: u32,
    },
    /// A number far ahead of the last: it would use up all those between, and the highest would end re-voting for good (VOTE-60).
    #[error("ballot {sequence} of a voting key that is at {highest}: too far ahead")]
    TooFarAhead {
        /// Its number.
        sequence: Sequence,
        /// The highest before it.
        highest: u32,
    },
    /// More cast ballots than one voting key may have: nobody fills the board alone (VOTE-59).
    #[error("more cast ballots than one voting key may have")]
    CastTooOften,
    /// A second ballot where each voting key casts once.
    #[error("a second ballot in a poll without re-voting")]
    CastBefore,
    /// More opened ballots than the manifest allows to one citizen.
    #[error("more opened ballots than one citizen may have")]
    OpenedTooMany,
}

impl KeyStanding {
    /// The most ballots that a voting key casts, replaced ones too (VOTE-59).
    pub const MOST_CAST: u32 = 64;
    /// How far ahead of the last number the next may be (VOTE-60).
    pub const LARGEST_STEP: u32 = 64;

    /// Whether the board knows nothing of the voting key yet.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.highest == 0
    }

    /// What the board knows after this entry, if it may stand there (VOTE-22, VOTE-56, VOTE-59, VOTE-60).
    pub fn after(self, poll: &Poll, leaf: &BoardLeaf) -> Result<Self, BoardError> {
        let (ballot, cast) = match leaf {
            BoardLeaf::Slot(mark) => return Err(BoardError::Slot { slot: mark.slot }),
            BoardLeaf::Cast(ballot) => (ballot, true),
            BoardLeaf::Spoiled(ballot) => (ballot, false),
        };
        if poll.electorate(ballot.electorate).is_none() {
            return Err(BoardError::Electorate);
        }
        let sequence = ballot.sequence;
        if sequence.number() <= self.highest {
            return Err(BoardError::Sequence { sequence, highest: self.highest });
        }
        if sequence.number() > self.highest.saturating_add(Self::LARGEST_STEP) {
            return Err(BoardError::TooFarAhead { sequence, highest: self.highest });
        }
        if cast && self.cast >= Self::MOST_CAST {
            return Err(BoardError::CastTooOften);
        }
        if cast && self.cast > 0 && poll.manifest().revote == Revote::Once {
            return Err(BoardError::CastBefore);
        }
        if !cast && self.opened >= poll.manifest().checks {
            return Err(BoardError::OpenedTooMany);
        }
        Ok(Self {
            highest: sequence.number(),
            cast: self.cast.saturating_add(u32::from(cast)),
            opened: self.opened.saturating_add(u8::from(!cast)),
        })
    }
}

/// The slot in which the board is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SlotStanding {
    /// The last slot that began.
    pub slot: Option<u32>,
}
citizen_primitives::canonical!(SlotStanding = 1);

impl SlotStanding {
    /// Begins a slot: later than the last, and one of the poll's (VOTE-52).
    pub fn begin(&mut self, poll: &Poll, mark: SlotMark) -> Result<(), BoardError> {
        let SlotMark { slot } = mark;
        if slot >= poll.slots() || self.slot.is_some_and(|last| slot <= last) {
            return Err(BoardError::Slot { slot });
        }
        self.slot = Some(slot);
        Ok(())
    }

    /// The slot in which an entry stands.
    pub fn current(&self) -> Result<u32, BoardError> {
        self.slot.ok_or(BoardError::NoSlot)
    }
}

/// What a poll's name and an entry's place are to each other on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BoardHead {
    /// The poll.
    pub poll: PollId,
    /// Its log.
    pub log: LogHead,
}
citizen_primitives::canonical!(BoardHead = 1);
