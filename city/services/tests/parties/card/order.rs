//! A payment above a limit: the centre drives it once the citizen card was shown for it, and for nothing else.

use super::wallet::{Copy, answer, dice, hong, receive};
use super::world::{ALL_TYPES, CardWorld, Certificate};
use crate::bank::refused;
use crate::phone::{Order, Phone};
use crate::till::Till;
use crate::world::{OPENING, text, won};
use async_trait::async_trait;
use citizen_client::api::OrderAnswer;
use citizen_client::{Authorised, Request, Response, Transport, TransportError};
use citizen_jose::Anchor;
use citizen_ledger::{
    Action, CardRules, CertificateRole, Dated, Govern, GrantedClaim, GrantedData, PaymentCardRule,
    SignedTransaction,
};
use citizen_openid4vc::http::{HttpRequest, HttpResponse};
use citizen_openid4vc::vp::{
    Field, FieldKind, HolderSession, Known, Profile, Question, Review, Step, TransactionType,
};
use citizen_payment::PaymentState;
use citizen_payment::word::CardRequest;
use citizen_primitives::{Canonical as _, Clock as _, UnixTime};
use city_chain::Chain as _;
use city_services::verifier::Taken;
use city_services::{CARD_PLACES, Reason, ServiceError, places};
use std::sync::Arc;
use tokio::sync::Barrier;

const BASE: &str = "https://centre.seoul.example/v1/centre/cards";
const ABOVE: u64 = 5_000;

/// The centre's way to status lists: whoever fetches one waits there for somebody else, and once more.
pub(crate) struct Gate {
    wires: Arc<dyn Transport>,
    barrier: Barrier,
}

impl Gate {
    pub(crate) fn over(wires: Arc<dyn Transport>) -> Self {
        Self { wires, barrier: Barrier::new(2) }
    }

    /// Waits until somebody stands at it, and lets her on by one step of two.
    pub(crate) async fn pass(&self) {
        self.barrier.wait().await;
    }
}

#[async_trait]
impl Transport for Gate {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.pass().await;
        self.pass().await;
        self.wires.send(request).await
    }
}

/// A city whose centre asks for the card above 5,000 won, and a citizen with a card and 10,000 points.
async fn citizen() -> (CardWorld, Phone, Vec<Copy>) {
    citizen_at(CardWorld::new(), |wires| wires).await
}

/// One whose centre fetches status lists through a gate.
async fn gated() -> (CardWorld, Phone, Vec<Copy>, Arc<Gate>) {
    let card = CardWorld::new();
    let gate = Arc::new(Gate::over(card.wires.clone()));
    let way = gate.clone();
    let (card, phone, copies) = citizen_at(card, move |_| way).await;
    (card, phone, copies, gate)
}

async fn citizen_at(
    card: CardWorld,
    way: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
) -> (CardWorld, Phone, Vec<Copy>) {
    let centre = Arc::new(Certificate::new(Some("centre.seoul.example")));
    card.register(CertificateRole::Verifier, &centre, &["urn:seoul:citizen-card:1"]);
    let wires = way(card.wires.clone());
    let counter = Box::new(move || (centre.certified(BASE), wires.clone()));
    *card.world.counter.lock().unwrap() = Some(counter);
    card.world.restart_centre();
    card.govern(Govern::SetCardRules(rules()));
    let phone = Phone::rich(&card.world, 1, 10_000, "홍길동").await;
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    card.settle().await;
    (card, phone, copies)
}

fn rules() -> CardRules {
    let rule = PaymentCardRule {
        above: won(ABOVE),
        credential: text("urn:seoul:citizen-card:1"),
        claims: vec![GrantedClaim(vec![text("age_over_14")])],
    };
    CardRules { payments: vec![Dated { from: UnixTime::default(), value: rule, source: text("test") }] }
}

fn asked(answer: &OrderAnswer) -> CardRequest {
    answer
        .card
        .as_ref()
        .unwrap()
        .read::<citizen_keys::Signed<CardRequest>>()
        .unwrap()
        .dangerous_unverified()
        .unwrap()
}

/// What an order authorises.
fn authorised(order: &Order) -> Authorised {
    let (_, body) = SignedTransaction::decode(&order.transaction.to_canonical()).unwrap();
    let Action::Hold(hold) = body.action else { panic!() };
    Authorised::payment(&order.transaction.id(), &hold)
}

