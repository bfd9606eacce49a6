//! The blind-signature keys that the election office needs before it can announce a poll: each party makes its own, for one poll.

use crate::api::{BlindKeysAnswer, BlindKeysRequest, Bytes};
use crate::exchange::Exchange;
use crate::word::WordError;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{Document, Signed};
use citizen_ledger::{AttestedError, RoleRecord, Verified};
use citizen_primitives::{KeyId, Label, Place, UnixTime};
use citizen_voting::blind::BlindKey;

/// The election office: "make keys for a poll that I prepare."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlindKeysOrder {
    /// The party it is for.
    pub to: KeyId,
    /// Random: what the office calls the poll before it has a name. The same draft has the same keys.
    pub draft: [u8; 32],
    /// How many: one for each electorate; of the treasury one.
    pub count: u8,
    /// When it was signed; a party refuses one that is older than a few minutes.
    pub time: UnixTime,
}

/// A party: "these are my keys for that draft."
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlindKeysWord {
    /// The draft.
    pub draft: [u8; 32],
    /// How many there will be.
    pub count: u8,
    /// Those that are made, in the order of the electorates. Until all are there, ask again.
    pub keys: Vec<BlindKey>,
}

citizen_primitives::canonical!(BlindKeysOrder = 1, BlindKeysWord = 1);

impl Document for BlindKeysOrder {
    const LABEL: Label = Label::BlindKeysRequest;
}

impl Document for BlindKeysWord {
    const LABEL: Label = Label::BlindKeysWord;
}

/// Asks for keys; nothing while they are being made.
pub(crate) async fn ask(
    exchange: &Exchange,
    place: Place,
    path: &str,
    party: &Verified<RoleRecord>,
    order: &Signed<BlindKeysOrder>,
) -> Result<Option<Vec<BlindKey>>, WordError> {
    let asked = order.dangerous_unverified().map_err(|_| WordError::AboutSomethingElse)?;
    let request = BlindKeysRequest { request: Bytes::of(order) };
    let answer: BlindKeysAnswer = exchange.post(place, path, &request).await?;
    let signed: Signed<BlindKeysWord> = answer.answer.read()?;
    let word = signed.verify(&party.value().key).map_err(AttestedError::from)?;
    if word.draft != asked.draft || word.count != asked.count {
        return Err(WordError::AboutSomethingElse);
    }
    Ok((word.keys.len() == usize::from(word.count)).then_some(word.keys))
}
