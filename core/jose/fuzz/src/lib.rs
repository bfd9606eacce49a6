//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions. Each returns whether
//! the bytes were read, and fails if what was read has not one form.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target fails by panicking")]

use citizen_jose::{
    Certificate, CertificateChain, Expected, Header, Jwk, UnverifiedJwe, UnverifiedJws, UnverifiedJwt, json,
};

/// A token in compact form, or a JWS in JSON.
pub fn token(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Ok(jws) = UnverifiedJws::parse_json(text) {
        for signature in jws.signatures() {
            assert_eq!(
                Header::from_object(members(&signature.header().to_value())).as_ref(),
                Ok(signature.header())
            );
        }
        return true;
    }
    let Ok(jws) = UnverifiedJws::parse(text) else { return false };
    let header = jws.header_unverified().unwrap();
    assert_eq!(Header::from_object(members(&header.to_value())).as_ref(), Ok(header));
    // The key in the header is as good as any: nothing but a signature may decide.
    if let (Some(key), Ok(jwt)) = (header.jwk.clone(), UnverifiedJwt::parse(text)) {
        let _ = jwt.verify(&key, &Expected::any());
    }
    true
}

/// An encrypted text.
pub fn encrypted(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| UnverifiedJwe::parse(text).is_ok())
}

/// A public key.
pub fn key(bytes: &[u8]) -> bool {
    let Ok(value) = json::parse(bytes) else { return false };
    let Ok(key) = Jwk::from_value(&value) else { return false };
    assert_eq!(Jwk::from_value(&key.to_value()).as_ref(), Ok(&key));
    true
}

/// A certificate.
pub fn chain(bytes: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(bytes) else { return false };
    let _ = (certificate.dns_names(), certificate.uris(), certificate.subject(), certificate.not_after());
    let Ok(chain) = CertificateChain::from_der(&[bytes]) else { return false };
    assert_eq!(CertificateChain::from_value(&chain.to_value()), Ok(chain));
    true
}

fn members(value: &serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    value.as_object().unwrap().clone()
}
