//! The universal verifier: it has no secrets, reads what was published, and checks all of it (VOTE-9).
//!
//! The board is read entry by entry, several times over, and never held: memory does not grow with the ballots but by one bit for
//! each entry (VOTE-57). First it is found out which ballots count, and that nothing stands there twice; in the last reading
//! tokens, proofs and signatures are checked and the counted ballots summed.

mod census;
mod issuance;
mod outcome;
mod reading;
mod report;
mod sieve;

pub use report::{Check, CheckName, Failure, FailureReason, Report};

use crate::board::LogHead;
use crate::ceremony::{Ceremony, CeremonyParameters, Message};
use crate::decryption::DecryptionShares;
use crate::election::Election;
use crate::identifier::{ElectorateIndex, TrusteeIndex};
use crate::manifest::Poll;
use crate::result::PollResult;
use crate::tally::Tally;
use borsh::{BorshDeserialize, BorshSerialize};
use census::Census;
use citizen_keys::Signed;
use citizen_primitives::PollId;
use report::Findings;
use std::num::NonZeroUsize;

/// Everything published of a poll but its two logs.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PollRecord {
    /// The canonical manifest.
    pub manifest: Vec<u8>,
    /// The trustees' messages of the key ceremony.
    pub ceremony: Vec<Message>,
    /// The trustees' decryption shares, by electorate in the manifest's order.
    pub shares: Vec<Vec<Signed<DecryptionShares>>>,
    /// The published result.
    pub result: PollResult,
}
citizen_primitives::canonical!(PollRecord = 1);

/// What must be known from elsewhere, from the ledger's state under a verified header: without it a verifier can only say that a
/// poll is sound, not that it is the one that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PollAnchor {
    /// The poll.
    pub poll: PollId,
    /// The board when it was closed.
    pub board: LogHead,
    /// The issuance log when the board was closed.
    pub issuance: LogHead,
}
citizen_primitives::canonical!(PollAnchor = 1);

/// Reads a log from its beginning, as often as it is asked to.
pub trait LogReader {
    /// Why it cannot be read.
    type Error;

    /// Goes back to the first entry.
    fn restart(&mut self) -> Result<(), Self::Error>;

    /// The canonical bytes of the next entry; `None` after the last.
    fn next_entry(&mut self) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// A log in memory.
#[derive(Debug, Clone)]
pub struct MemoryLog {
    entries: Vec<Vec<u8>>,
    next: usize,
}

impl MemoryLog {
    /// A log of these entries.
    #[must_use]
    pub const fn new(entries: Vec<Vec<u8>>) -> Self {
        Self { entries, next: 0 }
    }
}

impl LogReader for MemoryLog {
    type Error = std::convert::Infallible;

    fn restart(&mut self) -> Result<(), Self::Error> {
        self.next = 0;
        Ok(())
    }

    fn next_entry(&mut self) -> Result<Option<Vec<u8>>, Self::Error> {
        let entry = self.entries.get(self.next).cloned();
        self.next = self.next.saturating_add(1);
        Ok(entry)
    }
}

/// How much the verifier takes for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// How many threads check proofs.
    pub threads: NonZeroUsize,
    /// How many voting keys and ciphertexts are remembered in one reading, about 20 bytes each. With fewer the board is read more
    /// often; the verdict is the same (VOTE-57).
    pub remembered: NonZeroUsize,
    /// How many entries are checked together.
    pub batch: NonZeroUsize,
}

impl Default for Effort {
    /// One thread, about 60 MB: as many marks as fill a table of two million.
    fn default() -> Self {
        let number = |number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
        Self { threads: NonZeroUsize::MIN, remembered: number((1 << 21) / 8 * 7), batch: number(256) }
    }
}

/// What went on while verifying, for whoever shows progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries read, over all readings.
    pub read: u64,
    /// Entries to read, over all readings.
    pub total: u64,
}

/// What a trustee knows of a board before she opens anything of it.
#[derive(Debug, Clone)]
pub struct Count {
    /// Every check but those of shares and result, which are not there yet.
    pub report: Report,
    /// The sums of the ballots that count, by electorate in the manifest's order; none if manifest or ceremony cannot be read.
    pub tallies: Vec<Tally>,
}

