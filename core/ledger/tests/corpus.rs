//! The kept corpus of the fuzz targets and what becomes of it when single bytes change, through the targets' own functions.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[allow(unreachable_pub, reason = "the fuzz crate is its own")]
#[path = "../fuzz/src/lib.rs"]
mod entry;

use proptest::prelude::*;
use std::path::Path;

type Entry = fn(&[u8]) -> bool;

const TARGETS: [(&str, Entry); 4] = [
    ("transaction", entry::transaction),
    ("light_block", entry::light_block),
    ("proven_state", entry::proven_state),
    ("receipt", entry::receipt),
];

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let paths = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())
    };
    let corpus: Vec<_> = paths.map(read).collect();
    assert!(corpus.len() >= 5, "{target}: only {} files", corpus.len());
    corpus
}

#[test]
fn ledger_4_the_kept_corpus_is_read_without_panic_and_only_what_is_valid_is_accepted() {
    for (target, entry) in TARGETS {
        for (name, bytes) in corpus(target) {
            let is_accepted = name.starts_with("valid") || name == "renewed";
            assert_eq!(entry(&bytes), is_accepted, "{target}/{name}");
        }
    }
}

#[test]
fn every_byte_of_every_kept_file_changed_or_cut_is_read_without_panic() {
    for (target, entry) in TARGETS {
        for (name, bytes) in corpus(target) {
            // What was valid is not any more; what was not stays readable without panic.
            let valid = name.starts_with("valid");
            for position in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[position] = changed[position].wrapping_add(1);
                assert!(!(entry(&changed) && valid), "{target}/{name}, byte {position}");
                assert!(!(entry(&bytes[..position]) && valid), "{target}/{name}, cut at {position}");
            }
        }
    }
}

proptest! {
    #[test]
    fn several_changes_at_once_are_read_without_panic(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..6),
    ) {
        let all: Vec<_> = TARGETS.iter().flat_map(|(target, entry)| {
            let valid = corpus(target).into_iter().filter(|(name, _)| name.starts_with("valid"));
            valid.map(move |(_, bytes)| (entry, bytes))
        }).collect();
        let (entry, bytes) = pick.get(&all);
        let mut changed = bytes.clone();
        for (place, byte, kind) in changes {
            let place = place.index(changed.len() + 1);
            match kind {
                0 => changed.insert(place, byte),
                1 if place < changed.len() => { changed.remove(place); }
                _ if place < changed.len() => changed[place] = byte,
                _ => changed.push(byte),
            }
        }
        prop_assert!(changed == *bytes || !entry(&changed));
    }
}
