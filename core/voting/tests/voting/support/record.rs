//! A poll that was held, and what is published of it.

use super::city::{Citizen, KEYS, style};
use super::manifest::*;
use citizen_keys::Signed;
use citizen_merkle::MemoryTree;
use citizen_primitives::Canonical as _;
use citizen_voting::ballot::Verifier;
use citizen_voting::board::{LogHead, SlotMark};
use citizen_voting::decryption::{Decryption, DecryptionMemory, DecryptionShares};
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::result::{ContestSums, ElectorateResult, PollResult};
use citizen_voting::tally::Tally;
use citizen_voting::verify::{Effort, MemoryLog, PollAnchor, PollRecord, Report, verify_poll};
use citizen_voting::{BoardEntry, ElectorateIndex, VotingKey};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Board and issuance log, and what was published about them.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) board: Vec<BoardEntry>,
    pub(crate) rows: Vec<IssuanceRow>,
    pub(crate) record: PollRecord,
}

pub(crate) fn slot(slot: u32) -> BoardEntry {
    BoardEntry::Slot(SlotMark { slot })
}

/// 24 citizens and 21 members of the committee; one votes again, one checks a ballot first.
pub(crate) static HELD: LazyLock<Held> = LazyLock::new(|| {
    let citizens: Vec<_> = (0..24).map(|person| Citizen::register(person, CITIZENS)).collect();
    let committee: Vec<_> = (24..45).map(|person| Citizen::register(person, COMMITTEE)).collect();
    let mut board = vec![slot(0)];
    board.extend(citizens[..12].iter().map(|citizen| citizen.cast(1)));
    board.push(slot(1));
    board.extend([citizens[1].cast(2), citizens[20].spoil(1)]);
    board.extend(citizens[12..].iter().map(|citizen| citizen.cast(2)));
    board.push(slot(4));
    board.extend(committee.iter().map(|citizen| citizen.cast(1)));
    let rows = citizens.iter().chain(&committee).flat_map(Citizen::rows).collect();
    let mut held = Held {
        board,
        rows,
        record: PollRecord {
            manifest: manifest().to_canonical(),
            ceremony: KEYS.messages.clone(),
            shares: vec![],
            result: PollResult { poll: POLL.id(), electorates: vec![] },
        },
    };
    held.publish(&[0, 1, 2, 3, 4]);
    held
});

/// The ballots of an electorate that count, found without the verifier: the last of each key.
fn counted(board: &[BoardEntry], electorate: ElectorateIndex) -> Tally {
    let mut last: HashMap<VotingKey, &citizen_voting::SignedBallot> = HashMap::new();
    for entry in board {
        if let BoardEntry::Cast(cast) = entry
            && cast.ballot.ballot.electorate == electorate
        {
            last.insert(cast.ballot.ballot.voting_key, &cast.ballot);
        }
    }
    let (style, mut tally) = (style(electorate), Tally::new(style(electorate)));
    let verifier = Verifier::new(style);
    for ballot in last.values().filter_map(|ballot| verifier.verify(ballot).ok()) {
        tally.add(&ballot).unwrap();
    }
    tally
}

/// Shares of these trustees, whatever the turnout.
pub(crate) fn shares(tally: &Tally, trustees: &[usize]) -> Vec<Signed<DecryptionShares>> {
    let share = |number: &usize| {
        let (share, key) = (&KEYS.shares[*number], trustee_key(*number));
        share.dangerous_decrypt(tally, 0, &mut DecryptionMemory::default(), &key).unwrap()
    };
    trustees.iter().map(share).collect()
}

impl Held {
    pub(crate) fn tally(&self, electorate: ElectorateIndex) -> Tally {
        counted(&self.board, electorate)
    }

    /// Decrypts and publishes, as honest trustees do.
    pub(crate) fn publish(&mut self, trustees: &[usize]) {
        let (mut lists, mut results) = (Vec::new(), Vec::new());
        for electorate in ELECTORATES {
            let tally = self.tally(electorate);
            let counted = u32::try_from(tally.counted()).unwrap();
            let enough = counted >= POLL.electorate(electorate).unwrap().minimum_turnout;
            let shares = if enough { shares(&tally, trustees) } else { vec![] };
            results.push(ElectorateResult { counted, sums: enough.then(|| open(&tally, &shares)) });
            lists.push(shares);
        }
        self.record.shares = lists;
        self.record.result.electorates = results;
    }

    pub(crate) fn anchor(&self) -> PollAnchor {
        let head = |tree: MemoryTree| LogHead { count: tree.count(), root: tree.root() };
        PollAnchor {
            poll: POLL.id(),
            board: head(MemoryTree::of(self.board.iter().map(|entry| entry.leaf().hash()))),
            issuance: head(MemoryTree::of(self.rows.iter().map(IssuanceRow::leaf))),
        }
    }

    pub(crate) fn logs(&self) -> (MemoryLog, MemoryLog) {
        let board = self.board.iter().map(|entry| entry.to_canonical()).collect();
        let rows = self.rows.iter().map(|row| row.to_canonical()).collect();
        (MemoryLog::new(board), MemoryLog::new(rows))
    }

    pub(crate) fn verify_under(&self, anchor: &PollAnchor, effort: Effort) -> Report {
        let (mut board, mut rows) = self.logs();
        verify_poll(anchor, &self.record, (&mut board, &mut rows), effort, &mut |_| {}).unwrap()
    }

    pub(crate) fn verify(&self) -> Report {
        self.verify_under(&self.anchor(), Effort::default())
    }

    /// The place of an entry that fits.
    pub(crate) fn place(&self, fits: impl Fn(&BoardEntry) -> bool) -> usize {
        self.board.iter().position(fits).unwrap()
    }
}

/// What enough trustees open.
pub(crate) fn open(tally: &Tally, shares: &[Signed<DecryptionShares>]) -> Vec<ContestSums> {
    let parameters = POLL.ceremony().unwrap();
    let mut decryption = Decryption::new(&parameters, &KEYS.election, tally);
    shares.iter().for_each(|share| assert!(decryption.take(share).is_ok()));
    let opened = decryption.result().unwrap();
    opened.contests.into_iter().map(|(contest, cells)| ContestSums { contest, cells }).collect()
}
