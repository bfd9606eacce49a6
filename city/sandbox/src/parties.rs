//! Bank, centre, treasury and the parties of polls: each from its own key and its own database, with the others' addresses.

use crate::keys::Keys;
use citizen_client::api::{PartiesAnswer, PartyAddress};
use citizen_client::{Exchange, LedgerClient, Timer, Transport};
use citizen_keys::Secret32;
use citizen_ledger::{LightClient, TrustAnchor};
use citizen_primitives::random::CryptoRng;
use citizen_primitives::{AmountError, Clock, Won};
use city_services::centre::{BankAddress, default_merchants};
use city_services::issuer::ResidentRegister;
use city_services::treasury::{Register, default_programmes};
use city_services::{
    Bank, Centre, Db, Office, Party, RecoveryOfficer, Registrar, Relay, ServiceError, Treasury, Trustee,
    Voters,
};
use std::sync::Arc;
use url::Url;
use zeroize::Zeroizing;

/// What a won account is opened with in the sandbox, since 2026-11-01.
const OPENING_WON: u64 = 100_000;

/// What every party stands on: how it reaches others, from what it trusts the ledger, its clock and randomness.
#[derive(Clone)]
pub struct Ground {
    /// How it reaches others.
    pub transport: Arc<dyn Transport>,
    /// Where the ledger is.
    pub ledger: Url,
    /// From what it trusts the ledger.
    pub anchor: TrustAnchor,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Waiting.
    pub timer: Arc<dyn Timer>,
    /// Makes a generator of random bytes.
    pub randomness: Arc<dyn Fn() -> Box<dyn CryptoRng + Send> + Send + Sync>,
}

impl Ground {
    /// A party with this key and this database.
    #[must_use]
    pub fn party(&self, seed: &[u8; 32], db: Db) -> Party {
        let exchange = Exchange::new(Arc::clone(&self.transport), &self.ledger);
        let ledger =
            LedgerClient::new(exchange, LightClient::new(self.anchor.clone()), Arc::clone(&self.clock));
        Party::new(Keys::signing(seed), db, ledger, Arc::clone(&self.clock), (self.randomness)())
    }

    /// The bank.
    pub fn bank(&self, keys: &Keys, db: Db) -> Result<Bank, AmountError> {
        Ok(Bank::new(self.party(&keys.bank, db), Won::new(OPENING_WON)?, Arc::clone(&self.timer)))
    }

    /// The centre, with the sandbox's merchants, working with the bank at this address. It takes no order yet that needs the citizen card.
    pub fn centre(&self, keys: &Keys, db: Db, bank: &Url) -> Result<Centre, ServiceError> {
        let sealing = Keys::sealing(&keys.centre_sealing);
        let exchange = Exchange::new(Arc::clone(&self.transport), bank);
        let bank = BankAddress { key: Keys::signing(&keys.bank).id(), exchange };
        let centre = Centre::new(self.party(&keys.centre, db), sealing, bank);
        let merchants = default_merchants().map_err(|_| ServiceError::Malformed)?;
        centre.register(&merchants)?;
        for record in &merchants {
            centre.printed_code(&record.merchant.id)?;
        }
        Ok(centre)
    }

    /// The treasury, with the sandbox's register of what citizens have done.
    pub fn treasury(&self, keys: &Keys, db: Db) -> Result<Treasury, ServiceError> {
        let secret = Secret32::take(Zeroizing::new(keys.treasury_secret));
        let programmes = default_programmes().map_err(|_| ServiceError::Malformed)?;
        let register = Register::sandbox().map_err(|_| ServiceError::Malformed)?;
        Ok(Treasury::new(self.party(&keys.treasury, db), secret, programmes, register))
    }

    /// A registrar, by its number from 0; nothing if there are fewer.
    #[must_use]
    pub fn registrar(&self, keys: &Keys, number: usize, db: Db) -> Option<Registrar> {
        let (signing, sealing) = (keys.registrars.get(number)?, keys.registrars_sealing.get(number)?);
        Some(Registrar::new(self.party(signing, db), Keys::sealing(sealing)))
    }

    /// A relay, by its number from 0; nothing if there are fewer.
    #[must_use]
    pub fn relay(&self, keys: &Keys, number: usize, db: Db) -> Option<Relay> {
        Some(Relay::new(self.party(keys.relays.get(number)?, db)))
    }

    /// The election office.
    #[must_use]
    pub fn office(&self, keys: &Keys, db: Db) -> Office {
        let secret = Secret32::take(Zeroizing::new(keys.office_secret));
        Office::new(self.party(&keys.office, db), secret)
    }

    /// The numbers by which rolls know residents: the office makes them, and the issuer writes them into cards.
    #[must_use]
    pub fn voters(keys: &Keys) -> Voters {
        Voters::new(&Secret32::take(Zeroizing::new(keys.office_secret)))
    }

    /// A trustee, by her number from 0; nothing if there are fewer.
    #[must_use]
    pub fn trustee(&self, keys: &Keys, number: usize, db: Db) -> Option<Trustee> {
        let (signing, sealing) = (keys.trustees.get(number)?, keys.trustees_sealing.get(number)?);
        Some(Trustee::new(self.party(signing, db), Keys::sealing(sealing)))
    }

    /// A recovery officer, by her number from 0, with a register of residents; nothing if there are fewer. She tells the issuer at this
    /// address of a loss.
    #[must_use]
    pub fn recovery_officer(
        &self,
        keys: &Keys,
        number: usize,
        db: Db,
        (register, issuer): (ResidentRegister, &Url),
    ) -> Option<RecoveryOfficer> {
        let issuer = Exchange::new(Arc::clone(&self.transport), issuer);
        let (signing, sealing) = (keys.officers.get(number)?, keys.officers_sealing.get(number)?);
        let party = self.party(signing, db);
        Some(RecoveryOfficer::new(party, Keys::sealing(sealing), register, Some(issuer)))
    }
}

/// Who the parties are, as `/v1/parties` tells it.
#[must_use]
pub fn hints(keys: &Keys) -> PartiesAnswer {
    let name = |seed| Keys::signing(seed).id().to_hex();
    // All are behind the gateway that says so.
    let behind = |seed| PartyAddress { key: name(seed), base: None };
    PartiesAnswer {
        centre: name(&keys.centre),
        bank: name(&keys.bank),
        treasury: name(&keys.treasury),
        registrars: keys.registrars.iter().map(behind).collect(),
        relays: keys.relays.iter().map(behind).collect(),
        recovery_officers: keys.officers.iter().map(behind).collect(),
    }
}
