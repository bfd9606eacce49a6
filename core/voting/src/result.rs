//! The result: sums for each electorate, and what follows from them.

use crate::contest::ContestRule;
use crate::identifier::{ContestIndex, ElectorateIndex};
use crate::manifest::Poll;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::PollId;

/// What a poll came to. Sums are opened for each electorate apart, and never over several: no difference of two sums says more.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PollResult {
    /// The poll.
    pub poll: PollId,
    /// One for each electorate, in the manifest's order.
    pub electorates: Vec<ElectorateResult>,
}
citizen_primitives::canonical!(PollResult = 1);

/// What an electorate came to.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ElectorateResult {
    /// How many ballots count.
    pub counted: u32,
    /// The sums of its contests, in the manifest's order; none if fewer than the minimum turnout voted (VOTE-55).
    pub sums: Option<Vec<ContestSums>>,
}

/// The sums of one contest.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ContestSums {
    /// The contest.
    pub contest: ContestIndex,
    /// The sum of each cell.
    pub cells: Vec<u64>,
}

/// What one option got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionVotes {
    /// The contest.
    pub contest: ContestIndex,
    /// The option, from 0.
    pub option: u8,
    /// Votes, points or, in a ranking of `n`, `n − 1` for a first place down to 0 for a last.
    pub votes: u64,
    /// Its weighted share in millionths: of each electorate that is opened, votes per counted ballot, by its weight.
    pub weighted: u64,
}

impl ContestSums {
    /// What each option got in this electorate.
    #[must_use]
    pub fn votes(&self, rule: &ContestRule) -> Vec<u64> {
        match rule {
            ContestRule::Choose { .. } | ContestRule::Score { .. } => self.cells.clone(),
            ContestRule::Rank { options } => {
                let places = usize::from(*options).max(1);
                self.cells.chunks(places).map(borda).collect()
            }
        }
    }
}

/// `n − 1` for a first place, 0 for a last.
fn borda(places: &[u64]) -> u64 {
    places
        .iter()
        .rev()
        .zip(0u64..)
        .fold(0, |sum, (count, points)| sum.saturating_add(count.saturating_mul(points)))
}

impl PollResult {
    /// What each option of each contest got, over all electorates that are opened.
    #[must_use]
    pub fn votes(&self, poll: &Poll) -> Vec<OptionVotes> {
        let contests = (0..=u8::MAX).map(ContestIndex::new).zip(&poll.manifest().contests);
        contests.flat_map(|(contest, announced)| self.votes_of(poll, contest, &announced.rule)).collect()
    }

    fn votes_of(&self, poll: &Poll, contest: ContestIndex, rule: &ContestRule) -> Vec<OptionVotes> {
        let opened: Vec<Opened> = poll
            .electorates()
            .zip(&self.electorates)
            .filter_map(|((index, _), result)| Opened::of(poll, index, result, contest, rule))
            .collect();
        let weights: u128 = opened.iter().map(|opened| opened.weight).sum();
        let option = |option: u8| {
            let at = usize::from(option);
            let votes = opened.iter().filter_map(|opened| opened.votes.get(at)).copied();
            let shares = opened.iter().map(|opened| opened.share(at));
            let weighted = shares.sum::<u128>().checked_div(weights).unwrap_or_default();
            OptionVotes {
                contest,
                option,
                votes: votes.fold(0, u64::saturating_add),
                weighted: u64::try_from(weighted).unwrap_or(u64::MAX),
            }
        };
        (0..u8::try_from(rule.options()).unwrap_or(u8::MAX)).map(option).collect()
    }
}

/// One electorate's part in a contest.
struct Opened {
    weight: u128,
    counted: u128,
    votes: Vec<u64>,
}

impl Opened {
    fn of(
        poll: &Poll,
        index: ElectorateIndex,
        result: &ElectorateResult,
        contest: ContestIndex,
        rule: &ContestRule,
    ) -> Option<Self> {
        let sums = result.sums.as_ref()?.iter().find(|sums| sums.contest == contest)?;
        let weight = u128::from(poll.electorate(index)?.weight);
        Some(Self { weight, counted: u128::from(result.counted), votes: sums.votes(rule) })
    }

    /// Millionths of a vote per ballot, by the weight; rounded down.
    fn share(&self, option: usize) -> u128 {
        let votes = self.votes.get(option).copied().map(u128::from).unwrap_or_default();
        let millionths = self.weight.saturating_mul(votes).saturating_mul(1_000_000);
        millionths.checked_div(self.counted).unwrap_or_default()
    }
}
