//! The same city with every party in a process of its own, which knows the others by URL alone.

use crate::city::{CityError, address, checkpoint, database, ground, serve};
use crate::folder::{Folder, Secrecy};
use crate::keys::Keys;
use crate::merchants::{self, BAKERY, ZEROPAY_STICKER};
use crate::parties::hints;
use crate::remote::{Remote, RemoteOf};
use crate::rolls::{self, LetterBox};
use crate::{genesis, node};
use citizen_client::{Exchange, Https, TrustFile};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock, random};
use city_gateway::{ChainDesk, Gateway};
use city_services::trustee::Conduct;
use city_services::{Steps, run};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

/// How often a party looks after its work.
const PACE: Duration = Duration::from_millis(50);

/// One party of the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The ledger, with the gateway in front of everybody.
    Ledger,
    /// The ZeroPay centre.
    Centre,
    /// The bank.
    Bank,
    /// The treasury.
    Treasury,
    /// A registrar: which one, `--number` says.
    Registrar,
    /// A relay: which one, `--number` says.
    Relay,
    /// A trustee: which one, `--number` says.
    Trustee,
}

/// How a trustee behaves: to see that she is found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Manner {
    /// As she should.
    #[default]
    Honest,
    /// She neither speaks nor opens anything.
    Silent,
    /// She opens other sums than those that stand there.
    OpensWrongly,
}

impl From<Manner> for Conduct {
    fn from(manner: Manner) -> Self {
        match manner {
            Manner::Honest => Self::Honest,
            Manner::Silent => Self::Silent,
            Manner::OpensWrongly => Self::OpensWrongly,
        }
    }
}

/// Where the others are.
#[derive(Debug, Clone, clap::Args)]
pub struct Others {
    /// The gateway's address.
    #[arg(long)]
    pub ledger: Option<Url>,
    /// The centre's address.
    #[arg(long)]
    pub centre: Option<Url>,
    /// The bank's address.
    #[arg(long)]
    pub bank: Option<Url>,
    /// The treasury's address.
    #[arg(long)]
    pub treasury: Option<Url>,
    /// The registrars' addresses, in the order of their numbers.
    #[arg(long)]
    pub registrar: Vec<Url>,
    /// The relays' addresses, in the order of their numbers.
    #[arg(long)]
    pub relay: Vec<Url>,
    /// Which of several, from 0.
    #[arg(long, default_value_t)]
    pub number: usize,
    /// How a trustee behaves.
    #[arg(long, value_enum, default_value_t)]
    pub conduct: Manner,
    /// The trust file, for every party but the ledger.
    #[arg(long)]
    pub trust: Option<std::path::PathBuf>,
    /// The folder with the keys, where it is not the party's own.
    #[arg(long)]
    pub keys: Option<std::path::PathBuf>,
}

/// Why a party is not served.
#[derive(Debug, thiserror::Error)]
pub enum ApartError {
    /// As in one process.
    #[error(transparent)]
    City(#[from] CityError),
    /// Another party's address or the trust file is needed.
    #[error("--{0} is needed")]
    Needed(&'static str),
    /// The trust file cannot be read.
    #[error("the trust file cannot be read")]
    Trust,
    /// There are fewer of them.
    #[error("there is no number {0}")]
    Number(usize),
}

macro_rules! from_city {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for ApartError {
            fn from(error: $error) -> Self {
                Self::City(error.into())
            }
        })+
    };
}

from_city!(
    crate::folder::FolderError,
    genesis::OpenError,
    node::NodeError,
    city_services::ServiceError,
    merchants::ShopError,
    citizen_primitives::AmountError,
    citizen_client::HttpsError,
);

/// Serves one party until `stop` says so. `ready` hears the address.
pub async fn serve_part(
    part: Part,
    folder: Folder,
    listen: SocketAddr,
    others: &Others,
    stop: watch::Receiver<bool>,
) -> Result<(), ApartError> {
    let refused = |source| CityError::Listen { address: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(refused)?;
    let url = address(listener.local_addr().map_err(refused)?)?;
    let house = House { folder, others, url };
    let (gateway, work) = match part {
        Part::Ledger => return house.ledger(listener, stop).await,
        Part::Bank => house.bank()?,
        Part::Centre => house.centre()?,
        Part::Treasury => house.treasury()?,
        Part::Registrar => house.registrar()?,
        Part::Relay => house.relay()?,
        Part::Trustee => house.trustee()?,
    };
    house.folder.write("address", format!("{}\n", house.url).as_bytes(), Secrecy::Open)?;
    let begin = |party| tokio::spawn(run(party, PACE, stop.clone()));
    let working: Vec<_> = work.into_iter().map(begin).collect();
    let served = serve(listener, gateway.into_router(), stop).await;
    for working in working {
        if let Err(error) = working.await {
            tracing::error!(%error, "a party died");
        }
    }
    Ok(served.map_err(refused)?)
}

type Served = (Gateway, Vec<Arc<dyn Steps>>);

/// One party's process.
struct House<'a> {
    folder: Folder,
    others: &'a Others,
    url: Url,
}

