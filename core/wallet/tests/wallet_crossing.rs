//! A change of the card's key, and everything that may come in between: another call at the same time, a kill, a lock, a full store. Whatever
//! it is, the wallet unlocks afterwards and pays with the key that the ledger lists.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, unreachable_pub)]

#[allow(dead_code, reason = "the cards use more of it")]
#[path = "votes/cut.rs"]
mod cut;
mod support;

use citizen_primitives::Place;
use citizen_store::{ChangeSet, LockedStore, Row, Table};
use citizen_wallet::{Claim, StorePlace, Wallet, WalletConfig, WalletError, place};
use cut::{Cut, CutStore, CutTransport, When};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use support::lanes::{Lanes, Order, TO_ITS_END};
use support::phone::{PIN, pay};
use support::watched::Act;
use support::{Gateway, Phone};

/// What an app may call at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Rotate,
    Sync,
    Balance,
    Card,
    Limits,
}

impl Call {
    async fn run(self, wallet: &Wallet) -> Result<(), WalletError> {
        match self {
            Self::Rotate => wallet.rotate_card().await.map(drop),
            Self::Sync => wallet.sync().await.map(drop),
            Self::Balance => wallet.balance().await.map(drop),
            Self::Card => {
                let card = wallet.card().await?;
                assert_eq!((*card.standing(), *card.is_listed()), ("active", true), "another phone's");
                Ok(())
            }
            Self::Limits => wallet.limits().await.map(drop),
        }
    }
}

fn locked(phone: &Phone) -> Box<dyn LockedStore> {
    Box::new(phone.disk.open().unwrap())
}

fn unlock(config: WalletConfig) -> Wallet {
    Wallet::open(config).unwrap().unlock(PIN).unwrap()
}

/// A wallet whose calls cross.
fn in_lanes(phone: &Phone) -> (Wallet, Arc<Lanes>) {
    let mut config = phone.config();
    let lanes = Lanes::new(Arc::clone(&config.transport));
    config.transport = Arc::<Lanes>::clone(&lanes);
    (unlock(config), lanes)
}

/// A wallet that dies.
fn cut_wallet(phone: &Phone, cut: &Arc<Cut>) -> Wallet {
    let store = StorePlace::Opened(Box::new(CutStore(Arc::clone(cut), locked(phone))));
    let mut config = phone.config_in(store);
    config.transport = Arc::new(CutTransport(Arc::clone(cut), Arc::clone(&config.transport)));
    unlock(config)
}

/// A phone whose key was changed once; so the next change has an old key to remove.
async fn changed_once() -> (Arc<Gateway>, Phone) {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.with_points().await;
    wallet.rotate_card().await.unwrap();
    assert_eq!(phone.keys.card_keys(), 1);
    (gateway, phone)
}

/// As [`changed_once`], and another change has reached the ledger, which the phone does not know yet.
async fn cut_off() -> (Arc<Gateway>, Phone) {
    let (gateway, phone) = changed_once().await;
    let wallet = phone.reopen().unwrap();
    let is_sent = AtomicBool::new(false);
    gateway.lie(move |path, body| {
        is_sent.fetch_or(path == "ledger/transactions", Ordering::SeqCst);
        if is_sent.load(Ordering::SeqCst) { b"lost".to_vec() } else { body }
    });
    assert!(wallet.rotate_card().await.is_err());
    gateway.be_honest();
    (gateway, phone)
}

/// Unlocks, is listed, pays above the limit that both keys sign for, and has no key but the one in force.
async fn goes_on(phone: &Phone, told: &str) {
    let wallet = phone.reopen().unwrap_or_else(|error| panic!("{told}: not unlocked: {error:?}"));
    wallet.sync().await.unwrap_or_else(|error| panic!("{told}: {error:?}"));
    let card = wallet.card().await.unwrap();
    assert_eq!((*card.standing(), *card.is_listed()), ("active", true), "{told}");
    assert_eq!(wallet.account().unwrap().epoch(), card.epoch(), "{told}");
    pay(&wallet, 60_000, 500).await;
    wallet.sync().await.unwrap();
    assert_eq!(phone.keys.card_keys(), 1, "{told}: keys");
}

