//! Challenges: SHA-512 (FIPS 180-4) over length-prefixed fields, brought into the scalar field by a wide reduction.
//!
//! Bytes hashed: the label's length in one byte, the label; then for each field its length as 8 bytes, little-endian, and
//! the field. The first field is always the name of the group, so that a challenge says where it was made (VOTE-7). The
//! challenge is the 64-byte digest, read as a little-endian number, modulo the group's order (VOTE-20).

use crate::group::{Encoded, GROUP, Scalar};
use citizen_primitives::Label;
use sha2::{Digest as _, Sha512};

/// The hash of a statement and of a prover's commitments, field by field (VOTE-1, VOTE-19).
#[derive(Clone)]
pub(crate) struct Transcript(Sha512);

impl Transcript {
    /// Begins under a label.
    pub(crate) fn new(label: Label) -> Self {
        let mut transcript = Self(Sha512::new_with_prefix(label.prefix()));
        transcript.field(GROUP.as_bytes());
        transcript
    }

    /// One field.
    pub(crate) fn field(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.0.update(bytes);
    }

    /// One field: pairs of elements, one after the other.
    pub(crate) fn pairs<'a>(&mut self, pairs: impl ExactSizeIterator<Item = (&'a Encoded, &'a Encoded)>) {
        self.length(pairs.len().saturating_mul(64));
        for (first, second) in pairs {
            self.0.update(first.as_bytes());
            self.0.update(second.as_bytes());
        }
    }

    /// The challenge.
    pub(crate) fn challenge(self) -> Scalar {
        Scalar::from_wide(&self.digest())
    }

    /// The digest itself.
    pub(crate) fn digest(self) -> [u8; 64] {
        self.0.finalize().into()
    }

    fn length(&mut self, length: usize) {
        self.0.update(u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(fields: &[&[u8]]) -> Scalar {
        let mut transcript = Transcript::new(Label::BallotProof);
        fields.iter().for_each(|field| transcript.field(field));
        transcript.challenge()
    }

    #[test]
    fn vote_19_fields_cannot_be_moved_into_one_another() {
        assert_ne!(challenge(&[b"e1", b"23x"]), challenge(&[b"e12", b"3x"]));
        assert_ne!(challenge(&[b"e1", b""]), challenge(&[b"e1"]));
        assert_ne!(challenge(&[b"", b"e1"]), challenge(&[b"e1", b""]));
    }

    #[test]
    fn vote_7_the_group_and_the_label_are_in_every_challenge() {
        let plain = |label: Label, group: &[u8]| {
            let mut hash = Sha512::new_with_prefix(label.prefix());
            hash.update(u64::try_from(group.len()).unwrap().to_le_bytes());
            hash.update(group);
            let digest: [u8; 64] = hash.finalize().into();
            Scalar::from_wide(&digest)
        };
        assert_eq!(challenge(&[]), plain(Label::BallotProof, b"ristretto255-SHA512"));
        assert_ne!(challenge(&[]), plain(Label::BallotProof, b"P-256"));
        assert_ne!(challenge(&[]), plain(Label::DecryptionProof, b"ristretto255-SHA512"));
    }

    #[test]
    fn vote_20_a_challenge_uses_all_512_bits() {
        // 2^256 modulo the order is no small number: a reduction that leaves out the upper half would give zero.
        let mut wide = [0; 64];
        wide[32] = 1;
        assert_ne!(Scalar::from_wide(&wide), Scalar::ZERO);
        let mut upper = wide;
        upper[63] = 0x80;
        assert_ne!(Scalar::from_wide(&upper), Scalar::from_wide(&wide));
    }
}
