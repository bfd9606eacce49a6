//! `vectors/board-1000.gz`: a poll of a thousand ballots as others would get it, and `board-1000.txt`: what comes out of it.
//!
//! Frames of `u32` length (little-endian) and bytes, compressed by gzip (RFC 1952): the anchor, the record, every row, every entry.

use super::frozen;
use crate::support::city::hold_ceremony;
use crate::support::manifest::*;
use crate::support::seeded::Seeded;
use citizen_keys::SigningKey;
use citizen_merkle::{Frontier, MemoryTree};
use citizen_primitives::Canonical;
use citizen_voting::ballot::{Encryptor, Verifier};
use citizen_voting::board::{LogHead, SlotMark};
use citizen_voting::decryption::{Decryption, DecryptionMemory};
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::manifest::Revote;
use citizen_voting::relay::shuffle;
use citizen_voting::result::{ContestSums, ElectorateResult, PollResult};
use citizen_voting::spoil::{Opening, SpoiledBallot};
use citizen_voting::tally::Tally;
use citizen_voting::token::{Token, VotingRoot, voting_key};
use citizen_voting::verify::{CheckName, Effort, MemoryLog, PollAnchor, PollRecord, verify_poll};
use citizen_voting::*;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

const PEOPLE: u32 = 1_200;
const VOTERS: u32 = 990;

fn thousand() -> Poll {
    let mut manifest = manifest();
    manifest.title = both("천 표", "A thousand ballots");
    manifest.electorates.truncate(1);
    let roll = MemoryTree::of((0..PEOPLE).map(|person| roll_entry(CITIZENS, person).leaf()));
    manifest.electorates[0].roll_root = roll.root();
    manifest.electorates[0].roll_size = PEOPLE;
    manifest.contests.truncate(1);
    manifest.contests[0].rule = ContestRule::Choose { groups: vec![Group { options: 5, min: 1, max: 1 }] };
    manifest.contests[0].electorates = vec![CITIZENS];
    manifest.registrars.iter_mut().for_each(|registrar| registrar.keys.truncate(1));
    manifest.revote = Revote::LastCounts;
    manifest.reward = None;
    Poll::new(manifest).unwrap()
}

/// A citizen of the thousand.
struct Voter<'a> {
    poll: &'a Poll,
    style: &'a BallotStyle,
    person: u32,
    key: SigningKey,
    token: Token,
    rows: Vec<IssuanceRow>,
}

impl<'a> Voter<'a> {
    fn register(poll: &'a Poll, style: &'a BallotStyle, person: u32) -> Self {
        let root = VotingRoot::new(secret(0x41, usize::try_from(person).unwrap()));
        let secret = root.poll(poll.id());
        let voter = roll_entry(CITIZENS, person).tag(poll.id());
        let (mut signatures, mut rows) = (Vec::new(), Vec::new());
        for registrar in 0..REGISTRARS {
            let request = secret.request(poll, CITIZENS, registrar).unwrap();
            let answer = blind_key(registrar, CITIZENS).sign(&mut Seeded::new("thousand"), &request).unwrap();
            signatures.push(secret.finish(poll, CITIZENS, registrar, &answer).unwrap());
            rows.push(IssuanceRow::new(u8::try_from(registrar).unwrap(), CITIZENS, voter, &request));
        }
        Self { poll, style, person, key: secret.voting_key(CITIZENS), token: Token { signatures }, rows }
    }

    fn ballot(&self, sequence: u32, option: u8) -> (BallotSeed, Ballot) {
        let sequence = Sequence::new(sequence);
        let rng = &mut Seeded::new(&format!("thousand {}", self.person));
        let seed = BallotSeed::generate(rng, &self.key, self.poll.id(), sequence);
        let choices = [ContestChoice::Choose(vec![option])];
        let key = voting_key(&self.key).unwrap();
        let ballot = Encryptor::new(self.style).encrypt(&seed, key, sequence, &choices).unwrap();
        (seed, ballot.compact())
    }

    fn cast(&self, sequence: u32, option: u8) -> BoardEntry {
        let ballot = SignedBallot::sign(self.ballot(sequence, option).1, &self.key);
        BoardEntry::Cast(CastBallot { ballot, token: self.token.clone() })
    }

    fn spoil(&self, sequence: u32, option: u8) -> BoardEntry {
        let (seed, ballot) = self.ballot(sequence, option);
        let name = (ballot.voting_key, ballot.sequence);
        let choices = vec![ContestChoice::Choose(vec![option])];
        let opening = Opening::new(self.style, name, ballot.fingerprint(), &seed, choices);
        BoardEntry::Spoiled(SpoiledBallot::sign(opening, self.token.clone(), &self.key))
    }
}

/// 990 citizens: every 99th votes again, every 99th before her opens a ballot first: 1,000 ballots cast, 10 opened.
fn hold(poll: &Poll) -> Vec<Vec<u8>> {
    let keys = hold_ceremony(poll);
    let style = poll.style(CITIZENS, &keys.election.key).unwrap();
    let voters: Vec<_> = (0..VOTERS).map(|person| Voter::register(poll, &style, person)).collect();
    let option = |person: u32| u8::try_from(person * person % 7 % 5).unwrap();
    let mut slots: [Vec<BoardEntry>; 4] = Default::default();
    for voter in &voters {
        let slot = usize::try_from(voter.person % 3).unwrap();
        match voter.person % 99 {
            0 => {
                slots[slot].push(voter.cast(1, 4));
                slots[3].push(voter.cast(2, option(voter.person)));
            }
            98 => {
                slots[slot].push(voter.spoil(1, 0));
                slots[3].push(voter.cast(2, option(voter.person)));
            }
            _ => slots[slot].push(voter.cast(1, option(voter.person))),
        }
    }
    let mut board = Vec::new();
    for (number, mut slot) in (0..).zip(slots) {
        shuffle(&mut slot, &mut Seeded::new("relay"));
        board.push(BoardEntry::Slot(SlotMark { slot: number }));
        board.extend(slot);
    }
    let rows: Vec<IssuanceRow> = voters.iter().flat_map(|voter| voter.rows.clone()).collect();
    publish(poll, &style, &keys, (board, rows))
}

