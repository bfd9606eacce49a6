//! What a verifier leaves undone: answers that come late, twice or at once, credentials of which nothing is known, visits and lists without end.

use super::order::Gate;
use super::wallet::{Copy, agree, dice, forged, hong, post, receive, review};
use super::world::{CardWorld, ISSUER};
use crate::world::{chain_id, key};
use citizen_credential::status::{Bits, Publication, Status, StatusList};
use citizen_ledger::{Action, AnchorStatus, Nonce, Signer, TransactionBody};
use citizen_openid4vc::vp::Step;
use citizen_primitives::{Clock as _, Hash, Label};
use city_chain::Chain as _;
use city_services::verifier::{CardService, Outcome, Refused, Standing, Taken};
use city_services::{ServiceError, Verifier, places};
use city_storage::faults::Disk;
use serde_json::{Value, json};
use std::sync::Arc;

async fn with_card() -> (CardWorld, Vec<Copy>) {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    card.settle().await;
    (card, copies)
}

fn library() -> CardService {
    CardService::sandbox().unwrap().remove(0)
}

async fn shown(card: &CardWorld, verifier: &Verifier, copy: &Copy) -> Outcome {
    let begun = verifier.begin().unwrap();
    let answer = agree(card, verifier, &begun, &[copy]);
    assert_eq!(post(verifier, &answer).await, Ok(Taken::Yes));
    ended(verifier.standing(&begun.ticket).unwrap().0)
}

fn ended(standing: Standing) -> Outcome {
    let Standing::Ended(outcome) = standing else { panic!("{standing:?}") };
    outcome
}

fn is_accepted(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { .. })
}

async fn declined(card: &CardWorld, verifier: &Verifier) -> city_services::verifier::Ticket {
    let begun = verifier.begin().unwrap();
    let mut session = review(card, verifier, &begun);
    session.decline(&mut dice()).unwrap();
    let Step::Send(answer) = session.next() else { panic!() };
    assert_eq!(post(verifier, &answer).await, Ok(Taken::Yes));
    begun.ticket
}

#[tokio::test]
async fn verifier_1_a_visit_waits_five_minutes_and_then_gives_no_request_and_takes_no_answer() {
    let (card, copies) = with_card().await;
    let library = card.verifier("mapo-library");
    let begun = library.begin().unwrap();
    let answer = agree(&card, &library, &begun, &[&copies[0]]);
    let handle = answer.url.as_str().rsplit('/').next().unwrap();
    card.world.clock.advance(300);
    assert!(library.request_object(handle, None).is_ok(), "to the last second");
    card.world.clock.advance(1);
    assert_eq!(library.request_object(handle, None), Err(ServiceError::NotFound));
    assert_eq!(post(&library, &answer).await, Err(ServiceError::NotFound));
}

/// Visits that wait are in memory: nobody who only begins fills it.
#[tokio::test]
async fn verifier_1_so_many_visits_are_open_and_those_that_are_over_make_room() {
    let card = CardWorld::new();
    let library = card.verifier("mapo-library").with_visits(2);
    let first = library.begin().unwrap();
    library.begin().unwrap();
    assert_eq!(library.begin().map(drop), Err(ServiceError::Unavailable));
    assert_eq!(library.standing(&first.ticket).unwrap().0, Standing::Waiting, "nobody is turned out");
    card.world.clock.advance(301);
    assert!(library.begin().is_ok());
}

/// The same ticket is drawn again by a verifier that starts anew at the same block.
#[tokio::test]
async fn verifier_5_the_first_outcome_stands_whatever_comes_under_its_ticket_later() {
    let (card, copies) = with_card().await;
    let disk = Disk::default();
    let first = card.verifier_on(&disk, library());
    let begun = first.begin().unwrap();
    let answer = agree(&card, &first, &begun, &[&copies[0]]);
    assert_eq!(post(&first, &answer).await, Ok(Taken::Yes));
    drop(first);
    let second = card.verifier_on(&disk, library());
    let ticket = declined(&card, &second).await;
    assert_eq!(ticket.as_str(), begun.ticket.as_str(), "it is drawn of the same dice");
    assert!(is_accepted(ended(second.standing(&ticket).unwrap().0)));
}

