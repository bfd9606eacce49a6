//! A poll in one file, for whoever verifies it without a gateway: `core/voting/SPEC.md`, §14.
//!
//! Frames of `u32` length (little-endian) and bytes: anchor, record, every row, every entry, and at the end, if there is any, what
//! proves the anchor. It is written once from front to back, and read as a stream as often as a verifier asks.

use crate::published::AnchorEvidence;
use citizen_primitives::Canonical as _;
use citizen_voting::verify::LogReader;
use citizen_voting::{PollAnchor, PollRecord};
use std::io::{self, Read, Write};

/// The longest frame that is written and read, in bytes: a length that lies takes no more memory.
pub const LONGEST_FRAME: u32 = 16 * 1024 * 1024;

/// Why a bundle cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file.
    #[error("the file: {0}")]
    Io(#[from] io::Error),
    /// A frame is longer than any may be.
    #[error("a frame of more than {LONGEST_FRAME} bytes")]
    TooLong,
    /// The file ends within a frame, or before the record.
    #[error("the file breaks off")]
    Truncated,
    /// Bytes that are no anchor, no record or no evidence.
    #[error("not a poll's bundle: the {0} is malformed")]
    Malformed(&'static str),
    /// More or fewer rows or entries than the anchor says.
    #[error("another number of rows or entries than the anchor says")]
    AnotherCount,
}

/// Writes a bundle.
#[derive(Debug)]
pub struct BundleWriter<W> {
    output: W,
    rows: u64,
    entries: u64,
}

impl<W: Write> BundleWriter<W> {
    /// Begins with what is known before the logs are read.
    pub fn begin(output: W, anchor: &PollAnchor, record: &PollRecord) -> Result<Self, BundleError> {
        let mut writer = Self { output, rows: anchor.issuance.count, entries: anchor.board.count };
        writer.frame(&anchor.to_canonical())?;
        writer.frame(&record.to_canonical())?;
        Ok(writer)
    }

    /// The next row of the issuance log: its canonical bytes. All rows come before the first entry.
    pub fn row(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        self.rows = self.rows.checked_sub(1).ok_or(BundleError::AnotherCount)?;
        self.frame(bytes)
    }

    /// The next entry of the board: its canonical bytes.
    pub fn entry(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        if self.rows > 0 {
            return Err(BundleError::AnotherCount);
        }
        self.entries = self.entries.checked_sub(1).ok_or(BundleError::AnotherCount)?;
        self.frame(bytes)
    }

    /// Ends it, with what proves the anchor if that is at hand. Gives back where it was written to.
    pub fn finish(mut self, evidence: Option<&AnchorEvidence>) -> Result<W, BundleError> {
        if (self.rows, self.entries) != (0, 0) {
            return Err(BundleError::AnotherCount);
        }
        if let Some(evidence) = evidence {
            self.frame(&evidence.to_canonical())?;
        }
        self.output.flush()?;
        Ok(self.output)
    }

    fn frame(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= LONGEST_FRAME);
        self.output.write_all(&length.ok_or(BundleError::TooLong)?.to_le_bytes())?;
        Ok(self.output.write_all(bytes)?)
    }
}

/// A bundle that is read as a stream, from the beginning as often as needed: nothing of its logs is held.
#[derive(Debug)]
pub struct Bundle<O> {
    open: O,
    anchor: PollAnchor,
    record: PollRecord,
}

