//! Many runs from one seed, on all cores; every place must have been passed in one of them (TORTURE-5).

use super::cutter::party_of;
use super::election::ground::Ground;
use super::election::{self, POLL_EVERY, play};
use super::plan::{Flow, Plan};
use super::scenario::{Prepared, Report, RunError, no_poll, run};
use super::verdict::Breach;
use citizen_primitives::Place;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use tokio::runtime::{Builder, Runtime};

/// So many consecutive seeds begin in the same prepared city.
const SEEDS_PER_CITY: u64 = 256;
/// After so many bad runs the campaign ends.
const ENOUGH: usize = 5;

/// A place that no run comes by, and why.
#[derive(Debug, Clone, Copy)]
pub struct Excuse {
    /// The place.
    pub place: &'static str,
    /// Why.
    pub reason: &'static str,
    /// Whether the reason holds for a run.
    pub holds: fn(&Report) -> bool,
}

/// All of them. An excuse whose reason does not hold in every run is none, and neither is one for a place that was passed.
pub const EXCUSES: [Excuse; 1] = [Excuse {
    place: "bank/ask-headers",
    reason: "headers in between are fetched only where the validators have changed, and here they never do",
    holds: |report| !report.have_validators_changed,
}];

/// Places that only a poll aimed at them comes by: a registrar must be away for hundreds of seconds.
const RARE: [&str; 2] = ["registrar/renewed", "registrar/lapsed"];

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// How many runs.
    pub runs: u64,
    /// The seed of the first; each next one has the next seed.
    pub seed: u64,
    /// Places that are registered.
    pub places: Vec<Place>,
}

/// A run in which something did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRun {
    /// Its seed: with it alone the run is the same again.
    pub seed: u64,
    /// What was to happen in it.
    pub plan: Plan,
    /// What did not hold.
    pub breaches: Vec<Breach>,
}

/// What all runs came to.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Runs.
    pub runs: u64,
    /// Of these, polls.
    pub polls: u64,
    /// Ballots of the citizen's that count.
    pub ballots: u64,
    /// Payments captured.
    pub captured: u64,
    /// Payments reversed.
    pub reversed: u64,
    /// Runs in which a wallet never came back.
    pub never_returned: u64,
    /// How often each party was killed.
    pub killed: BTreeMap<&'static str, u64>,
    /// In how many runs each place was passed.
    pub passed: BTreeMap<Place, u64>,
    /// Places at which somebody was killed.
    pub cut: BTreeSet<Place>,
    /// Runs in which something did not hold, by seed.
    pub bad: Vec<BadRun>,
    /// Places whose excuse did not hold in some run.
    pub no_excuse: BTreeSet<&'static str>,
}

impl Campaign {
    /// Over every place that is registered.
    #[must_use]
    pub fn new(runs: u64, seed: u64) -> Self {
        Self { runs, seed, places: super::places() }
    }

    /// Makes the runs; `progress` hears of each.
    pub fn run(&self, mut progress: impl FnMut(&Summary)) -> Summary {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let (next, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
        let polls = Polls::new();
        let (sender, results) = mpsc::channel();
        let mut summary = Summary::default();
        thread::scope(|scope| {
            for _ in 0..threads {
                let (sender, next, stopped, polls) = (sender.clone(), &next, &stopped, &polls);
                scope.spawn(move || self.work((next, stopped), polls, &sender));
            }
            drop(sender);
            for (seed, result) in results {
                summary.add(seed, &self.places, result);
                if summary.bad.len() >= ENOUGH {
                    stopped.store(true, Ordering::SeqCst);
                }
                progress(&summary);
            }
        });
        summary.bad.sort_by_key(|bad| bad.seed);
        summary
    }

    /// Places that no run passed and that have no excuse, or an excuse that is out of date. A campaign that aims at no place
    /// twice is too short to say; of polls, one with fewer than [`Self::FEW_POLLS`].
    #[must_use]
    pub fn missed(&self, summary: &Summary) -> Vec<&'static str> {
        let of_polls = |place: &&Place| election::is_of_polls(**place);
        let others = self.places.iter().filter(|place| !of_polls(place)).count();
        if summary.runs < u64::try_from(others).unwrap_or(u64::MAX).saturating_mul(2) {
            return Vec::new();
        }
        let polls = summary.runs / POLL_EVERY;
        let of_rare = |place: &&Place| RARE.contains(&place.name());
        let is_long = polls >= u64::try_from(self.places.len().saturating_sub(others)).unwrap_or(u64::MAX);
        let excused = |place: &&Place| {
            EXCUSES
                .iter()
                .any(|excuse| excuse.place == place.name() && !summary.no_excuse.contains(excuse.place))
        };
        let is_passed = |place: &&Place| summary.passed.contains_key(place);
        let is_looked_for = |place: &&Place| match (of_polls(place), of_rare(place)) {
            (false, _) => true,
            (true, false) => polls >= Self::FEW_POLLS,
            (true, true) => is_long,
        };
        let looked_for = self.places.iter().filter(is_looked_for);
        let missed = looked_for.filter(|place| is_passed(place) == excused(place));
        missed.map(|place| place.name()).collect()
    }

