//! Values under headers, words of parties, old headers under new ones, transactions in blocks.
//!
//! LEDGER-9, that neither a verified nor an attested value can be made outside the crate, is shown by the `compile_fail` examples
//! of `Verified` and `Attested`, which run with the documentation tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use citizen_keys::{Signed, SigningKey};
use citizen_ledger::{
    Attested, AttestedError, HistoryError, InclusionError, LogError, LogGrowth, LogHead, LogProof, Outcome,
    ProofError, ProvenState, ProvenValue, Role, RoleRecord, StateKey, TransactionOutcomeProof, Verified,
    VerifiedHeader, state_key,
};
use citizen_merkle::{Frontier, InclusionProof, MemoryTree, leaf_hash};
use citizen_payment::PaymentRecord;
use citizen_payment::word::MerchantAnswer;
use citizen_primitives::{Canonical as _, ChainId, Hash, Height, PaymentId, Seconds, UnixTime};
use support::city::{Block, City, time_of};
use support::client_at;
use support::parties::Service;
use support::sealer::{Content, Validators, seal};
use support::story::{CAPTURED, Story};

const NOW: UnixTime = UnixTime::from_seconds(1_795_219_200 + 600);

fn header(city: &City, height: u64) -> VerifiedHeader {
    client_at(city, 1).verify(city.block(height), NOW).unwrap()
}

fn story() -> (Story, City) {
    let story = Story::mixed().captured();
    let city = story.city();
    (story, city)
}

#[test]
fn ledger_3_a_value_is_proved_under_the_header_after_its_block_and_not_before() {
    let (story, city) = story();
    let key = state_key::payment(&story.terms.payment);
    let after = header(&city, CAPTURED + 1);
    let state = city.state(CAPTURED + 1, std::slice::from_ref(&key));
    let proved: Verified<Option<PaymentRecord>> = after.prove_in(&key, &state).unwrap();
    assert_eq!(proved.value().as_ref(), Some(&story.record));
    assert_eq!(proved.provenance(), after.provenance());
    assert_eq!(proved.provenance().app_hash, city.block(CAPTURED + 1).app_hash());
    // The block's own header commits to the state before it: there the payment is not yet.
    let at = header(&city, CAPTURED);
    let before =
        at.prove_in::<PaymentRecord>(&key, &city.state(CAPTURED, std::slice::from_ref(&key))).unwrap();
    assert!(before.is_absent());
    // A proof of one state is none of another.
    assert_eq!(at.prove::<PaymentRecord>(&key, &state.values[0]), Err(ProofError::Refuted));
    let another = Err(ProofError::AnotherHeight(Height::new(CAPTURED + 1)));
    assert_eq!(at.prove_in::<PaymentRecord>(&key, &state), another);
}

#[test]
fn ledger_3_absence_is_proved_and_cannot_be_claimed() {
    let (story, city) = story();
    let header = header(&city, CAPTURED + 1);
    let here = state_key::payment(&story.terms.payment);
    let nowhere = state_key::payment(&PaymentId::from_bytes([0x77; 32]));
    let state = city.state(CAPTURED + 1, &[here.clone(), nowhere.clone()]);
    assert!(header.prove_in::<PaymentRecord>(&nowhere, &state).unwrap().present().is_none());
    // The record is held back.
    let claimed = ProvenValue { value: None, ..state.values[0].clone() };
    assert_eq!(header.prove::<PaymentRecord>(&here, &claimed), Err(ProofError::Refuted));
    // The proof of another key's absence in its place.
    let claimed = ProvenValue { key: here.as_bytes().to_vec(), ..state.values[1].clone() };
    assert_eq!(header.prove::<PaymentRecord>(&here, &claimed), Err(ProofError::Refuted));
    // A record where there is none.
    let invented = ProvenValue { value: state.values[0].value.clone(), ..state.values[1].clone() };
    assert_eq!(header.prove::<PaymentRecord>(&nowhere, &invented), Err(ProofError::Refuted));
}

#[test]
fn ledger_3_the_key_is_the_one_that_was_asked_for() {
    let (story, city) = story();
    let header = header(&city, CAPTURED + 1);
    let (centre, bank) = (story.centre.state_key(), story.bank.state_key());
    let state = city.state(CAPTURED + 1, std::slice::from_ref(&centre));
    assert_eq!(header.prove::<RoleRecord>(&bank, &state.values[0]), Err(ProofError::AnotherKey));
    assert_eq!(header.prove_in::<RoleRecord>(&bank, &state), Err(ProofError::Missing));
    let renamed = ProvenValue { key: bank.as_bytes().to_vec(), ..state.values[0].clone() };
    assert_eq!(header.prove::<RoleRecord>(&bank, &renamed), Err(ProofError::Refuted));
}

