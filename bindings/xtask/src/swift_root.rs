//! `cargo xtask swift-root`: a Debian 13 root with Swift 6 for a machine that has no `swift`.
//!
//! Nothing of it is ever mounted on the machine: whoever needs `/proc` and `/dev` in the root mounts them in a mount namespace of its own,
//! and the kernel takes them away with its last process, however that ends. So deleting the root can never reach the machine's `/dev`.

use crate::step::{self, Failure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SUITE: &str = "trixie";
const PACKAGES: &str = "swiftlang libc6-dev libstdc++-14-dev";
/// Where project and target folder are, seen from inside.
const PROJECT: &str = "/project";
const TARGET: &str = "/target";

/// Fills a new folder with the system and Swift. The settings of `apt` are the machine's own.
const MAKE: &str = r#"
root=$1 mirror=$2 suite=$3 packages=$4
debootstrap --variant=minbase "$suite" "$root" "$mirror"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp -n /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/"
chroot "$root" apt-get update
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages
chroot "$root" apt-get clean
mkdir -p "$root/project" "$root/target"
chroot "$root" swift --version
"#;

/// Runs a command in the root.
const ENTER: &str = r#"
root=$1 project=$2 target=$3
shift 3
mkdir -p "$root/project" "$root/target"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$project" "$root/project"
mount --bind "$target" "$root/target"
exec chroot "$root" env -i -C /project HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 "$@"
"#;

/// A root with Swift.
pub(crate) struct Root(PathBuf);

impl Root {
    /// The root that was made before, or the one that `SWIFT_ROOT` names.
    pub(crate) fn existing() -> Option<Self> {
        let named = std::env::var_os("SWIFT_ROOT").map(PathBuf::from);
        let folder = named.unwrap_or_else(folder);
        // A link, which leads somewhere inside alone.
        let is_there = fs::symlink_metadata(folder.join("usr/bin/swift")).is_ok();
        (is_there && lacking().is_none()).then_some(Self(folder))
    }

    /// A command in the root; its name, and before that variables for it, are the next arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = alone(ENTER);
        command.arg(&self.0).arg(step::root()).arg(step::target());
        command
    }
}

/// Makes the root, if it is not there.
pub(crate) fn run() -> Result<(), Failure> {
    if let Some(why) = lacking() {
        return Err(Failure::Missing { tool: "a way to make the root", remedy: why });
    }
    let Root(folder) = make()?;
    println!("── Swift is in {}", folder.display());
    Ok(())
}

/// Why this machine can have no root, if it cannot.
pub(crate) fn impossible() -> Option<&'static str> {
    lacking()
}

/// Makes the root, if it is not there. A root that was not finished is begun anew.
pub(crate) fn make() -> Result<Root, Failure> {
    if let Some(root) = Root::existing() {
        return Ok(root);
    }
    let (folder, begun) = (folder(), folder().with_extension("begun"));
    let unwritable = |source| Failure::Read { path: begun.clone(), source };
    if begun.exists() {
        nothing_is_mounted_in(&begun)?;
        fs::remove_dir_all(&begun).map_err(unwritable)?;
    }
    fs::create_dir_all(step::target()).map_err(unwritable)?;
    if !answers("debootstrap", "--version") {
        step::run(program("apt-get", &["update", "--quiet"]))?;
        step::run(program("apt-get", &["install", "--yes", "--no-install-recommends", "debootstrap"]))?;
    }
    let mut made = alone(MAKE);
    made.arg(&begun).arg(mirror()?).args([SUITE, PACKAGES]);
    step::run(made)?;
    fs::rename(&begun, &folder).map_err(unwritable)?;
    Ok(Root(folder))
}

/// How a path of the project is called inside.
pub(crate) fn inside(path: &Path) -> PathBuf {
    let under =
        |folder: PathBuf, name: &str| path.strip_prefix(folder).map(|rest| Path::new(name).join(rest));
    under(step::target(), TARGET)
        .or_else(|_| under(step::root(), PROJECT))
        .unwrap_or_else(|_| path.to_path_buf())
}

fn folder() -> PathBuf {
    step::target().join("swift-root")
}

/// What a root needs and this machine does not have.
fn lacking() -> Option<&'static str> {
    if !cfg!(target_os = "linux") {
        return Some("install Swift 6; a root of another system runs on Linux alone");
    }
    if !is_superuser() {
        return Some("install Swift 6, or run as root, which a root of another system needs");
    }
    if !answers("apt-get", "--version") || !answers("unshare", "--version") {
        return Some("install Swift 6; a root of another system is made on Debian and its kin alone");
    }
    None
}

fn is_superuser() -> bool {
    program("id", &["-u"]).output().is_ok_and(|said| said.stdout.trim_ascii() == b"0")
}

/// The mirror that this machine takes Debian from.
fn mirror() -> Result<String, Failure> {
    let listed = step::output(program(
        "apt-get",
        &["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"],
    ))?;
    let first = listed.lines().next().map(str::to_owned);
    first.ok_or(Failure::Missing {
        tool: "a mirror of Debian in apt's configuration",
        remedy: "add one, then `apt-get update`",
    })
}

/// A script in mount and process namespaces of its own: what it mounts and starts ends with it.
fn alone(script: &str) -> Command {
    let mut command = program("unshare", &["--mount", "--propagation", "private", "--pid", "--fork"]);
    command.args(["--kill-child", "--", "sh", "-eu", "-c", script, "sh"]);
    command
}

/// A root of an older version of this program, or made by hand, may be mounted into.
fn nothing_is_mounted_in(folder: &Path) -> Result<(), Failure> {
    let path = PathBuf::from("/proc/self/mountinfo");
    let mounts = fs::read_to_string(&path).map_err(|source| Failure::Read { path, source })?;
    if is_mounted_in(&mounts, folder) {
        return Err(Failure::Missing {
            tool: "a folder without mounts",
            remedy: "unmount what is mounted in target/swift-root.begun",
        });
    }
    Ok(())
}

/// Whether the fifth field of a line, the mount point, is in a folder.
fn is_mounted_in(mounts: &str, folder: &Path) -> bool {
    mounts.lines().filter_map(|line| line.split(' ').nth(4)).any(|point| Path::new(point).starts_with(folder))
}

fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments);
    command
}

fn answers(name: &str, argument: &str) -> bool {
    let mut asked = program(name, &[argument]);
    asked.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_that_is_mounted_into_is_noticed() {
        let mounts = "22 1 8:1 / / rw - ext4 a rw\n30 22 0:5 / /t/tree/dev rw - devtmpfs d rw\n";
        assert!(is_mounted_in(mounts, Path::new("/t/tree")));
        assert!(!is_mounted_in(mounts, Path::new("/t/tr")));
        assert!(!is_mounted_in(mounts, Path::new("/t/tree/proc")));
    }

    #[test]
    fn a_path_of_the_project_has_a_name_inside() {
        assert_eq!(inside(&step::target().join("debug")), Path::new("/target/debug"));
        assert_eq!(inside(&step::root().join("ios")), Path::new("/project/ios"));
        assert_eq!(inside(Path::new("/etc")), Path::new("/etc"));
    }
}
