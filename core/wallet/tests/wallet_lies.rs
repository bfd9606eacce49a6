//! A gateway that lies: whatever it changes in an answer, no changed number reaches a view.

mod support;

use citizen_client::api::{EntriesAnswer, PartiesAnswer, StateAnswer};
use citizen_wallet::error::{Input, Subject};
use citizen_wallet::view::TrustOrigin;
use citizen_wallet::{Wallet, WalletError};
use std::sync::{Arc, Mutex};
use support::ledger::{points, won};
use support::phone::{PIN, deceived, scan};
use support::{Gateway, Phone};

/// Changes the character at a place of an answer to another one that stands in such answers.
fn change(body: &mut [u8], place: usize) {
    if let Some(byte) = body.get_mut(place) {
        *byte = if *byte == b'A' { b'B' } else { b'A' };
    }
}

#[tokio::test]
async fn wallet_1_a_changed_byte_anywhere_in_any_answer_reaches_no_view() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    // Every path once honestly, to learn how long its answer is.
    let lengths: Arc<Mutex<std::collections::BTreeMap<String, usize>>> = Arc::default();
    gateway.lie({
        let lengths = Arc::clone(&lengths);
        move |path, body| {
            lengths.lock().unwrap().insert(path.to_owned(), body.len());
            body
        }
    });
    let honest = (wallet.balance().await.unwrap(), scan(&wallet).await.merchant());
    let lengths = lengths.lock().unwrap().clone();
    assert!(lengths.len() >= 3, "{lengths:?}");
    let mut refused = 0;
    for (path, length) in lengths {
        // A few hundred places of each answer, spread over all of it, another offset in every row.
        for place in (0..length).step_by((length / 150).max(1)) {
            let target = path.clone();
            gateway.lie(move |path, mut body| {
                if path == target {
                    change(&mut body, place);
                }
                body
            });
            match wallet.balance().await {
                Ok(shown) => {
                    assert_eq!(shown.points().points(), honest.0.points().points(), "{path} {place}");
                    assert_eq!(
                        shown.points().points_held(),
                        honest.0.points().points_held(),
                        "{path} {place}"
                    );
                    let krw = shown.won().as_ref().map(|won| *won.krw());
                    assert!(krw.is_none_or(|krw| krw == won(100_000)), "{path} {place}");
                }
                Err(error) => {
                    refused += 1;
                    let named =
                        ["unverified", "unknown-party", "refused", "clock-wrong", "needs-update", "stale"];
                    assert!(named.contains(&error.code()), "{path} {place}: {error:?}");
                }
            }
            match wallet.scan_text(&support::phone::code_text()).await {
                Ok(code) => assert_eq!(code.merchant().name(), honest.1.name(), "{path} {place}"),
                Err(error) => assert_ne!(error.code(), "internal", "{path} {place}"),
            }
        }
    }
    assert!(refused > 100, "{refused} lies were told about balances");
}

#[tokio::test]
async fn wallet_8_a_history_with_an_entry_left_out_is_refused() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.create();
    wallet.open_account(&code).await.unwrap();
    wallet.enrol("kim").await.unwrap();
    gateway.lie(|path, body| {
        if !path.ends_with("/entries") {
            return body;
        }
        let mut answer: EntriesAnswer = serde_json::from_slice(&body).unwrap();
        if answer.entries.len() > 1 {
            answer.entries.remove(0);
        }
        serde_json::to_vec(&answer).unwrap()
    });
    let account = *wallet.account().unwrap().account();
    gateway.town(|town| town.grant(account, 500, citizen_primitives::Hash::plain(&[b"x"])));
    let refused = wallet.history().await.unwrap_err();
    assert!(matches!(refused, WalletError::Unverified { what: Subject::History, .. }), "{refused:?}");
    gateway.be_honest();
    assert_eq!(wallet.history().await.unwrap().entries().len(), 2);
}

#[tokio::test]
async fn yesterdays_answer_is_not_todays() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let kept: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
    gateway.lie({
        let kept = Arc::clone(&kept);
        move |path, body| {
            if path == "ledger/state" {
                kept.lock().unwrap().get_or_insert_with(|| body.clone());
            }
            body
        }
    });
    wallet.history().await.unwrap();
    let old = kept.lock().unwrap().clone().unwrap();
    let account = *wallet.account().unwrap().account();
    gateway.town(|town| town.grant(account, 500, citizen_primitives::Hash::plain(&[b"x"])));
    gateway.be_honest();
    assert_eq!(*wallet.balance().await.unwrap().points().points(), points(10_500));
    gateway.lie(move |path, body| if path == "ledger/state" { old.clone() } else { body });
    let refused = wallet.balance().await.unwrap_err();
    assert!(matches!(refused, WalletError::Unverified { what: Subject::Header, .. }), "{refused:?}");
}