/// The wallet follows a link up to its review.
fn session(card: &CardWorld, link: &str, authorised: &Authorised) -> HolderSession {
    let field = |(name, value): (&String, &serde_json::Value)| Field {
        name: name.clone(),
        kind: if value.is_u64() { FieldKind::Integer } else { FieldKind::Text },
        required: true,
    };
    let known = TransactionType {
        name: authorised.kind.to_owned(),
        fields: authorised.fields.iter().map(field).collect(),
    };
    let rng = &mut dice();
    let profile = Profile { transactions: vec![known], ..Profile::default() };
    let mut session = HolderSession::open(link, profile, rng).unwrap();
    let Step::Send(request) = session.next() else { panic!() };
    let token = card.world.centre().card_request(handle(&request), Some(&request.body)).unwrap();
    session.answer(&HttpResponse::new(200, "application/oauth-authz-req+jwt", token)).unwrap();
    let Step::Identify(Question::Certificates(chain)) = session.next() else { panic!() };
    let anchor = Anchor::Thumbprint(chain.leaf().thumbprint());
    session.identify(Known::Anchors(vec![anchor]), card.world.clock.now(), rng).unwrap();
    session
}

fn handle(request: &HttpRequest) -> &str {
    request.url.as_str().rsplit('/').next().unwrap()
}

/// What the wallet posts for an order with a copy.
fn shown(card: &CardWorld, link: &str, order: &Order, copy: &Copy) -> HttpRequest {
    answer(card, session(card, link, &authorised(order)), &[copy])
}

async fn post(card: &CardWorld, request: &HttpRequest) -> Result<Taken, ServiceError> {
    card.world.centre().card_answer(handle(request), &request.body).await
}

/// Everything is where it was, and nothing is on its way.
fn is_whole(card: &CardWorld, phone: &Phone) -> bool {
    let account = card.world.account(&phone.account);
    let customer = card.world.bank().customer_balance(&phone.account).unwrap();
    account.held.is_zero()
        && (account.lots.total().unwrap().amount(), customer) == (10_000, i64::try_from(OPENING).unwrap())
}

#[tokio::test]
async fn centre_18_an_order_above_the_limit_is_driven_once_the_card_was_shown_for_it_and_no_sooner() {
    let (card, mut phone, copies) = citizen().await;
    let small = phone.order(&card.world, 1_000, 4_000).await;
    assert_eq!(small.hand_over(&card.world).await.unwrap().card, None, "just the limit needs none");
    card.world.work(12).await;
    assert_eq!(card.world.stage(&small.payment()).await, "captured");

    let order = phone.order(&card.world, 1_000, 4_001).await;
    let word = asked(&order.hand_over(&card.world).await.unwrap());
    assert_eq!((word.payment, word.order), (order.payment(), order.transaction.id()));
    card.world.work(6).await;
    assert_eq!(card.world.stage(&order.payment()).await, "awaiting-card");
    assert_eq!(card.world.record(&order.payment()), None, "nothing is held");

    let session = session(&card, &word.link, &authorised(&order));
    let Step::Review(review) = session.next() else { panic!() };
    let Review { transactions, query, .. } = *review;
    assert_eq!(transactions.len(), 1);
    assert_eq!(transactions[0].fields, authorised(&order).fields, "this order, these amounts");
    assert_eq!(query.credentials()[0].claims.len(), 1, "over 14, and nothing else");
    let request = answer(&card, session, &[&copies[0]]);
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes));
    card.world.work(12).await;
    assert_eq!(card.world.stage(&order.payment()).await, "captured");
}

#[tokio::test]
async fn centre_18_a_card_that_was_shown_for_another_payment_counts_for_none() {
    let (card, mut phone, copies) = citizen().await;
    let (first, second) =
        (phone.order(&card.world, 1_000, 5_000).await, phone.order(&card.world, 1_000, 50_000).await);
    let links = [
        asked(&first.hand_over(&card.world).await.unwrap()).link,
        asked(&second.hand_over(&card.world).await.unwrap()).link,
    ];
    let request = shown(&card, &links[0], &first, &copies[0]);
    let other = shown(&card, &links[1], &second, &copies[1]);
    let elsewhere = card.world.centre().card_answer(handle(&other), &request.body).await;
    assert_eq!(elsewhere, Ok(Taken::No), "what is shown for 6,000 won does not pay 51,000");
    // The same payment under another order is another order, and is not taken at all.
    let more = phone.order_for(
        &card.world,
        citizen_payment::Terms { won: won(60_000), ..first.terms.clone() },
        crate::world::role(citizen_ledger::Role::Bank).id(),
        300,
    );
    assert_eq!(refused(more.hand_over(&card.world).await), Reason::AnotherOrder);
    let guessed = format!("{}-{}", first.payment().to_hex(), "0".repeat(64));
    assert_eq!(card.world.centre().card_request(&guessed, None), Err(ServiceError::NotFound));
    card.world.work(6).await;
    assert_eq!(card.world.record(&first.payment()).or(card.world.record(&second.payment())), None);
}

