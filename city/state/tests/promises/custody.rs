//! Accounts that are frozen and recovered; and every party of it that may lie.

use crate::support::town::{Sign, beginning, sign};
use crate::support::{Phone, Service, Town, points};
use citizen_coin::{AccountRecord, EntryKind, Epoch, LapsedRefund};
use citizen_keys::SigningKey;
use citizen_ledger::{
    Action, CustodyAction, CustodyRecord, Dated, FileRecovery, Govern, RecoveryRules, RecoveryStage, Redeem,
    Rejection, ReplaceDevice, Revoke, Role, SetLimits, Transfer, state_key,
};
use citizen_primitives::{Label, PaymentId, RecoveryCaseId, RedemptionId, Seconds, Text, UnixTime};

pub(crate) const WAIT: u64 = 72 * 3_600;
const CASE: RecoveryCaseId = RecoveryCaseId::from_bytes([0xca; 32]);

fn rules() -> RecoveryRules {
    fn dated<T>(value: T) -> Vec<Dated<T>> {
        vec![Dated { from: beginning(), value, source: Text::new("a test").unwrap() }]
    }
    RecoveryRules { officers: dated(2), wait: dated(Seconds::new(WAIT)) }
}

/// Two of five officers, by number.
fn officers(numbers: &[u8]) -> Vec<SigningKey> {
    numbers.iter().map(|number| SigningKey::from_seed(&[50 + number; 32])).collect()
}

/// A town with five officers of whom two must agree.
pub(crate) fn town() -> Town {
    let mut town = Town::new();
    for number in 0..5 {
        let record = Service::new(Role::RecoveryOfficer, 50 + number).record(beginning());
        let entered = town.decided(Govern::SetRole(record));
        town.accepts(entered);
    }
    let decided = town.decided(Govern::SetRecoveryRules(rules()));
    town.accepts(decided);
    town
}

/// A citizen with points, and the phone and code that a recovery shall give her.
fn citizen(town: &mut Town) -> (Phone, Phone) {
    let old = town.open(40);
    town.earn(&old, 1_000);
    let fresh = Phone::new(60);
    let new = Phone { account: old.account, epoch: old.epoch.next(), ..fresh };
    (old, new)
}

pub(crate) fn by_officers(town: &mut Town, numbers: &[u8], action: CustodyAction) -> Vec<u8> {
    let keys = officers(numbers);
    town.by_several(&keys.iter().collect::<Vec<_>>(), Action::Custody(action), &[])
}

pub(crate) fn filing(old: &Phone, new: &Phone, case: RecoveryCaseId) -> CustodyAction {
    let (device, recovery) = (new.pair(), new.recovery.public());
    CustodyAction::File(Box::new(FileRecovery { account: old.account, case, device, recovery }))
}

fn file(town: &mut Town, numbers: &[u8], old: &Phone, new: &Phone) {
    let filed = by_officers(town, numbers, filing(old, new, CASE));
    town.accepts(filed);
}

pub(crate) fn freeze(town: &mut Town, phone: &Phone) -> Vec<u8> {
    town.by_recovery(phone, Action::Custody(CustodyAction::Freeze { account: phone.account }), &[])
}

pub(crate) fn unfreeze(town: &mut Town, phone: &Phone) -> Vec<u8> {
    let action = CustodyAction::Unfreeze { account: phone.account, device: None };
    town.by_recovery(phone, Action::Custody(action), &[])
}

/// The recovery key lets the account go on with another device.
pub(crate) fn unfreeze_with(town: &mut Town, old: &Phone, new: &Phone) -> Vec<u8> {
    let action = CustodyAction::Unfreeze { account: old.account, device: Some(new.pair()) };
    let further: [Sign<'_>; 2] = [&|bytes| new.key.sign(Label::Transaction, bytes), &|bytes| {
        new.hardware.sign(Label::Transaction, bytes).unwrap()
    }];
    town.by_recovery(old, Action::Custody(action), &further)
}

