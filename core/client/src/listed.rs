//! Which account a recovery code is of, as a gateway says it: a hint, for who has the code and not the phone (core ADR 0024).

use crate::api::ListedAccountsAnswer;
use crate::ledger::{LedgerClient, LedgerError, Unproved, unverified};
use citizen_primitives::{AccountId, KeyId, Place};

/// The most accounts of one recovery key that are looked at.
const MOST_LISTED: usize = 8;

impl LedgerClient {
    /// The accounts that the gateway says list a recovery key, at most 8: a hint. One counts once its record is proved and lists the key.
    pub async fn accounts_of(&self, place: Place, recovery: &KeyId) -> Result<Vec<AccountId>, LedgerError> {
        let path = format!("v1/ledger/recovery-keys/{recovery}");
        let answer: ListedAccountsAnswer = self.exchange().get(place, &path).await?;
        let accounts = answer.accounts.iter().take(MOST_LISTED);
        accounts.map(|id| AccountId::from_hex(id).map_err(|_| unverified(Unproved::Malformed))).collect()
    }
}
