//! What a ceremony survives, and what it does not let pass.

use super::message::{Answer, Commitment, Confirmation, Dealing, Head, Message, Reveal, Round, Verdict};
use super::proof::KnowledgeProof;
use super::public::{Ceremony, Fault, Phase, Refusal, ReplayError};
use super::testing::{House, POLL};
use super::trustee::{Next, Trustee, TrusteeError, TrusteeMemory, sealing_context};
use super::{CeremonyParameters, ParametersError};
use crate::group::{Element, Encoded, Scalar, SecretScalar};
use crate::identifier::TrusteeIndex;
use citizen_keys::{SealingKey, Secret32, Signed, SigningKey};
use citizen_primitives::{Canonical as _, Hash, PollId};
use curve25519_dalek::Scalar as Number;
use proptest::prelude::*;
use std::sync::LazyLock;
use zeroize::Zeroizing;

const fn number(index: u8) -> TrusteeIndex {
    TrusteeIndex::new(index)
}

impl House {
    fn trustee(&self, trustee: usize) -> Trustee<'_> {
        let own = &self.trustees[trustee - 1];
        Trustee::new(&self.parameters, &own.signing, &own.sealing, &own.seed).unwrap()
    }

    fn key(&self, trustee: usize) -> &SigningKey {
        &self.trustees[trustee - 1].signing
    }

    fn head(&self, trustee: u8, round: Round) -> Head {
        Head { poll: POLL, trustee: number(trustee), after: self.ceremony().history(round) }
    }

    fn refusal(&self, message: &Message) -> Option<Refusal> {
        self.ceremony().take(message).err()
    }

    /// What the log comes to, with one more message.
    fn take(&mut self, message: Message) {
        assert_eq!(self.refusal(&message), None);
        self.log.push(message);
    }
}

#[test]
fn all_trustees_end_with_the_same_key_and_any_three_of_five_have_its_secret() {
    let mut house = House::finished(3, 5);
    let election = Ceremony::replay(house.parameters.clone(), &house.log).unwrap();
    let shares: Vec<_> = (1..=5).map(|trustee| house.share(trustee)).collect();
    for share in &shares {
        assert_eq!(share.election(), &election);
        assert_eq!(election.verification_key(share.trustee()), Some(&share.secret.public()));
    }
    assert_eq!(election.verification_key(number(0)), None);
    assert_eq!(election.verification_key(number(6)), None);
    let secret = |chosen: [usize; 3]| {
        let x = |index: usize| Number::from(u64::try_from(index).unwrap());
        let weighted = chosen.map(|own| {
            let others = chosen.iter().filter(|other| **other != own);
            let weight: Number = others.map(|other| x(*other) * (x(*other) - x(own)).invert()).product();
            weight * shares[own - 1].secret.expose()
        });
        weighted.iter().sum::<Number>()
    };
    for chosen in [[1, 2, 3], [1, 4, 5], [5, 2, 3]] {
        assert_eq!(&Element::of(&Scalar(secret(chosen))), election.key.element());
    }
    // Two are not enough: the polynomial has degree two.
    let wrong = Number::from(2u8) * shares[0].secret.expose() - shares[1].secret.expose();
    assert_ne!(&Element::of(&Scalar(wrong)), election.key.element());
}

