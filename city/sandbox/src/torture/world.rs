//! A city in memory whose parties can be killed one by one: a disk each that forgets what was not synced, a clock that is
//! moved by hand, a network of routers.

use super::cutter::Cutter;
use super::dice::Dice;
use super::transport::InjectedTransport;
use crate::genesis::{DataError, genesis};
use crate::in_process::InProcess;
use crate::keys::Keys;
use crate::node::{NodeError, anchor};
use crate::parties::{Ground, hints};
use crate::remote::Remote;
use citizen_client::{Exchange, NoWait, Transport, TrustFile};
use citizen_ledger::{Genesis, TrustAnchor};
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{AmountError, Clock, Height, Injector, UnixTime};
use city_chain::{ChainError, EmbeddedChain, Pace, ValidatorKey};
use city_gateway::{ChainDesk, Gateway};
use city_services::{Bank, Centre, Db, DbError, ServiceError, Steps, Treasury};
use city_storage::faults::Disk;
use city_storage::{Options, Storage, StorageError};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// When every world begins: 2026-11-21, 09:00 in Seoul.
const DAWN: UnixTime = UnixTime::from_seconds(1_795_219_200);

/// Why a world does not stand. In the harness every one of them is a defect.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The sandbox's data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The ledger.
    #[error(transparent)]
    Node(#[from] NodeError),
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
}

/// Who lives.
#[derive(Default)]
struct Living {
    chain: Option<Arc<EmbeddedChain>>,
    bank: Option<Arc<Bank>>,
    centre: Option<Arc<Centre>>,
    treasury: Option<Arc<Treasury>>,
}

#[derive(Debug, Default)]
struct Disks {
    ledger: Disk,
    bank: Disk,
    centre: Disk,
    treasury: Disk,
}

/// The city.
pub struct World {
    seed: u64,
    rollers: Arc<AtomicU64>,
    clock: Arc<ManualClock>,
    net: Arc<InProcess>,
    cutter: Arc<Cutter>,
    keys: Keys,
    genesis: Genesis,
    disks: Disks,
    living: Mutex<Living>,
    anchor: TrustAnchor,
}

impl World {
    /// Founds a city whose every random byte comes from the seed.
    pub fn found(seed: u64, cutter: Arc<Cutter>) -> Result<Self, WorldError> {
        let keys = Keys::generate(&mut Dice::of(seed, 0));
        let genesis = genesis(&keys, DAWN)?;
        let clock = Arc::new(ManualClock::at(DAWN));
        let disks = Disks::default();
        let chain = open_chain(&disks.ledger, &genesis, &keys, &clock, &cutter)?;
        chain.step()?;
        let anchor = anchor(&chain, Some(Height::new(1)))?;
        let living = Mutex::new(Living { chain: Some(chain), ..Living::default() });
        let (net, rollers) = (Arc::default(), Arc::new(AtomicU64::new(1)));
        let world = Self { seed, rollers, clock, net, cutter, keys, genesis, disks, living, anchor };
        world.revive()?;
        Ok(world)
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
        let net = self.net.clone();
        Arc::new(InjectedTransport::around(net, self.cutter.clone()))
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

    /// The ledger's node, if it lives.
    pub fn chain(&self) -> Result<Arc<EmbeddedChain>, WorldError> {
        self.living().chain.clone().ok_or(WorldError::Dead("ledger"))
    }

    /// One second passes: the ledger seals what is due, the parties step. Whoever is cut off in it dies.
    pub async fn turn(&self) -> Result<(), WorldError> {
        self.clock.advance(1);
        // At most three blocks are due: transactions, the header that proves them, and one more for the parties' answers.
        for _ in 0..3 {
            let Ok(chain) = self.chain() else { break };
            match chain.step() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(ChainError::Storage(StorageError::Cut(_))) => break,
                Err(error) => return Err(error.into()),
            }
        }
        let (centre, treasury) = {
            let living = self.living();
            (living.centre.clone(), living.treasury.clone())
        };
        if let Some(centre) = centre {
            ignore_stop(centre.step().await)?;
        }
        if let Some(treasury) = treasury {
            ignore_stop(treasury.step().await)?;
        }
        self.bury();
        Ok(())
    }

    /// Takes whoever was cut off out of the city: it is off the net, and its disk forgets what was not synced.
    pub fn bury(&self) {
        let mut dice = self.dice();
        let mut survives = || dice.below(2) == 1;
        let mut living = self.living();
        if self.cutter.is_dead("ledger") && living.chain.take().is_some() {
            self.net.disconnect("city.test");
            self.disks.ledger.crash(&mut survives);
        }
        if self.cutter.is_dead("bank") && living.bank.take().is_some() {
            self.net.disconnect("bank.test");
            self.disks.bank.crash(&mut survives);
        }
        if self.cutter.is_dead("centre") && living.centre.take().is_some() {
            self.net.disconnect("centre.test");
            self.disks.centre.crash(&mut survives);
        }
        if self.cutter.is_dead("treasury") && living.treasury.take().is_some() {
            self.net.disconnect("treasury.test");
            self.disks.treasury.crash(&mut survives);
        }
    }

