//! A token holds for one voting key of one electorate of one poll, and nobody learns whose it is.

use super::support::city::{Citizen, poll_secret};
use super::support::manifest::*;
use super::support::seeded::Seeded;
use citizen_primitives::{Canonical as _, Text};
use citizen_voting::VotingKey;
use citizen_voting::blind::{BlindError, RsaSignature};
use citizen_voting::manifest::Poll;
use citizen_voting::token::{Token, TokenError, TokenVerifier, token_message};

#[test]
fn vote_49_a_token_holds_for_its_poll_its_electorate_and_its_voting_key_alone() {
    let citizen = Citizen::register(1, CITIZENS);
    let verifier = TokenVerifier::new(&POLL).unwrap();
    let key = citizen.voting_key();
    assert_eq!(verifier.verify(CITIZENS, &key, &citizen.token), Ok(()));
    let first = Err(TokenError::Signature { registrar: 0 });
    // A citizen's token in the committee's electorate.
    assert_eq!(verifier.verify(COMMITTEE, &key, &citizen.token), first);
    assert_eq!(
        verifier.verify(CITIZENS, &Citizen::register(2, CITIZENS).voting_key(), &citizen.token),
        first
    );
    assert_eq!(
        verifier.verify(citizen_voting::ElectorateIndex::new(2), &key, &citizen.token),
        Err(TokenError::Electorate)
    );
    let mut other = manifest();
    other.title.en = Text::new("Another poll with the same keys").unwrap();
    let other = TokenVerifier::new(&Poll::new(other).unwrap()).unwrap();
    assert_eq!(other.verify(CITIZENS, &key, &citizen.token), first);
}

/// VOTE-13: every registrar but one can sign what it likes: without the last it is no token.
#[test]
fn vote_13_and_40_all_registrars_but_one_make_no_token() {
    let citizen = Citizen::register(1, CITIZENS);
    let verifier = TokenVerifier::new(&POLL).unwrap();
    let check = |token: &Token| verifier.verify(CITIZENS, &citizen.voting_key(), token);
    let mut missing = citizen.token.clone();
    missing.signatures.pop();
    assert_eq!(check(&missing), Err(TokenError::Number { found: 2, registrars: 3 }));
    let mut twice = citizen.token.clone();
    twice.signatures[2] = twice.signatures[1];
    assert_eq!(check(&twice), Err(TokenError::Signature { registrar: 2 }));
    let mut swapped = citizen.token.clone();
    swapped.signatures.swap(0, 1);
    assert_eq!(check(&swapped), Err(TokenError::Signature { registrar: 0 }));
    let mut more = citizen.token.clone();
    more.signatures.push(more.signatures[0]);
    assert_eq!(check(&more), Err(TokenError::Number { found: 4, registrars: 3 }));
}

/// VOTE-40: three citizens of whom each skips another registrar have nine signatures between them, and no fourth token.
#[test]
fn vote_40_pooled_signatures_make_no_more_tokens_than_citizens() {
    let citizens: Vec<_> = (1..=3).map(|person| Citizen::register(person, CITIZENS)).collect();
    let verifier = TokenVerifier::new(&POLL).unwrap();
    let fourth = Citizen::register(4, CITIZENS).voting_key();
    let pooled = Token { signatures: (0..3).map(|at| citizens[at].token.signatures[at]).collect() };
    for key in citizens.iter().map(Citizen::voting_key).chain([fourth]) {
        assert!(verifier.verify(CITIZENS, &key, &pooled).is_err());
    }
}

#[test]
fn vote_14_a_registrar_that_signs_with_a_key_of_its_own_for_one_citizen_is_found_out_by_her() {
    let secret = poll_secret(1);
    let request = secret.request(&POLL, CITIZENS, 0).unwrap();
    // Any key below whose modulus the request happens to lie.
    let tagging = strange_key().sign(&mut Seeded::new("tagging"), &request);
    let other = blind_key(1, CITIZENS).sign(&mut Seeded::new("tagging"), &request);
    let answers: Vec<_> = [tagging, other].into_iter().flatten().collect();
    assert!(!answers.is_empty());
    for answer in answers {
        assert_eq!(secret.finish(&POLL, CITIZENS, 0, &answer), Err(BlindError::Signature));
    }
}

#[test]
fn vote_50_a_phone_restored_from_its_backup_asks_again_with_the_same_bytes() {
    let before = poll_secret(7).request(&POLL, CITIZENS, 1).unwrap();
    let restored = poll_secret(7).request(&POLL, CITIZENS, 1).unwrap();
    assert_eq!(before, restored);
    let sign = |name| blind_key(1, CITIZENS).sign(&mut Seeded::new(name), &restored).unwrap();
    assert_eq!(sign("before"), sign("after"), "a registrar's own randomness does not show in the answer");
    let keys = [poll_secret(7), poll_secret(7)].map(|secret| secret.voting_key(CITIZENS).public());
    assert_eq!(keys[0], keys[1]);
}

