//! The election office's work on a city's folder: make a poll, announce it, watch it, publish it. Behind the program `poll-admin`,
//! and behind the story.

use crate::city::{CityError, database_at, ground};
use crate::folder::{FolderError, Secrecy, write_whole};
use crate::keys::Keys;
use crate::parties::Ground;
use crate::rolls;
use citizen_client::{Addresses, CallError, Exchange, Https, HttpsError, TrustFile};
use citizen_ledger::{Rejection, Role};
use citizen_primitives::{AccountId, Canonical as _, Place, PollId, Text};
use citizen_voting::manifest::{Manifest, ManifestError, Poll};
use citizen_voting::verify::Report;
use city_services::office::{
    Announced, ComposeError, Draft, Drafted, KeyHolder, Member, PollPlan, Progress, PublishError,
};
use city_services::registrar::Known;
use city_services::{Office, ServiceError, Voters};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Asking the gateway where registrars are.
const ASK_PARTIES: Place = Place::new("office/ask-parties");
/// How often something is asked for again.
const PACE: Duration = Duration::from_millis(100);

/// Why the office's work is not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The city.
    #[error(transparent)]
    City(#[from] CityError),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The TLS stack.
    #[error(transparent)]
    Https(#[from] HttpsError),
    /// The gateway.
    #[error("the gateway does not answer: {0}")]
    Gateway(#[from] CallError),
    /// The plan, the rolls or the keys.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The manifest.
    #[error("the manifest is refused: {0}")]
    Manifest(#[from] ManifestError),
    /// A registrar whose address the gateway does not know.
    #[error("the gateway knows no address of a registrar")]
    NoAddress,
    /// The ledger does not take the announcement.
    #[error("the ledger does not take it: {0}")]
    Refused(Rejection),
    /// The ledger knows no such poll.
    #[error("the ledger knows no such poll")]
    NoPoll,
    /// It is not published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Disk or ledger.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// The office at work on a city.
#[derive(Debug)]
pub struct Admin {
    city: PathBuf,
    gateway: Url,
    office: Office,
    voters: Voters,
}

impl Admin {
    /// Opens the office in a city's folder. The city may be running: the office's own room is nobody else's. Where the gateway is,
    /// the folder says, if it is not said here.
    pub fn open(city: &Path, gateway: Option<Url>) -> Result<Self, AdminError> {
        let gateway = match gateway {
            Some(gateway) => gateway,
            None => read_text(&city.join("address"))?.trim().parse().map_err(wrong(&city.join("address")))?,
        };
        let file = city.join("city.json");
        let trust = TrustFile::parse(&read_text(&file)?).map_err(wrong(&file))?;
        let keys = Keys::read(city)?;
        let ground = ground(gateway.clone(), trust.anchor().clone())?;
        let office = ground.office(&keys, database_at(city, "election-office")?);
        Ok(Self { city: city.to_owned(), gateway, office, voters: Ground::voters(&keys) })
    }

    /// The office.
    #[must_use]
    pub const fn office(&self) -> &Office {
        &self.office
    }

    /// The numbers by which rolls know residents who have the citizen card.
    #[must_use]
    pub const fn voters(&self) -> &Voters {
        &self.voters
    }

    /// Makes a poll out of a plan: draws the rolls, has the registrars, and for a reward the treasury, make their keys, puts the manifest together, and lays the rolls
    /// where the registrars find them. Made again after it was cut off, it goes on with the same rolls and keys.
    pub async fn make(&self, plan: &PollPlan, members: &[Vec<Member>]) -> Result<(Poll, Draft), AdminError> {
        let name = borsh::to_vec(&(format!("{plan:?}"), members)).unwrap_or_default();
        let draft = self.office.draft(&name);
        let drawn = self.office.draw_rolls(draft, members)?;
        let holders = self.holders().await?;
        let electorates = u8::try_from(members.len()).unwrap_or(u8::MAX);
        let mut keys = loop {
            match self.office.ask_keys(draft, electorates, &holders).await {
                Ok(Some(keys)) => break keys,
                // A registrar that is down is waited for; what it has made by then, it has made.
                Ok(None) | Err(ServiceError::Unavailable) => self.wait().await?,
                Err(error) => return Err(error.into()),
            }
        };
        if plan.reward.is_some() {
            keys.append(&mut self.reward_key(draft).await?);
        }
        let room = self.city.join(rolls::ROOM);
        fs::create_dir_all(&room).map_err(wrong(&room))?;
        for roll in &drawn {
            let file = room.join(format!("{}.roll", roll.root().to_hex()));
            write_whole(&file, &roll.to_canonical(), Secrecy::OwnerOnly)?;
        }
        Ok((self.office.compose(plan, draft, &keys).await?, draft))
    }

    /// The treasury's key for the reward; waited for while it is made, and while the treasury is down.
    async fn reward_key(&self, draft: Draft) -> Result<Drafted, AdminError> {
        let gateway = Exchange::new(Arc::new(Https::new()?), &self.gateway);
        loop {
            match self.office.ask_reward_key(draft, &gateway).await {
                Ok(Some(keys)) => return Ok(keys),
                Ok(None) | Err(ServiceError::Unavailable) => self.wait().await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Announces a poll, and waits until the ledger proves it.
    pub async fn announce(&self, poll: &Poll, draft: Draft) -> Result<(), AdminError> {
        self.office.announce(poll, draft)?;
        loop {
            match self.office.send(&poll.id()).await? {
                Announced::Stands => return Ok(()),
                // It is in a block that the next header proves.
                Announced::Sent | Announced::Refused(Rejection::Replayed) => self.wait().await?,
                Announced::Refused(rejection) => return Err(AdminError::Refused(rejection)),
            }
        }
    }

    /// How far a poll is.
    pub async fn watch(&self, poll: &PollId) -> Result<Progress, AdminError> {
        self.office.watch(poll).await?.ok_or(AdminError::NoPoll)
    }

    /// Waits until the board is closed and everything that may be opened is.
    pub async fn close(&self, poll: &PollId) -> Result<Progress, AdminError> {
        loop {
            let progress = self.watch(poll).await?;
            if progress.is_opened() {
                return Ok(progress);
            }
            self.wait().await?;
        }
    }

    /// Verifies a poll that is over, and writes all of it into one file.
    pub async fn publish(&self, poll: &PollId, file: &Path) -> Result<Report, AdminError> {
        let beside = file.with_extension("part");
        let output = io::BufWriter::new(File::create(&beside).map_err(wrong(&beside))?);
        let report = self.office.publish(poll, output).await?;
        fs::rename(&beside, file).map_err(wrong(file))?;
        Ok(report)
    }

    /// What others have not done yet is waited for; what the office's own disk does not take, it never will.
    async fn wait(&self) -> Result<(), AdminError> {
        if let Some(error) = self.office.party().fault().error() {
            return Err(CityError::from(error).into());
        }
        tokio::time::sleep(PACE).await;
        Ok(())
    }

    /// Where the registrars of the registry are, as the gateway says. Their answers are signed.
    async fn holders(&self) -> Result<Vec<KeyHolder>, AdminError> {
        let transport = Arc::new(Https::new()?);
        let addresses = Addresses::ask(&Exchange::new(transport.clone(), &self.gateway), ASK_PARTIES).await?;
        let registrars = self.office.active(Role::Registrar).await?;
        let holder = |record: &citizen_ledger::RoleRecord| {
            let key = record.id();
            let address = addresses.of(&key).ok_or(AdminError::NoAddress)?;
            Ok(KeyHolder { key, exchange: Exchange::new(transport.clone(), address) })
        };
        registrars.iter().map(holder).collect()
    }
}

/// Reads a plan.
pub fn read_plan(path: &Path) -> Result<PollPlan, AdminError> {
    toml::from_str(&read_text(path)?).map_err(wrong(path))
}

/// Reads the members of every electorate of a plan, from the files that it names beside itself.
pub fn read_members(plan: &PollPlan, beside: &Path, voters: &Voters) -> Result<Vec<Vec<Member>>, AdminError> {
    let folder = beside.parent().unwrap_or_else(|| Path::new("."));
    plan.electorates.iter().map(|electorate| read_roll(&folder.join(&electorate.roll), voters)).collect()
}

/// A line for each: the account in hexadecimal, or `resident:` and the number in the register of residents of somebody who has the citizen
/// card; a tabulator; the person.
fn read_roll(path: &Path, voters: &Voters) -> Result<Vec<Member>, AdminError> {
    let text = read_text(path)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let member = |line: &str| {
        let (known, person) = line.split_once('\t')?;
        let known = match known.strip_prefix("resident:") {
            Some(number) => Known::Card(voters.of(number)),
            None => AccountId::from_hex(known).ok()?.into(),
        };
        Some(Member { known, person: Text::new(person).ok()? })
    };
    lines
        .map(|line| {
            member(line).ok_or_else(|| wrong(path)(format!("no account or resident, and person: {line:?}")))
        })
        .collect()
}

/// Writes a manifest, and what the office calls it, for the next command.
pub fn write_manifest(path: &Path, poll: &Poll, draft: Draft) -> Result<(), AdminError> {
    let bytes = borsh::to_vec(&(draft.as_bytes(), poll.manifest().to_canonical())).map_err(wrong(path))?;
    // A bare name has no folder to be synced.
    let path = std::path::absolute(path).map_err(wrong(path))?;
    Ok(write_whole(&path, &bytes, Secrecy::Open)?)
}

/// Reads it back.
pub fn read_manifest(path: &Path) -> Result<(Poll, Draft), AdminError> {
    let bytes = fs::read(path).map_err(wrong(path))?;
    let (draft, manifest): ([u8; 32], Vec<u8>) = borsh::from_slice(&bytes).map_err(wrong(path))?;
    let manifest = Manifest::from_canonical(&manifest).map_err(wrong(path))?;
    Ok((Poll::new(manifest)?, Draft::from_bytes(draft)))
}

fn read_text(path: &Path) -> Result<String, AdminError> {
    fs::read_to_string(path).map_err(wrong(path))
}

fn wrong<E: ToString>(path: &Path) -> impl Fn(E) -> AdminError {
    let path = path.to_owned();
    move |reason| AdminError::File { path: path.clone(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_keys::Secret32;
    use zeroize::Zeroizing;

    #[test]
    fn the_plan_that_comes_along_can_be_read_and_a_wrong_line_of_a_roll_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/night-buses.toml");
        let plan = read_plan(&path).unwrap();
        assert_eq!((plan.electorates.len(), plan.contests[0].options.len()), (1, 3));
        let beside = folder.path().join("plan.toml");
        let roll = |text: String| fs::write(folder.path().join("roll.txt"), text).unwrap();
        let voters = Voters::new(&Secret32::take(Zeroizing::new([1; 32])));
        roll(format!("# who votes\n{}\t김하나\nresident:SB-1007\t김지우\n\n", "07".repeat(32)));
        let members = read_members(&plan, &beside, &voters).unwrap();
        assert_eq!(members[0][0].person.as_str(), "김하나");
        assert_eq!(members[0][1].known, Known::Card(voters.of("SB-1007")));
        roll("07\t김하나\n".to_owned());
        let wrong = read_members(&plan, &beside, &voters).unwrap_err().to_string();
        assert!(wrong.contains("roll.txt") && wrong.contains("김하나"), "{wrong}");
    }
}
