//! The office makes a poll: rolls, keys, manifest, announcement. Whoever is cut off over it is asked again.

use super::houses::{REGISTRARS, THRESHOLD};
use crate::genesis::text;
use crate::keys::Keys;
use crate::plans::{Times, night_buses};
use crate::torture::dice::Dice;
use crate::torture::scenario::{RunError, no_poll};
use crate::torture::stage::Stage;
use crate::torture::world::WorldError;
use citizen_client::Exchange;
use citizen_primitives::{AccountId, KeyId};
use citizen_voting::blind::{BlindKey, BlindSigningKey};
use citizen_voting::manifest::Poll;
use city_services::office::{Announced, Draft, Drafted, KeyHolder, Lines, Member, PollPlan, RewardPlan};
use city_services::registrar::Roll;
use city_services::{Office, ServiceError};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// People on the roll besides her: twice the smallest turnout and more, so that fifty can vote.
pub const OTHERS: u8 = 60;
/// What taking part is rewarded with.
pub const REWARD: u64 = 100;
/// How often something is tried again.
const TRIES: u32 = 400;

/// So long that whoever is dead comes back in it; slots of ten seconds.
const TIMES: Times = Times { registration: (600, 2_700), casting: (1_200, 2_700), slot: 10 };

fn plan() -> Result<PollPlan, RunError> {
    let lines = |ko: &str, en: &str| Lines { ko: ko.to_owned(), en: en.to_owned() };
    let legal_basis = lines("샌드박스 조례", "The sandbox's ordinance");
    let reward = Some(RewardPlan { points: REWARD, legal_basis });
    Ok(PollPlan { threshold: THRESHOLD, reward, ..night_buses(TIMES).map_err(no_poll)? })
}

/// The keys that registrars and treasury sign blindly with. They are made once, as on a machine that is on no network: making one takes
/// as long as many runs.
#[derive(Clone)]
pub struct BlindKeys {
    registrars: Vec<Vec<u8>>,
    treasury: Vec<u8>,
}

impl BlindKeys {
    /// Always the same.
    pub fn make() -> Result<Self, RunError> {
        let mut dice = Dice::of(0, 0x6b65_7973);
        let mut one = || {
            let key = BlindSigningKey::generate(&mut dice).map_err(no_poll)?;
            Ok::<_, RunError>(key.dangerous_pkcs8().map_err(no_poll)?.to_vec())
        };
        let registrars = (0..REGISTRARS).map(|_| one()).collect::<Result<_, _>>()?;
        Ok(Self { registrars, treasury: one()? })
    }

    /// A registrar's.
    pub fn of_registrar(&self, number: usize) -> Result<BlindSigningKey, RunError> {
        read(self.registrars.get(number).ok_or_else(|| no_poll("a registrar's key"))?)
    }

    fn of_treasury(&self) -> Result<BlindSigningKey, RunError> {
        read(&self.treasury)
    }
}

fn read(pkcs8: &[u8]) -> Result<BlindSigningKey, RunError> {
    BlindSigningKey::from_pkcs8(pkcs8).map_err(no_poll)
}

/// A poll that stands on the ledger, and its rolls.
#[derive(Debug, Clone)]
pub struct Made {
    /// The poll.
    pub poll: Poll,
    /// Who may vote.
    pub rolls: Vec<Roll>,
}

/// The office at work.
pub(super) struct Making<'a> {
    pub(super) stage: &'a Arc<Stage>,
    pub(super) keys: &'a BlindKeys,
}

