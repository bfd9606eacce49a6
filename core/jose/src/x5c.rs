//! `x5c`: certificate chains in headers (RFC 7515, section 4.1.6), checked as RFC 5280, section 6.1 asks of the little that is used here:
//! keys of P-256 and Ed25519, an anchor that the caller trusts, no policies, no name constraints.

use crate::jwk::{Jwk, PublicJwk};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use citizen_primitives::UnixTime;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::net::IpAddr;
use x509_cert::der::asn1::{Ia5StringRef, ObjectIdentifier};
use x509_cert::der::{Decode as _, Reader as _, SliceReader};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectAltName};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// The most certificates of a chain.
pub const LONGEST: usize = 8;
/// The most bytes of a certificate.
const LARGEST: usize = 16 * 1024;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// Extensions that are looked at, or that restrict nothing that is done here: basic constraints, key usage, alternative name, extended
/// key usage.
const KNOWN_EXTENSIONS: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    ObjectIdentifier::new_unwrap("2.5.29.37"),
];

/// Why a chain is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not certificates in base64, none of them, too many, or too large.
    #[error("no chain of certificates")]
    Malformed,
    /// The leaf's key is none that is read here.
    #[error("a certificate with a key of another type")]
    Unsupported,
}

/// Why a chain does not lead to an anchor (JOSE-9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A certificate is not valid yet, or not any more.
    #[error("a certificate outside its time")]
    Time,
    /// A certificate is not what its place in the chain asks: no authority, not for signatures, a critical extension nobody here knows.
    #[error("a certificate that is not for this")]
    NotForThis,
    /// A certificate is not signed by the next, or that is not its issuer.
    #[error("a certificate that the next did not sign")]
    Signature,
    /// No certificate is the anchor or signed by it.
    #[error("no trusted certificate")]
    Untrusted,
}

/// A certificate's name that nobody chooses: SHA-256 over its DER (RFC 7515, section 4.1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateThumbprint([u8; 32]);

impl CertificateThumbprint {
    /// From its 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for CertificateThumbprint {
    /// base64url.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::base64url::encode(self.0))
    }
}

/// One certificate: read, and by nobody believed.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
}

/// What vouches for a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// A certificate that stands in the chain: the leaf itself, or one above it.
    Thumbprint(CertificateThumbprint),
    /// A certificate that stands in the chain or has signed its last.
    Certificate(Box<Certificate>),
}

/// A chain as it stands in a header: leaf first. It says nothing until [`CertificateChain::verify`] has found an anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateChain {
    leaf: Certificate,
    above: Vec<Certificate>,
}

