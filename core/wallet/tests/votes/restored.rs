//! A phone that is lost after registration, and what its backup makes of another one.

use crate::phone::{Voter, choices, vote};
use crate::poll::{OPENS, SLOT, go_to, once, ordinary};
use crate::support::phone::PIN;
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::{Wallet, WalletError};

#[tokio::test]
async fn ballot_12_a_phone_lost_after_registration_is_restored_and_votes_once() {
    let (gateway, polls) = ordinary();
    let old = Voter::new(&gateway, &polls, 1);
    let id = old.id();
    let (wallet, code) = old.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    let backup = wallet.backup(&code).unwrap();
    drop(wallet);
    go_to(&gateway, OPENS);
    let new = Voter::new(&gateway, &polls, 2);
    let (wallet, _) = Wallet::restore(new.config(), &backup, &code, PIN).await.unwrap();
    assert_eq!(*wallet.poll(&id).await.unwrap().standing(), "unregistered");
    let registered = wallet.register_for_poll(&id, None).await.unwrap();
    assert!(*registered.complete(), "after the time of registration, by the same bytes: {registered:?}");
    assert_eq!(polls.lock().unwrap().rows.len(), 3, "no second row");
    assert!(vote(&wallet, &id).await.unwrap().is_placed());
    assert!(*wallet.verify_counted(&id).await.unwrap().counted());
    assert_eq!(polls.lock().unwrap().counted(), 1);
}

#[tokio::test]
async fn ballot_12_ballots_of_the_lost_phone_use_up_their_numbers_and_the_new_ones_replace_them() {
    let (gateway, polls) = ordinary();
    let old = Voter::new(&gateway, &polls, 1);
    let id = old.id();
    let (lost, code) = old.on_the_roll(1).await;
    lost.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    let review = lost.review_ballot(&id, &choices()).await.unwrap();
    lost.check_ballot(review).await.unwrap();
    vote(&lost, &id).await.unwrap();
    // One more is promised and not on the board yet when the phone is lost.
    let review = lost.review_ballot(&id, &choices()).await.unwrap();
    lost.cast_ballot(review).await.unwrap();
    let backup = lost.backup(&code).unwrap();
    let new = Voter::new(&gateway, &polls, 2);
    let (wallet, _) = Wallet::restore(new.config(), &backup, &code, PIN).await.unwrap();
    wallet.register_for_poll(&id, None).await.unwrap();
    let review = wallet.review_ballot(&id, &choices()).await.unwrap();
    assert!(*review.view().replaces(), "the board showed that one was cast");
    assert_eq!(*review.view().checks_left(), 2, "and that one was opened");
    wallet.cast_ballot(review).await.unwrap();
    assert!(wallet.follow_vote(&id, |_| {}).await.unwrap().is_placed());
    go_to(&gateway, OPENS + 5 * SLOT);
    assert!(*wallet.verify_counted(&id).await.unwrap().counted());
    assert_eq!(polls.lock().unwrap().counted(), 1, "one voting key, one ballot that counts");
    // The lost phone sees that it was replaced.
    assert_eq!(*lost.verify_counted(&id).await.unwrap().state(), "replaced");
}

#[tokio::test]
async fn ballot_12_where_one_ballot_is_cast_a_restored_phone_casts_no_second() {
    let (gateway, polls) = once();
    let old = Voter::new(&gateway, &polls, 1);
    let id = old.id();
    let (wallet, code) = old.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    let backup = wallet.backup(&code).unwrap();
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    let new = Voter::new(&gateway, &polls, 2);
    let (wallet, _) = Wallet::restore(new.config(), &backup, &code, PIN).await.unwrap();
    wallet.register_for_poll(&id, None).await.unwrap();
    let refused = wallet.review_ballot(&id, &choices()).await.unwrap_err();
    assert_eq!(refused, WalletError::Refused { by: Party::Ledger, reason: Reason::VotedBefore });
    assert_eq!(*wallet.poll(&id).await.unwrap().standing(), "cast-before");
}

#[tokio::test]
async fn another_phone_without_the_backup_is_refused_under_signature() {
    let (gateway, polls) = ordinary();
    let old = Voter::new(&gateway, &polls, 1);
    let id = old.id();
    let (wallet, _) = old.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    // The same person with another account: her name stands on the roll once.
    let other = Voter::new(&gateway, &polls, 2);
    let (wallet, _) = other.on_the_roll(1).await;
    let refused = wallet.register_for_poll(&id, None).await.unwrap();
    assert_eq!(*refused.state(), "refused");
    assert!(refused.registrars()[0].reason().as_ref().unwrap().en.contains("restore from its backup"));
}
