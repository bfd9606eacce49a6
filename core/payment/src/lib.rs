#![doc = include_str!("../README.md")]

pub mod code;
pub mod terms;

pub mod gift;
pub mod mandate;
pub mod order;
pub mod progress;
pub mod refund;
pub mod request;
pub mod till;
pub mod word;

#[cfg(feature = "render")]
pub mod render;
#[cfg(feature = "scan")]
pub mod scan;

pub use mandate::{Mandate, SignedMandate};
pub use order::{Hold, PaymentRecord, PaymentState};
pub use progress::Progress;
pub use refund::{RedemptionRecord, RefundRecord, RefundTerms};
pub use terms::{Salt, Terms};
