//! What the office keeps.

use crate::db::Table;
use crate::registrar::Roll;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::SignedTransaction;
use citizen_primitives::Height;
use citizen_voting::manifest::Manifest;

/// [`Rolls`] by draft.
pub(super) const DRAFTS: Table = Table::new("drafts");
/// [`Announcement`] by poll.
pub(super) const POLLS: Table = Table::new("polls");

/// [`Districts`](citizen_voting::manifest::Districts) by poll, of those that have some.
pub(super) const DISTRICTS: Table = Table::new("districts");

/// The rolls of a draft, by electorate. Their salts are drawn once.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Rolls(pub(super) Vec<Roll>);

/// A poll of this office.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Announcement {
    pub(super) manifest: Manifest,
    pub(super) rolls: Vec<Roll>,
    /// What was signed last to announce it.
    pub(super) sent: Option<(SignedTransaction, Height)>,
    /// Whether it is proved to stand on the ledger.
    pub(super) stands: bool,
}

citizen_primitives::canonical!(Rolls = 2, Announcement = 2);
