//! The parties of polls in the city's process: registrars, relays and trustees, each with a database of its own.

use crate::certificates::{Certificate, CertificateError, below};
use crate::city::{CityError, database};
use crate::folder::Folder;
use crate::keys::{Keys, REGISTRARS, RELAYS, TRUSTEES};
use crate::parties::Ground;
use crate::rolls::{self, LetterBox};
use async_trait::async_trait;
use citizen_client::api::{BlindKeysAnswer, BlindKeysRequest, RegistrationAnswer, RegistrationRequest};
use citizen_keys::Secret32;
use city_gateway::{Gateway, Refusal, RegistrarDesk};
use city_services::verifier::Taken;
use city_services::{Party, Registrar, Relay, ServiceError, Stepped, Steps, Trustee};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use url::Url;
use zeroize::Zeroizing;

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

    async fn register_by_card(&self, request: RegistrationRequest) -> Result<RegistrationAnswer, Refusal> {
        Ok(self.pass()?.register_by_card(request).await?)
    }

    async fn card_request(&self, handle: &str, posted: Option<&str>) -> Result<String, Refusal> {
        Ok(self.pass()?.card_request(handle, posted)?)
    }

    async fn card_answer(&self, handle: &str, body: &str) -> Result<Taken, Refusal> {
        Ok(self.pass()?.card_answer(handle, body).await?)
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
    pub fn open(
        ground: &Ground,
        keys: &Keys,
        folder: &Folder,
        certificates: &[Certificate],
    ) -> Result<Self, CityError> {
        let registrars = all(REGISTRARS, |number| {
            let db = database(folder, &format!("registrar-{number}"))?;
            let registrar = ground.registrar(keys, number, db);
            let with_card = |(registrar, certificate)| {
                with_card(ground, keys, (registrar, number), (certificate, &ground.ledger))
            };
            let registrar = registrar.zip(certificates.get(number)).map(with_card).transpose()?;
            Ok(registrar.map(|registrar| Door::new(Arc::new(registrar))))
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

    /// Registrars take the rolls that lie before them now, and not in their next round.
    pub async fn take_rolls(&self) -> Result<(), ServiceError> {
        for letters in &self.letter_boxes {
            letters.step().await?;
        }
        Ok(())
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

/// A registrar that asks for the citizen card by its certificate, at this address.
pub fn with_card(
    ground: &Ground,
    keys: &Keys,
    (registrar, number): (Registrar, usize),
    (certificate, at): (&Certificate, &Url),
) -> Result<Registrar, CertificateError> {
    let base = format!("/v1/registrars/{}/cards", registrar.party().id().to_hex());
    let certified = certificate.certified(&below(at, &base))?;
    let seed = keys.registrars.get(number).copied().unwrap_or_default();
    let secret = Secret32::take(Zeroizing::new(seed)).keyed_hash(b"card-questions");
    let secret = Secret32::take(Zeroizing::new(secret));
    Ok(registrar.with_card(certified, secret, Arc::clone(&ground.transport)))
}

fn all<T>(
    count: usize,
    open: impl Fn(usize) -> Result<Option<T>, CityError>,
) -> Result<Vec<Arc<T>>, CityError> {
    (0..count).filter_map(|number| open(number).map(|party| party.map(Arc::new)).transpose()).collect()
}
