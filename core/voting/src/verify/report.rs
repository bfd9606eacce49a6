//! What a verification found: every check with its count, and the first failure.

use crate::ballot::BallotError;
use crate::board::BoardError;
use crate::ceremony::{ParametersError, ReplayError};
use crate::decryption::NotDecrypted;
use crate::identifier::{ElectorateIndex, TrusteeIndex};
use crate::manifest::PollError;
use crate::result::PollResult;
use crate::spoil::OpeningError;
use crate::token::TokenError;
use citizen_primitives::PollId;
use std::fmt;

/// What is checked, in the order in which it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckName {
    /// The manifest is the poll's, and no rule refuses it.
    Manifest,
    /// The trustees' messages make one election key, and all trustees confirmed it.
    Ceremony,
    /// The issuance log is the one whose root was given; its rows are in order.
    IssuanceLog,
    /// No person has two rows of one registrar.
    IssuedOnce,
    /// The board is the one whose root was given.
    BoardLog,
    /// Every entry of it can be read.
    Entries,
    /// Slots follow one another, and none comes after closing.
    Slots,
    /// Each voting key's numbers grow, and it stays within what the manifest allows.
    Sequences,
    /// No ciphertext stands on the board twice.
    Ciphertexts,
    /// Every voting key has the signatures of all registrars.
    Tokens,
    /// Every ballot's proofs and signature.
    Ballots,
    /// Every opened ballot is the one that was shown.
    Openings,
    /// Voting keys on the board ≤ rows ≤ roll, for each registrar and electorate.
    Issued,
    /// Sums are opened where enough voted, and nowhere else.
    Turnout,
    /// Decryption shares: each trustee's, over the counted set and no other.
    Shares,
    /// The result is what the shares open.
    Result,
}

impl CheckName {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Manifest,
        Self::Ceremony,
        Self::IssuanceLog,
        Self::IssuedOnce,
        Self::BoardLog,
        Self::Entries,
        Self::Slots,
        Self::Sequences,
        Self::Ciphertexts,
        Self::Tokens,
        Self::Ballots,
        Self::Openings,
        Self::Issued,
        Self::Turnout,
        Self::Shares,
        Self::Result,
    ];

    /// The name in a report.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Ceremony => "ceremony",
            Self::IssuanceLog => "issuance-log",
            Self::IssuedOnce => "issued-once",
            Self::BoardLog => "board-log",
            Self::Entries => "entries",
            Self::Slots => "slots",
            Self::Sequences => "sequences",
            Self::Ciphertexts => "ciphertexts",
            Self::Tokens => "tokens",
            Self::Ballots => "ballots",
            Self::Openings => "openings",
            Self::Issued => "issued",
            Self::Turnout => "turnout",
            Self::Shares => "shares",
            Self::Result => "result",
        }
    }
}

/// How often a check was made, and how often it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// What is checked.
    pub name: CheckName,
    /// How many times.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}", place = Place(.check.text(), *.index))]
pub struct Failure {
    /// The check that failed.
    pub check: CheckName,
    /// The entry of the board or the row of the issuance log, from 0, if it is about one.
    pub index: Option<u64>,
    /// Why.
    #[source]
    pub reason: FailureReason,
}

struct Place(&'static str, Option<u64>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(check, None) => f.write_str(check),
            Self(check, Some(index)) => write!(f, "{check}, entry {index}"),
        }
    }
}

