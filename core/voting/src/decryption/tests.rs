//! A tally opens to what was voted, for any enough trustees, and for nobody else.

use super::combine::{Decryption, NotDecrypted, ShareFault};
use super::share::{DecryptError, DecryptionMemory, DecryptionShares, ShareStatement};
use crate::ballot::{
    Ballot, BallotSeed, BallotStyle, Ciphertext, ContestChoice, Encryptor, SignedBallot, VerifiedBallot,
    Verifier,
};
use crate::ceremony::testing::{House, POLL};
use crate::contest::{ContestRule, Group};
use crate::election::ElectionKey;
use crate::group::{Element, Encoded, Scalar};
use crate::identifier::{CellIndex, ContestIndex, ElectorateIndex, Sequence, TrusteeIndex, VotingKey};
use crate::tally::{Tally, TallyError};
use citizen_keys::{Signed, SigningKey};
use citizen_primitives::{Canonical as _, Hash, PollId};
use curve25519_dalek::Scalar as Number;
use zeroize::Zeroizing;

const ELECTORATE: ElectorateIndex = ElectorateIndex::new(1);

/// Three trustees of five suffice; four citizens choose, score and rank.
struct Poll {
    house: House,
    style: BallotStyle,
    ballots: Vec<VerifiedBallot>,
}

fn rules() -> Vec<(ContestIndex, ContestRule)> {
    let choose = ContestRule::Choose { groups: vec![Group { options: 3, min: 1, max: 2 }] };
    let rules = [choose, ContestRule::Score { options: 2, highest: 5 }, ContestRule::Rank { options: 2 }];
    (0..).map(ContestIndex::new).zip(rules).collect()
}

fn cast(style: &BallotStyle, number: u8, choices: &[ContestChoice]) -> VerifiedBallot {
    let key = SigningKey::from_seed(&[number; 32]);
    let voting_key = VotingKey::from_bytes(key.public().as_bytes().try_into().unwrap());
    let seed = BallotSeed::from_bytes(Zeroizing::new([number; 32]));
    let ballot: Ballot = Encryptor::new(style).encrypt(&seed, voting_key, Sequence::new(1), choices).unwrap();
    Verifier::new(style).verify(&SignedBallot::sign(ballot, &key)).unwrap()
}

impl Poll {
    fn new() -> Self {
        let mut house = House::finished(3, 5);
        let key = house.share(1).election().key;
        let style = BallotStyle::new(POLL, ELECTORATE, key, rules()).unwrap();
        let votes: [(&[u8], [u8; 2], [u8; 2]); 4] = [
            (&[0], [5, 0], [0, 1]),
            (&[0, 2], [5, 1], [1, 0]),
            (&[2], [5, 0], [1, 0]),
            (&[1, 2], [5, 4], [1, 0]),
        ];
        let ballots = votes.iter().zip(1..).map(|((chosen, scores, order), number)| {
            let choices = [
                ContestChoice::Choose(chosen.to_vec()),
                ContestChoice::Score(scores.to_vec()),
                ContestChoice::Rank(order.to_vec()),
            ];
            cast(&style, number, &choices)
        });
        let ballots = ballots.collect();
        Self { house, style, ballots }
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::new(&self.style);
        self.ballots.iter().for_each(|ballot| tally.add(ballot).unwrap());
        tally
    }

    fn shares(&mut self, trustee: usize, tally: &Tally) -> Signed<DecryptionShares> {
        let share = self.house.share(trustee);
        let signing = &self.house.trustees[trustee - 1].signing;
        share.dangerous_decrypt(tally, 4, &mut DecryptionMemory::default(), signing).unwrap()
    }

    fn signed(&self, trustee: usize, shares: &DecryptionShares) -> Signed<DecryptionShares> {
        Signed::sign(shares, &self.house.trustees[trustee - 1].signing)
    }
}

const fn contest(number: u8) -> ContestIndex {
    ContestIndex::new(number)
}

/// The counts of [`Poll::new`].
fn expected() -> Vec<(ContestIndex, Vec<u64>)> {
    vec![(contest(0), vec![2, 1, 3]), (contest(1), vec![20, 5]), (contest(2), vec![1, 3, 3, 1])]
}

