//! The stage on which the contract is played (`bindings/contract`): a sandbox city with a gateway that lies when it is told to, a
//! merchant's till, an election office, a counter for the card, long histories, and time that passes. `stage FOLDER`; then one JSON object a
//! line, in and out. Ends when its input is closed.

mod clock;
mod counter;
mod gateway;
mod history;
mod office;
mod till;

use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::merchants::{BAKERY, CLOSED, ZEROPAY_STICKER, printed_code};
use clock::CityClock;
use counter::Counter;
use gateway::Gateway;
use history::Giver;
use office::{Office, People, Terms};
use serde_json::{Map, Value, json};
use std::io::{BufRead as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use till::Till;
use tokio::sync::{OnceCell, mpsc};

/// Why a step failed: the sentence goes back to whoever asked.
type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let folder = std::env::args().nth(1).ok_or("usage: stage FOLDER")?;
    let stage = Stage::start(Path::new(&folder)).await?;
    say(&json!({ "ok": { "url": stage.gateway.url().as_str(), "trust": stage.city.trust().to_json() } }))?;
    let mut lines = input();
    while let Some(line) = lines.recv().await {
        let answer = match stage.step(&line).await {
            Ok(fields) => json!({ "ok": fields }),
            Err(failed) => json!({ "error": failed.to_string() }),
        };
        say(&answer)?;
    }
    stage.city.stop().await?;
    Ok(())
}

/// What stands on the stage.
struct Stage {
    city: City,
    clock: Arc<CityClock>,
    gateway: Gateway,
    folder: PathBuf,
    pace: Duration,
    till: OnceCell<Till>,
    giver: OnceCell<Giver>,
    office: OnceCell<Office>,
    counter: Counter,
}

/// A step's result: texts by name.
type Fields = Map<String, Value>;

impl Stage {
    async fn start(folder: &Path) -> Result<Self, Failed> {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let began = Instant::now();
        let clock = Arc::<CityClock>::default();
        let city = City::start_by(clock.clone(), Folder::open(folder)?, listen).await?;
        let gateway = Gateway::before(city.url()).await?;
        let counter = Counter::of(city.url())?;
        let (folder, pace) = (folder.to_owned(), began.elapsed());
        let (till, giver, office) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Ok(Self { city, clock, gateway, folder, pace, till, giver, office, counter })
    }

    async fn step(&self, line: &str) -> Result<Fields, Failed> {
        let step: Value = serde_json::from_str(line)?;
        let word = step.get("do").and_then(Value::as_str).ok_or("a step without a word")?;
        let with = With::of(&step)?;
        match word {
            "city.code" => self.code(&with).await,
            "city.charge" => self.till().await?.charge(with.text("code")?, with.number("amount")?).await,
            "city.refund" => self.till().await?.refund(with.text("payment")?, with.number("amount")?).await,
            "city.gateway" => self.gateway.tell(with.text("lie")?).map(|()| Fields::new()),
            "city.history" => {
                let giver =
                    self.giver.get_or_try_init(|| Giver::start(self.city.url(), self.city.trust())).await?;
                giver.give(with.text("code")?, with.number("entries")?).await.map(|()| Fields::new())
            }
            "city.poll" => {
                let given =
                    |names: [&str; 2]| names.into_iter().filter_map(|name| with.optional(name)).collect();
                let accounts = given(["voter", "other_voter"]);
                let people = People { accounts, residents: given(["resident", "other_resident"]) };
                let reward = with.optional("reward").map(str::parse).transpose()?;
                let neighbours = with.optional("neighbours").map(str::parse).transpose()?;
                let terms = Terms { seconds: with.number("seconds")?, reward, neighbours };
                self.office().await?.poll(&self.city, &people, terms).await
            }
            "city.neighbours" => self.office().await?.neighbours_vote(with.text("poll")?).await,
            "city.poll-over" => self.office().await?.over(with.text("poll")?).await,
            "city.offer" => self.counter.offer(with.text("credential")?, with.optional("resident")).await,
            "city.loss" => self.counter.loss(with.optional("resident")).await,
            "city.poster" => self.counter.poster(with.text("credential")?).await,
            "city.sign-in" => {
                let decision = with.optional("decision").unwrap_or("agree");
                self.counter.sign_in(with.text("address")?, decision).await
            }
            "city.request" => {
                let button = with.optional("button").unwrap_or("visits");
                self.counter.request(with.text("service")?, button).await
            }
            "city.pass" => self.clock.pass(&self.city, with.number("seconds")?).await.map(|()| Fields::new()),
            "city.standing" => self.counter.standing(with.text("visit")?).await,
            "city.stranger" => Ok(self.counter.heard()),
            other => Err(format!("no such word: {other}").into()),
        }
    }

    async fn office(&self) -> Result<&Office, Failed> {
        self.office.get_or_try_init(async || Office::open(&self.folder, self.city.url(), self.pace)).await
    }

    async fn code(&self, with: &With<'_>) -> Result<Fields, Failed> {
        let code = match (with.text("shop")?, with.optional("amount")) {
            ("bakery", None) => printed_code(BAKERY)?,
            ("closed", None) => printed_code(CLOSED)?,
            ("sticker", None) => ZEROPAY_STICKER.to_owned(),
            ("soup", None) => self.shop(till::SOUP).await?.printed_code().to_owned(),
            ("till", None) => self.till().await?.printed_code().to_owned(),
            ("till", Some(_)) => self.till().await?.order_code(with.number("amount")?).await?,
            (shop, _) => return Err(format!("no such code of {shop}").into()),
        };
        Ok(fields([("code", code)]))
    }

    async fn till(&self) -> Result<&Till, Failed> {
        self.till.get_or_try_init(|| self.shop(till::DUMPLINGS)).await
    }

    async fn shop(&self, sign: till::Sign) -> Result<Till, Failed> {
        Till::open(self.city.url(), self.city.trust(), sign).await
    }
}

/// A step's arguments.
struct With<'a>(Option<&'a Map<String, Value>>);

impl<'a> With<'a> {
    fn of(step: &'a Value) -> Result<Self, Failed> {
        match step.get("with") {
            None => Ok(Self(None)),
            Some(with) => Ok(Self(Some(with.as_object().ok_or("arguments are no object")?))),
        }
    }

    fn optional(&self, name: &str) -> Option<&'a str> {
        self.0?.get(name)?.as_str()
    }

    fn text(&self, name: &str) -> Result<&'a str, Failed> {
        self.optional(name).ok_or_else(|| format!("no {name}").into())
    }

    fn number(&self, name: &str) -> Result<u64, Failed> {
        Ok(self.text(name)?.parse()?)
    }
}

fn fields<const N: usize>(all: [(&str, String); N]) -> Fields {
    all.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}

/// The lines of standard input, read on a thread of their own.
fn input() -> mpsc::UnboundedReceiver<String> {
    let (sender, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn say(answer: &Value) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{answer}")?;
    output.flush()
}
