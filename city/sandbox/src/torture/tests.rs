//! The harness itself: it repeats a run, it reaches every place, and its verdict can fail.

use super::campaign::{Campaign, EXCUSES, Summary};
use super::citizen::Shown;
use super::cutter::{Aim, Cutter, Side};
use super::election::ground::Ground;
use super::election::{self, play};
use super::facts::{End, Facts, ReceiptFact};
use super::market::{Deal, Manner, Market, Second};
use super::places;
use super::plan::{Errand, Flow, Plan};
use super::scenario::{Prepared, Report, resume_and_pay, run};
use super::verdict::{Breach, judge};
use super::world::World;
use citizen_primitives::{PaymentId, Place, Points};
use city_services::Mood;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Nobody is killed, and the bank says yes.
fn quiet() -> Plan {
    Plan {
        flow: Flow::Pay,
        aims: Vec::new(),
        absences: Vec::new(),
        comes_back: true,
        walks_off: false,
        mood: Mood::Prompt,
        comes_twice: true,
        errands: vec![Errand { points: 3_000, won: 4_500, for_order: true, taps_twice: false }],
        market: Market::default(),
        votes_again: true,
    }
}

fn killing(place: &'static str, side: Side) -> Plan {
    Plan { aims: vec![Aim { place: Place::new(place), side, visit: 1 }], ..quiet() }
}

async fn run_of(plan: &Plan) -> (Facts, Report) {
    let places = places();
    let prepared = Prepared::new(1, &places).await.unwrap();
    run(4, plan, &places, &prepared).await.unwrap()
}

