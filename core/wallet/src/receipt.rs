//! Receipts: made when a payment is captured, verified by anybody who has the trust file, renewed when the checkpoint moves.

use crate::config::{City, Trust};
use crate::error::{Input, WalletError, mapping};
use crate::link::{Link, Reach, Snapshot};
use crate::place;
use crate::record::{self, PaymentRow};
use crate::view::ReceiptView;
use crate::wallet::Wallet;
use citizen_client::{Timer, Transport, TrustFile};
use citizen_ledger::receipt::Renewal;
use citizen_ledger::{LightClient, Receipt, ReceiptError, Role, state_key};
use citizen_payment::PaymentRecord;
use citizen_primitives::{Canonical as _, Clock, PaymentId, Seconds, UnixTime};
use citizen_store::{ChangeSet, Row, Table};
use std::sync::Arc;

/// A receipt whose newest header is older than this gets a newer proof at the next synchronisation: the app's next
/// trust file may begin above it.
const RENEW_AFTER: Seconds = Seconds::new(30 * 24 * 60 * 60);

/// Verifies a receipt's file against a trust file: no wallet, no network. [`WalletError::NeedsRefresh`] if the trust file
/// begins above it; then [`refresh_receipt`] fetches a newer proof.
pub fn verify_receipt(bytes: &[u8], trust: &TrustFile, now: UnixTime) -> Result<ReceiptView, WalletError> {
    verify(bytes, &LightClient::new(trust.anchor().clone()), now)
}

/// What a receipt is refreshed with.
pub struct Refresh {
    /// How the city is reached.
    pub transport: Arc<dyn Transport>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Waiting between two tries.
    pub timer: Arc<dyn Timer>,
}

/// Fetches a newer proof for a receipt from a city, whose ledger the trust file vouches for. Returns the renewed file.
pub async fn refresh_receipt(bytes: &[u8], city: &City, with: Refresh) -> Result<Vec<u8>, WalletError> {
    let Trust::File(trust) = &city.trust else {
        return Err(WalletError::Invalid { input: Input::TrustNeeded });
    };
    let receipt = decode(bytes)?;
    let Refresh { transport, clock, timer } = with;
    let now = clock.now();
    let reach = Reach { transport, timer, jitter: now.seconds() };
    let link = Link::new(reach.exchange(city.url.as_str())?, LightClient::new(trust.anchor().clone()), clock);
    Ok(renewed(&link, receipt, now).await?.to_canonical())
}

impl Wallet {
    /// The receipt of a captured payment, verified, with the file to hand on.
    pub fn receipt(&self, id: &PaymentId) -> Result<(ReceiptView, Vec<u8>), WalletError> {
        self.session().touch()?;
        let row = self.payment_row(id);
        let bytes = self.session().with(|open| Ok(open.store.load(&record::receipt_row(id))?))?;
        let Some(bytes) = bytes else {
            // A restored wallet keeps receipts of payments that another phone has made.
            return Err(row.err().unwrap_or(WalletError::Invalid { input: Input::ReceiptMissing }));
        };
        let light = self.light_client().ok_or(WalletError::Offline { can_queue: false })?;
        let view = verify(&bytes, &light, self.session().now())?;
        Ok((view, bytes.to_vec()))
    }

    /// The payments of which a receipt is kept.
    pub fn receipts(&self) -> Result<Vec<PaymentId>, WalletError> {
        self.session().touch()?;
        let entries = self.session().with(|open| Ok(open.store.list(Table::Receipts)?))?;
        let id = |key: Vec<u8>| <[u8; 32]>::try_from(key).map(PaymentId::from_bytes).ok();
        Ok(entries.into_iter().filter_map(|entry| id(entry.key)).collect())
    }

