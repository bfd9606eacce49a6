//! A city in memory whose parties can be killed one by one: a disk each that forgets what was not synced, a clock that is
//! moved by hand, a network of routers.

use super::cutter::Cutter;
use super::dice::Dice;
use super::election::houses::{self, Houses};
use super::life::{Disks, open_chain};
use super::transport::{InjectedTransport, Net};
use crate::genesis::{DataError, genesis};
use crate::keys::Keys;
use crate::node::{NodeError, anchor};
use crate::rules::{self, RulesError};
use citizen_client::{Transport, TrustFile};
use citizen_ledger::{Genesis, TrustAnchor};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{AmountError, Clock as _, Height, UnixTime};
use city_chain::{ChainError, EmbeddedChain};
use city_services::Mood;
use city_services::{Bank, Centre, DbError, ServiceError, Steps, Treasury};
use city_storage::{Storage, StorageError};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// When every world begins: 2026-11-21, 09:00 in Seoul.
pub(super) const DAWN: UnixTime = UnixTime::from_seconds(1_795_219_200);

/// Who signs headers. One is enough: who signs makes no difference to what is tortured, and signatures cost most of a run.
pub(super) const VALIDATORS: usize = 1;

/// Who rolls the governors' dice.
const DECIDES: u64 = u64::MAX - 1;

/// The parties of a city. The gateway keeps nothing, so it only falls silent.
pub const PARTIES: [&str; 9] =
    ["ledger", "gateway", "bank", "centre", "treasury", "registrar", "relay", "trustee", "office"];

