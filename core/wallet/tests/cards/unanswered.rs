//! An answer of the issuer's is lost, on the way or with the app: the wallet asks for the same again by itself (CARD-16).

use crate::crash::RECEIVING;
use crate::cut::{Cut, When};
use crate::offers::take;
use crate::office::{self, Office, Shared, anchor, cut_wallet, receive, register};
use crate::support::phone::{PIN, Same};
use crate::support::{Gateway, Phone};
use citizen_client::{Request, Response, Transport, TransportError, WebRequest, WebResponse};
use citizen_ledger::CertificateRole;
use citizen_primitives::Place;
use citizen_store::LockedStore;
use citizen_wallet::error::{Party, Reason, Subject};
use citizen_wallet::{StorePlace, Wallet, WalletError, place};
use std::sync::{Arc, Mutex};

/// A way on which one answer is lost: what was asked has arrived.
pub struct Lossy {
    gateway: Arc<Gateway>,
    /// The answer to the so-many-th request from a place; and what comes in its stead.
    pub at: Mutex<Option<(Place, u32, Option<WebResponse>)>>,
}

#[async_trait::async_trait]
impl Transport for Lossy {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.gateway.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let place = request.place;
        let answer = self.gateway.send_web(request).await;
        let mut at = self.at.lock().unwrap();
        match at.take() {
            Some((lost, 0, instead)) if lost == place => instead.ok_or(TransportError::Offline),
            Some((lost, more, instead)) if lost == place => {
                *at = Some((lost, more - 1, instead));
                answer
            }
            other => {
                *at = other;
                answer
            }
        }
    }
}

/// A wallet that loses an answer. Whether it was lost is known afterwards: nothing is set any more.
pub fn lossy(
    gateway: &Arc<Gateway>,
    (place, number): (Place, u32),
    instead: Option<WebResponse>,
) -> (Arc<Lossy>, Phone, Wallet) {
    let phone = Phone::new(gateway, 1);
    drop(phone.create());
    let way = Arc::new(Lossy { gateway: gateway.clone(), at: Mutex::new(Some((place, number, instead))) });
    let store: Box<dyn LockedStore> = Box::new(phone.disk.open().unwrap());
    let mut config = phone.config_in(StorePlace::Opened(store));
    config.transport = way.clone();
    config.connections = Arc::new(Same(way.clone()));
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    (way, phone, wallet)
}

/// The card is there with all its copies, of one order, and the issuer has heard so.
pub fn is_whole(wallet: &Wallet, office: &Shared) -> bool {
    let cards = wallet.credentials().unwrap();
    let copies: Vec<usize> = cards.iter().map(|card| *card.copies_left()).collect();
    let office = office.lock().unwrap();
    (copies, office.orders.len()) == (vec![4], 1)
}

#[tokio::test]
async fn card_16_what_the_issuer_answered_and_nobody_heard_is_asked_for_again_and_is_the_same_order() {
    let mut lost = 0;
    for place in [place::SEND_GRANT, place::SEND_KEY_PROOFS] {
        for number in 0.. {
            for by_restart in [false, true] {
                let (gateway, office) = Office::open();
                let (way, phone, mut wallet) = lossy(&gateway, (place, number), None);
                let received = receive(&wallet, &office, "홍 길동").await;
                if way.at.lock().unwrap().is_some() {
                    break;
                }
                lost += 1;
                assert_eq!(received, Err(WalletError::Offline { can_queue: false }), "{place} {number}");
                assert!(wallet.credentials().unwrap().is_empty());
                if by_restart {
                    drop(wallet);
                    wallet = phone.reopen().unwrap();
                }
                anchor(&gateway, &office);
                let cards = wallet.refresh_credentials().await.unwrap();
                assert_eq!(*cards[0].state(), "valid", "{place} {number} {by_restart}");
                assert!(is_whole(&wallet, &office), "{place} {number} {by_restart}");
                assert_eq!(office.lock().unwrap().notified, 1);
                wallet.refresh_credentials().await.unwrap();
                assert!(is_whole(&wallet, &office), "nothing is asked for again");
            }
            if number > 8 {
                break;
            }
        }
    }
    assert!(lost >= 8, "token and credentials, each with the nonce before it: {lost}");
}