#[tokio::test]
async fn another_key_is_no_bank_whatever_the_gateway_says() {
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.create();
    wallet.open_account(&code).await.unwrap();
    gateway.lie(|path, body| {
        if path != "parties" {
            return body;
        }
        let answer: PartiesAnswer = serde_json::from_slice(&body).unwrap();
        serde_json::to_vec(&PartiesAnswer { bank: "07".repeat(32), ..answer }).unwrap()
    });
    let refused = wallet.enrol("kim").await.unwrap_err();
    assert_eq!(refused.code(), "unknown-party");
    let asked = gateway.asked.lock().unwrap().clone();
    assert!(!asked.iter().any(|path| path.starts_with("bank/")), "nothing was sent");
    gateway.be_honest();
    wallet.enrol("kim").await.unwrap();
}

#[tokio::test]
async fn the_record_of_another_account_is_refused() {
    let gateway = Gateway::new();
    let (wallet, _) = Phone::new(&gateway, 1).with_points().await;
    let (rich, _) = Phone::new(&gateway, 2).with_points().await;
    let kept: Arc<Mutex<Option<StateAnswer>>> = Arc::default();
    gateway.lie({
        let kept = Arc::clone(&kept);
        move |path, body| {
            if path == "ledger/state" {
                kept.lock().unwrap().get_or_insert_with(|| serde_json::from_slice(&body).unwrap());
            }
            body
        }
    });
    rich.history().await.unwrap();
    let theirs = serde_json::to_vec(&kept.lock().unwrap().clone().unwrap()).unwrap();
    gateway.lie(move |path, body| if path == "ledger/state" { theirs.clone() } else { body });
    let refused = wallet.history().await.unwrap_err();
    assert!(matches!(refused, WalletError::Unverified { what: Subject::Record, .. }), "{refused:?}");
}

#[tokio::test]
async fn wallet_1_what_a_liar_showed_at_first_use_counts_for_nothing_under_a_trust_file() {
    let (mut phone, _, liar, honest) = deceived().await;
    let city = Phone::new(&honest, 2).city();
    let wallet = phone.reopen_in(city.clone()).unwrap();
    assert!(matches!(wallet.balance().await, Err(WalletError::Unverified { what: Subject::Header, .. })));
    assert!(wallet.history().await.is_err());
    assert!(wallet.home().await.is_err());
    assert!(wallet.sync().await.is_err());
    assert!(wallet.scan_text(&support::phone::code_text()).await.is_err());
    liar.be_offline(true);
    assert!(wallet.balance().await.is_err(), "nor what was kept of it");
    drop(wallet);

    // The city itself knows the account: the liar's entries are not in the way.
    let account = *phone.reopen().unwrap().account().unwrap().account();
    let theirs = liar.town(|town| town.accounts[&account].0.clone());
    honest.town(|town| {
        town.adopt(account, &theirs);
        town.chain.idle(30);
    });
    phone.gateway = Arc::clone(&honest);
    let wallet = phone.reopen_in(city).unwrap();
    let shown = wallet.balance().await.unwrap();
    assert_eq!(
        (*shown.points().points(), *shown.points().verified().trust()),
        (points(0), TrustOrigin::File)
    );
    assert_eq!(wallet.history().await.unwrap().entries().len(), 1);
}

#[tokio::test]
async fn wallet_1_a_backup_from_a_first_use_brings_no_trust_to_a_phone_with_a_trust_file() {
    let (phone, code, liar, honest) = deceived().await;
    let backup = phone.reopen().unwrap().backup(&code).unwrap();
    let new = Phone::new(&liar, 2);
    let config = new.config().with_city(Phone::new(&honest, 3).city());
    let refused = Wallet::restore(config, &backup, &code, PIN).await.map(drop).unwrap_err();
    assert!(matches!(refused, WalletError::Unverified { what: Subject::Header, .. }), "{refused:?}");
}

#[tokio::test]
async fn a_header_of_first_use_is_not_handed_on_as_a_trust_file() {
    let (phone, _, _, honest) = deceived().await;
    let needed = WalletError::Invalid { input: Input::TrustNeeded };
    assert_eq!(phone.reopen().unwrap().trust_file().await, Err(needed));
    let file = Phone::new(&honest, 2).trust_file(1);
    assert_eq!(phone.reopen_in(Phone::new(&honest, 2).city()).unwrap().trust_file().await, Ok(file));
}
