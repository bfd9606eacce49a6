//! The whole city in one process: a node, its parties and a gateway, which talk to each other through URLs as if they were apart.

use crate::cards::Cards;
use crate::certificates::{Certificate, CertificateError, Certificates, below};
use crate::codes::{self, PictureError};
use crate::folder::{Folder, FolderError, Secrecy};
use crate::genesis;
use crate::keys::Keys;
use crate::merchants::{self, BAKERY, ShopError, ZEROPAY_STICKER};
use crate::node::{self, NodeError};
use crate::parties::{Ground, hints};
use crate::recovery::Recovery;
use crate::rules::{self, RulesError};
use crate::voting::Voting;
use axum::Router;
use citizen_client::{Https, HttpsError, TokioTimer, TrustFile};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{AmountError, Clock, Seconds, UnixTime, random};
use city_chain::{Chain, ChainStatus, EmbeddedChain, Pace};
use city_gateway::{ChainDesk, Gateway};
use city_services::db::Fault;
use city_services::{Bank, Centre, Db, DbError, Party, ServiceError, Steps, run};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

/// How often a party looks after its work when nothing wakes it.
const STEP: Duration = Duration::from_millis(50);
/// How long requests under way may take when the city stops.
const GRACE: Duration = Duration::from_secs(5);
/// How long files may be held after that.
const LET_GO: Duration = Duration::from_secs(60);
/// How often somebody looks whether something has broken.
const LOOK: Duration = Duration::from_millis(50);
/// A checkpoint older than this is replaced at a start.
const CHECKPOINT_AGE: Seconds = Seconds::new(90 * 24 * 60 * 60);

