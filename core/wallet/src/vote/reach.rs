//! How the parties of a poll are reached: registrars over the wallet's own connection, as somebody, or as nobody where the card says who registers
//! (CARD-15); relays and the treasury's signature for taking part over connections that share nothing with it, as nobody (BALLOT-7).

use crate::error::{Party, Subject, WalletError, mapping};
use crate::link::Link;
use crate::place;
use crate::vote::review::damaged;
use crate::wallet::{Wallet, reach};
use citizen_client::registry::prove_role;
use citizen_client::{Addresses, RegistrarClient, RelayClient, RelayError, TreasuryClient};
use citizen_ledger::{Role, RoleRecord, Verified, state_key};
use citizen_primitives::KeyId;
use citizen_voting::manifest::Poll;

impl Wallet {
    /// A registrar of the manifest, as the registry proves it.
    pub(super) async fn registrar(&self, poll: &Poll, number: usize) -> Result<RegistrarClient, WalletError> {
        let key = poll.registrars().get(number).ok_or(damaged())?.signing.id();
        let party = self.proved(Role::Registrar, &key).await?;
        let addresses = Addresses::ask(self.link().await?.exchange(), place::ASK_ADDRESSES).await;
        let addresses = addresses.map_err(|error| mapping::of_call(error, Party::Registrar))?;
        let url = addresses.of(&key).ok_or(crate::link::unknown(Role::Registrar))?;
        Ok(RegistrarClient::new(reach(self.session()).exchange(url.as_str())?, party))
    }

    /// The same over connections of its own: who registers by her card has no account for whoever is asked (CARD-15, CARD-41).
    #[cfg(feature = "credentials")]
    pub(super) async fn nameless_registrar(
        &self,
        poll: &Poll,
        number: usize,
    ) -> Result<RegistrarClient, WalletError> {
        let key = poll.registrars().get(number).ok_or(damaged())?.signing.id();
        let link = self.registry_link().await?;
        let snapshot = link.fresh(&[state_key::role(Role::Registrar, &key)]).await?;
        let party = prove_role(snapshot.proven(), Role::Registrar, &key)?;
        let addresses = Addresses::ask(link.exchange(), place::ASK_ADDRESSES).await;
        let addresses = addresses.map_err(|error| mapping::of_call(error, Party::Registrar))?;
        let url = addresses.of(&key).ok_or(crate::link::unknown(Role::Registrar))?;
        Ok(RegistrarClient::new(self.exchange_apart(url.as_str())?, party))
    }

    /// A relay of the manifest, over a connection of its own. Where it listens is asked over another: the gateway does not see who is
    /// about to cast.
    pub(super) async fn relay(&self, poll: &Poll, number: u8) -> Result<RelayClient, WalletError> {
        let key = poll.relays().get(usize::from(number)).ok_or(damaged())?.signing.id();
        let gateway = self.trust().url;
        let addresses = Addresses::ask(&self.nameless(&gateway)?, place::ASK_ADDRESSES).await;
        let addresses = addresses.map_err(|error| mapping::of_call(error, Party::Relay))?;
        let url = addresses.of(&key).ok_or(crate::link::unknown(Role::Relay))?;
        Ok(RelayClient::new(self.nameless(url.as_str())?, key))
    }

    /// The treasury, over a connection of its own. Who it is is asked over another: nothing under her name goes with it.
    pub(super) async fn nameless_treasury(&self, link: &Link) -> Result<TreasuryClient, WalletError> {
        let (_, parties) = link.with_parties(&[]).await?;
        Ok(TreasuryClient::new(self.nameless(&self.trust().url)?, parties.treasury))
    }

    /// A party, if its role is proved now.
    async fn proved(&self, role: Role, key: &KeyId) -> Result<Verified<RoleRecord>, WalletError> {
        let snapshot = self.link().await?.fresh(&[state_key::role(role, key)]).await?;
        Ok(prove_role(snapshot.proven(), role, key)?)
    }
}

/// What a relay did not do.
pub(super) fn of_relay(error: RelayError) -> WalletError {
    match error {
        RelayError::Call(error) => mapping::of_call(error, Party::Relay),
        RelayError::Board(error) => error.into(),
        RelayError::Promise(_) => mapping::unverified(Subject::Word, Party::Relay),
        RelayError::Receipt(_) => mapping::unverified(Subject::Receipt, Party::Relay),
        RelayError::NotABallot => damaged(),
    }
}
