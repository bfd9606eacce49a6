//! Polls that were announced after the one of most tests, and do nothing: for lists of them.

use crate::poll::{PollTown, begin};
use crate::polling::manifest::ELECTORATES;
use crate::prepared::ORDINARY;
use crate::support::Gateway;
use crate::support::ledger::city::Block;
use crate::support::ledger::text;
use citizen_ledger::poll::PollRecord;
use citizen_ledger::state_key;
use citizen_voting::manifest::{Districts, Poll};
use std::sync::{Arc, Mutex};

/// Polls, with where their electorates live.
#[derive(Default)]
pub struct Beside(pub Vec<(Poll, Option<Districts>)>);

/// The ordinary town with other polls: of each its English title, and the district of its electorates, if they are of one.
pub fn with_others(titles: &[(&str, Option<&str>)]) -> (Arc<Gateway>, Arc<Mutex<PollTown>>) {
    let other = |(title, district): &(&str, Option<&str>)| {
        let mut manifest = ORDINARY.0.manifest().clone();
        manifest.title.en = text(title);
        let lists = ELECTORATES.map(|_| district.iter().map(|name| text(name)).collect());
        (Poll::new(manifest).unwrap(), Districts::of(lists.to_vec()))
    };
    begin(&ORDINARY, Beside(titles.iter().map(other).collect()))
}

impl Beside {
    /// As the ledger has them.
    pub fn written(&self, block: Block, record: &PollRecord) -> Block {
        self.0.iter().fold(block, |block, (poll, districts)| {
            let block = block
                .write(state_key::poll(&poll.id()), record)
                .write(state_key::manifest(&poll.id()), poll.manifest());
            match districts {
                Some(districts) => block.write(state_key::districts(&poll.id()), districts),
                None => block,
            }
        })
    }
}
