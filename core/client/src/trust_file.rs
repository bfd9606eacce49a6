//! `city.json`: where trust in a ledger begins. It ships with the app, never with the server (core/docs/decisions.md, 5).

use citizen_ledger::{Trust, TrustAnchor};
use citizen_primitives::{ChainId, Hash, Height, Seconds, UnixTime};
use serde::{Deserialize, Serialize};

/// The format this program reads.
pub const FORMAT: &str = "seoul-wallet/city/1";

const DAY: u64 = 24 * 60 * 60;

/// The trust file as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    format: String,
    chain_id: String,
    checkpoint: Checkpoint,
    trusting_period_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    height: u64,
    header_hash: String,
    time: u64,
    validators_hash: String,
}

/// A trust file that was read and found whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustFile(TrustAnchor);

/// Why a text is no trust file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustFileError {
    /// Not the JSON of a trust file: a field is missing, unknown or of another type.
    #[error("not a trust file (line {line}, column {column})")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A later format, or something else.
    #[error("a trust file of another format than {FORMAT}")]
    Format,
    /// A field with a value that cannot be.
    #[error("the trust file's {0} is not valid")]
    Field(&'static str),
}

impl TrustFile {
    /// Reads the file's text (CLIENT-7).
    pub fn parse(text: &str) -> Result<Self, TrustFileError> {
        let content: Content = serde_json::from_str(text)
            .map_err(|error| TrustFileError::Malformed { line: error.line(), column: error.column() })?;
        let Content { format, chain_id, checkpoint, trusting_period_days } = content;
        if format != FORMAT {
            return Err(TrustFileError::Format);
        }
        if checkpoint.height == 0 {
            return Err(TrustFileError::Field("checkpoint.height"));
        }
        if trusting_period_days == 0 {
            return Err(TrustFileError::Field("trusting_period_days"));
        }
        let hash = |text: &str, field| Hash::from_hex(text).ok_or(TrustFileError::Field(field));
        Ok(Self(TrustAnchor {
            chain_id: ChainId::new(&chain_id).map_err(|_| TrustFileError::Field("chain_id"))?,
            height: Height::new(checkpoint.height),
            header_hash: hash(&checkpoint.header_hash, "checkpoint.header_hash")?,
            time: UnixTime::from_seconds(checkpoint.time),
            validators_hash: hash(&checkpoint.validators_hash, "checkpoint.validators_hash")?,
            trust: Trust::File,
            trusting_period: Seconds::new(u64::from(trusting_period_days).saturating_mul(DAY)),
        }))
    }

    /// A trust file for this anchor: what the city writes beside its folder. Trust by file, however the anchor came about.
    #[must_use]
    pub fn of(anchor: &TrustAnchor) -> Self {
        Self(TrustAnchor { trust: Trust::File, ..anchor.clone() })
    }

    /// Where trust begins.
    #[must_use]
    pub const fn anchor(&self) -> &TrustAnchor {
        &self.0
    }

    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let TrustAnchor { chain_id, height, header_hash, time, validators_hash, trust: _, trusting_period } =
            &self.0;
        let content = Content {
            format: FORMAT.to_owned(),
            chain_id: chain_id.as_str().to_owned(),
            checkpoint: Checkpoint {
                height: height.value(),
                header_hash: header_hash.to_hex(),
                time: time.seconds(),
                validators_hash: validators_hash.to_hex(),
            },
            trusting_period_days: u32::try_from(trusting_period.count().div_ceil(DAY)).unwrap_or(u32::MAX),
        };
        // Writing strings and numbers does not fail.
        let mut text = serde_json::to_string_pretty(&content).unwrap_or_default();
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> TrustFile {
        TrustFile::of(&TrustAnchor {
            chain_id: ChainId::new("seoul-1").unwrap(),
            height: Height::new(7),
            header_hash: Hash::plain(&[b"header"]),
            time: UnixTime::from_seconds(1_763_683_500),
            validators_hash: Hash::plain(&[b"validators"]),
            trust: Trust::FirstUse,
            trusting_period: Seconds::new(180 * DAY),
        })
    }

    #[test]
    fn client_7_a_trust_file_is_read_as_it_was_written() {
        let read = TrustFile::parse(&file().to_json()).unwrap();
        assert_eq!(read, file());
        assert_eq!(read.anchor().trust, Trust::File);
    }

    #[test]
    fn client_7_a_damaged_trust_file_is_refused_by_what_is_wrong() {
        let good = file().to_json();
        let changed = |from: &str, to: &str| {
            assert!(good.contains(from));
            TrustFile::parse(&good.replacen(from, to, 1)).unwrap_err()
        };
        assert_eq!(changed("city/1", "city/2"), TrustFileError::Format);
        assert_eq!(changed("seoul-1", "seoul 1"), TrustFileError::Field("chain_id"));
        assert_eq!(changed("\"height\": 7", "\"height\": 0"), TrustFileError::Field("checkpoint.height"));
        assert_eq!(changed(": 180", ": 0"), TrustFileError::Field("trusting_period_days"));
        let hash = Hash::plain(&[b"header"]).to_hex();
        assert_eq!(changed(&hash, &hash[1..]), TrustFileError::Field("checkpoint.header_hash"));
        let hash = Hash::plain(&[b"validators"]).to_hex();
        assert_eq!(changed(&hash, ""), TrustFileError::Field("checkpoint.validators_hash"));
        assert!(matches!(changed("\"time\"", "\"tine\""), TrustFileError::Malformed { line: 7, .. }));
        assert!(matches!(TrustFile::parse(""), Err(TrustFileError::Malformed { .. })));
    }
}