impl Making<'_> {
    /// Makes a poll for her and others, and announces it.
    pub(super) async fn make(&self, account: AccountId) -> Result<Made, RunError> {
        let plan = plan()?;
        let members = members(account)?;
        let draft = Draft::from_bytes([0x70; 32]);
        let rolls =
            self.again(async |office| office.draw_rolls(draft, std::slice::from_ref(&members))).await?;
        self.bring_keys(draft).await?;
        let holders = self.holders()?;
        let mut keys = self
            .again(async |office| office.ask_keys(draft, 1, &holders).await?.ok_or(ServiceError::Unavailable))
            .await?;
        self.add_treasury(&mut keys)?;
        self.load(&rolls).await?;
        let poll = self.again(async |office| office.compose(&plan, draft, &keys).await).await?;
        self.again(async |office| office.announce(&poll, draft)).await?;
        let id = poll.id();
        self.again(async |office| match office.send(&id).await? {
            Announced::Stands => Ok(()),
            Announced::Sent | Announced::Refused(_) => Err(ServiceError::Unavailable),
        })
        .await?;
        Ok(Made { poll, rolls })
    }

    /// Asks the office until it has done it; whoever is dead meanwhile comes back in its time.
    pub(super) async fn again<T, E: fmt::Display>(
        &self,
        act: impl AsyncFn(&Office) -> Result<T, E>,
    ) -> Result<T, RunError> {
        let mut said = String::from("the office is dead");
        for _ in 0..TRIES {
            if let Ok(office) = self.stage.world().office() {
                match act(&office).await {
                    Ok(done) => return Ok(done),
                    Err(error) => said = error.to_string(),
                }
            }
            self.stage.turn().await;
        }
        Err(no_poll(said))
    }

    /// Tries something with a party until it is done.
    async fn persist<T>(&self, act: impl Fn() -> Result<T, RunError>) -> Result<T, RunError> {
        for _ in 0..TRIES {
            if let Ok(done) = act() {
                return Ok(done);
            }
            self.stage.turn().await;
        }
        act()
    }

    async fn bring_keys(&self, draft: Draft) -> Result<(), RunError> {
        let world = self.stage.world();
        for number in 0..REGISTRARS {
            let key = [self.keys.of_registrar(number)?];
            self.persist(|| {
                Ok(world.registrar(number)?.bring_keys(*draft.as_bytes(), &key).map_err(WorldError::from)?)
            })
            .await?;
        }
        self.persist(|| {
            let key = self.keys.of_treasury()?;
            Ok(world.treasury()?.bring_reward_key(*draft.as_bytes(), key).map_err(WorldError::from)?)
        })
        .await
    }

    async fn load(&self, rolls: &[Roll]) -> Result<(), RunError> {
        let world = self.stage.world();
        for number in 0..REGISTRARS {
            for roll in rolls {
                self.persist(|| Ok(world.registrar(number)?.load_roll(roll).map_err(WorldError::from)?))
                    .await?;
            }
        }
        Ok(())
    }

    fn holders(&self) -> Result<Vec<KeyHolder>, RunError> {
        let world = self.stage.world();
        let holder = |(number, seed): (usize, &[u8; 32])| {
            let url = Url::parse(&format!("http://registrar-{number}.test/")).map_err(WorldError::from)?;
            Ok(KeyHolder { key: key(seed), exchange: Exchange::new(world.transport(), &url) })
        };
        world.keys().registrars.iter().take(REGISTRARS).enumerate().map(holder).collect()
    }

    /// The reward's key goes into the manifest as the treasury has made it.
    fn add_treasury(&self, keys: &mut Drafted) -> Result<(), RunError> {
        let made: BlindKey = self.keys.of_treasury()?.public().map_err(no_poll)?;
        keys.insert(key(&self.stage.world().keys().treasury), vec![made]);
        Ok(())
    }
}

fn key(seed: &[u8; 32]) -> KeyId {
    Keys::signing(seed).id()
}

fn members(account: AccountId) -> Result<Vec<Member>, RunError> {
    let member = |account: AccountId, person: &str| {
        let person = text(person).map_err(WorldError::from)?;
        Ok(Member { known: account.into(), person })
    };
    let others =
        (1..=OTHERS).map(|number| member(AccountId::from_bytes([number; 32]), &format!("시민 {number}")));
    others.chain([member(account, "김지우")]).collect()
}
