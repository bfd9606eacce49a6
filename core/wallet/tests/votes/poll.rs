//! A poll in the town: three registrars, two relays, a board, as the city's parties keep them; each can be put into a mood.

use crate::beside::Beside;
#[cfg(feature = "credentials")]
use crate::by_card::Counter;
use crate::polling::city::Keys;
use crate::polling::manifest::*;
use crate::polling::seeded::Seeded;
use crate::prepared::{ONCE, ORDINARY};
use crate::support::Gateway;
use crate::support::gateway::{device_request_in, refusal};
use crate::support::ledger::city::Block;
use crate::support::ledger::{GENESIS, text};
use crate::support::town::Town;
use citizen_client::api::*;
use citizen_client::registrar::{
    Issued, REGISTERED_CONTEXT, REGISTRATION_CONTEXT, RegistrarAnswer, RegistrarWord, registration_digest,
};
use citizen_keys::{SealingKey, SealingPublicKey, Signed, SigningKey};
use citizen_ledger::poll::{CeremonyMessages, CeremonyStanding, ElectorateRecord, PollRecord};
use citizen_ledger::{Role, RoleRecord, StateKey, state_key};
use citizen_merkle::{Frontier, MemoryTree, leaf_hash};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_payment::word::{ClaimAnswer, ClaimOutcome};
use citizen_primitives::{AccountId, Canonical as _, Hash, Points, PollId, ProgrammeId, TransactionId};
use citizen_voting::ballot::{Fingerprint, Verifier};
use citizen_voting::blind::BlindedMessage;
use citizen_voting::board::{BoardHead, BoardLeaf, KeyStanding, LogHead, SlotMark, SlotStanding};
use citizen_voting::issuance::{Issuance, IssuanceRow, RefusalReason, RegistrarRefusal, decide};
use citizen_voting::manifest::Poll;
use citizen_voting::receipt::Receipt;
use citizen_voting::relay::RelayPromise;
use citizen_voting::reward::RewardRequest;
use citizen_voting::token::TokenVerifier;
use citizen_voting::{BoardEntry, ElectorateIndex, VotingKey};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

/// When casting begins, and how long a slot is.
pub const OPENS: u64 = GENESIS.seconds() + 1_200;
pub const SLOT: u64 = 60;
pub const SLOTS: u64 = 8;
pub const RELAYS: usize = 2;

/// What a party does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    /// What it should.
    #[default]
    Honest,
    /// Answers nothing.
    Down,
    /// Does what it should; the answer is lost.
    Silent,
    /// A registrar: is still at work when it is asked first.
    Slow,
    /// A registrar: signs with a key of its own.
    Tags,
    /// A relay: promises and brings nothing.
    Drops,
    /// A relay: its promise is signed by somebody else.
    Forges,
}

pub struct PollTown {
    pub poll: Poll,
    beside: Beside,
    pub keys: &'static Keys,
    /// Who is which person on the roll.
    pub roll: BTreeMap<AccountId, u32>,
    pub registrars: [Mood; REGISTRARS],
    pub relays: [Mood; RELAYS],
    pub rows: Vec<IssuanceRow>,
    pub board: Vec<BoardEntry>,
    /// What relays have and have not brought: by slot.
    pending: Vec<(u32, BoardEntry)>,
    slow: HashSet<usize>,
    /// Every ballot that a relay was handed.
    pub handed: Vec<(usize, Vec<u8>)>,
    /// Every blinded message that a registrar was handed.
    pub blinded: Vec<(usize, Vec<u8>)>,
    spent: HashSet<[u8; 32]>,
    pub granted: Vec<AccountId>,
    /// How the registrars ask for the citizen card, if the roll knows people by it.
    #[cfg(feature = "credentials")]
    pub counter: Option<Counter>,
    standings: BTreeMap<(ElectorateIndex, VotingKey), KeyStanding>,
}

/// A town with the poll of most tests.
pub fn ordinary() -> (Arc<Gateway>, Arc<Mutex<PollTown>>) {
    begin(&ORDINARY, Beside::default())
}

/// A town with a poll in which one ballot is cast and no more.
pub fn once() -> (Arc<Gateway>, Arc<Mutex<PollTown>>) {
    begin(&ONCE, Beside::default())
}

