//! Documents: W3C credentials, descriptions of types, canonical JSON.

use super::{NOW, signer};
use citizen_credential::integrity::{self, ProofExpected, ProofOptions, Suite};
use citizen_credential::sd_jwt::{Expected, HeldSdJwt, Kind, SdJwtIssuer};
use citizen_credential::vc::{TypeMetadata, VerifiedCredential, check_integrity};
use citizen_credential::{ClaimPath, UnverifiedSdJwt, jcs, vc};
use citizen_jose::{Algorithm, Header, Signer as _, SoftwareSigner, json};
use citizen_primitives::random;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// JSON. Its canonical text is read as the same, and is its own; where a whole number beyond 2^53 was written otherwise than its double, the text
/// is refused and not read as another.
pub fn canonical(bytes: &[u8]) -> bool {
    let Ok(value) = json::parse(bytes) else { return false };
    let Ok(text) = jcs::to_string(&value) else { return false };
    let again = json::parse(text.as_bytes()).unwrap();
    match jcs::to_string(&again) {
        Ok(same) => assert_eq!(same, text),
        Err(jcs::JcsError::NoDouble) => assert!(has_large(&again), "{text}"),
    }
    true
}

fn has_large(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(has_large),
        Value::Object(members) => members.values().any(has_large),
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() > 9_007_199_254_740_992.0),
        _ => false,
    }
}

/// A document that an issuer signs, and on a second line what somebody puts into the proof afterwards. Whether it is a credential of now: what
/// nobody touched holds as it was signed, and what somebody did is refused.
pub fn document(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(json::parse_object);
    let Some(Ok(document)) = lines.next() else { return false };
    let method = "did:key:z6Mk#z6Mk";
    let options = ProofOptions {
        verification_method: method.to_owned(),
        purpose: "assertionMethod".to_owned(),
        created: None,
        domain: None,
        challenge: None,
    };
    let Ok(signed) = integrity::sign(&document, &options, &signer()) else { return false };
    let mut sent = signed.clone();
    if let Some(Ok(added)) = lines.next() {
        sent.get_mut("proof").unwrap().as_object_mut().unwrap().extend(added);
    }
    let expected = ProofExpected {
        verification_method: method,
        purpose: "assertionMethod",
        now: NOW,
        suites: &Suite::ALL,
        domain: None,
        challenge: None,
    };
    let stranger = SoftwareSigner::from_bytes(Algorithm::EdDsa, &[9; 32]).unwrap();
    assert!(integrity::verify(sent.clone(), &stranger.jwk(), &expected).is_err());
    let verified = integrity::verify(sent.clone(), &signer().jwk(), &expected);
    assert_eq!(verified.is_ok(), sent == signed, "{sent:?}");
    for name in document.keys() {
        let mut less = signed.clone();
        less.remove(name);
        assert!(integrity::verify(less, &signer().jwk(), &expected).is_err(), "without {name}");
    }
    let Ok(verified) = verified else { return false };
    assert_eq!(verified.document(), &document);
    verified.credential(NOW).is_ok()
}

static HELD: LazyLock<HeldSdJwt> = LazyLock::new(|| {
    let claims = json!({ "vct": "urn:a", "a": 1, "b": { "c": ["x", "y", { "d": true }] }, "open": "o" });
    let paths = ["a", "b", "b.c", "b.c[0]", "b.c[2]"].map(|path| path.parse().unwrap());
    let card = SdJwtIssuer::new(claims.as_object().unwrap().clone(), Kind::Credential).unwrap();
    let header = Header::new(Algorithm::EdDsa).with_typ("dc+sd-jwt");
    let card = card.conceal(paths).unwrap().issue(&header, &signer(), &mut random::system()).unwrap();
    let expected = Expected { now: NOW, kind: Kind::Credential, ..Expected::default() };
    UnverifiedSdJwt::parse(&card.to_compact()).unwrap().accept(&signer().jwk(), &expected).unwrap()
});

/// Descriptions of types, one a line, the first of them found for each name. Whether a credential of `urn:a` fits: then whatever is shown of it
/// fits as well.
pub fn described(bytes: &[u8]) -> bool {
    let documents: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let is_named = |bytes: &[u8], name: &str| {
        json::parse_object(bytes)
            .is_ok_and(|members: Map<String, Value>| members.get("vct") == Some(&name.into()))
    };
    let fetch = |name: &str| {
        let found = documents.iter().find(|bytes| is_named(bytes, name))?;
        Some(found.to_vec())
    };
    let Ok(metadata) = TypeMetadata::load("urn:a", None, &fetch) else { return false };
    assert_eq!(metadata.types().first().map(String::as_str), Some("urn:a"));
    assert!(documents.iter().all(|bytes| check_integrity(bytes, "sha256-").is_err()));
    let whole = VerifiedCredential::of(HELD.verified().clone()).unwrap();
    if metadata.check_whole(&whole).is_err() {
        return false;
    }
    let all: Vec<ClaimPath> = HELD.disclosable().cloned().collect();
    for number in 0..1u32 << all.len() {
        let chosen = (0..).zip(&all).filter(|(place, _)| number >> place & 1 == 1).map(|(_, path)| path);
        let sent = UnverifiedSdJwt::parse(&HELD.select(chosen).unwrap().to_compact()).unwrap();
        let expected = Expected { now: NOW, ..Expected::default() };
        let shown = vc::verify(&sent, &signer().jwk(), &expected).unwrap();
        assert_eq!(metadata.check_shown(&shown), Ok(()), "{number:b}");
    }
    true
}

/// A path, as it is typed: what is read is written in one way.
pub fn path(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(path) = text.parse::<ClaimPath>() else { return false };
    let written = path.to_string();
    assert_eq!(written.parse().as_ref(), Ok(&path));
    assert!(!path.steps().is_empty());
    true
}
