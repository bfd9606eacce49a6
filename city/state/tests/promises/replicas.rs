//! Two nodes that are fed the same blocks have the same state.

use crate::support::town::{Sign, sign};
use crate::support::{Ledger, Phone, Town, points};
use citizen_keys::{PublicKey, Signature};
use citizen_ledger::{Action, Rejection, SignedTransaction, Signer, Transfer};
use citizen_primitives::Label;
use city_state::{Admitted, Block, Desk, Head, execute, execute_admitted, execute_with};
use std::num::NonZeroUsize;
use std::sync::Arc;

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// A town that has seen much: right and wrong transactions, payments that end in all ways, months that pass.
fn eventful() -> Town {
    let mut town = Town::new();
    let phones: Vec<Phone> = (40..46).map(|seed| town.open(seed)).collect();
    for round in 0u64..8 {
        let mut transactions: Vec<Vec<u8>> = Vec::new();
        for (place, phone) in (0u64..).zip(&phones) {
            let grant = town.grant(if place % 2 == 0 { "tax" } else { "eco" }, phone, 30_000);
            transactions.push(town.by_treasury(Action::Grant(grant)));
            let next = &phones[usize::try_from((place + 1) % 6).unwrap()];
            let give =
                Action::Transfer(Transfer { to: next.account, points: points(1_000 * (round + place)) });
            transactions.push(town.by_device(phone, give.clone()));
            let order = town.order(500, 100 * place);
            transactions.push(town.by_device_cosigned(phone, Action::Hold(order.clone())));
            transactions.push(if place % 2 == 0 {
                town.capture(order.payment, None)
            } else {
                town.release(order.payment)
            });
            if (round + place) % 3 == 0 {
                let body = town.body(phone.signer(), give);
                transactions.push(sign(&body, &[&|bytes| next.key.sign(Label::Transaction, bytes)]));
                transactions.push(vec![u8::try_from(place).unwrap(); 40]);
            }
        }
        transactions.push(transactions[1].clone());
        town.block(&transactions);
        town.idle(2);
        town.wait(if round % 3 == 2 { 40 * 86_400 } else { 70 });
    }
    town
}

#[test]
fn state_9_replicas_with_other_thread_counts_and_restarts_have_the_same_state() {
    let town = eventful();
    assert!(town.ledger.supply().spent > points(0));
    let poll = crate::poll_bounds::held();
    assert!(poll.ledger.logs.values().map(Vec::len).sum::<usize>() > 50);
    for (town, count) in
        [1, 2, 3, 7, 64].map(|count| (&town, count)).into_iter().chain([(&poll, 1), (&poll, 3)])
    {
        let mut replica = Ledger::begin(&town.genesis(crate::support::town::parameters()));
        for (height, (time, transactions)) in (1..).zip(&town.past) {
            let height = citizen_primitives::Height::new(height);
            let block = Block {
                chain_id: &town.chain_id,
                height,
                time: *time,
                hash: crate::support::town::header_hash(height),
                transactions,
            };
            let outcome = execute_with(&replica, &block, threads(count)).unwrap();
            // A restart: nothing but the state is carried from block to block.
            let again = execute_with(&replica.clone(), &block, threads(count % 3 + 1)).unwrap();
            assert_eq!(outcome, again);
            replica.take_in(&block, &outcome);
        }
        assert_eq!(replica, town.ledger);
    }
}

#[test]
fn state_9_a_block_of_what_this_node_admitted_ends_as_its_bytes_would() {
    let town = eventful();
    let mut replica = Ledger::begin(&town.genesis(crate::support::town::parameters()));
    let mut executed = 0;
    for (height, (time, transactions)) in (1..).zip(&town.past) {
        let height = citizen_primitives::Height::new(height);
        let hash = crate::support::town::header_hash(height);
        let desk = Desk::open(&replica, height, *time).unwrap();
        let admit = |bytes: &Vec<u8>| desk.admit(bytes.clone(), &town.chain_id, *time).ok().map(Arc::new);
        let admitted: Vec<Arc<Admitted>> = transactions.iter().filter_map(admit).collect();
        let bytes: Vec<Vec<u8>> = admitted.iter().map(|admitted| admitted.bytes().to_vec()).collect();
        let block =
            Block { chain_id: &town.chain_id, height, time: *time, hash, transactions: bytes.as_slice() };
        let by_bytes = execute(&replica, &block).unwrap();
        let outcome = execute_admitted(&replica, Head { height, time: *time, hash }, &admitted).unwrap();
        assert_eq!(outcome, by_bytes);
        executed += outcome.results.len();
        let whole = Block { transactions, ..block };
        let outcome = execute(&replica, &whole).unwrap();
        replica.take_in(&whole, &outcome);
    }
    assert!(executed > 20, "{executed}");
}

#[test]
fn state_9_a_wrong_signature_does_not_touch_its_neighbours_in_the_batch() {
    let mut town = Town::new();
    let phones: Vec<Phone> = (40..44).map(|seed| town.open(seed)).collect();
    phones.iter().for_each(|phone| town.earn(phone, 100));
    let give = Action::Transfer(Transfer { to: phones[0].account, points: points(1) });
    for wrong in 0..8usize {
        let transactions: Vec<Vec<u8>> = (0..8usize)
            .map(|place| {
                let (phone, other) = (&phones[1 + place % 3], &phones[0]);
                let body = town.body(phone.signer(), give.clone());
                let signer = if place == wrong { other } else { phone };
                let key: Sign<'_> = &|bytes| signer.key.sign(Label::Transaction, bytes);
                sign(&body, &[key])
            })
            .collect();
        for count in 1..=8 {
            let outcome =
                execute_with(&town.ledger, &town.next_block(&transactions), threads(count)).unwrap();
            for (place, result) in outcome.results.iter().enumerate() {
                let expected = if place == wrong { Rejection::Signature.code() } else { 0 };
                assert_eq!(result.code, expected, "place {place} of {count} threads");
            }
        }
    }
}

#[test]
fn state_9_a_signature_that_only_some_libraries_accept_is_judged_the_same_in_a_batch_and_alone() {
    let mut town = Town::new();
    // A key of small order and a signature that holds under ZIP-215 whatever was signed.
    let identity = PublicKey::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
    let anything = Signature::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
    let release = Action::Release(citizen_ledger::Release {
        payment: citizen_primitives::PaymentId::from_bytes([1; 32]),
    });
    let odd = {
        let body = town.body(Signer::Party { key: identity }, release.clone());
        sign(&body, &[&|_| anything])
    };
    assert!(SignedTransaction::check_stateless(&odd, &town.chain_id).is_ok());
    let body = town.body(Signer::Party { key: identity }, release);
    let wrong = sign(&body, &[&|_| Signature::Ed25519([3; 64])]);
    for others in [vec![], vec![wrong.clone()], vec![wrong; 3]] {
        let transactions = [vec![odd.clone()], others].concat();
        let outcome = execute(&town.ledger, &town.next_block(&transactions)).unwrap();
        // Well signed, by nobody who has a role.
        assert_eq!(outcome.results[0].code, Rejection::NotAllowed.code());
        assert!(outcome.results[0].id.is_some());
    }
}
