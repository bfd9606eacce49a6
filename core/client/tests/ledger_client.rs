//! A gateway over a small real ledger, honest and lying, and what the ledger client makes of it.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../ledger/tests/support/mod.rs"]
mod support;

use async_trait::async_trait;
use citizen_client::api::{
    BankAnswer, Bytes, CodeAnswer, HeaderProofAnswer, LightBlockAnswer, PartiesAnswer, StateAnswer,
    StateRequest,
};
use citizen_client::{
    BankClient, BankStand, CentreClient, Exchange, LedgerClient, LedgerError, Method, Parties, RegistryError,
    Request, Response, Transport, TransportError, Unproved, WordError,
};
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::{
    CertificateRole, Freshness, HeaderError, LightClient, Role, RoleRecord, StateKey, Trust, TrustAnchor,
    state_key,
};
use citizen_payment::terms::code_digest;
use citizen_payment::word::{BankDebit, MerchantAnswer, MerchantStatus};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{
    AccountId, Height, KeyId, PaymentId, Place, Seconds, SeoulDid, TransactionId, UnixTime,
};
use std::sync::{Arc, Mutex};
use support::city::{Block, City, time_of};
use support::parties::Service;
use support::sealer::Validators;
use support::transactions::{ACCOUNT, Cast};
use support::{card, client_at, digest};

const HERE: Place = Place::new("test/ask");

/// What a gateway makes of an honest answer to a path.
type Lie = Box<dyn Fn(&str, Vec<u8>) -> Vec<u8> + Send>;

/// Serves a city; `lie` may change any answer.
struct Gateway {
    city: Mutex<City>,
    parties: Mutex<PartiesAnswer>,
    lie: Mutex<Lie>,
}

impl Gateway {
    fn answer(&self, request: &Request) -> Option<Vec<u8>> {
        let city = self.city.lock().unwrap();
        let path = request.url.path().to_owned();
        let block = |height: u64| Bytes::new(&city.block(height).to_bytes());
        let newest = city.height();
        let json = match path.trim_start_matches("/v1/") {
            "parties" => serde_json::to_vec(&*self.parties.lock().unwrap()),
            "ledger/state" => {
                assert_eq!(request.method, Method::Post);
                let asked: StateRequest = serde_json::from_slice(&request.body).unwrap();
                let keys: Vec<_> =
                    asked.keys.iter().map(|key| StateKey::from_bytes(key.decode().unwrap())).collect();
                let state = Bytes::of(&city.state(newest, &keys));
                serde_json::to_vec(&StateAnswer { light_block: block(newest), state })
            }
            "ledger/light-blocks/latest" => {
                serde_json::to_vec(&LightBlockAnswer { light_block: block(newest) })
            }
            other if other.starts_with("centre/") || other.starts_with("bank/") => Ok(Vec::new()),
            other => {
                let (_, height) =
                    other.split_once("light-blocks/").or_else(|| other.split_once("headers/"))?;
                let height: u64 = height.trim_end_matches("/proof").parse().unwrap();
                if other.ends_with("/proof") {
                    let proof = Bytes::of(&city.header_proof(height, newest));
                    let light_block = block(newest);
                    serde_json::to_vec(&HeaderProofAnswer { old: block(height), light_block, proof })
                } else {
                    serde_json::to_vec(&LightBlockAnswer { light_block: block(height) })
                }
            }
        };
        Some((self.lie.lock().unwrap())(&path, json.unwrap()))
    }
}

#[async_trait]
impl Transport for Gateway {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        assert_eq!(request.place, HERE);
        self.answer(&request).map(|body| Response { status: 200, body }).ok_or(TransportError::Offline)
    }
}

struct Story {
    gateway: Arc<Gateway>,
    exchange: Exchange,
    clock: Arc<ManualClock>,
    ledger: LedgerClient,
    bank: Service,
}

