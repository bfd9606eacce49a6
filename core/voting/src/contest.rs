//! What may be on a ballot: the rule of a contest. Its canonical bytes are in every challenge (the "parameters").

use borsh::{BorshDeserialize, BorshSerialize};

/// How one votes in a contest.
///
/// Every rule comes down to *cells*, the numbers that are encrypted and summed, each `0..=highest`, and to *sums* over cells that
/// lie in a range ([`ContestRule::cells`], [`ContestRule::sums`]).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ContestRule {
    /// Choose from each group, between its `min` and its `max`; the groups follow one another and hold every option once.
    Choose {
        /// The groups, in the order of the options.
        groups: Vec<Group>,
    },
    /// Give each option a score of `0..=highest`.
    Score {
        /// How many options.
        options: u8,
        /// The highest score.
        highest: u8,
    },
    /// Put all options in order. The cell of option `o` at place `p`, both from 0, is `o × options + p`.
    Rank {
        /// How many options.
        options: u8,
    },
}
citizen_primitives::canonical!(ContestRule = 1);

/// Options from which a number is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Group {
    /// How many options there are in it.
    pub options: u8,
    /// How many must be chosen at least.
    pub min: u8,
    /// How many may be chosen at most.
    pub max: u8,
}

/// Why a rule is not one a manifest may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Too few or too many options.
    #[error("a contest of {0} options")]
    Options(usize),
    /// A group that cannot be filled, or in which there is nothing to choose.
    #[error("{min} to {max} of {options} cannot be chosen", min = .0.min, max = .0.max, options = .0.options)]
    Group(Group),
    /// A highest score out of range.
    #[error("a highest score of {0}")]
    HighestScore(u8),
    /// No contest, or contests out of order.
    #[error("no contests, or not in ascending order")]
    Order,
}

impl ContestRule {
    /// The most options of a contest.
    pub const MOST_OPTIONS: usize = 97;
    /// The most options of a ranking: its cells are their square.
    pub const MOST_RANKED: usize = 6;
    /// The highest of highest scores.
    pub const HIGHEST_SCORE: u8 = 10;

    /// Whether a manifest may have this rule.
    pub fn check(&self) -> Result<(), RuleError> {
        let options = self.options();
        let most = match self {
            Self::Rank { .. } => Self::MOST_RANKED,
            Self::Choose { .. } | Self::Score { .. } => Self::MOST_OPTIONS,
        };
        if !(2..=most).contains(&options) {
            return Err(RuleError::Options(options));
        }
        match self {
            Self::Choose { groups } => groups.iter().try_for_each(Group::check),
            Self::Score { highest, .. } if !(1..=Self::HIGHEST_SCORE).contains(highest) => {
                Err(RuleError::HighestScore(*highest))
            }
            Self::Score { .. } | Self::Rank { .. } => Ok(()),
        }
    }

    /// How many options there are to vote on.
    #[must_use]
    pub fn options(&self) -> usize {
        match self {
            Self::Choose { groups } => groups.iter().map(|group| usize::from(group.options)).sum(),
            Self::Score { options, .. } | Self::Rank { options } => usize::from(*options),
        }
    }

    /// How many numbers are encrypted, and so how many sums the result has.
    #[must_use]
    pub fn cells(&self) -> usize {
        match self {
            Self::Choose { .. } | Self::Score { .. } => self.options(),
            Self::Rank { options } => usize::from(*options) * usize::from(*options),
        }
    }

    /// The highest number in a cell.
    #[must_use]
    pub const fn highest(&self) -> u8 {
        match self {
            Self::Choose { .. } | Self::Rank { .. } => 1,
            Self::Score { highest, .. } => *highest,
        }
    }

    /// The sums over cells that are proved, in the order of the proof.
    ///
    /// Choose: one for each group, but none for a group of which any number may be chosen. Rank: one for each option (its places), then
    /// one for each place (its options). Score: none.
    #[must_use]
    pub fn sums(&self) -> Vec<CellSum> {
        match self {
            Self::Choose { groups } => {
                let mut next = 0usize;
                let mut sums = Vec::with_capacity(groups.len());
                for group in groups {
                    let end = next + usize::from(group.options);
                    if group.min > 0 || group.max < group.options {
                        sums.push(CellSum { cells: (next..end).collect(), min: group.min, max: group.max });
                    }
                    next = end;
                }
                sums
            }
            Self::Score { .. } => Vec::new(),
            Self::Rank { options } => {
                let n = usize::from(*options);
                let rows = (0..n).map(|option| (0..n).map(|place| option * n + place).collect());
                let columns = (0..n).map(|place| (0..n).map(|option| option * n + place).collect());
                rows.chain(columns).map(|cells| CellSum { cells, min: 1, max: 1 }).collect()
            }
        }
    }
}

