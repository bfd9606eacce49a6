#![doc = include_str!("../README.md")]

pub mod action;
pub mod certificate;
pub mod custody;
pub mod did;
pub mod genesis;
pub mod parameters;
pub mod poll;
pub mod rejection;
pub mod role;
pub mod state_key;
pub mod transaction;

pub mod light_block;
pub mod proof;
pub mod trust;

pub mod freshness;
pub mod light_client;

pub mod attested;
pub mod history;
pub mod inclusion;
pub mod log;
pub mod receipt;
pub mod verified;

mod commit;
mod crypto;

pub use action::{
    Action, Capture, Charge, Govern, Grant, OpenAccount, Redeem, Refund, Release, ReplaceDevice, Revoke,
    SetLimits, Transfer,
};
pub use attested::{Attested, AttestedError, Party, Word};
pub use certificate::{
    AnchorStatus, CertificateGrant, CertificateRecord, CertificateRole, GrantedClaim, GrantedData,
    StatusAnchor,
};
pub use citizen_voting::board::LogHead;
pub use custody::{CustodyAction, CustodyRecord, FileRecovery, RecoveryCase, RecoveryRules, RecoveryStage};
pub use did::{CreateDid, DidAction, DidContent, DidRecord, RotateDid};
pub use freshness::Freshness;
pub use genesis::{Genesis, Validator};
pub use history::{HeaderProof, HistoryError};
pub use inclusion::{InclusionError, Outcome, TransactionOutcomeProof, TransactionProof};
pub use light_block::{LightBlock, LightBlockError};
pub use light_client::{HeaderError, LightClient};
pub use log::{LogError, LogGrowth, LogProof};
pub use parameters::{CardRules, Dated, Parameters, PaymentCardRule, PaymentRules, RedemptionRule};
pub use proof::{ProofError, ProvenState, ProvenValue, TreeHash};
pub use receipt::{Receipt, ReceiptError, Renewal, VerifiedReceipt, debit_digest};
pub use rejection::Rejection;
pub use role::{Role, RoleMembers, RoleRecord};
pub use state_key::StateKey;
pub use transaction::{CheckedTransaction, Nonce, SignedTransaction, Signer, TransactionBody};
pub use trust::{Trust, TrustAnchor, TrustedState};
pub use verified::{Provenance, Verified, VerifiedHeader};
