//! Keys and certificates of issuer, verifiers and whoever else asks for a card: made once, kept in the folder. In a city an authority signs them; here each signs its own, and
//! what makes it count is the same: that the governors enter it in the registry.

use crate::cards;
use crate::folder::{Folder, FolderError, Secrecy, at};
use crate::genesis::{DataError, REGISTRAR_NAMES, text};
use crate::keys::{Keys, REGISTRARS};
use crate::rules::card_rules;
use citizen_client::authorised::{CITIZEN_CARD, VOTER};
use citizen_jose::{Algorithm, CertificateChain, SoftwareSigner};
use citizen_keys::SigningKey;
use citizen_ledger::{
    CertificateGrant, CertificateRecord, CertificateRole, GrantedClaim, GrantedData, PaymentCardRule,
};
use citizen_openid4vc::http::{Endpoint, Reach};
use citizen_primitives::{Hash, Text, UnixTime};
use city_gateway::routes::issuer;
use city_services::Certified;
use city_services::issuer::CredentialKind;
use city_services::verifier::CardService;
use p256::pkcs8::DecodePrivateKey as _;
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, date_time_ymd};
use serde::{Deserialize, Serialize};
use std::path::Path;
use url::Url;

/// From when certificates of the sandbox count, and until when: 2026 to 2035.
const FROM: UnixTime = UnixTime::from_seconds(1_767_225_600);
const UNTIL: UnixTime = UnixTime::from_seconds(2_082_758_400);
/// The address in whose name the district's office vouches for verifiers. Nothing is served there.
pub(crate) const ATTESTER: &str = "/v1/attesters/mapo-gu";
/// Where a sandbox is.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The sandbox's data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// It could not be made.
    #[error("a certificate could not be made")]
    Making,
}

/// A key and its certificate, as they stand in one file that the owner alone can read.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    key: String,
    certificate: String,
}

/// A P-256 key with its certificate.
pub struct Certificate {
    key: [u8; 32],
    der: Vec<u8>,
}

impl Certificate {
    /// The one in the folder, or a new one.
    pub fn open(folder: &Folder, name: &str) -> Result<Self, CertificateError> {
        folder.room("keys")?;
        let file = format!("keys/{name}.certificate.json");
        if let Some(bytes) = folder.read(&file)? {
            let damaged = || FolderError::Damaged(folder.file(&file));
            let kept = Self::parse(&bytes).ok_or_else(damaged)?;
            // One of a time before certificates named their hosts counts for no wallet: another is made, and entered.
            if HOSTS.iter().all(|host| kept.chain().is_ok_and(|chain| chain.leaf().names_host(host))) {
                return Ok(kept);
            }
        }
        let new = Self::generate(name).ok_or(CertificateError::Making)?;
        let kept = Kept { key: hex::encode(new.key), certificate: hex::encode(&new.der) };
        let bytes = serde_json::to_vec(&kept).map_err(|_| CertificateError::Making)?;
        folder.write(&file, &bytes, Secrecy::OwnerOnly)?;
        Ok(new)
    }

    /// Reads one from a city's folder that another process may have open: the ledger's, which made it and had it entered.
    pub fn read(city: &Path, name: &str) -> Result<Self, CertificateError> {
        let path = city.join("keys").join(format!("{name}.certificate.json"));
        let bytes = std::fs::read(&path).map_err(at(&path))?;
        Ok(Self::parse(&bytes).ok_or(FolderError::Damaged(path))?)
    }

    /// Its party, serving at `base`.
    pub fn certified(&self, base: &str) -> Result<Certified, CertificateError> {
        Certified::new(self.signer()?, self.chain()?, base, Reach::OrLoopback)
            .map_err(|_| CertificateError::Making)
    }

    /// What it signs with.
    pub(crate) fn signer(&self) -> Result<SoftwareSigner, CertificateError> {
        SoftwareSigner::from_bytes(Algorithm::Es256, &self.key).map_err(|_| CertificateError::Making)
    }

