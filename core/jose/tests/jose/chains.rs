//! Certificate chains: what a chain must be to lead to an anchor. The certificates are made by another's program (`rcgen`).

use citizen_jose::{
    Algorithm, Anchor, Certificate, CertificateChain, ChainError, Expected, Header, SoftwareSigner,
    UnverifiedJwt, jwt,
};
use citizen_primitives::UnixTime;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};
use serde_json::json;

/// A certificate with what it can sign further ones with.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

fn now() -> UnixTime {
    // 2026-11-21.
    UnixTime::from_seconds(1_795_219_200)
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    params
}

fn authority_params(name: &str, constraints: BasicConstraints) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn root_of(params: CertificateParams) -> Authority {
    let key = KeyPair::generate().unwrap();
    let certificate = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
    Authority { certificate, issuer: Issuer::new(params, key) }
}

fn root() -> Authority {
    root_of(authority_params("Seoul Root", BasicConstraints::Unconstrained))
}

fn below(issuer: &Authority, params: CertificateParams) -> Authority {
    let key = KeyPair::generate().unwrap();
    let signed = params.signed_by(&key, &issuer.issuer).unwrap();
    let certificate = Certificate::from_der(signed.der()).unwrap();
    Authority { certificate, issuer: Issuer::new(params, key) }
}

