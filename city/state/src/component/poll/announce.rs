//! A poll begins: the election office announces it.

use super::signer;
use crate::component::{Context, registry};
use crate::overlay::{Overlay, Stop};
use citizen_ledger::poll::{BlindKeyRecord, CeremonyStanding, ElectorateRecord, PollRecord};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, state_key};
use citizen_voting::board::SlotStanding;
use citizen_voting::manifest::{Districts, Manifest, Poll};

/// Enters a manifest that no rule refuses, whose parties have their roles, and in which nothing has begun: nobody may say that there
/// was no time to read it. Districts, if any are told, are those of its electorates (VOTE-61).
pub(super) fn announce(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    (manifest, districts): (&Manifest, Option<&Districts>),
) -> Result<(), Stop> {
    let office = signer(overlay, context, transaction, Role::ElectionOffice)?.id();
    let poll = Poll::new(manifest.clone()).map_err(|_| Rejection::Manifest)?;
    let id = poll.id();
    if overlay.find::<PollRecord>(&state_key::poll(&id))?.is_some() {
        return Err(Rejection::PollExists.into());
    }
    if manifest.ledger != transaction.body().chain_id {
        return Err(Rejection::Manifest.into());
    }
    if manifest.registration.from <= context.time || manifest.casting.from <= context.time {
        return Err(Rejection::PollTime.into());
    }
    if districts.is_some_and(|districts| districts.check(&poll).is_err()) {
        return Err(Rejection::Manifest.into());
    }
    check_parties(overlay, context, &poll)?;
    use_blind_keys(overlay, &poll)?;
    let electorates = manifest.electorates.iter().map(|_| ElectorateRecord {
        issued: vec![0; poll.registrars().len()],
        keys: 0,
        counted: 0,
        cast: 0,
        opened: 0,
        result: None,
    });
    let record = PollRecord {
        office,
        announced: context.time,
        ceremony: CeremonyStanding::Running,
        slot: SlotStanding::default(),
        electorates: electorates.collect(),
    };
    overlay.put(state_key::poll(&id), &record);
    overlay.put(state_key::manifest(&id), manifest);
    if let Some(districts) = districts {
        overlay.put(state_key::districts(&id), districts);
    }
    overlay.append(&state_key::polls(), id.as_bytes().to_vec(), Vec::new(), Vec::new())?;
    Ok(())
}

/// Whoever the manifest names has the role that it names them for.
fn check_parties(overlay: &Overlay<'_>, context: &Context, poll: &Poll) -> Result<(), Stop> {
    let manifest = poll.manifest();
    let registrars = manifest.registrars.iter().map(|party| (Role::Registrar, party.signing));
    let relays = manifest.relays.iter().map(|party| (Role::Relay, party.signing));
    let trustees = manifest.trustees.members.iter().map(|party| (Role::Trustee, party.signing));
    for (role, key) in registrars.chain(relays).chain(trustees) {
        registry::active(overlay, role, &key.id(), context.time)?.ok_or(Rejection::Manifest)?;
    }
    Ok(())
}

/// A blind-signature key is one poll's: what is signed blindly for one could be meant for another (STATE-12).
fn use_blind_keys(overlay: &mut Overlay<'_>, poll: &Poll) -> Result<(), Stop> {
    let registrars = poll.registrars().iter().flat_map(|registrar| &registrar.keys);
    for key in registrars.chain(poll.manifest().reward.as_ref().map(|reward| &reward.key)) {
        let key = state_key::blind_key(key);
        if overlay.find::<BlindKeyRecord>(&key)?.is_some() {
            return Err(Rejection::Manifest.into());
        }
        overlay.put(key, &BlindKeyRecord { poll: poll.id() });
    }
    Ok(())
}
