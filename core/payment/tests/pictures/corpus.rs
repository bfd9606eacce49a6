//! The kept corpus of the fuzz targets, replayed through the same entry functions.

use citizen_payment::code::{Code, Leniency};
use citizen_payment::scan::read_image;
use std::path::{Path, PathBuf};

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let corpus: Vec<_> = files.map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect();
    assert!(corpus.len() >= 3, "{target}: only {} files", corpus.len());
    corpus
}

#[test]
fn every_kept_text_is_read_without_panic() {
    for (path, bytes) in ["mpm", "cpm", "classify"].into_iter().flat_map(corpus) {
        let text = String::from_utf8_lossy(&bytes);
        for leniency in [Leniency::Strict, Leniency::Lenient] {
            let reading = Code::parse(&text, leniency);
            assert_eq!(reading.is_valid(), reading.refusal().is_none(), "{}", path.display());
        }
    }
}

#[test]
fn every_kept_picture_is_read_without_panic() {
    for (path, bytes) in corpus("image") {
        let valid = path.file_name().unwrap().to_string_lossy().starts_with("valid");
        assert_eq!(read_image(&bytes).is_ok(), valid, "{}", path.display());
    }
}