/// Two calls in each order in which one is stopped once, for every place where it can be, and in some in which both are.
async fn crossing(calls: [Call; 2]) {
    let mut orders = 0;
    for first in [0, 1] {
        for others_turns in [TO_ITS_END, 1, 3] {
            for turns in 0.. {
                let order = Order { first, turns, others_turns };
                let told = format!("{calls:?} {order:?}");
                let (_gateway, phone) = cut_off().await;
                let (wallet, lanes) = in_lanes(&phone);
                let [a, b] = calls;
                let (a, b) = lanes.cross(order, a.run(&wallet), b.run(&wallet)).await;
                a.unwrap_or_else(|error| panic!("{told}: {error:?}"));
                b.unwrap_or_else(|error| panic!("{told}: {error:?}"));
                let changes = wallet.activity().unwrap();
                let changes =
                    changes.iter().filter(|line| line.text().en.contains("key was changed")).count();
                let wanted = 2 + calls.iter().filter(|call| **call == Call::Rotate).count();
                assert!(changes <= wanted, "{told}: told {changes} times");
                drop(wallet);
                goes_on(&phone, &told).await;
                orders += 1;
                if lanes.turns()[first] <= turns {
                    break;
                }
            }
        }
    }
    assert!(orders > 20, "{orders} orders of {calls:?}");
}

#[tokio::test]
async fn wallet_33_two_looks_at_the_account_at_once_take_a_changed_key_up_and_fence_nobody() {
    crossing([Call::Balance, Call::Balance]).await;
}

#[tokio::test]
async fn wallet_33_a_balance_and_a_sync_at_once_take_a_changed_key_up_and_fence_nobody() {
    crossing([Call::Sync, Call::Balance]).await;
}

#[tokio::test]
async fn wallet_33_a_change_of_key_and_a_sync_at_once_leave_the_key_that_the_ledger_lists() {
    crossing([Call::Rotate, Call::Sync]).await;
}

#[tokio::test]
async fn wallet_33_a_change_of_key_and_a_balance_at_once_leave_the_key_that_the_ledger_lists() {
    crossing([Call::Rotate, Call::Balance]).await;
}

#[tokio::test]
async fn wallet_33_what_is_shown_and_reviewed_while_the_key_changes_says_nothing_of_another_phone() {
    crossing([Call::Rotate, Call::Card]).await;
    crossing([Call::Rotate, Call::Limits]).await;
    crossing([Call::Sync, Call::Limits]).await;
}

/// A look at the account was asked for before the change and answered after it.
#[tokio::test]
async fn wallet_33_an_answer_from_before_a_change_of_key_fences_nobody() {
    let (gateway, phone) = changed_once().await;
    for turns in 0..6 {
        let (wallet, lanes) = in_lanes(&phone);
        let order = Order { first: 0, turns, others_turns: TO_ITS_END };
        let (balance, rotated) = lanes.cross(order, wallet.balance(), wallet.rotate_card()).await;
        balance.unwrap();
        assert_eq!(*rotated.unwrap().standing(), "active");
        assert!(wallet.account().is_ok());
        drop(wallet);
        goes_on(&phone, &format!("{turns} turns")).await;
        gateway.town(|town| town.at_bank = support::ledger::won(100_000));
    }
}

