//! Sealing: real Tendermint headers and commits (CometBFT v0.38, block protocol 11), signed by local keys.

use crate::chain::ChainError;
use citizen_ledger::inclusion::{data_hash, results_hash};
use citizen_ledger::{Genesis, LightBlock, Outcome};
use citizen_merkle::{MemoryTree, leaf_hash};
use citizen_primitives::{Hash, Height};
use ed25519_consensus::SigningKey;
use prost::Message as _;
use tendermint::block::header::Version;
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{Commit, CommitSig, Header, Id, Round, parts};
use tendermint::validator::{Info, Set};
use tendermint::{AppHash, PublicKey, Signature, Time, chain, vote};
use tendermint_proto::v0_38::types as proto;
use tendermint_proto::v0_38::types::HashedParams;

/// The size of a block's parts, as Tendermint gossips them.
const PART: usize = 65_536;
/// The most bytes of a block.
pub(crate) const BLOCK_BYTES: usize = 4 * 1024 * 1024;

/// A validator's signing key, held by this process. `Debug` shows nothing of it.
pub struct ValidatorKey(SigningKey);

impl ValidatorKey {
    /// The key of a seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from(seed))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verification_key().to_bytes()
    }
}

impl std::fmt::Debug for ValidatorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ValidatorKey(hidden)")
    }
}

/// What a header is made of.
pub(crate) struct Draft<'a> {
    pub(crate) height: Height,
    pub(crate) time: Time,
    pub(crate) app_hash: Hash,
    pub(crate) transactions: &'a [Vec<u8>],
    /// How the block before ended.
    pub(crate) last_codes: &'a [u32],
    pub(crate) last: Option<&'a Sealed>,
}

/// A header with its commit: what the next one builds on.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) signed_header: SignedHeader,
    pub(crate) hash: Hash,
    pub(crate) parts: (u32, Hash),
}

/// Seals headers with the keys of all validators. Each key signs one header per height that anyone ever sees: a header
/// becomes visible only with the durable commit of its block (CHAIN-2).
pub(crate) struct Sealer {
    chain_id: chain::Id,
    set: Set,
    /// In the order of the set.
    keys: Vec<ValidatorKey>,
}

impl Sealer {
    /// Takes the keys of the genesis' validators, all of them, in any order.
    pub(crate) fn new(genesis: &Genesis, mut keys: Vec<ValidatorKey>) -> Result<Self, ChainError> {
        let chain_id = genesis.chain_id.as_str().parse().map_err(out_of_range)?;
        let set = validator_set(genesis)?;
        let place = |key: &ValidatorKey| {
            set.validators().iter().position(|info| info.pub_key.to_bytes() == key.public())
        };
        if keys.len() != set.validators().len() || keys.iter().any(|key| place(key).is_none()) {
            return Err(ChainError::AnotherSet);
        }
        keys.sort_by_key(place);
        Ok(Self { chain_id, set, keys })
    }

    /// Builds a header and lets every key sign it.
    pub(crate) fn seal(&self, draft: &Draft<'_>) -> Result<Sealed, ChainError> {
        let header = self.header(draft)?;
        let hash = tendermint_hash(header.hash())?;
        let parts = part_set(&header, draft)?;
        let id = block_id(hash, parts)?;
        let signatures = self.set.validators().iter().zip(&self.keys).enumerate();
        let signatures = signatures.map(|(index, (info, key))| self.sign(&header, id, index, (info, key)));
        let commit = Commit {
            height: header.height,
            round: Round::from(0u16),
            block_id: id,
            signatures: signatures.collect::<Result<_, ChainError>>()?,
        };
        let signed_header = SignedHeader::new(header, commit).map_err(out_of_range)?;
        Ok(Sealed { signed_header, hash, parts })
    }

    /// The bytes that are served.
    pub(crate) fn light_block(&self, sealed: &Sealed) -> Result<Vec<u8>, ChainError> {
        let block = LightBlock::new(sealed.signed_header.clone(), &self.set).map_err(out_of_range)?;
        Ok(block.to_bytes())
    }

    fn header(&self, draft: &Draft<'_>) -> Result<Header, ChainError> {
        let last_block_id = draft.last.map(|last| block_id(last.hash, last.parts)).transpose()?;
        let proposer = self.set.validators().first().ok_or(ChainError::AnotherSet)?;
        let results: Vec<Outcome> = draft.last_codes.iter().map(|code| Outcome::of_code(*code)).collect();
        let empty = Some(sha256(Hash::plain(&[])));
        Ok(Header {
            version: Version { block: 11, app: 1 },
            chain_id: self.chain_id.clone(),
            height: draft.height.value().try_into().map_err(out_of_range)?,
            time: draft.time,
            last_block_id,
            last_commit_hash: Some(sha256(commit_hash(draft.last))),
            data_hash: Some(sha256(data_hash(draft.transactions.iter().map(Vec::as_slice)))),
            validators_hash: self.set.hash(),
            next_validators_hash: self.set.hash(),
            consensus_hash: sha256(consensus_hash()),
            app_hash: AppHash::try_from(draft.app_hash.as_bytes().to_vec()).map_err(out_of_range)?,
            last_results_hash: Some(sha256(results_hash(&results))),
            evidence_hash: empty,
            proposer_address: proposer.address,
        })
    }

