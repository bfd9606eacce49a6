//! Who has signed a credential, and what the registry proves of it: a certificate, or a DID with its keys (VERIFIER-2, VERIFIER-16).

use super::At;
use crate::error::ServiceError;
use crate::party::Party;
use citizen_client::did::{registry_name, signing_key};
use citizen_client::{Method, Request, Transport, TransportError};
use citizen_did::{Did, Document, Fetch, Resolution, Resolver};
use citizen_jose::{CertificateChain, Header};
use citizen_ledger::{CertificateRecord, CertificateRole};
use citizen_primitives::Hash;
use url::Url;

/// The most bytes of a document that a server has.
const LARGEST: usize = 64 * 1024;

/// Who has signed something, as its header says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Signer {
    /// Whoever has a certificate, by its thumbprint.
    Certificate(Hash),
    /// Whoever has a DID.
    Did(Did),
}

/// An issuer that the registry has.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) record: CertificateRecord,
    /// The keys of one that is known by a DID.
    pub(crate) document: Option<Document>,
}

/// Who has signed something that counts.
#[derive(Debug)]
pub(crate) struct SignedBy {
    pub(crate) signer: Signer,
    /// The keys of a DID.
    pub(crate) document: Option<Document>,
}

/// Where it is asked who an issuer is.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) party: &'a Party,
    pub(crate) transport: &'a dyn Transport,
    pub(crate) at: At,
}

impl Signer {
    /// By the header of a credential and its `iss`. `None`: it names nobody whom the registry could have.
    pub(crate) fn of(header: &Header, issuer: Option<&str>) -> Option<Self> {
        match &header.x5c {
            Some(chain) => Some(Self::Certificate(thumbprint(chain))),
            None => signing_key(header, issuer).map(|url| Self::Did(url.did().clone())),
        }
    }

    /// Its name in the registry.
    pub(crate) fn name(&self) -> Hash {
        match self {
            Self::Certificate(thumbprint) => *thumbprint,
            Self::Did(did) => registry_name(did),
        }
    }
}

impl Lookup<'_> {
    /// What the registry proves of an issuer, now. `None`: it proves nothing, or the DID has no document that counts.
    pub(crate) async fn find(&self, signer: &Signer) -> Result<Option<Registered>, ServiceError> {
        match signer {
            Signer::Certificate(_) => {
                let record = self.record(signer).await?;
                Ok(record.map(|record| Registered { record, document: None }))
            }
            Signer::Did(did) => self.find_did(signer, did).await,
        }
    }

    async fn find_did(&self, signer: &Signer, did: &Did) -> Result<Option<Registered>, ServiceError> {
        let resolver = Resolver::new();
        let (record, document) = match resolver.resolve(did) {
            Ok(Resolution::Ledger(id)) => {
                let (place, role) = (self.at.certificate, CertificateRole::Issuer);
                let found = self.party.ledger().organisation(place, id, role).await?;
                let Some((organisation, listed)) = found else { return Ok(None) };
                (listed.map(|listed| listed.into_parts().0), Some(organisation.document))
            }
            Ok(Resolution::Resolved(document)) => (self.record(signer).await?, Some(*document)),
            // Nobody but the registry says whom this party talks to: whoever posts an answer could name any server.
            Ok(Resolution::Fetch(fetch)) => match self.record(signer).await? {
                Some(record) => (Some(record), self.fetch(fetch).await?),
                None => return Ok(None),
            },
            Err(_) => return Ok(None),
        };
        Ok(record.zip(document).map(|(record, document)| Registered { record, document: Some(document) }))
    }

    async fn record(&self, signer: &Signer) -> Result<Option<CertificateRecord>, ServiceError> {
        let ledger = self.party.ledger();
        let record = ledger.certificate(self.at.certificate, CertificateRole::Issuer, &signer.name()).await?;
        Ok(record.map(|record| record.into_parts().0))
    }

    /// The document that a server has. One that cannot be reached decides nothing: the same answer may come again.
    async fn fetch(&self, fetch: Fetch<'_>) -> Result<Option<Document>, ServiceError> {
        let Ok(url) = fetch.url().parse::<Url>() else { return Ok(None) };
        let request = Request { place: self.at.document, method: Method::Get, url, body: Vec::new() };
        match self.transport.send(request).await {
            Ok(answer) if answer.status == 200 && answer.body.len() <= LARGEST => {
                Ok(fetch.answer(&answer.body).ok())
            }
            Ok(_) => Ok(None),
            Err(TransportError::Stopped) => Err(ServiceError::Stopped),
            Err(_) => Err(ServiceError::Unavailable),
        }
    }
}

/// The name of a chain's leaf in the registry.
pub(crate) fn thumbprint(chain: &CertificateChain) -> Hash {
    Hash::from_bytes(*chain.leaf().thumbprint().as_bytes())
}
