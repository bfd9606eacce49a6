//! Grants: who may, how much, once.

use crate::support::town::beginning;
use crate::support::{Service, Town, points};
use citizen_coin::{EntryKind, Lots, ProgrammeRecord};
use citizen_ledger::{Action, Govern, Grant, Rejection, Role};
use citizen_primitives::{Hash, Month, PersonTag, ProgrammeId, Seconds};

#[test]
fn a_grant_expires_at_the_end_of_its_month_so_many_years_later() {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 700);
    let month = Month::new(2031, 11).unwrap();
    assert_eq!(town.account(&phone).lots, Lots::of(month, points(700)));
    assert_eq!(town.ledger.supply().issued, points(700));
    let granted = EntryKind::Granted { programme: ProgrammeId::new("tax").unwrap(), points: points(700) };
    assert_eq!(town.happened(&phone).last(), Some(&granted));
}

#[test]
fn only_the_programmes_own_treasury_grants_and_only_while_it_has_its_role() {
    let mut town = Town::new();
    let phone = town.open(40);
    let grant = town.grant("tax", &phone, 10);
    let centre = Service::new(Role::Centre, 20);
    let by_centre = town.by_party(&centre, Action::Grant(grant.clone()));
    town.refuses(by_centre, Rejection::NotAllowed);

    let other = Service::new(Role::Treasury, 11);
    let entered = town.decided(Govern::SetRole(other.record(beginning())));
    town.accepts(entered);
    let by_another_treasury = town.by_party(&other, Action::Grant(grant.clone()));
    town.refuses(by_another_treasury, Rejection::NotAllowed);

    let ended = town.decided(Govern::EndRole { role: Role::Treasury, key: town.treasury.id() });
    town.accepts(ended);
    let after_its_end = town.by_treasury(Action::Grant(grant));
    town.refuses(after_its_end, Rejection::NotAllowed);
}

#[test]
fn a_programme_that_is_unknown_closed_or_not_open_yet_grants_nothing() {
    let mut town = Town::new();
    let phone = town.open(40);
    let dated = ProgrammeRecord {
        from: town.time.plus(Seconds::new(100)),
        until: Some(town.time.plus(Seconds::new(200))),
        ..town.programme("spring", 1_000, 1_000)
    };
    let entered = town.decided(Govern::SetProgramme(dated));
    town.accepts(entered);
    let claim = |town: &mut Town, programme: &str| {
        let grant = town.grant(programme, &phone, 10);
        town.by_treasury(Action::Grant(grant))
    };
    let unknown = claim(&mut town, "winter");
    town.refuses(unknown, Rejection::NoProgramme);
    let too_early = claim(&mut town, "spring");
    town.refuses(too_early, Rejection::NoProgramme);
    town.wait(100);
    let open = claim(&mut town, "spring");
    town.accepts(open);
    town.wait(100);
    let closed = claim(&mut town, "spring");
    town.refuses(closed, Rejection::NoProgramme);
}

#[test]
fn an_evidence_is_granted_on_once() {
    let mut town = Town::new();
    let (phone, friend) = (town.open(40), town.open(41));
    let grant = town.grant("tax", &phone, 10);
    let first = town.by_treasury(Action::Grant(grant.clone()));
    town.accepts(first);
    let again = town.by_treasury(Action::Grant(grant.clone()));
    town.refuses(again, Rejection::AlreadyGranted);
    let elsewhere =
        Grant { account: friend.account, person: PersonTag::from_bytes([5; 32]), ..grant.clone() };
    let elsewhere = town.by_treasury(Action::Grant(elsewhere));
    town.refuses(elsewhere, Rejection::AlreadyGranted);
    // Another programme has its own evidence.
    let other =
        town.by_treasury(Action::Grant(Grant { programme: ProgrammeId::new("eco").unwrap(), ..grant }));
    town.accepts(other);
}

#[test]
fn coin_7_a_persons_cap_follows_the_person_and_not_the_account() {
    let mut town = Town::new();
    let (phone, second) = (town.open(40), town.open(41));
    let first = town.grant("eco", &phone, 60_000);
    let transaction = town.by_treasury(Action::Grant(first.clone()));
    town.accepts(transaction);
    let same_person =
        Grant { account: second.account, points: points(40_001), evidence: Hash::ZERO, ..first };
    let above = town.by_treasury(Action::Grant(same_person.clone()));
    town.refuses(above, Rejection::CapReached);
    let within = town.by_treasury(Action::Grant(Grant { points: points(40_000), ..same_person }));
    town.accepts(within);
}

#[test]
fn coin_7_a_programmes_cap_counts_everybody_and_begins_anew_with_the_year_in_seoul() {
    let mut town = Town::new();
    let phones = [town.open(40), town.open(41), town.open(42)];
    for phone in &phones[..2] {
        let grant = town.grant("eco", phone, 100_000);
        let transaction = town.by_treasury(Action::Grant(grant));
        town.accepts(transaction);
    }
    let grant = town.grant("eco", &phones[2], 50_001);
    let above = town.by_treasury(Action::Grant(grant.clone()));
    town.refuses(above, Rejection::CapReached);
    // Midnight in Seoul is 15:00 of the day before in UTC: a second earlier the old year counts.
    town.wait_for(2027, 1);
    town.time = citizen_primitives::UnixTime::from_seconds(town.time.seconds() - 1);
    let still = town.by_treasury(Action::Grant(grant.clone()));
    town.refuses(still, Rejection::CapReached);
    let anew = town.by_treasury(Action::Grant(grant));
    town.accepts(anew);
}

#[test]
fn points_above_all_amounts_are_not_issued() {
    let mut town = Town::new();
    let phone = town.open(40);
    let largest = citizen_primitives::amount::LARGEST;
    for id in ["one", "two"] {
        let programme = town.programme(id, largest, largest);
        let entered = town.decided(Govern::SetProgramme(programme));
        town.accepts(entered);
    }
    let all = town.grant("one", &phone, largest);
    let all = town.by_treasury(Action::Grant(all));
    town.accepts(all);
    let one_more = town.grant("two", &phone, 1);
    let one_more = town.by_treasury(Action::Grant(one_more));
    town.refuses(one_more, Rejection::Amount);
}
