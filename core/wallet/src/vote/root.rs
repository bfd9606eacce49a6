//! The voting root: all that a token needs follows from it and from the poll's name. The backup carries it, so that a phone that is
//! lost after registration asks with the same bytes again (BALLOT-12).

use crate::error::WalletError;
use crate::record;
use crate::session::{Open, Session};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Purpose, Secret32, SigningKey};
use citizen_primitives::PollId;
use citizen_store::StoreError;
use citizen_voting::ElectorateIndex;
use citizen_voting::token::{PollSecret, VotingRoot};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const ROOT: Purpose = Purpose::new("voting-root");

/// The root in a backup; none in one of before there were polls. `Debug` does not show it, and it is wiped when dropped.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct BackedUpRoot(Option<[u8; 32]>);

impl BackedUpRoot {
    pub(crate) fn of(root: Option<&Secret32>) -> Self {
        Self(root.map(|root| *root.expose()))
    }

    pub(crate) const fn bytes(&self) -> Option<&[u8; 32]> {
        self.0.as_ref()
    }
}

impl fmt::Debug for BackedUpRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackedUpRoot(hidden)")
    }
}

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

impl Open {
    /// The root: the one that was restored, else the one that follows from the vault's.
    pub(crate) fn voting_root(&self) -> Result<Secret32, WalletError> {
        let Some(kept) = self.store.load(&record::voting_root_row())? else {
            return Ok(self.root.derive(ROOT));
        };
        let bytes: [u8; 32] = kept.as_slice().try_into().map_err(|_| StoreError::Damaged)?;
        Ok(Secret32::take(Zeroizing::new(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballot_8_a_voting_root_does_not_show_itself() {
        let root = BackedUpRoot::of(Some(&Secret32::take(Zeroizing::new([0x41; 32]))));
        assert_eq!(format!("{root:?}"), "BackedUpRoot(hidden)");
    }
}
