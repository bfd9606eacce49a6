//! Wallets that are made, opened, unlocked, closed; keys in a file.

use crate::ground::{Ground, Token};
use crate::town::{MINUTE, PAUSE, PIN, Phone, Town, funds, secret};
use citizen_wallet_ffi::{
    KeyFile, KeyPurpose, KeystoreError, Platform, Secret, Wallet, WalletError, read_image,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) const CALLS: &[&str] = &[
    "KeyFile.attest",
    "KeyFile.create_key",
    "KeyFile.delete",
    "KeyFile.open",
    "KeyFile.public_key",
    "KeyFile.sign",
    "KeyFile.unwrap",
    "KeyFile.wrap",
    "Platform.desktop",
    "Wallet.account",
    "Wallet.activity",
    "Wallet.attest",
    "Wallet.backup",
    "Wallet.change_pin",
    "Wallet.create",
    "Wallet.earn",
    "Wallet.enrol",
    "Wallet.generate_recovery_code",
    "Wallet.lock",
    "Wallet.lock_if_idle",
    "Wallet.open",
    "Wallet.open_account",
    "Wallet.prefer_points",
    "Wallet.release",
    "Wallet.restore",
    "Wallet.trust_file",
    "Wallet.unlock",
    "read_image",
];

const PICTURE: &[u8] = include_bytes!("../../../../examples/codes/static-straight.png");
const OTHER_PIN: &str = "730164";

pub(crate) async fn play() {
    let (town, ground) = (Town::start(), Ground::new());
    files(&ground, &town).await;
    created(&ground, &town).await;
    let phone = town.phone(&ground.gate);
    let wallet = phone.create().await;
    ground.watch(Some(&wallet));
    let (backup, code) = account(&ground, &wallet).await;
    ground.watch(None);
    locked(&ground, &wallet).await;
    let wallet = phone.reopened(wallet).await;
    assert_eq!(funds(&wallet).await, (10_000, 100_000));
    wallet.release().await.unwrap();
    drop(wallet);
    released(&ground, &phone).await;
    restored(&ground, &town, (&backup, &code)).await;
    ground.tried_all(CALLS);
    town.stop();
}

fn of_keys<T>(answer: Result<T, KeystoreError>) -> Result<T, WalletError> {
    answer.map_err(|error| WalletError::Internal { incident: error.to_string() })
}

/// What asks neither a city nor the app.
async fn files(ground: &Ground, town: &Town) {
    let path = || town.file("desktop.keys");
    let nothing = async || {};
    ground
        .still("Platform.desktop", nothing, |(), _| Platform::desktop(path(), None, None, None, None))
        .await;
    ground.still("read_image", nothing, |(), token| read_image(PICTURE.to_vec(), false, token)).await;
    ground.still("KeyFile.open", nothing, |(), _| KeyFile::open(town.file("file.keys"))).await;
    let file = KeyFile::open(town.file("file.keys")).await.unwrap();
    let (file, name) = (&*file, || "card".to_owned());
    let made = |(), _: Token| async { of_keys(file.create_key(name(), KeyPurpose::Approval).await) };
    ground.still("KeyFile.create_key", nothing, made).await;
    let key = file.public_key(name()).await.unwrap();
    ground
        .still("KeyFile.public_key", nothing, |(), _| async { of_keys(file.public_key(name()).await) })
        .await;
    ground.still("KeyFile.sign", nothing, |(), _| async { of_keys(file.sign(name(), vec![1]).await) }).await;
    ground.still("KeyFile.wrap", nothing, |(), _| async { of_keys(file.wrap(name(), vec![7]).await) }).await;
    let wrapped = file.wrap(name(), vec![7]).await.unwrap();
    let unwrapped = |(), _: Token| async { of_keys(file.unwrap(name(), wrapped.clone()).await) };
    ground.still("KeyFile.unwrap", nothing, unwrapped).await;
    ground
        .still("KeyFile.attest", nothing, |(), _| async { of_keys(file.attest(name(), vec![1]).await) })
        .await;
    let again = KeyFile::open(town.file("file.keys")).await.unwrap();
    assert_eq!(again.public_key(name()).await, Ok(key), "the key is the one that was made last");
    assert_eq!(again.unwrap(name(), wrapped.clone()).await, Ok(vec![7]));
    ground.still("KeyFile.delete", nothing, |(), _| async { of_keys(file.delete(name()).await) }).await;
    assert_eq!(file.public_key(name()).await, Err(KeystoreError::Missing));
}

/// There is no wallet, or a whole one.
async fn created(ground: &Ground, town: &Town) {
    let last = RefCell::new(None::<Rc<Phone>>);
    let fresh = async || {
        let phone = Rc::new(town.phone(&ground.gate));
        *last.borrow_mut() = Some(Rc::clone(&phone));
        phone
    };
    let settled = async || {
        let phone = last.borrow().clone().unwrap();
        let wallet = match phone.try_open().await {
            Ok(wallet) => wallet,
            Err(WalletError::Invalid { reason }) if reason == "wallet-missing" => phone.create().await,
            Err(error) => panic!("{error:?}"),
        };
        wallet.unlock(secret(PIN), None).await.unwrap();
        wallet.generate_recovery_code(None).await.unwrap();
    };
    let made =
        |phone: Rc<Phone>, token| Wallet::create(phone.place.clone(), phone.platform(), secret(PIN), token);
    ground.asking_with("Wallet.create", fresh, made, settled).await;
}

