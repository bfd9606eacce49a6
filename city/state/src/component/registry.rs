//! The registry of parties.

use super::Context;
use crate::overlay::{Overlay, Stop};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, RoleMembers, RoleRecord, Signer, state_key};
use citizen_primitives::{KeyId, UnixTime};

/// The party that signed, if it has the role now.
pub(crate) fn acting_party(
    overlay: &Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    role: Role,
) -> Result<KeyId, Stop> {
    let Signer::Party { key } = &transaction.body().signer else { return Err(Rejection::NotAllowed.into()) };
    let id = key.id();
    active(overlay, role, &id, context.time)?.ok_or(Rejection::NotAllowed)?;
    Ok(id)
}

/// The record of a party with a role at a time.
pub(crate) fn active(
    overlay: &Overlay<'_>,
    role: Role,
    key: &KeyId,
    time: UnixTime,
) -> Result<Option<RoleRecord>, Stop> {
    Ok(find(overlay, role, key)?.filter(|record| record.is_active(time)))
}

/// The record of a party, whenever it has or had the role.
pub(crate) fn find(overlay: &Overlay<'_>, role: Role, key: &KeyId) -> Result<Option<RoleRecord>, Stop> {
    overlay.find(&state_key::role(role, key))
}

/// The records of all parties that ever had a role.
pub(crate) fn members(overlay: &Overlay<'_>, role: Role) -> Result<Vec<RoleRecord>, Stop> {
    let members: RoleMembers = overlay.find_or_default(&state_key::role_members(role))?;
    members.0.iter().map(|key| find(overlay, role, key)?.ok_or(Stop::Record)).collect()
}

/// Enters or replaces a party.
pub(crate) fn enter(overlay: &mut Overlay<'_>, record: &RoleRecord) -> Result<(), Stop> {
    let id = record.id();
    let members_key = state_key::role_members(record.role);
    let mut members: RoleMembers = overlay.find_or_default(&members_key)?;
    if let Err(place) = members.0.binary_search(&id) {
        members.0.insert(place, id);
        overlay.put(members_key, &members);
    }
    overlay.put(state_key::role(record.role, &id), record);
    Ok(())
}