/// Why the city does not start, or does not stop well.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The genesis.
    #[error(transparent)]
    Genesis(#[from] genesis::OpenError),
    /// The ledger.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// A party's database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A party.
    #[error(transparent)]
    Party(#[from] ServiceError),
    /// A merchant.
    #[error(transparent)]
    Shop(#[from] ShopError),
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The governors' decisions.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// A picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// An amount out of range.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// The TLS stack.
    #[error(transparent)]
    Https(#[from] HttpsError),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The ledger stopped by itself.
    #[error("the ledger stopped: {0}")]
    Stopped(#[source] city_chain::ChainError),
}

/// A running city.
pub struct City {
    folder: Folder,
    url: Url,
    trust: TrustFile,
    chain: Arc<EmbeddedChain>,
    centre: Arc<Centre>,
    bank: Arc<Bank>,
    voting: Voting,
    cards: Cards,
    recovery: Recovery,
    running: Running,
    open: Vec<Lease>,
    faults: Vec<Fault>,
}

/// Gone once a file is closed.
type Lease = Weak<()>;

/// What runs, and how it is told to stop.
struct Running {
    parties: watch::Sender<bool>,
    gateway: watch::Sender<bool>,
    ledger: watch::Sender<bool>,
    working: Vec<JoinHandle<()>>,
    serving: JoinHandle<io::Result<()>>,
    sealing: JoinHandle<Result<(), city_chain::ChainError>>,
}

impl City {
    /// Opens the folder's city, or founds one, and serves it at `listen`.
    pub async fn start(folder: Folder, listen: SocketAddr) -> Result<Self, CityError> {
        Self::start_by(Arc::new(SystemClock), folder, listen).await
    }

    /// As [`City::start`], by another clock than the machine's.
    pub async fn start_by(
        clock: Arc<dyn Clock>,
        folder: Folder,
        listen: SocketAddr,
    ) -> Result<Self, CityError> {
        Self::start_at((clock, Pace::default()), folder, bind(listen).await?).await
    }

    /// As [`City::start`], on a socket that is bound already, with a ledger that seals blocks at another pace.
    pub async fn start_paced(pace: Pace, folder: Folder, listener: TcpListener) -> Result<Self, CityError> {
        Self::start_at((Arc::new(SystemClock), pace), folder, listener).await
    }

    async fn start_at(
        (clock, pace): (Arc<dyn Clock>, Pace),
        folder: Folder,
        listener: TcpListener,
    ) -> Result<Self, CityError> {
        let keys = Keys::open(&folder, &mut random::system())?;
        let genesis = genesis::open(&folder, &keys, clock.now())?;
        let file = folder.room("ledger")?.join("ledger.redb");
        let chain = node::open_paced(node::storage(&file, &genesis)?, &keys, Arc::clone(&clock), pace)?;
        let url = own_address(&listener)?;
        let certificates = Certificates::open(&folder)?;
        rules::enter(&chain, &keys, certificates.records(&keys, Some(&url))?, &mut random::system())?;
        let trust = checkpoint(&folder, &chain, clock.now())?;

        let ground = Ground { clock, ..ground(url.clone(), trust.anchor().clone())? };
        let bank = Arc::new(ground.bank(&keys, database(&folder, "bank")?)?);
        let centre = ground.centre(&keys, database(&folder, "centre")?, &url)?;
        let centre = Arc::new(asking_for_cards(&ground, centre, (&certificates.centre, &url))?);
        let treasury = Arc::new(ground.treasury(&keys, database(&folder, "treasury")?)?);
        centre.adopt_code(ZEROPAY_STICKER, &merchants::number(BAKERY)?)?;
        codes::write(&folder.file("codes"), &codes::printed()?)?;

        let voting = Voting::open(&ground, &keys, &folder, &certificates.registrars)?;
        let gateway = Gateway::default()
            .with_parties(hints(&keys))
            .with_ledger(Arc::new(ChainDesk::of(chain.clone())))
            .with_centre(centre.clone())
            .with_bank(bank.clone())
            .with_treasury(treasury.clone());
        let cards = Cards::open(&ground, &keys, &folder, &certificates)?;
        let recovery = Recovery::open(&ground, &keys, &folder)?;
        let router = recovery.behind(cards.behind(voting.behind(gateway))).into_router();
        let parties = [centre.party(), bank.party(), treasury.party()].into_iter();
        let parties = parties.chain(voting.parties()).chain(cards.parties());
        let parties: Vec<&Party> = parties.chain(recovery.parties()).collect();
        let open = parties.iter().map(|party| party.lease()).chain([chain.lease()]).collect();
        let faults = parties.iter().map(|party| party.fault()).collect();
        let mut work: Vec<Arc<dyn Steps>> = vec![centre.clone(), treasury.clone()];
        work.extend(voting.work());
        work.extend(cards.work());
        work.extend(recovery.work());
        let running = Running::begin(Arc::clone(&chain), listener, router, work);
        folder.write("address", format!("{url}\n").as_bytes(), Secrecy::Open)?;
        Ok(Self { folder, url, trust, chain, centre, bank, voting, cards, recovery, running, open, faults })
    }

    /// Where the gateway is.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The trust file, as it stands in `city.json`.
    #[must_use]
    pub const fn trust(&self) -> &TrustFile {
        &self.trust
    }

    /// Where a picture of a code is.
    #[must_use]
    pub fn picture(&self, name: &str) -> PathBuf {
        self.folder.file("codes").join(name)
    }

    /// The data folder.
    #[must_use]
    pub const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Where the ledger stands.
    #[must_use]
    pub fn ledger(&self) -> ChainStatus {
        self.chain.status()
    }

    /// The centre: to mint codes, as a merchant's till does.
    #[must_use]
    pub const fn centre(&self) -> &Arc<Centre> {
        &self.centre
    }

    /// The bank: to set its mood.
    #[must_use]
    pub const fn bank(&self) -> &Arc<Bank> {
        &self.bank
    }

    /// Registrars, relays and trustees: to have one lie, or keep silent.
    #[must_use]
    pub const fn voting(&self) -> &Voting {
        &self.voting
    }

    /// Issuer and verifiers of the citizen card: to revoke, say.
    #[must_use]
    pub const fn cards(&self) -> &Cards {
        &self.cards
    }

    /// The officers of recovery.
    #[must_use]
    pub const fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Waits until something breaks that no waiting mends: the ledger has stopped by itself, or a party's database takes nothing any
    /// more. What it was, [`City::stop`] says (SANDBOX-9).
    pub async fn broken(&self) {
        while !self.running.sealing.is_finished() && fault(&self.faults).is_none() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Brings what is under way to its end, closes everything, and gives the folder back (SANDBOX-5). If something broke, says what.
    pub async fn stop(self) -> Result<Folder, CityError> {
        let Self { folder, running, open, faults, chain, centre, bank, voting, cards, recovery, .. } = self;
        drop((chain, centre, bank, voting, cards, recovery));
        running.end().await?;
        released(&open).await;
        fault(&faults).map_or(Ok(folder), |error| Err(error.into()))
    }
}

impl std::fmt::Debug for City {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("City").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

impl Running {
    fn begin(
        chain: Arc<EmbeddedChain>,
        listener: TcpListener,
        router: Router,
        work: Vec<Arc<dyn Steps>>,
    ) -> Self {
        let (parties, parties_told) = watch::channel(false);
        let (gateway, gateway_told) = watch::channel(false);
        let (ledger, ledger_told) = watch::channel(false);
        let begin = |party| tokio::spawn(run(party, STEP, parties_told.clone()));
        Self {
            working: work.into_iter().map(begin).collect(),
            serving: tokio::spawn(serve(listener, router, gateway_told)),
            sealing: tokio::spawn(chain.run(ledger_told)),
            parties,
            gateway,
            ledger,
        }
    }

    /// Parties first, for they still need the gateway; then the gateway, whose requests still need the ledger.
    async fn end(self) -> Result<(), CityError> {
        let Self { parties, gateway, ledger, working, mut serving, sealing } = self;
        parties.send_replace(true);
        for work in working {
            if let Err(error) = work.await {
                tracing::error!(%error, "a party died");
            }
        }
        gateway.send_replace(true);
        if tokio::time::timeout(GRACE, &mut serving).await.is_err() {
            serving.abort();
        }
        ledger.send_replace(true);
        match sealing.await {
            Ok(ended) => ended.map_err(CityError::Stopped),
            Err(error) => {
                tracing::error!(%error, "the ledger died");
                Ok(())
            }
        }
    }
}

/// The first party's database that has failed.
fn fault(faults: &[Fault]) -> Option<DbError> {
    faults.iter().find_map(Fault::error)
}

/// Waits until every file is closed. A connection says that it has ended before it lets go of the gateway, and the gateway of
/// ledger and parties: who opens the folder at once would find it in use.
async fn released(open: &[Lease]) {
    let all = async {
        while open.iter().any(|lease| lease.strong_count() > 0) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    if tokio::time::timeout(LET_GO, all).await.is_err() {
        tracing::error!("the city has stopped, and somebody still holds its files");
    }
}

/// Serves a router until told to stop; requests under way are answered.
pub async fn serve(listener: TcpListener, router: Router, mut told: watch::Receiver<bool>) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async move {
        // A sender that is gone says stop as well.
        let _ = told.wait_for(|stop| *stop).await;
    };
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

/// What parties stand on in a process of their own: HTTP, the machine's clock and randomness.
pub fn ground(ledger: Url, anchor: citizen_ledger::TrustAnchor) -> Result<Ground, CityError> {
    Ok(Ground {
        transport: Arc::new(Https::new()?),
        ledger,
        anchor,
        clock: Arc::new(SystemClock),
        timer: Arc::new(TokioTimer),
        randomness: Arc::new(|| Box::new(random::system())),
    })
}

/// A centre that asks for the citizen card by its certificate, at this address.
pub fn asking_for_cards(
    ground: &Ground,
    centre: Centre,
    (certificate, at): (&Certificate, &Url),
) -> Result<Centre, CertificateError> {
    let certified = certificate.certified(&below(at, "/v1/centre/cards"))?;
    Ok(centre.with_card(certified, Arc::clone(&ground.transport)))
}

/// A socket at this address, which is nobody else's from now on.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, CityError> {
    TcpListener::bind(address).await.map_err(|source| CityError::Listen { address, source })
}

/// Where a socket listens.
pub fn own_address(listener: &TcpListener) -> Result<Url, CityError> {
    let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
    address(listener.local_addr().map_err(|source| CityError::Listen { address: unknown, source })?)
}

/// The address of a socket on this machine.
pub fn address(socket: SocketAddr) -> Result<Url, CityError> {
    let invalid = |error| CityError::Listen { address: socket, source: io::Error::other(error) };
    Url::parse(&format!("http://{socket}/")).map_err(invalid)
}

/// A party's database in its own room.
pub fn database(folder: &Folder, party: &str) -> Result<Db, CityError> {
    Ok(Db::open(&folder.room(party)?.join(format!("{party}.redb")))?)
}

/// The same in a folder that another process may have open: in a room that it leaves alone.
pub fn database_at(city: &std::path::Path, party: &str) -> Result<Db, CityError> {
    let room = city.join(party);
    std::fs::create_dir_all(&room).map_err(crate::folder::at(&room))?;
    Ok(Db::open(&room.join(format!("{party}.redb")))?)
}

/// `city.json`: written once, and again when its checkpoint grows old. The city's own parties begin from it as well.
pub(crate) fn checkpoint(
    folder: &Folder,
    chain: &EmbeddedChain,
    now: UnixTime,
) -> Result<TrustFile, CityError> {
    let kept =
        folder.read("city.json")?.and_then(|bytes| TrustFile::parse(&String::from_utf8(bytes).ok()?).ok());
    if let Some(kept) = kept
        && kept.anchor().chain_id == chain.status().chain_id
        && now.since(kept.anchor().time) < CHECKPOINT_AGE
    {
        return Ok(kept);
    }
    let trust = TrustFile::of(&node::checkpoint(chain)?);
    folder.write("city.json", trust.to_json().as_bytes(), Secrecy::Open)?;
    Ok(trust)
}
