//! A trustee who is stopped, and started again with what is on her disk.

use super::number;
use crate::ceremony::testing::House;
use crate::ceremony::{
    Ceremony, Commitment, Message, Phase, Refusal, Round, Trustee, TrusteeError, TrusteeMemory,
};
use citizen_keys::{Secret32, Signed, SigningKey};
use citizen_primitives::{Canonical as _, Hash};
use zeroize::Zeroizing;

#[test]
fn vote_34_a_trustee_stopped_before_any_message_says_the_same_again() {
    let mut house = House::new(2, 3);
    while let Phase::Waiting { missing, .. } = house.ceremony().phase() {
        let trustee = usize::from(missing[0].number());
        let lost = house.say(trustee);
        // Started again with what is on disk: keys, seed, memory.
        let own = &mut house.trustees[trustee - 1];
        own.signing = SigningKey::from_seed(&own.signing.dangerous_seed());
        own.memory = TrusteeMemory::from_canonical(&own.memory.to_canonical()).unwrap();
        assert_eq!(house.say(trustee), lost);
        house.take(lost.clone());
        // It arrives twice: that changes nothing.
        assert_eq!(house.refusal(&lost), None);
    }
    let election = Ceremony::replay(house.parameters.clone(), &house.log).unwrap();
    assert_eq!(election, Ceremony::replay(house.parameters.clone(), &House::finished(2, 3).log).unwrap());
}

#[test]
fn vote_34_a_trustee_does_not_speak_twice_after_two_histories() {
    let mut house = House::new(2, 3);
    house.round_without(&[3]);
    // In a fork, the third has committed to nothing in particular; the first reveals.
    let head = house.head(3, Round::Commitment);
    let fork = Message::Commitment(Signed::sign(&Commitment { head, digest: Hash::ZERO }, house.key(3)));
    house.log.push(fork);
    house.say(1);
    house.log.pop();
    // With her reveal in hand the third commits in earnest.
    house.round_without(&[]);
    let ceremony = house.ceremony();
    let own = &mut house.trustees[0];
    let first = Trustee::new(&house.parameters, &own.signing, &own.sealing, &own.seed).unwrap();
    assert_eq!(first.next(&ceremony, &mut own.memory).err(), Some(TrusteeError::AnotherHistory));
}

#[test]
fn vote_34_a_trustee_whose_seed_is_lost_says_so_and_does_not_go_on() {
    let mut house = House::new(2, 3);
    (0..3).for_each(|_| house.round_without(&[]));
    house.trustees[0].seed = Secret32::take(Zeroizing::new([9; 32]));
    let mut memory = TrusteeMemory::default();
    let verdict = house.trustee(1).next(&house.ceremony(), &mut memory);
    assert_eq!(verdict.err(), Some(TrusteeError::NotHerWord));
}

#[test]
fn vote_34_the_first_word_of_a_round_stands() {
    let mut house = House::new(2, 3);
    house.round_without(&[3]);
    let head = house.head(1, Round::Commitment);
    let second = Message::Commitment(Signed::sign(&Commitment { head, digest: Hash::ZERO }, house.key(1)));
    assert_eq!(house.refusal(&second), Some(Refusal::SpokenBefore(number(1))));
}