    /// The certificate.
    pub(crate) fn chain(&self) -> Result<CertificateChain, CertificateError> {
        CertificateChain::from_der(&[&self.der]).map_err(|_| CertificateError::Making)
    }

    fn thumbprint(&self) -> Result<Hash, CertificateError> {
        Ok(Hash::from_bytes(*self.chain()?.leaf().thumbprint().as_bytes()))
    }

    /// Self-signed, for the names that this machine has for itself: a sandbox has no other. Wallets look for the host that they talk to among them, and
    /// for its digest (`x509_hash`) in the registry.
    pub(crate) fn generate(name: &str) -> Option<Self> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).ok()?;
        let mut parameters = CertificateParams::new(HOSTS.map(str::to_owned)).ok()?;
        parameters.distinguished_name.push(DnType::CommonName, format!("Seoul sandbox {name}"));
        // Verifiers may ask for credentials by it (`aki`, OpenID4VP 1.0, section 6.1.1.1).
        parameters.use_authority_key_identifier_extension = true;
        parameters.not_before = date_time_ymd(2026, 1, 1);
        parameters.not_after = date_time_ymd(2036, 1, 1);
        let certificate = parameters.self_signed(&pair).ok()?;
        let secret = p256::SecretKey::from_pkcs8_der(&pair.serialize_der()).ok()?;
        Some(Self { key: secret.to_bytes().into(), der: certificate.der().to_vec() })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let kept: Kept = serde_json::from_slice(bytes).ok()?;
        let mut key = [0; 32];
        hex::decode_to_slice(&kept.key, &mut key).ok()?;
        let read = Self { key, der: hex::decode(&kept.certificate).ok()? };
        read.certified("https://sandbox.example").is_ok().then_some(read)
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate(…)")
    }
}

/// The certificates of everybody who issues credentials or asks for them.
#[derive(Debug)]
pub struct Certificates {
    /// The issuer's.
    pub issuer: Certificate,
    /// The centre's: it asks for the citizen card above a limit.
    pub centre: Certificate,
    /// The registrars': they ask for the citizen card of whoever registers for a poll.
    pub registrars: Vec<Certificate>,
    /// The district office's: it vouches for a verifier that has no certificate in the registry.
    pub attester: Certificate,
    /// Those of verifiers, each with its service.
    pub verifiers: Vec<(CardService, Certificate)>,
}

impl Certificates {
    /// Those in the folder; what is missing is made.
    pub fn open(folder: &Folder) -> Result<Self, CertificateError> {
        let services = CardService::sandbox().map_err(|_| DataError("services of the card"))?;
        let verifiers = services.into_iter().map(|service| {
            let certificate = Certificate::open(folder, &cards::room(&service))?;
            Ok((service, certificate))
        });
        let verifiers = verifiers.collect::<Result<_, CertificateError>>()?;
        let (issuer, centre) = (Certificate::open(folder, "issuer")?, Certificate::open(folder, "centre")?);
        let registrars =
            (0..REGISTRARS).map(|number| Certificate::open(folder, &format!("registrar-{number}")));
        let registrars = registrars.collect::<Result<_, CertificateError>>()?;
        let attester = Certificate::open(folder, "attester")?;
        Ok(Self { issuer, centre, registrars, attester, verifiers })
    }

    /// What the governors enter in the registry: each certificate for what its party does, and for nothing else. What the issuer describes at its own
    /// address it may issue if that is known.
    pub fn records(
        &self,
        keys: &Keys,
        issuer_at: Option<&Url>,
    ) -> Result<Vec<CertificateRecord>, CertificateError> {
        let mut records = vec![issuer_record(&self.issuer, &Keys::signing(&keys.issuer), issuer_at)?];
        records.push(centre_record(&self.centre)?);
        for (certificate, names) in self.registrars.iter().zip(REGISTRAR_NAMES) {
            records.push(registrar_record(certificate, names)?);
        }
        // Whom somebody vouches for has no entry of its own.
        let (attested, own): (Vec<_>, Vec<_>) =
            self.verifiers.iter().partition(|(service, _)| service.is_attested);
        for (service, certificate) in own {
            records.push(verifier_record(service, certificate)?);
        }
        records.push(attester_record(&self.attester, attested.iter().map(|(service, _)| service))?);
        Ok(records)
    }
}

