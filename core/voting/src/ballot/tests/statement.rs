//! What a proof is about: a ballot is none in another place, of another key or under another number.

use super::{
    CONTEST, ELECTORATE, FIRST, POLL, choose, encrypt, key, one_of_five, seed, signing_key, style, verdict,
    voting_key,
};
use crate::ballot::plan::{Plan, Statement};
use crate::ballot::{
    Ballot, BallotError, BallotStyle, ChoiceError, Ciphertext, Commitment, ContestChoice, Encryptor,
    SignedBallot, Verifier,
};
use crate::contest::ContestRule;
use crate::identifier::{ContestIndex, ElectorateIndex, Sequence, VotingKey};
use citizen_primitives::PollId;

#[test]
fn vote_1_each_field_of_the_statement_is_in_the_challenge() {
    let (style, ballot) = one_of_five();
    assert_eq!(verdict(&style, &ballot), Ok(()));
    let rule = || choose(&[(5, 1, 1)]);
    let with = |poll, electorate, key, contest| {
        BallotStyle::new(poll, electorate, key, vec![(contest, rule())]).unwrap()
    };
    let other_poll = PollId::from_bytes([2; 32]);
    let refused = Err(BallotError::Proof(CONTEST));
    // Moved, with all that the ballot itself says moved along.
    let moved = Ballot { poll: other_poll, ..ballot.clone() };
    assert_eq!(verdict(&with(other_poll, ELECTORATE, key(7), CONTEST), &moved), refused);
    let elsewhere = ElectorateIndex::new(3);
    let moved = Ballot { electorate: elsewhere, ..ballot.clone() };
    assert_eq!(verdict(&with(POLL, elsewhere, key(7), CONTEST), &moved), refused);
    let other = ContestIndex::new(4);
    assert_eq!(verdict(&with(POLL, ELECTORATE, key(7), other), &ballot), Err(BallotError::Proof(other)));
    assert_eq!(verdict(&with(POLL, ELECTORATE, key(8), CONTEST), &ballot), refused);
    let moved = Ballot { sequence: Sequence::new(2), ..ballot.clone() };
    assert_eq!(verdict(&style, &moved), refused);
    // And what does not get as far as the proof.
    assert_eq!(
        verdict(&with(other_poll, ELECTORATE, key(7), CONTEST), &ballot),
        Err(BallotError::AnotherPoll)
    );
    assert_eq!(
        verdict(&with(POLL, elsewhere, key(7), CONTEST), &ballot),
        Err(BallotError::AnotherElectorate)
    );
}

#[test]
fn vote_1_the_rule_is_in_the_challenge_even_if_the_clauses_are_the_same() {
    let any_of_three = style(choose(&[(3, 0, 3)]));
    let ballot = encrypt(&any_of_three, 1, FIRST, &[ContestChoice::Choose(vec![0, 2])]);
    assert_eq!(verdict(&any_of_three, &ballot), Ok(()));
    let up_to_one = style(ContestRule::Score { options: 3, highest: 1 });
    assert_eq!(verdict(&up_to_one, &ballot), Err(BallotError::Proof(CONTEST)));
}

