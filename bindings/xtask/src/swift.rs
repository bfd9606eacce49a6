//! `cargo xtask swift`: the Swift package, linted, built, and tested against the real library and sandbox cities in processes of their own;
//! its reference by DocC; what a release compiles for a phone.

use crate::step::{self, Failure, Skipping};
use crate::swift_root::{self, Root};
use crate::{bindings, package, swift_package};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What a snippet of the quick start may use without saying so.
const SNIPPET_BEGINS: &str = "import CitizenWallet\nimport Foundation\n\n";
/// What is written by hand.
const BY_HAND: [&str; 7] = [
    "Package.swift",
    "Package.release.swift",
    "Sources",
    "Contract",
    "Tests",
    "Samples/PayFromSwift",
    "Samples/WalletApp",
];
/// The tests that count what is alive in the process.
const ALONE: &str = "LeavingNothingTests";
/// The tests that measure.
const FIGURES: &str = "FiguresTests";
/// Writes the reference out of what the compiler knows of the module, by the tools that lie beside it.
const DOCC: &str = r#"
built=$1 headers=$2 out=$3
tools=$(dirname "$(readlink -f "$(command -v swift)")")
machine=$(basename "$(dirname "$(readlink -f "$built")")")
rm -rf "$out.graphs" "$out"
mkdir "$out.graphs"
"$tools/swift-symbolgraph-extract" -module-name CitizenWallet -target "$machine" -I "$built/Modules" \
    -I "$headers/citizen_walletFFI" -I "$headers/citizen_wallet_ffiFFI" \
    -minimum-access-level public -skip-synthesized-members -output-dir "$out.graphs"
"$tools/docc" convert --additional-symbol-graph-dir "$out.graphs" --output-path "$out" --warnings-as-errors \
    --fallback-display-name CitizenWallet --fallback-bundle-identifier kr.citizenwallet
"#;

/// Lints, builds and tests the package; the bindings were generated before.
pub(crate) fn run(skipping: Skipping) -> Result<(), Failure> {
    let Some(place) = Place::find(skipping)? else { return Ok(()) };
    let start = Instant::now();
    let package = step::root().join("ios");
    put_in_place(&package)?;

    let mut lint = place.swift(&["format", "lint", "--strict", "--recursive", "--parallel"]);
    // From the project's folder, where a command runs: the tool takes no path from the root of the file system.
    lint.args(BY_HAND.map(|name| format!("ios/{name}")));
    step::run(lint)?;
    step::run(place.package(&package, &["build", "--build-tests"], &[]))?;
    step::run(place.package(&package, &["test", "--skip-build", "--disable-xctest"], &[]))?;
    let alone = ["test", "--skip-build", "--disable-xctest", "--filter", ALONE];
    step::run(place.package(&package, &alone, &["ALONE=1"]))?;
    reference(&place, &package)?;
    of_phone(&place, &package)?;
    println!("── Swift: {:.1} s\n", start.elapsed().as_secs_f64());
    Ok(())
}

/// Measures an app's acts over the library as it is released, and answers what was printed. The bindings were generated, and library and
/// city built, before.
pub(crate) fn figures() -> Result<String, Failure> {
    let Some(place) = Place::find(Skipping::Allowed)? else { return Ok(String::new()) };
    let package = step::root().join("ios");
    put_in_place(&package)?;
    step::run(place.package(&package, &["build", "--build-tests"], &[]))?;
    let released = step::target().join("release");
    let released = [
        "FIGURES=1".to_owned(),
        format!("LD_LIBRARY_PATH={}", place.inside(&released)),
        format!("STAGE_PROGRAM={}", place.inside(&released.join("examples/stage"))),
    ];
    let measure = ["test", "--skip-build", "--disable-xctest", "--filter", FIGURES];
    step::output(place.package(&package, &measure, &released.each_ref().map(String::as_str)))
}

