//! What a centre signs is not yet so: the bank pays out what the ledger proves (BANK-7), and what is owed back stays there for it
//! (BANK-5).

use crate::bank::{ask_debit, bring_end, refused, release};
use crate::phone::Phone;
use crate::world::{World, merchant, points, role, won};
use citizen_client::api::{BankAnswer, BankSettlementAnswer, Bytes, SettlementRequest};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::Role;
use citizen_payment::word::{Payout, Settlement};
use citizen_primitives::{Clock as _, Day, MerchantId};
use city_services::bank::{BookAccount, merchant_digest};
use city_services::{Reason, ServiceError};

/// So many won and points for the bakery, as the centre's key says.
async fn hand_in(
    world: &World,
    (day, part): (u64, u32),
    in_won: u64,
    in_points: u64,
) -> Result<BankSettlementAnswer, ServiceError> {
    let payout =
        Payout { merchant: merchant(), won: won(in_won + in_points), points: points(in_points), fee: won(0) };
    let settlement = Settlement { day: Day::new(day), part, payouts: vec![payout], time: world.clock.now() };
    let signed = Signed::sign(&settlement, &SigningKey::from_seed(&[21; 32]));
    world.bank().settle(SettlementRequest { settlement: Bytes::of(&signed) }).await
}

fn at(world: &World, account: BookAccount) -> i64 {
    world.bank().balance_of(&account).unwrap()
}

fn bakery() -> BookAccount {
    BookAccount::Merchant(role(Role::Centre).id(), merchant_digest(&merchant()))
}

#[tokio::test]
async fn bank_7_nothing_is_paid_out_that_is_not_captured_and_a_release_is_still_credited_back() {
    let world = World::new();
    let mut phone = Phone::rich(&world, 1, 50_000, "김지우").await;
    let order = phone.order(&world, 3_000, 4_500).await;
    world.submit(&order.transaction);
    ask_debit(&world, &order).await.unwrap();
    assert_eq!(refused(hand_in(&world, (1, 0), 4_500, 0).await), Reason::Amount, "debited, not captured");
    assert_eq!(refused(hand_in(&world, (1, 0), 0, 3_000).await), Reason::Amount, "on hold, not spent");
    release(&world, order.payment());
    let ended = bring_end(&world, &order.payment()).await.unwrap();
    assert!(matches!(ended, BankAnswer::Ended { .. }), "{ended:?}");
    assert_eq!(world.bank().customer_balance(&phone.account).unwrap(), 100_000);
    assert_eq!((at(&world, bakery()), at(&world, BookAccount::City)), (0, 0));
}

#[tokio::test]
async fn bank_7_what_is_captured_is_paid_out_once_and_to_the_won() {
    let world = World::new();
    let mut phone = Phone::rich(&world, 1, 50_000, "김지우").await;
    let order = phone.order(&world, 3_000, 4_500).await;
    order.hand_over(&world).await.unwrap();
    world.work(10).await;
    assert_eq!(world.stage(&order.payment()).await, "captured");
    // Another payment's debit is in suspense meanwhile, and stays there.
    let open = phone.order(&world, 0, 9_000).await;
    world.submit(&open.transaction);
    ask_debit(&world, &open).await.unwrap();
    assert_eq!(refused(hand_in(&world, (1, 0), 4_501, 0).await), Reason::Amount);
    assert_eq!(refused(hand_in(&world, (1, 0), 0, 3_001).await), Reason::Amount);
    assert!(matches!(hand_in(&world, (1, 0), 4_500, 2_000).await, Ok(BankSettlementAnswer::Booked { .. })));
    // The ledger's sum of spent points bounds all days and parts together.
    assert_eq!(refused(hand_in(&world, (1, 1), 0, 1_001).await), Reason::Amount);
    assert!(matches!(hand_in(&world, (1, 1), 0, 1_000).await, Ok(BankSettlementAnswer::Booked { .. })));
    assert_eq!((at(&world, bakery()), at(&world, BookAccount::City)), (7_500, -3_000));
    release(&world, open.payment());
    bring_end(&world, &open.payment()).await.unwrap();
    assert_eq!(world.bank().customer_balance(&phone.account).unwrap(), 95_500);
}

#[tokio::test]
async fn bank_5_a_debit_whose_end_nobody_brings_is_credited_back_when_the_bank_looks() {
    let world = World::new();
    let mut phone = Phone::rich(&world, 1, 50_000, "김지우").await;
    let order = phone.order(&world, 0, 4_500).await;
    world.submit(&order.transaction);
    ask_debit(&world, &order).await.unwrap();
    world.pass(310);
    assert_eq!(refused(hand_in(&world, (1, 0), 4_500, 0).await), Reason::Amount);
    assert_eq!(world.bank().customer_balance(&phone.account).unwrap(), 100_000);
    let standing = world.bank().standing(order.payment()).await.unwrap();
    assert!(matches!(standing, BankAnswer::Ended { .. }), "{standing:?}");
    assert_eq!(bring_end(&world, &order.payment()).await.unwrap(), standing, "and not again");
    assert_eq!(world.bank().customer_balance(&phone.account).unwrap(), 100_000);
}

/// The day is over and settled, as far as it can be.
async fn next_day(world: &World) -> Day {
    let day = world.clock.now().day_in_seoul();
    world.clock.advance(day.next().start().since(world.clock.now()).count() + 1);
    world.work(6).await;
    day
}

#[tokio::test]
async fn centre_12_a_day_in_parts_is_paid_and_a_part_that_fails_keeps_no_other() {
    let world = World::with_largest_part(2);
    let mut phone = Phone::rich(&world, 1, 50_000, "김지우").await;
    let shops = || (1..=7_u64).map(|number| (number, MerchantId::new(&format!("100000{number}")).unwrap()));
    for (number, shop) in shops() {
        let code = world.centre().printed_code(&shop).unwrap();
        let order = phone.order_of(&world, &code, 100 * number, 1_000 * number).await;
        order.hand_over(&world).await.unwrap();
        world.work(10).await;
        assert_eq!(world.stage(&order.payment()).await, "captured");
    }
    let paid =
        |shop: &MerchantId| at(&world, BookAccount::Merchant(role(Role::Centre).id(), merchant_digest(shop)));
    // Somebody else with the centre's key was there first, so there is too little for the third of four parts.
    let day = world.clock.now().day_in_seoul();
    assert!(matches!(
        hand_in(&world, (day.value(), 9), 11_000, 0).await,
        Ok(BankSettlementAnswer::Booked { .. })
    ));
    assert_eq!(next_day(&world).await, day);
    for (number, shop) in shops() {
        let (file, is_paid) = world.centre().settlement_file(&shop, day).unwrap();
        let payable = file.summary().unwrap().payable();
        assert!(!file.is_provisional && payable > 0);
        let expected = match number {
            1 => (true, payable + 11_000),
            5 | 6 => (false, 0),
            _ => (true, payable),
        };
        assert_eq!((is_paid, paid(&shop)), expected, "{number}");
    }
    // Nor does it keep the next day.
    let order = phone.order(&world, 0, 5_000).await;
    order.hand_over(&world).await.unwrap();
    world.work(10).await;
    next_day(&world).await;
    assert_eq!(paid(&merchant()), 1_100 + 11_000 + 5_000);
}