fn objection(town: &mut Town, phone: &Phone) -> Vec<u8> {
    let action = CustodyAction::Object { account: phone.account, case: CASE };
    town.by_device_cosigned(phone, Action::Custody(action))
}

fn uphold(town: &mut Town, old: &Phone, numbers: &[u8]) -> Vec<u8> {
    by_officers(town, numbers, CustodyAction::Uphold { account: old.account, case: CASE })
}

fn dismiss(town: &mut Town, old: &Phone, numbers: &[u8]) -> Vec<u8> {
    by_officers(town, numbers, CustodyAction::Dismiss { account: old.account, case: CASE })
}

fn completion(town: &mut Town, new: &Phone) -> Vec<u8> {
    completion_of(town, new, CASE)
}

pub(crate) fn completion_of(town: &mut Town, new: &Phone, case: RecoveryCaseId) -> Vec<u8> {
    let recovery = new.recovery.public();
    let action = CustodyAction::Complete { account: new.account, case, recovery };
    let body = town.body(new.signer(), Action::Custody(action));
    sign(
        &body,
        &[
            &|bytes| new.key.sign(Label::Transaction, bytes),
            &|bytes| new.hardware.sign(Label::Transaction, bytes).unwrap(),
            &|bytes| new.recovery.sign(Label::Transaction, bytes),
        ],
    )
}

fn custody(town: &Town, phone: &Phone) -> Option<CustodyRecord> {
    town.ledger.record(&state_key::custody(&phone.account))
}

fn stage(town: &Town, phone: &Phone) -> RecoveryStage {
    custody(town, phone).unwrap().recovery.unwrap().stage
}

/// The account's keys and points.
fn hands(record: &AccountRecord) -> (citizen_keys::DevicePair, citizen_keys::PublicKey, Epoch) {
    (record.device, record.recovery, record.epoch)
}

/// Everything that a device can order, by this phone.
fn orders(town: &mut Town, phone: &Phone, friend: &Phone) -> Vec<(&'static str, Vec<u8>)> {
    let hold = town.order(10, 0);
    let won_only = town.order(0, 10);
    let redeem = Redeem {
        redemption: RedemptionId::from_bytes(town.fresh_bytes()),
        points: points(10),
        treasury: town.treasury.id(),
    };
    let revoke = Revoke { payment: PaymentId::from_bytes(town.fresh_bytes()) };
    let actions = [
        ("transfer", Action::Transfer(Transfer { to: friend.account, points: points(10) })),
        ("hold", Action::Hold(hold)),
        ("won-only hold", Action::Hold(won_only)),
        ("redeem", Action::Redeem(redeem)),
        ("limits", Action::SetLimits(SetLimits { limits: None })),
        ("revoke", Action::Revoke(revoke)),
    ];
    actions.map(|(name, action)| (name, town.by_device_cosigned(phone, action))).into()
}

/// The device lists another one, by both its keys.
fn move_on(town: &mut Town, old: &Phone, new: &Phone) -> Vec<u8> {
    let action = Action::ReplaceDevice(ReplaceDevice { account: old.account, device: new.pair() });
    let body = town.body(old.signer(), action);
    sign(
        &body,
        &[
            &|bytes| old.key.sign(Label::Transaction, bytes),
            &|bytes| old.hardware.sign(Label::Transaction, bytes).unwrap(),
            &|bytes| new.key.sign(Label::Transaction, bytes),
            &|bytes| new.hardware.sign(Label::Transaction, bytes).unwrap(),
        ],
    )
}

/// A town in which redemptions and limits have rules, so that nothing but the freeze refuses them.
fn town_with_payment_rules() -> Town {
    let mut town = town();
    let decided = town.decided(Govern::SetPaymentRules(crate::rules::rules(LapsedRefund::StayExpired)));
    town.accepts(decided);
    town
}

