//! What an app gives the wallet, and where the wallet lives.

use crate::clock::{self, Clock};
#[cfg(feature = "desktop")]
use crate::error::WalletError;
use crate::events::{EventListener, Events};
use crate::keystore::{self, Keystore};
use crate::live::Live;
use crate::transport::{self, Connections, Transport};
#[cfg(feature = "desktop")]
use crate::work::{Obeyed, run};
use citizen_wallet::error::Input;
use citizen_wallet::{
    City, Clock as CoreClock, Connections as CoreConnections, Keystore as CoreKeystore, NoConnections,
    Seconds, StorePlace, SystemClock, Transport as CoreTransport, Trust, TrustFile, WalletConfig,
    WalletError as Core,
};
#[cfg(feature = "desktop")]
use citizen_wallet::{KeystoreFile, Randomness as _, SoftwareKeystore, SystemRandomness};
use std::fmt;
use std::sync::Arc;

/// Where a wallet lives and which city it belongs to.
#[derive(Debug, Clone, uniffi::Record)]
pub struct WalletPlace {
    /// The path of the store's file. Its folder is there; the app keeps it out of cloud backups.
    pub store: String,
    /// The city: needed to create a wallet, later only if it has changed.
    #[uniffi(default = None)]
    pub city: Option<CityAddress>,
    /// Seconds without an act of the citizen until the wallet locks itself; five minutes if nothing is said.
    #[uniffi(default = None)]
    pub auto_lock_seconds: Option<u64>,
    /// Whether the app's policy lets the citizen insist on showing something to whom the registry does not prove. She has to say so each time.
    #[uniffi(default = false)]
    pub may_insist: bool,
    /// Where a browser comes back to from an issuer's page: the app's own `https` link, or a scheme of its own with a dot in it. Without one an offer that
    /// needs the browser is refused: `invalid`, `return-address-missing`.
    #[uniffi(default = None)]
    pub return_address: Option<String>,
    /// How the app is called as a client of OAuth, as its issuers have registered it; `seoul-citizen-wallet` if nothing is said.
    #[uniffi(default = None)]
    pub client_id: Option<String>,
}

/// A city: where it is reached, and from what its ledger is trusted.
#[derive(Debug, Clone, uniffi::Record)]
pub struct CityAddress {
    /// The gateway's address.
    pub url: String,
    /// Where trust begins.
    pub trust: TrustSource,
}

/// Where trust in a ledger begins.
#[derive(Debug, Clone, uniffi::Enum)]
pub enum TrustSource {
    /// A file that came with the app, not from the server.
    File {
        /// Its text, `city.json`.
        json: String,
    },
    /// The first header that the gateway shows; every view says so.
    FirstUse,
}

/// What differs between a phone, a desktop and a test.
#[derive(uniffi::Object)]
pub struct Platform {
    keystore: Arc<dyn CoreKeystore>,
    transport: Option<Arc<dyn CoreTransport>>,
    connections: Option<Arc<dyn CoreConnections>>,
    clock: Arc<dyn CoreClock>,
    events: Events,
    _live: Live,
}

#[uniffi::export]
impl Platform {
    /// A phone: its key store, and where the app brings them its own transport, clock, listener and connections. Without a transport
    /// the library's own is used, if it was built with one; an app that brings a transport brings connections too, or cannot
    /// vote, and its gateway can tell which account shows its card to whom.
    #[uniffi::constructor(default(transport = None, clock = None, listener = None, connections = None))]
    #[must_use]
    pub fn new(
        keystore: Arc<dyn Keystore>,
        transport: Option<Arc<dyn Transport>>,
        clock: Option<Arc<dyn Clock>>,
        listener: Option<Arc<dyn EventListener>>,
        connections: Option<Arc<dyn Connections>>,
    ) -> Arc<Self> {
        Self::assemble(Arc::new(keystore::Foreign(keystore)), transport, clock, listener, connections)
    }
}

