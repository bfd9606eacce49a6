//! A payment above a limit: the card is shown to the centre with the approval, for this order alone, and each copy once.

use crate::crash::ORDERING;
use crate::cut::{Cut, When};
use crate::keys::are_those_that_are_bound;
use crate::office::{CARD, CENTRE, Office, SPORTS, Shared, cut_wallet, let_attest, receive, revoke_all};
use crate::support::ledger::city::Block;
use crate::support::ledger::{points, text, won};
use crate::support::phone::{pay, scan};
use crate::support::town::Town;
use crate::support::{Gateway, Phone};
use citizen_client::Authorised;
use citizen_client::api::Bytes;
use citizen_keys::Signed;
use citizen_ledger::{Action, CardRules, Dated, GrantedClaim, PaymentCardRule, SignedTransaction, state_key};
use citizen_openid4vc::dcql::{Query, QueryId};
use citizen_openid4vc::vp::{ResponseMode, SignIn, TransactionData};
use citizen_payment::Hold;
use citizen_payment::word::CardRequest;
use citizen_primitives::{TransactionId, UnixTime, Won};
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::view::PaymentView;
use citizen_wallet::{Coins, CredentialId, Wallet, WalletError, place};
use serde_json::{Value, json};
use std::sync::Arc;

const ABOVE: u64 = 5_000;

/// What the centre does when it asks for the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Centre {
    Honest,
    /// It wants more won authorised.
    MoreWon,
    /// Another order.
    AnotherOrder,
    /// Nothing authorised at all.
    NoTransaction,
    /// The district as well.
    MoreClaims,
    /// That she signs in.
    SignIn,
    /// The request is another verifier's than its word says.
    AnotherVerifier,
    /// The request is somebody's whom its certificate only vouches for.
    Vouched,
}

fn asked(claims: &[&str]) -> Value {
    let claims: Vec<Value> = claims
        .iter()
        .map(|name| match name.split_once('.') {
            Some((outer, inner)) => json!({ "path": [outer, inner] }),
            None => json!({ "path": [name], "values": [true] }),
        })
        .collect();
    json!({ "credentials": [{ "id": "card", "format": "dc+sd-jwt", "meta": { "vct_values": [CARD] }, "claims": claims }] })
}

/// A town whose ledger wants the card above 5,000 won, and whose centre asks for it.
fn town(gateway: &Gateway, office: &Shared, conduct: Centre) {
    let rule = PaymentCardRule {
        above: won(ABOVE),
        credential: text(CARD),
        claims: vec![GrantedClaim(vec![text("age_over_19")])],
    };
    let rules =
        CardRules { payments: vec![Dated { from: UnixTime::default(), value: rule, source: text("test") }] };
    gateway.town(|town| town.seal(Block::default().write(state_key::card_rules(), &rules)));
    let office = Arc::clone(office);
    let card = move |town: &Town| {
        let (order, body) = SignedTransaction::decode(town.orders.last().unwrap()).unwrap();
        let Action::Hold(hold) = body.action else { panic!() };
        if hold.won.plus(Won::new(hold.points.amount()).unwrap()).unwrap() <= won(ABOVE) {
            return None;
        }
        let mut office = office.lock().unwrap();
        let link = ask(&mut office, conduct, &order.id(), &hold);
        let certificate = office.centre.thumbprint();
        let word =
            CardRequest { payment: hold.payment, order: order.id(), link, certificate, time: town.now() };
        Some(Bytes::of(&Signed::sign(&word, &town.centre.key)))
    };
    assert!(gateway.card.set(Box::new(card)).is_ok());
}

/// The link of the question for an order: the same for the same order.
fn ask(office: &mut Office, conduct: Centre, order: &TransactionId, hold: &Hold) -> String {
    let id = order.to_hex();
    let (mut authorised, card) = (Authorised::payment(order, hold), [QueryId::new("card").unwrap()]);
    match conduct {
        Centre::MoreWon => drop(authorised.fields.insert("won".to_owned(), json!(99_999))),
        Centre::AnotherOrder => drop(authorised.fields.insert("order".to_owned(), json!("00".repeat(32)))),
        _ => {}
    }
    let transaction = TransactionData::encode(authorised.kind, &authorised.fields, &card);
    let transactions = if conduct == Centre::NoTransaction { Vec::new() } else { vec![transaction] };
    let claims: &[&str] = match conduct {
        Centre::MoreClaims => &["age_over_19", "address.district"],
        _ => &["age_over_19"],
    };
    let host = if conduct == Centre::AnotherVerifier { SPORTS } else { CENTRE };
    if office.sessions.contains_key(&id) || office.taken.contains_key(&id) {
        // Asked before: the centre asks the same.
        return office.links[&id].clone();
    }
    let asked = (Query::from_value(&asked(claims)).unwrap(), ResponseMode::DirectPostJwt);
    let sign_in = (conduct == Centre::SignIn).then_some(SignIn::Bound);
    office.vouching = conduct == Centre::Vouched;
    let link = office.open_session((host, &id), asked, transactions, sign_in);
    office.links.insert(id, link.clone());
    link
}

