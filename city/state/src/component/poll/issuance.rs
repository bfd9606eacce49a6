//! Registrars say what they sign, for everybody to count.

use super::{find, signer};
use crate::component::Context;
use crate::overlay::{Overlay, Stop};
use citizen_ledger::poll::CeremonyStanding;
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, state_key};
use citizen_primitives::{Canonical as _, Hash, PollId};
use citizen_voting::issuance::IssuanceRow;

/// Enters rows: of this registrar, in its time and once there is an election key, one for each person of an electorate, never more than the roll has.
pub(super) fn issue(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    id: PollId,
    rows: &[IssuanceRow],
) -> Result<(), Stop> {
    let key = signer(overlay, context, transaction, Role::Registrar)?;
    let (poll, mut record) = find(overlay, id)?;
    // Nobody registers for a key that the trustees have not made.
    let CeremonyStanding::Done(_) = record.ceremony else { return Err(Rejection::PollTime.into()) };
    if !poll.is_registering(context.time) {
        return Err(Rejection::PollTime.into());
    }
    if rows.is_empty() {
        return Err(Rejection::Nothing.into());
    }
    let log = state_key::issuance(&id);
    for row in rows {
        let registrar = poll.registrars().get(usize::from(row.registrar)).ok_or(Rejection::Issuance)?;
        if registrar.signing != key {
            return Err(Rejection::NotAllowed.into());
        }
        let at = usize::from(row.electorate.number());
        let roll = poll.electorate(row.electorate).ok_or(Rejection::Issuance)?.roll_size;
        let issued =
            record.electorates.get_mut(at).and_then(|own| own.issued.get_mut(usize::from(row.registrar)));
        let issued = issued.ok_or(Stop::Record)?;
        let mark = *person(row).as_bytes();
        if *issued >= roll || overlay.find_mark(&log, &mark)?.is_some() {
            return Err(Rejection::Issuance.into());
        }
        *issued = issued.saturating_add(1);
        overlay.append(&log, row.to_canonical(), Vec::new(), vec![mark])?;
    }
    overlay.put(state_key::poll(&id), &record);
    Ok(())
}

/// By what a person's row of one registrar is found.
fn person(row: &IssuanceRow) -> Hash {
    Hash::plain(&[b"issued", &[row.registrar, row.electorate.number()], row.voter.as_bytes()])
}
