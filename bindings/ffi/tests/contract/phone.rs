//! A phone: the app's parts, its files, and what the app has in hand between two steps.

use crate::parts::{Ear, Keys, Lines, Net, Waiting, Watch};
use citizen_wallet_ffi::{
    BallotReview, CityAddress, Clock, CodeReview, Connections, EventListener, GiftReview, Keystore,
    OfferReview, Platform, PresentationReview, RegistrationReview, Review, ScannedCode, Secret, Transport,
    TrustSource, Wallet, WalletPlace,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub(crate) struct Phone {
    pub(crate) keys: Arc<Keys>,
    pub(crate) net: Arc<Net>,
    pub(crate) lines: Arc<Lines>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) ear: Arc<Ear>,
    pub(crate) waiting: Arc<Waiting>,
    store: String,
    /// Where the stage's issuer sends a browser back to.
    pub(crate) return_address: Option<String>,
    pub(crate) hand: Hand,
}

/// The address that the stage's issuer has registered.
pub(crate) const BACK: &str = "https://wallet.seoul.example/back";

/// What lies between two steps.
#[derive(Default)]
pub(crate) struct Hand {
    pub(crate) wallet: Option<Arc<Wallet>>,
    pub(crate) recovery: Option<Arc<Secret>>,
    pub(crate) backup: Option<Vec<u8>>,
    pub(crate) scanned: Option<Arc<ScannedCode>>,
    pub(crate) reviewed: Option<Arc<Review>>,
    pub(crate) showing: Option<Arc<CodeReview>>,
    pub(crate) giving: Option<Arc<GiftReview>>,
    pub(crate) registration: Option<Arc<RegistrationReview>>,
    pub(crate) ballot: Option<Arc<BallotReview>>,
    pub(crate) offer: Option<Arc<OfferReview>>,
    pub(crate) request: Option<Arc<PresentationReview>>,
    pub(crate) receipts: BTreeMap<String, Vec<u8>>,
}

/// Where the city is, for a phone that does not know it yet.
#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) url: String,
    pub(crate) trust: String,
}

impl Phone {
    /// A phone whose files lie in a folder under its name.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        let file = |end: &str| folder.join(format!("{name}.{end}")).to_str().unwrap().to_owned();
        let waiting = Arc::<Waiting>::default();
        let net = Arc::new(Net::new(&waiting));
        Self {
            keys: Arc::new(Keys::new(file("keys"), &waiting)),
            lines: Arc::new(Lines::beside(&net)),
            net,
            watch: Arc::default(),
            ear: Arc::default(),
            waiting,
            store: file("wallet"),
            return_address: Some(BACK.to_owned()),
            hand: Hand::default(),
        }
    }

    pub(crate) fn platform(&self) -> Arc<Platform> {
        let keys: Arc<dyn Keystore> = self.keys.clone();
        let net: Arc<dyn Transport> = self.net.clone();
        let watch: Arc<dyn Clock> = self.watch.clone();
        let ear: Arc<dyn EventListener> = self.ear.clone();
        let lines: Arc<dyn Connections> = self.lines.clone();
        Platform::new(keys, Some(net), Some(watch), Some(ear), Some(lines))
    }

    pub(crate) fn place(&self, town: Option<&Town>, auto_lock_seconds: Option<u64>) -> WalletPlace {
        let city = town
            .cloned()
            .map(|Town { url, trust }| CityAddress { url, trust: TrustSource::File { json: trust } });
        let return_address = self.return_address.clone();
        let store = self.store.clone();
        WalletPlace { store, city, auto_lock_seconds, may_insist: false, return_address, client_id: None }
    }
}

pub(crate) fn secret(text: &str) -> Arc<Secret> {
    let secret = Secret::new();
    assert!(text.chars().all(|character| secret.push(u32::from(character))));
    secret
}
