//! Whose DID it is: an organisation's record, proved under a verified header, becomes its document (W3C DID core 1.0; ADR 0012). Wallets and
//! verifiers read it by these same rules (CARD-51, VERIFIER-16).

use crate::ledger::{LedgerClient, LedgerError, Proven, Unproved};
use citizen_did::seoul::{self, SeoulKey, SeoulService};
use citizen_did::{Did, DidUrl, Document, Relationship, SeoulId};
use citizen_jose::{Header, Jwk, PublicJwk};
use citizen_ledger::did::{DidMethod, DidService, MethodKey, Purposes};
use citizen_ledger::{
    CertificateRecord, CertificateRole, DidRecord, ProofError, ProvenState, Role, RoleRecord, StateKey,
    Verified, VerifiedHeader, state_key,
};
use citizen_primitives::{Hash, Place, SeoulDid};
use url::Url;

/// The service by which an organisation names where it is (Well Known DID Configuration, section 5).
const LINKED_DOMAINS: &str = "LinkedDomains";

/// A DID as its record was proved.
#[derive(Debug, Clone, PartialEq)]
pub struct ProvedDid {
    id: SeoulDid,
    record: DidRecord,
}

/// A DID that counts: its organisation's role is in force, and it was not deactivated.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation {
    /// Its record.
    pub did: ProvedDid,
    /// The keys in it, and what each is for.
    pub document: Document,
}

/// What the registry calls a DID: a `did:seoul` by its own 32 bytes, another by SHA-256 of its text, which no certificate can have, since DER
/// begins with another byte (ADR 0022).
#[must_use]
pub fn registry_name(did: &Did) -> Hash {
    match SeoulId::from_did(did) {
        Ok(id) => Hash::from_bytes(*id.as_bytes()),
        Err(_) => Hash::plain(&[did.as_str().as_bytes()]),
    }
}

/// By which key of its DID an issuer says that it has signed a token: `kid` leads into the DID that is `iss`, and no certificate stands beside
/// it, which nobody would have vouched for (SD-JWT VC, "Issuer Signature Mechanisms"). Nothing of it is verified.
#[must_use]
pub fn signing_key(header: &Header, issuer: Option<&str>) -> Option<DidUrl> {
    let url = DidUrl::parse(header.kid.as_deref().filter(|_| header.x5c.is_none())?).ok()?;
    (issuer == Some(url.did().as_str())).then_some(url)
}

/// The key that a document has for what its DID says, by its whole name.
#[must_use]
pub fn assertion_key<'a>(document: &'a Document, url: &DidUrl) -> Option<&'a Jwk> {
    let key = document.key(&url.to_string(), Relationship::AssertionMethod).ok()?;
    (url.did() == document.id()).then_some(key)
}

/// The same for whatever else a DID signs, as its status lists: by the token's header.
#[must_use]
pub fn key_of_header<'a>(document: &'a Document, header: &Header) -> Option<&'a Jwk> {
    assertion_key(document, &signing_key(header, Some(document.id().as_str()))?)
}

impl ProvedDid {
    /// The DID.
    #[must_use]
    pub const fn id(&self) -> &SeoulDid {
        &self.id
    }

    /// Whether it says that it is at a host.
    #[must_use]
    pub fn names_host(&self, host: &str) -> bool {
        let linked = self.record.content.services.iter().filter(|one| one.kind.as_str() == LINKED_DOMAINS);
        linked
            .filter_map(|one| Url::parse(one.endpoint.as_str()).ok())
            .any(|url| url.host_str() == Some(host))
    }
}

impl Organisation {
    /// What is asked first: the record, and what the registry has under the DID for a role. Who created it stands in the record.
    #[must_use]
    pub fn keys(id: SeoulId, role: CertificateRole) -> [StateKey; 2] {
        [state_key::did(&named(id)), state_key::certificate(role, &Hash::from_bytes(*id.as_bytes()))]
    }

    /// The role to ask for beside those, for all of it under one header. It never changes who created a DID. `None`: there is no such DID.
    pub fn creator(proven: &Proven, id: SeoulId) -> Result<Option<StateKey>, LedgerError> {
        let found = proven.get::<DidRecord>(&state_key::did(&named(id)))?.present();
        Ok(found.map(|found| state_key::role(Role::Organisation, &found.value().organisation)))
    }

    /// A DID out of an answer that was asked for it: not deactivated, of an organisation whose role is in force. `None` if it does not count, or
    /// there is none.
    pub fn prove(proven: &Proven, id: SeoulId) -> Result<Option<Self>, LedgerError> {
        let found = Self::prove_under(proven.header(), proven.proofs(), id);
        found.map_err(|error| LedgerError::Unverified { what: Unproved::Record(error) })
    }

    /// The same, of proofs that were kept.
    pub fn prove_under(
        header: &VerifiedHeader,
        state: &ProvenState,
        id: SeoulId,
    ) -> Result<Option<Self>, ProofError> {
        let did = header.prove_in::<DidRecord>(&state_key::did(&named(id)), state)?.present();
        let Some(record) = did.map(|did| did.into_parts().0) else { return Ok(None) };
        let creator = state_key::role(Role::Organisation, &record.organisation);
        let role = header.prove_in::<RoleRecord>(&creator, state)?.present();
        let is_active = role.is_some_and(|role| role.value().is_active(header.time()));
        let document = document(id, &record).filter(|_| is_active);
        Ok(document.map(|document| Self { did: ProvedDid { id: named(id), record }, document }))
    }
}

impl LedgerClient {
    /// An organisation by its DID, and what the registry has under it for a role, all under one fresh header. `None`: the DID does not count.
    pub async fn organisation(
        &self,
        place: Place,
        id: SeoulId,
        role: CertificateRole,
    ) -> Result<Option<(Organisation, Option<Verified<CertificateRecord>>)>, LedgerError> {
        let [did, listed] = Organisation::keys(id, role);
        let first = self.state(place, &[did.clone(), listed.clone()]).await?.fresh()?;
        let Some(creator) = Organisation::creator(&first, id)? else { return Ok(None) };
        let proven = self.state(place, &[did, creator, listed]).await?.fresh()?;
        let Some(found) = Organisation::prove(&proven, id)? else { return Ok(None) };
        let name = Hash::from_bytes(*id.as_bytes());
        Ok(Some((found, crate::card::prove_certificate(&proven, role, &name)?)))
    }
}

const fn named(id: SeoulId) -> SeoulDid {
    SeoulDid::from_bytes(*id.as_bytes())
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