impl Platform {
    pub(crate) fn assemble(
        keystore: Arc<dyn CoreKeystore>,
        transport: Option<Arc<dyn Transport>>,
        clock: Option<Arc<dyn Clock>>,
        listener: Option<Arc<dyn EventListener>>,
        connections: Option<Arc<dyn Connections>>,
    ) -> Arc<Self> {
        let foreign = |transport| -> Arc<dyn CoreTransport> { Arc::new(transport::Foreign(transport)) };
        let fresh = |connections| -> Arc<dyn CoreConnections> {
            Arc::new(transport::ForeignConnections(connections))
        };
        let clock: Arc<dyn CoreClock> = match clock {
            Some(clock) => Arc::new(clock::Foreign(clock)),
            None => Arc::new(SystemClock),
        };
        Arc::new(Self {
            keystore,
            transport: transport.map(foreign),
            connections: connections.map(fresh),
            clock,
            events: Events(listener),
            _live: Live::new(),
        })
    }

    pub(crate) const fn events(&self) -> &Events {
        &self.events
    }

    pub(crate) fn clock(&self) -> Arc<dyn CoreClock> {
        Arc::clone(&self.clock)
    }

    /// The app's transport or the library's own.
    pub(crate) fn transport(&self) -> Result<Arc<dyn CoreTransport>, Core> {
        match &self.transport {
            Some(transport) => Ok(Arc::clone(transport)),
            None => built_in_transport(),
        }
    }

    /// What a wallet at a place is made of.
    pub(crate) fn config(&self, place: WalletPlace) -> Result<WalletConfig, Core> {
        let WalletPlace { store, city, auto_lock_seconds, may_insist, return_address, client_id } = place;
        let store = StorePlace::File(store.into());
        let mut config = WalletConfig::new(store, Arc::clone(&self.keystore), self.transport()?);
        config.clock = self.clock();
        if let Some(connections) = &self.connections {
            config.connections = Arc::clone(connections);
        } else if self.transport.is_some() {
            // Ballots would leave over a stack that the app has not chosen: it cannot vote, and shows its card over its one transport.
            config.connections = Arc::new(NoConnections);
        }
        config.city = city.map(CityAddress::read).transpose()?;
        if let Some(seconds) = auto_lock_seconds {
            config.auto_lock = Seconds::new(seconds);
        }
        #[cfg(feature = "credentials")]
        if may_insist {
            config.unknown_verifiers = citizen_wallet::UnknownVerifiers::IfInsisted;
        }
        #[cfg(feature = "credentials")]
        {
            let address = return_address.as_deref().map(citizen_wallet::ReturnAddress::new);
            config.return_address = address.transpose()?;
            config.client_id = client_id.unwrap_or(config.client_id);
        }
        #[cfg(not(feature = "credentials"))]
        let _ = (may_insist, return_address, client_id);
        Ok(config)
    }
}

#[cfg(feature = "https")]
fn built_in_transport() -> Result<Arc<dyn CoreTransport>, Core> {
    match citizen_wallet::Https::new() {
        Ok(https) => Ok(Arc::new(https)),
        Err(_) => Err(Core::Invalid { input: Input::TransportNeeded }),
    }
}

#[cfg(not(feature = "https"))]
fn built_in_transport() -> Result<Arc<dyn CoreTransport>, Core> {
    Err(Core::Invalid { input: Input::TransportNeeded })
}

impl CityAddress {
    pub(crate) fn read(self) -> Result<City, Core> {
        let url = self.url.parse().map_err(|_| Core::Invalid { input: Input::Url })?;
        let trust = match self.trust {
            TrustSource::File { json } => Trust::File(TrustFile::parse(&json)?),
            TrustSource::FirstUse => Trust::FirstUse,
        };
        Ok(City { url, trust })
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Platform")
    }
}

#[cfg(feature = "desktop")]
#[uniffi::export]
impl Platform {
    /// A desktop or a server: the keys lie in a file, and whoever can read it has them. Not for phones.
    #[uniffi::constructor(default(transport = None, clock = None, listener = None, connections = None))]
    pub async fn desktop(
        keys: String,
        transport: Option<Arc<dyn Transport>>,
        clock: Option<Arc<dyn Clock>>,
        listener: Option<Arc<dyn EventListener>>,
        connections: Option<Arc<dyn Connections>>,
    ) -> Result<Arc<Self>, WalletError> {
        let keystore = run(Obeyed::default(), async move || {
            let file = Box::new(KeystoreFile::new(keys.into()));
            Ok(SoftwareKeystore::open(file, SystemRandomness.generator())?)
        });
        Ok(Self::assemble(Arc::new(keystore.await?), transport, clock, listener, connections))
    }
}
