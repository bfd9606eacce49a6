//! What costs the centre work: only orders of accounts that stand on the ledger, for a bounded time, a few at once.

use crate::bank::refused;
use crate::phone::{Order, Phone};
use crate::till::Till;
use crate::world::{World, merchant, role, won};
use citizen_ledger::{Parameters, Role, state_key};
use citizen_payment::word::MerchantStatus;
use city_chain::Chain as _;
use city_services::places::{CENTRE_ASK_STATE, CENTRE_SEND_DEBIT, CENTRE_SUBMIT_CAPTURE, CENTRE_SUBMIT_HOLD};
use city_services::{Reason, ServiceError, Steps as _};

/// The most open orders of one account.
const MOST: u64 = 16;

#[tokio::test]
async fn centre_15_an_order_of_nobodys_account_is_not_taken_and_leaves_the_code_free() {
    let world = World::new();
    let mut phone = Phone::rich(&world, 1, 0, "김지우").await;
    let mut stranger = Phone::unheard_of(9);
    let code = world.centre().order_code(&merchant(), won(12_000)).unwrap();
    let junk = stranger.order_of(&world, &code, 0, 12_000).await;
    assert_eq!(refused(junk.hand_over(&world).await), Reason::NoAccount);
    assert_eq!(Phone::ask_code(&world, &code).await.status, MerchantStatus::Usable);
    let order = phone.order_of(&world, &code, 0, 12_000).await;
    order.hand_over(&world).await.unwrap();
    world.work(10).await;
    assert_eq!(world.stage(&order.payment()).await, "captured");
}

#[tokio::test]
async fn centre_15_a_replaced_phones_order_and_one_signed_by_another_device_are_not_taken() {
    let world = World::new();
    let phone = Phone::rich(&world, 1, 0, "김지우").await;
    let (mut old, mut new) = phone.replaced(&world, 3);
    let order = old.order(&world, 0, 4_500).await;
    assert_eq!(refused(order.hand_over(&world).await), Reason::Fenced);
    let mut thief = Phone::open(&world, 2);
    thief.account = new.account;
    let order = thief.order(&world, 0, 4_500).await;
    assert_eq!(refused(order.hand_over(&world).await), Reason::Fenced);
    let order = new.order(&world, 0, 4_500).await;
    order.hand_over(&world).await.unwrap();
}

#[tokio::test]
async fn centre_15_an_order_that_could_be_executed_for_longer_than_the_ledger_allows_is_not_taken() {
    let world = World::new();
    let mut phone = Phone::rich(&world, 1, 0, "김지우").await;
    let parameters: Parameters = world.read(state_key::parameters()).unwrap();
    let order = phone.order(&world, 0, 4_500).await;
    let last = world.wires.chain.status().latest.plus(parameters.validity_window);
    let forever = phone.order_until(&order, last.plus(1_000));
    assert_eq!(refused(forever.hand_over(&world).await), Reason::HoldTime);
    let longest = parameters.longest_hold.count();
    let too_long = phone.order_for(&world, order.terms.clone(), role(Role::Bank).id(), longest + 60);
    assert_eq!(refused(too_long.hand_over(&world).await), Reason::HoldTime);
    phone.order_until(&order, last).hand_over(&world).await.unwrap();
}

#[tokio::test]
async fn centre_15_an_account_has_a_few_open_orders_at_once_and_another_account_its_own() {
    let world = World::new();
    world.decide_rules();
    let mut phone = Phone::rich(&world, 1, 0, "김지우").await;
    let mut other = Phone::rich(&world, 2, 0, "이서연").await;
    let till = Till::register(&world, 70, 0);
    let mut taken: Vec<Order> = Vec::new();
    for _ in 0..MOST {
        let order = phone.order(&world, 0, 100).await;
        order.hand_over(&world).await.unwrap();
        taken.push(order);
    }
    let one_more = phone.order(&world, 0, 100).await;
    assert_eq!(refused(one_more.hand_over(&world).await), Reason::TooManyOrders);
    taken[0].hand_over(&world).await.unwrap();
    let (code, _) = phone.show(&world, 0, 100, None).await.unwrap();
    assert_eq!(refused(till.charge(&world, 1, &code, 100).await), Reason::TooManyOrders);
    other.order(&world, 0, 100).await.hand_over(&world).await.unwrap();
    world.work(12).await;
    assert_eq!(world.stage(&taken[0].payment()).await, "captured");
    till.charge(&world, 1, &code, 100).await.unwrap();
    one_more.hand_over(&world).await.unwrap();
}

#[tokio::test]
async fn centre_16_an_order_is_looked_at_once_under_a_header_and_every_other_send_moves_it_on() {
    let world = World::new();
    let mut phone = Phone::rich(&world, 1, 0, "김지우").await;
    let order = phone.order(&world, 0, 4_500).await;
    order.hand_over(&world).await.unwrap();
    let step = async || {
        world.wires.sent.lock().unwrap().clear();
        world.centre().step().await.unwrap();
        world.wires.sent.lock().unwrap().clone()
    };
    // What all orders stand on, at every step; the ledger cannot know of a new order.
    assert_eq!(step().await, [CENTRE_ASK_STATE, CENTRE_SUBMIT_HOLD]);
    assert_eq!(step().await, [CENTRE_ASK_STATE]);
    world.seal();
    let on = [CENTRE_ASK_STATE, CENTRE_ASK_STATE, CENTRE_SEND_DEBIT, CENTRE_SUBMIT_CAPTURE];
    assert_eq!(step().await, on);
    assert_eq!(step().await, [CENTRE_ASK_STATE]);
    world.seal();
    assert_eq!(step().await, [CENTRE_ASK_STATE, CENTRE_ASK_STATE]);
    assert_eq!(world.stage(&order.payment()).await, "captured");
    assert_eq!(step().await, []);
}

#[tokio::test]
async fn centre_17_an_order_is_told_to_the_phone_that_the_ledger_lists_for_its_account_and_to_no_other() {
    let world = World::new();
    let mut phone = Phone::rich(&world, 1, 0, "김지우").await;
    let mut other = Phone::rich(&world, 2, 0, "이서연").await;
    let order = phone.order(&world, 0, 4_500).await;
    order.hand_over(&world).await.unwrap();
    world.work(10).await;
    let payment = order.payment();
    let record = world.record(&payment).unwrap();
    assert_eq!(other.charged(&world, payment).await.unwrap_err(), ServiceError::NotFound);
    let (mut old, mut new) = phone.replaced(&world, 3);
    assert_eq!(refused(old.charged(&world, payment).await), Reason::Fenced);
    let told = new.charged(&world, payment).await.unwrap();
    assert_eq!((told.terms.commitment(), &told.terms), (record.commitment, &order.terms));
    let word = told.merchant.verify(&role(Role::Centre).key).unwrap();
    assert_eq!((word.code, word.amount), (order.terms.code, Some(won(4_500))));
    assert_eq!(word.merchant.unwrap().id, order.terms.merchant);
}

#[tokio::test]
async fn centre_3_an_order_that_was_taken_is_acknowledged_again_while_the_ledger_is_away() {
    let world = World::new();
    let mut phone = Phone::rich(&world, 1, 0, "김지우").await;
    let order = phone.order(&world, 0, 4_500).await;
    let first = order.hand_over(&world).await.unwrap();
    world.wires.down.lock().unwrap().insert("ledger");
    assert_eq!(order.hand_over(&world).await.unwrap(), first);
    phone.order(&world, 0, 4_500).await.hand_over(&world).await.unwrap_err();
}
