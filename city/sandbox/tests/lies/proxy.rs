//! A proxy on a real socket between the wallet's HTTP stack and the gateway, which spoils what goes through it by a seed.

use crate::live::{Live, review, scan};
use crate::phone::{Around, Phone};
use crate::town::{Town, Turning};
use async_trait::async_trait;
use citizen_client::Https;
use citizen_primitives::AccountId;
use citizen_wallet::{Timer, Wallet, WalletError};
use city_chain::Chain as _;
use city_gateway::Limits;
use city_sandbox::city::serve;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

/// How many seeds.
const SEEDS: u64 = 200;
/// No act may take longer: it would hang.
const LONGEST: Duration = Duration::from_secs(300);

/// How an answer is spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    Bytes,
    Body,
    Truncated,
    Dropped,
    Delayed,
    TooLong,
    TooShort,
    Failed,
    Html,
    Old,
    Redirect,
}

const HARMS: [Harm; 11] = [
    Harm::Bytes,
    Harm::Body,
    Harm::Truncated,
    Harm::Dropped,
    Harm::Delayed,
    Harm::TooLong,
    Harm::TooShort,
    Harm::Failed,
    Harm::Html,
    Harm::Old,
    Harm::Redirect,
];

/// Spoils two of five answers by its dice; none while it has none.
#[derive(Default)]
struct Spoiler {
    dice: Mutex<Option<StdRng>>,
    old: Mutex<Vec<Vec<u8>>>,
    done: Mutex<BTreeMap<Harm, u32>>,
}

impl Spoiler {
    fn roll(&self, seed: Option<u64>) {
        *self.dice.lock().unwrap() = seed.map(StdRng::seed_from_u64);
    }

    /// What is written to the phone and after what wait.
    fn spoil(&self, answer: Vec<u8>) -> (Vec<u8>, Duration) {
        let mut dice = self.dice.lock().unwrap();
        let Some(dice) = dice.as_mut() else {
            self.keep(&answer);
            return (answer, Duration::ZERO);
        };
        if dice.random_range(0..5) >= 2 {
            return (answer, Duration::ZERO);
        }
        let harm = HARMS[dice.random_range(0..HARMS.len())];
        *self.done.lock().unwrap().entry(harm).or_default() += 1;
        let wait = if harm == Harm::Delayed {
            Duration::from_millis(dice.random_range(1..30))
        } else {
            Duration::ZERO
        };
        (self.harm(harm, answer, dice), wait)
    }

    fn keep(&self, answer: &[u8]) {
        let mut old = self.old.lock().unwrap();
        if old.len() < 400 {
            old.push(answer.to_vec());
        }
    }

    fn harm(&self, harm: Harm, mut answer: Vec<u8>, dice: &mut StdRng) -> Vec<u8> {
        let head = answer.windows(4).position(|part| part == b"\r\n\r\n").map_or(0, |at| at + 4);
        match harm {
            Harm::Bytes | Harm::Body => {
                let from = if harm == Harm::Body { head.min(answer.len() - 1) } else { 0 };
                for _ in 0..dice.random_range(1..6) {
                    let place = dice.random_range(from..answer.len());
                    answer[place] = dice.random();
                }
            }
            Harm::Truncated => answer.truncate(dice.random_range(0..answer.len())),
            Harm::Dropped => answer.clear(),
            Harm::Delayed => {}
            Harm::TooLong => answer = with_length(&answer, head, dice.random_range(1..100_000)),
            Harm::TooShort => answer = with_length(&answer, head, -dice.random_range(1..60)),
            Harm::Failed => answer = b"HTTP/1.1 500 Broken\r\ncontent-length: 2\r\n\r\n{}".to_vec(),
            Harm::Html => answer = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_vec(),
            Harm::Redirect => {
                answer = b"HTTP/1.1 302 Moved\r\nlocation: /v1/parties\r\ncontent-length: 0\r\n\r\n".to_vec();
            }
            Harm::Old => {
                let old = self.old.lock().unwrap();
                answer = old[dice.random_range(0..old.len())].clone();
            }
        }
        answer
    }
}