/// The same polynomials through another implementation of the same key generation, run here: group key and every share agree.
#[test]
fn keys_and_shares_are_those_of_frost_ristretto255() {
    use frost_ristretto255::keys::{VerifiableSecretSharingCommitment, dkg};
    use frost_ristretto255::{Ciphersuite, Field, Group, Identifier, Ristretto255Sha512, Signature};
    use std::collections::BTreeMap;
    type Scalars = <<Ristretto255Sha512 as Ciphersuite>::Group as Group>::Field;

    let mut house = House::finished(3, 5);
    let identifier = |trustee: u8| Identifier::try_from(u16::from(trustee)).unwrap();
    let (mut secrets, mut first) = (BTreeMap::new(), BTreeMap::new());
    for trustee in 1..=5u8 {
        let own = house.trustee(usize::from(trustee));
        let polynomial = own.polynomial(&house.parameters);
        let encoded = polynomial.encoded();
        let commitment =
            VerifiableSecretSharingCommitment::deserialize(encoded.iter().map(Encoded::as_bytes)).unwrap();
        // Its proof of knowledge has another challenge than ours.
        let nonce = SecretScalar::new(Number::from(77u8) + Number::from(trustee));
        let nonce_point = nonce.public().encode();
        let preimage =
            [identifier(trustee).serialize().as_slice(), encoded[0].as_bytes(), nonce_point.as_bytes()]
                .concat();
        let challenge = Scalars::serialize(&Ristretto255Sha512::HDKG(&preimage).unwrap());
        let challenge = Scalar::from_canonical(challenge).unwrap();
        let response = nonce.expose() + challenge.0 * polynomial.constant().expose();
        let signature = [nonce_point.as_bytes().as_slice(), response.as_bytes()].concat();
        let package =
            dkg::round1::Package::new(commitment.clone(), Signature::deserialize(&signature).unwrap());
        let coefficients = polynomial.coefficients().map(|c| Scalars::deserialize(&c.to_bytes()).unwrap());
        let secret =
            dkg::round1::SecretPackage::new(identifier(trustee), coefficients.collect(), commitment, 3, 5);
        secrets.insert(trustee, secret);
        first.insert(identifier(trustee), package);
    }
    let others = |trustee: u8| {
        let mut others = first.clone();
        others.remove(&identifier(trustee));
        others
    };
    let mut own = BTreeMap::new();
    let mut dealt: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (trustee, secret) in secrets {
        let (secret, packages) = dkg::part2(secret, &others(trustee)).unwrap();
        own.insert(trustee, secret);
        for (to, package) in packages {
            dealt.entry(to).or_default().insert(identifier(trustee), package);
        }
    }
    for (trustee, secret) in own {
        let (key, public) = dkg::part3(&secret, &others(trustee), &dealt[&identifier(trustee)]).unwrap();
        let share = house.share(usize::from(trustee));
        assert_eq!(key.signing_share().serialize(), share.secret.expose().to_bytes());
        let group_key = public.verifying_key().serialize().unwrap();
        assert_eq!(group_key, share.election().key.encoded().as_bytes());
        let verifying_share = public.verifying_shares()[&identifier(trustee)].serialize().unwrap();
        let ours = share.election().verification_key(share.trustee()).unwrap().encode();
        assert_eq!(verifying_share, ours.as_bytes());
    }
}

#[test]
fn parameters_of_one_reader_or_of_a_shared_key_are_refused() {
    let trustees = House::new(2, 3).parameters.trustees().to_vec();
    let new = |threshold, trustees| CeremonyParameters::new(POLL, threshold, trustees).map(drop);
    assert_eq!(new(2, trustees.clone()), Ok(()));
    for threshold in [0, 1, 4] {
        assert_eq!(new(threshold, trustees.clone()), Err(ParametersError::Threshold(threshold)));
    }
    let mut same_signing = trustees.clone();
    same_signing[0].signing = same_signing[1].signing;
    let mut same_sealing = trustees.clone();
    same_sealing[0].sealing = same_sealing[1].sealing;
    for trustees in [same_signing, same_sealing] {
        assert_eq!(new(2, trustees), Err(ParametersError::Key));
    }
    assert_eq!(new(2, vec![trustees[0]; 33]), Err(ParametersError::Trustees));
    let mut bytes = House::new(2, 3).parameters.to_canonical();
    assert_eq!(CeremonyParameters::from_canonical(&bytes).unwrap(), House::new(2, 3).parameters);
    bytes[33] = 1;
    assert!(CeremonyParameters::from_canonical(&bytes).is_err());
}

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
        let challenge =
            super::proof::challenge(&house.parameters, number(2), &polynomial, &Element::of(&Scalar::ONE));
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

#[test]
fn vote_36_only_the_confirmation_of_all_ends_a_ceremony() {
    let mut house = House::new(2, 3);
    (0..4).for_each(|_| house.round_without(&[]));
    house.round_without(&[2]);
    let missing = vec![number(2)];
    assert_eq!(house.ceremony().phase(), Phase::Waiting { round: Round::Confirmation, missing });
    assert_eq!(Ceremony::replay(house.parameters.clone(), &house.log), Err(ReplayError::Unfinished));
    let confirm = |head, key| Message::Confirmation(Signed::sign(&Confirmation { head, key }, house.key(2)));
    let head = house.head(2, Round::Confirmation);
    assert_eq!(house.refusal(&confirm(head, Encoded::GENERATOR)), Some(Refusal::Shape(number(2))));
    let Message::Confirmation(right) = house.log.last().unwrap() else { panic!("a confirmation") };
    let key = right.dangerous_unverified().unwrap().key;
    let other = Head { after: Hash::ZERO, ..head };
    assert_eq!(house.refusal(&confirm(other, key)), Some(Refusal::AnotherHistory(number(2))));
    assert_eq!(house.refusal(&confirm(head, key)), None);
}

