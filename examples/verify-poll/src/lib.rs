#![doc = include_str!("../README.md")]

pub mod fetch;
pub mod file;
pub mod print;
pub mod verdict;

pub use fetch::{FetchError, fetch};
pub use file::{Opened, create, open};
pub use verdict::{Anchor, Trusted, Verdict, verify};
