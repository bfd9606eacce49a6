//! Tokens: the ballot is in order, what entitles to it is not.

use super::super::{Case, Kind};
use super::bytes;
use crate::support::city::Citizen;
use crate::support::manifest::*;
use crate::support::seeded::Seeded;
use citizen_primitives::PollId;
use citizen_voting::CastBallot;
use citizen_voting::blind::{BlindSigningKey, BlindedOutcome, RsaSignature};
use citizen_voting::token::{Token, token_message};

/// A signature made with a key that need not be the manifest's, over a message that need not be a token's.
fn signature(key: &BlindSigningKey, message: &[u8]) -> BlindedOutcome {
    let (verifier, blinding) = (key.public().unwrap().verifier().unwrap(), secret(0x55, 0));
    let request = verifier.blind(&blinding, message).unwrap();
    let answer = key.sign(&mut Seeded::new("vector"), &request).unwrap();
    verifier.finalize(&blinding, message, &answer).unwrap()
}

pub(super) fn cases() -> Vec<Case> {
    let citizen = Citizen::register(1, CITIZENS);
    let case = |name, rule, reason, change: &dyn Fn(&mut Token)| {
        let mut token = citizen.token.clone();
        change(&mut token);
        let cast = CastBallot { ballot: citizen.ballot(1).compact(), token };
        Case { name, kind: Kind::Token, rule, reason, inputs: bytes(&[cast]) }
    };
    let of = |person| Citizen::register(person, CITIZENS).token;
    let message = token_message(POLL.id(), CITIZENS, &citizen.voting_key());
    let other_poll = token_message(PollId::from_bytes([1; 32]), CITIZENS, &citizen.voting_key());
    let intruder = Citizen { electorate: COMMITTEE, ..Citizen::register(1, CITIZENS) };
    let intrusion = CastBallot { ballot: intruder.ballot(1).compact(), token: of(1) };
    vec![
        Case {
            name: "token-of-a-citizen-in-the-committee",
            kind: Kind::Token,
            rule: "VOTE-49",
            reason: "a citizen's token in the committee's electorate",
            inputs: bytes(&[intrusion]),
        },
        case("token-without-one-registrar", "VOTE-40", "2 signatures of 3 registrars", &|token| {
            token.signatures.pop();
        }),
        case(
            "token-with-one-registrar-twice",
            "VOTE-13",
            "a registrar's signature in another's place",
            &|token| {
                token.signatures[2] = token.signatures[1];
            },
        ),
        case("token-in-another-order", "VOTE-49", "signatures stand in the manifest's order", &|token| {
            token.signatures.swap(0, 2);
        }),
        case(
            "token-pooled-by-three-citizens",
            "VOTE-40",
            "each gave another registrar's signature",
            &|token| {
                token.signatures[1] = of(2).signatures[1];
                token.signatures[2] = of(3).signatures[2];
            },
        ),
        case("token-of-another-citizen", "VOTE-49", "signatures over another voting key", &|token| {
            *token = of(2)
        }),
        case(
            "token-signed-with-a-key-for-one-citizen",
            "VOTE-14",
            "a key that is not the manifest's",
            &|token| {
                token.signatures[0] = signature(strange_key(), &message);
            },
        ),
        case("token-of-another-poll", "VOTE-49", "a signature over another poll", &|token| {
            token.signatures[0] = signature(blind_key(0, CITIZENS), &other_poll);
        }),
        case(
            "token-with-another-randomizer",
            "VOTE-49",
            "the randomizer is part of what is signed",
            &|token| {
                token.signatures[0].randomizer[0] ^= 1;
            },
        ),
        case(
            "token-signature-above-the-modulus",
            "VOTE-49",
            "a signature that is not below the modulus",
            &|token| {
                token.signatures[0].signature = RsaSignature::from_bytes([0xff; 384]);
            },
        ),
        case("token-with-one-signature-more", "VOTE-40", "4 signatures of 3 registrars", &|token| {
            token.signatures.push(token.signatures[0]);
        }),
    ]
}