#[tokio::test]
async fn wallet_34_a_phone_killed_at_any_commit_of_a_change_unlocks_and_goes_on_with_the_listed_key() {
    let commits = [(place::OUTBOX_ACCOUNT, 3), (place::ACCOUNT_OPEN, 1), (place::SEND_ACCOUNT, 1)];
    for (place, visits) in commits {
        for visit in 0..visits {
            for when in [When::Before, When::After] {
                let told = format!("{place} {visit} {when:?}");
                let (_gateway, phone) = changed_once().await;
                let cut = Cut::at_visit(visit, place, when);
                let wallet = cut_wallet(&phone, &cut);
                drop(wallet.rotate_card().await);
                assert!(cut.is_dead(), "{told}: not visited");
                drop(wallet);
                goes_on(&phone, &told).await;
                let wallet = phone.reopen().unwrap();
                wallet.rotate_card().await.unwrap();
                assert_eq!(phone.keys.card_keys(), 1, "{told}");
            }
        }
    }
}

/// Killed where a change that the ledger lists is taken up by a look at the account.
#[tokio::test]
async fn wallet_34_a_phone_killed_while_it_takes_a_changed_key_up_removes_the_old_one_later() {
    for (place, when) in [
        (place::SYNC, When::Before),
        (place::SYNC, When::After),
        (place::OUTBOX_ACCOUNT, When::Before),
        (place::OUTBOX_ACCOUNT, When::After),
    ] {
        let (_gateway, phone) = cut_off().await;
        assert_eq!(phone.keys.card_keys(), 2);
        let cut = Cut::at(place, when);
        let wallet = cut_wallet(&phone, &cut);
        drop(wallet.balance().await);
        assert!(cut.is_dead(), "{place} {when:?}: not visited");
        drop(wallet);
        goes_on(&phone, &format!("{place} {when:?}")).await;
    }
}

#[tokio::test]
async fn wallet_34_a_look_at_the_account_that_takes_a_changed_key_up_removes_the_old_one() {
    let (_gateway, phone) = cut_off().await;
    assert_eq!(phone.keys.card_keys(), 2);
    let wallet = phone.reopen().unwrap();
    wallet.balance().await.unwrap();
    assert_eq!(phone.keys.card_keys(), 1);
    assert!(wallet.account().is_ok());
}

/// Nothing that is sent arrives.
fn be_deaf(gateway: &Gateway) {
    gateway
        .others
        .set(Box::new(|_, path, _, _| (path == "ledger/transactions").then(|| (200, b"lost".to_vec()))))
        .ok();
}

/// What is sent is kept from the ledger, until its last height has passed: the change is dropped.
async fn expired(cut: &Arc<Cut>, told: &str, wants_to_die: bool) {
    let (gateway, phone) = changed_once().await;
    be_deaf(&gateway);
    let wallet = cut_wallet(&phone, cut);
    assert!(wallet.rotate_card().await.is_err(), "{told}");
    // One answer was lost on the way: from here on the ledger goes on without it.
    for _ in 0..300 {
        gateway.town(|town| town.chain.idle(1));
    }
    drop(wallet.sync().await);
    assert_eq!(cut.is_dead(), wants_to_die, "{told}");
    drop(wallet);
    goes_on(&phone, told).await;
}

#[tokio::test]
async fn wallet_34_a_change_that_has_expired_and_is_killed_or_finds_no_room_while_it_is_dropped_keeps_nobody_out()
 {
    expired(&Cut::at_visit(99, place::OUTBOX_ACCOUNT, When::Before), "whole", false).await;
    for visit in [2, 3] {
        for when in [When::Before, When::After] {
            let cut = Cut::at_visit(visit, place::OUTBOX_ACCOUNT, when);
            expired(&cut, &format!("killed {visit} {when:?}"), true).await;
        }
        let cut = Cut::full_at_visit(visit, place::OUTBOX_ACCOUNT);
        expired(&cut, &format!("full {visit}"), true).await;
    }
}