/// A city of `heights` blocks with three parties in its registry; the client trusts block 1.
fn story_of(city: City, bank: Service) -> Story {
    let clock = Arc::new(ManualClock::at(city.newest().time()));
    let light = client_at(&city, 1);
    let key = |seed| Service::new(Role::Centre, seed).record.id().to_hex();
    let parties = PartiesAnswer {
        centre: key(21),
        bank: bank.record.id().to_hex(),
        treasury: key(23),
        registrars: Vec::new(),
        relays: Vec::new(),
        recovery_officers: Vec::new(),
    };
    let gateway = Arc::new(Gateway {
        city: Mutex::new(city),
        parties: Mutex::new(parties),
        lie: Mutex::new(Box::new(|_, body| body)),
    });
    let transport: Arc<dyn Transport> = gateway.clone();
    let exchange = Exchange::new(transport, &"http://city.example".parse().unwrap());
    let ledger = LedgerClient::new(exchange.clone(), light, clock.clone());
    Story { gateway, exchange, clock, ledger, bank }
}

fn story() -> Story {
    story_with(Service::new(Role::Bank, 22))
}

fn story_with(bank: Service) -> Story {
    let services = [Service::new(Role::Centre, 21), bank, Service::new(Role::Treasury, 23)];
    let mut city = City::new(Validators::new(1..5));
    let registry = services
        .iter()
        .fold(Block::default(), |block, service| block.write(service.state_key(), &service.record));
    city.seal(registry);
    city.idle(4);
    let [_, bank, _] = services;
    story_of(city, bank)
}

impl Story {
    fn seal(&self, blocks: u64) {
        let mut city = self.gateway.city.lock().unwrap();
        city.idle(blocks);
        self.clock.set(city.newest().time());
    }

    fn lie(&self, lie: impl Fn(&str, Vec<u8>) -> Vec<u8> + Send + 'static) {
        *self.gateway.lie.lock().unwrap() = Box::new(lie);
    }
}

#[tokio::test]
async fn client_2_a_record_and_its_absence_are_proved_under_the_newest_header() {
    let story = story();
    let stranger = state_key::role(Role::Bank, &KeyId::from_bytes([9; 32]));
    let keys = [story.bank.state_key(), stranger.clone()];
    let proven = story.ledger.state(HERE, &keys).await.unwrap().fresh().unwrap();
    let bank = proven.get::<RoleRecord>(&keys[0]).unwrap().present().unwrap();
    assert_eq!(*bank.value(), story.bank.record);
    assert!(proven.get::<RoleRecord>(&stranger).unwrap().is_absent());
    assert_eq!(story.ledger.trusted().height, Height::new(5));
    let not_asked = proven.get::<RoleRecord>(&state_key::supply());
    assert!(matches!(not_asked, Err(LedgerError::Unverified { what: Unproved::Record(_) })));
}

#[tokio::test]
async fn client_2_no_change_to_any_byte_of_an_answer_is_believed() {
    let story = story();
    let key = story.bank.state_key();
    let honest = story.ledger.state(HERE, std::slice::from_ref(&key)).await.unwrap();
    let honest = honest.get::<RoleRecord>(&key).unwrap().into_parts().0;
    let length = {
        let city = story.gateway.city.lock().unwrap();
        let light_block = Bytes::new(&city.newest().to_bytes());
        let state = Bytes::of(&city.state(city.height(), std::slice::from_ref(&key)));
        serde_json::to_vec(&StateAnswer { light_block, state }).unwrap().len()
    };
    let mut refused = 0;
    for position in (0..length).step_by(7) {
        story.lie(move |_, mut body| {
            if let Some(byte) = body.get_mut(position) {
                *byte = if *byte == b'A' { b'B' } else { b'A' };
            }
            body
        });
        let answer = story.ledger.state(HERE, std::slice::from_ref(&key)).await;
        match answer.and_then(|proven| proven.get::<RoleRecord>(&key)) {
            Ok(record) => assert_eq!(record.into_parts().0, honest, "byte {position}"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused * 7 > length / 2, "{refused} of {length}");
}

#[tokio::test]
async fn client_2_a_record_under_another_header_than_its_own_is_refused() {
    let story = story();
    let key = story.bank.state_key();
    let old_state = story.gateway.city.lock().unwrap().state(2, std::slice::from_ref(&key));
    let state = Bytes::of(&old_state);
    story.lie(move |path, body| {
        if !path.ends_with("/state") {
            return body;
        }
        let mut answer: StateAnswer = serde_json::from_slice(&body).unwrap();
        answer.state = state.clone();
        serde_json::to_vec(&answer).unwrap()
    });
    let refused = story.ledger.state(HERE, &[key]).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Unverified { what: Unproved::Record(_) }), "{refused}");
}

