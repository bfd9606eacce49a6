//! How long a citizen waits through the exported objects, against a city in this process over loopback: the same acts that Kotlin and
//! Swift measure. Prints `figure`, name, value, unit, separated by tabs.

#![allow(clippy::unwrap_used)] // A measurement that cannot be made is stopped.

use citizen_wallet_ffi::{
    CityAddress, Coins, Platform, Secret, TrustSource, Wallet, WalletError, WalletPlace, inspect_code,
};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::merchants::{BAKERY, printed_code};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PIN: &str = "294857";
/// Times each act is measured; the median counts.
const ROUNDS: usize = 15;
/// The same, of a call that asks nobody.
const CALLS: u32 = 10_001;

#[tokio::main]
async fn main() {
    let home = tempfile::tempdir().unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let city = City::start(Folder::open(&home.path().join("city")).unwrap(), listen).await.unwrap();
    let address = CityAddress {
        url: city.url().to_string(),
        trust: TrustSource::File { json: city.trust().to_json() },
    };
    let wallet = citizen(home.path(), address).await;
    acts(&wallet).await.unwrap();
    wallet.release().await.unwrap();
    openings(home.path()).await.unwrap();
    calls();
    city.stop().await.unwrap();
}

fn place(home: &Path, city: Option<CityAddress>) -> WalletPlace {
    let store = home.join("wallet").to_str().unwrap().to_owned();
    WalletPlace {
        store,
        city,
        auto_lock_seconds: None,
        may_insist: false,
        return_address: None,
        client_id: None,
    }
}

async fn platform(home: &Path) -> Arc<Platform> {
    let keys = home.join("keys").to_str().unwrap().to_owned();
    Platform::desktop(keys, None, None, None, None).await.unwrap()
}

async fn citizen(home: &Path, city: CityAddress) -> Arc<Wallet> {
    let wallet =
        Wallet::create(place(home, Some(city)), platform(home).await, secret(PIN), None).await.unwrap();
    let code = wallet.generate_recovery_code(None).await.unwrap();
    wallet.open_account(code, None).await.unwrap();
    wallet.enrol("김재는".to_owned(), None).await.unwrap();
    wallet.earn("eco".to_owned(), "eco-2026-h1".to_owned(), None).await.unwrap();
    wallet
}

/// A balance, a review, a payment.
async fn acts(wallet: &Wallet) -> Result<(), WalletError> {
    let code = printed_code(BAKERY).unwrap();
    let (mut balances, mut reviews, mut approvals, mut payments) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        wallet.balance(None).await?;
        balances.push(start.elapsed());
        let start = Instant::now();
        let scanned = wallet.scan_text(code.clone(), None).await?;
        let review = wallet.review_payment(scanned, Coins::Exactly { points: 100 }, Some(300), None).await?;
        reviews.push(start.elapsed());
        let start = Instant::now();
        let approved = wallet.approve(review, None).await?;
        approvals.push(start.elapsed());
        let paid = wallet.follow_payment(approved.payment_id().to_hex(), None).await?;
        assert!(paid.is_captured());
        payments.push(start.elapsed());
    }
    milliseconds("ffi-balance", balances);
    milliseconds("ffi-scan-and-review", reviews);
    milliseconds("ffi-approve", approvals);
    milliseconds("ffi-approve-to-captured", payments);
    Ok(())
}

/// From nothing to a verified balance, as an app that was just started: the platform, the store, the PIN, the proof.
async fn openings(home: &Path) -> Result<(), WalletError> {
    let (mut opened, mut unlocked, mut shown) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let wallet = Wallet::open(place(home, None), platform(home).await, None).await?;
        opened.push(start.elapsed());
        wallet.unlock(secret(PIN), None).await?;
        unlocked.push(start.elapsed());
        assert!(wallet.balance(None).await?.points().freshness().is_fresh());
        shown.push(start.elapsed());
        wallet.release().await?;
    }
    milliseconds("ffi-cold-open", opened);
    milliseconds("ffi-cold-open-and-unlock", unlocked);
    milliseconds("ffi-cold-open-to-verified-balance", shown);
    Ok(())
}

/// What a call costs that asks nobody.
fn calls() {
    let code = printed_code(BAKERY).unwrap();
    let start = Instant::now();
    for _ in 0..CALLS {
        assert!(inspect_code(code.clone(), false).refusal.is_none());
    }
    let each = start.elapsed().as_secs_f64() / f64::from(CALLS);
    println!("figure\tffi-inspect-code\t{:.2}\tµs, mean of {CALLS}", each * 1e6);
}

fn secret(text: &str) -> Arc<Secret> {
    let secret = Secret::new();
    assert!(text.chars().all(|character| secret.push(u32::from(character))));
    secret
}

fn milliseconds(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("figure\t{name}\t{:.2}\tms, median of {ROUNDS}", middle.as_secs_f64() * 1e3);
}