/// Why a check failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FailureReason {
    /// The manifest.
    #[error("{0}")]
    Manifest(#[from] PollError),
    /// The trustees of the manifest can hold no ceremony.
    #[error("{0}")]
    Trustees(#[from] ParametersError),
    /// The ceremony.
    #[error("{0}")]
    Ceremony(#[from] ReplayError),
    /// The log has another root or another number of entries than the one in the ledger's state (VOTE-16).
    #[error("not the log that the ledger's state holds: {count} entries")]
    AnotherLog {
        /// How many were read.
        count: u64,
    },
    /// Bytes that are no entry or row.
    #[error("malformed")]
    Malformed,
    /// A row of a registrar or an electorate that the poll does not have.
    #[error("no such registrar or electorate")]
    NoSuchRegistrar,
    /// A second row for one person (VOTE-51).
    #[error("a second row of registrar {registrar} for one person")]
    IssuedTwice {
        /// Which registrar, from 0.
        registrar: u8,
    },
    /// Where an entry stands.
    #[error("{0}")]
    Board(#[from] BoardError),
    /// A ciphertext that stands on the board already (VOTE-3).
    #[error("a ciphertext that stands on the board already")]
    RepeatedCiphertext,
    /// A token.
    #[error("{0}")]
    Token(#[from] TokenError),
    /// A ballot.
    #[error("{0}")]
    Ballot(#[from] BallotError),
    /// An opened ballot.
    #[error("{0}")]
    Opening(#[from] OpeningError),
    /// More voting keys than rows (VOTE-13).
    #[error("electorate {electorate}: {keys} voting keys, and registrar {registrar} signed {rows}")]
    MoreKeysThanRows {
        /// The electorate.
        electorate: ElectorateIndex,
        /// The registrar, from 0.
        registrar: u8,
        /// Voting keys on the board.
        keys: u64,
        /// Its rows.
        rows: u64,
    },
    /// More rows than people (VOTE-13).
    #[error("electorate {electorate}: registrar {registrar} signed {rows} for a roll of {roll}")]
    MoreRowsThanPeople {
        /// The electorate.
        electorate: ElectorateIndex,
        /// The registrar, from 0.
        registrar: u8,
        /// Its rows.
        rows: u64,
        /// The size of the roll.
        roll: u32,
    },
    /// Sums of too few ballots are opened (VOTE-55).
    #[error(
        "electorate {electorate}: opened, though {counted} ballots are below the minimum turnout of {minimum}"
    )]
    OpenedBelowTurnout {
        /// The electorate.
        electorate: ElectorateIndex,
        /// How many count.
        counted: u64,
        /// The minimum.
        minimum: u32,
    },
    /// Sums that should be opened are not.
    #[error("electorate {electorate}: not opened, though {counted} ballots count")]
    NotOpened {
        /// The electorate.
        electorate: ElectorateIndex,
        /// How many count.
        counted: u64,
    },
    /// Decryption shares of another set of ballots than the counted one (VOTE-17).
    #[error("electorate {electorate}: trustee {trustee} decrypted another set of ballots")]
    AnotherTally {
        /// The electorate.
        electorate: ElectorateIndex,
        /// Who.
        trustee: TrusteeIndex,
    },
    /// Shares that no trustee signed for this poll and electorate.
    #[error("electorate {electorate}: decryption shares that no trustee signed for it")]
    StrayShares {
        /// The electorate.
        electorate: ElectorateIndex,
    },
    /// The shares do not open the sums.
    #[error("electorate {electorate}: {reason}")]
    NotDecrypted {
        /// The electorate.
        electorate: ElectorateIndex,
        /// Why.
        reason: NotDecrypted,
    },
    /// Another number of results than electorates, or another poll's.
    #[error("the result is not one of this poll")]
    AnotherResult,
    /// A result that does not follow from the shares.
    #[error("electorate {electorate}: the published result is not what was cast")]
    WrongResult {
        /// The electorate.
        electorate: ElectorateIndex,
    },
    /// Something before this failed, so that it could not be checked.
    #[error("cannot be checked after what failed before")]
    NotChecked,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The poll.
    pub poll: PollId,
    /// Every check.
    pub checks: Vec<Check>,
    /// How many ballots count.
    pub counted: u64,
    /// How many were opened.
    pub spoiled: u64,
    /// How many were replaced by a later one.
    pub replaced: u64,
    /// Trustees whose shares are wrong. That alone makes no result wrong: enough others opened it.
    pub blamed: Vec<(ElectorateIndex, TrusteeIndex)>,
    /// The result that follows from the board, if it could be worked out.
    pub result: Option<PollResult>,
    /// The first failure, in the order of the checks and of the entries.
    pub first_failure: Option<Failure>,
}

impl Report {
    /// Whether nothing failed.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.first_failure.is_none()
    }
}

/// Counts checks and keeps the first failure.
#[derive(Debug)]
pub(super) struct Findings {
    checks: Vec<Check>,
    first: Option<Failure>,
}

impl Findings {
    pub(super) fn new() -> Self {
        let check = |name| Check { name, count: 0, failed: 0 };
        Self { checks: CheckName::ALL.into_iter().map(check).collect(), first: None }
    }

    /// One check that was made.
    pub(super) fn note<R: Into<FailureReason>>(
        &mut self,
        name: CheckName,
        index: Option<u64>,
        result: Result<(), R>,
    ) {
        let Some(check) = self.checks.iter_mut().find(|check| check.name == name) else { return };
        check.count = check.count.saturating_add(1);
        let Err(reason) = result else { return };
        check.failed = check.failed.saturating_add(1);
        let failure = Failure { check: name, index, reason: reason.into() };
        let earlier = |first: &Failure| (first.check, first.index) <= (failure.check, failure.index);
        if !self.first.as_ref().is_some_and(earlier) {
            self.first = Some(failure);
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Check>, Option<Failure>) {
        (self.checks, self.first)
    }
}