impl ContestRule {
    /// How many branches a proof has: the values of each clause, over all clauses.
    #[must_use]
    pub fn branches(&self) -> usize {
        let alone = self.cells().saturating_mul(usize::from(self.highest()).saturating_add(1));
        self.sums().iter().map(CellSum::branches).fold(alone, usize::saturating_add)
    }

    /// How many bytes it takes up in a ballot in the expanded form.
    pub(crate) fn ballot_bytes(&self) -> usize {
        let (cells, branches) = (self.cells(), self.branches());
        let clauses = cells.saturating_add(self.sums().len());
        // The lengths of four lists, the mark of the expanded form, the challenge.
        let frame = 4 * 4 + 1 + 32;
        let of_cells = cells.saturating_mul(64);
        let of_branches = branches
            .saturating_mul(32 + 64)
            .saturating_add(branches.saturating_sub(clauses).saturating_mul(32));
        frame + of_cells.saturating_add(of_branches)
    }
}

impl Group {
    fn check(&self) -> Result<(), RuleError> {
        let can_be_filled =
            self.options > 0 && self.min <= self.max && self.max <= self.options && self.max > 0;
        if can_be_filled { Ok(()) } else { Err(RuleError::Group(*self)) }
    }
}

/// A sum over cells and the range it must lie in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellSum {
    /// The cells, from 0.
    pub cells: Vec<usize>,
    /// The lowest sum.
    pub min: u8,
    /// The highest sum.
    pub max: u8,
}

impl CellSum {
    /// How many values it may have.
    #[must_use]
    pub fn branches(&self) -> usize {
        usize::from(self.max.saturating_sub(self.min)) + 1
    }

    /// The sum over some cells' numbers.
    #[must_use]
    pub fn total(&self, cells: &[u8]) -> u8 {
        self.cells.iter().filter_map(|cell| cells.get(*cell)).fold(0, |sum, cell| sum.saturating_add(*cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(groups: &[(u8, u8, u8)]) -> ContestRule {
        let group = |(options, min, max): &(u8, u8, u8)| Group { options: *options, min: *min, max: *max };
        ContestRule::Choose { groups: groups.iter().map(group).collect() }
    }

    #[test]
    fn a_rule_that_cannot_be_filled_is_refused() {
        assert!(choose(&[(90, 0, 7), (7, 3, 3)]).check().is_ok());
        for group in [(2, 2, 1), (2, 0, 3), (2, 0, 0)] {
            assert!(matches!(choose(&[group]).check(), Err(RuleError::Group(_))), "{group:?}");
        }
        assert_eq!(choose(&[]).check(), Err(RuleError::Options(0)));
        assert_eq!(choose(&[(1, 0, 1)]).check(), Err(RuleError::Options(1)));
        assert_eq!(choose(&[(90, 0, 7), (8, 3, 3)]).check(), Err(RuleError::Options(98)));
        assert!(matches!(choose(&[(2, 1, 1), (0, 0, 0)]).check(), Err(RuleError::Group(_))));
        assert_eq!(ContestRule::Rank { options: 7 }.check(), Err(RuleError::Options(7)));
        assert!(ContestRule::Rank { options: 6 }.check().is_ok());
        assert_eq!(ContestRule::Score { options: 2, highest: 0 }.check(), Err(RuleError::HighestScore(0)));
        assert_eq!(ContestRule::Score { options: 2, highest: 11 }.check(), Err(RuleError::HighestScore(11)));
    }

    #[test]
    fn the_sums_of_a_ranking_are_its_rows_and_columns() {
        let sums: Vec<_> = ContestRule::Rank { options: 2 }.sums().into_iter().map(|sum| sum.cells).collect();
        assert_eq!(sums, [vec![0, 1], vec![2, 3], vec![0, 2], vec![1, 3]]);
        let groups = choose(&[(2, 1, 1), (3, 0, 2)]).sums();
        assert_eq!(groups[1], CellSum { cells: vec![2, 3, 4], min: 0, max: 2 });
    }
}
