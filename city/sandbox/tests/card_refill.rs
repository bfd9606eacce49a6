//! A citizen's wallet and the city's issuer over days, over HTTP: a hospital that takes longer than a token lives, another offer meanwhile, and fresh
//! copies before the last is shown.

#![cfg(test)]

use citizen_client::{Method, Request, Transport as _, WebRequest};
use citizen_keys::MemoryBackend;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock, Place, Seconds, UnixTime, random};
use citizen_store::MemoryDisk;
use citizen_wallet::view::CredentialView;
use citizen_wallet::{
    City as Trusted, Https, PinCost, SoftwareKeystore, StorePlace, Timer, Trust, Wallet, WalletConfig,
};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_services::issuer::{Application, OfferAnswer};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const PIN: &str = "294857";
const HERE: Place = Place::new("test/card-refill");
/// Looks that are taken until something has come about, a tenth of a second apart.
const LOOKS: u32 = 1_800;
const CARD: &str = "urn:seoul:citizen-card:1";
const HEALTH: &str = "urn:seoul:health-check:1";
/// How long the hospital takes, for a wallet that was told to wait.
const LONG: u64 = 3 * 86_400;

/// The machine's clock, put forward.
#[derive(Default)]
struct Later(AtomicU64);

impl Clock for Later {
    fn now(&self) -> UnixTime {
        SystemClock.now().plus(Seconds::new(self.0.load(Ordering::SeqCst)))
    }
}

/// Whoever waits for an issuer waits for days; whoever waits for a moment waits for it.
struct Days(Arc<Later>);

#[async_trait::async_trait]
impl Timer for Days {
    async fn sleep(&self, time: Duration) {
        if time >= Duration::from_secs(5) {
            self.0.0.fetch_add(LONG, Ordering::SeqCst);
        } else {
            tokio::time::sleep(time).await;
        }
    }
}

fn config(city: &City, clock: &Arc<Later>, disk: &MemoryDisk, hardware: &MemoryBackend) -> WalletConfig {
    let keystore = SoftwareKeystore::open(Box::new(hardware.clone()), Box::new(random::system())).unwrap();
    let store = StorePlace::Opened(Box::new(disk.open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    config.clock = clock.clone();
    config.timer = Arc::new(Days(clock.clone()));
    config.auto_lock = Seconds::new(400 * 86_400);
    config.with_city(Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) })
}

async fn offered(city: &City, credential: &str) -> OfferAnswer {
    let application = Application {
        number: "SB-1001".to_owned(),
        name: "홍 길동".to_owned(),
        birth_date: "1999-03-02".to_owned(),
        credentials: vec![credential.to_owned()],
    };
    let url = city.url().join("v1/issuer/offers").unwrap();
    let body = serde_json::to_vec(&application).unwrap();
    let request = Request { place: HERE, method: Method::Post, url, body };
    let answer = Https::new().unwrap().send(request).await.unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

async fn receive(city: &City, wallet: &Wallet, credential: &str) -> Vec<CredentialView> {
    let offer = offered(city, credential).await;
    let review = wallet.review_offer(&offer.offer).await.unwrap();
    wallet.accept_offer(review, Some(&offer.transaction_code)).await.unwrap()
}

/// Looks until ledger, lists and issuer are where they lead to.
async fn refreshed(wallet: &Wallet, is_so: impl Fn(&[CredentialView]) -> bool) -> Vec<CredentialView> {
    let mut last = None;
    for _ in 0..LOOKS {
        let held = wallet.refresh_credentials().await;
        match held {
            Ok(held) if is_so(&held) => return held,
            other => last = Some(other),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {last:?}")
}

async fn web(city: &City, method: Method, path: &str) -> (Vec<(String, String)>, Vec<u8>) {
    let url = city.url().join(path).unwrap();
    let request = WebRequest { place: HERE, method, url, headers: Vec::new(), body: Vec::new() };
    let answer = Https::new().unwrap().send_web(request).await.unwrap();
    (answer.headers, answer.body)
}

/// She shows what the library needs; how the visit ended.
async fn show(city: &City, wallet: &Wallet) -> String {
    let (headers, _) = web(city, Method::Post, "v1/verifiers/mapo-library/visits").await;
    let page = headers.into_iter().find(|(name, _)| name == "location").unwrap().1;
    let standing = async || -> Value {
        serde_json::from_slice(&web(city, Method::Get, &format!("{page}/standing")).await.1).unwrap()
    };
    let link = standing().await["link"].as_str().unwrap().to_owned();
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    standing().await["standing"].as_str().unwrap().to_owned()
}

fn copies(held: &[CredentialView], vct: &str) -> Option<usize> {
    held.iter().find(|held| held.vct() == vct).map(|held| *held.copies_left())
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_12_a_health_check_comes_days_later_another_offer_is_taken_meanwhile_and_copies_do_not_run_out()
 {
    let folder = tempfile::tempdir().unwrap();
    let (clock, listen) = (Arc::new(Later::default()), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let home = Folder::open(&folder.path().join("city")).unwrap();
    let city = City::start_by(clock.clone(), home, listen).await.unwrap();
    let (disk, hardware) = (MemoryDisk::default(), MemoryBackend::default());
    let wallet = Wallet::create(config(&city, &clock, &disk, &hardware), PIN).unwrap().0;

    // The wallet is told to wait, and the token does not live so long.
    assert!(receive(&city, &wallet, "health-check").await.is_empty());
    let awaited = wallet.pending_credentials().unwrap();
    assert_eq!((awaited.len(), *awaited[0].state()), (1, "being-issued"));
    drop(wallet);
    let wallet = Wallet::open(config(&city, &clock, &disk, &hardware)).unwrap().unlock(PIN).unwrap();
    assert_eq!(wallet.pending_credentials().unwrap(), awaited);
    for _ in 0..LOOKS {
        if clock.now().since(city.ledger().latest_time) < Seconds::new(60) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    // Another offer leaves it as it is.
    assert_eq!(copies(&receive(&city, &wallet, "citizen-card").await, CARD), Some(10));
    assert_eq!(wallet.pending_credentials().unwrap(), awaited);
    let held = refreshed(&wallet, |held| copies(held, HEALTH) == Some(10)).await;
    assert_eq!((held.len(), wallet.pending_credentials().unwrap().len()), (2, 0));

    refreshed(&wallet, |held| held.iter().all(|held| *held.state() == "valid")).await;
    for _ in 0..7 {
        assert_eq!(show(&city, &wallet).await, "accepted");
    }
    let before = wallet.credentials().unwrap();
    assert_eq!(copies(&before, CARD), Some(3));
    let after = refreshed(&wallet, |held| copies(held, CARD) == Some(10)).await;
    let id = |held: &[CredentialView]| *held.iter().find(|held| held.vct() == CARD).unwrap().id();
    assert_eq!(id(&before), id(&after), "the same credential");
    refreshed(&wallet, |held| held.iter().all(|held| *held.state() == "valid")).await;
    assert_eq!(show(&city, &wallet).await, "accepted");
    city.stop().await.unwrap();
}
