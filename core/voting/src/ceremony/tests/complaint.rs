//! Shares that are dealt wrongly, and complaints, right and false.

use super::number;
use crate::ceremony::testing::House;
use crate::ceremony::trustee::sealing_context;
use crate::ceremony::{Answer, Ceremony, Dealing, Fault, Message, Phase, Refusal, Round, Verdict};
use crate::group::Scalar;
use citizen_keys::Signed;
use curve25519_dalek::Scalar as Number;

/// Up to the verdicts; trustee 1 has dealt trustee 3 a share that is off by `by`.
fn wrong_share(by: u8) -> House {
    let mut house = House::new(2, 3);
    house.round_without(&[]);
    house.round_without(&[]);
    let head = house.head(1, Round::Dealing);
    let mut dealing = house.trustee(1).dealing(&house.parameters, head).unwrap();
    let share = house.trustee(1).polynomial(&house.parameters).at(number(3));
    let share = share.expose() + Number::from(by);
    let to = &house.parameters.trustees()[2].sealing;
    let context = sealing_context(&head, number(3));
    dealing.sealed[2] =
        to.seal(&mut crate::testing::Counting::default(), &context, share.as_bytes()).unwrap();
    let message = Message::Dealing(Signed::sign(&dealing, house.key(1)));
    house.take(message);
    house.round_without(&[]);
    house.round_without(&[]);
    house
}

#[test]
fn vote_33_a_wrong_share_is_complained_of_and_a_right_answer_mends_it() {
    let mut house = wrong_share(1);
    assert_eq!(house.ceremony().phase(), Phase::Waiting { round: Round::Answer, missing: vec![number(1)] });
    house.finish();
    assert!(matches!(house.ceremony().phase(), Phase::Done(_)));
    for trustee in 1..=3 {
        house.share(trustee);
    }
    // Dealt rightly, nobody complains.
    let house = wrong_share(0);
    assert!(matches!(house.ceremony().phase(), Phase::Waiting { round: Round::Confirmation, .. }));
}

#[test]
fn vote_33_a_dealer_who_answers_wrongly_is_named_by_her_own_signature() {
    let house = wrong_share(1);
    let answer = |shares| {
        let answer = Answer { head: house.head(1, Round::Answer), shares };
        Message::Answer(Signed::sign(&answer, house.key(1)))
    };
    let mut ceremony = house.ceremony();
    ceremony.take(&answer(vec![(number(3), Scalar::ONE)])).unwrap();
    assert_eq!(ceremony.phase(), Phase::Failed(Fault::WrongShare(number(1))));
    // An answer to others than those who complained is none.
    let right = Scalar(*house.trustee(1).polynomial(&house.parameters).at(number(2)).expose());
    for shares in [vec![], vec![(number(2), right)], vec![(number(3), right), (number(3), right)]] {
        assert_eq!(house.refusal(&answer(shares)), Some(Refusal::Shape(number(1))));
    }
    // Nor does another answer for her, nor she without being asked.
    let unasked = Answer { head: house.head(2, Round::Answer), shares: vec![] };
    let unasked = Message::Answer(Signed::sign(&unasked, house.key(2)));
    assert_eq!(house.refusal(&unasked), Some(Refusal::OutOfTurn(number(2))));
}

#[test]
fn vote_33_a_false_complaint_changes_nothing() {
    let mut house = House::new(2, 3);
    (0..3).for_each(|_| house.round_without(&[]));
    let verdict = |house: &House, against| {
        let verdict = Verdict { head: house.head(3, Round::Verdict), against };
        Message::Verdict(Signed::sign(&verdict, house.key(3)))
    };
    for against in [
        vec![number(3)],
        vec![number(0)],
        vec![number(4)],
        vec![number(2), number(1)],
        vec![number(1), number(1)],
    ] {
        assert_eq!(house.refusal(&verdict(&house, against)), Some(Refusal::Shape(number(3))));
    }
    let message = verdict(&house, vec![number(1)]);
    house.take(message);
    house.finish();
    let honest = Ceremony::replay(House::new(2, 3).parameters, &House::finished(2, 3).log).unwrap();
    let election = Ceremony::replay(house.parameters.clone(), &house.log).unwrap();
    assert_eq!((election.key, election.verification_keys), (honest.key, honest.verification_keys));
}

#[test]
fn vote_12_a_dealing_of_another_length_is_refused_and_one_of_nonsense_complained_of() {
    let mut house = House::new(2, 3);
    (0..2).for_each(|_| house.round_without(&[]));
    let dealing = |house: &House, sealed| {
        let dealing = Dealing { head: house.head(1, Round::Dealing), sealed };
        Message::Dealing(Signed::sign(&dealing, house.key(1)))
    };
    for parts in [0, 2, 4] {
        let message = dealing(&house, vec![vec![]; parts]);
        assert_eq!(house.refusal(&message), Some(Refusal::Shape(number(1))));
    }
    // A part has one length: what is longer would stand in everybody's state.
    for length in [0, 40, 104, 106, 100_000] {
        let message = dealing(&house, vec![vec![0; 105], vec![0; length], vec![0; 105]]);
        assert_eq!(house.refusal(&message), Some(Refusal::Shape(number(1))), "{length}");
    }
    let message = dealing(&house, vec![vec![0; 105], vec![1; 105], vec![2; 105]]);
    house.take(message);
    (0..2).for_each(|_| house.round_without(&[]));
    house.finish();
    assert!(matches!(house.ceremony().phase(), Phase::Done(_)), "her answer mends it");
}
