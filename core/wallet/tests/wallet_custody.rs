//! A phone or a code is lost: the account is frozen, goes on, and the phone objects to a recovery that is not hers.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used)]

mod support;

use citizen_coin::EntryKind;
use citizen_wallet::error::{Input, Party, Reason};
use citizen_wallet::view::SubmissionView;
use citizen_wallet::{AccountId, Coins, Limits, Points, RecoveryCode, Wallet, WalletError, Won};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::phone::{PIN, pay, scan};
use support::{Gateway, Phone};

fn refused(reason: Reason) -> WalletError {
    WalletError::Refused { by: Party::Ledger, reason }
}

async fn settled(wallet: &Wallet, sent: SubmissionView) -> SubmissionView {
    wallet.follow_submission(sent.id()).await.unwrap()
}

/// Whatever the citizen may order, and how the phone answers.
async fn must_refuse(wallet: &Wallet, reason: Reason) {
    let expected = refused(reason);
    let code = scan(wallet).await;
    let payment = wallet.review_payment(&code, Won::new(500).ok(), Coins::First).await;
    assert_eq!(payment.map(drop).unwrap_err(), expected, "a payment");
    let redemption = wallet.review_redemption(Points::new(10_000).unwrap()).await;
    assert_eq!(redemption.map(drop).unwrap_err(), expected, "a redemption");
    let shown = wallet.review_code(Won::new(5_000).unwrap(), Coins::First).await;
    assert_eq!(shown.map(drop).unwrap_err(), expected, "a code to show");
    let limit = Won::new(1).unwrap();
    let limits = Limits { per_payment: limit, per_day: limit, per_month: limit };
    assert_eq!(wallet.set_limits(Some(limits)).await.map(drop).unwrap_err(), expected, "limits");
}

#[tokio::test]
async fn wallet_17_a_frozen_account_orders_nothing_until_the_code_lets_it_go_on() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    let free = wallet.custody().await.unwrap();
    assert_eq!((*free.state(), *free.is_frozen(), *free.can_object()), ("free", false, false));
    let another = wallet.generate_recovery_code().unwrap();
    let wrong = WalletError::Invalid { input: Input::RecoveryCode };
    assert_eq!(wallet.freeze(&another).await.unwrap_err(), wrong);
    assert_eq!(wallet.unfreeze(&code).await.unwrap_err(), refused(Reason::Nothing));

    let sent = wallet.freeze(&code).await.unwrap();
    assert_eq!((*sent.kind(), *sent.state()), ("freeze", "sent"));
    let done = settled(&wallet, sent).await;
    assert!(done.is_done() && done.text().ko.contains("멈췄"));
    let frozen = wallet.custody().await.unwrap();
    assert_eq!((*frozen.state(), *frozen.is_frozen()), ("frozen", true));
    must_refuse(&wallet, Reason::Frozen).await;
    assert_eq!(wallet.freeze(&code).await.unwrap_err(), refused(Reason::Frozen));
    assert_eq!(wallet.balance().await.unwrap().points().points().amount(), 10_000, "it can still show");

    let sent = wallet.unfreeze(&code).await.unwrap();
    assert!(settled(&wallet, sent).await.is_done());
    assert_eq!(*wallet.custody().await.unwrap().state(), "free");
    pay(&wallet, 500, 500).await;
    let history = wallet.history().await.unwrap();
    let kinds: Vec<_> = history.entries().iter().map(|entry| *entry.kind()).collect();
    assert_eq!(kinds[2..4], ["frozen", "unfrozen"]);
}

#[tokio::test]
async fn wallet_17_a_freeze_whose_answer_was_lost_is_sent_again_in_the_same_bytes() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    gateway.lie(|path, body| if path == "ledger/transactions" { b"lost".to_vec() } else { body });
    assert_eq!(*wallet.freeze(&code).await.unwrap().state(), "sent");
    drop(wallet);
    gateway.be_honest();
    let wallet = phone.reopen().unwrap();
    wallet.sync().await.unwrap();
    assert_eq!(*wallet.custody().await.unwrap().state(), "frozen");
    let frozen = gateway.town(|town| {
        let entries = town.accounts.values().flat_map(|(_, entries)| entries);
        entries.filter(|entry| entry.kind == EntryKind::Frozen).count()
    });
    assert_eq!(frozen, 1);
}

