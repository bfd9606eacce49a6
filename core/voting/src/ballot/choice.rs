//! What a citizen chooses in a contest. It is a secret: wiped when dropped, hidden from `Debug` (VOTE-35).

use crate::contest::ContestRule;
use crate::identifier::ContestIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A choice in one contest; options are numbered from 0.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Zeroize, ZeroizeOnDrop)]
pub enum ContestChoice {
    /// The options that are chosen, ascending.
    Choose(Vec<u8>),
    /// A score for each option.
    Score(Vec<u8>),
    /// All options, the preferred first.
    Rank(Vec<u8>),
}
citizen_primitives::canonical!(ContestChoice = 1);

/// The choices do not fit the ballot. Which they were is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// More or fewer choices than contests.
    #[error("not one choice for each contest")]
    Contests,
    /// A choice that the contest's rule does not allow.
    #[error("the choice does not fit contest {0}")]
    DoesNotFit(ContestIndex),
    /// Sequence numbers begin at 1.
    #[error("a ballot numbered 0")]
    Sequence,
}

impl ContestChoice {
    /// The numbers to encrypt, cell by cell; `None` if the rule does not allow the choice (VOTE-30).
    #[must_use]
    pub fn cells(&self, rule: &ContestRule) -> Option<Zeroizing<Vec<u8>>> {
        let mut cells = Zeroizing::new(vec![0; rule.cells()]);
        match (self, rule) {
            (Self::Choose(chosen), ContestRule::Choose { .. }) => {
                for option in chosen {
                    *cells.get_mut(usize::from(*option))? = 1;
                }
                chosen.is_sorted_by(|before, after| before < after).then_some(())?;
            }
            (Self::Score(scores), ContestRule::Score { highest, .. }) => {
                let fits = scores.len() == cells.len() && scores.iter().all(|score| score <= highest);
                fits.then(|| cells.copy_from_slice(scores))?;
            }
            (Self::Rank(order), ContestRule::Rank { options }) => {
                (order.len() == usize::from(*options)).then_some(())?;
                for (place, option) in order.iter().enumerate() {
                    (option < options).then_some(())?;
                    *cells.get_mut(usize::from(*option) * usize::from(*options) + place)? = 1;
                }
            }
            _ => return None,
        }
        let in_range = rule.sums().iter().all(|sum| {
            let total = sum.total(&cells);
            (sum.min..=sum.max).contains(&total)
        });
        in_range.then_some(cells)
    }
}

impl fmt::Debug for ContestChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContestChoice(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::Group;

    fn five_and_two() -> ContestRule {
        let group = |options, min, max| Group { options, min, max };
        ContestRule::Choose { groups: vec![group(5, 1, 1), group(2, 0, 2)] }
    }

    #[test]
    fn vote_30_a_choice_that_the_rule_forbids_is_no_choice() {
        let allowed =
            |options: &[u8]| ContestChoice::Choose(options.to_vec()).cells(&five_and_two()).is_some();
        assert!(allowed(&[3]) && allowed(&[3, 5]) && allowed(&[0, 5, 6]));
        for refused in [&[][..], &[5], &[0, 1], &[3, 3], &[5, 3], &[3, 7]] {
            assert!(!allowed(refused), "{refused:?}");
        }
        let score = ContestRule::Score { options: 3, highest: 4 };
        assert!(ContestChoice::Score(vec![0, 4, 2]).cells(&score).is_some());
        assert!(ContestChoice::Score(vec![0, 5, 2]).cells(&score).is_none());
        assert!(ContestChoice::Score(vec![0, 4]).cells(&score).is_none());
        let rank = ContestRule::Rank { options: 3 };
        assert_eq!(
            ContestChoice::Rank(vec![2, 0, 1]).cells(&rank).unwrap().as_slice(),
            [0, 1, 0, 0, 0, 1, 1, 0, 0]
        );
        for refused in [&[2, 0][..], &[2, 0, 0], &[2, 0, 3], &[0, 1, 2, 2]] {
            assert!(ContestChoice::Rank(refused.to_vec()).cells(&rank).is_none(), "{refused:?}");
        }
        assert!(ContestChoice::Rank(vec![0, 1, 2]).cells(&score).is_none());
    }

    #[test]
    fn vote_35_a_choice_does_not_show_itself() {
        assert_eq!(format!("{:?}", ContestChoice::Choose(vec![3])), "ContestChoice(hidden)");
    }
}
