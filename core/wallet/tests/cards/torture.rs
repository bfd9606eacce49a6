//! The life of a card, killed at every place that it comes to, with answers lost and messages that come twice: no copy is shown twice, none is lost,
//! the log has whatever left, and the key store has the keys of what is held and no others.

use crate::cut::{Cut, When};
use crate::keys::are_those_that_are_bound;
use crate::office::{CARD, HEALTH, LIBRARY, Office, SPORTS, Shared, anchor, cut_wallet, query};
use crate::refill::{accept, left};
use crate::sign_in::{over_19, sign_in, subjects};
use crate::support::phone::{PIN, Same};
use crate::support::{Gateway, Phone};
use citizen_client::{Request, Response, Transport, TransportError, WebRequest, WebResponse};
use citizen_primitives::{Place, Seconds};
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::place::{self, CARD_PLACES};
use citizen_wallet::{RecoveryCode, Wallet, WalletError};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// How many copies come at once.
const BATCH: usize = 4;

/// What a citizen does with her card, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Receives,
    Shows,
    SignsIn,
    Declines,
    GetsFreshCopies,
    ShowsToAnother,
    ForgetsTheService,
    IsFrozen,
    GoesOn,
    ForgetsTheOther,
    ShowsAgain,
}

const LIFE: [Step; 11] = [
    Step::Receives,
    Step::Shows,
    Step::SignsIn,
    Step::Declines,
    Step::GetsFreshCopies,
    Step::ShowsToAnother,
    Step::ForgetsTheService,
    Step::IsFrozen,
    Step::GoesOn,
    Step::ForgetsTheOther,
    Step::ShowsAgain,
];

/// A town with a citizen who has an account and no card yet.
struct World {
    gateway: Arc<Gateway>,
    office: Shared,
    phone: Phone,
    code: RecoveryCode,
    /// Questions that were asked so far.
    asked: Mutex<usize>,
    /// How much the log had when fresh copies had come.
    refilled: Mutex<usize>,
}

impl World {
    async fn new() -> Self {
        let (gateway, office) = Office::open();
        let phone = Phone::new(&gateway, 1);
        let (wallet, code) = phone.with_points().await;
        drop(wallet);
        Self { gateway, office, phone, code, asked: Mutex::default(), refilled: Mutex::default() }
    }

    /// A day goes by.
    fn tomorrow(&self, wallet: &Wallet) -> Result<(), WalletError> {
        self.gateway.town(|town| {
            town.chain.pass(Seconds::new(86_400));
            town.chain.idle(1);
        });
        anchor(&self.gateway, &self.office);
        wallet.unlock_again(PIN)
    }

    fn number(&self) -> String {
        let mut asked = self.asked.lock().unwrap();
        *asked += 1;
        format!("question-{asked}")
    }

    async fn show(&self, wallet: &Wallet, host: &str) -> Result<(), WalletError> {
        let link = self.office.lock().unwrap().ask(host, &self.number(), &query(&[&["age_over_19"]]));
        let review = wallet.review_presentation(&link).await?;
        let choice = review.suggested().unwrap();
        wallet.present_credentials(review, &choice).await.map(drop)
    }

    async fn decline(&self, wallet: &Wallet) -> Result<(), WalletError> {
        let link = self.office.lock().unwrap().ask(SPORTS, &self.number(), &query(&[&["age_over_19"]]));
        wallet.decline_presentation(wallet.review_presentation(&link).await?).await
    }

    /// What she wants of a step, however far it has come before.
    async fn take(&self, step: Step, wallet: &Wallet) -> Result<(), WalletError> {
        match step {
            Step::Receives => self.receive(wallet).await,
            Step::Shows | Step::ShowsAgain => self.show(wallet, LIBRARY).await,
            Step::ShowsToAnother => self.show(wallet, SPORTS).await,
            Step::SignsIn if subjects(&self.office).is_empty() => {
                sign_in(wallet, &self.office, LIBRARY, over_19()).await
            }
            Step::Declines => self.decline(wallet).await,
            Step::GetsFreshCopies => {
                if left(wallet, CARD) < Some(BATCH) {
                    self.tomorrow(wallet)?;
                    wallet.refresh_credentials().await?;
                }
                *self.refilled.lock().unwrap() = shown(wallet).len();
                Ok(())
            }
            Step::ForgetsTheService => match wallet.services()?.first() {
                Some(service) => wallet.forget_service(service.id()).await,
                None => Ok(()),
            },
            Step::IsFrozen => {
                settle(wallet).await?;
                if !*wallet.custody().await?.is_frozen() {
                    wallet.freeze(&self.code).await?;
                }
                settle(wallet).await
            }
            Step::GoesOn => self.go_on(wallet).await,
            Step::ForgetsTheOther => match wallet.credentials()?.iter().find(|held| held.vct() == HEALTH) {
                Some(other) => wallet.forget_credential(other.id()).await,
                None => Ok(()),
            },
            Step::SignsIn => Ok(()),
        }
    }

