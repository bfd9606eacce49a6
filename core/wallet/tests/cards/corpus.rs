//! The kept corpus of the fuzz target, replayed through the same function.

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

use std::path::Path;

#[test]
fn the_fuzzers_corpus_is_judged_as_its_names_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/deep_link");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(fuzz::deep_link(&std::fs::read(&path).unwrap()), file.starts_with("valid"), "{file}");
        files += 1;
    }
    assert!(files >= 5, "only {files} files");
}
