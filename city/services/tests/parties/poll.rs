//! A poll for the tests: announced, its key made, its roll with the registrar; and citizens who register, cast and redeem.

use crate::phone::Phone;
use crate::polling::city::{Keys, hold_ceremony};
use crate::polling::manifest::{
    BLIND_KEYS, CITIZENS, REGISTRARS, both, manifest, registrar_key, relay_key, roll_entry, secret,
    trustee_key,
};
use crate::polling::seeded::Seeded;
use crate::world::{GENESIS, World, chain_id, key};
use citizen_client::registry::prove_role;
use citizen_client::{LedgerClient, RegistrarAnswer, RegistrarClient, RelayClient, RelayError, WordError};
use citizen_keys::{SealingKey, Secret32, Signed, SigningKey};
use citizen_ledger::poll::PollAction;
use citizen_ledger::{
    Action, LightClient, Nonce, Role, RoleRecord, SignedTransaction, Signer, TransactionBody, Verified,
    state_key,
};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::{AccountId, Canonical as _, Hash, Label, Place, Seconds, random};
use citizen_voting::ballot::Encryptor;
use citizen_voting::board::{BallotLeaf, BoardLeaf};
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::manifest::{Contest, Electorate, Manifest, PollKind, Window};
use citizen_voting::spoil::{Opening, SpoiledBallot};
use citizen_voting::token::{PollSecret, Token, VotingRoot, voting_key};
use citizen_voting::{
    BallotSeed, BallotStyle, BoardEntry, CastBallot, ContestChoice, ContestRule, Group, Poll, Sequence,
    SignedBallot, VotingKey,
};
use city_chain::Chain as _;
use city_services::Steps as _;
use city_services::Voters;
use city_services::registrar::{Known, Roll, RollRow};
use std::sync::LazyLock;
use zeroize::Zeroizing;

pub(crate) const ASK: Place = Place::new("phone/ask");
/// A slot, in seconds.
pub(crate) const SLOT: u64 = 60;
/// Casting begins so long after the ledger, and lasts so many slots.
pub(crate) const CASTING: u64 = 600;
pub(crate) const SLOTS: u64 = 6;
/// People on the roll.
pub(crate) const ROLL: u8 = 60;
/// What the office calls the poll before it has a name.
pub(crate) const DRAFT: [u8; 32] = [0x77; 32];

/// The poll and its key.
pub(crate) static TESTED: LazyLock<(Poll, Keys)> = LazyLock::new(|| {
    let poll = Poll::new(tested()).unwrap();
    let keys = hold_ceremony(&poll);
    (poll, keys)
});

pub(crate) fn poll() -> &'static Poll {
    &TESTED.0
}

/// The account of a person on the roll: phones have the first ones.
pub(crate) fn account(person: u8) -> AccountId {
    Phone::unheard_of(person + 1).account
}

/// Those whom the roll knows by their citizen cards, with their numbers in the register of residents.
pub(crate) const CARDS: [(u8, &str); 2] = [(50, "SB-1001"), (51, "SB-1002")];

/// The numbers by which rolls know residents.
pub(crate) fn voters() -> Voters {
    Voters::new(&Secret32::take(Zeroizing::new([44; 32])))
}

pub(crate) fn roll() -> Roll {
    let known = |person| match CARDS.iter().position(|card| card.0 == person) {
        Some(at) => Known::Card(voters().of(CARDS[at].1)),
        None if person < 8 => account(person).into(),
        None => AccountId::from_bytes([person; 32]).into(),
    };
    let row = |person| RollRow { known: known(person), entry: roll_entry(CITIZENS, u32::from(person)) };
    Roll::new((0..ROLL).map(row).collect()).unwrap()
}

pub(crate) fn tested() -> Manifest {
    let opens = GENESIS.plus(Seconds::new(CASTING));
    let mut manifest = manifest();
    manifest.ledger = chain_id();
    manifest.kind = PollKind::Light;
    manifest.registration = Window { from: GENESIS.plus(Seconds::new(60)), until: opens };
    manifest.casting = Window { from: opens, until: opens.plus(Seconds::new(SLOTS * SLOT)) };
    manifest.slot = Seconds::new(SLOT);
    let citizens = manifest.electorates.remove(0);
    manifest.electorates =
        vec![Electorate { roll_root: roll().root(), roll_size: u32::from(ROLL), ..citizens }];
    for (number, registrar) in manifest.registrars.iter_mut().enumerate() {
        registrar.keys = vec![BLIND_KEYS[number].public().unwrap()];
    }
    manifest.contests = vec![Contest {
        question: both("밤에도 버스가 다녀야 할까요?", "Should buses run at night?"),
        options: vec![both("예", "Yes"), both("아니오", "No")],
        rule: ContestRule::Choose { groups: vec![Group { options: 2, min: 1, max: 1 }] },
        electorates: vec![CITIZENS],
    }];
    manifest
}