fn issuer_record(
    certificate: &Certificate,
    anchor: &SigningKey,
    at: Option<&Url>,
) -> Result<CertificateRecord, CertificateError> {
    let base = at.map(|at| Endpoint::parse(&below(at, issuer::PATH), Reach::OrLoopback));
    let base = base.transpose().map_err(|_| CertificateError::Making)?;
    let types = CredentialKind::ALL.into_iter().filter_map(|kind| Some((kind, kind.vct(base.as_ref())?)));
    let grant = |(kind, vct): (CredentialKind, String)| {
        let (ko, en) = kind.titles();
        Ok(CertificateGrant {
            credential: text(&vct)?,
            data: GrantedData::All,
            purpose_ko: text(ko)?,
            purpose_en: text(en)?,
        })
    };
    Ok(CertificateRecord {
        role: CertificateRole::Issuer,
        thumbprint: certificate.thumbprint()?,
        name_ko: text("서울 샌드박스 시민카드 발급처")?,
        name_en: text("Sandbox City Issuer")?,
        grants: types.map(grant).collect::<Result<_, DataError>>()?,
        anchor: Some(anchor.public()),
        from: FROM,
        until: UNTIL,
    })
}

/// The centre may ask for what the rules say of payments, and for nothing else.
fn centre_record(certificate: &Certificate) -> Result<CertificateRecord, CertificateError> {
    let grant = |rule: PaymentCardRule| {
        Ok(CertificateGrant {
            credential: rule.credential,
            data: GrantedData::Claims(rule.claims),
            purpose_ko: text("큰 금액의 결제 승인")?,
            purpose_en: text("Approving a payment of a large sum")?,
        })
    };
    let rules = card_rules()?.payments.into_iter().map(|dated| dated.value);
    Ok(CertificateRecord {
        role: CertificateRole::Verifier,
        thumbprint: certificate.thumbprint()?,
        name_ko: text("서울 샌드박스 제로페이 센터")?,
        name_en: text("Sandbox ZeroPay Centre")?,
        grants: rules.map(grant).collect::<Result<_, DataError>>()?,
        anchor: None,
        from: FROM,
        until: UNTIL,
    })
}

/// A registrar may ask by which number rolls know somebody, and for nothing else; and nobody else may ask for that.
fn registrar_record(
    certificate: &Certificate,
    [ko, en]: [&str; 2],
) -> Result<CertificateRecord, CertificateError> {
    let grant = CertificateGrant {
        credential: text(CITIZEN_CARD)?,
        data: GrantedData::Claims(vec![GrantedClaim(vec![text(VOTER)?])]),
        purpose_ko: text("투표 등록")?,
        purpose_en: text("Registering for a poll")?,
    };
    Ok(CertificateRecord {
        role: CertificateRole::Verifier,
        thumbprint: certificate.thumbprint()?,
        name_ko: text(ko)?,
        name_en: text(en)?,
        grants: vec![grant],
        anchor: None,
        from: FROM,
        until: UNTIL,
    })
}

fn verifier_record(
    service: &CardService,
    certificate: &Certificate,
) -> Result<CertificateRecord, CertificateError> {
    Ok(CertificateRecord {
        role: CertificateRole::Verifier,
        thumbprint: certificate.thumbprint()?,
        name_ko: text(&service.name_ko)?,
        name_en: text(&service.name_en)?,
        grants: grants(service)?,
        anchor: None,
        from: FROM,
        until: UNTIL,
    })
}

/// The district's office may let those ask for which it vouches, for what they need and nothing else.
fn attester_record<'a>(
    certificate: &Certificate,
    services: impl Iterator<Item = &'a CardService>,
) -> Result<CertificateRecord, CertificateError> {
    let grants: Vec<Vec<CertificateGrant>> = services.map(grants).collect::<Result<_, DataError>>()?;
    Ok(CertificateRecord {
        role: CertificateRole::Attester,
        thumbprint: certificate.thumbprint()?,
        name_ko: text("샌드박스 마포구청")?,
        name_en: text("Sandbox Mapo-gu Office")?,
        grants: grants.into_iter().flatten().collect(),
        anchor: None,
        from: FROM,
        until: UNTIL,
    })
}

