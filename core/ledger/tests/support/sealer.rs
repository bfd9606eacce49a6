//! Seals headers with local validator keys, as Tendermint does; and badly, where a test asks for it.

use super::chain_id;
use citizen_ledger::LightBlock;
use citizen_primitives::{ChainId, Hash, UnixTime};
use ed25519_consensus::SigningKey;
use tendermint::block::header::Version;
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{self, Commit, CommitSig, Header, Height, Round};
use tendermint::validator::{Info, Set};
use tendermint::vote::{Power, Type, ValidatorIndex, Vote};
use tendermint::{AppHash, PublicKey, Signature, Time};

/// Validators with their keys, in the order of the set.
#[derive(Clone)]
pub struct Validators {
    keys: Vec<SigningKey>,
    set: Set,
}

impl Validators {
    /// So many validators of equal power, from fixed seeds.
    pub fn new(seeds: std::ops::Range<u8>) -> Self {
        let keys: Vec<_> = seeds.map(|seed| SigningKey::from([seed; 32])).collect();
        let infos = keys
            .iter()
            .map(|key| Info::new(PublicKey::from(key.verification_key()), Power::try_from(10u64).unwrap()));
        let set = Set::without_proposer(infos.collect());
        let of = |info: &Info| {
            let own = |key: &&SigningKey| PublicKey::from(key.verification_key()) == info.pub_key;
            keys.iter().find(own).unwrap().clone()
        };
        let keys = set.validators().iter().map(of).collect();
        Self { keys, set }
    }

    pub fn set(&self) -> &Set {
        &self.set
    }

    pub fn hash(&self) -> Hash {
        hash(self.set.hash())
    }
}

/// What a header says.
#[derive(Clone)]
pub struct Content {
    pub chain_id: ChainId,
    pub height: u64,
    pub time: UnixTime,
    pub app_hash: Hash,
    pub data_hash: Hash,
    pub results_hash: Hash,
    pub next_validators_hash: Hash,
    pub last: Option<block::Id>,
}

impl Content {
    /// A header in the middle of nowhere.
    pub fn at(height: u64, time: UnixTime, next: &Validators) -> Self {
        Self {
            chain_id: chain_id(),
            height,
            time,
            app_hash: Hash::plain(&[b"app"]),
            data_hash: Hash::plain(&[]),
            results_hash: Hash::plain(&[]),
            next_validators_hash: next.hash(),
            last: None,
        }
    }
}

/// Seals a header; `signs` says which validators sign.
pub fn seal(content: &Content, by: &Validators, signs: impl Fn(usize) -> bool) -> LightBlock {
    LightBlock::new(signed_header(content, by, signs), &by.set).unwrap()
}

/// The header with its commit, in Tendermint's types.
pub fn signed_header(content: &Content, by: &Validators, signs: impl Fn(usize) -> bool) -> SignedHeader {
    let header = header(content, &by.set);
    let block_id = block_id(&header);
    let signatures = (0..by.keys.len())
        .map(|index| {
            if signs(index) { signature(&header, block_id, by, index) } else { CommitSig::BlockIdFlagAbsent }
        })
        .collect();
    let commit = Commit { height: header.height, round: Round::from(0u16), block_id, signatures };
    SignedHeader::new(header, commit).unwrap()
}

/// The identifier of a block by its header; the parts' hash is of no meaning here.
pub fn block_id(header: &Header) -> block::Id {
    let hash = header.hash();
    block::Id { hash, part_set_header: block::parts::Header::new(1, hash).unwrap() }
}

fn header(content: &Content, set: &Set) -> Header {
    let seconds = i64::try_from(content.time.seconds()).unwrap();
    Header {
        version: Version { block: 11, app: 1 },
        chain_id: content.chain_id.as_str().parse().unwrap(),
        height: Height::try_from(content.height).unwrap(),
        time: Time::from_unix_timestamp(seconds, 0).unwrap(),
        last_block_id: content.last,
        last_commit_hash: Some(of_hash(Hash::plain(&[]))),
        data_hash: Some(of_hash(content.data_hash)),
        validators_hash: set.hash(),
        next_validators_hash: of_hash(content.next_validators_hash),
        consensus_hash: of_hash(Hash::plain(&[])),
        app_hash: AppHash::try_from(content.app_hash.as_bytes().to_vec()).unwrap(),
        last_results_hash: Some(of_hash(content.results_hash)),
        evidence_hash: Some(of_hash(Hash::plain(&[]))),
        proposer_address: set.validators()[0].address,
    }
}

fn signature(header: &Header, block_id: block::Id, by: &Validators, index: usize) -> CommitSig {
    let signature = sign(header, vote(header, Some(block_id), by, index), by, index);
    let validator_address = by.set.validators()[index].address;
    CommitSig::BlockIdFlagCommit { validator_address, timestamp: header.time, signature: Some(signature) }
}

/// A vote that says: no block in this round.
pub fn nil_vote(content: &Content, by: &Validators, index: usize) -> CommitSig {
    let header = header(content, &by.set);
    let signature = sign(&header, vote(&header, None, by, index), by, index);
    let validator_address = by.set.validators()[index].address;
    CommitSig::BlockIdFlagNil { validator_address, timestamp: header.time, signature: Some(signature) }
}

/// The bytes that a validator signs for a header.
pub fn sign_bytes(block: &LightBlock, by: &Validators, index: usize) -> Vec<u8> {
    let header = block.signed_header().header();
    vote(header, Some(block.signed_header().commit().block_id), by, index)
        .into_signable_vec(header.chain_id.clone())
}

fn vote(header: &Header, block_id: Option<block::Id>, by: &Validators, index: usize) -> Vote {
    Vote {
        vote_type: Type::Precommit,
        height: header.height,
        round: Round::from(0u16),
        block_id,
        timestamp: Some(header.time),
        validator_address: by.set.validators()[index].address,
        validator_index: ValidatorIndex::try_from(index).unwrap(),
        signature: None,
        extension: Vec::new(),
        extension_signature: None,
    }
}

fn sign(header: &Header, vote: Vote, by: &Validators, index: usize) -> Signature {
    let bytes = vote.into_signable_vec(header.chain_id.clone());
    Signature::try_from(&by.keys[index].sign(&bytes).to_bytes()[..]).unwrap()
}

fn of_hash(hash: Hash) -> tendermint::Hash {
    tendermint::Hash::Sha256(*hash.as_bytes())
}

fn hash(hash: tendermint::Hash) -> Hash {
    Hash::from_bytes(hash.as_bytes().try_into().unwrap())
}
