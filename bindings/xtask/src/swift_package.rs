//! The Swift package as an app takes it: the hand-written sources, the generated ones, and the XCFramework beside them, in one folder with a
//! `Package.swift` of its own. Xcode takes the folder as a local package; a release is the folder as a repository.

use crate::notices;
use crate::package::Content;
use crate::step::{self, Failure};
use std::fs;
use std::path::{Path, PathBuf};

/// The XCFramework's name in the folder.
pub(crate) const FRAMEWORK: &str = "CitizenWalletFFI.xcframework";
/// The manifest in the folder, by that of the project.
const MANIFEST: &str = "Package.release.swift";
/// What a taker has to have beside the sources.
const BESIDE: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"];
/// What lies among the sources: Swift, and what Apple's store asks a library for.
const KINDS: [&str; 2] = ["swift", "xcprivacy"];
/// A setting that the manifest of a preview has besides.
const SETTING: &str = ".swiftLanguageMode(.v6)";

/// Puts everything but the XCFramework in place. What was assembled before is replaced.
pub(crate) fn assemble(generated: &Path, content: Content, out: &Path) -> Result<(), Failure> {
    let ios = step::root().join("ios");
    let _ = fs::remove_dir_all(out);
    copy(&ios.join("Sources/CitizenWallet"), &out.join("Sources/CitizenWallet"))?;
    copy(generated, &out.join("Generated/CitizenWalletFFI"))?;
    let manifest = read(&ios.join(MANIFEST))?;
    write(&out.join("Package.swift"), &of_content(&manifest, content))?;
    for name in BESIDE {
        write(&out.join(name), &read(&step::root().join(name))?)?;
    }
    write(&out.join(notices::NAME), &notices::text()?)
}

/// A preview's manifest tells the sources that the library has one.
fn of_content(manifest: &str, content: Content) -> String {
    match content {
        Content::Released => manifest.to_owned(),
        Content::Preview => manifest.replace(SETTING, &format!("{SETTING}, .define(\"PREVIEW\")")),
    }
}

/// The sources of a folder. Headers go into the XCFramework.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |source| Failure::Read { path: from.to_path_buf(), source };
    for entry in fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let kind = path.extension().and_then(|end| end.to_str());
        if let (Some(name), true) = (path.file_name(), kind.is_some_and(|kind| KINDS.contains(&kind))) {
            write(&to.join(name), &read(&path)?)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_path_buf(), source })
}

/// Makes the file's folder too.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |source| Failure::Read { path: path.to_path_buf(), source };
    let folder: PathBuf = path.parent().map(Path::to_path_buf).unwrap_or_default();
    fs::create_dir_all(folder).map_err(failed)?;
    fs::write(path, text).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `path: "…"` of a manifest.
    fn paths(manifest: &str) -> Vec<String> {
        let parts = manifest.split("path: \"").skip(1);
        parts.filter_map(|part| part.split('"').next()).map(str::to_owned).collect()
    }

    #[test]
    fn what_the_manifest_names_lies_in_the_folder() {
        let folder = std::env::temp_dir().join(format!("xtask-swift-package-{}", std::process::id()));
        let (generated, out) = (folder.join("generated"), folder.join("out"));
        write(&generated.join("a.swift"), "let a = 1\n").unwrap();
        write(&generated.join("a.h"), "int a;\n").unwrap();
        for content in [Content::Released, Content::Preview] {
            assemble(&generated, content, &out).unwrap();
            let manifest = read(&out.join("Package.swift")).unwrap();
            assert_eq!(manifest.contains("PREVIEW"), content == Content::Preview);
            assert!(!manifest.contains("unsafeFlags") && !manifest.contains("url:"));
            let named = paths(&manifest);
            assert!(named.contains(&FRAMEWORK.to_owned()), "{named:?}");
            for path in named.iter().filter(|path| *path != FRAMEWORK) {
                assert!(out.join(path).read_dir().unwrap().next().is_some(), "{path}");
            }
            assert!(out.join("Generated/CitizenWalletFFI/a.swift").is_file());
            assert!(!out.join("Generated/CitizenWalletFFI/a.h").exists());
            for name in ["LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md", "THIRD-PARTY-NOTICES.md"] {
                assert!(read(&out.join(name)).is_ok_and(|text| text.len() > 500), "{name}");
            }
            // A resource is named from its target's folder.
            assert!(manifest.contains(".copy(\"PrivacyInfo.xcprivacy\")"));
            assert!(out.join("Sources/CitizenWallet/PrivacyInfo.xcprivacy").is_file());
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    /// What stands between two marks, each time.
    fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
        text.split(start).skip(1).filter_map(|part| part.split(end).next()).collect()
    }

    #[test]
    fn the_quick_starts_info_plist_registers_the_schemes_of_the_guide() {
        let [quick_start, guide] = ["ios/README.md", "bindings/docs/integration.md"]
            .map(|path| read(&step::root().join(path)).unwrap());
        let [told] = between(&guide, "\nRegister ", " too")[..] else {
            panic!("the guide registers nothing")
        };
        let [plist] = between(&quick_start, "<!-- Info.plist -->", "```")[..] else {
            panic!("no Info.plist")
        };
        let [schemes] = between(plist, "<key>CFBundleURLSchemes</key>", "</array>")[..] else {
            panic!("no schemes")
        };
        let told: Vec<_> = told.split('`').skip(1).step_by(2).collect();
        assert!(told.len() > 4, "{told:?}");
        assert_eq!(between(schemes, "<string>", "</string>"), told);
        for key in ["NSFaceIDUsageDescription", "NSCameraUsageDescription"] {
            assert!(plist.contains(key) && guide.contains(key), "{key}");
        }
    }
}
