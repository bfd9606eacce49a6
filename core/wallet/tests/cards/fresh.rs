//! How old what the phone knows is, and what is brought up to date by itself (CARD-43 to CARD-45).

use crate::offers::take_of;
use crate::office::{CARD, HEALTH, LIBRARY, Office, Shared, anchor, query, receive, revoke_all, with_card};
use crate::support::phone::PIN;
use crate::support::{Gateway, Phone};
use citizen_credential::status::Status;
use citizen_keys::{KeyAlias, Pin, SoftwareKeystore, Vault, VaultRecord};
use citizen_primitives::{Canonical as _, Seconds, random};
use citizen_store::{GuardRow, GuardStore as _, LockedStore as _, Table};
use citizen_wallet::view::StatusView;
use citizen_wallet::{Wallet, WalletError};
use std::sync::Arc;

const TTL: Seconds = Seconds::new(600);

fn lists(office: &Shared) -> u32 {
    office.lock().unwrap().lists_fetched
}

/// How old the status of the one card is.
fn age(wallet: &Wallet) -> StatusView {
    wallet.credentials().unwrap()[0].status().clone()
}

/// Ten minutes.
fn wait(gateway: &Gateway) {
    gateway.town(|town| town.chain.idle(60));
}

/// Rows of lists on the disk.
fn kept(phone: &Phone) -> usize {
    let keystore = SoftwareKeystore::open(Box::new(phone.backend.clone()), Box::new(random::system()));
    let locked = phone.disk.open().unwrap();
    let record = VaultRecord::from_canonical(&locked.load_guard(GuardRow::Vault).unwrap().unwrap()).unwrap();
    let alias = String::from_utf8(locked.load_guard(GuardRow::KeyAlias).unwrap().unwrap()).unwrap();
    let vault = Vault::new(Arc::new(keystore.unwrap()), KeyAlias::new(&alias).unwrap());
    let root = vault.unlock(&record, &Pin::entered(PIN).unwrap()).unwrap();
    let store = Box::new(locked).unlock(&root.store_key()).unwrap();
    store.list(Table::Views).unwrap().iter().filter(|entry| entry.key.starts_with(b"status-")).count()
}

#[tokio::test]
async fn card_43_a_list_is_fetched_once_for_each_version_that_the_ledger_names() {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    anchor(&gateway, &office);
    for _ in 0..2 {
        wallet.refresh_credentials().await.unwrap();
        assert_eq!(lists(&office), 1);
    }
    receive(&wallet, &office, "김 샘플").await.unwrap();
    let held = wallet.refresh_credentials().await.unwrap();
    assert!(held.len() == 2 && held.iter().all(|card| *card.state() == "valid"));
    assert_eq!(lists(&office), 1, "what is kept says it of another card too");
    drop(wallet);
    let wallet = phone.reopen().unwrap();
    wallet.refresh_credentials().await.unwrap();
    assert_eq!(lists(&office), 1, "and after a restart");

    revoke_all(&gateway, &office);
    assert!(wallet.refresh_credentials().await.unwrap().iter().all(|card| *card.state() == "revoked"));
    assert_eq!(lists(&office), 2);
}

#[tokio::test]
async fn card_43_of_which_no_status_is_read_any_more_is_kept_no_longer() {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    wallet.refresh_credentials().await.unwrap();
    let id = *wallet.credentials().unwrap()[0].id();
    drop(wallet);
    assert_eq!(kept(&phone), 2, "the list and its age");
    let wallet = phone.reopen().unwrap();
    wallet.forget_credential(&id).await.unwrap();
    wallet.refresh_credentials().await.unwrap();
    drop(wallet);
    assert_eq!(kept(&phone), 0);
}

#[tokio::test]
async fn card_44_how_old_what_is_known_of_a_status_is_stands_beside_it_and_refuses_nothing() {
    let (gateway, office) = Office::open();
    office.lock().unwrap().time_to_live = Some(TTL);
    anchor(&gateway, &office);
    let (_, wallet) = with_card(&gateway, &office).await;
    let reviewed = async |id: &str| {
        let link = office.lock().unwrap().ask(LIBRARY, id, &query(&[&["age_over_19"]]));
        let review = wallet.review_presentation(&link).await.unwrap();
        assert!(*review.view().can_present());
        let status = review.view().asked()[0].showable()[0].status().clone();
        let choice = review.suggested().unwrap();
        wallet.present_credentials(review, &choice).await.unwrap();
        status
    };
    assert_eq!((*age(&wallet).state(), *age(&wallet).checked()), ("unknown", None));
    assert_eq!(reviewed("1").await, age(&wallet));

    wallet.refresh_credentials().await.unwrap();
    let fresh = age(&wallet);
    let checked = fresh.checked().unwrap();
    assert_eq!((*fresh.state(), fresh.until().unwrap()), ("fresh", checked.plus(TTL)));
    assert_eq!(reviewed("2").await, fresh);

    wait(&gateway);
    let stale = age(&wallet);
    assert_eq!((*stale.state(), *stale.checked(), *stale.until()), ("stale", Some(checked), *fresh.until()));
    assert!(stale.text().ko.contains("바뀌었을") && stale.text().en.contains("may have changed"));
    assert_eq!(reviewed("3").await, stale, "she is told, and may show it");
    assert_eq!(*wallet.credentials().unwrap()[0].state(), "valid");
    // The ledger says that it is the newest still: no fresher copy could be fetched.
    wallet.refresh_credentials().await.unwrap();
    assert_eq!((*age(&wallet).state(), lists(&office)), ("fresh", 1));
    assert!(age(&wallet).checked().unwrap() > checked);
}

