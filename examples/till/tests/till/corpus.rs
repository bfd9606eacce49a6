//! The kept corpora of the till's fuzz targets, replayed through the targets' own functions. That of strangers' settlement files is gone
//! through beside its reader.

#[allow(dead_code, unreachable_pub, reason = "the fuzz crate is its own")]
#[path = "../../fuzz/src/lib.rs"]
mod entry;

use std::fs;
use std::path::Path;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let corpus: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(corpus.len() >= 3, "{target}: only {} files", corpus.len());
    corpus
}

#[test]
fn what_the_centre_writes_of_every_kept_day_is_read_back_and_changed_files_are_taken_by_both_readers_or_by_none()
 {
    for bytes in corpus("settlement_file") {
        entry::write_and_read(&bytes);
        for place in 0..=255 {
            entry::write_and_read(
                &[&[place, place ^ 0x55, b'0', 0], bytes.get(4..).unwrap_or_default()].concat(),
            );
        }
    }
}

#[test]
fn till_3_no_kept_answer_and_none_with_a_byte_changed_or_cut_is_the_centres() {
    let mut taken = 0;
    for bytes in corpus("answer") {
        taken += usize::from(entry::answer(&bytes));
        for place in 0..bytes.len() {
            for with in [0, 1, 0x7f, 0xff, bytes[place] ^ 1] {
                let mut changed = bytes.clone();
                changed[place] = with;
                entry::answer(&changed);
            }
            entry::answer(&bytes[..place]);
        }
    }
    assert!(taken >= 4, "only {taken} are anything");
}