#[test]
fn ledger_3_no_changed_byte_of_a_proved_value_is_accepted() {
    let (story, city) = story();
    let header = header(&city, CAPTURED + 1);
    let key = state_key::payment(&story.terms.payment);
    let state = city.state(CAPTURED + 1, std::slice::from_ref(&key));
    let bytes = state.to_canonical();
    assert_eq!(ProvenState::from_canonical(&bytes), Ok(state));
    for position in 0..bytes.len() {
        for flip in [0x01, 0xff] {
            let mut changed = bytes.clone();
            changed[position] ^= flip;
            let accepted = ProvenState::from_canonical(&changed)
                .is_ok_and(|state| header.prove_in::<PaymentRecord>(&key, &state).is_ok());
            assert!(!accepted, "byte {position}");
        }
    }
}

#[test]
fn ledger_3_a_proved_value_that_is_another_record_is_refused() {
    let (story, city) = story();
    let key = state_key::payment(&story.terms.payment);
    let state = city.state(CAPTURED + 1, std::slice::from_ref(&key));
    let read = header(&city, CAPTURED + 1).prove_in::<RoleRecord>(&key, &state);
    assert!(matches!(read, Err(ProofError::Record(_))));
}

#[test]
fn what_follows_from_a_value_keeps_its_provenance() {
    let (story, city) = story();
    let header = header(&city, CAPTURED + 1);
    let keys = [story.centre.state_key(), story.bank.state_key()];
    let state = city.state(CAPTURED + 1, &keys);
    let proved = |key| header.prove_in::<RoleRecord>(key, &state).unwrap().present().unwrap();
    let names = proved(&keys[0]).map(|record| record.role).zip(proved(&keys[1]).map(|record| record.role));
    assert_eq!(names.unwrap().into_parts().0, (Role::Centre, Role::Bank));
    let age = proved(&keys[0]).map_at(|record, provenance| provenance.time.since(record.from));
    assert_eq!(age.value(), &Seconds::new(10 * (CAPTURED + 1)));
    let older = client_at(&city, 1).verify(city.block(CAPTURED), NOW).unwrap();
    let old_state = city.state(CAPTURED, &keys);
    let old = older.prove_in::<RoleRecord>(&keys[0], &old_state).unwrap();
    assert!(old.zip(proved(&keys[1])).is_none(), "two headers are not one view");
}

/// A centre's record under a header, and its answer.
fn word(centre: &Service, answer: &MerchantAnswer, key: &SigningKey) -> Result<Role, AttestedError> {
    let mut city = City::new(Validators::new(1..5));
    city.seal(Block::default().write(centre.state_key(), &centre.record));
    city.idle(1);
    let state = city.state(2, &[centre.state_key()]);
    let record = header(&city, 2).prove_in(&centre.state_key(), &state).unwrap().present().unwrap();
    let attested = Attested::verify(&Signed::sign(answer, key), &record)?;
    assert_eq!((attested.value(), attested.time()), (answer, answer.time));
    assert_eq!(attested.registered().height, Height::new(2));
    assert_eq!(attested.by().key, centre.record.id());
    Ok(attested.by().role)
}

#[test]
fn ledger_7_a_word_counts_by_the_role_the_key_and_the_time() {
    let Story { centre, answer, .. } = Story::mixed();
    assert_eq!(word(&centre, &answer, &centre.key), Ok(Role::Centre));
    // Another party's key, which the registry knows for something else.
    let bank = Service::new(Role::Bank, 22);
    assert!(matches!(word(&centre, &answer, &bank.key), Err(AttestedError::Signed(_))));
    assert_eq!(word(&bank, &answer, &bank.key), Err(AttestedError::WrongRole));
    // Before its role began, and after it ended.
    let early = MerchantAnswer { time: UnixTime::from_seconds(5), ..answer.clone() };
    assert_eq!(word(&centre, &early, &centre.key), Err(AttestedError::NotActive));
    let ended = Service::new(Role::Centre, 21).until(answer.time);
    assert_eq!(word(&ended, &answer, &ended.key), Err(AttestedError::NotActive));
    let ending = Service::new(Role::Centre, 21).until(answer.time.plus(Seconds::new(1)));
    assert_eq!(word(&ending, &answer, &ending.key), Ok(Role::Centre));
}

