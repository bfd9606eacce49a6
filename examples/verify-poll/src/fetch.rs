//! From a gateway into a file: the anchor proved, the logs as the gateway tells them. They are read several times, so they are fetched
//! once.

use citizen_client::{BundleError, BundleWriter, LedgerClient, LedgerError, PublishedError, PublishedPoll};
use citizen_ledger::{StateKey, state_key};
use citizen_primitives::{Place, PollId};
use std::io::Write;

const PLACE: Place = Place::new("verify-poll/fetch");

/// Why a poll cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// What is published of it.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// The leaves of a log.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The gateway has fewer leaves than the ledger proves.
    #[error("the gateway has {found} leaves of a log of {count}")]
    Missing {
        /// How many it has.
        found: u64,
        /// How many there are.
        count: u64,
    },
    /// The file.
    #[error(transparent)]
    File(#[from] BundleError),
}

/// Fetches a poll whose board is closed, page by page: what is held of it at any time is one page.
pub async fn fetch<W: Write>(client: &LedgerClient, poll: PollId, output: W) -> Result<W, FetchError> {
    let PublishedPoll { anchor, record, evidence, .. } = client.published_poll(PLACE, poll).await?;
    let mut writer = BundleWriter::begin(output, &anchor, &record)?;
    let issuance = state_key::issuance(&poll);
    copy(client, &issuance, anchor.issuance.count, &mut |row| writer.row(row)).await?;
    copy(client, &state_key::board(&poll), anchor.board.count, &mut |entry| writer.entry(entry)).await?;
    Ok(writer.finish(Some(&evidence))?)
}

async fn copy(
    client: &LedgerClient,
    log: &StateKey,
    count: u64,
    write: &mut impl FnMut(&[u8]) -> Result<(), BundleError>,
) -> Result<(), FetchError> {
    let mut found = 0u64;
    while found < count {
        let leaves = client.log_leaves(PLACE, log, found).await?;
        if leaves.is_empty() {
            return Err(FetchError::Missing { found, count });
        }
        // The log of a light poll's registrars may have grown since the header.
        for leaf in leaves {
            if found < count {
                write(&leaf.into_entry())?;
                found = found.saturating_add(1);
            }
        }
    }
    Ok(())
}
