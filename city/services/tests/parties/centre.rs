//! The centre says whose codes are, takes orders, and brings each to its end.

use crate::bank::refused;
use crate::phone::Phone;
use crate::world::{BAKERY, World, merchant, role, text, won};
use citizen_ledger::{Rejection, Role};
use citizen_payment::word::{MerchantAnswer, MerchantStatus};
use citizen_payment::{PaymentState, Terms};
use citizen_primitives::{Clock as _, KeyId, MerchantId, Seconds};
use city_services::centre::ORDER_CODE_LIFE;
use city_services::{Mood, Reason, Steps as _};

async fn rich(world: &World) -> Phone {
    Phone::rich(world, 1, 50_000, "김지우").await
}

/// What the customer and the merchant have.
fn won_and_points(world: &World, phone: &Phone) -> (i64, u64) {
    (world.bank().customer_balance(&phone.account).unwrap(), world.spendable(&phone.account))
}

#[tokio::test]
async fn centre_1_a_code_that_the_centre_has_not_given_out_is_unknown() {
    let world = World::new();
    let printed = world.centre().printed_code(&merchant()).unwrap();
    let known = Phone::ask_code(&world, &printed).await;
    assert_eq!((known.status, known.merchant.unwrap().id), (MerchantStatus::Usable, merchant()));
    assert_eq!(Phone::ask_code(&world, &format!(" {printed}\n")).await.status, MerchantStatus::Usable);

    let dynamic = world.centre().order_code(&merchant(), won(12_000)).unwrap();
    let dearer = dynamic.replace("540512000", "540592000");
    assert_ne!(dearer, dynamic);
    let brazilian = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D";
    for foreign in
        [dearer.as_str(), brazilian, "800088123456789012345678", "3-12345678901234567890123", "", "hello"]
    {
        let MerchantAnswer { status, merchant, amount, .. } = Phone::ask_code(&world, foreign).await;
        assert_eq!((status, merchant, amount), (MerchantStatus::Unknown, None, None), "{foreign}");
    }
    // A code known by its text alone, whatever shape it has.
    let static_shape = format!("1{}{}{}{}", "23", "4".repeat(20), "5".repeat(20), "6789");
    world.centre().adopt_code(&static_shape, &merchant()).unwrap();
    assert_eq!(Phone::ask_code(&world, &static_shape).await.status, MerchantStatus::Usable);
}

#[tokio::test]
async fn centre_2_a_suspended_merchant_and_a_code_past_its_time_are_not_paid() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let closed = world.centre().printed_code(&MerchantId::new("1000008").unwrap()).unwrap();
    assert_eq!(Phone::ask_code(&world, &closed).await.status, MerchantStatus::Suspended);
    let order = phone.order_of(&world, &closed, 0, 1_000).await;
    assert_eq!(refused(order.hand_over(&world).await), Reason::Suspended);

    // Closed between question and order.
    let order = phone.order(&world, 0, 1_000).await;
    world.centre().suspend(&merchant(), true).unwrap();
    assert_eq!(refused(order.hand_over(&world).await), Reason::Suspended);
    world.centre().suspend(&merchant(), false).unwrap();

    let code = world.centre().order_code(&merchant(), won(12_000)).unwrap();
    let answer = Phone::ask_code(&world, &code).await;
    assert_eq!((answer.status, answer.amount), (MerchantStatus::Usable, Some(won(12_000))));
    assert_eq!(answer.until, world.clock.now().plus(ORDER_CODE_LIFE));
    let order = phone.order_of(&world, &code, 0, 12_000).await;
    world.clock.advance(ORDER_CODE_LIFE.count());
    assert_eq!(Phone::ask_code(&world, &code).await.status, MerchantStatus::Expired);
    assert_eq!(refused(order.hand_over(&world).await), Reason::Expired);
}

#[tokio::test]
async fn centre_2_a_code_for_one_order_is_paid_once_and_in_full() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let mut other = Phone::rich(&world, 2, 0, "이서연").await;
    let code = world.centre().order_code(&merchant(), won(12_000)).unwrap();
    let cheaper = phone.order_of(&world, &code, 5_000, 6_999).await;
    assert_eq!(refused(cheaper.hand_over(&world).await), Reason::Amount);
    let order = phone.order_of(&world, &code, 5_000, 7_000).await;
    let second = other.order_of(&world, &code, 0, 12_000).await;
    order.hand_over(&world).await.unwrap();
    assert_eq!(Phone::ask_code(&world, &code).await.status, MerchantStatus::Used);
    assert_eq!(refused(second.hand_over(&world).await), Reason::Used);
    world.work(10).await;
    assert_eq!(refused(second.hand_over(&world).await), Reason::Used);
    let takings = world.centre().takings(&merchant()).unwrap();
    assert_eq!((takings.count, takings.points.amount(), takings.won), (1, 5_000, won(7_000)));
}