/// The same answer under another length.
fn with_length(answer: &[u8], head: usize, by: i64) -> Vec<u8> {
    let length = i64::try_from(answer.len() - head).unwrap() + by;
    let mut spoiled = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", length.max(0)).into_bytes();
    spoiled.extend(&answer[head..]);
    spoiled
}

/// Passes one connection's one request on.
async fn pass(mut phone: TcpStream, city: SocketAddr, spoiler: Arc<Spoiler>) -> std::io::Result<()> {
    let (head, body) = read_request(&mut phone).await?;
    let mut gateway = TcpStream::connect(city).await?;
    let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    gateway.write_all(head.as_bytes()).await?;
    gateway.write_all(&body).await?;
    let mut answer = Vec::new();
    gateway.read_to_end(&mut answer).await?;
    let (answer, wait) = spoiler.spoil(answer);
    tokio::time::sleep(wait).await;
    phone.write_all(&answer).await?;
    phone.shutdown().await
}

async fn read_request(phone: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|part| part == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            let head = String::from_utf8(read).unwrap();
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = body;
            while body.len() < length.unwrap_or(0) {
                if phone.read_buf(&mut body).await? == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
            }
            return Ok((head, body));
        }
        if phone.read_buf(&mut read).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A proxy before a gateway; the address at which it listens.
async fn proxy(city: SocketAddr, spoiler: Arc<Spoiler>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((phone, _)) = listener.accept().await {
            // A phone that hangs up in between is no fault of the proxy's.
            tokio::spawn(pass(phone, city, Arc::clone(&spoiler)));
        }
    });
    url
}

/// The town's gateway on a socket of its own.
async fn on_a_socket(town: &Arc<Town>, stop: watch::Receiver<bool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // However fast this machine asks, it is not told to ask less.
    let mut limits = Limits::default();
    (limits.rate.burst, limits.rate.per_second) = (u32::MAX, u32::MAX);
    tokio::spawn(serve(listener, town.gateway().with_limits(limits).into_router(), stop));
    address
}

/// While the wallet waits the town goes on; a wallet that waits for ever is stopped by the proxy being honest again.
struct Patient {
    turning: Turning,
    spoiler: Arc<Spoiler>,
    waits: AtomicU32,
}

#[async_trait]
impl Timer for Patient {
    async fn sleep(&self, duration: Duration) {
        if self.waits.fetch_add(1, Ordering::SeqCst) > 30 {
            self.spoiler.roll(None);
        }
        self.turning.sleep(duration).await;
    }
}

/// The session of one seed, and what is true by the city itself.
struct Trial {
    town: Arc<Town>,
    account: AccountId,
    balances: BTreeSet<u64>,
    words: BTreeMap<&'static str, u32>,
}

impl Trial {
    /// A view that is shown is true; an error has its name.
    fn judge<T>(&mut self, seed: u64, outcome: Result<T, WalletError>, check: impl FnOnce(&mut Self, T)) {
        let word = match outcome {
            Ok(view) => {
                check(self, view);
                "true"
            }
            Err(error) => {
                let code = error.code();
                assert!(crate::every_field::NAMED.contains(&code), "seed {seed}: {error:?}");
                code
            }
        };
        *self.words.entry(word).or_default() += 1;
    }

    fn note_balance(&mut self) {
        let won = self.town.bank.customer_balance(&self.account).unwrap();
        self.balances.insert(u64::try_from(won).unwrap());
    }

    fn is_true(&mut self, view: &serde_json::Value) {
        self.note_balance();
        let lies = crate::truth::lies_in_marks(&self.town, view, self.town.now());
        assert!(lies.is_empty(), "{lies:?}");
        if let Some(won) = view.get("krw_spoken").and(view["krw"].as_u64()) {
            assert!(self.balances.contains(&won), "{won} is none of {:?}", self.balances);
        }
    }

    fn is_history(&self, history: &citizen_wallet::view::HistoryView) {
        let own = self.town.chain.entries(&self.account, 0, 1_000).unwrap();
        assert!(history.entries().len() <= own.len());
        for (shown, own) in history.entries().iter().zip(&own) {
            assert_eq!((*shown.index(), *shown.height(), *shown.time()), (own.index, own.height, own.time));
        }
    }

