//! The kept corpus of the fuzz target, replayed through the same function.
#![cfg(test)]

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is a library of its own as well")]
mod fuzz;

use std::path::Path;

#[test]
fn keys_1_the_fuzzers_corpus_is_judged_as_its_names_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/zip_215");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(fuzz::zip_215(&std::fs::read(&path).unwrap()), file.starts_with("valid"), "{file}");
        files += 1;
    }
    assert!(files >= 5, "only {files} files");
}