/// The reference out of the comments, as a DocC archive. A link to what is not there fails.
fn reference(place: &Place, package: &Path) -> Result<(), Failure> {
    let folders = ["swift/debug", "swift-reference.doccarchive"].map(|name| step::target().join(name));
    let [built, archive] = folders.map(|folder| place.inside(&folder));
    let headers = place.inside(&package.join("target/generated"));
    step::run(place.program(&[], "sh", &["-euc", DOCC, "sh", &built, &headers, &archive]))
}

/// What a release compiles: the sources generated for a phone over the headers as the XCFramework has them, found as Xcode finds them,
/// and the hand-written ones over these, without what only a developer's library has.
fn of_phone(place: &Place, package: &Path) -> Result<(), Failure> {
    let generated = bindings::of_phone("swift", "phone", package::FEATURES)?;
    let headers = package::headers(&generated)?;
    let modules = generated.join("modules");
    fs::create_dir_all(&modules).map_err(|source| Failure::Read { path: modules.clone(), source })?;
    // The manifest that an app's package has is read, though its XCFramework is packed on a Mac alone.
    let assembled = step::target().join("swift-release");
    swift_package::assemble(&generated, package::Content::Released, &assembled)?;
    let folder = place.inside(&assembled);
    step::output(place.swift(&["package", "--package-path", &folder, "dump-package"]))?;
    let (headers, found) = (place.inside(&headers), place.inside(&modules));

    let module = format!("{found}/CitizenWalletFFI.swiftmodule");
    let mut compile =
        place.program(&[], "swiftc", &["-emit-module", "-parse-as-library", "-suppress-warnings"]);
    compile.args(["-module-name", "CitizenWalletFFI", "-swift-version", "5", "-I", &headers]);
    compile.args(["-emit-module-path", &module]).args(place.sources(&generated)?);
    step::run(compile)?;
    let mut check = place.program(&[], "swiftc", &["-typecheck", "-parse-as-library", "-warnings-as-errors"]);
    check.args(["-module-name", "CitizenWallet", "-package-name", "citizenwallet", "-swift-version", "6"]);
    check.args(["-I", &headers, "-I", &found]).args(place.sources(&package.join("Sources/CitizenWallet"))?);
    step::run(check)
}

/// Where `swift` runs.
enum Place {
    /// On this machine.
    Here,
    /// In a root of another system.
    Root(Root),
}

