//! A Jellyfish Merkle tree in memory.

use anyhow::Result;
use citizen_ledger::{ProvenValue, StateKey, TreeHash};
use citizen_primitives::Hash;
use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue, Version};
use std::collections::{BTreeMap, HashMap};

#[derive(Default)]
pub struct Tree {
    nodes: HashMap<NodeKey, Node>,
    values: BTreeMap<([u8; 32], Version), Option<OwnedValue>>,
}

impl TreeReader for Tree {
    fn get_node_option(&self, key: &NodeKey) -> Result<Option<Node>> {
        Ok(self.nodes.get(key).cloned())
    }

    fn get_value_option(&self, version: Version, key: KeyHash) -> Result<Option<OwnedValue>> {
        let newest = self.values.range((key.0, 0)..=(key.0, version)).next_back();
        Ok(newest.and_then(|(_, value)| value.clone()))
    }

    fn get_rightmost_leaf(&self) -> Result<Option<(NodeKey, LeafNode)>> {
        Ok(None)
    }
}

impl Tree {
    /// Writes a version; returns its root.
    pub fn write(&mut self, version: Version, writes: &[(StateKey, Option<Vec<u8>>)]) -> Hash {
        let set: Vec<_> = writes
            .iter()
            .map(|(key, value)| (KeyHash::with::<TreeHash>(key.as_bytes()), value.clone()))
            .collect();
        let (root, update) =
            JellyfishMerkleTree::<_, TreeHash>::new(self).put_value_set(set, version).unwrap();
        self.nodes.extend(update.node_batch.nodes().iter().map(|(key, node)| (key.clone(), node.clone())));
        for ((version, key), value) in update.node_batch.values() {
            self.values.insert((key.0, *version), value.clone());
        }
        Hash::from_bytes(root.0)
    }

    /// The value under a key, or its absence, with the proof.
    pub fn prove(&self, version: Version, key: &StateKey) -> ProvenValue {
        let hash = KeyHash::with::<TreeHash>(key.as_bytes());
        let (value, proof) =
            JellyfishMerkleTree::<_, TreeHash>::new(self).get_with_proof(hash, version).unwrap();
        ProvenValue { key: key.as_bytes().to_vec(), value, proof: borsh::to_vec(&proof).unwrap() }
    }
}
