//! The unlocked wallet: what every use case starts from.

use crate::config::{City, Trust, WalletConfig};
use crate::error::{Input, WalletError};
use crate::link::{Link, Reach, trust_first_use};
use crate::place;
use crate::record::{self, SettingsRow, TrustRow};
use crate::session::Session;
use crate::unlock::LockedWallet;
use citizen_client::TrustFile;
use citizen_keys::RecoveryCode;
use citizen_ledger::{LightClient, Trust as Origin};
use citizen_primitives::{Seconds, UnixTime, random};
use citizen_store::{ChangeSet, Row, Table};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// How often the ledger is asked whether something has come about, before the caller is told that it is still open.
pub(crate) const PATIENCE: u32 = 240;
/// The wait between two such questions.
pub(crate) const PAUSE: Duration = Duration::from_millis(250);

/// How long the looks at something that is followed may take in all, by the clock: one may take more than a minute where the network is bad.
const LOOKING: Seconds = Seconds::new(60);

/// How long somebody has followed something already.
pub(crate) struct Patience {
    /// When the look began that is under way.
    begun: UnixTime,
    /// How long those before took.
    looked: Seconds,
    looks: u32,
}

/// A citizen's wallet, unlocked. Every method answers [`WalletError::Locked`] once it has locked itself.
pub struct Wallet {
    session: Arc<Session>,
    trust: TrustRow,
    link: OnceCell<Link>,
}

impl Wallet {
    /// Opens a wallet that was created before. It is locked: [`LockedWallet::unlock`] needs the PIN.
    pub fn open(config: WalletConfig) -> Result<LockedWallet, WalletError> {
        LockedWallet::open(config)
    }

    /// Locks it: the keys are forgotten.
    #[must_use]
    pub fn lock(self) -> LockedWallet {
        if let Ok(mut slot) = self.session.slot() {
            slot.lock();
        }
        LockedWallet { session: self.session, city: None }
    }

    /// Locks it where it stands: for an app that shares one wallet between its screens. The keys are forgotten once no
    /// other call is using them; [`Wallet::unlock_again`] undoes it.
    pub fn lock_in_place(&self) -> Result<(), WalletError> {
        self.session.slot()?.lock();
        Ok(())
    }

    /// Unlocks it again after it has locked itself.
    pub fn unlock_again(&self, pin: &str) -> Result<(), WalletError> {
        self.session.unlock(pin)
    }

    /// Locks it if its time is up; returns whether it is locked. Every call looks at the time: this is for the app's timer, so that
    /// the keys are forgotten while nobody asks for anything (WALLET-3).
    pub fn lock_if_idle(&self) -> Result<bool, WalletError> {
        self.session.lock_if_idle()
    }

    /// Puts another PIN in the place of the old one.
    pub fn change_pin(&self, old: &str, new: &str) -> Result<(), WalletError> {
        self.session.touch()?;
        self.session.change_pin(old, new)
    }

    /// A fresh recovery code: for an account that is not open yet, if the first code was lost before it was written down.
    pub fn generate_recovery_code(&self) -> Result<RecoveryCode, WalletError> {
        self.session.touch()?;
        Ok(RecoveryCode::generate(&mut *self.session.rng()))
    }

    /// Whether points are spent first where a payment does not say.
    pub fn prefer_points(&self, points_first: bool) -> Result<(), WalletError> {
        self.session.touch()?;
        self.set(|settings| SettingsRow { points_first, ..settings }, ChangeSet::new())
    }

    /// The trust file of this wallet's city, as it would be handed on with a receipt. What was trusted at first use is not:
    /// with the next holder it would pass for a file that came with the app.
    pub async fn trust_file(&self) -> Result<TrustFile, WalletError> {
        let light = self.link().await?.ledger().light_client();
        match light.anchor().trust {
            Origin::File => Ok(TrustFile::of(light.anchor())),
            Origin::FirstUse => Err(WalletError::Invalid { input: Input::TrustNeeded }),
        }
    }

    /// A new wallet in a session that was just unlocked.
    pub(crate) fn new_in(session: Arc<Session>, city: City) -> Result<Self, WalletError> {
        Self::unlocked(session, Some(city))
    }

    /// A wallet in an unlocked session: in the city it was left in, unless another address or trust file is given.
    pub(crate) fn unlocked(session: Arc<Session>, city: Option<City>) -> Result<Self, WalletError> {
        let known: Option<TrustRow> = session.load(&record::trust_row())?;
        let trust = match (city, known) {
            (None, None) => return Err(WalletError::Invalid { input: Input::TrustNeeded }),
            (None, Some(known)) => known,
            (Some(city), known) => {
                let trust = trust_row(city, known.as_ref())?;
                if known.as_ref() != Some(&trust) {
                    let changes = record::put(record::trust_row(), &trust);
                    let changes = changes.and(unbelieved(&session, known.as_ref(), &trust)?);
                    session.commit(place::CITY, changes)?;
                }
                trust
            }
        };
        Ok(Self { session, trust, link: OnceCell::new() })
    }

    /// Somebody begins to follow something.
    pub(crate) fn patience(&self) -> Patience {
        Patience { begun: self.session.now(), looked: Seconds::default(), looks: 0 }
    }

