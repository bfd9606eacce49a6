//! The encrypted sums of one electorate over the ballots that count.

use crate::ballot::{BallotStyle, Ciphertext, VerifiedBallot};
use crate::contest::ContestRule;
use crate::group::{Element, Encoded};
use crate::identifier::{ContestIndex, ElectorateIndex};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical as _, Hash, Label, PollId};

/// The sums while they are added up. Whoever adds decides what counts; every trustee does it herself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    poll: PollId,
    electorate: ElectorateIndex,
    key: Encoded,
    counted: u64,
    contests: Vec<ContestSums>,
}

/// The sums of one contest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContestSums {
    pub(crate) contest: ContestIndex,
    pub(crate) highest: u8,
    pub(crate) cells: Vec<Sum>,
}

/// The sum of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) a: Element,
    pub(crate) b: Element,
}

/// A tally as it is published and decrypted.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EncryptedTally {
    /// The poll.
    pub poll: PollId,
    /// The electorate.
    pub electorate: ElectorateIndex,
    /// The election key.
    pub key: Encoded,
    /// How many ballots are in it.
    pub counted: u64,
    /// For each contest the sums of its cells.
    pub contests: Vec<(ContestIndex, Vec<Ciphertext>)>,
}
citizen_primitives::canonical!(EncryptedTally = 1);

/// Why a ballot is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// It is for another poll or electorate.
    #[error("a ballot of another poll or electorate")]
    AnotherElectorate,
    /// It has more or fewer contests or cells, or bytes that are no elements.
    #[error("not the sums or ciphertexts of this electorate's contests")]
    Malformed,
    /// More are taken out than were added.
    #[error("nothing is left to take out")]
    Empty,
}

impl Tally {
    /// The sums of nothing.
    #[must_use]
    pub fn new(style: &BallotStyle) -> Self {
        let nothing = |(contest, rule): &(ContestIndex, ContestRule)| {
            let nought = Sum { a: Element::identity(), b: Element::identity() };
            ContestSums { contest: *contest, highest: rule.highest(), cells: vec![nought; rule.cells()] }
        };
        Self {
            poll: style.poll(),
            electorate: style.electorate(),
            key: *style.key().encoded(),
            counted: 0,
            contests: style.contests().iter().map(nothing).collect(),
        }
    }

    /// Goes on from one's own record of a tally: nothing here says how it came about, nor that it holds as many ballots as it says. Of
    /// somebody else's a trustee decrypts nothing.
    pub fn dangerous_restore(style: &BallotStyle, published: &EncryptedTally) -> Result<Self, TallyError> {
        let EncryptedTally { poll, electorate, key, counted, contests } = published;
        let mut tally = Self::new(style);
        if (*poll, *electorate, *key) != (tally.poll, tally.electorate, tally.key) {
            return Err(TallyError::AnotherElectorate);
        }
        let in_order =
            contests.iter().map(|(contest, _)| *contest).eq(tally.contests.iter().map(|sums| sums.contest));
        let cells: Vec<_> = contests.iter().map(|(_, cells)| cells.as_slice()).collect();
        let decoded = tally.decode(&cells).filter(|_| in_order).ok_or(TallyError::Malformed)?;
        for (sums, cells) in tally.contests.iter_mut().zip(decoded) {
            sums.cells = cells;
        }
        tally.counted = *counted;
        Ok(tally)
    }

    /// Adds a ballot.
    pub fn add(&mut self, ballot: &VerifiedBallot) -> Result<(), TallyError> {
        self.check(ballot)?;
        self.combine(ballot, Element::plus);
        self.counted = self.counted.saturating_add(1);
        Ok(())
    }

    /// Takes out a ballot that was added and has been replaced since.
    pub fn remove(&mut self, ballot: &VerifiedBallot) -> Result<(), TallyError> {
        self.check(ballot)?;
        self.counted = self.counted.checked_sub(1).ok_or(TallyError::Empty)?;
        self.combine(ballot, Element::minus);
        Ok(())
    }

