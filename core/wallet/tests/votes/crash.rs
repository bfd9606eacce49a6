//! Killed at every place: the citizen ends with exactly one counted ballot and a receipt, or with none and can go on.

use crate::cut::{Cut, When};
use crate::phone::{Voter, choices};
use crate::poll::{OPENS, go_to, ordinary};
use crate::support::phone::PIN;
use citizen_primitives::Place;
use citizen_wallet::place::{self, VOTE_PLACES};
use citizen_wallet::{PollId, Wallet, WalletError};

/// All that a citizen does: registers, opens one ballot, casts one, follows it, asks for the reward.
async fn everything(wallet: &Wallet, voter: &Voter, id: &PollId) -> Result<(), WalletError> {
    if wallet.poll_registration(id).is_ok_and(|registration| !registration.complete())
        || wallet.vote(id).is_err()
    {
        wallet.register_for_poll(id, None).await?;
    }
    go_to(&voter.phone.gateway, OPENS);
    if *wallet.vote(id)?.opened() == 0 {
        let review = wallet.review_ballot(id, &choices()).await?;
        wallet.check_ballot(review).await?;
    }
    if wallet.vote(id)?.fingerprint().is_none() {
        let review = wallet.review_ballot(id, &choices()).await?;
        wallet.cast_ballot(review).await?;
    }
    wallet.follow_vote(id, |_| {}).await?;
    wallet.verify_counted(id).await?;
    wallet.reward(id).await.map(drop)
}

/// Dies at the place, is started again, and goes on.
async fn killed(place: Place, when: When) {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 7);
    let id = voter.id();
    drop(voter.on_the_roll(1).await);
    let cut = Cut::at(place, when);
    let wallet = Wallet::open(voter.cut_config(&cut)).unwrap().unlock(PIN).unwrap();
    let ended = everything(&wallet, &voter, &id).await;
    assert!(ended.is_err() && cut.is_dead(), "{place} was not visited: {ended:?}");
    drop(wallet);
    let wallet = voter.reopen();
    wallet.sync().await.unwrap();
    everything(&wallet, &voter, &id).await.unwrap();
    let receipt = wallet.vote_receipt(&id).unwrap();
    assert!(*wallet.verify_counted(&id).await.unwrap().counted(), "{place} {when:?}");
    let polls = polls.lock().unwrap();
    assert_eq!(polls.counted(), 1, "{place} {when:?}");
    assert_eq!(polls.on_the_board(), (1, 1), "{place} {when:?}: one cast, one opened");
    assert!(receipt.board_count() > receipt.index());
    assert_eq!(polls.rows.len(), 3, "{place} {when:?}: one row of each registrar");
}

/// Those that this life does not come to: lists, the whole verification, redeeming.
const ELSEWHERE: [Place; 4] =
    [place::ASK_POLLS, place::ASK_ISSUANCE, place::SEND_REWARD, place::REWARD_REDEEMED];

#[tokio::test]
async fn ballot_6_a_phone_killed_at_any_place_ends_with_one_counted_ballot_and_its_receipt() {
    for place in VOTE_PLACES.iter().filter(|place| !ELSEWHERE.contains(place)) {
        for when in [When::Before, When::After] {
            // The board is read first when the ballot counts already: nothing is left to go wrong but the asking.
            killed(*place, when).await;
        }
    }
}
