//! A party with an X.509 certificate, as issuers and verifiers of credentials have one beside their key on the ledger.

use crate::error::ServiceError;
use citizen_jose::{Algorithm, CertificateChain, Header, Signer as _, SoftwareSigner, base64url};
use citizen_openid4vc::http::{Endpoint, Reach};
use citizen_openid4vc::vp::{ClientId, Identification};
use citizen_primitives::Hash;
use serde_json::Value;
use std::fmt;

/// A P-256 key, its certificate, and the address that it serves.
pub struct Certified {
    signer: SoftwareSigner,
    chain: CertificateChain,
    base: Endpoint,
    reach: Reach,
}

/// The certificate is about another key, or the address is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("certificate, key and address do not belong together")]
pub struct CertifiedError;

impl Certified {
    /// Key, certificates (leaf first) and the address under which everything is that this party serves, without a slash at its end.
    pub fn new(
        signer: SoftwareSigner,
        chain: CertificateChain,
        base: &str,
        reach: Reach,
    ) -> Result<Self, CertifiedError> {
        let base = Endpoint::parse(base, reach).map_err(|_| CertifiedError)?;
        let own = chain.leaf().key().is_ok_and(|key| key.key == signer.jwk().key);
        if !own || signer.algorithm() != Algorithm::Es256 {
            return Err(CertifiedError);
        }
        Ok(Self { signer, chain, base, reach })
    }

    /// SHA-256 of the certificate: its name in the registry.
    #[must_use]
    pub fn thumbprint(&self) -> Hash {
        Hash::from_bytes(*self.chain.leaf().thumbprint().as_bytes())
    }

    pub(crate) const fn signer(&self) -> &SoftwareSigner {
        &self.signer
    }

    pub(crate) const fn base(&self) -> &Endpoint {
        &self.base
    }

    pub(crate) const fn reach(&self) -> Reach {
        self.reach
    }

    /// The public key with its certificates, as a JWK.
    pub(crate) fn published_key(&self) -> Value {
        let mut key = self.signer.jwk().to_value();
        if let Some(members) = key.as_object_mut() {
            members.insert("use".to_owned(), "sig".into());
            members.insert("alg".to_owned(), "ES256".into());
            members.insert("x5c".to_owned(), self.chain.to_value());
        }
        key
    }

    /// A header that brings the certificates.
    pub(crate) fn header(&self) -> Header {
        Header::new(Algorithm::Es256).with_x5c(self.chain.clone())
    }

    /// How it says who it is when it asks for credentials: OpenID4VP 1.0, section 5.9.3, `x509_hash`.
    pub(crate) fn identification(&self) -> Result<Identification, ServiceError> {
        let client_id = format!("x509_hash:{}", base64url::encode(self.thumbprint().as_bytes()));
        let client_id = ClientId::parse(&client_id).ok_or(ServiceError::Unavailable)?;
        Ok(Identification { client_id, header: self.header() })
    }

    /// An address below the base.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// The same, read.
    pub(crate) fn endpoint(&self, path: &str) -> Result<Endpoint, CertifiedError> {
        Endpoint::parse(&self.address(path), self.reach).map_err(|_| CertifiedError)
    }
}

impl fmt::Debug for Certified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certified({})", self.base.as_str())
    }
}
