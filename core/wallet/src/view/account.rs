//! The account's number.

use crate::record::{AccountRow, Phase};
use crate::view::{serial::plain, view};
use citizen_primitives::{AccountId, UnixTime};

view! {
    /// Which account this phone has: its own words, nobody else's.
    AccountView {
        /// The account's identifier.
        #[serde(serialize_with = "plain")]
        account: AccountId,
        /// How often its device was replaced.
        epoch: u32,
        /// Since when another phone has had it, if one has.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        fenced_since: Option<UnixTime>,
    }
}

impl AccountView {
    pub(crate) const fn of(row: &AccountRow) -> Self {
        let fenced_since = match row.phase {
            Phase::Fenced { since } => Some(since),
            _ => None,
        };
        Self { account: row.id, epoch: row.epoch.value(), fenced_since }
    }
}
