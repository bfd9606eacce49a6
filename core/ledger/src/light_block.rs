//! Tendermint's signed headers with their validators: protobuf `tendermint.types.LightBlock` of CometBFT v0.38.

use crate::crypto::{Sha256, validator};
use citizen_primitives::{ChainId, Hash, Height, UnixTime};
use prost::Message as _;
use tendermint::block::Header;
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator::Set;
use tendermint::{PublicKey, vote};
use tendermint_proto::v0_38::types as proto;

/// The most bytes of a light block; one with 100 validators has about 20,000.
pub const LONGEST: usize = 64 * 1024;
/// The most validators of a set.
pub const MOST_VALIDATORS: usize = 150;

/// A header, the signatures over it and the validators whose signatures they are said to be. Unverified: see
/// [`crate::LightClient::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LightBlock {
    signed_header: SignedHeader,
    validators: Set,
    facts: HeaderFacts,
}

/// What the project reads of a header, in its own types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderFacts {
    pub(crate) chain_id: ChainId,
    pub(crate) height: Height,
    pub(crate) time: UnixTime,
    pub(crate) hash: Hash,
    pub(crate) app_hash: Hash,
    pub(crate) validators_hash: Hash,
    pub(crate) next_validators_hash: Hash,
    pub(crate) data_hash: Option<Hash>,
    pub(crate) results_hash: Option<Hash>,
}

/// Why bytes are no light block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LightBlockError {
    /// More than [`LONGEST`] bytes or [`MOST_VALIDATORS`] validators.
    #[error("light block too large")]
    TooLarge,
    /// Not the protobuf message, or a part of it is missing or out of range.
    #[error("not a light block")]
    Malformed,
    /// Something else is written in a way that is not the one this project reads (LEDGER-5).
    #[error("not the canonical form of a light block")]
    NotCanonical,
}

impl LightBlock {
    /// Puts a light block together: validators keep their keys and powers alone, everything else about them is computed.
    pub fn new(signed_header: SignedHeader, validators: &Set) -> Result<Self, LightBlockError> {
        let keys = validators.validators().iter().map(|info| (info.pub_key, info.power));
        let validators = validator_set(keys)?;
        let facts = HeaderFacts::of(signed_header.header())?;
        Ok(Self { signed_header, validators, facts })
    }

    /// Reads the protobuf message, in the one form that [`Self::to_bytes`] writes (LEDGER-5).
    pub fn decode(bytes: &[u8]) -> Result<Self, LightBlockError> {
        if bytes.len() > LONGEST {
            return Err(LightBlockError::TooLarge);
        }
        let message = proto::LightBlock::decode(bytes).map_err(|_| LightBlockError::Malformed)?;
        let (Some(header), Some(set)) = (message.signed_header, message.validator_set) else {
            return Err(LightBlockError::Malformed);
        };
        let signed_header = SignedHeader::try_from(header).map_err(|_| LightBlockError::Malformed)?;
        let keys = set.validators.into_iter().map(read_validator).collect::<Result<Vec<_>, _>>()?;
        let facts = HeaderFacts::of(signed_header.header())?;
        let block = Self { signed_header, validators: validator_set(keys.into_iter())?, facts };
        if block.to_bytes() == bytes { Ok(block) } else { Err(LightBlockError::NotCanonical) }
    }

    /// The protobuf message: addresses computed, proposer and priorities left out.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let message = proto::LightBlock {
            signed_header: Some(self.signed_header.clone().into()),
            validator_set: Some(self.validators.clone().into()),
        };
        message.encode_to_vec()
    }

    /// The ledger's name.
    #[must_use]
    pub const fn chain_id(&self) -> &ChainId {
        &self.facts.chain_id
    }

    /// The height.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.facts.height
    }

    /// The block's time, whole seconds.
    #[must_use]
    pub const fn time(&self) -> UnixTime {
        self.facts.time
    }

    /// The header's hash.
    #[must_use]
    pub const fn header_hash(&self) -> Hash {
        self.facts.hash
    }

    /// The root of the state after the block before this one.
    #[must_use]
    pub const fn app_hash(&self) -> Hash {
        self.facts.app_hash
    }

    /// The hash of the set that signs this header.
    #[must_use]
    pub const fn validators_hash(&self) -> Hash {
        self.facts.validators_hash
    }

    /// The hash of the set that signs the next header.
    #[must_use]
    pub const fn next_validators_hash(&self) -> Hash {
        self.facts.next_validators_hash
    }

    /// The header with its signatures, in Tendermint's types.
    #[must_use]
    pub const fn signed_header(&self) -> &SignedHeader {
        &self.signed_header
    }

    /// The validators, in Tendermint's types.
    #[must_use]
    pub const fn validators(&self) -> &Set {
        &self.validators
    }

    pub(crate) const fn facts(&self) -> &HeaderFacts {
        &self.facts
    }
}

impl HeaderFacts {
    fn of(header: &Header) -> Result<Self, LightBlockError> {
        let malformed = LightBlockError::Malformed;
        let chain_id = ChainId::new(header.chain_id.as_str()).map_err(|_| malformed)?;
        let time = u64::try_from(header.time.unix_timestamp()).map_err(|_| malformed)?;
        let app_hash = <[u8; 32]>::try_from(header.app_hash.as_bytes()).map_err(|_| malformed)?;
        Ok(Self {
            chain_id,
            height: Height::new(header.height.value()),
            time: UnixTime::from_seconds(time),
            hash: hash(header.hash_with::<Sha256>()).ok_or(malformed)?,
            app_hash: Hash::from_bytes(app_hash),
            validators_hash: hash(header.validators_hash).ok_or(malformed)?,
            next_validators_hash: hash(header.next_validators_hash).ok_or(malformed)?,
            data_hash: header.data_hash.and_then(hash),
            results_hash: header.last_results_hash.and_then(hash),
        })
    }
}

fn hash(hash: tendermint::Hash) -> Option<Hash> {
    match hash {
        tendermint::Hash::Sha256(bytes) => Some(Hash::from_bytes(bytes)),
        tendermint::Hash::None => None,
    }
}

/// Key and power; the address in the message is believed as little as everything else the set's hash does not cover.
fn read_validator(validator: proto::Validator) -> Result<(PublicKey, vote::Power), LightBlockError> {
    let key = validator.pub_key.and_then(|key| PublicKey::try_from(key).ok());
    let power = vote::Power::try_from(validator.voting_power).ok();
    key.zip(power).ok_or(LightBlockError::Malformed)
}

/// A set with computed addresses, in the order of Tendermint, Ed25519 alone (cometbft#3195).
fn validator_set(keys: impl Iterator<Item = (PublicKey, vote::Power)>) -> Result<Set, LightBlockError> {
    let mut infos = Vec::new();
    let mut total = 0u64;
    for (key, power) in keys {
        total = total.saturating_add(power.value());
        if infos.len() == MOST_VALIDATORS || total > Set::MAX_TOTAL_VOTING_POWER {
            return Err(LightBlockError::TooLarge);
        }
        if power.value() == 0 {
            return Err(LightBlockError::Malformed);
        }
        infos.push(validator(key, power).ok_or(LightBlockError::Malformed)?);
    }
    if infos.is_empty() { Err(LightBlockError::Malformed) } else { Ok(Set::without_proposer(infos)) }
}
