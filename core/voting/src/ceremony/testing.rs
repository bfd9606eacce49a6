//! Trustees for tests.

use super::{
    Ceremony, CeremonyParameters, Message, Next, Phase, Trustee, TrusteeKeys, TrusteeMemory, TrusteeShare,
};
use citizen_keys::{SealingKey, Secret32, SigningKey};
use citizen_primitives::PollId;
use zeroize::Zeroizing;

pub(crate) const POLL: PollId = PollId::from_bytes([1; 32]);

/// What a trustee keeps.
pub(crate) struct Own {
    pub(crate) signing: SigningKey,
    pub(crate) sealing: SealingKey,
    pub(crate) seed: Secret32,
    pub(crate) memory: TrusteeMemory,
}

/// All trustees of a poll, and the log.
pub(crate) struct House {
    pub(crate) trustees: Vec<Own>,
    pub(crate) parameters: CeremonyParameters,
    pub(crate) log: Vec<Message>,
}

fn secret(bytes: [u8; 2]) -> Secret32 {
    let [kind, number] = bytes;
    let mut secret = [number; 32];
    secret[0] = kind;
    Secret32::take(Zeroizing::new(secret))
}

impl House {
    pub(crate) fn new(threshold: u8, trustees: u8) -> Self {
        let own = |number| Own {
            signing: SigningKey::from_seed(secret([1, number]).expose()),
            sealing: SealingKey::from_secret(&secret([2, number])),
            seed: secret([3, number]),
            memory: TrusteeMemory::default(),
        };
        let trustees: Vec<Own> = (1..=trustees).map(own).collect();
        let keys = |own: &Own| TrusteeKeys { signing: own.signing.public(), sealing: own.sealing.public() };
        let parameters =
            CeremonyParameters::new(POLL, threshold, trustees.iter().map(keys).collect()).unwrap();
        Self { trustees, parameters, log: Vec::new() }
    }

    pub(crate) fn ceremony(&self) -> Ceremony {
        let mut ceremony = Ceremony::new(self.parameters.clone());
        for message in &self.log {
            ceremony.take(message).unwrap();
        }
        ceremony
    }

    /// What a trustee, from 1, does next.
    pub(crate) fn next(&mut self, trustee: usize) -> Next {
        let ceremony = self.ceremony();
        let Own { signing, sealing, seed, memory } = &mut self.trustees[trustee - 1];
        Trustee::new(&self.parameters, signing, sealing, seed).unwrap().next(&ceremony, memory).unwrap()
    }

    /// What a trustee says next.
    pub(crate) fn say(&mut self, trustee: usize) -> Message {
        match self.next(trustee) {
            Next::Say(message) => *message,
            other => panic!("{other:?}"),
        }
    }

    /// One round by all who have not spoken in it, but for some.
    pub(crate) fn round_without(&mut self, silent: &[usize]) {
        let Phase::Waiting { missing, .. } = self.ceremony().phase() else { return };
        let speaking =
            missing.iter().map(|index| usize::from(index.number())).filter(|index| !silent.contains(index));
        for trustee in speaking.collect::<Vec<_>>() {
            let message = self.say(trustee);
            self.log.push(message);
        }
    }

    /// All rounds.
    pub(crate) fn finish(&mut self) {
        while let Phase::Waiting { .. } = self.ceremony().phase() {
            self.round_without(&[]);
        }
    }

    /// A finished ceremony.
    pub(crate) fn finished(threshold: u8, trustees: u8) -> Self {
        let mut house = Self::new(threshold, trustees);
        house.finish();
        house
    }

    pub(crate) fn share(&mut self, trustee: usize) -> TrusteeShare {
        match self.next(trustee) {
            Next::Done(share) => *share,
            other => panic!("{other:?}"),
        }
    }
}
