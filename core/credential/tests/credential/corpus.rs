//! The kept corpus of the fuzz targets, replayed through the same functions.

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is a library of its own as well")]
mod fuzz;

use std::path::Path;

#[test]
fn the_fuzzers_corpus_is_judged_as_its_names_say() {
    type Target = fn(&[u8]) -> bool;
    let targets: [(&str, Target); 10] = [
        ("sd_jwt", fuzz::sd_jwt),
        ("issued", fuzz::issued),
        ("bound", fuzz::bound),
        ("canonical", fuzz::canonical),
        ("document", fuzz::document),
        ("described", fuzz::described),
        ("path", fuzz::path),
        ("presented", fuzz::presented),
        ("status_list", fuzz::status_list),
        ("status_token", fuzz::status_token),
    ];
    for (name, target) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut files = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert_eq!(target(&std::fs::read(&path).unwrap()), file.starts_with("valid"), "{name}/{file}");
            files += 1;
        }
        assert!(files >= 5, "{name}: only {files} files");
    }
}
