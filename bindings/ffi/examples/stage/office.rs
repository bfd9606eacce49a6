//! The election office of the stage: it makes a poll of `bindings/contract/poll.toml` as `poll-admin` does, and says when it is over.

use crate::{Failed, Fields, fields};
use citizen_primitives::{AccountId, PollId};
use citizen_voting::manifest::Poll;
use city_sandbox::admin::{Admin, read_members, read_plan};
use city_sandbox::city::City;
use city_sandbox::failure::Failure;
use city_sandbox::folder::Folder;
use city_sandbox::narrator::Language;
use city_sandbox::neighbours::Neighbours;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::Mutex;
use url::Url;

const PLAN: &str = include_str!("../../../contract/poll.toml");
const LEGAL_BASIS: &str =
    r#"legal-basis = { ko = "샌드박스 조례 제9조", en = "Sandbox ordinance, article 9" }"#;
const PAUSE: Duration = Duration::from_millis(100);
/// How often it looks whether neighbours' ballots stand on the board, and how long it waits between.
const LOOKS: u32 = 300;
const LOOK: Duration = Duration::from_secs(1);
/// How many seconds a poll is announced before it begins, at the least.
const BEFORE: u64 = 8;
/// By how many seconds a poll is open longer for each that the city took to start: a busy machine takes longer for all of it.
/// A whole number of the poll's slots.
const LONGER: u64 = 21;
/// A roll has at least so many people: whoever is not a phone of the case is nobody.
const OTHERS: u8 = 40;

/// Who is on a roll, besides forty whom no phone is.
pub(crate) struct People<'a> {
    /// Known by their accounts,
    pub(crate) accounts: Vec<&'a str>,
    /// and by the citizen card: their numbers in the register of residents.
    pub(crate) residents: Vec<&'a str>,
}

/// What a poll is like, besides what all have in common.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    /// How long it is open, in seconds on an idle machine.
    pub(crate) seconds: u64,
    /// So many points for whoever takes part.
    pub(crate) reward: Option<u64>,
    /// So many neighbours are on the roll besides, who vote when they are told to.
    pub(crate) neighbours: Option<u32>,
}

/// The office in the city's folder.
pub(crate) struct Office {
    admin: Admin,
    folder: PathBuf,
    pace: Duration,
    /// Who votes besides the phones, by the poll.
    neighbours: Mutex<BTreeMap<String, (Poll, Neighbours)>>,
}

impl Office {
    /// Opens it. It reaches the city by itself: no lie is told to it.
    /// `pace` is what the city took to start.
    pub(crate) fn open(folder: &Path, city: &Url, pace: Duration) -> Result<Self, Failed> {
        let desk = folder.join("contract-poll");
        fs::create_dir_all(&desk)?;
        let admin = Admin::open(folder, Some(city.clone()))?;
        Ok(Self { admin, folder: desk, pace, neighbours: Mutex::default() })
    }

    /// Makes and announces a poll for these people, waits for its beginning, and leaves it open as long as its terms say.
    pub(crate) async fn poll(
        &self,
        city: &City,
        people: &People<'_>,
        Terms { seconds, reward, neighbours }: Terms,
    ) -> Result<Fields, Failed> {
        let plan = self.folder.join("poll.toml");
        // What has begun of a second counts as one.
        let pace = u64::try_from(self.pace.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
        let from = BEFORE.saturating_add(pace.saturating_mul(2));
        let until = from.saturating_add(seconds).saturating_add(pace.saturating_mul(LONGER));
        let mut text = PLAN.replace("FROM", &from.to_string()).replace("UNTIL", &until.to_string());
        if let Some(points) = reward {
            write!(text, "\n[reward]\npoints = {points}\n{LEGAL_BASIS}\n")?;
        }
        fs::write(&plan, text)?;
        fs::write(self.folder.join("roll.txt"), roll(people)?)?;
        let read = read_plan(&plan)?;
        let mut members = read_members(&read, &plan, self.admin.voters())?;
        let neighbours = self.settle(city, neighbours).await?;
        if let (Some(roll), Some(neighbours)) = (members.first_mut(), &neighbours) {
            roll.extend(neighbours.members().map_err(failed)?);
        }
        let (poll, draft) = self.admin.make(&read, &members).await?;
        self.admin.announce(&poll, draft).await?;
        city.voting().take_rolls().await?;
        while self.admin.watch(&poll.id()).await?.time < poll.manifest().registration.from {
            tokio::time::sleep(PAUSE).await;
        }
        let id = poll.id().to_hex();
        if let Some(neighbours) = neighbours {
            self.neighbours.lock().await.insert(id.clone(), (poll, neighbours));
        }
        Ok(fields([("poll", id)]))
    }

    /// Neighbours with accounts, the same in every poll of the city.
    async fn settle(&self, city: &City, count: Option<u32>) -> Result<Option<Neighbours>, Failed> {
        let Some(count) = count else { return Ok(None) };
        let folder = Folder::open(&self.folder.join("neighbours"))?;
        let settled = Neighbours::settle(&folder, (city.url(), city.trust()), count).await;
        Ok(Some(settled.map_err(failed)?))
    }

    /// All neighbours of a poll register, cast a ballot through its first relay, and have the treasury sign for what the poll promises.
    pub(crate) async fn neighbours_vote(&self, poll: &str) -> Result<Fields, Failed> {
        let mut all = self.neighbours.lock().await;
        let (poll, neighbours) = all.remove(poll).ok_or("this poll has no neighbours")?;
        let relay = poll.relays().first().ok_or("a poll without relays")?.signing.id();
        let registering = neighbours.register(&poll).await.map_err(failed)?;
        let cast = neighbours.cast(&poll, relay, registering).await.map_err(failed)?;
        let mut signed = 0;
        for _ in 0..LOOKS {
            if poll.manifest().reward.is_none() || signed == cast {
                break;
            }
            // A ballot stands on the board once its slot is over.
            tokio::time::sleep(LOOK).await;
            signed = neighbours.ask_rewards(&poll).await.map_err(failed)?;
        }
        Ok(fields([("cast", cast.to_string()), ("rewards", signed.to_string())]))
    }

    /// Waits until a poll's board is closed.
    pub(crate) async fn over(&self, poll: &str) -> Result<Fields, Failed> {
        let progress = self.admin.close(&PollId::from_hex(poll)?).await?;
        let counted: u32 = progress.record.electorates.iter().map(|electorate| electorate.counted).sum();
        Ok(fields([("counted", counted.to_string())]))
    }
}

/// In English: a step's failure is for whoever wrote the case.
fn failed(Failure(line): Failure) -> Failed {
    line.text(Language::En).into()
}

/// On each line an account or a resident, a tabulator, a person. Whoever is nobody is known as the phones of the case are.
fn roll(people: &People<'_>) -> Result<String, Failed> {
    let by_card = people.accounts.is_empty() && !people.residents.is_empty();
    let other = |number: u8| {
        if by_card {
            format!("resident:NOBODY-{number}")
        } else {
            AccountId::from_bytes([number; 32]).to_hex()
        }
    };
    let accounts = people.accounts.iter().map(|account| (*account).to_owned());
    let residents = people.residents.iter().map(|number| format!("resident:{number}"));
    let mut roll = String::new();
    for (number, known) in (1..=OTHERS).map(other).chain(accounts).chain(residents).enumerate() {
        writeln!(roll, "{known}\t시민 {number}")?;
    }
    Ok(roll)
}
