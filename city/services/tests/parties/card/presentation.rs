//! A citizen shows what a service asks for, and the service believes registry and lists alone.

use super::wallet::{Copy, agree, application, dice, forged, hong, post, receive, review};
use super::world::{ALL_TYPES, CardWorld, Certificate, ISSUER};
use crate::world::text;
use citizen_jose::base64url;
use citizen_ledger::{CertificateRole, GrantedClaim, GrantedData};
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::vp::Step;
use city_services::verifier::{Outcome, Refused, Standing, Taken, Ticket};
use city_services::{ServiceError, Verifier};
use city_storage::faults::Disk;
use serde_json::json;

async fn citizen(credentials: &[&str]) -> (CardWorld, Vec<Copy>) {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(credentials)).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    card.settle().await;
    (card, copies)
}

/// Shows copies; how the visit ended.
async fn show(card: &CardWorld, verifier: &Verifier, copies: &[&Copy]) -> Standing {
    let begun = verifier.begin().unwrap();
    assert_eq!(verifier.standing(&begun.ticket).unwrap().0, Standing::Waiting);
    let answer = agree(card, verifier, &begun, copies);
    assert_eq!(post(verifier, &answer).await, Ok(Taken::Yes));
    verifier.standing(&begun.ticket).unwrap().0
}

const fn refused(why: Refused) -> Standing {
    Standing::Ended(Outcome::Refused(why))
}

#[tokio::test]
async fn verifier_1_lives_in_mapo_and_is_over_19_and_nothing_else() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    let begun = library.begin().unwrap();
    let mut session = review(&card, &library, &begun);
    let Step::Review(asked) = session.next() else { panic!() };
    let options = asked.query.evaluate(&[super::wallet::candidate(0, &copies[0])]);
    let selection = options.preferred().unwrap();
    let shown = options.approve(&selection).unwrap();
    assert_eq!(shown.disclosures()[0].claims.len(), 2, "district, and whether she is over 19");
    session.decline(&mut dice()).unwrap();
    assert!(matches!(
        show(&card, &library, &[&copies[0]]).await,
        Standing::Ended(Outcome::Accepted { credentials: 1, .. })
    ));
}

#[tokio::test]
async fn verifier_1_an_answer_on_eligibility_needs_no_papers() {
    let (card, copies) = citizen(&["youth-allowance"]).await;
    let office = card.verifier("youth-allowance");
    let standing = show(&card, &office, &[&copies[0]]).await;
    assert_eq!(standing, Standing::Ended(Outcome::Accepted { credentials: 1, visitor: None }));
}

#[tokio::test]
async fn verifier_1_what_is_optional_is_the_citizens_to_add() {
    let card = CardWorld::new();
    let kim = application("SB-1003", "김샘플", "1985-12-25", &["citizen-card", "multi-child-card"]);
    let offer = card.issuer().offer(&kim).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    card.settle().await;
    let centre = card.verifier("sports-centre");
    let of = |vct: &str| copies.iter().find(|copy| copy.claims()["vct"] == vct).unwrap();
    let (own, family) = (of("urn:seoul:citizen-card:1"), of("urn:seoul:multi-child-card:1"));
    let alone = show(&card, &centre, &[own]).await;
    assert!(matches!(alone, Standing::Ended(Outcome::Accepted { credentials: 1, .. })), "{alone:?}");
    let both = show(&card, &centre, &[own, family]).await;
    assert!(matches!(both, Standing::Ended(Outcome::Accepted { credentials: 1 | 2, .. })), "{both:?}");
}

#[tokio::test]
async fn verifier_2_an_issuer_counts_only_while_the_registry_proves_it_and_for_its_types() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    assert!(matches!(show(&card, &library, &[&copies[0]]).await, Standing::Ended(Outcome::Accepted { .. })));
    card.register(CertificateRole::Issuer, &card.certificate, &ALL_TYPES[1..]);
    assert_eq!(
        show(&card, &library, &[&copies[1]]).await,
        refused(Refused::NotVerified),
        "not for this type"
    );
    card.strike_off(&card.certificate);
    assert_eq!(show(&card, &library, &[&copies[1]]).await, refused(Refused::UnknownIssuer));
    card.register(CertificateRole::Verifier, &card.certificate, &ALL_TYPES);
    assert_eq!(
        show(&card, &library, &[&copies[1]]).await,
        refused(Refused::UnknownIssuer),
        "a verifier is no issuer"
    );
    card.register(CertificateRole::Issuer, &Certificate::new(None), &ALL_TYPES);
    assert_eq!(
        show(&card, &library, &[&copies[1]]).await,
        refused(Refused::UnknownIssuer),
        "nor is another one"
    );
}

