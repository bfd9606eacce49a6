//! The citizen card between processes. A wallet that knows the gateway's address and what it is shown gets the card, shows it to a service, to
//! registrars and to the centre, each at an address of its own, and loses it to the officers of recovery; whoever it deals with is killed with -9
//! in between.

use crate::apart::{Apart, audit};
use citizen_client::{Https, Method, Request, Transport as _, WebRequest};
use citizen_keys::MemoryBackend;
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{AccountId, Clock, Place, PollId, Seconds, Text, UnixTime, random};
use citizen_store::MemoryDisk;
use citizen_wallet::view::{RecoveryView, RegistrationView};
use citizen_wallet::{
    City, Claim, Coins, Identity, PinCost, RecoveryCode, RegistrationReview, SoftwareKeystore, StorePlace,
    Trust, Wallet, WalletConfig, Won,
};
use city_sandbox::admin::Admin;
use city_sandbox::merchants::{BAKERY, printed_code};
use city_sandbox::plans::{Times, night_buses};
use city_services::issuer::{Application, OfferAnswer};
use city_services::office::Member;
use city_services::registrar::Known;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Whoever deals with cards, beside those whom a payment needs.
const PARTS: [&str; 15] = [
    "issuer",
    "verifier",
    "registrar-0",
    "registrar-1",
    "registrar-2",
    "trustee-0",
    "trustee-1",
    "trustee-2",
    "trustee-3",
    "trustee-4",
    "officer-0",
    "officer-1",
    "officer-2",
    "officer-3",
    "officer-4",
];
const HERE: Place = Place::new("test/card");
const PIN: &str = "294857";
/// Time enough for a slow machine: before casting the trustees make the key without which nobody is registered.
const TIMES: Times = Times { registration: (5, 3_000), casting: (1_200, 3_010), slot: 10 };
/// Looks that are taken until something has come about.
const LOOKS: u32 = 1_800;
const PAUSE: Duration = Duration::from_millis(100);
/// How long a case of recovery waits.
const WAIT: u64 = 72 * 60 * 60;
/// She as the register of residents has her: number, name, day of birth.
const RESIDENT: (&str, &str, &str) = ("SB-1001", "홍 길동", "1999-03-02");

/// The machine's clock, put forward as the city's is.
#[derive(Default)]
struct Later(AtomicU64);

impl Clock for Later {
    fn now(&self) -> UnixTime {
        SystemClock.now().plus(Seconds::new(self.0.load(Ordering::SeqCst)))
    }
}

