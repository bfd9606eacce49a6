//! The kept corpus of the fuzz targets, replayed through the same functions.

#[path = "../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is a library of its own as well")]
mod targets;

use std::path::Path;

#[test]
fn the_fuzzers_corpus_is_judged_as_its_names_say() {
    type Target = fn(&[u8]) -> bool;
    let all: [(&str, Target); 16] = [
        ("dcql", targets::dcql),
        ("offer", targets::offer),
        ("request", targets::request),
        ("signed_request", targets::signed_request),
        ("response", targets::response),
        ("issuance", targets::issuance),
        ("issuer", targets::issuer),
        ("selection", targets::selection),
        ("exchange", targets::exchange),
        ("fetched_request", targets::fetched_request),
        ("attested_request", targets::attested_request),
        ("fetched_offer", targets::fetched_offer),
        ("proved_keys", targets::proved_keys),
        ("dpop", targets::dpop),
        ("metadata", targets::metadata),
        ("address", targets::address),
    ];
    for (name, target) in all {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut read = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert_eq!(target(&std::fs::read(&path).unwrap()), file.starts_with("valid"), "{name}/{file}");
            read += 1;
        }
        assert!(read > 3, "{name}");
    }
}
