//! Trustees make the election key. What they say stands in the state, so that each of them can be restarted and all see the same.

use super::{find, signer};
use crate::component::Context;
use crate::overlay::{Overlay, Stop};
use citizen_ledger::poll::{CeremonyMessages, CeremonyStanding};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, state_key};
use citizen_voting::ballot::BallotStyle;
use citizen_voting::ceremony::{Ceremony, Message, Phase, Taken};
use citizen_voting::election::ElectionKey;
use citizen_voting::manifest::Poll;
use citizen_voting::tally::Tally;

/// Takes a message, if it may be said now by whoever signed the transaction. The key must stand before anybody registers for it.
pub(super) fn speak(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    message: &Message,
) -> Result<(), Stop> {
    let key = signer(overlay, context, transaction, Role::Trustee)?;
    // Believed only once the ceremony has verified it under the trustee's key.
    let (head, _) = message.dangerous_unverified_head().map_err(|_| Rejection::Malformed)?;
    let (id, trustee) = (head.poll, head.trustee);
    let (poll, mut record) = find(overlay, id)?;
    let member =
        trustee.number().checked_sub(1).and_then(|at| poll.manifest().trustees.members.get(usize::from(at)));
    if member.is_none_or(|member| member.signing != key) {
        return Err(Rejection::NotAllowed.into());
    }
    if context.time >= poll.manifest().casting.from {
        return Err(Rejection::PollTime.into());
    }
    if record.ceremony != CeremonyStanding::Running {
        return Err(Rejection::Ceremony.into());
    }
    let said: CeremonyMessages = overlay.find_or_default(&state_key::ceremony(&id))?;
    let mut ceremony = resume(&poll, &said)?;
    // The ceremony itself takes the same words again, under any signature of hers; here they would stand twice.
    match ceremony.take(message) {
        Ok(Taken::New) => {}
        Ok(Taken::Known) | Err(_) => return Err(Rejection::Ceremony.into()),
    }
    overlay.put(state_key::ceremony(&id), &CeremonyMessages([said.0, vec![message.clone()]].concat()));
    record.ceremony = match ceremony.phase() {
        Phase::Waiting { .. } => return Ok(()),
        Phase::Failed(_) => CeremonyStanding::Failed,
        Phase::Done(election) => {
            begin_tallies(overlay, &poll, election.key)?;
            overlay.put(state_key::election(&id), &*election);
            CeremonyStanding::Done(election.key)
        }
    };
    overlay.put(state_key::poll(&id), &record);
    Ok(())
}

/// The ceremony as it stands in the state.
fn resume(poll: &Poll, said: &CeremonyMessages) -> Result<Ceremony, Stop> {
    let mut ceremony = Ceremony::new(poll.ceremony().map_err(|_| Stop::Record)?);
    said.0.iter().try_for_each(|message| ceremony.take(message).map(drop)).map_err(|_| Stop::Record)?;
    Ok(ceremony)
}

/// The sums of nothing, for every electorate.
fn begin_tallies(overlay: &mut Overlay<'_>, poll: &Poll, key: ElectionKey) -> Result<(), Stop> {
    for (electorate, _) in poll.electorates() {
        let style =
            BallotStyle::new(poll.id(), electorate, key, poll.rules(electorate)).map_err(|_| Stop::Record)?;
        overlay.put(state_key::tally(&poll.id(), electorate), &Tally::new(&style).encrypted());
    }
    Ok(())
}
