//! How far a poll is, as the ledger proves it: who has not spoken, who is to blame, who has opened rightly and who wrongly.

use super::Office;
use crate::error::ServiceError;
use crate::places;
use citizen_client::Proven;
use citizen_ledger::poll::{CeremonyMessages, PollRecord, TallyShares};
use citizen_ledger::{StateKey, state_key};
use citizen_primitives::{Canonical, PollId, UnixTime};
use citizen_voting::ceremony::{Ceremony, Phase};
use citizen_voting::decryption::Decryption;
use citizen_voting::identifier::{ElectorateIndex, TrusteeIndex};
use citizen_voting::manifest::{Manifest, Poll};
use citizen_voting::tally::{EncryptedTally, Tally};

/// How far a poll is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// As it was announced.
    pub poll: Poll,
    /// What the state counts.
    pub record: PollRecord,
    /// How far the ceremony is: who has not spoken, or whose fault it is.
    pub ceremony: Phase,
    /// Who has opened, by electorate.
    pub opened: Vec<Vec<Opener>>,
    /// The time of the header under which all this is proved.
    pub time: UnixTime,
}

/// A trustee who has opened her part of an electorate's sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opener {
    /// Who.
    pub trustee: TrusteeIndex,
    /// Whether her shares are right. Wrong ones she has signed, and nobody else can have made them.
    pub is_right: bool,
}

impl Office {
    /// Looks at a poll; nothing if no such poll was announced.
    pub async fn watch(&self, id: &PollId) -> Result<Option<Progress>, ServiceError> {
        let key = state_key::manifest(id);
        let ledger = self.party.ledger();
        let proven = ledger.state(places::OFFICE_ASK_STATE, std::slice::from_ref(&key)).await?;
        let Some(manifest) = proven.get::<Manifest>(&key)?.present() else { return Ok(None) };
        let poll = Poll::new(manifest.into_parts().0).map_err(|_| ServiceError::Malformed)?;
        let own = [state_key::poll(id), state_key::ceremony(id)];
        let proven = ledger.state(places::OFFICE_ASK_STATE, &own).await?;
        let record: PollRecord = find(&proven, &state_key::poll(id))?.ok_or(ServiceError::Unavailable)?;
        let said: CeremonyMessages = find(&proven, &state_key::ceremony(id))?.unwrap_or_default();
        let mut ceremony = Ceremony::new(poll.ceremony().map_err(|_| ServiceError::Malformed)?);
        said.0
            .iter()
            .try_for_each(|message| ceremony.take(message))
            .map_err(|_| ServiceError::Unavailable)?;
        let ceremony = ceremony.phase();
        let mut opened = Vec::new();
        for (electorate, _) in poll.electorates() {
            let keys = [state_key::tally(id, electorate), state_key::tally_shares(id, electorate)];
            let proven = ledger.state(places::OFFICE_ASK_STATE, &keys).await?;
            opened.push(openers(&poll, &ceremony, electorate, &proven)?);
        }
        let time = proven.header().time();
        Ok(Some(Progress { poll, record, ceremony, opened, time }))
    }
}

/// Who has opened, rightly or wrongly.
fn openers(
    poll: &Poll,
    ceremony: &Phase,
    electorate: ElectorateIndex,
    proven: &Proven,
) -> Result<Vec<Opener>, ServiceError> {
    let Phase::Done(election) = ceremony else { return Ok(Vec::new()) };
    let said: TallyShares =
        find(proven, &state_key::tally_shares(&poll.id(), electorate))?.unwrap_or_default();
    let kept: EncryptedTally =
        find(proven, &state_key::tally(&poll.id(), electorate))?.ok_or(ServiceError::Unavailable)?;
    let style = poll.style(electorate, &election.key).ok_or(ServiceError::Malformed)?;
    let tally = Tally::restore(&style, &kept).map_err(|_| ServiceError::Unavailable)?;
    let parameters = poll.ceremony().map_err(|_| ServiceError::Malformed)?;
    let mut decryption = Decryption::new(&parameters, election, &tally);
    let opener = |share: &citizen_keys::Signed<_>| {
        let is_right = decryption.take(share).is_ok();
        let trustee = share.dangerous_unverified().ok()?.trustee;
        Some(Opener { trustee, is_right })
    };
    Ok(said.0.iter().filter_map(opener).collect())
}

fn find<T: Canonical>(proven: &Proven, key: &StateKey) -> Result<Option<T>, ServiceError> {
    Ok(proven.get::<T>(key)?.present().map(|found| found.into_parts().0))
}
