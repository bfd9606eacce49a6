//! The election office: rolls, manifest, announcement, publication.

use super::world::{OFFICE, PollWorld};
use crate::polling::manifest::*;
use citizen_client::Bundle;
use citizen_ledger::state_key;
use citizen_primitives::{AccountId, Text};
use citizen_voting::ceremony::Phase;
use citizen_voting::manifest::Districts;
use citizen_voting::verify::{Effort, verify_poll};
use citizen_voting::{Poll, PollAnchor};
use city_services::office::{
    Announced, ContestPlan, Draft, Drafted, ElectoratePlan, GroupPlan, Lines, Member, PollPlan, PublishError,
    RulePlan, TimePlan, WindowPlan,
};
use city_services::{Office, POLL_PLACES, ServiceError};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

fn lines(ko: &str, en: &str) -> Lines {
    Lines { ko: ko.to_owned(), en: en.to_owned() }
}

fn window(from: &str, until: &str) -> WindowPlan {
    WindowPlan { from: TimePlan(from.to_owned()), until: TimePlan(until.to_owned()) }
}

fn plan() -> PollPlan {
    PollPlan {
        title: lines("밤 버스", "Night buses"),
        kind: "light".to_owned(),
        registration: window("+600", "+1800"),
        casting: window("+600", "+1800"),
        slot: 60,
        threshold: 3,
        revote: true,
        checks: 2,
        electorates: vec![ElectoratePlan {
            name: lines("시민", "Citizens"),
            eligible: lines("모두", "Everybody"),
            districts: vec!["서대문구".to_owned(), "마포구".to_owned()],
            weight: 1,
            minimum_turnout: 20,
            roll: "roll.txt".to_owned(),
        }],
        contests: vec![ContestPlan {
            question: lines("어느 노선?", "Which line?"),
            options: vec![lines("강남", "Gangnam"), lines("강북", "Gangbuk")],
            rule: RulePlan::Choose(vec![GroupPlan { options: 2, min: 1, max: 1 }]),
            electorates: None,
        }],
        reward: None,
    }
}

/// Forty-one people, one of whom stands there twice.
fn members() -> Vec<Member> {
    let member = |number: u8| Member {
        known: AccountId::from_bytes([number; 32]).into(),
        person: Text::new(&format!("시민 {number}")).unwrap(),
    };
    (0..41).chain([7]).map(member).collect()
}

fn keys() -> Drafted {
    let made =
        |number: usize| (registrar_key(number).id(), vec![blind_key(number, CITIZENS).public().unwrap()]);
    (0..REGISTRARS).map(made).collect()
}

async fn compose(office: &Office) -> Result<(Poll, Draft), ServiceError> {
    let draft = office.draft(b"night buses");
    office.draw_rolls(draft, &[members()])?;
    Ok((office.compose(&plan(), draft, &keys()).await.map_err(|_| ServiceError::Unavailable)?, draft))
}

#[tokio::test]
async fn office_1_a_roll_is_drawn_once_with_each_person_once_and_in_no_order() {
    let mut world = PollWorld::new();
    let office = world.open_office();
    let draft = office.draft(b"night buses");
    let [roll] = &office.draw_rolls(draft, &[members()]).unwrap()[..] else { panic!("one electorate") };
    assert_eq!(roll.rows().len(), 41);
    let accounts: Vec<_> = roll.rows().iter().map(|row| row.known).collect();
    assert!(!accounts.is_sorted(), "numbers that follow the alphabet say who somebody is");
    assert_eq!(accounts.iter().collect::<BTreeSet<_>>().len(), 41);
    let salts: BTreeSet<_> = roll.rows().iter().map(|row| row.entry.salt).collect();
    assert_eq!(salts.len(), 41);
    // The same draft again, and another one.
    assert_eq!(office.draw_rolls(draft, &[members()]).unwrap()[0], *roll);
    let other = office.draw_rolls(office.draft(b"day buses"), &[members()]).unwrap();
    assert_ne!(other[0].root(), roll.root());
}