    /// So many polls come by every place of polls that has no excuse.
    pub const FEW_POLLS: u64 = 8;

    fn work(&self, (next, stopped): (&AtomicU64, &AtomicBool), polls: &Polls, sender: &mpsc::Sender<Done>) {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
        let mut prepared = None;
        while !stopped.load(Ordering::SeqCst) {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= self.runs {
                return;
            }
            let seed = self.seed.wrapping_add(number);
            let caught = catch_unwind(AssertUnwindSafe(|| self.one(&runtime, (&mut prepared, polls), seed)));
            let result = caught.unwrap_or_else(|_| Ok(panicked()));
            if sender.send((seed, result)).is_err() {
                return;
            }
        }
    }

    fn one(
        &self,
        runtime: &Runtime,
        (prepared, polls): (&mut Option<(u64, Arc<Prepared>)>, &Polls),
        seed: u64,
    ) -> Result<Report, RunError> {
        let plan = Plan::of(seed, &self.places);
        if matches!(plan.flow, Flow::Election | Flow::Vote) {
            // Whoever needs it first makes it; it takes some seconds.
            let ground = polls.get_or_init(|| {
                runtime.block_on(Ground::new(&self.places)).map_err(|error| error.to_string())
            });
            let ground = ground.as_ref().map_err(no_poll)?;
            return runtime.block_on(play::run(seed, &plan, &self.places, ground));
        }
        let city = seed / SEEDS_PER_CITY;
        let ground = match prepared {
            Some((known, ground)) if *known == city => Arc::clone(ground),
            _ => {
                let ground = Arc::new(runtime.block_on(Prepared::new(city, &self.places))?);
                *prepared = Some((city, Arc::clone(&ground)));
                ground
            }
        };
        let (_, report) = runtime.block_on(run(seed, &plan, &self.places, &ground))?;
        Ok(report)
    }
}

/// Where the campaign's polls begin, once one is held.
type Polls = OnceLock<Result<Ground, String>>;

type Done = (u64, Result<Report, RunError>);

impl Summary {
    /// Whether everything held and every place was passed.
    #[must_use]
    pub fn is_good(&self, campaign: &Campaign) -> bool {
        self.bad.is_empty() && campaign.missed(self).is_empty()
    }

    fn add(&mut self, seed: u64, places: &[Place], result: Result<Report, RunError>) {
        self.runs += 1;
        let report = result.unwrap_or_else(|error| Report {
            breaches: vec![Breach::Defect(error.to_string())],
            ..Report::default()
        });
        self.polls += report.polls;
        self.ballots += report.ballots;
        self.captured += report.captured;
        self.reversed += report.reversed;
        self.never_returned += u64::from(report.is_gone);
        for aim in &report.cuts {
            *self.killed.entry(party_of(aim.place)).or_default() += 1;
            self.cut.insert(aim.place);
        }
        for place in report.passed.keys() {
            *self.passed.entry(*place).or_default() += 1;
        }
        let failed = EXCUSES.iter().filter(|excuse| !(excuse.holds)(&report));
        self.no_excuse.extend(failed.map(|excuse| excuse.place));
        if !report.breaches.is_empty() {
            let plan = Plan::of(seed, places);
            self.bad.push(BadRun { seed, plan, breaches: report.breaches });
        }
    }
}

fn panicked() -> Report {
    Report { breaches: vec![Breach::Defect("a panic".to_owned())], ..Report::default() }
}
