#![doc = include_str!("../README.md")]

mod gateway;

pub mod desk;
pub mod refusal;
pub mod routes;

pub mod guard;
pub mod measures;

mod catalogue;
mod message;

pub use desk::{
    BankDesk, CentreDesk, ChainDesk, IssuerDesk, LedgerDesk, RecoveryDesk, RegistrarDesk, RelayDesk,
    TreasuryDesk, VerifierDesk,
};
pub use gateway::Gateway;
pub use guard::Limits;
pub use refusal::Refusal;

/// The OpenAPI document as it is checked in and served.
pub const OPENAPI: &str = include_str!("../openapi.json");
