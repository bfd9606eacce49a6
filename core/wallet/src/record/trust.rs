//! The city this wallet belongs to, and how far its ledger is trusted.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::{LightClient, TrustAnchor, TrustedState};

/// The city and the trust in its ledger.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct TrustRow {
    /// The gateway's address.
    pub(crate) url: String,
    /// Where trust begins. Nothing yet where it begins with the first header the gateway shows.
    pub(crate) anchor: Option<TrustAnchor>,
    /// The newest header that was verified.
    pub(crate) state: Option<TrustedState>,
}
citizen_primitives::canonical!(TrustRow = 1);

impl TrustRow {
    /// The light client as it was left.
    pub(crate) fn light_client(&self) -> Option<LightClient> {
        let anchor = self.anchor.clone()?;
        Some(match self.state {
            Some(state) => LightClient::resume(anchor, state),
            None => LightClient::new(anchor),
        })
    }
}
