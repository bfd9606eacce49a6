//! Asking registrars, and for a reward the treasury, for the keys that they make for one poll.

use super::Office;
use super::compose::{Draft, Drafted};
use crate::error::ServiceError;
use crate::places;
use citizen_client::{BlindKeysOrder, Exchange, Proven, RegistrarClient, TreasuryClient};
use citizen_ledger::{Role, RoleRecord, Verified, state_key};
use citizen_primitives::KeyId;
use citizen_voting::blind::BlindKey;

/// A registrar, and where it is.
#[derive(Debug, Clone)]
pub struct KeyHolder {
    /// Its key.
    pub key: KeyId,
    /// Its address.
    pub exchange: Exchange,
}

impl Office {
    /// Asks registrars for the keys of a draft, all of them at once; nothing until all have made theirs.
    pub async fn ask_keys(
        &self,
        draft: Draft,
        electorates: u8,
        holders: &[KeyHolder],
    ) -> Result<Option<Drafted>, ServiceError> {
        let roles: Vec<_> =
            holders.iter().map(|holder| state_key::role(Role::Registrar, &holder.key)).collect();
        let proven = self.party.ledger().state(places::OFFICE_ASK_STATE, &roles).await?.fresh()?;
        let asked = holders.iter().map(|holder| self.ask_key(draft, electorates, holder, &proven));
        let mut keys = Drafted::new();
        for (holder, answer) in holders.iter().zip(futures_util::future::join_all(asked).await) {
            let Some(made) = answer? else { return Ok(None) };
            keys.insert(holder.key, made);
        }
        Ok(Some(keys))
    }

    /// Asks the treasury of the registry, behind a gateway, for the key of a draft's reward; nothing until it is made.
    pub async fn ask_reward_key(
        &self,
        draft: Draft,
        gateway: &Exchange,
    ) -> Result<Option<Drafted>, ServiceError> {
        let treasuries = self.active(Role::Treasury).await?;
        let to = treasuries.first().map(RoleRecord::id).ok_or(ServiceError::NotFound)?;
        let key = state_key::role(Role::Treasury, &to);
        let proven = self.party.ledger().state(places::OFFICE_ASK_STATE, std::slice::from_ref(&key)).await?;
        let record = proven.fresh()?.get(&key)?.present().ok_or(ServiceError::Unavailable)?;
        let client = TreasuryClient::new(gateway.clone(), record);
        let order = BlindKeysOrder { to, draft: draft.0, count: 1, time: self.party.now() };
        let made = client.reward_key(places::OFFICE_ASK_KEYS, &self.party.sign(&order)).await?;
        Ok(made.map(|made| Drafted::from([(to, made)])))
    }

    async fn ask_key(
        &self,
        draft: Draft,
        count: u8,
        holder: &KeyHolder,
        proven: &Proven,
    ) -> Result<Option<Vec<BlindKey>>, ServiceError> {
        let record: Verified<RoleRecord> = proven
            .get(&state_key::role(Role::Registrar, &holder.key))?
            .present()
            .ok_or(ServiceError::Unavailable)?;
        let order = BlindKeysOrder { to: holder.key, draft: draft.0, count, time: self.party.now() };
        let client = RegistrarClient::new(holder.exchange.clone(), record);
        Ok(client.keys(places::OFFICE_ASK_KEYS, &self.party.sign(&order)).await?)
    }
}