#[tokio::test]
async fn card_16_a_phone_that_died_after_the_citizens_word_goes_on_by_itself_with_the_same_order() {
    for place in RECEIVING.into_iter().filter(|place| *place != place::ASK_OFFER) {
        for when in [When::Before, When::After] {
            let (gateway, office) = Office::open();
            let phone = Phone::new(&gateway, 1);
            drop(phone.create());
            let cut = Cut::at(place, when);
            let dying = cut_wallet(&phone, &cut);
            drop(receive(&dying, &office, "홍 길동").await);
            assert!(cut.is_dead(), "{place} was not visited");
            drop(dying);
            let wallet = phone.reopen().unwrap();
            anchor(&gateway, &office);
            let refreshed = wallet.refresh_credentials().await;
            assert!(refreshed.is_ok(), "{place} {when:?}: {refreshed:?}");
            if (place, when) == (place::ISSUANCE_BEGUN, When::Before) {
                assert!(wallet.credentials().unwrap().is_empty(), "nothing was said yet");
            } else {
                assert!(is_whole(&wallet, &office), "{place} {when:?}");
            }
        }
    }
}

#[tokio::test]
async fn card_16_a_server_that_is_down_has_answered_nothing() {
    let (gateway, office) = Office::open();
    let down = WebResponse { status: 503, headers: Vec::new(), body: b"{}".to_vec() };
    let (_, _, wallet) = lossy(&gateway, (place::SEND_KEY_PROOFS, 0), Some(down));
    let unavailable = WalletError::Refused { by: Party::Issuer, reason: Reason::Unavailable };
    assert_eq!(receive(&wallet, &office, "홍 길동").await.unwrap_err(), unavailable);
    anchor(&gateway, &office);
    wallet.refresh_credentials().await.unwrap();
    assert!(is_whole(&wallet, &office));
}

#[tokio::test]
async fn card_16_the_same_offer_again_goes_on_with_what_was_begun() {
    let (gateway, office) = Office::open();
    let (_, _, wallet) = lossy(&gateway, (place::SEND_KEY_PROOFS, 0), None);
    let (link, code) = office.lock().unwrap().offer("홍 길동");
    let lost = Err(WalletError::Offline { can_queue: false });
    assert_eq!(take(&wallet, &link, Some(&code)).await, lost);
    assert_eq!(take(&wallet, &link, Some(&code)).await.unwrap().len(), 1);
    assert!(is_whole(&wallet, &office));
}

#[tokio::test]
async fn card_24_the_same_offer_again_goes_on_with_the_certificate_that_she_reviewed_and_with_no_other() {
    let (gateway, office) = Office::open();
    let (_, _, wallet) = lossy(&gateway, (place::SEND_KEY_PROOFS, 0), None);
    let (link, code) = office.lock().unwrap().offer("홍 길동");
    let lost = Err(WalletError::Offline { can_queue: false });
    assert_eq!(take(&wallet, &link, Some(&code)).await, lost);
    let first =
        std::mem::replace(&mut office.lock().unwrap().office, office::Party::new("issuer.seoul.example"));
    register(&gateway, &office, CertificateRole::Issuer, "issuer");
    let review = wallet.review_offer(&link).await.unwrap();
    let wrong = WalletError::Unverified { what: Subject::Answer, source: Party::Issuer };
    assert_eq!(wallet.accept_offer(review, Some(&code)).await.unwrap_err(), wrong);
    office.lock().unwrap().office = first;
    assert_eq!(take(&wallet, &link, Some(&code)).await.unwrap().len(), 1);
    assert!(is_whole(&wallet, &office));
}

#[tokio::test]
async fn card_16_what_the_issuer_refuses_now_is_asked_for_no_more() {
    let (gateway, office) = Office::open();
    let (_, _, wallet) = lossy(&gateway, (place::SEND_KEY_PROOFS, 0), None);
    assert!(receive(&wallet, &office, "홍 길동").await.is_err());
    office.lock().unwrap().forget();
    let spent = WalletError::Refused { by: Party::Issuer, reason: Reason::GrantSpent };
    assert_eq!(wallet.refresh_credentials().await.unwrap_err(), spent, "she is told once");
    assert!(wallet.refresh_credentials().await.unwrap().is_empty());
}

#[tokio::test]
async fn card_23_another_offer_leaves_what_was_begun_as_it_is() {
    let (gateway, office) = Office::open();
    let (_, _, wallet) = lossy(&gateway, (place::SEND_KEY_PROOFS, 1), None);
    assert!(receive(&wallet, &office, "홍 길동").await.is_err());
    let awaited = wallet.pending_credentials().unwrap();
    assert_eq!((awaited.len(), *awaited[0].state()), (1, "unanswered"));
    receive(&wallet, &office, "김 샘플").await.unwrap();
    assert_eq!(wallet.pending_credentials().unwrap(), awaited);
    anchor(&gateway, &office);
    assert_eq!(wallet.refresh_credentials().await.unwrap().len(), 2, "both are hers");
    assert_eq!(office.lock().unwrap().orders.len(), 2);
    assert!(wallet.pending_credentials().unwrap().is_empty());
}
