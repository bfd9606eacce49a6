//! Rows on their way to the issuance log: sent until they are proved there, signed anew when the old transaction can be executed no
//! more, given up when registration is over. What stands in the log decides, whatever this registrar remembers.

use super::Registrar;
use super::record::{ENTERED, Entered, Known, OUTBOX, POLLS, READ, Standing, Unproved, row_key, unread};
use crate::blind_keys;
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::log::{self, Gained};
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError, Proven};
use citizen_ledger::poll::{CeremonyStanding, PollRecord};
use citizen_ledger::{SignedTransaction, state_key};
use citizen_merkle::Frontier;
use citizen_primitives::{Canonical as _, PollId};
use citizen_voting::issuance::IssuanceRow;
use std::collections::BTreeSet;

#[async_trait]
impl Steps for Registrar {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _entering = self.entering.lock().await;
        let (made, unfinished) = blind_keys::step(&self.party, places::REGISTRAR_KEYS)?;
        let forgotten = self.forget_shown()?;
        let mut stepped = Stepped { moved: u32::from(made).saturating_add(forgotten), open: unfinished };
        for poll in self.unproved_polls()? {
            match self.advance(poll).await {
                Ok(moved) => stepped.moved = stepped.moved.saturating_add(moved),
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, "rows wait"),
            }
        }
        let open: Vec<(Vec<u8>, Unproved)> = self.party.db().read(|rows| rows.all(OUTBOX))?;
        stepped.open = stepped.open.saturating_add(u32::try_from(open.len()).unwrap_or(u32::MAX));
        Ok(stepped)
    }
}

impl Registrar {
    fn unproved_polls(&self) -> Result<BTreeSet<PollId>, ServiceError> {
        let open: Vec<(Vec<u8>, Unproved)> = self.party.db().read(|rows| rows.all(OUTBOX))?;
        Ok(open.into_iter().map(|(_, Unproved(poll))| poll).collect())
    }

    /// Reads what the log has gained, then sends what is not there; says how many rows moved.
    async fn advance(&self, poll: PollId) -> Result<u32, ServiceError> {
        let issuance = state_key::issuance(&poll);
        let keys = [issuance.clone(), state_key::parameters(), state_key::poll(&poll)];
        let proven = self.party.ledger().state(places::REGISTRAR_ASK_STATE, &keys).await?;
        let (known, seen): (Option<Known>, Option<Frontier>) = self.party.db().read(|rows| {
            Ok::<_, ServiceError>((rows.find(POLLS, poll.as_bytes())?, rows.find(READ, poll.as_bytes())?))
        })?;
        let Some(known) = known else { return Ok(0) };
        let seen = seen.unwrap_or_else(unread);
        let gained = log::follow(&self.party, places::REGISTRAR_ASK_LOG, &issuance, &seen, &proven).await?;
        let mut moved = self.note(poll, known, &gained)?;
        let open: Vec<(Vec<u8>, Unproved)> =
            self.party.db().read(|rows| rows.under(OUTBOX, poll.as_bytes()))?;
        for (key, _) in open {
            moved = moved.saturating_add(u32::from(self.send_on(poll, known, &key, &proven).await?));
        }
        Ok(moved)
    }

    /// Rows of this registrar that stand in the log are proved, those too that it has forgotten (REGISTRAR-6).
    fn note(&self, poll: PollId, known: Known, gained: &Gained) -> Result<u32, ServiceError> {
        if gained.leaves.is_empty() {
            return Ok(0);
        }
        self.party.db().commit(places::REGISTRAR_PROVED, |writer| {
            let mut moved = 0u32;
            for leaf in &gained.leaves {
                let row = IssuanceRow::from_canonical(&leaf.bytes).map_err(|_| ServiceError::Unavailable)?;
                if row.registrar != known.number {
                    continue;
                }
                let key = row_key(poll, row.electorate, &row.voter);
                writer.put(
                    ENTERED,
                    &key,
                    &Entered { row, standing: Standing::Proved { index: leaf.index } },
                )?;
                writer.remove(OUTBOX, &key)?;
                moved = moved.saturating_add(1);
            }
            writer.put(READ, poll.as_bytes(), &gained.frontier)?;
            Ok(moved)
        })
    }

    /// Sends a row that is not in the log; says whether it moved.
    async fn send_on(
        &self,
        poll: PollId,
        known: Known,
        key: &[u8],
        proven: &Proven,
    ) -> Result<bool, ServiceError> {
        let entered: Option<Entered> = self.party.db().read(|rows| rows.find(ENTERED, key))?;
        let Some(Entered { row, standing: Standing::Sent { transaction, valid_until } }) = entered else {
            return Ok(false);
        };
        // The state under this header is the one before its block, and neither this block nor a later one enters rows any more.
        if proven.header().time() >= known.until {
            self.party.db().commit(places::REGISTRAR_LAPSED, |writer| {
                writer.put(ENTERED, key, &Entered { row, standing: Standing::Lapsed })?;
                writer.remove(OUTBOX, key)
            })?;
            return Ok(true);
        }
        if !has_election_key(proven, &poll)? {
            return Ok(false);
        }
        if proven.header().height() <= valid_until {
            self.submit(&transaction).await?;
            return Ok(false);
        }
        let (transaction, standing) = self.row_sent(poll, row, proven)?;
        self.party.db().commit(places::REGISTRAR_RENEWED, |writer| {
            writer.put(ENTERED, key, &Entered { row, standing: standing.clone() })
        })?;
        self.submit(&transaction).await?;
        Ok(true)
    }

    /// What a node says against it decides nothing.
    pub(super) async fn submit(&self, transaction: &SignedTransaction) -> Result<(), ServiceError> {
        match self.party.ledger().submit(places::REGISTRAR_SUBMIT, transaction).await {
            Ok(_) => Ok(()),
            Err(LedgerError::Call(CallError::Refused(refusal))) => {
                tracing::debug!(rejection = refusal.rejection, "the ledger does not admit a row");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// **REGISTRAR-8** Whether trustees have made the poll's key: before that the ledger takes no row, and none is sent.
pub(super) fn has_election_key(proven: &Proven, poll: &PollId) -> Result<bool, ServiceError> {
    let record = proven.get::<PollRecord>(&state_key::poll(poll))?.into_parts().0;
    Ok(record.is_some_and(|record| matches!(record.ceremony, CeremonyStanding::Done(_))))
}