    async fn receive(&self, wallet: &Wallet) -> Result<(), WalletError> {
        anchor(&self.gateway, &self.office);
        if !wallet.pending_credentials()?.is_empty() {
            wallet.refresh_credentials().await?;
        }
        if wallet.credentials()?.is_empty() {
            accept(wallet, &self.office, &["citizen-card", "health-check"]).await?;
        }
        Ok(())
    }

    /// Frozen it shows nothing; let go on it does.
    async fn go_on(&self, wallet: &Wallet) -> Result<(), WalletError> {
        settle(wallet).await?;
        if *wallet.custody().await?.is_frozen() {
            let before = self.office.lock().unwrap().posted.len();
            let frozen = WalletError::Refused { by: Party::Ledger, reason: Reason::Frozen };
            match self.show(wallet, LIBRARY).await {
                Err(error) if error == frozen => {}
                other => return other.and(Err(WalletError::StoreDamaged)),
            }
            assert_eq!(self.office.lock().unwrap().posted.len(), before, "what is frozen shows nothing");
            wallet.unfreeze(&self.code).await?;
        }
        settle(wallet).await
    }

    /// Whatever happened on the way.
    async fn is_whole(&self, told: &str) {
        let (phone, office) = (&self.phone, &self.office);
        let wallet = phone.reopen().unwrap();
        let held = wallet.credentials().unwrap();
        assert_eq!((held.len(), held[0].vct().as_str()), (1, CARD), "{told}: held once");
        let since = shown(&wallet).len() - *self.refilled.lock().unwrap();
        assert_eq!(left(&wallet, CARD), Some(BATCH - since), "{told}: what is used up is in the log");
        wallet.refresh_credentials().await.unwrap();
        assert_eq!(wallet.credentials().unwrap().len(), 1, "{told}: held once");
        assert!(are_those_that_are_bound(phone, &wallet), "{told}: keys");
        assert!(wallet.pending_credentials().unwrap().is_empty(), "{told}: nothing is awaited");
        while left(&wallet, CARD) > Some(0) {
            self.show(&wallet, LIBRARY).await.unwrap();
        }
        assert!(are_those_that_are_bound(phone, &wallet), "{told}: keys");
        let office = office.lock().unwrap();
        let seen: Vec<String> = (office.answers.iter().flatten())
            .filter(|claims| !claims.as_array().unwrap().is_empty())
            .map(|claims| claims[0]["cnf"].to_string())
            .collect();
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "{told}: a copy was shown twice");
        let log = shown(&wallet);
        for host in [LIBRARY, SPORTS] {
            let told_to = log.iter().filter(|line| line.as_str() == host).count();
            let left = office.posted.iter().zip(&office.answers);
            let left = left.filter(|((to, _), answer)| to == host && answer.is_ok()).count();
            assert!(
                told_to >= left && told_to <= left + 1,
                "{told}: {told_to} in the log, {left} left for {host}"
            );
        }
    }
}

/// What was sent comes to its end.
async fn settle(wallet: &Wallet) -> Result<(), WalletError> {
    for sent in wallet.submissions()? {
        wallet.follow_submission(sent.id()).await?;
    }
    Ok(())
}

/// To whom the log says that the card was shown, in order.
fn shown(wallet: &Wallet) -> Vec<String> {
    let log = wallet.credential_log().unwrap();
    let shown = log.iter().filter(|line| *line.kind() == "presented");
    shown.map(|line| line.host().clone().unwrap()).collect()
}

/// Her life with the card. She opens her wallet again whenever the phone died, and goes on with what she was about to do.
async fn live(world: &World, mut wallet: Wallet, cut: &Cut, at: impl Fn(Step)) {
    for step in LIFE {
        at(step);
        let taken = world.take(step, &wallet).await;
        if cut.is_dead() {
            drop(wallet);
            wallet = world.phone.reopen().unwrap();
            if taken.is_err() {
                world.take(step, &wallet).await.unwrap_or_else(|error| panic!("{step:?}: {error:?}"));
            }
            cut.heal();
        } else {
            taken.unwrap_or_else(|error| panic!("{step:?}: {error:?}"));
        }
    }
}

