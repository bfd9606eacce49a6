//! Whom a service knows again, and what an account is opened with and bound to.

use super::wallet::{Copy, agree_as, citizen, dice, hong, post, receive_some};
use super::world::CardWorld;
use citizen_jose::jwe::{ContentEncryption, JweHeader, encrypt};
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, UnverifiedJwt, base64url, jwt};
use citizen_openid4vc::http::encode_form;
use citizen_primitives::Clock as _;
use city_services::verifier::{CARD_LASTS, CardService, Outcome, Refused, Standing, Taken, Visitor};
use city_services::{ServiceError, Verifier, places};
use city_storage::faults::Disk;
use serde_json::json;

const DAY: u64 = 86_400;

async fn with_copies(number: usize) -> (CardWorld, Vec<Copy>) {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive_some(&card, &offer, number).await.unwrap();
    card.settle().await;
    (card, copies)
}

/// Somebody comes with her card, or without one; how it ended.
async fn visit(card: &CardWorld, verifier: &Verifier, copy: Option<&Copy>, by: &SoftwareSigner) -> Outcome {
    let begun = if copy.is_some() { verifier.begin() } else { verifier.begin_return() }.unwrap();
    let copies: Vec<&Copy> = copy.into_iter().collect();
    let answer = agree_as(card, verifier, &begun, (&copies, by));
    assert_eq!(post(verifier, &answer).await, Ok(Taken::Yes));
    let Standing::Ended(outcome) = verifier.standing(&begun.ticket).unwrap().0 else { panic!() };
    outcome
}

fn visitor(outcome: Outcome) -> Visitor {
    let Outcome::Accepted { visitor: Some(visitor), .. } = outcome else { panic!("{outcome:?}") };
    visitor
}

const fn refused(why: Refused) -> Outcome {
    Outcome::Refused(why)
}

#[tokio::test]
async fn verifier_4_who_signs_in_is_known_again_here_with_a_fresh_copy_or_none_and_nowhere_else() {
    let (card, copies) = with_copies(4).await;
    let (library, centre) = (card.verifier("mapo-library"), card.verifier("sports-centre"));
    let (she, other) = (citizen(&library, 1), citizen(&library, 2));
    let first = visitor(visit(&card, &library, Some(&copies[0]), &she).await);
    let again = visitor(visit(&card, &library, Some(&copies[1]), &she).await);
    let without = visitor(visit(&card, &library, None, &she).await);
    assert_eq!((first.is_known, again.is_known, without.is_known), (false, true, true));
    assert_eq!((first.subject, first.subject), (again.subject, without.subject), "whatever copy she shows");
    let another = visitor(visit(&card, &library, Some(&copies[2]), &other).await);
    assert_eq!((another.is_known, another.subject == first.subject), (false, false));
    // A key that two services were shown would still have two names.
    let elsewhere = visitor(visit(&card, &centre, Some(&copies[3]), &she).await);
    assert_eq!((elsewhere.is_known, elsewhere.subject == first.subject), (false, false));
}

#[tokio::test]
async fn verifier_6_an_account_is_opened_with_the_card_alone_and_the_card_is_asked_for_again() {
    let (card, copies) = with_copies(2).await;
    let library = card.verifier("mapo-library");
    let she = citizen(&library, 1);
    assert_eq!(visit(&card, &library, None, &she).await, refused(Refused::NoAccount));
    visitor(visit(&card, &library, Some(&copies[0]), &she).await);
    card.world.clock.advance(CARD_LASTS * DAY);
    card.world.seal();
    assert!(visitor(visit(&card, &library, None, &she).await).is_known, "on the last day");
    card.world.clock.advance(DAY);
    card.world.seal();
    assert_eq!(visit(&card, &library, None, &she).await, refused(Refused::CardAgain));
    card.settle().await;
    assert!(visitor(visit(&card, &library, Some(&copies[1]), &she).await).is_known, "the same account");
    assert!(visitor(visit(&card, &library, None, &she).await).is_known);
    let office = card.verifier("youth-allowance");
    assert_eq!(office.begin_return().map(drop), Err(ServiceError::NotFound), "where nobody is known");
}

#[tokio::test]
async fn verifier_6_a_revoked_card_opens_nothing_and_changes_no_account() {
    let (card, copies) = with_copies(2).await;
    let library = card.verifier("mapo-library");
    let she = citizen(&library, 1);
    visitor(visit(&card, &library, Some(&copies[0]), &she).await);
    card.issuer().revoke("SB-1001", None).unwrap();
    card.settle().await;
    assert_eq!(visit(&card, &library, Some(&copies[1]), &she).await, refused(Refused::Revoked));
    let other = citizen(&library, 2);
    assert_eq!(visit(&card, &library, Some(&copies[1]), &other).await, refused(Refused::Revoked));
    assert_eq!(visit(&card, &library, None, &other).await, refused(Refused::NoAccount));
}

/// A service that asks for a day of birth whatever it is; two residents, one key.
#[tokio::test]
async fn verifier_6_what_the_first_card_said_binds_every_later_one() {
    let (card, hers) = with_copies(2).await;
    let kim = super::wallet::application("SB-1003", "김샘플", "1985-12-25", &["citizen-card"]);
    let his = receive_some(&card, &card.issuer().offer(&kim).unwrap(), 2).await.unwrap();
    card.settle().await;
    let service = CardService::parse(
        r#"[{"name": "archive", "name_ko": "기록원", "name_en": "Archive", "signs_in": true, "purpose_ko": "열람",
            "purpose_en": "Reading", "query": {"credentials": [{"id": "card", "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:seoul:citizen-card:1"]}, "claims": [{"path": ["birthdate"]}]}]}}]"#,
    );
    let archive = card.verifier_on(&Disk::default(), service.unwrap().remove(0));
    let key = citizen(&archive, 1);
    let opened = visitor(visit(&card, &archive, Some(&hers[0]), &key).await);
    assert_eq!(visit(&card, &archive, Some(&his[0]), &key).await, refused(Refused::AnotherPerson));
    let again = visitor(visit(&card, &archive, Some(&hers[1]), &key).await);
    assert_eq!((again.subject, again.is_known), (opened.subject, true), "her account is as it was");
    assert!(!visitor(visit(&card, &archive, Some(&his[1]), &citizen(&archive, 2)).await).is_known);
}

