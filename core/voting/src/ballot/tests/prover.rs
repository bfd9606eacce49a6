//! Provers who do what no wallet does.

use super::{CONTEST, ELECTORATE, FIRST, POLL, choose, seed, signing_key, style, verdict, voting_key};
use crate::ballot::batch::{Batch, Weights};
use crate::ballot::plan::{Plan, Statement};
use crate::ballot::{
    Ballot, BallotError, BallotStyle, Ciphertext, Commitment, ContestProof, EncryptedContest, Encryptor,
    VerifiedCell,
};
use crate::contest::ContestRule;
use crate::group::{Element, Scalar};
use citizen_primitives::Hash;
use curve25519_dalek::Scalar as Number;

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
