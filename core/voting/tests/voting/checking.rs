//! Check or cast: a wallet that encrypts something else than was chosen is found out.

use super::support::city::{Citizen, style};
use super::support::manifest::*;
use citizen_voting::board::BoardEntry;
use citizen_voting::spoil::{BallotCheck, OpeningError, SpoiledBallot};
use citizen_voting::{ContestChoice, Fingerprint, SignedBallot};

#[test]
fn vote_54_an_honest_opening_is_the_ballot_that_was_scanned() {
    let opening = Citizen::register(6, CITIZENS).opening(1);
    let mut device = BallotCheck::default();
    device.scan(opening.fingerprint);
    let shown = device.open(style(CITIZENS), &opening).unwrap();
    assert_eq!(shown, opening.choices);
}

#[test]
fn vote_54_a_wallet_that_encrypted_something_else_is_named() {
    let citizen = Citizen::register(6, CITIZENS);
    let mut device = BallotCheck::default();
    let honest = citizen.opening(1);
    device.scan(honest.fingerprint);
    // It says that it encrypted another choice.
    let mut lying = honest.clone();
    lying.choices[0] = ContestChoice::Choose(vec![1, 4]);
    let refused = device.open(style(CITIZENS), &lying);
    assert!(matches!(refused, Err(OpeningError::WrongOpening { shown, .. }) if shown == honest.fingerprint));
    // Or gives another seed.
    device.scan(honest.fingerprint);
    let other_seed = citizen_voting::spoil::Opening { seed: [9; 32], ..honest.clone() };
    assert!(matches!(device.open(style(CITIZENS), &other_seed), Err(OpeningError::WrongOpening { .. })));
    // Or a choice that the rule does not allow.
    device.scan(honest.fingerprint);
    lying.choices[0] = ContestChoice::Choose(vec![0, 1, 2]);
    assert!(matches!(device.open(style(CITIZENS), &lying), Err(OpeningError::Choices(_))));
}

/// VOTE-5 too: a wallet that shows two citizens the same fingerprint would have to open it to one of them.
#[test]
fn vote_54_and_5_an_opening_of_a_fingerprint_that_was_not_scanned_is_refused() {
    let opening = Citizen::register(6, CITIZENS).opening(1);
    let mut device = BallotCheck::default();
    assert_eq!(device.open(style(CITIZENS), &opening), Err(OpeningError::NotScanned));
    device.scan(Fingerprint::from_hash(citizen_primitives::Hash::ZERO));
    assert_eq!(device.open(style(CITIZENS), &opening), Err(OpeningError::NotScanned));
    device.scan(opening.fingerprint);
    assert!(device.open(style(CITIZENS), &opening).is_ok());
    assert_eq!(
        device.open(style(CITIZENS), &opening),
        Err(OpeningError::NotScanned),
        "scanned once, opened once"
    );
}

#[test]
fn vote_54_an_opened_ballot_cannot_be_cast_by_who_carries_it() {
    let citizen = Citizen::register(6, CITIZENS);
    let BoardEntry::Spoiled(spoiled) = citizen.spoil(1) else { unreachable!("an opened ballot") };
    assert_eq!(spoiled.verify(style(CITIZENS)), Ok(()));
    let ballot = citizen.ballot(1).ballot;
    assert_eq!(ballot.fingerprint(), spoiled.opening.fingerprint);
    let stolen = SignedBallot { ballot, signature: spoiled.signature };
    let verifier = citizen_voting::ballot::Verifier::new(style(CITIZENS));
    assert_eq!(verifier.verify(&stolen), Err(citizen_voting::ballot::BallotError::Signature));
}

#[test]
fn vote_54_an_opening_is_signed_by_its_voting_key() {
    let citizen = Citizen::register(6, CITIZENS);
    let other = Citizen::register(5, CITIZENS);
    let forged = SpoiledBallot::sign(citizen.opening(1), citizen.token.clone(), &other.signing_key());
    assert_eq!(forged.verify(style(CITIZENS)), Err(OpeningError::Signature));
    let BoardEntry::Spoiled(mut changed) = citizen.spoil(1) else { unreachable!("an opened ballot") };
    changed.opening.sequence = citizen_voting::Sequence::new(2);
    assert_eq!(changed.verify(style(CITIZENS)), Err(OpeningError::Signature));
    assert_eq!(citizen.opening(1).recompute(style(COMMITTEE)), Err(OpeningError::AnotherStyle));
}
