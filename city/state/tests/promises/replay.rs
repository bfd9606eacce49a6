//! Each transaction once, at its heights, on its ledger.

use crate::support::town::{id_of, parameters, sign};
use crate::support::{Phone, Town, points};
use citizen_ledger::{Action, Dated, Govern, Parameters, Rejection, Transfer, state_key};
use citizen_primitives::{ChainId, Height, Label};

fn town_with_two() -> (Town, Phone, Phone) {
    let mut town = Town::new();
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 1_000);
    (town, phone, friend)
}

fn give(to: &Phone, amount: u64) -> Action {
    Action::Transfer(Transfer { to: to.account, points: points(amount) })
}

/// A transfer that may be executed until so many blocks after the next one.
fn until(town: &mut Town, from: &Phone, to: &Phone, amount: u64, ahead: i64) -> Vec<u8> {
    let mut body = town.body(from.signer(), give(to, amount));
    body.valid_until = Height::new(town.height.value().checked_add_signed(ahead).unwrap());
    sign(&body, &[&|bytes| from.key.sign(Label::Transaction, bytes)])
}

/// Every test that expects a refusal asks this of it (`Town::refuses`); here one fails after it has begun to write.
#[test]
fn state_1_a_failed_transaction_leaves_nothing_behind_but_its_id() {
    let years = parameters().expiry_years.into_iter().map(|dated| Dated { value: 1, ..dated }).collect();
    let mut town = Town::with(Parameters { expiry_years: years, ..parameters() });
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 60);
    town.wait_for(2027, 12);
    town.idle(1);
    // The touch would write down what has expired; then the cap says no.
    let above = town.grant("eco", &phone, 100_001);
    let above = town.by_treasury(Action::Grant(above));
    town.refuses(above.clone(), Rejection::CapReached);
    assert_eq!(town.account(&phone).lots.total().unwrap(), points(60));
    // Between two that succeed it is as if it were not there.
    let grants = [&phone, &phone].map(|phone| town.grant("tax", phone, 10));
    let [first, last] = grants.map(|grant| town.by_treasury(Action::Grant(grant)));
    let failing = town.by_device(&phone, give(&friend, 11));
    let outcome = town.block(&[first, failing, last]);
    let codes: Vec<_> = outcome.results.iter().map(|result| result.code).collect();
    assert_eq!(codes, [0, Rejection::NotEnough.code(), 0]);
    assert_eq!(town.account(&phone).lots.total().unwrap(), points(20));
    assert_eq!(outcome.consumed.len(), 3);
}

#[test]
fn state_3_a_transaction_is_executed_once_in_a_block_and_ever() {
    let (mut town, phone, friend) = town_with_two();
    let transfer = until(&mut town, &phone, &friend, 10, 20);
    let outcome = town.block(&[transfer.clone(), transfer.clone()]);
    let codes: Vec<_> = outcome.results.iter().map(|result| result.code).collect();
    assert_eq!(codes, [0, Rejection::Replayed.code()]);
    assert_eq!(outcome.consumed, [id_of(&transfer)]);
    for _ in 0..20 {
        town.refuses(transfer.clone(), Rejection::Replayed);
    }
    town.refuses(transfer, Rejection::TooLate);
    assert_eq!(town.spendable(&friend), 10);
}

#[test]
fn state_3_other_signatures_over_the_same_body_make_no_other_transaction() {
    let (mut town, phone, friend) = town_with_two();
    let body = town.body(phone.signer(), give(&friend, 10));
    let key = |bytes: &[u8]| phone.key.sign(Label::Transaction, bytes);
    let hardware = |bytes: &[u8]| phone.hardware.sign(Label::Transaction, bytes).unwrap();
    town.accepts(sign(&body, &[&key]));
    town.refuses(sign(&body, &[&key, &hardware]), Rejection::Replayed);
}

#[test]
fn state_2_a_failed_transaction_cannot_succeed_later() {
    let (mut town, phone, friend) = town_with_two();
    let transfer = until(&mut town, &phone, &friend, 1_001, 20);
    town.refuses(transfer.clone(), Rejection::NotEnough);
    town.earn(&phone, 1);
    town.refuses(transfer, Rejection::Replayed);
    assert_eq!(town.spendable(&phone), 1_001);
}

