//! Whose DID it is: an organisation's record, proved under a verified header, becomes its document (W3C DID core 1.0; ADR 0012). What the
//! organisation may ask for stands in the registry under the DID's own 32 bytes, as another's stands under its certificate's (CARD-13).

use crate::credential::registry::Registered;
use crate::error::WalletError;
use crate::link::Snapshot;
use crate::place;
use crate::wallet::Wallet;
use citizen_client::card::prove_certificate;
use citizen_client::did::{Organisation, registry_name};
use citizen_did::resolver::Fetch;
use citizen_did::seoul::SeoulId;
use citizen_did::{Did, Document, Relationship, Resolution};
use citizen_ledger::{CertificateRole, state_key};
use citizen_openid4vc::http::{Endpoint, HttpRequest, Reach};
use citizen_openid4vc::vp::Known;
use citizen_primitives::Hash;
use std::sync::Arc;

/// What a document may come as (did:web, section 3.2; DID core, section 6).
const DID_DOCUMENT: &str = "application/did+json, application/did+ld+json, application/json";

/// Who asks, as far as it is known.
pub(super) struct Asker {
    /// What the registry proves of it.
    pub(super) registered: Option<Registered>,
    /// What the session is told.
    pub(super) known: Known,
    /// The only host that the answer may go to, where what is known names one.
    pub(super) host: Option<String>,
}

/// A DID's document, and what the registry has under the DID.
pub(super) struct Resolved {
    pub(super) document: Document,
    pub(super) registered: Option<Registered>,
    /// The server that has the document.
    pub(super) host: Option<String>,
}

/// A DID that counts now, and what the registry has under it.
pub(super) struct OnTheLedger {
    pub(super) document: Document,
    pub(super) registered: Option<Registered>,
}

impl Asker {
    /// Nobody.
    pub(super) const fn nobody() -> Self {
        Self { registered: None, known: Known::Nothing, host: None }
    }
}

impl Wallet {
    /// The key that a DID has under a URL to sign in with, and its organisation if the registry lets it be a verifier. Of other methods' DIDs
    /// the registry proves no verifier: they are unknown. A document that a server has is fetched from there, and the answer goes nowhere else
    /// (CARD-33).
    pub(super) async fn identify_did(&self, did: &str, key: &str) -> Result<Asker, WalletError> {
        let resolved = self.resolve(did, CertificateRole::Verifier).await?;
        let Some(Resolved { document, registered, host }) = resolved else { return Ok(Asker::nobody()) };
        let key = document.key(key, Relationship::Authentication).cloned();
        let Ok(key) = key else { return Ok(Asker::nobody()) };
        let known = Known::DidKey { key, registered: registered.is_some() };
        Ok(Asker { registered, known, host })
    }

    /// A DID's document, and what the registry has under the DID for a role. `None`: no document can be had, or the DID counts no more.
    pub(super) async fn resolve(
        &self,
        did: &str,
        role: CertificateRole,
    ) -> Result<Option<Resolved>, WalletError> {
        let resolver = Arc::clone(&self.session().resolver);
        let Ok(did) = Did::parse(did) else { return Ok(None) };
        let (document, host) = match resolver.resolve(&did) {
            Ok(Resolution::Resolved(document)) => (*document, None),
            Ok(Resolution::Ledger(id)) => {
                let found = self.organisation(id, role).await?;
                let resolved =
                    |OnTheLedger { document, registered }| Resolved { document, registered, host: None };
                return Ok(found.map(resolved));
            }
            Ok(Resolution::Fetch(fetch)) => match self.fetched(fetch).await? {
                Some((document, host)) => (document, Some(host)),
                None => return Ok(None),
            },
            Err(_) => return Ok(None),
        };
        let registered = match role {
            CertificateRole::Verifier => None,
            CertificateRole::Issuer | CertificateRole::Attester => self.registered_did(&did, role).await?,
        };
        Ok(Some(Resolved { document, registered, host }))
    }

    /// What the registry has under a DID that is not on the ledger.
    async fn registered_did(
        &self,
        did: &Did,
        role: CertificateRole,
    ) -> Result<Option<Registered>, WalletError> {
        let name = registry_name(did);
        let snapshot = self.ask_registry(&[state_key::certificate(role, &name)]).await?;
        let record = prove_certificate(snapshot.proven(), role, &name)?;
        Ok(record.map(|record| Registered::of(record, snapshot.keep())))
    }

    /// A document over a connection of its own, and the host that has it: by `https` alone, as large as a document may be.
    async fn fetched(&self, fetch: Fetch<'_>) -> Result<Option<(Document, String)>, WalletError> {
        let Ok(address) = Endpoint::parse(fetch.url(), Reach::Https) else { return Ok(None) };
        let answer = self.send_web(place::ASK_REQUEST, &HttpRequest::get(&address, DID_DOCUMENT)).await?;
        if !answer.is_success() {
            return Ok(None);
        }
        Ok(fetch.answer(&answer.body).ok().map(|document| (document, address.host().to_owned())))
    }

    /// A DID's record, its organisation's role, and what the registry has under it: all under one fresh header, there or proved to be missing.
    pub(super) async fn did_state(
        &self,
        id: SeoulId,
        role: CertificateRole,
    ) -> Result<Snapshot, WalletError> {
        let [did, listed] = Organisation::keys(id, role);
        let first = self.ask_registry(&[did.clone(), listed.clone()]).await?;
        match Organisation::creator(first.proven(), id)? {
            Some(creator) => self.ask_registry(&[did, creator, listed]).await,
            None => Ok(first),
        }
    }

    /// An organisation by its DID: proved, not deactivated, of a role that is in force; all of it under one fresh header.
    pub(super) async fn organisation(
        &self,
        id: SeoulId,
        role: CertificateRole,
    ) -> Result<Option<OnTheLedger>, WalletError> {
        let snapshot = self.did_state(id, role).await?;
        let Some(Organisation { did, document }) = Organisation::prove(snapshot.proven(), id)? else {
            return Ok(None);
        };
        let listed = prove_certificate(snapshot.proven(), role, &Hash::from_bytes(*id.as_bytes()))?;
        let listed = listed.map(|record| Registered::of(record, snapshot.keep()));
        let registered = listed.map(|listed| Registered { did: Some(did), ..listed });
        Ok(Some(OnTheLedger { document, registered }))
    }
}
