//! The verdict on a bundle: whether its anchor is the ledger's, and what the universal verifier finds.

use crate::file::Opened;
use citizen_client::{BundleError, TrustFile};
use citizen_ledger::{LightClient, VerifiedHeader};
use citizen_primitives::{PollId, UnixTime};
use citizen_voting::verify::{Effort, Progress, Report, verify_poll};
use citizen_voting::{Poll, PollAnchor};

/// What is trusted: where trust in the ledger begins, and the time.
#[derive(Debug, Clone)]
pub struct Trusted {
    /// A light client at the beginning of trust.
    pub light: LightClient,
    /// The time now.
    pub now: UnixTime,
}

/// Whether the anchor is the ledger's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// Proved under this header.
    Proved(Box<VerifiedHeader>),
    /// There was nothing to trust: the poll is held against what the file says of itself.
    NotProved,
    /// It is not, or of another poll than the one asked for.
    Refused(String),
}

/// What is said of a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the logs are the ledger's.
    pub anchor: Anchor,
    /// Everything else.
    pub report: Report,
    /// The poll, if its manifest can be read: for names.
    pub poll: Option<Poll>,
}

impl Trusted {
    /// Trust that begins with a trust file.
    #[must_use]
    pub fn of(file: &TrustFile, now: UnixTime) -> Self {
        Self { light: LightClient::new(file.anchor().clone()), now }
    }
}

impl Verdict {
    /// Whether nothing failed.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.report.is_ok() && !matches!(self.anchor, Anchor::Refused(_))
    }
}

/// Verifies a whole poll. `wanted` is the poll that was asked for, if one was.
pub fn verify(
    bundle: &Opened,
    wanted: Option<PollId>,
    trusted: Option<&Trusted>,
    effort: Effort,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verdict, BundleError> {
    let (anchor, record) = (bundle.anchor(), bundle.record());
    let poll = Poll::read(anchor.poll, &record.manifest).ok();
    let stand = match wanted {
        Some(wanted) if wanted != anchor.poll => {
            Anchor::Refused(format!("the file is of poll {}", anchor.poll))
        }
        _ => prove(bundle, anchor, poll.as_ref(), trusted)?,
    };
    let (mut board, mut issuance) = (bundle.board(), bundle.issuance());
    let report = verify_poll(anchor, record, (&mut board, &mut issuance), effort, progress)?;
    Ok(Verdict { anchor: stand, report, poll })
}

fn prove(
    bundle: &Opened,
    anchor: &PollAnchor,
    poll: Option<&Poll>,
    trusted: Option<&Trusted>,
) -> Result<Anchor, BundleError> {
    // Read in any case: a file that goes on after its end is refused.
    let evidence = bundle.evidence()?;
    let Some(Trusted { light, now }) = trusted else { return Ok(Anchor::NotProved) };
    let (Some(evidence), Some(poll)) = (evidence, poll) else {
        return Ok(Anchor::Refused("the file has nothing that proves it".to_owned()));
    };
    Ok(match evidence.verify(anchor, poll, light, *now) {
        Ok(header) => Anchor::Proved(Box::new(header)),
        Err(error) => Anchor::Refused(error.to_string()),
    })
}
