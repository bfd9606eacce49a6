//! The contract of `bindings/contract`, played through the exported objects as Kotlin and Swift play it: the city is a process, the
//! phone's parts are traits that the test implements, and an app that is killed is a process too.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod cards;
mod case;
mod lists;
mod play;
mod recoveries;
mod votes;
mod words;

mod parts;
mod phone;
mod process;
mod stage;

mod runner;