    fn sign(
        &self,
        header: &Header,
        id: Id,
        index: usize,
        (info, key): (&Info, &ValidatorKey),
    ) -> Result<CommitSig, ChainError> {
        let precommit = vote::Vote {
            vote_type: vote::Type::Precommit,
            height: header.height,
            round: Round::from(0u16),
            block_id: Some(id),
            timestamp: Some(header.time),
            validator_address: info.address,
            validator_index: index.try_into().map_err(out_of_range)?,
            signature: None,
            extension: Vec::new(),
            extension_signature: None,
        };
        let bytes = precommit.into_signable_vec(self.chain_id.clone());
        let signature =
            Signature::try_from(key.0.sign(&bytes).to_bytes().as_slice()).map_err(out_of_range)?;
        Ok(CommitSig::BlockIdFlagCommit {
            validator_address: info.address,
            timestamp: header.time,
            signature: Some(signature),
        })
    }
}

impl Sealed {
    /// Reads back what was stored.
    pub(crate) fn restore(light_block: &[u8], parts: (u32, Hash)) -> Result<Self, ChainError> {
        let message = proto::LightBlock::decode(light_block).map_err(out_of_range)?;
        let header = message.signed_header.ok_or_else(|| ChainError::Seal("no header".to_owned()))?;
        let signed_header = SignedHeader::try_from(header).map_err(out_of_range)?;
        let hash = tendermint_hash(signed_header.header().hash())?;
        Ok(Self { signed_header, hash, parts })
    }
}

fn validator_set(genesis: &Genesis) -> Result<Set, ChainError> {
    let infos = genesis.validators.iter().map(|validator| {
        let key = PublicKey::from_raw_ed25519(&validator.key).ok_or(ChainError::AnotherSet)?;
        let power = vote::Power::try_from(validator.power).map_err(out_of_range)?;
        Ok(Info::new(key, power))
    });
    Ok(Set::new(infos.collect::<Result<_, ChainError>>()?, None))
}

/// The hash of the validators who sign the first header.
pub(crate) fn genesis_validators(genesis: &Genesis) -> Result<Hash, ChainError> {
    tendermint_hash(validator_set(genesis)?.hash())
}

/// The Merkle root of the parts of the block's protobuf form, as CometBFT's `PartSet`.
fn part_set(header: &Header, draft: &Draft<'_>) -> Result<(u32, Hash), ChainError> {
    let last_commit = draft.last.map(|last| last.signed_header.commit().clone().into());
    let block = proto::Block {
        header: Some(header.clone().into()),
        data: Some(proto::Data { txs: draft.transactions.to_vec() }),
        evidence: Some(proto::EvidenceList { evidence: Vec::new() }),
        last_commit,
    };
    let bytes = block.encode_to_vec();
    let parts: Vec<Hash> = bytes.chunks(PART).map(leaf_hash).collect();
    let total = u32::try_from(parts.len()).map_err(out_of_range)?;
    Ok((total, MemoryTree::of(parts).root()))
}

/// `last_commit_hash`: the Merkle root of the last commit's signatures.
fn commit_hash(last: Option<&Sealed>) -> Hash {
    let signatures = last.map(|last| proto::Commit::from(last.signed_header.commit().clone()).signatures);
    let leaves = signatures.unwrap_or_default();
    MemoryTree::of(leaves.iter().map(|signature| leaf_hash(&signature.encode_to_vec()))).root()
}

/// `consensus_hash`: the digest of the block limits.
fn consensus_hash() -> Hash {
    let most = i64::try_from(BLOCK_BYTES).unwrap_or(i64::MAX);
    let parameters = HashedParams { block_max_bytes: most, block_max_gas: -1 };
    Hash::plain(&[&parameters.encode_to_vec()])
}

fn block_id(hash: Hash, (total, parts): (u32, Hash)) -> Result<Id, ChainError> {
    let part_set_header = parts::Header::new(total, sha256(parts)).map_err(out_of_range)?;
    Ok(Id { hash: sha256(hash), part_set_header })
}

const fn sha256(hash: Hash) -> tendermint::Hash {
    tendermint::Hash::Sha256(*hash.as_bytes())
}

fn tendermint_hash(hash: tendermint::Hash) -> Result<Hash, ChainError> {
    let bytes = <[u8; 32]>::try_from(hash.as_bytes()).map_err(out_of_range)?;
    Ok(Hash::from_bytes(bytes))
}

fn out_of_range(error: impl std::fmt::Display) -> ChainError {
    ChainError::Seal(error.to_string())
}
