//! What is written while the network is waited for is not undone by what comes of that.

use crate::phone::{Lines, Voter, choices, vote};
use crate::poll::{OPENS, go_to, ordinary};
use async_trait::async_trait;
use citizen_primitives::Canonical as _;
use citizen_voting::{BoardEntry, BoardLeaf};
use citizen_wallet::{
    Connections, Request, Response, Transport, TransportError, Wallet, WebRequest, WebResponse,
};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Connections on which an answer to one path is held up until somebody lets it go.
#[derive(Clone)]
struct Held {
    lines: Lines,
    path: &'static str,
    asked: Arc<Semaphore>,
    may_go: Arc<Semaphore>,
}

struct HeldLine(Held, Arc<dyn Transport>);

#[async_trait]
impl Transport for HeldLine {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let is_held = request.url.path().ends_with(self.0.path);
        let answer = self.1.send(request).await;
        if is_held {
            self.0.asked.add_permits(1);
            self.0.may_go.acquire().await.unwrap().forget();
        }
        answer
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        self.1.send_web(request).await
    }
}

impl Connections for Held {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        Some(Arc::new(HeldLine(self.clone(), self.lines.open()?)))
    }
}

#[tokio::test]
async fn ballot_4_a_number_that_was_given_while_the_reward_was_asked_for_is_not_given_again() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.register_for_poll(&id, None).await.unwrap();
    go_to(&gateway, OPENS);
    vote(&wallet, &id).await.unwrap();
    drop(wallet);
    let none = || Arc::new(Semaphore::new(0));
    let held = Held { lines: voter.lines.clone(), path: "/treasury/rewards", asked: none(), may_go: none() };
    let mut config = voter.config();
    config.connections = Arc::new(held.clone());
    let wallet = Wallet::open(config).unwrap().unlock(crate::support::phone::PIN).unwrap();

    let reviewed = async {
        held.asked.acquire().await.unwrap().forget();
        let review = wallet.review_ballot(&id, &choices()).await;
        held.may_go.add_permits(1);
        review
    };
    let (reward, first) = tokio::join!(wallet.reward(&id), reviewed);
    assert_eq!(*reward.unwrap().state(), "signed");
    let second = wallet.review_ballot(&id, &choices()).await.unwrap();
    // One is opened, the other cast: under one number the second would stand where the first stood.
    wallet.check_ballot(first.unwrap()).await.unwrap();
    wallet.cast_ballot(second).await.unwrap();
    let polls = polls.lock().unwrap();
    let numbers: Vec<_> = polls
        .handed
        .iter()
        .map(|(_, bytes)| match BoardEntry::from_canonical(bytes).unwrap().leaf() {
            BoardLeaf::Cast(leaf) | BoardLeaf::Spoiled(leaf) => leaf.sequence.number(),
            BoardLeaf::Slot(_) => panic!("no ballot"),
        })
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    drop(polls);
    let again = wallet.reward(&id).await.unwrap();
    assert_eq!(*again.state(), "signed", "what the treasury has signed is kept as well");
}