/// Why a world does not stand. In the harness every one of them is a defect.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The sandbox's data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The ledger.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The rules of payments.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The ledger's disk.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A party's disk.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A party.
    #[error(transparent)]
    Party(#[from] ServiceError),
    /// An amount out of range.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// An address that is none.
    #[error(transparent)]
    Address(#[from] url::ParseError),
    /// A party that is dead was asked for.
    #[error("{0} is dead")]
    Dead(&'static str),
    /// A party dies again and again.
    #[error("{0} does not start")]
    NeverStarts(&'static str),
}

/// Who lives.
#[derive(Default)]
pub(super) struct Living {
    pub(super) chain: Option<(Arc<EmbeddedChain>, Arc<Storage>)>,
    pub(super) bank: Option<Arc<Bank>>,
    pub(super) centre: Option<Arc<Centre>>,
    pub(super) treasury: Option<Arc<Treasury>>,
    pub(super) houses: Houses,
}

/// The city.
pub struct World {
    pub(super) seed: u64,
    pub(super) rollers: Arc<AtomicU64>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) net: Arc<Net>,
    pub(super) cutter: Arc<Cutter>,
    pub(super) keys: Keys,
    pub(super) genesis: Genesis,
    pub(super) disks: Disks,
    pub(super) living: Mutex<Living>,
    pub(super) mood: Mutex<Mood>,
    pub(super) anchor: TrustAnchor,
    /// Whether polls are held in it.
    pub(super) has_polls: bool,
}

/// What a network brings a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// The letter of this number, counted round and round.
    One(u64),
    /// Everything.
    All,
}

/// A city that has stopped: what is on its disks, to go on from many times.
pub struct Image {
    keys: Keys,
    genesis: Genesis,
    pub(super) disks: Disks,
    anchor: TrustAnchor,
    now: UnixTime,
    has_polls: bool,
}

impl World {
    /// Founds a city whose every random byte comes from the seed. A party that is cut off while it starts starts again.
    pub fn found(seed: u64, cutter: Arc<Cutter>) -> Result<Self, WorldError> {
        Self::found_with(false, seed, cutter)
    }

    /// The same, with the parties of polls or without them.
    pub fn found_with(has_polls: bool, seed: u64, cutter: Arc<Cutter>) -> Result<Self, WorldError> {
        let keys = Keys::generate(&mut Dice::of(seed, 0));
        let mut genesis = genesis(&keys, DAWN)?;
        genesis.validators.truncate(VALIDATORS);
        if has_polls {
            houses::few(&mut genesis, &keys);
        }
        let clock = Arc::new(ManualClock::at(DAWN));
        let disks = Disks::default();
        let mut dice = Dice::of(seed, u64::MAX);
        let anchor = loop {
            let opened = open_chain(&disks.ledger, &genesis, &keys, &clock, &cutter);
            let begun = opened.and_then(|(chain, _)| {
                chain.step()?;
                rules::decide(&chain, &keys, &mut Dice::of(seed, DECIDES))?;
                Ok(anchor(&chain, Some(Height::new(1)))?)
            });
            match begun {
                Ok(anchor) => break anchor,
                Err(_) if cutter.is_dead("ledger") => {
                    disks.ledger.crash(|| dice.below(2) == 1);
                    cutter.revive("ledger");
                }
                Err(error) => return Err(error),
            }
        };
        let net = Arc::new(Net::new(Arc::clone(&cutter)));
        let (living, mood, rollers) = (Mutex::default(), Mutex::default(), Arc::new(AtomicU64::new(1)));
        let world =
            Self { seed, rollers, clock, net, cutter, keys, genesis, disks, living, mood, anchor, has_polls };
        world.begin()?;
        Ok(world)
    }

    /// Goes on from an image, with another seed.
    pub fn resume(image: &Image, seed: u64, cutter: Arc<Cutter>) -> Result<Self, WorldError> {
        let Image { keys, genesis, disks, anchor, now, has_polls } = image;
        let world = Self {
            seed,
            rollers: Arc::new(AtomicU64::new(1)),
            clock: Arc::new(ManualClock::at(*now)),
            net: Arc::new(Net::new(Arc::clone(&cutter))),
            cutter,
            keys: Keys { ..*keys },
            genesis: genesis.clone(),
            disks: disks.copied(),
            living: Mutex::default(),
            mood: Mutex::default(),
            anchor: anchor.clone(),
            has_polls: *has_polls,
        };
        world.begin()?;
        Ok(world)
    }

    fn begin(&self) -> Result<(), WorldError> {
        if self.has_polls {
            self.start_other_houses()?;
        }
        self.revive_all()
    }

    /// Stops every party in good order, and keeps what is on the disks.
    #[must_use]
    pub fn stop(&self) -> Image {
        self.close();
        Image {
            keys: Keys { ..self.keys },
            genesis: self.genesis.clone(),
            disks: self.disks.copied(),
            anchor: self.anchor.clone(),
            now: self.clock.now(),
            has_polls: self.has_polls,
        }
    }

    /// Everybody's keys.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> Arc<ManualClock> {
        Arc::clone(&self.clock)
    }

    /// The gateway's address.
    pub fn url(&self) -> Result<Url, WorldError> {
        Ok(Url::parse("http://city.test/")?)
    }

    /// The trust file.
    #[must_use]
    pub fn trust(&self) -> TrustFile {
        TrustFile::of(&self.anchor)
    }

    /// The network as a party has it that may be cut off.
    #[must_use]
    pub fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(InjectedTransport::around(self.net.clone(), self.cutter.clone()))
    }

    /// How many answers said that a program is at fault.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.net.faults()
    }

    /// Fresh dice of this world.
    #[must_use]
    pub fn dice(&self) -> Dice {
        Dice::of(self.seed, self.rollers.fetch_add(1, Ordering::SeqCst))
    }

    /// The bank, if it lives.
    pub fn bank(&self) -> Result<Arc<Bank>, WorldError> {
        self.living().bank.clone().ok_or(WorldError::Dead("bank"))
    }

    /// The centre, if it lives.
    pub fn centre(&self) -> Result<Arc<Centre>, WorldError> {
        self.living().centre.clone().ok_or(WorldError::Dead("centre"))
    }

    /// The treasury, if it lives.
    pub fn treasury(&self) -> Result<Arc<Treasury>, WorldError> {
        self.living().treasury.clone().ok_or(WorldError::Dead("treasury"))
    }

    /// The ledger's node, if it lives.
    pub fn chain(&self) -> Result<Arc<EmbeddedChain>, WorldError> {
        self.living().chain.as_ref().map(|(chain, _)| Arc::clone(chain)).ok_or(WorldError::Dead("ledger"))
    }

    /// The ledger's file, if its node lives.
    pub fn storage(&self) -> Result<Arc<Storage>, WorldError> {
        self.living().chain.as_ref().map(|(_, file)| Arc::clone(file)).ok_or(WorldError::Dead("ledger"))
    }

    /// How the bank answers from now on, also when it comes back from the dead.
    pub fn set_mood(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
        if let Ok(bank) = self.bank() {
            bank.set_mood(mood);
        }
    }

    /// Time passes: the ledger seals what is due, the parties step. Whoever is cut off in it dies.
    pub async fn turn(&self, seconds: u64) -> Result<(), WorldError> {
        self.clock.advance(seconds);
        // At most three blocks are due: transactions, the header that proves them, and one more for the parties' answers.
        for _ in 0..3 {
            let Ok(chain) = self.chain() else { break };
            match chain.step() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) if self.cutter.is_dead("ledger") => break,
                Err(error) => return Err(error.into()),
            }
        }
        let centre = self.living().centre.clone();
        if let Some(centre) = centre {
            self.ignore_death("centre", centre.step().await)?;
        }
        let treasury = self.living().treasury.clone();
        if let Some(treasury) = treasury {
            self.ignore_death("treasury", treasury.step().await)?;
        }
        self.turn_houses().await?;
        self.bury();
        Ok(())
    }

    /// The network brings again what it has brought before: one letter, or all of them.
    pub async fn echo(&self, which: Echo) {
        let letters = self.net.letters();
        match which {
            Echo::One(number) => {
                let count = u64::try_from(letters.len()).unwrap_or(u64::MAX);
                let number = usize::try_from(number.checked_rem(count).unwrap_or(0)).unwrap_or(0);
                if let Some(letter) = letters.into_iter().nth(number) {
                    self.net.bring(letter).await;
                }
            }
            Echo::All => {
                for letter in letters {
                    self.net.bring(letter).await;
                }
            }
        }
        self.bury();
    }

    /// A party that was cut off is no defect; one that could not reach another tries again.
    pub(super) fn ignore_death(
        &self,
        party: &str,
        stepped: Result<city_services::Stepped, ServiceError>,
    ) -> Result<(), WorldError> {
        match stepped {
            Ok(_) | Err(ServiceError::Stopped | ServiceError::Unavailable) => Ok(()),
            Err(_) if self.cutter.is_dead(party) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn living(&self) -> MutexGuard<'_, Living> {
        self.living.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image").field("now", &self.now).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torture::cutter::{Aim, Side};
    use citizen_primitives::Place;
    use city_chain::Chain as _;

    #[tokio::test]
    async fn torture_2_a_ledger_that_is_cut_goes_on_from_its_disk() {
        let block = Place::new("ledger/block");
        for side in [Side::Before, Side::Within, Side::After] {
            let cutter = Arc::new(Cutter::knowing(crate::torture::places()));
            let world = World::found(7, Arc::clone(&cutter)).unwrap();
            cutter.aim([Aim { place: block, side, visit: 1 }]);
            let before = world.chain().unwrap().status().latest;
            for _ in 0..12 {
                world.turn(1).await.unwrap();
            }
            assert!(world.chain().is_err(), "the heartbeat's block was cut");
            world.revive("ledger").unwrap();
            let after = world.chain().unwrap().status().latest;
            match side {
                Side::Before => assert_eq!(after, before),
                // What reached the disk of a write that was cut: all of the block or nothing.
                Side::Within => assert!(after == before || after == before.next()),
                Side::After => assert_eq!(after, before.next()),
            }
            for _ in 0..12 {
                world.turn(1).await.unwrap();
            }
            assert!(world.chain().unwrap().status().latest > after);
            assert!(cutter.strangers().is_empty() && cutter.elsewhere().is_empty());
        }
    }

    #[tokio::test]
    async fn torture_2_a_city_goes_on_from_an_image_and_leaves_it_as_it_is() {
        let cutter = Arc::new(Cutter::knowing(crate::torture::places()));
        let world = World::found(8, Arc::clone(&cutter)).unwrap();
        let founded = world.chain().unwrap().status().latest;
        let image = world.stop();
        for _ in 0..2 {
            let world = World::resume(&image, 9, Arc::clone(&cutter)).unwrap();
            assert_eq!(world.chain().unwrap().status().latest, founded);
            world.turn(10).await.unwrap();
            assert!(world.chain().unwrap().status().latest > founded);
        }
    }
}
