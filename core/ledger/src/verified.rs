//! What the ledger has proved: a verified header, and values that only such a header can vouch for.

use crate::light_block::HeaderFacts;
use crate::proof::{ProofError, ProvenState, ProvenValue};
use crate::state_key::StateKey;
use crate::trust::{Trust, TrustedState};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical, ChainId, Hash, Height, UnixTime};

/// By what a value is proved: what a screen shows beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Provenance {
    /// The header's height.
    pub height: Height,
    /// Its time.
    pub time: UnixTime,
    /// Its hash.
    pub header_hash: Hash,
    /// The root of the state it commits to.
    pub app_hash: Hash,
    /// How many validators' signatures were checked and found right.
    pub signers: u16,
    /// Of how many.
    pub validators: u16,
    /// The signers' share of the power, in whole per cent, rounded down.
    pub power_percent: u8,
    /// How trust began.
    pub trust: Trust,
    /// The newer header in whose history this one was proved; the signatures are that one's then.
    pub through: Option<Height>,
}

/// A header that was verified: by signatures, or in the history of one that was. It cannot be made in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedHeader {
    facts: HeaderFacts,
    provenance: Provenance,
    vouches: bool,
}

impl VerifiedHeader {
    pub(crate) const fn new(facts: HeaderFacts, provenance: Provenance, vouches: bool) -> Self {
        Self { facts, provenance, vouches }
    }

    /// The ledger's name.
    #[must_use]
    pub const fn chain_id(&self) -> &ChainId {
        &self.facts.chain_id
    }

    /// The height.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.facts.height
    }

    /// The block's time.
    #[must_use]
    pub const fn time(&self) -> UnixTime {
        self.facts.time
    }

    /// The header's hash.
    #[must_use]
    pub const fn header_hash(&self) -> Hash {
        self.facts.hash
    }

    /// The root of the state after the block before this one.
    #[must_use]
    pub const fn app_hash(&self) -> Hash {
        self.facts.app_hash
    }

    /// By what the header is verified.
    #[must_use]
    pub const fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Proves a record, or its absence, under the key that was asked for (LEDGER-3).
    pub fn prove<T: Canonical>(
        &self,
        key: &StateKey,
        proven: &ProvenValue,
    ) -> Result<Verified<Option<T>>, ProofError> {
        proven.verify(key, &self.facts.app_hash)?;
        let value = proven.value.as_deref().map(T::from_canonical).transpose()?;
        Ok(self.vouch(value))
    }

    /// As [`Self::prove`], from an answer with several values.
    pub fn prove_in<T: Canonical>(
        &self,
        key: &StateKey,
        state: &ProvenState,
    ) -> Result<Verified<Option<T>>, ProofError> {
        if state.height != self.height() {
            return Err(ProofError::AnotherHeight(state.height));
        }
        self.prove(key, state.find(key)?)
    }

    pub(crate) const fn data_hash(&self) -> Option<&Hash> {
        self.facts.data_hash.as_ref()
    }

    pub(crate) const fn results_hash(&self) -> Option<&Hash> {
        self.facts.results_hash.as_ref()
    }

    pub(crate) const fn vouch<T>(&self, value: T) -> Verified<T> {
        Verified { value, provenance: self.provenance }
    }

    pub(crate) const fn vouches(&self) -> bool {
        self.vouches
    }

    pub(crate) const fn trusted_state(&self) -> TrustedState {
        TrustedState {
            height: self.facts.height,
            time: self.facts.time,
            header_hash: self.facts.hash,
            next_validators_hash: self.facts.next_validators_hash,
        }
    }
}

/// A value that the ledger has proved. It cannot be made outside this crate (LEDGER-9):
///
/// ```compile_fail,E0451
/// # fn forge(provenance: citizen_ledger::Provenance) {
/// let forged = citizen_ledger::Verified { value: 7, provenance };
/// # }
/// ```
///
/// and what is computed from it is computed from it alone, by a function that brings nothing along:
///
/// ```compile_fail,E0308
/// # fn forge(proved: citizen_ledger::Verified<u64>, wished: u64) {
/// let forged = proved.map(|_| wished);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    provenance: Provenance,
}

impl<T> Verified<T> {
    /// The value.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// By what it is proved.
    #[must_use]
    pub const fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Takes it apart; from here on the value is any value.
    #[must_use]
    pub fn into_parts(self) -> (T, Provenance) {
        (self.value, self.provenance)
    }

    /// What follows from the value. A function pointer carries nothing from outside into it.
    #[must_use]
    pub fn map<U>(self, function: fn(T) -> U) -> Verified<U> {
        Verified { value: function(self.value), provenance: self.provenance }
    }

    /// What follows from the value and the header's time: points that have not expired, say.
    #[must_use]
    pub fn map_at<U>(self, function: fn(T, &Provenance) -> U) -> Verified<U> {
        Verified { value: function(self.value, &self.provenance), provenance: self.provenance }
    }

    /// What follows from the value, if it does.
    pub fn try_map<U, E>(self, function: fn(T, &Provenance) -> Result<U, E>) -> Result<Verified<U>, E> {
        let value = function(self.value, &self.provenance)?;
        Ok(Verified { value, provenance: self.provenance })
    }

    /// Two values of one header together; nothing if they are of two.
    #[must_use]
    pub fn zip<U>(self, other: Verified<U>) -> Option<Verified<(T, U)>> {
        (self.provenance == other.provenance)
            .then_some(Verified { value: (self.value, other.value), provenance: self.provenance })
    }
}

impl<T> Verified<Option<T>> {
    /// The record, if it is there.
    #[must_use]
    pub fn present(self) -> Option<Verified<T>> {
        let provenance = self.provenance;
        self.value.map(|value| Verified { value, provenance })
    }

    /// Whether it was proved that there is no record.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.value.is_none()
    }
}