    async fn session(&mut self, seed: u64, wallet: &Wallet) {
        let balance = wallet.balance().await;
        self.judge(seed, balance, |trial, view| trial.is_true(&json!(view)));
        let history = wallet.history().await;
        self.judge(seed, history, |trial, view| trial.is_history(&view));
        let code = scan(wallet).await;
        self.judge(seed, code, |_, code| {
            assert_eq!(code.merchant().name().as_ref().unwrap().as_str(), "망원빵집");
        });
        if seed.is_multiple_of(8) {
            self.pay(seed, wallet).await;
        }
    }

    async fn pay(&mut self, seed: u64, wallet: &Wallet) {
        let approved = match review(wallet, 150, 50).await {
            Ok(review) => wallet.approve(review).await,
            Err(error) => Err(error),
        };
        let mut payment = None;
        self.judge(seed, approved, |_, view| payment = Some(*view.payment_id()));
        let Some(payment) = payment else { return };
        let mut steps = Vec::new();
        let end = wallet.follow_payment(&payment, |step| steps.push(json!(step))).await;
        steps.iter().for_each(|step| self.is_true(step));
        self.judge(seed, end, |trial, view| trial.is_true(&json!(view)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wallet_1_a_proxy_that_spoils_answers_by_200_seeds_spoils_no_view() {
    let town = Town::found(1);
    let live = Live::new(&town, 1);
    let wallet = live.with_points("김하나").await;
    let account = *wallet.account().unwrap().account();
    drop(wallet);
    town.watch(account);
    let (_stop, told) = watch::channel(false);
    let spoiler = Arc::new(Spoiler::default());
    let url = proxy(on_a_socket(&town, told).await, Arc::clone(&spoiler)).await;
    let mut trial =
        Trial { town: Arc::clone(&town), account, balances: BTreeSet::new(), words: BTreeMap::new() };
    for seed in 0..SEEDS {
        let waits = AtomicU32::new(0);
        let turning = Turning(Arc::clone(&town));
        let around = Around {
            transport: Arc::new(Https::new().unwrap()),
            timer: Arc::new(Patient { turning, spoiler: Arc::clone(&spoiler), waits }),
            clock: town.clock.clone(),
            seed: 1_000 + seed,
        };
        let wallet = live.phone.open_at(&around, &url, town.trust()).unwrap();
        spoiler.roll(Some(seed));
        tokio::time::timeout(LONGEST, trial.session(seed, &wallet))
            .await
            .unwrap_or_else(|_| panic!("seed {seed} hangs"));
        // With an honest proxy the same wallet goes on, and shows what the city has.
        spoiler.roll(None);
        town.turn().await;
        wallet.sync().await.unwrap_or_else(|error| panic!("seed {seed}: afterwards {error:?}"));
        let balance = wallet.balance().await.unwrap();
        trial.is_true(&json!(balance));
        assert!(balance.points().freshness().is_fresh() && balance.won().is_some(), "seed {seed}");
    }
    println!("{:?}\n{:?}", spoiler.done.lock().unwrap(), trial.words);
    assert!(HARMS.iter().all(|harm| spoiler.done.lock().unwrap().contains_key(harm)));
    at_the_end(&town, &live.phone, account).await;
}

/// Every order that was approved is at its end, paid once or undone, and both books say so.
async fn at_the_end(town: &Arc<Town>, phone: &Phone, account: AccountId) {
    for _ in 0..5 {
        town.turn().await;
    }
    let around = Around {
        transport: town.net.clone(),
        timer: Arc::new(Turning(Arc::clone(town))),
        clock: town.clock.clone(),
        seed: 99,
    };
    let wallet = phone.open_at(&around, &crate::town::url(), town.trust()).unwrap();
    wallet.sync().await.unwrap();
    let payments = wallet.payments().unwrap();
    assert!(payments.len() > 5 && payments.iter().all(|payment| payment.is_final()));
    let captured = payments.iter().filter(|payment| payment.is_captured()).count();
    let captured = u64::try_from(captured).unwrap();
    assert!(captured > 0);
    assert_eq!(wallet.balance().await.unwrap().points().points().amount(), 10_000 - captured * 50);
    let won = town.bank.customer_balance(&account).unwrap();
    assert_eq!(won, 100_000 - i64::try_from(captured).unwrap() * 100);
}
