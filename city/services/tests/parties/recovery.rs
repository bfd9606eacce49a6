//! Officers of recovery: each alone can do nothing, whoever lies and wherever one dies.

use crate::phone::Phone;
use crate::world::{World, chain_id, key, role, text};
use citizen_client::api::{
    Bytes, DecisionRequest, ErrorAnswer, ErrorBody, Identity, OfficerRequest, OfficerSignatureRequest,
    RecoveryDecision, RecoveryRequest,
};
use citizen_client::recovery::{CASE_CONTEXT, DECISION_CONTEXT};
use citizen_client::{LedgerClient, Request, Response, Transport, TransportError};
use citizen_keys::{SealingKey, Secret32, Signature, SigningKey};
use citizen_ledger::{
    Action, CustodyAction, CustodyRecord, Dated, FileRecovery, Govern, LightClient, Nonce, RecoveryRules,
    RecoveryStage, Rejection, Role, SignedTransaction, Signer, TransactionBody, state_key,
};
use citizen_payment::request::RequestContent;
use citizen_primitives::{
    AccountId, Canonical as _, Label, NeverCut, Place, RecoveryCaseId, Seconds, UnixTime,
};
use city_chain::Chain as _;
use city_services::issuer::{LossReport, ResidentRegister};
use city_services::{Db, Party, RECOVERY_PLACES, Reason, RecoveryOfficer, ServiceError, Steps as _, places};
use city_storage::faults::Disk;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::{Arc, Mutex};

pub(crate) const OFFICERS: u8 = 4;
pub(crate) const CASE: RecoveryCaseId = RecoveryCaseId::from_bytes([0x33; 32]);
const WAIT: u64 = 72 * 60 * 60;

/// An issuer that counts what it hears; the rest goes over the world's wires.
#[derive(Default)]
pub(crate) struct Counter {
    pub(crate) losses: Mutex<Vec<LossReport>>,
    pub(crate) answer: Mutex<Answer>,
    /// What happens while it hears something, once.
    pub(crate) meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

/// What it says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Answer {
    #[default]
    Revoked,
    /// It knows nobody of that name.
    Nobody,
    /// It refuses for now.
    Busy,
    Offline,
}

#[async_trait::async_trait]
impl Transport for Counter {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        assert_eq!(request.url.path(), "/v1/issuer/losses");
        self.losses.lock().unwrap().push(serde_json::from_slice(&request.body).unwrap());
        if let Some(meanwhile) = self.meanwhile.lock().unwrap().take() {
            meanwhile();
        }
        let refused = |code: &str| {
            let error =
                ErrorBody { code: code.to_owned(), ko: String::new(), en: String::new(), rejection: None };
            Ok(Response { status: 409, body: serde_json::to_vec(&ErrorAnswer { error }).unwrap() })
        };
        match *self.answer.lock().unwrap() {
            Answer::Revoked => Ok(Response { status: 200, body: br#"{"revoked":3}"#.to_vec() }),
            Answer::Nobody => refused(Reason::NotThisPerson.word()),
            Answer::Busy => refused(Reason::TooManyTries.word()),
            Answer::Offline => Err(TransportError::Offline),
        }
    }
}

/// Four officers beside the world's parties. The first has the knife at her places; she alone is cut off.
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) counter: Arc<Counter>,
    disks: Vec<Mutex<Disk>>,
    officers: Vec<Mutex<Option<Arc<RecoveryOfficer>>>>,
}

pub(crate) fn officer_key(number: u8) -> SigningKey {
    key(80 + number)
}

/// To which an officer is told things.
fn officer_sealing(number: u8) -> SealingKey {
    SealingKey::from_secret(&Secret32::take(zeroize::Zeroizing::new([180 + number; 32])))
}