    /// Waits for the next look; whether there is one. The look with which the looks took a minute is the last (WALLET-41).
    pub(crate) async fn looks_again(&self, patience: &mut Patience) -> bool {
        let took = self.session.now().since(patience.begun).count();
        patience.looked = Seconds::new(patience.looked.count().saturating_add(took));
        patience.looks = patience.looks.saturating_add(1);
        if patience.looks >= PATIENCE || patience.looked >= LOOKING {
            return false;
        }
        self.session.timer.sleep(PAUSE).await;
        patience.begun = self.session.now();
        true
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    pub(crate) fn settings(&self) -> Result<SettingsRow, WalletError> {
        Ok(self.session.load(&record::settings_row())?.unwrap_or_default())
    }

    /// Changes what she has chosen, with more besides.
    pub(crate) fn set(
        &self,
        change: impl FnOnce(SettingsRow) -> SettingsRow,
        more: ChangeSet,
    ) -> Result<(), WalletError> {
        self.session.decide(place::SETTINGS, |open| {
            let settings = record::load(&*open.store, &record::settings_row())?.unwrap_or_default();
            Ok((record::put(record::settings_row(), &change(settings)).and(more), ()))
        })
    }

    /// The way to the city. Where trust begins with the first use, this is where.
    pub(crate) async fn link(&self) -> Result<&Link, WalletError> {
        self.link.get_or_try_init(|| self.make_link()).await
    }

    /// The light client as far as it is known without a network.
    pub(crate) fn light_client(&self) -> Option<LightClient> {
        match self.link.get() {
            Some(link) => Some(link.ledger().light_client()),
            None => self.trust.light_client(),
        }
    }

    /// The change that keeps how far the ledger was verified.
    pub(crate) fn keep_trust(&self) -> ChangeSet {
        let Some(light) = self.link.get().map(|link| link.ledger().light_client()) else {
            return ChangeSet::new();
        };
        let (anchor, state) = (Some(light.anchor().clone()), Some(*light.state()));
        record::put(record::trust_row(), &TrustRow { url: self.trust.url.clone(), anchor, state })
    }

    /// Where the city is, and from what its ledger is trusted.
    pub(crate) fn trust(&self) -> TrustRow {
        let (anchor, state) = match self.light_client() {
            Some(light) => (Some(light.anchor().clone()), Some(*light.state())),
            None => (None, None),
        };
        TrustRow { url: self.trust.url.clone(), anchor, state }
    }

    async fn make_link(&self) -> Result<Link, WalletError> {
        let reach = reach(&self.session);
        let exchange = reach.exchange(&self.trust.url)?;
        let light = match self.trust.light_client() {
            Some(light) => light,
            None => {
                let anchor = trust_first_use(&exchange, self.session.now()).await?;
                let row = TrustRow { anchor: Some(anchor.clone()), ..self.trust.clone() };
                self.session.commit(place::CITY, record::put(record::trust_row(), &row))?;
                LightClient::new(anchor)
            }
        };
        Ok(Link::new(exchange, light, Arc::clone(&self.session.clock)))
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wallet")
    }
}

/// How a session reaches a city.
pub(crate) fn reach(session: &Session) -> Reach {
    Reach {
        transport: Arc::clone(&session.transport),
        timer: Arc::clone(&session.timer),
        jitter: u64::from_le_bytes(random::generate_array(&mut *session.rng())),
    }
}

/// The city that was given, with what is known of the same ledger. Another ledger's trust file is refused: this wallet's
/// account is not there.
pub(crate) fn trust_row(city: City, known: Option<&TrustRow>) -> Result<TrustRow, WalletError> {
    let url = city.url.to_string();
    let (old, state) = known.map_or((None, None), |row| (row.anchor.clone(), row.state));
    match (city.trust, old) {
        (Trust::FirstUse, anchor) => Ok(TrustRow { url, anchor, state }),
        (Trust::File(file), Some(old)) if file.anchor().chain_id != old.chain_id => {
            Err(WalletError::Invalid { input: Input::TrustFile })
        }
        (Trust::File(file), old) => {
            let anchor = file.anchor().clone();
            // A header is worth what the one is that it was verified from: under another anchor it is verified anew (WALLET-1).
            let state = state.filter(|_| old.as_ref() == Some(&anchor));
            Ok(TrustRow { url, anchor: Some(anchor), state })
        }
    }
}

/// What was fetched under a first use goes when a file takes its place: a liar's entries would stand in the way of the true ones.
fn unbelieved(
    session: &Session,
    known: Option<&TrustRow>,
    trust: &TrustRow,
) -> Result<ChangeSet, WalletError> {
    let origin = |row: &TrustRow| row.anchor.as_ref().map(|anchor| anchor.trust);
    if (known.and_then(origin), origin(trust)) != (Some(Origin::FirstUse), Some(Origin::File)) {
        return Ok(ChangeSet::new());
    }
    let entries = session.with(|open| Ok(open.store.list(Table::Entries)?))?;
    let kept = ChangeSet::new().delete(record::balance_row()).delete(record::bank_row());
    Ok(entries.iter().fold(kept, |changes, entry| changes.delete(Row::new(Table::Entries, &entry.key))))
}
