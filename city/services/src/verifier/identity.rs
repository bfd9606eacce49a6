//! How a verifier says who it is: by its certificate, or by the word of somebody who vouches for it (VERIFIER-18).

use crate::attested::{Attested, RESPONSES};
use crate::certified::Certified;
use crate::error::ServiceError;
use citizen_jose::SoftwareSigner;
use citizen_openid4vc::http::Endpoint;
use citizen_openid4vc::vp::Identification;

/// Who asks.
#[derive(Debug)]
pub enum Identity {
    /// Whoever the registry knows by its certificate.
    Certified(Box<Certified>),
    /// Whoever another vouches for, whom the registry knows.
    Attested(Attested),
}

impl From<Certified> for Identity {
    fn from(certified: Certified) -> Self {
        Self::Certified(Box::new(certified))
    }
}

impl From<Attested> for Identity {
    fn from(attested: Attested) -> Self {
        Self::Attested(attested)
    }
}

impl Identity {
    pub(super) fn identification(&self) -> Result<Identification, ServiceError> {
        match self {
            Self::Certified(certified) => certified.identification(),
            Self::Attested(attested) => Ok(attested.identification()),
        }
    }

    pub(super) const fn signer(&self) -> &SoftwareSigner {
        match self {
            Self::Certified(certified) => certified.signer(),
            Self::Attested(attested) => attested.signer(),
        }
    }

    /// Where a visit's request is.
    pub(super) fn request(&self, handle: &str) -> Result<Endpoint, ServiceError> {
        self.endpoint(&format!("requests/{handle}"))
    }

    /// Where its answer goes: for whoever is vouched for to the one address that the attestation names.
    pub(super) fn response(&self, handle: &str) -> Result<Endpoint, ServiceError> {
        match self {
            Self::Certified(_) => self.endpoint(&format!("{RESPONSES}/{handle}")),
            Self::Attested(_) => self.endpoint(RESPONSES),
        }
    }

    fn endpoint(&self, path: &str) -> Result<Endpoint, ServiceError> {
        match self {
            Self::Certified(certified) => certified.endpoint(path).map_err(|_| ServiceError::Unavailable),
            Self::Attested(attested) => attested.endpoint(path).map_err(|_| ServiceError::Unavailable),
        }
    }
}
