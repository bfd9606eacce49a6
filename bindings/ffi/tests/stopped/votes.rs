//! A poll: registered once, one ballot counts.

use crate::ground::{Ground, Token};
use crate::town::{PAUSE, Phone, Town, until};
use citizen_wallet_ffi::{BallotChoice, BallotReview, RegistrationReview, Wallet, WalletError};
use std::sync::Arc;

pub(crate) const CALLS: &[&str] = &[
    "Wallet.advance_vote",
    "Wallet.cast_ballot",
    "Wallet.check_ballot",
    "Wallet.follow_vote",
    "Wallet.poll",
    "Wallet.poll_registration",
    "Wallet.polls",
    "Wallet.polls_near",
    "Wallet.register",
    "Wallet.register_for_poll",
    "Wallet.review_ballot",
    "Wallet.review_registration",
    "Wallet.reward",
    "Wallet.verify_counted",
    "Wallet.verify_poll",
    "Wallet.vote",
    "Wallet.vote_receipt",
];

/// How long the poll is open on an idle machine.
const OPEN: &str = "120";

pub(crate) async fn play() {
    let (town, ground) = (Town::start(), Ground::new());
    let phone = town.phone(&ground.gate);
    let (wallet, _) = phone.set_up("최넷").await;
    let account = wallet.account(None).await.unwrap().account().to_hex();
    let poll = town.tell("city.poll", &[("voter", &account), ("seconds", OPEN), ("reward", "1000")]);
    let poll = &poll["poll"];
    ground.watch(Some(&wallet));
    registering(&ground, &wallet, poll).await;
    until("it is open", async || *wallet.poll(poll.clone(), None).await.unwrap().open()).await;
    casting(&ground, &wallet, poll).await;
    let fingerprint = cast(&wallet, poll, 1).await;
    let counted = town.tell("city.poll-over", &[("poll", poll)]);
    assert_eq!(counted["counted"], "1", "one ballot counts, whatever was stopped");
    verifying(&ground, &wallet, poll).await;
    ground.watch(None);
    ground.tried_all(CALLS);
    counted_once(&phone, wallet, (poll, &fingerprint)).await;
    town.stop();
}

async fn registering(ground: &Ground, wallet: &Wallet, poll: &str) {
    let (nothing, id) = (async || {}, || poll.to_owned());
    ground.asking("Wallet.polls", nothing, |(), token| wallet.polls(token)).await;
    let near = |(), token| wallet.polls_near(Some("마포구".to_owned()), token);
    ground.asking("Wallet.polls_near", nothing, near).await;
    ground.asking("Wallet.poll", nothing, |(), token| wallet.poll(id(), token)).await;
    let review = |(), token| wallet.review_registration(id(), None, token);
    ground.asking("Wallet.review_registration", nothing, review).await;
    let reviewed = async || wallet.review_registration(id(), None, None).await.unwrap();
    let register = |review: Arc<RegistrationReview>, token: Token| wallet.register(review, token);
    ground.asking("Wallet.register", reviewed, register).await;
    ground
        .asking("Wallet.register_for_poll", nothing, |(), token| wallet.register_for_poll(id(), None, token))
        .await;
    while !*wallet.register_for_poll(id(), None, None).await.unwrap().complete() {
        tokio::time::sleep(PAUSE).await;
    }
    ground
        .still("Wallet.poll_registration", nothing, |(), token| wallet.poll_registration(id(), token))
        .await;
}

async fn reviewed(wallet: &Wallet, poll: &str, option: u8) -> Arc<BallotReview> {
    let choices = vec![BallotChoice { contest: 0, numbers: vec![option] }];
    wallet.review_ballot(poll.to_owned(), choices, None).await.unwrap()
}

/// Cast, and on the board.
async fn cast(wallet: &Wallet, poll: &str, option: u8) -> String {
    let review = reviewed(wallet, poll, option).await;
    wallet.cast_ballot(review, None).await.unwrap();
    let placed = wallet.follow_vote(poll.to_owned(), None).await.unwrap();
    assert_eq!(*placed.state(), "placed");
    placed.fingerprint().unwrap().to_hex()
}

async fn casting(ground: &Ground, wallet: &Wallet, poll: &str) {
    let (nothing, id) = (async || {}, || poll.to_owned());
    let choices = || vec![BallotChoice { contest: 0, numbers: vec![2] }];
    ground
        .asking("Wallet.review_ballot", nothing, |(), token| wallet.review_ballot(id(), choices(), token))
        .await;
    let ballot = async || reviewed(wallet, poll, 2).await;
    let check = |review: Arc<BallotReview>, token: Token| async move {
        match wallet.check_ballot(review, token).await {
            // All checks of this poll were used by stopped ones.
            Err(WalletError::Refused { reason, .. }) if reason == "checks-used" => Ok(()),
            other => other.map(drop),
        }
    };
    ground.asking("Wallet.check_ballot", ballot, check).await;
    let casting = |review: Arc<BallotReview>, token: Token| wallet.cast_ballot(review, token);
    ground.asking("Wallet.cast_ballot", ballot, casting).await;
    ground.asking("Wallet.advance_vote", nothing, |(), token| wallet.advance_vote(id(), token)).await;
    let again = async || drop(wallet.cast_ballot(ballot().await, None).await.unwrap());
    ground.asking_few("Wallet.follow_vote", again, |(), token| wallet.follow_vote(id(), token)).await;
    ground.still("Wallet.vote", nothing, |(), token| wallet.vote(id(), token)).await;
    ground.still("Wallet.vote_receipt", nothing, |(), token| wallet.vote_receipt(id(), token)).await;
}

async fn verifying(ground: &Ground, wallet: &Wallet, poll: &str) {
    let (nothing, id) = (async || {}, || poll.to_owned());
    ground.asking("Wallet.verify_counted", nothing, |(), token| wallet.verify_counted(id(), token)).await;
    ground.asking("Wallet.verify_poll", nothing, |(), token| wallet.verify_poll(id(), token)).await;
    ground.asking("Wallet.reward", nothing, |(), token| wallet.reward(id(), token)).await;
}

/// Opened anew, the last ballot that was cast is the one that counts.
async fn counted_once(phone: &Phone, wallet: Arc<Wallet>, (poll, fingerprint): (&str, &str)) {
    let wallet = phone.reopened(wallet).await;
    let counted = wallet.verify_counted(poll.to_owned(), None).await.unwrap();
    assert!(counted.is_counted());
    assert_eq!(counted.fingerprint().to_hex(), fingerprint);
    let report = wallet.verify_poll(poll.to_owned(), None).await.unwrap();
    assert_eq!((*report.ok(), *report.counted()), (true, 1));
    wallet.release().await.unwrap();
}
