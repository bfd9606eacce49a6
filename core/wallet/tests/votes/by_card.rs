//! Registration by the citizen card: what is shown to whom was reviewed before, for one request each, and whoever asks for anything else is shown
//! nothing.

use crate::cut::{Cut, When};
use crate::office::{CENTRE, Office, SPORTS, Shared, receive, register_as, revoke_all};
use crate::phone::Voter;
use crate::poll::{Mood, PollTown, ordinary};
use crate::polling::manifest::{REGISTRARS, registrar_key};
use crate::polling::seeded::Seeded;
use crate::support::Gateway;
use crate::support::ledger::city::Block;
use crate::support::ledger::text;
use crate::support::phone::PIN;
use crate::support::town::Town;
use citizen_client::api::{Bytes, RegistrationAnswer, RegistrationRequest};
use citizen_client::authorised::registration_query;
use citizen_client::registrar::REGISTERED_CONTEXT;
use citizen_client::registration::CARD_REGISTRATION_CONTEXT;
use citizen_client::{Authorised, CardQuestion, CardRegistration, RegistrarAnswer, RegistrarWord};
use citizen_keys::{SealingPublicKey, Signed};
use citizen_ledger::{
    CertificateRecord, CertificateRole, CustodyRecord, GrantedClaim, GrantedData, state_key,
};
use citizen_openid4vc::dcql::{Query, QueryId};
use citizen_openid4vc::vp::{ResponseMode, SignIn, TransactionData};
use citizen_primitives::{Canonical as _, Place, PollId};
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::place::{self, CARD_PLACES};
use citizen_wallet::view::RegistrationView;
use citizen_wallet::{Wallet, WalletError};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// The number by which rolls know her.
const VOTER: &str = "5e00000000000000000000000000000000000000000000000000000000000007";
/// Her place on the roll.
const PERSON: u32 = 3;

/// What a registrar does when it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    Honest,
    /// The roll knows its people by their accounts alone.
    Accounts,
    /// The district as well.
    MoreClaims,
    /// For another request than hers.
    AnotherRequest,
    /// For another poll.
    AnotherPoll,
    /// Nothing is authorised at all.
    NoTransaction,
    /// That she signs in.
    SignIn,
    /// The request is another verifier's than its word says.
    AnotherVerifier,
    /// It has seen no card, whatever was shown.
    Forgets,
}

/// By what the registrars of a town ask for the card.
pub struct Counter {
    office: Shared,
    pub conduct: [Conduct; REGISTRARS],
    accounts_too: bool,
    /// What was asked under nobody's name.
    pub asked: Vec<(usize, CardRegistration)>,
}

impl PollTown {
    pub fn register_by_card(
        &mut self,
        town: &mut Town,
        number: usize,
        body: &[u8],
    ) -> Option<(u16, Vec<u8>)> {
        if self.registrars[number] == Mood::Down {
            return Some((503, Vec::new()));
        }
        let asked: RegistrationRequest = serde_json::from_slice(body).unwrap();
        let plain = crate::poll::sealing(number);
        let plain = plain.open(CARD_REGISTRATION_CONTEXT, &asked.sealed.decode().unwrap()).unwrap();
        let request = CardRegistration::from_canonical(&plain).unwrap();
        assert_eq!(request.to, registrar_key(number).id());
        let answer = self.answer_nameless(town, number, &request);
        let word = RegistrarWord { request: request.digest(), answer, time: town.now() };
        let word = Signed::sign(&word, &registrar_key(number)).to_canonical();
        let reply = SealingPublicKey::from_bytes(request.reply);
        let sealed = reply.seal(&mut Seeded::new("reply"), REGISTERED_CONTEXT, &word).unwrap();
        Some((200, serde_json::to_vec(&RegistrationAnswer { sealed: Bytes::new(&sealed) }).unwrap()))
    }

