//! What must not pass for a ballot, and what must.

mod batch;
mod bytes;
mod prover;
mod statement;

use crate::ballot::{
    Ballot, BallotError, BallotSeed, BallotStyle, ContestChoice, Encryptor, Fingerprint, SignedBallot,
    Verifier,
};
use crate::contest::{ContestRule, Group};
use crate::election::ElectionKey;
use crate::group::{Element, Encoded, Scalar};
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
}

#[test]
fn a_transcript_of_pairs_is_one_field() {
    let mut pairs = Transcript::new(Label::BallotProof);
    pairs.pairs([(&Encoded::GENERATOR, &Encoded::IDENTITY)].into_iter());
    let mut field = Transcript::new(Label::BallotProof);
    field.field(&[*Encoded::GENERATOR.as_bytes(), [0; 32]].concat());
    assert_eq!(pairs.challenge(), field.challenge());
}