impl<O, R> Bundle<O>
where
    O: Fn() -> io::Result<R>,
    R: Read,
{
    /// Reads what stands before the logs. `open` opens the file at its beginning, decompressed and buffered.
    pub fn open(open: O) -> Result<Self, BundleError> {
        let mut input = open()?;
        let anchor = next(&mut input)?.ok_or(BundleError::Truncated)?;
        let anchor = PollAnchor::from_canonical(&anchor).map_err(|_| BundleError::Malformed("anchor"))?;
        let record = next(&mut input)?.ok_or(BundleError::Truncated)?;
        let record = PollRecord::from_canonical(&record).map_err(|_| BundleError::Malformed("record"))?;
        Ok(Self { open, anchor, record })
    }

    /// What the logs are held against. It is only as good as what proves it: [`Self::evidence`], or whoever handed the file over.
    pub const fn anchor(&self) -> &PollAnchor {
        &self.anchor
    }

    /// What was published beside the logs.
    pub const fn record(&self) -> &PollRecord {
        &self.record
    }

    /// The issuance log.
    pub const fn issuance(&self) -> BundleLog<'_, O, R> {
        BundleLog { bundle: self, skip: 2, count: self.anchor.issuance.count, left: 0, input: None }
    }

    /// The board.
    pub const fn board(&self) -> BundleLog<'_, O, R> {
        let skip = self.anchor.issuance.count.saturating_add(2);
        BundleLog { bundle: self, skip, count: self.anchor.board.count, left: 0, input: None }
    }

    /// What proves the anchor, if the file says. Goes through the whole file: one with more in it than the anchor says is refused.
    pub fn evidence(&self) -> Result<Option<AnchorEvidence>, BundleError> {
        let mut input = (self.open)()?;
        let logs = self.anchor.issuance.count.saturating_add(self.anchor.board.count);
        skip(&mut input, logs.saturating_add(2))?;
        let Some(frame) = next(&mut input)? else { return Ok(None) };
        if next(&mut input)?.is_some() {
            return Err(BundleError::AnotherCount);
        }
        AnchorEvidence::from_canonical(&frame).map(Some).map_err(|_| BundleError::Malformed("evidence"))
    }
}

/// One of a bundle's logs.
#[derive(Debug)]
pub struct BundleLog<'a, O, R> {
    bundle: &'a Bundle<O>,
    skip: u64,
    count: u64,
    left: u64,
    input: Option<R>,
}

impl<O, R> LogReader for BundleLog<'_, O, R>
where
    O: Fn() -> io::Result<R>,
    R: Read,
{
    type Error = BundleError;

    fn restart(&mut self) -> Result<(), BundleError> {
        let mut input = (self.bundle.open)()?;
        skip(&mut input, self.skip)?;
        (self.left, self.input) = (self.count, Some(input));
        Ok(())
    }

    fn next_entry(&mut self) -> Result<Option<Vec<u8>>, BundleError> {
        if self.input.is_none() {
            self.restart()?;
        }
        let (Some(input), Some(left)) = (&mut self.input, self.left.checked_sub(1)) else { return Ok(None) };
        self.left = left;
        next(input)
    }
}

/// Leaves out so many frames; where the file ends before, nothing is left.
fn skip(input: &mut impl Read, frames: u64) -> Result<(), BundleError> {
    for _ in 0..frames {
        let Some(length) = length(input)? else { return Ok(()) };
        let skipped = io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
        if skipped != length {
            return Err(BundleError::Truncated);
        }
    }
    Ok(())
}

/// The next frame; nothing at the end of the file.
fn next(input: &mut impl Read) -> Result<Option<Vec<u8>>, BundleError> {
    let Some(length) = length(input)? else { return Ok(None) };
    let mut frame = Vec::new();
    // Memory grows with what is there, not with what the length promises.
    input.by_ref().take(length).read_to_end(&mut frame)?;
    if u64::try_from(frame.len()) == Ok(length) { Ok(Some(frame)) } else { Err(BundleError::Truncated) }
}

fn length(input: &mut impl Read) -> Result<Option<u64>, BundleError> {
    let mut bytes = Vec::with_capacity(4);
    input.by_ref().take(4).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let length = u32::from_le_bytes(bytes.try_into().map_err(|_| BundleError::Truncated)?);
    if length > LONGEST_FRAME { Err(BundleError::TooLong) } else { Ok(Some(u64::from(length))) }
}