#[test]
fn vote_15_what_registrars_see_is_different_for_each_of_them_and_says_nothing_of_the_voting_key() {
    let secret = poll_secret(7);
    let of_one = secret.request(&POLL, CITIZENS, 0).unwrap();
    let of_other = secret.request(&POLL, CITIZENS, 1).unwrap();
    assert_ne!(of_one, of_other);
    let key = citizen_voting::token::voting_key(&secret.voting_key(CITIZENS)).unwrap();
    let contains = |bytes: &[u8]| bytes.windows(32).any(|window| window == key.as_bytes());
    assert!(!contains(of_one.as_bytes()) && contains(&token_message(POLL.id(), CITIZENS, &key)));
    assert_ne!(secret.voting_key(CITIZENS).public(), secret.voting_key(COMMITTEE).public());
    assert_ne!(secret.voting_key(CITIZENS).public(), poll_secret(8).voting_key(CITIZENS).public());
}

#[test]
fn a_signature_has_one_form() {
    let citizen = Citizen::register(1, CITIZENS);
    let verifier = TokenVerifier::new(&POLL).unwrap();
    for change in [0usize, 100, 383] {
        let mut token = citizen.token.clone();
        let mut bytes = *token.signatures[1].signature.as_bytes();
        bytes[change] ^= 1;
        token.signatures[1].signature = RsaSignature::from_bytes(bytes);
        let refused = verifier.verify(CITIZENS, &citizen.voting_key(), &token);
        assert_eq!(refused, Err(TokenError::Signature { registrar: 1 }));
    }
    let mut token = citizen.token.clone();
    let modulus = POLL.registrars()[0].keys[0];
    token.signatures[0].signature = RsaSignature::from_bytes(*modulus.as_bytes());
    assert!(verifier.verify(CITIZENS, &citizen.voting_key(), &token).is_err());
    // A signature plus the modulus is the same number to RSA, and refused all the same.
    token.signatures[0].signature = RsaSignature::from_bytes([0xff; 384]);
    assert!(verifier.verify(CITIZENS, &citizen.voting_key(), &token).is_err());
}

#[test]
fn a_voting_key_of_small_order_has_no_token() {
    let citizen = Citizen::register(1, CITIZENS);
    let verifier = TokenVerifier::new(&POLL).unwrap();
    let mut identity = [0; 32];
    identity[0] = 1;
    let refused = verifier.verify(CITIZENS, &VotingKey::from_bytes(identity), &citizen.token);
    assert_eq!(refused, Err(TokenError::VotingKey));
}

#[test]
fn vote_12_bytes_that_are_no_token_are_an_error() {
    let bytes = Citizen::register(1, CITIZENS).token.to_canonical();
    for length in 0..bytes.len() {
        assert!(Token::from_canonical(&bytes[..length]).is_err());
    }
}

#[test]
fn a_reward_is_signed_without_a_link_to_the_ballot() {
    let secret = poll_secret(7);
    let request = secret.reward_request(&POLL, CITIZENS).unwrap();
    assert_eq!(request, secret.reward_request(&POLL, CITIZENS).unwrap(), "asked again, it is the same");
    let asked = request.verify(&secret.voting_key(CITIZENS).public()).unwrap();
    let answer = treasury_key().sign(&mut Seeded::new("treasury"), &asked.blinded).unwrap();
    let token = secret.reward_token(&POLL, CITIZENS, &answer).unwrap();
    assert_eq!(token.verify(&POLL), Ok(()));
    let mut other = token;
    other.nonce[0] ^= 1;
    assert_eq!(other.verify(&POLL), Err(BlindError::Signature));
    let key = asked.voting_key.as_bytes();
    assert!(!token.to_canonical().windows(32).any(|window| window == key));
    // The answer for one electorate is worth nothing in the other.
    assert_eq!(secret.reward_token(&POLL, COMMITTEE, &answer), Err(BlindError::Signature));
}

/// VOTE-15: who votes in two electorates asks twice, and nothing says that it is she.
#[test]
fn vote_15_the_rewards_of_one_citizens_two_electorates_have_nothing_in_common() {
    let secret = poll_secret(7);
    let of = |electorate| {
        let request = secret.reward_request(&POLL, electorate).unwrap();
        let asked = request.verify(&secret.voting_key(electorate).public()).unwrap();
        let answer = treasury_key().sign(&mut Seeded::new("treasury"), &asked.blinded).unwrap();
        (asked, secret.reward_token(&POLL, electorate, &answer).unwrap())
    };
    let ((citizen, first), (member, second)) = (of(CITIZENS), of(COMMITTEE));
    assert_ne!(citizen.voting_key, member.voting_key);
    assert_ne!(citizen.blinded, member.blinded);
    assert_ne!(first.nonce, second.nonce);
    assert_ne!(first.signature.randomizer, second.signature.randomizer);
    assert_eq!((first.verify(&POLL), second.verify(&POLL)), (Ok(()), Ok(())));
}