    fn answer_nameless(
        &mut self,
        town: &mut Town,
        number: usize,
        request: &CardRegistration,
    ) -> RegistrarAnswer {
        let Some(counter) = &mut self.counter else { return RegistrarAnswer::AskAsAccount };
        counter.asked.push((number, request.clone()));
        let conduct = counter.conduct[number];
        if conduct == Conduct::Accounts {
            return RegistrarAnswer::AskAsAccount;
        }
        let id = format!("{number}-{}", request.digest().to_hex());
        let mut office = counter.office.lock().unwrap();
        let shown = office.shown.get(&id).filter(|_| conduct != Conduct::Forgets).cloned();
        let Some(shown) = shown else {
            let link = ask(&mut office, conduct, &id, request);
            let (certificate, accounts_too) = (office.centre.thumbprint(), counter.accounts_too);
            return RegistrarAnswer::ShowCard(CardQuestion { link, certificate, accounts_too });
        };
        drop(office);
        let person = (shown["voter"] == VOTER).then_some(PERSON);
        self.decide(town, number, person, (request.poll, request.electorate, *request.blinded))
    }
}

/// The link of the question for a request.
fn ask(office: &mut Office, conduct: Conduct, id: &str, request: &CardRegistration) -> String {
    let mut authorised = Authorised::registration(&request.poll, &request.to, &request.digest());
    match conduct {
        Conduct::AnotherRequest => {
            drop(authorised.fields.insert("request".to_owned(), json!("00".repeat(32))))
        }
        Conduct::AnotherPoll => drop(authorised.fields.insert("poll".to_owned(), json!("00".repeat(32)))),
        _ => {}
    }
    let card = [QueryId::new("card").unwrap()];
    let transaction = TransactionData::encode(authorised.kind, &authorised.fields, &card);
    let transactions = if conduct == Conduct::NoTransaction { Vec::new() } else { vec![transaction] };
    let mut query = registration_query();
    if conduct == Conduct::MoreClaims {
        let claims = query["credentials"][0]["claims"].as_array_mut().unwrap();
        claims.push(json!({ "path": ["address", "district"] }));
    }
    let host = if conduct == Conduct::AnotherVerifier { SPORTS } else { CENTRE };
    let id =
        if conduct == Conduct::Forgets { format!("{id}-{}", office.answers.len()) } else { id.to_owned() };
    let asked = (Query::from_value(&query).unwrap(), ResponseMode::DirectPostJwt);
    let sign_in = (conduct == Conduct::SignIn).then_some(SignIn::Bound);
    office.open_session((host, &id), asked, transactions, sign_in)
}

struct Scene {
    gateway: Arc<Gateway>,
    polls: Arc<Mutex<PollTown>>,
    office: Shared,
    voter: Voter,
    wallet: Wallet,
}