#[test]
fn state_3_a_transaction_is_executed_from_a_window_before_its_last_height_up_to_it() {
    let (mut town, phone, friend) = town_with_two();
    let too_far = until(&mut town, &phone, &friend, 1, 21);
    town.refuses(too_far.clone(), Rejection::TooFarAhead);
    // Refused for being too early it has left no trace, and its time comes.
    town.accepts(too_far);
    let last = until(&mut town, &phone, &friend, 1, 0);
    town.accepts(last);
    let late = until(&mut town, &phone, &friend, 1, -1);
    town.refuses(late, Rejection::TooLate);
    assert_eq!(town.spendable(&friend), 2);
}

#[test]
fn state_2_bytes_that_nobody_signed_consume_nothing() {
    let (mut town, phone, friend) = town_with_two();
    let body = town.body(phone.signer(), give(&friend, 10));
    let forged = sign(&body, &[&|bytes| friend.key.sign(Label::Transaction, bytes)]);
    let oversized = vec![1; citizen_ledger::transaction::LONGEST + 1];
    let garbage = [vec![], vec![0; 3], b"garbage".to_vec(), oversized];
    for bytes in garbage {
        let outcome = town.block(std::slice::from_ref(&bytes));
        assert_eq!(outcome.results[0].id, None);
        assert_eq!(outcome.results[0].code, Rejection::Malformed.code());
        assert!(outcome.consumed.is_empty() && outcome.writes.is_empty());
    }
    let outcome = town.block(&[forged]);
    assert!(outcome.consumed.is_empty() && outcome.writes.is_empty());
    // The forger has not burnt the phone's transaction.
    town.accepts(sign(&body, &[&|bytes| phone.key.sign(Label::Transaction, bytes)]));
}

#[test]
fn a_transaction_for_another_ledger_is_refused() {
    let (mut town, phone, friend) = town_with_two();
    let mut body = town.body(phone.signer(), give(&friend, 10));
    body.chain_id = ChainId::new("seoul-other").unwrap();
    town.refuses(sign(&body, &[&|bytes| phone.key.sign(Label::Transaction, bytes)]), Rejection::WrongChain);
}

#[test]
fn the_digests_of_consumed_ids_are_forgotten_when_nobody_can_bring_them_again() {
    let (mut town, phone, friend) = town_with_two();
    town.idle(3);
    for _ in 0..100 {
        let transfer = town.by_device(&phone, give(&friend, 1));
        town.accepts(transfer);
    }
    let digests = |town: &Town| {
        town.ledger.records.keys().filter(|key| key.as_bytes().starts_with(b"consumed/")).count()
    };
    // The window, the newest, and the ends of their chain.
    assert!(digests(&town) <= 20 + 2, "{}", digests(&town));
    town.idle(1_000);
    let kept = digests(&town);
    let transfer = town.by_device(&phone, give(&friend, 1));
    town.accepts(transfer);
    assert_eq!(digests(&town), kept + 1 - 16, "one block forgets 16 at most");
    let transfer = town.by_device(&phone, give(&friend, 1));
    town.accepts(transfer);
    assert_eq!(digests(&town), 2 + 1);
    let first = state_key::consumed(Height::new(1));
    assert!(!town.ledger.records.contains_key(&first));
}

#[test]
fn state_3_a_narrower_window_forgets_nothing_that_could_come_again() {
    let (mut town, phone, friend) = town_with_two();
    let transfer = until(&mut town, &phone, &friend, 10, 20);
    town.accepts(transfer.clone());
    let narrower = town.decided(Govern::SetParameters(Parameters { validity_window: 2, ..parameters() }));
    town.accepts(narrower);
    for _ in 0..30 {
        let other = until(&mut town, &phone, &friend, 1, 0);
        let outcome = town.block(&[other, transfer.clone()]);
        assert_eq!(outcome.results[0].code, 0);
        assert_ne!(outcome.results[1].code, 0);
    }
    assert_eq!(town.spendable(&friend), 40);
}
