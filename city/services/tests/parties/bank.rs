//! The bank debits against proofs alone, once, and never after a tombstone.

use crate::phone::{Order, Phone};
use crate::world::{OPENING, World, points, role, won};
use citizen_client::api::{BalanceAnswer, BankAnswer, Bytes, DebitRequest, EndingRequest};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::{Action, Nonce, Release, Role, Signer, TransactionBody, state_key};
use citizen_payment::request::RequestContent;
use citizen_payment::word::{BankBalance, BankDebit, BankEnding, Undoing};
use citizen_primitives::{Height, KeyId, Label, PaymentId, Won};
use city_chain::Chain as _;
use city_services::{Mood, Reason, ServiceError};
use std::time::Duration;

/// A proof of a payment's record, or of its absence.
pub(crate) struct Proof {
    light_block: Bytes,
    state: Bytes,
}

pub(crate) fn proof(world: &World, payment: &PaymentId) -> Proof {
    let proven = world.wires.chain.prove(&[state_key::payment(payment)]).unwrap().unwrap();
    Proof { light_block: Bytes::new(&proven.light_block), state: Bytes::of(&proven.state) }
}

fn debit_request(order: &Order, proof: Proof) -> DebitRequest {
    DebitRequest { light_block: proof.light_block, state: proof.state, order: Bytes::of(&order.transaction) }
}

pub(crate) async fn ask_debit(world: &World, order: &Order) -> Result<BankAnswer, ServiceError> {
    world.bank().debit(debit_request(order, proof(world, &order.payment()))).await
}

pub(crate) async fn bring_end(world: &World, payment: &PaymentId) -> Result<BankAnswer, ServiceError> {
    let Proof { light_block, state } = proof(world, payment);
    world.bank().end(EndingRequest { payment: payment.to_hex(), light_block, state }).await
}

pub(crate) fn release(world: &World, payment: PaymentId) {
    let centre = SigningKey::from_seed(&[21; 32]);
    let body = TransactionBody {
        chain_id: crate::world::chain_id(),
        valid_until: Height::new(world.wires.chain.status().latest.value() + 20),
        nonce: Nonce::from_bytes([5; 16]),
        signer: Signer::Party { key: centre.public() },
        action: Action::Release(Release { payment }),
    };
    let signature = centre.sign(Label::Transaction, &body.signing_bytes());
    world.submit(&body.signed(vec![signature]));
}

pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> Reason {
    match answer.unwrap_err() {
        ServiceError::Refused(reason) => reason,
        other => panic!("{other}"),
    }
}

fn undoing(answer: BankAnswer) -> Undoing {
    let BankAnswer::Ended { ending } = answer else { panic!("{answer:?}") };
    let signed: Signed<BankEnding> = ending.read().unwrap();
    signed.verify(&role(Role::Bank).key).unwrap().undoing
}

fn balance(answer: &BalanceAnswer) -> Won {
    let signed: Signed<BankBalance> = answer.balance.read().unwrap();
    signed.verify(&role(Role::Bank).key).unwrap().won
}

/// What a customer has, and what the bank holds of the centre's payments.
fn books(world: &World, phone: &Phone) -> (i64, i64) {
    let centre = role(Role::Centre).id();
    (world.bank().customer_balance(&phone.account).unwrap(), world.bank().held_for(&centre).unwrap())
}

async fn rich(world: &World) -> Phone {
    Phone::rich(world, 1, 50_000, "김지우").await
}

#[tokio::test]
async fn bank_2_one_won_account_for_a_customer_and_one_customer_for_an_account() {
    let world = World::new();
    let mut phone = rich(&world).await;
    assert_eq!(books(&world, &phone).0, i64::try_from(OPENING).unwrap());
    let again = phone.open_bank_account(&world, "김지우").await.unwrap();
    assert_eq!(balance(&again), won(OPENING), "opened once, however often it is asked for");
    assert_eq!(refused(phone.open_bank_account(&world, "이서연").await), Reason::AnotherCustomer);
    let mut other = Phone::open(&world, 2);
    assert_eq!(refused(other.open_bank_account(&world, "김지우").await), Reason::AnotherCustomer);
    let ask = other.request(&world, Role::Bank, RequestContent::BankBalance);
    assert_eq!(refused(world.bank().balance(ask).await), Reason::NoAccount);
}

