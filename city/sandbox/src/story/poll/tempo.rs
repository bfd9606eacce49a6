//! How long the poll of the story takes: its windows stand in its manifest before anything happens in them, so a machine that is slow
//! gets longer ones.

use crate::failure::Failure;
use crate::narrator::Line;
use citizen_keys::SigningKey;
use citizen_primitives::{PollId, random};
use citizen_voting::ballot::{Encryptor, Verifier};
use citizen_voting::group::{Element, Scalar};
use citizen_voting::identifier::ContestIndex;
use citizen_voting::token::voting_key;
use citizen_voting::{
    BallotSeed, BallotStyle, ContestChoice, ContestRule, ElectionKey, ElectorateIndex, Group, Sequence,
    SignedBallot,
};
use city_services::office::{PollPlan, TimePlan};
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

const PLAN: &str = include_str!("../../../data/story-poll.toml");
/// What encrypting and verifying a ballot takes at most on a machine of the ordinary speed.
const ORDINARY: Duration = Duration::from_millis(4);
/// So many ballots are tried: long enough to notice that others are at work on this machine.
const TRIED: u32 = 48;
/// No machine gets more than so many times the ordinary.
const SLOWEST: u64 = 8;

/// The plan of the story's poll of this number, for this machine, with so many times the time that it should need.
pub(super) fn plan(number: usize, times: u64) -> Result<PollPlan, Failure> {
    stretched_plan(number, slower()?.saturating_mul(times))
}

/// All of it lasts so many times longer, a slot too: casting is the same number of slots at every pace.
fn stretched_plan(number: usize, times: u64) -> Result<PollPlan, Failure> {
    let mut plan: PollPlan = toml::from_str(PLAN).map_err(|error| Failure(Line::same(error)))?;
    for title in [&mut plan.title.ko, &mut plan.title.en] {
        *title = format!("{title} {number}");
    }
    let windows = [&mut plan.registration, &mut plan.casting];
    for time in windows.into_iter().flat_map(|window| [&mut window.from, &mut window.until]) {
        *time = stretched(time, times);
    }
    plan.slot = plan.slot.saturating_mul(times);
    Ok(plan)
}

fn stretched(time: &TimePlan, times: u64) -> TimePlan {
    let seconds = time.0.strip_prefix('+').and_then(|seconds| seconds.parse::<u64>().ok());
    seconds.map_or_else(|| time.clone(), |seconds| TimePlan(format!("+{}", seconds.saturating_mul(times))))
}

/// How many times slower than ordinary this machine is, now.
fn slower() -> Result<u64, Failure> {
    let ordinary = ORDINARY.saturating_mul(TRIED).as_micros();
    // On all cores at once, as the poll will be: others may be at work on them.
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let taken = thread::scope(|scope| {
        let tries: Vec<_> = (0..cores).map(|_| scope.spawn(try_ballots)).collect();
        let taken = tries.into_iter().map(|tried| tried.join().unwrap_or_else(|_| Err(failed("a ballot"))));
        taken.collect::<Result<Vec<Duration>, Failure>>()
    })?;
    let longest = taken.into_iter().max().unwrap_or_default();
    let times = longest.as_micros().div_ceil(ordinary.max(1));
    Ok(u64::try_from(times).unwrap_or(SLOWEST).clamp(1, SLOWEST))
}

fn try_ballots() -> Result<Duration, Failure> {
    let (poll, electorate) = (PollId::from_bytes([1; 32]), ElectorateIndex::new(0));
    let key = SigningKey::generate(&mut random::system());
    let name = voting_key(&key).ok_or_else(|| failed("a voting key"))?;
    let election = Element::of(&Scalar::from_wide(&random::generate_array(&mut random::system())));
    let election = ElectionKey::new(election.encode()).map_err(failed)?;
    let rule = ContestRule::Choose { groups: vec![Group { options: 3, min: 1, max: 1 }] };
    let contests = vec![(ContestIndex::new(0), rule)];
    let style = BallotStyle::new(poll, electorate, election, contests).map_err(failed)?;
    let (encryptor, verifier) = (Encryptor::new(&style), Verifier::new(&style));
    let began = Instant::now();
    for number in 1..=TRIED {
        let number = Sequence::new(number);
        let seed = BallotSeed::generate(&mut random::system(), &key, poll, number);
        let choice = [ContestChoice::Choose(vec![1])];
        let ballot = encryptor.encrypt(&seed, name, number, &choice).map_err(failed)?;
        verifier.verify(&SignedBallot::sign(ballot, &key)).map_err(failed)?;
    }
    Ok(began.elapsed())
}

fn failed(error: impl Display) -> Failure {
    Failure(Line::same(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_storys_poll_lasts_a_whole_number_of_slots_at_every_pace_and_is_another_one_each_time() {
        assert_eq!(stretched(&TimePlan("+6".to_owned()), 3), TimePlan("+18".to_owned()));
        let seconds = |time: &TimePlan| time.0.trim_start_matches('+').parse::<u64>().unwrap();
        let ordinary = stretched_plan(1, 1).unwrap();
        for times in 1..=SLOWEST * 4 {
            let plan = stretched_plan(2, times).unwrap();
            assert_ne!(plan.title, ordinary.title);
            let casting = seconds(&plan.casting.until) - seconds(&plan.casting.from);
            assert_eq!(casting, 8 * plan.slot, "{times} times");
            assert_eq!(plan.slot, times * ordinary.slot);
        }
        assert!((1..=SLOWEST).contains(&slower().unwrap()));
    }
}