#[tokio::test]
async fn client_1_an_old_header_and_another_ledgers_are_refused() {
    let story = story();
    let old = Bytes::new(&story.gateway.city.lock().unwrap().block(3).to_bytes());
    story.ledger.refresh(HERE).await.unwrap();
    story.lie(move |_, _| serde_json::to_vec(&LightBlockAnswer { light_block: old.clone() }).unwrap());
    let refused = story.ledger.refresh(HERE).await.unwrap_err();
    assert_eq!(refused, LedgerError::Header(HeaderError::Behind { trusted: Height::new(5) }));

    let mut other = City::new(Validators::new(11..15));
    other.idle(6);
    let forged = Bytes::new(&other.newest().to_bytes());
    story.lie(move |path, body| {
        if path.ends_with("latest") {
            serde_json::to_vec(&LightBlockAnswer { light_block: forged.clone() }).unwrap()
        } else {
            body
        }
    });
    assert!(matches!(story.ledger.refresh(HERE).await, Err(LedgerError::Header(HeaderError::Invalid))));
}

#[tokio::test]
async fn client_1_two_headers_of_one_height_are_a_conflict() {
    let story = story();
    let mut fork = City::new(Validators::new(1..5));
    fork.idle(5);
    let forked = Bytes::new(&fork.newest().to_bytes());
    story.ledger.refresh(HERE).await.unwrap();
    story.lie(move |_, _| serde_json::to_vec(&LightBlockAnswer { light_block: forked.clone() }).unwrap());
    assert_eq!(
        story.ledger.refresh(HERE).await.unwrap_err(),
        LedgerError::Conflict { height: Height::new(5) }
    );
}

#[tokio::test]
async fn client_1_changes_of_validators_are_followed_through_the_headers_between() {
    let mut city = City::new(Validators::new(1..5));
    for first in [11, 21, 31] {
        city.idle(20);
        city.seal(Block::default().next_validators(&Validators::new(first..first + 4)));
    }
    city.idle(20);
    let newest = city.height();
    let story = story_of(city, Service::new(Role::Bank, 22));
    let latest = story.ledger.refresh(HERE).await.unwrap();
    assert_eq!(latest.header.height(), Height::new(newest));
    assert_eq!((latest.header.provenance().signers, latest.freshness), (4, Freshness::Fresh));
}

#[tokio::test]
async fn client_3_an_old_header_is_proved_through_the_newest() {
    let story = story();
    let old = story.ledger.header_proof(HERE, Height::new(2)).await.unwrap();
    assert_eq!(old.header.height(), Height::new(2));
    assert_eq!(old.header.provenance().through, Some(Height::new(5)));
    let other = Bytes::new(&story.gateway.city.lock().unwrap().block(3).to_bytes());
    for of_another_height in [true, false] {
        let other = other.clone();
        story.lie(move |_, body| {
            let mut answer: HeaderProofAnswer = serde_json::from_slice(&body).unwrap();
            answer.old = other.clone();
            serde_json::to_vec(&answer).unwrap()
        });
        let asked = if of_another_height { 2 } else { 4 };
        let refused = story.ledger.header_proof(HERE, Height::new(asked)).await.unwrap_err();
        assert_eq!(refused, LedgerError::Unverified { what: Unproved::AnotherHeight });
    }
}

/// The bank's record under the header at `height`, as somebody brings it.
fn brought(story: &Story, height: u64) -> (Bytes, Bytes) {
    let city = story.gateway.city.lock().unwrap();
    let state = city.state(height, &[story.bank.state_key()]);
    (Bytes::new(&city.block(height).to_bytes()), Bytes::of(&state))
}