pub fn begin((poll, keys): &(Poll, &'static Keys), beside: Beside) -> (Arc<Gateway>, Arc<Mutex<PollTown>>) {
    let gateway = Gateway::new();
    let town = Arc::new(Mutex::new(PollTown {
        poll: poll.clone(),
        beside,
        keys,
        roll: BTreeMap::new(),
        registrars: [Mood::Honest; REGISTRARS],
        relays: [Mood::Honest; RELAYS],
        rows: Vec::new(),
        board: Vec::new(),
        pending: Vec::new(),
        slow: HashSet::new(),
        handed: Vec::new(),
        blinded: Vec::new(),
        spent: HashSet::new(),
        granted: Vec::new(),
        #[cfg(feature = "credentials")]
        counter: None,
        standings: BTreeMap::new(),
    }));
    gateway.town(|ledger| town.lock().unwrap().announce(ledger));
    let polls = Arc::clone(&town);
    let others = move |gateway: &Gateway, path: &str, query: Option<&str>, body: &[u8]| {
        let mut polls = polls.lock().unwrap();
        gateway.town(|ledger| {
            polls.tick(ledger);
            polls.answer(ledger, path, query, body)
        })
    };
    assert!(gateway.others.set(Box::new(others)).is_ok());
    (gateway, town)
}

/// Lets the ledger go on to a time.
pub fn go_to(gateway: &Gateway, seconds: u64) {
    gateway.town(|town| {
        while town.now().seconds() < seconds {
            town.chain.idle(1);
        }
    });
}

pub fn sealing(registrar: usize) -> SealingKey {
    SealingKey::from_secret(&secret(0x77, registrar))
}

fn role(role: Role, key: &SigningKey, sealing: Option<&SealingKey>) -> RoleRecord {
    RoleRecord {
        role,
        key: key.public(),
        sealing: sealing.map(|key| *key.public().as_bytes()),
        name_ko: text("선거 기관"),
        name_en: text("A party of polls"),
        from: GENESIS,
        until: None,
    }
}

fn frontier(leaves: impl Iterator<Item = Vec<u8>>) -> Frontier {
    let mut frontier = Frontier::new();
    leaves.for_each(|leaf| drop(frontier.append(leaf_hash(&leaf))));
    frontier
}

// The shape of every arm of a router.
#[allow(clippy::unnecessary_wraps)]
fn json(answer: &impl Serialize) -> Option<(u16, Vec<u8>)> {
    Some((200, serde_json::to_vec(answer).unwrap()))
}

fn refused() -> Option<(u16, Vec<u8>)> {
    Some((422, refusal()))
}

const LOST: Option<(u16, Vec<u8>)> = Some((503, Vec::new()));

impl PollTown {
    fn id(&self) -> PollId {
        self.poll.id()
    }

    /// The leaves of the log of names.
    fn names(&self) -> Vec<Vec<u8>> {
        let others = self.beside.0.iter().map(|(poll, _)| poll.id());
        std::iter::once(self.id()).chain(others).map(|id| id.as_bytes().to_vec()).collect()
    }

    fn announce(&self, town: &mut Town) {
        let mut block = Block::default();
        for number in 0..REGISTRARS {
            let key = registrar_key(number);
            let record = role(Role::Registrar, &key, Some(&sealing(number)));
            block = block.write(state_key::role(Role::Registrar, &record.id()), &record);
        }
        let messages = CeremonyMessages(self.keys.messages.clone());
        let block = block
            .write(state_key::polls(), &frontier(self.names().into_iter()))
            .write(state_key::manifest(&self.id()), self.poll.manifest())
            .write(state_key::ceremony(&self.id()), &messages);
        town.seal(self.written(self.beside.written(block, &self.record())));
    }

    fn written(&self, block: Block) -> Block {
        let id = self.id();
        block
            .write(state_key::poll(&id), &self.record())
            .write(
                state_key::board(&id),
                &frontier(self.board.iter().map(|entry| entry.leaf().to_canonical())),
            )
            .write(state_key::issuance(&id), &frontier(self.rows.iter().map(|row| row.to_canonical())))
    }

    fn record(&self) -> PollRecord {
        let electorate = |index: ElectorateIndex| ElectorateRecord {
            issued: vec![0; REGISTRARS],
            keys: u32::try_from(self.standings.keys().filter(|(of, _)| *of == index).count()).unwrap(),
            counted: u32::try_from(
                self.standings.iter().filter(|((of, _), standing)| *of == index && standing.cast > 0).count(),
            )
            .unwrap(),
            cast: 0,
            opened: 0,
            result: None,
        };
        PollRecord {
            office: SigningKey::from_seed(&[60; 32]).id(),
            announced: GENESIS,
            ceremony: CeremonyStanding::Done(self.keys.election.key),
            slot: SlotStanding::default(),
            electorates: ELECTORATES.into_iter().map(electorate).collect(),
        }
    }

    /// What slots that are over bring to the board.
    fn tick(&mut self, town: &mut Town) {
        let now = self.poll.slot_at(town.now()).unwrap_or(u32::MAX);
        let (due, rest): (Vec<_>, Vec<_>) = self.pending.drain(..).partition(|(slot, _)| *slot < now);
        self.pending = rest;
        if town.now() < self.poll.manifest().casting.from || due.is_empty() {
            return;
        }
        let slot = now.min(u32::try_from(SLOTS).unwrap() - 1);
        self.board.push(BoardEntry::Slot(SlotMark { slot }));
        for (_, entry) in due {
            self.execute(entry);
        }
        town.seal(self.written(Block::default()));
    }

    /// As the ledger executes it: token, proofs, standing.
    fn execute(&mut self, entry: BoardEntry) {
        let leaf = entry.leaf();
        let ballot = *leaf.ballot().unwrap();
        let key = (ballot.electorate, ballot.voting_key);
        let style = self.poll.style(ballot.electorate, &self.keys.election.key).unwrap();
        let tokens = TokenVerifier::new(&self.poll).unwrap();
        let (token, proofs) = match &entry {
            BoardEntry::Cast(cast) => (&cast.token, Verifier::new(&style).verify(&cast.ballot).is_ok()),
            BoardEntry::Spoiled(spoiled) => (&spoiled.token, spoiled.verify(&style).is_ok()),
            BoardEntry::Slot(_) => unreachable!(),
        };
        assert!(proofs && tokens.verify(key.0, &key.1, token).is_ok(), "a wallet's ballot holds");
        let standing = self.standings.get(&key).copied().unwrap_or_default();
        if let Ok(after) = standing.after(&self.poll, &leaf) {
            self.standings.insert(key, after);
            self.board.push(entry);
        }
    }

    /// How many cast ballots count.
    pub fn counted(&self) -> usize {
        self.standings.values().filter(|standing| standing.cast > 0).count()
    }

    /// How many stand on the board: cast, opened.
    pub fn on_the_board(&self) -> (usize, usize) {
        let is = |cast: bool| move |entry: &&BoardEntry| matches!(entry, BoardEntry::Cast(_)) == cast;
        let ballots = || self.board.iter().filter(|entry| !matches!(entry, BoardEntry::Slot(_)));
        (ballots().filter(is(true)).count(), ballots().filter(is(false)).count())
    }

    fn answer(
        &mut self,
        town: &mut Town,
        path: &str,
        query: Option<&str>,
        body: &[u8],
    ) -> Option<(u16, Vec<u8>)> {
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["parties"] => {
                let id = |service: &crate::support::ledger::parties::Service| service.record.id().to_hex();
                let here = |key: SigningKey| PartyAddress { key: key.id().to_hex(), base: None };
                json(&PartiesAnswer {
                    centre: id(&town.centre),
                    bank: id(&town.bank),
                    treasury: id(&town.treasury),
                    registrars: (0..REGISTRARS).map(|number| here(registrar_key(number))).collect(),
                    relays: (0..RELAYS).map(|number| here(relay_key(number))).collect(),
                    recovery_officers: Vec::new(),
                })
            }
            ["ledger", "logs", log, "leaves"] => {
                self.leaves(log, query?.strip_prefix("from=")?.parse().unwrap())
            }
            ["registrars", key, "registrations"] => {
                let number = (0..REGISTRARS).find(|number| registrar_key(*number).id().to_hex() == *key)?;
                self.register(town, number, body)
            }
            #[cfg(feature = "credentials")]
            ["registrars", key, "card-registrations"] => {
                let number = (0..REGISTRARS).find(|number| registrar_key(*number).id().to_hex() == *key)?;
                self.register_by_card(town, number, body)
            }
            ["relays", key, act] => {
                let number = (0..RELAYS).find(|number| relay_key(*number).id().to_hex() == *key)?;
                match (*act, self.relays[number]) {
                    (_, Mood::Down) => LOST,
                    ("ballots", _) => self.take(town, number, body),
                    (_, Mood::Drops) => json(&ReceiptAnswer::NotYet),
                    _ => self.receipt(town, body),
                }
            }
            ["treasury", "rewards"] => {
                let asked: RewardSigningRequest = serde_json::from_slice(body).unwrap();
                let signed: Signed<RewardRequest> = asked.request.read().unwrap();
                let request = signed.dangerous_unverified().unwrap();
                signed.verify(&request.voting_key.public()).unwrap();
                let standing = self.standings.get(&(request.electorate, request.voting_key))?;
                assert!(standing.cast > 0);
                let signature = treasury_key().sign(&mut Seeded::new("treasury"), &request.blinded).unwrap();
                json(&RewardSigningAnswer { signature: Bytes::of(&signature) })
            }
            ["treasury", "rewards", "redeem"] => self.redeem(town, body),
            _ => None,
        }
    }

    /// Three leaves at a time.
    fn leaves(&self, log: &str, from: usize) -> Option<(u16, Vec<u8>)> {
        let named = |key: StateKey| Bytes::new(key.as_bytes()).as_str() == log;
        let id = self.id();
        let all: Vec<(Vec<u8>, Vec<u8>)> = if named(state_key::polls()) {
            self.names().into_iter().map(|name| (name, Vec::new())).collect()
        } else if named(state_key::board(&id)) {
            self.board.iter().map(|entry| (entry.leaf().to_canonical(), entry.to_canonical())).collect()
        } else if named(state_key::issuance(&id)) {
            self.rows.iter().map(|row| (row.to_canonical(), Vec::new())).collect()
        } else {
            return refused();
        };
        let page = all.into_iter().skip(from).take(3).map(|(leaf, content)| {
            serde_json::json!({ "leaf": Bytes::new(&leaf), "content": Bytes::new(&content) })
        });
        json(&serde_json::json!({ "leaves": page.collect::<Vec<_>>() }))
    }

    fn register(&mut self, town: &mut Town, number: usize, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let mood = self.registrars[number];
        if mood == Mood::Down {
            return LOST;
        }
        let asked: RegistrationRequest = serde_json::from_slice(body).unwrap();
        let plain = sealing(number).open(REGISTRATION_CONTEXT, &asked.sealed.decode().unwrap()).unwrap();
        let signed = Signed::<DeviceRequest>::from_canonical(&plain).unwrap();
        let request = device_request_in(&signed);
        assert_eq!(request.to, registrar_key(number).id());
        let RequestContent::Register { poll, electorate, blinded, reply } = request.content else {
            return None;
        };
        let person = self.roll.get(&request.account).copied();
        let answer = self.decide(town, number, person, (poll, electorate, *blinded));
        if mood == Mood::Silent {
            return LOST;
        }
        let word = RegistrarWord { request: registration_digest(&signed), answer, time: town.now() };
        let word = Signed::sign(&word, &registrar_key(number)).to_canonical();
        let sealed =
            SealingPublicKey::from_bytes(reply).seal(&mut Seeded::new("reply"), REGISTERED_CONTEXT, &word);
        json(&RegistrationAnswer { sealed: Bytes::new(&sealed.unwrap()) })
    }

    /// What a registrar says to a request for this person.
    pub fn decide(
        &mut self,
        town: &mut Town,
        number: usize,
        person: Option<u32>,
        (poll, electorate, blinded): (PollId, ElectorateIndex, BlindedMessage),
    ) -> RegistrarAnswer {
        let mood = self.registrars[number];
        self.blinded.push((number, blinded.as_bytes().to_vec()));
        let answer = if mood == Mood::Slow && self.slow.insert(number) {
            RegistrarAnswer::Pending
        } else {
            let refuse = |reason| {
                let blinded = Hash::labelled(citizen_primitives::Label::BlindedToken, blinded.as_bytes());
                let refusal = RegistrarRefusal { poll, electorate, blinded, reason, at: town.now() };
                RegistrarAnswer::Refused(Signed::sign(&refusal, &registrar_key(number)))
            };
            match person {
                None => refuse(RefusalReason::NotOnTheRoll),
                Some(person) => {
                    let entry = roll_entry(electorate, person);
                    let row = IssuanceRow::new(
                        u8::try_from(number).unwrap(),
                        electorate,
                        entry.tag(poll),
                        &blinded,
                    );
                    let of_her =
                        |known: &&IssuanceRow| (known.registrar, known.voter) == (row.registrar, row.voter);
                    let known = self.rows.iter().find(of_her).copied();
                    match decide(known.as_ref(), row) {
                        Issuance::Another => refuse(RefusalReason::AnotherKeySigned),
                        Issuance::First(_) if !self.poll.is_registering(town.now()) => {
                            refuse(RefusalReason::NotOpen)
                        }
                        decision => {
                            if matches!(decision, Issuance::First(_)) {
                                self.rows.push(row);
                            }
                            let key = if mood == Mood::Tags {
                                strange_key()
                            } else {
                                blind_key(number, electorate)
                            };
                            let signature = key.sign(&mut Seeded::new("registrar"), &blinded).unwrap();
                            let index = self.rows.iter().position(|known| *known == row).unwrap();
                            let index = u64::try_from(index).unwrap();
                            RegistrarAnswer::Issued(Box::new(Issued { signature, entry, row, index }))
                        }
                    }
                }
            }
        };
        town.seal(self.written(Block::default()));
        answer
    }

    fn take(&mut self, town: &Town, number: usize, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let asked: BallotRequest = serde_json::from_slice(body).unwrap();
        let entry: BoardEntry = asked.entry.read().unwrap();
        self.handed.push((number, asked.entry.decode().unwrap()));
        let (leaf, slot) = (*entry.leaf().ballot()?, self.poll.slot_at(town.now())?);
        let mood = self.relays[number];
        if mood != Mood::Drops && mood != Mood::Forges {
            self.pending.push((slot, entry));
        }
        if mood == Mood::Silent {
            return LOST;
        }
        let key = if mood == Mood::Forges { relay_key(RELAYS) } else { relay_key(number) };
        let promise = Signed::sign(&RelayPromise::new(self.id(), &leaf, slot), &key);
        json(&BallotAnswer { promise: Bytes::of(&promise) })
    }

    fn receipt(&self, town: &Town, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let asked: ReceiptRequest = serde_json::from_slice(body).unwrap();
        let fingerprint: [u8; 32] = asked.fingerprint.decode().unwrap().try_into().unwrap();
        let fingerprint = Fingerprint::from_hash(Hash::from_bytes(fingerprint));
        let is_it = |entry: &BoardEntry| match entry.leaf() {
            BoardLeaf::Cast(leaf) => leaf.fingerprint == fingerprint,
            _ => false,
        };
        let Some(index) = self.board.iter().position(is_it) else { return json(&ReceiptAnswer::NotYet) };
        let tree = MemoryTree::of(self.board.iter().map(|entry| entry.leaf().hash()));
        let head = BoardHead { poll: self.id(), log: LogHead { count: tree.count(), root: tree.root() } };
        let proof = tree.prove_inclusion(u64::try_from(index).unwrap()).unwrap();
        let receipt = Receipt { leaf: *self.board[index].leaf().ballot().unwrap(), proof, head };
        let state = town.state_keys_known(&[state_key::board(&self.id())]);
        json(&ReceiptAnswer::Stands {
            receipt: Bytes::of(&receipt),
            light_block: Bytes::new(&town.chain.newest().to_bytes()),
            state: Bytes::of(&state),
        })
    }

    fn redeem(&mut self, town: &Town, body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let asked: SignedRequest = serde_json::from_slice(body).unwrap();
        let request = device_request_in(&asked.request.read().unwrap());
        let RequestContent::Reward { token, .. } = request.content else { return None };
        token.verify(&self.poll).unwrap();
        assert!(self.spent.insert(token.nonce), "redeemed once");
        self.granted.push(request.account);
        let transaction = TransactionId::from_hash(Hash::from_bytes(token.nonce));
        let answer = ClaimAnswer {
            account: request.account,
            programme: ProgrammeId::new(citizen_client::PARTICIPATION).unwrap(),
            evidence: Hash::ZERO,
            outcome: ClaimOutcome::Granted { points: Points::new(1_000).unwrap(), transaction },
            time: town.now(),
        };
        json(&ClaimResponse { answer: Bytes::of(&Signed::sign(&answer, &town.treasury.key)) })
    }

    /// Writes the state again as it stands here.
    pub fn republish(&self, town: &mut Town) {
        town.seal(self.written(Block::default()));
    }

    /// The state names another election key than the trustees made.
    pub fn swap_key(&self, town: &mut Town) {
        let mut record = self.record();
        let key = citizen_voting::ElectionKey::new(citizen_voting::group::Encoded::GENERATOR).unwrap();
        record.ceremony = CeremonyStanding::Done(key);
        town.seal(Block::default().write(state_key::poll(&self.id()), &record));
    }

    /// Others cast too: so many voting keys of the citizens' electorate count besides.
    pub fn crowd(&mut self, town: &mut Town, count: u8) {
        for number in 0..count {
            let key = VotingKey::from_bytes([number.wrapping_add(100); 32]);
            let standing = KeyStanding { highest: 1, cast: 1, opened: 0 };
            self.standings.insert((COMMITTEE, key), standing);
        }
        town.seal(self.written(Block::default()));
    }
}
