//! Client identifiers and their prefixes: OpenID4VP 1.0 §5.9.

use std::fmt;

/// How a client identifier is to be understood (§5.9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// `redirect_uri`: the address of the response. Nobody signs.
    RedirectUri,
    /// `x509_san_dns`: a DNS name in the leaf certificate.
    X509SanDns,
    /// `x509_hash`: SHA-256 of the leaf certificate.
    X509Hash,
    /// `decentralized_identifier`: a DID.
    DecentralizedIdentifier,
    /// `verifier_attestation`: the subject of an attestation.
    VerifierAttestation,
}

impl Prefix {
    /// All that are understood here. Not `openid_federation`, and no pre-registered clients.
    pub const ALL: [Self; 5] = [
        Self::RedirectUri,
        Self::X509SanDns,
        Self::X509Hash,
        Self::DecentralizedIdentifier,
        Self::VerifierAttestation,
    ];

    /// Its text, without the colon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RedirectUri => "redirect_uri",
            Self::X509SanDns => "x509_san_dns",
            Self::X509Hash => "x509_hash",
            Self::DecentralizedIdentifier => "decentralized_identifier",
            Self::VerifierAttestation => "verifier_attestation",
        }
    }

    /// Whether a request under it is signed (§5.9.3).
    #[must_use]
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::RedirectUri)
    }
}

/// A client identifier with its prefix: always used whole (§14.6).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId {
    prefix: Prefix,
    text: String,
}

impl ClientId {
    /// Reads one; `None` for a prefix that is not understood, or none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, identifier) = text.split_once(':')?;
        let prefix = Prefix::ALL.into_iter().find(|known| known.name() == prefix)?;
        (!identifier.is_empty() && text.len() <= 2048).then(|| Self { prefix, text: text.to_owned() })
    }

    /// Its prefix.
    #[must_use]
    pub const fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What follows the prefix.
    #[must_use]
    pub fn identifier(&self) -> &str {
        self.text.split_once(':').map_or("", |(_, identifier)| identifier)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
