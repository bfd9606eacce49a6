//! A citizen's wallet against the city's issuer and its verifiers, over HTTP: she gets her card and her certificates, shows what a service needs and
//! nothing else, meets somebody whom nobody knows, and loses her phone.
//!
//! The wallet is the facade that apps have; what it is not told by QR code, link or letter, it finds out by itself.

#![cfg(test)]

#[path = "card/described.rs"]
mod described;

use citizen_client::{Method, Request, Transport as _, WebRequest};
use citizen_keys::MemoryBackend;
use citizen_payment::render::{ErrorCorrection, qr_png};
use citizen_payment::scan::read_image;
use citizen_primitives::{Place, random};
use citizen_store::MemoryDisk;
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::view::CredentialView;
use citizen_wallet::{
    City as Trusted, Claim, Coins, Https, Identity, LockedWallet, PinCost, Points, PresentationPick,
    PresentationReview, ReturnAddress, SoftwareKeystore, StorePlace, Trust, Wallet, WalletConfig,
    WalletError, Won,
};
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::merchants::{BAKERY, printed_code};
use city_sandbox::stranger::Stranger;
use city_services::issuer::WALLET_ADDRESS;
use city_services::issuer::{Application, LossReport, OfferAnswer};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const PIN: &str = "294857";
const HERE: Place = Place::new("test/wallet-card");
/// Looks that are taken until something has come about, a tenth of a second apart.
const LOOKS: u32 = 1_800;
const CARD: &str = "urn:seoul:citizen-card:1";

/// Number, name and day of birth, as she shows them at the counter.
type Citizen = (&'static str, &'static str, &'static str);

const HONG: Citizen = ("SB-1001", "홍 길동", "1999-03-02");
/// Two children.
const KIM: Citizen = ("SB-1003", "김 샘플", "1985-12-25");

async fn city() -> (City, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let city = City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap();
    list_after(&city, "").await;
    (city, folder)
}

/// A phone: what outlives the app.
#[derive(Default)]
struct Phone {
    disk: MemoryDisk,
    hardware: MemoryBackend,
}

impl Phone {
    fn config(&self, city: &City) -> WalletConfig {
        let keystore =
            SoftwareKeystore::open(Box::new(self.hardware.clone()), Box::new(random::system())).unwrap();
        let store = StorePlace::Opened(Box::new(self.disk.open().unwrap()));
        let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
        config.pin_cost = PinCost::dangerous_cheap();
        config.return_address = Some(ReturnAddress::new(WALLET_ADDRESS).unwrap());
        config.with_city(Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) })
    }

    fn wallet(&self, city: &City) -> Wallet {
        Wallet::create(self.config(city), PIN).unwrap().0
    }
}

async fn web(city: &City, method: Method, path: &str) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let url = city.url().join(path).unwrap();
    let request = WebRequest { place: HERE, method, url, headers: Vec::new(), body: Vec::new() };
    let answer = Https::new().unwrap().send_web(request).await.unwrap();
    (answer.status, answer.headers, answer.body)
}

async fn post(city: &City, path: &str, body: &impl serde::Serialize) -> Value {
    let url = city.url().join(path).unwrap();
    let body = serde_json::to_vec(body).unwrap();
    let request = Request { place: HERE, method: Method::Post, url, body };
    let answer = Https::new().unwrap().send(request).await.unwrap();
    assert_eq!(answer.status, 200, "{path}");
    serde_json::from_slice(&answer.body).unwrap()
}

