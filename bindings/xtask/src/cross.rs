//! Type checks for phones: everything that a phone carries, for Android and iOS. C is not compiled here unless a compiler for the
//! target is named (`CC_aarch64_linux_android`): a type check needs no object files.

use crate::phone;
use crate::step::{self, Failure, Skipping};
use std::process::{Command, Stdio};

/// 64 bits of both systems, and the 32 bits of old Android phones: what does not fit their numbers is an error there alone.
const TARGETS: [&str; 3] = ["aarch64-linux-android", "armv7-linux-androideabi", "aarch64-apple-ios"];
/// What a phone carries.
const PACKAGES: [&str; 11] = [
    "citizen-primitives",
    "citizen-keys",
    "citizen-merkle",
    "citizen-coin",
    "citizen-payment",
    "citizen-voting",
    "citizen-ledger",
    "citizen-store",
    "citizen-client",
    "citizen-wallet",
    "citizen-wallet-ffi",
];

pub(crate) fn run(skipping: Skipping) -> Result<(), Failure> {
    for target in TARGETS {
        if is_installed(target) {
            check(target)?;
        } else {
            step::skip(
                "Rust for phones",
                "rustup target add aarch64-linux-android armv7-linux-androideabi aarch64-apple-ios",
                skipping,
            )?;
        }
    }
    Ok(())
}

fn check(target: &str) -> Result<(), Failure> {
    let mut check = step::cargo(&["check", "--quiet", "--target", target, "--features", "https,scan"]);
    for package in PACKAGES {
        check.args(["--package", package]);
    }
    let suffix = target.replace('-', "_");
    let is_at_home = cfg!(target_os = "macos") && target.contains("apple");
    let has_compiler = is_at_home || std::env::var_os(format!("CC_{suffix}")).is_some();
    if !has_compiler {
        // A compiler that does nothing, and a folder in the place of Apple's SDK: what would be made is not looked at by a type check.
        check.env(format!("CC_{suffix}"), "true").env(format!("AR_{suffix}"), "true");
        check.env("SDKROOT", step::root()).env("IPHONEOS_DEPLOYMENT_TARGET", "16.0");
    }
    step::run(check)?;
    if !has_compiler {
        step::leave_out(format!(
            "the C of SQLite and ring for {target}, for want of its compiler; its Rust is checked. To get it: Android's NDK or Xcode, \
             named in CC_{suffix}"
        ));
    }
    Ok(())
}

/// Whether the target is there; it is fetched if it can be.
fn is_installed(target: &str) -> bool {
    let has = || phone::installed_targets().iter().any(|own| own == target);
    if has() {
        return true;
    }
    println!("── rustup target add {target}");
    let mut add = Command::new("rustup");
    add.args(["target", "add", target]).current_dir(step::root()).stdout(Stdio::null()).stderr(Stdio::null());
    add.status().is_ok_and(|status| status.success()) && has()
}
