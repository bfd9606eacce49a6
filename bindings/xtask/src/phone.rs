//! The wallet's library as a phone carries it: the profile `phone`, and what a profile cannot say.

use crate::linking;
use crate::step::{self, Failure};
use std::path::PathBuf;
use std::process::Command;

/// What the store asks SQLite for is rows by key, transactions and a journal: the rest stays out (0.4 MB).
const SQLITE_WITHOUT: &str = "-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_FTS5 \
    -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_STAT4 -USQLITE_ENABLE_DBSTAT_VTAB -USQLITE_ENABLE_JSON1 \
    -USQLITE_ENABLE_API_ARMOR -USQLITE_ENABLE_LOAD_EXTENSION -USQLITE_ENABLE_COLUMN_METADATA -USQLITE_SOUNDEX \
    -DSQLITE_OMIT_JSON -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_SHARED_CACHE \
    -DSQLITE_OMIT_PROGRESS_CALLBACK -DSQLITE_OMIT_TRACE -DSQLITE_OMIT_AUTHORIZATION -DSQLITE_OMIT_DECLTYPE \
    -DSQLITE_OMIT_GET_TABLE -DSQLITE_OMIT_COMPLETE -DSQLITE_OMIT_INCRBLOB -DSQLITE_OMIT_COMPILEOPTION_DIAGS \
    -DSQLITE_OMIT_INTROSPECTION_PRAGMAS -DSQLITE_OMIT_UTF16 -DSQLITE_OMIT_DATETIME_FUNCS \
    -DSQLITE_OMIT_DESERIALIZE -DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_UNTESTABLE -DSQLITE_OMIT_TCL_VARIABLE \
    -DSQLITE_OMIT_AUTOMATIC_INDEX -DSQLITE_OMIT_LIKE_OPTIMIZATION -DSQLITE_OMIT_OR_OPTIMIZATION -DSQLITE_OMIT_XFER_OPT \
    -DSQLITE_OMIT_AUTORESET";

/// No panic runs through C: it needs no tables to be unwound (0.2 MB). For size before speed, and its names are nobody's outside (0.1 MB).
const C_FLAGS: &str = "-fno-asynchronous-unwind-tables -fno-unwind-tables -Oz -fvisibility=hidden";

/// Of each primitive of cryptography the shortest constant-time code in Rust, without the vector units of each processor beside it. SHA-2
/// keeps its instructions, which phones have: a proof is hashed often, a row sealed once. Set by the crates' own switches.
const ONE_BACKEND: [&str; 7] = [
    "curve25519_dalek_backend=\"serial\"",
    "sha2_backend_soft=\"compact\"",
    "chacha20_backend=\"soft\"",
    "poly1305_backend=\"soft\"",
    "aes_backend=\"soft\"",
    "aes_backend_soft=\"compact\"",
    "polyval_backend=\"soft\"",
];

/// Who unwinds finds the frame by a register and not by a note at each push: notes a quarter shorter, code no longer (0.1 MB of the smallest
/// set). Phones with ARM keep it in any case, as their platforms ask.
const FRAMES: &str = "-C force-frame-pointers=yes";

/// For the linkers of Linux and Android: addresses to relocate as bits (0.2 MB).
const PACKED: &str = "link-arg=-Wl,-z,pack-relative-relocs";
/// For the same: equal functions once (0.1 MB).
const FOLDED: &str = "link-arg=-Wl,--icf=all";

/// Who links, and so which of the linker's words are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linker {
    /// Of Linux and Android.
    Lld,
    /// Of Apple's systems, or none: a static library is linked by the app.
    Apple,
}

/// What a build of a phone's library for this target is told beside its profile.
pub(crate) fn configure(build: &mut Command, linker: Linker, target: &str) {
    build.env("LIBSQLITE3_FLAGS", SQLITE_WITHOUT).env("CFLAGS", C_FLAGS).env("RUSTFLAGS", rust_flags());
    if linker == Linker::Lld {
        build.args(["--", "-C", PACKED, "-C", FOLDED]);
        if let Some(stand_in) = linking::stand_in() {
            build.env(linking::ROLE, target).args(["-C", &format!("linker={stand_in}")]);
        }
    }
}

/// The store's own tests over the SQLite that a phone carries: with what it leaves out, and built from nothing beside the ordinary one.
pub(crate) fn store() -> Result<(), Failure> {
    let mut test = step::cargo(&["test", "--quiet", "--package", "citizen-store"]);
    test.env("LIBSQLITE3_FLAGS", SQLITE_WITHOUT).env("CARGO_TARGET_DIR", step::target().join("phone-store"));
    test.env("CFLAGS", C_FLAGS);
    step::run(test)
}

/// One backend for each primitive, frames by a register. And names of source files stand in the library, for panics: not with the folders
/// of whoever built it (11 KB, and nobody's business).
fn rust_flags() -> String {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let sources = home.join("registry").join("src");
    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    for registry in std::fs::read_dir(sources).into_iter().flatten().flatten() {
        flags += &format!(" --remap-path-prefix={}=", registry.path().display());
    }
    for backend in ONE_BACKEND {
        flags += &format!(" --cfg {backend}");
    }
    flags + &format!(" {FRAMES} --remap-path-prefix={}=", step::root().display())
}

/// The targets that Rust has a standard library for on this machine.
pub(crate) fn installed_targets() -> Vec<String> {
    let mut list = Command::new("rustup");
    list.args(["target", "list", "--installed"]).current_dir(step::root());
    let listed = list.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    listed.unwrap_or_default().lines().map(str::to_owned).collect()
}

/// What rustc calls this machine; nothing if it does not say.
fn own_target() -> String {
    let asked = Command::new("rustc").arg("-vV").current_dir(step::root()).output();
    let told = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned()
}

/// Builds the shared library for this machine with these features, and says where it is.
pub(crate) fn library(features: &str) -> Result<PathBuf, Failure> {
    // One kind of library alone: built together with an `rlib`, it would not be optimised as a whole.
    let mut build =
        step::cargo(&["rustc", "--quiet", "--profile", "phone", "--package", "citizen-wallet-ffi"]);
    build.args(["--no-default-features", "--features", features, "--crate-type", "cdylib"]);
    let linker = if cfg!(target_os = "linux") { Linker::Lld } else { Linker::Apple };
    configure(&mut build, linker, &own_target());
    step::run(build)?;
    Ok(step::target().join("phone").join(step::library_name("citizen_wallet_ffi")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_main_job_hardly_optimises_is_compiled_for_size_where_a_phone_carries_it() {
        let manifest = std::fs::read_to_string(step::root().join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let packages = |profile: &str| manifest["profile"][profile]["package"].as_table().unwrap().clone();
        let (release, phone) = (packages("release"), packages("phone"));
        for name in release.keys().filter(|name| !name.starts_with("city-")) {
            let level = phone.get(name).and_then(|package| package.get("opt-level"));
            assert_eq!(level.and_then(toml::Value::as_str), Some("z"), "{name}");
        }
    }
}
