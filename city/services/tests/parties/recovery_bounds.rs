//! What an officer of recovery refuses one by one: keys, cases, accounts and ledgers that are other ones, and an issuer that does not answer.

use crate::phone::Phone;
use crate::recovery::{Answer, Bench, CASE, approve, citizen, enrol, filing, hong, refusal, request, who};
use citizen_client::api::{
    Bytes, DecisionRequest, OfficerSignatureRequest, RecoveryDecision, RecoveryRequest,
};
use citizen_ledger::{Action, CustodyAction, FileRecovery};
use citizen_primitives::{ChainId, RecoveryCaseId};
use city_services::{Reason, ServiceError, Steps as _, places};

const OTHER: RecoveryCaseId = RecoveryCaseId::from_bytes([0x44; 32]);

fn other_request(new: &Phone) -> RecoveryRequest {
    RecoveryRequest { case: OTHER.to_hex(), ..request(hong(), new) }
}

fn file(old: &Phone, new: &Phone, case: RecoveryCaseId) -> CustodyAction {
    let (device, recovery) = (new.device(), new.recovery_key());
    CustodyAction::File(Box::new(FileRecovery { account: old.account, case, device, recovery }))
}

async fn decide(bench: &Bench, number: u8, decision: RecoveryDecision) -> Result<(), ServiceError> {
    let request = DecisionRequest { identity: hong(), case: CASE.to_hex(), decision };
    bench.officer(number).decide(&request).await.map(drop)
}

/// How many cases an officer has that are approved, filed, decided.
fn cases(bench: &Bench, number: u8) -> [u64; 3] {
    let cases = bench.officer(number).cases().unwrap();
    ["approved", "filed", "decided"].map(|of| cases.iter().find(|(name, _)| *name == of).unwrap().1)
}

/// A case that stands on the ledger, filed by the first two.
async fn filed(bench: &Bench) -> (Phone, Phone) {
    let (old, new) = citizen(bench).await;
    approve(bench, &[0, 1], &new);
    bench.world.submit(&bench.signed(&bench.body(&[0, 1], filing(&old, &new))).unwrap());
    (old, new)
}

#[tokio::test]
async fn recovery_2_a_frozen_phone_enrols_nobody_and_nobody_enrols_with_anothers_phone() {
    let bench = Bench::new();
    let (mut old, _) = citizen(&bench).await;
    let kim = || who("SB-1003", "김 샘플", "1985-12-25");
    let mut his = Phone::open(&bench.world, 5);
    enrol(&bench, 0, &mut his, kim()).await.unwrap();
    let other = refusal(Reason::AnotherCustomer);
    assert_eq!(
        enrol(&bench, 0, &mut old, kim()).await.unwrap_err(),
        other,
        "both are enrolled, not together"
    );
    let mut frozen = Phone::open(&bench.world, 6);
    frozen.freezes(&bench.world, true);
    bench.world.seal();
    let sunwoo = || who("SB-1002", "선우 용녀", "1946-07-19");
    assert_eq!(enrol(&bench, 0, &mut frozen, sunwoo()).await.unwrap_err(), refusal(Reason::Frozen));
    frozen.freezes(&bench.world, false);
    bench.world.seal();
    assert_eq!(enrol(&bench, 0, &mut frozen, sunwoo()).await, Ok(()));
}

#[tokio::test]
async fn recovery_3_a_request_names_keys_that_may_be_registered_and_stays_bound_to_them() {
    let bench = Bench::new();
    let (old, new) = citizen(&bench).await;
    let good = request(hong(), &new);
    let broken = |bytes: &Bytes, at: usize| {
        let mut bytes = bytes.decode().unwrap();
        let end = bytes.len() - at;
        bytes[end - 32..end].fill(0xff);
        Bytes::new(&bytes)
    };
    for wrong in [
        RecoveryRequest { device: broken(&good.device, 0), ..good.clone() },
        RecoveryRequest { device: broken(&good.device, 33), ..good.clone() },
        RecoveryRequest { recovery: broken(&good.recovery, 0), ..good.clone() },
    ] {
        assert_eq!(bench.officer(0).request(&wrong).unwrap_err(), ServiceError::Malformed);
    }
    approve(&bench, &[0, 1], &new);
    let other = request(hong(), &Phone::unheard_of(3));
    for wrong in [
        RecoveryRequest { device: other.device.clone(), ..good.clone() },
        RecoveryRequest { recovery: other.recovery.clone(), ..good.clone() },
    ] {
        assert_eq!(bench.officer(0).request(&wrong).unwrap_err(), ServiceError::Malformed, "the same case");
    }
    bench.world.submit(&bench.signed(&bench.body(&[0, 1], filing(&old, &new))).unwrap());
    bench.settle().await;
    assert_eq!(cases(&bench, 0), [0, 1, 0]);
    assert!(bench.officer(0).request(&good).is_ok(), "the same again, filed as it is");
}

