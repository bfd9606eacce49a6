//! What no wallet and no trustee does, and what would verify: one `r` for all cells of a contest, one for two citizens' ballots; two
//! signatures over the same words.
//!
//! Written from SPEC.md alone, with nothing of the crate but its forms.

use citizen_keys::{Signature, Signed, SigningKey};
use citizen_primitives::{Canonical as _, Hash, Label};
use citizen_voting::ballot::{Ciphertext, Commitment, ContestProof, EncryptedContest};
use citizen_voting::ceremony::Message;
use citizen_voting::group::{Element, Scalar};
use citizen_voting::{BallotStyle, ContestRule, Sequence, SignedBallot, VotingKey};
use curve25519_dalek::{EdwardsPoint, Scalar as Number};
use sha2::{Digest as _, Sha512};

fn number(bytes: &[u8]) -> Number {
    Number::from_bytes_mod_order(*Hash::plain(&[bytes]).as_bytes())
}

fn scalar(number: Number) -> Scalar {
    Scalar::from_canonical(number.to_bytes()).unwrap()
}

/// What is signed by `key` with the contest at `place`, a score, proved again with one `r` for all of it.
pub(crate) fn with_one_randomness(
    style: &BallotStyle,
    ballot: &SignedBallot,
    place: usize,
    key: &SigningKey,
) -> SignedBallot {
    let mut ballot = ballot.ballot.clone();
    ballot.contests[place] = contest(style, place, (&ballot.voting_key, ballot.sequence), |_| number(b"r"));
    SignedBallot::sign(ballot, key)
}

/// The same with another `r` for each cell, and the same ones in every ballot: what citizens can agree on.
pub(crate) fn with_an_agreed_randomness(
    style: &BallotStyle,
    ballot: &SignedBallot,
    place: usize,
    key: &SigningKey,
) -> SignedBallot {
    let mut ballot = ballot.ballot.clone();
    let agreed = |option| number(&[b'r', option]);
    ballot.contests[place] = contest(style, place, (&ballot.voting_key, ballot.sequence), agreed);
    SignedBallot::sign(ballot, key)
}

/// Everything gets the score 1.
fn contest(
    style: &BallotStyle,
    place: usize,
    (key, sequence): (&VotingKey, Sequence),
    r: impl Fn(u8) -> Number,
) -> EncryptedContest {
    let (contest, rule) = &style.contests()[place];
    let ContestRule::Score { options, highest } = rule else { panic!("not a score") };
    let pair = |s: Number, t: Number| {
        let b = style.key().element().times(&scalar(s)).plus(&Element::of(&scalar(t)));
        (Element::of(&scalar(s)).encode(), b.encode())
    };
    let ciphertexts: Vec<_> =
        (0..*options).map(|option| pair(r(option), Number::ONE)).map(|(a, b)| Ciphertext { a, b }).collect();
    let drawn: Vec<(u8, Number, Number)> = (0..*options)
        .flat_map(|option| (0..=*highest).map(move |k| (option, k)))
        .map(|(option, k)| (k, number(&[1, option, k]), number(&[2, option, k])))
        .collect();
    let commitments: Vec<_> = drawn
        .iter()
        .map(|(k, nonce, c)| pair(*nonce, c * (Number::from(*k) - Number::ONE)))
        .map(|(a, b)| Commitment { a, b })
        .collect();
    let pairs =
        |pairs: Vec<[&[u8; 32]; 2]>| pairs.concat().iter().flat_map(|half| **half).collect::<Vec<u8>>();
    let fields = [
        b"ristretto255-SHA512".to_vec(),
        style.poll().as_bytes().to_vec(),
        vec![style.electorate().number()],
        vec![contest.number()],
        rule.to_canonical(),
        style.key().encoded().as_bytes().to_vec(),
        key.as_bytes().to_vec(),
        sequence.number().to_le_bytes().to_vec(),
        pairs(ciphertexts.iter().map(|pair| [pair.a.as_bytes(), pair.b.as_bytes()]).collect()),
        pairs(commitments.iter().map(|pair| [pair.a.as_bytes(), pair.b.as_bytes()]).collect()),
    ];
    let hash = fields.iter().fold(Sha512::new_with_prefix(Label::BallotProof.prefix()), |hash, field| {
        hash.chain_update(u64::try_from(field.len()).unwrap().to_le_bytes()).chain_update(field)
    });
    let challenge = Number::from_bytes_mod_order_wide(&hash.finalize().into());
    let (mut challenges, mut responses) = (Vec::new(), Vec::new());
    for (option, branches) in (0..*options).zip(drawn.chunks(usize::from(*highest) + 1)) {
        let missing = challenge - branches.iter().map(|(_, _, c)| c).sum::<Number>();
        for (k, nonce, c) in branches {
            let c = if *k == 1 { c + missing } else { *c };
            if k < highest {
                challenges.push(scalar(c));
            }
            responses.push(scalar(nonce + c * r(option)));
        }
    }
    let proof =
        ContestProof { challenge: scalar(challenge), challenges, responses, commitments: Some(commitments) };
    EncryptedContest { ciphertexts, proof }
}

/// The same words of a trustee with another signature of hers, which holds as well: any nonce will do (RFC 8032).
pub(crate) fn signed_with_another_nonce(said: &Message, key: &SigningKey) -> Message {
    let Message::Commitment(signed) = said else { panic!("not a commitment") };
    let document = signed.dangerous_unverified().unwrap().to_canonical();
    let words = Label::CeremonyCommitment.message(&document);
    let mut secret: [u8; 32] = Sha512::digest(*key.dangerous_seed())[..32].try_into().unwrap();
    (secret[0], secret[31]) = (secret[0] & 0xf8, secret[31] & 0x7f | 0x40);
    let (secret, nonce) = (Number::from_bytes_mod_order(secret), number(b"another nonce"));
    let point = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
    let hash = Sha512::new().chain_update(point).chain_update(key.public().as_bytes()).chain_update(words);
    let response = nonce + Number::from_bytes_mod_order_wide(&hash.finalize().into()) * secret;
    let signature = [point, response.to_bytes()].concat().try_into().unwrap();
    Message::Commitment(Signed::from_parts(document, key.id(), Signature::Ed25519(signature)))
}