/// A citizen whom the roll knows by her card, which she has.
async fn citizen(conduct: [Conduct; REGISTRARS], accounts_too: bool) -> Scene {
    let (gateway, polls) = ordinary();
    let office = Office::open_in(&gateway);
    office.lock().unwrap().voter = Some(VOTER.to_owned());
    let counter = Counter { office: Arc::clone(&office), conduct, accounts_too, asked: Vec::new() };
    polls.lock().unwrap().counter = Some(counter);
    let voter = Voter::new(&gateway, &polls, 7);
    let (wallet, code) = Wallet::create(voter.config().with_city(voter.phone.city()), PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    receive(&wallet, &office, "홍 길동").await.unwrap();
    // It refills nothing: copies are counted.
    office.lock().unwrap().denied = Some("citizen-card");
    Scene { gateway, polls, office, voter, wallet }
}

async fn registered(wallet: &Wallet, id: &PollId) -> Result<RegistrationView, WalletError> {
    let review = wallet.review_registration(id, None).await?;
    wallet.register(review).await
}

fn left(wallet: &Wallet) -> usize {
    *wallet.credentials().unwrap()[0].copies_left()
}

#[tokio::test]
async fn card_15_a_registration_says_who_asks_for_what_and_shows_each_registrar_that_alone_for_a_request_that_names_nobody()
 {
    let Scene { polls, office, voter, wallet, .. } = citizen([Conduct::Honest; 3], false).await;
    let id = voter.id();
    let review = wallet.review_registration(&id, None).await.unwrap();
    let view = review.view();
    let card = view.card().clone().unwrap();
    assert_eq!((*view.by(), card.claims().clone()), ("card", vec!["voter".to_owned()]));
    assert_eq!(view.registrars().iter().filter(|one| *one.answers()).count(), 3);
    assert!(view.text().ko.contains("시민카드") && view.text().en.contains("citizen card"));
    assert!(office.lock().unwrap().answers.is_empty() && left(&wallet) == 4, "nothing has happened yet");
    assert!(wallet.poll_registration(&id).is_err());

    let registration = wallet.register(review).await.unwrap();
    assert!(*registration.complete(), "{registration:?}");
    assert_eq!(left(&wallet), 1, "a copy for each registrar");
    let answers = office.lock().unwrap().answers.clone();
    assert_eq!(answers.len(), 3);
    for shown in answers {
        let shown = shown.unwrap()[0].clone();
        let names: Vec<&String> = shown.as_object().unwrap().keys().collect();
        assert_eq!(names, ["cnf", "exp", "iat", "iss", "status", "vct", "voter"]);
    }
    // No request to a registrar has her account in it, and the same one is sent again.
    let account = *wallet.account().unwrap().account();
    let polls = polls.lock().unwrap();
    for (_, request) in &polls.counter.as_ref().unwrap().asked {
        let bytes = request.to_canonical();
        assert!(!bytes.windows(32).any(|window| window == account.as_bytes()));
    }
    let posts = |path: &str| path.ends_with("/registrations");
    let sent = voter.lines.sent.lock().unwrap();
    assert!(!sent.iter().any(|(_, path, _)| posts(path)), "nobody is asked under her account");
    let log: Vec<String> = wallet.activity().unwrap().iter().map(|line| line.text().en.clone()).collect();
    assert_eq!(log.iter().filter(|line| line.contains("voter")).count(), 3, "{log:?}");
}

#[tokio::test]
async fn card_15_a_registrar_that_asks_for_anything_else_than_was_approved_is_shown_nothing() {
    for conduct in [
        Conduct::MoreClaims,
        Conduct::AnotherRequest,
        Conduct::AnotherPoll,
        Conduct::NoTransaction,
        Conduct::SignIn,
        Conduct::AnotherVerifier,
    ] {
        let Scene { gateway, office, voter, wallet, .. } =
            citizen([conduct, Conduct::Honest, Conduct::Honest], false).await;
        // Another verifier may ask for as much: it is not the one that the registrar's word names.
        let everything = |record: &mut CertificateRecord| {
            record.grants[0].data = GrantedData::Claims(vec![GrantedClaim(vec![text("voter")])]);
        };
        register_as(&gateway, &office, (CertificateRole::Verifier, SPORTS), everything);
        let view = registered(&wallet, &voter.id()).await.unwrap();
        let states: Vec<&str> = view.registrars().iter().map(|one| *one.state()).collect();
        assert_eq!(states, ["awaited", "signed", "signed"], "{conduct:?}");
        assert!(view.registrars()[0].hint().is_some(), "{conduct:?}");
        let shown = office.lock().unwrap().answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!((shown, left(&wallet)), (2, 2), "{conduct:?}: no copy is used up for it");
    }
}

#[tokio::test]
async fn card_15_registrars_that_do_not_agree_how_the_roll_knows_her_are_shown_nothing() {
    let conduct = [Conduct::Honest, Conduct::Accounts, Conduct::Honest];
    let Scene { office, voter, wallet, .. } = citizen(conduct, false).await;
    let refused = wallet.review_registration(&voter.id(), None).await.unwrap_err();
    assert_eq!(refused.code(), "unverified");
    assert!(office.lock().unwrap().answers.is_empty() && left(&wallet) == 4);
}

#[tokio::test]
async fn card_15_a_registrar_that_changes_its_mind_after_the_review_learns_no_account() {
    let Scene { polls, voter, wallet, .. } = citizen([Conduct::Honest; 3], false).await;
    let review = wallet.review_registration(&voter.id(), None).await.unwrap();
    polls.lock().unwrap().counter.as_mut().unwrap().conduct[1] = Conduct::Accounts;
    let view = wallet.register(review).await.unwrap();
    assert_eq!(*view.registrars()[1].state(), "awaited");
    let sent = voter.lines.sent.lock().unwrap();
    assert!(!sent.iter().any(|(_, path, _)| path.ends_with("/registrations")));
}

#[tokio::test]
async fn card_15_without_a_card_that_can_be_shown_nobody_is_registered_unless_the_roll_has_accounts_too() {
    for (accounts_too, way) in [(false, None), (true, Some("account"))] {
        let Scene { gateway, office, voter, wallet, .. } = citizen([Conduct::Honest; 3], accounts_too).await;
        revoke_all(&gateway, &office);
        wallet.refresh_credentials().await.unwrap();
        match (wallet.review_registration(&voter.id(), None).await, way) {
            (Err(error), None) => {
                let refused = WalletError::Refused { by: Party::Phone, reason: Reason::RollNeedsCard };
                assert_eq!(error, refused);
                assert!(error.message().ko.contains("시민카드"));
            }
            (Ok(review), Some(way)) => assert_eq!(*review.view().by(), way),
            (other, _) => panic!("{other:?}"),
        }
        assert!(office.lock().unwrap().answers.is_empty());
    }
}

#[tokio::test]
async fn card_15_somebody_whom_a_mixed_roll_does_not_know_by_her_card_is_asked_whether_to_register_by_her_account()
 {
    let Scene { polls, office, voter, wallet, .. } = citizen([Conduct::Honest; 3], true).await;
    let id = voter.id();
    office.lock().unwrap().voter = Some("00".repeat(32));
    let held = *wallet.credentials().unwrap()[0].id();
    wallet.forget_credential(&held).await.unwrap();
    office.lock().unwrap().denied = None;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    let view = registered(&wallet, &id).await.unwrap();
    assert_eq!(*view.state(), "refused");
    polls.lock().unwrap().roll.insert(*wallet.account().unwrap().account(), PERSON);
    let review = wallet.review_registration(&id, None).await.unwrap();
    assert_eq!(*review.view().by(), "account");
    assert!(*wallet.register(review).await.unwrap().complete());
}

#[tokio::test]
async fn card_15_a_registrar_that_was_down_is_shown_the_card_when_it_answers_and_nobody_is_asked_twice() {
    let Scene { polls, office, voter, wallet, .. } = citizen([Conduct::Honest; 3], false).await;
    polls.lock().unwrap().registrars[2] = Mood::Down;
    let review = wallet.review_registration(&voter.id(), None).await.unwrap();
    assert!(!*review.view().registrars()[2].answers());
    let view = wallet.register(review).await.unwrap();
    assert!(!*view.complete());
    assert_eq!(left(&wallet), 2);
    polls.lock().unwrap().registrars[2] = Mood::Honest;
    wallet.sync().await.unwrap();
    assert!(*wallet.poll_registration(&voter.id()).unwrap().complete(), "she had approved it");
    assert_eq!((office.lock().unwrap().answers.len(), left(&wallet)), (3, 1));
}

#[tokio::test]
async fn card_15_a_registrar_that_has_acknowledged_the_card_is_shown_no_second_copy_without_another_approval()
{
    let conduct = [Conduct::Forgets, Conduct::Honest, Conduct::Honest];
    let Scene { voter, wallet, .. } = citizen(conduct, false).await;
    let view = registered(&wallet, &voter.id()).await.unwrap();
    assert_eq!((*view.state(), left(&wallet)), ("registering", 1));
    for _ in 0..3 {
        wallet.register_for_poll(&voter.id(), None).await.unwrap();
        let _ = wallet.sync().await;
    }
    assert_eq!(left(&wallet), 1, "copies are not drained");
    registered(&wallet, &voter.id()).await.unwrap();
    assert_eq!(left(&wallet), 0, "approved anew");
}

/// The account is frozen, or let go on.
fn set_frozen(gateway: &Gateway, wallet: &Wallet, is_frozen: bool) {
    let account = *wallet.account().unwrap().account();
    let frozen = is_frozen.then(|| gateway.town(|town| town.now()));
    let custody = CustodyRecord { frozen, ..CustodyRecord::default() };
    gateway.town(|town| town.seal(Block::default().write(state_key::custody(&account), &custody)));
}

/// What was proved of the account holds for five minutes (CARD-42).
fn outlive_the_proof(gateway: &Gateway) {
    gateway.town(|town| town.chain.idle(30));
}

/// The connection that carries her account hears nothing of a registration by her card, beside which polls there are.
#[tokio::test]
async fn card_41_and_15_registrars_hear_of_her_card_over_no_connection_of_her_account() {
    let Scene { voter, wallet, .. } = citizen([Conduct::Honest; 3], false).await;
    wallet.sync().await.unwrap();
    voter.lines.sent.lock().unwrap().clear();
    let registration = registered(&wallet, &voter.id()).await.unwrap();
    assert!(*registration.complete(), "{registration:?}");
    let account = *wallet.account().unwrap().account();
    let sent = voter.lines.sent.lock().unwrap();
    let of_her = |path: &str| path.contains("card-registrations") || path.contains(CENTRE);
    let told: Vec<_> = sent.iter().filter(|(_, path, _)| of_her(path)).collect();
    assert!(told.len() > 6, "the test sees what was sent: {sent:?}");
    assert!(told.iter().all(|(line, ..)| *line != 0), "{told:?}");
    let custody = Bytes::new(state_key::custody(&account).as_bytes());
    assert!(!sent.iter().any(|(_, _, body)| String::from_utf8_lossy(body).contains(custody.as_str())));
}

#[tokio::test]
async fn card_10_and_15_a_phone_whose_account_is_frozen_says_so_begins_no_registration_and_shows_nothing() {
    let Scene { gateway, office, voter, wallet, .. } = citizen([Conduct::Honest; 3], false).await;
    let frozen = WalletError::Refused { by: Party::Ledger, reason: Reason::Frozen };
    let review = wallet.review_registration(&voter.id(), None).await.unwrap();
    set_frozen(&gateway, &wallet, true);
    outlive_the_proof(&gateway);
    assert_eq!(wallet.register(review).await.unwrap_err(), frozen);
    assert_eq!(wallet.review_registration(&voter.id(), None).await.unwrap_err(), frozen);
    assert!(wallet.poll_registration(&voter.id()).is_err(), "nothing is begun");
    assert!(office.lock().unwrap().answers.is_empty() && left(&wallet) == 4);
    set_frozen(&gateway, &wallet, false);
    assert!(*registered(&wallet, &voter.id()).await.unwrap().complete());
}

#[tokio::test]
async fn card_10_and_15_what_was_begun_shows_nothing_either_while_the_account_is_frozen() {
    let Scene { gateway, polls, office, voter, wallet } = citizen([Conduct::Honest; 3], false).await;
    polls.lock().unwrap().registrars[2] = Mood::Down;
    registered(&wallet, &voter.id()).await.unwrap();
    polls.lock().unwrap().registrars[2] = Mood::Honest;
    set_frozen(&gateway, &wallet, true);
    outlive_the_proof(&gateway);
    let view = wallet.register_for_poll(&voter.id(), None).await.unwrap();
    assert!(*view.registrars()[2].state() == "awaited" && view.registrars()[2].hint().is_some());
    assert_eq!((office.lock().unwrap().answers.len(), left(&wallet)), (2, 2));
}

#[tokio::test]
async fn card_15_a_card_that_was_revoked_after_the_review_is_shown_to_nobody() {
    let Scene { gateway, office, voter, wallet, .. } = citizen([Conduct::Honest; 3], false).await;
    let review = wallet.review_registration(&voter.id(), None).await.unwrap();
    revoke_all(&gateway, &office);
    wallet.refresh_credentials().await.unwrap();
    let refused = WalletError::Refused { by: Party::Phone, reason: Reason::RollNeedsCard };
    assert_eq!(wallet.register(review).await.unwrap_err(), refused);
    assert!(wallet.poll_registration(&voter.id()).is_err(), "nothing is begun");
    assert!(office.lock().unwrap().answers.is_empty());
}

/// A copy is on the disk for a registrar and has not left: whoever approves again meanwhile sends that one.
#[tokio::test]
async fn card_15_a_second_approval_while_one_is_on_its_way_shows_no_second_copy() {
    let Scene { polls, office, voter, wallet, .. } = citizen([Conduct::Honest; 3], false).await;
    drop(wallet);
    let cut = Cut::at(place::OUTBOX_REGISTRATION_CARD, When::After);
    let dying = Wallet::open(voter.cut_config(&cut)).unwrap().unlock(PIN).unwrap();
    drop(registered(&dying, &voter.id()).await);
    assert!(cut.is_dead());
    drop(dying);
    let wallet = voter.reopen();
    assert!(*registered(&wallet, &voter.id()).await.unwrap().complete());
    assert_eq!((office.lock().unwrap().answers.len(), left(&wallet)), (3, 1));
    assert_eq!(polls.lock().unwrap().rows.len(), 3);
}

/// Where a registration by the card persists or sends.
const REGISTERING: [Place; 7] = [
    place::REGISTERING,
    place::SEND_CARD_REGISTRATION,
    place::ASK_REQUEST,
    place::OUTBOX_REGISTRATION_CARD,
    place::SEND_REGISTRATION_CARD,
    place::REGISTRATION_CARD_ANSWERED,
    place::REGISTRAR_ANSWERED,
];

#[tokio::test]
async fn card_15_a_phone_killed_anywhere_registers_once_and_shows_each_registrar_one_copy() {
    assert!(CARD_PLACES.contains(&place::OUTBOX_REGISTRATION_CARD));
    for place in REGISTERING {
        for when in [When::Before, When::After] {
            let Scene { polls, office, voter, wallet, .. } = citizen([Conduct::Honest; 3], false).await;
            let id = voter.id();
            drop(wallet);
            let cut = Cut::at(place, when);
            let dying = Wallet::open(voter.cut_config(&cut)).unwrap().unlock(PIN).unwrap();
            drop(registered(&dying, &id).await);
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = voter.reopen();
            wallet.sync().await.unwrap();
            let view = match wallet.poll_registration(&id) {
                Ok(_) => wallet.register_for_poll(&id, None).await.unwrap(),
                // Killed before anything was written: she has approved nothing yet.
                Err(_) => registered(&wallet, &id).await.unwrap(),
            };
            assert!(*view.complete(), "{place} {when:?}: {view:?}");
            assert_eq!(office.lock().unwrap().answers.len(), 3, "{place} {when:?}");
            assert_eq!(left(&wallet), 1, "{place} {when:?}: one copy for each registrar");
            assert_eq!(polls.lock().unwrap().rows.len(), 3, "{place} {when:?}: one row of each registrar");
        }
    }
}
