//! Guesses: for each citizen one of the ballots of her batch, by one clue or by several. Where a clue says nothing, it is drawn.

use crate::day::{Played, Voter};
use crate::evidence::{At, Evidence, Person};
use crate::polling::manifest::CITIZENS;
use citizen_keys::{Secret32, SigningKey};
use citizen_primitives::{AccountId, Hash};
use citizen_voting::VotingKey;
use citizen_voting::token::{VotingRoot, voting_key};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// By what is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clue {
    /// Who sent first stands first in the batch.
    Order,
    /// A ballot came over a connection that somebody used under her name.
    Connection,
    /// A voting key follows from something that is known of an account.
    Key,
    /// Who sent more has the longer entry.
    Size,
    /// For whom the treasury signed first comes first for the reward.
    Reward,
    /// Who registered first has the ballot that came first.
    Registration,
    /// Who was at work by name when a voting key was seen anywhere but at a relay.
    Sight,
    /// Who was at work by name when a ballot came: what relays forget.
    RelayAndGateway,
}

impl Clue {
    /// Those that must say nothing.
    pub const ALL: [Self; 7] =
        [Self::Order, Self::Connection, Self::Key, Self::Size, Self::Reward, Self::Registration, Self::Sight];
}

/// Whose ballot is whose, as somebody guesses.
pub struct Guesses(BTreeMap<AccountId, VotingKey>);

impl Guesses {
    /// What most of these clues say.
    pub fn by(clues: &[Clue], played: &Played) -> Self {
        let mut rng = StdRng::seed_from_u64(played.seed + 1_000);
        let mut guesses = BTreeMap::new();
        for batch in played.batches().values() {
            let said: Vec<_> = clues.iter().map(|clue| clue.say(batch, &played.evidence, &mut rng)).collect();
            for voter in batch {
                let mut keys: Vec<VotingKey> = batch.iter().map(|voter| voter.voting_key).collect();
                keys.shuffle(&mut rng);
                let votes = |key: &VotingKey| {
                    said.iter().filter(|said| said.get(&voter.account) == Some(key)).count()
                };
                guesses.insert(voter.account, keys.into_iter().max_by_key(votes).unwrap());
            }
        }
        Self(guesses)
    }

    /// How many are right.
    pub fn hits(&self, played: &Played) -> usize {
        played.voters.iter().filter(|voter| self.0[&voter.account] == voter.voting_key).count()
    }
}

type Said = BTreeMap<AccountId, VotingKey>;

impl Clue {
    fn say(self, batch: &[Voter], evidence: &Evidence, rng: &mut StdRng) -> Said {
        // Who is guessing knows the citizens and the ballots of the batch, not which is whose.
        let mut people: Vec<&Person> = batch.iter().map(|voter| &evidence.people[&voter.account]).collect();
        let mut keys: Vec<VotingKey> = batch.iter().map(|voter| voter.voting_key).collect();
        people.shuffle(rng);
        keys.shuffle(rng);
        let sent = |person: &Person| given(batch, evidence, person);
        let arrived =
            |key: &VotingKey| evidence.ballots.iter().find(|it| it.leaf.voting_key == *key).unwrap();
        match self {
            Self::Order => in_step(&people, &keys, |person| sent(person).0, |key| evidence.board[key].0),
            Self::Size => in_step(&people, &keys, |person| sent(person).1, |key| evidence.board[key].1),
            Self::Registration => in_step(&people, &keys, |person| person.registered, |key| arrived(key).at),
            Self::Reward => in_step(
                &people,
                &keys,
                |person| person.redeemed.unwrap_or_default(),
                |key| evidence.signed.get(key).copied().unwrap_or_default(),
            ),
            Self::Connection => {
                let carried = |person: &Person, key: &VotingKey| person.lines.contains(&arrived(key).line);
                matching(&people, &keys, carried)
            }
            Self::Key => {
                let follows = |person: &Person, key: &VotingKey| known_keys(person, evidence).contains(key);
                matching(&people, &keys, follows)
            }
            Self::Sight => soonest(&people, &keys, evidence, &evidence.sights),
            Self::RelayAndGateway => {
                let came: Vec<_> = evidence.ballots.iter().map(|it| (it.at, it.leaf.voting_key)).collect();
                soonest(&people, &keys, evidence, &came)
            }
        }
    }
}

/// What whoever guesses is given: when a citizen sent her ballot, and how long the request was. Not which it is.
fn given(batch: &[Voter], evidence: &Evidence, person: &Person) -> (At, usize) {
    let own = batch.iter().find(|voter| voter.account == person.account).unwrap().voting_key;
    let ballot = evidence.ballots.iter().find(|it| it.leaf.voting_key == own).unwrap();
    (ballot.at, ballot.sent)
}

/// The first with the first, by two measures. Where they are equal, the order in which they come is a drawn one.
fn in_step(
    people: &[&Person],
    keys: &[VotingKey],
    of_person: impl Fn(&Person) -> usize,
    of_key: impl Fn(&VotingKey) -> usize,
) -> Said {
    let (mut people, mut keys) = (people.to_vec(), keys.to_vec());
    people.sort_by_key(|person| of_person(person));
    keys.sort_by_key(|key| of_key(key));
    people.into_iter().map(|person| person.account).zip(keys).collect()
}

/// Whom something ties to a ballot.
fn matching(people: &[&Person], keys: &[VotingKey], is_hers: impl Fn(&Person, &VotingKey) -> bool) -> Said {
    let hers = |person: &&Person| {
        let key = keys.iter().find(|key| is_hers(person, key))?;
        Some((person.account, *key))
    };
    people.iter().filter_map(hers).collect()
}

/// The ballot whose key was seen soonest after something that she did under her name.
fn soonest(people: &[&Person], keys: &[VotingKey], evidence: &Evidence, sights: &[(At, VotingKey)]) -> Said {
    let soonest = |person: &&Person| {
        let acts: Vec<At> =
            evidence.named.iter().filter(|(_, who)| *who == person.account).map(|(at, _)| *at).collect();
        let distance = |key: &VotingKey| {
            let of_key = sights.iter().filter(|(_, of)| of == key);
            of_key.flat_map(|(at, _)| acts.iter().filter_map(|act| at.checked_sub(*act))).min()
        };
        let key = keys.iter().filter(|key| distance(key).is_some()).min_by_key(|key| distance(key))?;
        Some((person.account, *key))
    };
    people.iter().filter_map(soonest).collect()
}

/// Voting keys that somebody would have who derived them from what is public of her account, or from what registrars keep.
fn known_keys(person: &Person, evidence: &Evidence) -> Vec<VotingKey> {
    let device = person.device.as_ref().map(|device| device.ed25519());
    let mut parts: Vec<&[u8]> = vec![person.account.as_bytes()];
    parts.extend(device.as_ref().map(|device| device.as_bytes()));
    parts.extend(person.kept.iter().map(<[u8; 32]>::as_slice));
    let secrets = parts.iter().flat_map(|part| {
        let itself: Option<[u8; 32]> = (*part).try_into().ok();
        itself.into_iter().chain([*Hash::plain(&[part]).as_bytes()])
    });
    let keys = secrets.flat_map(|secret| {
        let root = VotingRoot::new(Secret32::take(Zeroizing::new(secret)));
        [root.poll(evidence.poll).voting_key(CITIZENS), SigningKey::from_seed(&secret)]
    });
    let itself = device.as_ref().map(|device| VotingKey::from_bytes(device.as_bytes().try_into().unwrap()));
    keys.filter_map(|key| voting_key(&key)).chain(itself).collect()
}
