//! Whose DID it is: an organisation's record, proved under a verified header, becomes its document (W3C DID core 1.0; ADR 0012). What the
//! organisation may ask for stands in the registry under the DID's own 32 bytes, as another's stands under its certificate's (CARD-13).

use crate::credential::registry::Registered;
use crate::error::WalletError;
use crate::wallet::Wallet;
use citizen_client::card::prove_certificate;
use citizen_did::seoul::{self, SeoulId, SeoulKey, SeoulService};
use citizen_did::{Did, Document, Relationship, Resolution, Resolver};
use citizen_jose::PublicJwk;
use citizen_ledger::did::{DidMethod, DidService, MethodKey, Purposes};
use citizen_ledger::{CertificateRole, DidRecord, Role, RoleRecord, state_key};
use citizen_openid4vc::vp::Known;
use citizen_primitives::{Hash, SeoulDid};
use url::Url;

/// The service by which an organisation names where it is (Well Known DID Configuration, section 5).
const LINKED_DOMAINS: &str = "LinkedDomains";

/// A DID as its record was proved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProvedDid {
    pub(super) id: SeoulDid,
    record: DidRecord,
}

/// A DID that counts now, and what the registry has under it.
pub(super) struct Organisation {
    pub(super) document: Document,
    pub(super) registered: Option<Registered>,
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
    /// the registry proves nothing: they are unknown.
    pub(super) async fn identify_did(
        &self,
        did: &str,
        key: &str,
    ) -> Result<(Option<Registered>, Known), WalletError> {
        let nobody = Ok((None, Known::Nothing));
        let resolver = Resolver::new();
        let Some(did) = Did::parse(did).ok() else { return nobody };
        let (document, registered) = match resolver.resolve(&did) {
            Ok(Resolution::Resolved(document)) => (*document, None),
            Ok(Resolution::Ledger(id)) => match self.organisation(id, CertificateRole::Verifier).await? {
                Some(Organisation { document, registered }) => (document, registered),
                None => return nobody,
            },
            // A server's word of whose keys it has: nobody here vouches for it.
            Ok(Resolution::Fetch(_)) | Err(_) => return nobody,
        };
        let Ok(key) = document.key(key, Relationship::Authentication).cloned() else { return nobody };
        let known = Known::DidKey { key, registered: registered.is_some() };
        Ok((registered, known))
    }

    /// An organisation by its DID: proved, not deactivated, of a role that is in force; all of it under one fresh header.
    pub(super) async fn organisation(
        &self,
        id: SeoulId,
        role: CertificateRole,
    ) -> Result<Option<Organisation>, WalletError> {
        let did = SeoulDid::from_bytes(*id.as_bytes());
        let key = state_key::did(&did);
        let found = self.link().await?.fresh(std::slice::from_ref(&key)).await?;
        let Some(found) = found.get::<DidRecord>(&key)?.present() else { return Ok(None) };
        // Who created it never changes.
        let creator = state_key::role(Role::Organisation, &found.value().organisation);
        let name = Hash::from_bytes(*id.as_bytes());
        let keys = [key.clone(), creator.clone(), state_key::certificate(role, &name)];
        let snapshot = self.link().await?.fresh(&keys).await?;
        let organisation = snapshot.get::<RoleRecord>(&creator)?.present();
        let time = snapshot.header().time();
        let record = snapshot.get::<DidRecord>(&key)?.present().map(|record| record.into_parts().0);
        let (Some(record), true) =
            (record, organisation.is_some_and(|organisation| organisation.value().is_active(time)))
        else {
            return Ok(None);
        };
        let Some(document) = document(id, &record) else { return Ok(None) };
        let proved = Some(ProvedDid { id: did, record });
        let listed = prove_certificate(snapshot.proven(), role, &name)?;
        let registered = listed.map(|record| Registered { record, proof: snapshot.keep(), did: proved });
        Ok(Some(Organisation { document, registered }))
    }
}

/// The document of a record; none of a deactivated one.
fn document(id: SeoulId, record: &DidRecord) -> Option<Document> {
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
