//! A party's way to the others with the injector around every send.

use async_trait::async_trait;
use citizen_client::{Request, Response, Transport, TransportError};
use citizen_primitives::Injector;
use std::fmt;
use std::sync::Arc;

/// A transport behind an injector: a party that is cut before a send sends nothing; one that is cut after it never hears
/// the answer.
pub struct InjectedTransport {
    net: Arc<dyn Transport>,
    injector: Arc<dyn Injector>,
}

impl InjectedTransport {
    /// Around a transport.
    #[must_use]
    pub fn around(net: Arc<dyn Transport>, injector: Arc<dyn Injector>) -> Self {
        Self { net, injector }
    }
}

#[async_trait]
impl Transport for InjectedTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let place = request.place;
        self.injector.before(place).map_err(|_| TransportError::Stopped)?;
        let answer = self.net.send(request).await;
        self.injector.after(place).map_err(|_| TransportError::Stopped)?;
        answer
    }
}

impl fmt::Debug for InjectedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InjectedTransport")
    }
}