#[tokio::test]
async fn recovery_3_a_later_request_takes_the_place_of_one_that_was_only_approved() {
    let bench = Bench::new();
    let (old, new) = citizen(&bench).await;
    let later = Phone::unheard_of(3);
    approve(&bench, &[0, 1], &new);
    for number in [0, 1] {
        bench.officer(number).request(&other_request(&later)).unwrap();
    }
    let no = refusal(Reason::NotAgreed);
    assert_eq!(bench.signed(&bench.body(&[0, 1], filing(&old, &new))).unwrap_err(), no);
    assert!(bench.signed(&bench.body(&[0, 1], file(&old, &later, OTHER))).is_ok());
}

#[tokio::test]
async fn recovery_4_each_of_case_device_code_account_word_and_ledger_is_the_one_that_she_agreed_to() {
    let bench = Bench::new();
    let (mut old, new) = filed(&bench).await;
    let (good, thief, no) = (filing(&old, &new), Phone::unheard_of(3), refusal(Reason::NotAgreed));
    let CustodyAction::File(good) = good else { panic!() };
    for wrong in [
        FileRecovery { case: OTHER, ..(*good).clone() },
        FileRecovery { device: thief.device(), ..(*good).clone() },
        FileRecovery { recovery: thief.recovery_key(), ..(*good).clone() },
    ] {
        let body = bench.body(&[0, 1], CustodyAction::File(Box::new(wrong)));
        assert_eq!(bench.signed(&body).unwrap_err(), no);
    }
    let mut elsewhere = bench.body(&[0, 1], filing(&old, &new));
    elsewhere.chain_id = ChainId::new("seoul-test-2").unwrap();
    assert_eq!(bench.signed(&elsewhere).unwrap_err(), refusal(Reason::WrongParty), "another ledger");

    let objection = CustodyAction::Object { account: old.account, case: CASE };
    let objection = old.sign_with_hardware(&bench.world, Action::Custody(objection));
    bench.world.submit(&objection);
    decide(&bench, 2, RecoveryDecision::Uphold).await.unwrap();
    let (account, case) = (old.account, CASE);
    let sign = |action| {
        let request = OfficerSignatureRequest { body: Bytes::of(&bench.body(&[2, 3], action)) };
        bench.officer(2).sign(&request).map(drop)
    };
    assert_eq!(sign(CustodyAction::Uphold { account, case }), Ok(()));
    assert_eq!(sign(CustodyAction::Dismiss { account, case }).unwrap_err(), no, "she upholds it");
    assert_eq!(sign(CustodyAction::Uphold { account: thief.account, case }).unwrap_err(), no);
    assert_eq!(sign(CustodyAction::Uphold { account, case: OTHER }).unwrap_err(), no);
}

#[tokio::test]
async fn recovery_5_only_the_case_that_is_open_is_decided_and_only_under_a_fresh_header() {
    let bench = Bench::new();
    filed(&bench).await;
    let dismiss = RecoveryDecision::Dismiss;
    let other = DecisionRequest { identity: hong(), case: OTHER.to_hex(), decision: dismiss };
    assert_eq!(bench.officer(2).decide(&other).await.map(drop), Err(ServiceError::NotFound));
    bench.world.clock.advance(120);
    assert_eq!(decide(&bench, 2, dismiss).await, Err(ServiceError::Unavailable));
    assert_eq!(bench.officer(2).step().await.map(drop), Ok(()), "she has nothing open");
    assert_eq!(bench.officer(0).step().await.map(drop), Err(ServiceError::Unavailable));
    bench.world.seal();
    assert_eq!(decide(&bench, 2, dismiss).await, Ok(()));
}