#[tokio::test]
async fn verifier_15_who_vouches_for_an_issuer_stands_in_its_own_certificates() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let key = base64url::encode(card.certificate.chain().leaf().authority_key().unwrap());
    let asking = |authority: &str| {
        let mut service = card.verifier("mapo-library").service().clone();
        let mut query = service.query.to_value().clone();
        query["credentials"][0]["trusted_authorities"] = json!([{ "type": "aki", "values": [authority] }]);
        service.query = Query::from_value(&query).unwrap();
        card.verifier_on(&Disk::default(), service)
    };
    let vouched = show(&card, &asking(&key), &[&copies[0]]).await;
    assert!(matches!(vouched, Standing::Ended(Outcome::Accepted { .. })), "{vouched:?}");
    let said = show(&card, &asking("AAAA"), &[&copies[1]]).await;
    assert_eq!(said, refused(Refused::NotVerified), "the wallet's word for it is none");
}

/// An issuer of club cards makes one that says it is a citizen card as well.
#[tokio::test]
async fn verifier_2_a_card_counts_as_nothing_that_its_issuer_may_not_issue() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    let said = |vct: &str| {
        json!({
            "iss": ISSUER, "vct": vct, "aka_vcts": ["urn:seoul:citizen-card:1"], "status": copies[0].claims()["status"],
            "age_over_19": true, "address": { "district": "마포구" },
        })
    };
    let club = forged(&card, &said("urn:seoul:club-card:1"));
    assert_eq!(show(&card, &library, &[&club]).await, refused(Refused::NotVerified));
    card.register(CertificateRole::Issuer, &card.certificate, &["urn:seoul:club-card:1"]);
    assert_eq!(show(&card, &library, &[&club]).await, refused(Refused::NotVerified));
    card.register(
        CertificateRole::Issuer,
        &card.certificate,
        &["urn:seoul:club-card:1", "urn:seoul:citizen-card:1"],
    );
    let both = show(&card, &library, &[&club]).await;
    assert!(matches!(both, Standing::Ended(Outcome::Accepted { .. })), "{both:?}");
}

#[tokio::test]
async fn verifier_2_a_claim_that_its_issuer_may_not_make_does_not_count() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    let address = GrantedData::Claims(vec![GrantedClaim(vec![text("address")])]);
    let types: &[&str] = &["urn:seoul:citizen-card:1"];
    card.register_for(CertificateRole::Issuer, &card.certificate, (types, &address));
    assert_eq!(show(&card, &library, &[&copies[0]]).await, refused(Refused::UnknownIssuer), "not of ages");
    let both = GrantedData::Claims(vec![
        GrantedClaim(vec![text("address"), text("district")]),
        GrantedClaim(vec![text("age_over_19")]),
    ]);
    card.register_for(CertificateRole::Issuer, &card.certificate, (types, &both));
    let shown = show(&card, &library, &[&copies[1]]).await;
    assert!(matches!(shown, Standing::Ended(Outcome::Accepted { .. })), "{shown:?}");
}

#[tokio::test]
async fn verifier_3_a_revoked_card_is_refused_and_a_list_is_fetched_whole_and_once_for_each_version() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    for _ in 0..3 {
        assert!(matches!(
            show(&card, &library, &[&copies[0]]).await,
            Standing::Ended(Outcome::Accepted { .. })
        ));
    }
    assert_eq!(*card.wires.fetched.lock().unwrap(), 1);
    card.issuer().revoke("SB-1001", None).unwrap();
    card.settle().await;
    assert_eq!(show(&card, &library, &[&copies[0]]).await, refused(Refused::Revoked));
    assert_eq!(*card.wires.fetched.lock().unwrap(), 2);
}

#[tokio::test]
async fn verifier_3_without_the_newest_list_nothing_counts() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    let old = card.issuer().status_list(0).unwrap();
    card.issuer().revoke("SB-1001", None).unwrap();
    card.settle().await;
    // The issuer's server shows the version of before the revocation.
    *card.wires.forged.lock().unwrap() = Some(old);
    assert_eq!(show(&card, &library, &[&copies[0]]).await, refused(Refused::StatusUnknown));
    *card.wires.forged.lock().unwrap() = None;
    let issuer = card.wires.issuer.lock().unwrap().take();
    assert_eq!(show(&card, &library, &[&copies[0]]).await, refused(Refused::StatusUnknown), "offline");
    *card.wires.issuer.lock().unwrap() = issuer;
}