fn long_city() -> City {
    let mut city = City::new(Validators::new(1..5));
    city.idle(40);
    city
}

#[test]
fn ledger_10_every_old_header_is_proved_through_a_newer_one() {
    let city = long_city();
    let newest = header(&city, 40);
    for height in 1..40 {
        let old = city.header_proof(height, 40).verify(city.block(height), &newest).unwrap();
        assert_eq!(
            (old.height(), old.header_hash()),
            (Height::new(height), city.block(height).header_hash())
        );
        let provenance = old.provenance();
        assert_eq!(provenance.through, Some(Height::new(40)));
        assert_eq!((provenance.time, provenance.signers), (time_of(height), 4));
        assert_eq!(provenance.app_hash, city.block(height).app_hash());
    }
}

#[test]
fn ledger_10_a_header_outside_the_history_is_refused() {
    let city = long_city();
    let newest = header(&city, 40);
    let proof = city.header_proof(7, 40);
    // Another header of the same ledger at another height, with 7's proof and with its place changed.
    assert_eq!(proof.verify(city.block(8), &newest), Err(HistoryError::AnotherPlace));
    let mut moved = proof.clone();
    moved.inclusion.index = 7;
    assert_eq!(moved.verify(city.block(8), &newest), Err(HistoryError::Refuted));
    // A forged header at the same height.
    let mut other = City::new(Validators::new(50..54));
    other.idle(10);
    assert_eq!(proof.verify(other.block(7), &newest), Err(HistoryError::Refuted));
    // Another ledger's header at the same height.
    let elsewhere = Content {
        chain_id: ChainId::new("seoul-test-2").unwrap(),
        ..Content::at(7, time_of(7), &Validators::new(1..5))
    };
    let elsewhere = seal(&elsewhere, &Validators::new(1..5), |_| true);
    assert_eq!(proof.verify(&elsewhere, &newest), Err(HistoryError::WrongChain));
    // A history of another size.
    let mut sized = proof.clone();
    sized.inclusion.count = 40;
    assert_eq!(sized.verify(city.block(7), &newest), Err(HistoryError::AnotherPlace));
    // A history that is not in the state.
    let mut invented = proof;
    invented.history.value = Some(Frontier::new().to_canonical());
    let refuted = Err(HistoryError::History(ProofError::Refuted));
    assert_eq!(invented.verify(city.block(7), &newest), refuted);
    // The state under header 30 holds the headers before it, not after.
    let thirty = header(&city, 30);
    assert!(city.header_proof(7, 30).verify(city.block(7), &thirty).is_ok());
    assert_eq!(city.header_proof(7, 40).verify(city.block(7), &thirty), refuted);
}

#[test]
fn ledger_10_an_old_header_never_renews_trust() {
    let city = long_city();
    let newest = header(&city, 40);
    let old = city.header_proof(20, 40).verify(city.block(20), &newest).unwrap();
    let mut client = client_at(&city, 1);
    client.advance(&old);
    assert_eq!(client.state().height, Height::new(1));
}

/// A block with three transactions, of which the second failed.
fn busy_city() -> City {
    let mut city = City::new(Validators::new(1..5));
    city.idle(1);
    city.seal(Block::default().transaction(b"one", 0).transaction(b"two", 20).transaction(b"three", 0));
    city.idle(2);
    city
}

#[test]
fn ledger_12_a_transaction_in_a_block_may_have_failed_and_the_next_header_says_so() {
    let city = busy_city();
    let (at, next) = (header(&city, 2), header(&city, 3));
    for (index, (bytes, code)) in (0..).zip([(&b"one"[..], 0), (b"two", 20), (b"three", 0)]) {
        let (included, outcome) = city.transaction_proof(2, index);
        assert_eq!(included.verify(&at).unwrap().value(), bytes);
        assert_eq!(outcome.verify(&included, &at, &next).unwrap().value(), &Outcome::of_code(code));
    }
}

#[test]
fn ledger_12_no_other_outcome_is_proved_for_a_transaction() {
    let city = busy_city();
    let (at, next, later) = (header(&city, 2), header(&city, 3), header(&city, 4));
    let (failed, failure) = city.transaction_proof(2, 1);
    let (_, success) = city.transaction_proof(2, 0);
    assert_eq!(success.verify(&failed, &at, &next), Err(InclusionError::AnotherPlace));
    let moved = TransactionOutcomeProof {
        inclusion: InclusionProof { path: success.inclusion.path.clone(), ..failure.inclusion.clone() },
        ..success
    };
    assert_eq!(moved.verify(&failed, &at, &next), Err(InclusionError::Refuted));
    let lied = TransactionOutcomeProof { outcome: Outcome::of_code(0), ..failure.clone() };
    assert_eq!(lied.verify(&failed, &at, &next), Err(InclusionError::Refuted));
    assert_eq!(failure.verify(&failed, &at, &later), Err(InclusionError::AnotherHeight));
    assert_eq!(failed.verify(&next), Err(InclusionError::Refuted), "another block");
}

