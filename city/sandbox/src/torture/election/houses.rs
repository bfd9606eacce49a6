//! The parties of polls: as few as a manifest may name. The first of each role is the one that is tortured; the others cannot be cut.

use crate::keys::Keys;
use crate::parties::{Ground, hints};
use crate::torture::life::unhurried;
use crate::torture::world::{World, WorldError};
use citizen_client::api::PartiesAnswer;
use citizen_ledger::Genesis;
use citizen_primitives::{KeyId, NeverCut};
use city_services::{Db, Office, Registrar, Relay, ServiceError, Stepped, Steps, Trustee};
use city_storage::faults::Disk;
use std::array;
use std::sync::Arc;

/// How many sign a voting key.
pub const REGISTRARS: usize = 2;
/// How many carry ballots.
pub const RELAYS: usize = 2;
/// How many make the election key,
pub const TRUSTEES: usize = 3;
/// and how many of them open sums.
pub const THRESHOLD: u8 = 2;

/// Their disks.
#[derive(Debug, Default)]
pub(crate) struct PollDisks {
    registrars: [Disk; REGISTRARS],
    relays: [Disk; RELAYS],
    trustees: [Disk; TRUSTEES],
    office: Disk,
}

/// Those that live.
#[derive(Default)]
pub(crate) struct Houses {
    pub(crate) registrars: [Option<Arc<Registrar>>; REGISTRARS],
    pub(crate) relays: [Option<Arc<Relay>>; RELAYS],
    pub(crate) trustees: [Option<Arc<Trustee>>; TRUSTEES],
    pub(crate) office: Option<Arc<Office>>,
}

impl PollDisks {
    /// The disk of the one that is tortured.
    pub(crate) fn of(&self, party: &str) -> Option<&Disk> {
        match party {
            "registrar" => self.registrars.first(),
            "relay" => self.relays.first(),
            "trustee" => self.trustees.first(),
            "office" => Some(&self.office),
            _ => None,
        }
    }

    pub(crate) fn copied(&self) -> Self {
        let copied = |disks: &[Disk], number: usize| disks.get(number).map(Disk::copied).unwrap_or_default();
        Self {
            registrars: array::from_fn(|number| copied(&self.registrars, number)),
            relays: array::from_fn(|number| copied(&self.relays, number)),
            trustees: array::from_fn(|number| copied(&self.trustees, number)),
            office: self.office.copied(),
        }
    }
}

impl Houses {
    /// Whether the tortured one of a role lives; nothing if it is no role of a poll.
    pub(crate) fn is_up(&self, party: &str) -> Option<bool> {
        Some(match party {
            "registrar" => self.registrars.first()?.is_some(),
            "relay" => self.relays.first()?.is_some(),
            "trustee" => self.trustees.first()?.is_some(),
            "office" => self.office.is_some(),
            _ => return None,
        })
    }

    /// The tortured one dies; its host, if it has one.
    pub(crate) fn take_off(&mut self, party: &str) -> Option<&'static str> {
        match party {
            "registrar" => self.registrars.first_mut().map(|one| *one = None)?,
            "relay" => self.relays.first_mut().map(|one| *one = None)?,
            "trustee" => self.trustees.first_mut().map(|one| *one = None)?,
            "office" => self.office = None,
            _ => return None,
        }
        match party {
            "registrar" => Some("registrar-0.test"),
            "relay" => Some("relay-0.test"),
            _ => None,
        }
    }

    /// Everybody's work: of those that can be cut with their name.
    pub(crate) fn work(&self) -> Vec<(Option<&'static str>, Arc<dyn Steps>)> {
        let registrars =
            self.registrars.iter().map(|party| party.clone().map(|party| -> Arc<dyn Steps> { party }));
        let relays = self.relays.iter().map(|party| party.clone().map(|party| -> Arc<dyn Steps> { party }));
        let trustees =
            self.trustees.iter().map(|party| party.clone().map(|party| -> Arc<dyn Steps> { party }));
        let tortured =
            |name| move |(number, party): (usize, Option<_>)| Some(((number == 0).then_some(name), party?));
        let registrars = registrars.enumerate().filter_map(tortured("registrar"));
        let relays = relays.enumerate().filter_map(tortured("relay"));
        registrars.chain(relays).chain(trustees.enumerate().filter_map(tortured("trustee"))).collect()
    }
}

/// Leaves those out of the registry who take part in no poll here.
pub(crate) fn few(genesis: &mut Genesis, keys: &Keys) {
    let others = keys.registrars.iter().skip(REGISTRARS);
    let others = others.chain(keys.relays.iter().skip(RELAYS)).chain(keys.trustees.iter().skip(TRUSTEES));
    let others: Vec<KeyId> = others.map(|seed| Keys::signing(seed).id()).collect();
    genesis.roles.retain(|role| !others.contains(&role.id()));
}

