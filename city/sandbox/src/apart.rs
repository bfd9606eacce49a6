//! The same city with every party in a process of its own, which knows the others by URL alone.

mod house;

use crate::certificates::CertificateError;
use crate::city::{CityError, bind, own_address, serve};
use crate::folder::Folder;
use crate::rules::RulesError;
use crate::{genesis, merchants, node};
use city_services::run;
use city_services::trustee::Conduct;
use house::House;
use std::net::SocketAddr;
use std::time::Duration;
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
    /// The issuer of the citizen card and of certificates.
    Issuer,
    /// The services that ask for them: all, or those that `--service` names.
    Verifier,
    /// An officer of recovery: which one, `--number` says.
    Officer,
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
    /// The addresses of the officers of recovery, in the order of their numbers.
    #[arg(long)]
    pub officer: Vec<Url>,
    /// The issuer's address: for an officer, who tells it of a loss, and for the ledger, whose governors let it issue what it describes itself.
    #[arg(long)]
    pub issuer: Option<Url>,
    /// A service whose verifier is served; without any, all are.
    #[arg(long)]
    pub service: Vec<String>,
    /// Which of several, from 0.
    #[arg(long, default_value_t)]
    pub number: usize,
    /// How a trustee behaves.
    #[arg(long, value_enum, default_value_t)]
    pub conduct: Manner,
    /// By how many seconds the clock is put forward, the same everywhere: to see what comes after days.
    #[arg(long, default_value_t)]
    pub ahead: u64,
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
    /// No service has this name.
    #[error("there is no service {0:?}")]
    Service(String),
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
    CertificateError,
    RulesError,
);

/// Serves one party until `stop` says so. `ready` hears the address.
pub async fn serve_part(
    part: Part,
    folder: Folder,
    listen: SocketAddr,
    others: &Others,
    stop: watch::Receiver<bool>,
) -> Result<(), ApartError> {
    let listener = bind(listen).await?;
    let url = own_address(&listener)?;
    let house = House::new(folder, others, url);
    let (gateway, work) = match part {
        Part::Ledger => return house.ledger(listener, stop).await,
        Part::Bank => house.bank()?,
        Part::Centre => house.centre()?,
        Part::Treasury => house.treasury()?,
        Part::Registrar => house.registrar()?,
        Part::Relay => house.relay()?,
        Part::Trustee => house.trustee()?,
        Part::Issuer => house.issuer()?,
        Part::Verifier => house.verifiers()?,
        Part::Officer => house.officer()?,
    };
    house.tell_address()?;
    let begin = |party| tokio::spawn(run(party, PACE, stop.clone()));
    let working: Vec<_> = work.into_iter().map(begin).collect();
    let served = serve(listener, gateway.into_router(), stop).await;
    for working in working {
        if let Err(error) = working.await {
            tracing::error!(%error, "a party died");
        }
    }
    Ok(served.map_err(|source| CityError::Listen { address: listen, source })?)
}