impl Certificate {
    /// Reads one in DER.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > LARGEST {
            return Err(CertificateError::Malformed);
        }
        let parsed = x509_cert::Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if parsed.signature_algorithm() != parsed.tbs_certificate().signature() {
            return Err(CertificateError::Malformed);
        }
        Ok(Self { der: der.to_vec(), parsed })
    }

    /// The bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 over the bytes.
    #[must_use]
    pub fn thumbprint(&self) -> CertificateThumbprint {
        CertificateThumbprint(Sha256::digest(&self.der).into())
    }

    /// The key that the certificate is about.
    pub fn key(&self) -> Result<Jwk, CertificateError> {
        key_of(self.parsed.tbs_certificate().subject_public_key_info()).map(Jwk::new)
    }

    /// The subject as text (RFC 4514), for a screen.
    #[must_use]
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate().subject().to_string()
    }

    /// The DNS names of the subject's alternative name, as they are written.
    #[must_use]
    pub fn dns_names(&self) -> Vec<String> {
        self.alternative_names(|name| match name {
            GeneralName::DnsName(name) => Some(Ia5StringRef::from(name).as_str().to_owned()),
            _ => None,
        })
    }

    /// The URIs of the subject's alternative name, as they are written.
    #[must_use]
    pub fn uris(&self) -> Vec<String> {
        self.alternative_names(|name| match name {
            GeneralName::UniformResourceIdentifier(uri) => Some(Ia5StringRef::from(uri).as_str().to_owned()),
            _ => None,
        })
    }

    /// The IP addresses of the subject's alternative name.
    #[must_use]
    pub fn ip_addresses(&self) -> Vec<IpAddr> {
        self.alternative_names(|name| match name {
            GeneralName::IpAddress(bytes) => address(bytes.as_bytes()),
            _ => None,
        })
    }

    /// Whether it names a host, as the host stands in an address: a DNS name in any case, or an IP address, which only an address in the
    /// certificate names (RFC 9525, section 6). Wildcards are not read.
    #[must_use]
    pub fn names_host(&self, host: &str) -> bool {
        let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        match inner.parse::<IpAddr>() {
            Ok(address) => self.ip_addresses().contains(&address),
            Err(_) => self.dns_names().iter().any(|name| name.eq_ignore_ascii_case(host)),
        }
    }

    /// The key identifier of whoever signed it, as the authority key identifier has it (RFC 5280, section 4.2.1.1).
    #[must_use]
    pub fn authority_key(&self) -> Option<Vec<u8>> {
        let extension = self.parsed.tbs_certificate().get_extension::<AuthorityKeyIdentifier>().ok()??;
        Some(extension.1.key_identifier?.as_bytes().to_vec())
    }

    /// The first second at which it is valid.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        UnixTime::from_seconds(
            self.parsed.tbs_certificate().validity().not_before.to_unix_duration().as_secs(),
        )
    }

    /// The last second at which it is valid.
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        UnixTime::from_seconds(
            self.parsed.tbs_certificate().validity().not_after.to_unix_duration().as_secs(),
        )
    }

    /// Whether it is valid at a moment; both ends count (RFC 5280, section 4.1.2.5).
    #[must_use]
    pub fn is_valid_at(&self, now: UnixTime) -> bool {
        self.not_before() <= now && now <= self.not_after()
    }

    fn alternative_names<T>(&self, select: impl Fn(&GeneralName) -> Option<T>) -> Vec<T> {
        match self.parsed.tbs_certificate().get_extension::<SubjectAltName>() {
            Ok(Some((_, names))) => names.0.iter().filter_map(select).collect(),
            _ => Vec::new(),
        }
    }

    /// Time, and extensions that bind whoever knows them.
    fn check(&self, now: UnixTime) -> Result<(), ChainError> {
        if !self.is_valid_at(now) {
            return Err(ChainError::Time);
        }
        let extensions = self.parsed.tbs_certificate().extensions().map_or(&[][..], Vec::as_slice);
        let binds = |extension: &&x509_cert::ext::Extension| {
            extension.critical && !KNOWN_EXTENSIONS.contains(&extension.extn_id)
        };
        if extensions.iter().find(binds).is_some() { Err(ChainError::NotForThis) } else { Ok(()) }
    }

    fn check_leaf(&self) -> Result<(), ChainError> {
        let usage = self.parsed.tbs_certificate().get_extension::<KeyUsage>();
        match usage.map_err(|_| ChainError::NotForThis)? {
            Some((_, usage)) if !usage.digital_signature() => Err(ChainError::NotForThis),
            _ => Ok(()),
        }
    }

    /// Whether it may sign a certificate with so many authorities between that one and the leaf.
    fn check_authority(&self, below: usize) -> Result<(), ChainError> {
        let tbs = self.parsed.tbs_certificate();
        let constraints = tbs.get_extension::<BasicConstraints>().map_err(|_| ChainError::NotForThis)?;
        let (_, constraints) = constraints.ok_or(ChainError::NotForThis)?;
        let usage = tbs.get_extension::<KeyUsage>().map_err(|_| ChainError::NotForThis)?;
        let may_sign = usage.is_none_or(|(_, usage)| usage.key_cert_sign());
        let long_enough = constraints.path_len_constraint.is_none_or(|most| below <= usize::from(most));
        if constraints.ca && may_sign && long_enough { Ok(()) } else { Err(ChainError::NotForThis) }
    }

    fn check_signed_by(&self, issuer: &Self) -> Result<(), ChainError> {
        let tbs = self.parsed.tbs_certificate();
        if tbs.issuer() != issuer.parsed.tbs_certificate().subject() {
            return Err(ChainError::Signature);
        }
        let signature = self.parsed.signature().as_bytes().ok_or(ChainError::Signature)?;
        let signed = tbs_bytes(&self.der).ok_or(ChainError::Signature)?;
        let key = issuer.key().map_err(|_| ChainError::Signature)?;
        verify(&key.key, self.parsed.signature_algorithm().oid, signed, signature)
            .ok_or(ChainError::Signature)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.thumbprint())
    }
}

