//! Status lists: anchored before they are served, revoked for good.

use super::wallet::{Copy, NotReceived, hong, receive, receive_some};
use super::world::{CardWorld, ISSUER};
use crate::recovery::{govern, officer_key};
use crate::world::{role, text};
use citizen_client::api::Bytes;
use citizen_client::recovery::OfficerLoss;
use citizen_credential::status::{Status, StatusExpected, UnverifiedStatusList, VerifiedStatusList};
use citizen_jose::UnverifiedJwt;
use citizen_keys::{Signed, SigningKey};
use citizen_ledger::{Govern, Role, RoleRecord, StatusAnchor, state_key};
use citizen_openid4vc::vci::IssuanceError;
use citizen_primitives::{Clock as _, Hash};
use city_services::error::Reason;
use city_services::issuer::{CredentialKind, LossAnswer, LossReport};
use city_services::{ServiceError, Steps as _, places};
use city_storage::faults::Disk;

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
    let signed = UnverifiedJwt::parse(&token).unwrap().claims_unverified().clone();
    let lives = signed["exp"].as_u64().unwrap() - signed["iat"].as_u64().unwrap();
    assert_eq!((lives, &signed["ttl"]), (48 * 3_600, &300.into()));
    assert_eq!(card.issuer().status_list(1), Err(ServiceError::NotFound));
}

/// Whoever has her phone has what was offered to it too.
#[tokio::test]
async fn issuer_4_after_a_revocation_nothing_comes_of_what_was_offered_before() {
    let card = CardWorld::new();
    let [first, second] = [0, 1].map(|_| card.issuer().offer(&hong(&["citizen-card"])).unwrap());
    receive(&card, &first).await.unwrap();
    card.issuer().revoke("SB-1001", None).unwrap();
    let refused = receive(&card, &second).await.err();
    let spent = IssuanceError::Refused("invalid_grant".to_owned());
    assert_eq!(refused, Some(NotReceived::Session(spent)));
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    assert!(receive(&card, &offer).await.is_ok(), "she comes to the counter again");
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
        let (name, birth_date) = (name.to_owned(), birth_date.to_owned());
        let report = LossReport { number, name, birth_date, officer: None };
        card.issuer().report_loss(&report)
    };
    let nobody = Err(ServiceError::Refused(Reason::NotThisPerson));
    assert_eq!(report("선우용녀", "1999-03-02"), nobody);
    assert_eq!(report("홍길동", "1999-03-03"), nobody);
    assert_eq!(report("홍 길동", "1999-03-02"), Ok(LossAnswer { revoked: 8 }));
    assert_eq!(report("홍길동", "1999-03-02"), Ok(LossAnswer { revoked: 0 }), "for good");
}

#[tokio::test]
async fn issuer_31_an_officer_is_heard_by_her_signature_however_often_others_have_guessed() {
    let card = CardWorld::new();
    let record = RoleRecord { key: officer_key(0).public(), ..role(Role::RecoveryOfficer) };
    govern(&card.world, 90, Govern::SetRole(record));
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    receive(&card, &offer).await.unwrap();
    let said = |name: &str, by: &SigningKey, late: u64| {
        let [number, name, birth_date] = ["SB-1001", name, "1999-03-02"].map(text);
        let time = card.world.clock.now();
        let word = OfficerLoss { number, name: name.clone(), birth_date, time };
        card.world.clock.advance(late);
        card.world.seal();
        let officer = Some(Bytes::of(&Signed::sign(&word, by)));
        let [number, birth_date] = ["SB-1001", "1999-03-02"].map(str::to_owned);
        LossReport { number, name: name.as_str().to_owned(), birth_date, officer }
    };
    let no = |reason: Reason| Err(ServiceError::Refused(reason));
    for _ in 0..10 {
        let guessed = LossReport { officer: None, ..said("홍길순", &officer_key(0), 0) };
        assert_eq!(card.issuer().hear_loss(&guessed).await, no(Reason::NotThisPerson));
    }
    let herself = LossReport { officer: None, ..said("홍길동", &officer_key(0), 0) };
    assert_eq!(card.issuer().hear_loss(&herself).await, no(Reason::TooManyTries));
    for (wrong, reason) in [
        (said("홍길동", &officer_key(1), 0), Reason::WrongParty),
        (said("홍길동", &officer_key(0), 301), Reason::TooOld),
        (said("홍길순", &officer_key(0), 0), Reason::NotThisPerson),
    ] {
        assert_eq!(card.issuer().hear_loss(&wrong).await, no(reason));
    }
    let other = LossReport { name: "홍길동".to_owned(), ..said("홍길순", &officer_key(0), 0) };
    assert_eq!(card.issuer().hear_loss(&other).await, Err(ServiceError::Malformed));
    let good = said("홍길동", &officer_key(0), 0);
    assert_eq!(card.issuer().hear_loss(&good).await, Ok(LossAnswer { revoked: 4 }));
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
    let sent = || {
        let sent = card.world.wires.sent.lock().unwrap();
        sent.iter().filter(|place| **place == places::ISSUER_SUBMIT).count()
    };
    let before = sent();
    card.settle().await;
    assert_eq!((anchored(&card).unwrap().version, sent() - before), (2, 1), "and at once");
}

