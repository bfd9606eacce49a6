//! The card by the app's own parts: received at the counter's offer, shown to the library, and the account's key changed and frozen.

use crate::app::{Finger, Mood};
use crate::phone::{PIN, Phone, Town, pay, secret};
use citizen_primitives::Place;
use citizen_wallet::{Https, Method, Transport as _, WebRequest};
use citizen_wallet_ffi::{KeyPurpose, KeystoreError, PresentationPick, SigningKind, Wallet, WalletError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A counter or a service's page, asked as a browser asks.
struct Counter<'a> {
    town: &'a Town,
    https: Https,
}

impl<'a> Counter<'a> {
    fn of(town: &'a Town) -> Self {
        Self { town, https: Https::new().unwrap() }
    }

    /// The answer's object, and where it sends the browser.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (Value, Option<String>) {
        let url = self.town.city.url().join(path).unwrap();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let request = WebRequest { place: Place::new("test/counter"), method, url, headers, body };
        let answer = self.https.send_web(request).await.unwrap();
        let location = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let location = location.map(|(_, value)| value.clone());
        (serde_json::from_slice(&answer.body).unwrap_or_default(), location)
    }

    /// The offer of a citizen's card, and the code that she is sent; once the issuer has published its first list.
    async fn offer(&self) -> (String, String) {
        let list = self.town.city.url().join("/v1/issuer/status-lists/0").unwrap();
        let is_there = async || {
            let request = WebRequest {
                place: Place::new("test/list"),
                method: Method::Get,
                url: list.clone(),
                headers: Vec::new(),
                body: Vec::new(),
            };
            self.https.send_web(request).await.unwrap().status == 200
        };
        while !is_there().await {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let application = json!({
            "number": "SB-1001", "name": "홍길동", "birth_date": "1999-03-02", "credentials": ["citizen-card"],
        });
        let (offered, _) = self.ask(Method::Post, "/v1/issuer/offers", Some(&application)).await;
        let text = |name: &str| offered[name].as_str().unwrap().to_owned();
        (text("offer"), text("transaction_code"))
    }

    /// The link that the library's page shows, and the page.
    async fn visit(&self) -> (String, String) {
        self.visit_by("visits").await
    }

    /// The same by one of the page's buttons.
    async fn visit_by(&self, button: &str) -> (String, String) {
        let (_, page) = self.ask(Method::Post, &format!("/v1/verifiers/mapo-library/{button}"), None).await;
        let page = page.unwrap();
        (self.standing(&page).await["link"].as_str().unwrap().to_owned(), page)
    }

    async fn standing(&self, page: &str) -> Value {
        self.ask(Method::Get, &format!("{page}/standing"), None).await.0
    }
}

/// FFI-17: what the key store was told since the last time.
fn said(phone: &Phone) -> Vec<(SigningKind, String)> {
    let reasons = std::mem::take(&mut *phone.finger.reasons.lock().unwrap());
    assert!(reasons.iter().all(|reason| !reason.text.ko.is_empty() && reason.text.ko != reason.text.en));
    reasons.into_iter().map(|reason| (reason.kind, reason.text.en)).collect()
}

async fn with_account(phone: &Phone) -> Arc<Wallet> {
    let wallet = phone.create().await.unwrap();
    let code = wallet.generate_recovery_code(None).await.unwrap();
    wallet.open_account(code, None).await.unwrap();
    wallet
}

