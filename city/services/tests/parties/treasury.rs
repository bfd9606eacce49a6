//! The treasury grants what the register shows, once, to one person.

use crate::phone::Phone;
use crate::world::{World, role, text};
use citizen_keys::Signed;
use citizen_ledger::Role;
use citizen_payment::request::RequestContent;
use citizen_payment::word::{ClaimAnswer, ClaimOutcome, ClaimRefusal};
use citizen_primitives::{Clock as _, Hash, ProgrammeId, UnixTime};
use city_services::Steps as _;
use std::collections::BTreeSet;

pub(crate) async fn claim(
    world: &World,
    phone: &mut Phone,
    citizen: &str,
    programme: &str,
    evidence: &str,
) -> ClaimAnswer {
    let content = RequestContent::Claim {
        programme: ProgrammeId::new(programme).unwrap(),
        evidence: text(evidence),
        citizen: text(citizen),
    };
    let request = phone.request(world, Role::Treasury, content);
    let answer = world.treasury().claim(request).await.unwrap();
    let signed: Signed<ClaimAnswer> = answer.answer.read().unwrap();
    signed.verify(&role(Role::Treasury).key).unwrap()
}

pub(crate) fn refusal(answer: &ClaimAnswer) -> ClaimRefusal {
    match answer.outcome {
        ClaimOutcome::Refused { reason } => reason,
        ClaimOutcome::Granted { .. } => panic!("granted"),
    }
}

#[tokio::test]
async fn treasury_1_what_the_register_shows_is_granted_and_nothing_else() {
    let world = World::new();
    let mut phone = Phone::open(&world, 1);
    for (programme, evidence) in
        [("etax", "bill-2026-10"), ("poll", "poll-night-buses"), ("eco", "eco-2026-h1")]
    {
        let answer = claim(&world, &mut phone, "김지우", programme, evidence).await;
        assert!(matches!(answer.outcome, ClaimOutcome::Granted { .. }), "{evidence}");
    }
    world.work(5).await;
    assert_eq!(world.spendable(&phone.account), 500 + 1_000 + 10_000);
    for (programme, evidence) in
        [("etax", "bill-2026-08"), ("etax", "bill-1"), ("poll", "bill-2026-10"), ("none", "bill-2026-10")]
    {
        let answer = claim(&world, &mut phone, "김지우", programme, evidence).await;
        assert_eq!(refusal(&answer), ClaimRefusal::NotFound, "{programme} {evidence}");
    }
}

#[tokio::test]
async fn treasury_2_a_citizen_has_one_account_and_an_account_one_citizen() {
    let world = World::new();
    let (mut phone, mut other) = (Phone::open(&world, 1), Phone::open(&world, 2));
    claim(&world, &mut phone, "김지우", "etax", "bill-2026-10").await;
    let second_account = claim(&world, &mut other, "김지우", "etax", "bill-2026-09").await;
    assert_eq!(refusal(&second_account), ClaimRefusal::AnotherPerson);
    let same_evidence = claim(&world, &mut other, "김지우", "etax", "bill-2026-10").await;
    assert_eq!(refusal(&same_evidence), ClaimRefusal::AnotherPerson);
    let second_citizen = claim(&world, &mut phone, "이서연", "etax", "bill-2026-10").await;
    assert_eq!(refusal(&second_citizen), ClaimRefusal::AnotherPerson);
    let (_, mut new) = phone.replaced(&world, 3);
    let replaced = claim(&world, &mut new, "김지우", "etax", "bill-2026-09").await;
    assert!(
        matches!(replaced.outcome, ClaimOutcome::Granted { .. }),
        "the account stays when the phone is replaced"
    );
}

/// TREASURY-2 and TREASURY-3: what is looked at before the commit is looked at again in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn treasury_2_of_two_accounts_that_claim_the_same_at_once_neither_hears_of_the_other() {
    for _ in 0..8 {
        let world = World::new();
        let mut phones = [Phone::open(&world, 1), Phone::open(&world, 2)];
        let content = || RequestContent::Claim {
            programme: ProgrammeId::new("etax").unwrap(),
            evidence: text("bill-2026-10"),
            citizen: text("김지우"),
        };
        let asked = phones.each_mut().map(|phone| {
            let request = phone.request(&world, Role::Treasury, content());
            let treasury = world.treasury();
            (phone.account, tokio::spawn(async move { treasury.claim(request).await }))
        });
        let mut granted = 0;
        for (account, answer) in asked {
            let signed: Signed<ClaimAnswer> = answer.await.unwrap().unwrap().answer.read().unwrap();
            let answer = signed.verify(&role(Role::Treasury).key).unwrap();
            assert_eq!(answer.account, account, "an answer to her own claim");
            granted += usize::from(matches!(answer.outcome, ClaimOutcome::Granted { .. }));
        }
        assert_eq!(granted, 1);
    }
}