#[tokio::test]
async fn centre_2_a_code_whose_payment_failed_may_be_paid_again() {
    let world = World::new();
    let mut poor = Phone::rich(&world, 1, 0, "김지우").await;
    let mut rich = Phone::rich(&world, 2, 0, "이서연").await;
    let code = world.centre().order_code(&merchant(), won(12_000)).unwrap();
    // She has no points: the ledger does not begin the hold.
    let order = poor.order_of(&world, &code, 5_000, 7_000).await;
    order.hand_over(&world).await.unwrap();
    world.work(2).await;
    let report = world.centre().payment(order.payment()).await.unwrap();
    assert_eq!((report.stage.as_str(), report.rejection), ("accepted", Some(Rejection::NotEnough.code())));
    for _ in 0..60 {
        world.seal();
        world.pass(1);
    }
    world.work(2).await;
    assert_eq!(world.stage(&order.payment()).await, "failed");
    assert_eq!(Phone::ask_code(&world, &code).await.status, MerchantStatus::Expired);
    let code = world.centre().order_code(&merchant(), won(12_000)).unwrap();
    let order = rich.order_of(&world, &code, 0, 12_000).await;
    order.hand_over(&world).await.unwrap();
    world.work(10).await;
    assert_eq!(world.stage(&order.payment()).await, "captured");
}

#[tokio::test]
async fn centre_3_an_order_that_is_not_as_its_terms_say_is_not_taken() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let good = phone.order(&world, 3_000, 4_500).await;
    let bank = role(Role::Bank).id();
    let others = [
        (Terms { won: won(4_499), ..good.terms.clone() }, Reason::Order),
        (Terms { merchant: MerchantId::new("1000002").unwrap(), ..good.terms.clone() }, Reason::Order),
        (Terms { reference: Some(text("S1")), ..good.terms.clone() }, Reason::Order),
    ];
    for (terms, reason) in others {
        let changed = crate::phone::Order { terms: terms.clone(), ..good.clone() };
        assert_eq!(refused(changed.hand_over(&world).await), Reason::Order, "the hold says something else");
        if terms.won == good.terms.won {
            let signed_so = phone.order_for(&world, terms, bank, 300);
            assert_eq!(refused(signed_so.hand_over(&world).await), reason, "the code says something else");
        }
    }
    let unknown = Terms { code: citizen_payment::terms::code_digest("x"), ..good.terms.clone() };
    let unknown = phone.order_for(&world, unknown, bank, 300);
    assert_eq!(refused(unknown.hand_over(&world).await), Reason::UnknownCode);
    let other_bank = phone.order_for(&world, good.terms.clone(), KeyId::from_bytes([9; 32]), 300);
    assert_eq!(refused(other_bank.hand_over(&world).await), Reason::UnknownBank);
    let short = phone.order_for(&world, good.terms.clone(), bank, 10);
    assert_eq!(refused(short.hand_over(&world).await), Reason::HoldTime);

    let first = good.hand_over(&world).await.unwrap();
    assert_eq!(good.hand_over(&world).await.unwrap(), first, "the same order again");
    let another = phone.order_for(&world, good.terms.clone(), bank, 300);
    assert_eq!(refused(another.hand_over(&world).await), Reason::AnotherOrder);
}

#[tokio::test]
async fn centre_5_payments_in_points_in_won_and_in_both_are_captured_without_the_phone() {
    let world = World::new();
    let mut phone = rich(&world).await;
    for (points, won) in [(3_000, 0), (0, 4_500), (2_000, 1_500)] {
        let order = phone.order(&world, points, won).await;
        order.hand_over(&world).await.unwrap();
        world.work(10).await;
        assert_eq!(world.stage(&order.payment()).await, "captured");
        let state = world.record(&order.payment()).unwrap().state;
        assert!(matches!(state, PaymentState::Captured { debit, .. } if debit.is_some() == (won > 0)));
        assert_eq!(world.centre().payment(order.payment()).await.unwrap().debit.is_some(), won > 0);
    }
    assert_eq!(won_and_points(&world, &phone), (94_000, 45_000));
    let takings = world.centre().takings(&MerchantId::new(BAKERY).unwrap()).unwrap();
    assert_eq!((takings.count, takings.points.amount(), takings.won.amount()), (3, 5_000, 6_000));
    let captured = world.centre().stages().unwrap().into_iter().find(|(name, _)| *name == "captured");
    assert_eq!(captured, Some(("captured", 3)));
}