/// A wallet with an account, which alone is synchronised, and a card.
async fn with_account(gateway: &Arc<Gateway>, office: &Shared) -> Wallet {
    office.lock().unwrap().time_to_live = Some(TTL);
    anchor(gateway, office);
    let (wallet, _) = Phone::new(gateway, 1).with_points().await;
    receive(&wallet, office, "홍 길동").await.unwrap();
    wallet
}

#[tokio::test]
async fn card_43_and_45_sync_asks_nobody_about_what_is_kept_until_it_is_stale() {
    let (gateway, office) = Office::open();
    let wallet = with_account(&gateway, &office).await;
    wallet.sync().await.unwrap();
    assert_eq!((*age(&wallet).state(), lists(&office)), ("fresh", 1), "it was never looked up");
    office.lock().unwrap().statuses.set(7, Status::Suspended).unwrap();
    anchor(&gateway, &office);
    let asked = office.lock().unwrap().asked;
    wallet.sync().await.unwrap();
    assert_eq!((office.lock().unwrap().asked, *wallet.credentials().unwrap()[0].state()), (asked, "valid"));
    wait(&gateway);
    wallet.sync().await.unwrap();
    assert_eq!((*wallet.credentials().unwrap()[0].state(), lists(&office)), ("suspended", 2));
}

#[tokio::test]
async fn card_43_a_list_whose_time_is_over_says_nothing_more_and_what_it_said_is_stale() {
    let (gateway, office) = Office::open();
    let ends = gateway.town(|town| town.now()).plus(Seconds::new(2_000));
    office.lock().unwrap().list_ends = Some(ends);
    let wallet = with_account(&gateway, &office).await;
    wallet.sync().await.unwrap();
    assert_eq!(*age(&wallet).state(), "fresh");
    for _ in 0..4 {
        wait(&gateway);
    }
    wallet.sync().await.unwrap();
    assert_eq!((*age(&wallet).state(), *wallet.credentials().unwrap()[0].state()), ("stale", "valid"));
    assert!(age(&wallet).until().unwrap() <= ends);
    office.lock().unwrap().list_ends = None;
    anchor(&gateway, &office);
    wallet.sync().await.unwrap();
    assert_eq!(*age(&wallet).state(), "fresh");
}

fn left(wallet: &Wallet, vct: &str) -> Option<usize> {
    let held = wallet.credentials().unwrap();
    held.iter().find(|held| held.vct() == vct).map(|held| *held.copies_left())
}

async fn show(wallet: &Wallet, office: &Shared, id: &str) -> Result<(), WalletError> {
    let link = office.lock().unwrap().ask(LIBRARY, id, &query(&[&["age_over_19"]]));
    let review = wallet.review_presentation(&link).await?;
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.map(drop)
}

#[tokio::test]
async fn card_45_sync_collects_what_was_put_off_and_refills_what_runs_low_and_an_issuer_that_is_away_holds_up_nothing()
 {
    let (gateway, office) = Office::open();
    let wallet = with_account(&gateway, &office).await;
    office.lock().unwrap().put_off = true;
    assert!(take_of(&wallet, &office, "홍 길동", &["health-check"]).await.unwrap().is_empty());
    for id in ["1", "2"] {
        show(&wallet, &office, id).await.unwrap();
    }
    office.lock().unwrap().put_off = false;
    gateway.town(|town| {
        town.chain.pass(Seconds::new(86_400));
        town.chain.idle(1);
    });
    anchor(&gateway, &office);
    wallet.unlock_again(PIN).unwrap();

    office.lock().unwrap().away = true;
    let report = wallet.sync().await.unwrap();
    assert!(report.credentials().is_empty());
    assert_eq!((left(&wallet, CARD), left(&wallet, HEALTH)), (Some(2), None));
    office.lock().unwrap().away = false;
    let report = wallet.sync().await.unwrap();
    let mut came: Vec<&str> = report.credentials().iter().map(|card| card.vct().as_str()).collect();
    came.sort_unstable();
    assert_eq!(came, [CARD, HEALTH]);
    assert_eq!((left(&wallet, CARD), left(&wallet, HEALTH)), (Some(4), Some(4)));
    assert!(wallet.credentials().unwrap().iter().all(|card| *card.status().state() == "fresh"));
    assert!(wallet.sync().await.unwrap().credentials().is_empty(), "once");
}

#[tokio::test]
async fn card_45_a_wallet_without_an_account_is_brought_up_to_date_too() {
    let (gateway, office) = Office::open();
    let (_, wallet) = with_card(&gateway, &office).await;
    office.lock().unwrap().put_off = true;
    let (link, code) = office.lock().unwrap().offer_of("홍 길동", &["health-check"]);
    let review = wallet.review_offer(&link).await.unwrap();
    assert!(wallet.accept_offer(review, Some(&code)).await.unwrap().is_empty());
    office.lock().unwrap().put_off = false;
    gateway.town(|town| {
        town.chain.pass(Seconds::new(86_400));
        town.chain.idle(1);
    });
    anchor(&gateway, &office);
    wallet.unlock_again(PIN).unwrap();
    let report = wallet.sync().await.unwrap();
    assert!(report.account().is_none());
    assert_eq!(report.credentials().len(), 1);
    assert_eq!(left(&wallet, HEALTH), Some(4));
}
