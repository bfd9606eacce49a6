//! A relay's client: ballots go out without a name, and receipts come back the same way.
//!
//! Give it a transport of its own: a connection that carried an account's request links the account to the ballot.

use crate::api::{BallotAnswer, BallotRequest, Bytes, MalformedBytes, ReceiptAnswer, ReceiptRequest};
use crate::exchange::{CallError, Exchange};
use crate::ledger::{LedgerClient, LedgerError, Proven};
use citizen_keys::Signed;
use citizen_ledger::state_key;
use citizen_merkle::Frontier;
use citizen_primitives::{KeyId, Place};
use citizen_voting::board::{BallotLeaf, BoardEntry, BoardHead, LogHead};
use citizen_voting::manifest::Poll;
use citizen_voting::receipt::{Receipt, ReceiptError};
use citizen_voting::relay::{PromiseError, RelayPromise, check_promise};

/// Why a relay was of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// No answer, or a refusal. A ballot whose promise did not come may have arrived: the same bytes go to another relay.
    #[error(transparent)]
    Call(#[from] CallError),
    /// What it promises is worth nothing.
    #[error("the promise is worth nothing")]
    Promise(#[from] PromiseError),
    /// The ledger does not prove the board that it shows.
    #[error("the board is not proved")]
    Board(#[from] LedgerError),
    /// The receipt is none.
    #[error("not a receipt of this ballot")]
    Receipt(#[from] ReceiptError),
    /// An entry that no relay carries.
    #[error("not a ballot")]
    NotABallot,
}

impl From<MalformedBytes> for RelayError {
    fn from(_: MalformedBytes) -> Self {
        CallError::Malformed.into()
    }
}

/// A relay's word, checked, and as it was signed: to be shown if it is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    /// As it was signed.
    pub signed: Signed<RelayPromise>,
    /// What it says.
    pub promise: RelayPromise,
}

/// A ballot stands on the board.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What the citizen keeps.
    pub receipt: Receipt,
    /// By what the board's head in it is proved.
    pub proven: Proven,
}

/// Asks one relay.
#[derive(Debug, Clone)]
pub struct RelayClient {
    exchange: Exchange,
    key: KeyId,
}

impl RelayClient {
    /// Asks the relay with this key of a manifest.
    #[must_use]
    pub const fn new(exchange: Exchange, key: KeyId) -> Self {
        Self { exchange, key }
    }

    /// The relay's key.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// Hands a ballot over, cast or opened. `slot` is the one in which the wallet is: a promise for a later one than the next, or by
    /// another than this relay, is worth nothing.
    pub async fn hand_over(
        &self,
        place: Place,
        poll: &Poll,
        slot: u32,
        entry: &BoardEntry,
    ) -> Result<Promised, RelayError> {
        let leaf = entry.leaf().ballot().copied().ok_or(RelayError::NotABallot)?;
        let path = format!("v1/relays/{}/ballots", self.key);
        let answer: BallotAnswer =
            self.exchange.post(place, &path, &BallotRequest { entry: Bytes::of(entry) }).await?;
        let signed: Signed<RelayPromise> = answer.promise.read()?;
        if signed.key() != self.key {
            return Err(PromiseError::NotARelay.into());
        }
        let promise = check_promise(poll, &leaf, slot, &signed)?;
        Ok(Promised { signed, promise })
    }

    /// Asks for the receipt of a ballot that was cast; nothing while the relay does not see it on the board. What it answers is proved
    /// under a header that `ledger` verifies. An older header is looked up in the history; that question names no ballot.
    pub async fn receipt(
        &self,
        place: Place,
        ledger: &LedgerClient,
        poll: &Poll,
        ballot: &BallotLeaf,
    ) -> Result<Option<Standing>, RelayError> {
        let request = ReceiptRequest {
            poll: poll.id().to_hex(),
            electorate: ballot.electorate.number(),
            voting_key: Bytes::new(ballot.voting_key.as_bytes()),
            fingerprint: Bytes::new(ballot.fingerprint.as_bytes()),
        };
        let path = format!("v1/relays/{}/receipts", self.key);
        let (receipt, light_block, state) = match self.exchange.post(place, &path, &request).await? {
            ReceiptAnswer::NotYet => return Ok(None),
            ReceiptAnswer::Stands { receipt, light_block, state } => (receipt, light_block, state),
        };
        let receipt: Receipt = receipt.read()?;
        let proven = ledger.check(place, &light_block, &state).await?;
        let board = state_key::board(&poll.id());
        let frontier = proven.get::<Frontier>(&board)?.present().ok_or(ReceiptError::AnotherBoard)?;
        let head = BoardHead { poll: poll.id(), log: LogHead::of(frontier.value()) };
        receipt.verify(&head, &ballot.voting_key, &ballot.fingerprint)?;
        Ok(Some(Standing { receipt, proven }))
    }
}
