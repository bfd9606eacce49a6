//! What must not pass for a ballot, and what must.

use super::batch::{Batch, Weights};
use super::encrypt::Encryptor;
use super::plan::{Plan, Statement};
use super::*;
use crate::contest::{ContestRule, Group};
use crate::election::ElectionKey;
use crate::group::{Element, Encoded, GroupError, Scalar};
use crate::identifier::{ContestIndex, ElectorateIndex, Sequence, VotingKey};
use crate::transcript::Transcript;
use citizen_keys::SigningKey;
use citizen_primitives::{Canonical as _, Hash, Label, PollId};
use curve25519_dalek::Scalar as Number;
use proptest::prelude::*;
use std::sync::LazyLock;
use zeroize::Zeroizing;

const POLL: PollId = PollId::from_bytes([1; 32]);
const ELECTORATE: ElectorateIndex = ElectorateIndex::new(2);
const FIRST: Sequence = Sequence::new(1);
const CONTEST: ContestIndex = ContestIndex::new(3);

fn key(secret: u64) -> ElectionKey {
    ElectionKey::new(Element::of(&Scalar::from(secret)).encode()).unwrap()
}

fn choose(groups: &[(u8, u8, u8)]) -> ContestRule {
    let group = |(options, min, max): &(u8, u8, u8)| Group { options: *options, min: *min, max: *max };
    ContestRule::Choose { groups: groups.iter().map(group).collect() }
}

fn style(rule: ContestRule) -> BallotStyle {
    BallotStyle::new(POLL, ELECTORATE, key(7), vec![(CONTEST, rule)]).unwrap()
}

fn seed(byte: u8) -> BallotSeed {
    BallotSeed::from_bytes(Zeroizing::new([byte; 32]))
}

fn signing_key(byte: u8) -> SigningKey {
    SigningKey::from_seed(&[byte; 32])
}

fn voting_key(key: &SigningKey) -> VotingKey {
    VotingKey::from_bytes(key.public().as_bytes().try_into().unwrap())
}

fn encrypt(style: &BallotStyle, byte: u8, sequence: Sequence, choices: &[ContestChoice]) -> Ballot {
    Encryptor::new(style).encrypt(&seed(byte), voting_key(&signing_key(byte)), sequence, choices).unwrap()
}

/// A ballot of five options, of which one is chosen.
fn one_of_five() -> (BallotStyle, Ballot) {
    static MADE: LazyLock<(BallotStyle, Ballot)> = LazyLock::new(|| {
        let style = style(choose(&[(5, 1, 1)]));
        let ballot = encrypt(&style, 1, FIRST, &[ContestChoice::Choose(vec![3])]);
        (style, ballot)
    });
    MADE.clone()
}

/// The verdict on both forms, alone and in a batch: they must agree.
fn verdict(style: &BallotStyle, ballot: &Ballot) -> Result<(), BallotError> {
    let verifier = Verifier::new(style);
    let key = (0..=255).map(signing_key).find(|key| voting_key(key) == ballot.voting_key);
    let key = key.unwrap_or_else(|| signing_key(0));
    let alone = |ballot: Ballot| verifier.verify(&SignedBallot::sign(ballot, &key)).map(drop);
    let (expanded, compact) = (alone(ballot.clone()), alone(ballot.compact()));
    let signed = [SignedBallot::sign(ballot.clone(), &key), SignedBallot::sign(ballot.compact(), &key)];
    let together: Vec<_> =
        verifier.verify_batch(&signed).into_iter().map(|result| result.map(drop)).collect();
    assert_eq!(together, [expanded, compact]);
    assert_eq!(
        verifier.proofs_of_all_hold(&[ballot.clone(), ballot.compact()]),
        expanded.is_ok() && compact.is_ok()
    );
    assert_eq!(expanded.is_ok(), compact.is_ok(), "{expanded:?} {compact:?}");
    expanded
}

#[test]
fn an_honest_ballot_verifies_under_every_rule() {
    let cases = [
        (choose(&[(2, 1, 1)]), ContestChoice::Choose(vec![0])),
        (choose(&[(3, 1, 1), (4, 0, 2), (2, 0, 2)]), ContestChoice::Choose(vec![2, 4, 5, 8])),
        (choose(&[(90, 7, 7), (7, 0, 3)]), ContestChoice::Choose(vec![1, 2, 3, 5, 8, 13, 21, 91, 96])),
        (ContestRule::Score { options: 3, highest: 10 }, ContestChoice::Score(vec![0, 10, 5])),
        (ContestRule::Rank { options: 4 }, ContestChoice::Rank(vec![2, 0, 3, 1])),
    ];
    let contests: Vec<_> =
        (0..).map(ContestIndex::new).zip(cases.iter().map(|(rule, _)| rule.clone())).collect();
    let choices: Vec<_> = cases.iter().map(|(_, choice)| choice.clone()).collect();
    let style = BallotStyle::new(POLL, ELECTORATE, key(7), contests).unwrap();
    let ballot = encrypt(&style, 1, FIRST, &choices);
    assert_eq!(verdict(&style, &ballot), Ok(()));
    assert_eq!(Ballot::from_canonical(&ballot.to_canonical()).as_ref(), Ok(&ballot));
}

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

