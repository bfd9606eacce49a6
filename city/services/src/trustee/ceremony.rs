//! The ceremony: she says what her seed and the ledger's history give, and nothing else after another history.

use super::Trustee;
use super::attend::View;
use super::record::{Seat, Standing};
use crate::error::ServiceError;
use crate::places;
use citizen_ledger::poll::PollAction;
use citizen_primitives::{Canonical as _, Hash, PollId};
use citizen_voting::ceremony::{self, Ceremony, Fault, Next, Phase, TrusteeShare};

impl Trustee {
    /// Says what is hers to say in this round.
    pub(super) async fn speak(&self, id: PollId, seat: Seat, view: &View) -> Result<bool, ServiceError> {
        let ceremony = replayed(view)?;
        if view.proven.header().time() >= view.poll.manifest().casting.from {
            return self.end_unfinished(id, seat, &ceremony);
        }
        let mut memory = seat.memory.clone();
        let next = self.next(&id, &seat, &ceremony, &mut memory)?;
        let Next::Say(message) = next else { return Ok(false) };
        let message = self.conduct().speak(*message, self.party.signing());
        let says = Hash::plain(&[&message.to_canonical()]);
        let seat = Seat { memory, ..seat };
        let places = (places::TRUSTEE_SAYING, places::TRUSTEE_SPEAK);
        self.send((id, seat), (says, PollAction::Speak(Box::new(message))), &view.proven, places).await
    }

    /// Her share of the key, which is never stored: seed and ledger give it again.
    pub(super) fn share(
        &self,
        id: &PollId,
        seat: &Seat,
        view: &View,
    ) -> Result<Option<TrusteeShare>, ServiceError> {
        let (ceremony, mut memory) = (replayed(view)?, seat.memory.clone());
        Ok(match self.next(id, seat, &ceremony, &mut memory)? {
            Next::Done(share) => Some(*share),
            Next::Say(_) | Next::Wait(_) | Next::Failed(_) => None,
        })
    }

    fn next(
        &self,
        id: &PollId,
        seat: &Seat,
        ceremony: &Ceremony,
        memory: &mut ceremony::TrusteeMemory,
    ) -> Result<Next, ServiceError> {
        let seed = self.seed(id, seat)?;
        let (signing, sealing) = (self.party.signing(), &self.sealing);
        let trustee = ceremony::Trustee::new(ceremony.parameters(), signing, sealing, &seed)
            .map_err(|_| ServiceError::Malformed)?;
        trustee.next(ceremony, memory).map_err(|error| {
            tracing::error!(%error, "a trustee does not go on");
            ServiceError::Unavailable
        })
    }

    pub(super) fn end_failed(&self, id: PollId, seat: Seat, view: &View) -> Result<bool, ServiceError> {
        let blamed = match replayed(view)?.phase() {
            Phase::Failed(Fault::WrongShare(trustee)) => Some(trustee),
            Phase::Failed(Fault::NoKey) | Phase::Waiting { .. } | Phase::Done(_) => None,
        };
        self.end(id, seat, Standing::Failed(blamed))
    }

    fn end_unfinished(&self, id: PollId, seat: Seat, ceremony: &Ceremony) -> Result<bool, ServiceError> {
        let missing = match ceremony.phase() {
            Phase::Waiting { missing, .. } => missing,
            Phase::Failed(_) | Phase::Done(_) => Vec::new(),
        };
        self.end(id, seat, Standing::Unfinished(missing))
    }
}

/// The ceremony as the ledger has it. The ledger takes nothing that the ceremony refuses: what is refused here is not its history.
fn replayed(view: &View) -> Result<Ceremony, ServiceError> {
    let parameters = view.poll.ceremony().map_err(|_| ServiceError::Malformed)?;
    let mut ceremony = Ceremony::new(parameters);
    for message in &view.said.0 {
        ceremony.take(message).map_err(|refusal| {
            tracing::error!(%refusal, "the ledger holds what its ceremony refuses");
            ServiceError::Unavailable
        })?;
    }
    Ok(ceremony)
}