/// Where the phone comes to in which step, without dying.
async fn places() -> Vec<(Step, Place)> {
    let world = World::new().await;
    let cut = Arc::new(Cut::default());
    let wallet = cut_wallet(&world.phone, &cut);
    let marks = Mutex::new(Vec::new());
    live(&world, wallet, &cut, |step| marks.lock().unwrap().push((step, cut.number()))).await;
    world.is_whole("not killed").await;
    let marks = marks.into_inner().unwrap();
    let step_of = |number: usize| marks.iter().rev().find(|(_, first)| *first <= number).unwrap().0;
    let trace = cut.trace();
    trace.iter().enumerate().map(|(number, place)| (step_of(number), *place)).collect()
}

/// The first visit to each place in each step, as numbers among all visits.
fn firsts(visits: &[(Step, Place)]) -> Vec<usize> {
    let is_first = |number: &usize| {
        let (step, place) = visits[*number];
        !visits[..*number].iter().any(|(before, at)| *before == step && *at == place)
    };
    (0..visits.len()).filter(is_first).collect()
}

async fn killed(part: usize, parts: usize) {
    let visits = places().await;
    let numbers = firsts(&visits);
    assert!(numbers.len() > 60, "the life comes to places: {}", numbers.len());
    for number in numbers.into_iter().filter(|number| number % parts == part) {
        for when in [When::Before, When::After] {
            let (step, place) = visits[number];
            let world = World::new().await;
            let cut = Cut::nth(number, when);
            let wallet = cut_wallet(&world.phone, &cut);
            live(&world, wallet, &cut, |_| {}).await;
            assert!(cut.has_cut(), "{step:?} {place} was not visited");
            world.is_whole(&format!("{step:?} {place} {when:?}")).await;
            let known: BTreeSet<_> = subjects(&world.office).into_iter().collect();
            assert_eq!(known.len(), 1, "{step:?} {place} {when:?}: one person");
        }
    }
}

#[tokio::test]
async fn card_81_a_phone_killed_at_every_place_of_a_cards_life_shows_no_copy_twice_and_loses_none_1() {
    killed(0, 2).await;
}

#[tokio::test]
async fn card_81_a_phone_killed_at_every_place_of_a_cards_life_shows_no_copy_twice_and_loses_none_2() {
    killed(1, 2).await;
}

/// Those of other lives: the browser, what is put off, types, orders and registrations.
#[tokio::test]
async fn wallet_13_a_cards_life_comes_to_the_places_of_credentials() {
    let visited: BTreeSet<_> = places().await.iter().map(|(_, place)| place.name()).collect();
    let elsewhere = [
        place::SEND_AUTHORIZATION,
        place::AUTHORIZATION_BEGUN,
        place::AUTHORIZATION_RETURNED,
        place::AUTHORIZATION_ENDED,
        place::ISSUANCE_WAITS,
        place::ISSUANCE_ENDED,
        place::ASK_TYPE,
        place::OUTBOX_ORDER_CARD,
        place::SEND_ORDER_CARD,
        place::ORDER_CARD_ANSWERED,
        place::SEND_CARD_REGISTRATION,
        place::OUTBOX_REGISTRATION_CARD,
        place::SEND_REGISTRATION_CARD,
        place::REGISTRATION_CARD_ANSWERED,
    ];
    for place in CARD_PLACES {
        assert_ne!(visited.contains(place.name()), elsewhere.contains(place), "{place}");
    }
}

/// A network on which every message of a kind comes twice, one after the other.
struct Twice(Arc<Gateway>);

#[async_trait::async_trait]
impl Transport for Twice {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let again = WebRequest {
            place: request.place,
            method: request.method,
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
        };
        let answer = self.0.send_web(request).await;
        drop(self.0.send_web(again).await);
        answer
    }
}

#[tokio::test]
async fn card_81_messages_that_come_twice_show_no_copy_twice() {
    let world = World::new().await;
    let mut config = world.phone.config();
    config.transport = Arc::new(Twice(Arc::clone(&world.gateway)));
    config.connections = Arc::new(Same(Arc::clone(&config.transport)));
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    live(&world, wallet, &Cut::default(), |_| {}).await;
    world.is_whole("twice").await;
}