#[test]
fn state_14_a_frozen_account_orders_nothing_and_goes_on_when_the_recovery_key_says_so() {
    let mut town = town_with_payment_rules();
    let (phone, _) = citizen(&mut town);
    let friend = town.open(41);
    let frozen = freeze(&mut town, &phone);
    town.accepts(frozen.clone());
    town.refuses(frozen, Rejection::Replayed);
    assert!(custody(&town, &phone).unwrap().frozen.is_some());
    for (_, order) in orders(&mut town, &phone, &friend) {
        town.refuses(order, Rejection::Frozen);
    }
    let successor = phone.successor(42);
    let moved = move_on(&mut town, &phone, &successor);
    town.refuses(moved, Rejection::Frozen);
    // Not by the recovery key in the old way either: it lets the account go on with another device, in one step.
    let replaced = town.recovery(&phone, &successor);
    town.refuses(replaced, Rejection::Frozen);
    // The same said again.
    let again = freeze(&mut town, &phone);
    town.refuses(again, Rejection::Frozen);
    let thawed = unfreeze(&mut town, &phone);
    town.accepts(thawed.clone());
    town.refuses(thawed, Rejection::Replayed);
    let again = unfreeze(&mut town, &phone);
    town.refuses(again, Rejection::Nothing);
    assert_eq!(custody(&town, &phone), None, "nothing is kept of an account that is free");
    let given = town.by_device(&phone, Action::Transfer(Transfer { to: friend.account, points: points(10) }));
    town.accepts(given);
    let happened = town.happened(&phone);
    assert_eq!(happened[2..4], [EntryKind::Frozen, EntryKind::Unfrozen]);
}

#[test]
fn state_14_what_was_ordered_before_goes_to_its_end_and_points_still_come_in() {
    let mut town = town();
    let (phone, _) = citizen(&mut town);
    let friend = town.open(41);
    town.earn(&friend, 50);
    let (paid, given_up, lapsed) =
        (town.held(&phone, 100, 0), town.held(&phone, 200, 0), town.held(&phone, 300, 0));
    let frozen = freeze(&mut town, &phone);
    town.accepts(frozen);
    let captured = town.capture(paid, None);
    town.accepts(captured);
    let released = town.release(given_up);
    town.accepts(released);
    town.wait(200);
    town.idle(1);
    assert!(town.payment(&lapsed).state.is_final());
    town.earn(&phone, 5);
    let gift = town.by_device(&friend, Action::Transfer(Transfer { to: phone.account, points: points(7) }));
    town.accepts(gift);
    assert_eq!(town.spendable(&phone), 1_000 - 100 + 5 + 7);
}

#[test]
fn state_14_nobody_but_the_accounts_recovery_key_freezes_or_unfreezes() {
    let mut town = town();
    let (phone, _) = citizen(&mut town);
    let stranger = town.open(41);
    let disguised = Phone { account: phone.account, ..stranger.clone() };
    let frozen = freeze(&mut town, &disguised);
    town.refuses(frozen, Rejection::NotAllowed);
    let frozen = freeze(&mut town, &Phone::new(43));
    town.refuses(frozen, Rejection::NoAccount);
    let frozen = freeze(&mut town, &phone);
    town.accepts(frozen);
    let thawed = unfreeze(&mut town, &disguised);
    town.refuses(thawed, Rejection::NotAllowed);
    // The device itself does not: whoever has it may be the thief.
    let thaw = CustodyAction::Unfreeze { account: phone.account, device: None };
    let thawed = town.by_device_cosigned(&phone, Action::Custody(thaw.clone()));
    town.refuses(thawed, Rejection::NotAllowed);
    // One account's key names another account in the action.
    let action = Action::Custody(CustodyAction::Unfreeze { account: phone.account, device: None });
    let other = town.by_recovery(&stranger, action, &[]);
    town.refuses(other, Rejection::NotAllowed);
    assert!(custody(&town, &phone).unwrap().frozen.is_some());
}