#[tokio::test]
async fn wallet_34_a_change_that_has_expired_and_is_locked_while_it_is_dropped_keeps_nobody_out() {
    let (gateway, phone) = changed_once().await;
    be_deaf(&gateway);
    let wallet = phone.reopen().unwrap();
    let clock = gateway.clock.clone();
    phone.keys.whenever(move |act| {
        if act == Act::Removed {
            // Her time is up just now.
            clock.advance(200_000);
        }
    });
    assert!(wallet.rotate_card().await.is_err());
    for _ in 0..300 {
        gateway.town(|town| town.chain.idle(1));
    }
    drop(wallet.sync().await);
    assert_eq!(phone.keys.card_keys(), 1, "it was dropped");
    phone.keys.leave_alone();
    gateway.town(|_| ());
    wallet.unlock_again(PIN).unwrap();
    drop(wallet);
    goes_on(&phone, "locked").await;
}

/// What an older build left: the key is gone and the row that names it is there.
#[tokio::test]
async fn wallet_34_a_coming_key_that_is_gone_from_the_key_store_keeps_nobody_out_and_is_never_sent() {
    let (gateway, phone) = changed_once().await;
    be_deaf(&gateway);
    let cut = Cut::at_visit(0, place::SEND_ACCOUNT, When::Before);
    let wallet = cut_wallet(&phone, &cut);
    assert!(wallet.rotate_card().await.is_err());
    drop(wallet);
    phone.lose_the_newest_key();
    gateway.asked.lock().unwrap().clear();
    let wallet = phone.reopen().unwrap();
    assert!(wallet.account().is_ok());
    drop(wallet.sync().await);
    let is_sent = gateway.asked.lock().unwrap().iter().any(|path| path == "ledger/transactions");
    assert!(!is_sent, "the ledger would list a key that nobody has");
    for _ in 0..300 {
        gateway.town(|town| town.chain.idle(1));
    }
    drop(wallet);
    goes_on(&phone, "gone").await;
}