async fn citizen(conduct: Centre) -> (Arc<Gateway>, Shared, Phone, Wallet) {
    let (gateway, office) = Office::open();
    town(&gateway, &office, conduct);
    if conduct == Centre::Vouched {
        let thumbprint = office.lock().unwrap().centre.thumbprint();
        let_attest(&gateway, &office, thumbprint);
    }
    gateway.town(|town| town.holds_at_once = false);
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    (gateway, office, phone, wallet)
}

fn left(wallet: &Wallet) -> usize {
    *wallet.credentials().unwrap()[0].copies_left()
}

#[tokio::test]
async fn card_14_a_payment_above_the_limit_says_what_will_be_shown_and_shows_it_with_the_approval() {
    let (_, office, _, wallet) = citizen(Centre::Honest).await;
    let code = scan(&wallet).await;
    let small = wallet.review_payment(&code, Some(won(ABOVE)), Coins::Exactly(points(0))).await.unwrap();
    assert_eq!(*small.view().card(), None, "just the limit needs none");
    let review =
        wallet.review_payment(&code, Some(won(ABOVE + 1)), Coins::Exactly(points(1_000))).await.unwrap();
    let card = review.view().card().clone().unwrap();
    assert_eq!((card.claims().clone(), *card.above()), (vec!["age_over_19".to_owned()], won(ABOVE)));
    assert!(card.text().ko.contains("시민카드") && card.text().en.contains("age_over_19"));
    assert!(office.lock().unwrap().answers.is_empty() && left(&wallet) == 4, "nothing has happened yet");

    let payment = wallet.approve(review).await.unwrap();
    assert_eq!(*payment.card().as_ref().unwrap().state(), "taken");
    let answers = office.lock().unwrap().answers.clone();
    let shown = answers[0].clone().unwrap()[0].clone();
    let names: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(names, ["age_over_19", "cnf", "exp", "iat", "iss", "status", "vct"]);
    assert_eq!((answers.len(), left(&wallet)), (1, 3));
    let log: Vec<String> = wallet.activity().unwrap().iter().map(|line| line.text().en.clone()).collect();
    assert!(
        log.iter().any(|line| line.contains("ZeroPay Centre") && line.contains("age_over_19")),
        "{log:?}"
    );
}

#[tokio::test]
async fn card_14_without_a_card_that_can_be_shown_nothing_is_signed() {
    let (gateway, office) = Office::open();
    town(&gateway, &office, Centre::Honest);
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let refused = WalletError::Refused { by: Party::Phone, reason: Reason::CardNeeded };
    let code = scan(&wallet).await;
    let above = |wallet: Wallet, code| async move {
        let review = wallet.review_payment(&code, Some(won(ABOVE + 1)), Coins::Exactly(points(0))).await;
        (wallet, review.unwrap_err())
    };
    let (wallet, error) = above(wallet, code).await;
    assert_eq!(error, refused);
    assert!(error.message().ko.contains("시민카드") && error.message().en.contains("citizen card"));
    // A revoked one is none.
    receive(&wallet, &office, "홍 길동").await.unwrap();
    revoke_all(&gateway, &office);
    wallet.refresh_credentials().await.unwrap();
    let code = scan(&wallet).await;
    assert_eq!(above(wallet, code).await.1, refused);
    assert_eq!(gateway.town(|town| town.orders.len()), 0);
}

#[tokio::test]
async fn card_14_a_centre_that_asks_for_anything_else_than_was_approved_is_shown_nothing() {
    for conduct in [
        Centre::MoreWon,
        Centre::AnotherOrder,
        Centre::NoTransaction,
        Centre::MoreClaims,
        Centre::SignIn,
        Centre::AnotherVerifier,
        Centre::Vouched,
    ] {
        let (_, office, _, wallet) = citizen(conduct).await;
        let id = pay(&wallet, ABOVE + 1, 0).await;
        let card = wallet.payment(&id).unwrap().card().clone().unwrap();
        assert_eq!(*card.state(), "refused", "{conduct:?}");
        assert!(office.lock().unwrap().answers.iter().all(Result::is_err), "{conduct:?}");
        assert_eq!(left(&wallet), 4, "{conduct:?}: no copy is used up");
    }
}

