//! What all parties together could know: what they keep, what the ledger shows, what went over their wires and when. The contents of what
//! is sealed are read with the parties' own keys.

use crate::polling::manifest::CITIZENS;
use crate::town::Town;
use crate::wire::{LineId, Seen};
use citizen_client::api::{
    BallotRequest, RegistrationRequest, RewardSigningRequest, SignedRequest, StateRequest,
};
use citizen_client::registrar::REGISTRATION_CONTEXT;
use citizen_keys::{DevicePair, Signed};
use citizen_ledger::poll::PollAction;
use citizen_ledger::{Action, SignedTransaction, state_key};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::{AccountId, Canonical as _, Height, PollId};
use citizen_voting::board::BallotLeaf;
use citizen_voting::{BoardEntry, VotingKey};
use city_chain::Chain as _;
use city_sandbox::keys::Keys;
use std::collections::{BTreeMap, BTreeSet};

/// A place in the log of all wires: the order in which things happened.
pub type At = usize;

/// A ballot at a relay's door.
#[derive(Debug, Clone)]
pub struct Ballot {
    pub at: At,
    pub line: LineId,
    pub relay: String,
    pub leaf: BallotLeaf,
    /// How long the request was.
    pub sent: usize,
}

/// Somebody known by name.
#[derive(Debug, Clone)]
pub struct Person {
    pub account: AccountId,
    pub device: DevicePair,
    /// When she asked a registrar first, and over which connections she was seen by name.
    pub registered: At,
    pub lines: BTreeSet<LineId>,
    /// When she came for a reward first.
    pub redeemed: Option<At>,
}

pub struct Evidence {
    pub poll: PollId,
    pub people: BTreeMap<AccountId, Person>,
    pub ballots: Vec<Ballot>,
    /// Where a voting key stands on the board, and how long its entry is.
    pub board: BTreeMap<VotingKey, (usize, usize)>,
    /// When the treasury signed for a voting key.
    pub signed: BTreeMap<VotingKey, At>,
    /// When a voting key was seen by anybody but a relay: by the treasury, and by whomever the treasury asks.
    pub sights: Vec<(At, VotingKey)>,
    /// When somebody known by name was seen, doing anything at all.
    pub named: Vec<(At, AccountId)>,
}

impl Evidence {
    pub fn gather(town: &Town, poll: &PollId) -> Self {
        let seen = town.wires.seen();
        let people = people(&town.keys, &seen);
        let whose: BTreeMap<LineId, AccountId> = people
            .values()
            .flat_map(|person| person.lines.iter().map(|line| (*line, person.account)))
            .collect();
        let board = board(town, poll);
        let named = seen.iter().enumerate().filter_map(|(at, it)| Some((at, *whose.get(&it.line)?)));
        let signed = signed(&seen);
        let asked = asked_of_the_ledger(&seen, poll, &board);
        let sights = signed.iter().map(|(key, at)| (*at, *key)).chain(asked).collect();
        Self { poll: *poll, ballots: ballots(&seen), named: named.collect(), people, board, signed, sights }
    }
}

/// The ballots that came to relays, in order.
pub fn ballots(seen: &[Seen]) -> Vec<Ballot> {
    let came = seen.iter().enumerate().filter_map(|(at, it)| {
        let relay = it.path.strip_prefix("/v1/relays/")?.strip_suffix("/ballots")?.to_owned();
        let asked: BallotRequest = serde_json::from_slice(&it.sent).unwrap();
        let leaf = *asked.entry.read::<BoardEntry>().unwrap().leaf().ballot().unwrap();
        Some(Ballot { at, line: it.line, relay, leaf, sent: it.sent.len() })
    });
    came.collect()
}