#[tokio::test]
async fn wallet_17_a_frozen_account_goes_on_with_the_restored_phone_in_one_step() {
    let gateway = Gateway::new();
    let stolen = Phone::new(&gateway, 1);
    let (wallet, code) = stolen.with_points().await;
    let backup = wallet.backup(&code).unwrap();
    let sent = wallet.freeze(&code).await.unwrap();
    settled(&wallet, sent).await;

    let new = Phone::new(&gateway, 2);
    let (restored, account) = Wallet::restore(new.config(), &backup, &code, PIN).await.unwrap();
    assert_eq!(*account.epoch(), 1);
    assert_eq!(*restored.custody().await.unwrap().state(), "free");
    let causes = gateway.town(|town| {
        let (_, entries) = &town.accounts[account.account()];
        entries.iter().rev().take(2).map(|entry| entry.cause).collect::<Vec<_>>()
    });
    assert_eq!(causes[0], causes[1], "one transaction let it go on and listed the new phone");
    let code = scan(&wallet).await;
    let theft = wallet.review_payment(&code, Won::new(500).ok(), Coins::First).await;
    assert!(matches!(theft, Err(WalletError::Fenced { .. })), "{theft:?}");
    pay(&restored, 500, 500).await;
}

/// A phone that was lost, with her code on paper and her account; then another phone.
async fn lost(gateway: &Arc<Gateway>, seed: u64) -> (RecoveryCode, AccountId, Phone) {
    let (wallet, code) = Phone::new(gateway, seed).with_points().await;
    let account = *wallet.account().unwrap().account();
    (code, account, Phone::new(gateway, seed + 1))
}

fn is_frozen(gateway: &Gateway, account: &AccountId) -> bool {
    gateway.town(|town| town.custody.get(account).is_some_and(|custody| custody.frozen.is_some()))
}

#[tokio::test]
async fn wallet_30_a_lost_phones_account_is_frozen_by_its_code_from_a_wallet_without_an_account() {
    let gateway = Gateway::new();
    let (code, account, new) = lost(&gateway, 1).await;
    let (friend, unused) = new.create();
    let nobodys = WalletError::Invalid { input: Input::RecoveryCode };
    assert_eq!(friend.freeze(&unused).await.unwrap_err(), nobodys, "a code that no account lists");

    let sent = friend.freeze(&code).await.unwrap();
    assert_eq!((*sent.kind(), *sent.state()), ("freeze-elsewhere", "sent"));
    let done = settled(&friend, sent).await;
    assert!(done.is_done() && done.text().ko.contains("멈췄") && done.verified().is_some());
    assert!(is_frozen(&gateway, &account));
    assert_eq!(friend.submissions().unwrap().len(), 1);
    assert_eq!(friend.activity().unwrap().len(), 0, "it is not this phone's account");
    assert_eq!(friend.freeze(&code).await.unwrap_err(), refused(Reason::Frozen), "once is enough");
}

#[tokio::test]
async fn wallet_30_a_friends_phone_freezes_the_account_of_the_code_and_never_its_own() {
    let gateway = Gateway::new();
    let (code, account, phone) = lost(&gateway, 1).await;
    let (friend, own) = phone.with_points().await;
    let sent = friend.freeze(&code).await.unwrap();
    assert!(settled(&friend, sent).await.is_done());
    assert!(is_frozen(&gateway, &account));
    assert_eq!(*friend.custody().await.unwrap().state(), "free");
    pay(&friend, 500, 500).await;
    assert_eq!(*friend.freeze(&own).await.unwrap().kind(), "freeze");
}

