//! Attending to each poll in which she has a seat: what the proved state and the time ask for next.

use super::record::{Outgoing, POLLS, Seat, Standing};
use super::{Conduct, Trustee};
use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::party::validity;
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError, Proven};
use citizen_ledger::poll::{CeremonyMessages, CeremonyStanding, PollAction, PollRecord};
use citizen_ledger::{Action, Parameters, StateKey, state_key};
use citizen_primitives::{Hash, Place, PollId};
use citizen_voting::manifest::Poll;
use std::sync::PoisonError;

/// A poll under her eyes.
pub(super) struct View {
    pub(super) poll: Poll,
    pub(super) record: PollRecord,
    pub(super) said: CeremonyMessages,
    pub(super) proven: Proven,
}

#[async_trait]
impl Steps for Trustee {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _attending = self.attending.lock().await;
        let mut stepped = Stepped::default();
        if self.conduct() == Conduct::Silent {
            return Ok(stepped);
        }
        if self.looks_around() {
            stepped.moved = self.find().await?;
        }
        for (id, seat) in self.seats()? {
            stepped.open = stepped.open.saturating_add(1);
            if self.sleeps(&id) {
                continue;
            }
            match self.attend(id, seat).await {
                Ok(true) => stepped.moved = stepped.moved.saturating_add(1),
                Ok(false) => {}
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, "a poll waits"),
            }
        }
        Ok(stepped)
    }
}

impl Trustee {
    /// The polls that are not at their end for her.
    fn seats(&self) -> Result<Vec<(PollId, Seat)>, ServiceError> {
        let rows: Vec<(Vec<u8>, Seat)> = self.party.db().read(|rows| rows.all(POLLS))?;
        let open = rows.into_iter().filter(|(_, seat)| seat.standing == Standing::Attending);
        open.map(|(key, seat)| {
            let id = <[u8; 32]>::try_from(key.as_slice()).map_err(|_| ServiceError::Unavailable)?;
            Ok((PollId::from_bytes(id), seat))
        })
        .collect()
    }

    /// Whether to look for new polls: once a second.
    fn looks_around(&self) -> bool {
        let now = self.party.now();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.replace(now) != Some(now)
    }

    /// Whether nothing but time moves this poll: the key is made, and the board not closed.
    fn sleeps(&self, id: &PollId) -> bool {
        let sleeping = self.sleeping.lock().unwrap_or_else(PoisonError::into_inner);
        sleeping.get(id).is_some_and(|until| self.party.now() < *until)
    }

    /// Does what there is to do now; says whether something was sent.
    async fn attend(&self, id: PollId, seat: Seat) -> Result<bool, ServiceError> {
        let poll = Poll::new(seat.manifest.clone()).map_err(|_| ServiceError::Malformed)?;
        let keys = [
            state_key::poll(&id),
            state_key::ceremony(&id),
            state_key::board(&id),
            state_key::issuance(&id),
            state_key::parameters(),
        ];
        let proven = self.party.ledger().state(places::TRUSTEE_ASK_STATE, &keys).await?.fresh()?;
        let record: PollRecord = required(&proven, &state_key::poll(&id))?;
        let said: CeremonyMessages = proven
            .get(&state_key::ceremony(&id))?
            .present()
            .map(|said| said.into_parts().0)
            .unwrap_or_default();
        let (time, ceremony) = (proven.header().time(), record.ceremony.clone());
        let view = View { poll, record, said, proven };
        match ceremony {
            CeremonyStanding::Running => self.speak(id, seat, &view).await,
            CeremonyStanding::Failed => self.end_failed(id, seat, &view),
            // The header vouches for the state after the block before it: what came after closing is not in it, what came before is.
            CeremonyStanding::Done(_) if time >= view.poll.manifest().casting.until => {
                self.open(id, seat, &view).await
            }
            CeremonyStanding::Done(_) => {
                let until = view.poll.manifest().casting.until;
                self.sleeping.lock().unwrap_or_else(PoisonError::into_inner).insert(id, until);
                Ok(false)
            }
        }
    }

    /// Sends what she says, again until it is on the ledger: with the same bytes while they can be executed. What she has signed,
    /// and her memory of it, are on the disk before (TRUSTEE-1).
    pub(super) async fn send(
        &self,
        (id, mut seat): (PollId, Seat),
        (says, action): (Hash, PollAction),
        proven: &Proven,
        (commit, submit): (Place, Place),
    ) -> Result<bool, ServiceError> {
        let height = proven.header().height();
        let known = seat.outgoing(&says).filter(|outgoing| height <= outgoing.valid_until).cloned();
        let (outgoing, is_new) = match known {
            Some(outgoing) => (outgoing, false),
            None => {
                let parameters: Parameters = required(proven, &state_key::parameters())?;
                let transaction = self.party.transaction(Action::Poll(action), height, &parameters);
                let valid_until = height.plus(validity(&parameters));
                let outgoing = Outgoing { says, transaction, valid_until };
                seat.outbox.retain(|other| other.says != says);
                seat.outbox.push(outgoing.clone());
                self.put(commit, &id, &seat)?;
                (outgoing, true)
            }
        };
        match self.party.ledger().submit(submit, &outgoing.transaction).await {
            Ok(_) => Ok(is_new),
            Err(LedgerError::Call(CallError::Refused(refusal))) => {
                tracing::debug!(
                    rejection = refusal.rejection,
                    "the ledger does not admit what a trustee says"
                );
                Ok(is_new)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing more to say in this poll: the seed is forgotten.
    pub(super) fn end(&self, id: PollId, seat: Seat, standing: Standing) -> Result<bool, ServiceError> {
        self.put(
            places::TRUSTEE_ENDED,
            &id,
            &Seat { seed: Vec::new(), outbox: Vec::new(), standing, ..seat },
        )?;
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        Ok(true)
    }

    fn put(&self, place: Place, id: &PollId, seat: &Seat) -> Result<(), ServiceError> {
        self.party.db().commit(place, |writer| Ok(writer.put(POLLS, id.as_bytes(), seat)?))
    }
}

/// A record that must be there.
pub(super) fn required<T: citizen_primitives::Canonical>(
    proven: &Proven,
    key: &StateKey,
) -> Result<T, ServiceError> {
    Ok(proven.get::<T>(key)?.present().ok_or(ServiceError::Unavailable)?.into_parts().0)
}
