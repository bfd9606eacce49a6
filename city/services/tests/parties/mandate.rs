//! The mandate over a shown code: never two codes of a screen are worth something, whoever stands on the way.

use crate::bank::refused;
use crate::phone::Phone;
use crate::till::Till;
use crate::world::{World, merchant, role};
use citizen_client::api::MandateRequest;
use citizen_keys::{Document as _, Signed};
use citizen_ledger::Role;
use citizen_payment::Terms;
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::Canonical as _;
use city_services::{Reason, ServiceError, Steps as _};

async fn shop() -> (World, Phone, Till) {
    let world = World::new();
    world.decide_rules();
    let phone = Phone::rich(&world, 1, 50_000, "김지우").await;
    let till = Till::register(&world, 70, 900_000_000);
    (world, phone, till)
}

#[tokio::test]
async fn centre_7_all_that_a_gateway_passes_on_revokes_the_code_before() {
    let (world, mut phone, till) = shop().await;
    let (before, replaced) = phone.show(&world, 0, 5_000, None).await.unwrap();
    let (after, _, sealed) = phone.allow(&world, 0, 5_000, Some(replaced)).await.unwrap();
    // The sealed bytes are the whole request: there is nothing beside them to leave out.
    let body = serde_json::to_value(MandateRequest { sealed: sealed.clone() }).unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1);
    world.centre().mandate(MandateRequest { sealed }).await.unwrap();
    assert_eq!(refused(till.charge(&world, 1, &before, 100).await), Reason::Revoked);
    till.charge(&world, 2, &after, 100).await.unwrap();
}

#[tokio::test]
async fn centre_7_a_repeated_or_a_changed_mandate_revokes_nothing() {
    let (world, mut phone, till) = shop().await;
    let (_, first, sealed) = phone.allow(&world, 0, 5_000, None).await.unwrap();
    world.centre().mandate(MandateRequest { sealed: sealed.clone() }).await.unwrap();
    let (live, payment) = phone.show(&world, 0, 5_000, Some(first)).await.unwrap();
    // The old one again, as it was.
    world.centre().mandate(MandateRequest { sealed }).await.unwrap();
    // The old one's mandate, said to replace the live code: not in the citizen's hand.
    let mut stranger = Phone::open(&world, 2);
    let mandate = phone.mandate_for(&world, first, "");
    let content = RequestContent::Mandate { mandate, replaces: Some(payment) };
    let genuine = phone.request(&world, Role::Centre, RequestContent::ConsumerCode);
    let genuine: Signed<DeviceRequest> = genuine.request.read().unwrap();
    let request = DeviceRequest { content: content.clone(), ..genuine.dangerous_unverified().unwrap() };
    let signature = stranger.key.sign(DeviceRequest::LABEL, &request.to_canonical());
    let forged = Signed::<DeviceRequest>::from_parts(request.to_canonical(), phone.key.id(), signature);
    let sealed = phone.sealed_for_centre(&forged.to_canonical());
    assert_eq!(refused(world.centre().mandate(MandateRequest { sealed }).await), Reason::Signature);
    let theirs = stranger.request(&world, Role::Centre, content).request.decode().unwrap();
    let sealed = phone.sealed_for_centre(&theirs);
    assert_eq!(refused(world.centre().mandate(MandateRequest { sealed }).await), Reason::Fenced);
    till.charge(&world, 1, &live, 100).await.unwrap();
}

#[tokio::test]
async fn centre_7_a_mandate_that_comes_after_the_one_that_replaces_it_is_not_taken() {
    let (world, mut phone, till) = shop().await;
    let (held_back, first, sealed) = phone.allow(&world, 0, 5_000, None).await.unwrap();
    let (live, _) = phone.show(&world, 0, 5_000, Some(first)).await.unwrap();
    assert_eq!(refused(world.centre().mandate(MandateRequest { sealed }).await), Reason::Revoked);
    assert_eq!(refused(till.charge(&world, 1, &held_back, 100).await), Reason::Unready);
    till.charge(&world, 2, &live, 100).await.unwrap();
}

#[tokio::test]
async fn centre_7_a_mandate_that_waited_on_the_way_is_not_taken() {
    let (world, mut phone, _) = shop().await;
    let (_, payment, sealed) = phone.allow(&world, 0, 5_000, None).await.unwrap();
    world.clock.advance(301);
    world.seal();
    assert_eq!(refused(world.centre().mandate(MandateRequest { sealed }).await), Reason::TooOld);
    let mandate = phone.mandate_for(&world, payment, "");
    let content = RequestContent::Mandate { mandate, replaces: Some(payment) };
    let request = phone.request(&world, Role::Centre, content).request.decode().unwrap();
    let sealed = phone.sealed_for_centre(&request);
    let itself = world.centre().mandate(MandateRequest { sealed }).await;
    assert_eq!(itself.unwrap_err(), ServiceError::Malformed, "a code does not replace itself");
}

#[tokio::test]
async fn centre_6_a_charge_does_not_take_the_place_of_an_order_with_its_payments_number() {
    let (world, mut phone, till) = shop().await;
    let (code, payment) = phone.show(&world, 0, 5_000, None).await.unwrap();
    // The same number for an order at the bakery's counter.
    let order = phone.order(&world, 1_000, 4_500).await;
    let terms = Terms { payment, ..order.terms };
    let order = phone.order_for(&world, terms, role(Role::Bank).id(), 300);
    order.hand_over(&world).await.unwrap();
    world.centre().step().await.unwrap();
    world.seal();
    world.centre().step().await.unwrap();
    assert_eq!(world.stage(&payment).await, "capturing");
    // The accomplice's till.
    assert_eq!(refused(till.charge(&world, 1, &code, 5_000).await), Reason::Used);
    world.work(10).await;
    assert_eq!(world.stage(&payment).await, "captured");
    let takings = world.centre().takings(&merchant()).unwrap();
    assert_eq!((takings.count, takings.points.amount(), takings.won.amount()), (1, 1_000, 4_500));
}

#[tokio::test]
async fn centre_7_two_codes_have_not_one_payment() {
    let (world, mut phone, till) = shop().await;
    let (code, payment) = phone.show(&world, 0, 5_000, None).await.unwrap();
    let other = phone.ask_consumer_code(&world).await.unwrap();
    let mandate = phone.mandate_for(&world, payment, &other.qr);
    let content = RequestContent::Mandate { mandate, replaces: None };
    let request = phone.request(&world, Role::Centre, content).request.decode().unwrap();
    let sealed = phone.sealed_for_centre(&request);
    assert_eq!(refused(world.centre().mandate(MandateRequest { sealed }).await), Reason::Used);
    till.charge(&world, 1, &code, 100).await.unwrap();
}
