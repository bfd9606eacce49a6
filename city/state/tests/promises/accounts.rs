//! Accounts: opened, fenced, taken over.

use crate::support::town::sign;
use crate::support::{Phone, Town, points, won};
use citizen_coin::{EntryKind, Epoch};
use citizen_ledger::{Action, OpenAccount, Rejection, ReplaceDevice, Signer, Transfer};
use citizen_primitives::Label;

fn replacement(old: &Phone, new: &Phone) -> Action {
    Action::ReplaceDevice(ReplaceDevice { account: old.account, device: new.pair() })
}

#[test]
fn an_account_is_opened_once_under_the_digest_of_its_keys() {
    let mut town = Town::new();
    let phone = town.open(40);
    assert_eq!(town.account(&phone).device, phone.pair());
    assert_eq!(town.happened(&phone), [EntryKind::Opened]);
    let again = town.opening(&phone);
    town.refuses(again, Rejection::AccountExists);
    // Another salt names another account.
    let salted = OpenAccount { salt: [8; 16], ..phone.opening() };
    let body = town.body(Signer::Opening, Action::OpenAccount(salted));
    let transaction = sign(
        &body,
        &[
            &|bytes| phone.key.sign(Label::Transaction, bytes),
            &|bytes| phone.hardware.sign(Label::Transaction, bytes).unwrap(),
            &|bytes| phone.recovery.sign(Label::Transaction, bytes),
        ],
    );
    town.accepts(transaction);
}

#[test]
fn an_account_that_does_not_exist_neither_gives_nor_takes() {
    let mut town = Town::new();
    let (phone, nobody) = (town.open(40), Phone::new(41));
    let from_nobody =
        town.by_device(&nobody, Action::Transfer(Transfer { to: phone.account, points: points(1) }));
    town.refuses(from_nobody, Rejection::NoAccount);
    let grant = town.grant("tax", &nobody, 5);
    let grant = town.by_treasury(Action::Grant(grant));
    town.refuses(grant, Rejection::NoAccount);
    town.earn(&phone, 10);
    let to_nobody =
        town.by_device(&phone, Action::Transfer(Transfer { to: nobody.account, points: points(1) }));
    town.refuses(to_nobody, Rejection::NoAccount);
    assert_eq!(town.spendable(&phone), 10);
}

#[test]
fn state_6_the_recovery_key_lists_another_device_and_the_epoch_rises() {
    let mut town = Town::new();
    let old = town.open(40);
    let new = old.successor(41);
    let recovery = town.recovery(&old, &new);
    town.accepts(recovery);
    let record = town.account(&new);
    assert_eq!((record.device, record.epoch), (new.pair(), Epoch::new(1)));
    assert_eq!(town.happened(&new), [EntryKind::Opened, EntryKind::DeviceReplaced { epoch: Epoch::new(1) }]);
}

#[test]
fn state_6_another_accounts_recovery_key_replaces_nothing() {
    let mut town = Town::new();
    let (victim, thief) = (town.open(40), town.open(41));
    let stranger = Phone { recovery: thief.recovery.clone(), ..victim.clone() };
    let theft = town.recovery(&stranger, &Phone::new(42));
    town.refuses(theft, Rejection::NotAllowed);
    assert_eq!(town.account(&victim).device, victim.pair());
}

#[test]
fn state_6_both_current_keys_together_list_another_device_and_one_alone_does_not() {
    let mut town = Town::new();
    let old = town.open(40);
    let new = old.successor(41);
    let body = town.body(old.signer(), replacement(&old, &new));
    let current = |bytes: &[u8]| old.key.sign(Label::Transaction, bytes);
    let hardware = |bytes: &[u8]| old.hardware.sign(Label::Transaction, bytes).unwrap();
    let coming = |bytes: &[u8]| new.key.sign(Label::Transaction, bytes);
    let coming_hardware = |bytes: &[u8]| new.hardware.sign(Label::Transaction, bytes).unwrap();
    town.refuses(sign(&body, &[&current]), Rejection::Signature);
    town.refuses(sign(&body, &[&current, &coming, &coming_hardware]), Rejection::Signature);
    town.refuses(sign(&body, &[&current, &hardware, &hardware, &coming_hardware]), Rejection::Signature);
    town.accepts(sign(&body, &[&current, &hardware, &coming, &coming_hardware]));
    assert_eq!(town.account(&new).device, new.pair());
}

