#![doc = include_str!("../README.md")]

pub mod api;
pub mod authorised;
pub mod transport;

pub mod retry;
pub mod timer;

pub mod exchange;
#[cfg(feature = "reqwest")]
pub mod https;

pub mod card;
#[cfg(feature = "did")]
pub mod did;
pub mod ledger;
mod listed;
pub mod log;
pub mod published;
pub mod registry;
pub mod trust_file;

pub mod bundle;

pub mod bank;
pub mod centre;
pub mod consumer;
pub mod till;
pub mod treasury;

pub mod addresses;
pub mod blind_keys;
pub mod recovery;
pub mod registrar;
pub mod registration;
pub mod relay;

pub mod word;

pub use addresses::Addresses;
pub use authorised::Authorised;
pub use bank::{BankClient, BankStand, SettlementStand};
pub use blind_keys::{BlindKeysOrder, BlindKeysWord};
pub use bundle::{Bundle, BundleError, BundleWriter};
pub use card::ResolvedDid;
pub use centre::{
    AcceptedOrder, CHARGE_CONTEXT, CentreClient, MANDATE_CONTEXT, ORDER_CONTEXT, PaymentReport,
    REFUSAL_CONTEXT,
};
pub use consumer::{ChargeReport, ChargeSeen};
pub use exchange::{CallError, Exchange};
#[cfg(feature = "reqwest")]
pub use https::{Https, HttpsError, PlainHttp};
pub use ledger::{HistoricHeader, Latest, LedgerClient, LedgerError, Proven, Unproved};
pub use log::{LogLeaf, LogPages, ProvenGrowth, ProvenLeaf, Seal};
pub use published::{AnchorEvidence, EvidenceError, PublishedError, PublishedPoll};
pub use recovery::RecoveryOfficerClient;
pub use registrar::{CardQuestion, Issued, RegistrarAnswer, RegistrarClient, RegistrarWord};
pub use registration::CardRegistration;
pub use registry::{Parties, PartyKeys, RegistryError};
pub use relay::{Promised, RelayClient, RelayError, Standing};
pub use retry::Retry;
pub use till::{TillClient, TillWord};
#[cfg(feature = "reqwest")]
pub use timer::TokioTimer;
pub use timer::{NoWait, Timer};
pub use transport::{Method, Request, Response, Transport, TransportError, WebRequest, WebResponse};
pub use treasury::{CERTIFICATE_CONTEXT, PARTICIPATION, TreasuryClient};
pub use trust_file::{TrustFile, TrustFileError};
pub use word::{SignedWord, WordError};
