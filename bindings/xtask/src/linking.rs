//! The linker of a phone's library, with this program in between: what the generator reads of a library stays out of it.
//!
//! uniffi exports a description of every function (`UNIFFI_META_…`) for its generator; the app's own code asks for the checksums beside
//! them alone. rustc exports every name that is marked so, by a version script, and a linker keeps what is exported. So the names are
//! taken out of that script, and the linker drops what nobody exports (64 KB).

use crate::step::Failure;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Set where this program is called as the linker: to the target that is linked.
pub(crate) const ROLE: &str = "WALLET_LINKS";
const DESCRIPTIONS: &str = "UNIFFI_META_";
const SCRIPT: &str = "-Wl,--version-script=";

/// This program, if it can be the linker.
pub(crate) fn stand_in() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    cfg!(unix).then(|| program.to_str().map(str::to_owned)).flatten()
}

/// Whether this program is called as the linker.
pub(crate) fn is_asked() -> bool {
    std::env::var_os(ROLE).is_some()
}

/// Links as the real one would, without the descriptions.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let linked = arguments
        .iter()
        .filter_map(|argument| argument.strip_prefix(SCRIPT))
        .try_for_each(|script| hide(Path::new(script)))
        .and_then(|()| {
            let target = std::env::var(ROLE).unwrap_or_default();
            let linker = real(&target, |name| std::env::var_os(name))
                .ok_or(Failure::Missing { tool: "the linker for Android", remedy: "build by `cargo ndk`" })?;
            let failed = |source| Failure::Start { command: linker.display().to_string(), source };
            Command::new(&linker).args(arguments).env_remove(ROLE).status().map_err(failed)
        });
    match linked {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("xtask as linker: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The linker that would have been called: the one that is named for this target, by cargo-ndk or by a developer, and not for another;
/// or the system's, which links for no phone.
fn real(target: &str, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let name = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace(['-', '.'], "_"));
    let named = variable(&name).map(PathBuf::from);
    named.or_else(|| (!target.contains("android")).then(|| "cc".into()))
}

fn hide(script: &Path) -> Result<(), Failure> {
    let failed = |source| Failure::Read { path: script.to_path_buf(), source };
    let text = std::fs::read_to_string(script).map_err(failed)?;
    std::fs::write(script, without_descriptions(&text)).map_err(failed)
}

fn without_descriptions(script: &str) -> String {
    let kept = script.lines().filter(|line| !line.trim_start().starts_with(DESCRIPTIONS));
    kept.map(|line| line.to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_linked_by_the_linker_for_phones_whatever_else_is_named() {
        let environment = |name: &str| match name {
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER" => Some(OsString::from("mold")),
            "CARGO_TARGET_AARCH64_LINUX_ANDROID_LINKER" => Some(OsString::from("cargo-ndk")),
            _ => None,
        };
        assert_eq!(real("aarch64-linux-android", environment), Some("cargo-ndk".into()));
        assert_eq!(real("x86_64-unknown-linux-gnu", environment), Some("mold".into()));
        assert_eq!(real("aarch64-unknown-linux-gnu", environment), Some("cc".into()));
        assert_eq!(real("armv7-linux-androideabi", environment), None);
    }

    #[test]
    fn descriptions_are_not_exported_and_everything_else_is() {
        let script = "{\n  global:\n    UNIFFI_META_WALLET_RECORD_VIEW;\n    uniffi_wallet_checksum_func_open;\n  local:\n    *;\n};\n";
        let hidden = without_descriptions(script);
        assert!(!hidden.contains("META") && hidden.contains("checksum_func_open;"));
        assert_eq!(hidden.lines().count(), script.lines().count() - 1);
    }
}
