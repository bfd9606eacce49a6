//! Bytes of strangers: encodings, shapes, whatever is missing or changed.

use super::{CONTEST, one_of_five, signing_key, verdict};
use crate::ballot::{Ballot, BallotError, EncryptedContest, SignedBallot, Verifier};
use crate::group::{Encoded, GroupError, Scalar};
use citizen_primitives::Canonical as _;
use proptest::prelude::*;

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

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
