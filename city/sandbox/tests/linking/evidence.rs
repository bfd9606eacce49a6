//! What all parties together could know: what they keep, what the ledger shows, what went over their wires and when. The contents of what
//! is sealed are read with the parties' own keys.

use crate::polling::manifest::{CITIZENS, roll_entry};
use crate::town::Town;
use crate::wire::{LineId, Seen};
use citizen_client::CardRegistration;
use citizen_client::api::{
    BallotRequest, RegistrationRequest, RewardSigningRequest, SignedRequest, StateRequest,
};
use citizen_client::registrar::REGISTRATION_CONTEXT;
use citizen_client::registration::CARD_REGISTRATION_CONTEXT;
use citizen_keys::{DevicePair, Signed};
use citizen_ledger::poll::PollAction;
use citizen_ledger::{Action, SignedTransaction, state_key};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::{AccountId, Canonical as _, Hash, Height, Label, PollId};
use citizen_voting::board::BallotLeaf;
use citizen_voting::issuance::{IssuanceRow, RollTag};
use citizen_voting::{BoardEntry, VotingKey};
use city_chain::Chain as _;
use city_sandbox::keys::Keys;
use city_sandbox::parties::Ground;
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
    /// Her device, if a request that it signed was seen.
    pub device: Option<DevicePair>,
    /// What registrars keep of her who showed her card: her number on the roll, her requests' digests, the keys that answers were sealed to.
    pub kept: Vec<[u8; 32]>,
    /// When she asked a registrar first, and over which connections she was seen by name.
    pub registered: At,
    pub lines: BTreeSet<LineId>,
    /// When she came for a reward first.
    pub redeemed: Option<At>,
}

impl Person {
    fn new(account: AccountId, registered: At) -> Self {
        let (kept, lines) = (Vec::new(), BTreeSet::new());
        Self { account, device: None, kept, registered, lines, redeemed: None }
    }
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
    pub fn gather(town: &Town, poll: &PollId, accounts: &[AccountId]) -> Self {
        let seen = town.wires.seen();
        let mut people = people(&town.keys, &seen);
        add_by_card(town, poll, (&seen, accounts), &mut people);
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
        let person = people.entry(account).or_insert_with(|| Person::new(account, at));
        person.device = Some(device);
        person.lines.insert(it.line);
        if matches!(content, RequestContent::Reward { .. }) {
            person.redeemed.get_or_insert(at);
        }
    }
    people
}

/// Who came to registrars with her card. What was blinded stands as a digest in the log, under her tag of the roll; her number on the roll
/// registrars know by the card. That it is also the person of an account, whoever guesses is given for nothing.
fn add_by_card(
    town: &Town,
    poll: &PollId,
    (seen, accounts): (&[Seen], &[AccountId]),
    people: &mut BTreeMap<AccountId, Person>,
) {
    let voters = Ground::voters(&town.keys);
    let of_roll = |(number, account): (usize, &AccountId)| {
        let entry = roll_entry(CITIZENS, u32::try_from(number).unwrap());
        (entry.tag(*poll), (*account, *voters.of(&format!("SB-{number}")).as_bytes()))
    };
    let of_tag: BTreeMap<RollTag, _> = accounts.iter().enumerate().map(of_roll).collect();
    let whose: BTreeMap<Hash, _> = rows(town, poll)
        .into_iter()
        .filter_map(|row| Some((row.blinded, *of_tag.get(&row.voter)?)))
        .collect();
    let mut asked: BTreeMap<String, AccountId> = BTreeMap::new();
    for (at, it) in seen.iter().enumerate() {
        let known = if let Some(request) = card_registration(&town.keys, it) {
            let blinded = Hash::labelled(Label::BlindedToken, request.blinded.as_bytes());
            let Some((account, voter)) = whose.get(&blinded) else { continue };
            let digest = request.digest();
            asked.insert(digest.to_hex(), *account);
            let person = people.entry(*account).or_insert_with(|| Person::new(*account, at));
            person.registered = person.registered.min(at);
            person.kept.extend([*voter, *digest.as_bytes(), request.reply]);
            Some(*account)
        } else if it.path.contains("/cards/") {
            // The request's digest stands in the address.
            it.path
                .rsplit('/')
                .next()
                .and_then(|handle| handle.split('-').nth(1))
                .and_then(|digest| asked.get(digest).copied())
        } else {
            None
        };
        if let Some(person) = known.and_then(|account| people.get_mut(&account)) {
            person.lines.insert(it.line);
        }
    }
}

/// The rows of the issuance log as the ledger's blocks have them.
fn rows(town: &Town, poll: &PollId) -> Vec<IssuanceRow> {
    let heights = 1..=town.chain.status().latest.value();
    let blocks = heights.filter_map(|height| town.chain.block(Height::new(height)).unwrap());
    let mut all = Vec::new();
    for transaction in blocks.flat_map(|block| block.transactions) {
        let Ok((_, body)) = SignedTransaction::decode(&transaction) else { continue };
        if let Action::Poll(PollAction::Issue { poll: of, rows }) = body.action
            && of == *poll
        {
            all.extend(rows);
        }
    }
    all
}

/// What a registrar reads in what is sealed to it.
fn card_registration(keys: &Keys, it: &Seen) -> Option<CardRegistration> {
    it.path.strip_prefix("/v1/registrars/")?.strip_suffix("/card-registrations")?;
    let asked: RegistrationRequest = serde_json::from_slice(&it.sent).unwrap();
    let sealed = asked.sealed.decode().unwrap();
    let mut registrars = keys.registrars_sealing.iter().map(Keys::sealing);
    let plain = registrars.find_map(|key| key.open(CARD_REGISTRATION_CONTEXT, &sealed).ok()).unwrap();
    Some(CardRegistration::from_canonical(&plain).unwrap())
}

/// The same of what her device signed.
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