/// With a challenge over the commitments alone, as Helios had it, this proof of a vote of another number than 0 and 1 would hold
/// (Bernhard, Pereira, Warinschi 2012).
#[test]
fn vote_1_a_proof_made_for_a_challenge_that_leaves_out_the_ciphertexts_is_refused() {
    let style = style(choose(&[(2, 0, 2)]));
    let plans = Plan::of(&style);
    let h = style.key().element();
    let voting_key = voting_key(&signing_key(1));
    let statement = Statement { style: &style, plan: &plans[0], voting_key: &voting_key, sequence: FIRST };
    // a = wG, b = wH in the branch of 0, b = wH + γG in that of 1; the challenge of the branch of 0 will be zero.
    let gamma = Scalar::from(11u64);
    let nonces = [101u64, 102, 103, 104].map(Scalar::from);
    let commitment = |(number, w): (usize, &Scalar)| {
        let b = h.times(w);
        let b = if number % 2 == 1 { b.plus(&Element::of(&gamma)) } else { b };
        Commitment { a: Element::of(w).encode(), b: b.encode() }
    };
    let commitments: Vec<_> = nonces.iter().enumerate().map(commitment).collect();
    let weak = statement.challenge(&[], &commitments);
    // Now the vote that fits: t = 1 − γ/e.
    let t = Scalar(Number::ONE - gamma.0 * weak.0.invert());
    let (mut ciphertexts, mut responses) = (vec![], vec![]);
    for (cell, r) in [(0usize, 51u64), (1, 52)] {
        let r = Scalar::from(r);
        let b = h.times(&r).plus(&Element::of(&t));
        ciphertexts.push(Ciphertext { a: Element::of(&r).encode(), b: b.encode() });
        responses.push(nonces[2 * cell]);
        responses.push(Scalar(nonces[2 * cell + 1].0 + weak.0 * r.0));
    }
    let challenges = vec![Scalar::ZERO; 2];
    let proof = ContestProof { challenge: weak, challenges, responses, commitments: Some(commitments) };
    let contest = EncryptedContest { ciphertexts, proof };
    let cell = |c: &Ciphertext| VerifiedCell { a: c.a.decode().unwrap(), b: c.b.decode().unwrap() };
    let cells: Vec<_> = contest.ciphertexts.iter().map(cell).collect();
    let mut batch = Batch::default();
    batch.add(&plans[0], &contest, &cells, &mut Weights::of([].into_iter())).unwrap();
    assert!(batch.holds(h), "every equation holds: the challenge alone refuses it");
    let ballot =
        Ballot { poll: POLL, electorate: ELECTORATE, voting_key, sequence: FIRST, contests: vec![contest] };
    assert_eq!(verdict(&style, &ballot), Err(BallotError::Proof(CONTEST)));
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
fn vote_6_identities_and_encodings_that_are_not_canonical_are_refused() {
    let (style, ballot) = one_of_five();
    let mut not_canonical = [0xff; 32];
    not_canonical[31] = 0x7f;
    for (bytes, error) in [([0; 32], GroupError::Identity), (not_canonical, GroupError::NotAnElement)] {
        for in_a in [true, false] {
            let mut changed = ballot.clone();
            let ciphertext = &mut changed.contests[0].ciphertexts[2];
            *(if in_a { &mut ciphertext.a } else { &mut ciphertext.b }) = Encoded::from_bytes(bytes);
            assert_eq!(verdict(&style, &changed), Err(BallotError::Element(CONTEST, error)));
        }
    }
    // A challenge or a response and the group's order give the same equations, but other bytes: they are not read.
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
    let bytes = ballot.compact().to_canonical();
    let zero = bytes.len() - 1 - 32;
    let mut changed = bytes;
    changed[zero..zero + 32].copy_from_slice(&order);
    assert!(Ballot::from_canonical(&changed).is_err());
}

#[test]
fn vote_12_a_ballot_of_another_shape_is_refused_whatever_is_missing() {
    let (style, ballot) = one_of_five();
    type Change = fn(&mut EncryptedContest);
    let changes: [Change; 8] = [
        |contest| contest.ciphertexts.truncate(4),
        |contest| contest.ciphertexts.push(contest.ciphertexts[0]),
        |contest| contest.ciphertexts.clear(),
        |contest| contest.proof.challenges.truncate(4),
        |contest| contest.proof.challenges.push(Scalar::ONE),
        |contest| contest.proof.responses.truncate(10),
        |contest| contest.proof.responses.clear(),
        |contest| contest.proof.responses.push(Scalar::ONE),
    ];
    for change in changes {
        let mut changed = ballot.clone();
        change(&mut changed.contests[0]);
        assert_eq!(verdict(&style, &changed), Err(BallotError::Shape(CONTEST)));
    }
    let mut changed = ballot.clone();
    changed.contests[0].proof.commitments.as_mut().unwrap().pop();
    assert_eq!(Verifier::new(&style).check_proofs(&changed), Err(BallotError::Shape(CONTEST)));
    for contests in [vec![], vec![ballot.contests[0].clone(); 2]] {
        let changed = Ballot { contests, ..ballot.clone() };
        assert_eq!(verdict(&style, &changed), Err(BallotError::Contests));
    }
}

#[test]
fn vote_18_the_same_seed_gives_other_randomness_for_another_choice_or_statement() {
    let (style, ballot) = one_of_five();
    let others = [
        encrypt(&style, 1, FIRST, &[ContestChoice::Choose(vec![2])]),
        encrypt(&style, 1, Sequence::new(2), &[ContestChoice::Choose(vec![3])]),
        Encryptor::new(&style)
            .encrypt(&seed(1), voting_key(&signing_key(2)), FIRST, &[ContestChoice::Choose(vec![3])])
            .unwrap(),
    ];
    let points = |ballot: &Ballot| {
        let contest = &ballot.contests[0];
        let commitments = contest.proof.commitments.clone().unwrap();
        let nonces = commitments.iter().map(|commitment| commitment.a);
        contest.ciphertexts.iter().map(|ciphertext| ciphertext.a).chain(nonces).collect::<Vec<_>>()
    };
    let own = points(&ballot);
    let distinct: std::collections::BTreeSet<_> = own.iter().collect();
    assert_eq!(distinct.len(), own.len(), "nothing is drawn twice within a ballot");
    for other in others {
        assert!(points(&other).iter().all(|point| !own.contains(point)));
    }
    // Why it matters: two responses to two challenges with one nonce give the randomness away.
    let (r, w, c, d) = (Number::from(5u8), Number::from(6u8), Number::from(7u8), Number::from(9u8));
    assert_eq!(((w + c * r) - (w + d * r)) * (c - d).invert(), r);
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

/// A prover who may encrypt what she likes.
fn dishonest(rule: ContestRule, cells: &[u8]) -> Result<(), BallotError> {
    let style = style(rule);
    let plans = Plan::of(&style);
    let voting_key = voting_key(&signing_key(1));
    let statement = Statement { style: &style, plan: &plans[0], voting_key: &voting_key, sequence: FIRST };
    let contest =
        Encryptor::new(&style).encrypt_contest(&statement, &seed(1).contest(&statement, cells), cells);
    let ballot =
        Ballot { poll: POLL, electorate: ELECTORATE, voting_key, sequence: FIRST, contests: vec![contest] };
    verdict(&style, &ballot)
}

#[test]
fn vote_30_numbers_and_sums_out_of_range_cannot_be_proved() {
    let refused = Err(BallotError::Proof(CONTEST));
    assert_eq!(dishonest(choose(&[(3, 1, 1)]), &[0, 1, 0]), Ok(()));
    for cells in [[0, 0, 0], [1, 1, 0], [2, 0, 0], [2, 255, 0]] {
        assert_eq!(dishonest(choose(&[(3, 1, 1)]), &cells), refused, "{cells:?}");
    }
    let two_groups = || choose(&[(2, 1, 1), (3, 0, 2)]);
    assert_eq!(dishonest(two_groups(), &[0, 1, 1, 0, 1]), Ok(()));
    for cells in [[0, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0]] {
        assert_eq!(dishonest(two_groups(), &cells), refused, "{cells:?}");
    }
    let score = || ContestRule::Score { options: 2, highest: 3 };
    assert_eq!(dishonest(score(), &[3, 0]), Ok(()));
    assert_eq!(dishonest(score(), &[4, 0]), refused);
    let rank = || ContestRule::Rank { options: 2 };
    assert_eq!(dishonest(rank(), &[0, 1, 1, 0]), Ok(()));
    for cells in [[1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]] {
        assert_eq!(dishonest(rank(), &cells), refused, "{cells:?}");
    }
}

#[test]
fn vote_31_seed_and_choices_make_the_same_bytes_again() {
    let (style, ballot) = one_of_five();
    let again = encrypt(&style, 1, FIRST, &[ContestChoice::Choose(vec![3])]);
    assert_eq!(again.to_canonical(), ballot.to_canonical());
    let other = encrypt(&style, 1, FIRST, &[ContestChoice::Choose(vec![2])]);
    assert_ne!(other.fingerprint(), ballot.fingerprint());
}

#[test]
fn vote_32_both_forms_are_one_ballot() {
    let (style, ballot) = one_of_five();
    let signed = SignedBallot::sign(ballot, &signing_key(1));
    let compact = signed.compact();
    assert_eq!(compact.ballot.fingerprint(), signed.ballot.fingerprint());
    let of_bytes = Hash::labelled(Label::BallotFingerprint, &compact.ballot.to_canonical());
    assert_eq!(signed.ballot.fingerprint(), Fingerprint::from_hash(of_bytes));
    let verifier = Verifier::new(&style);
    assert_eq!(verifier.verify(&compact), verifier.verify(&signed));
    // Version, poll, electorate, key, number, count of contests; counts of ciphertexts, challenges and responses; form.
    let head = 1 + 32 + 1 + 32 + 4 + 4 + 3 * 4 + 1;
    assert_eq!(compact.ballot.to_canonical().len(), head + 864);
    assert_eq!(signed.ballot.to_canonical().len(), head + 864 + 4 + 11 * 64);
    // Commitments that are not the prover's do not pass, though the fingerprint does not cover them.
    let mut other = signed.clone();
    other.ballot.contests[0].proof.commitments.as_mut().unwrap()[0].a = Encoded::GENERATOR;
    assert_eq!(verifier.verify(&other), Err(BallotError::Proof(CONTEST)));
}

#[test]
fn a_ballot_whose_first_contest_is_right_names_the_second() {
    let rules = (0..2).map(|number| (ContestIndex::new(number), choose(&[(2, 1, 1)]))).collect();
    let style = BallotStyle::new(POLL, ELECTORATE, key(7), rules).unwrap();
    let choice = || ContestChoice::Choose(vec![1]);
    let mut ballot = encrypt(&style, 1, FIRST, &[choice(), choice()]);
    ballot.contests[1].proof.responses[0] = Scalar::ONE;
    assert_eq!(verdict(&style, &ballot), Err(BallotError::Proof(ContestIndex::new(1))));
    // Nor can the contests change places.
    let mut ballot = encrypt(&style, 1, FIRST, &[choice(), choice()]);
    ballot.contests.swap(0, 1);
    assert!(verdict(&style, &ballot).is_err());
}

/// Any rule, with a choice that fits it.
fn rule_and_choice() -> impl Strategy<Value = (ContestRule, ContestChoice)> {
    let group = (1u8..6).prop_flat_map(|options| {
        (
            0..=options,
            1..=options,
            Just(options),
            prop::sample::subsequence((0..options).collect::<Vec<_>>(), 0..=5.min(usize::from(options))),
        )
    });
    let choose = prop::collection::vec(group, 2..4).prop_map(|groups| {
        let (mut rules, mut chosen, mut first) = (vec![], vec![], 0);
        for (min, max, options, subset) in groups {
            let count = u8::try_from(subset.len()).unwrap();
            rules.push((options, min.min(count), max.max(count)));
            chosen.extend(subset.iter().map(|option| first + option));
            first += options;
        }
        (choose(&rules), ContestChoice::Choose(chosen))
    });
    let score = (1u8..=10, 2u8..5).prop_flat_map(|(highest, options)| {
        let rule = ContestRule::Score { options, highest };
        (Just(rule), prop::collection::vec(0..=highest, usize::from(options)).prop_map(ContestChoice::Score))
    });
    let rank = (2u8..=4).prop_flat_map(|options| {
        let order = Just((0..options).collect::<Vec<_>>()).prop_shuffle();
        (Just(ContestRule::Rank { options }), order.prop_map(ContestChoice::Rank))
    });
    prop_oneof![choose, score, rank]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_choice_that_fits_its_rule_can_be_cast((rule, choice) in rule_and_choice()) {
        let style = style(rule);
        let ballot = encrypt(&style, 1, FIRST, &[choice]);
        prop_assert_eq!(verdict(&style, &ballot), Ok(()));
    }

    #[test]
    fn vote_12_no_changed_byte_passes_or_panics(position in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>()) {
        let (style, ballot) = one_of_five();
        let signed = SignedBallot::sign(ballot, &signing_key(1));
        let mut bytes = signed.to_canonical();
        let position = position.index(bytes.len());
        if cut { bytes.truncate(position) } else { bytes[position] ^= 1 << bit }
        if let Ok(changed) = SignedBallot::from_canonical(&bytes) {
            prop_assert!(Verifier::new(&style).verify(&changed).is_err());
            prop_assert!(Verifier::new(&style).verify_batch(&[changed])[0].is_err());
        }
    }

    #[test]
    fn vote_12_random_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (style, _) = one_of_five();
        let canonical: Vec<u8> = [&[1], bytes.as_slice()].concat();
        if let Ok(ballot) = Ballot::from_canonical(&canonical) {
            prop_assert!(Verifier::new(&style).check_proofs(&ballot).is_err());
        }
    }
}

#[test]
fn a_transcript_of_pairs_is_one_field() {
    let mut pairs = Transcript::new(Label::BallotProof);
    pairs.pairs([(&Encoded::GENERATOR, &Encoded::IDENTITY)].into_iter());
    let mut field = Transcript::new(Label::BallotProof);
    field.field(&[*Encoded::GENERATOR.as_bytes(), [0; 32]].concat());
    assert_eq!(pairs.challenge(), field.challenge());
}

/// A prover who may do what no wallet does: take one `r` for several cells of a score. Each is proved as it should be.
fn scored(style: &BallotStyle, values: &[u8], randomness: &[u8]) -> Ballot {
    let number = |bytes: &[u8]| Number::from_bytes_mod_order(*Hash::plain(&[bytes]).as_bytes());
    let (contest, rule) = &style.contests()[0];
    let ContestRule::Score { highest, .. } = rule else { panic!("not a score") };
    let (g, h) = (Element::of(&Scalar::from(1u64)), style.key().element().to_owned());
    let plus = |s: Number, t: Number| h.times(&Scalar(s)).plus(&g.times(&Scalar(t))).encode();
    let r: Vec<_> = randomness.iter().map(|byte| number(&[0, *byte])).collect();
    let ciphertexts: Vec<_> = values
        .iter()
        .zip(&r)
        .map(|(value, r)| Ciphertext {
            a: Element::of(&Scalar(*r)).encode(),
            b: plus(*r, Number::from(*value)),
        })
        .collect();
    let branches = || values.iter().flat_map(|value| (0..=*highest).map(move |k| (*value, k)));
    let drawn: Vec<_> =
        (0..u8::MAX).zip(branches()).map(|(at, _)| (number(&[1, at]), number(&[2, at]))).collect();
    let commitments: Vec<_> = drawn
        .iter()
        .zip(branches())
        .map(|((w, c), (value, k))| Commitment {
            a: Element::of(&Scalar(*w)).encode(),
            b: plus(*w, c * (Number::from(k) - Number::from(value))),
        })
        .collect();
    let key = voting_key(&signing_key(1));
    let plans = Plan::of(style);
    let statement = Statement { style, plan: &plans[0], voting_key: &key, sequence: FIRST };
    let challenge = statement.challenge(&ciphertexts, &commitments);
    let (mut challenges, mut responses) = (Vec::new(), Vec::new());
    for (at, value) in values.iter().enumerate() {
        let size = usize::from(*highest) + 1;
        let own = &drawn[at * size..(at + 1) * size];
        let all: Number = own.iter().map(|(_, c)| c).sum();
        for (k, (w, c)) in (0..=*highest).zip(own) {
            let c = if k == *value { c + challenge.0 - all } else { *c };
            if k < *highest {
                challenges.push(Scalar(c));
            }
            responses.push(Scalar(w + c * r[at]));
        }
    }
    let proof = ContestProof { challenge, challenges, responses, commitments: Some(commitments) };
    let contests = vec![EncryptedContest { ciphertexts, proof }];
    assert_eq!(style.contests().len(), 1, "{contest}");
    Ballot { poll: POLL, electorate: ELECTORATE, voting_key: key, sequence: FIRST, contests }
}

#[test]
fn vote_3_a_ballot_in_which_an_element_stands_twice_is_refused_though_its_proofs_hold() {
    let style = style(ContestRule::Score { options: 2, highest: 2 });
    assert_eq!(verdict(&style, &scored(&style, &[2, 1], &[5, 6])), Ok(()), "the prover proves");
    assert_eq!(verdict(&style, &scored(&style, &[2, 1], &[5, 5])), Err(BallotError::Repeated));
}