#[tokio::test]
async fn wallet_30_a_gateway_that_names_another_account_gets_nothing_signed() {
    let gateway = Gateway::new();
    let (code, account, phone) = lost(&gateway, 1).await;
    let (_, another, _) = lost(&gateway, 11).await;
    let (friend, _) = phone.create();
    let wrong = serde_json::json!({ "accounts": [another.to_hex(), "11".repeat(32)] }).to_string();
    gateway.lie(move |path, body| match path.starts_with("ledger/recovery-keys/") {
        true => wrong.clone().into_bytes(),
        false => body,
    });
    let refused = friend.freeze(&code).await.unwrap_err();
    assert!(matches!(refused, WalletError::Unverified { .. }), "{refused:?}");
    assert!(friend.submissions().unwrap().is_empty());
    assert!(!is_frozen(&gateway, &another) && !is_frozen(&gateway, &account));
}

#[tokio::test]
async fn wallet_30_a_freeze_from_another_phone_is_sent_until_it_is_proved() {
    let gateway = Gateway::new();
    let (code, account, phone) = lost(&gateway, 1).await;
    let (friend, _) = phone.create();
    let deaf = Arc::new(AtomicBool::new(true));
    let hears = Arc::clone(&deaf);
    let nowhere = move |_: &Gateway, path: &str, _: Option<&str>, _: &[u8]| {
        (path == "ledger/transactions" && hears.load(Ordering::SeqCst)).then(|| (200, b"lost".to_vec()))
    };
    assert!(gateway.others.set(Box::new(nowhere)).is_ok());
    let sent = friend.freeze(&code).await.unwrap();
    drop(friend);
    let friend = phone.reopen().unwrap();
    assert_eq!(*friend.advance_submission(sent.id()).await.unwrap().state(), "sent");
    assert!(!is_frozen(&gateway, &account));
    deaf.store(false, Ordering::SeqCst);
    assert!(settled(&friend, sent).await.is_done());
    assert!(is_frozen(&gateway, &account));
}

#[tokio::test]
async fn wallet_17_the_phone_objects_to_a_recovery_that_is_not_hers() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    assert_eq!(wallet.object_to_recovery().await.unwrap_err(), refused(Reason::NoRecovery));
    let account = *wallet.account().unwrap().account();
    gateway.town(|town| town.file(account, 72 * 3_600));
    let waiting = wallet.custody().await.unwrap();
    assert_eq!((*waiting.state(), *waiting.is_frozen()), ("recovery-waiting", false));
    assert!(*waiting.can_object() && waiting.effective().is_some());
    must_refuse(&wallet, Reason::UnderRecovery).await;
    let sent = wallet.object_to_recovery().await.unwrap();
    assert!(settled(&wallet, sent).await.is_done());
    let objected = wallet.custody().await.unwrap();
    assert_eq!((*objected.state(), *objected.can_object()), ("recovery-objected", false));
    assert_eq!(wallet.object_to_recovery().await.unwrap_err(), refused(Reason::RecoveryTime));
}

#[tokio::test]
async fn wallet_17_a_frozen_phone_is_told_that_it_cannot_object() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    let sent = wallet.freeze(&code).await.unwrap();
    settled(&wallet, sent).await;
    let account = *wallet.account().unwrap().account();
    gateway.town(|town| town.file(account, 72 * 3_600));
    let shown = wallet.custody().await.unwrap();
    assert_eq!((*shown.state(), *shown.is_frozen(), *shown.can_object()), ("recovery-waiting", true, false));
    assert_eq!(wallet.object_to_recovery().await.unwrap_err(), refused(Reason::Frozen));
}

