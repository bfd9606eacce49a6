//! The card: this phone's key in the account's record, and whether it may be used.

use crate::error::{Incident, Input, WalletError};
use crate::listing::Own;
use crate::record::{self, AccountRow};
use crate::view::{AccountView, CardView, CustodyView, NamedKey};
use crate::wallet::Wallet;
use citizen_did::jwk;
use citizen_jose::{Jwk, PublicJwk};
use citizen_keys::PublicKey;
use citizen_ledger::{CustodyRecord, state_key};

/// The most bytes that Android's Keystore takes as a challenge.
const LONGEST_CHALLENGE: usize = 128;

impl Wallet {
    /// The card: its key, and its standing on the ledger, proved.
    pub async fn card(&self) -> Result<CardView, WalletError> {
        self.session().touch()?;
        let Own { account, snapshot, is_listed } = self.own().await?;
        let device = self.session().device(account.key)?;
        let custody = snapshot.get::<CustodyRecord>(&state_key::custody(&account.id))?;
        let freshness = crate::sync::freshness(&snapshot)?;
        let custody = CustodyView::from_verified(custody, is_listed, freshness);
        let credentials = self.session().with(|open| Ok(record::held_credentials(&*open.store)?))?;
        Ok(CardView::new(&AccountView::of(&account), named(&device.p256())?, is_listed, custody, credentials))
    }

    /// The platform's statement over a challenge that the card's key lives in hardware, if its key store makes one: for whoever has
    /// to know, an app's own server or an issuer. It is asked of nobody and sent to nobody. Android's statement is over the challenge
    /// that the key store was given when the key was made.
    pub async fn attest(&self, challenge: &[u8]) -> Result<Option<Vec<u8>>, WalletError> {
        self.session().touch()?;
        if challenge.is_empty() || challenge.len() > LONGEST_CHALLENGE {
            return Err(WalletError::Invalid { input: Input::Challenge });
        }
        let row = self.session().load::<AccountRow>(&record::account_row())?;
        let key = row.map(|row| row.key).unwrap_or_default();
        // The platform may ask for a finger: nothing is held meanwhile.
        let hardware = self.session().with(|open| Ok(open.hardware(key).clone()))?;
        Ok(hardware.attestation(challenge)?)
    }
}

fn named(key: &PublicKey) -> Result<NamedKey, WalletError> {
    let unnamed = WalletError::Internal { incident: Incident("card-key") };
    let key = PublicJwk::from_ledger(key).map_err(|_| unnamed.clone())?;
    let did = jwk::did(&key).map_err(|_| unnamed)?.to_string();
    Ok(NamedKey { did, thumbprint: Jwk::new(key).thumbprint().to_string() })
}
