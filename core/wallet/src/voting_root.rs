//! The voting root, out of which the keys of polls come: derived from the vault's, or another phone's, out of a backup. Every build keeps
//! it and backs it up, also one that cannot vote: the next one can (BALLOT-12).

use crate::error::WalletError;
use crate::record;
use crate::session::Open;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Purpose, Secret32};
use citizen_store::StoreError;
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
