//! Who acts in the poll: trustees who make the key, citizens who register and cast.

use super::manifest::*;
use super::seeded::Seeded;
use citizen_keys::SigningKey;
use citizen_voting::Poll;
use citizen_voting::ballot::Encryptor;
use citizen_voting::blind::BlindedOutcome;
use citizen_voting::ceremony::{Ceremony, Message, Next, Trustee, TrusteeMemory, TrusteeShare};
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::spoil::{Opening, SpoiledBallot};
use citizen_voting::token::{PollSecret, Token, VotingRoot, voting_key};
use citizen_voting::{
    BallotSeed, BallotStyle, BoardEntry, CastBallot, ContestChoice, Election, ElectorateIndex, Sequence,
    SignedBallot, VotingKey,
};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// The trustees' messages and what came of them.
pub(crate) struct Keys {
    pub(crate) messages: Vec<Message>,
    pub(crate) election: Election,
    pub(crate) shares: Vec<TrusteeShare>,
}

pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| hold_ceremony(&POLL));

/// The five trustees make the key of a poll.
pub(crate) fn hold_ceremony(poll: &Poll) -> Keys {
    let mut ceremony = Ceremony::new(poll.ceremony().unwrap());
    let (mut messages, mut shares) = (Vec::new(), Vec::new());
    let mut memories: Vec<TrusteeMemory> = (0..TRUSTEES).map(|_| TrusteeMemory::default()).collect();
    while shares.len() < TRUSTEES {
        for (number, memory) in memories.iter_mut().enumerate() {
            let (signing, sealing, seed) = (trustee_key(number), sealing_key(number), secret(0x71, number));
            let trustee = Trustee::new(ceremony.parameters(), &signing, &sealing, &seed).unwrap();
            match trustee.next(&ceremony, memory).unwrap() {
                Next::Say(message) => {
                    ceremony.take(&message).unwrap();
                    messages.push(*message);
                }
                Next::Done(share) => shares.push(*share),
                Next::Wait(_) => {}
                Next::Failed(fault) => panic!("{fault}"),
            }
        }
    }
    let election = Ceremony::replay(poll.ceremony().unwrap(), &messages).unwrap();
    Keys { messages, election, shares }
}

pub(crate) static STYLES: LazyLock<Vec<BallotStyle>> = LazyLock::new(|| POLL.styles(&KEYS.election.key));

pub(crate) fn style(electorate: ElectorateIndex) -> &'static BallotStyle {
    &STYLES[usize::from(electorate.number())]
}

/// A citizen in one electorate, with her token.
#[derive(Clone)]
pub(crate) struct Citizen {
    pub(crate) person: u32,
    pub(crate) electorate: ElectorateIndex,
    pub(crate) token: Token,
}

/// What a citizen got of the registrars; made once, because blind signatures take their time.
static TOKENS: Mutex<Option<Tokens>> = Mutex::new(None);

type Tokens = HashMap<(u32, ElectorateIndex), Vec<BlindedOutcome>>;

pub(crate) fn poll_secret(person: u32) -> PollSecret {
    VotingRoot::new(secret(0x40, usize::try_from(person).unwrap())).poll(POLL.id())
}

impl Citizen {
    pub(crate) fn register(person: u32, electorate: ElectorateIndex) -> Self {
        let mut tokens = TOKENS.lock().unwrap();
        let known = tokens.get_or_insert_default().entry((person, electorate));
        let signatures = known.or_insert_with(|| {
            let secret = poll_secret(person);
            let sign = |registrar: usize| {
                let request = secret.request(&POLL, electorate, registrar).unwrap();
                let rng = &mut Seeded::new("registrar");
                let answer = blind_key(registrar, electorate).sign(rng, &request).unwrap();
                secret.finish(&POLL, electorate, registrar, &answer).unwrap()
            };
            (0..REGISTRARS).map(sign).collect()
        });
        Self { person, electorate, token: Token { signatures: signatures.clone() } }
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        poll_secret(self.person).voting_key(self.electorate)
    }

    pub(crate) fn voting_key(&self) -> VotingKey {
        voting_key(&self.signing_key()).unwrap()
    }

    pub(crate) fn rows(&self) -> Vec<IssuanceRow> {
        let voter = roll_entry(self.electorate, self.person).tag(POLL.id());
        let row = |registrar: usize| {
            let request = poll_secret(self.person).request(&POLL, self.electorate, registrar).unwrap();
            IssuanceRow::new(u8::try_from(registrar).unwrap(), self.electorate, voter, &request)
        };
        (0..REGISTRARS).map(row).collect()
    }

    pub(crate) fn seed(&self, sequence: u32) -> BallotSeed {
        let rng = &mut Seeded::new(&format!("ballot {} {}", self.person, self.electorate));
        BallotSeed::generate(rng, &self.signing_key(), POLL.id(), Sequence::new(sequence))
    }

    pub(crate) fn choices(&self) -> Vec<ContestChoice> {
        let choose = match self.person % 3 {
            0 => vec![0],
            1 => vec![0, 2, 3],
            _ => vec![1, 4],
        };
        let score = ContestChoice::Score(vec![u8::try_from(self.person % 5).unwrap(), 3]);
        let rank =
            ContestChoice::Rank(if self.person.is_multiple_of(2) { vec![0, 1, 2] } else { vec![2, 0, 1] });
        match self.electorate {
            CITIZENS => vec![ContestChoice::Choose(choose), score, rank],
            _ => vec![ContestChoice::Choose(choose), rank],
        }
    }

    pub(crate) fn ballot(&self, sequence: u32) -> SignedBallot {
        let encryptor = Encryptor::new(style(self.electorate));
        let (seed, sequence) = (self.seed(sequence), Sequence::new(sequence));
        let ballot = encryptor.encrypt(&seed, self.voting_key(), sequence, &self.choices()).unwrap();
        SignedBallot::sign(ballot, &self.signing_key())
    }

    pub(crate) fn cast(&self, sequence: u32) -> BoardEntry {
        BoardEntry::Cast(CastBallot { ballot: self.ballot(sequence), token: self.token.clone() })
    }

    pub(crate) fn opening(&self, sequence: u32) -> Opening {
        let fingerprint = self.ballot(sequence).ballot.fingerprint();
        let name = (self.voting_key(), Sequence::new(sequence));
        Opening::new(style(self.electorate), name, fingerprint, &self.seed(sequence), self.choices())
    }

    pub(crate) fn spoil(&self, sequence: u32) -> BoardEntry {
        let opening = self.opening(sequence);
        BoardEntry::Spoiled(SpoiledBallot::sign(opening, self.token.clone(), &self.signing_key()))
    }
}
