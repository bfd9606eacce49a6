//! JSON Web Encryption (RFC 7516), compact, by ECDH-ES in direct key agreement (RFC 7518, section 4.6) with AES-GCM (section 5.3).

mod agreement;
mod derivation;

pub use agreement::{AgreementError, Curve, KeyAgreement, SharedSecret, SoftwareKeyAgreement};

use crate::base64url;
use crate::header::{HeaderError, take_text};
use crate::json;
use crate::jwk::{Jwk, KeyUse, PublicJwk};
use crate::jws::LARGEST;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use citizen_primitives::random::{self, CryptoRng};
use serde_json::{Map, Value};
use std::fmt;
use zeroize::Zeroizing;

const ALGORITHM: &str = "ECDH-ES";
/// Members that have a meaning of their own here: `extra` cannot stand for them.
const OWN_MEMBERS: [&str; 9] = ["alg", "enc", "epk", "apu", "apv", "kid", "typ", "cty", "zip"];

/// How the content is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentEncryption {
    /// AES-GCM with a key of 128 bits.
    A128Gcm,
    /// AES-GCM with a key of 256 bits.
    A256Gcm,
}

/// The protected header of a JWE.
#[derive(Debug, Clone, PartialEq)]
pub struct JweHeader {
    /// How the content is encrypted.
    pub enc: ContentEncryption,
    /// Which of the receiver's keys.
    pub kid: Option<String>,
    /// What the whole is.
    pub typ: Option<String>,
    /// What the content is.
    pub cty: Option<String>,
    /// Who sends, as both sides agreed to say it: it goes into the key.
    pub apu: Vec<u8>,
    /// Who receives, as both sides agreed to say it: it goes into the key.
    pub apv: Vec<u8>,
    /// All other members.
    pub extra: Map<String, Value>,
}

/// Nothing was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// The key is for signatures, for another algorithm, or of small order.
    #[error("the key is not for encryption")]
    Key,
    /// The content is too long.
    #[error("too long to encrypt")]
    TooLarge,
}

/// Why a JWE is not read, or does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JweError {
    /// Not in the form of a JWE: parts, base64url, lengths; or with an encrypted key, which direct agreement has not.
    #[error("no JWE")]
    Malformed,
    /// More than [`LARGEST`] bytes.
    #[error("a JWE of more than {LARGEST} bytes")]
    TooLarge,
    /// The header is not read.
    #[error("a header that is not read: {0}")]
    Header(#[source] HeaderError),
    /// An algorithm other than ECDH-ES with A128GCM or A256GCM, or compressed content (JOSE-12).
    #[error("an encryption other than ECDH-ES with A128GCM or A256GCM")]
    Algorithm,
    /// The sender's key and the receiver's do not fit, or agree on nothing (JOSE-13).
    #[error("keys that do not agree")]
    Key,
    /// Another key, or a byte was changed.
    #[error("the content does not open")]
    Refused,
}

/// A JWE that was not opened yet.
#[derive(Debug, Clone, PartialEq)]
pub struct UnverifiedJwe {
    /// base64url, as it was sent: authenticated with the content.
    protected: String,
    header: JweHeader,
    ephemeral: PublicJwk,
    nonce: [u8; 12],
    /// Ciphertext and tag.
    sealed: Vec<u8>,
}

/// What was in a JWE. It says nothing of who sent it.
#[derive(Clone)]
pub struct Decrypted {
    header: JweHeader,
    plaintext: Zeroizing<Vec<u8>>,
}

impl ContentEncryption {
    /// Both.
    pub const ALL: [Self; 2] = [Self::A128Gcm, Self::A256Gcm];

