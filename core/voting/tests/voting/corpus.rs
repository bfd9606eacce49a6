//! VOTE-12: the kept corpus of the fuzz target `published`, with bytes changed and cut off.

#[path = "../../fuzz/src/published.rs"]
#[allow(unreachable_pub, reason = "it is part of a library as well")]
mod published;

use published::published;
use std::path::Path;

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/published");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap())).collect()
}

#[test]
fn vote_12_and_19_no_changed_or_missing_byte_makes_a_decoder_panic_or_gives_a_value_a_second_form() {
    for (_, bytes) in corpus() {
        let step = (bytes.len() / 400).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut changed = bytes.clone();
            for bit in [0x01, 0x80] {
                changed[at] ^= bit;
                published(&changed);
            }
            published(&bytes[..at]);
        }
    }
}