/// Registrars and relays have addresses of their own.
pub(crate) fn addresses(keys: &Keys) -> PartiesAnswer {
    let mut hints = hints(keys);
    hints.registrars.truncate(REGISTRARS);
    hints.relays.truncate(RELAYS);
    for (number, party) in hints.registrars.iter_mut().enumerate() {
        party.base = Some(format!("http://registrar-{number}.test/"));
    }
    for (number, party) in hints.relays.iter_mut().enumerate() {
        party.base = Some(format!("http://relay-{number}.test/"));
    }
    hints
}

impl World {
    /// Starts the tortured one of a role.
    pub(crate) fn start_house(&self, party: &'static str, ground: &Ground) -> Result<(), WorldError> {
        let Some(disk) = self.disks.polls.of(party) else { return Ok(()) };
        let db = self.db(disk, party)?;
        match party {
            "registrar" => self.open_registrar(0, ground, db),
            "relay" => self.open_relay(0, ground, db),
            "trustee" => self.open_trustee(0, ground, db),
            "office" => self.living().houses.office = Some(Arc::new(ground.office(&self.keys, db))),
            _ => {}
        }
        Ok(())
    }

    /// Starts the others, who live as long as the city.
    pub(crate) fn start_other_houses(&self) -> Result<(), WorldError> {
        let ground = Ground { transport: self.net.clone(), ..self.ground()? };
        let uncut = |disk: &Disk| Db::with_backend(disk.backend(), Arc::new(NeverCut));
        let disks = &self.disks.polls;
        for (number, disk) in disks.registrars.iter().enumerate().skip(1) {
            self.open_registrar(number, &ground, uncut(disk)?);
        }
        for (number, disk) in disks.relays.iter().enumerate().skip(1) {
            self.open_relay(number, &ground, uncut(disk)?);
        }
        for (number, disk) in disks.trustees.iter().enumerate().skip(1) {
            self.open_trustee(number, &ground, uncut(disk)?);
        }
        Ok(())
    }

    fn open_registrar(&self, number: usize, ground: &Ground, db: Db) {
        let Some(registrar) = ground.registrar(&self.keys, number, db).map(Arc::new) else { return };
        let router = unhurried().with_registrar(registrar.party().id(), registrar.clone()).into_router();
        self.net.hosts().connect(&format!("registrar-{number}.test"), router);
        self.living()
            .houses
            .registrars
            .get_mut(number)
            .into_iter()
            .for_each(|one| *one = Some(registrar.clone()));
    }

    fn open_relay(&self, number: usize, ground: &Ground, db: Db) {
        let Some(relay) = ground.relay(&self.keys, number, db).map(Arc::new) else { return };
        let router = unhurried().with_relay(relay.party().id(), relay.clone()).into_router();
        self.net.hosts().connect(&format!("relay-{number}.test"), router);
        self.living().houses.relays.get_mut(number).into_iter().for_each(|one| *one = Some(relay.clone()));
    }

    fn open_trustee(&self, number: usize, ground: &Ground, db: Db) {
        let Some(trustee) = ground.trustee(&self.keys, number, db).map(Arc::new) else { return };
        self.living()
            .houses
            .trustees
            .get_mut(number)
            .into_iter()
            .for_each(|one| *one = Some(trustee.clone()));
    }

    /// A registrar, if it lives.
    pub fn registrar(&self, number: usize) -> Result<Arc<Registrar>, WorldError> {
        self.living().houses.registrars.get(number).cloned().flatten().ok_or(WorldError::Dead("registrar"))
    }

    /// A relay, if it lives.
    pub fn relay(&self, number: usize) -> Result<Arc<Relay>, WorldError> {
        self.living().houses.relays.get(number).cloned().flatten().ok_or(WorldError::Dead("relay"))
    }

    /// The election office, if it lives.
    pub fn office(&self) -> Result<Arc<Office>, WorldError> {
        self.living().houses.office.clone().ok_or(WorldError::Dead("office"))
    }

    /// Every party of polls steps once.
    pub(crate) async fn turn_houses(&self) -> Result<(), WorldError> {
        let work = self.living().houses.work();
        for (party, steps) in work {
            let stepped: Result<Stepped, ServiceError> = steps.step().await;
            // What another could not do, since somebody was dead, it does later.
            if let Some(party) = party {
                self.ignore_death(party, stepped)?;
            }
        }
        Ok(())
    }

    /// Others' hosts go off the net, which holds the routers that hold the net.
    pub(crate) fn close_houses(&self) {
        self.living().houses = Houses::default();
        for number in 0..REGISTRARS.max(RELAYS) {
            self.net.hosts().disconnect(&format!("registrar-{number}.test"));
            self.net.hosts().disconnect(&format!("relay-{number}.test"));
        }
    }
}
