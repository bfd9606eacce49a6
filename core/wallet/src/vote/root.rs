//! All that a token needs follows from the voting root and from the poll's name. The backup carries the root, so that a phone that is lost
//! after registration asks with the same bytes again (BALLOT-12).

use crate::error::WalletError;
use crate::record;
use crate::session::Session;
use citizen_keys::SigningKey;
use citizen_primitives::PollId;
use citizen_voting::ElectorateIndex;
use citizen_voting::token::{PollSecret, VotingRoot};

impl Session {
    /// The citizen's secret in a poll.
    pub(crate) fn poll_secret(&self, poll: PollId) -> Result<PollSecret, WalletError> {
        self.with(|open| Ok(VotingRoot::new(open.voting_root()?).poll(poll)))
    }

    /// The key that signs her ballots as a member of an electorate.
    pub(crate) fn voting_key(
        &self,
        poll: PollId,
        electorate: ElectorateIndex,
    ) -> Result<SigningKey, WalletError> {
        Ok(self.poll_secret(poll)?.voting_key(electorate))
    }

    /// Whether the root is another phone's.
    pub(crate) fn inherits_votes(&self) -> Result<bool, WalletError> {
        self.with(|open| Ok(open.store.load(&record::voting_root_row())?.is_some()))
    }
}
