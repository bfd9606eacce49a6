//! One wallet for the whole app: opened once, locked and unlocked where it stands.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::events::Events;
use crate::live::Live;
use crate::platform::{Platform, WalletPlace};
use crate::secret::Secret;
use crate::work::{self, Answer, Doing, Obeyed, run};
use citizen_wallet::error::Input;
use citizen_wallet::{LockedWallet, RecoveryCode, Wallet as CoreWallet, WalletError as Core};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Between two looks at whether the calls of a released wallet have let go of it.
const LETTING_GO: Duration = Duration::from_millis(5);

/// A citizen's wallet. Locked, every call but [`Wallet::unlock`] answers `Locked`; it locks itself when it is left alone.
///
/// Shared freely between screens and threads. Every call runs on a thread of the library, may be dropped at any moment, and takes a
/// token for languages whose own cancellation does not reach it. A second instance on the same file is refused with `StoreBusy`
/// until the first is released.
#[derive(uniffi::Object)]
pub struct Wallet {
    inside: Arc<Inside>,
    released: Arc<CancelToken>,
    events: Events,
    _live: Live,
}

/// What the calls of a wallet share.
struct Inside {
    state: Mutex<State>,
    /// Held while a PIN is tried: a try that was stopped locks again before the next one begins.
    unlocking: Mutex<()>,
    _live: Live,
}

enum State {
    /// Not unlocked since it was opened.
    Opened(Arc<LockedWallet>),
    /// Unlocked at least once; it may have locked itself since.
    Unlocked(Arc<CoreWallet>),
    /// Its files are given back.
    Released,
}

