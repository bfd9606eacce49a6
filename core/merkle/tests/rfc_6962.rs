//! The trees against the reference vectors of Certificate Transparency, and all sizes against the definition.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use citizen_merkle::{
    ConsistencyProof, Frontier, InclusionProof, MemoryTree, NodePosition, NodeReader, ProveError, empty_root,
    leaf_hash, node_hash,
};
use citizen_primitives::Hash;
use proptest::prelude::*;

/// The eight leaves of the reference tests (certificate-transparency, `merkle_tree_test.cc`).
const LEAVES: [&[u8]; 8] = [
    b"",
    &[0x00],
    &[0x10],
    &[0x20, 0x21],
    &[0x30, 0x31],
    &[0x40, 0x41, 0x42, 0x43],
    &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
    &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
];

/// Their roots, for one leaf to eight.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn reference(count: usize) -> MemoryTree {
    MemoryTree::of(LEAVES.iter().take(count).map(|leaf| leaf_hash(leaf)))
}

fn hex(text: &str) -> Hash {
    Hash::from_hex(text).unwrap()
}

/// The root by the definition of RFC 6962, section 2.1, word for word.
fn defined_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            node_hash(&defined_root(left), &defined_root(right))
        }
    }
}

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|leaf| leaf_hash(&[leaf])).collect()
}

#[test]
fn the_roots_are_those_of_the_reference_tests() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Frontier::new().root(), hex(empty));
    for (count, root) in (1..).zip(ROOTS) {
        assert_eq!(reference(count).root(), hex(root), "{count} leaves");
    }
}

#[test]
fn the_inclusion_paths_are_those_of_the_reference_tests() {
    let cases: [(u64, usize, &[&str]); 4] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ];
    for (index, count, path) in cases {
        let proof = reference(count).prove_inclusion(index).unwrap();
        assert_eq!(proof.path, path.iter().map(|text| hex(text)).collect::<Vec<_>>(), "{index} of {count}");
    }
}

#[test]
fn the_consistency_paths_are_those_of_the_reference_tests() {
    let cases: [(u64, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (old, new, path) in cases {
        let proof = reference(new).prove_consistency(old).unwrap();
        assert_eq!(proof.path, path.iter().map(|text| hex(text)).collect::<Vec<_>>(), "{old} in {new}");
    }
}

#[test]
fn every_leaf_of_every_size_is_proved_and_no_other_leaf_place_count_or_root() {
    for count in 0..=70u8 {
        let leaves = leaves(count);
        let tree = MemoryTree::of(leaves.iter().copied());
        let root = tree.root();
        assert_eq!(root, defined_root(&leaves), "{count}");
        assert!(tree.prove_inclusion(u64::from(count)).is_err(), "no leaf behind the last");
        for (index, leaf) in (0..).zip(&leaves) {
            let proof = tree.prove_inclusion(index).unwrap();
            assert!(proof.verify(leaf, &root).is_ok(), "merkle_2 {index} of {count}");
            assert!(proof.verify(&leaf_hash(b"other"), &root).is_err());
            for place in (0..u64::from(count)).filter(|place| *place != index) {
                let moved = InclusionProof { index: place, ..proof.clone() };
                assert!(moved.verify(leaf, &root).is_err(), "{index} of {count} at {place}");
            }
        }
    }
}

#[test]
fn every_pair_of_sizes_is_consistent() {
    let leaves = leaves(70);
    for new in 0..=70u8 {
        let tree = MemoryTree::of(leaves.iter().take(usize::from(new)).copied());
        assert!(tree.prove_consistency(u64::from(new) + 1).is_err());
        for old in 0..=new {
            let old_root = defined_root(&leaves[..usize::from(old)]);
            let proof = tree.prove_consistency(u64::from(old)).unwrap();
            assert!(proof.verify(&old_root, &tree.root()).is_ok(), "merkle_3 {old} in {new}");
            let other = leaf_hash(b"other");
            assert!(proof.verify(&other, &tree.root()).is_err(), "{old} in {new}");
            assert_eq!(proof.verify(&old_root, &other).is_ok(), old == 0 && new > 0, "{old} in {new}");
        }
    }
}

/// A store that has lost one node.
struct Lossy(MemoryTree, NodePosition);

impl NodeReader for Lossy {
    type Error = std::convert::Infallible;

    fn node(&self, position: NodePosition) -> Result<Option<Hash>, Self::Error> {
        if position == self.1 { Ok(None) } else { self.0.node(position) }
    }
}

#[test]
fn a_missing_node_is_named_and_no_proof_is_made_without_it() {
    let lost = NodePosition { level: 2, index: 1 };
    let store = Lossy(MemoryTree::of(leaves(11)), lost);
    assert_eq!(InclusionProof::prove(&store, 2, 11), Err(ProveError::Missing(lost)));
    assert_eq!(ConsistencyProof::prove(&store, 4, 11), Err(ProveError::Missing(lost)));
    assert!(InclusionProof::prove(&store, 5, 11).is_ok(), "not on the way");
}

/// One bit of one hash, one hash more, one less, two exchanged.
fn mutations(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = vec![[path, &[leaf_hash(b"more")]].concat(), [&[leaf_hash(b"more")], path].concat()];
    for place in 0..path.len() {
        let mut bytes = *path[place].as_bytes();
        bytes[place % 32] ^= 1;
        let mut flipped = path.to_vec();
        flipped[place] = Hash::from_bytes(bytes);
        let mut shorter = path.to_vec();
        shorter.remove(place);
        all.extend([flipped, shorter]);
        if place > 0 {
            let mut exchanged = path.to_vec();
            exchanged.swap(place - 1, place);
            all.push(exchanged);
        }
    }
    all
}

proptest! {
    #[test]
    fn merkle_2_a_changed_inclusion_proof_is_refused(count in 1u8..=70, at in 0u8..70) {
        let index = at % count;
        let tree = MemoryTree::of(leaves(count));
        let leaf = leaf_hash(&[index]);
        let proof = tree.prove_inclusion(u64::from(index)).unwrap();
        for path in mutations(&proof.path) {
            let changed = InclusionProof { path, ..proof.clone() };
            prop_assert!(changed.verify(&leaf, &tree.root()).is_err());
        }
    }

    #[test]
    fn merkle_3_a_changed_consistency_proof_is_refused(new in 1u8..=70, at in 0u8..70) {
        let old = at % new;
        let tree = MemoryTree::of(leaves(new));
        let old_root = defined_root(&leaves(old));
        let proof = tree.prove_consistency(u64::from(old)).unwrap();
        for path in mutations(&proof.path) {
            let changed = ConsistencyProof { path, ..proof.clone() };
            prop_assert!(changed.verify(&old_root, &tree.root()).is_err());
        }
        for other in (0..=70u64).filter(|other| *other != u64::from(old)) {
            let changed = ConsistencyProof { old: other, ..proof.clone() };
            prop_assert!(changed.verify(&old_root, &tree.root()).is_err());
        }
    }

    #[test]
    fn merkle_2_a_leaf_is_never_proved_as_a_node(count in 2u8..=70) {
        // The node above two leaves, given as a leaf, has another preimage.
        let tree = MemoryTree::of(leaves(count));
        let node = node_hash(&leaf_hash(&[0]), &leaf_hash(&[1]));
        let proof = tree.prove_inclusion(0).unwrap();
        let upper = InclusionProof { index: 0, count: u64::from(count.div_ceil(2)), path: proof.path[1..].to_vec() };
        let as_leaf = leaf_hash(node.as_bytes());
        prop_assert!(upper.verify(&as_leaf, &tree.root()).is_err());
    }
}
