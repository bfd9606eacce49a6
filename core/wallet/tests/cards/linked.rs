//! What a gateway sees of a presentation: not whose account it is, over no connection on which it hears of an account (CARD-41, CARD-42).

use crate::office::{ISSUER, LIBRARY, Office, SPORTS, Shared, anchor, query, receive};
use crate::support::phone::PIN;
use crate::support::{Gateway, Phone};
use async_trait::async_trait;
use citizen_client::api::StateRequest;
use citizen_ledger::{CertificateRole, state_key};
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::vp::SignIn;
use citizen_wallet::error::{Party, Reason};
use citizen_wallet::{
    Connections, NoConnections, Request, Response, Transport, TransportError, Wallet, WalletError,
    WebRequest, WebResponse,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// One request as the network saw it.
#[derive(Debug, Clone)]
struct Sent {
    /// Over which connection: the wallet's own is 0.
    line: usize,
    host: String,
    /// Path and body, with the state's keys as they are.
    bytes: Vec<u8>,
}

impl Sent {
    fn names(&self, what: &[u8]) -> bool {
        self.bytes.windows(what.len()).any(|window| window == what)
    }
}

/// Connections that are counted.
#[derive(Clone)]
struct Lines {
    gateway: Arc<Gateway>,
    sent: Arc<Mutex<Vec<Sent>>>,
    opened: Arc<Mutex<usize>>,
}

struct Line {
    lines: Lines,
    number: usize,
}

impl Line {
    fn note(&self, url: &url::Url, body: &[u8]) {
        let mut bytes = [url.as_str().as_bytes(), body].concat();
        if let Ok(StateRequest { keys }) = serde_json::from_slice(body) {
            keys.iter().for_each(|key| bytes.extend(key.decode().unwrap()));
        }
        let host = url.host_str().unwrap().to_owned();
        self.lines.sent.lock().unwrap().push(Sent { line: self.number, host, bytes });
    }
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.note(&request.url, &request.body);
        self.lines.gateway.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.note(&request.url, &request.body);
        self.lines.gateway.send_web(request).await
    }
}

impl Connections for Lines {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        let mut opened = self.opened.lock().unwrap();
        *opened += 1;
        Some(Arc::new(Line { lines: self.clone(), number: *opened }))
    }
}

impl Lines {
    /// The phone's wallet, over these.
    fn open_on(&self, phone: &Phone) -> Wallet {
        let mut config = phone.config();
        config.transport = Arc::new(Line { lines: self.clone(), number: 0 });
        config.connections = Arc::new(self.clone());
        Wallet::open(config).unwrap().unlock(PIN).unwrap()
    }
}

/// A citizen with an account and a card, looked at from outside.
struct Watched {
    gateway: Arc<Gateway>,
    office: Shared,
    phone: Phone,
    lines: Lines,
    wallet: Wallet,
}

impl Watched {
    async fn arrive() -> Self {
        let (gateway, office) = Office::open();
        let phone = Phone::new(&gateway, 1);
        let (wallet, _) = phone.with_points().await;
        drop(wallet);
        let lines = Lines { gateway: Arc::clone(&gateway), sent: Arc::default(), opened: Arc::default() };
        let wallet = lines.open_on(&phone);
        receive(&wallet, &office, "홍 길동").await.unwrap();
        Self { gateway, office, phone, lines, wallet }
    }