pub(crate) fn style() -> BallotStyle {
    poll().style(CITIZENS, &TESTED.1.election.key).unwrap()
}

pub(crate) fn by(world: &World, party: &SigningKey, action: PollAction) -> SignedTransaction {
    let body = TransactionBody {
        chain_id: chain_id(),
        valid_until: world.wires.chain.status().latest.plus(50),
        nonce: Nonce::from_bytes(random::generate_array(&mut Seeded::new(&format!(
            "{:?}",
            world.wires.chain.status().latest
        )))),
        signer: Signer::Party { key: party.public() },
        action: Action::Poll(action),
    };
    body.signed(vec![party.sign(Label::Transaction, &body.signing_bytes())])
}

pub(crate) fn announce(world: &World, manifest: &Manifest) {
    world.submit(&by(world, &key(24), PollAction::Announce(Box::new(manifest.clone()))));
    let id = Poll::new(manifest.clone()).unwrap().id();
    assert!(world.read::<Manifest>(state_key::manifest(&id)).is_some());
}

/// A world in which the poll is announced, its key made, and registration open.
pub(crate) fn registering() -> World {
    let world = World::new();
    register_in(&world);
    world
}

/// The same in a world that is there.
pub(crate) fn register_in(world: &World) {
    announce(world, poll().manifest());
    make_key(world);
    world.registrar().load_roll(&roll()).unwrap();
    world.registrar().bring_keys(DRAFT, &BLIND_KEYS[..1]).unwrap();
    until(world, 70);
}

/// The trustees make the poll's key.
pub(crate) fn make_key(world: &World) {
    for message in &TESTED.1.messages {
        let (head, _) = message.dangerous_unverified_head().unwrap();
        let trustee = trustee_key(usize::from(head.trustee.number()) - 1);
        world.submit(&by(world, &trustee, PollAction::Speak(Box::new(message.clone()))));
    }
}

/// Enters these people with the registrars of these numbers: no more keys stand on the board than each registrar has rows.
pub(crate) fn enter(world: &World, registrars: std::ops::Range<usize>, people: std::ops::Range<u8>) {
    for number in registrars {
        let row = |person| {
            let voter = roll_entry(CITIZENS, u32::from(person)).tag(poll().id());
            let blinded = Hash::plain(&[b"blinded", &[person]]);
            IssuanceRow { registrar: u8::try_from(number).unwrap(), electorate: CITIZENS, voter, blinded }
        };
        let rows: Vec<_> = people.clone().map(row).collect();
        if !rows.is_empty() {
            let poll = poll().id();
            world.submit(&by(world, &registrar_key(number), PollAction::Issue { poll, rows }));
        }
    }
}

/// A world in which all are entered, and casting has begun.
pub(crate) fn casting() -> World {
    let world = registering();
    enter(&world, 0..REGISTRARS, 0..ROLL);
    until(&world, CASTING + 5);
    world
}

/// Time passes up to so many seconds after the ledger's beginning.
pub(crate) fn until(world: &World, seconds: u64) {
    use citizen_primitives::Clock as _;
    let passed = world.clock.now().since(GENESIS).count();
    world.pass(seconds.saturating_sub(passed));
}

/// Into the slot with this number.
pub(crate) fn slot(world: &World, number: u64) {
    until(world, CASTING + number * SLOT + 5);
}

/// Parties of the poll step.
pub(crate) async fn step(world: &World, rounds: u32) {
    for _ in 0..rounds {
        world.revive();
        world.seal();
        // A party that is cut off has its error; it is started again in the next round.
        let _ = world.registrar().step().await;
        let _ = world.relay(0).step().await;
        let _ = world.relay(1).step().await;
        let _ = world.treasury().step().await;
    }
}

/// What stands on the board.
pub(crate) fn board(world: &World) -> Vec<BoardLeaf> {
    let leaves = world.wires.chain.leaves(&state_key::board(&poll().id()), 0, 10_000, 1 << 24).unwrap();
    leaves.iter().map(|leaf| BoardLeaf::from_canonical(&leaf.bytes).unwrap()).collect()
}

/// The board with its contents.
pub(crate) fn board_entries(world: &World) -> Vec<BoardEntry> {
    let leaves = world.wires.chain.leaves(&state_key::board(&poll().id()), 0, 10_000, 1 << 24).unwrap();
    leaves.iter().map(|leaf| BoardEntry::from_canonical(&leaf.content).unwrap()).collect()
}

/// The ballots on the board.
pub(crate) fn ballots(world: &World) -> Vec<BallotLeaf> {
    board(world).iter().filter_map(|leaf| leaf.ballot().copied()).collect()
}

/// A phone's view of the ledger.
pub(crate) fn ledger(world: &World) -> LedgerClient {
    LedgerClient::new(
        world.exchange("uncut-ledger"),
        LightClient::new(world.anchor.clone()),
        world.clock.clone(),
    )
}

