//! A whole poll in memory: 3 registrars, 5 trustees of whom 3 decrypt, 2 relays, two electorates, every kind of contest.

pub(crate) mod city;
pub(crate) mod manifest;
pub(crate) mod record;
pub(crate) mod seeded;

use citizen_voting::BoardLeaf;

/// The leaf of an entry, which is a ballot's.
pub(crate) fn ballot_leaf(leaf: &BoardLeaf) -> citizen_voting::BallotLeaf {
    *leaf.ballot().unwrap()
}