impl CertificateChain {
    /// From certificates in DER, leaf first.
    pub fn from_der<D: AsRef<[u8]>>(certificates: &[D]) -> Result<Self, CertificateError> {
        let (leaf, above) = certificates.split_first().ok_or(CertificateError::Malformed)?;
        if certificates.len() > LONGEST {
            return Err(CertificateError::Malformed);
        }
        let above = above.iter().map(|der| Certificate::from_der(der.as_ref())).collect::<Result<_, _>>()?;
        let leaf = Certificate::from_der(leaf.as_ref())?;
        leaf.key()?;
        Ok(Self { leaf, above })
    }

    /// From a header: an array of certificates in base64 (not base64url), leaf first.
    pub fn from_value(value: &Value) -> Result<Self, CertificateError> {
        let texts = value.as_array().filter(|texts| texts.len() <= LONGEST);
        let texts = texts.ok_or(CertificateError::Malformed)?;
        let decode = |text: &Value| STANDARD.decode(text.as_str()?).ok();
        let certificates: Option<Vec<Vec<u8>>> = texts.iter().map(decode).collect();
        Self::from_der(&certificates.ok_or(CertificateError::Malformed)?)
    }

    /// As it stands in a header.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.certificates().map(|certificate| STANDARD.encode(certificate.der())).collect()
    }

    /// The certificate of whoever signs.
    #[must_use]
    pub const fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// All of them, leaf first.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.above)
    }

    /// **JOSE-15** The key of whoever signs, if it is the registry that names the leaf, by this thumbprint, and the leaf is valid now and for
    /// signatures. A registry of certificates names each by itself: what a certificate in it has signed is not in it.
    pub fn registered_key(&self, named: &CertificateThumbprint, now: UnixTime) -> Result<Jwk, ChainError> {
        let leaf = self.verify(&[Anchor::Thumbprint(self.leaf.thumbprint())], now)?.leaf();
        if leaf.thumbprint() != *named {
            return Err(ChainError::Untrusted);
        }
        leaf.key().map_err(|_| ChainError::NotForThis)
    }

    /// The key identifiers of whoever signed the certificates of the chain: the leaf, and those above it as far as each has signed the one
    /// below. What nobody here has signed says nothing.
    #[must_use]
    pub fn authority_keys(&self, now: UnixTime) -> Vec<Vec<u8>> {
        let holds = |one: &&Certificate| self.verify(&[Anchor::Thumbprint(one.thumbprint())], now).is_ok();
        self.certificates().take_while(holds).filter_map(Certificate::authority_key).collect()
    }

    /// The chain up to the first of the anchors that vouches for it: each certificate is valid now and signed by the next, each above the
    /// leaf is an authority, and the leaf is for signatures (JOSE-9). The leaf itself may be an anchor.
    pub fn verify(&self, anchors: &[Anchor], now: UnixTime) -> Result<VerifiedChain<'_>, ChainError> {
        self.leaf.check(now)?;
        self.leaf.check_leaf()?;
        let mut below = &self.leaf;
        for authorities in 0..=self.above.len() {
            let next = self.above.get(authorities);
            if let Some(anchor) = anchors.iter().find(|anchor| anchor.is(below)) {
                return Ok(VerifiedChain { leaf: &self.leaf, anchor: anchor.thumbprint() });
            }
            match next {
                Some(authority) => {
                    link(below, authority, authorities, now)?;
                    below = authority;
                }
                None => {
                    let signer = anchors.iter().filter_map(Anchor::certificate);
                    let mut signers = signer.filter(|anchor| link(below, anchor, authorities, now).is_ok());
                    let anchor = signers.next().ok_or(ChainError::Untrusted)?;
                    return Ok(VerifiedChain { leaf: &self.leaf, anchor: anchor.thumbprint() });
                }
            }
        }
        Err(ChainError::Untrusted)
    }
}