#[test]
fn state_14_a_thief_with_the_phone_never_acts_between_the_freeze_and_the_new_phone() {
    let mut town = town();
    let (stolen, _) = citizen(&mut town);
    let friend = town.open(41);
    let frozen = freeze(&mut town, &stolen);
    town.accepts(frozen);
    let new = stolen.successor(42);
    let thawed = unfreeze_with(&mut town, &stolen, &new);
    let theft =
        town.by_device(&stolen, Action::Transfer(Transfer { to: friend.account, points: points(1_000) }));
    // Both in one block, whichever way round: the thief's order finds the account frozen, or another device.
    for (block, refusal) in [
        ([theft.clone(), thawed.clone()], (0, Rejection::Frozen)),
        ([thawed.clone(), theft.clone()], (1, Rejection::Fenced)),
    ] {
        let outcome = town.try_block(&block).unwrap();
        assert_eq!(outcome.results[refusal.0].code, refusal.1.code());
        assert_eq!(outcome.results[1 - refusal.0].code, 0);
    }
    town.accepts(thawed);
    assert_eq!(town.account(&new).device, new.pair());
    assert_eq!(
        town.happened(&new)[3..],
        [EntryKind::Unfrozen, EntryKind::DeviceReplaced { epoch: Epoch::new(1) }]
    );
    let gift = town.by_device(&new, Action::Transfer(Transfer { to: friend.account, points: points(1_000) }));
    town.accepts(gift);
}

#[test]
fn state_15_a_case_takes_effect_after_the_wait_and_not_a_second_before() {
    let mut town = town_with_payment_rules();
    let (old, new) = citizen(&mut town);
    let friend = town.open(41);
    let supply = town.ledger.supply();
    file(&mut town, &[0, 1], &old, &new);
    let effective = custody(&town, &old).unwrap().recovery.unwrap().effective;
    assert_eq!(effective, town.time.plus(Seconds::new(WAIT - 1)), "72 hours after the block that filed it");
    // The account stands still meanwhile.
    for (_, order) in orders(&mut town, &old, &friend) {
        town.refuses(order, Rejection::UnderRecovery);
    }
    town.time = UnixTime::from_seconds(effective.seconds() - 1);
    let early = completion(&mut town, &new);
    town.refuses(early, Rejection::RecoveryTime);
    assert_eq!(town.time, effective);
    let done = completion(&mut town, &new);
    town.accepts(done.clone());
    town.refuses(done, Rejection::Replayed);
    let again = completion(&mut town, &new);
    town.refuses(again, Rejection::NoRecovery);
    let record = town.account(&new);
    assert_eq!(hands(&record), (new.pair(), new.recovery.public(), Epoch::new(1)));
    assert_eq!(custody(&town, &old), None);
    assert_eq!(town.ledger.supply(), supply, "who has an account changes nothing of what there is");
    assert_eq!(town.happened(&new).last(), Some(&EntryKind::Recovered { case: CASE, epoch: Epoch::new(1) }));
    // Old phone and old code are worth nothing; the new ones work.
    let give = |amount| Action::Transfer(Transfer { to: friend.account, points: points(amount) });
    let theft = town.by_device(&old, give(1));
    town.refuses(theft, Rejection::Fenced);
    let theft = town.recovery(&old, &old.successor(44));
    town.refuses(theft, Rejection::NotAllowed);
    let given = town.by_device(&new, give(1_000));
    town.accepts(given);
    let frozen = freeze(&mut town, &new);
    town.accepts(frozen);
}