fn leaf_params() -> CertificateParams {
    let mut params = params("library.seoul.example");
    params.subject_alt_names = vec![
        SanType::DnsName("library.seoul.example".try_into().unwrap()),
        SanType::URI("https://library.seoul.example/openid4vp".try_into().unwrap()),
    ];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn chain(certificates: &[&Authority]) -> CertificateChain {
    let der: Vec<&[u8]> = certificates.iter().map(|one| one.certificate.der()).collect();
    CertificateChain::from_der(&der).unwrap()
}

fn thumbprint(authority: &Authority) -> Anchor {
    Anchor::Thumbprint(authority.certificate.thumbprint())
}

fn whole(authority: &Authority) -> Anchor {
    Anchor::Certificate(Box::new(authority.certificate.clone()))
}

fn outcome(chain: &CertificateChain, anchor: Anchor) -> Result<(), ChainError> {
    chain.verify(&[anchor], now()).map(drop)
}

#[test]
fn jose_9_a_chain_leads_to_its_anchor_wherever_that_stands() {
    let root = root();
    let middle = below(&root, authority_params("Seoul Issuing", BasicConstraints::Constrained(0)));
    let leaf = below(&middle, leaf_params());
    let full = chain(&[&leaf, &middle, &root]);
    for anchor in [thumbprint(&leaf), thumbprint(&middle), thumbprint(&root), whole(&root)] {
        assert_eq!(outcome(&full, anchor), Ok(()));
    }
    // The anchor itself left out, as OpenID4VC HAIP asks.
    assert_eq!(outcome(&chain(&[&leaf, &middle]), whole(&root)), Ok(()));
    assert_eq!(outcome(&chain(&[&leaf]), whole(&middle)), Ok(()));
    let verified = full.verify(&[whole(&self::root()), thumbprint(&middle)], now()).unwrap();
    assert_eq!(verified.anchor(), middle.certificate.thumbprint());
    assert_eq!(verified.leaf().dns_names(), ["library.seoul.example"]);
    assert_eq!(verified.leaf().uris(), ["https://library.seoul.example/openid4vp"]);
    assert!(verified.leaf().subject().contains("library.seoul.example"));
    // Written as it is read.
    assert_eq!(CertificateChain::from_value(&full.to_value()), Ok(full));
}

#[test]
fn jose_14_a_certificate_names_a_host_by_its_kind() {
    let mut params = params("sandbox");
    params.subject_alt_names = vec![
        SanType::DnsName("Library.Seoul.example".try_into().unwrap()),
        SanType::DnsName("127.0.0.2".try_into().unwrap()),
        SanType::DnsName("*.seoul.example".try_into().unwrap()),
        SanType::IpAddress("127.0.0.1".parse().unwrap()),
        SanType::IpAddress("::1".parse().unwrap()),
    ];
    let certificate = root_of(params).certificate;
    for named in ["library.seoul.example", "LIBRARY.seoul.example", "127.0.0.1", "::1", "[::1]", "[0::1]"] {
        assert!(certificate.names_host(named), "{named}");
    }
    // An address written as a DNS name names no address; a wildcard names nobody; nothing is named by a part.
    for other in
        ["127.0.0.2", "a.seoul.example", "seoul.example", "127.0.0.11", "::2", "", "sandbox", "[127.0.0.3]"]
    {
        assert!(!certificate.names_host(other), "{other}");
    }
    let nameless = root().certificate;
    assert!(!nameless.names_host("localhost") && nameless.ip_addresses().is_empty());
}

#[test]
fn jose_15_the_registry_names_the_leaf_and_nothing_above_it_vouches() {
    let root = root();
    let leaf = below(&root, leaf_params());
    let chain = chain(&[&leaf, &root]);
    let named = |authority: &Authority| authority.certificate.thumbprint();
    assert_eq!(chain.registered_key(&named(&leaf), now()), Ok(leaf.certificate.key().unwrap()));
    assert_eq!(
        chain.registered_key(&named(&root), now()),
        Err(ChainError::Untrusted),
        "it has signed the leaf"
    );
    assert_eq!(chain.registered_key(&named(&leaf), UnixTime::from_seconds(0)), Err(ChainError::Time));
}

#[test]
fn the_key_identifiers_of_a_chain_are_those_of_whoever_signed_as_far_as_somebody_did() {
    let identified = |mut params: CertificateParams| {
        params.use_authority_key_identifier_extension = true;
        params
    };
    let (root, other) = (root(), root());
    let middle =
        below(&root, identified(authority_params("Seoul Issuing", BasicConstraints::Constrained(0))));
    let leaf = below(&middle, identified(leaf_params()));
    let keys = |certificates: &[&Authority]| chain(certificates).authority_keys(now());
    let own = |authority: &Authority| authority.certificate.authority_key().unwrap();
    assert_eq!(keys(&[&leaf, &middle, &root]), [own(&leaf), own(&middle)]);
    assert_eq!(keys(&[&leaf]), [own(&leaf)]);
    let stranger = below(&other, identified(authority_params("Stranger", BasicConstraints::Constrained(0))));
    assert_eq!(keys(&[&leaf, &stranger]), [own(&leaf)], "it did not sign the leaf");
    assert!(keys(&[&below(&middle, leaf_params())]).is_empty());
}

#[test]
fn jose_9_a_chain_to_nobody_known_is_not_trusted() {
    let root = root();
    let leaf = below(&root, leaf_params());
    let stranger = self::root();
    assert_eq!(outcome(&chain(&[&leaf, &root]), thumbprint(&stranger)), Err(ChainError::Untrusted));
    assert_eq!(outcome(&chain(&[&leaf, &root]), whole(&stranger)), Err(ChainError::Untrusted));
    assert_eq!(chain(&[&leaf]).verify(&[], now()).map(drop), Err(ChainError::Untrusted));
    // A thumbprint alone cannot vouch for what it is not.
    assert_eq!(outcome(&chain(&[&leaf]), thumbprint(&root)), Err(ChainError::Untrusted));
    // The stranger has the root's name, and no more.
    assert_eq!(outcome(&chain(&[&leaf, &stranger]), thumbprint(&stranger)), Err(ChainError::Signature));
    // The known certificate is laid on top of a chain that does not lead to it.
    let forged = below(&stranger, leaf_params());
    assert_eq!(outcome(&chain(&[&forged, &root]), thumbprint(&root)), Err(ChainError::Signature));
    let renamed = root_of(authority_params("Another Root", BasicConstraints::Unconstrained));
    assert_eq!(outcome(&chain(&[&leaf, &renamed]), thumbprint(&renamed)), Err(ChainError::Signature));
}

#[test]
fn jose_9_every_certificate_is_valid_now() {
    let root = root();
    let mut old = leaf_params();
    old.not_after = date_time_ymd(2026, 11, 1);
    let mut new = leaf_params();
    new.not_before = date_time_ymd(2026, 12, 1);
    for params in [old, new] {
        let leaf = below(&root, params);
        assert_eq!(outcome(&chain(&[&leaf, &root]), thumbprint(&root)), Err(ChainError::Time));
        assert_eq!(outcome(&chain(&[&leaf]), thumbprint(&leaf)), Err(ChainError::Time));
    }
    let mut expired = authority_params("Old Root", BasicConstraints::Unconstrained);
    expired.not_after = date_time_ymd(2026, 11, 1);
    let expired = root_of(expired);
    let leaf = below(&expired, leaf_params());
    assert_eq!(outcome(&chain(&[&leaf, &expired]), thumbprint(&expired)), Err(ChainError::Time));
    assert_eq!(outcome(&chain(&[&leaf]), whole(&expired)), Err(ChainError::Untrusted));
    // Both ends count.
    let certificate = &below(&root, leaf_params()).certificate;
    assert_eq!(certificate.not_before().to_rfc3339(), "2026-01-01T00:00:00Z");
    assert!(
        certificate.is_valid_at(certificate.not_before()) && certificate.is_valid_at(certificate.not_after())
    );
}

#[test]
fn jose_9_only_an_authority_signs_certificates_and_a_leaf_signs() {
    let root = root();
    // An ordinary certificate signs another: the oldest trick.
    let ordinary = below(&root, leaf_params());
    let leaf = below(&ordinary, leaf_params());
    assert_eq!(outcome(&chain(&[&leaf, &ordinary, &root]), thumbprint(&root)), Err(ChainError::NotForThis));
    // An authority that says so and may not sign certificates.
    let mut params = authority_params("No Signatures", BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::CrlSign];
    let mute = below(&root, params);
    let leaf = below(&mute, leaf_params());
    assert_eq!(outcome(&chain(&[&leaf, &mute, &root]), thumbprint(&root)), Err(ChainError::NotForThis));
    // An authority that may have none below it.
    let last = below(&root, authority_params("Last", BasicConstraints::Constrained(0)));
    let further = below(&last, authority_params("Further", BasicConstraints::Unconstrained));
    let leaf = below(&further, leaf_params());
    assert_eq!(
        outcome(&chain(&[&leaf, &further, &last, &root]), thumbprint(&root)),
        Err(ChainError::NotForThis)
    );
    // A leaf for something else.
    let mut params = leaf_params();
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    let leaf = below(&root, params);
    assert_eq!(outcome(&chain(&[&leaf, &root]), thumbprint(&root)), Err(ChainError::NotForThis));
}

#[test]
fn jose_9_a_critical_extension_that_nobody_here_knows_is_not_passed_over() {
    let root = root();
    for (critical, expected) in [(false, Ok(())), (true, Err(ChainError::NotForThis))] {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 410, 200_000, 1], vec![5, 0]);
        extension.set_criticality(critical);
        let mut params = leaf_params();
        params.custom_extensions = vec![extension];
        let leaf = below(&root, params);
        assert_eq!(outcome(&chain(&[&leaf, &root]), thumbprint(&root)), expected);
    }
}

