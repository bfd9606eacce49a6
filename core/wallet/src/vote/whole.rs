//! The whole result, verified on the phone: every token, every ballot, the counted set, the sums, out of what is public (BALLOT-14).
//!
//! The universal verifier runs on a thread of its own and asks for one page of a log after the other; pages are fetched here, so that
//! memory stays bounded and dropping the call stops both.

use crate::error::{Incident, Input, Party, Subject, WalletError, mapping};
use crate::link::Link;
use crate::place;
use crate::view::{PollReportView, VerifiedMark};
use crate::wallet::Wallet;
use citizen_client::log::LogLeaf;
use citizen_client::published::{PublishedError, PublishedPoll};
use citizen_ledger::poll::PollRecord as StatePoll;
use citizen_ledger::{StateKey, state_key};
use citizen_primitives::{Place, PollId};
use citizen_voting::result::{ContestSums, ElectorateResult, PollResult};
use citizen_voting::verify::{Effort, LogReader, PollAnchor, PollRecord, Progress, Report, verify_poll};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::thread;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How many voting keys and ciphertexts are remembered in one reading: about 20 MB. With more ballots the board is read more often.
const REMEMBERED: usize = 1 << 19;
/// How many threads check proofs at most: the phone has other things to do.
const THREADS: usize = 4;

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Entries read, over all readings.
    pub read: u64,
    /// Entries to read, over all readings.
    pub total: u64,
}

/// What the verifier's thread says.
enum Said {
    /// It needs a page.
    Needs(Log, u64, mpsc::SyncSender<Vec<Vec<u8>>>),
    /// It got on.
    Progress(Progress),
    /// It has come to its end.
    Done(Box<Report>),
}

#[derive(Debug, Clone, Copy)]
enum Log {
    Board,
    Issuance,
}

impl Wallet {
    /// Verifies a poll from its manifest to its result, and tells how far it is. What is wrong with the poll is in the answer; an error
    /// says that it could not be verified.
    pub async fn verify_poll(
        &self,
        id: &PollId,
        on_progress: impl FnMut(VerifyProgress) + Send,
    ) -> Result<PollReportView, WalletError> {
        self.session().touch()?;
        let link = self.link().await?;
        let published = link.ledger().published_poll(place::ASK_STATE, *id).await.map_err(of_published)?;
        let PublishedPoll { poll, anchor, record, evidence: _, header } = published;
        let verified = VerifiedMark::of(header.provenance());
        let report = work(link, anchor, record, on_progress).await?;
        Ok(PollReportView::of(&poll, &report, verified))
    }
}

/// The result as the state has it.
pub(crate) fn result(poll: PollId, state: &StatePoll) -> PollResult {
    let electorates = state.electorates.iter().map(|electorate| ElectorateResult {
        counted: electorate.counted,
        sums: electorate.result.as_ref().map(|result| {
            let sums =
                |(contest, cells): &(_, Vec<u64>)| ContestSums { contest: *contest, cells: cells.clone() };
            result.contests.iter().map(sums).collect()
        }),
    });
    PollResult { poll, electorates: electorates.collect() }
}

/// Why there is nothing to verify.
fn of_published(error: PublishedError) -> WalletError {
    match error {
        PublishedError::Ledger(error) => error.into(),
        PublishedError::NoPoll => WalletError::Invalid { input: Input::PollUnknown },
        PublishedError::StillOpen { .. } => WalletError::Invalid { input: Input::PollOpen },
        PublishedError::Manifest(_) => mapping::unverified(Subject::Poll, Party::Ledger),
    }
}

/// Fetches what the verifier asks for until it has come to its end.
async fn work(
    link: &Link,
    anchor: PollAnchor,
    record: PollRecord,
    mut on_progress: impl FnMut(VerifyProgress) + Send,
) -> Result<Report, WalletError> {
    let (says, mut said) = unbounded_channel();
    let name = "verify-poll".to_owned();
    thread::Builder::new().name(name).spawn(move || verify(&anchor, &record, &says)).map_err(|_| fault())?;
    let mut heard = Heard { link, poll: anchor.poll };
    heard.until_done(&mut said, &mut on_progress).await
}

