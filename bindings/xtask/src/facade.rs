//! How thin the facade is: lines of Rust in `bindings/ffi/src` for each method that an app can call.

use crate::step::{self, Failure};
use std::path::Path;

/// What was counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counted {
    /// Exported functions, constructors and methods.
    exports: u32,
    /// Lines that are neither blank, nor comment, nor test.
    lines: u32,
}

/// Prints the figures in the form of `cargo xtask bench`.
pub(crate) fn print() -> Result<(), Failure> {
    let Counted { exports, lines } = counted()?;
    println!("figure\tfacade-exports\t{exports}\tfunctions and methods");
    println!("figure\tfacade-lines\t{lines}\tof Rust, without comments and tests");
    println!("figure\tfacade-lines-per-export\t{:.1}\tlines", f64::from(lines) / f64::from(exports.max(1)));
    Ok(())
}

fn counted() -> Result<Counted, Failure> {
    let folder = step::root().join("bindings/ffi/src");
    let unreadable = |source| Failure::Read { path: folder.clone(), source };
    let mut all = Counted::default();
    for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Counted { exports, lines } = count(&text(&path)?);
        all =
            Counted { exports: all.exports.saturating_add(exports), lines: all.lines.saturating_add(lines) };
    }
    Ok(all)
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_path_buf(), source })
}

/// Counts a formatted file. What the app implements (`export(foreign)`) is no export; an exported block ends at a brace in the first
/// column.
fn count(text: &str) -> Counted {
    let mut counted = Counted::default();
    let mut is_exported = false;
    let code = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    for line in code.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")) {
        counted.lines = counted.lines.saturating_add(1);
        if line.starts_with("#[uniffi::export") {
            is_exported = !line.contains("foreign");
        }
        let is_method = ["pub fn ", "pub async fn ", "pub const fn "]
            .iter()
            .any(|start| line.trim_start().starts_with(start));
        if is_exported && is_method {
            counted.exports = counted.exports.saturating_add(1);
        }
        if line == "}" {
            is_exported = false;
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_counted_and_what_the_app_implements_is_not() {
        let text = "//! A file.\n\n#[uniffi::export]\nimpl Wallet {\n    /// One.\n    pub async fn one(&self) {}\n    pub fn two(&self) {\n        x();\n    }\n}\n\
                    impl Wallet {\n    pub fn own(&self) {}\n}\n#[uniffi::export(foreign)]\npub trait Clock {\n    fn now(&self);\n}\n\
                    #[uniffi::export]\npub fn three() {}\n#[cfg(test)]\nmod tests {\n    pub fn four() {}\n}\n";
        assert_eq!(count(text), Counted { exports: 3, lines: 16 });
    }

    #[test]
    fn the_facade_stays_thin() {
        let Counted { exports, lines } = counted().unwrap();
        assert!(exports > 80, "{exports}");
        assert!(lines < 30 * exports, "{lines} lines for {exports} exports");
    }
}
