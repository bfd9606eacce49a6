//! A case as it stands in its file. A field that is not known here is an error.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Texts by name: arguments, expectations, results.
pub(crate) type Fields = BTreeMap<String, String>;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) promise: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    #[serde(rename = "do")]
    pub(crate) word: String,
    #[serde(default = "first_phone")]
    pub(crate) phone: String,
    #[serde(default)]
    pub(crate) with: Fields,
    #[serde(default)]
    pub(crate) cancel: Option<Cancel>,
    #[serde(default)]
    pub(crate) refused: Option<String>,
    #[serde(default)]
    pub(crate) expect: Fields,
    #[serde(default)]
    pub(crate) save: Fields,
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
}

/// By what a call is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cancel {
    Token,
    Language,
}

fn first_phone() -> String {
    "hana".to_owned()
}

/// Every case there is, by its file.
pub(crate) fn all() -> Vec<(PathBuf, Case)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../contract/cases"));
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), read(&file))).collect()
}

fn read(file: &Path) -> Case {
    let text = std::fs::read_to_string(file).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
