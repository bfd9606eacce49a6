//! What a campaign says: a line now and then, a table at the end.

use super::campaign::{Campaign, Summary};
use super::election::POLL_EVERY;
use super::world::PARTIES;
use crate::narrator::{Line, grouped};
use std::time::Duration;

/// How far it is.
#[must_use]
pub fn so_far(summary: &Summary, elapsed: Duration) -> Line {
    Line::of("torture.progress")
        .with("runs", grouped(summary.runs))
        .with("rate", rate(summary.runs, elapsed))
        .with("bad", grouped(count(summary.bad.len())))
}

/// What all runs came to.
#[must_use]
pub fn lines(campaign: &Campaign, summary: &Summary, elapsed: Duration) -> Vec<Line> {
    let killed = summary.killed.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let row = |name: &str, value: u64| Line::of(name).with("count", grouped(value));
    let mut lines = vec![
        Line::of("torture.runs")
            .with("count", grouped(summary.runs))
            .with("seed", campaign.seed)
            .with("time", elapsed.as_secs())
            .with("rate", rate(summary.runs, elapsed)),
        row("torture.polls", summary.polls).with("every", POLL_EVERY),
        row("torture.ballots", summary.ballots),
        row("torture.captured", summary.captured),
        row("torture.reversed", summary.reversed),
        row("torture.never-returned", summary.never_returned),
        row("torture.killed", killed),
    ];
    for party in ["wallet"].into_iter().chain(PARTIES) {
        let times = summary.killed.get(party).copied().unwrap_or_default();
        lines.push(row("torture.killed-party", times).with("party", party));
    }
    lines.push(
        Line::of("torture.places")
            .with("passed", summary.passed.len())
            .with("cut", summary.cut.len())
            .with("all", campaign.places.len()),
    );
    let spared = campaign.places.iter().filter(|place| !summary.cut.contains(place));
    let spared: Vec<_> = spared.map(|place| place.name()).collect();
    lines.push(Line::of("torture.spared").with("places", spared.join(", ")));
    for missed in campaign.missed(summary) {
        lines.push(Line::of("torture.missed").with("place", missed));
    }
    for bad in &summary.bad {
        lines.push(Line::of("torture.bad").with("seed", bad.seed));
        lines.push(Line::same(format!("  {:?}", bad.plan)));
        lines.extend(bad.breaches.iter().map(|breach| Line::of("torture.breach").with("breach", breach)));
    }
    lines
}

fn rate(runs: u64, elapsed: Duration) -> u128 {
    u128::from(runs).saturating_mul(1_000).checked_div(elapsed.as_millis()).unwrap_or(0)
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
