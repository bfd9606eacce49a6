//! The list itself (4): statuses of 1, 2, 4 or 8 bits, packed from the lowest bit on, compressed by zlib.

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io::{Read as _, Write as _};

/// The most bytes that a list may have uncompressed: 33 million statuses of 2 bits (STATUS-3).
pub const LARGEST: usize = 8 << 20;

/// How many bits a status has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bits {
    /// 1: valid or not.
    One,
    /// 2: also suspended, and one of the application's own.
    Two,
    /// 4.
    Four,
    /// 8.
    Eight,
}

/// What a list says of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// 0x00.
    Valid,
    /// 0x01: revoked, for good.
    Invalid,
    /// 0x02: not valid for the time being.
    Suspended,
    /// Any other, whose meaning is the application's: not valid for whoever does not know it.
    Other(u8),
}

/// Why it is no list, or has nothing at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Bits other than 1, 2, 4, 8.
    #[error("a status has 1, 2, 4 or 8 bits")]
    Bits,
    /// The bytes are not compressed as they should be, or there is more behind them.
    #[error("no zlib data, or more than that")]
    Compression,
    /// More than [`LARGEST`] bytes.
    #[error("a list of more than {LARGEST} bytes")]
    TooLarge,
    /// No status stands there: nothing can be said of the credential.
    #[error("the list ends before this index")]
    OutOfBounds,
    /// The status does not fit into the bits of the list.
    #[error("the status does not fit into the bits of the list")]
    DoesNotFit,
}

/// Statuses by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Bits,
    bytes: Vec<u8>,
}

impl Bits {
    /// From the number.
    pub const fn new(bits: u64) -> Result<Self, ListError> {
        match bits {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            4 => Ok(Self::Four),
            8 => Ok(Self::Eight),
            _ => Err(ListError::Bits),
        }
    }

    /// The number.
    #[must_use]
    pub const fn count(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    const fn mask(self) -> u8 {
        match self {
            Self::One => 0b1,
            Self::Two => 0b11,
            Self::Four => 0b1111,
            Self::Eight => 0xff,
        }
    }

    /// The byte of an index, and by how many bits its status is shifted there.
    const fn place(self, index: usize) -> (usize, u32) {
        match self {
            Self::One => (index >> 3, low_bits(index, 7, 0)),
            Self::Two => (index >> 2, low_bits(index, 3, 1)),
            Self::Four => (index >> 1, low_bits(index, 1, 2)),
            Self::Eight => (index, 0),
        }
    }
}

/// The lowest bits of an index, shifted.
const fn low_bits(index: usize, mask: usize, shift: u32) -> u32 {
    let low: u32 = match index & mask {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 3,
        4 => 4,
        5 => 5,
        6 => 6,
        _ => 7,
    };
    low << shift
}

impl Status {
    /// From the value in the list.
    #[must_use]
    pub const fn from_value(value: u8) -> Self {
        match value {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            other => Self::Other(other),
        }
    }

    /// The value in the list.
    #[must_use]
    pub const fn value(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::Other(other) => other,
        }
    }

    /// Its name: `valid`, `invalid`, `suspended`, `other`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Suspended => "suspended",
            Self::Other(_) => "other",
        }
    }
}

impl StatusList {
    /// A list with room for so many, all valid.
    pub fn new(bits: Bits, count: usize) -> Result<Self, ListError> {
        let (bytes, shift) = bits.place(count);
        let bytes = if shift > 0 { bytes.saturating_add(1) } else { bytes };
        if bytes > LARGEST { Err(ListError::TooLarge) } else { Ok(Self { bits, bytes: vec![0; bytes] }) }
    }

    /// Decompresses a list, and no more than [`LARGEST`] bytes of it (STATUS-3).
    pub fn decompress(bits: Bits, compressed: &[u8]) -> Result<Self, ListError> {
        let mut decoder = ZlibDecoder::new(compressed);
        let mut bytes = Vec::new();
        let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
        decoder.by_ref().take(limit).read_to_end(&mut bytes).map_err(|_| ListError::Compression)?;
        if bytes.len() > LARGEST {
            return Err(ListError::TooLarge);
        }
        let is_all = u64::try_from(compressed.len()).is_ok_and(|length| decoder.total_in() == length);
        if is_all { Ok(Self { bits, bytes }) } else { Err(ListError::Compression) }
    }

    /// Compresses it, as small as it gets.
    #[must_use]
    pub fn compress(&self) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        // Writing into memory does not fail.
        let _ = encoder.write_all(&self.bytes);
        encoder.finish().unwrap_or_default()
    }

    /// The status at an index.
    pub fn status(&self, index: usize) -> Result<Status, ListError> {
        let (place, shift) = self.bits.place(index);
        let byte = self.bytes.get(place).ok_or(ListError::OutOfBounds)?;
        Ok(Status::from_value((byte >> shift) & self.bits.mask()))
    }

    /// Sets the status at an index.
    pub fn set(&mut self, index: usize, status: Status) -> Result<(), ListError> {
        let (mask, (place, shift)) = (self.bits.mask(), self.bits.place(index));
        if status.value() > mask {
            return Err(ListError::DoesNotFit);
        }
        let byte = self.bytes.get_mut(place).ok_or(ListError::OutOfBounds)?;
        *byte = (*byte & !(mask << shift)) | (status.value() << shift);
        Ok(())
    }

    /// How many bits a status has.
    #[must_use]
    pub const fn bits(&self) -> Bits {
        self.bits
    }

    /// How many statuses there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        let in_a_byte = usize::from(8_u8.checked_div(self.bits.count()).unwrap_or_default());
        self.bytes.len().saturating_mul(in_a_byte)
    }
}