#[tokio::test]
async fn client_2_what_somebody_brings_counts_long_after_the_anchor_and_below_it() {
    let mut story = story();
    let key = story.bank.state_key();
    story.seal(10);
    let city = |act: &dyn Fn(&City) -> LightClient| act(&story.gateway.city.lock().unwrap());
    let short = |height| {
        city(&|city| {
            let period = Seconds::new(60);
            LightClient::new(TrustAnchor::dangerous_trust(city.block(height), Trust::File, period))
        })
    };
    let (early, below) = (short(1), short(12));

    // Asked at each header as it came, and then about one before the newest.
    story.clock.set(time_of(6));
    let ledger = LedgerClient::new(story.exchange.clone(), early, story.clock.clone());
    let (block, state) = brought(&story, 6);
    ledger.check(HERE, &block, &state).await.unwrap();
    story.clock.set(time_of(11));
    let (block, state) = brought(&story, 11);
    ledger.check(HERE, &block, &state).await.unwrap();
    let (block, state) = brought(&story, 10);
    let proven = ledger.check(HERE, &block, &state).await.unwrap();
    assert!(proven.get::<RoleRecord>(&key).unwrap().present().is_some());
    assert_eq!(ledger.trusted().height, Height::new(11));

    // A checkpoint that came after what is brought.
    story.clock.set(time_of(15));
    story.ledger = LedgerClient::new(story.exchange.clone(), below, story.clock.clone());
    story.ledger.refresh(HERE).await.unwrap();
    let (block, state) = brought(&story, 4);
    let proven = story.ledger.check(HERE, &block, &state).await.unwrap();
    assert!(proven.get::<RoleRecord>(&key).unwrap().present().is_some());
    assert_eq!(proven.header().provenance().through, Some(Height::new(15)));
    let mut forged = City::new(Validators::new(11..15));
    forged.idle(4);
    let forged = Bytes::new(&forged.newest().to_bytes());
    let refused = story.ledger.check(HERE, &forged, &state).await.unwrap_err();
    assert_eq!(refused, LedgerError::Conflict { height: Height::new(4) });
}

#[tokio::test]
async fn client_4_a_gateway_that_withholds_headers_is_shown_stale_and_never_acted_on() {
    let story = story();
    story.clock.advance(60);
    assert!(story.ledger.state(HERE, &[]).await.unwrap().fresh().is_ok());
    story.clock.advance(1);
    let stale = story.ledger.state(HERE, &[]).await.unwrap();
    assert_eq!(stale.freshness(), Freshness::Stale { as_of: time_of(5) });
    assert_eq!(stale.fresh().unwrap_err(), LedgerError::Stale { as_of: time_of(5) });
    story.clock.set(time_of(4));
    assert!(story.ledger.state(HERE, &[]).await.is_ok(), "ten seconds are drift");
    story.seal(1);
    story.clock.set(time_of(3));
    let wrong = story.ledger.refresh(HERE).await.unwrap_err();
    assert_eq!(wrong, LedgerError::ClockWrong { by: Seconds::new(30) });
}

#[tokio::test]
async fn client_8_a_party_is_who_the_ledger_proves_and_not_who_the_gateway_names() {
    let story = story();
    let parties = Parties::find(&story.exchange, &story.ledger, HERE).await.unwrap();
    assert_eq!(*parties.bank.value(), story.bank.record);
    let centre = parties.centre.value().id().to_hex();
    story.gateway.parties.lock().unwrap().bank = centre;
    let refused = Parties::find(&story.exchange, &story.ledger, HERE).await.unwrap_err();
    assert_eq!(refused, RegistryError::NotRegistered(Role::Bank));
    story.gateway.parties.lock().unwrap().bank = "bank".to_owned();
    let refused = Parties::find(&story.exchange, &story.ledger, HERE).await.unwrap_err();
    assert_eq!(refused, RegistryError::Hint(Role::Bank));
}