#[test]
fn vote_11_any_three_of_five_open_the_same_result() {
    let mut poll = Poll::new();
    let (tally, election) = (poll.tally(), poll.house.share(1).election().clone());
    let shares: Vec<_> = (1..=5).map(|trustee| poll.shares(trustee, &tally)).collect();
    for chosen in [[1, 2, 3], [3, 4, 5], [5, 1, 2]] {
        let mut decryption = Decryption::new(&poll.house.parameters, &election, &tally);
        for (taken, trustee) in (0..).zip(chosen) {
            assert_eq!(decryption.result(), Err(NotDecrypted::TooFew { valid: taken, needed: 3 }));
            decryption.take(&shares[trustee - 1]).unwrap();
        }
        let opened = decryption.result().unwrap();
        assert_eq!((opened.counted, opened.contests), (4, expected()));
    }
}

#[test]
fn vote_11_two_bad_trustees_of_five_are_named_and_stop_nothing() {
    let mut poll = Poll::new();
    let (tally, election) = (poll.tally(), poll.house.share(1).election().clone());
    let mut decryption_shares: Vec<_> = (1..=5).map(|trustee| poll.shares(trustee, &tally)).collect();
    // One lies about one sum, the other's share is of another secret, with a proof that fits the share alone.
    let mut lie = decryption_shares[0].dangerous_unverified().unwrap();
    lie.contests[1][0].share = Encoded::GENERATOR;
    decryption_shares[0] = poll.signed(1, &lie);
    let mut other = decryption_shares[3].dangerous_unverified().unwrap();
    other.contests = poll.shares(5, &tally).dangerous_unverified().unwrap().contests;
    decryption_shares[3] = poll.signed(4, &other);
    let mut decryption = Decryption::new(&poll.house.parameters, &election, &tally);
    let verdicts: Vec<_> = decryption_shares.iter().map(|shares| decryption.take(shares).is_ok()).collect();
    assert_eq!(verdicts, [false, true, true, false, true]);
    let fault = |at, cell| ShareFault::Proof { contest: contest(at), cell: CellIndex::new(cell) };
    let faults: Vec<_> = decryption.faults().iter().map(|(index, fault)| (index.number(), *fault)).collect();
    assert_eq!(faults, [(1, fault(1, 0)), (4, fault(0, 0))]);
    assert_eq!(decryption.result().unwrap().contests, expected());
}

#[test]
fn vote_11_nobody_is_blamed_for_what_she_has_not_signed() {
    let mut poll = Poll::new();
    let (tally, election) = (poll.tally(), poll.house.share(1).election().clone());
    let good = poll.shares(1, &tally);
    let mut decryption = Decryption::new(&poll.house.parameters, &election, &tally);
    let shares = good.dangerous_unverified().unwrap();
    let stranger = DecryptionShares { trustee: TrusteeIndex::new(6), ..shares.clone() };
    assert_eq!(decryption.take(&poll.signed(2, &shares)), Err(ShareFault::Signature));
    assert_eq!(decryption.take(&poll.signed(1, &stranger)), Err(ShareFault::Signature));
    assert!(decryption.faults().is_empty());
    assert_eq!(decryption.take(&good), Ok(TrusteeIndex::new(1)));
}

