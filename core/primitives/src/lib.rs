#![doc = include_str!("../README.md")]

pub mod amount;
pub mod canonical;
pub mod clock;
pub mod hash;
pub mod identifier;
pub mod label;
pub mod order;
pub mod place;
pub mod random;
pub mod text;
pub mod time;

pub use amount::{AmountError, Points, Won};
pub use canonical::{Canonical, DecodeError};
pub use clock::Clock;
pub use hash::Hash;
pub use identifier::{
    AccountId, ChainId, IdentifierError, KeyId, MerchantId, PaymentId, PersonTag, PollId, ProgrammeId,
    RecoveryCaseId, RedemptionId, RefundId, SeoulDid, TransactionId,
};
pub use label::Label;
pub use place::{Cut, Injector, NeverCut, Place};
pub use text::{Text, TextError};
pub use time::{Day, Height, Month, Seconds, TimeError, UnixTime};
