//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions. Each returns whether
//! the bytes were believed, or unpacked.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fuzz target fails by panicking"
)]

mod documents;
mod held;
mod presented;

pub use documents::{canonical, described, document, path};
pub use held::{bound, issued};
pub use presented::presented;

use citizen_credential::UnverifiedSdJwt;
use citizen_credential::sd_jwt::Expected;
use citizen_credential::status::{
    Bits, Fetched, StatusError, StatusExpected, StatusList, StatusReference, UnverifiedStatusList,
};
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, json, jwt};
use citizen_primitives::UnixTime;
use serde_json::Value;

/// The issuer of RFC 9901's examples.
const ISSUER: &[u8] = br#"{"kty":"EC","crv":"P-256","x":"b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ","y":"Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8"}"#;

const NOW: UnixTime = UnixTime::from_seconds(1_683_000_000);

/// An SD-JWT in any form, under a fixed key at a fixed time: what is believed says of each claim where it stands.
pub fn sd_jwt(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(token) = UnverifiedSdJwt::parse(text) else { return false };
    let issuer = Jwk::from_value(&json::parse(ISSUER).unwrap()).unwrap();
    let expected = Expected { now: NOW, ..Expected::default() };
    let Ok(verified) = token.verify(&issuer, &expected) else { return false };
    for path in verified.disclosed() {
        assert!(path.find(verified.claims()).is_some(), "{path}");
        assert_eq!(path.to_string().parse().as_ref(), Ok(path));
    }
    true
}

/// A status list's token whose claims an issuer has signed.
pub fn status_token(bytes: &[u8]) -> bool {
    let Ok(claims) = json::parse_object(bytes) else { return false };
    let signer = signer();
    let header = Header::new(Algorithm::EdDsa).with_typ("statuslist+jwt");
    let Ok(token) = jwt::sign(&header, &Value::Object(claims), &signer) else { return false };
    let Ok(token) = UnverifiedStatusList::parse(&token) else { return false };
    let expected = StatusExpected { now: NOW, issuer: None, longest: None };
    let Ok(list) = token.verify(&signer.jwk(), &expected) else { return false };
    let status = list.status_of(&StatusReference::new(0, list.uri().to_owned()), Fetched(NOW), NOW);
    assert_eq!(status.is_ok(), list.list().capacity() > 0);
    let elsewhere = StatusReference::new(0, format!("{}#", list.uri()));
    assert_eq!(list.status_of(&elsewhere, Fetched(NOW), NOW), Err(StatusError::OtherList));
    true
}

fn signer() -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::EdDsa, &[7; 32]).unwrap()
}

/// A status list: the first byte says how many bits a status has, the others are compressed.
pub fn status_list(bytes: &[u8]) -> bool {
    let Some((bits, compressed)) = bytes.split_first() else { return false };
    let Ok(bits) = Bits::new(u64::from(*bits)) else { return false };
    let Ok(list) = StatusList::decompress(bits, compressed) else { return false };
    assert!(list.status(list.capacity()).is_err());
    assert!(list.capacity() == 0 || list.status(list.capacity() - 1).is_ok());
    assert_eq!(StatusList::decompress(bits, &list.compress()).as_ref(), Ok(&list));
    true
}