    /// Takes out a ballot that was added, of which nothing but the ciphertexts was kept.
    pub fn take_out(&mut self, ciphertexts: &[Vec<Ciphertext>]) -> Result<(), TallyError> {
        let cells: Vec<_> = ciphertexts.iter().map(Vec::as_slice).collect();
        let decoded = self.decode(&cells).ok_or(TallyError::Malformed)?;
        self.counted = self.counted.checked_sub(1).ok_or(TallyError::Empty)?;
        for (sums, cells) in self.contests.iter_mut().zip(decoded) {
            for (sum, cell) in sums.cells.iter_mut().zip(cells) {
                *sum = Sum { a: sum.a.minus(&cell.a), b: sum.b.minus(&cell.b) };
            }
        }
        Ok(())
    }

    /// Adds another tally of the same electorate: of another part of its ballots.
    pub fn merge(&mut self, other: &Self) -> Result<(), TallyError> {
        let same = |tally: &Self| (tally.poll, tally.electorate, tally.key, tally.contests.len());
        if same(self) != same(other) {
            return Err(TallyError::AnotherElectorate);
        }
        for (own, hers) in self.contests.iter_mut().zip(&other.contests) {
            for (sum, part) in own.cells.iter_mut().zip(&hers.cells) {
                *sum = Sum { a: sum.a.plus(&part.a), b: sum.b.plus(&part.b) };
            }
        }
        self.counted = self.counted.saturating_add(other.counted);
        Ok(())
    }

    /// The poll.
    #[must_use]
    pub const fn poll(&self) -> PollId {
        self.poll
    }

    /// The electorate.
    #[must_use]
    pub const fn electorate(&self) -> ElectorateIndex {
        self.electorate
    }

    /// How many ballots are in it.
    #[must_use]
    pub const fn counted(&self) -> u64 {
        self.counted
    }

    /// What is published.
    #[must_use]
    pub fn encrypted(&self) -> EncryptedTally {
        let encode = |sum: &Sum| Ciphertext { a: sum.a.encode(), b: sum.b.encode() };
        let contests = self
            .contests
            .iter()
            .map(|sums| (sums.contest, sums.cells.iter().map(encode).collect()))
            .collect();
        let Self { poll, electorate, key, counted, contests: _ } = *self;
        EncryptedTally { poll, electorate, key, counted, contests }
    }

    /// The digest of what is published: trustees decrypt this and nothing else.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.encrypted().digest()
    }

    pub(crate) const fn key(&self) -> &Encoded {
        &self.key
    }

    pub(crate) fn contests(&self) -> &[ContestSums] {
        &self.contests
    }

    fn check(&self, ballot: &VerifiedBallot) -> Result<(), TallyError> {
        let cells = |ballot: &VerifiedBallot| ballot.contests().iter().map(Vec::len).collect::<Vec<_>>();
        let own: Vec<_> = self.contests.iter().map(|sums| sums.cells.len()).collect();
        let fits =
            (ballot.poll(), ballot.electorate()) == (self.poll, self.electorate) && cells(ballot) == own;
        if fits { Ok(()) } else { Err(TallyError::AnotherElectorate) }
    }

    /// The elements, if there is one pair for each cell.
    fn decode(&self, contests: &[&[Ciphertext]]) -> Option<Vec<Vec<Sum>>> {
        let lengths = contests.iter().map(|cells| cells.len());
        lengths.eq(self.contests.iter().map(|sums| sums.cells.len())).then_some(())?;
        let decode =
            |Ciphertext { a, b }: &Ciphertext| Some(Sum { a: a.decode_any().ok()?, b: b.decode_any().ok()? });
        contests.iter().map(|cells| cells.iter().map(decode).collect()).collect()
    }

    fn combine(&mut self, ballot: &VerifiedBallot, with: impl Fn(&Element, &Element) -> Element) {
        for (sums, cells) in self.contests.iter_mut().zip(ballot.contests()) {
            for (sum, cell) in sums.cells.iter_mut().zip(cells) {
                *sum = Sum { a: with(&sum.a, &cell.a), b: with(&sum.b, &cell.b) };
            }
        }
    }
}

impl EncryptedTally {
    /// The digest.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Hash::labelled(Label::Tally, &self.to_canonical())
    }
}
