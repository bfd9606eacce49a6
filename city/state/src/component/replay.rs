//! Replay protection: what is included is consumed, whether it succeeded or failed (core/docs/adr/0003).

use super::Context;
use crate::overlay::{Overlay, Stop};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::transaction::TransactionBody;
use citizen_ledger::{Rejection, state_key};
use citizen_primitives::{Hash, Height, Label, TransactionId};
use std::collections::BTreeSet;

/// The digest of the ids of one block.
#[derive(BorshSerialize, BorshDeserialize)]
struct ConsumedIds(Hash);

/// The heights whose digests are kept, oldest first.
#[derive(Default, BorshSerialize, BorshDeserialize)]
struct KeptHeights(Vec<u64>);
citizen_primitives::canonical!(ConsumedIds = 1, KeptHeights = 1);

/// Whether a transaction may be executed here and now (STATE-2, STATE-3).
pub(crate) fn check(
    overlay: &Overlay<'_>,
    context: &Context<'_>,
    consumed: &BTreeSet<TransactionId>,
    body: &TransactionBody,
    id: &TransactionId,
) -> Result<(), Stop> {
    if body.valid_until < context.height {
        return Err(Rejection::TooLate.into());
    }
    if body.valid_until > context.height.plus(context.parameters.validity_window) {
        return Err(Rejection::TooFarAhead.into());
    }
    if consumed.contains(id) || overlay.base().was_consumed(id)? {
        return Err(Rejection::Replayed.into());
    }
    Ok(())
}

/// Commits to the block's ids, and forgets those that left the window.
pub(crate) fn end_block(
    overlay: &mut Overlay<'_>,
    context: &Context<'_>,
    consumed: &BTreeSet<TransactionId>,
) -> Result<(), Stop> {
    let kept_key = state_key::consumed(Height::new(0));
    let mut kept: KeptHeights = overlay.find_or_default(&kept_key)?;
    let oldest = context.height.value().saturating_sub(context.parameters.validity_window);
    let left = kept.0.partition_point(|height| *height < oldest);
    for height in kept.0.drain(..left) {
        overlay.delete(state_key::consumed(Height::new(height)));
    }
    if !consumed.is_empty() {
        let bytes: Vec<u8> = consumed.iter().flat_map(|id| *id.as_bytes()).collect();
        let digest = ConsumedIds(Hash::labelled(Label::ConsumedIds, &bytes));
        overlay.put(state_key::consumed(context.height), &digest);
        kept.0.push(context.height.value());
    }
    if left > 0 || !consumed.is_empty() {
        overlay.put(kept_key, &kept);
    }
    Ok(())
}
