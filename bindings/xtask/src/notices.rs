//! `cargo xtask notices`: whose work a phone's library carries. Every crate that is linked into it, with its licence and the licence's own
//! words, for an app to show; the packages bring it.

use crate::package;
use crate::step::{self, Failure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The file's name, in the Swift package and under `target`.
pub(crate) const NAME: &str = "THIRD-PARTY-NOTICES.md";
/// How a file begins that says what a crate may be used for.
const FILES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];
/// What is written before the table.
const HEAD: &str = "# Whose work the wallet's library carries\n\n\
    The wallet itself: Apache-2.0 or MIT, as the taker chooses. Linked into its library for phones, by its `Cargo.lock`: the crates below, Rust's \
    standard library (Apache-2.0 or MIT) and, within `libsqlite3-sys`, SQLite (public domain). Where a licence is one of several, the words of MIT \
    are given. What is under MPL-2.0 is used as it was published: its sources are at the address beside it.\n\n\
    | crate | version | licence | sources |\n|---|---|---|---|\n";

/// What is written before the crates that are published without a licence's words.
const WORDLESS: &str = "Published with a licence's name alone; the words are at https://www.mozilla.org/MPL/2.0/ and \
    https://www.apache.org/licenses/LICENSE-2.0, and for MIT below: ";

/// A crate as its author published it.
#[derive(Debug, Clone)]
struct Crate {
    licence: String,
    sources: String,
    folder: PathBuf,
}

/// A crate's name and version.
type Named = (String, String);

/// Writes the notices under `target`.
pub(crate) fn run() -> Result<(), Failure> {
    let path = step::target().join(NAME);
    fs::write(&path, text()?).map_err(|source| Failure::Read { path: path.clone(), source })?;
    println!("── {}", path.display());
    Ok(())
}

/// The notices for the libraries that `package` makes, of all phones.
pub(crate) fn text() -> Result<String, Failure> {
    let published = published()?;
    let mut text = HEAD.to_owned();
    let mut wordless = Vec::new();
    let mut words: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for named in linked()? {
        // The project's own crates are not published.
        let Some(Crate { licence, sources, folder }) = published.get(&named) else { continue };
        let (name, version) = named;
        text += &format!("| {name} | {version} | {licence} | {sources} |\n");
        let own = licences(folder)?;
        if own.is_empty() {
            wordless.push(format!("{name} {version} ({licence})"));
        }
        for own in own {
            let key = own.split_whitespace().collect::<Vec<_>>().join(" ");
            words.entry(key).or_insert_with(|| (own, Vec::new())).1.push(format!("{name} {version}"));
        }
    }
    text += &format!("\n{WORDLESS}{}.\n", wordless.join(", "));
    for (own, crates) in words.into_values() {
        text += &format!("\n## {}\n\n````text\n{}\n````\n", crates.join(", "), own.trim_matches('\n'));
    }
    Ok(text)
}

/// What is linked, by `cargo tree`: of no build script and no macro anything is left in a library.
fn linked() -> Result<BTreeSet<Named>, Failure> {
    let mut tree = step::cargo(&["tree", "--locked", "--package", package::PACKAGE, "--no-default-features"]);
    tree.args(["--features", package::FEATURES, "--edges", "normal,no-proc-macro", "--prefix", "none"]);
    for target in package::targets() {
        tree.args(["--target", target]);
    }
    let named = step::output(tree)?;
    let named = named.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    });
    Ok(named.collect())
}

/// Every published crate of the lock file.
fn published() -> Result<BTreeMap<Named, Crate>, Failure> {
    let malformed = || Failure::Malformed { file: "the answer of `cargo metadata`" };
    let answer =
        step::output(step::cargo(&["metadata", "--locked", "--format-version", "1", "--all-features"]))?;
    let answer: Value = serde_json::from_str(&answer).map_err(|_| malformed())?;
    let packages = answer.get("packages").and_then(Value::as_array).ok_or_else(malformed)?;
    let mut found = BTreeMap::new();
    for package in packages.iter().filter(|package| package.get("source").is_some_and(Value::is_string)) {
        let field = |name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = field("name").zip(field("version")).ok_or_else(malformed)?;
        let manifest = PathBuf::from(field("manifest_path").ok_or_else(malformed)?);
        let folder = manifest.parent().map(Path::to_path_buf).ok_or_else(malformed)?;
        let licence = field("license").unwrap_or_else(|| "see below".to_owned());
        let sources = field("repository").unwrap_or_default();
        found.insert(name, Crate { licence, sources, folder });
    }
    Ok(found)
}

/// A crate's licences in their own words: of several to choose from MIT, with what has to be shown in any case.
fn licences(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |source| Failure::Read { path: folder.to_path_buf(), source };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_file() && !name.ends_with(".rs") && FILES.iter().any(|start| name.starts_with(start)) {
            found.insert(name, String::from_utf8_lossy(&fs::read(&path).map_err(failed)?).into_owned());
        }
    }
    let has_mit = found.keys().any(|name| name.contains("mit"));
    found.retain(|name, _| !has_mit || !name.contains("apache"));
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_phone_links_is_named_with_its_licence_and_the_licences_words() {
        let text = text().unwrap();
        for name in
            ["uniffi_core", "rusqlite", "libsqlite3-sys", "ring", "webpki-roots", "security-framework"]
        {
            let row = text.lines().find(|line| line.starts_with(&format!("| {name} | ")));
            let cells: Vec<_> = row.unwrap_or_else(|| panic!("{name}")).split(" | ").collect();
            assert!(cells[2].len() > 2 && cells[3].starts_with("https://"), "{cells:?}");
            assert!(text.contains(&format!("{name} {}", cells[1])), "{name} without its licence's words");
        }
        let named = text.lines().find(|line| line.starts_with(WORDLESS)).unwrap();
        assert!(
            named.contains("uniffi_core ") && !named.contains("rusqlite ") && !named.contains("see below")
        );
        for line in named.split('(').skip(1) {
            assert!(["MIT", "Apache-2.0", "MPL-2.0"].iter().any(|own| line.contains(own)), "{line}");
        }
        // Of a macro, of tests and of the project's own nothing is carried that is somebody else's.
        for name in ["serde_derive", "axum", "citizen-wallet"] {
            assert!(!text.contains(&format!("| {name} | ")), "{name}");
        }
        assert!(text.contains("Permission is hereby granted"));
        let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains(" | http")).count();
        assert!(rows > 100, "{rows}");
        assert!(!text.contains("/.cargo/"), "no path of this machine");
    }
}
