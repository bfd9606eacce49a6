//! The parties of the citizen card: the issuer, and a verifier for each service. In the city's process all of them.

use crate::certificates::{ATTESTER, Certificate, CertificateError, Certificates, below};
use crate::city::{CityError, database};
use crate::folder::Folder;
use crate::genesis::DataError;
use crate::keys::{Keys, VERIFIERS};
use crate::parties::Ground;
use citizen_jose::Signer as _;
use citizen_keys::Secret32;
use citizen_openid4vc::http::Reach;
use citizen_primitives::Seconds;
use city_gateway::Gateway;
use city_gateway::routes::{issuer, verifier};
use city_services::issuer::{EligibilityRules, ResidentRegister};
use city_services::verifier::{CardService, Identity};
use city_services::{Attested, Attestee, Db, Issuer, Party, Steps, Verifier, attest};
use std::sync::Arc;
use url::Url;
use zeroize::Zeroizing;

/// How long the district's office vouches for a verifier: a city that starts again has a new attestation.
const VOUCHED_FOR: Seconds = Seconds::new(90 * 86_400);

/// By what a service asks, and where it is.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Its key, with a certificate that counts where nobody vouches for it.
    pub certificate: &'a Certificate,
    /// Whoever vouches for those that have none in the registry.
    pub attester: &'a Certificate,
    /// The address under which it is.
    pub at: &'a Url,
}

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
            let asking = Asking { certificate, attester: &certificates.attester, at };
            let verifier = open_verifier(ground, keys, (number, service.clone()), db, asking)?;
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

/// A service's verifier, by the service's number from 0; nothing if there are fewer keys.
pub fn open_verifier(
    ground: &Ground,
    keys: &Keys,
    (number, service): (usize, CardService),
    db: Db,
    asking: Asking<'_>,
) -> Result<Option<Verifier>, CertificateError> {
    let seeds = keys.verifiers.get(number).zip(keys.verifier_secrets.get(number));
    let Some((seed, secret)) = seeds else { return Ok(None) };
    let identity = identity(ground, &service, asking)?;
    let secret = Secret32::take(Zeroizing::new(*secret));
    let transport = Arc::clone(&ground.transport);
    Ok(Some(Verifier::new(ground.party(seed, db), identity, service, secret, transport)))
}

/// By its certificate, or by what the district's office says of its key. In a city the office would have been asked, and would have handed the attestation
/// over; here its key lies in the same folder.
fn identity(
    ground: &Ground,
    service: &CardService,
    Asking { certificate, attester, at }: Asking<'_>,
) -> Result<Identity, CertificateError> {
    let base = below(at, &format!("{}/{}", verifier::PATH, service.name));
    if !service.is_attested {
        return Ok(certificate.certified(&base)?.into());
    }
    let office = attester.certified(&below(at, ATTESTER))?;
    let signer = certificate.signer()?;
    let attestee = Attestee { subject: &service.name_ko, key: &signer.jwk(), base: &base };
    let from = ground.clock.now();
    let said = attest(&office, attestee, (from, from.plus(VOUCHED_FOR)));
    let said = said.map_err(|_| CertificateError::Making)?;
    let attested = Attested::new(signer, &said, &base, Reach::OrLoopback);
    Ok(attested.map_err(|_| CertificateError::Making)?.into())
}

/// The name of a service's verifier among rooms and certificates.
#[must_use]
pub fn room(service: &CardService) -> String {
    format!("verifier-{}", service.name)
}
