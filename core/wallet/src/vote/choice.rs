//! What she chooses, as an app hands it in.

use crate::error::{Input, WalletError};
use citizen_voting::contest::ContestRule;
use citizen_voting::manifest::Poll;
use citizen_voting::{ContestChoice, ElectorateIndex};
use std::fmt;
use zeroize::Zeroize as _;

/// A choice in one contest. It is wiped when dropped, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Choice {
    contest: u8,
    numbers: Vec<u8>,
}

impl Choice {
    /// In the contest of this number: of a contest in which one chooses, the numbers of the chosen options; of one in which one scores,
    /// a score for each option; of a ranking, all options, the preferred first. Everything is numbered from 0.
    #[must_use]
    pub const fn new(contest: u8, numbers: Vec<u8>) -> Self {
        Self { contest, numbers }
    }

    /// The contest.
    #[must_use]
    pub const fn contest(&self) -> u8 {
        self.contest
    }

    fn read(&self, rule: &ContestRule) -> ContestChoice {
        let mut numbers = self.numbers.clone();
        match rule {
            ContestRule::Choose { .. } => {
                numbers.sort_unstable();
                ContestChoice::Choose(numbers)
            }
            ContestRule::Score { .. } => ContestChoice::Score(numbers),
            ContestRule::Rank { .. } => ContestChoice::Rank(numbers),
        }
    }
}

impl Drop for Choice {
    fn drop(&mut self) {
        self.numbers.zeroize();
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Choice(hidden)")
    }
}

/// One choice for each contest of the electorate, in the manifest's order. A contest that is left out is one in which she chooses
/// nothing, where the rule allows that; a contest named twice, or one that is not hers, is a mistake.
pub(super) fn read(
    poll: &Poll,
    electorate: ElectorateIndex,
    choices: &[Choice],
) -> Result<Vec<ContestChoice>, WalletError> {
    let wrong = || WalletError::Invalid { input: Input::Choices };
    let mut taken = 0usize;
    let read = poll.rules(electorate).into_iter().map(|(contest, rule)| {
        let mut named = choices.iter().filter(|choice| choice.contest == contest.number());
        let choice = match (named.next(), named.next()) {
            (Some(choice), None) => {
                taken = taken.saturating_add(1);
                choice.read(&rule)
            }
            (None, _) => Choice::new(contest.number(), Vec::new()).read(&rule),
            (Some(_), Some(_)) => return Err(wrong()),
        };
        choice.cells(&rule).map(|_| choice).ok_or_else(wrong)
    });
    let read = read.collect::<Result<Vec<_>, _>>()?;
    if taken == choices.len() { Ok(read) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_does_not_show_itself() {
        assert_eq!(format!("{:?}", Choice::new(0, vec![3])), "Choice(hidden)");
    }

    #[test]
    fn the_order_in_which_options_are_named_is_no_part_of_choosing() {
        use citizen_voting::contest::Group;
        let rule = ContestRule::Choose { groups: vec![Group { options: 5, min: 1, max: 2 }] };
        let choice = Choice::new(0, vec![3, 1]).read(&rule);
        assert_eq!(choice, ContestChoice::Choose(vec![1, 3]));
        assert!(choice.cells(&rule).is_some());
        // Of one option twice nothing is made good.
        assert!(Choice::new(0, vec![1, 1]).read(&rule).cells(&rule).is_none());
    }
}
