//! Tidiness is a test: what the plan says of the tree, checked.

mod edges;
mod manifests;
mod marks;
mod sizes;
mod words;

use crate::step::{self, Failure};
use std::path::{Path, PathBuf};

/// A file of the tree: its path from the root, and its text.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Source {
    fn has_extension(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|own| own == extension)
    }

    /// Where the tests at the end of the file begin; the end if it has none.
    fn production_lines(&self) -> usize {
        self.text.lines().position(|line| line.trim() == "#[cfg(test)]").unwrap_or(self.text.lines().count())
    }

    /// Whether the whole file is test code.
    fn is_test(&self) -> bool {
        let within = |folder: &str| self.path.iter().any(|part| part == folder);
        within("tests")
            || within("benches")
            || within("bench")
            || within("fuzz")
            || self.path.ends_with("tests.rs")
    }
}

pub(crate) fn run() -> Result<(), Failure> {
    let sources = sources(&step::root())?;
    let metadata = step::output(step::cargo(&["metadata", "--format-version", "1", "--no-deps", "--quiet"]))?;
    let findings: Vec<String> = [
        edges::check(&metadata),
        manifests::check(&sources),
        marks::check(&sources),
        sizes::check(&sources),
        words::check(&sources),
    ]
    .concat();
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    if findings.is_empty() {
        println!("── tidy: {} files as they should be\n", sources.len());
        Ok(())
    } else {
        Err(Failure::Untidy(findings.len()))
    }
}

/// Every text file of the project, sorted: what git would track, found without git.
fn sources(root: &Path) -> Result<Vec<Source>, Failure> {
    let mut found = Vec::new();
    walk(root, root, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<Source>) -> Result<(), Failure> {
    const LEFT_OUT: [&str; 5] = ["target", ".git", "corpus", "artifacts", "node_modules"];
    const TEXT: [&str; 9] = ["rs", "toml", "md", "txt", "json", "kt", "swift", "sh", "yml"];
    let unreadable = |source| Failure::Read { path: folder.to_path_buf(), source };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            if !path.file_name().is_some_and(|name| LEFT_OUT.iter().any(|left_out| name == *left_out)) {
                walk(root, &path, found)?;
            }
        } else if path.extension().is_some_and(|extension| TEXT.iter().any(|text| extension == *text)) {
            let text = std::fs::read_to_string(&path)
                .map_err(|source| Failure::Read { path: path.clone(), source })?;
            let path = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            found.push(Source { path, text });
        }
    }
    Ok(())
}