#[tokio::test]
async fn verifier_5_of_one_answer_that_comes_twice_at_once_the_second_ends_nothing() {
    let (card, copies) = with_card().await;
    let gate = Arc::new(Gate::over(card.wires.clone()));
    let library = card.verifier_over(&Disk::default(), library(), gate.clone());
    let begun = library.begin().unwrap();
    let answer = agree(&card, &library, &begun, &[&copies[0]]);
    let meanwhile = async {
        gate.pass().await;
        let second = post(&library, &answer).await;
        gate.pass().await;
        second
    };
    assert_eq!(tokio::join!(post(&library, &answer), meanwhile), (Ok(Taken::Yes), Ok(Taken::No)));
    assert!(is_accepted(ended(library.standing(&begun.ticket).unwrap().0)));
}

/// Of the moment in which somebody came nothing is kept but its day: its seven days begin with that day, at midnight in Seoul.
#[tokio::test]
async fn verifier_5_of_a_visits_time_the_day_is_kept() {
    let card = CardWorld::new();
    let library = card.verifier("mapo-library");
    let at_nine = declined(&card, &library).await;
    card.world.clock.advance(7 * 86_400 - 10 * 3_600);
    declined(&card, &library).await;
    assert_ne!(library.standing(&at_nine).unwrap().0, Standing::Over);
    card.world.clock.advance(2 * 3_600);
    declined(&card, &library).await;
    assert_eq!(library.standing(&at_nine).unwrap().0, Standing::Over, "an hour after midnight");
}

#[tokio::test]
async fn verifier_7_old_outcomes_go_however_many_new_ones_stand_before_them() {
    let card = CardWorld::new();
    let library = card.verifier("mapo-library");
    let mut old = Vec::new();
    for _ in 0..20 {
        old.push(declined(&card, &library).await);
    }
    card.world.clock.advance(9 * 86_400);
    for _ in 0..40 {
        declined(&card, &library).await;
    }
    for ticket in old {
        assert_eq!(library.standing(&ticket).unwrap().0, Standing::Over);
    }
}

/// The issuer's own, whatever it says of its status.
fn of_issuer(card: &CardWorld, status: Option<&Value>) -> Copy {
    let mut claims = json!({
        "iss": ISSUER, "vct": "urn:seoul:citizen-card:1",
        "age_over_19": true, "address": { "district": "마포구" },
    });
    if let Some(status) = status {
        claims["status"] = status.clone();
    }
    forged(card, &claims)
}

#[tokio::test]
async fn verifier_3_a_credential_whose_status_nobody_can_look_up_does_not_count() {
    let (card, copies) = with_card().await;
    let library = card.verifier("mapo-library");
    let unknown = Outcome::Refused(Refused::StatusUnknown);
    assert_eq!(shown(&card, &library, &of_issuer(&card, None)).await, unknown, "none");
    let mut status = copies[0].claims()["status"].clone();
    assert!(is_accepted(shown(&card, &library, &of_issuer(&card, Some(&status))).await));
    status["status_list"]["idx"] = (1 << 20).into();
    assert_eq!(shown(&card, &library, &of_issuer(&card, Some(&status))).await, unknown, "beyond the list");
}

/// The issuer's key signs a list of its own making, and anchors it.
fn anchor_list(card: &CardWorld, list: &StatusList) {
    let uri = format!("{ISSUER}/status-lists/0");
    let issued_at = card.world.clock.now();
    let publication = Publication { uri: uri.clone(), issued_at, expires: None, time_to_live: None };
    let token = publication.sign(list, &card.certificate.signer()).unwrap();
    let action = Action::AnchorStatus(AnchorStatus {
        certificate: card.certificate.thumbprint(),
        list: Hash::plain(&[uri.as_bytes()]),
        version: 2,
        token: Hash::plain(&[token.as_bytes()]),
    });
    let body = TransactionBody {
        chain_id: chain_id(),
        valid_until: card.world.wires.chain.status().latest.plus(50),
        nonce: Nonce::from_bytes([12; 16]),
        signer: Signer::Party { key: key(70).public() },
        action,
    };
    card.world.submit(&body.signed(vec![key(70).sign(Label::Transaction, &body.signing_bytes())]));
    *card.wires.forged.lock().unwrap() = Some(token);
}

