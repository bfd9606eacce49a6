//! A registrar signs once for each person, and the public log has the row before the signature leaves.

use crate::phone::Phone;
use crate::poll::{
    ASK, DRAFT, Voter, announce, ask, by, casting, enter, make_key, poll, record, registering, registration,
    roll, step, tested, until,
};
use crate::polling::manifest::{BLIND_KEYS, CITIZENS, registrar_key, strange_key};
use crate::polling::seeded::Seeded;
use crate::wires::Forged;
use crate::world::{World, key};
use citizen_client::api::{BlindKeysAnswer, Bytes, RegistrationAnswer};
use citizen_client::registrar::{REGISTERED_CONTEXT, registration_digest};
use citizen_client::{
    BlindKeysOrder, BlindKeysWord, CallError, Exchange, Issued, RegistrarAnswer, RegistrarClient,
    RegistrarWord, WordError,
};
use citizen_keys::{SealingKey, Signed, SigningKey};
use citizen_ledger::poll::PollAction;
use citizen_ledger::{Role, state_key};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::{Canonical as _, Clock as _, Hash, KeyId, Label};
use citizen_voting::Poll;
use citizen_voting::blind::{BlindKey, BlindedMessage};
use citizen_voting::issuance::{IssuanceRow, RefusalReason, RegistrarRefusal};
use city_chain::Chain as _;
use city_services::{Steps as _, places};

/// A person on the roll with her phone.
struct Person {
    phone: Phone,
    voter: Voter,
    reply: SealingKey,
}

impl Person {
    fn new(world: &World, person: u8) -> Self {
        let reply = SealingKey::generate(&mut Seeded::new("reply"));
        Self { phone: Phone::open(world, person + 1), voter: Voter::new(person), reply }
    }

    async fn ask(&mut self, world: &World) -> Result<RegistrarAnswer, WordError> {
        let request = registration(world, &mut self.phone, &self.voter, 0, &self.reply);
        ask(world, &request, &self.reply).await
    }

    async fn ask_for(
        &mut self,
        world: &World,
        content: RequestContent,
    ) -> Result<RegistrarAnswer, WordError> {
        let request = self.phone.signed(world, registrar_key(0).id(), content);
        ask(world, &request, &self.reply).await
    }

    fn content(&self, poll: &Poll, blinded: BlindedMessage) -> RequestContent {
        let reply = *self.reply.public().as_bytes();
        RequestContent::Register { poll: poll.id(), electorate: CITIZENS, blinded: Box::new(blinded), reply }
    }
}

