//! An app with its own HTTP stack votes over connections of its own.

use crate::app::{Lines, Net};
use crate::phone::{Phone, Town, secret};
use citizen_wallet_ffi::{BallotChoice, Language, TransportError, Wallet, WalletError};
use city_sandbox::admin::{Admin, read_members, read_plan};
use std::sync::Arc;
use std::time::Duration;

const PLAN: &str = include_str!("../../../contract/poll.toml");
const PAUSE: Duration = Duration::from_millis(300);

/// In so many seconds a poll begins.
const BEFORE: u64 = 20;

/// A poll for one citizen and forty others that has begun, and is open for so many seconds.
async fn announced(town: &Town, voter: &str, seconds: u64) -> String {
    let admin = Admin::open(&town.path(), Some(town.city.url().clone())).unwrap();
    let plan = town.path().join("plan.toml");
    // Announced, and its key made, before it begins.
    let (from, until) = (BEFORE.to_string(), (BEFORE + seconds).to_string());
    std::fs::write(&plan, PLAN.replace("FROM", &from).replace("UNTIL", &until)).unwrap();
    let others = (1..=40u8).map(|number| format!("{number:02x}").repeat(32));
    let roll: Vec<String> = others
        .chain([voter.to_owned()])
        .enumerate()
        .map(|(n, account)| format!("{account}\t시민 {n}"))
        .collect();
    std::fs::write(town.path().join("roll.txt"), roll.join("\n")).unwrap();
    let read = read_plan(&plan).unwrap();
    let (poll, draft) =
        admin.make(&read, &read_members(&read, &plan, admin.voters()).unwrap()).await.unwrap();
    admin.announce(&poll, draft).await.unwrap();
    while admin.watch(&poll.id()).await.unwrap().time < poll.manifest().registration.from {
        tokio::time::sleep(PAUSE).await;
    }
    poll.id().to_hex()
}

async fn register(wallet: &Wallet, poll: &str) {
    loop {
        let view = wallet.register_for_poll(poll.to_owned(), None, None).await.unwrap();
        if *view.complete() {
            return;
        }
        // The roll reaches the registrars in a moment.
        assert_eq!(*view.state(), "registering", "{view:?}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Closed and opened again with the phone's parts as they are now.
async fn reopened(phone: &Phone, wallet: Arc<Wallet>) -> Arc<Wallet> {
    wallet.release().await.unwrap();
    let wallet = phone.open().await.unwrap();
    wallet.unlock(secret(crate::phone::PIN), None).await.unwrap();
    wallet
}

fn addresses(net: &Net) -> Vec<String> {
    net.paths.lock().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_13_ballots_of_an_app_with_its_own_transport_leave_over_its_own_connections_or_wait() {
    let town = Town::start().await;
    let mut phone = town.phone("voter");
    let wallet = phone.create().await.unwrap();
    let code = wallet.generate_recovery_code(None).await.unwrap();
    let account = wallet.open_account(code, None).await.unwrap().account().to_hex();
    let poll = announced(&town, &account, 600).await;
    let near = wallet.polls_near(Some("마포구".to_owned()), None).await.unwrap();
    assert_eq!((near.near()[0].id().to_hex(), *near.whence()), (poll.clone(), "chosen"));
    let near = wallet.polls_near(None, None).await.unwrap();
    assert_eq!((near.near().len(), near.elsewhere().len(), *near.whence()), (0, 1, "unknown"));
    let long = wallet.polls_near(Some("구".repeat(300)), None).await.unwrap_err();
    assert!(matches!(&long, WalletError::Invalid { reason } if reason == "text"), "{long:?}");
    // The roll reaches the registrars in a moment.
    let review = loop {
        if let Ok(review) = wallet.review_registration(poll.clone(), None, None).await {
            break review;
        }
        tokio::time::sleep(PAUSE).await;
    };
    #[cfg(target_os = "linux")]
    crate::still::stands_still(&phone, "RegistrationReview.view", || drop(review.view()));
    assert_eq!((*review.view().by(), review.view().registrars().len()), ("account", 3));
    wallet.register(review, None).await.unwrap();
    register(&wallet, &poll).await;
    while !wallet.poll(poll.clone(), None).await.unwrap().open() {
        tokio::time::sleep(PAUSE).await;
    }

    // An app that brings none: the ballot waits, and the hint says what is missing.
    let choices = vec![BallotChoice { contest: 0, numbers: vec![1] }];
    let review = wallet.review_ballot(poll.clone(), choices, None).await.unwrap();
    #[cfg(target_os = "linux")]
    crate::still::stands_still(&phone, "BallotReview.view", || drop(review.view()));
    let cast = wallet.cast_ballot(review, None).await.unwrap();
    assert_eq!(*cast.state(), "outbox");
    let needed = WalletError::Invalid { reason: "transport-needed".to_owned() }.text(Language::Korean);
    assert_eq!(cast.hint().as_ref().unwrap().ko, needed);

    // One whose connections fail: it waits, and nobody says that there are none.
    let lines = Arc::<Lines>::default();
    *lines.throws.lock().unwrap() = Some(TransportError::Offline);
    phone.lines = Some(Arc::clone(&lines));
    let wallet = reopened(&phone, wallet).await;
    let waiting = wallet.advance_vote(poll.clone(), None).await.unwrap();
    assert_eq!(*waiting.state(), "outbox");
    assert_ne!(waiting.hint().as_ref().unwrap().ko, needed);
    *lines.throws.lock().unwrap() = None;

    let placed = wallet.follow_vote(poll.clone(), None).await.unwrap();
    assert_eq!((*placed.state(), placed.fingerprint()), ("placed", cast.fingerprint()));
    let is_relayed = |address: &String| address.contains("/v1/relays/");
    assert!(!addresses(&phone.net).iter().any(is_relayed), "the wallet's own connection carried a ballot");
    let lines: Vec<Vec<String>> = lines.opened.lock().unwrap().iter().map(|line| addresses(line)).collect();
    let ballots = lines.iter().filter(|line| line.iter().any(|address| address.ends_with("/ballots")));
    assert_eq!(ballots.count(), 1, "{lines:?}");
    assert!(lines.iter().all(|line| line.len() <= 1), "a connection was asked twice: {lines:?}");
    town.stop().await;
}