#[test]
fn state_15_one_officer_does_nothing_however_often_and_nobody_else_decides() {
    let mut town = town();
    let (old, new) = citizen(&mut town);
    let alone = by_officers(&mut town, &[0], filing(&old, &new, CASE));
    town.refuses(alone, Rejection::NotAgreed);
    // Named twice she is no two.
    let key = SigningKey::from_seed(&[50; 32]);
    let twice = town.by_several(&[&key, &key], Action::Custody(filing(&old, &new, CASE)), &[]);
    town.refuses(twice, Rejection::NotAgreed);
    // With somebody who is no officer.
    let stranger = SigningKey::from_seed(&[70; 32]);
    let together = town.by_several(&[&key, &stranger], Action::Custody(filing(&old, &new, CASE)), &[]);
    town.refuses(together, Rejection::NotAllowed);
    // With an officer whose role has ended.
    let ended = Service::new(Role::RecoveryOfficer, 54).id();
    let decided = town.decided(Govern::EndRole { role: Role::RecoveryOfficer, key: ended });
    town.accepts(decided);
    let together = by_officers(&mut town, &[0, 4], filing(&old, &new, CASE));
    town.refuses(together, Rejection::NotAllowed);
    assert_eq!(custody(&town, &old), None);
    // What two have filed one neither drops nor upholds.
    file(&mut town, &[0, 1], &old, &new);
    let dropped = dismiss(&mut town, &old, &[2]);
    town.refuses(dropped, Rejection::NotAgreed);
    let objected = objection(&mut town, &old);
    town.accepts(objected);
    let upheld = uphold(&mut town, &old, &[2]);
    town.refuses(upheld, Rejection::NotAgreed);
    // Governors are no officers.
    let governors: Vec<SigningKey> = (1..=3).map(|seed| SigningKey::from_seed(&[seed; 32])).collect();
    let action = Action::Custody(CustodyAction::Dismiss { account: old.account, case: CASE });
    let dropped = town.by_several(&governors.iter().collect::<Vec<_>>(), action, &[]);
    town.refuses(dropped, Rejection::NotAllowed);
}

#[test]
fn state_15_without_rules_there_are_no_cases_and_freezing_needs_none() {
    let mut town = Town::new();
    let (old, new) = citizen(&mut town);
    for number in 0..2 {
        let record = Service::new(Role::RecoveryOfficer, 50 + number).record(beginning());
        let entered = town.decided(Govern::SetRole(record));
        town.accepts(entered);
    }
    let filed = by_officers(&mut town, &[0, 1], filing(&old, &new, CASE));
    town.refuses(filed, Rejection::NoRules);
    let frozen = freeze(&mut town, &old);
    town.accepts(frozen);
}

#[test]
fn state_15_rules_by_which_one_decides_or_nobody_could_object_are_refused() {
    let mut town = town();
    let source = Text::new("a test").unwrap();
    let officers = |value| vec![Dated { from: beginning(), value, source: source.clone() }];
    let wait = |value| vec![Dated { from: beginning(), value: Seconds::new(value), source: source.clone() }];
    let later = vec![Dated { from: beginning().plus(Seconds::new(1_000_000)), ..officers(2)[0].clone() }];
    for wrong in [
        RecoveryRules { officers: officers(1), ..rules() },
        RecoveryRules { officers: officers(0), ..rules() },
        RecoveryRules { officers: officers(17), ..rules() },
        RecoveryRules { officers: later, ..rules() },
        RecoveryRules { wait: wait(3_599), ..rules() },
        RecoveryRules { wait: wait(30 * 86_400 + 1), ..rules() },
        RecoveryRules { wait: Vec::new(), ..rules() },
    ] {
        let decided = town.decided(Govern::SetRecoveryRules(wrong));
        town.refuses(decided, Rejection::NotDecided);
    }
}

#[test]
fn state_15_a_case_is_filed_once_one_at_a_time_and_later_rules_do_not_move_it() {
    let mut town = town();
    let (old, new) = citizen(&mut town);
    let other = town.open(45);
    let filed = by_officers(&mut town, &[0, 1], filing(&old, &new, CASE));
    town.accepts(filed.clone());
    town.refuses(filed, Rejection::Replayed);
    let second = by_officers(&mut town, &[2, 3], filing(&old, &new, RecoveryCaseId::from_bytes([1; 32])));
    town.refuses(second, Rejection::UnderRecovery);
    let elsewhere = by_officers(&mut town, &[2, 3], filing(&other, &new, CASE));
    town.refuses(elsewhere, Rejection::CaseExists);
    let effective = custody(&town, &old).unwrap().recovery.unwrap().effective;
    let source = Text::new("a test").unwrap();
    let short = vec![Dated { from: beginning(), value: Seconds::new(3_600), source }];
    let decided = town.decided(Govern::SetRecoveryRules(RecoveryRules { wait: short, ..rules() }));
    town.accepts(decided);
    assert_eq!(custody(&town, &old).unwrap().recovery.unwrap().effective, effective);
    // Dropped, it is not filed again: there is a new case with a new file.
    let dropped = dismiss(&mut town, &old, &[0, 2]);
    town.accepts(dropped);
    let again = by_officers(&mut town, &[0, 1], filing(&old, &new, CASE));
    town.refuses(again, Rejection::CaseExists);
    let late = completion(&mut town, &new);
    town.refuses(late, Rejection::NoRecovery);
    let nobody =
        by_officers(&mut town, &[0, 1], filing(&Phone::new(46), &new, RecoveryCaseId::from_bytes([2; 32])));
    town.refuses(nobody, Rejection::NoAccount);
}

