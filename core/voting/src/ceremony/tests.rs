//! What a ceremony survives, and what it does not let pass.

mod complaint;
mod frost;
mod reveal;
mod stopped;

use crate::ceremony::testing::{House, POLL};
use crate::ceremony::{
    Ceremony, CeremonyParameters, Commitment, Confirmation, Head, Message, ParametersError, Phase, Refusal,
    ReplayError, Round, Trustee, Verdict,
};
use crate::group::{Element, Encoded, Scalar};
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
