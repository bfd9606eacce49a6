//! Organisations' DIDs: created by whom governance admitted, changed by their controllers (STATE-18, core/docs/adr/0012).

use super::{Context, registry};
use crate::overlay::{Overlay, Stop};
use citizen_keys::PublicKey;
use citizen_ledger::did::{DidNames, MOST_OF_ONE};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{CreateDid, DidAction, DidRecord, Rejection, Role, RotateDid, Signer, state_key};
use citizen_primitives::SeoulDid;

/// Carries out what is done to a DID.
pub(crate) fn act(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    action: &DidAction,
) -> Result<(), Stop> {
    match action {
        DidAction::Create(new) => create(overlay, context, transaction, new),
        DidAction::Rotate(change) => rotate(overlay, context, transaction, change),
        DidAction::Deactivate { did, version } => deactivate(overlay, context, transaction, (did, *version)),
    }
}

fn create(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    new: &CreateDid,
) -> Result<(), Stop> {
    let organisation = registry::acting_party(overlay, context, transaction, Role::Organisation)?;
    let Signer::Party { key } = &transaction.body().signer else { return Err(Rejection::NotAllowed.into()) };
    let did = new.did(key);
    if overlay.find::<DidRecord>(&state_key::did(&did))?.is_some() {
        return Err(Rejection::DidExists.into());
    }
    let names_key = state_key::dids(&organisation);
    let mut names: DidNames = overlay.find_or_default(&names_key)?;
    if names.0.len() >= MOST_OF_ONE {
        return Err(Rejection::TooManyDids.into());
    }
    let place = names.0.binary_search(&did).err().ok_or(Stop::Record)?;
    names.0.insert(place, did);
    overlay.put(names_key, &names);
    let record = DidRecord {
        organisation,
        content: new.content.clone(),
        version: 1,
        created: context.time,
        updated: context.time,
        deactivated: false,
    };
    overlay.put(state_key::did(&did), &record);
    Ok(())
}

/// An organisation whose role has ended changes nothing any more; it can still deactivate.
fn rotate(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    change: &RotateDid,
) -> Result<(), Stop> {
    let RotateDid { did, version, content } = change;
    let mut record = controlled(overlay, transaction, did, *version)?;
    registry::active(overlay, Role::Organisation, &record.organisation, context.time)?
        .ok_or(Rejection::NotAllowed)?;
    record.content = content.clone();
    record.version = *version;
    record.updated = context.time;
    overlay.put(state_key::did(did), &record);
    Ok(())
}

/// The keys go out of the record: nothing that they sign from now on is the organisation's.
fn deactivate(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    (did, version): (&SeoulDid, u32),
) -> Result<(), Stop> {
    let mut record = controlled(overlay, transaction, did, version)?;
    record.content.methods.clear();
    record.content.services.clear();
    record.version = version;
    record.updated = context.time;
    record.deactivated = true;
    overlay.put(state_key::did(did), &record);
    Ok(())
}

/// The DID, if enough of its controllers sign, for the version after the one in force.
fn controlled(
    overlay: &Overlay<'_>,
    transaction: &CheckedTransaction,
    did: &SeoulDid,
    version: u32,
) -> Result<DidRecord, Stop> {
    let keys: &[PublicKey] = match &transaction.body().signer {
        Signer::Several { keys } => keys,
        _ => return Err(Rejection::NotAllowed.into()),
    };
    let record: DidRecord = overlay.find(&state_key::did(did))?.ok_or(Rejection::NoDid)?;
    if record.deactivated {
        return Err(Rejection::DidEnded.into());
    }
    if !record.content.is_controlled_by(keys) {
        return Err(Rejection::NotAllowed.into());
    }
    if record.version.checked_add(1) == Some(version) {
        Ok(record)
    } else {
        Err(Rejection::DidVersion.into())
    }
}
