//! What is in order: every form, with what comes out of it.

use super::frozen;
use super::invalid::{mine, promise, receipt, receipt_head};
use crate::support::ballot_leaf;
use crate::support::city::{Citizen, KEYS, poll_secret};
use crate::support::manifest::*;
use crate::support::record::HELD;
use crate::support::seeded::Seeded;
use citizen_keys::{Purpose, Signed};
use citizen_primitives::Canonical;
use citizen_voting::token::token_message;
use citizen_voting::verify::CheckName;
use citizen_voting::{BoardEntry, BoardLeaf};

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn hex(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        self.0.push(format!("{name} = {}", hex::encode(bytes)));
    }

    fn record(&mut self, name: &str, record: &impl Canonical) {
        self.hex(name, record.to_canonical());
    }

    fn number(&mut self, name: &str, number: u64) {
        self.0.push(format!("{name} = {number}"));
    }
}

const HEAD: &str = "citizen-voting, version 1: `name = value`, bytes in hexadecimal, numbers in decimal. See ../SPEC.md; how each is \
                    made:\n../tests/voting/vectors/valid.rs.";

fn poll(lines: &mut Lines) {
    lines.record("manifest", &manifest());
    lines.hex("poll-id", POLL.id().as_bytes());
    lines.number("slots", u64::from(POLL.slots()));
    lines.record("roll-entry", &roll_entry(CITIZENS, 1));
    lines.hex("roll-leaf", roll_entry(CITIZENS, 1).leaf().as_bytes());
    lines.hex("roll-tag", roll_entry(CITIZENS, 1).tag(POLL.id()).as_bytes());
    for message in &KEYS.messages {
        lines.record("ceremony-message", message);
    }
    lines.hex("election-key", KEYS.election.key.encoded().as_bytes());
    for key in &KEYS.election.verification_keys {
        lines.hex("verification-key", key.encode().as_bytes());
    }
    lines.hex("ceremony-transcript", KEYS.election.transcript.as_bytes());
}

fn token(lines: &mut Lines) {
    let citizen = Citizen::register(1, CITIZENS);
    let root = secret(0x40, 1);
    lines.hex("voting-root", root.expose());
    let of_poll = root.derive(Purpose::new("poll"), POLL.id().as_bytes());
    lines.hex("poll-secret", of_poll.expose());
    lines.hex("voting-key", citizen.voting_key().as_bytes());
    lines.hex("token-message", token_message(POLL.id(), CITIZENS, &citizen.voting_key()));
    let blinding = of_poll.derive(Purpose::new("token-blinding"), &[0, 0]);
    lines.hex("token-blinding-0", blinding.expose());
    let request = poll_secret(1).request(&POLL, CITIZENS, 0).unwrap();
    lines.hex("token-request-0", request.as_bytes());
    let answer = blind_key(0, CITIZENS).sign(&mut Seeded::new("vector"), &request).unwrap();
    lines.hex("token-answer-0", answer.as_bytes());
    lines.record("token", &citizen.token);
    lines.record("issuance-row-0", &citizen.rows()[0]);
    lines.hex("issuance-leaf-0", citizen.rows()[0].leaf().as_bytes());
    let reward = poll_secret(1).reward_request(&POLL, CITIZENS).unwrap();
    lines.record("reward-request", &reward);
    let asked = reward.dangerous_unverified().unwrap().blinded;
    let answer = treasury_key().sign(&mut Seeded::new("vector"), &asked).unwrap();
    lines.record("reward-token", &poll_secret(1).reward_token(&POLL, CITIZENS, &answer).unwrap());
}

fn ballots(lines: &mut Lines) {
    for (name, citizen) in
        [("citizen", Citizen::register(1, CITIZENS)), ("committee", Citizen::register(24, COMMITTEE))]
    {
        let ballot = citizen.ballot(1);
        lines.hex(&format!("{name}-ballot-seed"), citizen.seed(1).expose());
        for choice in citizen.choices() {
            lines.record(&format!("{name}-choice"), &choice);
        }
        lines.record(&format!("{name}-ballot-expanded"), &ballot);
        lines.record(&format!("{name}-ballot-compact"), &ballot.compact());
        lines.hex(&format!("{name}-fingerprint"), ballot.ballot.fingerprint().as_bytes());
    }
}

fn board(lines: &mut Lines) {
    lines.record("slot-entry", &HELD.board[0]);
    lines.hex("slot-leaf-hash", HELD.board[0].leaf().hash().as_bytes());
    lines.record("cast-entry", &mine());
    lines.record("cast-leaf", &mine().leaf());
    lines.hex("cast-leaf-hash", mine().leaf().hash().as_bytes());
    let spoiled = Citizen::register(1, CITIZENS).spoil(1);
    lines.record("spoiled-entry", &spoiled);
    lines.record("spoiled-leaf", &spoiled.leaf());
    lines.record("promise", &Signed::sign(&promise(1), &relay_key(0)));
    lines.record("receipt-head", &receipt_head());
    lines.record("receipt", &receipt(2));
    assert_eq!(ballot_leaf(&mine().leaf()), receipt(2).leaf);
    assert!(matches!(mine().leaf(), BoardLeaf::Cast(_)));
}

fn outcome(lines: &mut Lines) {
    for electorate in ELECTORATES {
        lines.record(&format!("encrypted-tally-{electorate}"), &HELD.tally(electorate).encrypted());
        lines.hex(&format!("tally-digest-{electorate}"), HELD.tally(electorate).digest().as_bytes());
        for share in &HELD.record.shares[usize::from(electorate.number())] {
            lines.record(&format!("shares-{electorate}"), share);
        }
    }
    lines.record("result", &HELD.record.result);
    for votes in HELD.record.result.votes(&POLL) {
        let name = format!("votes-{}-{}", votes.contest, votes.option);
        lines.number(&name, votes.votes);
        lines.number(&format!("weighted-{}-{}", votes.contest, votes.option), votes.weighted);
    }
}

#[test]
fn the_valid_vectors_are_the_frozen_ones() {
    let mut lines = Lines::default();
    for part in [poll, token, ballots, board, outcome] {
        part(&mut lines);
    }
    frozen("valid.txt", HEAD, &lines.0);
}

/// The small poll of the tests, whole: 49 entries and what is published of them, as a verifier reads it.
#[test]
fn the_whole_small_poll_is_the_frozen_one() {
    let mut lines = Lines::default();
    lines.record("anchor", &HELD.anchor());
    lines.record("record", &HELD.record);
    HELD.rows.iter().for_each(|row| lines.record("row", row));
    for entry in &HELD.board {
        // The compact form: half the bytes.
        lines.record("entry", &compact(entry));
    }
    let mut held = HELD.clone();
    held.board = HELD.board.iter().map(compact).collect();
    lines.0[0] = format!("anchor = {}", hex::encode(held.anchor().to_canonical()));
    let report = held.verify();
    assert_eq!(report.first_failure, None);
    lines.number("counted", report.counted);
    lines.number("spoiled", report.spoiled);
    lines.number("replaced", report.replaced);
    for check in CheckName::ALL.into_iter().zip(&report.checks) {
        lines.number(&format!("check-{}", check.0.text()), check.1.count);
    }
    frozen("poll.txt", HEAD, &lines.0);
}

fn compact(entry: &BoardEntry) -> BoardEntry {
    let mut entry = entry.clone();
    if let BoardEntry::Cast(cast) = &mut entry {
        cast.ballot = cast.ballot.compact();
    }
    entry
}