#[tokio::test]
async fn treasury_3_the_same_claim_is_granted_once_and_answered_alike() {
    let world = World::new();
    let mut phone = Phone::open(&world, 1);
    let first = claim(&world, &mut phone, "김지우", "etax", "bill-2026-10").await;
    assert_eq!(claim(&world, &mut phone, "김지우", "etax", "bill-2026-10").await, first);
    world.work(5).await;
    assert_eq!(claim(&world, &mut phone, "김지우", "etax", "bill-2026-10").await, first);
    world.work(5).await;
    assert_eq!(world.spendable(&phone.account), 500);
}

#[tokio::test]
async fn treasury_3_a_grant_that_did_not_reach_the_ledger_is_signed_anew_and_granted_once() {
    let world = World::new();
    let mut phone = Phone::open(&world, 1);
    claim(&world, &mut phone, "김지우", "etax", "bill-2026-10").await;
    // The outbox is not looked at until the transaction can be executed no more.
    for _ in 0..70 {
        world.pass(10);
    }
    let stepped = world.treasury().step().await.unwrap();
    assert_eq!((stepped.moved, stepped.open), (1, 1), "signed anew");
    world.work(5).await;
    assert_eq!(world.spendable(&phone.account), 500);
    assert_eq!(world.treasury().step().await.unwrap().open, 0);
}

#[tokio::test]
async fn treasury_1_a_reached_cap_is_said_before_anything_is_promised() {
    let world = World::new();
    let mut phone = Phone::open(&world, 1);
    for evidence in ["eco-2025-h1", "eco-2025-h2"] {
        claim(&world, &mut phone, "김지우", "eco", evidence).await;
        world.work(5).await;
    }
    assert_eq!(world.spendable(&phone.account), 100_000);
    let beyond = claim(&world, &mut phone, "김지우", "eco", "eco-2026-h1").await;
    assert_eq!(refusal(&beyond), ClaimRefusal::CapReached);
}

#[tokio::test]
async fn treasury_4_the_same_evidence_of_two_citizens_has_nothing_in_common_on_the_ledger() {
    let world = World::new();
    let mut digests = BTreeSet::new();
    for (seed, citizen) in [(1, "김지우"), (2, "이서연")] {
        let mut phone = Phone::open(&world, seed);
        for evidence in ["bill-2026-09", "bill-2026-10"] {
            digests.insert(claim(&world, &mut phone, citizen, "etax", evidence).await.evidence);
        }
    }
    assert_eq!(digests.len(), 4);
    let plain = [b"bill-2026-10".as_slice(), "김지우".as_bytes()];
    assert!(!digests.contains(&Hash::plain(&plain)));
}

#[tokio::test]
async fn treasury_1_a_claim_at_new_year_counts_in_the_year_in_which_the_ledger_grants_it() {
    let world = World::new();
    let mut phone = Phone::open(&world, 1);
    let new_year = UnixTime::from_seconds(1_798_729_200);
    assert_eq!(new_year.to_kst(), "2027-01-01 00:00");
    world.clock.advance(new_year.since(world.clock.now()).count() - 30);
    world.seal();
    // Claimed in the old year, granted in the new one.
    claim(&world, &mut phone, "김지우", "eco", "eco-2025-h1").await;
    world.clock.advance(60);
    world.work(5).await;
    assert_eq!(world.spendable(&phone.account), 50_000);
    claim(&world, &mut phone, "김지우", "eco", "eco-2025-h2").await;
    world.work(5).await;
    assert_eq!(world.spendable(&phone.account), 100_000, "a year's cap");
    let beyond = claim(&world, &mut phone, "김지우", "eco", "eco-2026-h1").await;
    assert_eq!(refusal(&beyond), ClaimRefusal::CapReached);
}
