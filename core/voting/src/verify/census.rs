//! Which ballots count: the last of each voting key; and that nothing stands on the board twice (VOTE-3, VOTE-22, VOTE-56).

use super::reading::Reading;
use super::report::{CheckName, FailureReason, Findings};
use super::sieve::{Bits, Sieve};
use super::{LogReader, at};
use crate::board::{BoardEntry, BoardError, BoardLeaf, KeyStanding, SlotStanding};
use crate::identifier::ElectorateIndex;
use crate::manifest::Poll;

/// What a voting key is to a sieve.
const KEY: u8 = 0;
/// What half a ciphertext is to it.
const POINT: u8 = 1;

/// Which ballots count, and how many of what there are.
#[derive(Debug, Default)]
pub(super) struct Census {
    counted: Bits,
    repeated: Bits,
    of_electorates: Vec<Count>,
    /// Opened ballots.
    pub(super) spoiled: u64,
    /// Ballots that a later one replaced.
    pub(super) replaced: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    keys: u64,
    counted: u64,
}

/// What is known of one voting key: its standing, and the place of its ballot that counts.
type Seen = (KeyStanding, Option<u64>);

/// Finds out which ballots count.
pub(super) fn take<R: LogReader>(
    reading: &mut Reading<'_>,
    board: &mut R,
    findings: &mut Findings,
) -> Result<Census, R::Error> {
    let poll = reading.poll();
    let mut census = Census {
        of_electorates: vec![Count::default(); poll.manifest().electorates.len()],
        ..Census::default()
    };
    let items = reading.anchor().count.saturating_mul(items_per_entry(poll));
    let mut sieve = Sieve::new(reading.anchor().root, items, reading.effort());
    reading.announce(sieve.readings().saturating_add(1));
    for bucket in 0..sieve.readings() {
        sieve.begin(bucket);
        let mut slots = SlotStanding::default();
        reading.each(board, findings, bucket == 0, |(index, entry, leaf), findings| {
            if bucket == 0 {
                let result = slot(poll, &mut slots, &entry);
                findings.note(CheckName::Slots, Some(index), result);
            }
            census.ciphertexts(&mut sieve, index, &entry);
            census.standing(poll, &mut sieve, (index, &leaf), findings);
        })?;
    }
    Ok(census)
}

/// One voting key, and two halves of each ciphertext.
fn items_per_entry(poll: &Poll) -> u64 {
    let cells =
        |electorate| poll.contests(electorate).map(|(_, contest)| contest.rule.cells()).sum::<usize>();
    let most = poll.electorates().map(|(electorate, _)| cells(electorate)).max().unwrap_or_default();
    u64::try_from(most).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(1)
}

fn slot(poll: &Poll, slots: &mut SlotStanding, entry: &BoardEntry) -> Result<(), BoardError> {
    match entry {
        BoardEntry::Slot(mark) => slots.begin(poll, *mark),
        BoardEntry::Cast(_) | BoardEntry::Spoiled(_) => slots.current().map(drop),
    }
}

impl Census {
    /// Whether the entry at this place counts.
    pub(super) fn counts(&self, index: u64) -> bool {
        self.counted.is_set(index)
    }

    /// Whether part of the entry at this place stood on the board before.
    pub(super) fn repeats(&self, index: u64) -> bool {
        self.repeated.is_set(index)
    }

    /// How many voting keys of an electorate stand on the board.
    pub(super) fn keys(&self, electorate: ElectorateIndex) -> u64 {
        self.of_electorates.get(at(electorate)).map(|count| count.keys).unwrap_or_default()
    }

    /// How many ballots count.
    pub(super) fn counted(&self) -> u64 {
        self.of_electorates.iter().map(|count| count.counted).sum()
    }

    /// Notes whether a part of a ballot stood on the board before.
    fn ciphertexts(&mut self, sieve: &mut Sieve<Seen>, index: u64, entry: &BoardEntry) {
        let BoardEntry::Cast(cast) = entry else { return };
        for ciphertext in cast.ballot.ballot.ciphertexts() {
            for point in [ciphertext.a, ciphertext.b] {
                let mark = sieve.mark(POINT, 0, point.as_bytes());
                if mark.is_some_and(|mark| !sieve.is_new(mark)) {
                    self.repeated.set(index, true);
                }
            }
        }
    }

    /// Counts a ballot if it may stand where it stands.
    fn standing(
        &mut self,
        poll: &Poll,
        sieve: &mut Sieve<Seen>,
        (index, leaf): (u64, &BoardLeaf),
        findings: &mut Findings,
    ) {
        let Some(ballot) = leaf.ballot() else { return };
        let mark = sieve.mark(KEY, ballot.electorate.number(), ballot.voting_key.as_bytes());
        let Some(mark) = mark else { return };
        let (standing, before) = sieve.seen().get(&mark).copied().unwrap_or_default();
        match standing.after(poll, leaf) {
            Ok(after) => {
                let last = self.stands((index, leaf), standing, before);
                sieve.seen().insert(mark, (after, last));
                findings.note(CheckName::Sequences, Some(index), Ok::<_, FailureReason>(()));
            }
            Err(error) => findings.note(CheckName::Sequences, Some(index), Err(error)),
        }
    }

    /// Counts an entry that may stand where it stands; gives the place of the key's ballot that counts now.
    fn stands(
        &mut self,
        (index, leaf): (u64, &BoardLeaf),
        standing: KeyStanding,
        before: Option<u64>,
    ) -> Option<u64> {
        let electorate = leaf.ballot().map(|ballot| at(ballot.electorate))?;
        let count = self.of_electorates.get_mut(electorate)?;
        count.keys = count.keys.saturating_add(u64::from(standing.is_new()));
        match leaf {
            BoardLeaf::Slot(_) => before,
            BoardLeaf::Spoiled(_) => {
                self.spoiled = self.spoiled.saturating_add(1);
                before
            }
            BoardLeaf::Cast(_) => {
                match before {
                    Some(replaced) => {
                        self.counted.set(replaced, false);
                        self.replaced = self.replaced.saturating_add(1);
                    }
                    None => count.counted = count.counted.saturating_add(1),
                }
                self.counted.set(index, true);
                Some(index)
            }
        }
    }
}
