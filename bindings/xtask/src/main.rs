#![doc = include_str!("../README.md")]

mod bench;
mod bindings;
mod cross;
mod deny;
mod elf;
mod facade;
mod fuzz;
mod interop;
mod kotlin;
mod linking;
mod mending;
mod ndk;
mod notices;
mod package;
mod phone;
mod size;
mod step;
mod swift;
mod swift_package;
mod swift_root;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask test [--nothing-skipped] | tidy | bindings | notices | kotlin | swift | swift-root | size \
     | package android|ios [--preview] | cross | interop | bench [--long | --cold | --size | --peers | --load | --polls | --facade | --credentials] | fuzz [SECONDS] | torture [RUNS]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if linking::is_asked() {
        return linking::run(&arguments);
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::run(step::Skipping::Allowed),
        ["test", "--nothing-skipped"] => test::run(step::Skipping::Refused),
        ["tidy"] => tidy::run(),
        ["bindings"] => bindings::run(),
        ["size"] => size::run(),
        ["notices"] => notices::run(),
        ["package", "android"] => package::android(package::Content::Released),
        ["package", "android", "--preview"] => package::android(package::Content::Preview),
        ["package", "ios"] => package::ios(package::Content::Released),
        ["package", "ios", "--preview"] => package::ios(package::Content::Preview),
        ["swift"] => bindings::run().and_then(|()| swift::run(step::Skipping::Refused)),
        ["swift-root"] => swift_root::run(),
        ["interop"] => interop::run(step::Skipping::Refused),
        ["cross"] => cross::run(step::Skipping::Allowed),
        ["kotlin"] => bindings::run().and_then(|()| kotlin::run(step::Skipping::Refused)),
        ["bench"] => bench::run(bench::Extent::Ordinary),
        ["bench", "--long"] => bench::run(bench::Extent::Long),
        ["bench", "--cold"] => bench::run(bench::Extent::Cold),
        ["bench", "--size"] => bench::run(bench::Extent::Size),
        ["bench", "--peers"] => bench::run(bench::Extent::Peers),
        ["bench", "--load"] => bench::run(bench::Extent::Load),
        ["bench", "--polls"] => bench::run(bench::Extent::Polls),
        ["bench", "--facade"] => bench::run(bench::Extent::Facade),
        ["bench", "--credentials"] => bench::run(bench::Extent::Credentials),
        ["fuzz"] => fuzz::run("60"),
        ["fuzz", seconds] => fuzz::run(seconds),
        ["torture"] => torture::run(torture::RUNS),
        ["torture", runs] => torture::run(runs),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(64);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