/// One account or none, one bank account, one earning.
async fn account(ground: &Ground, wallet: &Wallet) -> (Vec<u8>, Arc<Secret>) {
    let nothing = async || {};
    ground
        .still("Wallet.generate_recovery_code", nothing, |(), token| wallet.generate_recovery_code(token))
        .await;
    let code = wallet.generate_recovery_code(None).await.unwrap();
    ground.asking("Wallet.open_account", nothing, |(), token| wallet.open_account(code.clone(), token)).await;
    ground.still("Wallet.account", nothing, |(), token| wallet.account(token)).await;
    ground.asking("Wallet.enrol", nothing, |(), token| wallet.enrol("김하나".to_owned(), token)).await;
    let (eco, evidence) = (|| "eco".to_owned(), || "eco-2026-h1".to_owned());
    ground.asking("Wallet.earn", nothing, |(), token| wallet.earn(eco(), evidence(), token)).await;
    assert_eq!(funds(wallet).await, (10_000, 100_000), "earned once");
    ground.still("Wallet.activity", nothing, |(), token| wallet.activity(token)).await;
    ground.still("Wallet.trust_file", nothing, |(), token| wallet.trust_file(token)).await;
    ground.asking("Wallet.attest", nothing, |(), token| wallet.attest(vec![1], token)).await;
    ground.still("Wallet.prefer_points", nothing, |(), token| wallet.prefer_points(true, token)).await;
    ground.still("Wallet.backup", nothing, |(), token| wallet.backup(code.clone(), token)).await;
    (wallet.backup(code.clone(), None).await.unwrap(), code)
}

/// The wallet is locked or it is not, and one PIN of two opens it.
async fn locked(ground: &Ground, wallet: &Wallet) {
    let nothing = async || {};
    let lock = async || wallet.lock(None).await.unwrap();
    let unlock = async || {
        wallet.unlock(secret(PIN), None).await.unwrap();
        wallet.account(None).await.unwrap();
    };
    ground.asking_with("Wallet.unlock", lock, |(), token| wallet.unlock(secret(PIN), token), unlock).await;
    ground.still_with("Wallet.lock", nothing, |(), token| wallet.lock(token), unlock).await;
    ground.still_with("Wallet.lock_if_idle", nothing, |(), token| wallet.lock_if_idle(token), unlock).await;
    let change = |(), token| wallet.change_pin(secret(PIN), secret(OTHER_PIN), token);
    let back = async || {
        wallet.lock(None).await.unwrap();
        if wallet.unlock(secret(OTHER_PIN), None).await.is_ok() {
            wallet.change_pin(secret(OTHER_PIN), secret(PIN), None).await.unwrap();
        } else {
            unlock().await;
        }
    };
    ground.asking_with("Wallet.change_pin", nothing, change, back).await;
}

/// The files are given back, or are at the next call.
async fn released(ground: &Ground, phone: &Phone) {
    let last = RefCell::new(None::<Arc<Wallet>>);
    let open = async || {
        let wallet = phone.open().await;
        *last.borrow_mut() = Some(Arc::clone(&wallet));
        wallet
    };
    let release = |wallet: Arc<Wallet>, _: Token| async move { wallet.release().await };
    let given_back = async || {
        let wallet = last.borrow_mut().take().unwrap();
        wallet.release().await.unwrap();
        let again = Wallet::open(phone.place.clone(), phone.platform(), None).await.unwrap();
        again.release().await.unwrap();
    };
    ground.still_with("Wallet.release", open, release, given_back).await;
    let opened = |(), token| Wallet::open(phone.place.clone(), phone.platform(), token);
    let opens = async || {
        let wallet = phone.open().await;
        wallet.account(None).await.unwrap();
        wallet.release().await.unwrap();
    };
    ground.still_with("Wallet.open", async || {}, opened, opens).await;
}

/// Stopped, it goes on when it is called again; the account is one, and its funds are there.
async fn restored(ground: &Ground, town: &Town, (backup, code): (&[u8], &Arc<Secret>)) {
    let last = RefCell::new(None::<Rc<Phone>>);
    let fresh = async || {
        town.pass(MINUTE, None);
        let phone = Rc::new(town.phone(&ground.gate));
        *last.borrow_mut() = Some(Rc::clone(&phone));
        phone
    };
    let restore = |phone: Rc<Phone>, token| {
        let (place, platform) = (phone.place.clone(), phone.platform());
        Wallet::restore(place, platform, backup.to_vec(), code.clone(), secret(PIN), token)
    };
    let goes_on = async || {
        let phone = last.borrow().clone().unwrap();
        let again = loop {
            match restore(Rc::clone(&phone), None).await {
                Err(WalletError::StoreBusy) => tokio::time::sleep(PAUSE).await,
                other => break other,
            }
        };
        let wallet = match again {
            Ok(wallet) => wallet,
            Err(WalletError::Invalid { reason }) if reason == "wallet-exists" => phone.open().await,
            Err(error) => panic!("{error:?}"),
        };
        assert_eq!(funds(&wallet).await, (10_000, 100_000));
    };
    ground.asking_with("Wallet.restore", fresh, restore, goes_on).await;
}
