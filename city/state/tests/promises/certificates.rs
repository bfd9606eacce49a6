//! The registry of certificates, and the anchors of status lists.

use crate::support::town::beginning;
use crate::support::{Service, Town};
use citizen_keys::SigningKey;
use citizen_ledger::{
    Action, AnchorStatus, CertificateGrant, CertificateRecord, CertificateRole, Govern, GrantedData,
    Rejection, Role, StatusAnchor, state_key,
};
use citizen_primitives::{Hash, Seconds, Text};

const THUMBPRINT: Hash = Hash::from_bytes([0xce; 32]);
const LIST: Hash = Hash::from_bytes([0x11; 32]);

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

/// The key that the issuer anchors with.
fn issuer() -> Service {
    Service::new(Role::Organisation, 90)
}

fn certificate(role: CertificateRole) -> CertificateRecord {
    CertificateRecord {
        role,
        thumbprint: THUMBPRINT,
        name_ko: text("서울시"),
        name_en: text("City of Seoul"),
        grants: vec![CertificateGrant {
            credential: text("urn:seoul:citizen"),
            data: GrantedData::All,
            purpose_ko: text("시민카드"),
            purpose_en: text("Citizen card"),
        }],
        anchor: (role == CertificateRole::Issuer).then(|| issuer().key.public()),
        from: beginning(),
        until: beginning().plus(Seconds::new(86_400)),
    }
}

fn set(record: CertificateRecord) -> Govern {
    Govern::SetCertificate(Box::new(record))
}

fn find(town: &Town, role: CertificateRole) -> Option<CertificateRecord> {
    town.ledger.record(&state_key::certificate(role, &THUMBPRINT))
}

fn anchor(version: u64, byte: u8) -> AnchorStatus {
    AnchorStatus { certificate: THUMBPRINT, list: LIST, version, token: Hash::from_bytes([byte; 32]) }
}

fn anchored(town: &Town, key: &Service) -> Option<StatusAnchor> {
    town.ledger.record(&state_key::status(&key.id(), &LIST))
}

/// A town whose governors entered an issuer.
fn town() -> Town {
    let mut town = Town::new();
    let decided = town.decided(set(certificate(CertificateRole::Issuer)));
    town.accepts(decided);
    town
}

#[test]
fn state_19_governors_enter_replace_and_remove_certificates_for_each_role_apart() {
    let mut town = town();
    assert_eq!(find(&town, CertificateRole::Issuer), Some(certificate(CertificateRole::Issuer)));
    assert_eq!(find(&town, CertificateRole::Verifier), None, "an issuer is no verifier");
    let verifier = town.decided(set(certificate(CertificateRole::Verifier)));
    town.accepts(verifier);
    let renamed = CertificateRecord { name_en: text("Seoul"), ..certificate(CertificateRole::Verifier) };
    let replaced = town.decided(set(renamed.clone()));
    town.accepts(replaced);
    assert_eq!(find(&town, CertificateRole::Verifier), Some(renamed));
    let remove = |role| Govern::RemoveCertificate { role, thumbprint: THUMBPRINT };
    let removed = town.decided(remove(CertificateRole::Issuer));
    town.accepts(removed);
    assert_eq!(find(&town, CertificateRole::Issuer), None);
    assert!(find(&town, CertificateRole::Verifier).is_some());
    let again = town.decided(remove(CertificateRole::Issuer));
    town.refuses(again, Rejection::NoCertificate);
}

#[test]
fn state_19_fewer_governors_than_must_agree_enter_nobody() {
    let mut town = Town::new();
    let governors: Vec<Service> = (1..=2).map(|seed| Service::new(Role::Governor, seed)).collect();
    let two: Vec<&Service> = governors.iter().collect();
    let entered = town.by_governors(&two, set(certificate(CertificateRole::Verifier)));
    town.refuses(entered, Rejection::NotDecided);
    let entered = town.decided(set(certificate(CertificateRole::Verifier)));
    town.accepts(entered);
    let remove = Govern::RemoveCertificate { role: CertificateRole::Verifier, thumbprint: THUMBPRINT };
    let removed = town.by_governors(&two, remove);
    town.refuses(removed, Rejection::NotDecided);
    let wrong = CertificateRecord { grants: Vec::new(), ..certificate(CertificateRole::Verifier) };
    let entered = town.decided(set(wrong));
    town.refuses(entered, Rejection::Certificate);
}

