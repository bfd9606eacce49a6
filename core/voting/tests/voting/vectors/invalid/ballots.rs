//! Ballots and opened ballots.

use super::super::{Case, Kind};
use super::bytes;
use crate::prover::with_one_randomness;
use crate::support::city::{Citizen, style};
use crate::support::manifest::*;
use citizen_primitives::{Canonical as _, Label, PollId};
use citizen_voting::ballot::{Ballot, Encryptor};
use citizen_voting::group::Encoded;
use citizen_voting::spoil::SpoiledBallot;
use citizen_voting::{ContestChoice, Sequence, SignedBallot, VotingKey};

/// Changed, and signed again by its voting key: only the proofs can refuse it.
fn signed_again(
    name: &'static str,
    rule: &'static str,
    reason: &'static str,
    change: impl FnOnce(&mut Ballot),
) -> Case {
    let citizen = Citizen::register(1, CITIZENS);
    let mut ballot = citizen.ballot(1).ballot.compact();
    change(&mut ballot);
    case(name, rule, reason, SignedBallot::sign(ballot, &citizen.signing_key()).to_canonical())
}

fn case(name: &'static str, rule: &'static str, reason: &'static str, input: Vec<u8>) -> Case {
    Case { name, kind: Kind::Ballot, rule, reason, inputs: vec![input] }
}

pub(super) fn cases() -> Vec<Case> {
    [statements(), encodings(), signatures(), shapes(), openings()].into_iter().flatten().collect()
}

/// Each field of the statement is in the challenge.
fn statements() -> Vec<Case> {
    let other = Citizen::register(2, CITIZENS);
    let (victim, thief) = (Citizen::register(1, CITIZENS), Citizen::register(2, CITIZENS));
    let mut copy = victim.ballot(1).ballot.compact();
    copy.voting_key = thief.voting_key();
    let copied = SignedBallot::sign(copy, &thief.signing_key()).to_canonical();
    // For another election key, with everything else the same.
    let foreign = citizen_voting::ElectionKey::new(Encoded::GENERATOR).unwrap();
    let foreign = POLL.style(CITIZENS, &foreign).unwrap();
    let (seed, number) = (victim.seed(1), Sequence::new(1));
    let foreign =
        Encryptor::new(&foreign).encrypt(&seed, victim.voting_key(), number, &victim.choices()).unwrap();
    let foreign = SignedBallot::sign(foreign.compact(), &victim.signing_key()).to_canonical();
    vec![
        signed_again("ballot-of-another-poll", "VOTE-1", "the poll is in every challenge", |b| {
            b.poll = PollId::from_bytes([1; 32]);
        }),
        signed_again("ballot-of-another-electorate", "VOTE-1", "the electorate is in every challenge", |b| {
            b.electorate = COMMITTEE;
        }),
        case("ballot-copied-under-another-key", "VOTE-3", "the voting key is in every challenge", copied),
        signed_again("ballot-with-another-number", "VOTE-22", "the sequence is in every challenge", |b| {
            b.sequence = Sequence::new(2);
        }),
        case("ballot-to-another-election-key", "VOTE-1", "the election key is in every challenge", foreign),
        signed_again(
            "ballot-options-swapped",
            "VOTE-1",
            "the order of the options is in the challenge",
            |b| {
                b.contests[0].ciphertexts.swap(0, 1);
            },
        ),
        signed_again("ballot-halves-swapped", "VOTE-1", "A and B of a ciphertext are swapped", |b| {
            let pair = &mut b.contests[0].ciphertexts[0];
            (pair.a, pair.b) = (pair.b, pair.a);
        }),
        case(
            "ballot-with-one-element-twice",
            "VOTE-3",
            "one r for two cells, each of which is proved",
            with_one_randomness(style(CITIZENS), &victim.ballot(1), 1, &victim.signing_key()).to_canonical(),
        ),
        signed_again(
            "ballot-with-a-strangers-ciphertext",
            "VOTE-3",
            "one ciphertext of another ballot",
            move |b| {
                b.contests[0].ciphertexts[0] = other.ballot(1).ballot.contests[0].ciphertexts[0];
            },
        ),
        signed_again(
            "ballot-challenge-of-another-contest",
            "VOTE-1",
            "the contest is in the challenge",
            |b| {
                b.contests[0].proof.challenge = b.contests[1].proof.challenge;
            },
        ),
        signed_again("ballot-responses-swapped", "VOTE-9", "a response of another branch", |b| {
            b.contests[0].proof.responses.swap(0, 1);
        }),
        signed_again(
            "ballot-without-the-proof-of-a-sum",
            "VOTE-30",
            "one clause too few: too many could be chosen",
            |b| {
                b.contests[0].proof.responses.pop();
            },
        ),
    ]
}

