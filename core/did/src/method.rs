//! The methods that are known here.

pub mod jwk;
pub mod key;
pub mod seoul;
pub mod web;
