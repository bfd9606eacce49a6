#![doc = include_str!("../README.md")]

pub mod device;
pub mod page;
pub mod polls;
pub mod said;

pub use device::{CheckError, Checked, Device};
pub use polls::{Polls, PollsError};
