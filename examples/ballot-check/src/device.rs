//! The second device: what it has scanned, on disk, and what it says of an opening.

use crate::polls::{Polls, PollsError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizen_primitives::{Canonical as _, Hash};
use citizen_voting::spoil::{BallotCheck, Opening, OpeningError};
use citizen_voting::{Fingerprint, Poll};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The most fingerprints that wait for their opening: a device that was never told what became of them does not fill up.
const MOST: usize = 1_000;

/// A device with its folder.
#[derive(Debug)]
pub struct Device {
    folder: PathBuf,
    scanned: BTreeSet<Fingerprint>,
}

/// An opened ballot that is the one that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The opening.
    pub opening: Opening,
    /// The poll, for names.
    pub poll: Poll,
}

/// Why nothing can be said, or nothing good.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The folder.
    #[error("the folder: {0}")]
    Folder(#[from] io::Error),
    /// Not 64 hexadecimal digits.
    #[error("not a fingerprint")]
    Fingerprint,
    /// Not an opening in base64url.
    #[error("not an opening")]
    Malformed,
    /// The opening is refused.
    #[error(transparent)]
    Refused(#[from] OpeningError),
    /// Manifest and election key are not at hand, or not to be believed.
    #[error(transparent)]
    Polls(#[from] PollsError),
}

impl Device {
    /// Opens the folder, which need not be there.
    pub fn open(folder: &Path) -> Result<Self, CheckError> {
        fs::create_dir_all(folder)?;
        let text = match fs::read_to_string(file(folder)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let scanned = text.lines().filter_map(Hash::from_hex).map(Fingerprint::from_hash).collect();
        Ok(Self { folder: folder.to_owned(), scanned })
    }

    /// Notes a fingerprint that the wallet shows, on disk before it says so.
    pub fn scan(&mut self, text: &str) -> Result<Fingerprint, CheckError> {
        let fingerprint = Hash::from_hex(text.trim()).map(Fingerprint::from_hash);
        let fingerprint = fingerprint.ok_or(CheckError::Fingerprint)?;
        while self.scanned.len() >= MOST {
            self.scanned.pop_first();
        }
        self.scanned.insert(fingerprint);
        self.keep()?;
        Ok(fingerprint)
    }

    /// Makes an opened ballot again, and says whether it is the one that was shown (CHECK-1, CHECK-2).
    pub async fn check(&mut self, text: &str, polls: &Polls) -> Result<Checked, CheckError> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| CheckError::Malformed)?;
        let opening = Opening::from_canonical(&bytes).map_err(|_| CheckError::Malformed)?;
        if !self.scanned.contains(&opening.fingerprint) {
            return Err(OpeningError::NotScanned.into());
        }
        let (poll, election) = polls.find(opening.poll).await?;
        let style = poll.style(opening.electorate, &election.key).ok_or(OpeningError::AnotherStyle)?;
        // Used up before anything is said of it.
        self.scanned.remove(&opening.fingerprint);
        self.keep()?;
        let mut check = BallotCheck::default();
        check.scan(opening.fingerprint);
        check.open(&style, &opening)?;
        Ok(Checked { opening, poll })
    }

    fn keep(&self) -> io::Result<()> {
        let lines: Vec<String> = self.scanned.iter().map(|fingerprint| format!("{fingerprint}\n")).collect();
        let (path, part) = (file(&self.folder), self.folder.join("scanned.part"));
        let mut output = fs::File::create(&part)?;
        output.write_all(lines.concat().as_bytes())?;
        output.sync_all()?;
        fs::rename(part, path)
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("scanned")
}
