//! Bringing ballots: once a slot is over, all that came in it goes to the ledger in one batch, in an order that says nothing.

use super::board::let_go;
use super::known::Known;
use super::record::{ACTIVE, Active, BATCHES, Batch, COMING, Coming, batch_key};
use super::{Conduct, Relay};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::party::validity;
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError, Proven};
use citizen_ledger::poll::PollAction;
use citizen_ledger::{Action, Parameters, SignedTransaction, state_key};
use citizen_primitives::{Canonical as _, PollId};
use citizen_voting::board::BoardEntry;
use citizen_voting::identifier::{ElectorateIndex, VotingKey};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

/// The most bytes of entries in one transaction: as JSON it is below what the ledger's route takes.
const LONGEST_BATCH: usize = 120 * 1024;

#[async_trait]
impl Steps for Relay {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _bringing = self.bringing.lock().await;
        let mut stepped = Stepped::default();
        for poll in self.open_polls()? {
            match self.bring(poll).await {
                Ok((moved, open)) => {
                    stepped.moved = stepped.moved.saturating_add(moved);
                    stepped.open = stepped.open.saturating_add(open);
                }
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => {
                    stepped.open = stepped.open.saturating_add(1);
                    tracing::warn!(%error, "ballots wait");
                }
            }
        }
        Ok(stepped)
    }
}

/// A ballot on its way, under its key.
type Ballot = (Vec<u8>, Coming);

impl Relay {
    /// Those with ballots on their way, and those that ballots came for since the start: their boards are read as they grow.
    fn open_polls(&self) -> Result<BTreeSet<PollId>, ServiceError> {
        let active: Vec<(Vec<u8>, Active)> = self.party.db().read(|rows| rows.all(ACTIVE))?;
        let asked_for = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(active.into_iter().map(|(_, Active(poll))| poll).chain(asked_for.keys().copied()).collect())
    }

    /// Reads the board, then sends what is not there; says how many batches moved, and how many ballots are on their way.
    async fn bring(&self, poll: PollId) -> Result<(u32, u32), ServiceError> {
        let known = self.known(poll).await?;
        let proven = self.read_board(&known).await?;
        if proven.header().time() >= known.poll.manifest().casting.until {
            self.close(poll)?;
            return Ok((1, 0));
        }
        let mut coming: BTreeMap<Vec<u8>, Coming> =
            self.party.db().read(|rows| rows.under(COMING, poll.as_bytes()))?.into_iter().collect();
        let open = u32::try_from(coming.len()).unwrap_or(u32::MAX);
        let mut moved = self.send_again(poll, &proven, &mut coming).await?;
        // A slot that is over; after casting, every one.
        let slot = known.poll.slot_at(self.now()).unwrap_or(u32::MAX);
        let due: Vec<Ballot> = coming.into_iter().filter(|(_, coming)| coming.slot < slot).collect();
        if !due.is_empty() {
            moved = moved.saturating_add(1);
            match self.conduct() {
                Conduct::Honest => self.send(&known, due, &proven).await?,
                Conduct::Dropping => self.drop_all(poll, &due)?,
            }
        }
        Ok((moved, open))
    }

    /// Batches that were signed before: those with nothing left to bring are over, those that can be executed no more give their
    /// ballots back, and all others are sent again. Their ballots are taken out of `coming`.
    async fn send_again(
        &self,
        poll: PollId,
        proven: &Proven,
        coming: &mut BTreeMap<Vec<u8>, Coming>,
    ) -> Result<u32, ServiceError> {
        let batches: Vec<(Vec<u8>, Batch)> =
            self.party.db().read(|rows| rows.under(BATCHES, poll.as_bytes()))?;
        let mut moved = 0u32;
        for (key, batch) in batches {
            let is_empty = batch.ballots.iter().all(|ballot| !coming.contains_key(ballot));
            if is_empty || proven.header().height() > batch.valid_until {
                self.party.db().commit(places::RELAY_LAPSED, |writer| writer.remove(BATCHES, &key))?;
                moved = moved.saturating_add(1);
                continue;
            }
            for ballot in &batch.ballots {
                coming.remove(ballot);
            }
            self.submit(&batch.transaction).await?;
        }
        Ok(moved)
    }

