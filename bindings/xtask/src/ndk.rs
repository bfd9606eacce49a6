//! The Android NDK on this machine: where `cargo ndk` will look for it, and how new it is.

use std::path::{Path, PathBuf};

/// The oldest that is taken: the first that aligns to pages of 16 KB by itself.
pub(crate) const OLDEST: u32 = 28;
/// Where `cargo ndk` looks, in its order: folders of an NDK, or of several by version.
const NDKS: [&str; 4] = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT", "ANDROID_NDK_PATH", "NDK_HOME"];
/// And then: folders of an SDK, with NDKs in `ndk`.
const SDKS: [&str; 3] = ["ANDROID_HOME", "ANDROID_SDK_ROOT", "ANDROID_SDK_HOME"];

/// What is wrong with the NDK that would be used, if anything is.
pub(crate) fn fault(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<String> {
    let Some(folder) = find(variable) else { return Some(format!("the Android NDK (r{OLDEST} or newer)")) };
    let shown = folder.display();
    match revision(&folder) {
        None => Some(format!("an Android NDK in {shown}: its source.properties names no version")),
        Some(own) if own < OLDEST => Some(format!(
            "a newer Android NDK than the one in {shown}: it is r{own}, wanted r{OLDEST} or newer"
        )),
        Some(_) => None,
    }
}

fn find(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if let Some(folder) = NDKS.iter().find_map(|name| variable(name)) {
        return Some(newest(&folder).unwrap_or(folder)).filter(|folder| folder.is_dir());
    }
    let sdk = SDKS.iter().find_map(|name| variable(name))?;
    newest(&sdk.join("ndk"))
}

/// The newest of the NDKs that lie side by side, in folders with a version for a name.
fn newest(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries
        .filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path())))
        .max()
        .map(|(_, path)| path)
}

/// The three numbers of a version.
fn version(text: &str) -> Option<[u32; 3]> {
    let numbers: Vec<u32> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// The first number of what an NDK says it is: `Pkg.Revision = 28.2.13676358`.
fn revision(folder: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(folder.join("source.properties")).ok()?;
    let stated = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "Pkg.Revision").then(|| value.trim())
    })?;
    stated.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ndk(folder: &Path, version: &str) {
        std::fs::create_dir_all(folder).unwrap();
        let text =
            format!("Pkg.Desc = Android NDK\nPkg.Revision = {version}\nPkg.BaseRevision = {version}\n");
        std::fs::write(folder.join("source.properties"), text).unwrap();
    }

    #[test]
    fn an_ndk_is_taken_by_its_own_version_and_an_older_one_is_named() {
        let root = std::env::temp_dir().join(format!("xtask-ndk-{}", std::process::id()));
        let set =
            |name: &'static str, folder: PathBuf| move |asked: &str| (asked == name).then(|| folder.clone());
        assert!(fault(|_| None).unwrap().contains("r28"));
        // A folder that is there says nothing.
        std::fs::create_dir_all(root.join("empty")).unwrap();
        assert!(fault(set("ANDROID_NDK_HOME", root.join("empty"))).unwrap().contains("no version"));
        assert!(fault(set("ANDROID_HOME", root.join("empty"))).is_some());
        assert!(fault(set("ANDROID_NDK_HOME", root.join("nowhere"))).is_some());

        ndk(&root.join("r27"), "27.3.13750724");
        assert!(fault(set("ANDROID_NDK_ROOT", root.join("r27"))).unwrap().contains("it is r27"));
        ndk(&root.join("r28"), "28.2.13676358");
        assert_eq!(fault(set("ANDROID_NDK_ROOT", root.join("r28"))), None);

        // Of several in an SDK the newest by number, as `cargo ndk` takes it.
        ndk(&root.join("sdk/ndk/9.9.9"), "9.9.9");
        assert!(fault(set("ANDROID_HOME", root.join("sdk"))).unwrap().contains("r9"));
        ndk(&root.join("sdk/ndk/28.0.1"), "28.0.1");
        assert_eq!(fault(set("ANDROID_HOME", root.join("sdk"))), None);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