/// While the key is made, the app looks at the account again and again.
#[tokio::test]
async fn wallet_34_a_look_while_the_new_key_is_signed_for_does_not_take_it_away() {
    let (_gateway, phone) = changed_once().await;
    let wallet = Arc::new(phone.reopen().unwrap());
    let looks = Arc::new(Mutex::new(0));
    let (beside, counted) = (Arc::clone(&wallet), Arc::clone(&looks));
    phone.keys.whenever(move |act| {
        if act == Act::Made {
            *counted.lock().unwrap() += 1;
            // As far as it comes without waiting for this thread.
            let mut look = pin!(beside.sync());
            let _ = look.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
    });
    wallet.rotate_card().await.unwrap();
    phone.keys.leave_alone();
    assert_eq!(*looks.lock().unwrap(), 1);
    drop(wallet);
    goes_on(&phone, "signed").await;
}

/// Those that the tests above cut, so that a new commit is not left out.
#[tokio::test]
async fn wallet_34_a_change_of_key_commits_nowhere_else() {
    let (_gateway, phone) = changed_once().await;
    let cut = Arc::<Cut>::default();
    let wallet = cut_wallet(&phone, &cut);
    wallet.rotate_card().await.unwrap();
    let known: Vec<Place> = vec![place::OUTBOX_ACCOUNT, place::SEND_ACCOUNT, place::ACCOUNT_OPEN];
    let asking = [place::ASK_STATE, place::ASK_PARTIES, place::PIN_COUNTED, place::PIN_RIGHT];
    let known: Vec<_> = known.iter().chain(&asking).map(|place| place.name()).collect();
    let mut others: Vec<_> = cut.trace().iter().map(|place| place.name()).collect();
    others.retain(|place| !known.contains(place));
    assert!(others.is_empty(), "{others:?}");
}

/// The row of the account.
fn account_row() -> Row {
    Row::new(Table::Account, b"account")
}

/// What older builds left, by the bytes of the row: its last field says how far the account is, 2 that it is open, 3 since when another phone
/// has it.
fn as_if_fenced(mut row: Vec<u8>) -> Vec<u8> {
    assert_eq!(row.pop(), Some(2));
    row.push(3);
    row.extend(1_600_000_000_u64.to_le_bytes());
    row
}

#[tokio::test]
async fn wallet_33_a_phone_that_was_fenced_by_a_look_that_crossed_goes_on_with_the_next_sync() {
    for by_old_key in [true, false] {
        let (_gateway, phone) = changed_once().await;
        let before = phone.open_store().load(&account_row()).unwrap().unwrap();
        let wallet = phone.reopen().unwrap();
        wallet.rotate_card().await.unwrap();
        drop(wallet);
        let mut store = phone.open_store();
        let after = store.load(&account_row()).unwrap().unwrap();
        let row = as_if_fenced(if by_old_key { before } else { after }.to_vec());
        store.commit(place::SYNC, ChangeSet::new().put(account_row(), row)).unwrap();
        drop(store);
        let wallet = phone.reopen().unwrap();
        assert!(matches!(wallet.won().await, Err(WalletError::Fenced { .. })));
        wallet.sync().await.unwrap();
        assert!(wallet.won().await.is_ok());
        drop(wallet);
        goes_on(&phone, "fenced").await;
    }
}

#[tokio::test]
async fn wallet_33_a_phone_that_was_replaced_stays_so_whatever_older_answer_comes_late() {
    for turns in 0..8 {
        let gateway = Gateway::new();
        let phone = Phone::new(&gateway, 1);
        let (wallet, code) = phone.with_points().await;
        let backup = wallet.backup(&code).unwrap();
        drop(wallet);
        let (wallet, lanes) = in_lanes(&phone);
        let order = Order { first: 0, turns, others_turns: TO_ITS_END };
        let new = Phone::new(&gateway, 2);
        let replaced = async {
            Wallet::restore(new.config(), &backup, &code, PIN).await.unwrap();
            wallet.sync().await
        };
        let (_, synced) = lanes.cross(order, wallet.balance(), replaced).await;
        assert!(matches!(synced, Ok(_) | Err(WalletError::Fenced { .. })), "{turns}: {synced:?}");
        assert!(matches!(wallet.won().await, Err(WalletError::Fenced { .. })), "{turns}");
        assert_eq!(*wallet.card().await.unwrap().standing(), "replaced", "{turns}");
    }
}

#[tokio::test]
async fn wallet_33_an_account_that_is_opened_twice_at_once_is_one_account() {
    for turns in 0..12 {
        let gateway = Gateway::new();
        let phone = Phone::new(&gateway, 1);
        let mut config = phone.config().with_city(phone.city());
        let lanes = Lanes::new(Arc::clone(&config.transport));
        config.transport = Arc::<Lanes>::clone(&lanes);
        let (wallet, code) = Wallet::create(config, PIN).unwrap();
        let order = Order { first: 0, turns, others_turns: TO_ITS_END };
        let (one, other) = lanes.cross(order, wallet.open_account(&code), wallet.open_account(&code)).await;
        assert!(one.is_ok() || other.is_ok(), "{turns}: {one:?} {other:?}");
        for view in [one, other].into_iter().flatten() {
            assert_eq!(view.account(), wallet.account().unwrap().account(), "{turns}");
        }
        assert_eq!(gateway.town(|town| town.accounts.len()), 1, "{turns}: two accounts");
        assert_eq!(*wallet.card().await.unwrap().standing(), "active");
    }
}

#[tokio::test]
async fn wallet_33_an_older_proof_that_comes_late_does_not_take_a_newer_ones_place() {
    for turns in 0..8 {
        let gateway = Gateway::new();
        let phone = Phone::new(&gateway, 1);
        drop(phone.with_points().await);
        let (wallet, lanes) = in_lanes(&phone);
        let order = Order { first: 0, turns, others_turns: TO_ITS_END };
        let claim = Claim::new("eco", "2026-h2").unwrap();
        let (balance, earned) = lanes.cross(order, wallet.balance(), wallet.earn(&claim)).await;
        balance.unwrap();
        earned.unwrap();
        gateway.be_offline(true);
        let kept = wallet.balance().await.unwrap();
        assert_eq!(kept.points().points().amount(), 20_000, "{turns}");
    }
}
