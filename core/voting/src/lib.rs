#![doc = include_str!("../README.md")]

pub mod contest;
pub mod identifier;

pub use contest::{ContestRule, Group, RuleError};
pub use identifier::{CellIndex, ContestIndex, ElectorateIndex, Sequence, TrusteeIndex, VotingKey};
