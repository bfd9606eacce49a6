//! `cargo xtask package android|ios`: the libraries as an app developer takes them. What the machine lacks is said, all of it, and
//! nothing is packed.

use crate::bindings;
use crate::notices;
use crate::phone;
use crate::step::{self, Failure};
use crate::swift_package;
use crate::{elf, ndk};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Android's ABIs, by Rust's targets. 64 bits are the phones of today; `x86_64` is the emulator.
const ANDROID: [(&str, &str); 3] = [
    ("arm64-v8a", "aarch64-linux-android"),
    ("armeabi-v7a", "armv7-linux-androideabi"),
    ("x86_64", "x86_64-linux-android"),
];
/// The oldest Android: 8.0, the first whose loader knows packed relocations is 9 (API 28).
const ANDROID_API: &str = "28";
/// A phone, and the two simulators.
const IOS: [&str; 3] = ["aarch64-apple-ios", "aarch64-apple-ios-sim", "x86_64-apple-ios"];
/// What a phone's library has: polls, credentials, the Rust HTTP stack; codes are read by the camera's own means.
pub(crate) const FEATURES: &str = "voting,credentials,https";
/// What a debug build has besides: the wallet without a city, for an app's screens.
pub(crate) const PREVIEW: &str = "voting,credentials,https,preview";
/// Small pages are what old linkers assume.
const PAGES: &str = "link-arg=-Wl,-z,max-page-size=16384";
/// The crate that is packed.
pub(crate) const PACKAGE: &str = "citizen-wallet-ffi";

/// Every phone and simulator that a library is packed for, by Rust's targets.
pub(crate) fn targets() -> impl Iterator<Item = &'static str> {
    ANDROID.into_iter().map(|(_, target)| target).chain(IOS)
}

/// Something that is not here, and how to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lacking {
    what: String,
    remedy: String,
}

/// What a package has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// What is released.
    Released,
    /// That, and the preview wallet: for debug builds.
    Preview,
}

impl Content {
    /// The crate's features, where Gradle finds the libraries (`src/<variant>/jniLibs`), and where the sources that belong to them.
    const fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Released => (FEATURES, "release", "phone"),
            Self::Preview => (PREVIEW, "debug", "preview"),
        }
    }
}

pub(crate) fn android(content: Content) -> Result<(), Failure> {
    let fault = ndk::fault(|name| std::env::var_os(name).map(PathBuf::from));
    complete([
        lacks(step::has_subcommand("ndk"), "cargo-ndk", "cargo install --locked cargo-ndk"),
        lacks(
            fault.is_none(),
            &fault.unwrap_or_default(),
            "install it with Android Studio's SDK manager and set ANDROID_NDK_HOME",
        ),
        missing_targets(&ANDROID.map(|(_, target)| target)),
    ])?;
    let (features, variant, sources) = content.parts();
    let out = step::root().join("android/wallet-android/src").join(variant).join("jniLibs");
    for (abi, target) in ANDROID {
        let mut build = step::cargo(&["ndk", "--platform", ANDROID_API, "--target", abi]);
        build.arg("--output-dir").arg(&out);
        build.args(["rustc", "--profile", "phone", "--package", PACKAGE, "--no-default-features"]);
        build.args(["--features", features, "--crate-type", "cdylib"]);
        phone::configure(&mut build, phone::Linker::Lld, target);
        build.args(["-C", PAGES]);
        step::run(build)?;
        fits_pages(&out.join(abi).join("libcitizen_wallet_ffi.so"))?;
    }
    bindings::of_phone("kotlin", sources, features)?;
    let notices = out.with_file_name("assets").join("citizen-wallet-notices.md");
    swift_package::write(&notices, &notices::text()?)?;
    println!("── the libraries are under {}; Gradle packs them", out.display());
    Ok(())
}

/// Looks at what was linked, whatever the linker was told.
fn fits_pages(library: &Path) -> Result<(), Failure> {
    let bytes =
        std::fs::read(library).map_err(|source| Failure::Read { path: library.to_path_buf(), source })?;
    match elf::page_size(&bytes) {
        Some(pages) if pages >= elf::PAGE => Ok(()),
        pages => Err(Failure::Pages { path: library.to_path_buf(), pages: pages.unwrap_or_default() }),
    }
}

pub(crate) fn ios(content: Content) -> Result<(), Failure> {
    complete([
        lacks(cfg!(target_os = "macos"), "macOS", "Apple's linker and SDK run nowhere else"),
        lacks(answers("xcodebuild", "-version"), "Xcode", "install Xcode and run `xcode-select --install`"),
        missing_targets(&IOS),
    ])?;
    let (features, _, sources) = content.parts();
    for target in IOS {
        let mut build = step::cargo(&["rustc", "--profile", "phone", "--package", PACKAGE]);
        build.args(["--no-default-features", "--features", features, "--crate-type", "staticlib"]);
        build.args(["--target", target]);
        phone::configure(&mut build, phone::Linker::Apple, target);
        step::run(build)?;
    }
    framework(&bindings::of_phone("swift", sources, features)?, content)
}