    /// Reads the name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    const fn key_bits(self) -> u32 {
        match self {
            Self::A128Gcm => 128,
            Self::A256Gcm => 256,
        }
    }

    fn encrypt(self, key: &[u8; 32], nonce: [u8; 12], content: Payload<'_, '_>) -> Option<Vec<u8>> {
        match self {
            Self::A128Gcm => {
                Aes128Gcm::new_from_slice(first_half(key)).ok()?.encrypt(&nonce.into(), content).ok()
            }
            Self::A256Gcm => Aes256Gcm::new(key.into()).encrypt(&nonce.into(), content).ok(),
        }
    }

    fn decrypt(self, key: &[u8; 32], nonce: [u8; 12], content: Payload<'_, '_>) -> Option<Vec<u8>> {
        match self {
            Self::A128Gcm => {
                Aes128Gcm::new_from_slice(first_half(key)).ok()?.decrypt(&nonce.into(), content).ok()
            }
            Self::A256Gcm => Aes256Gcm::new(key.into()).decrypt(&nonce.into(), content).ok(),
        }
    }
}

impl JweHeader {
    /// A header that names its encryption alone.
    #[must_use]
    pub fn new(enc: ContentEncryption) -> Self {
        let (apu, apv) = (Vec::new(), Vec::new());
        Self { enc, kid: None, typ: None, cty: None, apu, apv, extra: Map::new() }
    }

    fn to_members(&self, ephemeral: &PublicJwk) -> Map<String, Value> {
        let Self { enc, kid, typ, cty, apu, apv, extra } = self;
        let mut members = extra.clone();
        members.retain(|name, _| !OWN_MEMBERS.contains(&name.as_str()) && name != "crit");
        members.insert("alg".to_owned(), Value::from(ALGORITHM));
        members.insert("enc".to_owned(), Value::from(enc.name()));
        members.insert("epk".to_owned(), Value::Object(ephemeral.to_members()));
        let encoded = |bytes: &[u8]| (!bytes.is_empty()).then(|| base64url::encode(bytes));
        let texts = [
            ("kid", kid.clone()),
            ("typ", typ.clone()),
            ("cty", cty.clone()),
            ("apu", encoded(apu)),
            ("apv", encoded(apv)),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                members.insert(name.to_owned(), Value::String(text));
            }
        }
        members
    }

    fn from_members(mut members: Map<String, Value>) -> Result<(Self, PublicJwk), JweError> {
        if members.contains_key("crit") {
            return Err(JweError::Header(HeaderError::Critical));
        }
        let mut text = |name| take_text(&mut members, name).map_err(JweError::Header);
        let (alg, enc, zip) = (text("alg")?, text("enc")?, text("zip")?);
        if alg.as_deref() != Some(ALGORITHM) || zip.is_some() {
            return Err(JweError::Algorithm);
        }
        let enc = enc.as_deref().and_then(ContentEncryption::parse).ok_or(JweError::Algorithm)?;
        let bytes = |text: Option<String>| base64url::decode(text.unwrap_or_default());
        let header = Self {
            enc,
            kid: text("kid")?,
            typ: text("typ")?,
            cty: text("cty")?,
            apu: bytes(text("apu")?).map_err(|_| JweError::Malformed)?,
            apv: bytes(text("apv")?).map_err(|_| JweError::Malformed)?,
            extra: Map::new(),
        };
        let ephemeral = members.remove("epk").ok_or(JweError::Header(HeaderError::Key))?;
        let ephemeral = Jwk::from_value(&ephemeral).map_err(|_| JweError::Header(HeaderError::Key))?;
        Ok((Self { extra: members, ..header }, ephemeral.key))
    }
}