/// Checks a board that is closed and not opened yet, and adds up the ballots that count: what every trustee does herself before she
/// decrypts, with the checks of [`verify_poll`].
pub fn count_ballots<R: LogReader, I: LogReader<Error = R::Error>>(
    anchor: &PollAnchor,
    (manifest, ceremony): (&[u8], &[Message]),
    (board, issuance): (&mut R, &mut I),
    effort: Effort,
    progress: &mut dyn FnMut(Progress),
) -> Result<Count, R::Error> {
    let mut findings = Findings::new();
    let Some(keys) = keys(anchor, (manifest, ceremony), &mut findings) else {
        return Ok(Count { report: unreadable(anchor.poll, findings), tallies: Vec::new() });
    };
    let (census, tallies) = keys.count(anchor, (board, issuance), effort, progress, &mut findings)?;
    Ok(Count { report: report(&keys.poll, &census, findings, (None, Vec::new())), tallies })
}

/// Verifies a whole poll. An error is the reader's; what is wrong with the poll is in the report.
pub fn verify_poll<R: LogReader, I: LogReader<Error = R::Error>>(
    anchor: &PollAnchor,
    record: &PollRecord,
    (board, issuance): (&mut R, &mut I),
    effort: Effort,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, R::Error> {
    let mut findings = Findings::new();
    let Some(keys) = keys(anchor, (&record.manifest, &record.ceremony), &mut findings) else {
        return Ok(unreadable(anchor.poll, findings));
    };
    let (census, tallies) = keys.count(anchor, (board, issuance), effort, progress, &mut findings)?;
    let Keys { poll, parameters, election } = &keys;
    let opening = outcome::Opening { poll, parameters, election };
    let outcome = outcome::check(&opening, record, &tallies, &mut findings);
    Ok(report(poll, &census, findings, outcome))
}

/// What a poll's checks rest on.
struct Keys {
    poll: Poll,
    parameters: CeremonyParameters,
    election: Election,
}

impl Keys {
    /// Reads both logs; the sums are of the ballots that count.
    fn count<R: LogReader, I: LogReader<Error = R::Error>>(
        &self,
        anchor: &PollAnchor,
        (board, issuance): (&mut R, &mut I),
        effort: Effort,
        progress: &mut dyn FnMut(Progress),
        findings: &mut Findings,
    ) -> Result<(Census, Vec<Tally>), R::Error> {
        let rows = issuance::read(&self.poll, anchor, issuance, effort, findings)?;
        let mut reading = reading::Reading::new(&self.poll, anchor, effort, progress);
        let census = census::take(&mut reading, board, findings)?;
        let tallies = reading.ballots(&self.election, &census, board, findings)?;
        issuance::bounds(&self.poll, &rows, &census, findings);
        Ok((census, tallies))
    }
}

fn report(
    poll: &Poll,
    census: &Census,
    findings: Findings,
    (result, blamed): (Option<PollResult>, Vec<(ElectorateIndex, TrusteeIndex)>),
) -> Report {
    let (checks, first_failure) = findings.into_parts();
    Report {
        poll: poll.id(),
        checks,
        counted: census.counted(),
        spoiled: census.spoiled,
        replaced: census.replaced,
        blamed,
        result,
        first_failure,
    }
}

/// The poll, its trustees and its election key.
fn keys(
    anchor: &PollAnchor,
    (manifest, ceremony): (&[u8], &[Message]),
    findings: &mut Findings,
) -> Option<Keys> {
    let poll = Poll::read(anchor.poll, manifest).map_err(FailureReason::from);
    findings.note(CheckName::Manifest, None, poll.as_ref().map(drop).map_err(Clone::clone));
    let poll = poll.ok()?;
    let replay = |parameters: CeremonyParameters| {
        let election = Ceremony::replay(parameters.clone(), ceremony)?;
        Ok((parameters, election))
    };
    let keys = poll.ceremony().map_err(FailureReason::from).and_then(replay);
    findings.note(CheckName::Ceremony, None, keys.as_ref().map(drop).map_err(Clone::clone));
    let (parameters, election) = keys.ok()?;
    Some(Keys { poll, parameters, election })
}

fn unreadable(poll: PollId, findings: Findings) -> Report {
    let (checks, first_failure) = findings.into_parts();
    Report { poll, checks, counted: 0, spoiled: 0, replaced: 0, blamed: vec![], result: None, first_failure }
}

/// A place in a list that follows the electorates.
fn at(electorate: ElectorateIndex) -> usize {
    usize::from(electorate.number())
}
