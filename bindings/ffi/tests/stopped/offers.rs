//! What is offered, taken, awaited, forgotten: a batch of copies is held whole or not at all.

use crate::gate::Closed;
use crate::ground::{Ground, Token};
use crate::town::{Phone, Town, secret, until};
use citizen_wallet_ffi::{OfferReview, Wallet, WalletError};
use std::sync::Arc;

pub(crate) const CALLS: &[&str] = &[
    "Wallet.accept_offer",
    "Wallet.authorize_offer",
    "Wallet.cancel_authorization",
    "Wallet.complete_authorization",
    "Wallet.credential",
    "Wallet.credential_log",
    "Wallet.credentials",
    "Wallet.forget_credential",
    "Wallet.forget_pending",
    "Wallet.pending_authorization",
    "Wallet.pending_credentials",
    "Wallet.refresh_credentials",
    "Wallet.review_offer",
];

/// How many copies come at once.
const COPIES: usize = 10;
/// More than a day, after which a resident gets copies again.
const DAY: u64 = 86_400;

pub(crate) async fn play() {
    let (town, ground) = (Town::start(), Ground::new());
    let phone = town.phone(&ground.gate);
    let (wallet, _) = phone.with_account().await;
    ground.watch(Some(&wallet));
    let desk = Desk { town: &town, phone: &phone, wallet: &wallet, ground: &ground };
    desk.accepting().await;
    desk.in_the_browser().await;
    desk.awaited().await;
    desk.held().await;
    ground.watch(None);
    ground.tried_all(CALLS);
    let wallet = phone.reopened(wallet.clone()).await;
    whole(&wallet).await;
    no_key_is_left(&phone, &wallet).await;
    wallet.release().await.unwrap();
    town.stop();
}

/// Where she receives.
struct Desk<'a> {
    town: &'a Town,
    phone: &'a Phone,
    wallet: &'a Arc<Wallet>,
    ground: &'a Ground,
}

