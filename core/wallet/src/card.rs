//! The card: this phone's key in the account's record, and whether it may be used.

use crate::custody::listed;
use crate::error::{Incident, WalletError};
use crate::record;
use crate::view::{AccountView, CardView, CustodyView, NamedKey};
use crate::wallet::Wallet;
use citizen_did::jwk;
use citizen_jose::{Jwk, PublicJwk};
use citizen_keys::PublicKey;
use citizen_ledger::{CustodyRecord, state_key};

impl Wallet {
    /// The card: its key, and its standing on the ledger, proved.
    pub async fn card(&self) -> Result<CardView, WalletError> {
        self.session().touch()?;
        let account = self.session().shown_account()?;
        let keys = [state_key::account(&account.id), state_key::custody(&account.id)];
        let snapshot = self.link().await?.read(&keys).await?;
        let record = listed(&snapshot, &account)?;
        let device = self.session().device(account.key)?;
        let is_listed = record.device == device;
        let custody = snapshot.get::<CustodyRecord>(&state_key::custody(&account.id))?;
        let freshness = crate::sync::freshness(&snapshot)?;
        let custody = CustodyView::from_verified(custody, is_listed, freshness);
        let credentials = self.session().with(|open| Ok(record::held_credentials(&*open.store)?))?;
        Ok(CardView::new(&AccountView::of(&account), named(&device.p256())?, is_listed, custody, credentials))
    }
}

fn named(key: &PublicKey) -> Result<NamedKey, WalletError> {
    let unnamed = WalletError::Internal { incident: Incident("card-key") };
    let key = PublicJwk::from_ledger(key).map_err(|_| unnamed.clone())?;
    let did = jwk::did(&key).map_err(|_| unnamed)?.to_string();
    Ok(NamedKey { did, thumbprint: Jwk::new(key).thumbprint().to_string() })
}