#[tokio::test]
async fn card_14_a_phone_killed_anywhere_shows_one_copy_for_one_payment_in_the_same_bytes() {
    for place in ORDERING {
        for when in [When::Before, When::After] {
            let (gateway, office, phone, wallet) = citizen(Centre::Honest).await;
            drop(wallet);
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            let code = scan(&dying).await;
            let review = dying.review_payment(&code, Some(won(ABOVE + 1)), Coins::Exactly(points(0))).await;
            drop(dying.approve(review.unwrap()).await);
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            wallet.sync().await.unwrap();
            let payment = wallet.payments().unwrap().remove(0);
            assert_eq!(*payment.card().as_ref().unwrap().state(), "taken", "{place} {when:?}");
            assert_eq!(office.lock().unwrap().answers.len(), 1, "{place} {when:?}");
            assert_eq!(left(&wallet), 3, "{place} {when:?}: one copy for one payment");
            assert!(are_those_that_are_bound(&phone, &wallet), "{place} {when:?}: CARD-80");
            assert_eq!(gateway.town(|town| town.orders.len()), 1, "{place} {when:?}");
        }
    }
}

/// An order that needs the card is with the centre, and the phone died before it showed any: which one the review has named.
async fn dies_before_it_shows(phone: &Phone) -> CredentialId {
    let cut = Cut::at(place::OUTBOX_ACCEPTED, When::After);
    let dying = cut_wallet(phone, &cut);
    let code = scan(&dying).await;
    let review = dying.review_payment(&code, Some(won(ABOVE + 1)), Coins::Exactly(points(0))).await.unwrap();
    let named = *review.view().card().as_ref().unwrap().credential();
    drop(dying.approve(review).await);
    assert!(cut.is_dead());
    named
}

/// The phone looks after its payment again, which is refused the card.
async fn is_not_shown(wallet: &Wallet, office: &Shared) -> PaymentView {
    wallet.sync().await.unwrap();
    let payment = wallet.payments().unwrap().remove(0);
    assert_eq!(*payment.card().as_ref().unwrap().state(), "refused");
    assert!(office.lock().unwrap().answers.is_empty() && office.lock().unwrap().posted.is_empty());
    payment
}

#[tokio::test]
async fn card_14_an_account_that_was_frozen_after_the_approval_shows_no_card_for_it() {
    let (gateway, office) = Office::open();
    town(&gateway, &office, Centre::Honest);
    gateway.town(|town| town.holds_at_once = false);
    let phone = Phone::new(&gateway, 1);
    let (wallet, recovery) = phone.with_points().await;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    drop(wallet);
    dies_before_it_shows(&phone).await;
    let wallet = phone.reopen().unwrap();
    let sent = wallet.freeze(&recovery).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    let payment = is_not_shown(&wallet, &office).await;
    let reason = payment.card().as_ref().unwrap().reason().clone().unwrap();
    assert!(reason.en.contains("frozen"), "{}", reason.en);
    assert_eq!(left(&wallet), 4, "no copy is used up");
}

#[tokio::test]
async fn card_14_another_card_than_the_review_has_named_is_not_shown() {
    let (_, office, phone, wallet) = citizen(Centre::Honest).await;
    receive(&wallet, &office, "김 샘플").await.unwrap();
    drop(wallet);
    let named = dies_before_it_shows(&phone).await;
    let wallet = phone.reopen().unwrap();
    wallet.forget_credential(&named).await.unwrap();
    is_not_shown(&wallet, &office).await;
    let other = wallet.credentials().unwrap();
    assert_eq!((other.len(), *other[0].copies_left()), (1, 4), "it would do, and she has not been asked");
}

#[tokio::test]
async fn card_14_two_payments_are_shown_two_copies() {
    let (_, office, _, wallet) = citizen(Centre::Honest).await;
    pay(&wallet, ABOVE + 1, 0).await;
    pay(&wallet, ABOVE + 2, 0).await;
    let keys: std::collections::BTreeSet<String> = office
        .lock()
        .unwrap()
        .answers
        .iter()
        .map(|answer| answer.as_ref().unwrap()[0]["cnf"].to_string())
        .collect();
    assert_eq!((keys.len(), left(&wallet)), (2, 2));
}
