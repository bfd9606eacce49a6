//! The standards' own examples; `vectors/README.md` says whose.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// A folder of them.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)
}

/// A JSON file of a folder.
pub(crate) fn json(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}