#[test]
fn vote_36_every_message_is_in_the_transcript() {
    let house = House::finished(2, 3);
    let whole = Ceremony::replay(house.parameters.clone(), &house.log).unwrap();
    // Another ceremony of the same trustees has another transcript though it may have the same key.
    let mut other = House::new(2, 3);
    (0..3).for_each(|_| other.round_without(&[]));
    let verdict = Verdict { head: other.head(3, Round::Verdict), against: vec![number(1)] };
    let verdict = Message::Verdict(Signed::sign(&verdict, other.key(3)));
    other.take(verdict);
    other.finish();
    let complained = Ceremony::replay(other.parameters.clone(), &other.log).unwrap();
    assert_eq!(complained.key, whole.key);
    assert_ne!(complained.transcript, whole.transcript);
    // No message can be left out, put elsewhere, or be said by another.
    for position in 0..house.log.len() {
        let mut log = house.log.clone();
        let message = log.remove(position);
        assert!(Ceremony::replay(house.parameters.clone(), &log).is_err(), "without {position}");
        if position + 3 < house.log.len() {
            log.insert(position + 3, message);
            assert!(Ceremony::replay(house.parameters.clone(), &log).is_err(), "{position} moved");
        }
    }
}

#[test]
fn a_message_counts_only_with_its_trustees_signature_and_in_its_poll() {
    let house = House::new(2, 3);
    let commitment = |head| Commitment { head, digest: Hash::ZERO };
    let head = house.head(1, Round::Commitment);
    let signed = |head, key: &SigningKey| Message::Commitment(Signed::sign(&commitment(head), key));
    assert_eq!(house.refusal(&signed(head, house.key(1))), None);
    assert_eq!(house.refusal(&signed(head, house.key(2))), Some(Refusal::Signature(number(1))));
    for stranger in [0, 4, 255] {
        let head = Head { trustee: number(stranger), ..head };
        assert_eq!(
            house.refusal(&signed(head, house.key(1))),
            Some(Refusal::NoSuchTrustee(number(stranger)))
        );
    }
    let elsewhere = Head { poll: PollId::from_bytes([2; 32]), ..head };
    assert_eq!(house.refusal(&signed(elsewhere, house.key(1))), Some(Refusal::AnotherPoll(number(1))));
    let elsewhere = Head { after: Hash::ZERO, ..head };
    assert_eq!(house.refusal(&signed(elsewhere, house.key(1))), Some(Refusal::AnotherHistory(number(1))));
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

/// What a log files messages by, before anybody has checked them.
#[test]
fn a_message_says_its_round_and_who_speaks() {
    let house = House::finished(2, 2);
    let rounds = house.log.iter().map(|message| {
        let (head, round) = message.dangerous_unverified_head().unwrap();
        (head.poll, head.trustee.number(), round)
    });
    let all = [Round::Commitment, Round::Reveal, Round::Dealing, Round::Verdict, Round::Confirmation];
    let expected = all.iter().flat_map(|round| [(POLL, 1, *round), (POLL, 2, *round)]);
    assert!(rounds.eq(expected));
}

#[test]
fn a_stranger_is_no_trustee() {
    let house = House::new(2, 3);
    let own = &house.trustees[0];
    let other = SealingKey::from_secret(&Secret32::take(Zeroizing::new([9; 32])));
    assert!(Trustee::new(&house.parameters, &own.signing, &other, &own.seed).is_err());
    assert!(
        Trustee::new(&house.parameters, &SigningKey::from_seed(&[9; 32]), &own.sealing, &own.seed).is_err()
    );
}

#[test]
fn vote_35_a_share_does_not_show_itself() {
    assert_eq!(format!("{:?}", House::finished(2, 3).share(1)), "TrusteeShare(1, hidden)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn vote_12_no_changed_message_passes_or_panics(
        message in any::<prop::sample::Index>(),
        position in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        static WHOLE: LazyLock<(CeremonyParameters, Vec<Message>)> = LazyLock::new(|| {
            let House { parameters, log, .. } = House::finished(2, 2);
            (parameters, log)
        });
        let (parameters, log) = &*WHOLE;
        let message = message.index(log.len());
        let mut bytes = log[message].to_canonical();
        let position = position.index(bytes.len());
        bytes[position] ^= 1 << bit;
        if let Ok(changed) = Message::from_canonical(&bytes) {
            let mut log = log.clone();
            log[message] = changed;
            prop_assert!(Ceremony::replay(parameters.clone(), &log).is_err());
        }
    }
}