pub(crate) fn issued(answer: RegistrarAnswer) -> Issued {
    match answer {
        RegistrarAnswer::Issued(issued) => *issued,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn refusal(answer: RegistrarAnswer) -> RefusalReason {
    match answer {
        RegistrarAnswer::Refused(signed) => signed.verify(&registrar_key(0).public()).unwrap().reason,
        other => panic!("{other:?}"),
    }
}

/// The rows of the issuance log.
pub(crate) fn rows(world: &World) -> Vec<IssuanceRow> {
    let leaves = world.wires.chain.leaves(&state_key::issuance(&poll().id()), 0, 1_000, 1 << 20).unwrap();
    leaves.iter().map(|leaf| IssuanceRow::from_canonical(&leaf.bytes).unwrap()).collect()
}

/// The message that another voting root would have signed.
fn another(person: u8) -> BlindedMessage {
    let mut secret = *crate::polling::manifest::secret(0x41, usize::from(person)).expose();
    secret[31] ^= 1;
    let root = citizen_keys::Secret32::take(zeroize::Zeroizing::new(secret));
    citizen_voting::token::VotingRoot::new(root).poll(poll().id()).request(poll(), CITIZENS, 0).unwrap()
}

#[tokio::test]
async fn registrar_3_and_4_it_signs_once_for_a_person_and_the_row_stands_on_the_ledger_before_the_signature_leaves()
 {
    let world = registering();
    let mut person = Person::new(&world, 0);
    assert_eq!(person.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    // Sent, and in no block yet; then in a block, and not proved by the next header.
    world.registrar().step().await.unwrap();
    assert_eq!(person.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    assert_eq!(rows(&world), []);
    step(&world, 3).await;
    let answer = issued(person.ask(&world).await.unwrap());
    assert_eq!(rows(&world), [answer.row]);
    assert_eq!((answer.index, answer.entry), (0, roll().rows()[0].entry));
    let outcome = person.voter.secret.finish(poll(), CITIZENS, 0, &answer.signature).unwrap();
    assert_eq!(outcome, person.voter.token.signatures[0]);
    // The same again, from the same phone and from one that was restored, after registration is over too.
    until(&world, 590);
    assert_eq!(issued(person.ask(&world).await.unwrap()), answer);
    let (_, phone) = person.phone.replaced(&world, 50);
    person = Person { phone, ..person };
    until(&world, 700);
    assert_eq!(issued(person.ask(&world).await.unwrap()), answer);
    assert_eq!(rows(&world).len(), 1);
}

/// A thief with the phone would have her one signature, for ever.
#[tokio::test]
async fn registrar_3_a_phone_whose_account_is_frozen_registers_for_nothing() {
    let world = registering();
    let mut person = Person::new(&world, 0);
    person.phone.freezes(&world, true);
    world.seal();
    let refused = person.ask(&world).await.unwrap_err();
    let WordError::Call(CallError::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.code, "frozen");
    step(&world, 3).await;
    assert_eq!(rows(&world), []);
    person.phone.freezes(&world, false);
    world.seal();
    assert_eq!(person.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    step(&world, 3).await;
    issued(person.ask(&world).await.unwrap());
}

#[tokio::test]
async fn registrar_5_whom_it_does_not_sign_for_gets_a_signed_word_that_says_why() {
    let world = registering();
    let mut person = Person::new(&world, 0);
    person.ask(&world).await.unwrap();
    step(&world, 3).await;
    issued(person.ask(&world).await.unwrap());
    let content = person.content(poll(), another(0));
    assert_eq!(refusal(person.ask_for(&world, content).await.unwrap()), RefusalReason::AnotherKeySigned);
    // Phone 20 is nobody's on the roll.
    let reply = SealingKey::generate(&mut Seeded::new("reply"));
    let mut stranger = Person { phone: Phone::open(&world, 20), voter: Voter::new(0), reply };
    assert_eq!(refusal(stranger.ask(&world).await.unwrap()), RefusalReason::NotOnTheRoll);
    let mut other = Person::new(&world, 1);
    let modulus = *BLIND_KEYS[0].public().unwrap().as_bytes();
    let content = other.content(poll(), BlindedMessage::from_bytes(modulus));
    assert_eq!(refusal(other.ask_for(&world, content).await.unwrap()), RefusalReason::Malformed);
    // None of it has cost her her signature.
    assert_eq!(other.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    until(&world, 605);
    let mut late = Person::new(&world, 2);
    assert_eq!(refusal(late.ask(&world).await.unwrap()), RefusalReason::NotOpen);
}

#[tokio::test]
async fn registrar_5_before_registration_it_signs_for_nobody() {
    let world = World::new();
    announce(&world, poll().manifest());
    world.registrar().load_roll(&roll()).unwrap();
    world.registrar().bring_keys(DRAFT, &BLIND_KEYS[..1]).unwrap();
    let mut person = Person::new(&world, 0);
    assert_eq!(refusal(person.ask(&world).await.unwrap()), RefusalReason::NotOpen);
}

#[tokio::test]
async fn registrar_2_without_the_roll_that_the_manifest_names_it_says_nothing_to_anybody() {
    let world = World::new();
    announce(&world, poll().manifest());
    world.registrar().bring_keys(DRAFT, &BLIND_KEYS[..1]).unwrap();
    let short = city_services::registrar::Roll::new(roll().rows()[..40].to_vec()).unwrap();
    world.registrar().load_roll(&short).unwrap();
    until(&world, 70);
    let mut person = Person::new(&world, 0);
    assert!(
        matches!(person.ask(&world).await, Err(WordError::Call(_))),
        "no refusal that it could not stand by"
    );
    world.registrar().load_roll(&roll()).unwrap();
    assert_eq!(person.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
}

#[tokio::test]
async fn registrar_3_a_request_counts_if_the_accounts_device_has_signed_it_for_this_registrar() {
    let world = registering();
    let mut person = Person::new(&world, 0);
    let request = registration(&world, &mut person.phone, &person.voter, 0, &person.reply);
    world.clock.advance(400);
    world.seal();
    let refused = |error: WordError, word: &str| match error {
        WordError::Call(error) => assert!(error.is_refused_with(word), "{error:?}"),
        other => panic!("{other:?}"),
    };
    refused(ask(&world, &request, &person.reply).await.unwrap_err(), "request-too-old");
    let content = person.content(poll(), person.voter.secret.request(poll(), CITIZENS, 0).unwrap());
    let elsewhere = person.phone.signed(&world, registrar_key(1).id(), content);
    refused(ask(&world, &elsewhere, &person.reply).await.unwrap_err(), "wrong-party");
    // A phone that another one has replaced.
    let Person { phone, voter, reply } = person;
    let (mut thief, _) = phone.replaced(&world, 50);
    let request = registration(&world, &mut thief, &voter, 0, &reply);
    refused(ask(&world, &request, &reply).await.unwrap_err(), "fenced");
}

#[tokio::test]
async fn registrar_6_what_stands_in_the_log_decides_even_for_a_registrar_that_has_forgotten_it() {
    let world = registering();
    let mut person = Person::new(&world, 0);
    person.ask(&world).await.unwrap();
    step(&world, 3).await;
    let answer = issued(person.ask(&world).await.unwrap());
    // An older backup of its disk is put back: it has rolls and keys, and no rows.
    world.forget("registrar");
    world.registrar().load_roll(&roll()).unwrap();
    world.registrar().bring_keys(DRAFT, &BLIND_KEYS[..1]).unwrap();
    let content = person.content(poll(), another(0));
    assert_eq!(person.ask_for(&world, content.clone()).await.unwrap(), RegistrarAnswer::Pending);
    step(&world, 3).await;
    assert_eq!(refusal(person.ask_for(&world, content).await.unwrap()), RefusalReason::AnotherKeySigned);
    assert_eq!(issued(person.ask(&world).await.unwrap()), answer);
    assert_eq!(rows(&world).len(), 1);
}

/// In one log stand the rows of all registrars of a poll.
#[tokio::test]
async fn registrar_6_a_row_of_another_registrar_decides_nothing_here() {
    let world = registering();
    let (mut before, mut after) = (Person::new(&world, 0), Person::new(&world, 1));
    before.ask(&world).await.unwrap();
    step(&world, 3).await;
    let answer = issued(before.ask(&world).await.unwrap());
    enter(&world, 1..2, 0..2);
    step(&world, 3).await;
    assert_eq!(rows(&world).len(), 3);
    assert_eq!(issued(before.ask(&world).await.unwrap()), answer);
    assert_eq!(after.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    step(&world, 3).await;
    assert_eq!(issued(after.ask(&world).await.unwrap()).row.registrar, 0);
    assert_eq!(rows(&world).len(), 4);
    // The log is read as long as rows are on their way: now the other's row on the first person was read as well.
    assert_eq!(issued(before.ask(&world).await.unwrap()), answer);
}

#[tokio::test]
async fn registrar_8_until_trustees_have_made_the_key_a_row_waits_and_the_ledger_is_not_asked_to_refuse_it() {
    let world = World::new();
    announce(&world, poll().manifest());
    world.registrar().load_roll(&roll()).unwrap();
    world.registrar().bring_keys(DRAFT, &BLIND_KEYS[..1]).unwrap();
    until(&world, 70);
    let sent = || {
        let sent = world.wires.sent.lock().unwrap();
        sent.iter().filter(|place| **place == places::REGISTRAR_SUBMIT).count()
    };
    let mut people: Vec<Person> = (0..3).map(|person| Person::new(&world, person)).collect();
    for person in &mut people {
        assert_eq!(person.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    }
    step(&world, 10).await;
    // Their transactions can be executed no more when the key is there.
    for _ in 0..65 {
        people[0].phone.grant(&world, 1);
        world.registrar().step().await.unwrap();
    }
    assert_eq!((sent(), rows(&world)), (0, vec![]));
    make_key(&world);
    step(&world, 4).await;
    for person in &mut people {
        issued(person.ask(&world).await.unwrap());
    }
    assert_eq!(rows(&world).len(), 3);
}

/// Trustees who never speak keep nobody's row for ever.
#[tokio::test]
async fn registrar_8_without_a_key_a_row_is_given_up_when_registration_is_over() {
    let world = World::new();
    announce(&world, poll().manifest());
    world.registrar().load_roll(&roll()).unwrap();
    world.registrar().bring_keys(DRAFT, &BLIND_KEYS[..1]).unwrap();
    until(&world, 70);
    let mut person = Person::new(&world, 0);
    assert_eq!(person.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    until(&world, 620);
    step(&world, 1).await;
    assert_eq!(refusal(person.ask(&world).await.unwrap()), RefusalReason::NotOpen);
    assert_eq!(world.registrar().step().await.unwrap().open, 0);
}

#[tokio::test]
async fn registrar_4_a_row_that_the_ledger_never_took_is_signed_anew_and_given_up_when_registration_is_over()
{
    let world = registering();
    let mut person = Person::new(&world, 0);
    // The node swallows it.
    *world.wires.swallows.lock().unwrap() = true;
    assert_eq!(person.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    // So many blocks that its transaction can be executed no more.
    for _ in 0..65 {
        person.phone.grant(&world, 1);
        world.registrar().step().await.unwrap();
    }
    *world.wires.swallows.lock().unwrap() = false;
    step(&world, 3).await;
    issued(person.ask(&world).await.unwrap());
    *world.wires.swallows.lock().unwrap() = true;
    until(&world, 560);
    let mut late = Person::new(&world, 1);
    assert_eq!(late.ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    until(&world, 620);
    *world.wires.swallows.lock().unwrap() = false;
    step(&world, 3).await;
    assert_eq!(refusal(late.ask(&world).await.unwrap()), RefusalReason::NotOpen);
    assert_eq!(rows(&world).len(), 1);
    assert_eq!(world.registrar().step().await.unwrap().open, 0);
}

#[tokio::test]
async fn service_3_a_log_whose_leaves_do_not_lead_to_the_proved_frontier_is_not_believed() {
    let world = registering();
    let mut people: Vec<Person> = (0..6).map(|person| Person::new(&world, person)).collect();
    for person in &mut people {
        person.ask(&world).await.unwrap();
    }
    world.seal();
    world.seal();
    *world.wires.forged.lock().unwrap() = Some(Forged::Leaf);
    world.registrar().step().await.unwrap();
    assert_eq!(people[0].ask(&world).await.unwrap(), RegistrarAnswer::Pending);
    *world.wires.forged.lock().unwrap() = Some(Forged::Shortened);
    step(&world, 2).await;
    assert_eq!(rows(&world).len(), 6);
    *world.wires.forged.lock().unwrap() = None;
    step(&world, 2).await;
    for person in &mut people {
        issued(person.ask(&world).await.unwrap());
    }
}

fn order(world: &World, to: KeyId, office: &SigningKey, count: u8) -> Signed<BlindKeysOrder> {
    let order = BlindKeysOrder { to, draft: [3; 32], count, time: world.clock.now() };
    Signed::sign(&order, office)
}

#[tokio::test]
async fn registrar_1_it_makes_the_keys_of_a_poll_on_the_offices_order_and_tells_them_when_they_are_on_the_disk()
 {
    let world = World::new();
    world.seal();
    let registrar = registrar_key(0);
    let client =
        RegistrarClient::new(world.exchange("registrar"), record(&world, Role::Registrar, &registrar).await);
    let ordered = async |count| client.keys(ASK, &order(&world, registrar.id(), &key(24), count)).await;
    assert_eq!(ordered(1).await.unwrap(), None, "not made yet");
    // It dies before and after it has written the key down.
    for before in [true, false] {
        world.wires.knife.arm(places::REGISTRAR_KEYS, before);
        assert!(world.registrar().step().await.is_err());
        world.revive();
    }
    world.registrar().step().await.unwrap();
    let keys: Vec<BlindKey> = ordered(1).await.unwrap().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(ordered(1).await.unwrap(), Some(keys), "the same draft has the same keys");
    let refused = |answer: Result<_, WordError>, word: &str| match answer {
        Err(WordError::Call(error)) => assert!(error.is_refused_with(word), "{error:?}"),
        other => panic!("{other:?}"),
    };
    refused(ordered(2).await, "another-draft");
    refused(ordered(0).await, "malformed");
    refused(client.keys(ASK, &order(&world, registrar.id(), &key(25), 1)).await, "wrong-signature");
    refused(client.keys(ASK, &order(&world, registrar_key(1).id(), &key(24), 1)).await, "wrong-party");
    let strange = order(&world, registrar.id(), &key(25), 1);
    let bytes = strange.dangerous_unverified().unwrap().to_canonical();
    let forged = Signed::from_parts(bytes, key(24).id(), *strange.signature());
    refused(client.keys(ASK, &forged).await, "wrong-signature");
    // Keys that somebody else has signed are not this registrar's.
    let word = BlindKeysWord { draft: [3; 32], count: 1, keys: vec![strange_key().public().unwrap()] };
    let answer = BlindKeysAnswer { answer: Bytes::of(&Signed::sign(&word, &registrar_key(1))) };
    let replay = std::sync::Arc::new(Replay(serde_json::to_vec(&answer).unwrap()));
    let exchange = Exchange::new(replay, &"http://registrar/".parse().unwrap());
    let client = RegistrarClient::new(exchange, record(&world, Role::Registrar, &registrar).await);
    let unverified = client.keys(ASK, &order(&world, registrar.id(), &key(24), 1)).await;
    assert!(matches!(unverified, Err(WordError::Unverified(_))));
}

/// What it signs blindly for one poll could be a token of another: an office that names a key twice gets nothing.
#[tokio::test]
async fn registrar_1_a_key_that_has_signed_in_one_poll_signs_in_no_other() {
    let world = registering();
    let mut person = Person::new(&world, 0);
    person.ask(&world).await.unwrap();
    let mut twin = tested();
    twin.title = crate::polling::manifest::both("다른 투표", "Another poll");
    twin.registration.from = world.clock.now().plus(citizen_primitives::Seconds::new(60));
    let twin = Poll::new(twin).unwrap();
    let announced = by(&world, &key(24), PollAction::Announce(Box::new(twin.manifest().clone())));
    assert!(world.wires.chain.submit(announced.to_canonical()).is_err(), "the ledger knows the key too");
    until(&world, 200);
    let content = person.content(&twin, another(0));
    match person.ask_for(&world, content).await {
        Err(WordError::Call(error)) => assert!(error.is_refused_with("no-poll"), "{error:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_registration_is_read_by_its_registrar_alone_and_its_answer_by_its_phone() {
    let world = casting();
    let mut person = Person::new(&world, 0);
    let request = registration(&world, &mut person.phone, &person.voter, 0, &person.reply);
    let wrong = SealingKey::generate(&mut Seeded::new("another"));
    assert_eq!(ask(&world, &request, &wrong).await.unwrap_err(), WordError::AboutSomethingElse);
    assert!(ask(&world, &request, &person.reply).await.is_ok());
}

/// Answers everything with the same bytes.
struct Replay(Vec<u8>);

#[async_trait::async_trait]
impl citizen_client::Transport for Replay {
    async fn send(
        &self,
        _: citizen_client::Request,
    ) -> Result<citizen_client::Response, citizen_client::TransportError> {
        Ok(citizen_client::Response { status: 200, body: self.0.clone() })
    }
}

#[tokio::test]
async fn a_phone_takes_no_registrars_word_on_another_request_and_no_refusal_of_another_message() {
    let world = registering();
    let mut person = Person::new(&world, 0);
    let earlier = registration(&world, &mut person.phone, &person.voter, 0, &person.reply);
    let request = registration(&world, &mut person.phone, &person.voter, 0, &person.reply);
    let party = record(&world, Role::Registrar, &registrar_key(0)).await;
    let heard = async |answer: &RegistrarWord, request: &Signed<DeviceRequest>| {
        let signed = Signed::sign(answer, &registrar_key(0)).to_canonical();
        let sealed =
            person.reply.public().seal(&mut Seeded::new("answer"), REGISTERED_CONTEXT, &signed).unwrap();
        let body = serde_json::to_vec(&RegistrationAnswer { sealed: Bytes::new(&sealed) }).unwrap();
        let exchange =
            Exchange::new(std::sync::Arc::new(Replay(body)), &"http://registrar/".parse().unwrap());
        let client = RegistrarClient::new(exchange, party.clone());
        client.register(ASK, &mut Seeded::new("phone"), request, &person.reply).await
    };
    let word = |answer, request| RegistrarWord {
        request: registration_digest(request),
        answer,
        time: world.clock.now(),
    };
    let pending = word(RegistrarAnswer::Pending, &request);
    assert!(heard(&pending, &request).await.is_ok());
    let old = word(RegistrarAnswer::Pending, &earlier);
    assert_eq!(heard(&old, &request).await.unwrap_err(), WordError::AboutSomethingElse);
    let blinded = person.voter.secret.request(poll(), CITIZENS, 0).unwrap();
    let refusal = |message: &BlindedMessage| RegistrarRefusal {
        poll: poll().id(),
        electorate: CITIZENS,
        blinded: Hash::labelled(Label::BlindedToken, message.as_bytes()),
        reason: RefusalReason::NotOpen,
        at: world.clock.now(),
    };
    let own = RegistrarAnswer::Refused(Signed::sign(&refusal(&blinded), &registrar_key(0)));
    assert!(heard(&word(own, &request), &request).await.is_ok());
    let others = RegistrarAnswer::Refused(Signed::sign(&refusal(&another(0)), &registrar_key(0)));
    assert_eq!(heard(&word(others, &request), &request).await.unwrap_err(), WordError::AboutSomethingElse);
    let unsigned = RegistrarAnswer::Refused(Signed::sign(&refusal(&blinded), &registrar_key(1)));
    assert!(matches!(heard(&word(unsigned, &request), &request).await, Err(WordError::Unverified(_))));
    // A row of somebody else.
    let (entry, stranger) = (roll().rows()[0].entry, roll().rows()[1].entry);
    for (named, is_hers) in [(entry, true), (stranger, false)] {
        let row = IssuanceRow::new(0, CITIZENS, named.tag(poll().id()), &blinded);
        let signature = BLIND_KEYS[0].sign(&mut Seeded::new("registrar"), &blinded).unwrap();
        let issued = Issued { signature, entry, row, index: 0 };
        let answer = word(RegistrarAnswer::Issued(Box::new(issued)), &request);
        assert_eq!(heard(&answer, &request).await.is_ok(), is_hers);
    }
}