#[tokio::test]
async fn office_2_a_manifest_names_the_parties_of_the_registry_and_no_others() {
    let mut world = PollWorld::new();
    let office = world.open_office();
    let (poll, _) = compose(&office).await.unwrap();
    let manifest = poll.manifest();
    let signing = |number| trustee_key(number).public();
    let trustees: BTreeSet<_> = manifest.trustees.members.iter().map(|member| member.signing).collect();
    assert_eq!(trustees, (0..TRUSTEES).map(signing).collect());
    assert_eq!((manifest.registrars.len(), manifest.signatures), (REGISTRARS, 3));
    assert_eq!(manifest.relays.len(), 2);
    assert_eq!(manifest.electorates[0].roll_size, 41);
    // A registrar that made no key, and a plan that a rule refuses.
    let draft = office.draft(b"night buses");
    let mut fewer = keys();
    fewer.pop_first();
    assert!(office.compose(&plan(), draft, &fewer).await.is_err());
    let mut open = plan();
    open.electorates[0].minimum_turnout = 21;
    let refused = office.compose(&open, draft, &keys()).await.unwrap_err().to_string();
    assert!(refused.contains("below twice the minimum turnout"), "{refused}");
}

#[tokio::test]
async fn office_3_an_office_that_dies_anywhere_announces_its_poll_once() {
    let of_announcing =
        ["office/roll", "office/ask-state", "office/poll", "office/announce", "office/announced"];
    for name in of_announcing {
        let place = *POLL_PLACES.iter().find(|place| place.name() == name).unwrap();
        for before in [true, false] {
            let mut world = PollWorld::new();
            world.wires[OFFICE].knife.arm(place, before);
            let mut announced = None;
            for _ in 0..12 {
                world.revive();
                world.seal();
                let office = world.open_office();
                // Started again with the same plan, it makes the poll that it has made before, unless none was sent.
                let poll = match announced {
                    Some(poll) => poll,
                    None => {
                        let Ok((poll, draft)) = compose(&office).await else { continue };
                        if office.announce(&poll, draft).is_err() {
                            continue;
                        }
                        *announced.insert(poll.id())
                    }
                };
                if matches!(office.send(&poll).await, Ok(Announced::Stands)) {
                    break;
                }
            }
            assert!(world.wires[OFFICE].knife.has_cut(), "{place}");
            let poll = announced.unwrap();
            assert_eq!(world.record(&poll).office, super::world::office_key().id(), "{place}");
            let districts: Districts = world.read(state_key::districts(&poll)).unwrap();
            let names: Vec<_> = districts.electorates().flatten().map(Text::as_str).collect();
            assert_eq!(names, ["마포구", "서대문구"], "VOTE-61, {place}");
            world.revive();
            let office = world.open_office();
            assert_eq!(office.rolls_of(&poll).unwrap().unwrap()[0].rows().len(), 41);
            world.work(12).await;
            let progress = office.watch(&poll).await.unwrap().unwrap();
            assert!(matches!(progress.ceremony, Phase::Done(_)), "the trustees of the registry make its key");
        }
    }
}

/// A file that can be looked into.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn office_4_and_5_what_is_published_was_verified_first_and_verifies_again_from_the_file() {
    let mut world = PollWorld::new();
    world.hold_ceremony().await;
    world.cast(21);
    let office = world.open_office();
    let early = office.publish(&POLL.id(), Shared::default()).await;
    assert!(matches!(early, Err(PublishError::Ledger(_))), "the board is open");
    world.close();
    let unopened = office.publish(&POLL.id(), Shared::default()).await;
    assert!(matches!(unopened, Err(PublishError::NotOpened)));
    world.work(4).await;
    // A gateway that shows another board: nothing is published.
    let lies = &world.wires[OFFICE].lies;
    lies.store(true, std::sync::atomic::Ordering::SeqCst);
    let file = Shared::default();
    let wrong = office.publish(&POLL.id(), file.clone()).await;
    assert!(matches!(wrong, Err(PublishError::Wrong(_))));
    assert!(file.0.lock().unwrap().is_empty());
    lies.store(false, std::sync::atomic::Ordering::SeqCst);
    let report = office.publish(&POLL.id(), file.clone()).await.unwrap();
    assert_eq!((report.counted, report.replaced), (21, 1));
    let bytes = file.0.lock().unwrap().clone();
    let bundle = Bundle::open(|| Ok(io::Cursor::new(bytes.clone()))).unwrap();
    let anchor: PollAnchor = *bundle.anchor();
    let (mut board, mut issuance) = (bundle.board(), bundle.issuance());
    let logs = (&mut board, &mut issuance);
    let again = verify_poll(&anchor, bundle.record(), logs, Effort::default(), &mut |_| {}).unwrap();
    assert!(again.is_ok());
    assert!(bundle.evidence().unwrap().is_some());
}
