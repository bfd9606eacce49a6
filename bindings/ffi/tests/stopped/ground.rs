//! A call on trial: made, stopped where it waits, and looked after.

use crate::gate::{Closed, Gate};
use crate::town::until;
use citizen_wallet_ffi::{CancelToken, Wallet, WalletError, calls_under_way};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

/// How long a call may take that nobody stops.
const PATIENCE: Duration = Duration::from_secs(600);
/// Where a call that asks often is stopped; one that asks less ends before.
const PLACES: [usize; 11] = [1, 2, 3, 4, 6, 9, 13, 19, 28, 42, 63];
/// Of a call that costs what cannot be had often.
const FEW_PLACES: [usize; 3] = [1, 3, 7];

pub(crate) type Token = Option<Arc<CancelToken>>;

/// By what a call is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// Its future is dropped.
    Dropping,
    /// Its token is cancelled.
    Token,
}

/// When it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum When {
    /// Before it was polled.
    Unpolled,
    /// After the first poll.
    Polled,
    /// At a question to the app.
    Asking(Closed),
}

/// Where calls are tried, and which were.
pub(crate) struct Ground {
    pub(crate) gate: Arc<Gate>,
    /// How often each was stopped at a question.
    tried: RefCell<BTreeMap<&'static str, usize>>,
    /// The wallet that has to answer after each stop.
    answers: RefCell<Option<Arc<Wallet>>>,
}

/// What a trial came to.
#[derive(PartialEq, Eq)]
enum Came {
    Stopped,
    ToItsEnd,
}

impl Ground {
    pub(crate) fn new() -> Self {
        Self { gate: Arc::default(), tried: RefCell::default(), answers: RefCell::default() }
    }

    /// From now on this wallet, unlocked, has to answer after each stop.
    pub(crate) fn watch(&self, wallet: Option<&Arc<Wallet>>) {
        *self.answers.borrow_mut() = wallet.cloned();
    }

    /// A call that asks the app for something: stopped before and after its first questions, and then at fewer and fewer of them, until
    /// it comes to its end.
    pub(crate) async fn asking<P, T, F: Future<Output = Result<T, WalletError>>>(
        &self,
        name: &'static str,
        prepare: impl AsyncFn() -> P,
        call: impl Fn(P, Token) -> F,
    ) {
        self.asking_then(name, &PLACES, prepare, call, async || {}).await;
    }

    /// The same at few of its questions.
    pub(crate) async fn asking_few<P, T, F: Future<Output = Result<T, WalletError>>>(
        &self,
        name: &'static str,
        prepare: impl AsyncFn() -> P,
        call: impl Fn(P, Token) -> F,
    ) {
        self.asking_then(name, &FEW_PLACES, prepare, call, async || {}).await;
    }

    /// The same, and something has to be so after each stop.
    pub(crate) async fn asking_with<P, T, F: Future<Output = Result<T, WalletError>>>(
        &self,
        name: &'static str,
        prepare: impl AsyncFn() -> P,
        call: impl Fn(P, Token) -> F,
        settle: impl AsyncFn(),
    ) {
        self.asking_then(name, &PLACES, prepare, call, settle).await;
    }

    async fn asking_then<P, T, F: Future<Output = Result<T, WalletError>>>(
        &self,
        name: &'static str,
        places: &[usize],
        prepare: impl AsyncFn() -> P,
        call: impl Fn(P, Token) -> F,
        settle: impl AsyncFn(),
    ) {
        self.by_polls(name, &prepare, &call, &settle).await;
        let mut number = 0;
        for at in places {
            for closed in [Closed::Before(*at), Closed::After(*at)] {
                // Odd ones at its outset: each side of a place is stopped in both ways, at one place or the next.
                let by = if number % 4 < 2 { By::Dropping } else { By::Token };
                number += 1;
                let tried = (name, by, When::Asking(closed));
                if self.once(tried, &prepare, &call).await == Came::ToItsEnd {
                    settle().await;
                    assert!(self.count(name) > 0, "{name} asked nobody");
                    return;
                }
                *self.tried.borrow_mut().get_mut(name).unwrap() += 1;
                settle().await;
            }
        }
        let ended = call(prepare().await, None).await.map(drop);
        assert_eq!(ended, Ok(()), "{name}, undisturbed");
        settle().await;
    }

    /// A call that asks nobody, so that there is only its beginning to stop it at.
    pub(crate) async fn still<P, T, F: Future<Output = Result<T, WalletError>>>(
        &self,
        name: &'static str,
        prepare: impl AsyncFn() -> P,
        call: impl Fn(P, Token) -> F,
    ) {
        self.still_with(name, prepare, call, async || {}).await;
    }