#[test]
fn a_results_leaf_is_the_deterministic_part_of_an_exec_tx_result() {
    assert!(Outcome::of_code(0).to_bytes().is_empty());
    assert_eq!(Outcome::of_code(20).to_bytes(), [0x08, 20]);
    let all = Outcome { code: 1, data: vec![9], gas_wanted: 2, gas_used: 3 };
    assert_eq!(all.to_bytes(), [0x08, 1, 0x12, 1, 9, 0x28, 2, 0x30, 3]);
    assert_eq!(citizen_ledger::inclusion::data_hash([]), Hash::plain(&[]));
}

/// A log of so many lines in the state, as a tree that can be asked and as the record.
fn lines(count: u8) -> (MemoryTree, Frontier) {
    let (mut tree, mut frontier) = (MemoryTree::default(), Frontier::new());
    for line in 0..count {
        tree.append(leaf_hash(&[line]));
        frontier.append(leaf_hash(&[line]));
    }
    (tree, frontier)
}

#[test]
fn ledger_13_a_leaf_and_the_growth_of_a_log_are_proved_under_a_header_and_nothing_else_is() {
    let (log, another) = (StateKey::from_bytes(b"log".to_vec()), StateKey::from_bytes(b"other".to_vec()));
    let ((tree, frontier), (old_tree, old)) = (lines(11), lines(7));
    let mut city = City::new(Validators::new(1..5));
    city.seal(Block::default().write(log.clone(), &frontier).write(another.clone(), &old));
    city.idle(1);
    let header = header(&city, 2);
    let prove = |key: &StateKey| city.state(2, std::slice::from_ref(key)).values[0].clone();
    let seen = LogHead::of(&old);
    let proof = LogProof { frontier: prove(&log), inclusion: tree.prove_inclusion(4).unwrap() };
    let growth = LogGrowth { frontier: prove(&log), consistency: tree.prove_consistency(7).unwrap() };
    assert_eq!(*proof.verify(&log, 4, &[4], &header).unwrap().value(), LogHead::of(&frontier));
    assert_eq!(*growth.verify(&log, &seen, &header).unwrap().value(), LogHead::of(&frontier));
    // Another leaf, another place, another log, a proof in the other log's tree.
    assert_eq!(proof.verify(&log, 4, &[5], &header), Err(LogError::Refuted));
    assert_eq!(proof.verify(&log, 5, &[4], &header), Err(LogError::AnotherPlace));
    let of_another_key = Err(LogError::Log(ProofError::AnotherKey));
    assert_eq!(proof.verify(&another, 4, &[4], &header), of_another_key);
    let shorter = LogProof { inclusion: old_tree.prove_inclusion(4).unwrap(), ..proof.clone() };
    assert_eq!(shorter.verify(&log, 4, &[4], &header), Err(LogError::AnotherPlace));
    let elsewhere = LogProof { frontier: prove(&another), ..proof };
    assert_eq!(elsewhere.verify(&another, 4, &[4], &header), Err(LogError::AnotherPlace));
    // A beginning that was not seen, another length, a log that is not there.
    let forked = LogHead { root: frontier.root(), ..seen };
    assert_eq!(growth.verify(&log, &forked, &header), Err(LogError::Refuted));
    let longer = LogHead { count: 8, ..seen };
    assert_eq!(growth.verify(&log, &longer, &header), Err(LogError::AnotherPlace));
    let nowhere = StateKey::from_bytes(b"nowhere".to_vec());
    let absent = LogGrowth { frontier: prove(&nowhere), ..growth };
    assert_eq!(absent.verify(&nowhere, &seen, &header), Err(LogError::Log(ProofError::Missing)));
    for (bytes, again) in [
        (shorter.to_canonical(), LogProof::from_canonical(&shorter.to_canonical()).unwrap().to_canonical()),
        (absent.to_canonical(), LogGrowth::from_canonical(&absent.to_canonical()).unwrap().to_canonical()),
    ] {
        assert_eq!(bytes, again);
    }
}
