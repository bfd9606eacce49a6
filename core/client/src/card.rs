//! What the ledger knows of the citizen card, each record with its proof: certificates, organisations' DIDs, anchors of status lists,
//! the custody of an account (CLIENT-13).

use crate::ledger::{LedgerClient, LedgerError, Proven};
use citizen_ledger::{
    CertificateRecord, CertificateRole, CustodyRecord, DidRecord, Role, RoleRecord, StatusAnchor, Verified,
    state_key,
};
use citizen_primitives::{AccountId, Hash, Place, SeoulDid};

/// An organisation's DID as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedDid {
    /// Its record. A deactivated one has no keys.
    pub record: Verified<DidRecord>,
    /// Who it is: nothing if governance has ended the organisation's role.
    pub organisation: Option<Verified<RoleRecord>>,
}

impl LedgerClient {
    /// The record of a certificate by SHA-256 of its DER, if it counts as an issuer's or a verifier's now. `None` is proved too: the
    /// registry has none, or not at this time.
    pub async fn certificate(
        &self,
        place: Place,
        role: CertificateRole,
        thumbprint: &Hash,
    ) -> Result<Option<Verified<CertificateRecord>>, LedgerError> {
        let key = state_key::certificate(role, thumbprint);
        prove_certificate(&self.state(place, &[key]).await?.fresh()?, role, thumbprint)
    }

    /// The newest anchor of an issuer's status list, by the list's URI. `None` if the certificate does not count now, has no key to
    /// anchor with, or nothing was anchored.
    pub async fn status_anchor(
        &self,
        place: Place,
        issuer: &Hash,
        list: &str,
    ) -> Result<Option<Verified<StatusAnchor>>, LedgerError> {
        let certificate = self.certificate(place, CertificateRole::Issuer, issuer).await?;
        let Some(anchor) = certificate.and_then(|record| record.value().anchor) else { return Ok(None) };
        let keys = [
            state_key::certificate(CertificateRole::Issuer, issuer),
            state_key::status(&anchor.id(), &Hash::plain(&[list.as_bytes()])),
        ];
        let proven = self.state(place, &keys).await?.fresh()?;
        // Under the header of the anchor the certificate still counts, with this key.
        let certificate = prove_certificate(&proven, CertificateRole::Issuer, issuer)?;
        if certificate.and_then(|record| record.value().anchor) != Some(anchor) {
            return Ok(None);
        }
        let [_, status] = keys;
        Ok(proven.get::<StatusAnchor>(&status)?.present())
    }

    /// A DID with the organisation behind it, both under one header. `None` if there is no such DID.
    pub async fn did(&self, place: Place, did: &SeoulDid) -> Result<Option<ResolvedDid>, LedgerError> {
        let key = state_key::did(did);
        let found = self.state(place, std::slice::from_ref(&key)).await?.fresh()?;
        let Some(found) = found.get::<DidRecord>(&key)?.present() else { return Ok(None) };
        // Who created it never changes.
        let role = state_key::role(Role::Organisation, &found.value().organisation);
        let proven = self.state(place, &[key.clone(), role.clone()]).await?.fresh()?;
        let Some(record) = proven.get::<DidRecord>(&key)?.present() else { return Ok(None) };
        let organisation = proven.get::<RoleRecord>(&role)?.present();
        let organisation = organisation.filter(|role| role.value().is_active(proven.header().time()));
        Ok(Some(ResolvedDid { record, organisation }))
    }

    /// Whether an account is frozen or under recovery; its record, or its proved absence.
    pub async fn custody(
        &self,
        place: Place,
        account: &AccountId,
    ) -> Result<Verified<Option<CustodyRecord>>, LedgerError> {
        let key = state_key::custody(account);
        self.state(place, std::slice::from_ref(&key)).await?.fresh()?.get(&key)
    }
}

/// The record of a certificate out of an answer that was asked for it, if it counts at the header's time.
pub fn prove_certificate(
    proven: &Proven,
    role: CertificateRole,
    thumbprint: &Hash,
) -> Result<Option<Verified<CertificateRecord>>, LedgerError> {
    let record = proven.get::<CertificateRecord>(&state_key::certificate(role, thumbprint))?.present();
    let is_this = |record: &CertificateRecord| record.role == role && record.thumbprint == *thumbprint;
    Ok(record.filter(|record| is_this(record.value()) && record.value().is_active(proven.header().time())))
}
