//! A poll of any size, for measuring: one choice out of five, three registrars, whose tokens are signed directly (RSASSA-PSS, the same
//! format) in the place of blindly.

use super::polling::city::{Keys, hold_ceremony};
use super::polling::manifest::*;
use super::polling::seeded::Seeded;
use citizen_keys::SigningKey;
use citizen_primitives::{Canonical as _, Hash, PersonTag};
use citizen_voting::ballot::{Encryptor, Verifier};
use citizen_voting::blind::{BlindedOutcome, RsaSignature};
use citizen_voting::decryption::{Decryption, DecryptionMemory};
use citizen_voting::issuance::{IssuanceRow, RollEntry};
use citizen_voting::manifest::Manifest;
use citizen_voting::result::{ContestSums, ElectorateResult, PollResult};
use citizen_voting::tally::Tally;
use citizen_voting::token::{Token, token_message, voting_key};
use citizen_voting::{
    BallotSeed, BallotStyle, BoardEntry, CastBallot, ContestChoice, ContestRule, Group, Poll, PollRecord,
    Sequence, SignedBallot,
};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA384, RsaKeyPair};

/// Everybody who takes part.
pub(crate) struct Crowd {
    pub(crate) poll: Poll,
    pub(crate) keys: Keys,
    pub(crate) style: BallotStyle,
    registrars: Vec<RsaKeyPair>,
}

impl Crowd {
    /// So many people on the roll, and a few more.
    pub(crate) fn of(people: u32) -> Self {
        Self::with(people, |_| {})
    }

    /// The same, with something else in the manifest.
    pub(crate) fn with(people: u32, change: impl FnOnce(&mut Manifest)) -> Self {
        let mut manifest = manifest();
        manifest.title = both(&format!("{people} 표"), &format!("{people} ballots"));
        manifest.electorates.truncate(1);
        manifest.electorates[0].roll_size = people + 100;
        manifest.contests.truncate(1);
        manifest.contests[0].rule =
            ContestRule::Choose { groups: vec![Group { options: 5, min: 1, max: 1 }] };
        manifest.contests[0].electorates = vec![CITIZENS];
        manifest.registrars.iter_mut().for_each(|registrar| registrar.keys.truncate(1));
        manifest.reward = None;
        change(&mut manifest);
        let poll = Poll::new(manifest).unwrap();
        let keys = hold_ceremony(&poll);
        let style = poll.style(CITIZENS, &keys.election.key).unwrap();
        Self { poll, keys, style, registrars: pss_keys() }
    }

    pub(crate) fn registrars(&self) -> usize {
        self.registrars.len()
    }

    fn key(person: u32) -> SigningKey {
        SigningKey::from_seed(Hash::plain(&[b"crowd", &person.to_le_bytes()]).as_bytes())
    }

    /// A person's rows, one of each registrar.
    pub(crate) fn rows(&self, person: u32) -> impl Iterator<Item = IssuanceRow> + use<> {
        let salt = *Hash::plain(&[b"salt", &person.to_le_bytes()]).as_bytes();
        let entry =
            RollEntry { electorate: CITIZENS, index: person, salt, person: PersonTag::from_bytes(salt) };
        let (voter, count) = (entry.tag(self.poll.id()), u8::try_from(self.registrars.len()).unwrap());
        (0..count).map(move |registrar| IssuanceRow {
            registrar,
            electorate: CITIZENS,
            voter,
            blinded: Hash::plain(&[b"blinded", &[registrar], &person.to_le_bytes()]),
        })
    }

    fn token(&self, key: &SigningKey) -> Token {
        let message = token_message(self.poll.id(), CITIZENS, &voting_key(key).unwrap());
        let sign = |registrar: &RsaKeyPair| {
            let randomizer = [7; 32];
            let signed = [&randomizer[..], &message].concat();
            let mut signature = [0; 384];
            registrar.sign(&RSA_PSS_SHA384, &SystemRandom::new(), &signed, &mut signature).unwrap();
            BlindedOutcome { randomizer, signature: RsaSignature::from_bytes(signature) }
        };
        Token { signatures: self.registrars.iter().map(sign).collect() }
    }

    /// The ballots of these people, in the expanded form, each for the option of its number.
    pub(crate) fn cast_all(&self, people: std::ops::Range<u32>) -> Vec<BoardEntry> {
        let encryptor = Encryptor::new(&self.style);
        people.map(|person| self.cast(&encryptor, person)).collect()
    }

    fn cast(&self, encryptor: &Encryptor<'_>, person: u32) -> BoardEntry {
        let (key, number) = (Self::key(person), Sequence::new(1));
        let rng = &mut Seeded::new(&format!("crowd {person}"));
        let seed = BallotSeed::generate(rng, &key, self.poll.id(), number);
        let choices = [ContestChoice::Choose(vec![u8::try_from(person % 5).unwrap()])];
        let ballot = encryptor.encrypt(&seed, voting_key(&key).unwrap(), number, &choices).unwrap();
        let ballot = SignedBallot::sign(ballot, &key);
        BoardEntry::Cast(CastBallot { ballot, token: self.token(&key) })
    }

    /// The sums of nothing.
    pub(crate) fn tally(&self) -> Tally {
        Tally::new(&self.style)
    }

    /// Adds an entry up.
    pub(crate) fn count(&self, tally: &mut Tally, entries: &[BoardEntry]) {
        let cast = |entry: &BoardEntry| match entry {
            BoardEntry::Cast(cast) => Some(cast.ballot.clone()),
            BoardEntry::Slot(_) | BoardEntry::Spoiled(_) => None,
        };
        let ballots: Vec<SignedBallot> = entries.iter().filter_map(cast).collect();
        for verified in Verifier::new(&self.style).verify_batch(&ballots) {
            tally.add(&verified.unwrap()).unwrap();
        }
    }

    /// What three of the five trustees publish.
    pub(crate) fn published(&self, tally: &Tally) -> PollRecord {
        let parameters = self.poll.ceremony().unwrap();
        let mut decryption = Decryption::new(&parameters, &self.keys.election, tally);
        let share = |number: usize| {
            let memory = &mut DecryptionMemory::default();
            let shares =
                self.keys.shares[number].decrypt(tally, &self.poll, memory, &trustee_key(number)).unwrap();
            decryption.take(&shares).unwrap();
            shares
        };
        let shares = [0, 2, 4].map(share).to_vec();
        let opened = decryption.result().unwrap();
        let sums = |(contest, cells)| ContestSums { contest, cells };
        let sums = opened.contests.into_iter().map(sums).collect();
        let counted = u32::try_from(tally.counted()).unwrap();
        let electorates = vec![ElectorateResult { counted, sums: Some(sums) }];
        PollRecord {
            manifest: self.poll.manifest().to_canonical(),
            ceremony: self.keys.messages.clone(),
            shares: vec![shares],
            result: PollResult { poll: self.poll.id(), electorates },
        }
    }
}

/// The keys of the three registrars for the first electorate.
fn pss_keys() -> Vec<RsaKeyPair> {
    let lines = include_str!("registrar-keys.txt").lines().filter(|line| !line.starts_with('#'));
    let keys: Vec<RsaKeyPair> =
        lines.map(|line| RsaKeyPair::from_der(&hex::decode(line).unwrap()).unwrap()).collect();
    keys.into_iter().step_by(ELECTORATES.len()).take(REGISTRARS).collect()
}
