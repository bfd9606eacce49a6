//! Values of the state with their proofs: the native proofs of the Jellyfish Merkle tree (`jmt` 0.12) over SHA-256.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{DecodeError, Hash, Height};
use jmt::proof::SparseMerkleProof;
use jmt::{KeyHash, RootHash, SimpleHasher};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

use crate::state_key::StateKey;

/// The most values of one answer.
pub const MOST_VALUES: usize = 64;
/// The most bytes of a value.
pub const LONGEST_VALUE: usize = 256 * 1024;
/// The most bytes of a key.
const LONGEST_KEY: usize = 256;
/// The most bytes of a proof: 256 siblings of at most 65 bytes, and a leaf.
const LONGEST_PROOF: usize = 256 * 65 + 4 + 65;

/// SHA-256 as the tree uses it.
#[derive(Debug, Clone, Default)]
pub struct TreeHash(Sha256);

impl SimpleHasher for TreeHash {
    fn new() -> Self {
        Self::default()
    }

    fn update(&mut self, data: &[u8]) {
        sha2::Digest::update(&mut self.0, data);
    }

    fn finalize(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// What is said to stand under a key, with the proof of it. Nothing here is believed before [`crate::VerifiedHeader::prove`].
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct ProvenValue {
    /// The key of the state.
    pub key: Vec<u8>,
    /// The value; nothing if nothing stands there, which is proved as well.
    pub value: Option<Vec<u8>>,
    /// The proof, a borsh `SparseMerkleProof`.
    pub proof: Vec<u8>,
}

/// Values proved under one header.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct ProvenState {
    /// The height of the header whose app hash they are proved under: it commits to the state after the block before it.
    pub height: Height,
    /// The values, at most [`MOST_VALUES`].
    pub values: Vec<ProvenValue>,
}
citizen_primitives::canonical!(ProvenValue = 1, ProvenState = 1);

/// Why a value is not proved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The answer does not hold the key.
    #[error("the key is not in the answer")]
    Missing,
    /// The value stands under another key than the one asked for.
    #[error("proved under another key")]
    AnotherKey,
    /// The answer is for another header.
    #[error("for the header at {0}")]
    AnotherHeight(Height),
    /// The bytes of the proof are none.
    #[error("malformed proof")]
    Malformed,
    /// The proof does not lead from the value to the app hash.
    #[error("the proof does not lead to the app hash")]
    Refuted,
    /// The value is proved, but it is not such a record: written by later rules, perhaps.
    #[error("the value is another record")]
    Record(#[from] DecodeError),
}

impl ProvenState {
    /// The value said to stand under a key.
    pub fn find(&self, key: &StateKey) -> Result<&ProvenValue, ProofError> {
        self.values.iter().find(|value| value.key == key.as_bytes()).ok_or(ProofError::Missing)
    }
}

impl ProvenValue {
    /// Checks that the value, or its absence, stands under the key asked for in the state with this root (LEDGER-3).
    pub(crate) fn verify(&self, key: &StateKey, root: &Hash) -> Result<(), ProofError> {
        if self.key != key.as_bytes() {
            return Err(ProofError::AnotherKey);
        }
        let proof = borsh::from_slice::<SparseMerkleProof<TreeHash>>(&self.proof)
            .map_err(|_| ProofError::Malformed)?;
        let key = KeyHash::with::<TreeHash>(&self.key);
        proof.verify(RootHash(*root.as_bytes()), key, self.value.as_ref()).map_err(|_| ProofError::Refuted)
    }
}

impl BorshDeserialize for ProvenValue {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (key, value, proof) = <(Vec<u8>, Option<Vec<u8>>, Vec<u8>)>::deserialize_reader(reader)?;
        let long_value = value.as_ref().is_some_and(|value| value.len() > LONGEST_VALUE);
        if key.len() > LONGEST_KEY || long_value || proof.len() > LONGEST_PROOF {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "proven value too long"));
        }
        Ok(Self { key, value, proof })
    }
}

impl BorshDeserialize for ProvenState {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let height = Height::deserialize_reader(reader)?;
        let count = u32::deserialize_reader(reader)?;
        if usize::try_from(count).map_or(true, |count| count > MOST_VALUES) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "too many values"));
        }
        let values = (0..count).map(|_| ProvenValue::deserialize_reader(reader)).collect::<Result<_, _>>()?;
        Ok(Self { height, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::Canonical as _;

    #[test]
    fn the_trees_hash_is_sha_256() {
        assert_eq!(<TreeHash as SimpleHasher>::hash(b"abc"), *Hash::plain(&[b"abc"]).as_bytes());
    }

    #[test]
    fn ledger_4_an_answer_beyond_the_bounds_is_not_read() {
        let value = ProvenValue { key: vec![1], value: None, proof: vec![0; LONGEST_PROOF] };
        let state = |count| ProvenState { height: Height::new(1), values: vec![value.clone(); count] };
        let read = |state: ProvenState| ProvenState::from_canonical(&state.to_canonical()).is_ok();
        assert!(read(state(MOST_VALUES)));
        assert!(!read(state(MOST_VALUES + 1)));
        let too_long = [
            ProvenValue { key: vec![0; LONGEST_KEY + 1], ..value.clone() },
            ProvenValue { value: Some(vec![0; LONGEST_VALUE + 1]), ..value.clone() },
            ProvenValue { proof: vec![0; LONGEST_PROOF + 1], ..value.clone() },
        ];
        for value in too_long {
            assert!(ProvenValue::from_canonical(&value.to_canonical()).is_err());
        }
    }
}