#[tokio::test]
async fn centre_5_a_declined_payment_is_released_and_undone() {
    let world = World::new();
    let mut phone = rich(&world).await;
    world.bank().set_mood(Mood::Declining);
    let order = phone.order(&world, 3_000, 4_500).await;
    order.hand_over(&world).await.unwrap();
    world.work(20).await;
    assert_eq!(world.stage(&order.payment()).await, "reversed");
    assert!(world.record(&order.payment()).unwrap().state.is_reversed());
    assert!(world.centre().payment(order.payment()).await.unwrap().ending.is_some());
    assert_eq!(won_and_points(&world, &phone), (100_000, 50_000));
}

/// One step of the centre, then a block.
async fn step(world: &World) {
    world.centre().step().await.unwrap();
    world.seal();
}

#[tokio::test]
async fn centre_5_a_bank_that_does_its_work_and_never_answers_ends_with_the_won_back() {
    let world = World::new();
    let mut phone = rich(&world).await;
    world.bank().set_mood(Mood::Lost);
    let order = phone.order(&world, 3_000, 4_500).await;
    order.hand_over(&world).await.unwrap();
    step(&world).await;
    step(&world).await;
    assert_eq!(world.bank().customer_balance(&phone.account).unwrap(), 95_500, "it has debited");
    world.wires.down.lock().unwrap().insert("bank");
    for _ in 0..40 {
        world.pass(10);
        world.work(1).await;
        assert_ne!(world.stage(&order.payment()).await, "captured");
    }
    assert_eq!(world.stage(&order.payment()).await, "reversing", "released, and the bank still silent");
    assert!(matches!(world.record(&order.payment()).unwrap().state, PaymentState::Released { .. }));
    world.wires.down.lock().unwrap().clear();
    world.bank().set_mood(Mood::Prompt);
    world.work(5).await;
    assert_eq!(world.stage(&order.payment()).await, "reversed");
    assert_eq!(won_and_points(&world, &phone), (100_000, 50_000));
}

#[tokio::test]
async fn centre_5_a_lost_answer_is_found_again_by_inquiry() {
    for mood in [Mood::Lost, Mood::Doubtful] {
        let world = World::new();
        let mut phone = rich(&world).await;
        world.bank().set_mood(mood);
        let order = phone.order(&world, 3_000, 4_500).await;
        order.hand_over(&world).await.unwrap();
        step(&world).await;
        step(&world).await;
        assert_eq!(world.stage(&order.payment()).await, "asked");
        world.work(10).await;
        assert_eq!(world.stage(&order.payment()).await, "captured");
        assert_eq!(won_and_points(&world, &phone), (95_500, 47_000));
        assert_eq!(world.bank().bookings().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn centre_5_a_ledger_that_stands_still_between_debit_and_capture_ends_with_the_won_back() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 3_000, 4_500).await;
    order.hand_over(&world).await.unwrap();
    step(&world).await;
    // The capture waits in the queue; the ledger seals nothing until the hold is over.
    world.centre().step().await.unwrap();
    assert_eq!(world.stage(&order.payment()).await, "capturing");
    assert_eq!(world.bank().customer_balance(&phone.account).unwrap(), 95_500);
    world.clock.advance(400);
    world.work(10).await;
    assert_eq!(world.stage(&order.payment()).await, "reversed");
    assert!(matches!(world.record(&order.payment()).unwrap().state, PaymentState::Lapsed { .. }));
    assert_eq!(won_and_points(&world, &phone), (100_000, 50_000));
}

#[tokio::test]
async fn centre_5_an_unreachable_ledger_decides_nothing() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 3_000, 4_500).await;
    order.hand_over(&world).await.unwrap();
    world.wires.down.lock().unwrap().insert("ledger");
    world.work(5).await;
    assert_eq!(world.stage(&order.payment()).await, "accepted");
    world.wires.down.lock().unwrap().clear();
    world.work(10).await;
    assert_eq!(world.stage(&order.payment()).await, "captured");
}

#[tokio::test]
async fn a_fenced_phones_order_in_won_alone_is_never_held() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 0, 4_500).await;
    order.hand_over(&world).await.unwrap();
    let (phone, _) = phone.replaced(&world, 3);
    world.work(3).await;
    let report = world.centre().payment(order.payment()).await.unwrap();
    assert_eq!(report.rejection, Some(Rejection::Fenced.code()));
    world.clock.advance(Seconds::new(301).count());
    world.work(3).await;
    assert_eq!(world.stage(&order.payment()).await, "failed");
    assert_eq!(won_and_points(&world, &phone), (100_000, 50_000));
}
