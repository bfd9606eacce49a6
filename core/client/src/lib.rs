#![doc = include_str!("../README.md")]

pub mod api;
pub mod transport;

pub mod retry;
pub mod timer;

pub mod exchange;
#[cfg(feature = "reqwest")]
pub mod https;

pub mod ledger;
pub mod registry;
pub mod trust_file;

pub mod bank;
pub mod centre;
pub mod treasury;

pub mod word;

pub use bank::{BankClient, BankStand, SettlementStand};
pub use centre::{CentreClient, ORDER_CONTEXT, PaymentReport};
pub use exchange::{CallError, Exchange};
#[cfg(feature = "reqwest")]
pub use https::{Https, HttpsError, PlainHttp};
pub use ledger::{HistoricHeader, Latest, LedgerClient, LedgerError, Proven, Unproved};
pub use registry::{Parties, PartyKeys, RegistryError};
pub use retry::Retry;
#[cfg(feature = "reqwest")]
pub use timer::TokioTimer;
pub use timer::{NoWait, Timer};
pub use transport::{Method, Request, Response, Transport, TransportError};
pub use treasury::TreasuryClient;
pub use trust_file::{TrustFile, TrustFileError};
pub use word::{SignedWord, WordError};