#[test]
fn state_5_and_6_a_fenced_device_cannot_take_the_account_back() {
    let mut town = Town::new();
    let old = town.open(40);
    let new = old.successor(41);
    let recovery = town.recovery(&old, &new);
    town.accepts(recovery);
    let body = town.body(old.signer(), replacement(&old, &old));
    let back = sign(
        &body,
        &[
            &|bytes| old.key.sign(Label::Transaction, bytes),
            &|bytes| old.hardware.sign(Label::Transaction, bytes).unwrap(),
            &|bytes| old.key.sign(Label::Transaction, bytes),
            &|bytes| old.hardware.sign(Label::Transaction, bytes).unwrap(),
        ],
    );
    town.refuses(back, Rejection::Fenced);
}

#[test]
fn state_5_the_fenced_phones_orders_are_refused_won_only_too() {
    let mut town = Town::new();
    let (old, friend) = (town.open(40), town.open(42));
    town.earn(&old, 100);
    let new = old.successor(41);
    let recovery = town.recovery(&old, &new);
    town.accepts(recovery);
    let give = Action::Transfer(Transfer { to: friend.account, points: points(10) });
    for phone in
        [&old, &Phone { epoch: new.epoch, ..old.clone() }, &Phone { epoch: old.epoch, ..new.clone() }]
    {
        let transfer = town.by_device(phone, give.clone());
        town.refuses(transfer, Rejection::Fenced);
        let won_only = town.order(0, 7_000);
        let won_only = town.by_device(phone, Action::Hold(won_only));
        town.refuses(won_only, Rejection::Fenced);
    }
    let transfer = town.by_device(&new, give);
    town.accepts(transfer);
}

#[test]
fn state_5_a_stranger_who_signs_with_her_own_keys_acts_for_nobody() {
    let mut town = Town::new();
    let (victim, thief) = (town.open(40), town.open(41));
    town.earn(&victim, 100);
    let disguised = Phone { account: victim.account, ..thief.clone() };
    let give = Action::Transfer(Transfer { to: thief.account, points: points(10) });
    let theft = town.by_device(&disguised, give.clone());
    town.refuses(theft, Rejection::Fenced);
    // The victim's keys named, the thief's signature.
    let body = town.body(victim.signer(), give);
    town.refuses(sign(&body, &[&|bytes| thief.key.sign(Label::Transaction, bytes)]), Rejection::Signature);
}

#[test]
fn state_7_above_the_dated_limit_the_hardware_key_has_signed_too() {
    let mut town = Town::new();
    let (phone, friend) = (town.open(40), town.open(41));
    town.earn(&phone, 200_000);
    let give = |amount| Action::Transfer(Transfer { to: friend.account, points: points(amount) });
    let at_the_limit = town.by_device(&phone, give(50_000));
    town.accepts(at_the_limit);
    let above = town.by_device(&phone, give(50_001));
    town.refuses(above, Rejection::CosignatureNeeded);
    let cosigned = town.by_device_cosigned(&phone, give(50_001));
    town.accepts(cosigned);
    // From the new year on the limit is 10,000.
    town.wait_for(2027, 1);
    let in_between = town.by_device(&phone, give(10_001));
    town.refuses(in_between, Rejection::CosignatureNeeded);
}

#[test]
fn state_7_the_limit_counts_points_and_won_of_an_order_together() {
    let mut town = Town::new();
    let phone = town.open(40);
    town.earn(&phone, 30_000);
    let order = town.order(30_000, 20_001);
    let alone = town.by_device(&phone, Action::Hold(order.clone()));
    town.refuses(alone, Rejection::CosignatureNeeded);
    let cosigned = town.by_device_cosigned(&phone, Action::Hold(order.clone()));
    town.accepts(cosigned);
    assert_eq!(town.payment(&order.payment).lots.total().unwrap(), points(30_000));
    // A sum above all amounts is no sum.
    let mut order = town.order(1, 0);
    order.won = won(citizen_primitives::amount::LARGEST);
    let too_large = town.by_device_cosigned(&phone, Action::Hold(order));
    town.refuses(too_large, Rejection::Amount);
}

#[test]
fn a_key_of_small_order_opens_no_account() {
    let mut town = Town::new();
    let phone = Phone::new(40);
    // The identity: under ZIP-215 every signature of a certain form verifies, whatever was signed.
    let identity = citizen_keys::PublicKey::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
    let anything = citizen_keys::Signature::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
    let open = OpenAccount { recovery: identity, ..phone.opening() };
    let body = town.body(Signer::Opening, Action::OpenAccount(open));
    let transaction = sign(
        &body,
        &[
            &|bytes| phone.key.sign(Label::Transaction, bytes),
            &|bytes| phone.hardware.sign(Label::Transaction, bytes).unwrap(),
            &|_| anything,
        ],
    );
    town.refuses(transaction, Rejection::WeakKey);
}
