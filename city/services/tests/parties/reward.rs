//! The participation reward: signed for a ballot on the board, redeemed later, once, by somebody who took part; nobody can say for
//! which ballot.

use crate::phone::Phone;
use crate::poll::{CASTING, DRAFT, SLOT, SLOTS, Voter, casting, hand_over, poll, slot, step, until};
use crate::polling::manifest::{CITIZENS, treasury_key};
use crate::treasury::refusal;
use crate::world::{World, role};
use citizen_client::api::{Bytes, ClaimResponse, RewardSigningRequest};
use citizen_keys::Signed;
use citizen_ledger::Role;
use citizen_payment::request::RequestContent;
use citizen_payment::word::{ClaimAnswer, ClaimOutcome, ClaimRefusal};
use citizen_primitives::Points;
use citizen_voting::blind::{BlindSignature, BlindSigningKey};
use citizen_voting::reward::{RewardRequest, RewardToken};
use city_services::{Reason, ServiceError};

fn own_key() -> BlindSigningKey {
    BlindSigningKey::from_pkcs8(&treasury_key().dangerous_pkcs8().unwrap()).unwrap()
}

fn request(voter: &Voter) -> Signed<RewardRequest> {
    voter.secret.reward_request(poll(), CITIZENS).unwrap()
}

async fn ask(world: &World, request: &Signed<RewardRequest>) -> Result<BlindSignature, ServiceError> {
    let request = RewardSigningRequest { request: Bytes::of(request) };
    world.treasury().reward(request).await.map(|answer| answer.signature.read().unwrap())
}

async fn redeem(world: &World, phone: &mut Phone, token: &RewardToken) -> Result<ClaimAnswer, ServiceError> {
    let content = RequestContent::Reward { poll: poll().id(), token: Box::new(*token) };
    let request = phone.request(world, Role::Treasury, content);
    let ClaimResponse { answer } = world.treasury().redeem_reward(request).await?;
    let signed: Signed<ClaimAnswer> = answer.read().unwrap();
    Ok(signed.verify(&role(Role::Treasury).key).unwrap())
}

/// So many voters whose ballots stand on the board.
async fn cast(world: &World, number: u8) -> Vec<Voter> {
    let voters: Vec<Voter> = (0..number).map(Voter::new).collect();
    for voter in &voters {
        hand_over(world, usize::from(voter.person % 2), &voter.cast(1)).await.unwrap();
    }
    slot(world, 1);
    step(world, 5).await;
    voters
}

#[tokio::test]
async fn treasury_6_it_signs_once_for_a_voting_key_whose_ballot_stands_on_the_board() {
    let world = casting();
    world.treasury().bring_reward_key(DRAFT, own_key()).unwrap();
    let idle = Voter::new(9);
    let voter = cast(&world, 1).await.remove(0);
    let answer = ask(&world, &request(&voter)).await.unwrap();
    assert_eq!(ask(&world, &request(&voter)).await.unwrap(), answer);
    voter.secret.reward_token(poll(), &answer).unwrap().verify(poll()).unwrap();
    assert_eq!(ask(&world, &request(&idle)).await.unwrap_err(), Reason::NotOnBoard.into());
    // Another element for the same key, and one that another key has signed.
    let named = request(&voter).dangerous_unverified().unwrap();
    let another = RewardRequest { blinded: request(&idle).dangerous_unverified().unwrap().blinded, ..named };
    let signed = Signed::sign(&another, &voter.signing_key());
    assert_eq!(ask(&world, &signed).await.unwrap_err(), Reason::AnotherReward.into());
    let forged = Signed::sign(&named, &idle.signing_key());
    assert_eq!(ask(&world, &forged).await.unwrap_err(), Reason::Signature.into());
}

#[tokio::test]
async fn treasury_7_a_reward_is_redeemed_once_after_the_poll_and_not_among_fewer_than_fifty() {
    let world = casting();
    world.treasury().bring_reward_key(DRAFT, own_key()).unwrap();
    let voters = cast(&world, 50).await;
    let mut tokens = Vec::new();
    for voter in &voters[..49] {
        let answer = ask(&world, &request(voter)).await.unwrap();
        tokens.push(voter.secret.reward_token(poll(), &answer).unwrap());
    }
    let (mut phone, mut other) = (Phone::open(&world, 1), Phone::open(&world, 2));
    let early = redeem(&world, &mut phone, &tokens[0]).await;
    assert_eq!(early.unwrap_err(), Reason::RewardsClosed.into());
    until(&world, CASTING + SLOTS * SLOT + 10);
    let few = redeem(&world, &mut phone, &tokens[0]).await;
    assert_eq!(few.unwrap_err(), Reason::TooFewRewards.into());
    let answer = ask(&world, &request(&voters[49])).await.unwrap();
    tokens.push(voters[49].secret.reward_token(poll(), &answer).unwrap());
    let mut forged = tokens[0];
    forged.nonce[0] ^= 1;
    assert_eq!(redeem(&world, &mut phone, &forged).await.unwrap_err(), Reason::RewardToken.into());
    let granted = redeem(&world, &mut phone, &tokens[0]).await.unwrap();
    let ClaimOutcome::Granted { points, .. } = granted.outcome else { panic!("{granted:?}") };
    assert_eq!(points, Points::new(1_000).unwrap());
    assert_eq!(granted.programme.as_str(), "participation", "and not which poll");
    step(&world, 5).await;
    assert_eq!(world.spendable(&phone.account), 1_000);
    // Again, by her and by somebody else.
    assert_eq!(redeem(&world, &mut phone, &tokens[0]).await.unwrap(), granted);
    assert_eq!(redeem(&world, &mut other, &tokens[0]).await.unwrap_err(), Reason::RewardUsed.into());
    // Within the programme's yearly cap for one person; a token that is refused is not spent.
    for token in &tokens[1..20] {
        redeem(&world, &mut phone, token).await.unwrap();
        step(&world, 3).await;
    }
    assert_eq!(world.spendable(&phone.account), 20_000);
    let beyond = redeem(&world, &mut phone, &tokens[20]).await.unwrap();
    assert_eq!(refusal(&beyond), ClaimRefusal::CapReached);
    assert!(matches!(
        redeem(&world, &mut other, &tokens[20]).await.unwrap().outcome,
        ClaimOutcome::Granted { .. }
    ));
}

#[tokio::test]
async fn treasury_6_without_the_key_of_the_manifest_nothing_is_signed() {
    let world = casting();
    let voter = cast(&world, 1).await.remove(0);
    assert_eq!(ask(&world, &request(&voter)).await.unwrap_err(), Reason::NoPoll.into());
    // A poll that nobody has announced.
    let named = request(&voter).dangerous_unverified().unwrap();
    let elsewhere = RewardRequest { poll: citizen_primitives::PollId::from_bytes([9; 32]), ..named };
    let signed = Signed::sign(&elsewhere, &voter.signing_key());
    assert_eq!(ask(&world, &signed).await.unwrap_err(), Reason::NoPoll.into());
}