fn encodings() -> Vec<Case> {
    // p, the field's prime: zero in another form (RFC 9496, section 4.3.1).
    let mut prime = [0xff; 32];
    (prime[0], prime[31]) = (0xed, 0x7f);
    let whole = signed_again("", "", "", |_| {}).inputs.remove(0);
    let mut scalar = whole.clone();
    // The response before the signature: its top byte to 0xff is above the group's order.
    let end = scalar.len() - 64 - 1;
    scalar[end - 1] = 0xff;
    let mut version = whole.clone();
    version[0] = 2;
    vec![
        signed_again("ballot-identity-in-a-ciphertext", "VOTE-6", "A is the identity", |b| {
            b.contests[0].ciphertexts[1].a = Encoded::IDENTITY;
        }),
        signed_again("ballot-identity-as-b", "VOTE-6", "B is the identity", |b| {
            b.contests[0].ciphertexts[1].b = Encoded::IDENTITY;
        }),
        signed_again(
            "ballot-non-canonical-element",
            "VOTE-6",
            "an encoding that RFC 9496 refuses",
            move |b| {
                b.contests[0].ciphertexts[1].a = Encoded::from_bytes(prime);
            },
        ),
        case("ballot-non-canonical-scalar", "VOTE-6", "a scalar that is not below the group's order", scalar),
        case("ballot-of-another-version", "VOTE-19", "a version that is not known", version),
        case("ballot-cut-off", "VOTE-12", "the last byte is missing", whole[..whole.len() - 1].to_vec()),
        case("ballot-with-a-byte-more", "VOTE-19", "a byte after the end", [&whole[..], &[0]].concat()),
    ]
}

fn signatures() -> Vec<Case> {
    let citizen = Citizen::register(1, CITIZENS);
    let mut changed = citizen.ballot(1).compact();
    changed.signature[40] ^= 1;
    let ballot = citizen.ballot(1).ballot.compact();
    let stranger = SignedBallot::sign(ballot.clone(), &Citizen::register(2, CITIZENS).signing_key());
    let signature =
        *citizen.signing_key().sign(Label::SpoiledBallot, ballot.fingerprint().as_bytes()).as_bytes();
    let mut small = [0; 32];
    small[0] = 1;
    vec![
        case("ballot-signature-changed", "VOTE-9", "the signature does not verify", changed.to_canonical()),
        case("ballot-signed-by-another-key", "VOTE-9", "another key's signature", stranger.to_canonical()),
        case(
            "ballot-signed-as-opened",
            "VOTE-54",
            "a signature under the label of opened ballots casts nothing",
            SignedBallot { ballot, signature }.to_canonical(),
        ),
        signed_again("ballot-voting-key-of-small-order", "VOTE-6", "every signature would hold", move |b| {
            b.voting_key = VotingKey::from_bytes(small);
        }),
    ]
}

fn shapes() -> Vec<Case> {
    let citizen = Citizen::register(1, CITIZENS);
    let mut expanded = citizen.ballot(1);
    expanded.ballot.contests[0].proof.commitments.as_mut().unwrap().swap(0, 1);
    vec![
        signed_again("ballot-number-zero", "VOTE-22", "numbers begin at 1", |b| {
            b.sequence = Sequence::new(0)
        }),
        signed_again("ballot-contest-missing", "VOTE-1", "not the electorate's contests", |b| {
            drop(b.contests.pop())
        }),
        signed_again("ballot-option-missing", "VOTE-1", "a ciphertext too few", |b| {
            b.contests[0].ciphertexts.pop();
        }),
        case(
            "ballot-expanded-commitments-swapped",
            "VOTE-23",
            "commitments of the expanded form are not those of the proof",
            expanded.to_canonical(),
        ),
    ]
}

fn openings() -> Vec<Case> {
    let citizen = Citizen::register(1, CITIZENS);
    let case = |name, reason, spoiled: SpoiledBallot| Case {
        name,
        kind: Kind::Opening,
        rule: "VOTE-54",
        reason,
        inputs: bytes(&[spoiled]),
    };
    let sign = |opening| SpoiledBallot::sign(opening, citizen.token.clone(), &citizen.signing_key());
    let mut choice = citizen.opening(1);
    choice.choices[0] = ContestChoice::Choose(vec![1, 4]);
    let mut seed = citizen.opening(1);
    seed.seed[0] ^= 1;
    let mut forbidden = citizen.opening(1);
    forbidden.choices[0] = ContestChoice::Choose(vec![0, 1, 2]);
    let mut number = sign(citizen.opening(1));
    number.opening.sequence = Sequence::new(2);
    let stranger = Citizen::register(2, CITIZENS).signing_key();
    let mut other = citizen.opening(1);
    other.electorate = COMMITTEE;
    vec![
        case("opening-of-another-choice", "another ballot comes out than was shown", sign(choice)),
        case("opening-with-another-seed", "another ballot comes out than was shown", sign(seed)),
        case("opening-of-a-forbidden-choice", "the rule does not allow the choice", sign(forbidden)),
        case("opening-changed-after-signing", "the voting key has not signed this", number),
        case(
            "opening-signed-by-another-key",
            "the voting key has not signed this",
            SpoiledBallot::sign(citizen.opening(1), citizen.token.clone(), &stranger),
        ),
        case("opening-in-another-electorate", "another ballot comes out than was shown", sign(other)),
    ]
}
