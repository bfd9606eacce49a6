//! The polls of the tests with their keys: a ceremony takes its time, so each is held once.

use crate::poll::{OPENS, SLOT, SLOTS};
use crate::polling::city::{Keys, hold_ceremony};
use crate::support::ledger::{GENESIS, chain_id};
use citizen_primitives::{Seconds, UnixTime};
use citizen_voting::Poll;
use citizen_voting::manifest::{Manifest, Revote, Window};
use std::sync::LazyLock;

fn manifest(change: impl FnOnce(&mut Manifest)) -> Manifest {
    let time = UnixTime::from_seconds;
    let mut manifest = crate::polling::manifest::manifest();
    manifest.ledger = chain_id();
    manifest.registration = Window { from: GENESIS, until: time(OPENS) };
    manifest.casting = Window { from: time(OPENS), until: time(OPENS + SLOTS * SLOT) };
    manifest.slot = Seconds::new(SLOT);
    change(&mut manifest);
    manifest
}

/// The poll of most tests and its keys: the ceremony takes its time.
pub static ORDINARY: LazyLock<(Poll, &'static Keys)> = LazyLock::new(|| prepared(manifest(|_| {})));
pub static ONCE: LazyLock<(Poll, &'static Keys)> =
    LazyLock::new(|| prepared(manifest(|manifest| manifest.revote = Revote::Once)));

fn prepared(manifest: Manifest) -> (Poll, &'static Keys) {
    let poll = Poll::new(manifest).unwrap();
    let keys = Box::leak(Box::new(hold_ceremony(&poll)));
    (poll, keys)
}
