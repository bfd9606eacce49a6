//! `cargo xtask bindings`: Kotlin and Swift, generated from the built library into `target/bindings`.

use crate::mending;
use crate::step::{self, Failure};
use std::path::{Path, PathBuf};

/// The languages by the generator's names, and how their sources end.
const LANGUAGES: [(&str, &str); 2] = [("kotlin", "kt"), ("swift", "swift")];

/// What is built: the library, its generator, and the programs that an app's tests play against.
const BUILT: [&str; 9] = [
    "build",
    "--quiet",
    // As the workspace's own tests are built, so that nothing is compiled once more with other features.
    "--workspace",
    "--all-features",
    "--lib",
    "--bin=uniffi-bindgen",
    "--bin=city",
    "--bin=till",
    "--example=stage",
];

/// The generator alone, with the same features, where nothing else of those is wanted.
const GENERATOR: [&str; 5] = ["build", "--quiet", "--workspace", "--all-features", "--bin=uniffi-bindgen"];

pub(crate) fn run() -> Result<(), Failure> {
    step::run(step::cargo(&BUILT))?;
    let library = step::target().join("debug").join(step::library_name("citizen_wallet_ffi"));
    for (language, extension) in LANGUAGES {
        let folder = step::target().join("bindings").join(language);
        // What was generated of an export that is gone would stay.
        let _ = std::fs::remove_dir_all(&folder);
        generate(language, &library, &folder)?;
        let (files, lines) = count(&folder, extension)?;
        println!("── {language}: {lines} lines in {files} files under {}\n", folder.display());
    }
    Ok(())
}

/// The sources for a phone, whose library has fewer exports than a developer's, under `target/bindings` in the folder `content`. They are
/// read from a library that is built for this machine with the phone's features: what a phone carries has no metadata.
pub(crate) fn of_phone(language: &str, content: &str, features: &str) -> Result<PathBuf, Failure> {
    let target = step::target().join("bindings").join("phone");
    let mut build =
        step::cargo(&["build", "--quiet", "--package", "citizen-wallet-ffi", "--no-default-features"]);
    build.args(["--features", features]).env("CARGO_TARGET_DIR", &target);
    step::run(build)?;
    step::run(step::cargo(&GENERATOR))?;
    let library = target.join("debug").join(step::library_name("citizen_wallet_ffi"));
    let folder = step::target().join("bindings").join(content).join(language);
    let _ = std::fs::remove_dir_all(&folder);
    generate(language, &library, &folder)?;
    Ok(folder)
}

fn generate(language: &str, library: &Path, folder: &Path) -> Result<(), Failure> {
    // Not by `cargo run`, which would compile the generator once more with features of its own.
    let generator =
        step::target().join("debug").join(format!("uniffi-bindgen{}", std::env::consts::EXE_SUFFIX));
    let mut command = std::process::Command::new(generator);
    command.current_dir(step::root()).args(["generate", "--no-format"]);
    command.args(["--language", language, "--config", "bindings/uniffi.toml"]);
    command.arg("--out-dir").arg(folder).arg(library);
    step::run(command)?;
    for path in files(folder)? {
        if path.extension().is_some_and(|own| own == "kt") {
            mending::mend(&path)?;
        }
    }
    Ok(())
}

/// How many files of a language there are, and their lines.
fn count(folder: &Path, extension: &str) -> Result<(usize, usize), Failure> {
    let mut counted = (0, 0);
    for path in files(folder)? {
        if path.extension().is_some_and(|own| own == extension) {
            let text = std::fs::read_to_string(&path).map_err(|source| Failure::Read { path, source })?;
            counted = (counted.0 + 1, counted.1 + text.lines().count());
        }
    }
    Ok(counted)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |source| Failure::Read { path: folder.to_path_buf(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