fn publish(
    poll: &Poll,
    style: &BallotStyle,
    keys: &crate::support::city::Keys,
    (board, rows): (Vec<BoardEntry>, Vec<IssuanceRow>),
) -> Vec<Vec<u8>> {
    let replaced: std::collections::HashMap<_, _> = board
        .iter()
        .filter_map(|entry| match entry {
            BoardEntry::Cast(cast) => Some((cast.ballot.ballot.voting_key, &cast.ballot)),
            _ => None,
        })
        .collect();
    let (verifier, mut tally) = (Verifier::new(style), Tally::new(style));
    for ballot in replaced.values() {
        tally.add(&verifier.verify(ballot).unwrap()).unwrap();
    }
    let parameters = poll.ceremony().unwrap();
    let mut decryption = Decryption::new(&parameters, &keys.election, &tally);
    let shares: Vec<_> = [0usize, 2, 4]
        .iter()
        .map(|number| {
            let memory = &mut DecryptionMemory::default();
            let shares =
                keys.shares[*number].dangerous_decrypt(&tally, 20, memory, &trustee_key(*number)).unwrap();
            decryption.take(&shares).unwrap();
            shares
        })
        .collect();
    let opened = decryption.result().unwrap();
    let sums = opened.contests.into_iter().map(|(contest, cells)| ContestSums { contest, cells }).collect();
    let counted = u32::try_from(tally.counted()).unwrap();
    let electorates = vec![ElectorateResult { counted, sums: Some(sums) }];
    let record = PollRecord {
        manifest: poll.manifest().to_canonical(),
        ceremony: keys.messages.clone(),
        shares: vec![shares],
        result: PollResult { poll: poll.id(), electorates },
    };
    let head = |leaves: Vec<citizen_primitives::Hash>| {
        let mut frontier = Frontier::new();
        leaves.into_iter().for_each(|leaf| drop(frontier.append(leaf)));
        LogHead::of(&frontier)
    };
    let anchor = PollAnchor {
        poll: poll.id(),
        board: head(board.iter().map(|entry| entry.leaf().hash()).collect()),
        issuance: head(rows.iter().map(IssuanceRow::leaf).collect()),
    };
    let mut frames = vec![anchor.to_canonical(), record.to_canonical()];
    frames.extend(rows.iter().map(Canonical::to_canonical));
    frames.extend(board.iter().map(Canonical::to_canonical));
    frames
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/board-1000.gz")
}

fn write(frames: &[Vec<u8>]) {
    let output = std::fs::File::create(file()).unwrap();
    let mut output = flate2::write::GzEncoder::new(output, flate2::Compression::best());
    for frame in frames {
        output.write_all(&u32::try_from(frame.len()).unwrap().to_le_bytes()).unwrap();
        output.write_all(frame).unwrap();
    }
    output.finish().unwrap();
}

fn read() -> Vec<Vec<u8>> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(file()).unwrap()).read_to_end(&mut bytes).unwrap();
    let (mut rest, mut frames) = (bytes.as_slice(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (frame, after) = after.split_at(usize::try_from(u32::from_le_bytes(*length)).unwrap());
        frames.push(frame.to_vec());
        rest = after;
    }
    frames
}

#[test]
fn a_thousand_ballots_are_verified_from_the_file_and_give_the_expected_result() {
    if !file().exists() && std::env::var_os("FREEZE_VECTORS").is_some() {
        write(&hold(&thousand()));
    }
    let mut frames = read();
    let anchor = PollAnchor::from_canonical(&frames[0]).unwrap();
    let record = PollRecord::from_canonical(&frames[1]).unwrap();
    let board = frames.split_off(2 + usize::try_from(anchor.issuance.count).unwrap());
    let rows = frames.split_off(2);
    let mut logs = (MemoryLog::new(board), MemoryLog::new(rows));
    let effort = Effort { threads: 2.try_into().unwrap(), ..Effort::default() };
    let report = verify_poll(&anchor, &record, (&mut logs.0, &mut logs.1), effort, &mut |_| {}).unwrap();
    assert_eq!(report.first_failure, None);
    assert_eq!(report.result.as_ref(), Some(&record.result));

    let mut lines = vec![format!("poll-id = {}", anchor.poll.to_hex())];
    let numbers = [("counted", report.counted), ("spoiled", report.spoiled), ("replaced", report.replaced)];
    lines.extend(numbers.map(|(name, number)| format!("{name} = {number}")));
    for (name, check) in CheckName::ALL.into_iter().zip(&report.checks) {
        lines.push(format!("check-{} = {}", name.text(), check.count));
    }
    let poll = Poll::read(anchor.poll, &record.manifest).unwrap();
    for votes in record.result.votes(&poll) {
        lines.push(format!("votes-{}-{} = {}", votes.contest, votes.option, votes.votes));
    }
    frozen("board-1000.txt", "What is in board-1000.gz: see ../SPEC.md, §13.", &lines);
}
