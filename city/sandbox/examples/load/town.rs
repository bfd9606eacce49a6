//! The city: real files, the parties' own loops, the gateway's routes without a socket.

use crate::citizen::{Citizen, Issuer};
use citizen_client::registry::Parties;
use citizen_client::{Exchange, LedgerClient, Request, Response, TokioTimer, Transport, TransportError};
use citizen_ledger::{LightClient, TrustAnchor};
use citizen_primitives::clock::SystemClock;
use citizen_primitives::{Clock as _, MerchantId, Place, random};
use city_chain::{Chain as _, ChainError, EmbeddedChain, Pace};
use city_gateway::{ChainDesk, Gateway, Limits};
use city_sandbox::folder::Folder;
use city_sandbox::in_process::InProcess;
use city_sandbox::keys::Keys;
use city_sandbox::parties::{Ground, hints};
use city_sandbox::{city, genesis, node};
use city_services::{Bank, Centre, Steps, run};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

const ASK_PARTIES: Place = Place::new("load/ask-parties");

/// As a running city's.
const PACE: Duration = Duration::from_millis(50);

/// The most calls of phones at once: whoever comes then is told so, and comes again later.
const AT_THE_DOOR: usize = 512;

/// Every request is served in a task of its own, as a server does.
struct Beside(Arc<InProcess>);

#[async_trait::async_trait]
impl Transport for Beside {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let net = Arc::clone(&self.0);
        let serving = tokio::spawn(async move { net.send(request).await });
        serving.await.map_err(|_| TransportError::Broken)?
    }
}

pub(crate) struct Town {
    pub(crate) keys: Keys,
    pub(crate) chain: Arc<EmbeddedChain>,
    pub(crate) centre: Arc<Centre>,
    pub(crate) bank: Arc<Bank>,
    pub(crate) parties: Parties,
    pub(crate) exchange: Exchange,
    /// Where phones call.
    pub(crate) phones: Exchange,
    /// The merchants that have registered.
    pub(crate) tills: Mutex<Vec<MerchantId>>,
    anchor: TrustAnchor,
    stop: watch::Sender<bool>,
    working: Vec<JoinHandle<()>>,
    sealing: JoinHandle<Result<(), ChainError>>,
}

impl Town {
    pub(crate) async fn found(home: &Path) -> Arc<Self> {
        let folder = Folder::open(home).unwrap();
        let keys = Keys::open(&folder, &mut random::system()).unwrap();
        let genesis = genesis::open(&folder, &keys, SystemClock.now()).unwrap();
        let storage = node::storage(&folder.room("ledger").unwrap().join("ledger.redb"), &genesis).unwrap();
        let pace = Pace { openings: u32::MAX, ..Pace::default() };
        let chain = node::open_paced(storage, &keys, Arc::new(SystemClock), pace).unwrap();
        let anchor = node::checkpoint(&chain).unwrap();
        let net = Arc::new(InProcess::default());
        let wire: Arc<dyn Transport> = Arc::new(Beside(net.clone()));
        let url: Url = "http://city.test/".parse().unwrap();
        let ground = Ground {
            transport: Arc::clone(&wire),
            ledger: url.clone(),
            anchor: anchor.clone(),
            clock: Arc::new(SystemClock),
            timer: Arc::new(TokioTimer),
            randomness: Arc::new(|| Box::new(random::system())),
        };
        let bank = Arc::new(ground.bank(&keys, city::database(&folder, "bank").unwrap()).unwrap());
        let centre =
            Arc::new(ground.centre(&keys, city::database(&folder, "centre").unwrap(), &url).unwrap());
        let treasury =
            Arc::new(ground.treasury(&keys, city::database(&folder, "treasury").unwrap()).unwrap());
        // The parties' calls have a door of their own: phones that wait at theirs do not shut them out.
        let desk = Arc::new(ChainDesk::of(chain.clone()));
        let door = |at_once| {
            Gateway::default()
                .with_limits(Limits { at_once, ..Limits::default() })
                .with_parties(hints(&keys))
                .with_ledger(desk.clone())
                .with_centre(centre.clone())
                .with_bank(bank.clone())
                .with_treasury(treasury.clone())
                .into_router()
        };
        net.connect("city.test", door(8_192));
        net.connect("phones.test", door(AT_THE_DOOR));
        let (stop, told) = watch::channel(false);
        let work = |party: Arc<dyn Steps>| tokio::spawn(run(party, PACE, told.clone()));
        let working = vec![work(centre.clone()), work(treasury)];
        let sealing = tokio::spawn(chain.clone().run(told.clone()));
        let phones = Exchange::new(Arc::clone(&wire), &"http://phones.test/".parse().unwrap());
        let exchange = Exchange::new(wire, &url);
        let ledger =
            LedgerClient::new(exchange.clone(), LightClient::new(anchor.clone()), Arc::new(SystemClock));
        let parties = Parties::find(&exchange, &ledger, ASK_PARTIES).await.unwrap();
        let tills = Mutex::default();
        Arc::new(Self {
            keys,
            chain,
            centre,
            bank,
            parties,
            exchange,
            phones,
            tills,
            anchor,
            stop,
            working,
            sealing,
        })
    }

    /// A light client of its own.
    pub(crate) fn ledger(&self) -> LedgerClient {
        LedgerClient::new(self.exchange.clone(), LightClient::new(self.anchor.clone()), Arc::new(SystemClock))
    }

    /// Citizens with an account, points and won.
    pub(crate) async fn settle_citizens(self: &Arc<Self>, count: usize) -> Vec<Arc<Citizen>> {
        let issuer = Issuer::of(self);
        let citizens: Vec<_> = (0..count).map(|number| Arc::new(issuer.citizen(number))).collect();
        for step in [Issuer::opening, Issuer::grant] {
            for citizen in &citizens {
                self.chain.submit(step(&issuer, self, citizen)).unwrap();
            }
            while self.chain.status().queued > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        // The header after shows them.
        tokio::time::sleep(Duration::from_millis(500)).await;
        for some in citizens.chunks(64) {
            let opening = some.iter().map(|citizen| {
                let (town, citizen) = (Arc::clone(self), Arc::clone(citizen));
                tokio::spawn(async move { citizen.open_bank_account(&town).await })
            });
            for opened in opening.collect::<Vec<_>>() {
                opened.await.unwrap();
            }
        }
        citizens
    }

    pub(crate) async fn stop(self: Arc<Self>) {
        self.stop.send_replace(true);
        let Some(town) = Arc::into_inner(self) else { return };
        for work in town.working {
            work.await.unwrap();
        }
        town.sealing.await.unwrap().unwrap();
    }
}