/// A chain that an anchor vouches for, at the moment it was asked.
#[derive(Debug, Clone, Copy)]
pub struct VerifiedChain<'a> {
    leaf: &'a Certificate,
    anchor: CertificateThumbprint,
}

impl<'a> VerifiedChain<'a> {
    /// The certificate of whoever signs.
    #[must_use]
    pub const fn leaf(&self) -> &'a Certificate {
        self.leaf
    }

    /// The certificate that vouches.
    #[must_use]
    pub const fn anchor(&self) -> CertificateThumbprint {
        self.anchor
    }
}

impl Anchor {
    fn is(&self, certificate: &Certificate) -> bool {
        self.thumbprint() == certificate.thumbprint()
    }

    fn thumbprint(&self) -> CertificateThumbprint {
        match self {
            Self::Thumbprint(thumbprint) => *thumbprint,
            Self::Certificate(certificate) => certificate.thumbprint(),
        }
    }

    fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Thumbprint(_) => None,
            Self::Certificate(certificate) => Some(certificate),
        }
    }
}

/// Four bytes or sixteen (RFC 5280, section 4.2.1.6).
fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = || <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    v4().or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}

/// One step up the chain.
fn link(
    below: &Certificate,
    authority: &Certificate,
    authorities_below: usize,
    now: UnixTime,
) -> Result<(), ChainError> {
    authority.check(now)?;
    authority.check_authority(authorities_below)?;
    below.check_signed_by(authority)
}

fn key_of(info: &SubjectPublicKeyInfoOwned) -> Result<PublicJwk, CertificateError> {
    let bytes = info.subject_public_key.as_bytes().ok_or(CertificateError::Malformed)?;
    let curve =
        || info.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    let key = match info.algorithm.oid {
        EC_PUBLIC_KEY if curve() == Some(P256) => PublicJwk::p256(bytes),
        ED25519 => PublicJwk::ed25519(bytes.try_into().map_err(|_| CertificateError::Malformed)?),
        _ => return Err(CertificateError::Unsupported),
    };
    key.map_err(|_| CertificateError::Malformed)
}

/// The bytes that were signed, as they were sent.
fn tbs_bytes(der: &[u8]) -> Option<&[u8]> {
    let mut reader = SliceReader::new(der).ok()?;
    x509_cert::der::Header::decode(&mut reader).ok()?;
    reader.tlv_bytes().ok()
}

fn verify(key: &PublicJwk, algorithm: ObjectIdentifier, message: &[u8], signature: &[u8]) -> Option<()> {
    use p256::ecdsa::signature::Verifier as _;
    match (key, algorithm) {
        (PublicJwk::P256(key), ECDSA_WITH_SHA256) => {
            let signature = p256::ecdsa::DerSignature::try_from(signature).ok()?;
            p256::ecdsa::VerifyingKey::from(key).verify(message, &signature).ok()
        }
        (PublicJwk::Ed25519(key), ED25519) => {
            let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
            key.verify_strict(message, &signature).ok()
        }
        _ => None,
    }
}
