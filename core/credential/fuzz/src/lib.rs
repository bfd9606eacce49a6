//! What the fuzz targets do with a stranger's bytes; the tests replay the kept corpus through the same functions. Each returns whether
//! the bytes were believed, or unpacked.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target fails by panicking")]

use citizen_credential::UnverifiedSdJwt;
use citizen_credential::sd_jwt::{Expected, HashAlgorithm, Presentation};
use citizen_credential::status::{
    Bits, Fetched, StatusError, StatusExpected, StatusList, StatusReference, UnverifiedStatusList,
};
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, base64url, json, jwt};
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

/// What an issuer has signed: a line of claims and lines of disclosures, as JSON; in a line `$2` stands for the digest of disclosure 2, one of
/// those that follow. What the holder accepts is shown whole and in part, and believed as far as it is shown.
pub fn issued(bytes: &[u8]) -> bool {
    let Some((payload, disclosures)) = std::str::from_utf8(bytes).ok().and_then(linked) else { return false };
    let Ok(claims) = json::parse_object(payload.as_bytes()) else { return false };
    let signer = signer();
    let Ok(jwt) = jwt::sign(&Header::new(Algorithm::EdDsa), &Value::Object(claims), &signer) else {
        return false;
    };
    let token = [vec![jwt], disclosures, vec![String::new()]].concat().join("~");
    let expected = Expected { now: NOW, ..Expected::default() };
    let Ok(held) = UnverifiedSdJwt::parse(&token).and_then(|token| token.accept(&signer.jwk(), &expected))
    else {
        return false;
    };
    let all: Vec<_> = held.disclosable().cloned().collect();
    assert!(all.iter().all(|path| path.find(held.verified().claims()).is_some()));
    let shown = |presentation: Presentation| {
        let token = UnverifiedSdJwt::parse(&presentation.to_compact()).unwrap();
        let verified = token.verify(&signer.jwk(), &expected).unwrap();
        assert_eq!(verified.disclosed().count(), presentation.paths().len());
        verified
    };
    assert_eq!(shown(held.select_whole(&all).unwrap()).claims(), held.verified().claims());
    for path in all.iter().take(4) {
        shown(held.select([path]).unwrap());
    }
    shown(held.select([]).unwrap());
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

/// Lines with every `$n` replaced by the digest of line n, and those after the first encoded.
fn linked(text: &str) -> Option<(String, Vec<String>)> {
    let mut lines: Vec<String> = text.lines().take(10).map(str::to_owned).collect();
    for number in (1..lines.len()).rev() {
        let (before, rest) = lines.split_at_mut(number);
        let line = rest.first_mut()?;
        *line = base64url::encode(&*line);
        let digest = HashAlgorithm::Sha256.digest(line);
        for line in before {
            *line = line.replace(&format!("${number}"), &digest);
        }
    }
    let disclosures = lines.split_off(lines.len().min(1));
    Some((lines.pop()?, disclosures))
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