/// Who came to registrars and to the treasury under her name.
fn people(keys: &Keys, seen: &[Seen]) -> BTreeMap<AccountId, Person> {
    let mut people: BTreeMap<AccountId, Person> = BTreeMap::new();
    for (at, it) in seen.iter().enumerate() {
        let Some(request) = registration(keys, it).or_else(|| redemption(it)) else { continue };
        let DeviceRequest { account, device, content, .. } = request;
        let fresh = Person { account, device, registered: at, lines: BTreeSet::new(), redeemed: None };
        let person = people.entry(account).or_insert(fresh);
        person.lines.insert(it.line);
        if matches!(content, RequestContent::Reward { .. }) {
            person.redeemed.get_or_insert(at);
        }
    }
    people
}

/// What a registrar reads in what is sealed to it.
fn registration(keys: &Keys, it: &Seen) -> Option<DeviceRequest> {
    it.path.strip_prefix("/v1/registrars/")?.strip_suffix("/registrations")?;
    let asked: RegistrationRequest = serde_json::from_slice(&it.sent).unwrap();
    let sealed = asked.sealed.decode().unwrap();
    let mut registrars = keys.registrars_sealing.iter().map(Keys::sealing);
    let plain = registrars.find_map(|key| key.open(REGISTRATION_CONTEXT, &sealed).ok()).unwrap();
    Some(Signed::<DeviceRequest>::from_canonical(&plain).unwrap().dangerous_unverified().unwrap())
}

fn redemption(it: &Seen) -> Option<DeviceRequest> {
    (it.path == "/v1/treasury/rewards/redeem").then(|| {
        let asked: SignedRequest = serde_json::from_slice(&it.sent).unwrap();
        asked.request.read::<Signed<DeviceRequest>>().unwrap().dangerous_unverified().unwrap()
    })
}

/// The board as the ledger's blocks have it.
fn board(town: &Town, poll: &PollId) -> BTreeMap<VotingKey, (usize, usize)> {
    let heights = 1..=town.chain.status().latest.value();
    let blocks = heights.filter_map(|height| town.chain.block(Height::new(height)).unwrap());
    let mut board = BTreeMap::new();
    for transaction in blocks.flat_map(|block| block.transactions) {
        let Ok((_, body)) = SignedTransaction::decode(&transaction) else { continue };
        let Action::Poll(PollAction::Bring { poll: of, entries }) = body.action else { continue };
        for entry in entries.iter().filter(|_| of == *poll) {
            let leaf = *entry.leaf().ballot().unwrap();
            let place = board.len();
            board.entry(leaf.voting_key).or_insert((place, entry.to_canonical().len()));
        }
    }
    board
}

fn signed(seen: &[Seen]) -> BTreeMap<VotingKey, At> {
    let mut signed = BTreeMap::new();
    for (at, it) in seen.iter().enumerate().filter(|(_, it)| it.path == "/v1/treasury/rewards") {
        let asked: RewardSigningRequest = serde_json::from_slice(&it.sent).unwrap();
        let request: Signed<citizen_voting::reward::RewardRequest> = asked.request.read().unwrap();
        signed.entry(request.dangerous_unverified().unwrap().voting_key).or_insert(at);
    }
    signed
}

/// Questions to the ledger that name a voting key.
fn asked_of_the_ledger(
    seen: &[Seen],
    poll: &PollId,
    board: &BTreeMap<VotingKey, (usize, usize)>,
) -> Vec<(At, VotingKey)> {
    let named: BTreeMap<Vec<u8>, VotingKey> =
        board.keys().map(|key| (state_key::voter(poll, CITIZENS, key).as_bytes().to_vec(), *key)).collect();
    let questions = seen.iter().enumerate().filter(|(_, it)| it.path == "/v1/ledger/state");
    let keys = questions.flat_map(|(at, it)| {
        let asked: StateRequest = serde_json::from_slice(&it.sent).unwrap();
        asked.keys.into_iter().map(move |key| (at, key.decode().unwrap()))
    });
    keys.filter_map(|(at, key)| Some((at, *named.get(&key)?))).collect()
}
