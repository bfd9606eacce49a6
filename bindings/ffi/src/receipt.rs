//! Receipts: kept by the wallet, verified by anybody.

use crate::cancel::CancelToken;
use crate::error::WalletError;
use crate::paying::payment_id;
use crate::platform::{CityAddress, Platform};
use crate::wallet::Wallet;
use crate::work::{Obeyed, run};
use citizen_wallet::view::ReceiptView;
use citizen_wallet::{Refresh, SystemTimer, TrustFile};
use std::sync::Arc;

/// A receipt: what to show, and the file that convinces anybody who has the trust file.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptFile {
    /// What to show.
    pub view: ReceiptView,
    /// The file to hand on.
    pub file: Vec<u8>,
}

#[uniffi::export]
impl Wallet {
    /// The receipt of a captured payment, verified.
    #[uniffi::method(default(cancel = None))]
    pub async fn receipt(
        &self,
        payment: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ReceiptFile, WalletError> {
        self.call(cancel, async move |wallet| {
            let (view, file) = wallet.receipt(&payment_id(&payment)?)?;
            Ok(ReceiptFile { view, file })
        })
        .await
    }

    /// The payments of which a receipt is kept.
    #[uniffi::method(default(cancel = None))]
    pub async fn receipts(&self, cancel: Option<Arc<CancelToken>>) -> Result<Vec<String>, WalletError> {
        self.call(cancel, async |wallet| Ok(wallet.receipts()?.iter().map(|id| id.to_hex()).collect())).await
    }
}

/// Verifies a receipt's file against a trust file's text: no wallet, no network. `NeedsRefresh` if the trust file begins above it.
#[uniffi::export(default(cancel = None))]
pub async fn verify_receipt(
    file: Vec<u8>,
    trust: String,
    platform: Arc<Platform>,
    cancel: Option<Arc<CancelToken>>,
) -> Result<ReceiptView, WalletError> {
    let verified = run(Obeyed::token(cancel), async move || {
        citizen_wallet::verify_receipt(&file, &TrustFile::parse(&trust)?, platform.clock().now())
    });
    verified.await
}

/// Fetches a newer proof for a receipt from a city. Answers the renewed file.
#[uniffi::export(default(cancel = None))]
pub async fn refresh_receipt(
    file: Vec<u8>,
    city: CityAddress,
    platform: Arc<Platform>,
    cancel: Option<Arc<CancelToken>>,
) -> Result<Vec<u8>, WalletError> {
    let renewed = run(Obeyed::token(cancel), async move || {
        let with = Refresh {
            transport: platform.transport()?,
            clock: platform.clock(),
            timer: Arc::new(SystemTimer),
        };
        citizen_wallet::refresh_receipt(&file, &city.read()?, with).await
    });
    renewed.await
}
