//! The kept corpus of the fuzz target over documents and texts, replayed through the target's own function.

#[allow(unreachable_pub, reason = "the fuzz crate is its own")]
#[path = "../../fuzz/src/lib.rs"]
mod entry;

use std::fs;
use std::path::Path;

#[test]
fn every_kept_document_has_one_form_and_none_breaks_when_a_byte_is_changed_or_cut() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/documents");
    let mut taken = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        taken += usize::from(entry::documents(&bytes) > 0);
        for place in 0..bytes.len() {
            for with in [0, 1, 0x7f, 0xff, bytes[place] ^ 1] {
                let mut changed = bytes.clone();
                changed[place] = with;
                entry::documents(&changed);
            }
            entry::documents(&bytes[..place]);
        }
    }
    assert!(taken >= 11, "only {taken} are anything");
}