#[test]
fn vote_2_shares_are_for_their_tally_poll_electorate_and_shape_alone() {
    let mut poll = Poll::new();
    let (tally, election) = (poll.tally(), poll.house.share(1).election().clone());
    let good = poll.shares(1, &tally).dangerous_unverified().unwrap();
    let mut decryption = Decryption::new(&poll.house.parameters, &election, &tally);
    let mut verdict = |change: fn(&mut DecryptionShares)| {
        let mut changed = good.clone();
        change(&mut changed);
        decryption.take(&poll.signed(1, &changed))
    };
    assert!(verdict(|_| ()).is_ok());
    assert_eq!(
        verdict(|shares| shares.poll = PollId::from_bytes([2; 32])),
        Err(ShareFault::AnotherElectorate)
    );
    let another = Err(ShareFault::AnotherElectorate);
    assert_eq!(verdict(|shares| shares.electorate = ElectorateIndex::new(2)), another);
    assert_eq!(verdict(|shares| shares.tally = Hash::ZERO), Err(ShareFault::AnotherTally));
    assert_eq!(verdict(|shares| shares.contests.clear()), Err(ShareFault::Shape));
    assert_eq!(verdict(|shares| shares.contests[0].truncate(2)), Err(ShareFault::Shape));
    assert!(matches!(verdict(|shares| shares.contests[0].swap(0, 1)), Err(ShareFault::Proof { .. })));
    assert!(matches!(
        verdict(|shares| shares.contests[0][0].share = Encoded::from_bytes([0xff; 32])),
        Err(ShareFault::Proof { .. })
    ));
    assert!(matches!(
        verdict(|shares| shares.contests[0][0].response = Scalar::ONE),
        Err(ShareFault::Proof { .. })
    ));
    // Shares of another set of ballots.
    let mut fewer = poll.tally();
    fewer.remove(&poll.ballots[0]).unwrap();
    let share = poll.house.share(1);
    let signing = &poll.house.trustees[0].signing;
    let of_fewer = share.dangerous_decrypt(&fewer, 3, &mut DecryptionMemory::default(), signing).unwrap();
    assert_eq!(
        Decryption::new(&poll.house.parameters, &election, &tally).take(&of_fewer),
        Err(ShareFault::AnotherTally)
    );
}

/// If `D` were not in the challenge, a trustee could choose the commitments, and then the `D` that fits any result she likes.
#[test]
fn vote_2_a_share_worked_out_of_its_own_challenge_is_refused() {
    let mut poll = Poll::new();
    let tally = poll.tally();
    let share = poll.house.share(1);
    let verification_key = share.secret.public();
    let sum = tally.contests()[0].cells[0];
    let statement = |digest| ShareStatement {
        poll: POLL,
        electorate: ELECTORATE,
        contest: contest(0),
        cell: CellIndex::new(0),
        trustee: TrusteeIndex::new(1),
        tally: digest,
        verification_key: &verification_key,
        sum: &sum,
    };
    let honest = statement(tally.digest()).prove(&share.secret);
    assert!(statement(tally.digest()).verify(&honest).is_some());
    // Commitments wG and wA + T; then D = xA + e⁻¹T solves the second equation for the challenge e of the honest share.
    let (w, target) = (Number::from(9u8), Element::of(&Scalar::from(5u64)));
    let e = statement(tally.digest()).challenge(
        &honest.share,
        &Element::of(&Scalar(w)),
        &sum.a.times(&Scalar(w)).minus(&target),
    );
    let forged = honest.share.decode().unwrap().plus(&target.times(&Scalar(e.0.invert())));
    let response = Scalar(w + e.0 * share.secret.expose());
    // Both equations hold for e: A's side gives back the commitment that was hashed.
    let back = sum.a.times(&response).minus(&forged.times(&e));
    assert_eq!(back, sum.a.times(&Scalar(w)).minus(&target));
    let forged = super::DecryptionShare { share: forged.encode(), challenge: e, response };
    assert!(statement(tally.digest()).verify(&forged).is_none(), "the share itself is in the challenge");
}

