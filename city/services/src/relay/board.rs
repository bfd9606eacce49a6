//! Reading the board: what stands there is promised no more and brought no more, whoever brought it; what can stand there no more is
//! let go.

use super::Relay;
use super::known::Known;
use super::record::{
    COMING, COMING_ELEMENTS, Coming, ELEMENTS, NODES, NodeHash, READ, SHOWN, STANDING, Shown, Stands, There,
    VOTERS, element_key, elements, node_key, standing_key, voter_key,
};
use crate::db::{DbError, Rows, Table, Writer};
use crate::error::ServiceError;
use crate::log::{self, Gained, Leaf};
use crate::places;
use citizen_client::Proven;
use citizen_ledger::state_key;
use citizen_merkle::Frontier;
use citizen_primitives::{Canonical as _, PollId};
use citizen_voting::board::{BallotLeaf, BoardEntry, BoardError, BoardLeaf, KeyStanding};
use citizen_voting::manifest::Poll;

impl Relay {
    /// Reads what the board has gained, up to where it is proved (RELAY-4). What comes back is by what it is proved.
    pub(super) async fn read_board(&self, known: &Known) -> Result<Proven, ServiceError> {
        let poll = known.poll.id();
        let board = state_key::board(&poll);
        let keys = [board.clone(), state_key::parameters()];
        let proven = self.party.ledger().state(places::RELAY_ASK_STATE, &keys).await?;
        let seen: Option<Frontier> = self.party.db().read(|rows| rows.find(READ, poll.as_bytes()))?;
        let seen = seen.unwrap_or_default();
        let gained = log::follow(&self.party, places::RELAY_ASK_LOG, &board, &seen, &proven).await?;
        if !gained.leaves.is_empty() {
            let shown = proven.only(std::slice::from_ref(&board));
            self.party.db().commit(places::RELAY_BOARD, |writer| {
                // Somebody else has read on meanwhile.
                let is_next = writer.find::<Frontier>(READ, poll.as_bytes())?.unwrap_or_default() == seen;
                if is_next { note(writer, &known.poll, &gained, &shown) } else { Ok(()) }
            })?;
        }
        known.set_read(proven.header().time());
        Ok(proven)
    }
}

fn note(writer: &Writer<'_>, poll: &Poll, gained: &Gained, proven: &Proven) -> Result<(), ServiceError> {
    let id = poll.id();
    for leaf in &gained.leaves {
        note_leaf(writer, poll, leaf)?;
    }
    for node in &gained.nodes {
        writer.put(NODES, &node_key(id, node.position), &NodeHash(node.hash))?;
    }
    writer.put(READ, id.as_bytes(), &gained.frontier)?;
    let light_block = proven.light_block().to_bytes();
    writer.put(SHOWN, id.as_bytes(), &Shown { light_block, state: proven.proofs().clone() })?;
    // What has got there cannot stand there again, and goes with what was overtaken.
    for (key, coming) in writer.under::<Coming>(COMING, id.as_bytes())? {
        if !can_stand(writer, poll, &coming.entry)? {
            let_go(writer, id, &key, &coming)?;
        }
    }
    Ok(())
}

fn note_leaf(writer: &Writer<'_>, poll: &Poll, leaf: &Leaf) -> Result<(), ServiceError> {
    let id = poll.id();
    let read = BoardLeaf::from_canonical(&leaf.bytes).map_err(|_| ServiceError::Unavailable)?;
    let Some(ballot) = read.ballot() else { return Ok(()) };
    let entry = BoardEntry::from_canonical(&leaf.content).map_err(|_| ServiceError::Unavailable)?;
    // The leaf is proved; the content is what it holds the digest of, or the gateway has made it up.
    if entry.leaf() != read {
        return Err(ServiceError::Unavailable);
    }
    let voter = voter_key(id, ballot.electorate, &ballot.voting_key);
    let standing: KeyStanding = writer.find(VOTERS, &voter)?.unwrap_or_default();
    writer.put(VOTERS, &voter, &standing.after(poll, &read).unwrap_or(standing))?;
    for element in elements(&entry) {
        writer.put(ELEMENTS, &element_key(id, &element), &There)?;
    }
    if matches!(read, BoardLeaf::Cast(_)) {
        let key = standing_key(id, ballot.electorate, &ballot.voting_key, &ballot.fingerprint);
        writer.put(STANDING, &key, &Stands { index: leaf.index, leaf: *ballot })?;
    }
    Ok(())
}

