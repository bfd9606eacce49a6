//! Polls: announced, opened by a ceremony of trustees, filled by registrars and relays, opened again once it is over. Time decides
//! what may be done; every proof is checked when it arrives (STATE-11).

mod announce;
mod board;
mod ceremony;
mod issuance;
mod opening;

use super::{Context, registry};
use crate::overlay::{Overlay, Stop};
use citizen_keys::PublicKey;
use citizen_ledger::poll::{PollAction, PollRecord};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Rejection, Role, Signer, state_key};
use citizen_primitives::PollId;
use citizen_voting::manifest::{Manifest, Poll};

/// Carries out what a party of a poll does.
pub(crate) fn act(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    action: &PollAction,
) -> Result<(), Stop> {
    match action {
        PollAction::Announce(manifest) => announce::announce(overlay, context, transaction, (manifest, None)),
        PollAction::AnnounceIn { manifest, districts } => {
            announce::announce(overlay, context, transaction, (manifest, Some(districts)))
        }
        PollAction::Speak(message) => ceremony::speak(overlay, context, transaction, message),
        PollAction::Issue { poll, rows } => issuance::issue(overlay, context, transaction, *poll, rows),
        PollAction::Bring { poll, entries } => board::bring(overlay, context, transaction, *poll, entries),
        PollAction::Open(shares) => opening::open(overlay, context, transaction, shares),
    }
}

/// A poll with what the state keeps of it.
fn find(overlay: &Overlay<'_>, id: PollId) -> Result<(Poll, PollRecord), Stop> {
    let record: PollRecord = overlay.find(&state_key::poll(&id))?.ok_or(Rejection::NoPoll)?;
    let manifest: Manifest = overlay.find(&state_key::manifest(&id))?.ok_or(Stop::Record)?;
    // It was checked when it was announced.
    let poll = Poll::new(manifest).map_err(|_| Stop::Record)?;
    Ok((poll, record))
}

/// The key that signed, if it has the role now. What a key is for, the manifest says.
fn signer(
    overlay: &Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    role: Role,
) -> Result<PublicKey, Stop> {
    registry::acting_party(overlay, context, transaction, role)?;
    match transaction.body().signer {
        Signer::Party { key } => Ok(key),
        _ => Err(Rejection::NotAllowed.into()),
    }
}
