//! The frozen files in `vectors/`: every form that SPEC.md describes, and at least forty that must be refused, each with its reason.
//!
//! A changed form is a new version, never a changed vector. A file that is not there yet is written with `FREEZE_VECTORS=1`; one
//! that is there never is. What is random comes out of a name (`support::seeded`).

mod invalid;
mod refuse;
mod thousand;
mod valid;

use std::path::Path;

/// Compares lines with the frozen file, or writes it.
fn frozen(file: &str, head: &str, lines: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    if !path.exists() && std::env::var_os("FREEZE_VECTORS").is_some() {
        let head: String = head.lines().map(|line| format!("# {line}\n")).collect();
        std::fs::write(&path, format!("{head}{}\n", lines.join("\n"))).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let frozen: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(frozen.len(), lines.len(), "{file}");
    for (frozen, made) in frozen.iter().zip(lines) {
        assert!(frozen == made, "{file}: {}", made.chars().take(100).collect::<String>());
    }
}

/// What must be refused.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The rule of the README.
    pub(super) rule: &'static str,
    pub(super) reason: &'static str,
    pub(super) inputs: Vec<Vec<u8>>,
}

/// What the inputs are, and so what refuses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// canonical(Manifest).
    Manifest,
    /// canonical(Message) of a ceremony, each, in order.
    Ceremony,
    /// canonical(SignedBallot).
    Ballot,
    /// canonical(CastBallot) whose ballot is in order.
    Token,
    /// canonical(SpoiledBallot) whose token is in order.
    Opening,
    /// canonical(BoardEntry), each, in order; the proofs in them are in order.
    Board,
    /// canonical(LogHead), then canonical(BoardEntry), each.
    Log,
    /// canonical(IssuanceRow), each.
    Rows,
    /// canonical(Signed<DecryptionShares>) for the first electorate of `valid.txt`.
    Shares,
    /// canonical(PollResult) for the poll of `valid.txt`.
    Result,
    /// canonical(Signed<RelayPromise>) for the ballot `cast-entry` in slot 1.
    Promise,
    /// canonical(Receipt) for the head `receipt-head` and the ballot `cast-entry`.
    Receipt,
}

impl Kind {
    pub(super) const ALL: [Self; 12] = [
        Self::Manifest,
        Self::Ceremony,
        Self::Ballot,
        Self::Token,
        Self::Opening,
        Self::Board,
        Self::Log,
        Self::Rows,
        Self::Shares,
        Self::Result,
        Self::Promise,
        Self::Receipt,
    ];

    pub(super) fn text(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}
