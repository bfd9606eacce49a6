//! `cargo xtask fuzz`: every fuzz target of every crate for some seconds, from its kept corpus.

use crate::step::{self, Failure, Skipping};
use std::path::{Path, PathBuf};

pub(crate) fn run(seconds: &str) -> Result<(), Failure> {
    if !step::has_subcommand("fuzz") {
        return step::skip("cargo-fuzz", "cargo install --locked cargo-fuzz", Skipping::Allowed);
    }
    for fuzz in fuzz_crates()? {
        for target in targets(&fuzz)? {
            let mut command = step::cargo(&["fuzz", "run", "--fuzz-dir"]);
            command.arg(&fuzz).arg(&target).args(["--", &format!("-max_total_time={seconds}")]);
            // cargo-fuzz asks for flags that the stable compiler allows only so.
            command.env("RUSTC_BOOTSTRAP", "1");
            step::run(command)?;
        }
    }
    Ok(())
}

fn fuzz_crates() -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for folder in ["core", "city", "examples"] {
        let crates = entries(&step::root().join(folder))?;
        found.extend(crates.into_iter().map(|folder| folder.join("fuzz")).filter(|fuzz| fuzz.is_dir()));
    }
    found.sort();
    Ok(found)
}

fn targets(fuzz: &Path) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = entries(&fuzz.join("fuzz_targets"))?
        .iter()
        .filter_map(|file| file.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |source| Failure::Read { path: folder.to_path_buf(), source };
    let listing = std::fs::read_dir(folder).map_err(unreadable)?;
    listing.map(|entry| entry.map(|entry| entry.path()).map_err(unreadable)).collect()
}
