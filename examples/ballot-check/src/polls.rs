//! Manifest and election key of a poll: proved by the ledger, kept for checks without a connection (CHECK-3).

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::{LedgerClient, LedgerError};
use citizen_ledger::poll::CeremonyMessages;
use citizen_ledger::state_key;
use citizen_primitives::{Canonical as _, Place, PollId};
use citizen_voting::ceremony::{Ceremony, Message, ParametersError, ReplayError};
use citizen_voting::manifest::{Manifest, PollError};
use citizen_voting::{Election, Poll};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PLACE: Place = Place::new("ballot-check/poll");

/// Where polls are looked up.
#[derive(Debug, Clone)]
pub struct Polls {
    folder: PathBuf,
    ledger: Option<Arc<LedgerClient>>,
}

/// What is kept of a poll, once it was proved.
#[derive(BorshSerialize, BorshDeserialize)]
struct Kept {
    manifest: Vec<u8>,
    ceremony: Vec<Message>,
}
citizen_primitives::canonical!(Kept = 1);

/// Why a poll's manifest and key are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum PollsError {
    /// It was never looked up, and no gateway is named.
    #[error("this poll is not known yet: a gateway and a trust file are needed")]
    Unknown,
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger has no such poll.
    #[error("the ledger knows no such poll")]
    NoPoll,
    /// The manifest.
    #[error(transparent)]
    Manifest(#[from] PollError),
    /// The trustees of the manifest can hold no ceremony.
    #[error(transparent)]
    Trustees(#[from] ParametersError),
    /// The trustees have not made the key, or not rightly.
    #[error("the ceremony: {0}")]
    Ceremony(#[from] ReplayError),
    /// The folder.
    #[error("the folder: {0}")]
    Folder(#[from] io::Error),
}

impl Polls {
    /// Those kept in a folder, and those of a ledger if there is a client for one.
    #[must_use]
    pub fn new(folder: &Path, ledger: Option<Arc<LedgerClient>>) -> Self {
        Self { folder: folder.to_owned(), ledger }
    }

    /// A poll and its election key. What is kept is gone through again: a file that was changed is not believed.
    pub async fn find(&self, id: PollId) -> Result<(Poll, Election), PollsError> {
        let path = self.folder.join(format!("poll-{}", id.to_hex()));
        if let Some(kept) = fs::read(&path).ok().and_then(|bytes| Kept::from_canonical(&bytes).ok())
            && let Ok(found) = read(id, &kept)
        {
            return Ok(found);
        }
        let kept = self.ask(id).await?;
        let found = read(id, &kept)?;
        fs::write(&path, kept.to_canonical())?;
        Ok(found)
    }

    async fn ask(&self, id: PollId) -> Result<Kept, PollsError> {
        let ledger = self.ledger.as_ref().ok_or(PollsError::Unknown)?;
        let (manifest, ceremony) = (state_key::manifest(&id), state_key::ceremony(&id));
        let proven = ledger.state(PLACE, &[manifest.clone(), ceremony.clone()]).await?;
        let (manifest, _) = proven.get::<Manifest>(&manifest)?.into_parts();
        let (ceremony, _) = proven.get::<CeremonyMessages>(&ceremony)?.into_parts();
        let manifest = manifest.ok_or(PollsError::NoPoll)?.to_canonical();
        Ok(Kept { manifest, ceremony: ceremony.unwrap_or_default().0 })
    }
}

fn read(id: PollId, kept: &Kept) -> Result<(Poll, Election), PollsError> {
    let poll = Poll::read(id, &kept.manifest)?;
    let election = Ceremony::replay(poll.ceremony()?, &kept.ceremony)?;
    Ok((poll, election))
}
