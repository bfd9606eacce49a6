//! Every asynchronous export of the built library is stopped somewhere here (FFI-16).

use crate::surface::exports;
use crate::{cards, giving, keys, offers, opening, paying, recovery, votes};
use citizen_wallet_ffi::live_objects;
use std::collections::BTreeSet;
use std::env;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

/// Calls, the test of which would need what the stage does not have; each with the reason.
const ELSEWHERE: [(&str, &str); 0] = [];

/// A part: its name, the calls that it tries, and what tries them.
type Part = (&'static str, &'static [&'static str], fn());

const PARTS: [Part; 8] = [
    ("opening", opening::CALLS, || alone(opening::play())),
    ("paying", paying::CALLS, || alone(paying::play())),
    ("giving", giving::CALLS, || alone(giving::play())),
    ("keys", keys::CALLS, || alone(keys::play())),
    ("offers", offers::CALLS, || alone(offers::play())),
    ("cards", cards::CALLS, || alone(cards::play())),
    ("recovery", recovery::CALLS, || alone(recovery::play())),
    ("votes", votes::CALLS, || alone(votes::play())),
];

/// Names the one part that is to be played.
const ONLY: &str = "STOPPED";
/// How many cities at once.
const AT_ONCE: usize = 3;

fn alone(part: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(part);
}

#[test]
fn ffi_16_every_asynchronous_export_is_named_by_one_part() {
    let mut named = BTreeSet::new();
    let listed = PARTS.iter().flat_map(|(_, calls, _)| calls.iter().copied());
    for call in listed.chain(ELSEWHERE.iter().map(|(call, _)| *call)) {
        assert!(named.insert(call.to_owned()), "{call} is named twice");
    }
    let exported: BTreeSet<String> =
        exports().into_iter().filter(|export| export.is_async).map(|export| export.name).collect();
    assert!(exported.len() > 100, "{}", exported.len());
    assert_eq!(named, exported, "whoever adds an asynchronous export stops it in one of the parts");
}

#[test]
fn ffi_16_a_call_that_is_stopped_anywhere_leaves_a_wallet_that_answers_and_loses_and_doubles_nothing() {
    if let Ok(only) = env::var(ONLY) {
        let (.., play) = PARTS.iter().find(|(name, ..)| *name == only).expect("a part has this name");
        return whole(*play);
    }
    let mut failed = Vec::new();
    for together in PARTS.chunks(AT_ONCE) {
        let playing: Vec<_> = together.iter().map(|(name, ..)| (name, in_a_process(name))).collect();
        failed.extend(playing.into_iter().filter_map(|(name, mut part)| {
            let has_failed = !part.wait().unwrap().success();
            has_failed.then_some(*name)
        }));
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// A part in a process of its own: what the library counts is the part's alone.
fn in_a_process(part: &str) -> Child {
    let mut playing = Command::new(env::current_exe().unwrap());
    playing.arg("ffi_16_a_call_that_is_stopped").arg("--nocapture").env(ONLY, part);
    playing.spawn().unwrap()
}

fn whole(play: fn()) {
    play();
    // FFI-8: what a stopped call still holds is let go of within moments.
    for _ in 0..2_400 {
        if live_objects() == 0 {
            return;
        }
        thread::sleep(Duration::from_millis(25));
    }
    panic!("{} objects are left", live_objects());
}