#[test]
fn state_20_a_registered_issuer_anchors_its_lists_and_versions_only_rise() {
    let mut town = town();
    let key = issuer();
    let first = town.by_party(&key, Action::AnchorStatus(anchor(1, 1)));
    let time = town.time;
    town.accepts(first.clone());
    let token = Hash::from_bytes([1; 32]);
    assert_eq!(
        anchored(&town, &key),
        Some(StatusAnchor { certificate: THUMBPRINT, version: 1, token, time })
    );
    town.refuses(first, Rejection::Replayed);
    let again = town.by_party(&key, Action::AnchorStatus(anchor(1, 1)));
    town.refuses(again, Rejection::StatusVersion);
    let next = town.by_party(&key, Action::AnchorStatus(anchor(7, 2)));
    town.accepts(next);
    for version in [0, 1, 6, 7] {
        let older = town.by_party(&key, Action::AnchorStatus(anchor(version, 3)));
        town.refuses(older, Rejection::StatusVersion);
    }
    assert_eq!(anchored(&town, &key).unwrap().version, 7);
}

#[test]
fn state_20_only_the_issuers_own_key_anchors_and_only_while_its_certificate_counts() {
    let mut town = town();
    let key = issuer();
    let stranger = Service::new(Role::Organisation, 91);
    let forged = town.by_party(&stranger, Action::AnchorStatus(anchor(1, 1)));
    town.refuses(forged, Rejection::NotAllowed);
    let several = town.by_several(&[&key.key], Action::AnchorStatus(anchor(1, 1)), &[]);
    town.refuses(several, Rejection::NotAllowed);
    let elsewhere = AnchorStatus { certificate: Hash::from_bytes([1; 32]), ..anchor(1, 1) };
    let elsewhere = town.by_party(&key, Action::AnchorStatus(elsewhere));
    town.refuses(elsewhere, Rejection::NoCertificate);
    // A second issuer with a key of its own has lists of its own, even under the same address.
    let other = SigningKey::from_seed(&[91; 32]).public();
    let second = Hash::from_bytes([0xcf; 32]);
    let record =
        CertificateRecord { thumbprint: second, anchor: Some(other), ..certificate(CertificateRole::Issuer) };
    let entered = town.decided(set(record));
    town.accepts(entered);
    let own = AnchorStatus { certificate: second, ..anchor(9, 9) };
    let own = town.by_party(&stranger, Action::AnchorStatus(own));
    town.accepts(own);
    assert_eq!(anchored(&town, &key), None);
    // Removed, or past its time, an issuer anchors nothing.
    town.wait(86_400);
    let late = town.by_party(&key, Action::AnchorStatus(anchor(1, 1)));
    town.refuses(late, Rejection::NoCertificate);
    let renewed =
        CertificateRecord { until: town.time.plus(Seconds::new(99)), ..certificate(CertificateRole::Issuer) };
    let entered = town.decided(set(renewed));
    town.accepts(entered);
    let now = town.by_party(&key, Action::AnchorStatus(anchor(1, 1)));
    town.accepts(now);
    let remove = Govern::RemoveCertificate { role: CertificateRole::Issuer, thumbprint: THUMBPRINT };
    let removed = town.decided(remove);
    town.accepts(removed);
    let late = town.by_party(&key, Action::AnchorStatus(anchor(2, 1)));
    town.refuses(late, Rejection::NoCertificate);
}

#[test]
fn state_20_a_verifiers_certificate_anchors_nothing() {
    let mut town = Town::new();
    let entered = town.decided(set(certificate(CertificateRole::Verifier)));
    town.accepts(entered);
    let tried = town.by_party(&issuer(), Action::AnchorStatus(anchor(1, 1)));
    town.refuses(tried, Rejection::NoCertificate);
}
