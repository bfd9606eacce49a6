//! What a wallet is made of: everything that differs between a phone, a desktop and a test is an argument.

#[cfg(feature = "credentials")]
use crate::credential::ReturnAddress;
use crate::platform::{Connections, Randomness, SystemRandomness, SystemTimer};
use citizen_client::{Timer, Transport, TrustFile};
#[cfg(feature = "credentials")]
use citizen_did::Resolver;
use citizen_keys::{Keystore, PinCost, PinPolicy};
#[cfg(feature = "credentials")]
use citizen_openid4vc::vp::UnknownVerifiers;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock, Seconds};
use citizen_store::LockedStore;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// How an app is called as a client of OAuth that says nothing else.
#[cfg(feature = "credentials")]
const CLIENT: &str = "seoul-citizen-wallet";

/// Where the wallet keeps its rows.
pub enum StorePlace {
    /// An SQLite file, made if it is not there.
    File(PathBuf),
    /// A store that the caller opened.
    Opened(Box<dyn LockedStore>),
}

/// The city: where it is reached, and from what its ledger is trusted.
#[derive(Debug, Clone)]
pub struct City {
    /// The gateway's address.
    pub url: Url,
    /// Where trust begins.
    pub trust: Trust,
}

/// Where trust in a ledger begins (core/docs/decisions.md, 5).
#[derive(Debug, Clone)]
pub enum Trust {
    /// A file that came with the app, not from the server.
    File(TrustFile),
    /// The first header that the gateway shows; every view says so.
    FirstUse,
}

/// What a wallet is made of. Start with [`WalletConfig::new`] and change what differs.
pub struct WalletConfig {
    /// Where it keeps its rows.
    pub store: StorePlace,
    /// The platform's key store.
    pub keystore: Arc<dyn Keystore>,
    /// How it reaches the city.
    pub transport: Arc<dyn Transport>,
    /// How it sends ballots, and asks about issuers and verifiers and speaks to them (CARD-41): connections that share nothing with that transport or
    /// with one another.
    pub connections: Arc<dyn Connections>,
    /// The city; needed to create or restore a wallet, later only if it has changed.
    pub city: Option<City>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh random bytes.
    pub randomness: Arc<dyn Randomness>,
    /// Waiting between two questions.
    pub timer: Arc<dyn Timer>,
    /// How long without an act of the citizen until it locks itself.
    pub auto_lock: Seconds,
    /// Free tries of the PIN, and waits.
    pub pin_policy: PinPolicy,
    /// What one try of the PIN costs.
    pub pin_cost: PinCost,
    /// What is shown to a verifier that the registry does not prove: nothing, unless the app's policy lets the citizen insist (VP-6).
    #[cfg(feature = "credentials")]
    pub unknown_verifiers: UnknownVerifiers,
    /// Where a browser comes back to from an issuer's page; with none, no offer that needs one is taken (CARD-70).
    #[cfg(feature = "credentials")]
    pub return_address: Option<ReturnAddress>,
    /// How the app is called as a client of OAuth, as its issuers have registered it: the same on every phone.
    #[cfg(feature = "credentials")]
    pub client_id: String,
    /// How DIDs are resolved: by the methods of `citizen-did`, and by those that the app adds ([`Resolver::with`]). What a method wants fetched
    /// is fetched over a connection of its own.
    #[cfg(feature = "credentials")]
    pub resolver: Arc<Resolver>,
}

impl WalletConfig {
    /// The ordinary choices: system clock and randomness, five minutes to the automatic lock.
    #[must_use]
    pub fn new(store: StorePlace, keystore: Arc<dyn Keystore>, transport: Arc<dyn Transport>) -> Self {
        Self {
            store,
            keystore,
            transport,
            connections: crate::platform::connections::ordinary(),
            city: None,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            timer: Arc::new(SystemTimer),
            auto_lock: Seconds::new(300),
            pin_policy: PinPolicy::standard(),
            pin_cost: PinCost::standard(),
            #[cfg(feature = "credentials")]
            unknown_verifiers: UnknownVerifiers::Refuse,
            #[cfg(feature = "credentials")]
            return_address: None,
            #[cfg(feature = "credentials")]
            client_id: CLIENT.to_owned(),
            #[cfg(feature = "credentials")]
            resolver: Arc::new(Resolver::new()),
        }
    }

    /// With this city.
    #[must_use]
    pub fn with_city(mut self, city: City) -> Self {
        self.city = Some(city);
        self
    }
}

impl fmt::Debug for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Opened(_) => "Opened",
        })
    }
}

impl fmt::Debug for WalletConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalletConfig")
            .field("store", &self.store)
            .field("city", &self.city)
            .finish_non_exhaustive()
    }
}