/// The status list, once it says something else than before.
async fn list_after(city: &City, before: &str) -> String {
    for _ in 0..LOOKS {
        let (status, _, body) = web(city, Method::Get, "v1/issuer/status-lists/0").await;
        let text = String::from_utf8(body).unwrap();
        if status == 200 && text != before {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no list was published")
}

/// She applies at the counter.
async fn offered(city: &City, (number, name, birth_date): Citizen, credentials: &[&str]) -> OfferAnswer {
    let application = Application {
        number: number.to_owned(),
        name: name.to_owned(),
        birth_date: birth_date.to_owned(),
        credentials: credentials.iter().map(|name| (*name).to_owned()).collect(),
    };
    serde_json::from_value(post(city, "v1/issuer/offers", &application).await).unwrap()
}

async fn receive(
    city: &City,
    wallet: &Wallet,
    citizen: Citizen,
    credentials: &[&str],
) -> Result<Vec<CredentialView>, WalletError> {
    let offer = offered(city, citizen, credentials).await;
    let review = wallet.review_offer(&offer.offer).await?;
    wallet.accept_offer(review, Some(&offer.transaction_code)).await
}

/// What she does on the issuer's page in the browser: where it sends her back.
async fn in_the_browser(city: &City, address: &str, (number, name, birth_date): Citizen) -> String {
    let path = address.strip_prefix(city.url().as_str()).unwrap();
    let (status, headers, body) = web(city, Method::Get, path).await;
    assert_eq!(status, 200, "{path}");
    let cookie = headers.into_iter().find(|(name, _)| name == "set-cookie").unwrap().1;
    let html = String::from_utf8(body).unwrap();
    let (_, word) = html.split_once("name=\"word\" value=\"").unwrap();
    let word = word.split('"').next().unwrap();
    let asked = path.split_once('?').unwrap().1;
    let shown = [("word", word), ("decision", "agree"), ("number", number), ("name", name)];
    let shown = [shown.as_slice(), &[("birth_date", birth_date)]].concat();
    let form = format!("{asked}&{}", citizen_openid4vc::http::encode_form(&shown));
    let headers = vec![
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ("cookie".to_owned(), cookie.split(';').next().unwrap().to_owned()),
    ];
    let url = city.url().join("v1/issuer/authorize").unwrap();
    let request = WebRequest { place: HERE, method: Method::Post, url, headers, body: form.into_bytes() };
    let answer = Https::new().unwrap().send_web(request).await.unwrap();
    assert_eq!(answer.status, 303);
    answer.headers.into_iter().find(|(name, _)| name == "location").unwrap().1
}

/// A visit at a service's page: the page's address, and the link of the code on it.
async fn visit(city: &City, service: &str) -> (String, String) {
    let (status, headers, _) = web(city, Method::Post, &format!("v1/verifiers/{service}/visits")).await;
    assert_eq!(status, 303);
    let page = headers.into_iter().find(|(name, _)| name == "location").unwrap().1;
    let link = standing(city, &page).await["link"].as_str().unwrap().to_owned();
    (page, link)
}

async fn standing(city: &City, page: &str) -> Value {
    let (_, _, body) = web(city, Method::Get, &format!("{page}/standing")).await;
    serde_json::from_slice(&body).unwrap()
}

/// She shows what suffices; how the visit ended, in the service's word.
async fn show(city: &City, wallet: &Wallet, service: &str) -> Result<String, WalletError> {
    let (page, link) = visit(city, service).await;
    let review = wallet.review_presentation(&link).await?;
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await?;
    Ok(standing(city, &page).await["standing"].as_str().unwrap().to_owned())
}

/// The paths of what a request would be shown.
fn paths(review: &PresentationReview) -> Vec<String> {
    let picks = review.suggested().unwrap().picks;
    picks.iter().flat_map(|pick| pick.claims.iter().map(ToString::to_string)).collect()
}

fn copies(wallet: &Wallet, vct: &str) -> usize {
    let held = wallet.credentials().unwrap();
    *held.iter().find(|held| held.vct() == vct).unwrap().copies_left()
}

/// Until the lists say it.
async fn refreshed(wallet: &Wallet, state: &str) {
    for _ in 0..LOOKS {
        let held = wallet.refresh_credentials().await.unwrap();
        if held.iter().all(|held| *held.state() == state) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never {state}")
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_12_a_card_comes_by_qr_code_and_shows_that_she_lives_in_mapo_and_is_over_19_and_nothing_else()
{
    let (city, _folder) = city().await;
    let phone = Phone::default();
    let wallet = phone.wallet(&city);

    // The counter shows a code, and a number comes by letter.
    let offer = offered(&city, HONG, &["citizen-card"]).await;
    let picture = qr_png(&offer.offer, 4, ErrorCorrection::L).unwrap();
    let link = read_image(&picture).unwrap().remove(0).text;
    assert_eq!(link, offer.offer);
    let review = wallet.review_offer(&link).await.unwrap();
    let view = review.view();
    assert!(*view.issuer().is_registered() && *view.can_accept() && *view.needs_code());
    assert_eq!(view.issuer().name().en, "Sandbox City Issuer");
    assert_eq!((*view.is_code_numeric(), *view.code_length()), (true, Some(6)));
    assert_eq!(view.credentials()[0].vct().as_deref(), Some(CARD));
    let wrong = if offer.transaction_code == "000000" { "000001" } else { "000000" };
    let refused = wallet.accept_offer(review, Some(wrong)).await.unwrap_err();
    assert_eq!(refused, WalletError::Refused { by: Party::Issuer, reason: Reason::CodeWrong });
    assert!(wallet.credentials().unwrap().is_empty());
    let review = wallet.review_offer(&link).await.unwrap();
    let held = wallet.accept_offer(review, Some(&offer.transaction_code)).await.unwrap();
    assert_eq!((held.len(), *held[0].copies_left(), *held[0].state()), (1, 10, "unchecked"));
    refreshed(&wallet, "valid").await;
    let detail = wallet.credential(held[0].id()).unwrap();
    assert!(detail.open().is_empty(), "nothing is shown that she does not choose to show");
    let name = detail.disclosable().iter().find(|claim| claim.path() == "family_name").unwrap();
    assert_eq!(name.value(), "홍");

    let (page, link) = visit(&city, "mapo-library").await;
    let picture = qr_png(&link, 4, ErrorCorrection::L).unwrap();
    let review = wallet.review_presentation(&read_image(&picture).unwrap()[0].text).await.unwrap();
    assert_eq!(review.view().verifier().name().ko, "샌드박스 마포도서관");
    assert!(*review.view().verifier().is_registered() && *review.view().can_present());
    assert_eq!(review.view().purposes()[0].en, "Joining and signing in, for citizens of Mapo-gu over 19");
    let asked = paths(&review);
    assert_eq!(asked, ["address.district", "age_over_19"]);
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert_eq!(standing(&city, &page).await["standing"], json!("accepted"));
    assert_eq!(copies(&wallet, CARD), 9);
    let lines = wallet.activity().unwrap();
    let [.., shown, signed_in] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(signed_in.text().ko.contains("로그인"), "{signed_in:?}");
    let log = shown.text().ko.clone();
    for word in ["샌드박스 마포도서관", "address.district", "age_over_19"] {
        assert!(log.contains(word), "{word}: {log}");
    }
    for word in ["birthdate", "family_name", "neighbourhood"] {
        assert!(!log.contains(word), "{word}: {log}");
    }

    // The copies outlive the app.
    drop(wallet);
    let locked: LockedWallet = Wallet::open(phone.config(&city)).unwrap();
    let wallet = locked.unlock(PIN).unwrap();
    assert_eq!(show(&city, &wallet, "mapo-library").await.unwrap(), "accepted");
    assert_eq!(copies(&wallet, CARD), 8);
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_12_certificates_are_submitted_without_paper_and_what_is_optional_is_hers_to_add() {
    let (city, _folder) = city().await;
    let wallet = Phone::default().wallet(&city);
    let held = receive(&city, &wallet, HONG, &["resident-certificate", "youth-allowance"]).await.unwrap();
    let mut types: Vec<&str> = held.iter().map(|held| held.vct().as_str()).collect();
    types.sort_unstable();
    assert_eq!(types, ["urn:seoul:resident-certificate:1", "urn:seoul:youth-allowance:1"]);
    let (page, link) = visit(&city, "youth-allowance").await;
    let review = wallet.review_presentation(&link).await.unwrap();
    assert_eq!(paths(&review), ["eligible"], "a yes, and no paper");
    let choice = review.suggested().unwrap();
    wallet.present_credentials(review, &choice).await.unwrap();
    assert_eq!(standing(&city, &page).await["standing"], json!("accepted"));
    // What she does not hold she cannot show, and declining is heard.
    let (page, link) = visit(&city, "mapo-library").await;
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().can_present() && review.suggested().is_none());
    wallet.decline_presentation(review).await.unwrap();
    assert_eq!(standing(&city, &page).await["standing"], json!("declined"));

    let parent = Phone::default().wallet(&city);
    receive(&city, &parent, KIM, &["citizen-card", "multi-child-card"]).await.unwrap();
    let (page, link) = visit(&city, "sports-centre").await;
    let review = parent.review_presentation(&link).await.unwrap();
    let optional: Vec<bool> = review.view().asked().iter().map(|asked| *asked.is_optional()).collect();
    assert_eq!(optional, [false, true]);
    // The least is the card alone; the discount she adds herself.
    let least = review.suggested().unwrap();
    assert_eq!(least.picks.len(), 1);
    let discount = &review.view().asked()[1].showable()[0];
    let (query, credential) = ("discount".to_owned(), *discount.credential());
    let claims = vec!["eligible".parse().unwrap()];
    let mut both = least.clone();
    both.picks.push(PresentationPick { query, credential, claims });
    parent.present_credentials(review, &both).await.unwrap();
    assert_eq!(standing(&city, &page).await["standing"], json!("accepted"));
    let (page, link) = visit(&city, "sports-centre").await;
    let review = parent.review_presentation(&link).await.unwrap();
    parent.present_credentials(review, &least).await.unwrap();
    assert_eq!(standing(&city, &page).await["standing"], json!("accepted"));
    assert_eq!((copies(&parent, CARD), copies(&parent, "urn:seoul:multi-child-card:1")), (8, 9));
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_12_a_verifier_that_nobody_entered_is_shown_nothing_and_hears_nothing() {
    let (city, _folder) = city().await;
    let wallet = Phone::default().wallet(&city);
    receive(&city, &wallet, HONG, &["citizen-card"]).await.unwrap();
    let stranger = Stranger::open().await.unwrap();
    let review = wallet.review_presentation(stranger.link()).await.unwrap();
    let view = review.view();
    assert!(!*view.verifier().is_registered() && !*view.can_present());
    assert_eq!(view.verifier().name().ko, "127.0.0.1", "not what it calls itself");
    assert_eq!(view.claimed_name().as_deref(), Some("샌드박스 마포도서관"));
    let choice = review.suggested().unwrap();
    let unknown = WalletError::UnknownParty { claims_to_be: Party::Verifier };
    assert_eq!(wallet.present_credentials(review, &choice).await.unwrap_err(), unknown);
    let review = wallet.review_presentation(stranger.link()).await.unwrap();
    wallet.decline_presentation(review).await.unwrap();
    assert_eq!((stranger.heard(), copies(&wallet, CARD)), (0, 10));
    stranger.close().await;
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_12_she_signs_in_at_the_issuers_page_while_her_app_is_stopped_and_holds_the_card() {
    let (city, _folder) = city().await;
    let phone = Phone::default();
    let wallet = phone.wallet(&city);
    let (_, _, body) = web(&city, Method::Get, "v1/issuer/offers/citizen-card").await;
    let poster: Value = serde_json::from_slice(&body).unwrap();
    let picture = qr_png(poster["offer"].as_str().unwrap(), 4, ErrorCorrection::L).unwrap();
    let review = wallet.review_offer(&read_image(&picture).unwrap()[0].text).await.unwrap();
    assert!(*review.view().needs_browser() && *review.view().can_accept());
    let page = wallet.authorize_offer(review).await.unwrap();
    drop(wallet);
    let back = in_the_browser(&city, page.address(), HONG).await;
    assert!(back.starts_with(&format!("{WALLET_ADDRESS}?")), "{back}");
    let wallet = Wallet::open(phone.config(&city)).unwrap().unlock(PIN).unwrap();
    let cards = wallet.complete_authorization(&back).await.unwrap();
    assert_eq!((cards.len(), *cards[0].copies_left()), (1, 10));
    refreshed(&wallet, "valid").await;
    assert_eq!(show(&city, &wallet, "mapo-library").await.unwrap(), "accepted");
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_12_a_lost_phone_is_frozen_at_once_and_its_card_is_revoked_for_good() {
    let (city, _folder) = city().await;
    let phone = Phone::default();
    let (wallet, code) = Wallet::create(phone.config(&city), PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    receive(&city, &wallet, HONG, &["citizen-card"]).await.unwrap();
    assert_eq!(show(&city, &wallet, "mapo-library").await.unwrap(), "accepted");

    let sent = wallet.freeze(&code).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    let frozen = WalletError::Refused { by: Party::Ledger, reason: Reason::Frozen };
    assert_eq!(show(&city, &wallet, "mapo-library").await.unwrap_err(), frozen);
    assert_eq!(receive(&city, &wallet, HONG, &["citizen-card"]).await.unwrap_err(), frozen);
    assert_eq!(copies(&wallet, CARD), 9, "none was used up");

    // The phone turns up again before the counter was told.
    let sent = wallet.unfreeze(&code).await.unwrap();
    assert!(wallet.follow_submission(sent.id()).await.unwrap().is_done());
    assert_eq!(show(&city, &wallet, "mapo-library").await.unwrap(), "accepted");

    // It is lost again, with somebody who can open it; what is on it is revoked from another phone (CARD-40).
    let list = list_after(&city, "").await;
    let (number, name, birth_date) = HONG;
    let who =
        Identity { number: number.to_owned(), name: name.to_owned(), birth_date: birth_date.to_owned() };
    let another = Phone::default().wallet(&city);
    let other = Identity { birth_date: "2001-01-01".to_owned(), ..who.clone() };
    let refused = another.report_loss(&other).await.unwrap_err();
    assert!(matches!(refused, WalletError::Refused { by: Party::Issuer, .. }), "{refused:?}");
    assert_eq!(*another.report_loss(&who).await.unwrap().revoked(), 10);
    assert_eq!(*another.report_loss(&who).await.unwrap().revoked(), 0, "asked twice, nothing is left");
    assert!(another.activity().unwrap().last().unwrap().text().en.contains("lost phone"));
    list_after(&city, &list).await;
    assert_eq!(show(&city, &wallet, "mapo-library").await.unwrap(), "credential-revoked");
    refreshed(&wallet, "revoked").await;
    let (_, link) = visit(&city, "mapo-library").await;
    let review = wallet.review_presentation(&link).await.unwrap();
    assert!(!*review.view().can_present() && review.suggested().is_none());

    // Her new phone gets another card.
    let again = Phone::default().wallet(&city);
    receive(&city, &again, HONG, &["citizen-card"]).await.unwrap();
    assert_eq!(show(&city, &again, "mapo-library").await.unwrap(), "accepted");
    city.stop().await.unwrap();
}

/// 60,000 points and 100,000 won.
async fn earned(wallet: &Wallet, code: &citizen_wallet::RecoveryCode) {
    wallet.open_account(code).await.unwrap();
    wallet.enrol("홍길동").await.unwrap();
    for evidence in ["eco-2025-h2", "eco-2026-h1"] {
        wallet.earn(&Claim::new("eco", evidence).unwrap()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_14_a_payment_above_the_limit_shows_the_card_to_the_centre_and_without_one_nothing_is_held() {
    let (city, _folder) = city().await;
    let phone = Phone::default();
    let (wallet, code) = Wallet::create(phone.config(&city), PIN).unwrap();
    earned(&wallet, &code).await;
    let scanned = wallet.scan_text(&printed_code(BAKERY).unwrap()).await.unwrap();
    let won = |amount| Won::new(amount).unwrap();
    let needed = WalletError::Refused { by: Party::Phone, reason: Reason::CardNeeded };
    let review = wallet.review_payment(&scanned, Some(won(155_000)), Coins::First).await;
    assert_eq!(review.unwrap_err(), needed);
    let just = wallet.review_payment(&scanned, Some(won(150_000)), Coins::First).await.unwrap();
    assert_eq!(*just.view().card(), None);

    receive(&city, &wallet, HONG, &["citizen-card"]).await.unwrap();
    let review = wallet.review_payment(&scanned, Some(won(155_000)), Coins::First).await.unwrap();
    let card = review.view().card().clone().unwrap();
    assert_eq!(
        (card.claims().as_slice(), card.vct().as_str()),
        (["age_over_14".to_owned()].as_slice(), CARD)
    );
    assert_eq!(copies(&wallet, CARD), 10, "nothing has happened yet");
    let payment = wallet.approve(review).await.unwrap();
    assert_eq!(*payment.card().as_ref().unwrap().state(), "taken");
    let ended = wallet.follow_payment(payment.payment_id(), |_| {}).await.unwrap();
    assert!(ended.is_captured());
    let balance = wallet.balance().await.unwrap();
    let left = (*balance.points().points(), *balance.won().as_ref().unwrap().krw());
    assert_eq!((left, copies(&wallet, CARD)), ((Points::ZERO, won(5_000)), 9));
    let log: Vec<String> = wallet.activity().unwrap().iter().map(|line| line.text().ko.clone()).collect();
    assert!(log.iter().any(|line| line.contains("제로페이 센터") && line.contains("age_over_14")), "{log:?}");
    city.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_14_a_card_that_was_revoked_pays_nothing_and_points_and_won_are_whole() {
    let (city, _folder) = city().await;
    let phone = Phone::default();
    let (wallet, code) = Wallet::create(phone.config(&city), PIN).unwrap();
    earned(&wallet, &code).await;
    receive(&city, &wallet, HONG, &["citizen-card"]).await.unwrap();
    let scanned = wallet.scan_text(&printed_code(BAKERY).unwrap()).await.unwrap();
    let amount = Some(Won::new(155_000).unwrap());
    let review = wallet.review_payment(&scanned, amount, Coins::First).await.unwrap();
    // The counter revokes it between review and approval; the phone has not heard.
    let list = list_after(&city, "").await;
    let (number, name, birth_date) = HONG;
    let report = LossReport {
        number: number.to_owned(),
        name: name.to_owned(),
        birth_date: birth_date.to_owned(),
        officer: None,
    };
    post(&city, "v1/issuer/losses", &report).await;
    list_after(&city, &list).await;
    let payment = wallet.approve(review).await.unwrap();
    let card = payment.card().clone().unwrap();
    assert_eq!(*card.state(), "refused");
    assert!(card.reason().as_ref().unwrap().en.contains("revoked"));
    let payment = wallet.advance_payment(payment.payment_id()).await.unwrap();
    assert_eq!(*payment.state(), "requested", "nothing is held");
    let balance = wallet.balance().await.unwrap();
    assert_eq!(balance.points().points().amount() + balance.won().as_ref().unwrap().krw().amount(), 160_000);
    city.stop().await.unwrap();
}
