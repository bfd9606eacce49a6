//! The roll: who may vote, in the order of numbers that nobody but the person and the registrars can match with her.

use super::Office;
use crate::error::ServiceError;
use crate::registrar::{Known, Roll, RollRow};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Hash, PersonTag, Text};
use citizen_voting::identifier::ElectorateIndex;
use citizen_voting::issuance::RollEntry;

/// Somebody who may vote, as the office knows her.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// By what registrars know her.
    pub known: Known,
    /// Who she is.
    pub person: Text,
}

impl Office {
    /// Draws a roll: each person, each account and each card once, numbers without order, a salt for each (OFFICE-1).
    pub(super) fn draw(&self, electorate: ElectorateIndex, members: &[Member]) -> Result<Roll, ServiceError> {
        let mut known = std::collections::BTreeSet::new();
        let mut persons = std::collections::BTreeSet::new();
        let mut drawn: Vec<([u8; 32], &Member)> = members
            .iter()
            .filter(|member| known.insert(member.known) && persons.insert(&member.person))
            .map(|member| (self.party.random(), member))
            .collect();
        // The salts are random, so their order is one.
        drawn.sort_unstable_by_key(|(salt, _)| Hash::plain(&[b"order", salt]));
        let rows = drawn.into_iter().zip(0..).map(|((salt, member), index)| RollRow {
            known: member.known,
            entry: RollEntry { electorate, index, salt, person: self.person(&member.person) },
        });
        Roll::new(rows.collect()).map_err(|_| ServiceError::Malformed)
    }

    /// A person as rolls name her: a keyed hash.
    fn person(&self, person: &Text) -> PersonTag {
        PersonTag::from_bytes(self.secret.keyed_hash(person.as_str().as_bytes()))
    }
}
