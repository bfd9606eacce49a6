//! Whose DID it is: an organisation's record, proved under a verified header, becomes its document (W3C DID core 1.0; ADR 0012). What the
//! organisation may ask for stands in the registry under the DID's own 32 bytes, as another's stands under its certificate's (CARD-13).

use crate::credential::registry::Registered;
use crate::error::WalletError;
use crate::link::Snapshot;
use crate::place;
use crate::wallet::Wallet;
use citizen_client::card::prove_certificate;
use citizen_did::resolver::Fetch;
use citizen_did::seoul::{self, SeoulId, SeoulKey, SeoulService};
use citizen_did::{Did, Document, Relationship, Resolution};
use citizen_jose::PublicJwk;
use citizen_ledger::did::{DidMethod, DidService, MethodKey, Purposes};
use citizen_ledger::{CertificateRole, DidRecord, Role, RoleRecord, state_key};
use citizen_openid4vc::http::{Endpoint, HttpRequest, Reach};
use citizen_openid4vc::vp::Known;
use citizen_primitives::{Hash, SeoulDid};
use std::sync::Arc;
use url::Url;

/// The service by which an organisation names where it is (Well Known DID Configuration, section 5).
const LINKED_DOMAINS: &str = "LinkedDomains";

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

/// A DID as its record was proved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProvedDid {
    pub(super) id: SeoulDid,
    record: DidRecord,
}

/// A DID's document, and what the registry has under the DID.
pub(super) struct Resolved {
    pub(super) document: Document,
    pub(super) registered: Option<Registered>,
    /// The server that has the document.
    pub(super) host: Option<String>,
}

/// A DID that counts now, and what the registry has under it.
pub(super) struct Organisation {
    pub(super) document: Document,
    pub(super) registered: Option<Registered>,
}

impl Asker {
    /// Nobody.
    pub(super) const fn nobody() -> Self {
        Self { registered: None, known: Known::Nothing, host: None }
    }
}

impl ProvedDid {
    /// Whether it says that it is at a host.
    pub(super) fn names_host(&self, host: &str) -> bool {
        let linked = self.record.content.services.iter().filter(|one| one.kind.as_str() == LINKED_DOMAINS);
        linked
            .filter_map(|one| Url::parse(one.endpoint.as_str()).ok())
            .any(|url| url.host_str() == Some(host))
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
                    |Organisation { document, registered }| Resolved { document, registered, host: None };
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
        let name = Hash::plain(&[did.as_str().as_bytes()]);
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
        let did = state_key::did(&SeoulDid::from_bytes(*id.as_bytes()));
        let listed = state_key::certificate(role, &Hash::from_bytes(*id.as_bytes()));
        let keys = [did.clone(), listed.clone()];
        let first = self.ask_registry(&keys).await?;
        let Some(found) = first.get::<DidRecord>(&did)?.present() else { return Ok(first) };
        // Who created it never changes.
        let creator = state_key::role(Role::Organisation, &found.value().organisation);
        self.ask_registry(&[did, creator, listed]).await
    }

    /// An organisation by its DID: proved, not deactivated, of a role that is in force; all of it under one fresh header.
    pub(super) async fn organisation(
        &self,
        id: SeoulId,
        role: CertificateRole,
    ) -> Result<Option<Organisation>, WalletError> {
        let did = SeoulDid::from_bytes(*id.as_bytes());
        let name = Hash::from_bytes(*id.as_bytes());
        let snapshot = self.did_state(id, role).await?;
        let Some(record) = snapshot.get::<DidRecord>(&state_key::did(&did))?.present() else {
            return Ok(None);
        };
        let record = record.into_parts().0;
        let creator = state_key::role(Role::Organisation, &record.organisation);
        let organisation = snapshot.get::<RoleRecord>(&creator)?.present();
        let time = snapshot.header().time();
        if !organisation.is_some_and(|organisation| organisation.value().is_active(time)) {
            return Ok(None);
        }
        let Some(document) = document(id, &record) else { return Ok(None) };
        let proved = Some(ProvedDid { id: did, record });
        let listed = prove_certificate(snapshot.proven(), role, &name)?;
        let listed = listed.map(|record| Registered::of(record, snapshot.keep()));
        let registered = listed.map(|listed| Registered { did: proved, ..listed });
        Ok(Some(Organisation { document, registered }))
    }
}

/// The document of a record; none of a deactivated one.
pub(super) fn document(id: SeoulId, record: &DidRecord) -> Option<Document> {
    let DidRecord { organisation: _, content, version: _, created: _, updated: _, deactivated } = record;
    if *deactivated {
        return None;
    }
    let purposes: Vec<Vec<Relationship>> =
        content.methods.iter().map(|method| relationships(method.purposes)).collect();
    let keys = content.methods.iter().zip(&purposes).map(|(method, purposes)| {
        let DidMethod { fragment, key, purposes: _ } = method;
        Some(SeoulKey { fragment: fragment.as_str(), key: jwk(key)?, purposes })
    });
    let keys: Vec<SeoulKey<'_>> = keys.collect::<Option<_>>()?;
    let services = content.services.iter().map(|service| {
        let DidService { fragment, kind, endpoint } = service;
        SeoulService { fragment: fragment.as_str(), kind: kind.as_str(), endpoint: endpoint.as_str() }
    });
    let services: Vec<SeoulService<'_>> = services.collect();
    seoul::document(id, &keys, &services).ok()
}

fn jwk(key: &MethodKey) -> Option<PublicJwk> {
    match key {
        MethodKey::Ed25519(bytes) => PublicJwk::ed25519(bytes).ok(),
        MethodKey::P256(point) => PublicJwk::p256(point).ok(),
        MethodKey::X25519(bytes) => Some(PublicJwk::x25519(*bytes)),
    }
}

fn relationships(purposes: Purposes) -> Vec<Relationship> {
    let all = [
        (Purposes::AUTHENTICATION, Relationship::Authentication),
        (Purposes::ASSERTION, Relationship::AssertionMethod),
        (Purposes::KEY_AGREEMENT, Relationship::KeyAgreement),
        (Purposes::CAPABILITY_INVOCATION, Relationship::CapabilityInvocation),
        (Purposes::CAPABILITY_DELEGATION, Relationship::CapabilityDelegation),
    ];
    all.into_iter()
        .filter(|(purpose, _)| purposes.has(*purpose))
        .map(|(_, relationship)| relationship)
        .collect()
}
