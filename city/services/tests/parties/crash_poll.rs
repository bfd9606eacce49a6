//! Registrar, relay and treasury die at every place of a poll, before and after they have acted. Whatever happens, the citizen has one
//! signature, one row, one ballot that counts, one reward.

use crate::phone::Phone;
use crate::poll::{
    ASK, CASTING, DRAFT, SLOT, SLOTS, Voter, ask, ballots, hand_over, leaf, ledger, poll, registering,
    registration, relay_client, roll, slot, step, until,
};
use crate::polling::manifest::{BLIND_KEYS, CITIZENS, treasury_key};
use crate::polling::seeded::Seeded;
use crate::registrar::{issued, rows};
use crate::world::World;
use citizen_client::RegistrarAnswer;
use citizen_client::api::{Bytes, RewardSigningRequest};
use citizen_keys::SealingKey;
use citizen_ledger::Role;
use citizen_payment::request::RequestContent;
use citizen_primitives::Place;
use citizen_voting::blind::BlindSigningKey;
use city_services::{PLACES, POLL_PLACES};
use std::collections::BTreeSet;

/// Tries again what a death has interrupted: whoever asks gets the same answer the second time.
macro_rules! again {
    ($world:expr, $act:expr) => {{
        let mut tries = 0;
        loop {
            $world.revive();
            match $act {
                Err(_) if tries < 5 => tries += 1,
                outcome => break outcome.unwrap(),
            }
        }
    }};
}

/// A citizen's poll with a knife at one place; nobody has fewer than fifty to hide among.
async fn a_poll_with_a_cut(place: Place, before: bool, crowd: u8) -> World {
    let world = registering();
    world.wires.knife.arm(place, before);
    again!(world, world.registrar().load_roll(&roll()));
    again!(world, world.registrar().bring_keys(DRAFT, &BLIND_KEYS[..1]));
    let reward_key = || BlindSigningKey::from_pkcs8(&treasury_key().dangerous_pkcs8().unwrap()).unwrap();
    again!(world, world.treasury().bring_reward_key(DRAFT, reward_key()));
    let voters: Vec<Voter> = (0..crowd).map(Voter::new).collect();
    let mut phone = Phone::open(&world, 1);
    let signature = register(&world, &mut phone, &voters[0], place).await;
    let outcome = voters[0].secret.finish(poll(), CITIZENS, 0, &signature).unwrap();
    assert_eq!(outcome, voters[0].token.signatures[0], "{place}");
    assert_eq!(rows(&world).len(), 1, "{place}: one row");

    slot(&world, 0);
    for voter in &voters {
        again!(world, hand_over(&world, 0, &voter.cast(1)).await);
    }
    again!(world, hand_over(&world, 0, &voters[0].cast(2)).await);
    slot(&world, 1);
    step(&world, 8).await;
    assert_eq!(ballots(&world).len(), voters.len() + 1, "{place}: each once");
    let own = leaf(&voters[0].cast(2));
    let receipt = relay_client(&world, 0).receipt(ASK, &ledger(&world), poll(), &own).await.unwrap();
    assert_eq!(receipt.unwrap().receipt.leaf, own, "{place}");

    let mut tokens = Vec::new();
    for voter in &voters {
        let request = voter.secret.reward_request(poll(), CITIZENS).unwrap();
        let request = RewardSigningRequest { request: Bytes::of(&request) };
        let answer = again!(world, world.treasury().reward(request.clone()).await);
        tokens.push(voter.secret.reward_token(poll(), &answer.signature.read().unwrap()).unwrap());
    }
    until(&world, CASTING + SLOTS * SLOT + 10);
    if crowd >= 50 {
        let content = RequestContent::Reward { poll: poll().id(), token: Box::new(tokens[0]) };
        again!(world, {
            let request = phone.request(&world, Role::Treasury, content.clone());
            world.treasury().redeem_reward(request).await
        });
        step(&world, 6).await;
        assert_eq!(world.spendable(&phone.account), 1_000, "{place}: one reward");
    }
    step(&world, 3).await;
    world
}

async fn register(
    world: &World,
    phone: &mut Phone,
    voter: &Voter,
    place: Place,
) -> citizen_voting::blind::BlindSignature {
    let reply = SealingKey::generate(&mut Seeded::new("reply"));
    for _ in 0..12 {
        world.revive();
        let request = registration(world, phone, voter, 0, &reply);
        match ask(world, &request, &reply).await {
            Ok(RegistrarAnswer::Pending) | Err(_) => step(world, 1).await,
            Ok(answer) => return issued(answer).signature,
        }
    }
    panic!("{place}: no signature");
}

/// Places that this poll does not come by: each has its own test, in `registrar.rs`.
const ELSEWHERE: [&str; 3] = ["registrar/keys", "registrar/renewed", "registrar/lapsed"];

#[tokio::test]
async fn registrar_4_and_relay_2_a_party_that_dies_anywhere_goes_on_and_a_citizen_has_one_of_everything() {
    let mut missed = BTreeSet::new();
    // Those of trustees and the office: `election/`.
    let elsewhere =
        |place: &Place| place.name().starts_with("trustee/") || place.name().starts_with("office/");
    for place in POLL_PLACES.iter().filter(|place| !elsewhere(place)) {
        // Fifty ballots take their time: only where a reward is redeemed.
        let crowd = if place.name() == "treasury/redeem" { 50 } else { 3 };
        for before in [true, false] {
            let world = a_poll_with_a_cut(*place, before, crowd).await;
            if !world.wires.knife.has_cut() {
                missed.insert(place.name());
            }
        }
    }
    assert_eq!(missed, ELSEWHERE.into());
}

#[tokio::test]
async fn every_place_of_a_poll_that_was_visited_is_registered() {
    let world = a_poll_with_a_cut(Place::new("nowhere/never"), true, 3).await;
    let visited = world.wires.knife.visited.lock().unwrap();
    let all = [PLACES, POLL_PLACES].concat();
    let unknown: Vec<_> = visited.iter().filter(|place| !all.contains(place) && **place != ASK).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
