//! The treasury: programmes that grant points, the register they rest on, and grants that are made once.

mod caps;
mod certificate;
mod claim;
mod deliver;
mod programme;
mod record;
mod register;
mod reward;

pub use programme::{Programme, ProgrammeError, default_programmes};
pub use register::{Fact, Register, RegisterError};

use crate::party::Party;
use citizen_keys::Secret32;
use citizen_primitives::{Hash, PersonTag, ProgrammeId, Text};
use std::fmt;

/// The treasury.
pub struct Treasury {
    party: Party,
    secret: Secret32,
    programmes: Vec<Programme>,
    register: Register,
    /// Held during a step.
    delivering: tokio::sync::Mutex<()>,
}

impl Treasury {
    /// A treasury with its secret, by which it names persons and evidence so that nobody else can.
    #[must_use]
    pub const fn new(party: Party, secret: Secret32, programmes: Vec<Programme>, register: Register) -> Self {
        Self { party, secret, programmes, register, delivering: tokio::sync::Mutex::const_new(()) }
    }

    /// Who it is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// A citizen, as the ledger counts her caps: a keyed hash (TREASURY-4). The same in every year: the ledger counts by the year of
    /// the block, and a claim of the last night of a year may be granted in the next.
    fn person(&self, citizen: &Text) -> PersonTag {
        PersonTag::from_bytes(self.secret.keyed_hash(&parts(&[b"person", citizen.as_str().as_bytes()])))
    }

    /// Evidence as it stands on the ledger: a keyed hash too, since bills have numbers that can be guessed (TREASURY-4).
    fn evidence(&self, programme: &ProgrammeId, citizen: &Text, evidence: &Text) -> Hash {
        let texts = [programme.as_str(), citizen.as_str(), evidence.as_str()].map(str::as_bytes);
        let [programme, citizen, evidence] = texts;
        Hash::from_bytes(self.secret.keyed_hash(&parts(&[b"evidence", programme, citizen, evidence])))
    }

    fn programme(&self, id: &ProgrammeId) -> Option<&Programme> {
        self.programmes.iter().find(|programme| programme.id == *id)
    }
}

impl fmt::Debug for Treasury {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Treasury").field("party", &self.party).finish_non_exhaustive()
    }
}

/// Each part after its length, so that no two lists have the same bytes.
fn parts(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
