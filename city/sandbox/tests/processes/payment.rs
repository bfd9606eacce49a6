//! A wallet that knows the gateway's address alone pays, and one of the others is killed with -9 in the middle of it and started again.

use crate::apart::{Apart, audit};
use citizen_client::{Https, Method, Request, Transport as _};
use citizen_keys::MemoryBackend;
use citizen_ledger::TrustAnchor;
use citizen_primitives::{Place, random};
use citizen_store::MemoryDisk;
use citizen_wallet::{
    City, Claim, Coins, PaymentId, PaymentReview, PinCost, Points, SoftwareKeystore, StorePlace, Trust,
    Wallet, WalletConfig, WalletError, Won,
};
use city_sandbox::city::{database, ground};
use city_sandbox::folder::Folder;
use city_sandbox::keys::Keys;
use city_sandbox::merchants::{BAKERY, number, printed_code};
use std::sync::Arc;
use std::time::Duration;

fn wallet(city: &Apart, disk: &MemoryDisk, hardware: &MemoryBackend) -> WalletConfig {
    let keystore = SoftwareKeystore::open(Box::new(hardware.clone()), Box::new(random::system())).unwrap();
    let store = StorePlace::Opened(Box::new(disk.open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    config.with_city(City { url: city.url("ledger"), trust: Trust::File(city.trust()) })
}

const WON: u64 = 1_000;
const POINTS: u64 = 100;

/// What the citizen has, by proof and by the bank's word, once the payments are at their end.
async fn funds(wallet: &Wallet) -> (u64, u64) {
    let balance = wallet.balance().await.unwrap();
    (balance.points().points().amount(), balance.won().as_ref().unwrap().krw().amount())
}

async fn review(wallet: &Wallet, points: u64, won: u64) -> PaymentReview {
    let code = wallet.scan_text(&printed_code(BAKERY).unwrap()).await.unwrap();
    let coins = Coins::Exactly(Points::new(points).unwrap());
    wallet.review_payment(&code, Some(Won::new(points + won).unwrap()), coins).await.unwrap()
}

/// Follows a payment to its end: whether it was captured.
async fn end(wallet: &Wallet, payment: &PaymentId) -> bool {
    for _ in 0..3 {
        match wallet.follow_payment(payment, |_| {}).await {
            Ok(view) => {
                assert_eq!(wallet.receipt(payment).is_ok(), view.is_captured());
                assert_eq!(*view.state(), if view.is_captured() { "captured" } else { "reversed" });
                return view.is_captured();
            }
            // It ends by itself.
            Err(WalletError::Pending { .. } | WalletError::Offline { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("the payment does not end");
}

/// A mixed payment; when its order has been approved, `meanwhile` happens. Whether it was captured.
async fn pay(wallet: &Wallet, meanwhile: impl FnOnce()) -> bool {
    let review = review(wallet, POINTS, WON).await;
    let approved = wallet.approve(review).await.unwrap();
    meanwhile();
    end(wallet, approved.payment_id()).await
}

/// Until the centre has an order at its end in its book, a moment after the ledger.
async fn booked(city: &Apart, payment: &PaymentId) {
    let url = city.url("ledger").join(&format!("v1/centre/payments/{payment}")).unwrap();
    let https = Https::new().unwrap();
    for _ in 0..3_000 {
        let (place, method) = (Place::new("test/booked"), Method::Get);
        let answer = https.send(Request { place, method, url: url.clone(), body: Vec::new() }).await.unwrap();
        let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        if ["captured", "reversed", "failed"].contains(&told["stage"].as_str().unwrap()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the centre does not come to an end");
}

/// What the parties' own books say once nobody has them open: the customer, the settlement, the merchant's sales.
fn books(city: &Apart, wallet: &Wallet) -> (i64, i64, u64, u64) {
    let open = |part: &str| database(&Folder::open(&city.folder(part)).unwrap(), part).unwrap();
    let keys = Keys::read(&city.folder("ledger")).unwrap();
    let anchor: TrustAnchor = city.trust().anchor().clone();
    let ground = ground(city.url("ledger"), anchor).unwrap();
    let bank = ground.bank(&keys, open("bank")).unwrap();
    let centre = ground.centre(&keys, open("centre"), &city.url("bank")).unwrap();
    let centre_key = Keys::signing(&keys.centre).id();
    let takings = centre.takings(&number(BAKERY).unwrap()).unwrap();
    let customer = bank.customer_balance(wallet.account().unwrap().account()).unwrap();
    // Each payment is booked once: nothing was debited and credited back that need not be.
    let booked = bank.bookings().unwrap();
    assert!(booked.iter().zip(1..).all(|(booking, number)| booking.number == number));
    (customer, bank.held_for(&centre_key).unwrap(), takings.points.amount(), takings.won.amount())
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_8_apart_a_payment_is_captured_once_or_reversed_whoever_is_killed_in_its_middle() {
    let mut city = Apart::start();
    let (disk, hardware) = (MemoryDisk::default(), MemoryBackend::default());
    let (wallet, code) = Wallet::create(wallet(&city, &disk, &hardware), "294857").unwrap();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("김하나").await.unwrap();
    wallet.earn(&Claim::new("eco", "eco-2026-h1").unwrap()).await.unwrap();
    assert_eq!(funds(&wallet).await, (10_000, 100_000));

    let trust = city.trust();
    let mut captured = u64::from(pay(&wallet, || {}).await);
    assert_eq!(captured, 1, "nobody is killed");
    // Somewhere in the middle: what the party is at by then differs from run to run, and none of it may matter.
    let kills = [
        ("centre", &[0, 15, 40, 70, 110, 160][..]),
        ("bank", &[0, 20, 50, 90, 140]),
        ("ledger", &[0, 30, 80]),
    ];
    for (part, times) in kills {
        for after in times {
            let paid = pay(&wallet, || city.kill_and_serve(part, *after));
            captured += u64::from(paid.await);
            let left = (10_000 - captured * POINTS, 100_000 - captured * WON);
            assert_eq!(funds(&wallet).await, left, "{part} killed after {after} ms");
        }
    }
    // Two payments of which the bank can pay one: the other is reversed, whoever is killed.
    let reviews = [review(&wallet, POINTS, 60_000).await, review(&wallet, POINTS, 60_000).await];
    let mut payments = Vec::new();
    for review in reviews {
        payments.push(*wallet.approve(review).await.unwrap().payment_id());
    }
    city.kill_and_serve("centre", 10);
    city.kill_and_serve("bank", 10);
    let ends = [end(&wallet, &payments[0]).await, end(&wallet, &payments[1]).await];
    assert_eq!(ends.iter().filter(|is_captured| **is_captured).count(), 1);
    let (points, won) = ((captured + 1) * POINTS, captured * WON + 60_000);
    assert_eq!(funds(&wallet).await, (10_000 - points, 100_000 - won));
    assert_eq!(city.trust(), trust, "a checkpoint moves with an app's release, not with a restart");
    wallet.sync().await.unwrap();
    assert!(wallet.payments().unwrap().iter().all(|payment| payment.is_final()));

    for payment in wallet.payments().unwrap() {
        booked(&city, payment.payment_id()).await;
    }
    city.stop();
    let owed = i64::try_from(won).unwrap();
    assert_eq!(books(&city, &wallet), (100_000 - owed, owed, points, won));
    audit(&city.folder("ledger"));
    println!("{captured} of 15 payments captured, then one of two");
}