impl House<'_> {
    async fn ledger(&self, listener: TcpListener, stop: watch::Receiver<bool>) -> Result<(), ApartError> {
        let keys = Keys::open(&self.folder, &mut random::system())?;
        let clock = SystemClock;
        let genesis = genesis::open(&self.folder, &keys, clock.now())?;
        let file = self.folder.room("ledger")?.join("ledger.redb");
        let chain = node::open(node::storage(&file, &genesis)?, &keys, Arc::new(clock))?;
        checkpoint(&self.folder, &chain, clock.now())?;
        let gateway = Gateway::default()
            .with_parties(hints(&keys))
            .with_ledger(Arc::new(ChainDesk::of(chain.clone())))
            .with_centre(Arc::new(self.remote(self.others.centre.as_ref(), "centre")?))
            .with_bank(Arc::new(self.remote(self.others.bank.as_ref(), "bank")?))
            .with_treasury(Arc::new(self.remote(self.others.treasury.as_ref(), "treasury")?));
        let gateway = self.voting(gateway, &keys)?;
        self.folder.write("address", format!("{}\n", self.url).as_bytes(), Secrecy::Open)?;
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

    fn bank(&self) -> Result<Served, ApartError> {
        let bank = self.ground()?.bank(&self.keys()?, database(&self.folder, "bank")?)?;
        Ok((Gateway::default().with_bank(Arc::new(bank)), Vec::new()))
    }

    fn centre(&self) -> Result<Served, ApartError> {
        let bank = self.others.bank.as_ref().ok_or(ApartError::Needed("bank"))?;
        let centre = self.ground()?.centre(&self.keys()?, database(&self.folder, "centre")?, bank)?;
        centre.adopt_code(ZEROPAY_STICKER, &merchants::number(BAKERY)?)?;
        let centre = Arc::new(centre);
        Ok((Gateway::default().with_centre(centre.clone()), vec![centre]))
    }

    fn treasury(&self) -> Result<Served, ApartError> {
        let treasury = Arc::new(self.ground()?.treasury(&self.keys()?, database(&self.folder, "treasury")?)?);
        Ok((Gateway::default().with_treasury(treasury.clone()), vec![treasury]))
    }

    fn registrar(&self) -> Result<Served, ApartError> {
        let number = self.others.number;
        let registrar = self.ground()?.registrar(&self.keys()?, number, database(&self.folder, "registrar")?);
        let registrar = Arc::new(registrar.ok_or(ApartError::Number(number))?);
        // Rolls are carried to it, where its keys come from.
        let room = self.others.keys.as_deref().unwrap_or_else(|| self.folder.path()).join(rolls::ROOM);
        let letters = Arc::new(LetterBox::new(registrar.clone(), room));
        let gateway = Gateway::default().with_registrar(registrar.party().id(), registrar.clone());
        Ok((gateway, vec![registrar, letters]))
    }

    fn relay(&self) -> Result<Served, ApartError> {
        let number = self.others.number;
        let relay = self.ground()?.relay(&self.keys()?, number, database(&self.folder, "relay")?);
        let relay = Arc::new(relay.ok_or(ApartError::Number(number))?);
        Ok((Gateway::default().with_relay(relay.party().id(), relay.clone()), vec![relay]))
    }

    /// She has no address: only whether she is well is asked here.
    fn trustee(&self) -> Result<Served, ApartError> {
        let number = self.others.number;
        let trustee = self.ground()?.trustee(&self.keys()?, number, database(&self.folder, "trustee")?);
        let trustee = trustee.ok_or(ApartError::Number(number))?;
        trustee.set_conduct(self.others.conduct.into());
        Ok((Gateway::default(), vec![Arc::new(trustee)]))
    }

    /// The gateway with the registrars and relays that have an address.
    fn voting(&self, mut gateway: Gateway, keys: &Keys) -> Result<Gateway, ApartError> {
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
        Ok(gateway)
    }

    fn ground(&self) -> Result<crate::parties::Ground, ApartError> {
        let ledger = self.others.ledger.clone().ok_or(ApartError::Needed("ledger"))?;
        let file = self.others.trust.as_ref().ok_or(ApartError::Needed("trust"))?;
        let text = std::fs::read_to_string(file).map_err(|_| ApartError::Trust)?;
        let trust = TrustFile::parse(&text).map_err(|_| ApartError::Trust)?;
        Ok(ground(ledger, trust.anchor().clone())?)
    }

    /// The party's own key; in a test the ledger's process has made them all.
    fn keys(&self) -> Result<Keys, ApartError> {
        match &self.others.keys {
            Some(path) => Ok(Keys::read(path)?),
            None => Ok(Keys::open(&self.folder, &mut random::system())?),
        }
    }

    fn remote(&self, url: Option<&Url>, name: &'static str) -> Result<Remote, ApartError> {
        let url = url.ok_or(ApartError::Needed(name))?;
        Ok(Remote(Exchange::new(Arc::new(Https::new()?), url)))
    }
}