/// What a service asks for, and what for.
fn grants(service: &CardService) -> Result<Vec<CertificateGrant>, DataError> {
    let grant = |(vct, claims): (String, Vec<Vec<String>>)| {
        let claim = |names: Vec<String>| {
            let names: Result<Vec<Text>, DataError> = names.iter().map(|name| text(name)).collect();
            Ok(GrantedClaim(names?))
        };
        let claims = claims.into_iter().map(claim).collect::<Result<_, DataError>>()?;
        Ok(CertificateGrant {
            credential: text(&vct)?,
            data: GrantedData::Claims(claims),
            purpose_ko: text(&service.purpose_ko)?,
            purpose_en: text(&service.purpose_en)?,
        })
    };
    service.asked().into_iter().map(grant).collect()
}

/// The address of a party under the gateway's.
#[must_use]
pub fn below(gateway: &Url, path: &str) -> String {
    format!("{}{path}", gateway.as_str().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::random::system;

    #[test]
    fn sandbox_11_a_certificate_that_names_no_host_is_made_anew() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        let first = Certificate::open(&folder, "issuer").unwrap();
        assert!(HOSTS.iter().all(|host| first.chain().unwrap().leaf().names_host(host)));
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let nameless = CertificateParams::new(Vec::new()).unwrap().self_signed(&pair).unwrap();
        let secret = p256::SecretKey::from_pkcs8_der(&pair.serialize_der()).unwrap();
        let kept = Kept { key: hex::encode(secret.to_bytes()), certificate: hex::encode(nameless.der()) };
        let bytes = serde_json::to_vec(&kept).unwrap();
        folder.write("keys/issuer.certificate.json", &bytes, Secrecy::OwnerOnly).unwrap();
        let second = Certificate::open(&folder, "issuer").unwrap();
        assert!(second.chain().unwrap().leaf().names_host("127.0.0.1"));
        let again = Certificate::open(&folder, "issuer").unwrap();
        assert_eq!(again.thumbprint().unwrap(), second.thumbprint().unwrap());
    }

    #[test]
    fn sandbox_11_certificates_of_the_card_are_made_once_and_entered_for_what_their_parties_do() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        let keys = Keys::open(&folder, &mut system()).unwrap();
        let records = Certificates::open(&folder).unwrap().records(&keys, None).unwrap();
        assert_eq!(Certificates::open(&folder).unwrap().records(&keys, None).unwrap(), records);
        assert!(records.iter().all(|record| record.check().is_ok()));
        let library =
            records.iter().find(|record| record.name_en.as_str() == "Sandbox Mapo Library").unwrap();
        let card = CITIZEN_CARD;
        assert!(library.covers_claim(card, &["address", "district"]));
        assert!(!library.covers_claim(card, &["address"]) && !library.covers_claim(card, &["family_name"]));
        let asks = |record: &&CertificateRecord| {
            record.role == CertificateRole::Verifier && record.covers_claim(card, &[VOTER])
        };
        let mut registrars = records.iter().filter(asks);
        assert_eq!(registrars.clone().count(), REGISTRARS, "nobody but a registrar asks for it");
        assert!(registrars.all(|record| !record.covers_claim(card, &["family_name"])));
        // SANDBOX-17: one entry lets a verifier ask that has none itself.
        let attesters = records.iter().filter(|record| record.role == CertificateRole::Attester);
        let [office] = attesters.collect::<Vec<_>>()[..] else { panic!("one office vouches") };
        assert!(office.covers_claim(card, &["age_over_14"]) && !office.covers_claim(card, &["age_over_19"]));
        assert!(!records.iter().any(|record| record.name_en.as_str().contains("Mangwon")));
    }
}
