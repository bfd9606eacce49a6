//! The public examples beside the project, where they are.

use serde_json::Value;
use std::path::PathBuf;

/// A folder of the public vectors; `None`, said aloud, where they are absent.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors").join(name);
    if !path.is_dir() {
        println!("skipped: no public vectors at ../shared/vectors/{name}");
        return None;
    }
    Some(path)
}

/// A JSON file of a folder.
pub(crate) fn json(folder: &std::path::Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}