/// A new phone's wallet.
fn create(city: &Apart, clock: &Arc<Later>) -> (Wallet, RecoveryCode) {
    let keystore =
        SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system())).unwrap();
    let store = StorePlace::Opened(Box::new(MemoryDisk::default().open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    config.clock = clock.clone();
    config.auto_lock = Seconds::new(10 * WAIT);
    let trusted = City { url: city.url("ledger"), trust: Trust::File(city.trust()) };
    Wallet::create(config.with_city(trusted), PIN).unwrap()
}

fn identity() -> Identity {
    let (number, name, birth_date) = RESIDENT;
    Identity { number: number.to_owned(), name: name.to_owned(), birth_date: birth_date.to_owned() }
}

/// She applies at the issuer's own counter.
async fn offered(city: &Apart) -> OfferAnswer {
    let Identity { number, name, birth_date } = identity();
    let application = Application { number, name, birth_date, credentials: vec!["citizen-card".to_owned()] };
    let (url, body) =
        (city.url("issuer").join("v1/issuer/offers").unwrap(), serde_json::to_vec(&application));
    let request = Request { place: HERE, method: Method::Post, url, body: body.unwrap() };
    let answer = Https::new().unwrap().send(request).await.unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

async fn receive(wallet: &Wallet, offer: &OfferAnswer) {
    let review = wallet.review_offer(&offer.offer).await.unwrap();
    assert!(*review.view().issuer().is_registered() && *review.view().can_accept());
    let held = wallet.accept_offer(review, Some(&offer.transaction_code)).await.unwrap();
    assert_eq!(*held[0].copies_left(), 10);
    becomes(wallet, "valid").await;
}

/// Until the issuer's list, which the ledger anchors, says it.
async fn becomes(wallet: &Wallet, state: &str) {
    for _ in 0..LOOKS {
        // A list may be on its way, or its issuer down.
        if let Ok(held) = wallet.refresh_credentials().await
            && held.iter().all(|held| *held.state() == state)
        {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("never {state}")
}

/// A visit at the library's own page, and what its screen shows at the end.
async fn visit(city: &Apart, wallet: &Wallet, button: &str) -> Value {
    let web = async |method, path: &str| {
        let url = city.url("verifier").join(path).unwrap();
        let request = WebRequest { place: HERE, method, url, headers: Vec::new(), body: Vec::new() };
        Https::new().unwrap().send_web(request).await.unwrap()
    };
    let begun = web(Method::Post, &format!("v1/verifiers/mapo-library/{button}")).await;
    let page = begun.headers.into_iter().find(|(name, _)| name == "location").unwrap().1;
    let standing = async || -> Value {
        serde_json::from_slice(&web(Method::Get, &format!("{page}/standing")).await.body).unwrap()
    };
    let review = wallet.review_presentation(standing().await["link"].as_str().unwrap()).await.unwrap();
    assert!(*review.view().verifier().is_registered());
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    standing().await
}

/// A poll for 39 citizens by their accounts, and one by her card.
async fn announced(city: &Apart) -> PollId {
    let admin = Admin::open(&city.folder("ledger"), Some(city.url("ledger"))).unwrap();
    let member = |known, person: &str| Member { known, person: Text::new(person).unwrap() };
    let others =
        (1..40u8).map(|number| member(AccountId::from_bytes([number; 32]).into(), &format!("시민 {number}")));
    let hers = member(Known::Card(admin.voters().of(RESIDENT.0)), RESIDENT.1);
    let members: Vec<Member> = others.chain([hers]).collect();
    let (poll, draft) = admin.make(&night_buses(TIMES).unwrap(), &[members]).await.unwrap();
    admin.announce(&poll, draft).await.unwrap();
    poll.id()
}

/// Once the roll is with all registrars, and registration is open.
async fn reviewed(wallet: &Wallet, id: &PollId) -> RegistrationReview {
    for _ in 0..LOOKS {
        if let Ok(review) = wallet.review_registration(id, None).await
            && review.view().registrars().iter().all(|one| *one.answers())
        {
            return review;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("the registrars do not answer")
}

/// One registrar is down when she registers and one dies when it has heard her: she is registered with all of them, and approves it once.
async fn register(city: &mut Apart, wallet: &Wallet) {
    let id = announced(city).await;
    let review = reviewed(wallet, &id).await;
    assert_eq!(*review.view().by(), "card");
    city.kill("registrar-1");
    let begun: RegistrationView = wallet.register(review).await.unwrap();
    assert!(!*begun.complete(), "{begun:?}");
    city.kill_and_serve("registrar-2", 0);
    city.serve("registrar-1");
    let mut view = begun;
    for _ in 0..LOOKS {
        if *view.complete() {
            assert!(view.registrars().iter().all(|one| *one.state() == "signed"), "{view:?}");
            return;
        }
        tokio::time::sleep(PAUSE).await;
        view = wallet.register_for_poll(&id, None).await.unwrap();
    }
    panic!("{view:?}")
}

/// Who has no more to do.
fn dismiss(city: &mut Apart, kind: &str) {
    PARTS.iter().filter(|part| part.starts_with(kind)).for_each(|part| city.kill(part));
}

/// Above the limit the centre asks for the card, at its own address; it dies when it has seen it.
async fn pay(city: &mut Apart, wallet: &Wallet) {
    let code = wallet.scan_text(&printed_code(BAKERY).unwrap()).await.unwrap();
    let amount = Some(Won::new(155_000).unwrap());
    let review = wallet.review_payment(&code, amount, Coins::First).await.unwrap();
    assert_eq!(review.view().card().as_ref().unwrap().claims().as_slice(), ["age_over_14".to_owned()]);
    let approved = wallet.approve(review).await.unwrap();
    assert_eq!(*approved.card().as_ref().unwrap().state(), "taken");
    city.kill_and_serve("centre", 0);
    for _ in 0..LOOKS {
        let view = wallet.advance_payment(approved.payment_id()).await.unwrap();
        if view.is_final() {
            assert!(view.is_captured(), "{view:?}");
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("the payment does not end")
}

/// Phone and code are lost. The officers file her case while the issuer is down: it hears of the loss as soon as it is up, and revokes the card.
async fn ask_officers(city: &mut Apart, (old, new): (&Wallet, &Wallet), code: &RecoveryCode) {
    city.kill("issuer");
    new.recover_by_office(&identity(), code).await.unwrap();
    let view: RecoveryView = new.follow_recovery().await.unwrap();
    assert_eq!((*view.state(), *view.approved(), *view.can_complete()), ("waiting", 2, false));
    for officer in PARTS.iter().filter(|part| part.starts_with("officer")) {
        city.kill_and_serve(officer, 0);
    }
    city.serve("issuer");
    becomes(old, "revoked").await;
}

async fn take_over(wallet: &Wallet, code: &RecoveryCode) {
    for _ in 0..LOOKS {
        if *wallet.recovery().await.unwrap().can_complete() {
            wallet.complete_recovery(code).await.unwrap();
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("the case is never ready")
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_16_apart_the_card_is_issued_shown_registers_pays_and_is_revoked_whoever_is_killed() {
    let (mut city, clock) = (Apart::start_with(&PARTS), Arc::new(Later::default()));
    let (old, code) = create(&city, &clock);
    old.open_account(&code).await.unwrap();
    old.enrol("홍길동").await.unwrap();
    for evidence in ["eco-2025-h2", "eco-2026-h1"] {
        old.earn(&Claim::new("eco", evidence).unwrap()).await.unwrap();
    }
    let enrolled = old.enrol_recovery(&identity()).await.unwrap();
    assert_eq!((*enrolled.enrolled(), *enrolled.needed(), *enrolled.officers()), (5, 2, 5));

    // What the counter has offered stands when the issuer is back.
    let offer = offered(&city).await;
    city.kill_and_serve("issuer", 0);
    receive(&old, &offer).await;
    assert_eq!(visit(&city, &old, "visits").await["standing"], "accepted");
    // The library knows her, and asks for nothing.
    city.kill_and_serve("verifier", 0);
    let again = visit(&city, &old, "returns").await;
    assert_eq!((&again["standing"], &again["visitor"]), (&"accepted".into(), &"known".into()));
    register(&mut city, &old).await;
    dismiss(&mut city, "trustee");
    dismiss(&mut city, "registrar");
    pay(&mut city, &old).await;
    assert_eq!(*old.credentials().unwrap()[0].copies_left(), 5, "the library, three registrars, the centre");

    let (new, code) = create(&city, &clock);
    ask_officers(&mut city, (&old, &new), &code).await;
    city.sleep(WAIT + 1);
    clock.0.fetch_add(WAIT + 1, Ordering::SeqCst);
    take_over(&new, &code).await;
    assert_eq!(new.account().unwrap().account(), old.account().unwrap().account());
    // The bank knows her account by the ledger's, on whatever phone it is.
    new.enrol("홍길동").await.unwrap();
    let balance = new.balance().await.unwrap();
    let left = balance.points().points().amount() + balance.won().as_ref().unwrap().krw().amount();
    assert_eq!(left, 160_000 - 155_000);
    // And a card of her own again.
    receive(&new, &offered(&city).await).await;
    assert_eq!(visit(&city, &new, "visits").await["standing"], "accepted");
    city.stop();
    audit(&city.folder("ledger"));
}
