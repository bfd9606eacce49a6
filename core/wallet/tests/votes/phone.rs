//! A citizen's phone in the poll, and what went over which of its connections.

use crate::cut::{Cut, CutStore, CutTransport};
use crate::poll::PollTown;
use crate::support::phone::PIN;
use crate::support::{Gateway, Phone};
use async_trait::async_trait;
use citizen_store::{LockedStore, Store};
use citizen_wallet::view::VoteView;
use citizen_wallet::{
    Choice, Connections, PollId, RecoveryCode, Request, Response, StorePlace, Transport, TransportError,
    Wallet, WalletConfig, WalletError, WebRequest, WebResponse,
};
use std::sync::{Arc, Mutex};

/// What went over a connection: its number, the path, the body.
pub type Sent = Arc<Mutex<Vec<(usize, String, Vec<u8>)>>>;

/// Connections that are counted. The wallet's own has the number 0.
#[derive(Clone)]
pub struct Lines {
    gateway: Arc<Gateway>,
    cut: Option<Arc<Cut>>,
    pub sent: Sent,
    opened: Arc<Mutex<usize>>,
}

struct Line {
    lines: Lines,
    number: usize,
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.url.path().to_owned();
        self.lines.sent.lock().unwrap().push((self.number, path, request.body.clone()));
        self.lines.gateway.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let path = format!("{}{}", request.url.host_str().unwrap(), request.url.path());
        self.lines.sent.lock().unwrap().push((self.number, path, request.body.clone()));
        self.lines.gateway.send_web(request).await
    }
}

impl Lines {
    pub fn new(gateway: &Arc<Gateway>) -> Self {
        Self { gateway: Arc::clone(gateway), cut: None, sent: Arc::default(), opened: Arc::default() }
    }

    fn line(&self, number: usize) -> Arc<dyn Transport> {
        let line = Arc::new(Line { lines: self.clone(), number });
        match &self.cut {
            Some(cut) => Arc::new(CutTransport(Arc::clone(cut), line)),
            None => line,
        }
    }
}

impl Connections for Lines {
    fn open(&self) -> Option<Arc<dyn Transport>> {
        let mut opened = self.opened.lock().unwrap();
        *opened += 1;
        Some(self.line(*opened))
    }
}

/// A citizen.
pub struct Voter {
    pub phone: Phone,
    pub lines: Lines,
    pub polls: Arc<Mutex<PollTown>>,
}

impl Voter {
    pub fn new(gateway: &Arc<Gateway>, polls: &Arc<Mutex<PollTown>>, seed: u64) -> Self {
        Self { phone: Phone::new(gateway, seed), lines: Lines::new(gateway), polls: Arc::clone(polls) }
    }

    pub fn config(&self) -> WalletConfig {
        let mut config = self.phone.config();
        config.transport = self.lines.line(0);
        config.connections = Arc::new(self.lines.clone());
        config
    }

    /// Dies at a place.
    pub fn cut_config(&self, cut: &Arc<Cut>) -> WalletConfig {
        let lines = Lines { cut: Some(Arc::clone(cut)), ..self.lines.clone() };
        let store: Box<dyn LockedStore> = Box::new(self.phone.disk.open().unwrap());
        let mut config = self.phone.config_in(StorePlace::Opened(Box::new(CutStore(Arc::clone(cut), store))));
        config.transport = lines.line(0);
        config.connections = Arc::new(lines);
        config
    }

    /// An open account, whose holder is on the roll.
    pub async fn on_the_roll(&self, person: u32) -> (Wallet, RecoveryCode) {
        let (wallet, code) = Wallet::create(self.config().with_city(self.phone.city()), PIN).unwrap();
        let account = *wallet.open_account(&code).await.unwrap().account();
        self.polls.lock().unwrap().roll.insert(account, person);
        (wallet, code)
    }

    /// What a restart makes of it.
    pub fn reopen(&self) -> Wallet {
        Wallet::open(self.config()).unwrap().unlock(PIN).unwrap()
    }

    /// The store as its owner opens it.
    pub fn open_store(&self) -> Box<dyn Store> {
        self.phone.open_store()
    }

    pub fn id(&self) -> PollId {
        self.polls.lock().unwrap().poll.id()
    }
}

/// A whole ballot of the citizens' electorate.
pub fn choices() -> Vec<Choice> {
    vec![Choice::new(0, vec![2, 0, 3]), Choice::new(1, vec![4, 1]), Choice::new(2, vec![2, 0, 1])]
}

/// Registers, casts and follows to the board.
pub async fn vote(wallet: &Wallet, id: &PollId) -> Result<VoteView, WalletError> {
    let review = wallet.review_ballot(id, &choices()).await?;
    wallet.cast_ballot(review).await?;
    wallet.follow_vote(id, |_| {}).await
}
