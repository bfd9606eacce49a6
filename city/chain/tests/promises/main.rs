//! The embedded chain's promises: what it seals, the phone can check.

#![cfg(test)]

mod audits;
mod contract;
mod crashes;
mod queue;
mod support;

use citizen_coin::AccountRecord;
use citizen_ledger::{HeaderProof, LightBlock, state_key};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{AccountId, Canonical as _, Clock as _, Height};
use city_chain::Chain as _;
use city_storage::faults::Disk;
use std::sync::Arc;
use support::{NOW, Town, opening};

#[test]
fn chain_1_the_next_header_follows_a_change_at_once_and_an_idle_chain_only_beats() {
    let town = Town::new();
    assert_eq!(town.settle(), Height::new(1));
    let (transaction, _) = opening(1, 50);
    town.chain.submit(transaction).unwrap();
    assert_eq!(town.settle(), Height::new(3), "the block, and the header that commits to it");
    assert_eq!(town.block(3).app_hash(), town.storage.latest().root);
    assert_eq!(town.chain.step().unwrap(), None, "nothing is due");
    town.clock.advance(9);
    assert_eq!(town.chain.step().unwrap(), None);
    town.clock.advance(1);
    assert_eq!(town.settle(), Height::new(4), "the heartbeat");
}

#[test]
fn chain_2_a_crash_between_signing_and_writing_leaves_no_second_header() {
    let town = Town::new();
    town.settle();
    let first = town.block(1).header_hash();
    // Nothing after the first durable block was synced: all of it is forgotten, and nobody ever saw it.
    let (disk, clock) = (town.disk.clone(), town.clock.clone());
    drop(town);
    disk.crash(|| false);
    let town = Town::on(disk, clock);
    assert_eq!(town.block(1).header_hash(), first);
    assert_eq!(town.chain.status().latest, Height::new(1));
}

#[test]
fn chain_3_the_phone_verifies_headers_values_and_absence() {
    let town = Town::new();
    town.settle();
    let mut phone = town.phone();
    let (transaction, account) = opening(1, 50);
    town.chain.submit(transaction).unwrap();
    town.settle();
    phone.advance(&phone.verify(&town.block(2), town.clock.now()).unwrap());
    let header = town.phone().verify(&town.block(3), town.clock.now()).unwrap();
    let nobody = state_key::account(&AccountId::from_bytes([9; 32]));
    let proven = town.chain.prove(&[state_key::account(&account), nobody.clone()]).unwrap().unwrap();
    assert_eq!(LightBlock::decode(&proven.light_block).unwrap(), town.block(3));
    let record = header.prove_in::<AccountRecord>(&state_key::account(&account), &proven.state).unwrap();
    assert_eq!(record.value().as_ref().unwrap().entries, 1);
    assert!(header.prove_in::<AccountRecord>(&nobody, &proven.state).unwrap().is_absent());
    assert_eq!(header.provenance().signers, 4);
    // Distant headers too.
    for _ in 0..5 {
        town.clock.advance(10);
        town.settle();
    }
    phone.verify(&town.block(8), town.clock.now()).unwrap();
}

#[test]
fn chain_3_an_old_header_is_proved_through_the_newest() {
    let town = Town::new();
    town.settle();
    for seed in 1..=3 {
        town.chain.submit(opening(seed, 50).0).unwrap();
        town.settle();
    }
    let newest = town.phone().verify(&town.block(7), town.clock.now()).unwrap();
    for height in 1..=5 {
        let proven = town.chain.prove_header(Height::new(height)).unwrap().unwrap();
        let proof: HeaderProof = proven.proof;
        let old = LightBlock::decode(&proven.old).unwrap();
        assert_eq!(proof.verify(&old, &newest).unwrap().header_hash(), town.block(height).header_hash());
        assert!(proof.verify(&town.block(height + 1), &newest).is_err(), "LEDGER-10: no other header");
    }
    assert!(town.chain.prove_header(Height::new(99)).unwrap().is_none());
}

#[test]
fn a_restart_changes_no_root() {
    let mut roots = Vec::new();
    for is_restarted in [false, true] {
        let clock = Arc::new(ManualClock::at(NOW));
        let mut town = Town::on(Disk::default(), clock);
        town.settle();
        for seed in 1..=6 {
            town.chain.submit(opening(seed, 50).0).unwrap();
            if seed == 3 {
                town.settle();
            }
            if seed == 3 && is_restarted {
                let (disk, clock) = (town.disk.clone(), town.clock.clone());
                drop(town);
                disk.crash(|| true);
                town = Town::on(disk, clock);
            }
        }
        town.settle();
        roots.push((town.storage.latest().root, town.chain.status().latest));
    }
    assert_eq!(roots[0], roots[1]);
}

#[test]
fn a_history_is_served_as_far_as_it_is_proved() {
    let town = Town::new();
    town.settle();
    let (transaction, account) = opening(1, 50);
    town.chain.submit(transaction).unwrap();
    town.chain.step().unwrap();
    assert!(town.chain.entries(&account, 0, 10).unwrap().is_empty(), "executed, and not provable yet");
    town.settle();
    let entries = town.chain.entries(&account, 0, 10).unwrap();
    assert_eq!(entries.len(), 1);
    assert!(!entries[0].to_canonical().is_empty());
    assert!(town.chain.entries(&account, 1, 10).unwrap().is_empty());
}