impl Desk<'_> {
    /// The link of an offer, and the code that she is sent.
    fn offer(&self, credential: &str) -> (String, String) {
        let told = self.town.tell("city.offer", &[("credential", credential)]);
        (told["link"].clone(), told["code"].clone())
    }

    async fn reviewed(&self, credential: &str) -> (Arc<OfferReview>, String) {
        let (link, code) = self.offer(credential);
        (self.wallet.review_offer(link, None).await.unwrap(), code)
    }

    /// A day goes by: the issuer gives a resident so many copies a day.
    fn tomorrow(&self) {
        self.town.pass(DAY, Some(self.phone));
    }

    /// Nothing is awaited, and what is held is whole.
    async fn forgotten(&self) {
        for pending in self.wallet.pending_credentials(None).await.unwrap() {
            self.wallet.forget_pending(pending.id().to_string(), None).await.unwrap();
        }
        assert!(self.wallet.pending_credentials(None).await.unwrap().is_empty());
        whole(self.wallet).await;
    }

    async fn accepting(&self) {
        let (ground, wallet) = (self.ground, self.wallet);
        let (link, _) = &self.offer("citizen-card");
        ground
            .asking("Wallet.review_offer", async || {}, |(), token| wallet.review_offer(link.clone(), token))
            .await;
        let reviewed = async || {
            self.tomorrow();
            self.reviewed("resident-certificate").await
        };
        let accept = |(review, code): (Arc<OfferReview>, String), token: Token| async move {
            wallet.accept_offer(review, Some(secret(&code)), token).await
        };
        let settled = async || self.forgotten().await;
        ground.asking_with("Wallet.accept_offer", reviewed, accept, settled).await;
        assert!(!wallet.credentials(None).await.unwrap().is_empty());
    }

    async fn poster(&self) -> Arc<OfferReview> {
        let poster = self.town.tell("city.poster", &[("credential", "vaccination")]);
        self.wallet.review_offer(poster["link"].clone(), None).await.unwrap()
    }

    /// The link that the browser comes back with.
    async fn signed_in(&self) -> String {
        let waiting = self.wallet.authorize_offer(self.poster().await, None).await.unwrap();
        self.town.tell("city.sign-in", &[("address", waiting.address())])["back"].clone()
    }

    async fn in_the_browser(&self) {
        let (ground, wallet, nothing) = (self.ground, self.wallet, async || {});
        let offered = async || self.poster().await;
        ground
            .asking("Wallet.authorize_offer", offered, |offer, token| wallet.authorize_offer(offer, token))
            .await;
        ground
            .still("Wallet.pending_authorization", nothing, |(), token| wallet.pending_authorization(token))
            .await;
        let begun = async || drop(wallet.authorize_offer(self.poster().await, None).await.unwrap());
        ground
            .still("Wallet.cancel_authorization", begun, |(), token| wallet.cancel_authorization(token))
            .await;
        self.tomorrow();
        let back = async || self.signed_in().await;
        let settled = async || self.forgotten().await;
        let complete = |link, token| wallet.complete_authorization(link, token);
        ground.asking_with("Wallet.complete_authorization", back, complete, settled).await;
    }

    /// An issuance of which the answer was lost.
    async fn pending(&self) -> String {
        let known = self.wallet.pending_credentials(None).await.unwrap();
        if let Some(pending) = known.first() {
            return pending.id().to_string();
        }
        let (review, code) = self.reviewed("youth-allowance").await;
        self.ground.gate.close(Closed::AfterAt("/credential"));
        tokio::select! {
            came = self.wallet.accept_offer(review, Some(secret(&code)), None) => panic!("{came:?}"),
            () = self.ground.gate.reached() => {}
        }
        self.ground.gate.open();
        let is_there = async || !self.wallet.pending_credentials(None).await.unwrap().is_empty();
        until("it is awaited", is_there).await;
        self.wallet.pending_credentials(None).await.unwrap()[0].id().to_string()
    }

    async fn awaited(&self) {
        let (ground, wallet, nothing) = (self.ground, self.wallet, async || {});
        self.tomorrow();
        let pending = async || self.pending().await;
        ground
            .still("Wallet.pending_credentials", nothing, |(), token| wallet.pending_credentials(token))
            .await;
        let refresh = |_, token| wallet.refresh_credentials(token);
        ground.asking("Wallet.refresh_credentials", pending, refresh).await;
        self.tomorrow();
        let forget = |id, token| wallet.forget_pending(id, token);
        ground.asking_few("Wallet.forget_pending", pending, forget).await;
        self.forgotten().await;
    }

    async fn held(&self) {
        let (ground, wallet, nothing) = (self.ground, self.wallet, async || {});
        self.tomorrow();
        ground.still("Wallet.credentials", nothing, |(), token| wallet.credentials(token)).await;
        ground.still("Wallet.credential_log", nothing, |(), token| wallet.credential_log(token)).await;
        let first = async || match wallet.credentials(None).await.unwrap().first() {
            Some(held) => held.id().to_string(),
            None => {
                self.tomorrow();
                let (review, code) = self.reviewed("resident-certificate").await;
                let came = wallet.accept_offer(review, Some(secret(&code)), None).await.unwrap();
                came[0].id().to_string()
            }
        };
        let id = &first().await;
        ground.still("Wallet.credential", nothing, |(), token| wallet.credential(id.clone(), token)).await;
        let settled = async || whole(wallet).await;
        let forget = |id, token| wallet.forget_credential(id, token);
        ground.asking_with("Wallet.forget_credential", first, forget, settled).await;
    }
}

/// CARD-80: whatever was stopped on the way, the key store has the keys of what is held; and none once she has removed all of it.
async fn no_key_is_left(phone: &Phone, wallet: &Wallet) {
    wallet.sync(None).await.unwrap();
    let held = wallet.credentials(None).await.unwrap();
    assert_eq!(phone.keys_of_copies(), held.len() * COPIES);
    for held in held {
        wallet.forget_credential(held.id().to_string(), None).await.unwrap();
    }
    assert_eq!(phone.keys_of_copies(), 0);
}

/// Whatever is held has all its copies and can be read.
async fn whole(wallet: &Wallet) {
    for held in wallet.credentials(None).await.unwrap() {
        assert_eq!(*held.copies_left(), COPIES, "{held:?}");
        let read = wallet.credential(held.id().to_string(), None).await;
        assert!(!matches!(read, Err(WalletError::StoreDamaged)), "{held:?}");
        read.unwrap();
    }
}
