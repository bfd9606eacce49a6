//! A small city for the tests: a tree in memory, a sealer of real Tendermint headers, parties and a phone. What is built
//! here the tests then take apart, one byte at a time.

// Functions that tests share: clippy knows only those marked as tests; each test file uses some of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, dead_code, unreachable_pub)]

pub mod card;
pub mod city;
pub mod parties;
pub mod payments;
pub mod records;
pub mod sealer;
pub mod story;
pub mod transactions;
pub mod tree;

use citizen_ledger::{LightClient, Trust, TrustAnchor};
use citizen_primitives::{ChainId, Hash, Points, Seconds, Text, UnixTime, Won};

/// When the tests' ledger begins: 2026-11-21 09:00 in Seoul.
pub const GENESIS: UnixTime = UnixTime::from_seconds(1_795_219_200);

pub fn chain_id() -> ChainId {
    ChainId::new("seoul-test-1").unwrap()
}

pub fn points(amount: u64) -> Points {
    Points::new(amount).unwrap()
}

pub fn won(amount: u64) -> Won {
    Won::new(amount).unwrap()
}

pub fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

pub fn digest(name: &str) -> Hash {
    Hash::plain(&[name.as_bytes()])
}

/// A light client that trusts the header at `height`.
pub fn client_at(city: &city::City, height: u64) -> LightClient {
    LightClient::new(TrustAnchor::dangerous_trust(
        city.block(height),
        Trust::File,
        Seconds::new(180 * 86_400),
    ))
}
