//! Making a new wallet: a vault behind a PIN and the hardware, a store under the vault, and a recovery code for paper.

use crate::config::{City, WalletConfig};
use crate::error::{Input, WalletError};
use crate::place;
use crate::record::{self, AccountRow, Phase};
use crate::session::Session;
use crate::unlock::open_session;
use crate::wallet::Wallet;
use citizen_keys::{HardwareKey, Pin, PinGuard, RecoveryCode};
use citizen_primitives::Canonical as _;
use citizen_store::GuardRow;
use std::sync::Arc;

impl Wallet {
    /// Makes a wallet. The recovery code is shown once and kept nowhere: the citizen writes it down.
    ///
    /// The PIN is six digits and not easily guessed. There must be no wallet in the store, and the configuration names
    /// the city. Nothing is sent; [`Wallet::open_account`] comes next.
    pub fn create(config: WalletConfig, pin: &str) -> Result<(Self, RecoveryCode), WalletError> {
        let (session, city) = begin(config, pin)?;
        let code = RecoveryCode::generate(&mut *session.rng());
        Ok((Self::new_in(session, city)?, code))
    }
}

/// Makes the vault and unlocks it.
fn begin(config: WalletConfig, pin: &str) -> Result<(Arc<Session>, City), WalletError> {
    let pin = Pin::chosen(pin)?;
    let (session, city) = open_session(config)?;
    let city = city.ok_or(WalletError::Invalid { input: Input::TrustNeeded })?;
    if session.has_wallet()? {
        return Err(WalletError::Invalid { input: Input::WalletExists });
    }
    make_vault(&session, &pin)?;
    Ok((Arc::new(session), city))
}

/// As [`begin`], for a restored wallet: one that an interrupted restoration has begun is gone on with.
pub(crate) fn begin_restored(
    config: WalletConfig,
    pin: &str,
) -> Result<(Arc<Session>, Option<City>), WalletError> {
    let (session, city) = open_session(config)?;
    if session.has_wallet()? {
        session.unlock(pin)?;
        let account: Option<AccountRow> = session.load(&record::account_row())?;
        if account.is_some_and(|account| !matches!(account.phase, Phase::Replacing { .. })) {
            return Err(WalletError::Invalid { input: Input::WalletExists });
        }
    } else {
        make_vault(&session, &Pin::chosen(pin)?)?;
    }
    Ok((Arc::new(session), city))
}

/// The guard is written before the vault: a vault without a guard would be a damaged wallet, a guard alone is nothing. And the alias is written
/// before the key is made: whoever begins again makes the same key anew, and no other wallet's (WALLET-40).
fn make_vault(session: &Session, pin: &Pin) -> Result<(), WalletError> {
    let alias = session.alias.as_str().as_bytes();
    session.slot()?.guards()?.commit_guard(place::CREATE_ALIAS, GuardRow::KeyAlias, alias)?;
    let hardware = HardwareKey::create(Arc::clone(&session.keystore), session.alias.clone())?;
    let vault = session.vault();
    let (record, root) = vault.create(&mut *session.rng(), pin, session.pin_cost)?;
    let guard = vault.seal_guard(&PinGuard::default())?;
    let mut slot = session.slot()?;
    slot.guards()?.commit_guard(place::CREATE_GUARD, GuardRow::PinGuard, &guard)?;
    slot.guards()?.commit_guard(place::CREATE_VAULT, GuardRow::Vault, &record.to_canonical())?;
    slot.unlock(root, hardware, session.now())
}
