//! The I/O edge of `core`: transport, HTTP messages, the verifying ledger client, the parties' clients.

pub mod api;
pub mod transport;

pub use transport::{Method, Request, Response, Transport, TransportError};