#[test]
fn an_ed25519_chain_is_read_too_and_other_keys_are_not() {
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let params = authority_params("Ed", BasicConstraints::Unconstrained);
    let certificate = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
    let root = Authority { certificate, issuer: Issuer::new(params, key) };
    let leaf = below(&root, leaf_params());
    assert_eq!(outcome(&chain(&[&leaf, &root]), thumbprint(&root)), Ok(()));
    assert_eq!(root.certificate.key().unwrap().key.algorithm(), Some(Algorithm::EdDsa));
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let certificate = leaf_params().self_signed(&p384).unwrap();
    assert!(CertificateChain::from_der(&[certificate.der()]).is_err());
}

#[test]
fn a_chain_is_short_and_no_bytes_make_its_reader_panic() {
    let leaf = below(&root(), leaf_params());
    let der = leaf.certificate.der();
    assert!(CertificateChain::from_der::<&[u8]>(&[]).is_err());
    assert!(CertificateChain::from_der(&[der; 8]).is_ok());
    assert!(CertificateChain::from_der(&[der; 9]).is_err());
    for text in [json!([]), json!("x"), json!([1]), json!(["%"]), json!(["AAAA"])] {
        assert!(CertificateChain::from_value(&text).is_err(), "{text}");
    }
    for at in 0..der.len() {
        let mut changed = der.to_vec();
        changed[at] ^= 0x41;
        if let Ok(chain) = CertificateChain::from_der(&[&changed]) {
            assert!(chain.verify(&[thumbprint(&leaf)], now()).is_err(), "{at}");
        }
        assert!(CertificateChain::from_der(&[&der[..at]]).is_err(), "{at}");
    }
    assert!(CertificateChain::from_der(&[vec![0x30; 20_000]]).is_err());
}

#[test]
fn jose_7_a_token_is_checked_under_the_leafs_key_of_a_chain_that_was_verified() {
    let root = root();
    let key = KeyPair::generate().unwrap();
    let signed = leaf_params().signed_by(&key, &root.issuer).unwrap();
    let chain = CertificateChain::from_der(&[signed.der(), &root.certificate.der().to_vec().into()]).unwrap();
    let secret = p256::pkcs8::DecodePrivateKey::from_pkcs8_der(key.serialized_der());
    let secret: p256::SecretKey = secret.unwrap();
    let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &secret.to_bytes().into()).unwrap();
    let token = jwt::sign(&Header::new(Algorithm::Es256).with_x5c(chain), &json!({}), &signer).unwrap();
    let token = UnverifiedJwt::parse(&token).unwrap();
    let chain = token.header().x5c.clone().unwrap();
    let verified = chain.verify(&[thumbprint(&root)], now()).unwrap();
    token.verify(&verified.leaf().key().unwrap(), &Expected::any()).unwrap();
}
