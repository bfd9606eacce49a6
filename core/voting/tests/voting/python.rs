//! A second verifier, in Python (`tests/python`), written from SPEC.md with nothing of this crate and no library but its own: what is
//! published suffices to check a poll, and what must be refused is refused by whoever reads it.

#[path = "../../../../bindings/xtask/interop/python.rs"]
mod peer;

use serde_json::{Value, json};
use std::path::Path;

const VALID: &str = include_str!("../../vectors/poll.txt");
const INVALID: &str = include_str!("../../vectors/invalid.txt");

/// A number of `poll.txt`.
fn expected(name: &str) -> u64 {
    let line = VALID.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
    line.unwrap().parse().unwrap()
}

#[test]
fn vote_9_a_verifier_that_others_wrote_from_the_specification_gives_every_vector_its_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let question = json!({ "vectors": folder.join("vectors") });
    let Some(answer) = peer::ask(&folder.join("tests/python/verify_poll.py"), &question) else { return };
    let verdict = &answer["verdict"];
    for name in ["counted", "spoiled", "replaced"] {
        assert_eq!(verdict[name], json!(expected(name)), "{name}");
    }
    // Sums of both electorates, by contest: the last ballot of a key counts, and no opened one does.
    let sums = json!([
        [[0, [16, 8, 8, 8, 8]], [1, [46, 72]], [2, [12, 12, 0, 0, 12, 12, 12, 0, 12]]],
        [[0, [14, 7, 7, 7, 7]], [2, [11, 10, 0, 0, 11, 10, 10, 0, 11]]],
    ]);
    assert_eq!(verdict["result"], sums);
    // Who refuses everything would have stopped before.
    assert!(answer["passing"].as_u64().unwrap() >= 15, "{answer}");
    let cases = INVALID.lines().filter_map(|line| line.strip_prefix("case = "));
    let names: Vec<&str> = cases.map(|case| case.split(" | ").next().unwrap()).collect();
    assert!(names.len() >= 40);
    for name in names {
        assert_ne!(answer["refusals"][name], Value::Null, "{name} passes");
    }
}