#[test]
fn vote_2_each_field_of_the_statement_is_in_the_challenge() {
    let mut poll = Poll::new();
    let tally = poll.tally();
    let secret = poll.house.share(1).secret;
    let verification_key = secret.public();
    let (sum, other_sum) = (tally.contests()[0].cells[0], tally.contests()[0].cells[1]);
    let statement = || ShareStatement {
        poll: POLL,
        electorate: ELECTORATE,
        contest: contest(0),
        cell: CellIndex::new(0),
        trustee: TrusteeIndex::new(1),
        tally: tally.digest(),
        verification_key: &verification_key,
        sum: &sum,
    };
    let share = statement().prove(&secret);
    assert!(statement().verify(&share).is_some());
    let other_key = Element::of(&Scalar::ONE);
    let others = [
        ShareStatement { poll: PollId::from_bytes([2; 32]), ..statement() },
        ShareStatement { electorate: ElectorateIndex::new(0), ..statement() },
        ShareStatement { contest: contest(1), ..statement() },
        ShareStatement { cell: CellIndex::new(1), ..statement() },
        ShareStatement { trustee: TrusteeIndex::new(2), ..statement() },
        ShareStatement { tally: Hash::ZERO, ..statement() },
        ShareStatement { verification_key: &other_key, ..statement() },
        ShareStatement { sum: &other_sum, ..statement() },
    ];
    let point = Element::of(&Scalar::ONE);
    let own = statement().challenge(&share.share, &point, &point);
    for other in others {
        assert!(other.verify(&share).is_none());
        assert_ne!(other.challenge(&share.share, &point, &point), own);
        // Nor does any of them share a nonce with it.
        assert_ne!(
            other.nonce(&secret, &share.share).expose(),
            statement().nonce(&secret, &share.share).expose()
        );
    }
    let identity = Element::identity();
    assert_ne!(statement().challenge(&Encoded::GENERATOR, &point, &point), own);
    assert_ne!(statement().challenge(&share.share, &identity, &point), own);
    assert_ne!(statement().challenge(&share.share, &point, &identity), own);
}

#[test]
fn vote_17_a_trustee_decrypts_one_tally_of_an_electorate_and_no_other() {
    let mut poll = Poll::new();
    let share = poll.house.share(1);
    let signing = &poll.house.trustees[0].signing;
    let mut memory = DecryptionMemory::default();
    let all = poll.tally();
    let first = share.dangerous_decrypt(&all, 2, &mut memory, signing).unwrap();
    // Started again, asked again: the same bytes.
    let mut memory = DecryptionMemory::from_canonical(&memory.to_canonical()).unwrap();
    assert_eq!(share.dangerous_decrypt(&all, 2, &mut memory, signing), Ok(first));
    let mut without_one = poll.tally();
    without_one.remove(&poll.ballots[0]).unwrap();
    assert_eq!(
        share.dangerous_decrypt(&without_one, 2, &mut memory, signing),
        Err(DecryptError::AnotherTally)
    );
    // What is refused is not remembered in the place of what was done.
    assert!(share.dangerous_decrypt(&all, 2, &mut memory, signing).is_ok());
}

#[test]
fn vote_17_a_tally_below_the_minimum_turnout_is_not_decrypted() {
    let mut poll = Poll::new();
    let share = poll.house.share(1);
    let signing = &poll.house.trustees[0].signing;
    let mut memory = DecryptionMemory::default();
    let below = DecryptError::BelowTurnout { counted: 4, minimum: 5 };
    assert_eq!(share.dangerous_decrypt(&poll.tally(), 5, &mut memory, signing), Err(below));
    assert_eq!(memory, DecryptionMemory::default());
    assert!(share.dangerous_decrypt(&poll.tally(), 4, &mut memory, signing).is_ok());
}

#[test]
fn a_tally_of_another_election_is_not_decrypted() {
    let mut poll = Poll::new();
    let share = poll.house.share(1);
    let signing = &poll.house.trustees[0].signing;
    let other_key = ElectionKey::new(Encoded::GENERATOR).unwrap();
    for (poll, key) in [(POLL, other_key), (PollId::from_bytes([2; 32]), share.election().key)] {
        let style = BallotStyle::new(poll, ELECTORATE, key, rules()).unwrap();
        let verdict =
            share.dangerous_decrypt(&Tally::new(&style), 0, &mut DecryptionMemory::default(), signing);
        assert_eq!(verdict, Err(DecryptError::AnotherElection));
    }
}

