//! Whose certificate counts: proved in the registry under a verified header, or it does not (CARD-1).

use crate::credential::web::of_issuance;
use crate::error::{Subject, WalletError};
use crate::link::{Snapshot, verify_kept};
use crate::place;
use crate::record::{CredentialRow, KeptProof};
use crate::wallet::Wallet;
use citizen_client::card::prove_certificate;
use citizen_client::did::ProvedDid;
use citizen_did::Document;
use citizen_did::seoul::SeoulId;
use citizen_jose::{Anchor, CertificateChain, CertificateThumbprint};
use citizen_ledger::{CertificateRecord, CertificateRole, StateKey, Verified, state_key};
use citizen_openid4vc::http::{Endpoint, HttpRequest, JSON};
use citizen_openid4vc::vci::{IssuanceError, metadata::well_known};
use citizen_primitives::Hash;
use citizen_voting::manifest::Bilingual;
use serde_json::Value;

/// The most keys of an issuer's that are looked at.
const MOST_KEYS: usize = 16;

/// A certificate that the registry has, or a DID, with the proof to keep.
pub(super) struct Registered {
    pub(super) record: Verified<CertificateRecord>,
    pub(super) proof: KeptProof,
    /// The DID's record, for an organisation that is known by one.
    pub(super) did: Option<ProvedDid>,
    /// The keys of an issuer that is known by a DID.
    pub(super) document: Option<Document>,
    /// What whoever asks is called, if the party of the record only vouches for it.
    pub(super) attested: Option<Bilingual>,
}

impl Registered {
    /// A certificate of the registry.
    pub(super) const fn of(record: Verified<CertificateRecord>, proof: KeptProof) -> Self {
        Self { record, proof, did: None, document: None, attested: None }
    }

    /// The party's name; of one that is vouched for, with whose word it is.
    pub(super) fn name(&self) -> Bilingual {
        let record = self.record.value();
        let own = || Bilingual { ko: record.name_ko.clone(), en: record.name_en.clone() };
        self.attested.clone().unwrap_or_else(own)
    }

    /// The certificate's name.
    pub(super) fn thumbprint(&self) -> Hash {
        self.record.value().thumbprint
    }

    /// As an anchor of chains.
    pub(super) fn anchor(&self) -> Anchor {
        Anchor::Thumbprint(named(&self.thumbprint()))
    }
}

impl Wallet {
    /// The certificate of whoever signs with a chain, if it counts now. Those above it in the chain vouch for nothing (JOSE-15).
    pub(super) async fn registered(
        &self,
        role: CertificateRole,
        chain: &CertificateChain,
    ) -> Result<Option<Registered>, WalletError> {
        let named = chain.leaf().thumbprint();
        if chain.registered_key(&named, self.session().now()).is_err() {
            return Ok(None);
        }
        let thumbprint = Hash::from_bytes(*named.as_bytes());
        let snapshot = self.ask_registry(&[state_key::certificate(role, &thumbprint)]).await?;
        let record = prove_certificate(snapshot.proven(), role, &thumbprint)?;
        Ok(record.map(|record| Registered::of(record, snapshot.keep())))
    }

    /// **CARD-41** What the registry and organisations' records say now, asked by nobody in particular: over a connection of its own, on which
    /// no account is named.
    pub(super) async fn ask_registry(&self, keys: &[StateKey]) -> Result<Snapshot, WalletError> {
        let snapshot = self.registry_link().await?.fresh(keys).await?;
        self.learn(snapshot.header()).await?;
        Ok(snapshot)
    }

    /// A review may be old: the certificate must count now, and a DID must say what it said.
    pub(super) async fn must_still_count(&self, party: &Registered) -> Result<(), WalletError> {
        if let Some(did) = &party.did {
            let role = party.record.value().role;
            let now = self.organisation(SeoulId::from_bytes(*did.id().as_bytes()), role).await?;
            let now = now.and_then(|organisation| organisation.registered);
            let is_same =
                |now: Registered| now.did.as_ref() == Some(did) && now.record.value() == party.record.value();
            let expired = WalletError::Expired { what: Subject::Review };
            return if now.is_some_and(is_same) { Ok(()) } else { Err(expired) };
        }
        let CertificateRecord { role, thumbprint, .. } = party.record.value();
        let key = state_key::certificate(*role, thumbprint);
        let snapshot = self.ask_registry(&[key]).await?;
        match prove_certificate(snapshot.proven(), *role, thumbprint)? {
            Some(now) if now.value() == party.record.value() => Ok(()),
            _ => Err(WalletError::Expired { what: Subject::Review }),
        }
    }

    /// Who issues at an address: the keys' certificates (SD-JWT VC, "JWT VC Issuer Metadata"; RFC 7517, section 4.7) of which one is in
    /// the registry and names the address' host, or a key's DID (CARD-51). An issuer that publishes none is unknown.
    pub(super) async fn issuer_at(&self, issuer: &Endpoint) -> Result<Option<Registered>, WalletError> {
        let address = well_known(issuer, "jwt-vc-issuer", self.web_reach());
        let address = address.ok_or(of_issuance(&IssuanceError::Metadata))?;
        let answer = self.send_web(place::ASK_OFFER, &HttpRequest::get(&address, JSON)).await?;
        let Some(said) = answer.object().filter(|_| answer.is_success()) else { return Ok(None) };
        if said.get("issuer").and_then(Value::as_str) != Some(issuer.as_str()) {
            return Ok(None);
        }
        let keys = said.get("jwks").and_then(|keys| keys.get("keys")).and_then(Value::as_array);
        for key in keys.into_iter().flatten().take(MOST_KEYS) {
            let chain = key.get("x5c").and_then(|chain| CertificateChain::from_value(chain).ok());
            if let (None, Some(kid)) = (&chain, key.get("kid").and_then(Value::as_str)) {
                match self.issuer_by_did(kid, issuer).await? {
                    Some(found) => return Ok(Some(found)),
                    None => continue,
                }
            }
            let Some(chain) = chain.filter(|chain| chain.leaf().names_host(issuer.host())) else { continue };
            if let Some(found) = self.registered(CertificateRole::Issuer, &chain).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The issuer's record as it was proved when the credential came: verified again. Nothing where the header cannot be verified any
    /// more.
    pub(super) fn issuer_of(&self, row: &CredentialRow) -> Option<Verified<CertificateRecord>> {
        let header = verify_kept(&self.light_client()?, &row.proof, self.session().now()).ok()?;
        let signer = row.signer.0.as_ref();
        if signer.is_some_and(|signer| !signer.counts_in(&header, &row.proof.state)) {
            return None;
        }
        let key = state_key::certificate(CertificateRole::Issuer, &row.certificate);
        let record = header.prove_in::<CertificateRecord>(&key, &row.proof.state).ok()?.present()?;
        Some(record).filter(|record| record.value().is_active(header.time()))
    }
}

/// The registry's name of a certificate, as JOSE has it.
pub(super) const fn named(thumbprint: &Hash) -> CertificateThumbprint {
    CertificateThumbprint::from_bytes(*thumbprint.as_bytes())
}
