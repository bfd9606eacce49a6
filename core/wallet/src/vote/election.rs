//! The election key: the one that comes out of the trustees' signed messages, and no other (BALLOT-3).

use crate::error::{Party, Subject, WalletError, mapping};
use crate::vote::polls::Announced;
use crate::wallet::Wallet;
use citizen_ledger::poll::{CeremonyMessages, CeremonyStanding};
use citizen_ledger::state_key;
use citizen_primitives::PollId;
use citizen_voting::Election;
use citizen_voting::ceremony::Ceremony;

impl Wallet {
    /// The poll now, with its election: the phone goes through the ceremony itself, and the state's key must be what comes out.
    pub(super) async fn election(&self, id: &PollId) -> Result<(Announced, Election), WalletError> {
        let key = state_key::ceremony(id);
        let (announced, snapshot) = self.announced_now(id, std::slice::from_ref(&key)).await?;
        let messages: Option<CeremonyMessages> = snapshot.get(&key)?.into_parts().0;
        let election = messages.as_ref().and_then(|messages| replay(&announced, messages));
        let election = election.ok_or(mapping::unverified(Subject::ElectionKey, Party::Trustee))?;
        if announced.record.value().ceremony != CeremonyStanding::Done(election.key) {
            return Err(mapping::unverified(Subject::ElectionKey, Party::Ledger));
        }
        Ok((announced, election))
    }
}

fn replay(announced: &Announced, messages: &CeremonyMessages) -> Option<Election> {
    Ceremony::replay(announced.poll.ceremony().ok()?, &messages.0).ok()
}
