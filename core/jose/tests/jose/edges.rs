//! The edges of rules: the last that counts beside the first that does not, and what two checks in a row would hide.

use citizen_jose::jwe::{
    AgreementError, ContentEncryption, Curve, JweError, JweHeader, KeyAgreement, SharedSecret,
    SoftwareKeyAgreement, UnverifiedJwe, encrypt,
};
use citizen_jose::{
    Algorithm, Anchor, Certificate, CertificateChain, ChainError, Header, HeaderError, Jwk, JwkError,
    JwsError, KeyUse, PublicJwk, Signer as _, SoftwareSigner, Times, UnverifiedJws, base64url, jws,
};
use citizen_primitives::{UnixTime, random};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use serde_json::{Value, json};

fn receiver() -> SoftwareKeyAgreement {
    SoftwareKeyAgreement::generate(Curve::P256, &mut random::system())
}

fn encrypted(to: &Jwk, plaintext: &[u8]) -> Result<String, String> {
    let header = JweHeader::new(ContentEncryption::A128Gcm);
    encrypt(to, &header, plaintext, &mut random::system()).map_err(|error| format!("{error:?}"))
}

#[test]
fn jose_10_a_type_is_short_where_nothing_but_its_first_word_is_left_out() {
    let is = |typ: &str, wanted: &str| Header::new(Algorithm::Es256).with_typ(typ).is_typ(wanted);
    assert!(is("application/dc+sd-jwt", "dc+sd-jwt") && is("dc+sd-jwt", "Application/DC+SD-JWT"));
    assert!(!is("application/image/png", "image/png") && is("image/png", "image/png"));
}

#[test]
fn a_key_says_what_is_wrong_with_it_and_has_the_name_it_is_given() {
    let read = |value: Value| Jwk::from_value(&value).map(drop);
    for kind in ["EC", "OKP"] {
        assert_eq!(read(json!({ "kty": kind })), Err(JwkError::Malformed));
        assert_eq!(read(json!({ "kty": kind, "crv": 1 })), Err(JwkError::Malformed));
        assert_eq!(read(json!({ "kty": kind, "crv": "Ed448" })), Err(JwkError::Unsupported));
    }
    let key = receiver().jwk().with_kid("enc-7");
    assert_eq!(key.to_value()["kid"], "enc-7");
}

#[test]
fn the_public_part_of_a_private_key_is_its_own() {
    let mix = |own: Value, other: &Value| {
        let mut mixed = other.clone();
        mixed["d"] = own["d"].clone();
        mixed
    };
    let signers = [7, 8].map(|seed| SoftwareSigner::from_bytes(Algorithm::Es256, &[seed; 32]).unwrap());
    let [one, other] = signers.map(|signer| signer.dangerous_private_jwk());
    assert!(SoftwareSigner::from_private_jwk(&one).is_ok());
    assert!(SoftwareSigner::from_private_jwk(&mix(one, &other)).is_err());
    let [one, other] = [receiver(), receiver()].map(|key| key.dangerous_private_jwk());
    assert!(SoftwareKeyAgreement::from_private_jwk(&one).is_ok());
    assert!(SoftwareKeyAgreement::from_private_jwk(&mix(one, &other)).is_err());
}

/// A key whose owner says that it is for signatures.
struct ForSignatures(SoftwareKeyAgreement);

impl KeyAgreement for ForSignatures {
    fn jwk(&self) -> Jwk {
        Jwk { usage: Some(KeyUse::Signature), ..self.0.jwk() }
    }

    fn agree(&self, other: &PublicJwk) -> Result<SharedSecret, AgreementError> {
        self.0.agree(other)
    }
}

