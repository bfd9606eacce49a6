#![doc = include_str!("../README.md")]

mod audit;
mod chain;
mod embedded;
mod mempool;
mod seal;

pub use audit::{AuditError, AuditReport, audit};
pub use chain::{
    Chain, ChainError, ChainStatus, Proven, ProvenGrowth, ProvenHeader, ProvenLeaf, SubmitError,
};
pub use embedded::{EmbeddedChain, Pace};
pub use seal::ValidatorKey;
