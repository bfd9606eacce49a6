//! How many payments a whole city carries: ledger, centre and bank on real files, each commit synced, behind the gateway's routes in
//! this process. `load [CHARGES [RATE SECONDS]]`: first so many charges of shown codes at once, then so many orders offered each
//! second for so many seconds, whether or not those before have ended. Everything must end paid, and the books agree to the won:
//! where something does not end, that is a figure too, and the books are not looked at.
//!
//! Phones and tills sign, seal and hand over as they do; the proofs that they would fetch one by one are fetched by one client, as
//! many records to a question as the gateway gives. Prints `figure`, name, value, unit, separated by tabs.

#![allow(clippy::unwrap_used)] // A measurement that cannot be made is stopped.

mod books;
mod citizen;
mod town;
mod watch;

use citizen::{Citizen, Till};
use std::sync::Arc;
use std::time::{Duration, Instant};
use town::Town;
use watch::Watch;

/// Orders of one citizen, one after the other.
const EACH: usize = 10;
/// How long everything may take to end.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::main]
async fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|number| number.parse().unwrap()).collect();
    let number = |place: usize, otherwise| numbers.get(place).copied().unwrap_or(otherwise);
    let (charges, rate, seconds) = (number(0, 2_000), number(1, 1_000), number(2, 30));
    let home = tempfile::tempdir().unwrap();
    let offered = rate * seconds;
    let town = Town::found(home.path()).await;
    let citizens = town.settle_citizens((offered / EACH).max(charges / EACH).max(1)).await;
    let mut all_paid = true;
    if charges > 0 {
        all_paid &= charge(&town, &citizens, charges).await;
    }
    if offered > 0 {
        all_paid &= offer(&town, &citizens, rate, seconds).await;
    }
    if all_paid {
        books::must_agree(&town, &citizens).await;
    }
    town.stop().await;
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure\t{name}\t{value:.3}\t{unit}");
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

/// Codes are shown before; then a till charges all of them, and the time runs until the last one is proved to be paid. Whether all
/// are.
async fn charge(town: &Arc<Town>, citizens: &[Arc<Citizen>], charges: usize) -> bool {
    let till = Arc::new(Till::open(town));
    let mut codes = Vec::new();
    for some in (0..charges).collect::<Vec<_>>().chunks(32) {
        let showing = some.iter().map(|at| {
            let (town, citizen) = (Arc::clone(town), Arc::clone(citizens.get(at % citizens.len()).unwrap()));
            tokio::spawn(async move { citizen.show(&town).await })
        });
        for shown in showing.collect::<Vec<_>>() {
            codes.push(shown.await.unwrap());
        }
    }
    let watch = Watch::begin(town);
    let start = Instant::now();
    let charging = codes.into_iter().map(|(code, payment)| {
        let (till, watch) = (Arc::clone(&till), Arc::clone(&watch));
        tokio::spawn(async move {
            let approved = Instant::now();
            till.charge(&code).await;
            watch.expect(payment, approved);
        })
    });
    for charged in charging.collect::<Vec<_>>() {
        charged.await.unwrap();
    }
    let paid = watch.all(charges, PATIENCE).await.paid.len();
    let rate = count(paid) / start.elapsed().as_secs_f64();
    figure("charges-per-second", rate, "charges/s, paid and proved");
    figure("charges-paid", count(paid), &format!("of {charges}"));
    paid == charges
}

/// Open loop: the next order is offered when its time has come, whatever became of the last. Whether all are paid.
async fn offer(town: &Arc<Town>, citizens: &[Arc<Citizen>], rate: usize, seconds: usize) -> bool {
    let watch = Watch::begin(town);
    let start = Instant::now();
    let mut offering = Vec::new();
    for number in 0..rate * seconds {
        let due = start + Duration::from_secs_f64(count(number) / count(rate));
        tokio::time::sleep_until(due.into()).await;
        let (town, watch) = (Arc::clone(town), Arc::clone(&watch));
        let citizen = Arc::clone(citizens.get(number % citizens.len()).unwrap());
        offering.push(tokio::spawn(async move { citizen.pay(&town, &watch, due).await }));
    }
    let offered_in = start.elapsed().as_secs_f64();
    let mut accepted = 0;
    for offered in offering {
        match offered.await.unwrap() {
            Ok(()) => accepted += 1,
            Err(refusal) => eprintln!("an order is not taken: {refusal}"),
        }
    }
    let accepted_in = start.elapsed().as_secs_f64();
    let ends = watch.all(accepted, PATIENCE).await;
    let ended_in = start.elapsed().as_secs_f64();
    let mut waits = ends.paid;
    waits.sort_unstable();
    let wait = |share: usize| {
        let place = (waits.len() * share / 100).min(waits.len().saturating_sub(1));
        waits.get(place).copied().unwrap_or_default().as_secs_f64()
    };
    figure("load-offered", count(rate * seconds) / offered_in, "orders/s");
    figure("load-accepted", count(accepted) / accepted_in, "orders/s, kept by the centre");
    figure("load-carried", count(waits.len()) / ended_in, "payments/s, paid and proved");
    figure("load-ended", count(waits.len() + ends.unpaid), &format!("of {}", rate * seconds));
    figure("load-unpaid", count(ends.unpaid), "ended, and nobody has paid");
    figure("load-approve-to-receipt-p50", wait(50), "s");
    figure("load-approve-to-receipt-p99", wait(99), "s");
    waits.len() == rate * seconds
}