#[tokio::test]
async fn centre_18_the_same_answer_is_taken_again_and_another_copy_is_not() {
    let (card, mut phone, copies) = citizen().await;
    let order = phone.order(&card.world, 1_000, 5_000).await;
    let link = asked(&order.hand_over(&card.world).await.unwrap()).link;
    let request = shown(&card, &link, &order, &copies[0]);
    let second = shown(&card, &link, &order, &copies[1]);
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes));
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes), "the answer was lost");
    assert_eq!(post(&card, &second).await, Err(Reason::CardShown.into()));
    card.world.work(12).await;
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes), "paid long ago");
    assert_eq!(card.world.stage(&order.payment()).await, "captured");
}

#[tokio::test]
async fn centre_4_and_18_a_centre_that_dies_while_it_looks_at_a_card_asks_the_same_and_takes_the_same() {
    let mine = CARD_PLACES.iter().copied().filter(|place| place.name().starts_with("centre/"));
    // The ways of a list and of a DID's document are the tests' own wires, which pass no places.
    let fetched = [places::CENTRE_FETCH_LIST, places::CENTRE_FETCH_DOCUMENT];
    let mine = mine.filter(|place| !fetched.contains(place));
    let all: Vec<_> =
        mine.chain([places::CENTRE_ORDER]).flat_map(|place| [(place, true), (place, false)]).collect();
    assert_eq!(all.len(), 8);
    for (place, before) in all {
        let (card, mut phone, copies) = citizen().await;
        let order = phone.order(&card.world, 1_000, 5_000).await;
        card.world.wires.knife.arm(place, before);
        let link = loop {
            match order.hand_over(&card.world).await {
                Ok(answer) => break asked(&answer).link,
                Err(_) => card.world.revive(),
            }
        };
        let request = shown(&card, &link, &order, &copies[0]);
        if place != places::CENTRE_ORDER {
            assert_eq!(post(&card, &request).await, Err(ServiceError::Stopped), "{place} {before}");
            card.world.revive();
        }
        assert!(card.world.wires.knife.has_cut(), "{place} was not visited");
        assert_eq!(asked(&order.hand_over(&card.world).await.unwrap()).link, link, "{place} {before}");
        assert_eq!(post(&card, &request).await, Ok(Taken::Yes), "{place} {before}");
        card.world.work(12).await;
        assert_eq!(card.world.stage(&order.payment()).await, "captured", "{place} {before}");
        let customer = card.world.bank().customer_balance(&phone.account).unwrap();
        assert_eq!((card.world.spendable(&phone.account), customer), (9_000, 95_000), "{place} {before}");
    }
}

#[tokio::test]
async fn centre_18_without_the_card_the_order_comes_to_nothing_and_points_and_won_are_whole() {
    let (card, mut phone, copies) = citizen().await;
    let order = phone.order(&card.world, 1_000, 5_000).await;
    let link = asked(&order.hand_over(&card.world).await.unwrap()).link;
    let request = shown(&card, &link, &order, &copies[0]);
    card.world.pass(320);
    card.world.work(6).await;
    assert_eq!(card.world.stage(&order.payment()).await, "failed");
    assert_eq!(post(&card, &request).await, Ok(Taken::No), "its time is over");
    card.world.work(6).await;
    assert_eq!(card.world.stage(&order.payment()).await, "failed", "too late");
    assert!(is_whole(&card, &phone));
}

/// Whoever has the phone brings the hold to the ledger past the centre.
#[tokio::test]
async fn centre_18_a_hold_that_the_phone_itself_brought_is_given_back_if_no_card_is_shown() {
    let (card, mut phone, _) = citizen().await;
    let order = phone.order(&card.world, 1_000, 5_000).await;
    order.hand_over(&card.world).await.unwrap();
    card.world.submit(&order.transaction);
    card.world.work(12).await;
    assert_eq!(card.world.record(&order.payment()).unwrap().state, PaymentState::Held);
    assert_eq!(card.world.stage(&order.payment()).await, "awaiting-card", "the bank is not asked");
    assert_eq!(
        card.world.bank().held_for(&crate::world::role(citizen_ledger::Role::Centre).id()).unwrap(),
        0
    );
    for _ in 0..40 {
        card.world.pass(10);
        card.world.work(3).await;
    }
    assert_eq!(card.world.stage(&order.payment()).await, "reversed");
    let state = card.world.record(&order.payment()).unwrap().state;
    assert!(
        matches!(state, PaymentState::Released { .. }),
        "by the centre, before it would lapse: {state:?}"
    );
    assert!(is_whole(&card, &phone));
}

