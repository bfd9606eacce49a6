//! A city and what befalls it: time passes, whoever was killed stays dead for a while, whoever waits lets the time pass.

use super::cutter::Cutter;
use super::dice::Dice;
use super::world::{Echo, World};
use async_trait::async_trait;
use citizen_client::Timer;
use citizen_primitives::{Clock as _, UnixTime};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// While somebody stays dead for longer than this, a turn is longer.
const LONG: u64 = 20;

/// A city with its fates.
pub struct Stage {
    world: World,
    cutter: Arc<Cutter>,
    fates: Mutex<Fates>,
}

#[derive(Debug, Default)]
struct Fates {
    /// For how many seconds the next dead stay dead.
    absences: VecDeque<u64>,
    due: BTreeMap<&'static str, UnixTime>,
    /// If the network brings things twice: when, and which.
    echoes: Option<Dice>,
    defects: Vec<String>,
}

impl Stage {
    /// A city whose dead stay away for so many seconds, one after the other; later ones for one second.
    #[must_use]
    pub fn new(world: World, cutter: Arc<Cutter>, absences: impl IntoIterator<Item = u64>) -> Arc<Self> {
        let fates = Fates { absences: absences.into_iter().collect(), ..Fates::default() };
        Arc::new(Self { world, cutter, fates: Mutex::new(fates) })
    }

    /// From now on the network brings things twice, now and then.
    pub fn let_things_come_twice(&self) {
        self.fates().echoes = Some(self.world.dice());
    }

    /// The city.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The injector.
    #[must_use]
    pub const fn cutter(&self) -> &Arc<Cutter> {
        &self.cutter
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.world.clock().now()
    }

    /// Time passes; whose time has come lives again.
    pub async fn turn(&self) {
        let seconds = if self.is_somebody_long_away() { 10 } else { 1 };
        self.pass(seconds).await;
    }

    /// So many seconds pass at once.
    pub async fn pass(&self, seconds: u64) {
        let echo = self.fates().echoes.as_mut().and_then(|dice| {
            let number = dice.below(u64::MAX);
            dice.once_in(2).then_some(Echo::One(number))
        });
        if let Some(echo) = echo {
            self.world.echo(echo).await;
        }
        if let Err(error) = self.world.turn(seconds).await {
            self.defect(format!("the city does not go on: {error}"));
        }
        for party in self.world.dead() {
            let due = self.due(party);
            if self.now() >= due {
                self.revive(party);
            }
        }
    }

    /// Everybody lives from now on.
    pub fn revive_all(&self) {
        self.fates().due.clear();
        if let Err(error) = self.world.revive_all() {
            self.defect(format!("the city does not come back: {error}"));
        }
    }

    /// For how long the next one who dies stays away.
    pub fn absence(&self) -> u64 {
        self.fates().absences.pop_front().unwrap_or(1)
    }

    /// Something happened that never may.
    pub fn defect(&self, what: String) {
        self.fates().defects.push(what);
    }

    /// What happened that never may.
    #[must_use]
    pub fn defects(&self) -> Vec<String> {
        self.fates().defects.clone()
    }

    fn revive(&self, party: &'static str) {
        self.fates().due.remove(party);
        if let Err(error) = self.world.revive(party) {
            self.defect(format!("{party} does not come back: {error}"));
        }
    }

    fn due(&self, party: &'static str) -> UnixTime {
        let now = self.now();
        let mut fates = self.fates();
        if let Some(due) = fates.due.get(party) {
            return *due;
        }
        let absence = fates.absences.pop_front().unwrap_or(1);
        let due = now.plus(citizen_primitives::Seconds::new(absence));
        fates.due.insert(party, due);
        due
    }

    fn is_somebody_long_away(&self) -> bool {
        let now = self.now();
        self.fates().due.values().any(|due| due.since(now).count() > LONG)
    }

    fn fates(&self) -> MutexGuard<'_, Fates> {
        self.fates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("world", &self.world).finish_non_exhaustive()
    }
}

/// A phone that waits: the city goes on meanwhile.
#[derive(Debug, Clone)]
pub struct Turning(pub Arc<Stage>);

#[async_trait]
impl Timer for Turning {
    async fn sleep(&self, _: Duration) {
        self.0.turn().await;
    }
}
