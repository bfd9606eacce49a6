//! A verifier: one service of the city that asks for credentials by OpenID4VP 1.0, and takes the answer only if registry and status
//! lists bear it out.

mod account;
mod answer;
mod identity;
mod over;
mod record;
mod service;
mod verdict;

pub use account::{ACCOUNT_LASTS, CARD_LASTS};
pub use answer::Taken;
pub use identity::Identity;
pub use service::{Asked, CardService, CardServiceError};
pub use verdict::{Outcome, Refused, Standing, Visitor};

use crate::db::Rows as _;
use crate::error::ServiceError;
use crate::party::Party;
use crate::places;
use crate::presented::{ListPlaces, Lists};
use crate::seeded::Seeded;
use account::MOST_ACCOUNTS;
use citizen_client::Transport;
use citizen_jose::base64url;
use citizen_keys::Secret32;
use citizen_openid4vc::dcql::Query;
use citizen_openid4vc::vp::{Ask, ResponseMode, SignIn, VerifierSession};
use citizen_primitives::{Hash, Seconds, UnixTime};
use record::{ENDED, Ended};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long an answer is waited for.
const PATIENCE: Seconds = Seconds::new(300);
/// The most visits that are open at once.
const MOST: usize = 10_000;

/// Where it asks about status lists.
const LISTS: ListPlaces =
    ListPlaces { anchor: places::VERIFIER_ASK_ANCHOR, list: places::VERIFIER_FETCH_LIST };

/// A verifier.
pub struct Verifier {
    party: Party,
    identity: Identity,
    service: CardService,
    /// By which it names those who sign in.
    secret: Secret32,
    transport: Arc<dyn Transport>,
    visits: Mutex<BTreeMap<String, Visit>>,
    most_visits: usize,
    lists: Lists,
    most_accounts: u64,
    /// How far old outcomes were looked through.
    looked: Mutex<Vec<u8>>,
}

/// A visit whose answer is waited for.
struct Visit {
    session: VerifierSession,
    ticket: Ticket,
    until: UnixTime,
}

/// By which the visitor's screen, and nobody who sees its code, asks how the visit stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(String);

/// A visit that has begun.
#[derive(Clone)]
pub struct Begun {
    /// For the screen.
    pub ticket: Ticket,
    /// For the QR code: `openid4vp://…`.
    pub link: String,
}

impl Ticket {
    /// From an address: as somebody wrote it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For an address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> Hash {
        Hash::plain(&[b"visit", self.0.as_bytes()])
    }
}

impl Verifier {
    /// A verifier with its certificate, or with somebody's word for it. `secret` names those who sign in: it stays as long as they shall be known again.
    #[must_use]
    pub fn new(
        party: Party,
        identity: impl Into<Identity>,
        service: CardService,
        secret: Secret32,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let (visits, lists, looked) = (Mutex::default(), Lists::new(LISTS), Mutex::default());
        Self {
            party,
            identity: identity.into(),
            service,
            secret,
            transport,
            visits,
            most_visits: MOST,
            lists,
            most_accounts: MOST_ACCOUNTS,
            looked,
        }
    }

    /// With room for fewer accounts: for tests.
    #[must_use]
    pub const fn with_capacity(mut self, accounts: u64) -> Self {
        self.most_accounts = accounts;
        self
    }

    /// With room for fewer visits at once: for tests.
    #[must_use]
    pub const fn with_visits(mut self, visits: usize) -> Self {
        self.most_visits = visits;
        self
    }

    /// Who it is.
    #[must_use]
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// What it offers.
    #[must_use]
    pub const fn service(&self) -> &CardService {
        &self.service
    }

    /// Begins a visit with the card: a request of its own, with a nonce and an encryption key that no other has (VERIFIER-1). A service
    /// that knows its visitors asks her to sign in as well.
    pub fn begin(&self) -> Result<Begun, ServiceError> {
        self.begin_asking(self.service.query.clone())
    }

    /// Begins a visit of somebody who has been here: she signs in, and shows nothing.
    pub fn begin_return(&self) -> Result<Begun, ServiceError> {
        if !self.service.signs_in {
            return Err(ServiceError::NotFound);
        }
        self.begin_asking(Query::nothing())
    }

    fn begin_asking(&self, query: Query) -> Result<Begun, ServiceError> {
        let (now, rng) = (self.party.now(), &mut Seeded::new(self.party.random()));
        let handle = base64url::encode(self.party.random::<32>());
        let ask = Ask {
            query,
            transactions: Vec::new(),
            response_uri: self.identity.response(&handle)?,
            mode: ResponseMode::DirectPostJwt,
            name: Some(self.service.name_ko.clone()),
            valid_for: PATIENCE,
        };
        let mut session = VerifierSession::start(self.identity.identification()?, ask, now, rng);
        if self.service.signs_in {
            session = session.with_sign_in(SignIn::Bound, rng);
        }
        let link = session.link(&self.identity.request(&handle)?, true);
        let ticket = Ticket(base64url::encode(self.party.random::<32>()));
        let visit = Visit { session, ticket: ticket.clone(), until: now.plus(PATIENCE) };
        let mut visits = self.visits();
        visits.retain(|_, visit| now <= visit.until);
        if visits.len() >= self.most_visits {
            return Err(ServiceError::Unavailable);
        }
        visits.insert(handle, visit);
        Ok(Begun { ticket, link })
    }

    /// The signed request, with the nonce of a wallet that posted one.
    pub fn request_object(&self, handle: &str, posted: Option<&str>) -> Result<String, ServiceError> {
        let now = self.party.now();
        let nonce = posted.and_then(VerifierSession::wallet_nonce);
        let visits = self.visits();
        let visit = visits.get(handle).filter(|visit| now <= visit.until).ok_or(ServiceError::NotFound)?;
        let signed = visit.session.request_object(nonce.as_deref(), self.identity.signer(), now);
        signed.map_err(|_| ServiceError::Unavailable)
    }

    /// How a visit stands, and the link for its code while it waits.
    pub fn standing(&self, ticket: &Ticket) -> Result<(Standing, Option<String>), ServiceError> {
        let ended: Option<Ended> =
            self.party.db().read(|rows| rows.find(ENDED, ticket.digest().as_bytes()))?;
        if let Some(ended) = ended {
            return Ok((Standing::Ended(ended.outcome), None));
        }
        let now = self.party.now();
        let visits = self.visits();
        let open = visits.iter().find(|(_, visit)| visit.ticket == *ticket && now <= visit.until);
        let Some((handle, visit)) = open else { return Ok((Standing::Over, None)) };
        Ok((Standing::Waiting, Some(visit.session.link(&self.identity.request(handle)?, true))))
    }

    /// Whole at any moment.
    fn visits(&self) -> MutexGuard<'_, BTreeMap<String, Visit>> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("party", &self.party).finish_non_exhaustive()
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun(…)")
    }
}