/// Receives the card.
async fn receive(phone: &Phone, wallet: &Wallet, counter: &Counter<'_>) -> String {
    let (link, code) = counter.offer().await;
    let offer = wallet.review_offer(link, None).await.unwrap();
    let view = offer.view();
    assert!(*view.issuer().is_registered() && *view.can_accept() && *view.needs_code());
    #[cfg(target_os = "linux")]
    crate::still::stands_still(phone, "OfferReview.view", || drop(offer.view()));
    let received = wallet.accept_offer(offer.clone(), Some(secret(&code)), None).await.unwrap();
    assert!(wallet.pending_credentials(None).await.unwrap().is_empty(), "all of it has come");
    let gone = wallet.forget_pending("0".repeat(32), None).await.unwrap_err();
    assert_eq!(gone, WalletError::Invalid { reason: "issuance-unknown".to_owned() });
    let again = wallet.accept_offer(offer, None, None).await.unwrap_err();
    assert_eq!(again, WalletError::Expired { what: "review".to_owned() });
    received[0].id().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_14_15_and_17_a_card_is_received_and_shown_over_the_apps_own_transport_once_for_each_review() {
    let town = Town::start().await;
    let phone = town.phone("card");
    let (wallet, counter) = (with_account(&phone).await, Counter::of(&town));
    let made = || std::mem::take(&mut *phone.finger.made.lock().unwrap());
    assert_eq!(made(), [KeyPurpose::Approval], "the card's key asks before every signature");
    assert_eq!(said(&phone), [(SigningKind::Account, "Open a wallet account with this phone.".to_owned())]);
    let id = receive(&phone, &wallet, &counter).await;
    assert_eq!(made(), [KeyPurpose::Token; 10], "ten copies' keys ask once");
    let received = said(&phone);
    assert!(received.len() == 10 && received.iter().all(|(kind, _)| *kind == SigningKind::Credential));
    let held = wallet.refresh_credentials(None).await.unwrap();
    assert_eq!((held.len(), *held[0].state()), (1, "valid"));
    let detail = wallet.credential(id.clone(), None).await.unwrap();
    assert!(detail.disclosable().iter().any(|claim| claim.path() == "address.district"), "{detail:?}");

    let (link, page) = counter.visit().await;
    let request = wallet.review_presentation(link, None).await.unwrap();
    assert!(*request.view().can_present() && *request.view().verifier().is_registered());
    #[cfg(target_os = "linux")]
    {
        crate::still::stands_still(&phone, "PresentationReview.view", || drop(request.view()));
        crate::still::stands_still(&phone, "PresentationReview.suggested", || drop(request.suggested()));
    }
    let picks = request.suggested().unwrap();
    assert_eq!(picks[0].credential, id);
    let asked = phone.finger.asked.load(Ordering::SeqCst);
    assert_eq!(said(&phone), [], "a review asks for nothing");
    wallet.present_credentials(request.clone(), picks.clone(), false, None).await.unwrap();
    assert!(phone.finger.asked.load(Ordering::SeqCst) > asked, "the copy's key signs in the key store");
    let library = request.view().verifier().name().clone();
    assert_eq!(
        said(&phone),
        [
            (SigningKind::Presentation, format!("Show \"Seoul citizen card\" to {}.", library.en)),
            (SigningKind::SignIn, format!("Sign in to {}.", library.en)),
        ]
    );
    assert_eq!(counter.standing(&page).await["standing"], "accepted");
    let again = wallet.present_credentials(request, picks, false, None).await.unwrap_err();
    assert_eq!(again, WalletError::Expired { what: "review".to_owned() });

    // What was not asked for is not shown, and a request can be declined.
    let (link, page) = counter.visit().await;
    let request = wallet.review_presentation(link, None).await.unwrap();
    let more = vec![PresentationPick {
        query: request.suggested().unwrap()[0].query.clone(),
        credential: id.clone(),
        claims: vec!["birthdate".to_owned()],
    }];
    let refused = wallet.present_credentials(request, more, false, None).await.unwrap_err();
    assert_eq!(refused, WalletError::Invalid { reason: "selection".to_owned() });
    assert_eq!(counter.standing(&page).await["standing"], "waiting");
    let (link, _) = counter.visit().await;
    let request = wallet.review_presentation(link, None).await.unwrap();
    wallet.decline_presentation(request, None).await.unwrap();
    let log = wallet.credential_log(None).await.unwrap();
    let kinds: Vec<_> = log.iter().map(|line| *line.kind()).collect();
    assert_eq!(kinds, ["received", "presented", "signed-in", "declined"]);
    assert!(log[1].purpose().is_some() && log[1].claims().len() >= 2, "{:?}", log[1]);
    // The library knows her again, and is shown nothing; until she forgets it.
    let (link, page) = counter.visit_by("returns").await;
    let request = wallet.review_presentation(link, None).await.unwrap();
    let view = request.view();
    assert!(view.asked().is_empty() && *view.sign_in().as_ref().unwrap().is_known());
    let picks = request.suggested().unwrap();
    wallet.present_credentials(request, picks, false, None).await.unwrap();
    assert_eq!(counter.standing(&page).await["visitor"], "known");
    let service = wallet.services(None).await.unwrap().remove(0);
    wallet.forget_service(service.id().to_string(), None).await.unwrap();
    assert!(wallet.services(None).await.unwrap().is_empty());
    let gone = wallet.forget_service("service".to_owned(), None).await.unwrap_err();
    assert_eq!(gone, WalletError::Invalid { reason: "service-unknown".to_owned() });
    wallet.forget_credential(id, None).await.unwrap();
    assert!(wallet.credentials(None).await.unwrap().is_empty());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_14_a_transport_that_carries_no_headers_is_said_to_be_missing_and_nothing_is_received() {
    let town = Town::start().await;
    let phone = town.phone("old");
    let (wallet, counter) = (with_account(&phone).await, Counter::of(&town));
    phone.net.drops_headers.store(true, Ordering::SeqCst);
    let (link, _) = counter.offer().await;
    let refused = wallet.review_offer(link.clone(), None).await.unwrap_err();
    assert_eq!(refused, WalletError::Invalid { reason: "transport-needed".to_owned() });
    phone.net.drops_headers.store(false, Ordering::SeqCst);
    wallet.review_offer(link, None).await.unwrap();
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_14_the_key_of_the_card_is_changed_in_the_apps_key_store_and_the_account_frozen_by_its_code() {
    let town = Town::start().await;
    let phone = town.phone("key");
    let wallet = phone.create().await.unwrap();
    let code = wallet.generate_recovery_code(None).await.unwrap();
    wallet.open_account(code.clone(), None).await.unwrap();
    wallet.enrol("김하나".to_owned(), None).await.unwrap();
    wallet.earn("eco".to_owned(), "eco-2026-h1".to_owned(), None).await.unwrap();
    let before = wallet.card(None).await.unwrap();
    assert_eq!(*before.standing(), "active");
    let after = wallet.rotate_card(None).await.unwrap();
    assert_eq!((*after.standing(), *after.epoch()), ("active", before.epoch() + 1));
    assert_ne!(after.did(), before.did());
    pay(&wallet, 1_000, 1_000).await.unwrap();
    wallet.release().await.unwrap();

    let wallet = phone.open().await.unwrap();
    wallet.unlock(secret(PIN), None).await.unwrap();
    assert_eq!(wallet.card(None).await.unwrap().did(), after.did());
    let wrong = wallet.freeze(secret("0000"), None).await.unwrap_err();
    assert_eq!(wrong, WalletError::Invalid { reason: "recovery-code".to_owned() });
    let sent = wallet.freeze(code.clone(), None).await.unwrap();
    assert!(wallet.follow_submission(sent.id().to_hex(), None).await.unwrap().is_done());
    assert_eq!(*wallet.custody(None).await.unwrap().state(), "frozen");
    assert_eq!(*wallet.card(None).await.unwrap().standing(), "frozen");
    let objected = wallet.object_to_recovery(None).await.unwrap_err();
    assert_eq!(objected, WalletError::Refused { by: "ledger".to_owned(), reason: "frozen".to_owned() });
    let sent = wallet.unfreeze(code, None).await.unwrap();
    assert!(wallet.follow_submission(sent.id().to_hex(), None).await.unwrap().is_done());
    pay(&wallet, 1_000, 1_000).await.unwrap();
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_3_a_change_of_key_that_was_stopped_goes_on_or_never_was() {
    let town = Town::start().await;
    let phone = town.phone("stopped");
    let wallet = phone.set_up("이둘").await;
    let before = wallet.card(None).await.unwrap();
    let token = citizen_wallet_ffi::CancelToken::new();
    phone.finger.set(Mood::Waits);
    let (stopped, ()) = tokio::join!(wallet.rotate_card(Some(token.clone())), async {
        while !is_asked(&phone.finger) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        token.cancel();
    });
    assert_eq!(stopped.unwrap_err(), WalletError::Cancelled);
    phone.finger.set(Mood::Answers);
    assert_eq!(wallet.card(None).await.unwrap().did(), before.did());
    wallet.sync(None).await.unwrap();
    pay(&wallet, 1_000, 1_000).await.unwrap();
    let after = wallet.rotate_card(None).await.unwrap();
    assert_eq!(*after.epoch(), before.epoch() + 1);
    town.stop().await;
}

/// Whether the key store was asked since the wallet was made, and waits.
fn is_asked(finger: &Finger) -> bool {
    finger.waiting.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread")]
async fn ffi_15_the_platform_states_over_the_apps_challenge_where_the_cards_key_lives() {
    let town = Town::start().await;
    let phone = town.phone("attested");
    let wallet = phone.create().await.unwrap();
    let statement = wallet.attest(b"of the app's server".to_vec(), None).await.unwrap().unwrap();
    assert_eq!(statement.len(), b"of the app's server".len() + 33);
    assert!(statement.starts_with(b"of the app's server"));
    phone.finger.set(Mood::Throws(KeystoreError::Cancelled));
    assert_eq!(wallet.attest(vec![1], None).await, Err(WalletError::Cancelled));
    phone.finger.set(Mood::Answers);
    for none in [vec![], vec![0; 129]] {
        assert!(matches!(wallet.attest(none, None).await, Err(WalletError::Invalid { .. })));
    }
    wallet.lock(None).await.unwrap();
    assert_eq!(wallet.attest(vec![1], None).await, Err(WalletError::Locked));
    town.stop().await;
}
