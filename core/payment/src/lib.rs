#![doc = include_str!("../README.md")]

pub mod code;
pub mod terms;

pub mod order;
pub mod progress;
pub mod request;
pub mod word;

#[cfg(feature = "render")]
pub mod render;
#[cfg(feature = "scan")]
pub mod scan;

pub use order::{Hold, PaymentRecord, PaymentState};
pub use progress::Progress;
pub use terms::{Salt, Terms};