    /// What has been sent since it was asked last.
    fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.lines.sent.lock().unwrap())
    }

    fn account(&self) -> [u8; 32] {
        *self.wallet.account().unwrap().account().as_bytes()
    }

    fn is_about_her(&self, sent: &Sent) -> bool {
        sent.names(&self.account()) || sent.names(hex::encode(self.account()).as_bytes())
    }

    /// Whether a request says which verifier it is about.
    fn is_about(&self, host: &str, sent: &Sent) -> bool {
        let thumbprint = {
            let office = self.office.lock().unwrap();
            if host == LIBRARY { office.library.thumbprint() } else { office.sports.thumbprint() }
        };
        sent.host == host || sent.names(host.as_bytes()) || sent.names(thumbprint.as_bytes())
    }

    async fn show(&self, host: &str, id: &str) -> Result<(), WalletError> {
        let link = self.office.lock().unwrap().ask(host, id, &query(&[&["age_over_19"]]));
        let review = self.wallet.review_presentation(&link).await?;
        let choice = review.suggested().unwrap();
        self.wallet.present_credentials(review, &choice).await.map(drop)
    }

    async fn sign_in(&self, host: &str, id: &str) -> Result<(), WalletError> {
        let asks = Query::from_value(&query(&[&["age_over_19"]])).unwrap();
        let link = self.office.lock().unwrap().ask_to_sign_in(host, id, asks, SignIn::Bound);
        let review = self.wallet.review_presentation(&link).await?;
        let choice = review.suggested().unwrap();
        self.wallet.present_credentials(review, &choice).await.map(drop)
    }

    async fn decline(&self, host: &str, id: &str) {
        let link = self.office.lock().unwrap().ask(host, id, &query(&[&["age_over_19"]]));
        let review = self.wallet.review_presentation(&link).await.unwrap();
        self.wallet.decline_presentation(review).await.unwrap();
    }

    /// Time passes, in which nobody touches the wallet.
    fn wait(&self, minutes: u64) {
        self.gateway.town(|town| town.chain.idle(minutes * 6));
    }
}

#[tokio::test]
async fn card_41_no_connection_hears_both_of_an_account_and_of_a_verifier_nor_of_two_verifiers() {
    let her = Watched::arrive().await;
    her.wait(60);
    her.sent();
    her.wallet.sync().await.unwrap();
    her.show(LIBRARY, "1").await.unwrap();
    her.sign_in(SPORTS, "2").await.unwrap();
    her.decline(LIBRARY, "3").await;
    // What is old is asked anew: the account stands in the same minute as a verifier, and over another connection.
    her.wait(60);
    her.show(SPORTS, "4").await.unwrap();
    anchor(&her.gateway, &her.office);
    her.wallet.refresh_credentials().await.unwrap();
    let sent = her.sent();
    let (mut of_account, mut of_verifiers) = (0, 0);
    for one in &sent {
        let said = [her.is_about_her(one), her.is_about(LIBRARY, one), her.is_about(SPORTS, one)];
        assert!(said.iter().filter(|it| **it).count() <= 1, "one request names two: {one:?}");
        of_account += u32::from(said[0]);
        of_verifiers += u32::from(said[1] || said[2]);
    }
    assert!(
        of_account >= 2 && of_verifiers >= 12,
        "the test sees what was asked: {of_account} {of_verifiers}"
    );
    let lines: BTreeSet<usize> = sent.iter().map(|one| one.line).collect();
    for line in lines {
        let over = || sent.iter().filter(|one| one.line == line);
        let said = [
            over().any(|one| her.is_about_her(one)),
            over().any(|one| her.is_about(LIBRARY, one)),
            over().any(|one| her.is_about(SPORTS, one)),
        ];
        assert!(said.iter().filter(|it| **it).count() <= 1, "{line} hears of {said:?}");
        assert!(line != 0 || over().all(|one| !one.host.ends_with("seoul.example")), "{line}");
    }
}

/// Beside the credentials' issuer it is the verifier that is asked about, and nobody's account at all.
#[tokio::test]
async fn card_42_while_she_shows_something_nothing_is_asked_about_an_account_that_was_proved_a_moment_ago() {
    let her = Watched::arrive().await;
    her.wait(60);
    her.wallet.sync().await.unwrap();
    her.sent();
    her.show(LIBRARY, "1").await.unwrap();
    her.sign_in(SPORTS, "2").await.unwrap();
    let sent = her.sent();
    assert!(sent.iter().all(|one| one.line != 0 && !her.is_about_her(one)), "{sent:?}");
    assert!(sent.iter().any(|one| her.is_about(LIBRARY, one)), "the test sees what was asked");
    // A restart forgets nothing of it.
    let Watched { gateway, office, phone, lines, wallet } = her;
    drop(wallet);
    let wallet = lines.open_on(&phone);
    let her = Watched { gateway, office, phone, lines, wallet };
    her.show(LIBRARY, "3").await.unwrap();
    assert!(her.sent().iter().all(|one| one.line != 0 && !her.is_about_her(one)));
}

