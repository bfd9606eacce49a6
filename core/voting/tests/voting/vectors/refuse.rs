//! Every case of `invalid.txt`, read from the file, is refused by what it is about; and its valid neighbour is not.

use super::Kind;
use super::invalid::{self, mine};
use crate::support::ballot_leaf;
use crate::support::city::{KEYS, style};
use crate::support::manifest::*;
use crate::support::record::HELD;
use citizen_keys::Signed;
use citizen_merkle::{Frontier, MemoryTree};
use citizen_primitives::Canonical as _;
use citizen_voting::ballot::Verifier;
use citizen_voting::board::{BoardHead, KeyStanding, LogHead, SlotStanding};
use citizen_voting::ceremony::{Ceremony, Message};
use citizen_voting::decryption::Decryption;
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::receipt::Receipt;
use citizen_voting::relay::check_promise;
use citizen_voting::result::PollResult;
use citizen_voting::spoil::SpoiledBallot;
use citizen_voting::token::TokenVerifier;
use citizen_voting::{BoardEntry, BoardLeaf, CastBallot, Manifest, Poll, SignedBallot};
use std::collections::{HashMap, HashSet};

/// Whether these inputs are accepted.
pub(super) fn accepted(kind: Kind, inputs: &[Vec<u8>]) -> bool {
    match kind {
        Kind::Manifest => {
            Manifest::from_canonical(&inputs[0]).is_ok_and(|manifest| Poll::new(manifest).is_ok())
        }
        Kind::Ceremony => {
            let messages: Result<Vec<_>, _> =
                inputs.iter().map(|input| Message::from_canonical(input)).collect();
            messages.is_ok_and(|messages| Ceremony::replay(POLL.ceremony().unwrap(), &messages).is_ok())
        }
        Kind::Ballot => SignedBallot::from_canonical(&inputs[0]).is_ok_and(|signed| ballot(&signed)),
        Kind::Token => CastBallot::from_canonical(&inputs[0]).is_ok_and(|cast| {
            let ballot = &cast.ballot.ballot;
            let tokens = TokenVerifier::new(&POLL).unwrap();
            tokens.verify(ballot.electorate, &ballot.voting_key, &cast.token).is_ok()
        }),
        Kind::Opening => SpoiledBallot::from_canonical(&inputs[0])
            .is_ok_and(|spoiled| spoiled.verify(style(spoiled.opening.electorate)).is_ok()),
        Kind::Board => board(inputs),
        Kind::Log => LogHead::from_canonical(&inputs[0]).is_ok_and(|head| {
            let mut frontier = Frontier::new();
            for entry in &inputs[1..] {
                let Ok(entry) = BoardEntry::from_canonical(entry) else { return false };
                frontier.append(entry.leaf().hash());
            }
            LogHead::of(&frontier) == head
        }),
        Kind::Rows => rows(inputs),
        Kind::Shares => Signed::from_canonical(&inputs[0]).is_ok_and(|share| {
            let (parameters, tally) = (POLL.ceremony().unwrap(), HELD.tally(CITIZENS));
            Decryption::new(&parameters, &KEYS.election, &tally).take(&share).is_ok()
        }),
        Kind::Result => PollResult::from_canonical(&inputs[0]).is_ok_and(|result| {
            let mut held = HELD.clone();
            held.record.result = result;
            held.verify().is_ok()
        }),
        Kind::Promise => Signed::from_canonical(&inputs[0])
            .is_ok_and(|promise| check_promise(&POLL, &ballot_leaf(&mine().leaf()), 1, &promise).is_ok()),
        Kind::Receipt => Receipt::from_canonical(&inputs[0]).is_ok_and(|receipt| {
            let leaf = ballot_leaf(&mine().leaf());
            receipt.verify(&invalid::receipt_head(), &leaf.voting_key, &leaf.fingerprint).is_ok()
        }),
    }
}

fn ballot(signed: &SignedBallot) -> bool {
    let electorate = usize::from(signed.ballot.electorate.number());
    let styles = POLL.styles(&KEYS.election.key);
    styles.get(electorate).is_some_and(|style| Verifier::new(style).verify(signed).is_ok())
}

/// Slots, numbers and ciphertexts, as anybody would check them with everything in memory.
fn board(inputs: &[Vec<u8>]) -> bool {
    let mut slots = SlotStanding::default();
    let mut keys: HashMap<_, KeyStanding> = HashMap::new();
    let mut points = HashSet::new();
    for input in inputs {
        let Ok(entry) = BoardEntry::from_canonical(input) else { return false };
        let leaf = entry.leaf();
        if let BoardLeaf::Slot(mark) = leaf {
            if slots.begin(&POLL, mark).is_err() {
                return false;
            }
            continue;
        }
        let ballot = ballot_leaf(&leaf);
        let standing = keys.entry((ballot.electorate, ballot.voting_key)).or_default();
        match standing.after(&POLL, &leaf) {
            Ok(after) if slots.current().is_ok() => *standing = after,
            _ => return false,
        }
        if let BoardEntry::Cast(cast) = &entry
            && !cast.ballot.ballot.ciphertexts().all(|pair| points.insert(pair.a) && points.insert(pair.b))
        {
            return false;
        }
    }
    true
}

fn rows(inputs: &[Vec<u8>]) -> bool {
    let mut seen = HashSet::new();
    let mut counts: HashMap<_, u32> = HashMap::new();
    inputs.iter().all(|input| {
        let Ok(row) = IssuanceRow::from_canonical(input) else { return false };
        let Some(electorate) = POLL.electorate(row.electorate) else { return false };
        let count = counts.entry((row.registrar, row.electorate)).or_default();
        *count += 1;
        usize::from(row.registrar) < REGISTRARS
            && *count <= electorate.roll_size
            && seen.insert((row.registrar, row.electorate, row.voter))
    })
}

/// A case as it stands in the file: its kind and its inputs.
fn cases() -> Vec<(String, Kind, Vec<Vec<u8>>)> {
    let mut cases: Vec<(String, Kind, Vec<Vec<u8>>)> = Vec::new();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/invalid.txt");
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some(case) = line.strip_prefix("case = ") {
            let parts: Vec<&str> = case.split(" | ").collect();
            let kind = Kind::ALL.into_iter().find(|kind| kind.text() == parts[1]).unwrap();
            cases.push((parts[0].to_owned(), kind, vec![]));
        } else if let Some(input) = line.strip_prefix("input = ") {
            cases.last_mut().unwrap().2.push(hex::decode(input).unwrap());
        }
    }
    cases
}

#[test]
fn every_invalid_vector_is_refused() {
    let cases = cases();
    assert!(cases.len() >= 40);
    for (name, kind, inputs) in cases {
        assert!(!accepted(kind, &inputs), "{name}");
    }
}

#[test]
fn what_the_invalid_vectors_were_made_from_is_accepted() {
    for (kind, inputs) in invalid::neighbours() {
        assert!(accepted(kind, &inputs), "{kind:?}");
    }
    // And none is left out.
    let kinds: Vec<_> = invalid::neighbours().into_iter().map(|(kind, _)| kind).collect();
    assert!(Kind::ALL.iter().all(|kind| kinds.contains(kind)));
}

pub(super) fn head_of(entries: &[BoardEntry]) -> BoardHead {
    let tree = MemoryTree::of(entries.iter().map(|entry| entry.leaf().hash()));
    BoardHead { poll: POLL.id(), log: LogHead { count: tree.count(), root: tree.root() } }
}