/// What the verdict says of good facts after a change.
fn after(facts: &Facts, change: impl FnOnce(&mut Facts)) -> Vec<String> {
    let mut changed = facts.clone();
    change(&mut changed);
    assert_ne!(&changed, facts);
    judge(&changed).iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn torture_3_the_same_seed_is_the_same_run() {
    for plan in [quiet(), killing("wallet/outbox-order", Side::After), killing("bank/debit", Side::Within)] {
        let ((facts, report), (again, repeated)) = (run_of(&plan).await, run_of(&plan).await);
        assert_eq!(facts, again);
        assert_eq!((report.cuts, report.passed), (repeated.cuts, repeated.passed));
        assert_eq!(report.breaches, []);
    }
}

#[tokio::test]
async fn torture_4_a_payment_is_captured_or_reversed_and_what_is_otherwise_is_seen() {
    let (good, report) = run_of(&quiet()).await;
    assert_eq!((judge(&good), report.captured, good.must_be_paid), (Vec::new(), 1, true));
    let sees = |change: fn(&mut Facts), wanted: &str| {
        let found = after(&good, change);
        assert!(found.iter().any(|breach| breach.contains(wanted)), "{wanted}: {found:?}");
    };
    sees(
        |facts| {
            let debit = facts.books.bookings.last().copied().unwrap();
            facts.books.bookings.push(debit);
        },
        "2 debits",
    );
    sees(|facts| facts.books.bookings.truncate(1), "0 debits");
    sees(|facts| facts.ledger.payments[0].end = End::Reversed, "1 debits and 0 credits");
    sees(|facts| facts.ledger.payments[0].end = End::Reversed, "quiet run without payment");
    sees(|facts| facts.ledger.payments[0].end = End::Held, "still on hold");
    sees(|facts| facts.ledger.payments.clear(), "booked and never held");
    sees(|facts| facts.books.takings.0 += 1, "the merchants' payments");
    sees(|facts| facts.books.settlement += 1, "all balances together");
    sees(|facts| facts.ledger.accounts[0].won += 1, "a customer's balance");
    sees(|facts| facts.ledger.accounts[0].points += 1, "points in accounts");
    sees(|facts| facts.ledger.supply.issued = Points::ZERO, "does not add up");
    sees(|facts| facts.ledger.supply.spent = Points::ZERO, "points spent");
    sees(|facts| facts.ledger.audit = Some(Err("block 3".to_owned())), "audit: block 3");
    sees(|facts| facts.books.open = 1, "that are open");
    sees(|facts| facts.noticed.faults = 1, "internal fault");
}

#[tokio::test]
async fn torture_4_a_phone_that_shows_or_keeps_what_is_not_so_is_seen() {
    let (good, _) = run_of(&quiet()).await;
    let id = good.ledger.payments[0].id;
    let row = |facts: &mut Facts, change: fn(&mut super::facts::RowFact)| {
        change(&mut facts.phones.as_mut().unwrap()[0].rows[0]);
    };
    let sees = |change: &dyn Fn(&mut Facts), wanted: &str| {
        let found = after(&good, change);
        assert!(found.iter().any(|breach| breach.contains(wanted)), "{wanted}: {found:?}");
    };
    sees(&|facts| row(facts, |row| row.state = "requested"), "the screen says requested");
    sees(&|facts| row(facts, |row| row.receipt = None), "is missing");
    sees(&|facts| row(facts, |row| row.receipt = Some(ReceiptFact::Holds(1, 1))), "another amount");
    sees(&|facts| row(facts, |row| row.receipt = Some(ReceiptFact::Fails("x".to_owned()))), "not verify");
    sees(&|facts| facts.phones.as_mut().unwrap()[0].rows.clear(), "is on no phone");
    sees(&|facts| facts.phones.as_mut().unwrap()[0].balance = Some((0, 0)), "points on the screen");
    sees(&|facts| facts.fenced.push(id), "of a fenced phone");
    sees(&|facts| facts.once.push(vec![id, id]), "paid 2 times");
    let shown = |was_so| Shown { payment: PaymentId::from_bytes([7; 32]), state: "captured", was_so };
    sees(&|facts| facts.shown.push(shown(true)), "when it was not");
    sees(&|facts| facts.shown.push(shown(false)), "when it was not");
}

#[tokio::test]
async fn torture_4_a_bank_whose_disk_forgets_a_debit_is_seen() {
    let places = places();
    let prepared = Prepared::new(2, &places).await.unwrap();
    let facts = resume_and_pay(&prepared, &quiet(), World::dangerous_forget_bookings).await.unwrap();
    let found = judge(&facts);
    assert!(found.iter().any(|breach| matches!(breach, Breach::Debited { debits: 0, .. })), "{found:?}");
    assert!(judge(&resume_and_pay(&prepared, &quiet(), |_, _| Ok(())).await.unwrap()).is_empty());
}

/// A code that is charged and partly given back, a gift, and a certificate.
fn market() -> Plan {
    let (second, manner, refunds) = (Second::Thoughts, Manner::Patient, [700, 300]);
    let deal = Deal { points: 2_000, most: 9_000, amount: 6_000, second, manner, refunds };
    let market = Market { deals: vec![deal], gift: 500, redeems: true, ..Market::default() };
    Plan { flow: Flow::Market, market, ..quiet() }
}

#[tokio::test]
async fn torture_6_a_tills_day_is_in_everybodys_books_and_what_is_otherwise_is_seen() {
    let (good, report) = run_of(&market()).await;
    let acts = &good.ledger.acts;
    assert_eq!((judge(&good), report.captured, good.must_be_paid), (Vec::new(), 2, true));
    assert_eq!(
        (acts.charges.len(), acts.refunds.len(), acts.gifts.len(), acts.redemptions.len()),
        (1, 2, 1, 1)
    );
    let sees = |change: fn(&mut Facts), wanted: &str| {
        let found = after(&good, change);
        assert!(found.iter().any(|breach| breach.contains(wanted)), "{wanted}: {found:?}");
    };
    let till = |facts: &mut Facts| facts.books.till.take().unwrap();
    assert!(till(&mut good.clone()).paid > 0);
    sees(|facts| facts.ledger.acts.payments.push(facts.ledger.acts.payments[0]), "began twice");
    sees(|facts| facts.ledger.acts.refunds[0].won += 9_000, "more came back than was paid");
    sees(|facts| facts.ledger.acts.refunds[0].won += 1, "has not credited once");
    sees(|facts| facts.ledger.acts.refunds.truncate(1), "credited a refund that never was");
    sees(|facts| facts.ledger.acts.gifts.clear(), "an account's points by what was done");
    sees(|facts| facts.ledger.acts.gifts.clear(), "an act of which the screen says");
    sees(|facts| facts.ledger.acts.grants.clear(), "points issued");
    sees(|facts| facts.ledger.acts.redemptions.clear(), "a certificate without its redemption");
    sees(|facts| facts.books.certificates[0].1.number.push('1'), "another certificate than was issued");
    sees(|facts| facts.books.certificates.clear(), "another certificate than was issued");
    sees(|facts| facts.books.till.as_mut().unwrap().paid += 1, "the merchant's account at the bank");
    sees(|facts| facts.books.till.as_mut().unwrap().lines.1 += 1, "won in the merchant's files");
    sees(|facts| facts.books.till.as_mut().unwrap().unpaid = 1, "not paid out");
    sees(|facts| facts.books.till.as_mut().unwrap().charges.clear(), "a charge that no till has made");
    sees(
        |facts| facts.books.till.as_mut().unwrap().charges[0].is_taken_back = true,
        "the till hears what is not so",
    );
    sees(|facts| facts.books.till.as_mut().unwrap().refunds[0].given.1 += 1, "the till hears what is not so");
    let phone = |facts: &mut Facts, change: fn(&mut super::facts::PhoneFacts)| {
        change(&mut facts.phones.as_mut().unwrap()[0]);
    };
    let shows = |change: fn(&mut super::facts::PhoneFacts), wanted: &str| {
        let found = after(&good, |facts| phone(facts, change));
        assert!(found.iter().any(|breach| breach.contains(wanted)), "{wanted}: {found:?}");
    };
    shows(|phone| phone.codes[0].state = "expired", "a code of which the screen says");
    shows(|phone| phone.codes[0].most = 5_999, "more charged than was allowed");
    shows(|phone| phone.codes.clear(), "a code that is on no phone");
    shows(|phone| phone.submissions.clear(), "that is on no phone");
    shows(|phone| phone.submissions[0].state = "never", "an act of which the screen says");
    let forgets = |phone: &mut super::facts::PhoneFacts| {
        let back = phone.rows.iter_mut().find(|row| row.given_back == Some(1_000));
        back.unwrap().given_back = Some(0);
    };
    shows(forgets, "given back, on the screen");
}

/// Quiet polls come by every place of polls but two, which take a registrar that sleeps; so does one whose registrar does.
#[tokio::test]
async fn torture_7_polls_are_held_and_every_place_of_theirs_is_passed() {
    let places = places();
    let ground = Ground::new(&places).await.unwrap();
    let mut passed = BTreeSet::new();
    let mut hold = async |plan: &Plan| {
        let report = play::run(4, plan, &places, &ground).await.unwrap();
        assert_eq!(report.breaches, [], "{plan:?}");
        passed.extend(report.passed.into_keys());
        (report.polls, report.ballots, report.cuts.len())
    };
    let making = Plan { flow: Flow::Election, ..quiet() };
    assert_eq!(hold(&making).await, (1, 1, 0));
    let voting = Plan { flow: Flow::Vote, ..quiet() };
    assert_eq!(hold(&voting).await, (1, 1, 0));
    let sleeps = |seconds| Plan { absences: vec![seconds], ..killing("registrar/submit", Side::Before) };
    for (seconds, ballots) in [(700, 1), (1_600, 0)] {
        let plan = Plan { flow: Flow::Vote, comes_twice: false, ..sleeps(seconds) };
        assert_eq!(hold(&plan).await, (1, ballots, 1), "away for {seconds} s");
    }
    let missed: Vec<_> = election::places().into_iter().filter(|place| !passed.contains(place)).collect();
    assert_eq!(missed, []);
}

#[test]
fn torture_5_two_hundred_and_forty_runs_pass_every_place_and_nothing_is_lost_or_made() {
    let campaign = Campaign::new(240, 7_000);
    let summary = campaign.run(|_| {});
    assert_eq!(summary.bad, []);
    assert_eq!(campaign.missed(&summary), Vec::<&str>::new());
    assert!(summary.is_good(&campaign));
    assert!(summary.captured > 50 && summary.reversed > 10 && summary.never_returned > 5);
    assert!(
        ["wallet", "ledger", "gateway", "bank", "centre", "treasury"]
            .iter()
            .all(|party| summary.killed.contains_key(party))
    );
    // A place that is registered and passed by nobody; one that has an excuse no more.
    let mut longer = campaign.clone();
    longer.places.push(Place::new("nobody/never"));
    assert_eq!(longer.missed(&summary), ["nobody/never"]);
    let (mut out_of_date, excused) = (summary.clone(), EXCUSES[0].place);
    out_of_date.no_excuse.insert(excused);
    assert_eq!(campaign.missed(&out_of_date), [excused]);
    let passed = Summary { passed: summary.passed.clone(), runs: 240, ..Summary::default() };
    assert!(campaign.missed(&passed).is_empty());
    let mut passed = passed;
    passed.passed.insert(Place::new(excused), 1);
    assert_eq!(campaign.missed(&passed), [excused], "an excuse for a place that was passed");
}

#[test]
fn torture_5_a_stranger_place_makes_a_run_bad() {
    let mut campaign = Campaign::new(3, 7_000);
    campaign.places.retain(|place| place.name() != "wallet/outbox-order");
    let summary = campaign.run(|_| {});
    assert!(!summary.is_good(&campaign));
    let strange = Breach::Stranger("wallet/outbox-order");
    assert!(summary.bad.iter().any(|bad| bad.breaches.contains(&strange)), "{:?}", summary.bad);
}

#[tokio::test]
async fn torture_1_a_party_that_commits_beside_the_injector_is_seen() {
    let cutter = Arc::new(Cutter::knowing(places()));
    let world = World::found(3, Arc::clone(&cutter)).unwrap();
    world.dangerous_sync_at_no_place("bank").unwrap();
    assert!(cutter.elsewhere().contains("bank"));
}