#[tokio::test]
async fn card_42_what_is_older_is_proved_anew_before_anything_is_shown_and_then_holds_again() {
    let her = Watched::arrive().await;
    her.wallet.sync().await.unwrap();
    her.wait(6);
    her.sent();
    her.show(LIBRARY, "1").await.unwrap();
    let custody = state_key::custody(her.wallet.account().unwrap().account());
    let asks = |sent: &[Sent]| sent.iter().filter(|one| one.names(custody.as_bytes())).count();
    let sent = her.sent();
    assert_eq!(asks(&sent), 1, "once, and over the wallet's own connection");
    assert!(sent.iter().filter(|one| one.names(custody.as_bytes())).all(|one| one.line == 0));
    her.show(LIBRARY, "2").await.unwrap();
    assert_eq!(asks(&her.sent()), 0);
}

/// Stopped by somebody else: from five minutes after it was proved last on, nothing is shown, received or signed in to.
#[tokio::test]
async fn card_42_a_phone_that_is_stopped_elsewhere_shows_nothing_five_minutes_after_it_was_proved_last() {
    let her = Watched::arrive().await;
    her.wallet.sync().await.unwrap();
    let account = *her.wallet.account().unwrap().account();
    her.gateway.town(|town| town.file(account, 259_200));
    her.wait(5);
    let stopped = WalletError::Refused { by: Party::Ledger, reason: Reason::UnderRecovery };
    assert_eq!(her.show(LIBRARY, "1").await.unwrap_err(), stopped);
    assert_eq!(her.sign_in(LIBRARY, "2").await.unwrap_err(), stopped);
    assert_eq!(receive(&her.wallet, &her.office, "홍 길동").await.unwrap_err(), stopped);
    assert!(her.office.lock().unwrap().posted.is_empty());
    // And the phone that has learned it does not forget it in the next five.
    assert_eq!(her.show(LIBRARY, "3").await.unwrap_err(), stopped);
}

/// An app that is open looks at the account now and then anyhow, at no moment of a presentation: what such a look has proved counts at once.
#[tokio::test]
async fn card_82_what_any_look_at_the_account_has_proved_stops_a_presentation_within_the_five_minutes() {
    let her = Watched::arrive().await;
    her.wallet.sync().await.unwrap();
    let account = *her.wallet.account().unwrap().account();
    her.gateway.town(|town| town.file(account, 259_200));
    her.wallet.history().await.unwrap();
    let stopped = WalletError::Refused { by: Party::Ledger, reason: Reason::UnderRecovery };
    assert_eq!(her.show(LIBRARY, "1").await.unwrap_err(), stopped);
    assert_eq!(her.sign_in(LIBRARY, "2").await.unwrap_err(), stopped);
    assert!(her.office.lock().unwrap().posted.is_empty());
}

/// Where its own gateway is the issuer's, it would hear of her account and of her name over one connection.
#[tokio::test]
async fn card_41_what_an_issuer_hears_goes_over_no_connection_of_her_account() {
    let her = Watched::arrive().await;
    her.wait(60);
    anchor(&her.gateway, &her.office);
    her.sent();
    receive(&her.wallet, &her.office, "홍 길동").await.unwrap();
    let issuer = url::Url::parse(ISSUER).unwrap().host_str().unwrap().to_owned();
    let key = {
        let office = her.office.lock().unwrap();
        state_key::certificate(CertificateRole::Issuer, &office.office.thumbprint())
    };
    let sent = her.sent();
    let of_issuer = |one: &&Sent| one.host == issuer || one.names(key.as_bytes());
    assert!(
        sent.iter().filter(of_issuer).count() > 5 && sent.iter().filter(of_issuer).all(|one| one.line > 0)
    );
    assert!(sent.iter().any(|one| her.is_about_her(one) && one.line == 0), "the account was proved, apart");
}

/// An app that has no other connections than one: it is told in the guide what that costs, and shows its card as before.
#[tokio::test]
async fn an_app_without_connections_shows_its_card_over_its_own() {
    let Watched { gateway, office, phone, lines, wallet } = Watched::arrive().await;
    drop(wallet);
    let mut config = phone.config();
    config.connections = Arc::new(NoConnections);
    let wallet = Wallet::open(config).unwrap().unlock(PIN).unwrap();
    let her = Watched { gateway, office, phone, lines, wallet };
    her.show(LIBRARY, "1").await.unwrap();
    assert_eq!(her.office.lock().unwrap().answers.len(), 1);
}