impl Place {
    /// Swift of this machine, or in a root that is there or can be made.
    fn find(skipping: Skipping) -> Result<Option<Self>, Failure> {
        if is_here() {
            return Ok(Some(Self::Here));
        }
        if let Some(root) = Root::existing() {
            return Ok(Some(Self::Root(root)));
        }
        if let Some(why) = swift_root::impossible() {
            step::skip("swift", why, skipping)?;
            return Ok(None);
        }
        match swift_root::make() {
            Ok(root) => Ok(Some(Self::Root(root))),
            Err(failure) if skipping == Skipping::Allowed => {
                println!("── the root with Swift cannot be had: {failure}");
                step::skip("swift", "install Swift 6, or see why `cargo xtask swift-root` fails", skipping)?;
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// `swift` with arguments.
    fn swift(&self, arguments: &[&str]) -> Command {
        self.program(&[], "swift", arguments)
    }

    /// `swift` on the package, with what its tests are run with.
    fn package(&self, package: &Path, arguments: &[&str], more: &[&str]) -> Command {
        let (built, scratch) = (step::target().join("debug"), step::target().join("swift"));
        let cases = step::root().join("bindings/contract/cases");
        let variable = |name: &str, path: &Path| format!("{name}={}", self.inside(path));
        let mut variables = vec![
            variable("CITIZEN_WALLET_LIBRARY", &built),
            variable("STAGE_PROGRAM", &built.join("examples/stage")),
            variable("CITY_PROGRAM", &built.join("city")),
            variable("SAMPLE_PROGRAM", &scratch.join("debug/pay-from-swift")),
            variable("CONTRACT_PHONE", &scratch.join("debug/contract-phone")),
            variable("CONTRACT_CASES", &cases),
            variable("CITY_CODES", &step::root().join("examples/codes")),
        ];
        variables.extend(more.iter().map(|&own| own.to_owned()));
        let mut command = self.program(&variables, "swift", arguments);
        command.args(["--package-path", &self.inside(package), "--scratch-path", &self.inside(&scratch)]);
        command
    }

    /// How a path is called where `swift` runs.
    fn inside(&self, path: &Path) -> String {
        match self {
            Self::Here => path.to_path_buf(),
            Self::Root(_) => swift_root::inside(path),
        }
        .to_string_lossy()
        .into_owned()
    }

    /// The Swift files of a folder, as they are called where `swift` runs.
    fn sources(&self, folder: &Path) -> Result<Vec<String>, Failure> {
        let mut files = read_folder(folder)?;
        files.retain(|file| file.extension().is_some_and(|own| own == "swift"));
        files.sort();
        Ok(files.iter().map(|file| self.inside(file)).collect())
    }

    fn program(&self, variables: &[String], program: &str, arguments: &[&str]) -> Command {
        let mut command = match self {
            Self::Here => Command::new("env"),
            Self::Root(root) => root.command(),
        };
        command.args(variables).arg(program).args(arguments).current_dir(step::root());
        command
    }
}

/// Whether this machine has Swift itself: there are other programs of that name.
fn is_here() -> bool {
    let mut asked = Command::new("swift");
    asked.arg("--version").stderr(Stdio::null());
    asked.output().is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("Swift version 6"))
}

/// Puts the generated sources and the quick start's snippets where the package looks for them.
fn put_in_place(package: &Path) -> Result<(), Failure> {
    let (from, to) = (step::target().join("bindings/swift"), package.join("target/generated"));
    for entry in read_folder(&from)? {
        let Some(name) = entry.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        if name.ends_with(".swift") {
            write_if_new(&to.join("CitizenWalletFFI").join(&name), &read(&entry)?)?;
        } else if let Some(module) = name.strip_suffix(".modulemap") {
            write_if_new(&to.join(module).join("module.modulemap"), &read(&entry)?)?;
        } else if let Some(module) = name.strip_suffix(".h") {
            write_if_new(&to.join(module).join(&name), &read(&entry)?)?;
        }
    }
    let quick_start = read(&package.join("README.md"))?;
    for (snippet, number) in snippets(&quick_start).iter().zip(1..) {
        let file = to.join("Snippets").join(format!("Snippet{number}.swift"));
        write_if_new(&file, &format!("{SNIPPET_BEGINS}{snippet}"))?;
    }
    Ok(())
}

/// The code of a document that is marked as Swift.
fn snippets(document: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in document.lines() {
        match &mut open {
            None if line == "```swift" => open = Some(String::new()),
            None => {}
            Some(_) if line == "```" => found.extend(open.take()),
            Some(snippet) => {
                snippet.push_str(line);
                snippet.push('\n');
            }
        }
    }
    found
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_path_buf(), source })
}

fn read_folder(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |source| Failure::Read { path: path.to_path_buf(), source };
    fs::read_dir(path)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(unreadable))
        .collect()
}

/// What is as it was is not written again: nothing is compiled again for it.
fn write_if_new(path: &Path, text: &str) -> Result<(), Failure> {
    if fs::read_to_string(path).is_ok_and(|own| own == text) {
        return Ok(());
    }
    let written = match path.parent() {
        Some(folder) => fs::create_dir_all(folder).and_then(|()| fs::write(path, text)),
        None => fs::write(path, text),
    };
    written.map_err(|source| Failure::Read { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_as_swift_is_compiled_and_nothing_else() {
        let document =
            "# A\n```swift\nlet a = 1\n\nlet b = 2\n```\n```text\nno\n```\n```swift\nlet c = 3\n```\n";
        assert_eq!(snippets(document), ["let a = 1\n\nlet b = 2\n", "let c = 3\n"]);
    }
}
