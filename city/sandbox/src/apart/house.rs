//! One party's process: opened on its own folder, with the city's keys and certificates and the others' addresses.

use super::{ApartError, Others};
use crate::cards::{self, Asking, open_issuer, open_verifier};
use crate::certificates::{Certificate, CertificateError, Certificates};
use crate::city::{CityError, asking_for_cards, checkpoint, database, ground, serve};
use crate::folder::{Folder, Secrecy};
use crate::genesis::DataError;
use crate::keys::Keys;
use crate::merchants::{self, BAKERY, ZEROPAY_STICKER};
use crate::parties::{Ground, hints};
use crate::remote::{Remote, RemoteOf};
use crate::rolls::{self, LetterBox};
use crate::voting::with_card;
use crate::{genesis, node, recovery, rules};
use citizen_client::{Exchange, Https, TrustFile};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock, Seconds, UnixTime, random};
use city_gateway::{ChainDesk, Gateway};
use city_services::Steps;
use city_services::verifier::CardService;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

/// What is served, and what goes on by itself.
pub(super) type Served = (Gateway, Vec<Arc<dyn Steps>>);

/// The machine's clock, put forward.
struct Ahead(Seconds);

impl Clock for Ahead {
    fn now(&self) -> UnixTime {
        SystemClock.now().plus(self.0)
    }
}

/// One party's process.
pub(super) struct House<'a> {
    folder: Folder,
    others: &'a Others,
    /// Its own address: what phones are to bring here themselves, they bring here and not to the gateway.
    url: Url,
    clock: Arc<dyn Clock>,
}

impl<'a> House<'a> {
    /// A house at this address.
    pub(super) fn new(folder: Folder, others: &'a Others, url: Url) -> Self {
        Self { folder, others, url, clock: Arc::new(Ahead(Seconds::new(others.ahead))) }
    }

    /// It is ready: where, its folder says.
    pub(super) fn tell_address(&self) -> Result<(), ApartError> {
        Ok(self.folder.write("address", format!("{}\n", self.url).as_bytes(), Secrecy::Open)?)
    }

    pub(super) async fn ledger(
        &self,
        listener: TcpListener,
        stop: watch::Receiver<bool>,
    ) -> Result<(), ApartError> {
        let keys = Keys::open(&self.folder, &mut random::system())?;
        let genesis = genesis::open(&self.folder, &keys, self.clock.now())?;
        let file = self.folder.room("ledger")?.join("ledger.redb");
        let chain = node::open(node::storage(&file, &genesis)?, &keys, Arc::clone(&self.clock))?;
        // Everybody's certificates: the governors sit here.
        let certificates = Certificates::open(&self.folder)?;
        rules::enter(
            &chain,
            &keys,
            certificates.records(&keys, self.others.issuer.as_ref())?,
            &mut random::system(),
        )?;
        checkpoint(&self.folder, &chain, self.clock.now())?;
        let gateway = Gateway::default()
            .with_parties(hints(&keys))
            .with_ledger(Arc::new(ChainDesk::of(chain.clone())))
            .with_centre(Arc::new(self.remote(self.others.centre.as_ref(), "centre")?))
            .with_bank(Arc::new(self.remote(self.others.bank.as_ref(), "bank")?))
            .with_treasury(Arc::new(self.remote(self.others.treasury.as_ref(), "treasury")?));
        let gateway = self.several(gateway, &keys)?;
        self.tell_address()?;
        let (end, told) = watch::channel(false);
        let sealing = tokio::spawn(Arc::clone(&chain).run(told));
        let served = serve(listener, gateway.into_router(), stop).await;
        end.send_replace(true);
        let sealed = sealing.await.map_err(std::io::Error::other);
        let address = SocketAddr::from(([0, 0, 0, 0], 0));
        served
            .and(sealed)
            .map_err(|source| CityError::Listen { address, source })?
            .map_err(CityError::Stopped)?;
        Ok(())
    }

    pub(super) fn bank(&self) -> Result<Served, ApartError> {
        let bank = self.ground()?.bank(&self.keys()?, database(&self.folder, "bank")?)?;
        Ok((Gateway::default().with_bank(Arc::new(bank)), Vec::new()))
    }

    pub(super) fn centre(&self) -> Result<Served, ApartError> {
        let bank = self.others.bank.as_ref().ok_or(ApartError::Needed("bank"))?;
        let ground = self.ground()?;
        let centre = ground.centre(&self.keys()?, database(&self.folder, "centre")?, bank)?;
        let centre = asking_for_cards(&ground, centre, (&self.certificate("centre")?, &self.url))?;
        centre.adopt_code(ZEROPAY_STICKER, &merchants::number(BAKERY)?)?;
        let centre = Arc::new(centre);
        Ok((Gateway::default().with_centre(centre.clone()), vec![centre]))
    }

    pub(super) fn treasury(&self) -> Result<Served, ApartError> {
        let treasury = Arc::new(self.ground()?.treasury(&self.keys()?, database(&self.folder, "treasury")?)?);
        Ok((Gateway::default().with_treasury(treasury.clone()), vec![treasury]))
    }

    pub(super) fn registrar(&self) -> Result<Served, ApartError> {
        let (number, ground, keys) = (self.others.number, self.ground()?, self.keys()?);
        let registrar = ground.registrar(&keys, number, database(&self.folder, "registrar")?);
        let registrar = registrar.ok_or(ApartError::Number(number))?;
        let certificate = self.certificate(&format!("registrar-{number}"))?;
        let registrar = with_card(&ground, &keys, (registrar, number), (&certificate, &self.url))?;
        let registrar = Arc::new(registrar);
        // Rolls are carried to it, where its keys come from.
        let room = self.others.keys.as_deref().unwrap_or_else(|| self.folder.path()).join(rolls::ROOM);
        let letters = Arc::new(LetterBox::new(registrar.clone(), room));
        let gateway = Gateway::default().with_registrar(registrar.party().id(), registrar.clone());
        Ok((gateway, vec![registrar, letters]))
    }

