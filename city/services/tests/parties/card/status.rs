//! Status lists: anchored before they are served, revoked for good.

use super::wallet::{hong, receive};
use super::world::{CardWorld, ISSUER};
use citizen_credential::status::{Status, StatusExpected, UnverifiedStatusList, VerifiedStatusList};
use citizen_ledger::{StatusAnchor, state_key};
use citizen_primitives::{Clock as _, Hash};
use city_services::error::Reason;
use city_services::issuer::{CredentialKind, LossAnswer, LossReport};
use city_services::{ServiceError, Steps as _};

pub(crate) fn anchored(card: &CardWorld) -> Option<StatusAnchor> {
    let list = Hash::plain(&[format!("{ISSUER}/status-lists/0").as_bytes()]);
    card.world.read(state_key::status(&card.issuer().party().id(), &list))
}

pub(crate) fn served(card: &CardWorld) -> VerifiedStatusList {
    let token = card.issuer().status_list(0).unwrap();
    let key = card.certificate.chain().leaf().key().unwrap();
    let expected = StatusExpected { now: card.world.clock.now(), issuer: None, longest: None };
    UnverifiedStatusList::parse(&token).unwrap().verify(&key, &expected).unwrap()
}

#[tokio::test]
async fn issuer_5_a_list_is_served_once_its_anchor_is_proved_and_says_what_the_ledger_names() {
    let card = CardWorld::new();
    assert_eq!(card.issuer().status_list(0), Err(ServiceError::NotFound));
    card.settle().await;
    let token = card.issuer().status_list(0).unwrap();
    let anchor = anchored(&card).unwrap();
    assert_eq!((anchor.version, anchor.token), (1, Hash::plain(&[token.as_bytes()])));
    assert_eq!(anchor.certificate, card.certificate.thumbprint());
    assert_eq!(served(&card).list().capacity(), 1 << 20);
    assert_eq!(card.issuer().status_list(1), Err(ServiceError::NotFound));
}

#[tokio::test]
async fn issuer_4_what_is_revoked_is_revoked_in_the_next_version_and_nothing_else_is() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card", "resident-certificate"])).unwrap();
    let copies = receive(&card, &offer).await.unwrap();
    card.settle().await;
    assert_eq!(card.issuer().revoke("SB-1001", Some(CredentialKind::CitizenCard)), Ok(4));
    assert_eq!(card.issuer().revoke("SB-1001", Some(CredentialKind::CitizenCard)), Ok(0), "for good");
    assert_eq!(card.issuer().revoke("SB-1002", None), Ok(0));
    card.settle().await;
    assert_eq!(anchored(&card).unwrap().version, 2);
    let list = served(&card);
    for copy in &copies {
        let index = usize::try_from(copy.index()).unwrap();
        let is_card = copy.claims()["vct"] == "urn:seoul:citizen-card:1";
        let expected = if is_card { Status::Invalid } else { Status::Valid };
        assert_eq!(list.list().status(index), Ok(expected));
    }
    let invalid = (0..1 << 20).filter(|index| list.list().status(*index) != Ok(Status::Valid)).count();
    assert_eq!(invalid, 4);
}

#[tokio::test]
async fn issuer_4_whoever_lost_her_phone_has_everything_revoked_and_nobody_else_has_it_done() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card", "resident-certificate"])).unwrap();
    receive(&card, &offer).await.unwrap();
    let report = |name: &str, birth_date: &str| {
        let number = "SB-1001".to_owned();
        let report = LossReport { number, name: name.to_owned(), birth_date: birth_date.to_owned() };
        card.issuer().report_loss(&report)
    };
    let nobody = Err(ServiceError::Refused(Reason::NotThisPerson));
    assert_eq!(report("선우용녀", "1999-03-02"), nobody);
    assert_eq!(report("홍길동", "1999-03-03"), nobody);
    assert_eq!(report("홍 길동", "1999-03-02"), Ok(LossAnswer { revoked: 8 }));
    assert_eq!(report("홍길동", "1999-03-02"), Ok(LossAnswer { revoked: 0 }), "for good");
}

#[tokio::test]
async fn issuer_5_a_list_is_signed_again_before_it_is_too_old() {
    let card = CardWorld::new();
    card.settle().await;
    card.world.clock.advance(11 * 3_600);
    card.settle().await;
    assert_eq!(anchored(&card).unwrap().version, 1);
    card.world.clock.advance(3_600);
    card.settle().await;
    assert_eq!(anchored(&card).unwrap().version, 2);
}

#[tokio::test]
async fn issuer_5_an_anchor_that_can_be_executed_no_more_is_signed_anew() {
    let card = CardWorld::new();
    *card.world.wires.swallows.lock().unwrap() = true;
    card.issuer().step().await.unwrap();
    card.issuer().step().await.unwrap();
    *card.world.wires.swallows.lock().unwrap() = false;
    card.world.pass(1_200);
    card.settle().await;
    assert_eq!(anchored(&card).unwrap().version, 1);
}

#[tokio::test]
async fn issuer_5_an_issuer_that_has_lost_its_memory_goes_on_after_what_the_ledger_has() {
    let card = CardWorld::new();
    card.settle().await;
    card.forget();
    card.settle().await;
    assert_eq!(anchored(&card).unwrap().version, 2);
}
