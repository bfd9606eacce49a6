//! Nonces that nobody has to remember: made and recognised with a secret. Whoever asks for a hundred thousand of them fills nothing.

use super::open::Digest;
use citizen_jose::base64url;
use citizen_keys::Secret32;
use citizen_primitives::random::{CryptoRng, generate_array};
use citizen_primitives::{Seconds, UnixTime};

/// How long a key proof's nonce lives.
const KEY_PROOF_LIFE: Seconds = Seconds::new(300);
/// How long a DPoP nonce is the newest; it counts as long again. An old proof dies with it (RFC 9449, section 8).
const DPOP_LIFE: u64 = 60;

/// The secrets of one issuer.
pub(super) struct Nonces {
    /// Known after a restart too: a nonce that a wallet holds counts still.
    lasting: Secret32,
    /// New with each start: a proof from before it, which nobody remembers, dies.
    passing: Secret32,
}

impl Nonces {
    pub(super) fn new(lasting: Secret32, rng: &mut dyn CryptoRng) -> Self {
        Self { lasting, passing: Secret32::generate(rng) }
    }

    /// A nonce for key proofs (§7): random, with the end of its life, under the secret.
    pub(super) fn for_key_proof(&self, now: UnixTime, rng: &mut dyn CryptoRng) -> String {
        let mut nonce = generate_array::<16>(rng).to_vec();
        nonce.extend(now.plus(KEY_PROOF_LIFE).seconds().to_be_bytes());
        nonce.extend(self.tag(&nonce));
        base64url::encode(nonce)
    }

    /// Until when such a nonce counts, if it is one of this issuer's and counts now.
    pub(super) fn key_proof(&self, nonce: &str, now: UnixTime) -> Option<UnixTime> {
        let bytes = base64url::decode(nonce).ok()?;
        let (content, tag) = bytes.split_at_checked(24)?;
        let until = content.get(16..)?.try_into().ok().map(u64::from_be_bytes).map(UnixTime::from_seconds)?;
        // Hashed once more: how long the comparison takes says nothing of the right one.
        let is_ours = self.lasting.keyed_hash(tag) == self.lasting.keyed_hash(&self.tag(content));
        (is_ours && now <= until).then_some(until)
    }

    /// The nonce for proofs of possession, and the one before it, which counts too.
    pub(super) fn for_dpop(&self, now: UnixTime) -> [String; 2] {
        let turn = now.seconds() / DPOP_LIFE;
        [turn, turn.saturating_sub(1)].map(|turn| {
            let bytes = [b"dpop".as_slice(), &turn.to_be_bytes()].concat();
            base64url::encode(self.passing.keyed_hash(&bytes))
        })
    }

    /// A text that is drawn from another under the secret: the same for the same, after a restart too.
    pub(super) fn text_for(&self, purpose: &str, of: &Digest) -> String {
        let bytes = [purpose.as_bytes(), b"\0", of.as_slice()].concat();
        base64url::encode(self.lasting.keyed_hash(&bytes))
    }

    fn tag(&self, content: &[u8]) -> [u8; 32] {
        self.lasting.keyed_hash(&[b"key proof\0".as_slice(), content].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::random;

    #[test]
    fn a_nonce_counts_for_its_time_as_it_was_made() {
        let rng = &mut random::system();
        let nonces = Nonces::new(Secret32::generate(rng), rng);
        let (now, last) = (UnixTime::from_seconds(1_000), UnixTime::from_seconds(1_300));
        let nonce = nonces.for_key_proof(now, rng);
        assert_eq!(nonces.key_proof(&nonce, last), Some(last));
        assert_eq!(nonces.key_proof(&nonce, last.plus(Seconds::new(1))), None);
        let bytes = base64url::decode(&nonce).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert_eq!(nonces.key_proof(&base64url::encode(changed), now), None, "{place}");
        }
        for wrong in ["", "n", &nonce[..30]] {
            assert_eq!(nonces.key_proof(wrong, now), None);
        }
    }
}