/// Encrypts to a key, under a key of its own for this message. The name of the receiver's key stands in the header, if it has one.
pub fn encrypt(
    to: &Jwk,
    header: &JweHeader,
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<String, EncryptError> {
    if plaintext.len() > LARGEST / 2 {
        return Err(EncryptError::TooLarge);
    }
    if !is_for_encryption(to) {
        return Err(EncryptError::Key);
    }
    let header = JweHeader { kid: header.kid.clone().or_else(|| to.kid.clone()), ..header.clone() };
    let curve = Curve::of(&to.key).ok_or(EncryptError::Key)?;
    let own = SoftwareKeyAgreement::generate(curve, rng);
    let secret = own.agree(&to.key).map_err(|_| EncryptError::Key)?;
    let key = derivation::content_key(&secret, &header);
    let members = header.to_members(&own.jwk().key);
    let protected = base64url::encode(Value::Object(members).to_string());
    let nonce: [u8; 12] = random::generate_array(rng);
    let content = Payload { msg: plaintext, aad: protected.as_bytes() };
    let sealed = header.enc.encrypt(&key, nonce, content).ok_or(EncryptError::TooLarge)?;
    let (ciphertext, tag) = sealed.split_at_checked(plaintext.len()).ok_or(EncryptError::TooLarge)?;
    let [nonce, ciphertext, tag] = [&nonce, ciphertext, tag].map(base64url::encode);
    Ok(format!("{protected}..{nonce}.{ciphertext}.{tag}"))
}

impl UnverifiedJwe {
    /// Reads the compact serialization.
    pub fn parse(compact: &str) -> Result<Self, JweError> {
        if compact.len() > LARGEST {
            return Err(JweError::TooLarge);
        }
        let mut parts = compact.split('.');
        let mut next = || parts.next().ok_or(JweError::Malformed);
        let [protected, encrypted_key, nonce, ciphertext, tag] =
            [next()?, next()?, next()?, next()?, next()?];
        if parts.next().is_some() || !encrypted_key.is_empty() {
            return Err(JweError::Malformed);
        }
        let members = base64url::decode(protected).map_err(|_| JweError::Malformed)?;
        let members = json::parse_object(&members).map_err(|_| JweError::Header(HeaderError::Malformed))?;
        let (header, ephemeral) = JweHeader::from_members(members)?;
        let mut sealed = base64url::decode(ciphertext).map_err(|_| JweError::Malformed)?;
        // A shorter tag would open to a guess (JOSE-12).
        let tag: [u8; 16] = base64url::decode_array(tag).map_err(|_| JweError::Malformed)?;
        sealed.extend_from_slice(&tag);
        let nonce = base64url::decode_array(nonce).map_err(|_| JweError::Malformed)?;
        Ok(Self { protected: protected.to_owned(), header, ephemeral, nonce, sealed })
    }

    /// The header, which is the sender's word: to look for one's own key.
    #[must_use]
    pub const fn header(&self) -> &JweHeader {
        &self.header
    }

    /// Opens it.
    pub fn decrypt(&self, own: &dyn KeyAgreement) -> Result<Decrypted, JweError> {
        if !is_for_encryption(&own.jwk()) {
            return Err(JweError::Key);
        }
        let secret = own.agree(&self.ephemeral).map_err(|_| JweError::Key)?;
        let key = derivation::content_key(&secret, &self.header);
        let content = Payload { msg: &self.sealed, aad: self.protected.as_bytes() };
        let plaintext = self.header.enc.decrypt(&key, self.nonce, content).ok_or(JweError::Refused)?;
        Ok(Decrypted { header: self.header.clone(), plaintext: Zeroizing::new(plaintext) })
    }
}

impl Decrypted {
    /// The header that was authenticated with the content.
    #[must_use]
    pub const fn header(&self) -> &JweHeader {
        &self.header
    }

    /// The content.
    #[must_use]
    pub fn plaintext(&self) -> &[u8] {
        &self.plaintext
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decrypted(hidden)")
    }
}

/// Whether what a key says of itself allows it (JOSE-2).
fn is_for_encryption(key: &Jwk) -> bool {
    key.alg.as_deref().is_none_or(|alg| alg == ALGORITHM)
        && (key.may(KeyUse::Encryption, "deriveKey") || key.may(KeyUse::Encryption, "deriveBits"))
}

fn first_half(key: &[u8; 32]) -> &[u8] {
    key.first_chunk::<16>().map_or(&[], <[u8; 16]>::as_slice)
}