/// Two corrupt officers and somebody else's account: she has her phone, and other officers look again.
#[test]
fn state_17_officers_who_filed_a_case_do_not_uphold_it() {
    let mut town = town();
    let (owner, thief) = citizen(&mut town);
    file(&mut town, &[0, 1], &owner, &thief);
    let objected = objection(&mut town, &owner);
    town.accepts(objected.clone());
    town.refuses(objected, Rejection::Replayed);
    let at = UnixTime::from_seconds(town.time.seconds() - 2);
    assert_eq!(stage(&town, &owner), RecoveryStage::Objected { at });
    for numbers in [&[0, 1][..], &[0, 2], &[0, 1, 2, 3]] {
        let upheld = uphold(&mut town, &owner, numbers);
        town.refuses(upheld, Rejection::NotAgreed);
    }
    // However long it stands: nothing takes effect by itself, and the account stays as it was.
    town.wait(10 * WAIT);
    let done = completion(&mut town, &thief);
    town.refuses(done, Rejection::RecoveryTime);
    let spent = town.by_device(&owner, Action::Transfer(Transfer { to: thief.account, points: points(1) }));
    town.refuses(spent, Rejection::Nothing);
    let order = town.order(10, 0);
    let spent = town.by_device(&owner, Action::Hold(order));
    town.refuses(spent, Rejection::UnderRecovery);
    let dropped = dismiss(&mut town, &owner, &[2, 3]);
    town.accepts(dropped);
    town.held(&owner, 10, 0);
    assert_eq!(hands(&town.account(&owner)), (owner.pair(), owner.recovery.public(), Epoch::new(0)));
}

/// A thief with the phone, and with its hardware key: he objects once, and other officers stand by the citizen.
#[test]
fn state_16_a_thief_with_the_phone_does_not_veto_for_ever() {
    let mut town = town();
    let (stolen, new) = citizen(&mut town);
    file(&mut town, &[0, 1], &stolen, &new);
    // Malware with the key in memory alone objects to nothing.
    let action = Action::Custody(CustodyAction::Object { account: stolen.account, case: CASE });
    let one_key = town.by_device(&stolen, action);
    town.refuses(one_key, Rejection::Signature);
    let objected = objection(&mut town, &stolen);
    town.accepts(objected);
    let upheld = uphold(&mut town, &stolen, &[2, 3]);
    town.accepts(upheld);
    let effective = custody(&town, &stolen).unwrap().recovery.unwrap().effective;
    assert_eq!(effective, town.time.plus(Seconds::new(WAIT - 1)), "it waits once more");
    let objected = objection(&mut town, &stolen);
    town.refuses(objected, Rejection::RecoveryTime);
    let upheld = uphold(&mut town, &stolen, &[2, 3]);
    town.refuses(upheld, Rejection::RecoveryTime);
    let early = completion(&mut town, &new);
    town.refuses(early, Rejection::RecoveryTime);
    town.time = effective;
    let done = completion(&mut town, &new);
    town.accepts(done);
    assert_eq!(hands(&town.account(&new)), (new.pair(), new.recovery.public(), Epoch::new(1)));
}

