//! The till's folder: its configuration, the merchant's key, a copy of the trust file, and the journal.

use crate::arguments::Arguments;
use crate::failure::Failure;
use citizen_client::TrustFile;
use citizen_keys::SigningKey;
use citizen_primitives::{MerchantId, Text};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use url::Url;
use zeroize::Zeroizing;

const TILL: &str = "till.json";
const KEY: &str = "key";
const TRUST: &str = "city.json";
const JOURNAL: &str = "journal.redb";

/// The format of `till.json`.
const FORMAT: &str = "seoul-wallet/till/1";

/// What `till.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    format: String,
    city: String,
    merchant: String,
    name: String,
    name_latin: String,
    district: String,
    counter: String,
    printed_code: String,
}

/// The shop, as the centre has attested it, and which of its counters this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shop {
    pub(crate) city: Url,
    pub(crate) merchant: MerchantId,
    pub(crate) name: Text,
    pub(crate) name_latin: Text,
    pub(crate) district: Text,
    pub(crate) counter: Text,
    pub(crate) printed_code: String,
}

/// A till's folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder that was named. Nothing is made.
    pub(crate) fn of(arguments: &Arguments) -> Result<Self, Failure> {
        arguments.home.clone().map(Self).ok_or_else(Failure::no_home)
    }

    /// Whether there is a till in it.
    pub(crate) fn has_till(&self) -> bool {
        self.0.join(TILL).is_file()
    }

    /// The shop.
    pub(crate) fn shop(&self) -> Result<Shop, Failure> {
        if !self.has_till() {
            return Err(Failure::invalid("till-missing"));
        }
        let text = fs::read_to_string(self.0.join(TILL)).map_err(|_| Failure::of_file())?;
        Shop::read(&text).ok_or_else(|| Failure::invalid("till-file"))
    }

    /// The trust file's copy.
    pub(crate) fn trust(&self) -> Result<TrustFile, Failure> {
        read_trust(&self.0.join(TRUST)).map(|(_, trust)| trust)
    }

    /// The merchant's key.
    pub(crate) fn key(&self) -> Result<SigningKey, Failure> {
        read_key(&self.0.join(KEY))
    }

    /// The key that an interrupted registration left, or none.
    pub(crate) fn left_key(&self) -> Result<Option<SigningKey>, Failure> {
        if self.0.join(KEY).is_file() { self.key().map(Some) } else { Ok(None) }
    }

    /// The journal's file.
    pub(crate) fn journal(&self) -> PathBuf {
        self.0.join(JOURNAL)
    }

    /// Keeps the key, for its owner alone, before anybody hears of it.
    pub(crate) fn keep_key(&self, key: &SigningKey) -> Result<(), Failure> {
        fs::create_dir_all(&self.0).map_err(|_| Failure::of_file())?;
        let seed = key.dangerous_seed();
        let text = Zeroizing::new(format!("{}\n", hex::encode(seed.as_slice())));
        write(&self.0.join(KEY), text.as_bytes(), true)
    }

    /// Keeps trust file and shop; from here on there is a till.
    pub(crate) fn keep_shop(&self, shop: &Shop, trust: &str) -> Result<(), Failure> {
        write(&self.0.join(TRUST), trust.as_bytes(), false)?;
        write(&self.0.join(TILL), shop.to_json().as_bytes(), false)
    }
}

impl Shop {
    fn read(text: &str) -> Option<Self> {
        let content: Content = serde_json::from_str(text).ok()?;
        (content.format == FORMAT).then_some(())?;
        Some(Self {
            city: content.city.parse().ok()?,
            merchant: MerchantId::new(&content.merchant).ok()?,
            name: Text::new(&content.name).ok()?,
            name_latin: Text::new(&content.name_latin).ok()?,
            district: Text::new(&content.district).ok()?,
            counter: Text::new(&content.counter).ok()?,
            printed_code: content.printed_code,
        })
    }

    fn to_json(&self) -> String {
        let content = Content {
            format: FORMAT.to_owned(),
            city: self.city.to_string(),
            merchant: self.merchant.as_str().to_owned(),
            name: self.name.as_str().to_owned(),
            name_latin: self.name_latin.as_str().to_owned(),
            district: self.district.as_str().to_owned(),
            counter: self.counter.as_str().to_owned(),
            printed_code: self.printed_code.clone(),
        };
        // Writing strings does not fail.
        serde_json::to_string_pretty(&content).unwrap_or_default()
    }
}

/// A trust file and its text.
pub(crate) fn read_trust(path: &Path) -> Result<(String, TrustFile), Failure> {
    let text = fs::read_to_string(path).map_err(|_| Failure::of_file())?;
    let trust = TrustFile::parse(&text).map_err(|_| Failure::invalid("trust-file"))?;
    Ok((text, trust))
}

/// A key file: 64 hexadecimal digits.
pub(crate) fn read_key(path: &Path) -> Result<SigningKey, Failure> {
    let text = Zeroizing::new(fs::read_to_string(path).map_err(|_| Failure::of_file())?);
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), seed.as_mut_slice()).map_err(|_| Failure::invalid("key-file"))?;
    Ok(SigningKey::from_seed(&seed))
}

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes, false)
}

fn write(path: &Path, bytes: &[u8], is_secret: bool) -> Result<(), Failure> {
    let whole = || {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let beside = path.with_file_name(name);
        let mut file = create(&beside, is_secret)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    whole().map_err(|_: std::io::Error| Failure::of_file())
}

#[cfg(unix)]
fn create(path: &Path, is_secret: bool) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mode = if is_secret { 0o600 } else { 0o644 };
    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _: bool) -> std::io::Result<fs::File> {
    fs::File::create(path)
}