    /// Starts every dead party again, from what is on its disk.
    pub fn revive(&self) -> Result<(), WorldError> {
        self.bury();
        for party in ["ledger", "bank", "centre", "treasury"] {
            self.cutter.revive(party);
        }
        let mut living = self.living();
        if living.chain.is_none() {
            let (disk, genesis) = (&self.disks.ledger, &self.genesis);
            living.chain = Some(open_chain(disk, genesis, &self.keys, &self.clock, &self.cutter)?);
        }
        if let Some(chain) = &living.chain {
            self.net.connect("city.test", self.gateway(chain)?.into_router());
        }
        let ground = self.ground()?;
        if living.bank.is_none() {
            let bank = Arc::new(ground.bank(&self.keys, self.db(&self.disks.bank)?)?);
            self.net.connect("bank.test", Gateway::default().with_bank(bank.clone()).into_router());
            living.bank = Some(bank);
        }
        if living.centre.is_none() {
            let bank = Url::parse("http://bank.test/")?;
            let centre = Arc::new(ground.centre(&self.keys, self.db(&self.disks.centre)?, &bank)?);
            self.net.connect("centre.test", Gateway::default().with_centre(centre.clone()).into_router());
            living.centre = Some(centre);
        }
        if living.treasury.is_none() {
            let treasury = Arc::new(ground.treasury(&self.keys, self.db(&self.disks.treasury)?)?);
            let router = Gateway::default().with_treasury(treasury.clone()).into_router();
            self.net.connect("treasury.test", router);
            living.treasury = Some(treasury);
        }
        Ok(())
    }

    fn gateway(&self, chain: &Arc<EmbeddedChain>) -> Result<Gateway, WorldError> {
        let net: Arc<dyn Transport> = self.net.clone();
        let remote = |host: &str| {
            Ok::<_, WorldError>(Arc::new(Remote(Exchange::new(Arc::clone(&net), &Url::parse(host)?))))
        };
        Ok(Gateway::default()
            .with_parties(hints(&self.keys))
            .with_ledger(Arc::new(ChainDesk::of(chain.clone())))
            .with_centre(remote("http://centre.test/")?)
            .with_bank(remote("http://bank.test/")?)
            .with_treasury(remote("http://treasury.test/")?))
    }

    fn ground(&self) -> Result<Ground, WorldError> {
        let (seed, rollers) = (self.seed, Arc::clone(&self.rollers));
        Ok(Ground {
            transport: self.transport(),
            ledger: self.url()?,
            anchor: self.anchor.clone(),
            clock: self.clock.clone(),
            timer: Arc::new(NoWait),
            randomness: Arc::new(move || Box::new(Dice::of(seed, rollers.fetch_add(1, Ordering::SeqCst)))),
        })
    }

    fn db(&self, disk: &Disk) -> Result<Db, DbError> {
        Db::with_backend(disk.backend(), self.cutter.clone())
    }

    fn living(&self) -> MutexGuard<'_, Living> {
        self.living.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("seed", &self.seed).finish_non_exhaustive()
    }
}

fn open_chain(
    disk: &Disk,
    genesis: &Genesis,
    keys: &Keys,
    clock: &Arc<ManualClock>,
    cutter: &Arc<Cutter>,
) -> Result<Arc<EmbeddedChain>, WorldError> {
    let injector: Arc<dyn Injector> = cutter.clone();
    let options = Options { cache: 1024 * 1024, injector, ..Options::default() };
    let storage = Storage::open_with_backend(disk.backend(), genesis, options)?;
    let validators = keys.validators.iter().map(|seed| ValidatorKey::from_seed(*seed)).collect();
    let pace = Pace { threads: NonZeroUsize::MIN, ..Pace::default() };
    let clock: Arc<dyn Clock> = clock.clone();
    Ok(Arc::new(EmbeddedChain::open(Arc::new(storage), validators, clock, pace)?))
}

/// A party that was cut off is no defect; one that could not reach another tries again.
fn ignore_stop(stepped: Result<city_services::Stepped, ServiceError>) -> Result<(), WorldError> {
    match stepped {
        Ok(_) | Err(ServiceError::Stopped | ServiceError::Unavailable) => Ok(()),
        Err(error) => Err(error.into()),
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
        for side in [Side::Before, Side::After] {
            let cutter = Arc::new(Cutter::knowing(crate::torture::places()));
            let world = World::found(7, Arc::clone(&cutter)).unwrap();
            cutter.aim(Some(Aim { place: block, side, visit: 1 }));
            let before = world.chain().unwrap().status().latest;
            for _ in 0..12 {
                world.turn().await.unwrap();
            }
            assert!(world.chain().is_err(), "the heartbeat's block was cut");
            world.revive().unwrap();
            let after = world.chain().unwrap().status().latest;
            assert_eq!(after, if side == Side::Before { before } else { before.next() });
            for _ in 0..12 {
                world.turn().await.unwrap();
            }
            assert!(world.chain().unwrap().status().latest > after);
            assert!(cutter.strangers().is_empty());
        }
    }
}
