//! A node of the ledger that tells of every transaction that it was refused: what it tells is shown, and decides nothing.

use crate::phone::Phone;
use crate::till::{Till, charge_state};
use crate::treasury::{claim, refusal};
use crate::world::{World, merchant, won};
use citizen_client::api::TillAnswer;
use citizen_ledger::Rejection;
use citizen_payment::word::{ClaimOutcome, ClaimRefusal, MerchantStatus};
use city_services::Steps as _;

/// What is told.
const TOLD: [Rejection; 3] = [Rejection::NotEnough, Rejection::CapReached, Rejection::Replayed];

fn tell(world: &World, rejection: Option<Rejection>) {
    *world.wires.told.lock().unwrap() = rejection.map(Rejection::code);
}

#[tokio::test]
async fn centre_5_an_order_that_a_node_calls_refused_is_driven_to_the_end_that_the_ledger_proves() {
    for told in TOLD {
        let world = World::new();
        let mut phone = Phone::rich(&world, 1, 0, "김지우").await;
        let code = world.centre().order_code(&merchant(), won(12_000)).unwrap();
        let order = phone.order_of(&world, &code, 0, 12_000).await;
        order.hand_over(&world).await.unwrap();
        tell(&world, Some(told));
        world.centre().step().await.unwrap();
        world.centre().step().await.unwrap();
        let report = world.centre().payment(order.payment()).await.unwrap();
        assert_eq!((report.stage.as_str(), report.rejection), ("accepted", Some(told.code())));
        assert_eq!(Phone::ask_code(&world, &code).await.status, MerchantStatus::Used);
        world.seal();
        world.centre().step().await.unwrap();
        assert_ne!(world.stage(&order.payment()).await, "failed");
        tell(&world, None);
        world.work(10).await;
        assert!(world.record(&order.payment()).unwrap().state.is_final());
        let is_paid = world.stage(&order.payment()).await == "captured";
        let takings = world.centre().takings(&merchant()).unwrap();
        assert_eq!(takings.count, u64::from(is_paid));
        let left = if is_paid { 88_000 } else { 100_000 };
        assert_eq!(world.bank().customer_balance(&phone.account).unwrap(), left);
    }
}

#[tokio::test]
async fn centre_10_a_refund_that_a_node_calls_refused_is_credited_and_booked_once_the_ledger_proves_it() {
    for told in TOLD {
        let world = World::new();
        world.decide_rules();
        let mut phone = Phone::rich(&world, 1, 0, "김지우").await;
        let till = Till::register(&world, 70, 900_000_000);
        let (code, payment) = phone.show(&world, 0, 5_000, None).await.unwrap();
        till.charge(&world, 1, &code, 5_000).await.unwrap();
        world.work(12).await;
        assert_eq!(charge_state(&till.inquire(&world, 1).await).0, "captured");
        tell(&world, Some(told));
        till.refund(&world, 1, payment, 2_000).await.unwrap();
        world.centre().step().await.unwrap();
        world.centre().step().await.unwrap();
        let TillAnswer::Refund { state, reason, .. } = till.refund_state(&world, 1).await else { panic!() };
        assert_eq!((state.as_str(), reason), ("checking", Some(told.to_string())));
        world.work(5).await;
        let TillAnswer::Refund { state, krw, credited, .. } = till.refund_state(&world, 1).await else {
            panic!()
        };
        assert_eq!((state.as_str(), krw, credited), ("refunded", 2_000, true));
        assert_eq!(world.bank().customer_balance(&phone.account).unwrap(), 97_000);
    }
}

#[tokio::test]
async fn treasury_3_a_grant_that_a_node_calls_refused_ends_by_what_the_ledger_proves() {
    for told in TOLD {
        let world = World::new();
        let mut phone = Phone::open(&world, 1);
        let first = claim(&world, &mut phone, "김지우", "etax", "bill-2026-10").await;
        tell(&world, Some(told));
        world.treasury().step().await.unwrap();
        assert_eq!(world.treasury().step().await.unwrap().open, 1);
        assert_eq!(claim(&world, &mut phone, "김지우", "etax", "bill-2026-10").await, first);
        world.work(5).await;
        assert_eq!(world.treasury().step().await.unwrap().open, 0);
        assert_eq!(world.spendable(&phone.account), 500);
        assert_eq!(claim(&world, &mut phone, "김지우", "etax", "bill-2026-10").await, first);
    }
}

#[tokio::test]
async fn treasury_3_a_cap_ends_a_grant_when_its_count_is_proved_and_the_grant_can_be_executed_no_more() {
    let world = World::new();
    let mut phone = Phone::open(&world, 1);
    let all = ["eco-2025-h1", "eco-2025-h2", "eco-2026-h1"];
    for evidence in all {
        claim(&world, &mut phone, "김지우", "eco", evidence).await;
    }
    world.work(10).await;
    assert_eq!(world.treasury().step().await.unwrap().open, 1, "it might still be executed");
    world.pass(700);
    world.work(2).await;
    assert_eq!(world.treasury().step().await.unwrap().open, 0);
    let mut refused = 0;
    for evidence in all {
        let answer = claim(&world, &mut phone, "김지우", "eco", evidence).await;
        if !matches!(answer.outcome, ClaimOutcome::Granted { .. }) {
            assert_eq!(refusal(&answer), ClaimRefusal::CapReached);
            refused += 1;
        }
    }
    assert_eq!(refused, 1);
}
