//! The roll of an electorate, as the election office hands it to every registrar. The manifest names its root, so that no two can be
//! given different ones.

use super::Registrar;
use super::record::{KINDS, Kinds, LOADED, Loaded, PLACES, roll_key};
use crate::error::ServiceError;
use crate::places;
use crate::voter::Voter;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_merkle::MemoryTree;
use citizen_primitives::{AccountId, Hash};
use citizen_voting::issuance::RollEntry;
use std::collections::BTreeSet;

/// By what a roll knows somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Known {
    /// Her account: its device asks for her.
    Account(AccountId),
    /// Her citizen card: whoever shows it asks for her.
    Card(Voter),
}

impl From<AccountId> for Known {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

/// A person on the roll, and how it knows her: in one way alone.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RollRow {
    /// By what.
    pub known: Known,
    /// Her place.
    pub entry: RollEntry,
}

/// The roll of one electorate, in the order of the numbers.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Roll {
    rows: Vec<RollRow>,
}
citizen_primitives::canonical!(Roll = 2);

/// Why rows are no roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RollError {
    /// Nobody is on it, or more than can be counted.
    #[error("an empty roll")]
    Size,
    /// Rows of several electorates, or not numbered from 0 in their order.
    #[error("row {0} is out of place")]
    Place(usize),
    /// A person, an account or a card that stands there twice.
    #[error("row {0} is of somebody who is on the roll already")]
    Twice(usize),
}

impl Roll {
    /// Checks rows: of one electorate, numbered from 0, each person, each account and each card once.
    pub fn new(rows: Vec<RollRow>) -> Result<Self, RollError> {
        let roll = Self { rows };
        roll.check()?;
        Ok(roll)
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[RollRow] {
        &self.rows
    }

    /// What the manifest names.
    #[must_use]
    pub fn root(&self) -> Hash {
        MemoryTree::of(self.rows.iter().map(|row| row.entry.leaf())).root()
    }

    fn check(&self) -> Result<(), RollError> {
        let electorate = self.rows.first().ok_or(RollError::Size)?.entry.electorate;
        let (mut persons, mut all) = (BTreeSet::new(), BTreeSet::new());
        for (at, RollRow { known, entry }) in self.rows.iter().enumerate() {
            let number = u32::try_from(at).map_err(|_| RollError::Size)?;
            if entry.electorate != electorate || entry.index != number {
                return Err(RollError::Place(at));
            }
            if !persons.insert(entry.person) || !all.insert(*known) {
                return Err(RollError::Twice(at));
            }
        }
        Ok(())
    }
}

impl Registrar {
    /// Keeps a roll. It is used for every electorate whose manifest names its root and its size (REGISTRAR-2).
    pub fn load_roll(&self, roll: &Roll) -> Result<Hash, ServiceError> {
        roll.check().map_err(|_| ServiceError::Malformed)?;
        let root = roll.root();
        let size = u32::try_from(roll.rows.len()).map_err(|_| ServiceError::Malformed)?;
        self.party.db().commit(places::REGISTRAR_ROLL, |writer| {
            let mut kinds = Kinds { accounts: false, cards: false };
            for RollRow { known, entry } in &roll.rows {
                writer.put(PLACES, &roll_key(&root, known), entry)?;
                match known {
                    Known::Account(_) => kinds.accounts = true,
                    Known::Card(_) => kinds.cards = true,
                }
            }
            writer.put(KINDS, root.as_bytes(), &kinds)?;
            writer.put(LOADED, root.as_bytes(), &Loaded { size })?;
            Ok::<_, ServiceError>(root)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::PersonTag;
    use citizen_voting::ElectorateIndex;

    fn row(index: u32, person: u8, account: u8) -> RollRow {
        let electorate = ElectorateIndex::new(0);
        let entry =
            RollEntry { electorate, index, salt: [9; 32], person: PersonTag::from_bytes([person; 32]) };
        RollRow { known: Known::Account(AccountId::from_bytes([account; 32])), entry }
    }

    #[test]
    fn registrar_2_a_roll_has_everybody_once_and_in_her_place() {
        assert!(Roll::new(vec![row(0, 1, 1), row(1, 2, 2)]).is_ok());
        assert_eq!(Roll::new(vec![]), Err(RollError::Size));
        assert_eq!(Roll::new(vec![row(0, 1, 1), row(2, 2, 2)]), Err(RollError::Place(1)));
        assert_eq!(Roll::new(vec![row(0, 1, 1), row(1, 1, 2)]), Err(RollError::Twice(1)));
        assert_eq!(Roll::new(vec![row(0, 1, 1), row(1, 2, 1)]), Err(RollError::Twice(1)));
        let card = |index, person, card| RollRow {
            known: Known::Card(Voter::from_bytes([card; 32])),
            ..row(index, person, 0)
        };
        assert!(
            Roll::new(vec![row(0, 1, 1), card(1, 2, 1)]).is_ok(),
            "the bytes of an account are no card's"
        );
        assert_eq!(Roll::new(vec![card(0, 1, 1), card(1, 2, 1)]), Err(RollError::Twice(1)));
        let mut other = row(1, 2, 2);
        other.entry.electorate = ElectorateIndex::new(1);
        assert_eq!(Roll::new(vec![row(0, 1, 1), other]), Err(RollError::Place(1)));
    }
}
