//! The tree of all header hashes: an old header is provable from any newer state (core/docs/decisions.md, 7).

use super::Context;
use crate::outcome::HeaderNews;
use crate::overlay::{Overlay, Stop};
use citizen_ledger::history::leaf;
use citizen_ledger::state_key;
use citizen_merkle::Frontier;
use citizen_primitives::Hash;

/// A block that wrote something appends the hashes that waited, and its own; one that wrote nothing lets its own wait
/// (STATE-4).
pub(crate) fn end_block(overlay: &mut Overlay<'_>, context: &Context, own: Hash) -> Result<HeaderNews, Stop> {
    if overlay.is_empty() {
        return Ok(HeaderNews::Waiting);
    }
    let mut headers = overlay.base().pending_headers()?;
    headers.push(own);
    let mut frontier: Frontier = overlay.find_or_default(&state_key::header_history())?;
    for hash in &headers {
        frontier.append(leaf(hash));
    }
    // One leaf per block since the first, or no old header would be provable again.
    if frontier.count() != context.height.value() {
        return Err(Stop::Record);
    }
    overlay.put(state_key::header_history(), &frontier);
    Ok(HeaderNews::Appended(headers))
}
