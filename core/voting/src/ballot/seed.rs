//! The seed of a ballot, and all its randomness out of it: whoever has the seed and the choices makes the same bytes (VOTE-31).

use super::plan::Statement;
use crate::group::SecretScalar;
use crate::identifier::Sequence;
use citizen_keys::{Purpose, Secret32, SigningKey};
use citizen_primitives::{Label, PollId, random};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha512};
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

const SEED: Purpose = Purpose::new("ballot-seed");
const CONTEST: Purpose = Purpose::new("ballot-contest");

/// Thirty-two secret bytes, fresh for each ballot. Opened, they show the ballot; a cast ballot's are wiped.
pub struct BallotSeed(Secret32);

/// What a number is drawn for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    /// `r` of a cell.
    Encryption,
    /// The nonce of a branch.
    Nonce,
    /// The challenge of a branch that is not the true one.
    Challenge,
}

/// The randomness of one contest.
pub(super) struct Randomness(Secret32);

impl BallotSeed {
    /// A fresh seed.
    ///
    /// The random bytes go through a key derived from the voting key's secret, so that a broken generator alone betrays nobody; and
    /// the sequence number with them, so that even then no two ballots of a key share a seed, if each one made, spoiled ones too,
    /// has its own number (VOTE-18).
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng, key: &SigningKey, poll: PollId, sequence: Sequence) -> Self {
        let fresh: Zeroizing<[u8; 32]> = Zeroizing::new(random::generate_array(rng));
        let context = Zeroizing::new(
            [poll.as_bytes().as_slice(), &sequence.number().to_le_bytes(), fresh.as_slice()].concat(),
        );
        Self(Secret32::take(key.dangerous_seed()).derive(SEED, &context))
    }

    /// A seed that was opened.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret32::take(bytes))
    }

    /// The bytes, in the clear: to open a ballot that is not cast.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The randomness of a contest. All that its challenge is about is in the key, and the numbers encrypted: the same nonce never
    /// meets another challenge (VOTE-18).
    pub(super) fn contest(&self, statement: &Statement<'_>, cells: &[u8]) -> Randomness {
        let mut context = Zeroizing::new(statement.context());
        context.extend_from_slice(cells);
        Randomness(self.0.derive(CONTEST, &context))
    }
}

impl Randomness {
    pub(super) fn scalar(&self, role: Role, clause: usize, branch: u8) -> SecretScalar {
        let role = match role {
            Role::Encryption => 0,
            Role::Nonce => 1,
            Role::Challenge => 2,
        };
        let [low, high] = u16::try_from(clause).unwrap_or(u16::MAX).to_le_bytes();
        let hash = Sha512::new_with_prefix(Label::BallotRandomness.prefix())
            .chain_update(self.0.expose())
            .chain_update([role, low, high, branch]);
        let mut wide: [u8; 64] = hash.finalize().into();
        let scalar = SecretScalar::from_wide(&wide);
        wide.zeroize();
        scalar
    }
}

impl fmt::Debug for BallotSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BallotSeed(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Counting, Stuck};

    const POLL: PollId = PollId::from_bytes([1; 32]);

    #[test]
    fn vote_18_a_generator_that_repeats_itself_gives_no_seed_twice() {
        let (mine, hers) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let seed = |key: &SigningKey, poll, number| {
            *BallotSeed::generate(&mut Stuck, key, poll, Sequence::new(number)).expose()
        };
        let first = seed(&mine, POLL, 1);
        assert_ne!(first, seed(&mine, POLL, 2));
        assert_ne!(first, seed(&hers, POLL, 1));
        assert_ne!(first, seed(&mine, PollId::from_bytes([2; 32]), 1));
    }

    #[test]
    fn a_seed_is_fresh_each_time() {
        let (rng, key) = (&mut Counting::default(), SigningKey::from_seed(&[1; 32]));
        let mut next = || *BallotSeed::generate(rng, &key, POLL, Sequence::new(1)).expose();
        assert_ne!(next(), next());
    }

    #[test]
    fn vote_35_a_seed_does_not_show_itself() {
        assert_eq!(format!("{:?}", BallotSeed::from_bytes(Zeroizing::new([0x41; 32]))), "BallotSeed(hidden)");
    }
}