/// Whether the ledger could still put it on the board.
fn can_stand(rows: &impl Rows, poll: &Poll, entry: &BoardEntry) -> Result<bool, DbError> {
    let leaf = entry.leaf();
    let Some(ballot) = leaf.ballot() else { return Ok(false) };
    if standing_of(rows, poll.id(), ballot)?.after(poll, &leaf).is_err() {
        return Ok(false);
    }
    Ok(!has_element(rows, ELEMENTS, poll.id(), entry)?)
}

/// What the board knows of a voting key.
pub(super) fn standing_of(
    rows: &impl Rows,
    poll: PollId,
    ballot: &BallotLeaf,
) -> Result<KeyStanding, DbError> {
    let key = voter_key(poll, ballot.electorate, &ballot.voting_key);
    Ok(rows.find(VOTERS, &key)?.unwrap_or_default())
}

/// What the board will know of a voting key once all that is on its way stands there, this entry too.
pub(super) fn standing_with(
    standing: KeyStanding,
    poll: &Poll,
    coming: &[BoardEntry],
    leaf: &BoardLeaf,
) -> Result<KeyStanding, BoardError> {
    let mut leaves: Vec<BoardLeaf> = coming.iter().map(BoardEntry::leaf).collect();
    leaves.sort_by_key(|leaf| leaf.ballot().map(|ballot| ballot.sequence));
    // What is on its way was held against the board when it came; a part of it may have been overtaken since.
    let standing = leaves.iter().fold(standing, |now, leaf| now.after(poll, leaf).unwrap_or(now));
    standing.after(poll, leaf)
}

/// Whether an element of an entry stands on the board or is on its way there: the board would not take it (VOTE-3). The wallet's
/// randomness never repeats; somebody who wants to see a relay break its word could repeat hers.
pub(super) fn is_repeated(rows: &impl Rows, poll: PollId, entry: &BoardEntry) -> Result<bool, DbError> {
    Ok(has_element(rows, ELEMENTS, poll, entry)? || has_element(rows, COMING_ELEMENTS, poll, entry)?)
}

fn has_element(rows: &impl Rows, table: Table, poll: PollId, entry: &BoardEntry) -> Result<bool, DbError> {
    for element in elements(entry) {
        if rows.find::<There>(table, &element_key(poll, &element))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets a ballot that was on its way.
pub(super) fn let_go(writer: &Writer<'_>, poll: PollId, key: &[u8], coming: &Coming) -> Result<(), DbError> {
    writer.remove(COMING, key)?;
    for element in elements(&coming.entry) {
        writer.remove(COMING_ELEMENTS, &element_key(poll, &element))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use citizen_primitives::{NeverCut, Place};
    use citizen_voting::ballot::{Ballot, Ciphertext, ContestProof, EncryptedContest, SignedBallot};
    use citizen_voting::group::Encoded;
    use citizen_voting::token::Token;
    use citizen_voting::{CastBallot, ElectorateIndex, Sequence, VotingKey};
    use redb::backends::InMemoryBackend;
    use std::sync::Arc;

    const POLL: PollId = PollId::from_bytes([1; 32]);

    fn entry(a: u8, b: u8) -> BoardEntry {
        let cell = |byte| Encoded::from_bytes([byte; 32]);
        let proof = ContestProof {
            challenge: borsh::from_slice(&[0; 32]).unwrap(),
            challenges: Vec::new(),
            responses: Vec::new(),
            commitments: None,
        };
        let contest = EncryptedContest { ciphertexts: vec![Ciphertext { a: cell(a), b: cell(b) }], proof };
        let ballot = Ballot {
            poll: POLL,
            electorate: ElectorateIndex::new(0),
            voting_key: VotingKey::from_bytes([2; 32]),
            sequence: Sequence::new(1),
            contests: vec![contest],
        };
        let token = Token { signatures: Vec::new() };
        BoardEntry::Cast(CastBallot { ballot: SignedBallot { ballot, signature: [0; 64] }, token })
    }

    #[test]
    fn relay_1_no_element_is_promised_that_stands_on_the_board_or_is_on_its_way_there() {
        let db = Db::with_backend(InMemoryBackend::new(), Arc::new(NeverCut)).unwrap();
        db.commit(Place::new("test/commit"), |writer| {
            for (table, element) in [(ELEMENTS, 3), (COMING_ELEMENTS, 4)] {
                let element = Encoded::from_bytes([element; 32]);
                writer.put(table, &element_key(POLL, &element), &There)?;
            }
            Ok::<_, DbError>(())
        })
        .unwrap();
        let repeats = |entry| db.read(|rows| is_repeated(rows, POLL, &entry)).unwrap();
        assert!(!repeats(entry(1, 2)));
        assert!(repeats(entry(3, 2)));
        assert!(repeats(entry(1, 4)));
    }
}