#[test]
fn a_tally_adds_takes_out_and_merges_its_own_electorates_ballots_only() {
    let poll = Poll::new();
    let elsewhere = BallotStyle::new(POLL, ElectorateIndex::new(2), *poll.style.key(), rules()).unwrap();
    let mut other = Tally::new(&elsewhere);
    assert_eq!(other.add(&poll.ballots[0]), Err(TallyError::AnotherElectorate));
    assert_eq!(other.merge(&poll.tally()), Err(TallyError::AnotherElectorate));
    let mut replaced = poll.tally();
    replaced.remove(&poll.ballots[1]).unwrap();
    replaced.add(&poll.ballots[1]).unwrap();
    assert_eq!(replaced.digest(), poll.tally().digest());
    let mut nothing = Tally::new(&poll.style);
    assert_eq!(nothing.remove(&poll.ballots[0]), Err(TallyError::Empty));
    let (mut left, mut right) = (Tally::new(&poll.style), Tally::new(&poll.style));
    poll.ballots[..2].iter().for_each(|ballot| left.add(ballot).unwrap());
    poll.ballots[2..].iter().for_each(|ballot| right.add(ballot).unwrap());
    left.merge(&right).unwrap();
    assert_eq!(left.encrypted(), poll.tally().encrypted());
}

#[test]
fn a_tally_goes_on_from_what_was_published() {
    let poll = Poll::new();
    let mut earlier = Tally::new(&poll.style);
    poll.ballots[..3].iter().for_each(|ballot| earlier.add(ballot).unwrap());
    let published = earlier.encrypted();
    let mut tally = Tally::dangerous_restore(&poll.style, &published).unwrap();
    assert_eq!(tally, earlier);
    tally.add(&poll.ballots[3]).unwrap();
    assert_eq!(tally.encrypted(), poll.tally().encrypted());
    // A ballot of which the ciphertexts alone were kept is taken out as well as the whole.
    let encode = |cell: &crate::ballot::VerifiedCell| Ciphertext { a: cell.a.encode(), b: cell.b.encode() };
    let kept: Vec<Vec<_>> =
        poll.ballots[3].contests().iter().map(|cells| cells.iter().map(encode).collect()).collect();
    tally.take_out(&kept).unwrap();
    assert_eq!(tally.encrypted(), published);
    assert_eq!(tally.take_out(&kept[..2]), Err(TallyError::Malformed));
    assert_eq!(Tally::new(&poll.style).take_out(&kept), Err(TallyError::Empty));

    let refused = |change: fn(&mut crate::tally::EncryptedTally)| {
        let mut changed = published.clone();
        change(&mut changed);
        Tally::dangerous_restore(&poll.style, &changed).err()
    };
    assert_eq!(refused(|tally| tally.key = Encoded::GENERATOR), Some(TallyError::AnotherElectorate));
    assert_eq!(
        refused(|tally| tally.electorate = ElectorateIndex::new(2)),
        Some(TallyError::AnotherElectorate)
    );
    assert_eq!(refused(|tally| tally.contests.swap(0, 1)), Some(TallyError::Malformed));
    assert_eq!(refused(|tally| drop(tally.contests.pop())), Some(TallyError::Malformed));
    assert_eq!(refused(|tally| tally.contests[0].1.truncate(2)), Some(TallyError::Malformed));
    let not_canonical = |tally: &mut crate::tally::EncryptedTally| {
        tally.contests[0].1[0].a = Encoded::from_bytes([0xff; 32]);
    };
    assert_eq!(refused(not_canonical), Some(TallyError::Malformed));
}

/// All voters of an electorate together can make the sum of their `A` the identity: that must not stop the count.
#[test]
fn a_sum_that_is_the_identity_is_decrypted_as_well() {
    let mut poll = Poll::new();
    let election = poll.house.share(1).election().clone();
    let nothing = Tally::new(&poll.style);
    let parameters = poll.house.parameters.clone();
    let mut decryption = Decryption::new(&parameters, &election, &nothing);
    for trustee in 1..=3 {
        let share = poll.house.share(trustee);
        let signing = &poll.house.trustees[trustee - 1].signing;
        let shares = share.dangerous_decrypt(&nothing, 0, &mut DecryptionMemory::default(), signing).unwrap();
        decryption.take(&shares).unwrap();
    }
    assert_eq!(decryption.result().unwrap().contests[1], (contest(1), vec![0, 0]));
}
