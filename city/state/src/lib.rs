#![doc = include_str!("../README.md")]

pub mod execute;

mod admit;
mod component;
mod genesis;
mod overlay;
mod read;
mod signatures;

pub use admit::{Admission, AdmitError, admit};
pub use execute::{Block, ExecuteError, HeaderNews, Outcome, TransactionResult, execute, execute_with};
pub use genesis::{GenesisError, begin};
pub use read::{ReadError, StateRead};
