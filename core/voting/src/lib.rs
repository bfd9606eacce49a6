#![doc = include_str!("../README.md")]

pub mod contest;
pub mod identifier;
pub mod manifest;

pub mod group;

mod transcript;

pub mod ceremony;
pub mod election;

pub mod blind;
pub mod issuance;
pub mod token;

pub mod ballot;
pub mod spoil;

pub mod board;
pub mod receipt;
pub mod relay;
pub mod reward;

pub mod decryption;
pub mod result;
pub mod tally;

pub mod verify;

pub use ballot::{Ballot, BallotSeed, BallotStyle, ContestChoice, Fingerprint, SignedBallot, VerifiedBallot};
pub use board::{BallotLeaf, BoardEntry, BoardLeaf, CastBallot};
pub use contest::{ContestRule, Group, RuleError};
pub use election::{Election, ElectionKey};
pub use identifier::{CellIndex, ContestIndex, ElectorateIndex, Sequence, TrusteeIndex, VotingKey};
pub use manifest::{Manifest, Poll};
pub use verify::{Count, PollAnchor, PollRecord, Report, count_ballots, verify_poll};

// The fuzz targets speak of the crate by its name.
#[cfg(test)]
extern crate self as citizen_voting;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod vectors;