#[tokio::test]
async fn centre_18_of_two_cards_that_are_looked_at_at_once_one_is_taken_and_of_one_that_comes_twice_both() {
    for is_same in [false, true] {
        let (card, mut phone, copies, _) = gated().await;
        let order = phone.order(&card.world, 1_000, 5_000).await;
        let link = asked(&order.hand_over(&card.world).await.unwrap()).link;
        let first = shown(&card, &link, &order, &copies[0]);
        let second = if is_same { first.clone() } else { shown(&card, &link, &order, &copies[1]) };
        let (one, other) = tokio::join!(post(&card, &first), post(&card, &second));
        let refused = if is_same { Ok(Taken::Yes) } else { Err(Reason::CardShown.into()) };
        let both = [one, other];
        assert!(both.contains(&Ok(Taken::Yes)) && both.contains(&refused), "{is_same}: {both:?}");
        card.world.work(12).await;
        assert_eq!(card.world.stage(&order.payment()).await, "captured");
    }
}

#[tokio::test]
async fn centre_18_an_order_that_ends_while_its_card_is_looked_at_is_not_begun_again() {
    let (card, mut phone, copies, gate) = gated().await;
    let order = phone.order(&card.world, 1_000, 5_000).await;
    let link = asked(&order.hand_over(&card.world).await.unwrap()).link;
    let request = shown(&card, &link, &order, &copies[0]);
    // A list that was just fetched counts for five minutes.
    card.world.pass(200);
    let meanwhile = async {
        gate.pass().await;
        card.world.pass(120);
        card.world.work(6).await;
        assert_eq!(card.world.stage(&order.payment()).await, "failed");
        gate.pass().await;
    };
    let (answered, ()) = tokio::join!(post(&card, &request), meanwhile);
    assert_eq!(answered, Err(Reason::HoldTime.into()));
    card.world.work(6).await;
    assert_eq!(card.world.stage(&order.payment()).await, "failed");
    assert!(is_whole(&card, &phone));
}

#[tokio::test]
async fn centre_18_a_card_counts_for_what_its_issuer_may_say_and_while_its_status_is_known() {
    let (card, mut phone, copies) = citizen().await;
    let order = phone.order(&card.world, 1_000, 5_000).await;
    let link = asked(&order.hand_over(&card.world).await.unwrap()).link;
    let request = shown(&card, &link, &order, &copies[0]);
    let address = GrantedData::Claims(vec![GrantedClaim(vec![text("address")])]);
    card.register_for(CertificateRole::Issuer, &card.certificate, (&ALL_TYPES, &address));
    assert_eq!(post(&card, &request).await, Err(Reason::CardNotVerified.into()), "not of ages");
    card.register(CertificateRole::Issuer, &card.certificate, &ALL_TYPES);
    let issuer = card.wires.issuer.lock().unwrap().take();
    assert_eq!(post(&card, &request).await, Err(ServiceError::Unavailable), "its list cannot be had");
    card.world.work(6).await;
    assert_eq!(card.world.stage(&order.payment()).await, "awaiting-card");
    *card.wires.issuer.lock().unwrap() = issuer;
    assert_eq!(post(&card, &request).await, Ok(Taken::Yes));
}

#[tokio::test]
async fn centre_18_a_revoked_card_and_the_card_of_a_frozen_account_do_not_count() {
    let (card, mut phone, copies) = citizen().await;
    let order = phone.order(&card.world, 1_000, 5_000).await;
    let link = asked(&order.hand_over(&card.world).await.unwrap()).link;
    let request = shown(&card, &link, &order, &copies[0]);
    phone.freezes(&card.world, true);
    assert_eq!(post(&card, &request).await, Err(Reason::Frozen.into()));
    phone.freezes(&card.world, false);
    card.issuer().revoke("SB-1001", None).unwrap();
    card.settle().await;
    assert_eq!(post(&card, &request).await, Err(Reason::CardRevoked.into()));
    card.strike_off(&card.certificate);
    assert_eq!(
        post(&card, &request).await,
        Err(Reason::CardNotVerified.into()),
        "of nobody the registry knows"
    );
    card.world.work(6).await;
    assert_eq!(card.world.stage(&order.payment()).await, "awaiting-card");
    assert!(is_whole(&card, &phone));
}

#[tokio::test]
async fn centre_18_a_shown_code_brings_no_card_and_pays_no_such_sum_nor_does_a_centre_without_a_counter() {
    let (card, mut phone, _) = citizen().await;
    card.world.decide_rules();
    let till = Till::register(&card.world, 70, 0);
    let (code, _) = phone.show(&card.world, 0, 50_000, None).await.unwrap();
    assert_eq!(refused(till.charge(&card.world, 1, &code, ABOVE + 1).await), Reason::CardNeeded);
    till.charge(&card.world, 2, &code, ABOVE).await.unwrap();
    *card.world.counter.lock().unwrap() = None;
    card.world.restart_centre();
    let order = phone.order(&card.world, 0, ABOVE + 1).await;
    assert_eq!(refused(order.hand_over(&card.world).await), Reason::CardNeeded);
    assert!(card.world.wires.chain.status().latest.value() > 0);
}