    pub(super) fn relay(&self) -> Result<Served, ApartError> {
        let number = self.others.number;
        let relay = self.ground()?.relay(&self.keys()?, number, database(&self.folder, "relay")?);
        let relay = Arc::new(relay.ok_or(ApartError::Number(number))?);
        Ok((Gateway::default().with_relay(relay.party().id(), relay.clone()), vec![relay]))
    }

    /// She has no address: only whether she is well is asked here.
    pub(super) fn trustee(&self) -> Result<Served, ApartError> {
        let number = self.others.number;
        let trustee = self.ground()?.trustee(&self.keys()?, number, database(&self.folder, "trustee")?);
        let trustee = trustee.ok_or(ApartError::Number(number))?;
        trustee.set_conduct(self.others.conduct.into());
        Ok((Gateway::default(), vec![Arc::new(trustee)]))
    }

    pub(super) fn issuer(&self) -> Result<Served, ApartError> {
        let (db, certificate) = (database(&self.folder, "issuer")?, self.certificate("issuer")?);
        let issuer = open_issuer(&self.ground()?, &self.keys()?, db, (&certificate, &self.url))?;
        let issuer = Arc::new(issuer);
        Ok((Gateway::default().with_issuer(issuer.clone()), vec![issuer]))
    }

    pub(super) fn verifiers(&self) -> Result<Served, ApartError> {
        let wanted = &self.others.service;
        let services = CardService::sandbox().map_err(|_| CertificateError::from(DataError("services")))?;
        let is_one = |name: &&String| services.iter().any(|service| service.name == **name);
        if let Some(unknown) = wanted.iter().find(|name| !is_one(name)) {
            return Err(ApartError::Service(unknown.clone()));
        }
        let (ground, keys) = (self.ground()?, self.keys()?);
        let attester = self.certificate("attester")?;
        let mut gateway = Gateway::default();
        for (number, service) in services.into_iter().enumerate() {
            if !wanted.is_empty() && !wanted.contains(&service.name) {
                continue;
            }
            let room = cards::room(&service);
            let (db, certificate) = (database(&self.folder, &room)?, self.certificate(&room)?);
            let asking = Asking { certificate: &certificate, attester: &attester, at: &self.url };
            let verifier = open_verifier(&ground, &keys, (number, service), db, asking)?;
            gateway = gateway.with_verifier(Arc::new(verifier.ok_or(ApartError::Number(number))?));
        }
        Ok((gateway, Vec::new()))
    }

    pub(super) fn officer(&self) -> Result<Served, ApartError> {
        let issuer = self.others.issuer.as_ref().ok_or(ApartError::Needed("issuer"))?;
        let (number, db) = (self.others.number, database(&self.folder, "recovery-officer")?);
        let officer = recovery::officer(&self.ground()?, &self.keys()?, number, db, issuer)?;
        let officer = Arc::new(officer.ok_or(ApartError::Number(number))?);
        let gateway = Gateway::default().with_recovery_officer(officer.party().id(), officer.clone());
        Ok((gateway, vec![officer]))
    }

    /// The gateway with the registrars, relays and officers that have an address.
    fn several(&self, mut gateway: Gateway, keys: &Keys) -> Result<Gateway, ApartError> {
        let remote = |seed: &[u8; 32], url: &Url| -> Result<RemoteOf, ApartError> {
            let exchange = Exchange::new(Arc::new(Https::new()?), url);
            Ok(RemoteOf(Remote(exchange), Keys::signing(seed).id()))
        };
        for (seed, url) in keys.registrars.iter().zip(&self.others.registrar) {
            let desk = remote(seed, url)?;
            gateway = gateway.with_registrar(desk.1, Arc::new(desk));
        }
        for (seed, url) in keys.relays.iter().zip(&self.others.relay) {
            let desk = remote(seed, url)?;
            gateway = gateway.with_relay(desk.1, Arc::new(desk));
        }
        for (seed, url) in keys.officers.iter().zip(&self.others.officer) {
            let desk = remote(seed, url)?;
            gateway = gateway.with_recovery_officer(desk.1, Arc::new(desk));
        }
        Ok(gateway)
    }

    fn ground(&self) -> Result<Ground, ApartError> {
        let ledger = self.others.ledger.clone().ok_or(ApartError::Needed("ledger"))?;
        let file = self.others.trust.as_ref().ok_or(ApartError::Needed("trust"))?;
        let text = std::fs::read_to_string(file).map_err(|_| ApartError::Trust)?;
        let trust = TrustFile::parse(&text).map_err(|_| ApartError::Trust)?;
        Ok(Ground { clock: Arc::clone(&self.clock), ..ground(ledger, trust.anchor().clone())? })
    }

    /// The party's own key; in a test the ledger's process has made them all.
    fn keys(&self) -> Result<Keys, ApartError> {
        match &self.others.keys {
            Some(path) => Ok(Keys::read(path)?),
            None => Ok(Keys::open(&self.folder, &mut random::system())?),
        }
    }

    /// The party's own certificate, from where its key is.
    fn certificate(&self, name: &str) -> Result<Certificate, ApartError> {
        Ok(match &self.others.keys {
            Some(path) => Certificate::read(path, name)?,
            None => Certificate::open(&self.folder, name)?,
        })
    }

    fn remote(&self, url: Option<&Url>, name: &'static str) -> Result<Remote, ApartError> {
        let url = url.ok_or(ApartError::Needed(name))?;
        Ok(Remote(Exchange::new(Arc::new(Https::new()?), url)))
    }
}
