//! A city, who is entered in its registry, and a citizen with a wallet.

use crate::node::Peer;
use citizen_client::{Exchange, LedgerClient, Method, Transport as _, WebRequest, WebResponse};
use citizen_jose::{Algorithm, CertificateChain, Signer as _, SoftwareSigner, base64url};
use citizen_keys::MemoryBackend;
use citizen_ledger::{
    CertificateGrant, CertificateRecord, CertificateRole, Govern, GrantedClaim, GrantedData, LightClient,
};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, Hash, Place, Seconds, Text, UnixTime, random};
use citizen_store::MemoryDisk;
use citizen_wallet::view::CredentialView;
use citizen_wallet::{
    City as Trusted, Https, PinCost, ReturnAddress, SoftwareKeystore, StorePlace, Trust, Wallet, WalletConfig,
};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::keys::Keys;
use city_sandbox::rules;
use city_services::issuer::{Application, OfferAnswer, WALLET_ADDRESS};
use p256::pkcs8::DecodePrivateKey as _;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const HERE: Place = Place::new("test/interoperation");
/// Looks that are taken until something has come about, a tenth of a second apart.
pub(crate) const LOOKS: u32 = 1_800;
pub(crate) const PAUSE: Duration = Duration::from_millis(100);
/// How long the governors' decision counts, in blocks.
const VALIDITY: u64 = 100;
/// By which the other programs call this machine.
pub(crate) const HOST: &str = "localhost";
pub(crate) const CARD: &str = "urn:seoul:citizen-card:1";
/// Number, name and day of birth of the citizen.
pub(crate) const HONG: [&str; 3] = ["SB-1001", "홍 길동", "1999-03-02"];

pub(crate) async fn city() -> (City, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    (City::start(Folder::open(&home.path().join("city")).unwrap(), listen).await.unwrap(), home)
}

/// A program of others, in a role, over HTTP.
pub(crate) fn peer(role: &str, mut setup: Value) -> Option<Peer> {
    let program =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bindings/xtask/interop/openid4vc/peer.mjs");
    setup["http"] = json!(HOST);
    Peer::start(&program, role, &setup)
}

/// Whoever has a key and a certificate for it.
pub(crate) struct Party {
    chain: CertificateChain,
    key: Value,
}

impl Party {
    /// By a certificate that names these hosts.
    pub(crate) fn new(hosts: &[&str]) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let names: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&pair).unwrap();
        let secret = p256::SecretKey::from_pkcs8_der(&pair.serialize_der()).unwrap().to_bytes();
        let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &secret.into()).unwrap();
        let mut key = signer.jwk().to_value();
        key["d"] = json!(base64url::encode(secret));
        Self { chain: CertificateChain::from_der(&[certificate.der().to_vec()]).unwrap(), key }
    }

    /// The key with its private part, and the certificate.
    pub(crate) fn to_value(&self) -> Value {
        json!({ "key": self.key, "x5c": self.chain.to_value() })
    }

    fn thumbprint(&self) -> Hash {
        Hash::from_bytes(*self.chain.leaf().thumbprint().as_bytes())
    }
}

/// A credential, and which of its claims; none: all of them.
pub(crate) type Grant<'a> = (&'a str, &'a [&'a [&'a str]]);

/// The governors enter a party in the registry.
pub(crate) async fn register(city: &City, party: &Party, role: CertificateRole, grants: &[Grant<'_>]) {
    let text = |text: &str| Text::new(text).unwrap();
    let claim = |names: &&[&str]| GrantedClaim(names.iter().map(|name| text(name)).collect());
    let grant = |(credential, claims): &Grant<'_>| CertificateGrant {
        credential: text(credential),
        data: match *claims {
            [] => GrantedData::All,
            claims => GrantedData::Claims(claims.iter().map(claim).collect()),
        },
        purpose_ko: text("시험"),
        purpose_en: text("a test"),
    };
    let now = SystemClock.now();
    let record = CertificateRecord {
        role,
        thumbprint: party.thumbprint(),
        name_ko: text("이웃 도시"),
        name_en: text("The Next City"),
        grants: grants.iter().map(grant).collect(),
        anchor: None,
        from: UnixTime::default(),
        until: now.plus(Seconds::new(86_400)),
    };
    let exchange = Exchange::new(Arc::new(Https::new().unwrap()), city.url());
    let light = LightClient::new(city.trust().anchor().clone());
    let ledger = LedgerClient::new(exchange, light, Arc::new(SystemClock));
    let height = ledger.refresh(HERE).await.unwrap().header.height();
    let keys = Keys::read(city.folder().path()).unwrap();
    let decision = Govern::SetCertificate(Box::new(record));
    let until = (ledger.chain_id(), height.plus(VALIDITY));
    let decided = rules::decided(&keys, until, decision, &mut random::system());
    ledger.submit(HERE, &decided).await.unwrap();
    for _ in 0..LOOKS {
        if let Ok(Some(_)) = ledger.certificate(HERE, role, &party.thumbprint()).await {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("never registered")
}

/// A new phone's wallet.
pub(crate) fn wallet(city: &City) -> Wallet {
    let keystore =
        SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system())).unwrap();
    let store = StorePlace::Opened(Box::new(MemoryDisk::default().open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    config.return_address = Some(ReturnAddress::new(WALLET_ADDRESS).unwrap());
    let trusted = Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) };
    Wallet::create(config.with_city(trusted), "294857").unwrap().0
}

/// She applies at the city's counter.
pub(crate) fn offered(city: &City, credentials: &[&str]) -> OfferAnswer {
    let [number, name, birth_date] = HONG.map(str::to_owned);
    let credentials = credentials.iter().map(|name| (*name).to_owned()).collect();
    city.cards().issuer.offer(&Application { number, name, birth_date, credentials }).unwrap()
}

/// A wallet with the city's card.
pub(crate) async fn with_card(city: &City) -> Wallet {
    let (wallet, offer) = (wallet(city), offered(city, &["citizen-card"]));
    let review = wallet.review_offer(&offer.offer).await.unwrap();
    wallet.accept_offer(review, Some(&offer.transaction_code)).await.unwrap();
    wallet
}

pub(crate) fn copies(held: &[CredentialView], vct: &str) -> usize {
    *held.iter().find(|held| held.vct() == vct).unwrap().copies_left()
}

/// What a browser sends.
pub(crate) async fn browse(method: Method, url: &str, headers: &[(&str, &str)], body: String) -> WebResponse {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let url = url.parse().unwrap();
    let request = WebRequest { place: HERE, method, url, headers, body: body.into_bytes() };
    Https::new().unwrap().send_web(request).await.unwrap()
}

pub(crate) fn header<'a>(answer: &'a WebResponse, name: &str) -> &'a str {
    &answer.headers.iter().find(|(own, _)| own == name).unwrap().1
}

/// The names in an object, in order.
pub(crate) fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}