/// One XCFramework: the phone's library, and the two simulators' in one file.
fn framework(generated: &Path, content: Content) -> Result<(), Failure> {
    let built = |target: &str| step::target().join(target).join("phone/libcitizen_wallet_ffi.a");
    let simulators = step::target().join("ios-simulators");
    std::fs::create_dir_all(&simulators)
        .map_err(|source| Failure::Read { path: simulators.clone(), source })?;
    let simulators = simulators.join("libcitizen_wallet_ffi.a");
    let [phone, own_simulator, intel_simulator] = IOS.map(built);
    let mut join = Command::new("lipo");
    join.arg("-create").arg(own_simulator).arg(intel_simulator).arg("-output").arg(&simulators);
    step::run(join)?;

    let headers = headers(generated)?;
    let package = step::target().join("ios-package");
    swift_package::assemble(generated, content, &package)?;
    let out: PathBuf = package.join(swift_package::FRAMEWORK);
    let mut pack = Command::new("xcodebuild");
    pack.arg("-create-xcframework");
    for library in [&phone, &simulators] {
        pack.arg("-library").arg(library).arg("-headers").arg(&headers);
    }
    pack.arg("-output").arg(&out);
    step::run(pack)?;
    println!(
        "── {}: Xcode takes it as a local package, and a release is this folder as a repository",
        package.display()
    );
    Ok(())
}

/// The generated C headers in a folder of their own, under the one module map that Xcode looks for: compilers are given the folder alone
/// (`HeadersPath` of the XCFramework) and find modules in no file of another name.
pub(crate) fn headers(generated: &Path) -> Result<PathBuf, Failure> {
    let folder = generated.join("headers");
    let failed = |source| Failure::Read { path: folder.clone(), source };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let mut modules = String::new();
    for entry in std::fs::read_dir(generated).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        match (path.extension().and_then(|end| end.to_str()), path.file_name()) {
            (Some("h"), Some(name)) => drop(std::fs::copy(&path, folder.join(name)).map_err(failed)?),
            (Some("modulemap"), _) => modules += &std::fs::read_to_string(&path).map_err(failed)?,
            _ => {}
        }
    }
    std::fs::write(folder.join("module.modulemap"), modules).map_err(failed)?;
    Ok(folder)
}

fn lacks(is_there: bool, what: &str, remedy: &str) -> Option<Lacking> {
    (!is_there).then(|| Lacking { what: what.to_owned(), remedy: remedy.to_owned() })
}

/// Targets that Rust has no standard library for on this machine.
fn missing_targets(wanted: &[&'static str]) -> Option<Lacking> {
    let installed = phone::installed_targets();
    let missing: Vec<&str> =
        wanted.iter().filter(|target| !installed.iter().any(|own| own == *target)).copied().collect();
    let list = missing.join(" ");
    lacks(missing.is_empty(), &format!("Rust for {list}"), &format!("rustup target add {list}"))
}

/// Says everything that is lacking.
fn complete<const N: usize>(wanted: [Option<Lacking>; N]) -> Result<(), Failure> {
    let lacking: Vec<Lacking> = wanted.into_iter().flatten().collect();
    for Lacking { what, remedy } in &lacking {
        eprintln!("package: this machine lacks {what}: {remedy}");
    }
    if lacking.is_empty() { Ok(()) } else { Err(Failure::Lacking(lacking.len())) }
}

fn answers(program: &str, argument: &str) -> bool {
    let mut asked = Command::new(program);
    asked.arg(argument).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_lie_under_one_module_map() {
        let folder = std::env::temp_dir().join(format!("xtask-headers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in [
            ("a.h", "int a;"),
            ("a.modulemap", "module a {}\n"),
            ("b.modulemap", "module b {}\n"),
            ("a.swift", ""),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let headers = headers(&folder).unwrap();
        let map = std::fs::read_to_string(headers.join("module.modulemap")).unwrap();
        assert!(map.contains("module a {}") && map.contains("module b {}"));
        assert!(headers.join("a.h").is_file() && !headers.join("a.swift").exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_a_machine_lacks_is_said_and_nothing_is_packed() {
        assert!(complete([None, None]).is_ok());
        let lacking =
            complete([lacks(true, "x", "y"), lacks(false, "an NDK", "get one"), lacks(false, "z", "y")]);
        assert!(matches!(lacking, Err(Failure::Lacking(2))));
        assert!(!answers("no-such-program-anywhere", "-version"));
        let target = missing_targets(&["no-such-target"]).unwrap();
        assert_eq!(target.remedy, "rustup target add no-such-target");
    }
}