/// An old backup of it has spoken meanwhile: of two lists with one number the ledger names one.
#[tokio::test]
async fn issuer_5_a_list_under_the_same_number_that_another_memory_has_anchored_is_not_taken_for_its_own() {
    let card = CardWorld::new();
    card.settle().await;
    *card.world.wires.swallows.lock().unwrap() = true;
    card.world.clock.advance(12 * 3_600);
    card.world.seal();
    assert_eq!(card.issuer().step().await.unwrap().open, 1);
    *card.world.wires.swallows.lock().unwrap() = false;
    card.world.clock.advance(60);
    let disk = card.put_in(Disk::default());
    card.settle().await;
    assert_eq!(anchored(&card).unwrap().version, 2);
    card.put_in(disk);
    card.settle().await;
    let anchor = anchored(&card).unwrap();
    let token = card.issuer().status_list(0).unwrap();
    assert_eq!((anchor.version, anchor.token), (3, Hash::plain(&[token.as_bytes()])));
}

#[tokio::test]
async fn issuer_5_an_old_header_does_not_say_which_version_is_the_newest() {
    let card = CardWorld::new();
    card.settle().await;
    card.world.clock.advance(13 * 3_600);
    card.issuer().step().await.unwrap();
    assert_eq!(card.count("pending"), 0, "nothing is signed on its word");
    card.settle().await;
    assert_eq!(anchored(&card).unwrap().version, 2);
}

/// Somebody's phone is lost while copies are on their way to it: whenever that is, no copy that counts is left.
#[tokio::test]
async fn issuer_4_no_copy_escapes_a_revocation_that_comes_while_it_is_issued() {
    let mut visited = 0;
    for looks in 0..40 {
        let card = CardWorld::new();
        let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
        let issuer = card.issuer();
        let lost = move || {
            issuer.revoke("SB-1001", None).unwrap();
        };
        card.interrupted.after(looks, Box::new(lost));
        let received = receive(&card, &offer).await;
        if !card.interrupted.is_over() {
            break;
        }
        visited += 1;
        assert_eq!(
            card.issuer().revoke("SB-1001", None),
            Ok(0),
            "after {looks} looks: nothing was left to revoke"
        );
        if let Ok(copies) = received {
            card.settle().await;
            for copy in copies {
                let index = usize::try_from(copy.index()).unwrap();
                assert_eq!(served(&card).list().status(index), Ok(Status::Invalid));
            }
        }
    }
    assert!(visited > 5, "{visited}");
}