pub(crate) async fn record(world: &World, role: Role, key: &SigningKey) -> Verified<RoleRecord> {
    let proven = ledger(world).state(ASK, &[state_key::role(role, &key.id())]).await.unwrap();
    prove_role(&proven, role, &key.id()).unwrap()
}

/// A citizen in the poll.
pub(crate) struct Voter {
    pub(crate) person: u8,
    pub(crate) secret: PollSecret,
    pub(crate) token: Token,
}

impl Voter {
    /// With the signatures of all registrars.
    pub(crate) fn new(person: u8) -> Self {
        let secret = VotingRoot::new(secret(0x40, usize::from(person))).poll(poll().id());
        let sign = |registrar: usize| {
            let request = secret.request(poll(), CITIZENS, registrar).unwrap();
            let answer = BLIND_KEYS[registrar].sign(&mut Seeded::new("registrar"), &request).unwrap();
            secret.finish(poll(), CITIZENS, registrar, &answer).unwrap()
        };
        let signatures = (0..REGISTRARS).map(sign).collect();
        Self { person, secret, token: Token { signatures } }
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        self.secret.voting_key(CITIZENS)
    }

    pub(crate) fn voting_key(&self) -> VotingKey {
        voting_key(&self.signing_key()).unwrap()
    }

    fn seed(&self, sequence: u32) -> BallotSeed {
        let rng = &mut Seeded::new(&format!("ballot of {}", self.person));
        BallotSeed::generate(rng, &self.signing_key(), poll().id(), Sequence::new(sequence))
    }

    pub(crate) fn cast(&self, sequence: u32) -> BoardEntry {
        self.cast_with(sequence, &self.seed(sequence))
    }

    fn cast_with(&self, sequence: u32, seed: &BallotSeed) -> BoardEntry {
        let style = style();
        let choices = [ContestChoice::Choose(vec![u8::from(self.person.is_multiple_of(2))])];
        let sequence = Sequence::new(sequence);
        let ballot = Encryptor::new(&style).encrypt(seed, self.voting_key(), sequence, &choices).unwrap();
        let ballot = SignedBallot::sign(ballot, &self.signing_key());
        BoardEntry::Cast(CastBallot { ballot, token: self.token.clone() })
    }

    pub(crate) fn spoil(&self, sequence: u32) -> BoardEntry {
        let (style, seed, number) = (style(), self.seed(sequence), Sequence::new(sequence));
        let choices = vec![ContestChoice::Choose(vec![0])];
        let ballot = Encryptor::new(&style).encrypt(&seed, self.voting_key(), number, &choices).unwrap();
        let name = (self.voting_key(), number);
        let opening = Opening::new(&style, name, ballot.fingerprint(), &seed, choices);
        BoardEntry::Spoiled(SpoiledBallot::sign(opening, self.token.clone(), &self.signing_key()))
    }
}

pub(crate) fn leaf(entry: &BoardEntry) -> BallotLeaf {
    *entry.leaf().ballot().unwrap()
}

/// A request to the registrar, as a phone makes it.
pub(crate) fn registration(
    world: &World,
    phone: &mut Phone,
    voter: &Voter,
    registrar: usize,
    reply: &SealingKey,
) -> Signed<DeviceRequest> {
    let blinded = voter.secret.request(poll(), CITIZENS, registrar).unwrap();
    let content = RequestContent::Register {
        poll: poll().id(),
        electorate: CITIZENS,
        blinded: Box::new(blinded),
        reply: *reply.public().as_bytes(),
    };
    phone.signed(world, registrar_key(0).id(), content)
}

/// Asks the registrar once.
pub(crate) async fn ask(
    world: &World,
    request: &Signed<DeviceRequest>,
    reply: &SealingKey,
) -> Result<RegistrarAnswer, WordError> {
    let client = RegistrarClient::new(
        world.exchange("registrar"),
        record(world, Role::Registrar, &registrar_key(0)).await,
    );
    let word = client.register(ASK, &mut Seeded::new("phone"), request, reply).await?;
    Ok(word.word.value().answer.clone())
}

/// One of the two relays, as a wallet asks it.
pub(crate) fn relay_client(world: &World, number: usize) -> RelayClient {
    RelayClient::new(world.exchange(["relay", "relay-2"][number]), relay_key(number).id())
}

/// Hands a ballot to a relay in the slot that the world is in.
pub(crate) async fn hand_over(
    world: &World,
    relay: usize,
    entry: &BoardEntry,
) -> Result<citizen_client::Promised, RelayError> {
    use citizen_primitives::Clock as _;
    let slot = poll().slot_at(world.clock.now()).unwrap();
    relay_client(world, relay).hand_over(ASK, poll(), slot, entry).await
}
