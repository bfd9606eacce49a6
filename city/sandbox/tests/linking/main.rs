//! Who cast which ballot? A program that is given everything that the parties of a poll keep and everything that they could write down
//! together tries to say it, by time, order, connection, key, size and reward. It gets no further than guessing among the ballots that
//! one relay brought in one slot; and each leak that is planted it finds. Wallets, parties, gateway and ledger are the real ones, in one
//! process, under a clock that is moved by hand: a run is the same every time.
//!
//! What it is given for nothing: when, in which slot and by which relay each citizen cast. What it is not given: the addresses that
//! packets come from, and, but where a clue says so, what a relay could write down of a ballot's arrival beside the ballot; the last test
//! shows what that would tell.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

/// The poll of `citizen-voting`'s own tests.
#[allow(dead_code, reason = "another crate's tests use the rest")]
#[path = "../../../../core/voting/tests/voting/support/mod.rs"]
mod polling;

mod citizen;
mod day;
mod evidence;
mod guess;
mod poll;
mod town;
mod wire;

use day::{Day, Leak, Played};
use guess::{Clue, Guesses};

/// So many citizens cast in so many slots.
const ORDINARY: Day = Day { leak: Leak::None, citizens: 96, slots: 4, seed: 1, rewards: true };
/// Where the reward does not matter, fewer suffice.
const SMALL: Day = Day { leak: Leak::None, citizens: 28, slots: 2, seed: 2, rewards: false };

/// Guessing within batches hits one ballot in each, give or take: of as many draws as there are batches the variance is their number too.
/// Four standard deviations above: by chance once in some ten thousand runs, and the seeds are fixed.
fn most_by_chance(played: &Played) -> usize {
    let batches = u32::try_from(played.batches().len()).unwrap();
    let bound = f64::from(batches) + 4.0 * f64::from(batches).sqrt();
    (0..played.voters.len()).find(|hits| f64::from(u32::try_from(*hits).unwrap()) >= bound).unwrap()
}

/// What a clue finds in a day: so many ballots.
fn hits(played: &Played, clue: Clue) -> usize {
    Guesses::by(&[clue], played).hits(played)
}

async fn finds(leak: Leak, clue: Clue) {
    let rewards = leak == Leak::EarlyRedemption;
    let citizens = if rewards { 60 } else { SMALL.citizens };
    let played = Day { leak, citizens, rewards, ..SMALL }.play().await;
    let (found, chance) = (hits(&played, clue), most_by_chance(&played));
    eprintln!("{leak:?}: {found} of {citizens} by {clue:?}, by chance below {chance}");
    assert!(found > chance, "{clue:?} finds {found} of {citizens}, which chance may find too");
    assert!(10 * found >= 9 * citizens, "{clue:?} finds {found} of {citizens}");
}

#[tokio::test]
async fn vote_15_who_is_given_every_store_and_every_log_does_no_better_than_guessing_within_a_batch() {
    let played = ORDINARY.play().await;
    let chance = most_by_chance(&played);
    let sizes: Vec<usize> = played.batches().values().map(Vec::len).collect();
    eprintln!("{} ballots in batches of {sizes:?}; by chance below {chance}", played.voters.len());
    for clue in Clue::ALL {
        let found = hits(&played, clue);
        eprintln!("{found} by {clue:?}");
        assert!(found < chance, "{clue:?} finds {found} of {}", played.voters.len());
    }
    let together = Guesses::by(&Clue::ALL, &played).hits(&played);
    assert!(together < chance, "all clues together find {together} of {}", played.voters.len());
}

#[tokio::test]
async fn vote_15_a_relay_that_does_not_shuffle_is_found_out() {
    finds(Leak::Unshuffled, Clue::Order).await;
}

#[tokio::test]
async fn vote_15_a_reward_that_is_redeemed_at_once_tells_whose_ballot_it_was_for() {
    finds(Leak::EarlyRedemption, Clue::Reward).await;
}

#[tokio::test]
async fn vote_15_a_connection_that_registrar_and_relay_share_tells_whose_ballot_it_carried() {
    finds(Leak::SharedConnection, Clue::Connection).await;
}

#[tokio::test]
async fn vote_15_a_voting_key_that_is_derived_from_the_account_tells_whose_it_is() {
    finds(Leak::KeyOfAccount, Clue::Key).await;
}

#[tokio::test]
async fn vote_15_where_one_registers_and_casts_at_once_the_times_tell_who_cast() {
    finds(Leak::WindowsTogether, Clue::Registration).await;
}

/// No leak that could be mended, and said in the crate's README: a relay that writes down when each ballot came, with a gateway that
/// writes down whose wallet was at work then, knows who cast what where she was alone at the time: more than half of so few.
#[tokio::test]
async fn a_relay_that_writes_down_times_beside_ballots_knows_with_the_gateway_who_was_at_work_then() {
    let played = SMALL.play().await;
    let found = hits(&played, Clue::RelayAndGateway);
    assert!(2 * found > SMALL.citizens, "{found} of {}", SMALL.citizens);
    assert!(found >= most_by_chance(&played));
    for clue in Clue::ALL.into_iter().filter(|clue| *clue != Clue::Reward) {
        assert!(hits(&played, clue) < most_by_chance(&played), "{clue:?}");
    }
}