#[test]
fn jose_2_a_key_opens_only_what_it_is_for() {
    let own = receiver();
    let text = encrypted(&own.jwk(), b"x").unwrap();
    assert_eq!(UnverifiedJwe::parse(&text).unwrap().decrypt(&own).unwrap().plaintext(), b"x");
    let refused = UnverifiedJwe::parse(&text).unwrap().decrypt(&ForSignatures(own)).map(drop);
    assert_eq!(refused, Err(JweError::Key));
    // A header says nothing of parties that nobody named.
    let header = base64url::decode(text.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!((header.get("apu"), header.get("apv")), (None, None));
}

#[test]
fn tokens_have_4_mebibytes_at_most() {
    let letters = |length: usize| "a".repeat(length);
    let parsed = |text: &str| UnverifiedJws::parse(text).map(drop);
    assert_eq!(parsed(&letters(jws::LARGEST)), Err(JwsError::Malformed));
    assert_eq!(parsed(&letters(jws::LARGEST + 1)), Err(JwsError::TooLarge));
    let as_json = |text: &str| UnverifiedJws::parse_json(text).map(drop);
    assert_eq!(as_json(&letters(jws::LARGEST)), Err(JwsError::Malformed));
    assert_eq!(as_json(&letters(jws::LARGEST + 1)), Err(JwsError::TooLarge));
    let opened = |text: &str| UnverifiedJwe::parse(text).map(drop);
    assert_eq!(opened(&letters(jws::LARGEST)), Err(JweError::Malformed));
    assert_eq!(opened(&letters(jws::LARGEST + 1)), Err(JweError::TooLarge));
    let much = vec![0; jws::LARGEST / 2 + 1];
    assert_eq!(encrypted(&receiver().jwk(), &much), Err("TooLarge".to_owned()));
}

#[test]
fn a_payload_that_is_not_base64url_is_found_before_anybody_looks_at_it() {
    let header = base64url::encode(json!({ "alg": "ES256" }).to_string());
    let signature = base64url::encode([0; 64]);
    for payload in ["+", "e30=", "e3"] {
        let compact = format!("{header}.{payload}.{signature}");
        assert_eq!(UnverifiedJws::parse(&compact).map(drop), Err(JwsError::Malformed), "{payload}");
        let flat = json!({ "protected": header, "payload": payload, "signature": signature }).to_string();
        assert_eq!(UnverifiedJws::parse_json(&flat).map(drop), Err(JwsError::Malformed), "{payload}");
    }
    // Signatures of which none is read here are none.
    let other = base64url::encode(json!({ "alg": "RS256" }).to_string());
    let whole = json!({ "payload": "e30", "signatures": [{ "protected": other, "signature": signature }] });
    let refused = UnverifiedJws::parse_json(&whole.to_string()).map(drop);
    assert_eq!(refused, Err(JwsError::Header(HeaderError::Algorithm)));
}

#[test]
fn a_time_is_one_that_a_double_tells_from_the_next() {
    let read = |text: &str| {
        let claims: Value = serde_json::from_str(&format!(r#"{{"exp":{text}}}"#)).unwrap();
        Times::of(claims.as_object().unwrap()).map(|times| times.expires.unwrap().seconds()).ok()
    };
    assert_eq!((read("1.9"), read("9007199254740991.0")), (Some(1), Some(9_007_199_254_740_991)));
    for text in ["9007199254740992.0", "1e300", "-0.5", "-1"] {
        assert_eq!(read(text), None, "{text}");
    }
}

fn now() -> UnixTime {
    // 2026-11-21.
    UnixTime::from_seconds(1_795_219_200)
}

fn params(name: &str, ca: IsCa) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.is_ca = ca;
    params
}

/// What a leaf is worth under an authority of these parameters, issued under the name of another.
fn outcome(authority: CertificateParams, issued_as: &CertificateParams) -> Result<(), ChainError> {
    let key = KeyPair::generate().unwrap();
    let above = authority.self_signed(&key).unwrap();
    let leaf = params("leaf", IsCa::NoCa);
    let leaf = leaf.signed_by(&KeyPair::generate().unwrap(), &Issuer::new(issued_as.clone(), key)).unwrap();
    let chain = CertificateChain::from_der(&[leaf.der(), above.der()]).unwrap();
    let anchor = Anchor::Thumbprint(Certificate::from_der(above.der()).unwrap().thumbprint());
    chain.verify(&[anchor], now()).map(drop)
}

#[test]
fn jose_9_who_signs_certificates_says_that_it_may_and_is_the_one_they_name() {
    let authority = |name: &str| params(name, IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(outcome(authority("root"), &authority("root")), Ok(()));
    let none = params("root", IsCa::ExplicitNoCa);
    assert_eq!(outcome(none, &authority("root")), Err(ChainError::NotForThis));
    // The same key under another name.
    assert_eq!(outcome(authority("root"), &authority("other")), Err(ChainError::Signature));
}

#[test]
fn a_certificate_is_small_says_once_how_it_is_signed_and_has_a_key_of_ours() {
    let sized = |length: usize| {
        let mut params = params("leaf", IsCa::NoCa);
        let content = vec![5; length];
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 2, 410, 200_000, 1], content)];
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        (der.len(), Certificate::from_der(&der).is_ok())
    };
    let (length, is_read) = sized(15_000);
    assert!(is_read && length < 16 * 1024);
    let (length, is_read) = sized(16_500);
    assert!(!is_read && length > 16 * 1024);

    // ecdsa-with-SHA256 stands in what is signed and behind it; here another hash behind it.
    let key = KeyPair::generate().unwrap();
    let mut der = params("leaf", IsCa::NoCa).self_signed(&key).unwrap().der().to_vec();
    assert!(Certificate::from_der(&der).is_ok());
    let oid = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let last = der.windows(oid.len()).rposition(|window| window == oid).unwrap();
    der[last + oid.len() - 1] = 3;
    assert!(Certificate::from_der(&der).is_err());

    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let other = params("leaf", IsCa::NoCa).self_signed(&p384).unwrap();
    let refused = Certificate::from_der(other.der()).unwrap().key().unwrap_err();
    assert!(format!("{refused:?}").contains("Unsupported"), "{refused:?}");
    let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &[7; 32]).unwrap().with_kid("sign-7");
    assert_eq!(signer.jwk().kid.as_deref(), Some("sign-7"));
}
