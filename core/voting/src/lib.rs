#![doc = include_str!("../README.md")]

pub mod contest;
pub mod identifier;

pub mod group;

mod transcript;

pub mod election;

pub mod ballot;

pub mod blind;
pub mod board;
pub mod issuance;
pub mod manifest;
pub mod receipt;
pub mod relay;
pub mod reward;
pub mod spoil;
pub mod token;

pub use ballot::{Ballot, BallotSeed, BallotStyle, ContestChoice, Fingerprint, SignedBallot, VerifiedBallot};
pub use contest::{ContestRule, Group, RuleError};
pub use election::{Election, ElectionKey};
pub use identifier::{CellIndex, ContestIndex, ElectorateIndex, Sequence, TrusteeIndex, VotingKey};

#[cfg(test)]
mod testing;
