//! Receipts: made out of the board as it was read, so that nobody else is asked for a ballot.

use super::Relay;
use super::record::{NODES, NodeHash, READ, SHOWN, STANDING, Shown, Stands, node_key, standing_key};
use crate::db::{DbError, Reader, Rows as _};
use crate::error::ServiceError;
use citizen_client::api::{Bytes, ReceiptAnswer, ReceiptRequest};
use citizen_merkle::{Frontier, InclusionProof, NodePosition, NodeReader};
use citizen_primitives::{Hash, PollId};
use citizen_voting::ballot::Fingerprint;
use citizen_voting::board::{BoardHead, LogHead};
use citizen_voting::identifier::{ElectorateIndex, VotingKey};
use citizen_voting::receipt::Receipt;

impl Relay {
    /// Where a ballot that was cast stands, as far as the board was read, whoever brought it (RELAY-7).
    pub fn receipt(&self, request: ReceiptRequest) -> Result<ReceiptAnswer, ServiceError> {
        let poll = PollId::from_hex(&request.poll).map_err(|_| ServiceError::Malformed)?;
        let bytes = |bytes: &Bytes| -> Result<[u8; 32], ServiceError> {
            let bytes = bytes.decode().map_err(|_| ServiceError::Malformed)?;
            bytes.try_into().map_err(|_| ServiceError::Malformed)
        };
        let voting_key = VotingKey::from_bytes(bytes(&request.voting_key)?);
        let fingerprint = Fingerprint::from_hash(Hash::from_bytes(bytes(&request.fingerprint)?));
        let electorate = ElectorateIndex::new(request.electorate);
        let key = standing_key(poll, electorate, &voting_key, &fingerprint);
        self.party.db().read(|rows| {
            let stands: Option<Stands> = rows.find(STANDING, &key)?;
            let shown: Option<Shown> = rows.find(SHOWN, poll.as_bytes())?;
            let board: Option<Frontier> = rows.find(READ, poll.as_bytes())?;
            let Some(((stands, shown), board)) = stands.zip(shown).zip(board) else {
                return Ok(ReceiptAnswer::NotYet);
            };
            let proof = InclusionProof::prove(&Nodes { rows, poll }, stands.index, board.count());
            let proof = proof.map_err(|_| ServiceError::Unavailable)?;
            let head = BoardHead { poll, log: LogHead::of(&board) };
            Ok(ReceiptAnswer::Stands {
                receipt: Bytes::of(&Receipt { leaf: stands.leaf, proof, head }),
                light_block: Bytes::new(&shown.light_block),
                state: Bytes::of(&shown.state),
            })
        })
    }
}

/// The board's tree, as it is kept.
struct Nodes<'a> {
    rows: &'a Reader,
    poll: PollId,
}

impl NodeReader for Nodes<'_> {
    type Error = DbError;

    fn node(&self, position: NodePosition) -> Result<Option<Hash>, DbError> {
        let found: Option<NodeHash> = self.rows.find(NODES, &node_key(self.poll, position))?;
        Ok(found.map(|NodeHash(hash)| hash))
    }
}
