//! Answers that were true once: replayed, or kept back.

use crate::live::{Live, points, review, scan};
use crate::phone::Around;
use crate::town::Town;
use async_trait::async_trait;
use citizen_client::{Request, Response, Transport, TransportError};
use citizen_wallet::error::{Party, Subject};
use citizen_wallet::view::Freshness;
use citizen_wallet::{Coins, Wallet, WalletError, Won};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A gateway that remembers its answers until it is told to give the old ones again.
struct Old {
    city: Arc<dyn Transport>,
    kept: Mutex<HashMap<String, Response>>,
    is_told: AtomicBool,
}

impl Old {
    fn before(live: &Live) -> Arc<Self> {
        let (city, kept) = (live.town.net.clone(), Mutex::default());
        Arc::new(Self { city, kept, is_told: AtomicBool::new(false) })
    }

    fn tell(&self, is_told: bool) {
        self.is_told.store(is_told, Ordering::SeqCst);
    }
}

#[async_trait]
impl Transport for Old {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.url.path().to_owned();
        // A question with a number of its own is answered with the last answer to any such question.
        let is_same_question = path == "/v1/ledger/state";
        let body = if is_same_question {
            String::from_utf8_lossy(&request.body).into_owned()
        } else {
            String::new()
        };
        let key = format!("{path} {body}");
        let old = self.kept.lock().unwrap().get(&key).cloned();
        if let Some(old) = old.filter(|_| self.is_told.load(Ordering::SeqCst)) {
            return Ok(old);
        }
        let answer = self.city.send(request).await?;
        if !self.is_told.load(Ordering::SeqCst) {
            self.kept.lock().unwrap().insert(key, answer.clone());
        }
        Ok(answer)
    }
}

/// The phone, behind such a gateway from now on.
fn behind(live: &Live, old: &Arc<Old>) -> Wallet {
    let around = Around { transport: old.clone(), ..live.around() };
    live.phone.open(&around).unwrap()
}

fn is_unverified(error: &WalletError, about: Subject, by: Party) -> bool {
    matches!(error, WalletError::Unverified { what, source } if *what == about && *source == by)
}

#[tokio::test]
async fn wallet_9_a_state_shown_again_later_is_stale_and_nothing_is_approved_on_it() {
    let live = Live::new(&Town::found(1), 1);
    drop(live.with_points("김하나").await);
    let old = Old::before(&live);
    let wallet = behind(&live, &old);
    assert_eq!(*wallet.balance().await.unwrap().points().freshness(), Freshness::Fresh);
    let planned = review(&wallet, 5_000, 2_000).await.unwrap();
    old.tell(true);
    live.town.clock.advance(70);
    let home = wallet.balance().await.unwrap();
    assert_eq!((points(&home), *home.points().freshness()), (10_000, Freshness::Stale));
    assert_eq!(wallet.history().await.unwrap().entries().len(), 2);
    assert!(matches!(scan(&wallet).await, Err(WalletError::Stale { .. })));
    assert!(matches!(wallet.won().await, Err(WalletError::Stale { .. })));
    let refused = wallet.approve(planned).await.map(drop);
    assert!(matches!(refused, Err(WalletError::Stale { .. } | WalletError::Expired { .. })), "{refused:?}");
    assert!(wallet.payments().unwrap().is_empty());
    old.tell(false);
    live.town.turn().await;
    assert_eq!(*wallet.balance().await.unwrap().points().freshness(), Freshness::Fresh);
}

#[tokio::test]
async fn a_state_from_before_the_newest_one_is_refused() {
    let live = Live::new(&Town::found(1), 1);
    drop(live.with_points("김하나").await);
    let old = Old::before(&live);
    let wallet = behind(&live, &old);
    assert_eq!(points(&wallet.balance().await.unwrap()), 10_000);
    drop(wallet);
    let wallet = live.phone.open(&live.around()).unwrap();
    crate::live::pay(&wallet, 5_000, 2_000).await;
    assert_eq!(points(&wallet.balance().await.unwrap()), 8_000);
    drop(wallet);
    // Also after a restart: the phone keeps how far it has seen the ledger.
    old.tell(true);
    let wallet = behind(&live, &old);
    for refused in
        [wallet.balance().await.map(drop), wallet.history().await.map(drop), scan(&wallet).await.map(drop)]
    {
        let refused = refused.unwrap_err();
        assert!(is_unverified(&refused, Subject::Header, Party::Ledger), "{refused:?}");
    }
}

#[tokio::test]
async fn a_partys_word_on_an_earlier_question_is_refused() {
    let live = Live::new(&Town::found(1), 1);
    drop(live.with_points("김하나").await);
    let old = Old::before(&live);
    let wallet = behind(&live, &old);
    wallet.won().await.unwrap();
    scan(&wallet).await.unwrap();
    old.tell(true);
    let refused = wallet.won().await.unwrap_err();
    assert!(is_unverified(&refused, Subject::Word, Party::Bank), "{refused:?}");
    let refused = scan(&wallet).await.unwrap_err();
    assert!(is_unverified(&refused, Subject::Word, Party::Centre), "{refused:?}");
}

#[tokio::test]
async fn a_code_that_this_phone_has_shown_before_is_none_for_another_showing() {
    let live = Live::new(&Town::found(1), 1);
    let wallet = live.with_points("김하나").await;
    let show = async || {
        let review = wallet.review_code(Won::new(9_000)?, Coins::First).await?;
        wallet.show_code(review).await
    };
    let kept = Mutex::new(None);
    live.lie(move |path, answer| {
        if path != "/v1/centre/consumer-codes" {
            return answer;
        }
        kept.lock().unwrap().get_or_insert(answer).clone()
    });
    show().await.unwrap();
    let refused = show().await.unwrap_err();
    assert!(is_unverified(&refused, Subject::Word, Party::Centre), "{refused:?}");
    live.be_honest();
    show().await.unwrap();
}

#[tokio::test]
async fn an_answer_kept_back_leaves_what_was_known_with_its_date() {
    let live = Live::new(&Town::found(1), 1);
    let wallet = live.with_points("김하나").await;
    let before = wallet.balance().await.unwrap();
    for path in ["/v1/ledger/state", "/v1/parties", "/v1/bank/balances", "/entries", "/v1/"] {
        live.lie(
            move |asked, answer| {
                if asked.contains(path) { Response { status: 503, body: Vec::new() } } else { answer }
            },
        );
        let balance = wallet.balance().await.unwrap();
        assert_eq!(points(&balance), 10_000, "{path}");
        assert_eq!(balance.won().as_ref().map(|won| *won.krw()), before.won().as_ref().map(|won| *won.krw()));
        let refused = review(&wallet, 5_000, 2_000).await.map(drop);
        // Who the parties are is known by now, and a review needs no history.
        if ["/entries", "/v1/parties"].contains(&path) {
            refused.unwrap();
        } else {
            assert!(matches!(refused, Err(WalletError::Offline { .. })), "{path}: {refused:?}");
        }
    }
}
