//! A lost phone, said from another wallet: the freeze waits for nothing, is sent until it is there, and is never sent against her; the issuer
//! hears who she is over a connection of its own.

// Functions that tests share: clippy knows only those marked as tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use async_trait::async_trait;
use citizen_client::{Request, Response, Transport, TransportError, WebRequest, WebResponse};
use citizen_primitives::Place;
use citizen_store::LockedStore;
use citizen_wallet::view::SubmissionView;
use citizen_wallet::{AccountId, Connections, Identity, RecoveryCode, StorePlace, Wallet, place};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::phone::PIN;
use support::{Gateway, Phone};

/// A phone that will be lost: its wallet, its code on paper, and its account.
async fn hers(gateway: &Arc<Gateway>) -> (Wallet, RecoveryCode, AccountId) {
    let (wallet, code) = Phone::new(gateway, 1).with_points().await;
    let account = *wallet.account().unwrap().account();
    (wallet, code, account)
}

fn is_frozen(gateway: &Gateway, account: &AccountId) -> bool {
    gateway.town(|town| town.custody.get(account).is_some_and(|custody| custody.frozen.is_some()))
}

/// A gateway that takes transactions and brings none of them to the ledger, until it is told to.
fn deaf(gateway: &Gateway) -> Arc<AtomicBool> {
    let is_deaf = Arc::new(AtomicBool::new(true));
    let hears = Arc::clone(&is_deaf);
    let nowhere = move |_: &Gateway, path: &str, _: Option<&str>, _: &[u8]| {
        (path == "ledger/transactions" && hears.load(Ordering::SeqCst)).then(|| (200, b"lost".to_vec()))
    };
    assert!(gateway.others.set(Box::new(nowhere)).is_ok());
    is_deaf
}

async fn frozen_by(friend: &Wallet, code: &RecoveryCode) -> SubmissionView {
    let sent = friend.freeze(code).await.unwrap();
    assert_eq!((*sent.kind(), *sent.state()), ("freeze-elsewhere", "sent"));
    sent
}

#[tokio::test]
async fn wallet_35_sync_sends_a_lost_phones_freeze_from_a_wallet_without_an_account() {
    let gateway = Gateway::new();
    let (_, code, account) = hers(&gateway).await;
    let phone = Phone::new(&gateway, 2);
    let is_deaf = deaf(&gateway);
    let friend = phone.create().0;
    frozen_by(&friend, &code).await;
    drop(friend);
    is_deaf.store(false, Ordering::SeqCst);

    let friend = phone.reopen().unwrap();
    let report = friend.sync().await.unwrap();
    assert!(report.account().is_none() && report.verified().is_none() && report.freshness().is_none());
    assert_eq!(report.submissions().len(), 1);
    assert!(is_frozen(&gateway, &account));
    let report = friend.sync().await.unwrap();
    assert!(report.submissions()[0].is_done(), "and it is seen to be there");
    assert!(friend.sync().await.unwrap().submissions().is_empty(), "nothing is left to do");
}

#[tokio::test]
async fn wallet_35_what_is_wrong_with_her_own_account_holds_up_no_freeze_of_anothers() {
    let gateway = Gateway::new();
    let (_, code, account) = hers(&gateway).await;
    let phone = Phone::new(&gateway, 2);
    let (friend, _) = phone.with_points().await;
    let own = *friend.account().unwrap().account();
    let is_deaf = deaf(&gateway);
    frozen_by(&friend, &code).await;
    drop(friend);
    is_deaf.store(false, Ordering::SeqCst);
    gateway.town(|town| drop(town.grant(own, 1, citizen_primitives::Hash::plain(&[b"new"]))));
    let history = format!("ledger/accounts/{}", own.to_hex());
    gateway.lie(move |path, body| if path.starts_with(&history) { b"lost".to_vec() } else { body });
    let friend = phone.reopen().unwrap();
    assert!(friend.sync().await.is_err(), "it is told in the end");
    assert!(is_frozen(&gateway, &account));
}

#[tokio::test]
async fn wallet_36_a_freeze_from_before_does_not_stop_the_account_that_came_back_to_this_phone() {
    let gateway = Gateway::new();
    let (lost, code, account) = hers(&gateway).await;
    let backup = lost.backup(&code).unwrap();
    let phone = Phone::new(&gateway, 2);
    let is_deaf = deaf(&gateway);
    let friend = phone.create().0;
    let sent = frozen_by(&friend, &code).await;
    drop(friend);
    is_deaf.store(false, Ordering::SeqCst);

    let (restored, _) = Wallet::restore(phone.config(), &backup, &code, PIN).await.unwrap();
    restored.sync().await.unwrap();
    assert!(!is_frozen(&gateway, &account), "her own phone has stopped her");
    assert_eq!(*restored.custody().await.unwrap().state(), "free");
    gateway.town(|town| town.chain.idle(120));
    let ended = restored.advance_submission(sent.id()).await.unwrap();
    assert_eq!(*ended.state(), "never");
}

#[tokio::test]
async fn wallet_37_a_freeze_that_came_about_is_told_as_such_also_when_the_account_goes_on_since() {
    let gateway = Gateway::new();
    let (lost, code, account) = hers(&gateway).await;
    let backup = lost.backup(&code).unwrap();
    let phone = Phone::new(&gateway, 2);
    let friend = phone.create().0;
    let sent = frozen_by(&friend, &code).await;
    assert!(is_frozen(&gateway, &account));
    // Nobody has looked, and she goes on with a new phone.
    let new = Phone::new(&gateway, 3);
    drop(Wallet::restore(new.config(), &backup, &code, PIN).await.unwrap());
    assert!(!is_frozen(&gateway, &account));
    gateway.town(|town| town.chain.idle(120));
    assert!(friend.advance_submission(sent.id()).await.unwrap().is_done());
    assert!(!is_frozen(&gateway, &account), "and it is not sent again");
}

