//! Somebody who never answers: nothing else waits for that, least of all a payment or a freeze.

use crate::office::{LIBRARY, Office, Shared, anchor, query, receive, revoke_all, with_card};
use crate::support::phone::{PIN, Same};
use crate::support::{Gateway, Phone};
use citizen_client::{Request, Response, Transport, TransportError, WebRequest, WebResponse};
use citizen_primitives::Place;
use citizen_store::LockedStore;
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::{StorePlace, Wallet, WalletError, place};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

/// A way on which an answer never comes.
struct Stuck(Arc<Gateway>, Place);

#[async_trait::async_trait]
impl Transport for Stuck {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.0.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        if request.place == self.1 {
            return std::future::pending().await;
        }
        self.0.send_web(request).await
    }
}

/// A wallet with a card, whose calls from a place are never answered.
async fn stuck_at(place: Place) -> (Shared, Wallet) {
    let (gateway, office) = Office::open();
    let (phone, wallet): (Phone, Wallet) = with_card(&gateway, &office).await;
    drop(wallet);
    let store: Box<dyn LockedStore> = Box::new(phone.disk.open().unwrap());
    let mut config = phone.config_in(StorePlace::Opened(store));
    config.transport = Arc::new(Stuck(gateway, place));
    config.connections = Arc::new(Same(Arc::clone(&config.transport)));
    (office, Wallet::open(config).unwrap().unlock(PIN).unwrap())
}

/// What takes both locks of the wallet: an order, say.
async fn does_something_else(wallet: &Wallet) {
    let card = *wallet.credentials().unwrap()[0].id();
    let done = tokio::time::timeout(Duration::from_secs(60), wallet.forget_credential(&card)).await;
    done.expect("it waits for somebody who never answers").unwrap();
}

#[tokio::test]
async fn a_verifier_that_never_answers_holds_up_nothing_else() {
    let (office, wallet) = stuck_at(place::SEND_PRESENTATION).await;
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(&[&["age_over_19"]]));
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    tokio::select! {
        biased;
        shown = wallet.present_credentials(review, &choice) => panic!("{shown:?}"),
        () = does_something_else(&wallet) => {}
    }
}

#[tokio::test]
async fn an_issuer_that_never_answers_holds_up_nothing_else() {
    let (office, wallet) = stuck_at(place::SEND_KEY_PROOFS).await;
    let (link, code) = office.lock().unwrap().offer("홍 길동");
    let review = wallet.review_offer(&link).await.unwrap();
    tokio::select! {
        biased;
        received = wallet.accept_offer(review, Some(&code)) => panic!("{received:?}"),
        () = does_something_else(&wallet) => {}
    }
}

/// A way on which the first status list is under way until it is told to come.
struct Late {
    gateway: Arc<Gateway>,
    is_held: AtomicBool,
    has_left: Notify,
    comes: Notify,
}

#[async_trait::async_trait]
impl Transport for Late {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.gateway.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let is_late = request.place == place::ASK_STATUS_LIST && !self.is_held.swap(true, Ordering::SeqCst);
        let answer = self.gateway.send_web(request).await;
        if is_late {
            self.has_left.notify_one();
            self.comes.notified().await;
        }
        answer
    }
}

#[tokio::test]
async fn card_43_a_look_that_was_slow_takes_back_no_revocation_that_another_has_seen() {
    let (gateway, office) = Office::open();
    let (phone, wallet) = with_card(&gateway, &office).await;
    drop(wallet);
    anchor(&gateway, &office);
    let late = Arc::new(Late {
        gateway: Arc::clone(&gateway),
        is_held: AtomicBool::new(false),
        has_left: Notify::new(),
        comes: Notify::new(),
    });
    let store: Box<dyn LockedStore> = Box::new(phone.disk.open().unwrap());
    let mut config = phone.config_in(StorePlace::Opened(store));
    config.transport = late.clone();
    config.connections = Arc::new(Same(Arc::clone(&config.transport)));
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();

    let state = || *wallet.credentials().unwrap()[0].state();
    let slow = async {
        // It is told that the card is valid, looks again, and is told the same as the other.
        wallet.refresh_credentials().await.unwrap();
        assert_eq!(state(), "revoked", "and it says what is known by then");
    };
    let fast = async {
        late.has_left.notified().await;
        revoke_all(&gateway, &office);
        wallet.refresh_credentials().await.unwrap();
        assert_eq!(state(), "revoked");
        late.comes.notify_one();
    };
    tokio::join!(slow, fast);
    assert_eq!(state(), "revoked");
}

/// A way on which the next question for the state waits until it is let go.
struct Held {
    gateway: Arc<Gateway>,
    next: AtomicBool,
    go: Semaphore,
}

#[async_trait::async_trait]
impl Transport for Held {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.place == place::ASK_STATE && self.next.swap(false, Ordering::SeqCst) {
            self.go.acquire().await.unwrap().forget();
        }
        self.gateway.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.gateway.send_web(request).await
    }
}

/// She was found to have her account; then she waits behind a slow look at it, and meanwhile it is frozen here.
#[tokio::test]
async fn card_42_who_waited_for_her_turn_while_the_account_was_frozen_shows_nothing() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, code) = phone.with_points().await;
    receive(&wallet, &office, "홍 길동").await.unwrap();
    drop(wallet);
    let way = Arc::new(Held { gateway, next: AtomicBool::new(false), go: Semaphore::new(0) });
    let store: Box<dyn LockedStore> = Box::new(phone.disk.open().unwrap());
    let mut config = phone.config_in(StorePlace::Opened(store));
    config.transport = way.clone();
    config.connections = Arc::new(Same(Arc::clone(&config.transport)));
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    wallet.sync().await.unwrap();
    let link = office.lock().unwrap().ask(LIBRARY, "1", &query(&[&["age_over_19"]]));
    let review = wallet.review_presentation(&link).await.unwrap();
    let choice = review.suggested().unwrap();
    way.next.store(true, Ordering::SeqCst);
    let (busy, shown, frozen) = tokio::join!(
        biased;
        wallet.object_to_recovery(),
        wallet.present_credentials(review, &choice),
        async {
            let frozen = wallet.freeze(&code).await;
            way.go.add_permits(1);
            frozen
        }
    );
    assert!(busy.is_err() && frozen.is_ok());
    assert_eq!(shown.unwrap_err(), WalletError::Refused { by: Party::Ledger, reason: Reason::Frozen });
    assert!(wallet.credentials().unwrap().iter().all(|card| *card.copies_left() == 4), "none is used up");
}
