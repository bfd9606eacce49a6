//! How a party dies and lives again: off the net, what was not synced forgotten, and then from what is on its disk.

use super::cutter::Cutter;
use super::dice::Dice;
use super::disk::PartyDisk;
use super::election::houses::{PollDisks, addresses};
use super::world::{PARTIES, VALIDATORS, World, WorldError};
use crate::keys::Keys;
use crate::parties::{Ground, hints};
use crate::remote::Remote;
use async_trait::async_trait;
use citizen_client::{Exchange, Timer};
use citizen_ledger::Genesis;
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{Clock, Injector};
use city_chain::{EmbeddedChain, Pace, ValidatorKey};
use city_gateway::{ChainDesk, Gateway, Limits};
use city_services::{Db, DbError};
use city_storage::faults::Disk;
use city_storage::{Options, Storage};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use url::Url;

/// The parties' disks.
#[derive(Debug, Default)]
pub(super) struct Disks {
    pub(super) ledger: Disk,
    pub(super) bank: Disk,
    pub(super) centre: Disk,
    pub(super) treasury: Disk,
    pub(super) polls: PollDisks,
}

impl World {
    /// Takes whoever was cut off out of the city: it is off the net, and its disk forgets what was not synced.
    pub fn bury(&self) {
        for party in PARTIES {
            if self.cutter.is_dead(party) && self.cutter.take_down(party) {
                // First the power fails, then the process is gone: nothing is closed in good order.
                if let Some(disk) = self.disks.of(party) {
                    let mut dice = self.dice();
                    disk.crash(|| dice.below(2) == 1);
                }
                self.take_off(party);
            }
        }
    }

    /// Starts a dead party again, from what is on its disk. It may die over it.
    pub fn revive(&self, party: &'static str) -> Result<(), WorldError> {
        self.bury();
        self.cutter.revive(party);
        let started = self.start(party);
        self.cutter.set_up(party, true);
        match started {
            Err(_) if self.cutter.is_dead(party) => {
                self.bury();
                Ok(())
            }
            started => started,
        }
    }

    /// Starts everybody who is dead or not there yet.
    pub fn revive_all(&self) -> Result<(), WorldError> {
        for party in PARTIES {
            // Each may die over its start as often as somebody aims at it.
            for _ in 0..4 {
                if self.cutter.is_dead(party) || !self.is_up(party) {
                    self.revive(party)?;
                }
            }
            if !self.is_up(party) {
                return Err(WorldError::NeverStarts(party));
            }
        }
        Ok(())
    }

