//! One token for each person on the roll, counted in the open.

use super::support::city::Citizen;
use super::support::manifest::*;
use citizen_keys::Signed;
use citizen_merkle::MemoryTree;
use citizen_primitives::UnixTime;
use citizen_voting::issuance::{Issuance, IssuanceRow, RefusalReason, RegistrarRefusal, RollEntry, decide};

#[test]
fn vote_51_a_person_is_signed_for_once_and_the_same_request_gets_the_same_answer() {
    let first = Citizen::register(3, CITIZENS).rows()[0];
    assert_eq!(decide(None, first), Issuance::First(first));
    assert_eq!(decide(Some(&first), first), Issuance::Again);
    let other_key = IssuanceRow { blinded: Citizen::register(4, CITIZENS).rows()[0].blinded, ..first };
    assert_eq!(decide(Some(&first), other_key), Issuance::Another);
}

#[test]
fn a_person_finds_her_row_and_nobody_else_can() {
    let citizen = Citizen::register(3, CITIZENS);
    let mine = roll_entry(CITIZENS, 3);
    assert!(citizen.rows().iter().all(|row| row.voter == mine.tag(POLL.id())));
    let guessed = RollEntry { salt: [0; 32], ..mine };
    assert_ne!(guessed.tag(POLL.id()), mine.tag(POLL.id()));
    assert_ne!(roll_entry(COMMITTEE, 3).tag(POLL.id()), mine.tag(POLL.id()));
}

#[test]
fn a_person_proves_that_she_is_on_the_roll_of_the_manifest() {
    let roll = MemoryTree::of((0..ROLL).map(|person| roll_entry(CITIZENS, person).leaf()));
    let root = POLL.electorate(CITIZENS).unwrap().roll_root;
    let proof = roll.prove_inclusion(3).unwrap();
    assert!(proof.verify(&roll_entry(CITIZENS, 3).leaf(), &root).is_ok());
    assert!(proof.verify(&roll_entry(COMMITTEE, 3).leaf(), &root).is_err());
}

#[test]
fn a_refusal_is_signed_and_can_be_shown() {
    let refusal = RegistrarRefusal {
        poll: POLL.id(),
        electorate: CITIZENS,
        blinded: Citizen::register(3, CITIZENS).rows()[1].blinded,
        reason: RefusalReason::NotOnTheRoll,
        at: UnixTime::from_seconds(OPENS - 1),
    };
    let signed = Signed::sign(&refusal, &registrar_key(1));
    assert_eq!(signed.verify(&POLL.registrars()[1].signing).unwrap(), refusal);
    assert!(signed.verify(&POLL.registrars()[0].signing).is_err());
}