#[tokio::test]
async fn recovery_6_a_request_that_is_not_used_is_forgotten_a_day_after_its_approval_and_no_sooner() {
    let bench = Bench::new();
    let (old, new) = citizen(&bench).await;
    approve(&bench, &[0, 1], &new);
    bench.settle().await;
    assert_eq!(cases(&bench, 0), [1, 0, 0]);
    assert!(bench.signed(&bench.body(&[0, 1], filing(&old, &new))).is_ok(), "it is as good as before");
    bench.world.clock.advance(24 * 60 * 60);
    bench.settle().await;
    assert_eq!((cases(&bench, 0), cases(&bench, 1)), ([0; 3], [0; 3]));
    assert!(bench.counter.losses.lock().unwrap().is_empty(), "nobody is told of what was not filed");
}

#[tokio::test]
async fn recovery_6_those_who_filed_tell_the_issuer_until_it_answers_and_nobody_else_does() {
    let bench = Bench::new();
    let (old, new) = citizen(&bench).await;
    approve(&bench, &[0, 1, 2], &new);
    bench.world.submit(&bench.signed(&bench.body(&[0, 1], filing(&old, &new))).unwrap());
    // It cannot be reached; then it refuses, and says nothing of whom it knows; then it knows nobody of that name.
    let mut told = 0;
    for answer in [Answer::Offline, Answer::Busy, Answer::Nobody] {
        *bench.counter.answer.lock().unwrap() = answer;
        bench.settle().await;
        let before = std::mem::replace(&mut told, bench.counter.losses.lock().unwrap().len());
        assert!(told > before, "{answer:?}: it is asked until it has an answer");
        // That it is filed, the ledger says, and not the issuer.
        assert_eq!([0, 1, 2].map(|number| cases(&bench, number)), [[0, 1, 0]; 3]);
    }
    bench.settle().await;
    assert_eq!(bench.counter.losses.lock().unwrap().len(), told);
}

/// While the issuer is told of one, the citizen asks with another phone: the ledger has hers already.
#[tokio::test]
async fn recovery_7_what_the_ledger_has_gives_its_place_to_no_other_while_the_issuer_is_told() {
    let bench = Bench::new();
    let (_, _) = filed(&bench).await;
    let (officer, later) = (bench.officer(0), other_request(&Phone::unheard_of(3)));
    let meanwhile = move || assert_eq!(officer.request(&later).unwrap_err(), refusal(Reason::UnderRecovery));
    *bench.counter.meanwhile.lock().unwrap() = Some(Box::new(meanwhile));
    bench.world.seal();
    bench.officer(0).step().await.unwrap();
    assert!(bench.counter.meanwhile.lock().unwrap().is_none(), "it was told");
    assert_eq!(cases(&bench, 0), [0, 1, 0]);
}

/// The ledger has the first one, and no officer has looked yet; the issuer is away. Another request of the same person comes.
#[tokio::test]
async fn recovery_7_the_loss_of_a_case_that_the_ledger_has_is_told_whatever_was_approved_after_it() {
    let bench = Bench::new();
    filed(&bench).await;
    let later = Phone::unheard_of(3);
    for number in [0, 1] {
        bench.officer(number).request(&other_request(&later)).unwrap();
    }
    *bench.counter.answer.lock().unwrap() = Answer::Offline;
    bench.settle().await;
    assert_eq!([cases(&bench, 0), cases(&bench, 1)], [[1, 0, 0]; 2], "the later one, which is not filed");
    bench.counter.losses.lock().unwrap().clear();
    *bench.counter.answer.lock().unwrap() = Answer::Revoked;
    bench.settle().await;
    assert_eq!(bench.counter.losses.lock().unwrap().len(), 2, "each who filed it tells, once");
    bench.world.clock.advance(24 * 60 * 60);
    bench.settle().await;
    assert_eq!([cases(&bench, 0), cases(&bench, 1)], [[0; 3]; 2]);
    assert_eq!(bench.counter.losses.lock().unwrap().len(), 2, "nobody is told of what was not filed");
}