#[tokio::test]
async fn verifier_6_accounts_are_on_the_disk_and_bounded() {
    let (card, copies) = with_copies(4).await;
    let library = || CardService::sandbox().unwrap().remove(0);
    let disk = Disk::default();
    let service = card.verifier_on(&disk, library()).with_capacity(1);
    let (she, other) = (citizen(&service, 1), citizen(&service, 2));
    visitor(visit(&card, &service, Some(&copies[0]), &she).await);
    assert_eq!(visit(&card, &service, Some(&copies[1]), &other).await, refused(Refused::Full));
    assert_eq!(visit(&card, &service, None, &other).await, refused(Refused::NoAccount));
    drop(service);
    // Started at another block it draws other tickets.
    card.world.pass(10);
    let service = card.verifier_on(&disk, library()).with_capacity(1);
    assert!(visitor(visit(&card, &service, None, &she).await).is_known, "after a restart");
}

/// Killed where it writes: either it has the account and the outcome, or neither.
#[tokio::test]
async fn verifier_5_account_and_outcome_are_on_the_disk_together() {
    for before in [true, false] {
        let (card, copies) = with_copies(1).await;
        let disk = Disk::default();
        let service = || CardService::sandbox().unwrap().remove(0);
        let library = card.verifier_on(&disk, service());
        let she = citizen(&library, 1);
        let begun = library.begin().unwrap();
        let answer = agree_as(&card, &library, &begun, (&[&copies[0]], &she));
        card.world.wires.knife.arm(places::VERIFIER_OUTCOME, before);
        assert_eq!(post(&library, &answer).await, Err(ServiceError::Stopped));
        card.world.wires.knife.take_dead();
        drop(library);
        let library = card.verifier_on(&disk, service());
        let ended =
            matches!(library.standing(&begun.ticket).unwrap().0, Standing::Ended(Outcome::Accepted { .. }));
        assert_eq!(ended, !before);
        // Started at another block it draws other tickets.
        card.world.pass(10);
        let library = card.verifier_on(&disk, service());
        let back = visit(&card, &library, None, &she).await;
        let is_known =
            matches!(back, Outcome::Accepted { visitor: Some(Visitor { is_known: true, .. }), .. });
        assert_eq!(is_known, !before, "{back:?}");
    }
}

/// A thief's ID token beside a presentation that he got for his own visit; its holder has signed another's name, or none.
#[tokio::test]
async fn verifier_4_an_id_token_beside_anothers_presentation_opens_no_account() {
    let (card, copies) = with_copies(2).await;
    let library = card.verifier("mapo-library");
    let (victim, thief) = (citizen(&library, 1), citizen(&library, 2));
    for (copy, named) in copies.iter().zip([Some(did(&victim)), None]) {
        let begun = library.begin().unwrap();
        let handle = begun.link.rsplit("%2F").next().unwrap().split('&').next().unwrap().to_owned();
        let token = library.request_object(&handle, None).unwrap();
        let asked = UnverifiedJwt::parse(&token).unwrap().claims_unverified().clone();
        let text = |name: &str| asked[name].as_str().unwrap();
        let (session, now) = ((text("nonce"), text("client_id")), card.world.clock.now());
        let shown =
            copy.held.select_whole(&["address.district", "age_over_19"].map(|path| path.parse().unwrap()));
        let extra = named.clone().map(|named| ("sub".to_owned(), json!(named))).into_iter().collect();
        let bound = shown.unwrap().bind(Algorithm::Es256, session, now, extra);
        let signature = copy.key.sign(bound.signing_input()).unwrap();
        let claims = json!({
            "iss": did(&thief), "sub": did(&thief), "aud": session.1, "nonce": session.0,
            "iat": now.seconds(), "exp": now.seconds() + 300,
        });
        let header = Header::new(Algorithm::Es256).with_kid(&format!("{}#0", did(&thief)));
        let answer = json!({
            "state": text("state"), "vp_token": { "card": [bound.with_signature(&signature).to_compact()] },
            "id_token": jwt::sign(&header, &claims, &thief).unwrap(),
        });
        let key = Jwk::from_value(&asked["client_metadata"]["jwks"]["keys"][0]).unwrap();
        let header = JweHeader::new(ContentEncryption::A256Gcm);
        let sealed = encrypt(&key, &header, answer.to_string().as_bytes(), &mut dice()).unwrap();
        let body = encode_form(&[("response", &sealed)]);
        assert_eq!(library.answer(&handle, &body).await, Ok(Taken::Yes));
        let ended = library.standing(&begun.ticket).unwrap().0;
        assert_eq!(ended, Standing::Ended(refused(Refused::NotVerified)), "{named:?}");
        assert_eq!(visit(&card, &library, None, &thief).await, refused(Refused::NoAccount));
    }
}

fn did(key: &SoftwareSigner) -> String {
    format!(
        "did:jwk:{}",
        base64url::encode(serde_json::Value::Object(key.jwk().key.to_members()).to_string())
    )
}
