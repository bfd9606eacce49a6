//! The project's own SHA-256 and ZIP-215 in the place of those that Tendermint's library would bring: a phone carries each once.

use citizen_primitives::Hash;
use tendermint::account;
use tendermint::crypto::signature::{Error, Verifier};
use tendermint::merkle::{Hash as Node, MerkleHash};
use tendermint::validator::{Info, ProposerPriority};
use tendermint::{PublicKey, Signature, vote};
use tendermint_light_client_verifier::predicates::VerificationPredicates;

/// SHA-256, and RFC 6962's leaves and nodes over it.
#[derive(Debug, Default)]
pub(crate) struct Sha256;

impl tendermint::crypto::Sha256 for Sha256 {
    fn digest(data: impl AsRef<[u8]>) -> [u8; 32] {
        digest(&[data.as_ref()])
    }
}

impl MerkleHash for Sha256 {
    fn empty_hash(&mut self) -> Node {
        digest(&[])
    }

    fn leaf_hash(&mut self, bytes: &[u8]) -> Node {
        digest(&[&[0], bytes])
    }

    fn inner_hash(&mut self, left: Node, right: Node) -> Node {
        digest(&[&[1], &left, &right])
    }
}

/// Tendermint's checks of a header, unchanged, over this SHA-256.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Predicates;

impl VerificationPredicates for Predicates {
    type Sha256 = Sha256;
}

/// Judges a vote's signature.
#[derive(Debug)]
pub(crate) struct Zip215;

impl Verifier for Zip215 {
    fn verify(&self, key: PublicKey, message: &[u8], signature: &Signature) -> Result<(), Error> {
        let key = key.ed25519().ok_or(Error::UnsupportedKeyType)?;
        let key = key.as_bytes().try_into().map_err(|_| Error::MalformedPublicKey)?;
        let signature = signature.as_bytes().try_into().map_err(|_| Error::MalformedSignature)?;
        citizen_keys::verify_zip215(key, message, signature).map_err(|_| Error::VerificationFailed)
    }
}

/// A validator under its address, the first 20 bytes of its key's digest. Nothing if its key is none of Ed25519.
pub(crate) fn validator(key: PublicKey, power: vote::Power) -> Option<Info> {
    let digest = digest(&[key.ed25519()?.as_bytes()]);
    let address = account::Id::new(*digest.first_chunk()?);
    Some(Info { address, pub_key: key, power, name: None, proposer_priority: ProposerPriority::default() })
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    *Hash::plain(parts).as_bytes()
}
