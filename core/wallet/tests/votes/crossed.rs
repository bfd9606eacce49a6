//! Calls about a poll that cross: no number is given to two ballots, and no answer is written over by another.

use crate::phone::{Voter, choices, vote};
use crate::poll::{Mood, OPENS, go_to, ordinary};
use crate::support::lanes::{Lanes, Order, TO_ITS_END};
use crate::support::phone::{PIN, Same};
use citizen_wallet::{PollId, Wallet, WalletConfig, WalletError};
use std::sync::Arc;

/// The turns after which a call is stopped while the other one runs.
const STOPS: usize = 24;

fn in_lanes(mut config: WalletConfig) -> (WalletConfig, Arc<Lanes>) {
    let lanes = Lanes::new(Arc::clone(&config.transport));
    config.transport = Arc::<Lanes>::clone(&lanes);
    config.connections = Arc::new(Same(Arc::<Lanes>::clone(&lanes)));
    (config, lanes)
}

/// The number that a ballot got.
async fn numbered(wallet: &Wallet, id: &PollId) -> Result<u32, WalletError> {
    Ok(*wallet.review_ballot(id, &choices()).await?.view().sequence())
}

#[tokio::test]
async fn wallet_33_a_registrars_late_answer_takes_no_ballots_number_back() {
    for turns in 0..STOPS {
        let (gateway, polls) = ordinary();
        let voter = Voter::new(&gateway, &polls, 1);
        let id = voter.id();
        let (wallet, _) = voter.on_the_roll(1).await;
        polls.lock().unwrap().registrars = [Mood::Honest, Mood::Honest, Mood::Silent];
        wallet.register_for_poll(&id, None).await.unwrap();
        drop(wallet);
        polls.lock().unwrap().registrars = [Mood::Honest; 3];
        go_to(&gateway, OPENS);
        let (config, lanes) = in_lanes(voter.config());
        let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
        let order = Order { first: 0, turns, others_turns: TO_ITS_END };
        let at_once = async {
            wallet.register_for_poll(&id, None).await?;
            numbered(&wallet, &id).await
        };
        let (synced, first) = lanes.cross(order, wallet.sync(), at_once).await;
        synced.unwrap();
        let (first, second) = (first.unwrap(), numbered(&wallet, &id).await.unwrap());
        assert_ne!(first, second, "{order:?}: one number, two ballots");
        assert!(*wallet.poll_registration(&id).unwrap().complete(), "{order:?}");
        assert!(vote(&wallet, &id).await.unwrap().is_placed(), "{order:?}");
    }
}

#[tokio::test]
async fn wallet_33_a_reward_that_is_signed_meanwhile_takes_no_ballots_number_back() {
    for turns in 0..STOPS {
        let (gateway, polls) = ordinary();
        let voter = Voter::new(&gateway, &polls, 1);
        let id = voter.id();
        let (wallet, _) = voter.on_the_roll(1).await;
        wallet.register_for_poll(&id, None).await.unwrap();
        go_to(&gateway, OPENS);
        vote(&wallet, &id).await.unwrap();
        drop(wallet);
        let (config, lanes) = in_lanes(voter.config());
        let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
        let order = Order { first: 0, turns, others_turns: TO_ITS_END };
        let (reward, first) = lanes.cross(order, wallet.reward(&id), numbered(&wallet, &id)).await;
        assert_eq!(*reward.unwrap().state(), "signed", "{order:?}");
        let (first, second) = (first.unwrap(), numbered(&wallet, &id).await.unwrap());
        assert_ne!(first, second, "{order:?}: one number, two ballots");
        assert_eq!(*wallet.reward(&id).await.unwrap().state(), "signed", "{order:?}: kept");
    }
}

#[tokio::test]
async fn wallet_33_two_reviews_at_once_on_a_restored_phone_are_two_numbers() {
    for turns in (0..STOPS).step_by(3) {
        let (gateway, polls) = ordinary();
        let old = Voter::new(&gateway, &polls, 1);
        let id = old.id();
        let (lost, code) = old.on_the_roll(1).await;
        lost.register_for_poll(&id, None).await.unwrap();
        let backup = lost.backup(&code).unwrap();
        go_to(&gateway, OPENS);
        let new = Voter::new(&gateway, &polls, 2);
        let (config, lanes) = in_lanes(new.config());
        let (wallet, _) = Wallet::restore(config, &backup, &code, PIN).await.unwrap();
        wallet.register_for_poll(&id, None).await.unwrap();
        let order = Order { first: 0, turns, others_turns: TO_ITS_END };
        let (first, second) = lanes.cross(order, numbered(&wallet, &id), numbered(&wallet, &id)).await;
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_ne!(first, second, "{order:?}: one number, two ballots");
        assert!(numbered(&wallet, &id).await.unwrap() > first.max(second), "{order:?}");
    }
}
