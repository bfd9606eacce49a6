//! The registry of certificates, and the anchors of status lists (STATE-19, STATE-20).

use super::Context;
use crate::overlay::{Overlay, Stop};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{
    AnchorStatus, CertificateRecord, CertificateRole, Rejection, Signer, StatusAnchor, state_key,
};
use citizen_primitives::Hash;

/// Enters or replaces a certificate that governors decided on.
pub(crate) fn set(overlay: &mut Overlay<'_>, record: &CertificateRecord) -> Result<(), Stop> {
    record.check()?;
    overlay.put(state_key::certificate(record.role, &record.thumbprint), record);
    Ok(())
}

/// Takes one out: from then on its absence is proved.
pub(crate) fn remove(
    overlay: &mut Overlay<'_>,
    role: CertificateRole,
    thumbprint: &Hash,
) -> Result<(), Stop> {
    let key = state_key::certificate(role, thumbprint);
    overlay.find::<CertificateRecord>(&key)?.ok_or(Rejection::NoCertificate)?;
    overlay.delete(key);
    Ok(())
}

/// An issuer says which token of a status list is the newest; an older one never comes back.
pub(crate) fn anchor(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    anchor: &AnchorStatus,
) -> Result<(), Stop> {
    let AnchorStatus { certificate, list, version, token } = anchor;
    let Signer::Party { key } = &transaction.body().signer else { return Err(Rejection::NotAllowed.into()) };
    let issuer: Option<CertificateRecord> =
        overlay.find(&state_key::certificate(CertificateRole::Issuer, certificate))?;
    let issuer = issuer.filter(|issuer| issuer.is_active(context.time)).ok_or(Rejection::NoCertificate)?;
    if issuer.anchor != Some(*key) {
        return Err(Rejection::NotAllowed.into());
    }
    let place = state_key::status(&key.id(), list);
    let before: Option<StatusAnchor> = overlay.find(&place)?;
    if before.is_some_and(|before| *version <= before.version) {
        return Err(Rejection::StatusVersion.into());
    }
    let anchored =
        StatusAnchor { certificate: *certificate, version: *version, token: *token, time: context.time };
    overlay.put(place, &anchored);
    Ok(())
}
