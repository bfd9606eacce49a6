//! Each party dies at every place of a till's day, before and after it has acted: charges, reversals, refunds, a settlement, a
//! certificate. Whatever happens, the merchant's and the customer's books agree to the won.

use crate::phone::Phone;
use crate::till::{Till, charge_state};
use crate::world::{OPENING, World, role, text, won};
use citizen_client::api::TillAnswer;
use citizen_ledger::Role;
use citizen_payment::request::RequestContent;
use citizen_payment::till::MerchantAct;
use citizen_primitives::{Clock as _, PaymentId, Place};
use city_services::bank::{BookAccount, merchant_digest};
use city_services::centre::ReadFile;
use city_services::{PLACES, Reason, SETTLEMENT_PLACES, ServiceError, TILL_PLACES};
use std::collections::BTreeSet;

/// Tries again what a death has interrupted: whoever asks gets the same answer the second time.
macro_rules! again {
    ($world:expr, $act:expr) => {{
        let mut tries = 0;
        loop {
            $world.revive();
            match $act {
                Err(ServiceError::Stopped | ServiceError::Unavailable) if tries < 5 => tries += 1,
                outcome => break outcome,
            }
        }
    }};
}

/// A till's day with a knife at one place.
async fn a_day_with_a_cut(place: Place, before: bool) -> World {
    let world = World::new();
    world.decide_rules();
    let mut phone = Phone::rich(&world, 1, 50_000, "김지우").await;
    world.wires.knife.arm(place, before);
    let till = register(&world);
    let paid = pay(&world, &mut phone, &till, 1, 5_000, 12_000).await;
    let (amount, reason) = (won(2_400), text("반품"));
    let content = RequestContent::AskRefund { payment: paid, amount, reason };
    again!(world, {
        let request = phone.request(&world, Role::Centre, content.clone());
        world.centre().wish(request).await
    })
    .unwrap();
    again!(world, till.ask(&world, MerchantAct::Serve { payment: paid }).await).unwrap();
    again!(world, till.refund(&world, 1, paid, 2_400).await).unwrap();
    until(&world, place, async |world| {
        matches!(till.refund_state(world, 1).await, TillAnswer::Refund { credited: true, .. })
    })
    .await;

    // Nobody pays what the till has taken back.
    let taken_back = show_and_charge(&world, &mut phone, &till, 2, 1_000, 4_000).await;
    again!(world, till.try_reverse(&world, 2).await).unwrap();
    until(&world, place, async |world| charge_state(&till.inquire(world, 2).await).0 == "reversed").await;
    assert_ne!(taken_back, paid);

    // Too late for the ledger.
    let late = pay(&world, &mut phone, &till, 3, 0, 3_000).await;
    let day = world.clock.now().day_in_seoul();
    world.clock.advance(91 * 86_400);
    world.revive();
    world.seal();
    again!(world, till.refund(&world, 3, late, 1_000).await).unwrap();
    world.work(3).await;
    world.revive();
    // Until the refund can be executed no more: what the ledger thinks of it at the door is no decision before.
    world.pass(700);
    until(&world, place, async |world| {
        matches!(till.refund_state(world, 3).await, TillAnswer::Refund { state, .. } if state == "refused")
    })
    .await;
    // While the refund was open, its won were kept back; the day after, everything is paid out.
    world.clock.advance(86_400);
    world.seal();
    until(&world, place, async |world| settled(world, &till).await.1).await;
    let redemption = phone.redeem(&world, 20_000);
    again!(world, phone.certificate(&world, redemption).await).unwrap();
    world.revive();
    check_books(&world, &phone, &till, place).await;
    assert!(world.clock.now().day_in_seoul() > day);
    world
}

/// The last day that could be closed.
async fn settled(world: &World, till: &Till) -> (String, bool) {
    let yesterday = world.clock.now().day_in_seoul().value() - 1;
    till.settlement(world, citizen_primitives::Day::new(yesterday)).await
}

async fn check_books(world: &World, phone: &Phone, till: &Till, place: Place) {
    let bank = world.bank();
    let at = |account| bank.balance_of(&account).unwrap();
    let centre = role(Role::Centre).id();
    // 12,000 = 5,000 + 7,000 paid, a fifth of it back; 3,000 paid.
    assert_eq!(bank.customer_balance(&phone.account).unwrap(), 100_000 - 7_000 + 1_400 - 3_000, "{place}");
    assert_eq!(world.spendable(&phone.account), 50_000 - 5_000 + 1_000 - 20_000, "{place}");
    let (file, _) = settled(world, till).await;
    let read = ReadFile::parse(&file).unwrap();
    let merchant = BookAccount::Merchant(centre, merchant_digest(&till.merchant));
    assert_eq!(at(merchant), read.summary.payable(), "{place}");
    assert_eq!((read.summary.points, read.summary.won), (4_000, 8_600), "{place}");
    assert_eq!(at(BookAccount::City), -4_000, "{place}");
    assert_eq!(bank.held_for(&centre).unwrap(), 0, "{place}");
    assert_eq!(at(BookAccount::Issue), -i64::try_from(OPENING).unwrap(), "{place}");
}

fn register(world: &World) -> Till {
    again!(world, Till::try_register(world, 70, 900_000_000)).unwrap()
}

async fn show_and_charge(
    world: &World,
    phone: &mut Phone,
    till: &Till,
    number: u8,
    points: u64,
    amount: u64,
) -> PaymentId {
    for _ in 0..4 {
        let shown = again!(world, phone.show(world, points, amount, None).await);
        let (code, payment) = shown.unwrap();
        match again!(world, till.charge(world, number, &code, amount).await) {
            Ok(_) => return payment,
            // The code's time has passed while somebody was dead.
            Err(ServiceError::Refused(Reason::Expired)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("never charged");
}

async fn pay(
    world: &World,
    phone: &mut Phone,
    till: &Till,
    number: u8,
    points: u64,
    amount: u64,
) -> PaymentId {
    let payment = show_and_charge(world, phone, till, number, points, amount).await;
    until(world, Place::new("pay"), async |world| {
        charge_state(&till.inquire(world, number).await).0 == "captured"
    })
    .await;
    payment
}

/// Lets everybody work until it is so.
async fn until(world: &World, place: Place, is_so: impl AsyncFn(&World) -> bool) {
    for _ in 0..40 {
        world.work(3).await;
        world.revive();
        if is_so(world).await {
            return;
        }
    }
    panic!("{place}: it never comes to it");
}

#[tokio::test]
async fn centre_7_to_14_a_party_that_dies_anywhere_in_a_tills_day_loses_nothing_and_doubles_nothing() {
    let mut missed = BTreeSet::new();
    for place in TILL_PLACES.iter().chain(SETTLEMENT_PLACES).copied() {
        for before in [true, false] {
            let world = a_day_with_a_cut(place, before).await;
            if !world.wires.knife.has_cut() {
                missed.insert((place.name(), before));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

#[tokio::test]
async fn every_place_of_a_tills_day_is_registered() {
    let world = a_day_with_a_cut(Place::new("nowhere/never"), true).await;
    let visited = world.wires.knife.visited.lock().unwrap();
    let unknown: Vec<_> = visited.iter().filter(|place| !PLACES.contains(place)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
