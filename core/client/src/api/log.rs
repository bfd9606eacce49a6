//! The messages of public logs. `{log}` in an address is the log's state key in base64url.

use super::Bytes;
use serde::{Deserialize, Serialize};

messages! {
    /// `GET /v1/ledger/logs/{log}/leaves?from=N`: leaves from index N on, as many as fit into one answer.
    LogLeavesAnswer {
        /// The leaves, in order.
        leaves: Vec<LogLeafMessage>,
    }
    /// A leaf of a public log.
    LogLeafMessage {
        /// The leaf.
        leaf: Bytes,
        /// What it holds the digest of: the entry of a board, say. Empty where the leaf says everything.
        content: Bytes,
    }
    /// `GET /v1/ledger/logs/{log}/leaves/{index}/proof`: that a leaf stands at its place, under the newest header.
    LogProofAnswer {
        /// The header.
        light_block: Bytes,
        /// The leaf.
        leaf: LogLeafMessage,
        /// A `LogProof`.
        proof: Bytes,
    }
    /// `GET /v1/ledger/logs/{log}/growth?from=N`: that the log began with its first N leaves, under the newest header.
    LogGrowthAnswer {
        /// The header.
        light_block: Bytes,
        /// A `LogGrowth`.
        growth: Bytes,
    }
    /// `GET /v1/ledger/logs/{log}/marks/{mark}`: where the last leaf with this mark stands. A hint: the leaf is proved at its place.
    LogMarkAnswer {
        /// Its index.
        index: u64,
    }
}