#[tokio::test]
async fn client_8_a_party_whose_role_has_ended_is_none_any_more() {
    let story = story_with(Service::new(Role::Bank, 22).until(time_of(4)));
    let refused = Parties::find(&story.exchange, &story.ledger, HERE).await.unwrap_err();
    assert_eq!(refused, RegistryError::NotRegistered(Role::Bank));
}

#[tokio::test]
async fn client_9_a_word_counts_if_the_party_signed_it_and_it_answers_what_was_asked() {
    let story = story();
    let parties = Parties::find(&story.exchange, &story.ledger, HERE).await.unwrap();
    let bank = BankClient::new(story.exchange.clone(), parties.bank);
    let payment = PaymentId::from_bytes([7; 32]);
    let debit = |payment| BankDebit {
        payment,
        order: TransactionId::from_bytes([2; 32]),
        won: support::won(4_500),
        booking: 17,
        time: time_of(5),
    };
    let say = |debit: &BankDebit, key: &SigningKey| {
        let answer = BankAnswer::Debited { debit: Bytes::of(&Signed::sign(debit, key)) };
        let body = serde_json::to_vec(&answer).unwrap();
        story.lie(move |_, _| body.clone());
    };
    say(&debit(payment), &story.bank.key);
    let BankStand::Debited(word) = bank.inquiry(HERE, &payment).await.unwrap() else { panic!() };
    assert_eq!((word.word.value(), word.word.by().role), (&debit(payment), Role::Bank));

    say(&debit(PaymentId::from_bytes([8; 32])), &story.bank.key);
    assert_eq!(bank.inquiry(HERE, &payment).await, Err(WordError::AboutSomethingElse));
    say(&debit(payment), &SigningKey::from_seed(&[21; 32]));
    assert!(matches!(bank.inquiry(HERE, &payment).await, Err(WordError::Unverified(_))));
    story.lie(|_, _| br#"{"status":"refused","reason":"not-enough"}"#.to_vec());
    let refused = BankStand::Refused { reason: "not-enough".to_owned() };
    assert_eq!(bank.inquiry(HERE, &payment).await, Ok(refused));
}

#[tokio::test]
async fn client_9_a_centres_answer_to_another_question_is_refused() {
    let story = story();
    let parties = Parties::find(&story.exchange, &story.ledger, HERE).await.unwrap();
    let centre = CentreClient::new(story.exchange.clone(), parties.centre);
    let honest = MerchantAnswer {
        code: code_digest("code"),
        status: MerchantStatus::Unknown,
        merchant: None,
        amount: None,
        reference: None,
        fee: support::won(0),
        nonce: [1; 16],
        time: time_of(5),
        until: time_of(9),
    };
    let ask = async |answer: MerchantAnswer| {
        let answer = Bytes::of(&Signed::sign(&answer, &SigningKey::from_seed(&[21; 32])));
        let body = serde_json::to_vec(&CodeAnswer { answer }).unwrap();
        story.lie(move |_, _| body.clone());
        centre.code(HERE, "code", [1; 16]).await.map(|word| word.word.into_parts().0)
    };
    assert_eq!(ask(honest.clone()).await, Ok(honest.clone()));
    let old = MerchantAnswer { nonce: [2; 16], ..honest.clone() };
    assert_eq!(ask(old).await, Err(WordError::AboutSomethingElse));
    let other = MerchantAnswer { code: code_digest("another"), ..honest };
    assert_eq!(ask(other).await, Err(WordError::AboutSomethingElse));
}

/// A city whose state holds what belongs to the card, as the frozen vectors have it.
fn card_story(until: Option<UnixTime>) -> (Story, Cast) {
    let cast = Cast::new();
    let mut organisation = Service::new(Role::Organisation, 44);
    organisation.record.until = until;
    let [issuer, verifier] = [CertificateRole::Issuer, CertificateRole::Verifier].map(card::certificate);
    let anchor = issuer.anchor.unwrap().id();
    let mut city = City::new(Validators::new(1..5));
    let (_, frozen) = card::custodies(&cast).remove(0);
    let block = Block::default()
        .write(organisation.state_key(), &organisation.record)
        .write(state_key::certificate(issuer.role, &issuer.thumbprint), &issuer)
        .write(state_key::certificate(verifier.role, &digest("another")), &verifier)
        .write(state_key::status(&anchor, &digest(LIST)), &card::anchor())
        .write(state_key::did(&card::did(&cast)), &card::did_record(&cast))
        .write(state_key::custody(&ACCOUNT), &frozen);
    city.seal(block);
    city.idle(4);
    (story_of(city, Service::new(Role::Bank, 22)), cast)
}

const LIST: &str = "https://issuer.example/status/1";

#[tokio::test]
async fn client_13_a_certificate_counts_as_what_it_was_entered_for_and_is_else_proved_absent() {
    let (story, _) = card_story(None);
    let find = async |role, name: &str| story.ledger.certificate(HERE, role, &digest(name)).await.unwrap();
    let found = find(CertificateRole::Issuer, "certificate").await.unwrap();
    assert_eq!(found.value().name_en.as_str(), "Mapo Library");
    assert_eq!(found.provenance().signers, 4);
    assert!(find(CertificateRole::Verifier, "certificate").await.is_none(), "an issuer is no verifier");
    assert!(find(CertificateRole::Issuer, "unknown").await.is_none());
    assert!(find(CertificateRole::Verifier, "another").await.is_none(), "a record under another's key");
    // A gateway that leaves it out is found out; one that says nothing new is not acted on.
    *story.gateway.lie.lock().unwrap() = Box::new(|path, body| {
        if path.ends_with("state") {
            String::from_utf8(body).unwrap().replace("AQ", "AA").into()
        } else {
            body
        }
    });
    let lied = story.ledger.certificate(HERE, CertificateRole::Issuer, &digest("certificate")).await;
    assert!(matches!(lied, Err(LedgerError::Unverified { .. } | LedgerError::Call(_))), "{lied:?}");
    *story.gateway.lie.lock().unwrap() = Box::new(|_, body| body);
    story.clock.advance(61);
    let stale = story.ledger.certificate(HERE, CertificateRole::Issuer, &digest("certificate")).await;
    assert!(matches!(stale, Err(LedgerError::Stale { .. })), "{stale:?}");
}

#[tokio::test]
async fn client_13_a_status_anchor_is_found_under_the_key_that_the_issuers_certificate_names() {
    let (story, _) = card_story(None);
    let certificate = digest("certificate");
    let anchor = story.ledger.status_anchor(HERE, &certificate, LIST).await.unwrap().unwrap();
    assert_eq!((anchor.value().version, anchor.value().token), (7, digest("status list token")));
    let other =
        story.ledger.status_anchor(HERE, &certificate, "https://issuer.example/status/2").await.unwrap();
    assert!(other.is_none());
    assert!(story.ledger.status_anchor(HERE, &digest("unknown"), LIST).await.unwrap().is_none());
}

#[tokio::test]
async fn client_13_a_did_is_resolved_with_the_organisation_behind_it() {
    let (story, cast) = card_story(None);
    let did = card::did(&cast);
    let resolved = story.ledger.did(HERE, &did).await.unwrap().unwrap();
    assert_eq!(*resolved.record.value(), card::did_record(&cast));
    assert!(resolved.organisation.is_some());
    assert_eq!(story.ledger.did(HERE, &SeoulDid::from_bytes([1; 32])).await.unwrap(), None);
    let (story, _) = card_story(Some(time_of(2)));
    let resolved = story.ledger.did(HERE, &did).await.unwrap().unwrap();
    assert!(resolved.organisation.is_none(), "its role has ended");
}

#[tokio::test]
async fn client_13_the_custody_of_an_account_is_proved_as_its_freedom_is() {
    let (story, _) = card_story(None);
    let frozen = story.ledger.custody(HERE, &ACCOUNT).await.unwrap();
    assert!(frozen.value().as_ref().unwrap().frozen.is_some());
    let free = story.ledger.custody(HERE, &AccountId::from_bytes([1; 32])).await.unwrap();
    assert_eq!(*free.value(), None);
}