/// The key is in the equations as well: here the transcript alone is asked.
#[test]
fn vote_1_and_22_each_field_alone_changes_the_challenge() {
    let (style, ballot) = one_of_five();
    let contest = &ballot.contests[0];
    let commitments = contest.proof.commitments.as_ref().unwrap();
    let challenge = |style: &BallotStyle, voting_key: &VotingKey, sequence, commitments: &[Commitment]| {
        let plans = Plan::of(style);
        Statement { style, plan: &plans[0], voting_key, sequence }
            .challenge(&contest.ciphertexts, commitments)
    };
    let own = challenge(&style, &ballot.voting_key, FIRST, commitments);
    assert_eq!(own, contest.proof.challenge);
    let with = |poll, electorate, key, contest, rule| {
        BallotStyle::new(poll, electorate, key, vec![(contest, rule)]).unwrap()
    };
    let rule = || choose(&[(5, 1, 1)]);
    for other in [
        with(PollId::from_bytes([2; 32]), ELECTORATE, key(7), CONTEST, rule()),
        with(POLL, ElectorateIndex::new(0), key(7), CONTEST, rule()),
        with(POLL, ELECTORATE, key(8), CONTEST, rule()),
        with(POLL, ELECTORATE, key(7), ContestIndex::new(0), rule()),
        with(POLL, ELECTORATE, key(7), CONTEST, choose(&[(5, 1, 2)])),
    ] {
        assert_ne!(challenge(&other, &ballot.voting_key, FIRST, commitments), own, "{other:?}");
    }
    assert_ne!(challenge(&style, &VotingKey::from_bytes([9; 32]), FIRST, commitments), own);
    assert_ne!(challenge(&style, &ballot.voting_key, Sequence::new(2), commitments), own);
    let mut other = commitments.clone();
    other.swap(0, 1);
    assert_ne!(challenge(&style, &ballot.voting_key, FIRST, &other), own);
}

#[test]
fn vote_1_ciphertexts_cannot_be_exchanged_or_changed() {
    let (style, ballot) = one_of_five();
    for (first, second) in [(0, 1), (3, 4)] {
        let mut changed = ballot.clone();
        changed.contests[0].ciphertexts.swap(first, second);
        assert_eq!(verdict(&style, &changed), Err(BallotError::Proof(CONTEST)));
    }
    // The same number, encrypted anew with an encryption of zero: the proofs are not about it.
    let other = encrypt(&style, 2, FIRST, &[ContestChoice::Choose(vec![3])]);
    for cell in 0..5 {
        let mut changed = ballot.clone();
        let (own, hers) = (ballot.contests[0].ciphertexts[cell], other.contests[0].ciphertexts[cell]);
        changed.contests[0].ciphertexts[cell].a = hers.a;
        assert_eq!(verdict(&style, &changed), Err(BallotError::Proof(CONTEST)));
        changed.contests[0].ciphertexts[cell] = Ciphertext { a: own.a, b: hers.b };
        assert_eq!(verdict(&style, &changed), Err(BallotError::Proof(CONTEST)));
    }
}

#[test]
fn vote_3_a_ballot_copied_under_another_key_or_into_another_poll_is_refused() {
    let (own, ballot) = one_of_five();
    let copied = Ballot { voting_key: voting_key(&signing_key(2)), ..ballot.clone() };
    assert_eq!(verdict(&own, &copied), Err(BallotError::Proof(CONTEST)));
    let other_poll = PollId::from_bytes([2; 32]);
    let other = BallotStyle::new(other_poll, ELECTORATE, key(7), own.contests().to_vec()).unwrap();
    assert_eq!(verdict(&other, &Ballot { poll: other_poll, ..ballot }), Err(BallotError::Proof(CONTEST)));
}

#[test]
fn vote_22_the_number_of_a_ballot_is_in_its_proof_and_its_signature() {
    let (style, ballot) = one_of_five();
    let signed = SignedBallot::sign(ballot, &signing_key(1));
    let verifier = Verifier::new(&style);
    assert!(verifier.verify(&signed).is_ok());
    let mut renumbered = signed.clone();
    renumbered.ballot.sequence = Sequence::new(2);
    assert_eq!(verifier.verify(&renumbered), Err(BallotError::Proof(CONTEST)));
    let second = encrypt(&style, 1, Sequence::new(2), &[ContestChoice::Choose(vec![3])]);
    let with_first_signature = SignedBallot { ballot: second, signature: signed.signature };
    assert_eq!(verifier.verify(&with_first_signature), Err(BallotError::Signature));
    let mut zero = signed;
    zero.ballot.sequence = Sequence::new(0);
    assert_eq!(verifier.verify(&zero), Err(BallotError::Sequence));
    assert_eq!(
        Encryptor::new(&style).encrypt(
            &seed(1),
            voting_key(&signing_key(1)),
            Sequence::new(0),
            &[ContestChoice::Choose(vec![3])]
        ),
        Err(ChoiceError::Sequence)
    );
}