#[tokio::test]
async fn service_2_only_the_accounts_own_device_is_answered_and_a_replaced_one_no_more() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let for_another = phone.request(&world, Role::Centre, RequestContent::BankBalance);
    assert_eq!(refused(world.bank().balance(for_another).await), Reason::WrongParty);
    let early = phone.request(&world, Role::Bank, RequestContent::BankBalance);
    assert!(world.bank().balance(early.clone()).await.is_ok());

    let (mut old, mut new) = phone.replaced(&world, 3);
    let fenced = old.request(&world, Role::Bank, RequestContent::BankBalance);
    assert_eq!(refused(world.bank().balance(fenced).await), Reason::Fenced);
    let asked = new.request(&world, Role::Bank, RequestContent::BankBalance);
    let answer = world.bank().balance(asked).await.unwrap();
    assert_eq!(balance(&answer), won(OPENING), "the account stays when the phone is replaced");

    world.pass(301);
    assert_eq!(refused(world.bank().balance(early).await), Reason::TooOld);
    // Another citizen's device in the place of the account's own.
    let mut stranger = Phone::open(&world, 4);
    stranger.account = new.account;
    let forged = stranger.request(&world, Role::Bank, RequestContent::BankBalance);
    assert_eq!(refused(world.bank().balance(forged).await), Reason::Fenced);
}

#[tokio::test]
async fn bank_3_a_debit_is_booked_once_however_often_it_is_asked_for() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 3_000, 4_500).await;
    world.submit(&order.transaction);
    let first = ask_debit(&world, &order).await.unwrap();
    assert_eq!(ask_debit(&world, &order).await.unwrap(), first);
    assert_eq!(world.bank().standing(order.payment()).await.unwrap(), first);
    assert_eq!(books(&world, &phone), (95_500, 4_500));
    let BankAnswer::Debited { debit } = first else { panic!("{first:?}") };
    let signed: Signed<BankDebit> = debit.read().unwrap();
    let debit = signed.verify(&role(Role::Bank).key).unwrap();
    assert_eq!((debit.won, debit.order, debit.booking), (won(4_500), order.transaction.id(), 2));
}

#[tokio::test]
async fn bank_4_without_the_proof_of_its_hold_nothing_is_debited() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 0, 4_500).await;
    assert_eq!(refused(ask_debit(&world, &order).await), Reason::NotHeld, "never held");

    let other = phone.order(&world, 0, 1_000).await;
    world.submit(&other.transaction);
    let of_another = debit_request(&order, proof(&world, &other.payment()));
    assert_eq!(
        world.bank().debit(of_another).await,
        Err(ServiceError::Unavailable),
        "proved for another payment"
    );

    // The same payment with more won than the order on the ledger has.
    let more = citizen_payment::Terms { won: won(50_000), ..other.terms.clone() };
    let more = phone.order_for(&world, more, role(Role::Bank).id(), 300);
    let forged = debit_request(&more, proof(&world, &other.payment()));
    assert_eq!(refused(world.bank().debit(forged).await), Reason::Order);

    let elsewhere = phone.order(&world, 0, 500).await.terms;
    let stale = proof(&world, &other.payment());
    world.pass(70);
    assert_eq!(
        refused(world.bank().debit(debit_request(&other, stale)).await),
        Reason::NotHeld,
        "a stale proof"
    );

    let points_only = phone.order(&world, 500, 0).await;
    world.submit(&points_only.transaction);
    assert_eq!(refused(ask_debit(&world, &points_only).await), Reason::Order, "no won in it");

    // An order that names another bank is not this one's.
    let unknown = phone.order_for(&world, elsewhere, KeyId::from_bytes([9; 32]), 300);
    let refused_by_ledger =
        world.wires.chain.submit(citizen_primitives::Canonical::to_canonical(&unknown.transaction));
    assert!(refused_by_ledger.is_err());
    assert_eq!(books(&world, &phone), (100_000, 0));
}

#[tokio::test]
async fn bank_4_a_payment_that_has_ended_or_is_about_to_lapse_is_not_debited() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let released = phone.order(&world, 0, 4_500).await;
    world.submit(&released.transaction);
    release(&world, released.payment());
    assert_eq!(refused(ask_debit(&world, &released).await), Reason::NotHeld);

    let order = phone.order(&world, 0, 4_500).await;
    let short = phone.order_for(&world, order.terms, role(Role::Bank).id(), 40);
    world.submit(&short.transaction);
    // The ledger stands still: its newest header is fresh and shows the hold, and the bank's own clock knows better.
    world.clock.advance(39);
    assert_eq!(refused(ask_debit(&world, &short).await), Reason::NotHeld);
    assert_eq!(books(&world, &phone), (100_000, 0));
}

