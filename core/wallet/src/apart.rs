//! Ways that share nothing with the wallet's own: over the wallet's own everything goes that is asked about its account. Ballots and what is
//! asked about them leave apart (BALLOT-7); and so does whatever names an issuer, a verifier or a credential (CARD-41).

use crate::error::{Input, WalletError};
#[cfg(any(feature = "voting", feature = "credentials"))]
use crate::link::Link;
use crate::wallet::{Wallet, reach};
use citizen_client::{Exchange, Transport};
use std::sync::Arc;

impl Wallet {
    /// Calls to an address over a connection that shares nothing with any other.
    #[cfg(feature = "voting")]
    pub(crate) fn nameless(&self, url: &str) -> Result<Exchange, WalletError> {
        self.exchange_over(self.session().connections.open(), url)
    }

    /// A way to the ledger over a connection of its own.
    #[cfg(feature = "voting")]
    pub(crate) fn nameless_link(&self) -> Result<Link, WalletError> {
        self.link_over(self.session().connections.open())
    }

    /// **CARD-41** A way to the ledger over which nothing is asked about an account: for the registry, and for anchors of status lists. Each
    /// is made for one question or for those that belong together.
    #[cfg(feature = "credentials")]
    pub(crate) async fn registry_link(&self) -> Result<Link, WalletError> {
        // Where trust begins with the first use, this is where: a question of everybody's.
        self.link().await?;
        self.link_over(Some(self.line()))
    }

    /// A connection for one request to an issuer or a verifier, or to somebody who is told who she is. An app that has none apart, [`crate::NoConnections`], sends it over the wallet's
    /// own: it shows its card as before, and its gateway can join the two.
    pub(crate) fn line(&self) -> Arc<dyn Transport> {
        self.session().connections.open().unwrap_or_else(|| Arc::clone(&self.session().transport))
    }

    /// What a link apart has verified the wallet's own need not verify again: trust is one, whoever brought the header.
    #[cfg(feature = "credentials")]
    pub(crate) async fn learn(&self, header: &citizen_ledger::VerifiedHeader) -> Result<(), WalletError> {
        Ok(self.link().await?.ledger().learn(header)?)
    }

    /// Calls to somebody who does not learn from the connection whose account it is: a registrar of whoever registers by her card (CARD-15), an
    /// issuer of whoever has lost her phone.
    pub(crate) fn exchange_apart(&self, url: &str) -> Result<Exchange, WalletError> {
        self.exchange_over(Some(self.line()), url)
    }

    #[cfg(any(feature = "voting", feature = "credentials"))]
    fn link_over(&self, transport: Option<Arc<dyn Transport>>) -> Result<Link, WalletError> {
        let light = self.light_client().ok_or(WalletError::Offline { can_queue: false })?;
        let exchange = self.exchange_over(transport, &self.trust().url)?;
        Ok(Link::new(exchange, light, Arc::clone(&self.session().clock)))
    }

    fn exchange_over(
        &self,
        transport: Option<Arc<dyn Transport>>,
        url: &str,
    ) -> Result<Exchange, WalletError> {
        let transport = transport.ok_or(WalletError::Invalid { input: Input::TransportNeeded })?;
        let mut reach = reach(self.session());
        reach.transport = transport;
        reach.exchange(url)
    }
}
