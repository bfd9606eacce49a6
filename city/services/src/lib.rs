#![doc = include_str!("../README.md")]

pub mod bank;
pub mod centre;
pub mod office;
pub mod treasury;
pub mod trustee;

pub mod recovery;
pub mod registrar;
pub mod relay;

pub mod issuer;
pub mod verifier;

pub mod attested;
pub mod certified;
pub mod db;
pub mod error;
pub mod party;
pub mod places;
pub mod run;

mod blind_keys;
mod device;
mod log;
mod pages;
mod presented;
mod question;
mod seeded;
mod tries;
mod voter;

pub use attested::{Attested, AttestedError, Attestee, attest};
pub use bank::{Bank, Mood};
pub use centre::Centre;
pub use certified::{Certified, CertifiedError};
pub use db::{Db, DbError};
pub use error::{Reason, ServiceError};
pub use issuer::Issuer;
pub use office::Office;
pub use party::Party;
pub use places::{CARD_PLACES, PLACES, POLL_PLACES, RECOVERY_PLACES, SETTLEMENT_PLACES, TILL_PLACES};
pub use recovery::RecoveryOfficer;
pub use registrar::Registrar;
pub use relay::Relay;
pub use run::{Stepped, Steps, run};
pub use treasury::Treasury;
pub use trustee::Trustee;
pub use verifier::Verifier;
pub use voter::{Voter, Voters};
