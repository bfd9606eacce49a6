//! Connections that share nothing with any other: how a ballot leaves without a name, and a presentation without an account.

use citizen_client::Transport;
use std::sync::Arc;

/// Opens transports that have nothing in common: no connection, no cookie, no session of TLS, no name. What goes out over one cannot be
/// matched with what went out over another but by the address that both come from.
pub trait Connections: Send + Sync {
    /// A transport that nothing was sent over; nothing if there are none.
    fn open(&self) -> Option<Arc<dyn Transport>>;
}

/// A client of its own for each.
#[cfg(feature = "reqwest")]
#[derive(Debug, Clone, Copy, Default)]
pub struct FreshHttps;

#[cfg(feature = "reqwest")]
impl Connections for FreshHttps {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        Some(Arc::new(citizen_client::Https::new().ok()?))
    }
}

/// For an app that brings its own transport and no others: it cannot vote, and its gateway can tell which account presents to whom.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoConnections;

impl Connections for NoConnections {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        None
    }
}

#[cfg(feature = "reqwest")]
pub(crate) fn ordinary() -> Arc<dyn Connections> {
    Arc::new(FreshHttps)
}

#[cfg(not(feature = "reqwest"))]
pub(crate) fn ordinary() -> Arc<dyn Connections> {
    Arc::new(NoConnections)
}
