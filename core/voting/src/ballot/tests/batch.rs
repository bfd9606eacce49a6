//! Many ballots at once: each has the verdict that it would have alone.

use super::{CONTEST, FIRST, one_of_five, seed, signing_key, verdict};
use crate::ballot::batch::Weights;
use crate::ballot::{Ballot, BallotError, ContestChoice, Encryptor, SignedBallot, Verifier};
use crate::group::{Encoded, Scalar};
use crate::identifier::VotingKey;
use curve25519_dalek::Scalar as Number;

#[test]
fn a_signature_of_another_key_or_a_key_of_small_order_is_refused() {
    let (style, ballot) = one_of_five();
    let verifier = Verifier::new(&style);
    let good = SignedBallot::sign(ballot.clone(), &signing_key(1));
    let bad = SignedBallot::sign(ballot, &signing_key(2));
    assert_eq!(verifier.verify(&bad), Err(BallotError::Signature));
    let together = verifier.verify_batch(&[good.clone(), bad, good.compact()]);
    let verdicts: Vec<_> = together.into_iter().map(|result| result.map(drop)).collect();
    assert_eq!(verdicts, [Ok(()), Err(BallotError::Signature), Ok(())]);
    // Under a key of small order everybody can sign.
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = Encryptor::new(&style)
        .encrypt(&seed(1), VotingKey::from_bytes(identity), FIRST, &[ContestChoice::Choose(vec![3])])
        .unwrap();
    let mut signature = [0; 64];
    signature[0] = 1;
    let weak = SignedBallot { ballot: weak, signature };
    assert_eq!(verifier.verify(&weak), Err(BallotError::VotingKey));
    assert_eq!(verifier.verify_batch(&[weak]), [Err(BallotError::VotingKey)]);
}

#[test]
fn vote_23_errors_that_cancel_out_are_found_within_and_between_ballots() {
    let (style, ballot) = one_of_five();
    let add = |ballot: &mut Ballot, branch: usize, delta: Number| {
        let response = &mut ballot.contests[0].proof.responses[branch];
        *response = Scalar(response.0 + delta);
    };
    let (plus, minus) = (Number::from(5u8), -Number::from(5u8));
    let mut within = ballot.clone();
    add(&mut within, 0, plus);
    add(&mut within, 1, minus);
    assert_eq!(verdict(&style, &within), Err(BallotError::Proof(CONTEST)));
    let (mut first, mut second) = (ballot.clone(), ballot.clone());
    add(&mut first, 0, plus);
    add(&mut second, 0, minus);
    assert!(!Verifier::new(&style).proofs_of_all_hold(&[first.clone(), second.clone()]));
    let signed = [first, ballot, second].map(|ballot| SignedBallot::sign(ballot, &signing_key(1)));
    let verdicts = Verifier::new(&style).verify_batch(&signed).into_iter().map(|result| result.is_ok());
    assert_eq!(verdicts.collect::<Vec<_>>(), [false, true, false]);
}

/// Whoever changes a response to fit the weights has other weights.
#[test]
fn vote_23_the_weights_depend_on_all_of_the_batch() {
    let (_, ballot) = one_of_five();
    let fingerprint = |change: fn(&mut Ballot)| {
        let mut changed = ballot.clone();
        change(&mut changed);
        changed.fingerprint()
    };
    let all = [
        fingerprint(|_| ()),
        fingerprint(|ballot| ballot.contests[0].proof.responses[10] = Scalar::ONE),
        fingerprint(|ballot| ballot.contests[0].proof.challenges[4] = Scalar::ONE),
        fingerprint(|ballot| ballot.contests[0].proof.challenge = Scalar::ONE),
        fingerprint(|ballot| ballot.contests[0].ciphertexts[4].b = Encoded::GENERATOR),
        fingerprint(|ballot| ballot.voting_key = VotingKey::from_bytes([0; 32])),
    ];
    let weights: std::collections::BTreeSet<_> =
        all.iter().map(|own| Weights::of([own, &all[0]].into_iter()).draw().to_bytes()).collect();
    assert_eq!(weights.len(), all.len());
    let mut weights = Weights::of(all.iter());
    let drawn: std::collections::BTreeSet<_> = (0..100).map(|_| weights.draw().to_bytes()).collect();
    assert_eq!(drawn.len(), 100);
}