/// A thief with the paper code lists a phone of his own and objects by it: once.
#[test]
fn state_16_a_thief_with_the_paper_code_does_not_veto_for_ever() {
    let mut town = town();
    let (old, new) = citizen(&mut town);
    file(&mut town, &[0, 1], &old, &new);
    let thief = old.successor(47);
    let replaced = town.recovery(&old, &thief);
    town.accepts(replaced);
    let order = town.order(10, 0);
    let spent = town.by_device(&thief, Action::Hold(order));
    town.refuses(spent, Rejection::UnderRecovery);
    let objected = objection(&mut town, &thief);
    town.accepts(objected);
    let upheld = uphold(&mut town, &old, &[2, 3]);
    town.accepts(upheld);
    // Freezing, unfreezing and listing yet another phone change nothing of the case.
    let frozen = freeze(&mut town, &old);
    town.accepts(frozen);
    let another = Phone { epoch: Epoch::new(2), ..old.successor(48) };
    let thawed = unfreeze_with(&mut town, &old, &another);
    town.accepts(thawed);
    let objected = objection(&mut town, &another);
    town.refuses(objected, Rejection::RecoveryTime);
    town.wait(WAIT);
    let new = Phone { epoch: Epoch::new(3), ..new };
    let done = completion(&mut town, &new);
    town.accepts(done);
    assert_eq!(hands(&town.account(&new)), (new.pair(), new.recovery.public(), Epoch::new(3)));
    let replaced = town.recovery(&old, &thief);
    town.refuses(replaced, Rejection::NotAllowed);
}

/// Each device that the paper code lists raises the epoch, and a completion names the one after it.
#[test]
fn state_16_a_thief_with_the_paper_code_does_not_keep_the_new_phone_out_of_a_case_that_has_taken_effect() {
    let mut town = town();
    let (old, new) = citizen(&mut town);
    file(&mut town, &[0, 1], &old, &new);
    let effective = custody(&town, &old).unwrap().recovery.unwrap().effective;
    town.time = UnixTime::from_seconds(effective.seconds() - 1);
    let thief = old.successor(47);
    let in_time = town.recovery(&old, &thief);
    town.accepts(in_time);
    assert_eq!(town.time, effective);
    let late = town.recovery(&old, &Phone { epoch: Epoch::new(2), ..old.successor(48) });
    town.refuses(late, Rejection::RecoveryTime);
    // Nor by the way over a freeze.
    let frozen = freeze(&mut town, &old);
    town.accepts(frozen);
    let late = unfreeze_with(&mut town, &old, &Phone { epoch: Epoch::new(2), ..old.successor(49) });
    town.refuses(late, Rejection::RecoveryTime);
    let new = Phone { epoch: Epoch::new(2), ..new };
    let done = completion(&mut town, &new);
    town.accepts(done);
    assert_eq!(hands(&town.account(&new)), (new.pair(), new.recovery.public(), Epoch::new(2)));
}

#[test]
fn state_16_a_frozen_device_is_not_heard_and_a_new_one_by_the_recovery_key_is() {
    let mut town = town();
    let (stolen, other) = citizen(&mut town);
    let frozen = freeze(&mut town, &stolen);
    town.accepts(frozen);
    // Corrupt officers file for somebody else while the owner looks for a new phone.
    file(&mut town, &[0, 1], &stolen, &other);
    let objected = objection(&mut town, &stolen);
    town.refuses(objected, Rejection::Frozen);
    let new = stolen.successor(49);
    let thawed = unfreeze_with(&mut town, &stolen, &new);
    town.accepts(thawed);
    let objected = objection(&mut town, &stolen);
    town.refuses(objected, Rejection::Fenced);
    let objected = objection(&mut town, &new);
    town.accepts(objected);
    town.wait(WAIT);
    let done = completion(&mut town, &Phone { epoch: Epoch::new(2), ..other });
    town.refuses(done, Rejection::RecoveryTime);
}