#[tokio::test]
async fn bank_4_a_changed_proof_is_no_proof() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 0, 4_500).await;
    world.submit(&order.transaction);
    let honest = proof(&world, &order.payment());
    let (block, state) = (honest.light_block.decode().unwrap(), honest.state.decode().unwrap());
    for position in (0..state.len()).step_by(11) {
        let mut changed = state.clone();
        changed[position] ^= 1;
        let changed = Proof { light_block: Bytes::new(&block), state: Bytes::new(&changed) };
        assert!(world.bank().debit(debit_request(&order, changed)).await.is_err(), "state, byte {position}");
    }
    for position in (0..block.len()).step_by(11) {
        let mut changed = block.clone();
        changed[position] ^= 1;
        let changed = Proof { light_block: Bytes::new(&changed), state: Bytes::new(&state) };
        assert!(world.bank().debit(debit_request(&order, changed)).await.is_err(), "header, byte {position}");
    }
    assert_eq!(books(&world, &phone), (100_000, 0));
    assert!(ask_debit(&world, &order).await.is_ok());
}

#[tokio::test]
async fn bank_5_a_debit_after_its_tombstone_is_refused() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 3_000, 4_500).await;
    world.submit(&order.transaction);
    let held = proof(&world, &order.payment());
    release(&world, order.payment());
    let ended = bring_end(&world, &order.payment()).await.unwrap();
    assert_eq!(undoing(ended.clone()), Undoing::Tombstoned);
    // The proof of the hold is seconds old and true of its time; the tombstone stands.
    let late = world.bank().debit(debit_request(&order, held)).await.unwrap();
    assert_eq!(late, ended);
    assert_eq!(books(&world, &phone), (100_000, 0));
}

#[tokio::test]
async fn bank_5_a_debited_payment_that_ends_is_credited_back_once() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 3_000, 4_500).await;
    world.submit(&order.transaction);
    ask_debit(&world, &order).await.unwrap();
    assert_eq!(refused(bring_end(&world, &order.payment()).await), Reason::NotEnded, "it is on hold");
    world.pass(310);
    let ended = bring_end(&world, &order.payment()).await.unwrap();
    assert_eq!(undoing(ended.clone()), Undoing::CreditedBack { won: won(4_500), booking: 3 });
    assert_eq!(bring_end(&world, &order.payment()).await.unwrap(), ended);
    assert_eq!(ask_debit(&world, &order).await.unwrap(), ended);
    assert_eq!(books(&world, &phone), (100_000, 0));
    assert_eq!(world.bank().bookings().unwrap().len(), 3);
}

#[tokio::test]
async fn bank_5_neither_a_captured_payment_nor_an_absent_one_is_undone() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 3_000, 4_500).await;
    let never = phone.order(&world, 0, 1_000).await;
    assert_eq!(refused(bring_end(&world, &never.payment()).await), Reason::NotEnded);
    order.hand_over(&world).await.unwrap();
    world.work(10).await;
    assert_eq!(world.stage(&order.payment()).await, "captured");
    assert_eq!(refused(bring_end(&world, &order.payment()).await), Reason::NotEnded);
    assert_eq!(books(&world, &phone), (95_500, 4_500));
}

#[tokio::test]
async fn bank_3_too_little_won_is_refused_for_good_and_the_points_come_back() {
    let world = World::new();
    let mut phone = rich(&world).await;
    let order = phone.order(&world, 3_000, OPENING + 1).await;
    order.hand_over(&world).await.unwrap();
    world.seal();
    world.submit(&order.transaction);
    let first = ask_debit(&world, &order).await.unwrap();
    assert_eq!(first, BankAnswer::Refused { reason: "not-enough".to_owned() });
    assert_eq!(ask_debit(&world, &order).await.unwrap(), first);
    world.work(20).await;
    assert_eq!(world.stage(&order.payment()).await, "reversed");
    assert_eq!((world.spendable(&phone.account), books(&world, &phone)), (50_000, (100_000, 0)));
    assert_eq!(world.account(&phone.account).held, points(0));
}

#[tokio::test]
async fn a_bank_that_is_late_lost_or_doubtful_debits_once() {
    for mood in [Mood::Late(Duration::from_secs(5)), Mood::Lost, Mood::Doubtful] {
        let world = World::new();
        let mut phone = rich(&world).await;
        let order = phone.order(&world, 0, 4_500).await;
        world.submit(&order.transaction);
        world.bank().set_mood(mood);
        let first = ask_debit(&world, &order).await;
        match mood {
            Mood::Lost => assert_eq!(first, Err(ServiceError::Unavailable)),
            Mood::Doubtful => assert_eq!(first, Ok(BankAnswer::Unsure)),
            _ => assert!(first.is_ok()),
        }
        world.bank().set_mood(Mood::Prompt);
        assert!(matches!(world.bank().standing(order.payment()).await, Ok(BankAnswer::Debited { .. })));
        assert_eq!(books(&world, &phone), (95_500, 4_500));
    }
}