struct Heard<'a> {
    link: &'a Link,
    poll: PollId,
}

impl Heard<'_> {
    async fn until_done(
        &mut self,
        said: &mut UnboundedReceiver<Said>,
        on_progress: &mut (impl FnMut(VerifyProgress) + Send),
    ) -> Result<Report, WalletError> {
        loop {
            match said.recv().await.ok_or(fault())? {
                Said::Progress(Progress { read, total }) => on_progress(VerifyProgress { read, total }),
                Said::Done(report) => return Ok(*report),
                Said::Needs(log, from, reply) => {
                    let entries = self.page(log, from).await?;
                    // The thread that asked waits for it.
                    let _ = reply.send(entries);
                }
            }
        }
    }

    /// Entries from a place on. Whether they are those of the log, the verifier finds out.
    async fn page(&self, log: Log, from: u64) -> Result<Vec<Vec<u8>>, WalletError> {
        let (place, key): (Place, StateKey) = match log {
            Log::Board => (place::ASK_BOARD, state_key::board(&self.poll)),
            Log::Issuance => (place::ASK_ISSUANCE, state_key::issuance(&self.poll)),
        };
        let page = self.link.ledger().log_leaves(place, &key, from).await?;
        let entry = |leaf: LogLeaf| match log {
            Log::Board => leaf.content,
            Log::Issuance => leaf.leaf,
        };
        Ok(page.into_iter().map(entry).collect())
    }
}

/// Runs on a thread of its own, until it is done or nobody waits any more.
fn verify(anchor: &PollAnchor, record: &PollRecord, says: &UnboundedSender<Said>) {
    let mut board = PagedLog::new(says, Log::Board, anchor.board.count);
    let mut issuance = PagedLog::new(says, Log::Issuance, anchor.issuance.count);
    let progress = &mut |progress| {
        // Nobody waits any more: the next page is not had, and the verifier stops.
        let _ = says.send(Said::Progress(progress));
    };
    if let Ok(report) = verify_poll(anchor, record, (&mut board, &mut issuance), effort(), progress) {
        let _ = says.send(Said::Done(Box::new(report)));
    }
}

fn effort() -> Effort {
    let number = |number: usize| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN);
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).min(THREADS);
    Effort { threads: number(threads), remembered: number(REMEMBERED), ..Effort::default() }
}

/// Nobody waits for the verification any more.
struct Stopped;

/// A log that is fetched page by page, up to the length that is proved.
struct PagedLog<'a> {
    says: &'a UnboundedSender<Said>,
    log: Log,
    count: u64,
    next: u64,
    page: VecDeque<Vec<u8>>,
}

impl<'a> PagedLog<'a> {
    const fn new(says: &'a UnboundedSender<Said>, log: Log, count: u64) -> Self {
        Self { says, log, count, next: 0, page: VecDeque::new() }
    }
}

impl LogReader for PagedLog<'_> {
    type Error = Stopped;

    fn restart(&mut self) -> Result<(), Stopped> {
        self.next = 0;
        self.page.clear();
        Ok(())
    }

    fn next_entry(&mut self) -> Result<Option<Vec<u8>>, Stopped> {
        if self.next >= self.count {
            return Ok(None);
        }
        if self.page.is_empty() {
            let (reply, page) = mpsc::sync_channel(1);
            self.says.send(Said::Needs(self.log, self.next, reply)).map_err(|_| Stopped)?;
            self.page = page.recv().map_err(|_| Stopped)?.into();
        }
        // An empty page is a log that ends too early: the verifier says so.
        let entry = self.page.pop_front();
        self.next = self.next.saturating_add(u64::from(entry.is_some()));
        Ok(entry)
    }
}

const fn fault() -> WalletError {
    WalletError::Internal { incident: Incident("verify-poll") }
}
