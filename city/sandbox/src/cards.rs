//! The parties of the citizen card: the issuer, and a verifier for each service. In the city's process all of them.

use crate::certificates::{Certificate, CertificateError, Certificates, below};
use crate::city::{CityError, database};
use crate::folder::Folder;
use crate::genesis::DataError;
use crate::keys::{Keys, VERIFIERS};
use crate::parties::Ground;
use citizen_keys::Secret32;
use city_gateway::Gateway;
use city_gateway::routes::{issuer, verifier};
use city_services::issuer::{EligibilityRules, ResidentRegister};
use city_services::verifier::CardService;
use city_services::{Db, Issuer, Party, Steps, Verifier};
use std::sync::Arc;
use url::Url;
use zeroize::Zeroizing;

/// Whoever issues credentials, and whoever asks for them.
pub struct Cards {
    /// The issuer.
    pub issuer: Arc<Issuer>,
    /// A verifier for each service.
    pub verifiers: Vec<Arc<Verifier>>,
}

impl Cards {
    /// Opens them all.
    pub fn open(
        ground: &Ground,
        keys: &Keys,
        folder: &Folder,
        certificates: &Certificates,
    ) -> Result<Self, CityError> {
        let at = &ground.ledger;
        let issuer = open_issuer(ground, keys, database(folder, "issuer")?, (&certificates.issuer, at))?;
        let mut verifiers = Vec::with_capacity(VERIFIERS);
        for (number, (service, certificate)) in certificates.verifiers.iter().enumerate() {
            let db = database(folder, &room(service))?;
            let verifier = open_verifier(ground, keys, (number, service.clone()), db, (certificate, at))?;
            verifiers.extend(verifier.map(Arc::new));
        }
        Ok(Self { issuer: Arc::new(issuer), verifiers })
    }

    /// Puts them behind a gateway.
    #[must_use]
    pub fn behind(&self, gateway: Gateway) -> Gateway {
        let with = |gateway: Gateway, verifier: &Arc<Verifier>| gateway.with_verifier(verifier.clone());
        self.verifiers.iter().fold(gateway.with_issuer(self.issuer.clone()), with)
    }

    /// All of them.
    pub fn parties(&self) -> impl Iterator<Item = &Party> {
        let verifiers = self.verifiers.iter().map(|verifier| verifier.party());
        [self.issuer.party()].into_iter().chain(verifiers)
    }

    /// What goes on by itself.
    #[must_use]
    pub fn work(&self) -> Vec<Arc<dyn Steps>> {
        vec![self.issuer.clone()]
    }
}

impl std::fmt::Debug for Cards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cards").field("verifiers", &self.verifiers.len()).finish_non_exhaustive()
    }
}

/// The issuer, with the sandbox's residents and rules, by its certificate and at this address.
pub fn open_issuer(
    ground: &Ground,
    keys: &Keys,
    db: Db,
    (certificate, at): (&Certificate, &Url),
) -> Result<Issuer, CertificateError> {
    let register = ResidentRegister::sandbox().map_err(|_| DataError("residents"))?;
    let rules = EligibilityRules::sandbox().map_err(|_| DataError("eligibility"))?;
    let certified = certificate.certified(&below(at, issuer::PATH))?;
    let secret = Secret32::take(Zeroizing::new(keys.issuer_secret));
    let issuer = Issuer::new(ground.party(&keys.issuer, db), certified, secret, register, rules);
    Ok(issuer.with_voters(Ground::voters(keys)))
}

/// A service's verifier, by the service's number from 0, by its certificate and at this address; nothing if there are fewer keys.
pub fn open_verifier(
    ground: &Ground,
    keys: &Keys,
    (number, service): (usize, CardService),
    db: Db,
    (certificate, at): (&Certificate, &Url),
) -> Result<Option<Verifier>, CertificateError> {
    let seeds = keys.verifiers.get(number).zip(keys.verifier_secrets.get(number));
    let Some((seed, secret)) = seeds else { return Ok(None) };
    let certified = certificate.certified(&below(at, &format!("{}/{}", verifier::PATH, service.name)))?;
    let secret = Secret32::take(Zeroizing::new(*secret));
    let transport = Arc::clone(&ground.transport);
    Ok(Some(Verifier::new(ground.party(seed, db), certified, service, secret, transport)))
}

/// The name of a service's verifier among rooms and certificates.
#[must_use]
pub fn room(service: &CardService) -> String {
    format!("verifier-{}", service.name)
}
