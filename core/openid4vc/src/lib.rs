#![doc = include_str!("../README.md")]

pub mod dcql;

pub mod vci;
pub mod vp;

pub mod dpop;
pub mod pkce;

pub mod http;
