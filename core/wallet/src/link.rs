//! The way to the city: one gateway, one verified ledger, the parties whose roles it proves.

use crate::error::mapping::of_role;
use crate::error::{Party, Subject, WalletError, mapping};
use crate::place;
use crate::record::KeptProof;
use citizen_client::api::LightBlockAnswer;
use citizen_client::{
    BankClient, CentreClient, Exchange, LedgerClient, Parties, PartyKeys, Proven, Retry, Timer, Transport,
    TreasuryClient,
};
use citizen_ledger::parameters::RULES;
use citizen_ledger::{
    Freshness, LightBlock, LightClient, Parameters, Role, RoleRecord, StateKey, Trust, TrustAnchor, Verified,
    VerifiedHeader, state_key,
};
use citizen_primitives::{Canonical, Clock, Height, Seconds, UnixTime};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// For how long a header taken at first use vouches for later ones.
const FIRST_USE_PERIOD: Seconds = Seconds::new(180 * 24 * 60 * 60);
/// How often a call without an answer is tried.
const TRIES: u32 = 3;
/// The first wait between two tries.
const FIRST_WAIT: Duration = Duration::from_millis(300);

/// A gateway with the ledger behind it.
pub(crate) struct Link {
    exchange: Exchange,
    ledger: LedgerClient,
    clock: Arc<dyn Clock>,
    /// What the gateway said last of who the parties are: a hint, proved at every use.
    hints: Mutex<Option<PartyKeys>>,
}

/// What a link is made with.
pub(crate) struct Reach {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) jitter: u64,
}

/// Records under one verified header, with the parameters in force.
pub(crate) struct Snapshot {
    proven: Proven,
    parameters: Parameters,
    now: UnixTime,
}

impl Reach {
    /// Calls to an address.
    pub(crate) fn exchange(&self, url: &str) -> Result<Exchange, WalletError> {
        let base = Url::parse(url).map_err(|_| WalletError::StoreDamaged)?;
        let retry = Retry::new(TRIES, FIRST_WAIT, self.jitter, Arc::clone(&self.timer));
        Ok(Exchange::new(Arc::clone(&self.transport), &base).with_retry(retry))
    }
}

/// The first header that a gateway shows, taken on trust because that was asked for. Its own validators must have signed it:
/// a header that was only damaged on the way would be believed for good.
pub(crate) async fn trust_first_use(exchange: &Exchange, now: UnixTime) -> Result<TrustAnchor, WalletError> {
    let answer: LightBlockAnswer = exchange
        .get(place::ASK_FIRST_HEADER, "v1/ledger/light-blocks/latest")
        .await
        .map_err(|error| mapping::of_call(error, Party::Ledger))?;
    let malformed = || mapping::unverified(Subject::Header, Party::Ledger);
    let bytes = answer.light_block.decode().map_err(|_| malformed())?;
    let block = LightBlock::decode(&bytes).map_err(|_| malformed())?;
    let anchor = TrustAnchor::dangerous_trust(&block, Trust::FirstUse, FIRST_USE_PERIOD);
    LightClient::new(anchor.clone()).verify(&block, now).map_err(citizen_client::LedgerError::Header)?;
    Ok(anchor)
}

impl Link {
    /// Goes on from where the light client stands.
    pub(crate) fn new(exchange: Exchange, light: LightClient, clock: Arc<dyn Clock>) -> Self {
        let ledger = LedgerClient::new(exchange.clone(), light, Arc::clone(&clock));
        Self { exchange, ledger, clock, hints: Mutex::new(None) }
    }

    /// The ledger.
    pub(crate) const fn ledger(&self) -> &LedgerClient {
        &self.ledger
    }

    /// Calls to the gateway.
    pub(crate) const fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Records with their proofs.
    pub(crate) async fn read(&self, keys: &[StateKey]) -> Result<Snapshot, WalletError> {
        let mut keys = keys.to_vec();
        keys.push(state_key::parameters());
        let proven = self.ledger.state(place::ASK_STATE, &keys).await?;
        Snapshot::of(proven, self.clock.now())
    }

