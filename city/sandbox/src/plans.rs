//! The poll that the sandbox holds, wherever it holds one: the plan of `data/night-buses.toml` at the times that the occasion has.

use city_services::office::{PollPlan, TimePlan, WindowPlan};

const NIGHT_BUSES: &str = include_str!("../data/night-buses.toml");

/// When a poll is held: in seconds after it was made, from the first until the first after it.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// When registrars sign.
    pub registration: (u64, u64),
    /// When ballots are cast: so many slots.
    pub casting: (u64, u64),
    /// How long a slot is.
    pub slot: u64,
}

/// Which line of night buses should run first: one of three, a light poll of one electorate. What else an occasion has otherwise, it
/// changes in the plan.
pub fn night_buses(times: Times) -> Result<PollPlan, toml::de::Error> {
    let at = |seconds: u64| TimePlan(format!("+{seconds}"));
    let window = |(from, until)| WindowPlan { from: at(from), until: at(until) };
    let plan: PollPlan = toml::from_str(NIGHT_BUSES)?;
    let (registration, casting) = (window(times.registration), window(times.casting));
    Ok(PollPlan { registration, casting, slot: times.slot, ..plan })
}