    /// The parties that are dead.
    #[must_use]
    pub fn dead(&self) -> Vec<&'static str> {
        PARTIES.into_iter().filter(|party| self.cutter.is_dead(party)).collect()
    }

    /// The bank's disk is put back to what it was.
    #[cfg(test)]
    pub(super) fn dangerous_forget_bookings(
        &self,
        before: &super::scenario::Prepared,
    ) -> Result<(), WorldError> {
        self.cutter.set_up("bank", false);
        self.take_off("bank");
        self.disks.bank.put_back(&before.image().disks.bank);
        self.revive("bank")
    }

    /// A party's disk is written beside the injector.
    #[cfg(test)]
    pub(super) fn dangerous_sync_at_no_place(&self, party: &'static str) -> std::io::Result<()> {
        use redb::StorageBackend as _;
        let disk = self.disks.of(party).unwrap();
        PartyDisk::open(disk, party, &self.cutter).sync_data()
    }

    fn is_up(&self, party: &str) -> bool {
        let living = self.living();
        match party {
            "ledger" => living.chain.is_some(),
            "bank" => living.bank.is_some(),
            "centre" => living.centre.is_some(),
            "treasury" => living.treasury.is_some(),
            _ if self.has_polls => living.houses.is_up(party).unwrap_or_else(|| !self.cutter.is_dead(party)),
            _ => !self.cutter.is_dead(party),
        }
    }

    fn start(&self, party: &'static str) -> Result<(), WorldError> {
        let ground = self.ground()?;
        match party {
            "ledger" => {
                let chain =
                    open_chain(&self.disks.ledger, &self.genesis, &self.keys, &self.clock, &self.cutter)?;
                self.net.hosts().connect("city.test", self.gateway(&chain.0)?.into_router());
                self.living().chain = Some(chain);
            }
            "bank" => {
                let bank = Arc::new(ground.bank(&self.keys, self.db(&self.disks.bank, party)?)?);
                bank.set_mood(*self.mood.lock().unwrap_or_else(PoisonError::into_inner));
                self.net.hosts().connect("bank.test", unhurried().with_bank(bank.clone()).into_router());
                self.living().bank = Some(bank);
            }
            "centre" => {
                let (db, bank) = (self.db(&self.disks.centre, party)?, Url::parse("http://bank.test/")?);
                let centre = Arc::new(ground.centre(&self.keys, db, &bank)?);
                let router = unhurried().with_centre(centre.clone()).into_router();
                self.net.hosts().connect("centre.test", router);
                self.living().centre = Some(centre);
            }
            "treasury" => {
                let db = self.db(&self.disks.treasury, party)?;
                let treasury = Arc::new(ground.treasury(&self.keys, db)?);
                let router = unhurried().with_treasury(treasury.clone()).into_router();
                self.net.hosts().connect("treasury.test", router);
                self.living().treasury = Some(treasury);
            }
            _ if self.has_polls => self.start_house(party, &ground)?,
            _ => {}
        }
        Ok(())
    }

    fn take_off(&self, party: &str) {
        let mut living = self.living();
        let host = match party {
            "ledger" => {
                living.chain = None;
                "city.test"
            }
            "bank" => {
                living.bank = None;
                "bank.test"
            }
            "centre" => {
                living.centre = None;
                "centre.test"
            }
            "treasury" => {
                living.treasury = None;
                "treasury.test"
            }
            _ => {
                let Some(host) = living.houses.take_off(party) else { return };
                host
            }
        };
        self.net.hosts().disconnect(host);
    }

    /// Everybody stops in good order; afterwards nobody holds the net any more, which the gateway's router does.
    pub(super) fn close(&self) {
        for party in PARTIES {
            self.cutter.set_up(party, false);
            self.take_off(party);
        }
        self.close_houses();
    }

    fn gateway(&self, chain: &Arc<EmbeddedChain>) -> Result<Gateway, WorldError> {
        let remote = |host: &str| {
            Ok::<_, WorldError>(Arc::new(Remote(Exchange::new(self.transport(), &Url::parse(host)?))))
        };
        Ok(unhurried()
            .with_parties(if self.has_polls { addresses(&self.keys) } else { hints(&self.keys) })
            .with_ledger(Arc::new(ChainDesk::of(chain.clone())))
            .with_centre(remote("http://centre.test/")?)
            .with_bank(remote("http://bank.test/")?)
            .with_treasury(remote("http://treasury.test/")?))
    }

    pub(super) fn ground(&self) -> Result<Ground, WorldError> {
        let (seed, rollers) = (self.seed, Arc::clone(&self.rollers));
        Ok(Ground {
            transport: self.transport(),
            ledger: self.url()?,
            anchor: self.anchor.clone(),
            clock: self.clock.clone(),
            timer: Arc::new(Passing(self.clock.clone())),
            randomness: Arc::new(move || Box::new(Dice::of(seed, rollers.fetch_add(1, Ordering::SeqCst)))),
        })
    }

    pub(super) fn db(&self, disk: &Disk, party: &'static str) -> Result<Db, DbError> {
        Db::with_backend(PartyDisk::open(disk, party, &self.cutter), self.cutter.clone())
    }
}

impl Disks {
    pub(super) fn of(&self, party: &str) -> Option<&Disk> {
        match party {
            "ledger" => Some(&self.ledger),
            "bank" => Some(&self.bank),
            "centre" => Some(&self.centre),
            "treasury" => Some(&self.treasury),
            _ => self.polls.of(party),
        }
    }

    pub(super) fn copied(&self) -> Self {
        let Self { ledger, bank, centre, treasury, polls } = self;
        Self {
            ledger: ledger.copied(),
            bank: bank.copied(),
            centre: centre.copied(),
            treasury: treasury.copied(),
            polls: polls.copied(),
        }
    }
}

/// A party that waits lets the time pass.
struct Passing(Arc<ManualClock>);

#[async_trait]
impl Timer for Passing {
    async fn sleep(&self, duration: Duration) {
        self.0.advance(duration.as_secs());
    }
}

/// Routes without a limit that the machine's own clock measures: a run is the same on a slow machine.
pub(super) fn unhurried() -> Gateway {
    Gateway::default().with_limits(Limits { longest: Duration::from_secs(24 * 60 * 60), ..Limits::default() })
}

/// The ledger's node over its disk.
pub(super) fn open_chain(
    disk: &Disk,
    genesis: &Genesis,
    keys: &Keys,
    clock: &Arc<ManualClock>,
    cutter: &Arc<Cutter>,
) -> Result<(Arc<EmbeddedChain>, Arc<Storage>), WorldError> {
    let injector: Arc<dyn Injector> = cutter.clone();
    let options = Options { cache: 1024 * 1024, injector, ..Options::default() };
    let disk = PartyDisk::open(disk, "ledger", cutter);
    let storage = Arc::new(Storage::open_with_backend(disk, genesis, options)?);
    let validators =
        keys.validators.iter().take(VALIDATORS).map(|seed| ValidatorKey::from_seed(*seed)).collect();
    let pace = Pace::default();
    let clock: Arc<dyn Clock> = clock.clone();
    Ok((Arc::new(EmbeddedChain::open(Arc::clone(&storage), validators, clock, pace)?), storage))
}
