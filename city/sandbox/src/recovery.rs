//! The officers of recovery in the city's process, each with a database of her own.

use crate::certificates::CertificateError;
use crate::city::{CityError, database};
use crate::folder::Folder;
use crate::genesis::DataError;
use crate::keys::{Keys, OFFICERS};
use crate::parties::Ground;
use city_gateway::Gateway;
use city_services::issuer::ResidentRegister;
use city_services::{Db, Party, RecoveryOfficer, Steps};
use std::sync::Arc;
use url::Url;

/// Whoever sees who asks for a lost account.
pub struct Recovery {
    /// The officers, in the order of their keys' files.
    pub officers: Vec<Arc<RecoveryOfficer>>,
}

impl Recovery {
    /// Opens them all.
    pub fn open(ground: &Ground, keys: &Keys, folder: &Folder) -> Result<Self, CityError> {
        let mut officers = Vec::with_capacity(OFFICERS);
        for number in 0..OFFICERS {
            let db = database(folder, &format!("recovery-officer-{number}"))?;
            officers.extend(officer(ground, keys, number, db, &ground.ledger)?.map(Arc::new));
        }
        Ok(Self { officers })
    }

    /// Puts them behind a gateway.
    #[must_use]
    pub fn behind(&self, gateway: Gateway) -> Gateway {
        let with = |gateway: Gateway, officer: &Arc<RecoveryOfficer>| {
            gateway.with_recovery_officer(officer.party().id(), officer.clone())
        };
        self.officers.iter().fold(gateway, with)
    }

    /// All of them.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        self.officers.iter().map(|officer| officer.party())
    }

    /// What goes on by itself.
    #[must_use]
    pub fn work(&self) -> Vec<Arc<dyn Steps>> {
        self.officers.iter().cloned().map(|officer| -> Arc<dyn Steps> { officer }).collect()
    }
}

/// An officer, by her number from 0, with the sandbox's residents and the issuer at this address; nothing if there are fewer.
pub fn officer(
    ground: &Ground,
    keys: &Keys,
    number: usize,
    db: Db,
    issuer: &Url,
) -> Result<Option<RecoveryOfficer>, CityError> {
    let register = ResidentRegister::sandbox();
    let register = register.map_err(|_| CertificateError::from(DataError("residents")))?;
    Ok(ground.recovery_officer(keys, number, db, (register, issuer)))
}

impl std::fmt::Debug for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovery").field("officers", &self.officers.len()).finish()
    }
}
