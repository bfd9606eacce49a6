//! The parties of the citizen card in the city's process: the issuer, and a verifier for each service.

use crate::certificates::{CertificateError, Certificates, below};
use crate::city::{CityError, database};
use crate::folder::Folder;
use crate::genesis::DataError;
use crate::keys::{Keys, VERIFIERS};
use crate::parties::Ground;
use citizen_keys::Secret32;
use city_gateway::Gateway;
use city_gateway::routes::{issuer, verifier};
use city_services::issuer::{EligibilityRules, ResidentRegister};
use city_services::{Issuer, Party, Steps, Verifier};
use std::sync::Arc;
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
        certificates: Certificates,
    ) -> Result<Self, CityError> {
        let register = ResidentRegister::sandbox().map_err(|_| DataError("residents"));
        let rules = EligibilityRules::sandbox().map_err(|_| DataError("eligibility"));
        let (register, rules) = (register.map_err(data)?, rules.map_err(data)?);
        let party = ground.party(&keys.issuer, database(folder, "issuer")?);
        let certified = certificates.issuer.certified(&below(&ground.ledger, issuer::PATH))?;
        let secret = Secret32::take(Zeroizing::new(keys.issuer_secret));
        let card = Issuer::new(party, certified, secret, register, rules).with_voters(Ground::voters(keys));
        let mut verifiers = Vec::with_capacity(VERIFIERS);
        let seeds = keys.verifiers.iter().zip(&keys.verifier_secrets);
        for ((service, certificate), (seed, secret)) in certificates.verifiers.into_iter().zip(seeds) {
            let party = ground.party(seed, database(folder, &format!("verifier-{}", service.name))?);
            let path = format!("{}/{}", verifier::PATH, service.name);
            let certified = certificate.certified(&below(&ground.ledger, &path))?;
            let secret = Secret32::take(Zeroizing::new(*secret));
            let transport = Arc::clone(&ground.transport);
            verifiers.push(Arc::new(Verifier::new(party, certified, service, secret, transport)));
        }
        Ok(Self { issuer: Arc::new(card), verifiers })
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

fn data(error: DataError) -> CertificateError {
    error.into()
}
