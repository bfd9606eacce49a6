//! Every asynchronous export, stopped wherever it waits: against a city in a process of its own, over parts of the app that leave a question
//! unanswered. `STOPPED=paying` plays one part alone.

#![cfg(test)]
// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

// What other tests have too; not all of it is used here.
#[allow(dead_code)]
#[path = "../contract/case.rs"]
mod case;
#[path = "../contract/stage.rs"]
mod stage;
#[allow(dead_code)]
#[path = "../facade/surface.rs"]
mod surface;

mod gate;
mod ground;
mod parts;
mod town;

mod cards;
mod every;
mod giving;
mod keys;
mod offers;
mod opening;
mod paying;
mod recovery;
mod votes;