/// What was approved, never filed, and had another in its place is forgotten with its day; asked for again, it counts as itself.
#[tokio::test]
async fn recovery_7_a_request_that_comes_back_counts_and_what_never_was_filed_is_told_to_nobody() {
    let bench = Bench::new();
    let (old, new) = citizen(&bench).await;
    approve(&bench, &[0, 1], &new);
    for number in [0, 1] {
        bench.officer(number).request(&other_request(&Phone::unheard_of(3))).unwrap();
    }
    approve(&bench, &[0, 1], &new);
    bench.settle().await;
    assert!(bench.counter.losses.lock().unwrap().is_empty());
    bench.world.submit(&bench.signed(&bench.body(&[0, 1], filing(&old, &new))).unwrap());
    bench.settle().await;
    assert_eq!([cases(&bench, 0), cases(&bench, 1)], [[0, 1, 0]; 2]);
    assert_eq!(bench.counter.losses.lock().unwrap().len(), 2, "the one that was filed");
}

/// She has decided one case, and approved another of the same account, which is filed before she looks at the ledger again, or after it.
#[tokio::test]
async fn recovery_6_the_end_of_one_case_forgets_no_other_of_the_account_and_another_keeps_none() {
    for looks_between in [true, false] {
        let bench = Bench::new();
        let (old, _) = filed(&bench).await;
        let (account, case) = (old.account, CASE);
        for number in [2, 3] {
            decide(&bench, number, RecoveryDecision::Dismiss).await.unwrap();
        }
        let dropped = bench.body(&[2, 3], CustodyAction::Dismiss { account, case });
        bench.world.submit(&bench.signed(&dropped).unwrap());
        let later = Phone::unheard_of(3);
        for number in [2, 3] {
            bench.officer(number).request(&other_request(&later)).unwrap();
        }
        if looks_between {
            bench.settle().await;
            assert_eq!(
                [cases(&bench, 2), cases(&bench, 3)],
                [[1, 0, 0]; 2],
                "approved still, decided no more"
            );
        }
        bench.world.submit(&bench.signed(&bench.body(&[2, 3], file(&old, &later, OTHER))).unwrap());
        bench.settle().await;
        assert_eq!([cases(&bench, 2), cases(&bench, 3)], [[0, 1, 0]; 2], "{looks_between}");
        assert_eq!([cases(&bench, 0), cases(&bench, 1)], [[0; 3]; 2], "over for those who filed it");
    }
}

#[tokio::test]
async fn recovery_3_cases_wait_for_days_and_the_ledger_is_asked_about_them_once_in_a_second() {
    let bench = Bench::new();
    let (_, new) = citizen(&bench).await;
    approve(&bench, &[0], &new);
    let asked = || {
        let sent = bench.world.wires.sent.lock().unwrap();
        sent.iter().filter(|place| **place == places::RECOVERY_ASK_STATE).count()
    };
    bench.world.seal();
    let before = asked();
    for _ in 0..3 {
        bench.officer(0).step().await.unwrap();
    }
    assert_eq!(asked() - before, 1);
}

#[tokio::test]
async fn recovery_6_an_issuer_that_answers_only_when_the_case_is_over_hears_of_the_loss_all_the_same() {
    let bench = Bench::new();
    let (old, _) = filed(&bench).await;
    *bench.counter.answer.lock().unwrap() = Answer::Offline;
    bench.settle().await;
    for number in [0, 1] {
        decide(&bench, number, RecoveryDecision::Dismiss).await.unwrap();
    }
    let (account, case) = (old.account, CASE);
    bench
        .world
        .submit(&bench.signed(&bench.body(&[0, 1], CustodyAction::Dismiss { account, case })).unwrap());
    bench.settle().await;
    assert_eq!([cases(&bench, 0)[1], cases(&bench, 1)[1]], [1, 1], "it was not told");
    bench.counter.losses.lock().unwrap().clear();
    *bench.counter.answer.lock().unwrap() = Answer::Revoked;
    bench.settle().await;
    assert_eq!(bench.counter.losses.lock().unwrap().len(), 2);
    assert_eq!([cases(&bench, 0), cases(&bench, 1)], [[0; 3]; 2]);
}