    /// As [`Self::read`], and recent enough to act on.
    pub(crate) async fn fresh(&self, keys: &[StateKey]) -> Result<Snapshot, WalletError> {
        let snapshot = self.read(keys).await?;
        snapshot.must_be_fresh()?;
        Ok(snapshot)
    }

    /// As [`Self::fresh`], with the parties.
    pub(crate) async fn with_parties(&self, keys: &[StateKey]) -> Result<(Snapshot, Parties), WalletError> {
        let hints = self.hints().await?;
        let keys = [keys, &hints.state_keys()].concat();
        let snapshot = self.fresh(&keys).await?;
        match Parties::prove(&snapshot.proven, &hints) {
            Ok(parties) => Ok((snapshot, parties)),
            Err(error) => {
                // The registry may have changed since the gateway was asked: next time it is asked again.
                *self.hints.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Err(error.into())
            }
        }
    }

    /// The centre, as its role is proved.
    pub(crate) fn centre(&self, party: Verified<RoleRecord>) -> CentreClient {
        CentreClient::new(self.exchange.clone(), party)
    }

    /// The bank.
    pub(crate) fn bank(&self, party: Verified<RoleRecord>) -> BankClient {
        BankClient::new(self.exchange.clone(), party)
    }

    /// The treasury.
    pub(crate) fn treasury(&self, party: Verified<RoleRecord>) -> TreasuryClient {
        TreasuryClient::new(self.exchange.clone(), party)
    }

    async fn hints(&self) -> Result<PartyKeys, WalletError> {
        let known = *self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known {
            return Ok(known);
        }
        let asked = PartyKeys::ask(&self.exchange, place::ASK_PARTIES).await?;
        *self.hints.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
        Ok(asked)
    }
}

impl Snapshot {
    fn of(proven: Proven, now: UnixTime) -> Result<Self, WalletError> {
        let parameters = proven.get::<Parameters>(&state_key::parameters())?.into_parts().0;
        let absent = mapping::unverified(Subject::Record, Party::Ledger);
        let parameters = parameters.ok_or(absent)?;
        if parameters.rules > RULES {
            return Err(WalletError::NeedsUpdate);
        }
        Ok(Self { proven, parameters, now })
    }

    /// A record, or its proved absence.
    pub(crate) fn get<T: Canonical>(&self, key: &StateKey) -> Result<Verified<Option<T>>, WalletError> {
        Ok(self.proven.get(key)?)
    }

    /// The header.
    pub(crate) fn header(&self) -> &VerifiedHeader {
        self.proven.header()
    }

    /// The answer as it came, for parties that prove for themselves.
    pub(crate) const fn proven(&self) -> &Proven {
        &self.proven
    }

    /// The parameters in force.
    pub(crate) const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Whether it may be taken for the present.
    pub(crate) fn freshness(&self) -> Freshness {
        Freshness::of(self.header().time(), self.now, self.parameters.stale_after)
    }

    /// A transaction made now may be executed up to here: so many blocks on, at most the ledger's window.
    pub(crate) fn valid_until(&self, blocks: u64) -> Height {
        self.header().height().plus(blocks.min(self.parameters.validity_window))
    }

    /// The proof to keep.
    pub(crate) fn keep(&self) -> KeptProof {
        KeptProof { light_block: self.proven.light_block().to_bytes(), state: self.proven.proofs().clone() }
    }

    fn must_be_fresh(&self) -> Result<(), WalletError> {
        match self.freshness() {
            Freshness::Fresh => Ok(()),
            Freshness::Stale { as_of } => Err(WalletError::Stale { as_of }),
            Freshness::ClockWrong { by } => Err(WalletError::ClockWrong { by }),
        }
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

/// Verifies the header of a kept proof from the trust anchor on.
pub(crate) fn verify_kept(
    light: &LightClient,
    kept: &KeptProof,
    now: UnixTime,
) -> Result<VerifiedHeader, WalletError> {
    let block = LightBlock::decode(&kept.light_block).map_err(|_| WalletError::StoreDamaged)?;
    light.verify_kept(&block, now).map_err(|error| citizen_client::LedgerError::Header(error).into())
}

/// A key that a proved record names has no active role: nothing is sent there.
pub(crate) const fn unknown(role: Role) -> WalletError {
    WalletError::UnknownParty { claims_to_be: of_role(role) }
}
