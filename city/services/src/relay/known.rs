//! A poll as a relay needs it: its manifest, the election key, and how far the board was read.

use super::Relay;
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_ledger::poll::{CeremonyStanding, PollRecord};
use citizen_ledger::state_key;
use citizen_primitives::{PollId, UnixTime};
use citizen_voting::ballot::{BallotStyle, Verifier};
use citizen_voting::board::BoardEntry;
use citizen_voting::manifest::{Manifest, Poll};
use citizen_voting::token::TokenVerifier;
use std::sync::{Arc, Mutex, PoisonError};

/// A poll whose election key is made.
pub(super) struct Known {
    pub(super) poll: Poll,
    styles: Vec<BallotStyle>,
    tokens: TokenVerifier,
    /// The time of the header up to which the board was read last.
    read: Mutex<UnixTime>,
}

impl Known {
    pub(super) fn read_at(&self) -> UnixTime {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_read(&self, time: UnixTime) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Checks all that an entry proves by itself: what the ledger would refuse is not promised (RELAY-1).
    pub(super) fn check(&self, entry: &BoardEntry) -> Result<(), ServiceError> {
        let is_good = match entry {
            BoardEntry::Slot(_) => return Err(ServiceError::Malformed),
            BoardEntry::Cast(cast) => {
                let ballot = &cast.ballot.ballot;
                let style = self.styles.get(usize::from(ballot.electorate.number()));
                let has_token =
                    self.tokens.verify(ballot.electorate, &ballot.voting_key, &cast.token).is_ok();
                has_token && style.is_some_and(|style| Verifier::new(style).verify(&cast.ballot).is_ok())
            }
            BoardEntry::Spoiled(spoiled) => {
                let opening = &spoiled.opening;
                let style = self.styles.get(usize::from(opening.electorate.number()));
                let has_token =
                    self.tokens.verify(opening.electorate, &opening.voting_key, &spoiled.token).is_ok();
                has_token && style.is_some_and(|style| spoiled.verify(style).is_ok())
            }
        };
        if is_good { Ok(()) } else { Err(Reason::Ballot.into()) }
    }
}

impl Relay {
    /// A poll that names this relay, with its board read once at least. Only the poll is asked for.
    pub(super) async fn known(&self, id: PollId) -> Result<Arc<Known>, ServiceError> {
        if let Some(known) = self.polls.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Arc::clone(known));
        }
        let keys = [state_key::poll(&id), state_key::manifest(&id)];
        let proven = self.party.ledger().state(places::RELAY_ASK_STATE, &keys).await?;
        let [record, manifest] = &keys;
        let record: Option<PollRecord> = proven.get(record)?.into_parts().0;
        let manifest: Option<Manifest> = proven.get(manifest)?.into_parts().0;
        let (record, manifest) = record.zip(manifest).ok_or(Reason::NoPoll)?;
        let poll = Poll::new(manifest).map_err(|_| Reason::NoPoll)?;
        let own = self.party.id();
        if poll.relays().iter().all(|relay| relay.signing.id() != own) {
            return Err(Reason::NoPoll.into());
        }
        let CeremonyStanding::Done(key) = record.ceremony else { return Err(Reason::NoElectionKey.into()) };
        let tokens = TokenVerifier::new(&poll).map_err(|_| ServiceError::Unavailable)?;
        let styles = poll.styles(&key);
        let known = Arc::new(Known { poll, styles, tokens, read: Mutex::default() });
        self.read_board(&known).await?;
        let mut polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(polls.entry(id).or_insert(known)))
    }
}
