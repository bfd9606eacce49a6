//! The wallet's folder: the store, the software key store that a phone would have in hardware, and the receipts.

use crate::answer::Failure;
use crate::arguments::{Arguments, CityArguments};
use crate::secret;
use citizen_wallet::error::Input;
use citizen_wallet::{
    City, Https, KeystoreFile, PaymentId, Randomness as _, ReturnAddress, SoftwareKeystore, StorePlace,
    SystemRandomness, Transport, Trust, TrustFile, UnknownVerifiers, Wallet, WalletConfig, WalletError,
};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const STORE: &str = "wallet.sqlite";
const KEYS: &str = "keys";
const RECEIPTS: &str = "receipts";
/// Where an issuer's page sends the browser back to, as the sandbox's issuer has it: nothing on a desktop answers there.
const RETURN_ADDRESS: &str = "https://wallet.seoul.example/back";

/// The folder that was named.
pub(crate) fn home(arguments: &Arguments) -> Result<&Path, Failure> {
    arguments.home.as_deref().ok_or(Failure::Usage {
        ko: "폴더가 없습니다. --home DIR 이나 WALLET_HOME 으로 알려 주세요.",
        en: "no folder: give --home DIR or the variable WALLET_HOME",
    })
}

/// Whether there is a wallet in the folder.
pub(crate) fn has_wallet(arguments: &Arguments) -> Result<bool, Failure> {
    Ok(home(arguments)?.join(STORE).is_file())
}

/// Opens the wallet in the folder. A folder without one is left as it is.
pub(crate) fn open(arguments: &Arguments) -> Result<Wallet, Failure> {
    open_with(arguments, UnknownVerifiers::Refuse)
}

/// The same with a policy for verifiers that the registry does not prove.
pub(crate) fn open_with(arguments: &Arguments, unknown: UnknownVerifiers) -> Result<Wallet, Failure> {
    if !has_wallet(arguments)? {
        return Err(WalletError::Invalid { input: Input::WalletMissing }.into());
    }
    let mut config = config(home(arguments)?)?;
    config.unknown_verifiers = unknown;
    config.return_address = Some(ReturnAddress::new(RETURN_ADDRESS)?);
    let locked = Wallet::open(config)?;
    Ok(locked.unlock(&secret::pin(arguments)?)?)
}

/// The configuration for a new wallet in the folder, which is made.
pub(crate) fn new_config(arguments: &Arguments) -> Result<WalletConfig, Failure> {
    let home = home(arguments)?;
    fs::create_dir_all(home).map_err(|error| Failure::of_writing(&error))?;
    config(home)
}

/// The city of the arguments: an address and a trust file, or trust on first use, asked for by name.
pub(crate) fn city(arguments: &CityArguments) -> Result<Option<City>, Failure> {
    let Some(url) = &arguments.city else { return Ok(None) };
    let url = url.parse().map_err(|_| invalid(Input::Url))?;
    let trust = match (&arguments.trust, arguments.trust_first_use) {
        (Some(file), _) => Trust::File(trust_file(file)?),
        (None, true) => Trust::FirstUse,
        (None, false) => return Err(invalid(Input::TrustNeeded)),
    };
    Ok(Some(City { url, trust }))
}

/// A trust file.
pub(crate) fn trust_file(path: &Path) -> Result<TrustFile, Failure> {
    let text = fs::read_to_string(path).map_err(|_| Failure::of_file())?;
    Ok(TrustFile::parse(&text).map_err(WalletError::from)?)
}

/// The way to any city.
pub(crate) fn transport() -> Result<Arc<dyn Transport>, Failure> {
    Ok(Arc::new(Https::new().map_err(|_| WalletError::Cancelled)?))
}

/// Writes the file of a receipt; its name is the payment's.
pub(crate) fn write_receipt(arguments: &Arguments, id: &PaymentId, bytes: &[u8]) -> Result<PathBuf, Failure> {
    let folder = home(arguments)?.join(RECEIPTS);
    fs::create_dir_all(&folder).map_err(|error| Failure::of_writing(&error))?;
    let path = folder.join(format!("{id}.receipt"));
    write_file(&path, bytes)?;
    Ok(path)
}

/// Writes a file whole or not at all.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        let beside = path.with_extension("new");
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error: std::io::Error| Failure::of_writing(&error))
}

fn config(home: &Path) -> Result<WalletConfig, Failure> {
    let backend = Box::new(KeystoreFile::new(home.join(KEYS)));
    let keystore =
        SoftwareKeystore::open(backend, SystemRandomness.generator()).map_err(WalletError::from)?;
    Ok(WalletConfig::new(StorePlace::File(home.join(STORE)), Arc::new(keystore), transport()?))
}

const fn invalid(input: Input) -> Failure {
    Failure::Wallet(WalletError::Invalid { input })
}
