//! EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, v1.0 (July 2017).
//!
//! Lengths count characters; the CRC covers UTF-8 bytes.

mod amount;
mod builder;
mod check;
mod checksum;
mod merchant;
mod name;
mod object;
mod read;
mod render;
mod write;

pub use amount::Amount;
pub use builder::Builder;
pub use checksum::checksum;
pub use merchant::{
    AccountContent, AdditionalData, ConsumerData, Initiation, Localised, MerchantAccount, MerchantCode,
    ObjectId, Prompted, Template, Tip,
};
pub use name::{Level, field_name};

pub(crate) use read::{read, resembles};