impl Bench {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let dated = |value| vec![Dated { from: UnixTime::default(), value, source: text("test") }];
        let wait = vec![Dated { from: UnixTime::default(), value: Seconds::new(WAIT), source: text("test") }];
        govern(&world, 0, Govern::SetRecoveryRules(RecoveryRules { officers: dated(2), wait }));
        for number in 0..OFFICERS {
            let record = citizen_ledger::RoleRecord {
                key: officer_key(number).public(),
                sealing: Some(*officer_sealing(number).public().as_bytes()),
                ..role(Role::RecoveryOfficer)
            };
            govern(&world, number + 1, Govern::SetRole(record));
        }
        let bench = Self {
            world,
            counter: Arc::default(),
            disks: (0..OFFICERS).map(|_| Mutex::default()).collect(),
            officers: (0..OFFICERS).map(|_| Mutex::default()).collect(),
        };
        (0..OFFICERS).for_each(|number| bench.start(number));
        bench
    }

    fn start(&self, number: u8) {
        let backend = self.disks[usize::from(number)].lock().unwrap().backend();
        let first = number == 0;
        let db = if first {
            Db::with_backend(backend, self.world.wires.knife.clone()).unwrap()
        } else {
            Db::with_backend(backend, Arc::new(NeverCut)).unwrap()
        };
        let exchange = self.world.exchange(if first { "ledger" } else { "uncut-ledger" });
        let light = LightClient::new(self.world.anchor.clone());
        let ledger = LedgerClient::new(exchange, light, self.world.clock.clone());
        let rng = Box::new(StdRng::seed_from_u64(u64::from(number)));
        let party = Party::new(officer_key(number), db, ledger, self.world.clock.clone(), rng);
        let issuer = citizen_client::Exchange::new(self.counter.clone(), &"http://issuer/".parse().unwrap());
        let register = ResidentRegister::sandbox().unwrap();
        let officer = RecoveryOfficer::new(party, officer_sealing(number), register, Some(issuer));
        *self.officers[usize::from(number)].lock().unwrap() = Some(Arc::new(officer));
    }

    pub(crate) fn officer(&self, number: u8) -> Arc<RecoveryOfficer> {
        self.officers[usize::from(number)].lock().unwrap().clone().unwrap()
    }

    /// The first one's power comes back.
    fn revive(&self) {
        self.world.wires.knife.take_dead();
        *self.officers[0].lock().unwrap() = None;
        self.disks[0].lock().unwrap().crash(|| false);
        self.start(0);
    }

    /// The officers look at the ledger, until a second later nothing moves any more.
    pub(crate) async fn settle(&self) {
        for _ in 0..20 {
            self.world.seal();
            let mut moved = 0;
            for number in 0..OFFICERS {
                match self.officer(number).step().await {
                    Ok(stepped) => moved += stepped.moved,
                    Err(ServiceError::Stopped) => {
                        self.revive();
                        moved += 1;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            if moved == 0 {
                return;
            }
        }
        panic!("the officers do not come to an end");
    }

    fn custody(&self, account: &AccountId) -> CustodyRecord {
        self.world.read(state_key::custody(account)).unwrap_or_default()
    }

    pub(crate) fn body(&self, signers: &[u8], action: CustodyAction) -> TransactionBody {
        let mut keys: Vec<_> = signers.iter().map(|number| officer_key(*number).public()).collect();
        keys.sort_unstable();
        keys.dedup();
        TransactionBody {
            chain_id: chain_id(),
            valid_until: self.world.wires.chain.status().latest.plus(50),
            nonce: Nonce::from_bytes([9; 16]),
            signer: Signer::Several { keys },
            action: Action::Custody(action),
        }
    }

    /// All whom the body names sign it, as officers do.
    pub(crate) fn signed(&self, body: &TransactionBody) -> Result<SignedTransaction, ServiceError> {
        let Signer::Several { keys } = &body.signer else { panic!() };
        let request = OfficerSignatureRequest { body: Bytes::of(body) };
        let sign = |key: &citizen_keys::PublicKey| {
            let number = (0..OFFICERS).find(|number| officer_key(*number).public() == *key).unwrap();
            let bytes = self.officer(number).sign(&request)?.signature.decode().unwrap();
            Ok(Signature::Ed25519(bytes.try_into().unwrap()))
        };
        Ok(body.signed(keys.iter().map(sign).collect::<Result<_, ServiceError>>()?))
    }

    /// What the ledger says to a transaction at its door.
    fn refused(&self, transaction: &SignedTransaction) -> Option<Rejection> {
        match self.world.wires.chain.submit(transaction.to_canonical()) {
            Ok(_) => None,
            Err(city_chain::SubmitError::Rejected(rejection)) => Some(rejection),
            Err(error) => panic!("{error}"),
        }
    }
}

pub(crate) fn govern(world: &World, number: u8, decision: Govern) {
    let governor = key(20);
    let body = TransactionBody {
        chain_id: chain_id(),
        valid_until: world.wires.chain.status().latest.plus(50),
        nonce: Nonce::from_bytes([100 + number; 16]),
        signer: Signer::Governors { keys: vec![governor.public()] },
        action: Action::Govern(decision),
    };
    world.submit(&body.signed(vec![governor.sign(Label::Transaction, &body.signing_bytes())]));
    world.seal();
}

pub(crate) fn who(number: &str, name: &str, birth_date: &str) -> Identity {
    Identity { number: number.to_owned(), name: name.to_owned(), birth_date: birth_date.to_owned() }
}

pub(crate) fn hong() -> Identity {
    who("SB-1001", "홍길동", "1999-03-02")
}

pub(crate) fn request(identity: Identity, new: &Phone) -> RecoveryRequest {
    let recovery = Bytes::of(&new.recovery_key());
    RecoveryRequest { identity, case: CASE.to_hex(), device: Bytes::of(&new.device()), recovery }
}

pub(crate) fn filing(old: &Phone, new: &Phone) -> CustodyAction {
    let (device, recovery) = (new.device(), new.recovery_key());
    CustodyAction::File(Box::new(FileRecovery { account: old.account, case: CASE, device, recovery }))
}

pub(crate) async fn enrol(
    bench: &Bench,
    number: u8,
    phone: &mut Phone,
    who: Identity,
) -> Result<(), ServiceError> {
    let text = |word: &String| text(word);
    let content = RequestContent::EnrolRecovery {
        number: text(&who.number),
        name: text(&who.name),
        birth_date: text(&who.birth_date),
    };
    let signed = phone.signed(&bench.world, officer_key(number).id(), content);
    let request = citizen_client::api::SignedRequest { request: Bytes::of(&signed) };
    bench.officer(number).enrol(request).await.map(drop)
}

/// An account whose owner all officers know, and her new phone.
pub(crate) async fn citizen(bench: &Bench) -> (Phone, Phone) {
    let mut old = Phone::open(&bench.world, 1);
    for number in 0..OFFICERS {
        enrol(bench, number, &mut old, hong()).await.unwrap();
    }
    (old, Phone::unheard_of(2))
}

pub(crate) fn approve(bench: &Bench, officers: &[u8], new: &Phone) {
    for number in officers {
        bench.officer(*number).request(&request(hong(), new)).unwrap();
    }
}

pub(crate) fn refusal(reason: Reason) -> ServiceError {
    ServiceError::Refused(reason)
}

#[tokio::test]
async fn recovery_1_who_does_not_show_number_name_and_day_of_birth_together_hears_one_word() {
    let bench = Bench::new();
    let (_, new) = citizen(&bench).await;
    for wrong in [
        who("SB-1002", "홍길동", "1999-03-02"),
        who("SB-1001", "홍길순", "1999-03-02"),
        who("SB-1001", "홍길동", "1999-03-03"),
        who("SB-9999", "홍길동", "1999-03-02"),
    ] {
        let answer = bench.officer(0).request(&request(wrong, &new));
        assert_eq!(answer.unwrap_err(), refusal(Reason::NotThisPerson));
    }
    let unheard = who("SB-1003", "김 샘플", "1985-12-25");
    let answer = bench.officer(0).request(&request(unheard, &new));
    assert_eq!(answer.unwrap_err(), refusal(Reason::NotEnrolled));
}

#[tokio::test]
async fn recovery_2_the_first_word_on_whose_account_it_is_stands_and_only_the_listed_phone_says_it() {
    let bench = Bench::new();
    let (mut old, _) = citizen(&bench).await;
    let kim = || who("SB-1003", "김 샘플", "1985-12-25");
    assert_eq!(enrol(&bench, 0, &mut old, hong()).await, Ok(()), "said again, it is the same word");
    let other = refusal(Reason::AnotherCustomer);
    assert_eq!(enrol(&bench, 0, &mut old, kim()).await.unwrap_err(), other, "a thief with the phone");
    let mut thief = Phone::open(&bench.world, 5);
    assert_eq!(enrol(&bench, 0, &mut thief, hong()).await.unwrap_err(), other, "a thief with her name");
    let mut nobody = Phone::unheard_of(6);
    assert_eq!(enrol(&bench, 0, &mut nobody, kim()).await.unwrap_err(), refusal(Reason::NoAccount));
    let mut false_name = Phone::open(&bench.world, 7);
    let named = enrol(&bench, 0, &mut false_name, who("SB-1003", "김 샘풀", "1985-12-25")).await;
    assert_eq!(named.unwrap_err(), refusal(Reason::NotThisPerson));
}

#[tokio::test]
async fn recovery_3_one_approval_does_nothing_two_of_one_officer_count_once_and_two_officers_file_the_case() {
    let bench = Bench::new();
    let (old, new) = citizen(&bench).await;
    approve(&bench, &[0], &new);
    let alone = bench.signed(&bench.body(&[0], filing(&old, &new))).unwrap();
    assert_eq!(bench.refused(&alone), Some(Rejection::NotAgreed), "k - 1");
    let body = bench.body(&[0, 1], filing(&old, &new));
    assert_eq!(
        bench.signed(&body).unwrap_err(),
        refusal(Reason::NotAgreed),
        "the other has approved nothing"
    );
    // Her own signature in both places, and her key twice.
    let her = officer_key(0).sign(Label::Transaction, &body.signing_bytes());
    assert_eq!(bench.refused(&body.signed(vec![her, her])), Some(Rejection::Signature));
    let mut twice = body.clone();
    twice.signer = Signer::Several { keys: vec![officer_key(0).public(); 2] };
    let her = officer_key(0).sign(Label::Transaction, &twice.signing_bytes());
    assert_eq!(bench.refused(&twice.signed(vec![her, her])), Some(Rejection::NotAgreed));
    assert_eq!(bench.custody(&old.account), CustodyRecord::default());

    approve(&bench, &[0, 1], &new);
    bench.world.submit(&bench.signed(&body).unwrap());
    let open = bench.custody(&old.account).recovery.unwrap();
    assert_eq!((open.case, open.device, &open.stage), (CASE, new.device(), &RecoveryStage::Waiting));
    bench.settle().await;
    // Another request takes the place of an approved one, but not of a filed one.
    let mut another = request(hong(), &Phone::unheard_of(3));
    another.case = RecoveryCaseId::from_bytes([0x44; 32]).to_hex();
    assert_eq!(bench.officer(0).request(&another).unwrap_err(), refusal(Reason::UnderRecovery));
    assert_eq!(bench.officer(3).request(&another).unwrap().account, old.account.to_hex());
}

#[tokio::test]
async fn recovery_4_an_officer_signs_what_she_has_approved_and_nothing_else_for_a_day() {
    let bench = Bench::new();
    let (old, new) = citizen(&bench).await;
    approve(&bench, &[0, 1], &new);
    let thief = Phone::unheard_of(3);
    let no = refusal(Reason::NotAgreed);
    assert_eq!(bench.signed(&bench.body(&[0, 1], filing(&old, &thief))).unwrap_err(), no, "other keys");
    let elsewhere = Phone::open(&bench.world, 4);
    assert_eq!(
        bench.signed(&bench.body(&[0, 1], filing(&elsewhere, &new))).unwrap_err(),
        no,
        "another account"
    );
    let (account, case) = (old.account, CASE);
    for action in [CustodyAction::Uphold { account, case }, CustodyAction::Dismiss { account, case }] {
        assert_eq!(bench.signed(&bench.body(&[0, 1], action)).unwrap_err(), no, "not decided");
    }
    let freeze = bench.body(&[0, 1], CustodyAction::Freeze { account });
    assert_eq!(bench.signed(&freeze).unwrap_err(), ServiceError::Malformed);
    let not_hers = OfficerSignatureRequest { body: Bytes::of(&bench.body(&[1, 2], filing(&old, &new))) };
    assert_eq!(bench.officer(0).sign(&not_hers).unwrap_err(), refusal(Reason::WrongParty));
    bench.world.clock.advance(24 * 60 * 60);
    assert_eq!(bench.signed(&bench.body(&[0, 1], filing(&old, &new))).unwrap_err(), no, "a day later");
    // One officer who signs without having seen anybody can do nothing.
    let lie = bench.body(&[2], filing(&old, &thief));
    let lie = lie.signed(vec![officer_key(2).sign(Label::Transaction, &lie.signing_bytes())]);
    assert_eq!(bench.refused(&lie), Some(Rejection::NotAgreed));
}

#[tokio::test]
async fn recovery_5_after_an_objection_officers_who_did_not_file_decide_again_and_a_first_word_stands() {
    let bench = Bench::new();
    let (mut old, new) = citizen(&bench).await;
    approve(&bench, &[0, 1], &new);
    bench.world.submit(&bench.signed(&bench.body(&[0, 1], filing(&old, &new))).unwrap());
    let decide = async |number: u8, who: Identity, decision: RecoveryDecision| {
        let request = DecisionRequest { identity: who, case: CASE.to_hex(), decision };
        bench.officer(number).decide(&request).await.map(|answer| answer.decision)
    };
    let (uphold, dismiss) = (RecoveryDecision::Uphold, RecoveryDecision::Dismiss);
    let early = decide(2, hong(), uphold).await.unwrap_err();
    assert_eq!(early, refusal(Reason::NotToUphold), "nobody has objected");
    let objection = CustodyAction::Object { account: old.account, case: CASE };
    let objection = old.sign_with_hardware(&bench.world, Action::Custody(objection));
    bench.world.submit(&objection);
    let (account, case) = (old.account, CASE);
    assert_eq!(decide(0, hong(), uphold).await.unwrap_err(), refusal(Reason::NotToUphold), "she filed it");
    let stranger = who("SB-1002", "홍길동", "1999-03-02");
    assert_eq!(decide(2, stranger, uphold).await.unwrap_err(), refusal(Reason::NotThisPerson));
    assert_eq!(decide(2, hong(), uphold).await, Ok(uphold));
    let one = bench.body(&[2, 3], CustodyAction::Uphold { account, case });
    assert_eq!(bench.signed(&one).unwrap_err(), refusal(Reason::NotAgreed), "one of two");
    assert_eq!(decide(3, hong(), dismiss).await, Ok(dismiss));
    assert_eq!(decide(3, hong(), uphold).await, Ok(dismiss), "her first word stands");
    assert_eq!(decide(0, hong(), dismiss).await, Ok(dismiss));
    let dropped = bench.signed(&bench.body(&[0, 3], CustodyAction::Dismiss { account, case })).unwrap();
    bench.world.submit(&dropped);
    assert_eq!(bench.custody(&account), CustodyRecord::default());
    assert_eq!(decide(2, hong(), dismiss).await.unwrap_err(), ServiceError::NotFound);
    bench.settle().await;
    assert!(
        bench.officer(3).cases().unwrap().iter().all(|(_, count)| *count == 0),
        "what is over is forgotten"
    );
}

#[tokio::test]
async fn recovery_6_an_officer_who_dies_anywhere_tells_the_issuer_of_the_loss_and_forgets_the_case_at_its_end()
 {
    let mine = RECOVERY_PLACES.iter().filter(|place| **place != places::RECOVERY_DECIDED);
    for (place, before) in mine.flat_map(|place| [(*place, true), (*place, false)]) {
        // The issuer is the test's own, which passes no places.
        if place == places::RECOVERY_REPORT_LOSS {
            continue;
        }
        dies_at(place, before).await;
    }
}

async fn dies_at(place: Place, before: bool) {
    let bench = Bench::new();
    let (mut old, new) = (Phone::open(&bench.world, 1), Phone::unheard_of(2));
    bench.world.wires.knife.arm(place, before);
    for number in 0..OFFICERS {
        while let Err(error) = enrol(&bench, number, &mut old, hong()).await {
            assert_eq!(error, ServiceError::Stopped, "{place} {before}");
            bench.revive();
        }
    }
    for number in [0, 1] {
        while let Err(error) = bench.officer(number).request(&request(hong(), &new)) {
            assert_eq!(error, ServiceError::Stopped, "{place} {before}");
            bench.revive();
        }
    }
    let filed = bench.signed(&bench.body(&[0, 1], filing(&old, &new))).unwrap();
    bench.world.submit(&filed);
    bench.settle().await;
    let told = bench.counter.losses.lock().unwrap().len();
    assert!(told >= 2, "{place} {before}: each who filed tells, {told}");
    assert!(bench.counter.losses.lock().unwrap().iter().all(|loss| loss.number == "SB-1001"));
    let filed = |number: u8| bench.officer(number).cases().unwrap();
    assert!(filed(0).contains(&("filed", 1)) && filed(1).contains(&("filed", 1)), "{place} {before}");

    // The wait passes; the ledger forgets the case when it is completed, and so do they.
    for number in [0, 1] {
        let decision = RecoveryDecision::Dismiss;
        let request = DecisionRequest { identity: hong(), case: CASE.to_hex(), decision };
        bench.officer(number).decide(&request).await.unwrap();
    }
    let (account, case) = (old.account, CASE);
    let dropped = bench.signed(&bench.body(&[0, 1], CustodyAction::Dismiss { account, case })).unwrap();
    bench.world.submit(&dropped);
    bench.settle().await;
    assert!(filed(0).iter().all(|(_, count)| *count == 0), "{place} {before}");
    assert_eq!(bench.counter.losses.lock().unwrap().len(), told, "nothing is told after the end");
    assert!(bench.world.wires.knife.has_cut(), "{place} was not visited");
}

#[tokio::test]
async fn recovery_12_what_is_sealed_to_another_officer_or_for_another_route_or_not_at_all_is_not_opened() {
    let bench = Bench::new();
    let (_, new) = citizen(&bench).await;
    let asked = serde_json::to_vec(&request(hong(), &new)).unwrap();
    let sealed = |number: u8, context: &[u8]| {
        let sealed = officer_sealing(number).public().seal(&mut StdRng::seed_from_u64(1), context, &asked);
        OfficerRequest { sealed: Bytes::new(&sealed.unwrap()) }
    };
    let malformed = ServiceError::Malformed;
    assert_eq!(bench.officer(0).request_sealed(&sealed(1, CASE_CONTEXT)).unwrap_err(), malformed);
    assert_eq!(bench.officer(0).request_sealed(&sealed(0, DECISION_CONTEXT)).unwrap_err(), malformed);
    let (case, decision) = (CASE.to_hex(), RecoveryDecision::Dismiss);
    let decided = serde_json::to_vec(&DecisionRequest { identity: hong(), case, decision }).unwrap();
    for (context, answer) in [(CASE_CONTEXT, &malformed), (DECISION_CONTEXT, &ServiceError::NotFound)] {
        let sealed = officer_sealing(0).public().seal(&mut StdRng::seed_from_u64(1), context, &decided);
        let sealed = OfficerRequest { sealed: Bytes::new(&sealed.unwrap()) };
        assert_eq!(bench.officer(0).decide_sealed(&sealed).await.unwrap_err(), *answer);
    }
    assert_eq!(bench.officer(0).enrol_sealed(&sealed(0, CASE_CONTEXT)).await.unwrap_err(), malformed);
    let open = OfficerRequest { sealed: Bytes::new(&asked) };
    assert_eq!(bench.officer(0).request_sealed(&open).unwrap_err(), malformed);
    bench.officer(0).request_sealed(&sealed(0, CASE_CONTEXT)).unwrap();
}

#[tokio::test]
async fn recovery_9_days_of_birth_are_guessed_ten_times_in_an_hour_at_an_officer_whatever_she_is_asked() {
    let bench = Bench::new();
    let (_, new) = citizen(&bench).await;
    let guess = || who("SB-1001", "홍길동", "1999-03-03");
    for _ in 0..9 {
        let answer = bench.officer(0).request(&request(guess(), &new)).unwrap_err();
        assert_eq!(answer, refusal(Reason::NotThisPerson));
    }
    let decided = async |identity| {
        let request = DecisionRequest { identity, case: CASE.to_hex(), decision: RecoveryDecision::Dismiss };
        bench.officer(0).decide(&request).await.unwrap_err()
    };
    assert_eq!(decided(guess()).await, refusal(Reason::NotThisPerson), "the tenth");
    assert_eq!(decided(hong()).await, refusal(Reason::TooManyTries));
    let hers = bench.officer(0).request(&request(hong(), &new)).unwrap_err();
    assert_eq!(hers, refusal(Reason::TooManyTries));
    bench.officer(1).request(&request(hong(), &new)).unwrap();
}