#[tokio::test]
async fn verifier_3_what_is_suspended_or_has_a_status_that_nobody_knows_does_not_count_either() {
    let (card, copies) = with_card().await;
    let library = card.verifier("mapo-library");
    let mut list = StatusList::new(Bits::Two, 64).unwrap();
    list.set(1, Status::Suspended).unwrap();
    list.set(2, Status::Other(3)).unwrap();
    anchor_list(&card, &list);
    let mut status = copies[0].claims()["status"].clone();
    for (index, accepted) in [(0, true), (1, false), (2, false)] {
        status["status_list"]["idx"] = index.into();
        let outcome = shown(&card, &library, &of_issuer(&card, Some(&status))).await;
        assert_eq!(is_accepted(outcome), accepted, "{index} {outcome:?}");
        assert!(accepted || outcome == Outcome::Refused(Refused::Revoked), "{index} {outcome:?}");
    }
}

#[tokio::test]
async fn verifier_3_a_ledger_that_does_not_name_the_newest_list_lets_nothing_count() {
    let (card, copies) = with_card().await;
    let library = card.verifier("mapo-library");
    *card.world.wires.silent.lock().unwrap() = Some(places::VERIFIER_ASK_ANCHOR);
    assert_eq!(shown(&card, &library, &copies[0]).await, Outcome::Refused(Refused::StatusUnknown));
    *card.world.wires.silent.lock().unwrap() = None;
    assert!(is_accepted(shown(&card, &library, &copies[0]).await));
}

/// A service that takes two types: with the card of one nobody opens what the other has opened, though they say the same.
#[tokio::test]
async fn verifier_6_an_account_that_one_type_has_opened_is_not_entered_with_another() {
    let (card, copies) = with_card().await;
    let types = ["urn:seoul:citizen-card:1", "urn:seoul:resident-certificate:1"];
    let service = json!([{ "name": "archive", "name_ko": "기록원", "name_en": "Archive", "signs_in": true,
        "purpose_ko": "열람", "purpose_en": "Reading", "query": { "credentials": [{ "id": "card",
        "format": "dc+sd-jwt", "meta": { "vct_values": types }, "claims": [{ "path": ["family_name"] }] }] } }]);
    let service = CardService::parse(&service.to_string()).unwrap().remove(0);
    let archive = card.verifier_on(&Disk::default(), service);
    let of = |vct: &str| {
        let status = copies[0].claims()["status"].clone();
        forged(&card, &json!({ "iss": ISSUER, "vct": vct, "status": status, "family_name": "홍" }))
    };
    assert!(is_accepted(shown(&card, &archive, &of(types[0])).await));
    assert!(is_accepted(shown(&card, &archive, &of(types[0])).await));
    assert_eq!(shown(&card, &archive, &of(types[1])).await, Outcome::Refused(Refused::AnotherPerson));
}

/// One of two is asked for, and an account is opened with the first alone.
#[tokio::test]
async fn verifier_6_an_account_is_opened_with_the_first_that_is_asked_for_and_with_no_other() {
    let (card, copies) = with_card().await;
    let ask = |id: &str, vct: &str| json!({ "id": id, "format": "dc+sd-jwt", "meta": { "vct_values": [vct] }, "claims": [{ "path": ["family_name"] }] });
    let (first, second) = ("urn:seoul:citizen-card:1", "urn:seoul:resident-certificate:1");
    let query = json!({ "credentials": [ask("z", first), ask("a", second)],
        "credential_sets": [{ "options": [["z"], ["a"]] }] });
    let service = json!([{ "name": "archive", "name_ko": "기록원", "name_en": "Archive", "signs_in": true,
        "purpose_ko": "열람", "purpose_en": "Reading", "query": query }]);
    let archive =
        card.verifier_on(&Disk::default(), CardService::parse(&service.to_string()).unwrap().remove(0));
    let of = |vct: &str| {
        let status = copies[0].claims()["status"].clone();
        forged(&card, &json!({ "iss": ISSUER, "vct": vct, "status": status, "family_name": "홍" }))
    };
    assert_eq!(shown(&card, &archive, &of(second)).await, Outcome::Refused(Refused::NoAccount));
    assert!(is_accepted(shown(&card, &archive, &of(first)).await), "the first alone is one of the choices");
    assert!(is_accepted(shown(&card, &archive, &of(second)).await), "whoever is known may come without it");
}