#[test]
fn state_16_an_objection_comes_before_the_case_takes_effect_and_is_of_this_case() {
    let mut town = town();
    let (old, new) = citizen(&mut town);
    let objected = objection(&mut town, &old);
    town.refuses(objected, Rejection::NoRecovery);
    file(&mut town, &[0, 1], &old, &new);
    let case = RecoveryCaseId::from_bytes([9; 32]);
    let action = Action::Custody(CustodyAction::Object { account: old.account, case });
    let another = town.by_device_cosigned(&old, action);
    town.refuses(another, Rejection::NoRecovery);
    town.time = custody(&town, &old).unwrap().recovery.unwrap().effective;
    let late = objection(&mut town, &old);
    town.refuses(late, Rejection::RecoveryTime);
    let done = completion(&mut town, &new);
    town.accepts(done);
}

#[test]
fn state_15_only_the_device_and_the_recovery_key_of_the_case_complete_it() {
    let mut town = town();
    let (old, new) = citizen(&mut town);
    file(&mut town, &[0, 1], &old, &new);
    town.wait(WAIT);
    let thief = Phone { account: old.account, epoch: Epoch::new(1), ..Phone::new(61) };
    let theft = completion(&mut town, &thief);
    town.refuses(theft, Rejection::NotAllowed);
    let other_code = Phone { recovery: thief.recovery.clone(), ..new.clone() };
    let theft = completion(&mut town, &other_code);
    town.refuses(theft, Rejection::NotAllowed);
    for epoch in [0, 2] {
        let wrong = completion(&mut town, &Phone { epoch: Epoch::new(epoch), ..new.clone() });
        town.refuses(wrong, Rejection::NotAllowed);
    }
    // A signature short: that of the hardware, that of the recovery key.
    let recovery = new.recovery.public();
    let action = Action::Custody(CustodyAction::Complete { account: new.account, case: CASE, recovery });
    let body = town.body(new.signer(), action);
    let (first, hardware, code): (Sign<'_>, Sign<'_>, Sign<'_>) = (
        &|bytes| new.key.sign(Label::Transaction, bytes),
        &|bytes| new.hardware.sign(Label::Transaction, bytes).unwrap(),
        &|bytes| new.recovery.sign(Label::Transaction, bytes),
    );
    for short in [&[first][..], &[first, hardware], &[first, code], &[first, hardware, first]] {
        town.refuses(sign(&body, short), Rejection::Signature);
    }
    town.accepts(sign(&body, &[first, hardware, code]));
}

#[test]
fn custody_is_acted_on_by_whom_it_is_for_alone() {
    let mut town = town();
    let (old, new) = citizen(&mut town);
    let officer = Service::new(Role::RecoveryOfficer, 50);
    let alone = town.by_party(&officer, Action::Custody(filing(&old, &new, CASE)));
    town.refuses(alone, Rejection::NotAllowed);
    let by_device = town.by_device_cosigned(&old, Action::Custody(filing(&old, &new, CASE)));
    town.refuses(by_device, Rejection::NotAllowed);
    let freezing = Action::Custody(CustodyAction::Freeze { account: old.account });
    let keys = officers(&[0, 1]);
    let frozen = town.by_several(&keys.iter().collect::<Vec<_>>(), freezing, &[]);
    town.refuses(frozen, Rejection::NotAllowed);
    // The signer's account is the action's.
    file(&mut town, &[0, 1], &old, &new);
    let friend = town.open(41);
    let action = Action::Custody(CustodyAction::Object { account: old.account, case: CASE });
    let objected = town.by_device_cosigned(&friend, action);
    town.refuses(objected, Rejection::NotAllowed);
    // Keys that prove nothing are not filed.
    let identity = citizen_keys::PublicKey::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
    let weak = FileRecovery {
        account: old.account,
        case: RecoveryCaseId::from_bytes([3; 32]),
        device: new.pair(),
        recovery: identity,
    };
    let filed = by_officers(&mut town, &[0, 1], CustodyAction::File(Box::new(weak)));
    town.refuses(filed, Rejection::WeakKey);
}