#[tokio::test]
async fn verifier_3_a_card_without_a_published_list_does_not_count() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    let library = card.verifier("mapo-library");
    assert_eq!(show(&card, &library, &[&copies[0]]).await, refused(Refused::StatusUnknown));
}

#[tokio::test]
async fn verifier_5_a_visit_has_one_outcome_and_keeps_nothing_that_was_shown() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    let begun = library.begin().unwrap();
    let answer = agree(&card, &library, &begun, &[&copies[0]]);
    // An answer to another visit, or to none, leaves this one open.
    let other = library.begin().unwrap();
    let handle = other.link.rsplit("%2F").next().unwrap().split('&').next().unwrap().to_owned();
    assert_eq!(library.answer(&handle, &answer.body).await, Ok(Taken::No));
    assert_eq!(library.answer(&handle, "vp_token=1").await, Ok(Taken::No));
    assert_eq!(library.answer("unknown", &answer.body).await, Err(ServiceError::NotFound));
    assert_eq!(library.standing(&other.ticket).unwrap().0, Standing::Waiting);
    assert_eq!(post(&library, &answer).await, Ok(Taken::Yes));
    assert_eq!(post(&library, &answer).await, Err(ServiceError::NotFound), "once");
    assert_eq!(library.standing(&Ticket::new("guessed")).unwrap().0, Standing::Over);
    card.world.clock.advance(301);
    assert_eq!(library.standing(&other.ticket).unwrap().0, Standing::Over);
    assert!(matches!(library.standing(&begun.ticket).unwrap().0, Standing::Ended(_)), "the outcome stays");
}

#[tokio::test]
async fn verifier_5_a_citizen_who_declines_is_told_so_and_nothing_is_kept_of_her() {
    let (card, _) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    let begun = library.begin().unwrap();
    let mut session = review(&card, &library, &begun);
    session.decline(&mut dice()).unwrap();
    let Step::Send(answer) = session.next() else { panic!() };
    assert_eq!(post(&library, &answer).await, Ok(Taken::Yes));
    assert_eq!(library.standing(&begun.ticket).unwrap().0, refused(Refused::Declined));
}

#[tokio::test]
async fn verifier_2_a_ledger_that_does_not_answer_decides_nothing_and_the_wallet_may_send_again() {
    let (card, copies) = citizen(&["citizen-card"]).await;
    let library = card.verifier("mapo-library");
    let begun = library.begin().unwrap();
    let answer = agree(&card, &library, &begun, &[&copies[0]]);
    card.world.wires.down.lock().unwrap().insert("ledger");
    assert_eq!(post(&library, &answer).await, Err(ServiceError::Unavailable));
    assert_eq!(library.standing(&begun.ticket).unwrap().0, Standing::Waiting);
    card.world.wires.down.lock().unwrap().clear();
    assert_eq!(post(&library, &answer).await, Ok(Taken::Yes));
    let standing = library.standing(&begun.ticket).unwrap().0;
    assert!(matches!(standing, Standing::Ended(Outcome::Accepted { .. })));
}

#[tokio::test]
async fn verifier_7_an_outcome_is_kept_for_days_and_not_for_ever() {
    let card = CardWorld::new();
    let library = card.verifier("mapo-library");
    let declined = async || {
        let begun = library.begin().unwrap();
        let mut session = review(&card, &library, &begun);
        session.decline(&mut dice()).unwrap();
        let Step::Send(answer) = session.next() else { panic!() };
        assert_eq!(post(&library, &answer).await, Ok(Taken::Yes));
        begun.ticket
    };
    let ended = |ticket: &Ticket| library.standing(ticket).unwrap().0 == refused(Refused::Declined);
    let first = declined().await;
    card.world.clock.advance(6 * 86_400);
    let second = declined().await;
    assert!(ended(&first) && ended(&second));
    card.world.clock.advance(3 * 86_400);
    let third = declined().await;
    assert!(!ended(&first), "nobody asks for it any more");
    assert!(ended(&second) && ended(&third));
}
