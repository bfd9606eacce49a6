//! Commit before reveal, and a proof that is for one trustee, one poll and one polynomial.

use super::number;
use crate::ceremony::testing::House;
use crate::ceremony::{
    CeremonyParameters, Commitment, Head, KnowledgeProof, Message, Next, Phase, Refusal, Reveal, Round,
    Trustee,
};
use crate::group::{Element, Encoded, Scalar, SecretScalar};
use citizen_keys::{Secret32, Signed};
use citizen_primitives::PollId;
use curve25519_dalek::Scalar as Number;
use zeroize::Zeroizing;

#[test]
fn vote_10_nobody_reveals_before_all_have_committed() {
    let mut house = House::new(2, 3);
    house.round_without(&[3]);
    assert_eq!(
        house.ceremony().phase(),
        Phase::Waiting { round: Round::Commitment, missing: vec![number(3)] }
    );
    assert!(matches!(house.next(1), Next::Wait(missing) if missing == [number(3)]));
    // The third would like to see the others' polynomials first; a reveal out of turn is none.
    let reveal = house.trustee(1).reveal(&house.parameters, house.head(1, Round::Reveal));
    let message = Message::Reveal(Signed::sign(&reveal, house.key(1)));
    assert_eq!(house.refusal(&message), Some(Refusal::OutOfTurn(number(1))));
}

#[test]
fn vote_10_what_is_revealed_is_what_was_committed_to() {
    let mut house = House::new(2, 3);
    house.round_without(&[]);
    // She has seen the others' and would rather have another polynomial, with a proof that holds.
    let other = Secret32::take(Zeroizing::new([9; 32]));
    let own = &house.trustees[0];
    let rushing = Trustee::new(&house.parameters, &own.signing, &own.sealing, &other).unwrap();
    let reveal = rushing.reveal(&house.parameters, house.head(1, Round::Reveal));
    let message = Message::Reveal(Signed::sign(&reveal, house.key(1)));
    assert_eq!(house.refusal(&message), Some(Refusal::NotCommittedTo(number(1))));
}

/// Trustee 2 commits to a reveal of her choice; the others are honest.
fn reveal_of_second(make: impl Fn(&House, Head) -> Reveal) -> Option<Refusal> {
    let mut house = House::new(2, 3);
    let head = house.head(2, Round::Commitment);
    let digest = make(&house, head).digest();
    let message = Message::Commitment(Signed::sign(&Commitment { head, digest }, house.key(2)));
    house.take(message);
    house.round_without(&[2]);
    let first = house.say(1);
    house.take(first);
    let reveal = make(&house, house.head(2, Round::Reveal));
    house.refusal(&Message::Reveal(Signed::sign(&reveal, house.key(2))))
}

#[test]
fn vote_10_a_proof_of_knowledge_is_for_its_trustee_poll_and_polynomial_alone() {
    let refused = Some(Refusal::Knowledge(number(2)));
    assert_eq!(reveal_of_second(|house, head| house.trustee(2).reveal(&house.parameters, head)), None);
    // The first trustee's polynomial and proof, as they stand.
    assert_eq!(
        reveal_of_second(|house, head| Reveal { head, ..house.trustee(1).reveal(&house.parameters, head) }),
        refused
    );
    // A proof of her own from another poll.
    let from_another_poll = |house: &House, head| {
        let trustees = house.parameters.trustees().to_vec();
        let other = CeremonyParameters::new(PollId::from_bytes([2; 32]), 2, trustees).unwrap();
        house.trustee(2).reveal(&other, head)
    };
    assert_eq!(reveal_of_second(from_another_poll), refused);
    // The rogue key: what is left of a key she knows when the first trustee's is taken off.
    let rogue = |house: &House, head| {
        let own = house.trustee(2).reveal(&house.parameters, head);
        let first = house.trustee(1).reveal(&house.parameters, head);
        let constant = own.polynomial[0].decode().unwrap().minus(&first.polynomial[0].decode().unwrap());
        Reveal { polynomial: vec![constant.encode(), own.polynomial[1]], ..own }
    };
    assert_eq!(reveal_of_second(rogue), refused);
    // Her own proof over other higher coefficients.
    let other_tail = |house: &House, head| {
        let own = house.trustee(2).reveal(&house.parameters, head);
        Reveal { polynomial: vec![own.polynomial[0], Encoded::GENERATOR], ..own }
    };
    assert_eq!(reveal_of_second(other_tail), refused);
}

/// If `wG` were not in the challenge, any response would do, and the rogue key would pass with a proof out of nothing.
#[test]
fn vote_10_a_challenge_worked_out_without_a_nonce_proves_nothing() {
    let forged = |house: &House, head| {
        let own = house.trustee(2).reveal(&house.parameters, head);
        let first = house.trustee(1).reveal(&house.parameters, head);
        let constant = own.polynomial[0].decode().unwrap().minus(&first.polynomial[0].decode().unwrap());
        let polynomial = vec![constant.encode(), own.polynomial[1]];
        let challenge = crate::ceremony::proof::challenge(
            &house.parameters,
            number(2),
            &polynomial,
            &Element::of(&Scalar::ONE),
        );
        Reveal { head, polynomial, proof: KnowledgeProof { challenge, response: Scalar::ONE } }
    };
    assert_eq!(reveal_of_second(forged), Some(Refusal::Knowledge(number(2))));
}

/// Two who agree can have one polynomial with two good proofs: then the key is less than it seems.
#[test]
fn vote_10_a_polynomial_that_another_has_is_refused() {
    let copied = |house: &House, head: Head| {
        let secret = house.trustee(1).polynomial(&house.parameters);
        let nonce = SecretScalar::new(Number::from(5u8));
        let polynomial = secret.encoded();
        let proof =
            KnowledgeProof::prove(&house.parameters, number(2), &polynomial, &secret.constant(), &nonce);
        Reveal { head, polynomial, proof }
    };
    assert_eq!(reveal_of_second(copied), Some(Refusal::Copied(number(2))));
}

#[test]
fn vote_6_and_12_a_polynomial_of_another_length_or_with_an_identity_is_refused() {
    let refused = Some(Refusal::Shape(number(2)));
    let with = |change: fn(&mut Vec<Encoded>)| {
        reveal_of_second(move |house, head| {
            let mut reveal = house.trustee(2).reveal(&house.parameters, head);
            change(&mut reveal.polynomial);
            reveal
        })
    };
    assert_eq!(with(Vec::clear), refused);
    assert_eq!(with(|polynomial| polynomial.truncate(1)), refused);
    assert_eq!(with(|polynomial| polynomial.push(Encoded::GENERATOR)), refused);
    assert_eq!(with(|polynomial| polynomial[1] = Encoded::IDENTITY), refused);
    assert_eq!(with(|polynomial| polynomial[0] = Encoded::IDENTITY), refused);
    assert_eq!(with(|polynomial| polynomial[1] = Encoded::from_bytes([0xff; 32])), refused);
}