/// What the gateway showed of the account while it was frozen an hour ago, it shows again.
#[tokio::test]
async fn wallet_37_a_header_from_before_the_freeze_proves_no_freeze() {
    for restarted in [false, true] {
        let gateway = Gateway::new();
        let (lost, code, account) = hers(&gateway).await;
        let phone = Phone::new(&gateway, 2);
        let friend = phone.create().0;
        let old = Arc::new(Mutex::new(Vec::new()));
        let sent = frozen_by(&friend, &code).await;
        let keeps = Arc::clone(&old);
        gateway.lie(move |path, body| {
            if path == "ledger/state" {
                *keeps.lock().unwrap() = body.clone();
            }
            body
        });
        assert!(friend.advance_submission(sent.id()).await.unwrap().is_done());
        gateway.be_honest();
        let goes_on = lost.unfreeze(&code).await.unwrap();
        assert!(lost.follow_submission(goes_on.id()).await.unwrap().is_done());
        gateway.town(|town| town.chain.idle(20));

        let is_deaf = deaf(&gateway);
        let mut friend = friend;
        let sent = frozen_by(&friend, &code).await;
        if restarted {
            drop(friend);
            friend = phone.reopen().unwrap();
        }
        gateway
            .lie(move |path, body| if path == "ledger/state" { old.lock().unwrap().clone() } else { body });
        let looked = friend.advance_submission(sent.id()).await;
        assert!(!looked.as_ref().is_ok_and(SubmissionView::is_done), "{restarted}: {looked:?}");
        gateway.be_honest();
        is_deaf.store(false, Ordering::SeqCst);
        friend.sync().await.unwrap();
        assert!(is_frozen(&gateway, &account), "{restarted}: it is sent until it is there");
    }
}

/// A way on which answers from one place never come.
struct Stuck(Arc<Gateway>, Place);

#[async_trait]
impl Transport for Stuck {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.place == self.1 {
            return std::future::pending().await;
        }
        self.0.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.0.send_web(request).await
    }
}

/// A change of keys is on its way and its answer never comes; the wallet is busy with it.
#[tokio::test]
async fn wallet_38_nobody_who_never_answers_holds_a_freeze_up() {
    let gateway = Gateway::new();
    let (_, code, account) = hers(&gateway).await;
    let phone = Phone::new(&gateway, 2);
    let (friend, own) = phone.with_points().await;
    let friends = *friend.account().unwrap().account();
    drop(friend);
    let store: Box<dyn LockedStore> = Box::new(phone.disk.open().unwrap());
    let mut config = phone.config_in(StorePlace::Opened(store));
    config.transport = Arc::new(Stuck(Arc::clone(&gateway), place::SEND_ACCOUNT));
    let friend = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    for (code, account) in [(code, account), (own, friends)] {
        tokio::select! {
            biased;
            changed = friend.rotate_card() => panic!("{changed:?}"),
            frozen = tokio::time::timeout(Duration::from_secs(60), friend.freeze(&code)) => {
                frozen.expect("it waits for somebody who never answers").unwrap();
            }
        }
        assert!(is_frozen(&gateway, &account));
    }
}

/// A way, and what was asked over it.
struct Noted(Arc<Gateway>, Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Transport for Noted {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.1.lock().unwrap().push(request.url.path().to_owned());
        self.0.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.0.send_web(request).await
    }
}

struct Apart(Arc<Gateway>, Arc<Mutex<Vec<String>>>);

impl Connections for Apart {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        Some(Arc::new(Noted(Arc::clone(&self.0), Arc::clone(&self.1))))
    }
}

#[tokio::test]
async fn card_41_who_has_lost_her_phone_is_said_over_a_connection_without_her_account_and_not_told_as_proved()
{
    let gateway = Gateway::new();
    let phone = Phone::new(&gateway, 1);
    drop(phone.with_points().await);
    // Nobody has revoked anything: a liar answers.
    let liar = |_: &Gateway, path: &str, _: Option<&str>, _: &[u8]| {
        (path == "issuer/losses").then(|| (200, br#"{"revoked":10}"#.to_vec()))
    };
    assert!(gateway.others.set(Box::new(liar)).is_ok());
    let (own, apart) = (Arc::default(), Arc::default());
    let store: Box<dyn LockedStore> = Box::new(phone.disk.open().unwrap());
    let mut config = phone.config_in(StorePlace::Opened(store));
    config.transport = Arc::new(Noted(Arc::clone(&gateway), Arc::clone(&own)));
    config.connections = Arc::new(Apart(Arc::clone(&gateway), Arc::clone(&apart)));
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    wallet.sync().await.unwrap();
    apart.lock().unwrap().clear();
    let [number, name, birth_date] = ["SB-1001", "홍길동", "1999-03-02"].map(str::to_owned);
    let view = wallet.report_loss(&Identity { number, name, birth_date }).await.unwrap();
    assert_eq!(*apart.lock().unwrap(), ["/v1/issuer/losses"]);
    assert!(own.lock().unwrap().iter().all(|path| !path.contains("issuer")));
    assert!(view.text().en.contains("not seen in the status lists yet"), "{}", view.text().en);
    assert!(view.text().ko.contains("아직 확인되지 않았습니다"));
}