#[tokio::test]
async fn issuer_7_a_list_of_which_no_copy_counts_is_signed_no_more_and_its_number_is_given_to_no_other() {
    let card = CardWorld::with_capacity(Some(16));
    let take = async || {
        let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
        receive_some(&card, &offer, 8).await.unwrap()
    };
    let full = take().await;
    card.issuer().revoke("SB-1001", None).unwrap();
    card.settle().await;
    card.wait_days(90).await;
    assert!(
        card.issuer().status_list(0).is_ok(),
        "two days more: a list that was signed while they counted is shown"
    );
    let listed = (0..16).filter(|index| served(&card).list().status(*index) == Ok(Status::Invalid)).count();
    assert_eq!(listed, full.len(), "what was revoked stays so while it counts");
    // The anchor of its last version is on its way when it ends.
    *card.world.wires.swallows.lock().unwrap() = true;
    card.world.clock.advance(86_400);
    card.world.seal();
    assert_eq!(card.issuer().step().await.unwrap().open, 1);
    *card.world.wires.swallows.lock().unwrap() = false;
    card.wait_days(6).await;
    assert_eq!(card.issuer().status_list(0), Err(ServiceError::NotFound));
    assert_eq!(card.count("spent"), 0);
    let uri = |copy: &Copy| copy.claims()["status"]["status_list"]["uri"].as_str().unwrap().to_owned();
    assert!(take().await.iter().all(|copy| uri(copy).ends_with("/1")));
}

#[tokio::test]
async fn issuer_7_what_was_open_is_forgotten_when_it_is_over() {
    let card = CardWorld::new();
    for _ in 0..32 {
        card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    }
    assert_eq!(card.issuer().offer(&hong(&["citizen-card"])).map(drop), Err(ServiceError::Unavailable));
    card.settle().await;
    card.world.clock.advance(601);
    // Each offer, and whose it is.
    assert!(card.issuer().step().await.unwrap().moved >= 64);
    card.issuer().offer(&hong(&["citizen-card"])).unwrap();
}

/// The number of the list in which four copies got their places.
async fn listed(card: &CardWorld) -> String {
    let offer = card.issuer().offer(&hong(&["citizen-card"])).unwrap();
    let copies = receive_some(card, &offer, 4).await.unwrap();
    let uri = copies[0].claims()["status"]["status_list"]["uri"].as_str().unwrap().to_owned();
    uri.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn issuer_7_a_list_with_places_left_to_give_is_signed_on_when_no_copy_of_it_counts() {
    let card = CardWorld::with_capacity(Some(16));
    assert_eq!(listed(&card).await, "0");
    card.wait_days(96).await;
    served(&card);
    assert_eq!((card.count("copies"), card.count("spent")), (0, 1));
    assert_eq!(listed(&card).await, "0", "it has four more to give");
    card.wait_days(3).await;
    served(&card);
}

#[tokio::test]
async fn issuer_7_a_full_list_is_signed_on_while_some_copies_of_it_count() {
    let card = CardWorld::with_capacity(Some(16));
    assert_eq!(listed(&card).await, "0");
    card.wait_days(48).await;
    assert_eq!(listed(&card).await, "0");
    card.wait_days(48).await;
    assert_eq!(card.count("copies"), 4);
    served(&card);
    assert_eq!(listed(&card).await, "1");
}

#[tokio::test]
async fn issuer_7_a_row_is_kept_for_its_time_and_none_is_left_of_what_is_over() {
    let card = CardWorld::new();
    let offer = card.issuer().offer(&hong(&["citizen-card", "health-check"])).unwrap();
    assert_eq!(receive(&card, &offer).await.unwrap().len(), 8);
    card.issuer().revoke("SB-1001", Some(CredentialKind::CitizenCard)).unwrap();
    let tables = ["copies", "held", "revoked", "hospital", "batches"];
    let rows = async |days: u64| {
        card.world.clock.advance(days * 86_400);
        card.settle().await;
        tables.map(|table| card.count(table))
    };
    assert_eq!(rows(0).await, [8, 8, 4, 1, 2]);
    assert_eq!(rows(1).await, [8, 8, 4, 1, 2], "a lost answer is given again for two days");
    assert_eq!(rows(2).await, [8, 8, 4, 1, 1]);
    assert_eq!(rows(26).await, [8, 8, 4, 1, 1], "a hospital is waited for for thirty days");
    assert_eq!(rows(1).await[3], 1, "and what it said is kept as long");
    assert_eq!(rows(3).await, [8, 8, 4, 0, 0]);
    assert!(card.count("open") > 0, "her refresh token");
    assert_eq!(
        rows(57).await,
        [8, 8, 4, 0, 0],
        "ninety days, and a list that was signed before counts two more"
    );
    assert_eq!(rows(4).await, [0; 5]);
    assert_eq!(card.count("open"), 0);
}
