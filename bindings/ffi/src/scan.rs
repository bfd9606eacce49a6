//! Codes in pictures, where the app does not scan with its camera.

use crate::cancel::CancelToken;
use crate::code::{CodeReading, ScannedCode};
use crate::error::WalletError;
use crate::wallet::Wallet;
use crate::work::{Obeyed, run};
use citizen_wallet::Leniency;
use std::sync::Arc;

/// Reads the payment codes in a PNG or JPEG picture, without asking anybody and without a wallet. Those that can be paid come first.
#[uniffi::export(default(lenient = false, cancel = None))]
pub async fn read_image(
    bytes: Vec<u8>,
    lenient: bool,
    cancel: Option<Arc<CancelToken>>,
) -> Result<Vec<CodeReading>, WalletError> {
    let leniency = if lenient { Leniency::Lenient } else { Leniency::Strict };
    let readings = run(Obeyed::token(cancel), async move || {
        Ok(citizen_wallet::read_image(&bytes, leniency)?.iter().map(CodeReading::of).collect())
    });
    readings.await
}

#[uniffi::export]
impl Wallet {
    /// Reads a picture and asks the centre who it is.
    #[uniffi::method(default(cancel = None))]
    pub async fn scan_image(
        &self,
        bytes: Vec<u8>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<ScannedCode>, WalletError> {
        self.call(cancel, async move |wallet| Ok(ScannedCode::of(wallet.scan_image(&bytes).await?))).await
    }
}