#[tokio::test]
async fn wallet_18_a_new_key_of_the_card_takes_the_old_ones_place_and_the_phone_goes_on_with_it() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    let before = wallet.card().await.unwrap();
    assert_eq!((*before.standing(), *before.epoch(), *before.is_listed()), ("active", 0, true));
    assert!(before.did().starts_with("did:jwk:"));
    let listed = |gateway: &Gateway| gateway.town(|town| town.accounts[before.account()].0.device);
    let old = listed(&gateway);

    let after = wallet.rotate_card().await.unwrap();
    let new = listed(&gateway);
    assert!(old.ed25519() != new.ed25519() && old.p256() != new.p256(), "both keys are new");
    assert_eq!((*after.standing(), *after.epoch()), ("active", 1));
    assert_ne!(after.thumbprint(), before.thumbprint());
    pay(&wallet, 500, 500).await;
    drop(wallet);

    let wallet = phone.reopen().unwrap();
    assert_eq!(wallet.card().await.unwrap().thumbprint(), after.thumbprint());
    // And again, from a key that was changed before.
    assert_eq!(*wallet.rotate_card().await.unwrap().epoch(), 2);
    pay(&wallet, 500, 500).await;
    let sent = wallet.freeze(&code).await.unwrap();
    settled(&wallet, sent).await;
    assert_eq!(*wallet.card().await.unwrap().standing(), "frozen");
    assert_eq!(wallet.rotate_card().await.unwrap_err(), refused(Reason::Frozen));
    assert!(wallet.activity().unwrap().iter().any(|line| line.text().en.contains("key was changed")));
}

#[tokio::test]
async fn wallet_18_a_change_of_key_whose_answer_was_lost_is_found_by_the_next_start() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    let before = wallet.card().await.unwrap();
    // It arrives, and nothing comes back from then on.
    gateway.lie(|path, body| if path.starts_with("ledger/") { b"lost".to_vec() } else { body });
    assert!(wallet.rotate_card().await.is_err());
    drop(wallet);
    gateway.be_honest();
    let wallet = phone.reopen().unwrap();
    assert_eq!(wallet.card().await.unwrap().thumbprint(), before.thumbprint(), "nothing was sent");
    gateway.lie(|path, body| if path == "ledger/transactions" { b"lost".to_vec() } else { body });
    drop(wallet.rotate_card().await);
    drop(wallet);
    gateway.be_honest();
    let wallet = phone.reopen().unwrap();
    wallet.sync().await.unwrap();
    let card = wallet.card().await.unwrap();
    assert_eq!((*card.standing(), *card.epoch()), ("active", 1));
    assert_ne!(card.thumbprint(), before.thumbprint());
    pay(&wallet, 500, 500).await;
}

/// It arrives, and from then on no state comes: the phone does not know that the ledger lists its new key.
#[tokio::test]
async fn wallet_24_a_change_of_key_that_was_cut_off_is_this_phones_as_soon_as_the_ledger_shows_it() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    let before = wallet.card().await.unwrap();
    let is_sent = AtomicBool::new(false);
    gateway.lie(move |path, body| {
        is_sent.fetch_or(path == "ledger/transactions", Ordering::SeqCst);
        if is_sent.load(Ordering::SeqCst) { b"lost".to_vec() } else { body }
    });
    assert!(wallet.rotate_card().await.is_err());
    gateway.be_honest();
    // Neither takes the new key up: that the next order or sync does.
    for _ in 0..2 {
        let card = wallet.card().await.unwrap();
        assert_eq!((*card.standing(), *card.is_listed(), *card.epoch()), ("active", true, 1));
        assert!(card.did() != before.did() && card.thumbprint() != before.thumbprint());
        assert_eq!(*wallet.custody().await.unwrap().state(), "free");
        assert_eq!(*wallet.account().unwrap().epoch(), 0);
    }
    wallet.sync().await.unwrap();
    assert_eq!((*wallet.account().unwrap().epoch(), *wallet.card().await.unwrap().epoch()), (1, 1));
    pay(&wallet, 500, 500).await;
}

#[tokio::test]
async fn wallet_18_a_phone_that_was_replaced_changes_no_key() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    let backup = wallet.backup(&code).unwrap();
    let new = Phone::new(&gateway, 2);
    Wallet::restore(new.config(), &backup, &code, PIN).await.unwrap();
    assert!(matches!(wallet.rotate_card().await, Err(WalletError::Fenced { .. })));
    assert_eq!(*wallet.card().await.unwrap().standing(), "replaced");
}
