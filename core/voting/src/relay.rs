//! Relays: they carry ballots without knowing whose, in shuffled batches, one for each slot; and they sign what they promise.
//!
//! A wallet without a relay's promise takes the same bytes to another. A promise that was not kept can be shown to anybody: it is
//! held against the board (VOTE-53).

use crate::ballot::Fingerprint;
use crate::board::{BallotLeaf, BoardLeaf};
use crate::identifier::{ElectorateIndex, Sequence, VotingKey};
use crate::manifest::Poll;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, Signed};
use citizen_primitives::{Label, PollId, random};
use rand_core::CryptoRng;

/// A relay's word that a ballot will be on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RelayPromise {
    /// The poll.
    pub poll: PollId,
    /// The electorate.
    pub electorate: ElectorateIndex,
    /// The voting key.
    pub voting_key: VotingKey,
    /// The ballot's number.
    pub sequence: Sequence,
    /// The ballot.
    pub fingerprint: Fingerprint,
    /// The last slot in which it will stand there.
    pub slot: u32,
}
citizen_primitives::canonical!(RelayPromise = 1);

impl Document for RelayPromise {
    const LABEL: Label = Label::RelayPromise;
}

/// Why a promise is worth nothing to a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PromiseError {
    /// No relay of the manifest has signed it.
    #[error("no relay of the manifest has signed this")]
    NotARelay,
    /// It is about another ballot.
    #[error("a promise about another ballot")]
    AnotherBallot,
    /// It promises a slot that comes too late, or never.
    #[error("slot {0} is later than the one after this")]
    TooLate(u32),
}

impl RelayPromise {
    /// A promise for what came in during `slot`: it stands on the board in that slot or the next.
    #[must_use]
    pub const fn new(poll: PollId, leaf: &BallotLeaf, slot: u32) -> Self {
        Self {
            poll,
            electorate: leaf.electorate,
            voting_key: leaf.voting_key,
            sequence: leaf.sequence,
            fingerprint: leaf.fingerprint,
            slot: slot.saturating_add(1),
        }
    }
}

/// Checks what a relay answered: the signature of one of the manifest's relays, about this ballot, for the next slot at the latest.
pub fn check_promise(
    poll: &Poll,
    leaf: &BallotLeaf,
    slot: u32,
    signed: &Signed<RelayPromise>,
) -> Result<RelayPromise, PromiseError> {
    let mut keys = poll.relays().iter().map(|relay| &relay.signing);
    let promise = keys.find_map(|key| signed.verify(key).ok()).ok_or(PromiseError::NotARelay)?;
    let expected = RelayPromise::new(poll.id(), leaf, slot);
    if (RelayPromise { slot: expected.slot, ..promise }) != expected {
        return Err(PromiseError::AnotherBallot);
    }
    if promise.slot > expected.slot || promise.slot >= poll.slots() {
        return Err(PromiseError::TooLate(promise.slot));
    }
    Ok(promise)
}

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The ballot stands at this place.
    Yes {
        /// Its place on the board.
        index: u64,
    },
    /// A later ballot of the same voting key stood there first, so the board could not take this one any more.
    Overtaken,
    /// Neither: the relay broke its word.
    No,
}

/// Holds a promise against the whole board, leaf by leaf (VOTE-53).
#[derive(Debug, Clone)]
pub struct PromiseAudit {
    promise: RelayPromise,
    slot: Option<u32>,
    index: u64,
    kept: Kept,
}

impl PromiseAudit {
    /// Begins at the board's first leaf.
    #[must_use]
    pub const fn new(promise: RelayPromise) -> Self {
        Self { promise, slot: None, index: 0, kept: Kept::No }
    }

    /// The next leaf.
    pub fn leaf(&mut self, leaf: &BoardLeaf) {
        let index = self.index;
        self.index = self.index.saturating_add(1);
        match leaf {
            BoardLeaf::Slot(mark) => self.slot = Some(mark.slot),
            BoardLeaf::Cast(ballot) | BoardLeaf::Spoiled(ballot) => self.ballot(ballot, index),
        }
    }

    /// The verdict after the last leaf of the promised slot.
    #[must_use]
    pub const fn verdict(&self) -> Kept {
        self.kept
    }

    fn ballot(&mut self, ballot: &BallotLeaf, index: u64) {
        let RelayPromise { poll: _, electorate, voting_key, sequence, fingerprint, slot } = &self.promise;
        let of_her = (&ballot.electorate, &ballot.voting_key) == (electorate, voting_key);
        if self.kept != Kept::No || !of_her || self.slot.is_none_or(|now| now > *slot) {
            return;
        }
        if ballot.fingerprint == *fingerprint {
            self.kept = Kept::Yes { index };
        } else if ballot.sequence >= *sequence {
            self.kept = Kept::Overtaken;
        }
    }
}

/// Puts a batch into an order that says nothing about the one in which it came in: Fisher and Yates, without bias.
pub fn shuffle<T>(batch: &mut [T], rng: &mut dyn CryptoRng) {
    for last in (1..batch.len()).rev() {
        batch.swap(last, below(last.saturating_add(1), rng));
    }
}

/// A number below `bound`, each as likely as any other.
fn below(bound: usize, rng: &mut dyn CryptoRng) -> usize {
    let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
    // The largest multiple of the bound: above it, some numbers would come up more often.
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = u64::from_le_bytes(random::generate_array(rng));
        if drawn < limit {
            return usize::try_from(drawn % bound).unwrap_or_default();
        }
    }
}
