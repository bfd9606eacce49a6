//! Following a public log: read in order, and believed when the frontier over all that was read is the one that the state proves
//! (SERVICE-3).

use crate::error::ServiceError;
use crate::party::Party;
use citizen_client::Proven;
use citizen_ledger::StateKey;
use citizen_merkle::{Frontier, Node, leaf_hash};
use citizen_primitives::Place;

/// A leaf with what it is the digest of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) index: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) content: Vec<u8>,
}

/// What a log has gained. Contents are not proved here: their leaves hold the digests.
#[derive(Debug)]
pub(crate) struct Gained {
    pub(crate) leaves: Vec<Leaf>,
    /// Subtrees that the leaves complete.
    pub(crate) nodes: Vec<Node>,
    /// The log's frontier after them.
    pub(crate) frontier: Frontier,
}

/// Reads what a log has gained since `seen`, up to where it is proved.
pub(crate) async fn follow(
    party: &Party,
    place: Place,
    log: &StateKey,
    seen: &Frontier,
    proven: &Proven,
) -> Result<Gained, ServiceError> {
    let proved: Frontier = proven.get(log)?.into_parts().0.unwrap_or_default();
    let (mut frontier, mut leaves, mut nodes) = (seen.clone(), Vec::new(), Vec::new());
    while frontier.count() < proved.count() {
        let page = party.ledger().log_leaves(place, log, frontier.count()).await?;
        if page.is_empty() {
            break;
        }
        for leaf in page {
            if frontier.count() == proved.count() {
                break;
            }
            let index = frontier.count();
            nodes.extend(frontier.append(leaf_hash(&leaf.leaf)));
            leaves.push(Leaf { index, bytes: leaf.leaf, content: leaf.content });
        }
    }
    if frontier != proved {
        tracing::warn!("a log whose leaves are not the proved ones");
        return Err(ServiceError::Unavailable);
    }
    Ok(Gained { leaves, nodes, frontier })
}
