//! What an audit finds.

use crate::support::{Phone, Town, genesis, grant, opening};
use citizen_ledger::state_key;
use citizen_primitives::{AccountId, Height};
use city_chain::{AuditError, Chain as _, audit};
use city_state::{Leaf, Outcome};
use city_storage::faults::Disk;
use city_storage::{Options, Storage, StoredBlock};

#[test]
fn chain_4_an_audit_agrees_and_finds_what_was_changed() {
    let town = Town::new();
    town.settle();
    for seed in 1..=3 {
        town.chain.submit(opening(seed, 50).0).unwrap();
        town.settle();
    }
    let report = audit(&town.storage, |_| {}).unwrap();
    assert_eq!((report.blocks, report.transactions, report.failed, report.signatures), (7, 3, 0, 28));
    assert_eq!(report.root, town.storage.latest().root);
    let changes: [fn(&mut StoredBlock); 5] = [
        |block| block.codes = vec![7],
        |block| block.transactions[0][60] ^= 1,
        |block| block.hash = citizen_primitives::Hash::ZERO,
        |block| block.light_block.truncate(40),
        |block| block.time = block.time.plus(citizen_primitives::Seconds::new(1)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let error = audit(&retold(&town, change), |_| {}).unwrap_err();
        assert!(!matches!(error, AuditError::Storage(_)), "change {number}: {error}");
    }
    audit(&retold(&town, |_| {}), |_| {}).unwrap();
}

/// The same blocks in another file, the second of them changed.
fn retold(town: &Town, change: impl Fn(&mut StoredBlock)) -> Storage {
    retold_with(town, |block, _| {
        if block.height == Height::new(2) {
            change(block)
        }
    })
}

/// The same blocks in another file, each changed as it is written.
fn retold_with(town: &Town, change: impl Fn(&mut StoredBlock, &mut Outcome)) -> Storage {
    let copy = Storage::open_with_backend(Disk::default().backend(), &genesis("town-1"), Options::default())
        .unwrap();
    for height in 1..=town.storage.latest().height.value() {
        let mut block = town.storage.block(Height::new(height)).unwrap().unwrap();
        let chain_id = genesis("town-1").chain_id;
        let honest = city_state::Block {
            chain_id: &chain_id,
            height: block.height,
            time: block.time,
            hash: block.hash,
            transactions: &block.transactions,
        };
        let mut outcome = city_state::execute(&copy.snapshot().unwrap(), &honest).unwrap();
        change(&mut block, &mut outcome);
        copy.commit(&block, &outcome).unwrap();
    }
    copy
}

/// A town in which points were granted and given away, and one gift failed.
fn busy_town() -> Town {
    let town = Town::new();
    town.settle();
    let (giver, taker) = (Phone::new(1), Phone::new(2));
    for transaction in [giver.opening(50), taker.opening(50)] {
        town.chain.submit(transaction).unwrap();
    }
    town.settle();
    town.chain.submit(grant(&giver.account, 1_000, 1)).unwrap();
    town.settle();
    // Each would do by itself: the queue takes both, and the block refuses the second.
    town.chain.submit(giver.transfer(&taker.account, 700, 2)).unwrap();
    town.chain.submit(giver.transfer(&taker.account, 700, 3)).unwrap();
    town.settle();
    town
}

#[test]
fn chain_4_an_audit_counts_what_failed_and_what_was_issued() {
    let report = audit(&busy_town().storage, |_| {}).unwrap();
    assert_eq!((report.transactions, report.failed), (5, 1));
    assert_eq!(report.supply.spendable.total().unwrap().amount(), 1_000);
}

#[test]
fn chain_4_an_audit_finds_a_record_that_no_transaction_wrote() {
    let town = busy_town();
    let forged = state_key::account(&AccountId::from_bytes([9; 32]));
    for height in 1..=town.storage.latest().height.value() {
        let copy = retold_with(&town, |block, outcome| {
            if block.height == Height::new(height) {
                outcome.writes.insert(forged.clone(), Some(vec![1]));
            }
        });
        let found = audit(&copy, |_| {});
        assert!(matches!(found, Err(AuditError::Differs { .. })), "block {height}: {found:?}");
    }
}

/// No root covers the marks of the logs.
#[test]
fn chain_4_an_audit_finds_a_mark_that_no_transaction_made() {
    let town = busy_town();
    let copy = retold_with(&town, |block, outcome| {
        if block.height == Height::new(2) {
            let (bytes, content, marks) = (vec![1], Vec::new(), vec![[7; 32]]);
            outcome.leaves.push(Leaf { log: state_key::polls(), index: 0, bytes, content, marks });
        }
    });
    let found = audit(&copy, |_| {});
    assert!(matches!(found, Err(AuditError::Differs { what: "the marks of the logs", .. })), "{found:?}");
}

#[test]
fn chain_4_an_audit_finds_every_result_that_was_changed_and_every_transaction_left_out() {
    let town = busy_town();
    for height in 1..=town.storage.latest().height.value() {
        let block = town.storage.block(Height::new(height)).unwrap().unwrap();
        for index in 0..block.codes.len() {
            let at = |block: &StoredBlock| block.height == Height::new(height);
            let other_code = retold_with(&town, |block, _| {
                if at(block) {
                    block.codes[index] ^= 1;
                }
            });
            assert!(matches!(audit(&other_code, |_| {}), Err(AuditError::Differs { .. })));
            let left_out = retold_with(&town, |block, _| {
                if at(block) {
                    block.transactions.remove(index);
                    block.codes.remove(index);
                }
            });
            assert!(matches!(audit(&left_out, |_| {}), Err(AuditError::Differs { .. })));
        }
    }
}

#[test]
fn chain_4_an_audit_finds_any_byte_of_a_header_or_signature_that_was_changed() {
    let town = Town::new();
    town.settle();
    town.chain.submit(opening(1, 50).0).unwrap();
    town.settle();
    let length = town.storage.block(Height::new(2)).unwrap().unwrap().light_block.len();
    // Every byte is found; a fifth of them keeps the test short.
    for place in (0..length).step_by(5) {
        let copy = retold(&town, |block| block.light_block[place] ^= 1);
        assert!(audit(&copy, |_| {}).is_err(), "byte {place} of {length}");
    }
}

#[test]
fn chain_4_an_audit_hears_of_every_block_and_misses_none() {
    let town = busy_town();
    let mut heard = Vec::new();
    audit(&town.storage, |height| heard.push(height.value())).unwrap();
    assert!(heard.iter().copied().eq(1..=town.storage.latest().height.value()));
}
