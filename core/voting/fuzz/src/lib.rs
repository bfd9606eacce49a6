//! What the fuzz targets do with a stranger's bytes; a test replays the kept corpus through the same functions.
//!
//! Each decodes, checks that what was read has one byte form, and verifies it against the poll of the frozen vectors. It returns
//! whether the bytes were accepted: only what the frozen keys made may be.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target fails by panicking")]

mod published;

pub use published::published;

use citizen_keys::Signed;
use citizen_primitives::{Canonical, PollId};
use citizen_voting::ballot::Verifier;
use citizen_voting::ceremony::{Ceremony, CeremonyParameters, Message, Phase};
use citizen_voting::decryption::{Decryption, DecryptionShares};
use citizen_voting::tally::{EncryptedTally, Tally};
use citizen_voting::{
    BallotStyle, ContestIndex, ContestRule, Election, ElectionKey, ElectorateIndex, SignedBallot,
};
use std::sync::LazyLock;

const VECTORS: &str = include_str!("../../vectors/cryptography.txt");

struct Frozen {
    parameters: CeremonyParameters,
    messages: Vec<Message>,
    election: Election,
    style: BallotStyle,
    tally: Tally,
}

static FROZEN: LazyLock<Frozen> = LazyLock::new(|| {
    let parameters = CeremonyParameters::from_canonical(&vector("ceremony-parameters")).unwrap();
    let message = |number| Message::from_canonical(&vector(&format!("ceremony-message-{number}"))).unwrap();
    let messages: Vec<_> = (0..15).map(message).collect();
    let election = Ceremony::replay(parameters.clone(), &messages).unwrap();
    let key = ElectionKey::from_canonical(&vector("election-key")).unwrap();
    let rule = |number: u8| {
        let rule = ContestRule::from_canonical(&vector(&format!("contest-rule-{number}"))).unwrap();
        (ContestIndex::new(number), rule)
    };
    let contests = (0..3).map(rule).collect();
    let style =
        BallotStyle::new(PollId::from_bytes([1; 32]), ElectorateIndex::new(1), key, contests).unwrap();
    let published = EncryptedTally::from_canonical(&vector("tally")).unwrap();
    let tally = Tally::dangerous_restore(&style, &published).unwrap();
    Frozen { parameters, messages, election, style, tally }
});

/// A signed ballot in either form.
pub fn ballot(bytes: &[u8]) -> bool {
    let Ok(signed) = SignedBallot::from_canonical(bytes) else { return false };
    assert_eq!(signed.to_canonical(), bytes);
    let verifier = Verifier::new(&FROZEN.style);
    let verified = verifier.verify(&signed);
    let together = verifier.verify_batch(std::slice::from_ref(&signed));
    assert_eq!(together.first(), Some(&verified));
    if let Ok(verified) = &verified {
        assert_eq!(verifier.verify(&signed.compact()).as_ref(), Ok(verified));
        let frozen = ["fingerprint-1", "fingerprint-2", "fingerprint-3"].map(vector);
        assert!(frozen.iter().any(|frozen| frozen == verified.fingerprint().as_bytes()));
    }
    verified.is_ok()
}

/// A message, taken at each point of the frozen ceremony: accepted is what was said there.
pub fn ceremony(bytes: &[u8]) -> bool {
    let Ok(message) = Message::from_canonical(bytes) else { return false };
    assert_eq!(message.to_canonical(), bytes);
    let mut ceremony = Ceremony::new(FROZEN.parameters.clone());
    let mut accepted = false;
    for said in &FROZEN.messages {
        if ceremony.clone().take(&message).is_ok() {
            accepted = true;
            assert!(FROZEN.messages.contains(&message));
        }
        ceremony.take(said).unwrap();
    }
    assert!(matches!(ceremony.phase(), Phase::Done(_)));
    accepted
}

/// Decryption shares of the frozen tally.
pub fn decryption(bytes: &[u8]) -> bool {
    let Ok(shares) = Signed::<DecryptionShares>::from_canonical(bytes) else { return false };
    assert_eq!(shares.to_canonical(), bytes);
    let Frozen { parameters, election, tally, .. } = &*FROZEN;
    Decryption::new(parameters, election, tally).take(&shares).is_ok()
}

/// A frozen value.
#[must_use]
pub fn vector(name: &str) -> Vec<u8> {
    let found = VECTORS.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    hex::decode(found.unwrap()).unwrap()
}
