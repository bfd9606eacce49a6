//! What the citizen chose.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::Text;

/// Choices that outlive a restart and go into a backup.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct SettingsRow {
    /// How the bank and the treasury know the citizen. Never a resident registration number.
    pub(crate) citizen: Option<Text>,
    /// Points first, or won first.
    pub(crate) points_first: bool,
}
citizen_primitives::canonical!(SettingsRow = 1);

impl Default for SettingsRow {
    fn default() -> Self {
        Self { citizen: None, points_first: true }
    }
}