    /// Signs batches, keeps them, sends them (RELAY-6).
    async fn send(&self, known: &Known, due: Vec<Ballot>, proven: &Proven) -> Result<(), ServiceError> {
        let parameters = proven.get::<Parameters>(&state_key::parameters())?.into_parts().0;
        let parameters = parameters.ok_or(ServiceError::Unavailable)?;
        let (poll, height) = (known.poll.id(), proven.header().height());
        let sign = |ballots: Vec<Ballot>| {
            let (ballots, entries) = ballots.into_iter().map(|(key, coming)| (key, coming.entry)).unzip();
            let action = Action::Poll(PollAction::Bring { poll, entries });
            let transaction = self.party.transaction(action, height, &parameters);
            Batch { transaction, valid_until: height.plus(validity(&parameters)), ballots }
        };
        let batches: Vec<Batch> = self.shuffled(due).into_iter().map(sign).collect();
        self.party.db().commit(places::RELAY_BATCH, |writer| {
            let mut all = batches.iter();
            all.try_for_each(|batch| writer.put(BATCHES, &batch_key(poll, &batch.transaction), batch))
        })?;
        for batch in &batches {
            self.submit(&batch.transaction).await?;
        }
        Ok(())
    }

    /// In an order that says nothing, but for the ballots of one voting key, whose numbers must ascend; in parts that a transaction
    /// can hold.
    fn shuffled(&self, due: Vec<Ballot>) -> Vec<Vec<Ballot>> {
        let mut by_voter: BTreeMap<(ElectorateIndex, VotingKey), Vec<Ballot>> = BTreeMap::new();
        for ballot in due {
            if let Some(leaf) = ballot.1.entry.leaf().ballot() {
                by_voter.entry((leaf.electorate, leaf.voting_key)).or_default().push(ballot);
            }
        }
        let mut voters: Vec<Vec<Ballot>> = by_voter.into_values().collect();
        self.party.shuffle(&mut voters);
        let (mut parts, mut part, mut room) = (Vec::new(), Vec::new(), LONGEST_BATCH);
        for mut ballots in voters {
            ballots.sort_by_key(|(_, coming)| sequence(&coming.entry));
            for ballot in ballots {
                let length = ballot.1.entry.to_canonical().len();
                if length > room && !part.is_empty() {
                    parts.push(std::mem::take(&mut part));
                    room = LONGEST_BATCH;
                }
                room = room.saturating_sub(length);
                part.push(ballot);
            }
        }
        parts.extend((!part.is_empty()).then_some(part));
        parts
    }

    fn drop_all(&self, poll: PollId, due: &[Ballot]) -> Result<(), ServiceError> {
        self.party.db().commit(places::RELAY_BATCH, |writer| {
            due.iter().try_for_each(|(key, coming)| let_go(writer, poll, key, coming)).map_err(Into::into)
        })
    }

    /// The board is closed: what is not on it will not be.
    fn close(&self, poll: PollId) -> Result<(), ServiceError> {
        self.party.db().commit(places::RELAY_LAPSED, |writer| {
            for (key, coming) in writer.under::<Coming>(COMING, poll.as_bytes())? {
                tracing::warn!("a ballot that did not get onto the board");
                let_go(writer, poll, &key, &coming)?;
            }
            for (key, _) in writer.under::<Batch>(BATCHES, poll.as_bytes())? {
                writer.remove(BATCHES, &key)?;
            }
            Ok::<_, ServiceError>(writer.remove(ACTIVE, poll.as_bytes())?)
        })?;
        self.polls.lock().unwrap_or_else(PoisonError::into_inner).remove(&poll);
        Ok(())
    }

    /// What a node says against it decides nothing.
    async fn submit(&self, transaction: &SignedTransaction) -> Result<(), ServiceError> {
        match self.party.ledger().submit(places::RELAY_SUBMIT, transaction).await {
            Ok(_) => Ok(()),
            Err(LedgerError::Call(CallError::Refused(refusal))) => {
                tracing::debug!(rejection = refusal.rejection, "the ledger does not admit a batch");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn sequence(entry: &BoardEntry) -> Option<u32> {
    entry.leaf().ballot().map(|ballot| ballot.sequence.number())
}
