//! Replay protection: what could be executed is consumed, whether it succeeded or failed (core/docs/adr/0003).

use super::Context;
use crate::overlay::{Overlay, Stop};
use crate::read::ReadError;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::transaction::TransactionBody;
use citizen_ledger::{Rejection, StateKey, state_key};
use citizen_primitives::{Hash, Height, Label, TransactionId};
use std::collections::BTreeSet;

/// How many digests one block forgets at most. Each block adds one, so what waits to be forgotten shrinks.
const MOST_FORGOTTEN: usize = 16;

/// The ids one block consumed; the digests that are kept form a chain, the oldest first.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct ConsumedIds {
    /// The digest of the sorted ids.
    digest: Hash,
    /// The last height at which one of them could be executed again: that of the window in force then (STATE-3).
    until: Height,
    /// The next block that consumed ids.
    next: Option<Height>,
}

/// The chain's ends.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct Ends {
    oldest: Height,
    newest: Height,
}
citizen_primitives::canonical!(ConsumedIds = 1, Ends = 1);

/// Whether a transaction may be executed at this height (STATE-3).
pub(crate) fn check_heights(context: &Context, body: &TransactionBody) -> Result<(), Rejection> {
    if body.valid_until < context.height {
        return Err(Rejection::TooLate);
    }
    if body.valid_until > context.height.plus(context.parameters.validity_window) {
        return Err(Rejection::TooFarAhead);
    }
    Ok(())
}

/// Whether an earlier block or this one consumed the id (STATE-3).
pub(crate) fn was_consumed(
    overlay: &Overlay<'_>,
    consumed: &BTreeSet<TransactionId>,
    id: &TransactionId,
) -> Result<bool, ReadError> {
    if consumed.contains(id) { Ok(true) } else { overlay.base().was_consumed(id) }
}

/// Commits to the block's ids, and forgets those that nobody can bring again. A block without ids writes nothing (STATE-4).
pub(crate) fn end_block(
    overlay: &mut Overlay<'_>,
    context: &Context,
    consumed: &BTreeSet<TransactionId>,
) -> Result<(), Stop> {
    if consumed.is_empty() {
        return Ok(());
    }
    let bytes: Vec<u8> = consumed.iter().flat_map(|id| *id.as_bytes()).collect();
    let digest = Hash::labelled(Label::ConsumedIds, &bytes);
    // Governance may narrow the window: what was consumed under the wider one is remembered for as long as it was promised.
    let until = context.height.plus(context.parameters.validity_window);
    overlay.put(state_key::consumed(context.height), &ConsumedIds { digest, until, next: None });
    let ends: Option<Ends> = overlay.find(&ends_key())?;
    let oldest = match ends {
        Some(Ends { oldest, newest }) => {
            let newest_key = state_key::consumed(newest);
            let mut last: ConsumedIds = overlay.find(&newest_key)?.ok_or(Stop::Record)?;
            last.next = Some(context.height);
            overlay.put(newest_key, &last);
            forget(overlay, context, oldest)?
        }
        None => context.height,
    };
    overlay.put(ends_key(), &Ends { oldest, newest: context.height });
    Ok(())
}

/// Removes the digests whose time has passed, from the oldest on; returns the oldest that stays.
fn forget(overlay: &mut Overlay<'_>, context: &Context, mut oldest: Height) -> Result<Height, Stop> {
    for _ in 0..MOST_FORGOTTEN {
        let key = state_key::consumed(oldest);
        let ConsumedIds { digest: _, until, next } = overlay.find(&key)?.ok_or(Stop::Record)?;
        let Some(next) = next.filter(|_| until < context.height) else { break };
        overlay.delete(key);
        oldest = next;
    }
    Ok(oldest)
}

/// No block has height 0: under it stand the chain's ends.
fn ends_key() -> StateKey {
    state_key::consumed(Height::new(0))
}
