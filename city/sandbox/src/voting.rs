//! The parties of polls in the city's process: registrars, relays and trustees, each with a database of its own.

use crate::city::{CityError, database};
use crate::folder::Folder;
use crate::keys::{Keys, REGISTRARS, RELAYS, TRUSTEES};
use crate::parties::Ground;
use crate::rolls::{self, LetterBox};
use city_gateway::Gateway;
use city_services::{Party, Registrar, Relay, Steps, Trustee};
use std::sync::Arc;

/// Everybody a poll needs but the office, which is a program of its own.
pub struct Voting {
    /// The registrars.
    pub registrars: Vec<Arc<Registrar>>,
    /// The relays.
    pub relays: Vec<Arc<Relay>>,
    /// The trustees.
    pub trustees: Vec<Arc<Trustee>>,
    letter_boxes: Vec<Arc<LetterBox>>,
}

impl Voting {
    /// Opens them all.
    pub fn open(ground: &Ground, keys: &Keys, folder: &Folder) -> Result<Self, CityError> {
        let registrars = all(REGISTRARS, |number| {
            Ok(ground.registrar(keys, number, database(folder, &format!("registrar-{number}"))?))
        })?;
        let relays = all(RELAYS, |number| {
            Ok(ground.relay(keys, number, database(folder, &format!("relay-{number}"))?))
        })?;
        let trustees = all(TRUSTEES, |number| {
            Ok(ground.trustee(keys, number, database(folder, &format!("trustee-{number}"))?))
        })?;
        let letter_box = |registrar: &Arc<Registrar>| {
            Arc::new(LetterBox::new(registrar.clone(), folder.file(rolls::ROOM)))
        };
        let letter_boxes = registrars.iter().map(letter_box).collect();
        Ok(Self { registrars, relays, trustees, letter_boxes })
    }

    /// Puts registrars and relays behind a gateway. Trustees have no address.
    #[must_use]
    pub fn behind(&self, gateway: Gateway) -> Gateway {
        let with = |gateway: Gateway, registrar: &Arc<Registrar>| {
            gateway.with_registrar(registrar.party().id(), registrar.clone())
        };
        let gateway = self.registrars.iter().fold(gateway, with);
        let with =
            |gateway: Gateway, relay: &Arc<Relay>| gateway.with_relay(relay.party().id(), relay.clone());
        self.relays.iter().fold(gateway, with)
    }

    /// All of them.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        let registrars = self.registrars.iter().map(|registrar| registrar.party());
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
