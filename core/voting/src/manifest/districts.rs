//! Of which districts a poll's electorates are: told beside the manifest, for lists of polls near a citizen (VOTE-61). Who may vote, the
//! roll alone decides.

use super::Poll;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Text;
use citizen_primitives::order::set_of;

/// For each electorate of a poll, in the manifest's order, the districts that its members live in, by their Korean names (`마포구`),
/// ascending. None: it is of the whole city.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Districts(Vec<Vec<Text>>);
citizen_primitives::canonical!(Districts = 1);

/// Why districts are not those of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DistrictsError {
    /// More or fewer lists than electorates.
    #[error("not one list of districts for each electorate")]
    Electorates,
    /// No electorate is of a district: then nothing is told.
    #[error("no district is named")]
    None,
    /// A name without letters, too long, or out of order.
    #[error(
        "districts are named in ascending order, each once, at most {} of an electorate, in at most {} characters",
        Districts::MOST,
        Districts::LONGEST
    )]
    Names,
}

impl Districts {
    /// The most districts of one electorate: Seoul has 25.
    pub const MOST: usize = 25;
    /// The most characters of a name.
    pub const LONGEST: usize = 20;

    /// Puts the names of each electorate in order. Nothing if no electorate names one: such a poll is of the whole city.
    #[must_use]
    pub fn of(electorates: Vec<Vec<Text>>) -> Option<Self> {
        let in_order = |names: Vec<Text>| set_of(names).into_iter().collect::<Vec<_>>();
        let lists: Vec<Vec<Text>> = electorates.into_iter().map(in_order).collect();
        lists.iter().any(|names| !names.is_empty()).then_some(Self(lists))
    }

    /// Whether they are this poll's, in their one form (VOTE-61).
    pub fn check(&self, poll: &Poll) -> Result<(), DistrictsError> {
        let Self(lists) = self;
        if lists.len() != poll.manifest().electorates.len() {
            return Err(DistrictsError::Electorates);
        }
        if lists.iter().all(Vec::is_empty) {
            return Err(DistrictsError::None);
        }
        let is_name =
            |name: &Text| !name.as_str().trim().is_empty() && name.as_str().chars().count() <= Self::LONGEST;
        let is_in_form = |names: &Vec<Text>| {
            names.len() <= Self::MOST
                && names.iter().all(is_name)
                && names.is_sorted_by(|one, next| one < next)
        };
        if lists.iter().all(is_in_form) { Ok(()) } else { Err(DistrictsError::Names) }
    }

    /// The list of each electorate, in the manifest's order.
    pub fn electorates(&self) -> impl Iterator<Item = &[Text]> {
        self.0.iter().map(Vec::as_slice)
    }
}
