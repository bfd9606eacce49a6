//! The citizen and her phone: a wallet in a folder of its own, which goes on from run to run.

use super::amount;
use super::meter::Meter;
use crate::city::City as SandboxCity;
use crate::failure::Failure;
use crate::lying::LyingGateway;
use crate::narrator::{Line, Narrator};
use citizen_client::{Https, Transport};
use citizen_primitives::random;
use citizen_wallet::{
    City, KeystoreFile, SoftwareKeystore, StorePlace, Trust, Wallet, WalletConfig, WalletError,
};
use std::io::Write;
use std::sync::Arc;

/// Her PIN, which she would not write here.
const PIN: &str = "482915";
/// How bank and treasury know her.
const NAME: &str = "김지우";

/// A citizen with an unlocked wallet. Between her phone and the city stands a gateway that may begin to lie.
pub(super) struct Citizen {
    pub(super) wallet: Wallet,
    pub(super) gateway: Arc<LyingGateway>,
    pub(super) meter: Arc<Meter>,
}

impl Citizen {
    /// Makes her wallet, or opens the one of the last run, and tells so.
    pub(super) async fn arrive<W: Write>(
        city: &SandboxCity,
        narrator: &mut Narrator<W>,
    ) -> Result<Self, Failure> {
        let https: Arc<dyn Transport> = Arc::new(Https::new().map_err(|error| Failure(Line::same(error)))?);
        let gateway = Arc::new(LyingGateway::before(https));
        let meter = Arc::new(Meter::before(gateway.clone()));
        let is_new = !city.folder().file("wallet-jiu/wallet.sqlite").exists();
        let wallet = open(city, &meter)?;
        open_account(&wallet).await?;
        wallet.enrol(NAME).await?;
        let balance = wallet.balance().await?;
        let krw = balance.won().as_ref().map_or(0, |won| won.krw().amount());
        let line = Line::of(if is_new { "wallet.new" } else { "wallet.kept" })
            .with("height", balance.points().verified().height())
            .with("points", amount(balance.points().points().amount()))
            .with("won", amount(krw));
        narrator.stands("name.wallet", &line)?;
        Ok(Self { wallet, gateway, meter })
    }
}

fn open(city: &SandboxCity, meter: &Arc<Meter>) -> Result<Wallet, Failure> {
    match Wallet::open(config(city, meter)?) {
        Ok(locked) => Ok(locked.unlock(PIN)?),
        // Nothing there yet, or a start that was cut off before there was a wallet.
        Err(WalletError::Invalid { .. }) => Ok(Wallet::create(config(city, meter)?, PIN)?.0),
        Err(error) => Err(error.into()),
    }
}

fn config(city: &SandboxCity, meter: &Arc<Meter>) -> Result<WalletConfig, Failure> {
    let room = city.folder().room("wallet-jiu")?;
    let backend = Box::new(KeystoreFile::new(room.join("keystore")));
    let keystore = SoftwareKeystore::open(backend, Box::new(random::system()));
    let keystore = Arc::new(keystore.map_err(|error| Failure(Line::same(error)))?);
    let store = StorePlace::File(room.join("wallet.sqlite"));
    let trust = Trust::File(city.trust().clone());
    let at = City { url: city.url().clone(), trust };
    Ok(WalletConfig::new(store, keystore, meter.clone()).with_city(at))
}

/// Opens the account, unless that was done before; an opening that was cut off goes on.
async fn open_account(wallet: &Wallet) -> Result<(), Failure> {
    if wallet.sync().await?.account().is_none() {
        // She writes the code down; the sandbox has no paper.
        let code = wallet.generate_recovery_code()?;
        wallet.open_account(&code).await?;
    }
    Ok(())
}