    /// The same, and something has to be so after each stop.
    pub(crate) async fn still_with<P, T, F: Future<Output = Result<T, WalletError>>>(
        &self,
        name: &'static str,
        prepare: impl AsyncFn() -> P,
        call: impl Fn(P, Token) -> F,
        settle: impl AsyncFn(),
    ) {
        self.by_polls(name, &prepare, &call, &settle).await;
        let tried = (name, By::Dropping, When::Asking(Closed::Before(1)));
        let came = self.once(tried, &prepare, &call).await;
        assert!(came == Came::ToItsEnd, "{name} asks the app for something");
        settle().await;
    }

    /// Stopped before it was polled and after the first poll, in both ways.
    async fn by_polls<P, T, F: Future<Output = Result<T, WalletError>>>(
        &self,
        name: &'static str,
        prepare: &impl AsyncFn() -> P,
        call: &impl Fn(P, Token) -> F,
        settle: &impl AsyncFn(),
    ) {
        let before = self.tried.borrow_mut().insert(name, 0);
        assert_eq!(before, None, "{name} is tried twice");
        for when in [When::Unpolled, When::Polled] {
            for by in [By::Dropping, By::Token] {
                if by == By::Dropping || has_token(name) {
                    self.once((name, by, when.clone()), prepare, call).await;
                    settle().await;
                }
            }
        }
    }

    /// Makes it once, stops it, and sees that whoever was asked is let go of and that the wallet answers.
    async fn once<P, T, F: Future<Output = Result<T, WalletError>>>(
        &self,
        (name, by, when): (&'static str, By, When),
        prepare: &impl AsyncFn() -> P,
        call: &impl Fn(P, Token) -> F,
    ) -> Came {
        let tried = format!("{name}, {by:?}, {when:?}");
        let prepared = tokio::time::timeout(PATIENCE, prepare()).await;
        let prepared = prepared.unwrap_or_else(|_| panic!("{tried}: is never prepared"));
        // The gate counts the questions of this call alone.
        nothing_under_way(&tried).await;
        let by = if has_token(name) { by } else { By::Dropping };
        let token = (by == By::Token).then(CancelToken::new);
        let called = call(prepared, token.clone());
        let made = tokio::time::timeout(PATIENCE, self.stopped(&tried, when, token, called)).await;
        let came = made.unwrap_or_else(|_| panic!("{tried}: comes to no end"));
        self.gate.open();
        until(&format!("{tried}: whoever was asked is let go of"), async || !self.gate.holds_somebody())
            .await;
        let answers = self.answers.borrow().clone();
        if let Some(wallet) = answers {
            let answer = wallet.payments(None).await.map(drop);
            assert_eq!(answer, Ok(()), "{tried}: the wallet answers no more");
        }
        nothing_under_way(&tried).await;
        came
    }

    async fn stopped<T>(
        &self,
        tried: &str,
        when: When,
        token: Token,
        call: impl Future<Output = Result<T, WalletError>>,
    ) -> Came {
        let mut call = pin!(async { call.await.map(drop) });
        match when {
            When::Unpolled => {
                if let Some(token) = token {
                    token.cancel();
                    assert_eq!(call.await, Err(WalletError::Cancelled), "{tried}");
                }
            }
            When::Polled => {
                let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                if let (Some(token), true) = (token, polled.is_pending()) {
                    token.cancel();
                    assert_eq!(call.await, Err(WalletError::Cancelled), "{tried}");
                }
            }
            When::Asking(closed) => {
                self.gate.close(closed);
                let answer = tokio::select! {
                    biased;
                    answer = &mut call => Some(answer),
                    () = self.gate.reached() => None,
                };
                match (answer, token) {
                    (Some(answer), _) => {
                        assert_eq!(answer, Ok(()), "{tried}");
                        return Came::ToItsEnd;
                    }
                    (None, Some(token)) => {
                        token.cancel();
                        assert_eq!(call.await, Err(WalletError::Cancelled), "{tried}");
                    }
                    (None, None) => {}
                }
            }
        }
        Came::Stopped
    }

    fn count(&self, name: &str) -> usize {
        self.tried.borrow()[name]
    }

    /// What was tried is what its list says.
    pub(crate) fn tried_all(&self, of: &[&str]) {
        let tried: Vec<&str> = self.tried.borrow().keys().copied().collect();
        let mut listed = of.to_vec();
        listed.sort_unstable();
        assert_eq!(tried, listed);
        let stops: usize = self.tried.borrow().values().sum();
        println!("{} calls, stopped {stops} times at a question", tried.len());
    }
}

/// What a stopped call does behind its caller's back has ended.
async fn nothing_under_way(tried: &str) {
    until(&format!("{tried}: what was stopped has ended"), async || calls_under_way() == 0).await;
}

/// Whether a call takes a token: what is itself the end of all calls, or only reads a desktop's keys, does not.
fn has_token(name: &str) -> bool {
    !["Wallet.release", "Platform.desktop"].contains(&name) && !name.starts_with("KeyFile.")
}
