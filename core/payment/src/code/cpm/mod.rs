//! EMV QR Code Specification for Payment Systems, Consumer-Presented Mode, v1.0 (July 2017): base64 of BER-TLV.
//!
//! Lengths count bytes. What the card data mean is not judged here, beyond their lengths.

mod check;
mod consumer;
mod name;
mod read;
mod tlv;

pub use consumer::{ConsumerCode, Template};
pub use tlv::{DataObject, Tag, Value};

pub(crate) use read::read;
