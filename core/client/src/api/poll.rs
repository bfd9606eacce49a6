//! The messages of polls: registrations, ballots, receipts, rewards.

use super::Bytes;
use serde::{Deserialize, Serialize};

messages! {
    /// `POST /v1/registrars/{key}/registrations`, `…/card-registrations`: the same request again has the same answer.
    RegistrationRequest {
        /// A `Signed<DeviceRequest>`, or a `CardRegistration` under nobody's name, sealed to the registrar's X25519 key so that the gateway cannot read it.
        sealed: Bytes,
    }
    /// The registrar's word, for the phone alone.
    RegistrationAnswer {
        /// A `Signed<RegistrarWord>`, sealed to the key that the request gave.
        sealed: Bytes,
    }
    /// `POST /v1/registrars/{key}/keys`, `POST /v1/treasury/rewards/keys`: the election office asks for the blind-signature keys of a
    /// poll that it prepares.
    BlindKeysRequest {
        /// A `Signed<BlindKeysOrder>`.
        request: Bytes,
    }
    /// The keys made so far.
    BlindKeysAnswer {
        /// A `Signed<BlindKeysWord>`.
        answer: Bytes,
    }
    /// `POST /v1/relays/{key}/ballots`. Nothing in it names an account.
    BallotRequest {
        /// A `BoardEntry`: a ballot that is cast, or one that is opened.
        entry: Bytes,
    }
    /// The relay has the ballot on its disk and will bring it to the board.
    BallotAnswer {
        /// A `Signed<RelayPromise>`.
        promise: Bytes,
    }
    /// `POST /v1/relays/{key}/receipts`: where a ballot stands on the board. The relay is asked, because it knows already which address
    /// holds which voting key.
    ReceiptRequest {
        /// The poll, in hexadecimal.
        poll: String,
        /// The electorate, by its place in the manifest.
        electorate: u8,
        /// The voting key: 32 bytes.
        voting_key: Bytes,
        /// The ballot's fingerprint: 32 bytes.
        fingerprint: Bytes,
    }
    /// `POST /v1/treasury/rewards`: sign blindly for a ballot that stands on the board. Nothing in it names an account.
    RewardSigningRequest {
        /// A `Signed<RewardRequest>`, by the voting key.
        request: Bytes,
    }
    /// What it is worth, the wallet finds out with its secret.
    RewardSigningAnswer {
        /// A `BlindSignature`.
        signature: Bytes,
    }
    /// A party of polls, as a gateway names it: trusted for nothing. The manifest names the keys, the registry proves them.
    PartyAddress {
        /// Its key, in hexadecimal.
        key: String,
        /// Where it listens; nothing if it is behind the gateway that names it.
        #[serde(default)]
        base: Option<String>,
    }
}

/// The answer to `POST /v1/relays/{key}/receipts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum ReceiptAnswer {
    /// The relay has not seen it on the board yet. This decides nothing.
    NotYet,
    /// It stands there.
    Stands {
        /// A `Receipt`.
        receipt: Bytes,
        /// The header under which the board is proved.
        light_block: Bytes,
        /// A `ProvenState` with the board's frontier.
        state: Bytes,
    },
}
