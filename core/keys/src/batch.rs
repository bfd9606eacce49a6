//! Many signatures at once, with the verdict each would have alone.

use crate::public::PublicKey;
use crate::signature::Signature;
use crate::signature::SignatureError;
use crate::zip215::{Batch, Claim};
use citizen_primitives::Label;
use sha2::{Digest as _, Sha256};

/// One signature to check.
#[derive(Debug, Clone, Copy)]
pub struct BatchItem<'a> {
    /// Who is said to have signed.
    pub key: &'a PublicKey,
    /// What the signature is about.
    pub label: Label,
    /// The signed bytes, without the label.
    pub bytes: &'a [u8],
    /// The signature.
    pub signature: &'a Signature,
}

/// Checks all signatures together: `Ok` exactly if each verifies alone (KEYS-1).
///
/// Ed25519 goes through one multi-scalar multiplication, about twice as fast as one by one; P-256 goes one by one.
/// The coefficients come from a hash over all keys, signatures and messages, so no randomness is needed: whoever
/// chooses the signatures cannot choose the coefficients. On `Err` ask each alone to find the wrong one.
pub fn verify_batch(items: &[BatchItem<'_>]) -> Result<(), SignatureError> {
    let (mut queue, mut transcript) = (Vec::new(), Sha256::new());
    for item in items {
        let message = item.label.message(item.bytes);
        match (item.key, item.signature) {
            (PublicKey::Ed25519(key), Signature::Ed25519(signature)) => {
                transcript.update(key);
                transcript.update(signature);
                transcript.update(Sha256::digest(&message));
                queue.push(Claim::new(key, &message, signature));
            }
            (key, signature) => key.verify_message(&message, signature)?,
        }
    }
    let mut coefficients = Coefficients::new(transcript.finalize().into());
    let mut batch = Batch::default();
    for claim in &queue {
        batch.add(claim, coefficients.next())?;
    }
    batch.verify()
}

/// SHA-256 in counter mode over the transcript: the batch equation's coefficients, 128 bits each.
struct Coefficients {
    seed: [u8; 32],
    counter: u64,
}

impl Coefficients {
    const fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    fn next(&mut self) -> u128 {
        let block = Sha256::new_with_prefix(self.seed).chain_update(self.counter.to_le_bytes()).finalize();
        self.counter = self.counter.wrapping_add(1);
        block.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
    }
}
