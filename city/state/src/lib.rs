#![doc = include_str!("../README.md")]

pub mod execute;

mod admit;
mod component;
mod genesis;
mod outcome;
mod overlay;
mod read;
mod signatures;

pub use admit::{AdmitError, Admitted, Desk};
pub use execute::{Block, Head, execute, execute_admitted, execute_with};
pub use genesis::{GenesisError, begin};
pub use outcome::{ExecuteError, HeaderNews, Leaf, Outcome, TransactionResult};
pub use read::{ReadError, StateRead};
