//! Announcing: signed and on the disk before it leaves, sent until the ledger proves it.

use super::Office;
use super::compose::Draft;
use super::record::{Announcement, DISTRICTS, DRAFTS, POLLS, Rolls};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::party::validity;
use crate::places;
use crate::registrar::Roll;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError};
use citizen_ledger::poll::{PollAction, PollRecord};
use citizen_ledger::{Action, Parameters, Rejection, state_key};
use citizen_primitives::PollId;
use citizen_voting::manifest::{Districts, Manifest, Poll};

/// How an announcement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// On its way.
    Sent,
    /// Why the ledger's node says that it does not take it: a hint.
    Refused(Rejection),
    /// It is proved to stand on the ledger.
    Stands,
}

impl Office {
    /// Has a poll announced: from here on every step brings it further.
    pub fn announce(&self, poll: &Poll, draft: Draft) -> Result<(), ServiceError> {
        self.party.db().commit(places::OFFICE_POLL, |writer| {
            if writer.find::<Announcement>(POLLS, poll.id().as_bytes())?.is_some() {
                return Ok(());
            }
            let Rolls(rolls) = writer.find(DRAFTS, &draft.0)?.ok_or(ServiceError::NotFound)?;
            let roots = poll.electorates().map(|(_, electorate)| electorate.roll_root);
            if !roots.eq(rolls.iter().map(Roll::root)) {
                return Err(ServiceError::NotFound);
            }
            let manifest = poll.manifest().clone();
            let row = Announcement { manifest, rolls, sent: None, stands: false };
            Ok(writer.put(POLLS, poll.id().as_bytes(), &row)?)
        })
    }

    /// The rolls of a poll of this office, for its registrars.
    pub fn rolls_of(&self, poll: &PollId) -> Result<Option<Vec<Roll>>, ServiceError> {
        Ok(self.announcement(poll)?.map(|row| row.rolls))
    }

    /// Brings one announcement further.
    pub async fn send(&self, id: &PollId) -> Result<Announced, ServiceError> {
        let _announcing = self.announcing.lock().await;
        let row = self.announcement(id)?.ok_or(ServiceError::NotFound)?;
        if row.stands {
            return Ok(Announced::Stands);
        }
        let keys = [state_key::poll(id), state_key::parameters()];
        let proven = self.party.ledger().state(places::OFFICE_ASK_STATE, &keys).await?;
        if !proven.get::<PollRecord>(&state_key::poll(id))?.is_absent() {
            self.put(places::OFFICE_ANNOUNCED, id, &Announcement { stands: true, ..row })?;
            return Ok(Announced::Stands);
        }
        let height = proven.header().height();
        let sent = row.sent.clone().filter(|(_, valid_until)| height <= *valid_until);
        let transaction = match sent {
            Some((transaction, _)) => transaction,
            None => {
                let parameters = proven.get::<Parameters>(&state_key::parameters())?.present();
                let parameters = parameters.ok_or(ServiceError::Unavailable)?.into_parts().0;
                let action = self.action(id, &row.manifest)?;
                let transaction = self.party.transaction(Action::Poll(action), height, &parameters);
                let sent = Some((transaction.clone(), height.plus(validity(&parameters))));
                self.put(places::OFFICE_POLL, id, &Announcement { sent, ..row })?;
                transaction
            }
        };
        match self.party.ledger().submit(places::OFFICE_ANNOUNCE, &transaction).await {
            Ok(_) => Ok(Announced::Sent),
            Err(LedgerError::Call(CallError::Refused(refusal))) => {
                let rejection = refusal.rejection.and_then(Rejection::from_code);
                Ok(rejection.map_or(Announced::Sent, Announced::Refused))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What announces a poll, with the districts that its plan named.
    fn action(&self, id: &PollId, manifest: &Manifest) -> Result<PollAction, ServiceError> {
        let districts: Option<Districts> =
            self.party.db().read(|rows| rows.find(DISTRICTS, id.as_bytes()))?;
        let manifest = Box::new(manifest.clone());
        Ok(match districts {
            Some(districts) => PollAction::AnnounceIn { manifest, districts },
            None => PollAction::Announce(manifest),
        })
    }

    pub(super) fn announcement(&self, id: &PollId) -> Result<Option<Announcement>, ServiceError> {
        Ok(self.party.db().read(|rows| rows.find(POLLS, id.as_bytes()))?)
    }

    fn put(
        &self,
        place: citizen_primitives::Place,
        id: &PollId,
        row: &Announcement,
    ) -> Result<(), ServiceError> {
        self.party.db().commit(place, |writer| Ok(writer.put(POLLS, id.as_bytes(), row)?))
    }
}

#[async_trait]
impl Steps for Office {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let rows: Vec<(Vec<u8>, Announcement)> = self.party.db().read(|rows| rows.all(POLLS))?;
        let mut stepped = Stepped::default();
        for (key, _) in rows.iter().filter(|(_, row)| !row.stands) {
            let id = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| ServiceError::Unavailable)?;
            match self.send(&PollId::from_bytes(id)).await? {
                Announced::Stands => stepped.moved = stepped.moved.saturating_add(1),
                Announced::Sent | Announced::Refused(_) => stepped.open = stepped.open.saturating_add(1),
            }
        }
        Ok(stepped)
    }
}
