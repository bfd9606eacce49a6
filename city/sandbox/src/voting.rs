//! The parties of polls in the city's process: registrars, relays and trustees, each with a database of its own.

use crate::city::{CityError, database};
use crate::folder::Folder;
use crate::keys::{Keys, REGISTRARS, RELAYS, TRUSTEES};
use crate::parties::Ground;
use crate::rolls::{self, LetterBox};
use async_trait::async_trait;
use citizen_client::api::{BlindKeysAnswer, BlindKeysRequest, RegistrationAnswer, RegistrationRequest};
use city_gateway::{Gateway, Refusal, RegistrarDesk};
use city_services::{Party, Registrar, Relay, ServiceError, Stepped, Steps, Trustee};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Everybody a poll needs but the office, which is a program of its own.
pub struct Voting {
    /// The registrars, each behind its door.
    pub registrars: Vec<Arc<Door>>,
    /// The relays.
    pub relays: Vec<Arc<Relay>>,
    /// The trustees.
    pub trustees: Vec<Arc<Trustee>>,
    letter_boxes: Vec<Arc<LetterBox>>,
}

/// A registrar's door. Closed, it is as if the registrar were down: nobody is answered and nothing is done.
#[derive(Debug)]
pub struct Door {
    registrar: Arc<Registrar>,
    is_closed: AtomicBool,
}

impl Door {
    /// Open.
    #[must_use]
    pub const fn new(registrar: Arc<Registrar>) -> Self {
        Self { registrar, is_closed: AtomicBool::new(false) }
    }

    /// The registrar goes down, or comes up again.
    pub fn set_closed(&self, is_closed: bool) {
        self.is_closed.store(is_closed, Ordering::SeqCst);
    }

    /// The registrar.
    #[must_use]
    pub const fn registrar(&self) -> &Arc<Registrar> {
        &self.registrar
    }

    fn pass(&self) -> Result<&Registrar, Refusal> {
        if self.is_closed.load(Ordering::SeqCst) { Err(Refusal::Unavailable) } else { Ok(&self.registrar) }
    }
}

#[async_trait]
impl RegistrarDesk for Door {
    async fn register(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, Refusal> {
        Ok(self.pass()?.register(request).await?)
    }

    async fn keys(&self, request: BlindKeysRequest) -> Result<BlindKeysAnswer, Refusal> {
        Ok(self.pass()?.keys(request).await?)
    }
}

#[async_trait]
impl Steps for Door {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        match self.pass() {
            Ok(registrar) => registrar.step().await,
            Err(_) => Ok(Stepped::default()),
        }
    }
}

impl Voting {
    /// Opens them all.
    pub fn open(ground: &Ground, keys: &Keys, folder: &Folder) -> Result<Self, CityError> {
        let registrars = all(REGISTRARS, |number| {
            let db = database(folder, &format!("registrar-{number}"))?;
            Ok(ground.registrar(keys, number, db).map(|registrar| Door::new(Arc::new(registrar))))
        })?;
        let relays = all(RELAYS, |number| {
            Ok(ground.relay(keys, number, database(folder, &format!("relay-{number}"))?))
        })?;
        let trustees = all(TRUSTEES, |number| {
            Ok(ground.trustee(keys, number, database(folder, &format!("trustee-{number}"))?))
        })?;
        let letter_box =
            |door: &Arc<Door>| Arc::new(LetterBox::new(door.registrar().clone(), folder.file(rolls::ROOM)));
        let letter_boxes = registrars.iter().map(letter_box).collect();
        Ok(Self { registrars, relays, trustees, letter_boxes })
    }

    /// Puts registrars and relays behind a gateway. Trustees have no address.
    #[must_use]
    pub fn behind(&self, gateway: Gateway) -> Gateway {
        let with = |gateway: Gateway, door: &Arc<Door>| {
            gateway.with_registrar(door.registrar().party().id(), door.clone())
        };
        let gateway = self.registrars.iter().fold(gateway, with);
        let with =
            |gateway: Gateway, relay: &Arc<Relay>| gateway.with_relay(relay.party().id(), relay.clone());
        self.relays.iter().fold(gateway, with)
    }

    /// All of them.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        let registrars = self.registrars.iter().map(|door| door.registrar().party());
        let relays = self.relays.iter().map(|relay| relay.party());
        registrars.chain(relays).chain(self.trustees.iter().map(|trustee| trustee.party()))
    }

    /// What goes on by itself.
    #[must_use]
    pub fn work(&self) -> Vec<Arc<dyn Steps>> {
        let Self { registrars, relays, trustees, letter_boxes } = self;
        let registrars = registrars.iter().cloned().map(|party| -> Arc<dyn Steps> { party });
        let relays = relays.iter().cloned().map(|party| -> Arc<dyn Steps> { party });
        let trustees = trustees.iter().cloned().map(|party| -> Arc<dyn Steps> { party });
        let letter_boxes = letter_boxes.iter().cloned().map(|letters| -> Arc<dyn Steps> { letters });
        registrars.chain(relays).chain(trustees).chain(letter_boxes).collect()
    }
}

impl std::fmt::Debug for Voting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voting").field("trustees", &self.trustees.len()).finish_non_exhaustive()
    }
}

fn all<T>(
    count: usize,
    open: impl Fn(usize) -> Result<Option<T>, CityError>,
) -> Result<Vec<Arc<T>>, CityError> {
    (0..count).filter_map(|number| open(number).map(|party| party.map(Arc::new)).transpose()).collect()
}
