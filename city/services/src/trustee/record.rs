//! What a trustee keeps of a poll.

use crate::db::Table;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::SignedTransaction;
use citizen_primitives::{Hash, Height, Text};
use citizen_voting::ceremony::TrusteeMemory;
use citizen_voting::decryption::DecryptionMemory;
use citizen_voting::identifier::TrusteeIndex;
use citizen_voting::manifest::Manifest;

/// [`Seat`] by poll.
pub(super) const POLLS: Table = Table::new("polls");
/// The [`citizen_merkle::Frontier`] of the log of all polls as far as she has read it, under the one key [`READ`].
pub(super) const CURSOR: Table = Table::new("cursor");
/// The one key.
pub(super) const READ: &[u8] = b"polls";

/// A seat in a poll.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Seat {
    /// As it was announced.
    pub(super) manifest: Manifest,
    /// The seed of this poll's ceremony, sealed to her own key. Empty once there is nothing left to open: from then on she cannot be
    /// made to decrypt a single ballot (TRUSTEE-7).
    pub(super) seed: Vec<u8>,
    /// In which rounds she has spoken, after which history.
    pub(super) memory: TrusteeMemory,
    /// Which sums she has decrypted.
    pub(super) decrypted: DecryptionMemory,
    /// What she has signed that is not on the ledger yet.
    pub(super) outbox: Vec<Outgoing>,
    /// How far she is.
    pub(super) standing: Standing,
}

/// A signed transaction on its way.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Outgoing {
    /// The digest of what it says.
    pub(super) says: Hash,
    pub(super) transaction: SignedTransaction,
    pub(super) valid_until: Height,
}

/// How far a trustee is with a poll.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Standing {
    /// The key is being made, or ballots are being cast, or the sums being opened.
    Attending,
    /// Whatever may be opened is open.
    Opened,
    /// The ceremony has failed: by whose fault, if it was one trustee's.
    Failed(Option<TrusteeIndex>),
    /// The ceremony was not over when casting should have begun: who had not spoken.
    Unfinished(Vec<TrusteeIndex>),
    /// Something on the board is wrong, so that she opens nothing of it: what.
    Refused(Text),
}

citizen_primitives::canonical!(Seat = 1);

impl Seat {
    /// What she has signed that says this.
    pub(super) fn outgoing(&self, says: &Hash) -> Option<&Outgoing> {
        self.outbox.iter().find(|outgoing| outgoing.says == *says)
    }
}