    /// Gives receipts a newer proof, those that the trust file no longer reaches and those whose proof is old (WALLET-11).
    pub(crate) async fn renew_receipts(&self) -> Result<usize, WalletError> {
        let link = self.link().await?;
        let (light, now) = (link.ledger().light_client(), self.session().now());
        let mut count = 0;
        for entry in self.session().with(|open| Ok(open.store.list(Table::Receipts)?))? {
            let receipt = decode(&entry.value)?;
            if !needs_renewal(&receipt, &light, now) {
                continue;
            }
            // One that cannot be renewed now stays as it is, and stops no other (WALLET-43).
            let renewed = match renewed(link, receipt, now).await {
                Err(error @ (WalletError::Cancelled | WalletError::Locked)) => return Err(error),
                Err(error) => {
                    tracing::debug!(code = error.code(), "a receipt is not renewed now");
                    continue;
                }
                Ok(renewed) => renewed,
            };
            let changes = ChangeSet::new().put(Row::new(Table::Receipts, &entry.key), renewed.to_canonical());
            self.session().commit(place::RECEIPT_RENEWED, changes)?;
            count += 1;
        }
        Ok(count)
    }
}

/// The receipt of a captured payment, as the snapshot proves it.
pub(crate) fn of_payment(row: &PaymentRow, snapshot: &Snapshot) -> Receipt {
    let kept = snapshot.keep();
    Receipt {
        terms: row.terms.clone(),
        light_block: kept.light_block,
        state: kept.state,
        merchant: row.merchant.clone(),
        debit: if row.terms.won.is_zero() { None } else { row.debit.clone() },
        renewal: None,
    }
}

fn decode(bytes: &[u8]) -> Result<Receipt, WalletError> {
    Receipt::decode(bytes).map_err(|error| mapping::of_receipt(&error, 0))
}

fn verify(bytes: &[u8], light: &LightClient, now: UnixTime) -> Result<ReceiptView, WalletError> {
    let receipt = decode(bytes)?;
    let verified =
        receipt.verify(light, now).map_err(|error| mapping::of_receipt(&error, height(&receipt)))?;
    Ok(ReceiptView::from_verified(&verified))
}

fn height(receipt: &Receipt) -> u64 {
    receipt.light_block().map_or(0, |block| block.height().value())
}

fn needs_renewal(receipt: &Receipt, light: &LightClient, now: UnixTime) -> bool {
    match receipt.verify(light, now) {
        Err(error) => error == ReceiptError::NeedsRefresh,
        Ok(_) => newest_time(receipt).is_some_and(|time| now.since(time) > RENEW_AFTER),
    }
}

fn newest_time(receipt: &Receipt) -> Option<UnixTime> {
    match &receipt.renewal {
        Some(renewal) => {
            citizen_ledger::LightBlock::decode(&renewal.light_block).ok().map(|block| block.time())
        }
        None => receipt.light_block().ok().map(|block| block.time()),
    }
}

/// Fetches a newer proof; the whole is verified before it is kept. The history reaches every header that a block with
/// transactions has followed; while none has, the payment's record itself is proved anew, which stays as it ended.
async fn renewed(link: &Link, receipt: Receipt, now: UnixTime) -> Result<Receipt, WalletError> {
    let block = receipt.light_block().map_err(|error| mapping::of_receipt(&error, 0))?;
    let historic = link.ledger().header_proof(place::ASK_HEADER_PROOF, block.height()).await;
    let renewed = match historic.map_err(WalletError::from) {
        Ok(historic) => {
            let renewal = Renewal { light_block: historic.newer.to_bytes(), proof: historic.proof };
            Receipt { renewal: Some(renewal), ..receipt }
        }
        Err(WalletError::Refused { .. }) => proved_anew(link, receipt).await?,
        Err(error) => return Err(error),
    };
    let light = link.ledger().light_client();
    renewed.verify(&light, now).map_err(|error| mapping::of_receipt(&error, block.height().value()))?;
    Ok(renewed)
}

async fn proved_anew(link: &Link, receipt: Receipt) -> Result<Receipt, WalletError> {
    let key = state_key::payment(&receipt.terms.payment);
    let invalid = WalletError::Invalid { input: Input::Receipt };
    // Only a hint of what to ask for: the new receipt is verified as a whole.
    let value =
        receipt.state.find(&key).ok().and_then(|proven| proven.value.clone()).ok_or(invalid.clone())?;
    let record = PaymentRecord::from_canonical(&value).map_err(|_| invalid)?;
    let (centre, bank) =
        (state_key::role(Role::Centre, &record.centre), state_key::role(Role::Bank, &record.bank));
    let kept = link.read(&[key, centre, bank]).await?.keep();
    Ok(Receipt { light_block: kept.light_block, state: kept.state, renewal: None, ..receipt })
}
