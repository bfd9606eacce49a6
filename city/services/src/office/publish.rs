//! Publishing: everything that a verifier needs in one file, and only after the office has verified it itself (OFFICE-5).

use super::Office;
use super::watch::Progress;
use crate::error::ServiceError;
use crate::pages;
use crate::places;
use citizen_client::{BundleError, BundleWriter, PublishedError};
use citizen_primitives::PollId;
use citizen_voting::verify::{Effort, Report, verify_poll};
use std::io::Write;
use std::num::NonZeroUsize;

/// Why a poll is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// There is no such poll, or its board is open.
    #[error(transparent)]
    Ledger(#[from] PublishedError),
    /// Sums that may be opened are not open yet.
    #[error("the sums are not opened yet")]
    NotOpened,
    /// The verification found something.
    #[error("the poll does not verify: {0}")]
    Wrong(String),
    /// The file.
    #[error(transparent)]
    File(#[from] BundleError),
    /// Disk or ledger.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Office {
    /// Verifies a poll that is over, and writes everything that was published of it, for anybody to verify again.
    pub async fn publish<W: Write + Send + 'static>(
        &self,
        id: &PollId,
        output: W,
    ) -> Result<Report, PublishError> {
        let published = self.party.ledger().published_poll(places::OFFICE_ASK_STATE, *id).await?;
        let progress = self.watch(id).await?.ok_or(PublishError::NotOpened)?;
        if !progress.is_opened() {
            return Err(PublishError::NotOpened);
        }
        let anchor = published.anchor;
        let reading =
            pages::with_logs(&self.party, places::OFFICE_ASK_LOG, &anchor, move |board, issuance| {
                let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
                let effort = Effort { threads, ..Effort::default() };
                let logs = (&mut *board, &mut *issuance);
                let report = verify_poll(&anchor, &published.record, logs, effort, &mut |_| {})?;
                if let Some(failure) = &report.first_failure {
                    return Err(PublishError::Wrong(failure.to_string()));
                }
                let mut file = BundleWriter::begin(output, &anchor, &published.record)?;
                pages::each(issuance, |row| Ok::<_, PublishError>(file.row(row)?))?;
                pages::each(board, |entry| Ok::<_, PublishError>(file.entry(entry)?))?;
                file.finish(Some(&published.evidence))?;
                Ok(report)
            });
        reading.await?
    }
}

impl Progress {
    /// Whether the board is closed and everything that may be opened is.
    #[must_use]
    pub fn is_opened(&self) -> bool {
        let electorates = self.poll.electorates().zip(&self.record.electorates);
        let mut left = electorates.filter(|((_, announced), counted)| {
            counted.result.is_none() && counted.counted >= announced.minimum_turnout
        });
        self.time >= self.poll.manifest().casting.until && left.next().is_none()
    }
}
