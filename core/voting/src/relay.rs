//! Relays: they carry ballots without knowing whose, in shuffled batches, one for each slot; and they sign what they promise.
//!
//! A wallet without a relay's promise takes the same bytes to another. A promise that was not kept can be shown to anybody: it is
//! held against the board (VOTE-53).

use crate::ballot::Fingerprint;
use crate::board::{BallotLeaf, BoardEntry, BoardLeaf, KeyStanding};
use crate::group::Encoded;
use crate::identifier::{ElectorateIndex, Sequence, VotingKey};
use crate::manifest::Poll;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, Signed};
use citizen_primitives::{Label, PollId, UnixTime, random};
use rand_core::CryptoRng;
use std::collections::BTreeSet;

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
    /// The board could not take it any more: a later ballot of the same voting key stood there first, or as many as it may have, or
    /// an element of it; or there were as many voting keys as rows.
    Overtaken,
    /// Nothing shows that the ledger took anything in the promised slot or the one after it.
    Unclear,
    /// The ledger took others' entries and not this one: the relay broke its word.
    No,
}

/// Holds a promise against the whole board, entry by entry (VOTE-53).
///
/// The board's own rules are run along: nobody is blamed for what they refuse. And a relay has one slot of grace, because it submits
/// once in each slot and a block may come late.
#[derive(Debug, Clone)]
pub struct PromiseAudit<'a> {
    poll: &'a Poll,
    promise: RelayPromise,
    promised: BoardLeaf,
    rows: u64,
    elements: BTreeSet<Encoded>,
    keys: BTreeSet<VotingKey>,
    standing: KeyStanding,
    repeated: bool,
    lived: bool,
    slot: Option<u32>,
    index: u64,
    found: Option<u64>,
}

impl<'a> PromiseAudit<'a> {
    /// Begins at the board's first entry. `ballot` is the one that was promised; `rows` how many the registrar with the fewest has
    /// written for the electorate.
    pub fn new(
        poll: &'a Poll,
        promise: RelayPromise,
        ballot: &BoardEntry,
        rows: u64,
    ) -> Result<Self, PromiseError> {
        let leaf = ballot.leaf();
        let same = |own: &BallotLeaf| {
            RelayPromise { slot: promise.slot, ..RelayPromise::new(poll.id(), own, 0) } == promise
        };
        if !leaf.ballot().is_some_and(same) {
            return Err(PromiseError::AnotherBallot);
        }
        Ok(Self {
            poll,
            promise,
            promised: leaf,
            rows,
            elements: elements(ballot).collect(),
            keys: BTreeSet::new(),
            standing: KeyStanding::default(),
            repeated: false,
            lived: false,
            slot: None,
            index: 0,
            found: None,
        })
    }

    /// The next entry.
    pub fn entry(&mut self, entry: &BoardEntry) {
        let index = self.index;
        self.index = self.index.saturating_add(1);
        let leaf = entry.leaf();
        if let BoardLeaf::Slot(mark) = leaf {
            self.slot = Some(mark.slot);
            self.lived |= self.is_due(mark.slot);
        } else if self.slot.is_some_and(|slot| slot <= self.last_slot()) {
            self.ballot(&leaf, entry, index);
        }
    }

    /// A verified header's time: a block shows that the ledger took transactions then.
    pub fn block(&mut self, time: UnixTime) {
        self.lived |= self.poll.slot_at(time).is_some_and(|slot| self.is_due(slot));
    }

    /// The verdict, once the slot after the promised one is over, or the board closed.
    #[must_use]
    pub fn verdict(&self) -> Kept {
        let new_key_too_many = self.standing.is_new() && count(&self.keys) >= self.rows;
        match self.found {
            Some(index) => Kept::Yes { index },
            None if self.repeated || new_key_too_many => Kept::Overtaken,
            None if self.standing.after(self.poll, &self.promised).is_err() => Kept::Overtaken,
            None if self.lived => Kept::No,
            None => Kept::Unclear,
        }
    }

    fn is_due(&self, slot: u32) -> bool {
        (self.promise.slot..=self.last_slot()).contains(&slot)
    }

    /// The slot of grace.
    const fn last_slot(&self) -> u32 {
        self.promise.slot.saturating_add(1)
    }

    fn ballot(&mut self, leaf: &BoardLeaf, entry: &BoardEntry, index: u64) {
        let Some(ballot) = leaf.ballot() else { return };
        let RelayPromise { electorate, voting_key, fingerprint, .. } = self.promise;
        if (ballot.electorate, ballot.voting_key, ballot.fingerprint) == (electorate, voting_key, fingerprint)
            && std::mem::discriminant(leaf) == std::mem::discriminant(&self.promised)
        {
            self.found = self.found.or(Some(index));
            return;
        }
        self.repeated |= elements(entry).any(|element| self.elements.contains(&element));
        if ballot.electorate == electorate {
            self.keys.insert(ballot.voting_key);
            if ballot.voting_key == voting_key
                && let Ok(after) = self.standing.after(self.poll, leaf)
            {
                self.standing = after;
            }
        }
    }
}

fn count(keys: &BTreeSet<VotingKey>) -> u64 {
    u64::try_from(keys.len()).unwrap_or(u64::MAX)
}

/// Every A and B of a cast ballot.
fn elements(entry: &BoardEntry) -> impl Iterator<Item = Encoded> {
    let ballot = match entry {
        BoardEntry::Cast(cast) => Some(&cast.ballot.ballot),
        BoardEntry::Slot(_) | BoardEntry::Spoiled(_) => None,
    };
    ballot.into_iter().flat_map(crate::ballot::Ballot::ciphertexts).flat_map(|pair| [pair.a, pair.b])
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