#[uniffi::export]
impl Wallet {
    /// Makes a wallet and leaves it unlocked. The place names the city; nothing is sent. Next come
    /// [`Wallet::generate_recovery_code`], which the citizen writes down, and [`Wallet::open_account`].
    #[uniffi::constructor(default(cancel = None))]
    pub async fn create(
        place: WalletPlace,
        platform: Arc<Platform>,
        pin: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<Self>, WalletError> {
        let events = platform.events().clone();
        let made = run(Obeyed::token(cancel), async move || {
            // This first code is forgotten unseen: the app asks for one when it is ready to show it.
            let (wallet, _) = CoreWallet::create(platform.config(place)?, &pin.expose(Input::PinForm)?)?;
            Ok(State::unlocked(wallet))
        });
        Ok(Self::of(made.await?, events))
    }

    /// Opens a wallet that was made before. It is locked. No network is used.
    #[uniffi::constructor(default(cancel = None))]
    pub async fn open(
        place: WalletPlace,
        platform: Arc<Platform>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<Self>, WalletError> {
        let events = platform.events().clone();
        let opened = run(Obeyed::token(cancel), async move || {
            Ok(State::Opened(Arc::new(CoreWallet::open(platform.config(place)?)?)))
        });
        Ok(Self::of(opened.await?, events))
    }

    /// Makes a wallet out of a backup: new keys, which the recovery key puts in the place of the old phone's, which can only show
    /// from then on. The place's city counts before the backup's. Interrupted, it can be called again.
    #[uniffi::constructor(default(cancel = None))]
    pub async fn restore(
        place: WalletPlace,
        platform: Arc<Platform>,
        backup: Vec<u8>,
        code: Arc<Secret>,
        pin: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<Self>, WalletError> {
        let events = platform.events().clone();
        let made = run(Obeyed::token(cancel), async move || {
            let (code, pin) = (recovery_code(&code)?, pin.expose(Input::PinForm)?);
            let (wallet, _) = CoreWallet::restore(platform.config(place)?, &backup, &code, &pin).await?;
            Ok(State::unlocked(wallet))
        });
        Ok(Self::of(made.await?, events))
    }

    /// Tries a PIN. It is counted on disk before it is tried; stretching it takes up to a second.
    #[uniffi::method(default(cancel = None))]
    pub async fn unlock(
        &self,
        pin: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<(), WalletError> {
        let inside = Arc::clone(&self.inside);
        run(self.obeyed(cancel), async move || inside.unlock(&pin)).await
    }

    /// Locks it: the keys are forgotten. Calls under way end with `Locked` at their next step.
    #[uniffi::method(default(cancel = None))]
    pub async fn lock(&self, cancel: Option<Arc<CancelToken>>) -> Result<(), WalletError> {
        let inside = Arc::clone(&self.inside);
        run(self.obeyed(cancel), async move || inside.lock()).await
    }

    /// Locks it if its time is up; answers whether it is locked. For the app's timer, and for when it comes back to the front: every
    /// other call looks at the time by itself.
    #[uniffi::method(default(cancel = None))]
    pub async fn lock_if_idle(&self, cancel: Option<Arc<CancelToken>>) -> Result<bool, WalletError> {
        let inside = Arc::clone(&self.inside);
        run(self.obeyed(cancel), async move || inside.lock_if_idle()).await
    }

    /// Puts another PIN in the place of the old one.
    #[uniffi::method(default(cancel = None))]
    pub async fn change_pin(
        &self,
        old: Arc<Secret>,
        new: Arc<Secret>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<(), WalletError> {
        self.call(cancel, async move |wallet| {
            wallet.change_pin(&old.expose(Input::PinForm)?, &new.expose(Input::PinForm)?)
        })
        .await
    }

    /// Stops every call under way, waits until they have ended, and gives the files back. The wallet is of no use afterwards: every
    /// call answers `Cancelled`.
    pub async fn release(&self) -> Result<(), WalletError> {
        self.released.cancel();
        let inside = Arc::downgrade(&self.inside);
        run(Obeyed::default(), async move || {
            drop(inside.upgrade().map(|inside| inside.take()));
            // Each call holds its share until it has let go of the files.
            while inside.strong_count() > 1 {
                tokio::time::sleep(LETTING_GO).await;
            }
            Ok(())
        })
        .await
    }
}

impl Wallet {
    /// Does something with the unlocked wallet.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        cancel: Option<Arc<CancelToken>>,
        work: impl AsyncFnOnce(Arc<CoreWallet>) -> Result<T, Core> + Send + 'static,
    ) -> Answer<T> {
        self.answer(cancel, Box::new(move |wallet| Box::pin(work(wallet))))
    }

    #[inline(never)]
    fn answer<T: Send + 'static>(
        &self,
        cancel: Option<Arc<CancelToken>>,
        work: Box<dyn FnOnce(Arc<CoreWallet>) -> Doing<T> + Send>,
    ) -> Answer<T> {
        let inside = Arc::clone(&self.inside);
        run(self.obeyed(cancel), async move || work(inside.unlocked()?).await)
    }

    pub(crate) fn events(&self) -> Events {
        self.events.clone()
    }

    fn of(state: State, events: Events) -> Arc<Self> {
        let inside =
            Arc::new(Inside { state: Mutex::new(state), unlocking: Mutex::default(), _live: Live::new() });
        Arc::new(Self { inside, released: CancelToken::new(), events, _live: Live::new() })
    }

    fn obeyed(&self, token: Option<Arc<CancelToken>>) -> Obeyed {
        Obeyed { token, wallet: Some(Arc::clone(&self.released)) }
    }
}

impl State {
    fn unlocked(wallet: CoreWallet) -> Self {
        Self::Unlocked(Arc::new(wallet))
    }
}

impl Inside {
    fn unlock(&self, pin: &Secret) -> Result<(), Core> {
        let _one_at_a_time = self.unlocking.lock().unwrap_or_else(PoisonError::into_inner);
        let pin = pin.expose(Input::PinForm)?;
        let wallet = match &*self.state() {
            State::Opened(locked) => Err(Arc::clone(locked)),
            State::Unlocked(wallet) => Ok(Arc::clone(wallet)),
            State::Released => return Err(Core::Cancelled),
        };
        let wallet = match wallet {
            Ok(wallet) => {
                wallet.unlock_again(&pin)?;
                wallet
            }
            Err(locked) => self.keep(Arc::new(locked.unlock(&pin)?))?,
        };
        // Nobody waits any more: nobody asked for an open wallet.
        if work::is_stopped() {
            wallet.lock_in_place()?;
            return Err(Core::Cancelled);
        }
        Ok(())
    }

    fn lock(&self) -> Result<(), Core> {
        match self.unlocked() {
            Err(Core::Locked) => Ok(()),
            wallet => wallet?.lock_in_place(),
        }
    }

    fn lock_if_idle(&self) -> Result<bool, Core> {
        match self.unlocked() {
            Err(Core::Locked) => Ok(true),
            wallet => wallet?.lock_if_idle(),
        }
    }

    fn keep(&self, wallet: Arc<CoreWallet>) -> Result<Arc<CoreWallet>, Core> {
        let mut state = self.state();
        match &*state {
            State::Released => Err(Core::Cancelled),
            // Two were unlocking at once: one is enough.
            State::Unlocked(first) => Ok(Arc::clone(first)),
            State::Opened(_) => {
                *state = State::Unlocked(Arc::clone(&wallet));
                Ok(wallet)
            }
        }
    }

    fn unlocked(&self) -> Result<Arc<CoreWallet>, Core> {
        match &*self.state() {
            State::Unlocked(wallet) => Ok(Arc::clone(wallet)),
            State::Opened(_) => Err(Core::Locked),
            State::Released => Err(Core::Cancelled),
        }
    }

    fn take(&self) -> State {
        std::mem::replace(&mut *self.state(), State::Released)
    }

    /// Held for a moment only: never while something is read, stretched or waited for.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a recovery code as people type it.
pub(crate) fn recovery_code(secret: &Secret) -> Result<RecoveryCode, Core> {
    Ok(RecoveryCode::parse(&secret.expose(Input::RecoveryCode)?)?)
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wallet")
    }
}
