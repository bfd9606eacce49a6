//! How long a citizen waits, with the wallet unlocked, against a city in this process over loopback; how long the city takes to
//! start on a folder with many accounts; and how much memory both take: `wallet_times ACCOUNTS`. Prints `figure`, name, value,
//! unit, separated by tabs.

#![allow(clippy::unwrap_used)] // A measurement that cannot be made is stopped.

use citizen_keys::{DevicePair, HardwareKey, KeyAlias, MemoryBackend, SigningKey, SoftwareKeystore};
use citizen_ledger::{Action, Nonce, OpenAccount, Signer, TransactionBody};
use citizen_primitives::{Canonical as _, Clock as _, Hash, Label, clock::SystemClock, random};
use citizen_store::MemoryDisk;
use citizen_wallet::{
    City as Trusted, Claim, Coins, Https, PinCost, Points, StorePlace, Trust, Wallet, WalletConfig, Won,
};
use city_chain::{Chain as _, EmbeddedChain, Pace};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::keys::Keys;
use city_sandbox::merchants::{BAKERY, printed_code};
use city_sandbox::{genesis, node};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Openings in one block.
const BLOCK: usize = 5_000;
/// Times each act is measured; the median counts.
const ROUNDS: usize = 15;

#[tokio::main]
async fn main() {
    let accounts: usize = std::env::args().nth(1).map_or(100_000, |count| count.parse().unwrap());
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("city");
    populate(&folder, accounts);
    let start = Instant::now();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let city = City::start(Folder::open(&folder).unwrap(), listen).await.unwrap();
    figure(&format!("city-start-{accounts}"), start.elapsed().as_secs_f64(), "s");
    figure("memory-city-peak", peak_megabytes(), "MB, with the wallet not yet open");
    let wallet = open_wallet(&city).await;
    measure(&wallet).await;
    figure("memory-city-and-wallet-peak", peak_megabytes(), "MB");
    city.stop().await.unwrap();
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure\t{name}\t{value:.3}\t{unit}");
}

/// A ledger in the city's folder with so many accounts, before the city starts.
fn populate(folder: &Path, accounts: usize) {
    let folder = Folder::open(folder).unwrap();
    let keys = Keys::open(&folder, &mut random::system()).unwrap();
    let genesis = genesis::open(&folder, &keys, SystemClock.now()).unwrap();
    let storage = node::storage(&folder.room("ledger").unwrap().join("ledger.redb"), &genesis).unwrap();
    let pace = Pace { openings: u32::MAX, ..Pace::default() };
    let chain = node::open_paced(storage, &keys, Arc::new(SystemClock), pace).unwrap();
    let keystore =
        SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system())).unwrap();
    let hardware = HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap();
    let everybody: Vec<usize> = (0..accounts).collect();
    for block in everybody.chunks(BLOCK) {
        for number in block {
            chain.submit(opening(&chain, &hardware, *number)).unwrap();
        }
        chain.step().unwrap();
    }
}

fn opening(chain: &EmbeddedChain, hardware: &HardwareKey, number: usize) -> Vec<u8> {
    let seed = *Hash::plain(&[&number.to_le_bytes()]).as_bytes();
    let key = SigningKey::from_seed(&seed);
    let device = DevicePair::new(&key.public(), hardware.public()).unwrap();
    let salt = *seed.first_chunk().unwrap();
    let recovery = key.public();
    let status = chain.status();
    let body = TransactionBody {
        chain_id: status.chain_id,
        valid_until: status.latest.plus(100),
        nonce: Nonce::from_bytes(salt),
        signer: Signer::Opening,
        action: Action::OpenAccount(OpenAccount { device, recovery, salt }),
    };
    let bytes = body.signing_bytes();
    let own = key.sign(Label::Transaction, &bytes);
    body.signed(vec![own, hardware.sign(Label::Transaction, &bytes).unwrap(), own]).to_canonical()
}

async fn open_wallet(city: &City) -> Wallet {
    let keystore =
        SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system())).unwrap();
    let store = StorePlace::Opened(Box::new(MemoryDisk::default().open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    let trusted = Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) };
    let (wallet, code) = Wallet::create(config.with_city(trusted), "294857").unwrap();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("김재는").await.unwrap();
    wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await.unwrap();
    wallet
}

async fn measure(wallet: &Wallet) {
    let code = printed_code(BAKERY).unwrap();
    let (mut balances, mut reviews, mut approvals, mut payments) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        wallet.balance().await.unwrap();
        balances.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let scanned = wallet.scan_text(&code).await.unwrap();
        let coins = Coins::Exactly(Points::new(100).unwrap());
        let review = wallet.review_payment(&scanned, Some(Won::new(300).unwrap()), coins).await.unwrap();
        reviews.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let approved = wallet.approve(review).await.unwrap();
        approvals.push(start.elapsed().as_secs_f64());
        let paid = wallet.follow_payment(approved.payment_id(), |_| {}).await.unwrap();
        assert!(paid.is_captured());
        payments.push(start.elapsed().as_secs_f64());
    }
    figure("wallet-balance", median(balances) * 1e3, "ms");
    figure("wallet-scan-and-review", median(reviews) * 1e3, "ms");
    figure("wallet-approve", median(approvals) * 1e3, "ms");
    figure("wallet-approve-to-receipt", median(payments) * 1e3, "ms");
}

/// The most memory this process has had, as Linux counts it; 0 elsewhere.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1024.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
